"""Blocks, as a format's module finds them → an Article."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

from index.article import Article, normalise
from index.place import Anchor, Block, BlockKind, Span

# Between the cells of a row, where the original has no text between them.
BETWEEN_CELLS = " | "
# Blocks that follow one another without a blank line.
_CLOSE = frozenset({"item", "row", "line"})


class ArticleBuilder:
    """Collects the blocks of a document in reading order, and makes an Article of them.

    Text is given as it is to be cited: lines may stay broken, and hyphens at their ends stay; how it is read is the
    business of `index.view`.
    """

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._blocks: list[Block] = []
        self._anchors: list[Anchor] = []

    def __len__(self) -> int:
        return len(self._blocks)

    @property
    def characters(self) -> int:
        """The length of the text so far."""
        return self._length

    def add(self, kind: BlockKind, text: str, *, level: int = 0, anchors: Sequence[Anchor] = ()) -> None:
        """Add a block, unless it is blank.

        Args:
            text: NFC, if `anchors` are given; white space at its ends is removed.
            level: of a heading or a list item, from 1.
            anchors: with offsets into `text`.
        """
        clean = normalise(text)
        if anchors and len(clean) != len(text):
            raise ValueError("text with anchors must be normalised before")
        lead = len(clean) - len(clean.lstrip())
        clean = clean.strip()
        if not clean:
            return
        start = self._append(kind, clean)
        self._blocks.append(Block(kind, start, self._length, level))
        self._add_anchors(anchors, start - lead)

    def add_row(self, cells: Sequence[str], *, header: int = -1, anchors: Sequence[Sequence[Anchor]] = ()) -> int:
        """Add a table's row, unless all of its cells are blank, and return its block's number, or -1.

        Args:
            cells: in order; blank ones keep their place.
            header: the number of the header row's block, as this method returned it; -1 for none. A header row is
                marked by `mark_header`.
            anchors: for each cell, with offsets into it; the cells must then be normalised.
        """
        clean = [" ".join(normalise(cell).split()) if not anchors else cell for cell in cells]
        if not any(cell.strip() for cell in clean):
            return -1
        start = at = self._append("row", BETWEEN_CELLS.join(clean))
        spans = []
        for number, cell in enumerate(clean):
            spans.append(Span(at, at + len(cell)))
            if anchors:
                self._add_anchors(anchors[number], at)
            at += len(cell) + len(BETWEEN_CELLS)
        self._blocks.append(Block("row", start, self._length, 0, header, tuple(spans)))
        return len(self._blocks) - 1

    def mark_header(self, row: int) -> None:
        """Mark a row as a header row: it is read with the rows that name it, and never cited by itself."""
        block = self._blocks[row]
        self._blocks[row] = Block(block.kind, block.start, block.end, 0, row, block.cells)

    def article(self, **about: Any) -> Article:
        """Return the article; `about` is what `Article.from_blocks` takes besides.

        Raises:
            ArticleError: there are no words.
        """
        return Article.from_blocks("".join(self._parts), self._blocks, self._anchors, **about)

    def _append(self, kind: BlockKind, text: str) -> int:
        if self._blocks:
            close = kind in _CLOSE and self._blocks[-1].kind == kind
            self._parts.append("\n" if close else "\n\n")
            self._length += len(self._parts[-1])
        start = self._length
        self._parts.append(text)
        self._length += len(text)
        return start

    def _add_anchors(self, anchors: Sequence[Anchor], by: int) -> None:
        self._anchors += [anchor._replace(start=max(0, anchor.start + by), end=anchor.end + by) for anchor in anchors]


def title_from_name(source: str) -> str:
    """Return a file's or page's name as a title: without folder and ending, its marks as blanks."""
    name = unquote(re.split(r"[\\/]", source.rstrip("/"))[-1])
    stem = re.sub(r"\.[A-Za-z0-9]{1,8}$", "", name) or name
    return " ".join(re.sub(r"[_\s]+|(?<=\w)-(?=\w)", " ", stem).split())
