"""The sentences that Beleg itself says in an answer, in German and English. All others are quotations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Language = Literal["de", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


@dataclass(frozen=True, slots=True)
class Messages:
    """The sentences of one language; `{best}` is written by `percent`, `{bar}` is in whole per cent."""

    abstained: str
    unsure: str
    below_bar: str
    overview: str
    unanswered: str
    articles_differ: str
    article_differs: str


MESSAGES: dict[Language, Messages] = {
    "de": Messages(
        abstained="Dazu sagt der Artikel nichts.",
        unsure="Ob der Artikel das beantwortet, ist nicht sicher genug.",
        below_bar="Kein Satz beantwortet die Frage wahrscheinlich genug: der beste zu {best}, nötig sind {bar}\u00a0%.",
        overview="Der Artikel im Überblick, in seinen eigenen Sätzen:",
        unanswered="Offen bleibt: {questions}",
        articles_differ="Die Artikel sagen Verschiedenes:",
        article_differs="Der Artikel sagt Verschiedenes:",
    ),
    "en": Messages(
        abstained="The article does not say.",
        unsure="It is not sure enough that the article answers this.",
        below_bar="No sentence is likely enough to answer the question: the best at {best}, {bar}% are needed.",
        overview="The article at a glance, in its own sentences:",
        unanswered="Not answered: {questions}",
        articles_differ="The articles say different things:",
        article_differs="The article says different things:",
    ),
}


def percent(probability: float, language: Language) -> str:
    """Return a probability, 0 to 1, in whole per cent; never "0 %" or "100 %", because no estimate is that certain."""
    space = "\u00a0" if language == "de" else ""
    if probability < 0.01:
        return f"<{space}1{space}%"
    if probability > 0.99:
        return f">{space}99{space}%"
    return f"{round(100 * probability)}{space}%"
