"""Where text stands: in an article (Span, Block), and in the original that it was read from (Anchor, Place)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

BlockKind = Literal["paragraph", "heading", "item", "row", "caption", "code", "line"]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Half-open character offsets [start, end) into an article's text."""

    start: int
    end: int


class Block(NamedTuple):
    """A stretch of an article's text with a kind; blocks are in order and hold all of it but white space.

    An article has hundreds, which are made whenever it is read: a tuple takes a third of a dataclass's time.

    Attributes:
        kind: "line" is an entry of its own: a line of a chat or log, `Name: value`, a subtitle cue, a verse.
        start, end: half-open offsets.
        level: of a heading, from 1; of a list item, how deep it is nested, from 1; else 0.
        header: of a table's row, the number of the block that is its header row; -1 for none. A header row names
            itself.
        cells: of a table's row, the half-open offsets of its cells.
    """

    kind: BlockKind
    start: int
    end: int
    level: int = 0
    header: int = -1
    cells: tuple[Span, ...] = ()


class Anchor(NamedTuple):
    """Where a stretch of text, a word or a cue, stands in the original.

    Attributes:
        start, end: half-open offsets.
        page: of a PDF, counted from 1; 0 for none.
        left, top, right, bottom: the box on the page, in points (1/72 inch) from its upper left corner.
        begins, ends: seconds from the beginning of a recording; -1 for none.
    """

    start: int
    end: int
    page: int = 0
    left: float = 0.0
    top: float = 0.0
    right: float = 0.0
    bottom: float = 0.0
    begins: float = -1.0
    ends: float = -1.0


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page (from 1), in points from its upper left corner."""

    page: int
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stretch of text stands in the original.

    Attributes:
        page: of a PDF, counted from 1, where the stretch begins; None for text without pages.
        boxes: one for each line that it stands in.
        begins, ends: seconds from the beginning of a recording, or None.
        header: of a table's row, the text of its header row; else "".
        under: the headings that it stands under, the outermost first.
        read_by_machine: whether the text of the page was read by OCR, so that it may have errors.
    """

    page: int | None = None
    boxes: tuple[Box, ...] = ()
    begins: float | None = None
    ends: float | None = None
    header: str = ""
    under: tuple[str, ...] = ()
    read_by_machine: bool = False


def boxes_of(anchors: Sequence[Anchor]) -> tuple[Box, ...]:
    """Return a box for each line that some words stand in, be it written across the page, up or down."""
    boxes: list[Box] = []
    for anchor in anchors:
        box = Box(anchor.page, anchor.left, anchor.top, anchor.right, anchor.bottom)
        last = boxes[-1] if boxes else None
        if last and (_in_one_line(last, box) or _in_one_line(_turned(last), _turned(box), tall=True)):
            boxes[-1] = Box(
                last.page,
                min(last.left, box.left),
                min(last.top, box.top),
                max(last.right, box.right),
                max(last.bottom, box.bottom),
            )
        else:
            boxes.append(box)
    return tuple(boxes)


def _in_one_line(last: Box, box: Box, *, tall: bool = False) -> bool:
    """Return whether a word's box goes on with the line before; of turned boxes, `tall` ones only are words."""
    # Half of the lower one's height in common; the next column's line begins to the left or far to the right.
    high, low = last.bottom - last.top, box.bottom - box.top
    return (
        last.page == box.page
        and min(last.bottom, box.bottom) - max(last.top, box.top) > 0.5 * min(high, low)
        and max(box.left - last.right, last.left - box.right) < 3 * high
        and not (tall and (last.right - last.left < high or box.right - box.left < low))
    )


def _turned(box: Box) -> Box:
    return Box(box.page, box.top, box.left, box.bottom, box.right)
