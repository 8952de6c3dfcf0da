"""What measures and kinds of failure are called and mean."""

from __future__ import annotations

from collections.abc import Mapping

from ui.texts import TEXTS, Language

_RANKED = ("hit@1", "hit@3", "hit@5", "hit@10", "RR", "nDCG@10", "R@5", "R@10", "AP")
# Section → its measures, in the order of tables.
SECTIONS: Mapping[str, tuple[str, ...]] = {
    "sentences": _RANKED,
    "passages": tuple(f"passage {measure}" for measure in _RANKED),
    "articles": tuple(f"article {measure}" for measure in _RANKED),
    "citations": (
        "citation precision",
        "citation recall",
        "citation F1",
        "citations per answer",
        "characters per answer",
    ),
    "answers": ("EM", "F1", "text EM", "text F1", "best right", "right", "complete", "precision"),
    "abstention": ("answered", "refused", "abstention precision", "abstention recall", "AUROC", "ECE", "AURC"),
}
# Columns of the tables by category and by language.
GROUPED = ("hit@1", "hit@3", "RR", "citation F1", "right", "refused")
# Kinds of failure, in the order shown.
FAILURES = tuple(TEXTS["en"].section("failures"))


def texts_in(language: Language) -> dict[str, str]:
    """Return the report's texts by key."""
    return TEXTS[language].section("report")


def questions(n: int, language: Language) -> str:
    """Return the word for n questions."""
    return TEXTS[language].count("report.question_word", n)


def name_of(measure: str, language: Language) -> str:
    """Return a measure's name in words; the measure itself where it has none."""
    names: Mapping[str, str] = TEXTS[language].section("measures")
    return names.get(measure) or names.get(measure.removeprefix("passage ").removeprefix("article "), measure)


def failure_name(kind: str, language: Language) -> str:
    """Return the heading of a kind of failure; the kind itself where it is not known."""
    found = TEXTS[language].section("failures").get(kind)
    return str(found["name"]) if found else kind


def failure_meaning(kind: str, language: Language) -> str:
    """Return what a kind of failure means; "" where it is not known."""
    found = TEXTS[language].section("failures").get(kind)
    return str(found["meaning"]) if found else ""
