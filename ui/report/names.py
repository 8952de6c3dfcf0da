"""What measures and kinds of failure are called and mean, in German and in English."""

from __future__ import annotations

from collections.abc import Mapping

from ui.texts import Language

_RANKED = {
    "hit@1": ("Richtiger an erster Stelle", "The right one first"),
    "hit@3": ("… unter den ersten drei", "… among the first three"),
    "hit@5": ("… unter den ersten fünf", "… among the first five"),
    "hit@10": ("… unter den ersten zehn", "… among the first ten"),
    "RR": ("Kehrwert des Rangs", "Reciprocal rank"),
    "nDCG@10": ("Güte der ersten zehn", "Quality of the first ten"),
    "R@5": ("Anteil aller richtigen unter fünf", "Share of all right ones in five"),
    "R@10": ("Anteil aller richtigen unter zehn", "Share of all right ones in ten"),
    "AP": ("Mittlere Genauigkeit der Liste", "Average precision of the list"),
}
# Section → its measures → (German, English). Sections are named in texts.py.
SECTIONS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "sentences": _RANKED,
    "passages": {f"passage {measure}": names for measure, names in _RANKED.items()},
    "articles": {f"article {measure}": names for measure, names in _RANKED.items()},
    "citations": {
        "citation precision": ("Zitate, die belegen", "Citations that prove"),
        "citation recall": ("Belege, die zitiert sind", "Evidence that is cited"),
        "citation F1": ("Zitate, beides zusammen", "Citations, both together"),
        "citations per answer": ("Zitate je Antwort", "Citations an answer"),
        "characters per answer": ("Zitierte Zeichen je Antwort", "Characters cited an answer"),
    },
    "answers": {
        "EM": ("Kurzantwort genau gleich", "Short answer exactly the same"),
        "F1": ("Kurzantwort, gleiche Wörter", "Short answer, words in common"),
        "text EM": ("Antworttext genau gleich", "Answer text exactly the same"),
        "text F1": ("Antworttext, gleiche Wörter", "Answer text, words in common"),
        "best right": ("Wahrscheinlichster Satz richtig", "Most probable sentence right"),
        "right": ("Beantwortet, bester Satz richtig", "Answered, best sentence right"),
        "complete": ("… und mit allen nötigen Sätzen", "… and with every sentence it needs"),
        "precision": ("Von den Antworten richtig", "Right among the answers"),
    },
    "abstention": {
        "answered": ("Beantwortbare, die beantwortet wurden", "Answerable that were answered"),
        "refused": ("Unbeantwortbare, die abgelehnt wurden", "Unanswerable that were declined"),
        "abstention precision": ("Ablehnungen, die richtig waren", "Declined rightly"),
        "abstention recall": ("Nötige Ablehnungen, die kamen", "Should be declined, and were"),
        "AUROC": ("Trennschärfe der Sicherheit", "How well confidence separates"),
        "ECE": ("Fehler der Sicherheitsangabe", "Error of the stated confidence"),
        "AURC": ("Fläche unter Risiko–Abdeckung", "Area under risk–coverage"),
    },
}
# Columns of the tables by category and by language.
GROUPED = ("hit@1", "hit@3", "RR", "citation F1", "right", "refused")
_NAMES = {measure: names for section in SECTIONS.values() for measure, names in section.items()}

# Kind of failure → heading and explanation, in the order shown.
_FAILURES: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "wrong sentence": (
        ("Falscher Satz zitiert", "Wrong sentence cited"),
        (
            "Beantwortet, aber der wahrscheinlichste Satz belegt die Antwort nicht, obwohl der richtige gefunden war.",
            "Answered, but the most probable sentence does not prove the answer, though the right one was found.",
        ),
    ),
    "incomplete": (
        ("Unvollständig belegt", "Incomplete"),
        (
            "Beantwortet und richtig belegt, aber ein weiterer Satz, den die Antwort braucht, fehlt.",
            "Answered with a sentence that proves it, but another that the answer needs is missing.",
        ),
    ),
    "not retrieved": (
        ("Nicht gefunden", "Not found"),
        (
            "Der richtige Satz war nicht unter denen, aus denen gewählt wurde.",
            "The right sentence was not among those to choose from.",
        ),
    ),
    "abstained": (
        ("Zu Unrecht abgelehnt", "Declined wrongly"),
        (
            "Der Artikel beantwortet die Frage; Beleg war sich nicht sicher genug.",
            "The article answers the question; Beleg was not sure enough.",
        ),
    ),
    "answered the unanswerable": (
        ("Beantwortet, was der Artikel nicht sagt", "Answered what the article does not say"),
        (
            "Hier wäre abzulehnen gewesen.",
            "This was to be declined.",
        ),
    ),
}
FAILURES = tuple(_FAILURES)


def name_of(measure: str, language: Language) -> str:
    """Return a measure's name in words; the measure itself where it has none."""
    pair = _NAMES.get(measure)
    return pair[language == "en"] if pair else measure


def failure_name(kind: str, language: Language) -> str:
    """Return the heading of a kind of failure; the kind itself where it is not known."""
    return _FAILURES[kind][0][language == "en"] if kind in _FAILURES else kind


def failure_meaning(kind: str, language: Language) -> str:
    """Return what a kind of failure means; "" where it is not known."""
    return _FAILURES[kind][1][language == "en"] if kind in _FAILURES else ""
