"""The row of a table with the highest or the lowest value of a column: "which boat is the cheapest for a full day?".

No sentence says so, and all rows together prove it. Only what the question's words name is compared: each of them is a
column's, the title's or a heading's, or says which rows are compared ("the tandem or the e-bike", "the cheapest power
tool").
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from index import Index
from index.place import Span
from index.search.lexical import fold, words
from rag.conversation.wording import wording
from rag.reader.cells import LEAST_ROWS, is_related
from rag.reader.comparison import Table, about, may_be_prices, of_kind, tables, topics
from rag.reader.measure import kinds as kinds_named
from rag.reader.quantity import Quantity, asks_for_money
from rag.reader.question_kind import asked_in_words
from rag.reader.table import LIGHT

_LISTED = tomllib.loads(Path(__file__).with_name("superlatives.toml").read_text(encoding="utf-8"))
_CHOICE = re.compile(rf"(?<![a-z])(?:{_LISTED['choice']})(?![a-z])")
_SUPERLATIVE, _AFTER_ARTICLE = re.compile(_LISTED["superlative"]), re.compile(_LISTED["after_article"])
_ARTICLE = re.compile(rf"\b(?:{_LISTED['article']})\b(?: \w+){{0,2}} $")
# A question with what was asked before, as rag.conversation.follow_up has it: "the dearest? (cheapest boat: Otter)".
_WITH_BEFORE = re.compile(r"(.+?)\s*\((.*)\)\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Extreme:
    """What answers a question for the most or the least.

    Attributes:
        row: the sentence of the row.
        compared: the sentences of all rows that were compared, in order; of a table that is not there as a whole, the
            one row.
        short: the half-open offsets of what is asked for in the row: its name, or its value; None where that cell is
            empty.
    """

    row: int
    compared: tuple[int, ...]
    short: Span | None


@dataclass(frozen=True, slots=True)
class Adjective:
    """What an adjective in the comparative or the superlative compares.

    Attributes:
        highest: whether the highest value is meant, or the lowest.
        kinds: of which kinds of quantity, where no column is named.
        is_of_any: whether it is said of other kinds too, where a column is named: "the highest deposit".
        pattern: its words, of folded text.
    """

    highest: bool
    kinds: frozenset[str]
    is_of_any: bool
    pattern: re.Pattern[str]


def row_of_extreme(question: str, rows: Sequence[int], index: Index, before: str = "") -> Extreme | None:
    """Return the row that has the most or the least of what a question compares; None where none is asked for.

    None too where two rows share that value, or the columns that may be meant tell different rows.

    Args:
        rows: the sentences whose tables may be meant, likeliest first.
        before: `Query.in_context` of a question that goes on from another: "and the most expensive?" is one of what the
            turn before compared.
    """
    match = _WITH_BEFORE.fullmatch(question)
    if match and adjective_in(match[1]):
        question, before = match[1], before or question
    adjective = adjective_in(question)
    if adjective is None:
        return None
    folded = _folded(question)
    spoken = adjective.pattern.sub(" ", folded)
    # "How high is the highest deposit?"
    now = wording(spoken)
    said = topics(spoken) - (set(words(now.asked_by)) if now.asks == "degree" else set())
    said -= LIGHT
    if "price" in adjective.kinds:
        said = {word for word in said if not asks_for_money(word)}
    carried = _carried(before) if not said else set()
    # "The oldest gardener" is none of "Garden tools".
    for table in tables(rows, index, under=asked_in_words(question) != "person"):
        found = _extreme(question, said, carried, set(words(spoken)), adjective, table)
        if found:
            return found
    return None


def adjective_in(question: str) -> Adjective | None:
    """Return the adjective of a question that compares, None where there is none."""
    folded = _folded(question)
    return next((one for one in _adjectives() if one.pattern.search(folded)), None)


def is_superlative(question: str, adjective: Adjective) -> bool:
    """Return whether an adjective stands in the superlative: "the larger tent" may be one of two."""
    folded = _folded(question)
    match = adjective.pattern.search(folded)
    if match is None:
        return False
    if _SUPERLATIVE.search(match.group()):
        return True
    return bool(_AFTER_ARTICLE.match(match.group()) and _ARTICLE.search(folded[: match.start()]))


def names_one_of_all(question: str) -> bool:
    """Return whether a question asks for the one of several things that has the most or the least of something."""
    adjective = adjective_in(question)
    return adjective is not None and is_superlative(question, adjective)


def says(adjective: Adjective, text: str) -> bool:
    """Return whether a text compares by the same adjective: "The oldest, the Heron, …"."""
    return bool(adjective.pattern.search(_folded(text)))


def _folded(question: str) -> str:
    # "Älter" compares, and "Alter" is an age.
    return fold(question.lower().replace("älter", "aelter"))


@cache
def _adjectives() -> tuple[Adjective, ...]:
    return tuple(
        Adjective(
            one["highest"],
            frozenset(one["kinds"]),
            one.get("is_of_any", False),
            re.compile(rf"(?<![a-z])(?:{one['words']})(?![a-z])"),
        )
        for one in _LISTED["adjective"]
    )


def _carried(before: str) -> set[str]:
    """Return the words of the questions before, without their adjectives and answers, that may say what is compared."""
    if not (match := _WITH_BEFORE.fullmatch(before)):
        return set()
    last = match[2].rpartition("; ")[2]
    question = _folded(last.rpartition(": ")[0] or last)
    for adjective in _adjectives():
        question = adjective.pattern.sub(" ", question)
    return topics(question)


def _extreme(
    question: str, said: set[str], carried: set[str], spoken: set[str], adjective: Adjective, whole: Table
) -> Extreme | None:
    """Return the row of one table; `said` are the words that have to be accounted for, `spoken` all of the question."""
    if len(whole.rows) < LEAST_ROWS:
        return None
    # "Cheaper for a full day, the tiller or the scarifier?"
    is_choice = bool(_CHOICE.search(_folded(question)))
    table, left = about(whole, said, is_choice=is_choice)
    if carried:
        table = about(table, carried)[0]
    names_row = whole.cells.naming({word for word in said if not _is_above(word, whole)}, whole.article)
    names_rows = len(table.rows) < len(whole.rows) or any(row.start in names_row for _, row in table.rows)
    if left or len(table.rows) < LEAST_ROWS:
        return None
    # "In which year came the most visitors?" compares no years.
    now = wording(question)
    sought = table.named(set(words(now.asked_by))) if now.asks == "which" else []
    places = _compared(adjective, table, spoken, names_rows=names_rows)
    places = [place for place in places if place not in sought] or places
    numeric = table.numeric()
    best = {_best(numeric[place], _highest(adjective, table, place)) for place in places}
    winner = best.pop() if len(best) == 1 else None
    if winner is None or table.rows[winner][0] < 0:
        return None
    sentence, row = table.rows[winner]
    compared = [one for one, _ in table.rows]
    # "Which keeper has the most seats?" asks for the keeper, "which has …" for what the row is about.
    beside = sought or [place for place in table.named(spoken) if place not in numeric]
    column = beside[0] if len(beside) == 1 else whole.name_column()
    column = places[0] if asked_in_words(question) == "number" else column
    cell = row.cells[column] if table.text(row, column) else None
    short = Span(cell.start, cell.end) if cell else None
    return Extreme(sentence, tuple(compared) if min(compared) >= 0 else (sentence,), short)


def _is_above(word: str, table: Table) -> bool:
    heads = {*table.above, *(one for name in table.columns for one in name)}
    return any(is_related(word, other, table.article) for other in heads)


def _compared(adjective: Adjective, table: Table, spoken: set[str], *, names_rows: bool) -> list[int]:
    """Return the columns whose values a question compares; [] where none has such values."""
    numeric, columns = table.numeric(), table.columns

    def is_alone(place: int) -> bool:
        # Numbers of no other measure.
        return all(value.bare for value in numeric[place].values()) and not kinds_named(columns[place])

    kinds = adjective.kinds
    asked = [place for place in table.named(spoken) if place in numeric]
    of = [place for place, values in numeric.items() if of_kind(values, kinds, columns[place])]
    if "date" in kinds and not of:
        # The oldest has the highest age.
        of = [place for place in numeric if "age" in kinds_named(columns[place])]
    places = [place for place in asked if place in of or adjective.is_of_any] or of
    if not places and "price" not in kinds:
        places = [place for place in asked if is_alone(place)]
    if not places and "price" in kinds and may_be_prices(table):
        # "All prices in euros": numbers alone.
        places = [place for place in numeric if is_alone(place)]
    if names_rows and len(places) != 1:
        # "per day": of half a day and of a whole one, where both tell the same row.
        near = [place for place in places or numeric if _is_near(columns[place], spoken, table)]
        if places or adjective.is_of_any:
            places = near or places
    return places


def _is_near(heading: Sequence[str], spoken: set[str], table: Table) -> bool:
    return any(is_related(one, word, table.article) for one in heading for word in spoken)


def _highest(adjective: Adjective, table: Table, column: int) -> bool:
    is_age = "date" in adjective.kinds and "age" in kinds_named(table.columns[column])
    return adjective.highest != is_age


def _best(found: dict[int, Quantity], highest: bool) -> int | None:
    """Return the place of the row with the highest or lowest value, None where two have it."""

    def size(value: Quantity) -> tuple[float, ...]:
        if any(part is not None for part in value.date):
            return tuple(float(part or 0) for part in value.date)
        return (max(value.values),)

    sizes = {number: size(value) for number, value in found.items()}
    most = (max if highest else min)(sizes.values())
    best = [number for number, one in sizes.items() if one == most]
    return best[0] if len(best) == 1 else None
