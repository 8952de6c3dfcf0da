"""The sentences that Beleg itself says in an answer, in seven languages (messages.toml). All others are quotations."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from index.search.lexical import words
from rag.answer import Language
from rag.conversation.language import question_language, script_of

_KANA = ("HIRAGANA", "KATAKANA")


@dataclass(frozen=True, slots=True)
class Messages:
    """The sentences of one language; messages.toml says what stands in their braces."""

    quoted: str
    abstained: str
    unsure: str
    below_bar: str
    overview: str
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
    author: str
    date: str


_FILE = tomllib.loads(Path(__file__).with_name("messages.toml").read_text(encoding="utf-8"))
MESSAGES: dict[Language, Messages] = {language: Messages(**_FILE[language]) for language in get_args(Language)}


def message_language(question: str, earlier: str = "", told: str = "") -> Language:
    """Return the language that a question is in, or, where it is in no known one, the question before; else English.

    Args:
        told: the question's language, where it is known by other means; "" where it is not.
    """
    before = _known_language(earlier, "en")
    known = next((language for language in MESSAGES if language == told), None)
    return known or _known_language(question, before or "en") or before or "en"


def _known_language(text: str, prefer: Language) -> Language | None:
    if any(script_of(character) in _KANA for character in text):
        return "ja"
    if script_of(text) == "CJK":
        return "zh"
    found = question_language(words(text), prefer=prefer)
    return next((language for language in MESSAGES if language == found), None)


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
