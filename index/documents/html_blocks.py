"""The tree of a web page → pieces of text, each with its kind and the element that it stands in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from typing import TYPE_CHECKING

from index.documents.builder import ArticleBuilder
from index.place import BlockKind
from index.splitting.text_tables import header_row

if TYPE_CHECKING:
    from lxml.html import HtmlElement

HEADINGS = {f"h{level}": level for level in range(1, 7)}
_LISTS = frozenset({"ul", "ol", "menu", "dir"})
_BLOCKS = frozenset(
    "address article aside blockquote body center dd details dialog div dl dt fieldset figcaption figure footer form "
    "header hgroup hr html legend li main nav ol optgroup p search section summary table tbody td tfoot th thead tr "
    "caption ul".split()
)
_NO_TEXT = frozenset(
    "head title meta link script style template svg canvas iframe object embed audio video map area img input button "
    "select textarea noscript col colgroup".split()
)
_MAX_SPAN = 1000
_MAX_CELLS = 400_000
# Lines of verse or of an address are shorter than those of prose that somebody broke by hand.
_LINE = 50
_LONGEST_LINE = 120
# A cell with more text than this is a column of the page, not of a table.
_LONGEST_CELL = 2000


@dataclass(slots=True)
class Piece:
    """A stretch of a page's text.

    Attributes:
        owner: the element that it stands in.
        group: the list or table that it is part of, the outermost; else the same as `owner`.
        linked: how many of its characters are links.
        cells: of a table's row.
        heads: whether a row names the table's columns.
    """

    kind: BlockKind
    text: str
    owner: HtmlElement
    group: HtmlElement
    level: int = 0
    linked: int = 0
    cells: list[str] = field(default_factory=list)
    heads: bool = False


def find_pieces(tree: HtmlElement) -> list[Piece]:
    """Return the text of a cleaned tree in pieces, in order."""
    walk = _Walk()
    walk.flow(tree)
    walk.flush(tree)
    return walk.pieces


def add_pieces(pieces: Iterable[Piece], builder: ArticleBuilder) -> None:
    """Add pieces to an article; the rows of a table under its header row."""
    table: HtmlElement | None = None
    header = -1
    for piece in pieces:
        if piece.kind != "row":
            builder.add(piece.kind, piece.text, level=piece.level)
            continue
        if piece.owner is not table:
            table, header = piece.owner, -1
        row = builder.add_row(piece.cells, header=header)
        if piece.heads and row >= 0:
            builder.mark_header(row)
            header = row


class _Walk:
    """Goes through a tree once, and collects text until a block ends."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self._text: list[str] = []
        self._linked = 0
        self._in_link = 0
        self._kind: BlockKind = "paragraph"
        self._level = 0
        self._lists = 0
        self._mark = ""
        self._group: HtmlElement | None = None

    def flow(self, element: HtmlElement) -> None:
        """Read what is in an element."""
        self._add(element.text)
        for child in element:
            tag = child.tag
            if isinstance(tag, str) and tag not in _NO_TEXT:
                if tag == "br":
                    self._text.append("\n")
                elif tag == "a":
                    self._in_link += 1
                    self.flow(child)
                    self._in_link -= 1
                elif tag == "div" and element.tag not in _BLOCKS and not any(map(str.strip, child.itertext())):
                    # Browser extensions put empty boxes behind links.
                    pass
                elif tag == "pre" or tag in HEADINGS or tag in _BLOCKS or child.get("role") == "heading":
                    self.flush(element)
                    self._block(child, tag)
                    self.flush(child)
                else:
                    self.flow(child)
            self._add(child.tail)

    def flush(self, owner: HtmlElement) -> None:
        """End the block that was being read."""
        raw, linked = "".join(self._text), self._linked
        self._text, self._linked = [], 0
        if not raw.strip():
            return
        stretches = [
            lines
            for part in re.split(r"\n\s*\n", raw)
            if (lines := [line for line in (_one_line(line) for line in part.split("\n")) if line])
        ]
        for lines in stretches:
            share = round(linked * sum(map(len, lines)) / len(raw)) if raw else 0
            if self._kind == "paragraph" and _are_entries(lines):
                for line in lines:
                    self._put("line", line, owner, linked=share // len(lines))
                continue
            self._put(self._kind, self._mark + "\n".join(lines), owner, level=self._level, linked=share)
            self._mark = ""
            if self._kind == "item":
                # What follows in the same item, after its first paragraph, is not another item.
                self._kind, self._level = "paragraph", 0

    def _add(self, text: str | None) -> None:
        if text:
            self._text.append(re.sub(r"[ \t\r\n\f]+", " ", text))
            if self._in_link:
                self._linked += len(text.strip())

    def _put(self, kind: BlockKind, text: str, owner: HtmlElement, level: int = 0, linked: int = 0) -> None:
        group = owner if self._group is None else self._group
        self.pieces.append(Piece(kind, text, owner, group, level, linked))

    def _block(self, element: HtmlElement, tag: str) -> None:
        level = HEADINGS.get(tag, 0) or _heading_level(element)
        if level:
            self._as("heading", level, lambda: self._heading(element))
        elif tag == "pre":
            text = _verbatim(element)
            if text.strip():
                self._put("code", text.strip("\n"), element)
        elif tag in _LISTS:
            self._grouped(element, lambda: self._list(element, tag))
        elif tag == "dl":
            self._grouped(element, lambda: self._definitions(element))
        elif tag == "table":
            self._grouped(element, lambda: self._table(element))
        elif tag in ("figcaption", "caption"):
            self._as("caption", 0, lambda: self._whole(element))
        elif tag in ("li", "dd", "dt"):
            # Outside of a list.
            self._as("paragraph", 0, lambda: self._whole(element))
        else:
            self.flow(element)

    def _whole(self, element: HtmlElement) -> None:
        self.flow(element)
        self.flush(element)

    def _heading(self, element: HtmlElement) -> None:
        self.flow(element)
        self._text = [text.replace("\n", " ") for text in self._text]
        self.flush(element)

    def _as(self, kind: BlockKind, level: int, read: Callable[[], None]) -> None:
        before = self._kind, self._level, self._mark
        self._kind, self._level, self._mark = kind, level, ""
        read()
        self._kind, self._level, self._mark = before
        if kind == "heading" and self._kind == "item":
            # The heading of an item stands for the item.
            self._kind, self._level, self._mark = "paragraph", 0, ""

    def _grouped(self, element: HtmlElement, read: Callable[[], None]) -> None:
        outermost = self._group is None
        if outermost:
            self._group = element
        read()
        if outermost:
            self._group = None

    def _list(self, element: HtmlElement, tag: str) -> None:
        self._lists += 1
        number = _whole_number(element.get("start"), 1)
        for child in element:
            if child.tag in _LISTS:
                # A list right in a list, as old editors write it, belongs to the item before.
                self._list(child, str(child.tag))
            elif child.tag == "li":
                before = self._kind, self._level, self._mark
                number = _whole_number(child.get("value"), number)
                self._kind, self._level = "item", self._lists
                self._mark = f"{number}. " if tag == "ol" else ""
                self._whole(child)
                self._kind, self._level, self._mark = before
                number += 1
            elif isinstance(child.tag, str) and child.tag not in _NO_TEXT:
                self._whole(child)
        self._lists -= 1

    def _definitions(self, element: HtmlElement) -> None:
        self._lists += 1
        terms: list[str] = []
        open_terms = True
        for child in _unwrapped(element):
            if child.tag == "dt":
                if not open_terms:
                    terms, open_terms = [], True
                terms.append(inline_text(child))
            elif child.tag == "dd":
                open_terms = False
                term = ", ".join(filter(None, terms))
                self._as(
                    "item" if term else "paragraph",
                    self._lists if term else 0,
                    partial(self._definition, child, term),
                )
        if open_terms and terms:
            for term in filter(None, terms):
                self._put("item", term, element, level=self._lists)
        self._lists -= 1

    def _definition(self, element: HtmlElement, term: str) -> None:
        if term:
            # "Term: what it means" is understood without its neighbours.
            self._mark = term + (" " if term[-1] in ":–—-?!.=" else ": ")
        self._whole(element)

    def _table(self, table: HtmlElement) -> None:
        rows = list(_rows(table))
        if _is_layout(table, rows):
            for row in rows:
                for cell in row:
                    self._as("paragraph", 0, partial(self._whole, cell))
            return
        for caption in table.iterchildren("caption"):
            self._block(caption, "caption")
            self.flush(caption)
        grid, marked = _grid(rows)
        head = _header(table, rows, grid, marked)
        wide = max((len(cells) for cells in grid), default=0)
        for number, cells in enumerate(grid):
            filled = [cell for cell in cells if cell]
            linked = sum(len(inline_text(a)) for a in rows[number].iter("a"))
            if len(filled) == 1 and wide > 1 and len(rows[number]) == 1 and number != head:
                # A cell over the whole width says what the rows below it are about.
                self._put("caption", filled[0], table, linked=linked)
            elif filled:
                group = table if self._group is None else self._group
                self.pieces.append(
                    Piece("row", " | ".join(cells), table, group, 0, linked, cells, number == head and len(filled) > 1)
                )


def inline_text(element: HtmlElement) -> str:
    """Return an element's text in one line, that of its blocks set apart."""
    parts: list[str] = []

    def read(one: HtmlElement) -> None:
        parts.append(one.text or "")
        for child in one:
            tag = child.tag
            if isinstance(tag, str) and tag not in _NO_TEXT:
                apart = tag == "br" or tag in _BLOCKS or tag in HEADINGS
                # The items of a list in a cell would else run into one.
                parts.append(", " if tag == "li" and child.getprevious() is not None else " " if apart else "")
                read(child)
                parts.append(" " if apart else "")
            parts.append(child.tail or "")

    read(element)
    return re.sub(r" +(?=, )", "", _one_line("".join(parts)))


def _one_line(text: str) -> str:
    return re.sub(r"[ \t\r\n\f\v]+", " ", text).strip(" ")


def _verbatim(element: HtmlElement) -> str:
    parts = [element.text or ""]
    for child in element:
        if child.tag == "br":
            parts.append("\n")
        elif isinstance(child.tag, str) and child.tag not in _NO_TEXT:
            parts.append(_verbatim(child))
        parts.append(child.tail or "")
    return "".join(parts)


def _are_entries(lines: list[str]) -> bool:
    """Return whether lines broken by <br> are entries of their own: verse, an address, `Name: value`."""
    if len(lines) < 2 or max(map(len, lines)) > _LONGEST_LINE:
        return False
    if all(re.match(r"[^:]{1,30}: ?\S", line) for line in lines):
        return True
    return len(lines) > 2 and median(map(len, lines)) <= _LINE


def _heading_level(element: HtmlElement) -> int:
    if element.get("role") != "heading":
        return 0
    return min(9, max(1, _whole_number(element.get("aria-level"), 2)))


def _whole_number(written: str | None, default: int) -> int:
    return int(written) if written and re.fullmatch(r"\s*\d{1,6}\s*", written) else default


def _unwrapped(element: HtmlElement) -> Iterable[HtmlElement]:
    """Yield the terms and definitions of a list; each pair may stand in a <div>."""
    for child in element:
        if child.tag == "div":
            yield from child
        else:
            yield child


def _rows(table: HtmlElement) -> Iterable[HtmlElement]:
    for child in table:
        if child.tag == "tr":
            yield child
        elif child.tag in ("thead", "tbody", "tfoot"):
            yield from child.iterchildren("tr")


def _is_layout(table: HtmlElement, rows: list[HtmlElement]) -> bool:
    """Return whether a table only puts the parts of a page beside one another."""
    if table.get("role") in ("presentation", "none"):
        return True
    cells = [cell for row in rows for cell in row.iterchildren("td", "th")]
    if max((len(row) for row in rows), default=0) < 2:
        return True
    named = table.find("./caption") is not None or any(cell.tag == "th" for cell in cells)
    if not named and any(cell.find(".//table") is not None for cell in cells):
        return True
    for cell in cells:
        if len(cell) and sum(map(len, cell.itertext())) > (_LONGEST_CELL if named else _LONGEST_CELL // 4):
            blocks = sum(1 for _ in cell.iter("p", "h1", "h2", "h3", "h4", "ul", "ol", "dl", "table", "pre", "div"))
            if blocks > (4 if named else 1):
                return True
    return False


def _grid(rows: list[HtmlElement]) -> tuple[list[list[str]], list[list[bool]]]:
    """Return the text of each cell in its column, and whether it is a <th>.

    A cell over several rows stands in each of them: a row is cited by itself.
    """
    grid: list[list[str]] = []
    marked: list[list[bool]] = []
    below: dict[int, tuple[int, str, bool]] = {}
    count = 0
    for row in rows:
        cells: list[str] = []
        heads: list[bool] = []

        def carried(cells: list[str] = cells, heads: list[bool] = heads) -> None:
            while (held := below.get(len(cells))) is not None:
                left, text, is_head = held
                if left > 1:
                    below[len(cells)] = (left - 1, text, is_head)
                else:
                    del below[len(cells)]
                cells.append(text)
                heads.append(is_head)

        for cell in row.iterchildren("td", "th"):
            carried()
            text = inline_text(cell)
            down = min(_MAX_SPAN, max(1, _whole_number(cell.get("rowspan"), 1)))
            across = min(_MAX_SPAN, max(1, _whole_number(cell.get("colspan"), 1)))
            for column in range(across):
                # Over several columns it is written once, over the first.
                written = "" if column else text
                if down > 1:
                    below[len(cells)] = (down - 1, written, cell.tag == "th")
                cells.append(written)
                heads.append(cell.tag == "th")
        carried()
        count += len(cells)
        if count > _MAX_CELLS:
            break
        grid.append(cells)
        marked.append(heads)
    return grid, marked


def _header(table: HtmlElement, rows: list[HtmlElement], grid: list[list[str]], marked: list[list[bool]]) -> int:
    """Return which row names the columns, or -1."""
    for number in range(min(5, len(grid) - 1)):
        # Several rows of heads: the last one is the closest to the columns.
        top = rows[number].getparent() is not None and rows[number].getparent().tag == "thead"
        if (top or all(marked[number])) and sum(map(bool, grid[number])) > 1:
            following = number + 1
            while following < len(grid) - 1 and marked[following] and all(marked[following]) and following < 5:
                number, following = following, following + 1
            return number
    if any(any(row) for row in marked):
        return -1
    return 0 if header_row(grid) else -1
