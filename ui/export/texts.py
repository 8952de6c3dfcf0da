"""Every word of an export's page that is not the article's or a person's, in German and in English."""

from __future__ import annotations

_TEXTS: dict[str, tuple[str, str]] = {
    "made": ("Exportiert am {date} UTC, Beleg {beleg}", "Exported on {date} UTC, Beleg {beleg}"),
    "question": ("Frage {number}", "Question {number}"),
    "understood": ("verstanden als: {question}", "understood as: {question}"),
    "sentence": ("Satz {number}", "sentence {number}"),
    "confidence": (
        "In {percent} solcher Fälle belegen die zitierten Sätze die Antwort.",
        "In {percent} of such cases the cited sentences prove the answer.",
    ),
    "abstained": ("Nicht beantwortet", "Not answered"),
    "why": (
        "Kein Satz beantwortet die Frage wahrscheinlich genug: der beste zu {percent}.",
        "No sentence is likely enough to answer the question: the best at {percent}.",
    ),
    "nearest": ("Am nächsten kommen diese Sätze:", "These sentences come closest:"),
    "articles": ("Artikel, auf die sich das stützt", "The articles behind it"),
    "source": ("Quelle", "source"),
    "language": ("Sprache", "language"),
    "id": ("Kennung", "id"),
    "sha256": ("sha256 des Textes", "sha256 of the text"),
    "check": ("Nachprüfen", "Check it"),
    "check_says": (
        "Jedes Zitat ist ein ganzer Satz des Artikels, Zeichen für Zeichen, und der Artikel steht oben im ganzen "
        "Wortlaut. Ob das stimmt und an dieser Datei nichts geändert wurde, prüft Beleg:",
        "Every quotation is a whole sentence of the article, character for character, and the article is above word "
        "for word. Whether that is so, and nothing in this file was changed, Beleg checks:",
    ),
    "check_own": (
        "Ob der Artikel selbst der richtige ist, zeigt nur der Vergleich mit einer eigenen Kopie:",
        "Whether the article itself is the right one, only comparing it with a copy of one's own shows:",
    ),
    "file": ("DATEI", "FILE"),
    "article_file": ("ARTIKEL", "ARTICLE"),
    "settings": ("Womit die Antworten gemacht sind", "What the answers were made with"),
    "model": ("Modell", "model"),
    "splitter": ("Satzgrenzen", "sentence boundaries"),
}


def texts_in(language: str) -> dict[str, str]:
    """Return the texts in "de" or "en"; `{name}` marks what is filled in where a text is used."""
    return {name: both[language != "de"] for name, both in _TEXTS.items()}
