"""The nouns of a text: Article, Sentence, Passage.

All offsets are in characters of `Article.text`.
"""

from __future__ import annotations

import hashlib
import itertools
import math
import re
import threading
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from index.errors import ArticleError, counted
from index.place import Anchor, Block, Place, Span, boxes_of
from index.splitting.blocks import find_blocks
from index.text_bounds import has_mark_run, nfc, of_marks

TITLE_CHARACTERS = 80
# The language is detected from the beginning of a text: this much is reliable, and fast for a book.
SAMPLE_CHARACTERS = 4000
# Languages of few texts, and those that they are taken for in a short text.
_TAKEN_FOR = {
    "lb": "de", "nds": "de", "gsw": "de", "bar": "de", "pcm": "en", "ext": "es", "an": "es", "ast": "es", "oc": "fr",
    "wa": "fr", "gl": "pt", "fy": "nl", "li": "nl", "af": "nl", "nn": "no", "scn": "it", "vec": "it", "pms": "it",
}  # fmt: skip
# A difference of log probabilities: two sentences have a larger one.
_SURE = 8.0
_detecting = threading.Lock()
# Possessive, and from a word's beginning on: a word without a hyphen is looked at once.
_HYPHENATED = re.compile(r"(?<!\w)\w++-\w+")
_MARKS_OF_HEADING = re.compile(r"^#{1,6}\s+|(?<!\s)\s++#+$|\n[=-]+\s*$")


@dataclass(frozen=True)
class Article:
    """One source text. Made by `Article.read`, which normalises the text once; offsets never change after that.

    Attributes:
        id: the first 16 hexadecimal digits of the text's sha256; the same text is the same article.
        language: ISO 639-1 code; detected unless it was given.
        source: where the text came from, as the user named it; "" for a text given as a string.
        blocks: its structure.
        anchors: where its words stand in the original, in order; empty for plain text.
        author, date, url: as the original says; "" where it does not. `date` is ISO 8601 where it can be read as such.
        read_by_machine: pages whose text was read by OCR.
        source_sha256: of the file or answer that it was read from, in hexadecimal; "" for a text given as a string.
    """

    id: str
    title: str
    text: str
    language: str
    source: str = ""
    blocks: tuple[Block, ...] = ()
    anchors: tuple[Anchor, ...] = ()
    author: str = ""
    date: str = ""
    url: str = ""
    read_by_machine: tuple[int, ...] = ()
    source_sha256: str = ""

    @classmethod
    def read(
        cls,
        text: str,
        *,
        title: str = "",
        language: str = "",
        source: str = "",
        author: str = "",
        date: str = "",
        url: str = "",
    ) -> Article:
        """Normalise a plain text (NFC, line ends), find its blocks and make it an article.

        Raises:
            ArticleError: the text has no words, or more combining marks in a row than a text has.
        """
        clean = normalise(text)
        blocks = find_blocks(clean)
        if blocks and clean[blocks[0].start : blocks[0].end] == normalise(title).strip():
            blocks[0] = blocks[0]._replace(kind="heading", level=1)
        return cls.from_blocks(
            clean,
            blocks,
            title=title,
            language=language,
            source=source,
            author=author,
            date=date,
            url=url,
        )

    @classmethod
    def from_blocks(
        cls,
        text: str,
        blocks: Sequence[Block],
        anchors: Sequence[Anchor] = (),
        *,
        title: str = "",
        language: str = "",
        source: str = "",
        author: str = "",
        date: str = "",
        url: str = "",
        read_by_machine: Sequence[int] = (),
    ) -> Article:
        """Return an article whose structure is known.

        Args:
            text: as `normalise` returns it.

        Raises:
            ArticleError: the text has no words, or its title more combining marks in a row than a text has.
        """
        if has_mark_run(title):
            raise of_marks("the title")
        if not any(c.isalnum() for c in text):
            name = source or title or "text"
            raise ArticleError(
                f"the article {name!r} has no words in it ({counted(len(text), 'character')}). "
                "Expected text; give a file with some.",
                "article-without-words",
                name=name,
                n=len(text),
            )
        return cls(
            id=text_id(text),
            title=" ".join(_without_surrogates(title).split()) or _first_line(text),
            text=text,
            language=(language or detect_language(text)).lower().split("-")[0],
            source=_without_surrogates(source),
            blocks=tuple(blocks),
            anchors=tuple(anchors),
            author=_without_surrogates(author),
            date=date,
            url=_without_surrogates(url),
            read_by_machine=tuple(read_by_machine),
        )

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Article:
        """Return an article from what `to_dict` made of it. Raises TypeError or ValueError for anything else."""
        blocks = (
            Block(kind, start, end, level, header, tuple(Span(*cell) for cell in cells) if cells else ())
            for kind, start, end, level, header, cells in plain.pop("blocks")
        )
        anchors = (Anchor(*anchor) for anchor in plain.pop("anchors"))
        machine = tuple(plain.pop("read_by_machine"))
        return cls(**plain, blocks=tuple(blocks), anchors=tuple(anchors), read_by_machine=machine)

    def to_dict(self) -> dict[str, Any]:
        """Return the article in plain JSON types; blocks and anchors as lists, for there are many."""
        plain = {name: getattr(self, name) for name in self.__dataclass_fields__}
        plain["blocks"] = [
            [b.kind, b.start, b.end, b.level, b.header, [[cell.start, cell.end] for cell in b.cells]]
            for b in self.blocks
        ]
        plain["anchors"] = [list(anchor) for anchor in self.anchors]
        return plain

    @cached_property
    def is_titled(self) -> bool:
        """Whether the title says something: it is not just the beginning of the text."""
        heads = bool(self.blocks) and self.blocks[0].kind == "heading"
        return heads or self.title != _first_line(self.text)

    @cached_property
    def hyphenated(self) -> frozenset[str]:
        """The words that the text writes with a hyphen on one line."""
        return hyphenated(self.text)

    @cached_property
    def _block_starts(self) -> list[int]:
        return [block.start for block in self.blocks]

    @cached_property
    def _above(self) -> list[tuple[int, ...]]:
        """For each block, the numbers of the headings that it stands under; a heading's own included."""
        above: list[tuple[int, ...]] = []
        stack: tuple[int, ...] = ()
        for number, block in enumerate(self.blocks):
            if block.kind == "heading":
                stack = (*(n for n in stack if self.blocks[n].level < block.level), number)
            above.append(stack)
        return above

    @cached_property
    def _headings(self) -> dict[int, str]:
        """The texts of the headings, by the numbers of their blocks."""
        return {
            number: heading_text(self.text[block.start : block.end])
            for number, block in enumerate(self.blocks)
            if block.kind == "heading"
        }

    @cached_property
    def _columns(self) -> dict[int, str]:
        """The names of the columns in one line, by the numbers of the header rows."""
        tops = {block.header for block in self.blocks if block.header >= 0}
        return {
            top: " | ".join(self.text[cell.start : cell.end] for cell in self.blocks[top].cells) for top in sorted(tops)
        }

    def block_at(self, offset: int) -> int:
        """Return the number of the block that an offset is in, or that ends before it."""
        return max(0, bisect_right(self._block_starts, offset) - 1)

    def headings(self, block: int) -> tuple[str, ...]:
        """Return the headings above a block, the outermost first, without the marks of Markdown."""
        found = self._above[block] if block < len(self._above) else ()
        return tuple(self._headings[n] for n in found if n != block)

    def place(self, start: int, end: int) -> Place | None:
        """Return where a stretch of text stands in the original and under which headings; None if nothing is known."""
        number = self.block_at(start)
        under = self.headings(number) if self.blocks else ()
        header = ""
        if self.blocks and 0 <= self.blocks[number].header != number:
            header = self._columns[self.blocks[number].header]
        first = bisect_right(self.anchors, start, key=lambda anchor: anchor.end)
        last = bisect_left(self.anchors, end, key=lambda anchor: anchor.start)
        held = self.anchors[first:last]
        if not (held or under or header):
            return None
        times = [anchor for anchor in held if anchor.begins >= 0]
        boxes = boxes_of([anchor for anchor in held if anchor.page])
        page = boxes[0].page if boxes else None
        return Place(
            page,
            boxes,
            times[0].begins if times else None,
            times[-1].ends if times else None,
            header,
            under,
            page in self.read_by_machine,
        )


