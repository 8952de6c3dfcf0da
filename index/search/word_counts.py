"""Counts the words and numbers of sentences as they are written, in memory that does not grow with the sentences.

Where there are too many, they are added to a database beside the index (SQLite), which sorts them in the end.
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from index.search.lexical import UNSPACED, fold
from index.search.numbers import find_numbers

# A word with the parts that hyphens join to it; vowel signs of Indic scripts are no \w.
WORD = re.compile(r"[\w\u0300-\u036f\u0900-\u0dff]+(?:[-\u2010\u2011][\w\u0300-\u036f\u0900-\u0dff]+)*")
# Longer words are not kept: addresses, not names.
LONGEST = 40
HYPHENS = re.compile(r"[-\u2010\u2011]")
# Bytes of a form that is counted in memory, with its place in two tables; a share of what may be held goes to SQLite.
_BYTES, _SHARE = 300, 4
_TABLES = """
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
CREATE TABLE forms (form TEXT PRIMARY KEY, inside INT, opening INT) WITHOUT ROWID;
CREATE TABLE numbers (key TEXT, form TEXT, seen INT, PRIMARY KEY (key, form)) WITHOUT ROWID;
CREATE TABLE sorted (
    length INT, key TEXT, is_word INT, seen INT, form TEXT, inside INT, opening INT,
    PRIMARY KEY (length, key, is_word, seen, form)
) WITHOUT ROWID;
"""
_ADD = """
INSERT INTO forms VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET
inside = inside + excluded.inside, opening = opening + excluded.opening
"""
_NUMBERS = "SELECT length(key), key, 0, seen, form, inside, opening FROM numbers JOIN forms USING (form)"


class Form(NamedTuple):
    """A word as it is written, and how often: inside a sentence, and as its first word."""

    text: str
    inside: int
    opening: int


class WordCounts:
    """Counts words.

    Args:
        scratch: a file for the database, which must not be there; None: all is in memory.
        memory: bytes that may be held before they are added to it.
    """

    def __init__(self, scratch: Path | None = None, memory: int = 0) -> None:
        self._scratch, self._most = scratch, max(memory // _BYTES, 1)
        self._cache = max(memory // _SHARE // 1024, 1000)
        self._inside: Counter[str] = Counter()
        self._opening: Counter[str] = Counter()
        # When each number's form was first seen, by its key and the form.
        self._numbers: dict[tuple[str, str], int] = {}
        self._seen = 0
        self._base: sqlite3.Connection | None = None

    def add(self, sentence: str) -> None:
        """Count the words and numbers of a sentence. Raises OSError for a full disk."""
        found = WORD.findall(sentence)
        self._opening.update(found[:1])
        self._inside.update(found[1:])
        for number in find_numbers(sentence) if any(c.isdigit() for c in sentence) else ():
            written = sentence[number.start : number.end]
            self._inside[written] += written not in found
            self._numbers.setdefault((number.readings[0], written), self._seen)
            self._seen += 1
        if self._scratch and len(self._inside) + len(self._opening) + len(self._numbers) > self._most:
            self._put_aside(self._scratch)

    def by_key(self) -> Iterator[tuple[str, list[Form]]]:
        """Yield each key with its forms, sorted by the key's length and then by the key.

        A word's key is `key_of`, a number's the first of its readings (`find_numbers`). Words with digits, and of
        scripts that write no blanks, are left out. Forms of numbers stand first, as they were seen; words are sorted.
        """
        if self._base and self._scratch:
            self._put_aside(self._scratch)
            rows = self._sorted_rows(self._base)
        else:
            rows = iter(sorted(self._rows()))
        for key, some in groupby(rows, key=lambda row: row[1]):
            yield key, [Form(*row[4:]) for row in some]
        if self._base and self._scratch:
            self._base.close()
            self._scratch.unlink()

    def _rows(self) -> Iterator[tuple[int, str, int, int, str, int, int]]:
        for (key, form), seen in self._numbers.items():
            if len(key) <= LONGEST:
                yield len(key), key, 0, seen, form, self._inside[form], self._opening[form]
        for form in self._inside.keys() | self._opening.keys():
            if key := _word_key(form):
                yield len(key), key, 1, 0, form, self._inside[form], self._opening[form]

    def _put_aside(self, path: Path) -> None:
        if self._base is None:
            self._base = sqlite3.connect(path, isolation_level=None)
            self._base.executescript(_TABLES)
            self._base.execute(f"PRAGMA cache_size = -{self._cache}")
        forms = sorted(self._inside.keys() | self._opening.keys())
        base = self._base
        base.execute("BEGIN")
        base.executemany(_ADD, ((form, self._inside[form], self._opening[form]) for form in forms))
        base.executemany(
            "INSERT INTO numbers VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            ((*pair, seen) for pair, seen in sorted(self._numbers.items())),
        )
        base.execute("COMMIT")
        self._inside, self._opening, self._numbers = Counter(), Counter(), {}

    def _sorted_rows(self, base: sqlite3.Connection) -> Iterator[tuple[int, str, int, int, str, int, int]]:
        base.execute("BEGIN")
        base.execute(f"INSERT INTO sorted {_NUMBERS} WHERE length(key) <= {LONGEST}")
        base.executemany(
            "INSERT INTO sorted VALUES (?, ?, 1, 0, ?, ?, ?)",
            ((len(key), key, *row) for row in base.execute("SELECT * FROM forms") if (key := _word_key(row[0]))),
        )
        base.execute("COMMIT")
        return iter(base.execute("SELECT * FROM sorted ORDER BY length, key, is_word, seen, form"))


def key_of(word: str) -> str:
    """Return what a word is looked up by: folded (no case, no marks), without hyphens."""
    return fold(HYPHENS.sub("", word))


def _word_key(form: str) -> str:
    """Return the key of a form that is kept as a word; "" of others."""
    if any(c.isdigit() for c in form) or UNSPACED.search(form):
        return ""
    key = key_of(form)
    return key if len(key) <= LONGEST else ""
