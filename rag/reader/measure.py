"""What a column or a label measures: "Weight", "Price EUR"; and which words ask for it: "how heavy", "how many watts".

The words are closed: a handful of measures, in seven languages (measures.toml).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from index.search.lexical import words
from rag.reader.quantity import asks_for_money, quantities

_LISTED: dict[str, dict[str, str]] = tomllib.loads(
    Path(__file__).with_name("measures.toml").read_text(encoding="utf-8")
)
_NAMES, _ASKS, _UNSURE, _UNITS = (
    {measure: frozenset(listed.get(part, "").split()) for measure, listed in _LISTED.items()}
    for part in ("names", "asks", "unsure", "units")
)
_DIMENSIONS = frozenset({"height", "width", "depth"})
# Letters of a measure's name that a compound ends with: "Leergewicht", "Verkaufspreis".
_LETTERS = 5
# Words behind a value that say what it measures: "50 metres long", "50 mètres de long".
_BEHIND = 2


@lru_cache(maxsize=4096)
def named(word: str) -> frozenset[str]:
    """Return the measures that a folded word of a heading or a label names, by a noun or a unit."""
    found = {
        measure
        for measure, names in _NAMES.items()
        if word in names
        or word in _UNITS[measure]
        or any(len(name) >= _LETTERS and word.endswith(name) for name in names)
    }
    return frozenset(found | ({"price"} if asks_for_money(word) else set()))


def is_unit(word: str) -> bool:
    """Return whether a folded word of a heading is a unit: "Amount EUR"."""
    return any(word in units for units in _UNITS.values())


@lru_cache(maxsize=4096)
def asked(word: str) -> frozenset[str]:
    """Return the measures that a folded word of a question asks for, by a noun, a unit, an adjective or a verb."""
    return named(word) | {measure for measure, asks in _ASKS.items() if word in asks}


def is_measured(word: str, label: str) -> bool:
    """Return whether a word of a question asks for what a word of a heading or a label names."""
    return bool(asked(word) & named(label))


def is_within(word: str, label: str) -> bool:
    """Return whether a word asks for one of three dimensions, and a label names them together."""
    return bool(asked(word) & _DIMENSIONS) and "size" in named(label)


def kinds(heading: Iterable[str]) -> set[str]:
    """Return the kinds of quantity (superlatives.toml) that a column of such a heading, its folded words, has."""
    return {_LISTED[measure]["kind"] for word in heading for measure in named(word)}


def kinds_asked(said: Iterable[str]) -> frozenset[str]:
    """Return the kinds of quantity that a question's folded words ask for."""
    return frozenset(_LISTED[measure]["kind"] for word in said for measure in asked(word))


def asked_for(said: Iterable[str]) -> set[str]:
    """Return all measures that a question's folded words may ask for; width, depth and height are parts of the size."""
    measures = {measure for word in said for measure in asked(word)}
    measures.update(measure for word in said for measure, words in _UNSURE.items() if word in words)
    if measures & _DIMENSIONS:
        return measures | {"size"}
    return measures | _DIMENSIONS if "size" in measures else measures


def measures_otherwise(sentence: str, language: str, wanted: set[str]) -> bool:
    """Return whether each value that a sentence has of a kind is said to be of another measure than those wanted.

    "50 metres long" is no depth. What is not said to be of any may be of the one that is wanted.
    """
    of_kind = {_LISTED[measure]["kind"] for measure in wanted}
    values = [value for value in quantities(sentence, language) if value.kind in of_kind]
    if not values or any(_measures(word, of_kind) & wanted for word in words(sentence)):
        return False
    return all(
        any(_measures(word, {value.kind}) for word in words(sentence[value.end :])[:_BEHIND]) for value in values
    )


def _measures(word: str, of_kind: set[str]) -> set[str]:
    named_or_unsure = asked(word) | {measure for measure, words in _UNSURE.items() if word in words}
    return {measure for measure in named_or_unsure if _LISTED[measure]["kind"] in of_kind}
