"""A table's cells, taken apart once: which rows have a word, and which words of two are one.

A question looks for its words in all rows of a table, several times over. So a table is read once and kept with its
words in the place of its text; a word is then found without going through the rows.
"""

from __future__ import annotations

import re
import threading
import tomllib
import weakref
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from index import Article, Index
from index.place import Block, Span
from index.search.dense import IntArray
from index.search.lexical import fold, stem, words
from rag.reader.measure import is_unit
from rag.reader.quantity import Quantity, comparable, quantities

# Rows that are compared.
LEAST_ROWS = 2
# Cells of the tables that are kept, unless one alone has more: some 60 MB.
MOST_CELLS = 200_000
# Letters of a part of a compound ("Telefonnummer", "Abfahrt"), or that two words begin with that are of one family, and
# the share of the longer one that these are at least ("fährt", "Fahrer").
_LETTERS = 4
_SHARE = 0.55
# Of a cell that is a value, the share that this is.
_LEAST_SHARE = 0.5
# The share of them that a column has a value for.
_MOST_ROWS = 0.6
_RECKONED = tomllib.loads(Path(__file__).with_name("selections.toml").read_text(encoding="utf-8"))["reckoned"]
# What says that a sum, or an average, is meant.
SUMS, MEANS = (re.compile(rf"(?<![a-z])(?:{_RECKONED[name]})(?![a-z])") for name in ("sum", "mean"))
_PART_OF_NUMBER = re.compile(r"\d+(?:[.,]\d+)+")