@dataclass(frozen=True, slots=True)
class Sentence:
    """The unit of citation: a Span, the sentence's number in its article and its block's, both from 0."""

    span: Span
    number: int
    block: int


@dataclass(frozen=True, slots=True)
class Passage:
    """The unit of retrieval: the sentences from number `first` to number `last`, both included, of one article."""

    first: int
    last: int


def text_id(text: str) -> str:
    """Return the id of the article of a text: the first 16 hexadecimal digits of its sha256."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def hyphenated(text: str) -> frozenset[str]:
    """Return the words that a text writes with a hyphen on one line: broken there, they keep it."""
    return frozenset(_HYPHENATED.findall(text))


def heading_text(text: str) -> str:
    """Return a heading in one line, without the marks of Markdown."""
    return " ".join(_MARKS_OF_HEADING.sub("", text.strip()).split())


def normalise(text: str) -> str:
    """Return a text as an article keeps it: NFC, line feeds, no byte order mark, no lone surrogates.

    Raises:
        ArticleError: it has more combining marks in a row than a text has.
    """
    clean = nfc(_without_surrogates(text.lstrip("\ufeff")))
    return re.sub(r"\r\n?|\u2028|\x85", "\n", clean).replace("\u2029", "\n\n")


def detect_language(text: str) -> str:
    """Return the ISO 639-1 code of a text's language, by py3langid (Lui & Baldwin 2012; no network)."""
    import py3langid

    with _detecting:
        ranked = py3langid.rank(text[:SAMPLE_CHARACTERS])[:4]
    best, most = str(ranked[0][0]), float(ranked[0][1])
    # Of a few words in German, Luxembourgish is as likely; but a hundred times as many people write the other one.
    common = _TAKEN_FOR.get(best)
    return next((str(one) for one, score in ranked if one == common and most - score < _SURE), best)


def likeliest_language(text: str, among: Sequence[str]) -> tuple[str, float]:
    """Return the likeliest of some languages for a short text, and its probability, 0 to 1, as if there were no others.

    Args:
        among: ISO 639-1 codes.
    """
    import py3langid

    with _detecting:
        scores = {str(language): float(score) for language, score in py3langid.rank(text) if language in among}
    best = max(scores, key=lambda language: scores[language])
    return best, 1 / sum(math.exp(score - scores[best]) for score in scores.values())


def _without_surrogates(text: str) -> str:
    # A lone surrogate cannot be written to a file. File names that are not UTF-8 contain some.
    return text.encode("utf-8", "replace").decode("utf-8")


def _lines_of(text: str) -> Iterator[str]:
    yield from text.splitlines()


def _first_line(text: str) -> str:
    # It mostly is among the first: of a book not all are looked at.
    lines = itertools.chain(text[:SAMPLE_CHARACTERS].splitlines()[:-1], _lines_of(text))
    line = next(line for line in lines if any(c.isalnum() for c in line))
    line = " ".join(line.lstrip("# ").split())
    if len(line) <= TITLE_CHARACTERS:
        return line
    return line[: TITLE_CHARACTERS - 1].rsplit(" ", 1)[0] + "…"
