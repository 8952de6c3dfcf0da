"""Articles in files: what is said of one is read when it is asked for, its text when that is needed.

`articles.jsonl` has an article a line, `heads.jsonl` all of it but its text and structure. Beside them are arrays of
what every question needs of many articles: ids, languages, the beginnings of the texts and the kinds of their blocks;
and where the lines end.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any, get_args, overload

import numpy as np
import numpy.typing as npt
import orjson

from index.arrays import GrowingArray, mapped, save_array
from index.article import Article, text_id
from index.errors import IndexFolderError
from index.place import Anchor, Block, BlockKind

LINES, HEADS = "articles.jsonl", "heads.jsonl"
_ARRAYS = ("line_ends", "head_ends", "ids", "languages", "beginnings", "beginning_ends", "kinds", "kind_ends")
# The kinds of blocks by their numbers in `kinds`.
_KINDS: tuple[BlockKind, ...] = get_args(BlockKind)
FILES = (LINES, HEADS, *(f"articles.{name}.npy" for name in _ARRAYS))
# Characters of a text's beginning that are kept apart: enough to tell its script.
BEGINNING = 400
# Characters of the texts that are kept after they were read: some 80 MB with their structure.
MOST_KEPT = 40_000_000
# The attributes of an article that are read with the text.
BODY = ("text", "blocks", "anchors", "read_by_machine")


class StoredArticle(Article):
    """An article whose text and structure are read from a folder when they are asked for first."""

    _read: Callable[[StoredArticle], None]

    @classmethod
    def of(cls, head: dict[str, Any], read: Callable[[StoredArticle], None]) -> StoredArticle:
        """Return an article.

        Args:
            head: its attributes but those of `BODY`, and its `is_titled`.
            read: gives it those, by `fill`.
        """
        article = cls.__new__(cls)
        article.__dict__.update(head, _read=read)
        return article

    def fill(self, whole: Article) -> None:
        """Take the text and structure of the same article."""
        self.__dict__.update({name: getattr(whole, name) for name in BODY})

    def _filled(self, name: str) -> Any:
        self._read(self)
        return self.__dict__[name]

    # Beside the fields, whose defaults these hide. What `fill` puts into the instance is found before them.
    text = cached_property[str](lambda self: self._filled("text"))
    blocks = cached_property[tuple[Block, ...]](lambda self: self._filled("blocks"))
    anchors = cached_property[tuple[Anchor, ...]](lambda self: self._filled("anchors"))
    read_by_machine = cached_property[tuple[int, ...]](lambda self: self._filled("read_by_machine"))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Article):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in Article.__dataclass_fields__)

    __hash__ = Article.__hash__


class StoredArticles(Sequence[Article]):
    """The articles of a folder, in order. Threads may share it.

    Attributes:
        ids, languages: of each article, as bytes in UTF-8, shape (n,).
    """

    def __init__(self, folder: Path) -> None:
        """Open what `ArticlesWriter` wrote. Raises OSError or ValueError where it is not as it was written."""
        self._folder = folder
        self._lines, self._heads = _bytes_of(folder / LINES), _bytes_of(folder / HEADS)
        arrays = {name: mapped(folder / f"articles.{name}.npy") for name in _ARRAYS}
        self._line_ends, self._head_ends = arrays["line_ends"], arrays["head_ends"]
        self._beginnings, self._beginning_ends = arrays["beginnings"], arrays["beginning_ends"]
        self._kinds, self._kind_ends = arrays["kinds"], arrays["kind_ends"]
        self.ids: npt.NDArray[np.bytes_] = arrays["ids"]
        self.languages: npt.NDArray[np.bytes_] = arrays["languages"]
        if len({len(arrays[name]) for name in _ARRAYS if name not in ("beginnings", "kinds")}) > 1:
            raise ValueError("the arrays of the articles differ in length")
        self._kept: OrderedDict[int, Article] = OrderedDict()
        self._characters = 0
        # Whether any has to leave, so that it matters which was asked for last.
        self._leaves = len(self._lines) > MOST_KEPT
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._line_ends)

    @overload
    def __getitem__(self, row: int) -> Article: ...
    @overload
    def __getitem__(self, row: slice) -> tuple[Article, ...]: ...
    def __getitem__(self, row: int | slice) -> Article | tuple[Article, ...]:
        if isinstance(row, slice):
            return tuple(self[one] for one in range(*row.indices(len(self))))
        place = row if 0 <= row < len(self) else range(len(self))[row]
        if kept := self._kept.get(place):
            if self._leaves:
                with self._lock:
                    if place in self._kept:
                        self._kept.move_to_end(place)
            return kept
        try:
            return StoredArticle.of(
                orjson.loads(_part(self._heads, self._head_ends, place)), partial(self._fill, place)
            )
        except ValueError as error:
            raise self._altered(place, HEADS) from error

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(one == its for one, its in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def beginning(self, row: int) -> str:
        """Return the first characters of an article's text."""
        return _part(self._beginnings, self._beginning_ends, row).decode()

    def kind(self, row: int, block: int) -> BlockKind:
        """Return the kind of a block of an article."""
        return _KINDS[int(self._kinds[(self._kind_ends[row - 1] if row else 0) + block])]

    def is_in(self, folder: Path) -> bool:
        """Return whether these are the articles of a folder."""
        return self._folder == folder

    def _fill(self, row: int, article: StoredArticle) -> None:
        """Read an article's text, and keep it with those that were read last."""
        try:
            whole = Article.from_dict(orjson.loads(_part(self._lines, self._line_ends, row)))
            is_whole = text_id(whole.text).encode() == self.ids[row]
        except (ValueError, TypeError, KeyError):
            is_whole = False
        if not is_whole:
            # What opening the index does not read is checked here: nothing is cited that was altered.
            raise self._altered(row, LINES)
        article.fill(whole)
        with self._lock:
            if row in self._kept:
                return
            self._kept[row] = article
            self._characters += len(whole.text)
            while self._characters > MOST_KEPT and len(self._kept) > 1:
                self._characters -= len(self._kept.popitem(last=False)[1].text)

    def _altered(self, row: int, name: str) -> IndexFolderError:
        return IndexFolderError(
            f"the index {self._folder} is not usable: article {row + 1} of {name} is not as it was written. "
            f"Rebuild it: beleg index build FILE… --out {self._folder}",
            "index-not-usable",
            folder=self._folder,
            reason=f"article {row + 1} of {name} is not as it was written",
        )


