"""The sentences that Beleg itself says in an answer, in seven languages (messages.toml). All others are quotations."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from rag.answer import Language

if TYPE_CHECKING:
    from babel import Locale

LANGUAGES: tuple[Language, ...] = get_args(Language)
# Questions offered after an abstention, how a phrase is put in them, and "and". Quotation marks in German, where
# the words keep the inflection that they had in the question.
OFFERS = {
    "de": ("Was sagt der Artikel zu {}?", "„{}“", " und "),
    "en": ("What does the article say about {}?", "{}", " and "),
}
_OFFERED = re.compile("|".join(re.escape(offer).replace(r"\{\}", ".+") for offer, *_ in OFFERS.values()))


@dataclass(frozen=True, slots=True)
class Messages:
    """The sentences of one language; messages.toml says what stands in their braces."""

    quoted: str
    abstained: str
    unsure: str
    below_bar: str
    overview: str
    unanswered: str
    articles_differ: str
    article_differs: str
    overview_several: str
    more: str
    ask_one: str
    ask_several: str
    greeting: str
    thanks: str
    goodbye: str
    acknowledgement: str
    identity: str
    abilities: str
    chitchat: str
    praise: str
    complaint: str
    explain: str
    sure_answered: str
    sure_abstained: str
    sure_quoted: str
    sure_listed: str
    sure_nothing: str
    count_one: str
    count_several: str
    length: str
    length_characters: str
    language: str
    source: str
    source_unknown: str
    author_known: str
    author: str
    date_known: str
    date: str


_FILE = tomllib.loads(Path(__file__).with_name("messages.toml").read_text(encoding="utf-8"))
MESSAGES: dict[Language, Messages] = {language: Messages(**_FILE[language]) for language in LANGUAGES}


def percent(probability: float, language: Language) -> str:
    """Return a probability, 0 to 1, in whole per cent; never "0 %" or "100 %", because no estimate is that certain."""
    space = percent_space(language)
    if probability < 0.01:
        return f"<{space}1{space}%"
    if probability > 0.99:
        return f">{space}99{space}%"
    return f"{round(100 * probability)}{space}%"


def percent_space(language: Language) -> str:
    """Return what a language writes before a per cent sign."""
    return "\u00a0" if language in ("de", "fr", "es") else ""


def shown_date(written: str, locale: str | Locale) -> str:
    """Return an article's date as a language writes it; as it stands where it is no ISO 8601 date."""
    from babel.dates import format_date

    try:
        return format_date(date.fromisoformat(written[:10]), "medium", locale=locale)
    except ValueError:
        return written


def is_offered(question: str) -> bool:
    """Return whether a question is one that is offered, which stands alone whatever was asked before."""
    return bool(_OFFERED.fullmatch(question))
