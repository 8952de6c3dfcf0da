"""The row of a table with the highest or the lowest value of a column: "which boat is the cheapest for a full day?".

No sentence says so, and all rows together prove it. Only what the question's words name is compared: each of them is a
column's, the title's or a heading's, or says which rows are compared ("the tandem or the e-bike").
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from index import Article, Index
from index.place import Block, Span
from index.search.lexical import fold, words
from rag.conversation.wording import wording
from rag.reader.quantity import CURRENCIES, Quantity, asks_for_money, comparable, quantities
from rag.reader.question_kind import asked_in_words
from rag.reader.table import content_words, has_columns, is_related, naming, naming_row, sentences_of_table, words_in

_TABLE = Path(__file__).with_name("superlatives.toml")
# Rows that are compared.
_LEAST_ROWS = 2
# Of a cell that is a value, the share that this is.
_LEAST_SHARE = 0.5
# The share of them that a column has a value for.
_MOST_ROWS = 0.6


@dataclass(frozen=True, slots=True)
class Extreme:
    """What answers a question for the most or the least.

    Attributes:
        row: the sentence of the row.
        compared: the sentences of all rows that were compared, in order; of a table that is not there as a whole, the
            one row.
        short: the half-open offsets of what is asked for in the row: its name, or its value.
    """

    row: int
    compared: tuple[int, ...]
    short: Span


@dataclass(frozen=True, slots=True)
class _Adjective:
    highest: bool
    kinds: frozenset[str]
    pattern: re.Pattern[str]


def row_of_extreme(question: str, rows: Sequence[int], index: Index) -> Extreme | None:
    """Return the row that has the most or the least of what a question compares; None where none is asked for.

    None too where two rows share that value, or the columns that may be meant tell different rows.

    Args:
        rows: the sentences whose tables may be meant, likeliest first.
    """
    # "Älter" compares, and "Alter" is an age.
    folded = fold(question.lower().replace("älter", "aelter"))
    adjective = next((one for one in _adjectives() if one.pattern.search(folded)), None)
    if adjective is None:
        return None
    spoken = adjective.pattern.sub(" ", folded)
    # "How high is the highest deposit?"
    now = wording(spoken)
    said = content_words(spoken) - (set(words(now.asked_by)) if now.asks == "degree" else set())
    if "price" in adjective.kinds:
        said = {word for word in said if not asks_for_money(word)}
    for article_row, table in _tables(rows, index):
        found = _extreme(question, said, set(words(spoken)), adjective, index.articles[article_row], table)
        if found:
            return found
    return None


@cache
def _adjectives() -> tuple[_Adjective, ...]:
    listed = tomllib.loads(_TABLE.read_text(encoding="utf-8"))["adjective"]
    return tuple(
        _Adjective(one["highest"], frozenset(one["kinds"]), re.compile(rf"(?<![a-z])(?:{one['words']})(?![a-z])"))
        for one in listed
    )


def _tables(rows: Sequence[int], index: Index) -> Iterator[tuple[int, list[tuple[int, Block]]]]:
    """Yield the tables that some sentences are rows of: the row of an article, and `sentences_of_table`."""
    seen: set[tuple[int, int]] = set()
    for sentence in rows:
        article_row, _, _, number = index.sentences[sentence].tolist()
        article = index.articles[article_row]
        row = article.blocks[number]
        if has_columns(row, article) and (article_row, row.header) not in seen:
            seen.add((article_row, row.header))
            yield article_row, sentences_of_table(sentence, index)


def _extreme(
    question: str,
    said: set[str],
    spoken: set[str],
    adjective: _Adjective,
    article: Article,
    table: list[tuple[int, Block]],
) -> Extreme | None:
    """Return the row of one table; `said` are the words that have to be accounted for, `spoken` all of the question."""
    table = [(sentence, row) for sentence, row in table if row.cells]
    if len(table) < _LEAST_ROWS:
        return None
    columns = [words_in(article, column) for column in article.blocks[table[0][1].header].cells]
    above = {word for column in columns for word in column}
    if asked_in_words(question) != "person":
        # "The oldest gardener" is none of "Garden tools".
        heads = (article.title, *article.headings(table[0][1].header))
        above.update(word for text in heads for word in words(text))
    left = {word for word in said if not any(is_related(word, other, article) for other in above)}
    named = [(sentence, row) for sentence, row in table if naming_row(left, row, article)]
    if named:
        left -= set().union(*(naming_row(left, row, article) for _, row in named))
        if len(named) < _LEAST_ROWS:
            return None
        table = named
    if left:
        return None
    asked = [place for place in range(len(columns)) if naming(columns[place], spoken, article)]
    rows = [row for _, row in table]
    values = {place: _values(article, rows, place) for place in range(len(columns))}
    numeric = {place: found for place, found in values.items() if found}
    places = [place for place in asked if place in numeric] or [
        place for place, found in numeric.items() if _is_of_kind(found, adjective.kinds)
    ]
    if not places and "price" in adjective.kinds:
        # "All prices in euros": numbers alone.
        places = [place for place, found in numeric.items() if all(value.bare for value in found.values())]
    if not places and len(named) > 1:
        # "per day": of half a day and of a whole one, where both tell the same row.
        places = [
            place for place in numeric if any(is_related(one, w, article) for one in columns[place] for w in spoken)
        ]
    best = {_best(numeric[place], adjective.highest) for place in places}
    winner = best.pop() if len(best) == 1 else None
    if winner is None or table[winner][0] < 0:
        return None
    sentence, row = table[winner]
    compared = [one for one, _ in table]
    # "Which keeper has the most seats?" asks for the keeper, "which has …" for what the row is about.
    beside = [place for place in asked if place not in numeric]
    cell = row.cells[places[0] if asked_in_words(question) == "number" else beside[0] if len(beside) == 1 else 0]
    return Extreme(sentence, tuple(compared) if min(compared) >= 0 else (sentence,), Span(cell.start, cell.end))


def _values(article: Article, rows: Sequence[Block], place: int) -> dict[int, Quantity]:
    """Return the one value of each row in a column, by the row's place; {} where one has several, or few have any."""
    found: dict[int, Quantity] = {}
    for number, row in enumerate(rows):
        cell = row.cells[place] if place < len(row.cells) else None
        text = article.text[cell.start : cell.end] if cell else ""
        values = quantities(text, article.language)
        # "Lamp 12" is a name.
        if len(values) > 1 or any(value.end - value.start < _LEAST_SHARE * len(text.strip()) for value in values):
            return {}
        if values:
            found[number] = values[0]
    first = next(iter(found.values()), None)
    if first is None or len(found) < max(_LEAST_ROWS, _MOST_ROWS * len(rows)):
        return {}
    return found if all(comparable(first, value) for value in found.values()) else {}


def _is_of_kind(found: dict[int, Quantity], kinds: frozenset[str]) -> bool:
    """Return whether the values of a column are of any of some kinds."""

    def is_of(value: Quantity) -> bool:
        if any(part is not None for part in value.date):
            return bool(kinds & {"date", "any"})
        return "any" in kinds or value.kind in kinds or ("price" in kinds and value.kind in CURRENCIES)

    return all(is_of(value) for value in found.values())


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