class ArticlesWriter:
    """Writes articles into a folder as they come."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lines, self._heads = (folder / LINES).open("wb"), (folder / HEADS).open("wb")
        self._ids: list[bytes] = []
        self._languages: list[bytes] = []
        types: dict[str, type] = {
            "line_ends": np.int64,
            "head_ends": np.int64,
            "beginnings": np.uint8,
            "beginning_ends": np.int64,
            "kinds": np.uint8,
            "kind_ends": np.int64,
        }
        self._arrays = {name: GrowingArray(self._path(name), dtype) for name, dtype in types.items()}

    def add(self, article: Article) -> None:
        """Write an article. Raises OSError for a full disk."""
        plain = article.to_dict()
        for file, name in ((self._lines, "line_ends"), (self._heads, "head_ends")):
            file.write((json.dumps(plain, ensure_ascii=False) + "\n").encode())
            self._arrays[name].append(np.asarray([file.tell()]))
            # It is told by the text, and asked of many articles.
            plain = {key: one for key, one in plain.items() if key not in BODY} | {"is_titled": article.is_titled}
        self._arrays["beginnings"].append(np.frombuffer(article.text[:BEGINNING].encode(), np.uint8))
        self._arrays["beginning_ends"].append(np.asarray([len(self._arrays["beginnings"])]))
        self._arrays["kinds"].append(np.asarray([_KINDS.index(block.kind) for block in article.blocks], np.uint8))
        self._arrays["kind_ends"].append(np.asarray([len(self._arrays["kinds"])]))
        self._ids.append(article.id.encode())
        self._languages.append(article.language.encode())

    def done(self) -> StoredArticles:
        """Return the articles. Raises OSError for a full disk."""
        self._lines.close()
        self._heads.close()
        for array in self._arrays.values():
            array.done()
        for name, values in (("ids", self._ids), ("languages", self._languages)):
            save_array(self._path(name), np.asarray(values, np.bytes_))
        return StoredArticles(self._folder)

    def _path(self, name: str) -> Path:
        return self._folder / f"articles.{name}.npy"


def _bytes_of(path: Path) -> npt.NDArray[np.uint8]:
    # An empty file cannot be mapped.
    return np.asarray(np.memmap(path, np.uint8, "r")) if path.stat().st_size else np.zeros(0, np.uint8)


def _part(letters: npt.NDArray[np.uint8], ends: npt.NDArray[np.int64], row: int) -> bytes:
    return letters[ends[row - 1] if row else 0 : ends[row]].tobytes()


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


def kind_of(articles: Sequence[Article], row: int, block: int) -> BlockKind:
    """Return the kind of a block of an article, without reading a stored one."""
    return articles.kind(row, block) if isinstance(articles, StoredArticles) else articles[row].blocks[block].kind


def language_and_beginning(articles: Sequence[Article], row: int) -> tuple[str, str]:
    """Return an article's language and the first characters of its text, without reading the rest of a stored one."""
    if isinstance(articles, StoredArticles):
        return bytes(articles.languages[row]).decode(), articles.beginning(row)
    return articles[row].language, articles[row].text[:BEGINNING]