class Cells:
    """The words and the values of one table.

    Attributes:
        numbers: of the blocks that are its rows, in order, without the header.
        compared: the places of the rows that say something, and are not reckoned from the others: "Total | 340".
        columns: the folded words of each heading.
    """

    def __init__(self, article: Article, header: int) -> None:
        """Take the rows apart that have a block of an article as their header."""
        self.numbers: IntArray = np.asarray(
            [
                number
                for number, row in enumerate(article.blocks)
                if row.header == header and row.kind == "row" and number != header
            ],
            np.int64,
        )
        self.columns = tuple(tuple(words_in(article, cell)) for cell in article.blocks[header].cells)
        self._language = article.language
        rows = [article.blocks[number] for number in self.numbers.tolist()]
        self._starts = [row.start for row in rows]
        self.compared = [
            place for place, row in enumerate(rows) if _says_something(row, article) and not _is_sum(row, article)
        ]
        self._width = max((len(row.cells) for row in rows), default=0)
        # Of each word the cells that have it, counted row by row.
        self._places: dict[str, list[int]] = {}
        for place, row in enumerate(rows):
            for column, cell in enumerate(row.cells, start=place * self._width):
                # "9" is no part of "0.9 kg".
                text = _PART_OF_NUMBER.sub(" ", article.text[cell.start : cell.end])
                for word in set(words(text)):
                    self._places.setdefault(word, []).append(column)
        self._of_stem: dict[str, list[str]] = {}
        for word in self._places:
            self._of_stem.setdefault(stem(word, self._language), []).append(word)
        # All words behind each other, so that their beginnings and ends are found without a look at each.
        self._joined = "\n".join(["", *(word for word in self._places if not word.isdigit()), ""])
        self._headings = {word for name in self.columns for word in name}
        self._values: dict[int, dict[int, Quantity]] = {}

    def __len__(self) -> int:
        """Return how many cells it has at most."""
        return len(self._starts) * self._width

    def naming(self, said: Iterable[str], article: Article) -> dict[int, set[str]]:
        """Return the words of a question that say which row is meant, by the row's offset; only of rows that have any.

        Not "Raum" for "Werkraum 1" below "Raum".
        """
        found: dict[int, set[str]] = {}
        for word in said:
            parts = {place for part in parts_of(word, self._headings) for place in self._cells_with(part)}
            whole = self._cells_with(word)
            if whole:
                heads = {
                    column
                    for column, name in enumerate(self.columns)
                    if any(is_same(word, one, article) for one in name)
                }
                whole = [place for place in whole if place % self._width not in heads] if heads else whole
            for row in {place // self._width for place in (*parts, *whole)}:
                found.setdefault(self._starts[row], set()).add(word)
        return found

    def columns_with(self, word: str) -> dict[int, set[int]]:
        """Return the offsets of the rows that have a form of a word, by the column."""
        found: dict[int, set[int]] = {}
        for one in self._of_stem.get(stem(word, self._language), ()):
            for place in self._places[one]:
                found.setdefault(place % self._width, set()).add(self._starts[place // self._width])
        return found

    def is_heading(self, said: Iterable[str], column: int, article: Article) -> bool:
        """Return whether one of some words stands in a column's heading."""
        heading = self.columns[column] if column < len(self.columns) else ()
        return any(is_same(word, one, article) for word in said for one in heading)

    def has_alone(self, rows: Iterable[int], column: int, article: Article) -> bool:
        """Return whether one of some rows, by their offsets, has a single word in a column."""
        cells = (article.blocks[article.block_at(row)].cells for row in rows)
        return any(len(words_in(article, of_row[column])) == 1 for of_row in cells if column < len(of_row))

    def has(self, word: str) -> bool:
        """Return whether a cell has a form of a word."""
        return stem(word, self._language) in self._of_stem

    def values(self, column: int, rows: Sequence[Block], article: Article, *, is_whole: bool) -> dict[int, Quantity]:
        """Return the one value of each of some rows in a column, by the row's place; {} for no such column.

        One that has several values in a cell, or values in few cells, or values that cannot be compared, is none.

        Args:
            is_whole: whether these are all rows that are compared, whose values are kept.
        """
        if not is_whole:
            return _values(column, rows, article)
        if column not in self._values:
            self._values[column] = _values(column, rows, article)
        return self._values[column]

    def _cells_with(self, form: str) -> list[int]:
        return [place for word in self._alike(form) for place in self._places[word]]

    def _alike(self, form: str) -> set[str]:
        """Return the words of the table that `is_same` says are one with another word."""
        found = set(self._of_stem.get(stem(form, self._language), ()))
        if form in self._places:
            found.add(form)
        if form.isdigit():
            return found
        if len(form) >= _LETTERS:
            found.update(_lines_with(f"\n{form}", self._joined))
            found.update(_lines_with(f"{form}\n", self._joined))
        for length in range(_LETTERS, len(form)):
            found.update(one for one in (form[:length], form[-length:]) if one in self._places and not one.isdigit())
        return found


def _lines_with(part: str, text: str) -> Iterator[str]:
    at = text.find(part)
    while at >= 0:
        start = text.rfind("\n", 0, at + 1) if part[0] == "\n" else text.rfind("\n", 0, at)
        end = text.index("\n", start + 1)
        yield text[start + 1 : end]
        at = text.find(part, end)


def _values(column: int, rows: Sequence[Block], article: Article) -> dict[int, Quantity]:
    found: dict[int, Quantity] = {}
    for number, row in enumerate(rows):
        cell = row.cells[column] if column < len(row.cells) else None
        text = article.text[cell.start : cell.end].strip() if cell else ""
        values = quantities_in(text, article.language)
        # "Lamp 12" is a name.
        if len(values) > 1 or any(value.end - value.start < _LEAST_SHARE * len(text) for value in values):
            return {}
        if values:
            found[number] = values[0]
    first = next(iter(found.values()), None)
    if first is None or len(found) < max(LEAST_ROWS, _MOST_ROWS * len(rows)):
        return {}
    return found if all(comparable(first, value) for value in found.values()) else {}


def _says_something(row: Block, article: Article) -> bool:
    """Return whether a row is no heading of those below it, which stands alone in a row of several cells."""
    filled = sum(bool(article.text[cell.start : cell.end].strip()) for cell in row.cells)
    return filled > 1 or filled == len(row.cells) > 0


def _is_sum(row: Block, article: Article) -> bool:
    """Return whether a row is reckoned from the others: "Total | 340"."""
    label = next((text for cell in row.cells if (text := article.text[cell.start : cell.end].strip())), "")
    folded = fold(label.lower())
    ends = [match.end() for pattern in (SUMS, MEANS) if (match := pattern.match(folded))]
    # "Media Markt" is none.
    return bool(ends) and not any(mark.isalpha() for mark in folded[max(ends) :])


# A long table is asked about more than once.
@lru_cache(maxsize=1 << 15)
def quantities_in(cell: str, language: str) -> tuple[Quantity, ...]:
    """Return the values in a cell's text."""
    return tuple(quantities(cell, language))


class _Kept:
    """The tables that were read last, for as long as somebody has their articles. Threads may share it."""

    def __init__(self) -> None:
        self._tables: OrderedDict[tuple[int, int], tuple[weakref.ref[Article], Cells]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, article: Article, header: int) -> Cells:
        """Return a table of an article, read now if it is not kept."""
        key = (id(article), header)
        with self._lock:
            known = self._tables.get(key)
            # Another object may have come to the place of one that is gone.
            if known and known[0]() is article:
                self._tables.move_to_end(key)
                return known[1]
        read = Cells(article, header)
        with self._lock:
            self._tables[key] = weakref.ref(article), read
            for gone in [one for one, (kept, _) in self._tables.items() if kept() is None]:
                del self._tables[gone]
            cells = sum(len(table) for _, table in self._tables.values())
            while cells > MOST_CELLS and len(self._tables) > 1:
                cells -= len(self._tables.popitem(last=False)[1][1])
        return read


_kept = _Kept()


def cells_of(article: Article, header: int) -> Cells:
    """Return the cells of the table of an article that has a block as its header."""
    return _kept.get(article, header)


def rows_of_table(header: int, article_row: int, index: Index) -> list[tuple[int, Block]]:
    """Return all rows of a table of an article, in order, each with its sentence.

    That is -1 where the index does not have it: of a served index a part of a table may be fetched for a question.
    """
    article = index.articles[article_row]
    numbers = cells_of(article, header).numbers
    start, end = index.first_rows[article_row : article_row + 2].tolist()
    blocks = index.sentences[start:end, 3]
    # The last of a block's sentences.
    places = np.searchsorted(blocks, numbers, side="right") - 1
    there = (places >= 0) & (blocks[np.maximum(places, 0)] == numbers) if len(blocks) else np.zeros(len(numbers), bool)
    sentences = np.where(there, places + start, -1).tolist()
    return [(sentence, article.blocks[number]) for sentence, number in zip(sentences, numbers.tolist(), strict=True)]


def has_columns(row: Block, article: Article) -> bool:
    """Return whether a block is a row below the names of its columns."""
    return row.kind == "row" and row.header >= 0 and article.blocks[row.header] is not row


def words_in(article: Article, cell: Span) -> list[str]:
    """Return the words of a cell."""
    return words(article.text[cell.start : cell.end])


def naming(name: Sequence[str], said: set[str], article: Article) -> set[str]:
    """Return the words of a question that name a column, none if they do not name all of it but its unit."""
    own = [word for word in name if not is_unit(word)] or name
    found = [{one for one in said if is_related(word, one, article)} for word in own]
    return set().union(*found) if all(found) else set()


def parts_of(word: str, names: Iterable[str]) -> list[str]:
    """Return what is left of a compound with a column's name: "Spanischkurs" below "Kurs" is the course in Spanish."""
    return [
        rest
        for name in names
        if len(name) >= _LETTERS and len(rest := word.removesuffix(name)) >= _LETTERS and rest != word
    ]


def is_same(one: str, other: str, article: Article) -> bool:
    """Return whether two words are forms of one, or one is a part of the other, as in a compound."""
    if one == other or stem(one, article.language) == stem(other, article.language):
        return True
    if one.isdigit() or other.isdigit():
        return False
    short, long = sorted((one, other), key=len)
    return len(short) >= _LETTERS and (long.startswith(short) or long.endswith(short))


def is_related(one: str, other: str, article: Article) -> bool:
    """Return whether two words are of one family: what drives is a driver."""
    if is_same(one, other, article):
        return True
    alike = 0
    while alike < min(len(one), len(other)) and one[alike] == other[alike]:
        alike += 1
    return alike >= _LETTERS and alike >= _SHARE * max(len(one), len(other)) and not one.isdigit()
