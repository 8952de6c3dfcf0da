"""Articles in a file: one is read when it is asked for, and those asked for last are kept.

`articles.jsonl` has an article a line. Beside it are arrays of what every question needs of many articles: where each
line ends, ids, languages, and the beginnings of the texts.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import overload

import numpy as np
import numpy.typing as npt

from index.arrays import GrowingArray, mapped, save_array
from index.article import Article, text_id
from index.errors import IndexFolderError

LINES = "articles.jsonl"
_ARRAYS = ("line_ends", "ids", "languages", "beginnings", "beginning_ends")
FILES = (LINES, *(f"articles.{name}.npy" for name in _ARRAYS))
# Characters of a text's beginning that are kept apart: enough to tell its script.
BEGINNING = 400
# Characters of the texts that are kept after they were read: some 50 MB with their structure.
MOST_KEPT = 10_000_000


class StoredArticles(Sequence[Article]):
    """The articles of a folder, in order. Threads may share it.

    Attributes:
        ids, languages: of each article, as bytes in UTF-8, shape (n,).
    """

    def __init__(self, folder: Path) -> None:
        """Open what `ArticlesWriter` wrote. Raises OSError or ValueError where it is not as it was written."""
        self._folder = folder
        path = folder / LINES
        is_empty = not path.stat().st_size
        self._lines: npt.NDArray[np.uint8] = np.zeros(0, np.uint8) if is_empty else np.memmap(path, np.uint8, "r")
        arrays = {name: mapped(folder / f"articles.{name}.npy") for name in _ARRAYS}
        self._line_ends, self._beginnings = arrays["line_ends"], arrays["beginnings"]
        self._beginning_ends = arrays["beginning_ends"]
        self.ids: npt.NDArray[np.bytes_] = arrays["ids"]
        self.languages: npt.NDArray[np.bytes_] = arrays["languages"]
        if not len(self.ids) == len(self.languages) == len(self._line_ends) == len(self._beginning_ends):
            raise ValueError("the arrays of the articles differ in length")
        self._kept: OrderedDict[int, Article] = OrderedDict()
        self._characters = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, row: int) -> Article: ...
    @overload
    def __getitem__(self, row: slice) -> tuple[Article, ...]: ...
    def __getitem__(self, row: int | slice) -> Article | tuple[Article, ...]:
        if isinstance(row, slice):
            return tuple(self[one] for one in range(*row.indices(len(self))))
        place = range(len(self))[row]
        with self._lock:
            if place in self._kept:
                self._kept.move_to_end(place)
                return self._kept[place]
        article = self._read(place)
        with self._lock:
            if place not in self._kept:
                self._characters += len(article.text)
            self._kept[place] = article
            while self._characters > MOST_KEPT and len(self._kept) > 1:
                self._characters -= len(self._kept.popitem(last=False)[1].text)
        return article

    def __iter__(self) -> Iterator[Article]:
        """Yield all articles. They are kept where memory may hold all of them."""
        holds_all = len(self._lines) <= MOST_KEPT
        for row in range(len(self)):
            with self._lock:
                kept = self._kept.get(row)
            yield kept or (self[row] if holds_all else self._read(row))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(one == its for one, its in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def beginning(self, row: int) -> str:
        """Return the first characters of an article's text."""
        start = self._beginning_ends[row - 1] if row else 0
        return self._beginnings[start : self._beginning_ends[row]].tobytes().decode()

    def is_in(self, folder: Path) -> bool:
        """Return whether these are the articles of a folder."""
        return self._folder == folder

    def line(self, row: int) -> bytes:
        """Return an article as it is in the file."""
        return self._lines[self._line_ends[row - 1] if row else 0 : self._line_ends[row]].tobytes()

    def _read(self, row: int) -> Article:
        try:
            article = Article.from_dict(json.loads(self.line(row)))
            is_whole = text_id(article.text).encode() == self.ids[row]
        except (ValueError, TypeError, KeyError):
            is_whole = False
        if not is_whole:
            # What opening the index does not read is checked here: nothing is cited that was altered.
            raise IndexFolderError(
                f"the index {self._folder} is not usable: article {row + 1} of {LINES} is not as it was written. "
                f"Rebuild it: beleg index build FILE… --out {self._folder}",
                "index-not-usable",
                folder=self._folder,
                reason=f"article {row + 1} of {LINES} is not as it was written",
            )
        return article


class ArticlesWriter:
    """Writes articles into a folder as they come."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lines = (folder / LINES).open("wb")
        self._ids: list[bytes] = []
        self._languages: list[bytes] = []
        types: dict[str, type] = {"line_ends": np.int64, "beginnings": np.uint8, "beginning_ends": np.int64}
        self._arrays = {name: GrowingArray(self._path(name), dtype) for name, dtype in types.items()}

    def add(self, article: Article) -> None:
        """Write an article. Raises OSError for a full disk."""
        self._lines.write((json.dumps(article.to_dict(), ensure_ascii=False) + "\n").encode())
        self._arrays["line_ends"].append(np.asarray([self._lines.tell()]))
        self._arrays["beginnings"].append(np.frombuffer(article.text[:BEGINNING].encode(), np.uint8))
        self._arrays["beginning_ends"].append(np.asarray([len(self._arrays["beginnings"])]))
        self._ids.append(article.id.encode())
        self._languages.append(article.language.encode())

    def done(self) -> StoredArticles:
        """Return the articles. Raises OSError for a full disk."""
        self._lines.close()
        for array in self._arrays.values():
            array.done()
        for name, values in (("ids", self._ids), ("languages", self._languages)):
            save_array(self._path(name), np.asarray(values, np.bytes_))
        return StoredArticles(self._folder)

    def _path(self, name: str) -> Path:
        return self._folder / f"articles.{name}.npy"


def ids_of(articles: Sequence[Article]) -> list[str]:
    """Return the ids of articles, without reading their texts where they are stored."""
    if isinstance(articles, StoredArticles):
        return [one.decode() for one in articles.ids.tolist()]
    return [one.id for one in articles]


def languages_of(articles: Sequence[Article]) -> tuple[str, ...]:
    """Return the languages of articles, sorted, each once."""
    if isinstance(articles, StoredArticles):
        return tuple(sorted(one.decode() for one in np.unique(articles.languages).tolist()))
    return tuple(sorted({article.language for article in articles}))


def language_and_beginning(articles: Sequence[Article], row: int) -> tuple[str, str]:
    """Return an article's language and the first characters of its text, without reading the rest of a stored one."""
    if isinstance(articles, StoredArticles):
        return bytes(articles.languages[row]).decode(), articles.beginning(row)
    return articles[row].language, articles[row].text[:BEGINNING]
