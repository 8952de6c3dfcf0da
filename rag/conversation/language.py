"""The language of a question, and of an article's script, as far as the words themselves tell.

A detector trained on running text is wrong on three words ("Wer traf Kishida?" is Uzbek to py3langid). The function
words of a question tell more: those of five languages are in function_words.toml.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from index.article import likeliest_language
from index.search.lexical import words

# A text's script is told from this much of it.
SCRIPT_CHARACTERS = 400
# The detector's probability of the language of a text without function words. "danke" has 0.73, "Kishida?" 0.46.
_SURE = 0.6

_LISTED: dict[str, dict[str, str]] = tomllib.loads(
    Path(__file__).with_name("function_words.toml").read_text(encoding="utf-8")
)


@dataclass(frozen=True)
class FunctionWords:
    """The closed-class words of a language that writes blanks; function_words.toml says what the kinds are."""

    interrogatives: frozenset[str]
    personal: frozenset[str]
    determiners: frozenset[str]
    degrees: frozenset[str]
    quantities: frozenset[str]
    amounts: frozenset[str]
    auxiliaries: frozenset[str]
    prepositions: frozenset[str]
    articles: frozenset[str]
    plain: frozenset[str]
    light: frozenset[str]
    holds: frozenset[str]
    neuter: frozenset[str]
    pronouns: frozenset[str]
    persons: frozenset[str]
    possessives: frozenset[str]
    now: frozenset[str]
    companions: frozenset[str]
    temporal: frozenset[str]
    pointers: frozenset[str]
    demonstratives: frozenset[str]
    openings: frozenset[str]
    courtesies: frozenset[str]
    praise: frozenset[str]
    more: frozenset[str]
    also: frozenset[str]
    excluding: frozenset[str]
    before: frozenset[str]
    after: frozenset[str]
    when: frozenset[str]
    there_was: str
    about: tuple[tuple[str, ...], ...]
    topical: tuple[tuple[str, ...], ...]
    what_about: str
    texts: tuple[str, ...]
    negations: tuple[str, ...]
    any_noun: str
    whether: tuple[tuple[str, ...], ...]
    listing: tuple[tuple[str, ...], ...]
    please: tuple[tuple[str, ...], ...]
    corrections: tuple[tuple[str, ...], ...]
    opposed: tuple[frozenset[str], ...]
    directions: frozenset[str]
    contracted: dict[str, str]

    @cached_property
    def all(self) -> frozenset[str]:
        """Every single word of all kinds."""
        return frozenset().union(*(value for value in vars(self).values() if isinstance(value, frozenset)))

    def preposition(self, folded: str) -> str:
        """Return the plain form of a preposition: "in" of "im"; a word that is none as it is."""
        return self.contracted.get(folded, folded)

    @cached_property
    def asking(self) -> frozenset[str]:
        """The words that an interrogative phrase begins with, but for a preposition."""
        return self.interrogatives | self.determiners | self.degrees


@dataclass(frozen=True)
class FunctionPatterns:
    """The same of a language that writes no blanks, each kind a regular expression; longer alternatives come first."""

    interrogatives: re.Pattern[str]
    personal: re.Pattern[str]
    determiners: re.Pattern[str]
    degrees: re.Pattern[str]
    pronouns: re.Pattern[str]
    persons: re.Pattern[str]
    pointers: re.Pattern[str]
    demonstratives: re.Pattern[str]
    openings: re.Pattern[str]
    more: re.Pattern[str]
    before: re.Pattern[str]
    after: re.Pattern[str]
    when: re.Pattern[str]
    there_was: str
    about: re.Pattern[str]
    topical: re.Pattern[str]
    what_about: str
    corrections: re.Pattern[str]
    particles: re.Pattern[str]


# Kinds that are one text each.
_TEXTS = ("there_was", "what_about", "any_noun")


def _function_words(listed: dict[str, str]) -> FunctionWords:
    phrases, pairs = ("about", "whether", "listing", "please", "corrections"), ("contracted",)
    made: dict[str, Any] = {
        kind: text if kind in _TEXTS else frozenset(text.split())
        for kind, text in listed.items()
        if kind not in (*phrases, *pairs, "topical", "opposed", "texts", "negations")
    }
    made |= {kind: dict(pair.split("=") for pair in listed[kind].split()) for kind in pairs}
    # The longest first: "ich meinte" before "meinte".
    for kind in phrases:
        made[kind] = tuple(sorted((tuple(one.split()) for one in listed[kind].split("|")), key=len, reverse=True))
    made["topical"] = tuple(tuple(one.split()) for one in listed["topical"].split("|"))
    made["texts"] = tuple(listed["texts"].split("|"))
    made["negations"] = tuple(listed["negations"].split())
    made["opposed"] = tuple(frozenset(some.split()) for some in listed["opposed"].split("|"))
    return FunctionWords(**made)


def _function_patterns(listed: dict[str, str]) -> FunctionPatterns:
    made: dict[str, Any] = {kind: text if kind in _TEXTS else re.compile(text) for kind, text in listed.items()}
    return FunctionPatterns(**made)


UNSPACED_LANGUAGES = ("zh", "ja")
FUNCTION_WORDS = {code: _function_words(some) for code, some in _LISTED.items() if code not in UNSPACED_LANGUAGES}
FUNCTION_PATTERNS = {code: _function_patterns(_LISTED[code]) for code in UNSPACED_LANGUAGES}
_KANA = re.compile(r"[\u3040-\u30ff]")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")


def question_language(folded_words: Sequence[str], prefer: str = "en") -> str:
    """Return the language, of the five, that most of a question's words are function words of; "" for none.

    Args:
        prefer: returned where it has as many as any other ("Was Kishida in Washington?").
    """
    counts = _counts(folded_words)
    most = max(counts.values())
    best = [language for language, count in counts.items() if count == most]
    if not most:
        return ""
    return prefer if prefer in best else best[0]


def unspaced_language(text: str) -> str:
    """Return "ja" or "zh" for a text in one of them, else ""."""
    if _KANA.search(text):
        return "ja"
    return "zh" if _HAN.search(text) else ""


def told_language(text: str, among: Sequence[str]) -> str:
    """Return the language that a short text is in, where it can be told; else "".

    By its function words, or else by a detector that chooses among a few languages: it tells "danke" and
    "Öffnungszeiten?", but no name.

    Args:
        among: ISO 639-1 codes to choose from.
    """
    unspaced = unspaced_language(text)
    if unspaced:
        return unspaced if unspaced in among else ""
    folded = words(text)
    counts = _counts(folded)
    ranked = sorted(counts, key=lambda language: -counts[language])
    if counts[ranked[0]] > counts[ranked[1]]:
        return ranked[0] if ranked[0] in among else ""
    if not folded or script_of(text) != "LATIN":
        return ""
    language, probability = likeliest_language(text, among)
    return language if probability >= _SURE else ""


def message_language(question: str, before: Sequence[str], among: Sequence[str]) -> str:
    """Return the language to answer in: the question's, or else the first of others that is among those known.

    Args:
        before: languages to take where the question does not tell, the likelier first.
        among: those that there are messages in.
    """
    found = told_language(question, among)
    return found or next((language for language in before if language in among), "en")


def is_foreign(question: str, language: str, script: str) -> bool:
    """Return whether a question is in another language than an article.

    Two languages of one script are told apart only where the article's is one of the five: the function words of others
    resemble theirs too much (Portuguese and Spanish, Dutch and English).

    Args:
        language: the article's, ISO 639-1.
        script: the article's, as `script_of` names it.
    """
    own_script = script_of(question[:SCRIPT_CHARACTERS])
    if own_script and script and own_script != script:
        return True
    counts = _counts(words(question))
    return language in counts and counts[language] < max(counts.values())


@lru_cache(maxsize=4096)
def script_of(text: str) -> str:
    """Return the script that most letters of a text are in, as Unicode names it: "LATIN", "CJK"."""
    letters = [unicodedata.name(c, "").split(" ")[0].split("-")[0] for c in text if c.isalpha()]
    return max(sorted(set(letters)), key=letters.count, default="")


def _counts(folded_words: Sequence[str]) -> dict[str, int]:
    return {language: sum(word in known.all for word in folded_words) for language, known in FUNCTION_WORDS.items()}
