"""A chapter of an e-book, XHTML → blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from index.documents.builder import ArticleBuilder
from index.documents.markup import MarkupError, local, raised
from index.documents.tables import names_columns
from index.place import BlockKind

# No book nests deeper; Python's own stack is a thousand calls.
MAX_DEPTH = 150
# A cell with more is no cell of a table, but a part of a page laid out by one.
LAYOUT_CHARACTERS = 1_000
# Lines of a poem, each in a box of its own, have at most so many characters, and are at least so many.
_VERSE, _VERSES = 80, 3
MAX_COLUMNS, MAX_CELLS = 1_000, 200_000

_BLOCKS = frozenset(
    "address article aside blockquote body center dd details dialog div dl dt fieldset figure footer form header "
    "hgroup hr html li main ol p section summary ul menu dir tbody thead tfoot".split()
)
_NOT_READ = frozenset(
    "head script style nav svg audio video object iframe img template rt rp rtc noscript button input select textarea "
    "map canvas".split()
)
# What a publisher adds to every book, by the vocabulary of EPUB.
_BOILERPLATE = frozenset(
    "cover toc landmarks page-list loi lot loa lov copyright-page imprint colophon pagebreak noteref "
    "doc-cover doc-toc doc-pagelist doc-colophon doc-pagebreak doc-noteref".split()
)
_CLASS_NOT_READ = re.compile(
    r"(?:^|\s)(?:lnum|linenum|line-?number|lineno|page-?(?:num|no|number)s?|pagebreak|pg-boilerplate|noteref|fnanchor)"
    r"(?:\s|$)",
    re.IGNORECASE,
)
_VERSE_CLASS = re.compile(r"(?:^|[\s:_-])(?:line-?group|stanza|verse|poem|poetry|lg)(?:[\s_-]|$)", re.IGNORECASE)
_NOTE_MARK = re.compile(r"[\[(]?(?:\d{1,4}|[*†‡§]{1,3}|[a-z])[\])]?")


class _Within(NamedTuple):
    """What the text at hand is: a paragraph, an item of a list (its level and number), a line, a caption."""

    kind: BlockKind = "paragraph"
    level: int = 0
    mark: str = ""


class Chapter:
    """Adds the blocks of one file of a book to a builder."""

    def __init__(self, builder: ArticleBuilder, label: str = "") -> None:
        """Begin a chapter.

        Args:
            label: what the contents call it: its heading, where it has none itself.
        """
        self._builder = builder
        self._label = label
        self._buffer: list[str] = []
        self._term = ""
        self._mark = ""

    def read(self, root: Any) -> None:
        """Add the blocks of a file.

        Raises:
            MarkupError: it is nested deeper than MAX_DEPTH.
        """
        body = next((at for at in root if local(at) == "body"), root)
        if any(local(at) in ("h1", "h2", "h3", "h4", "h5", "h6") for at in body.iter()):
            self._label = ""
        if not _is_boilerplate(body) and not _is_titlepage(body):
            self._visit(body, _Within(), 0)
            self._flush(_Within())

    def _visit(self, element: Any, within: _Within, depth: int) -> None:
        """Read what is in an element, and leave the text after its last block in the buffer."""
        if depth > MAX_DEPTH:
            raise MarkupError(f"elements stand in one another {MAX_DEPTH} deep")
        self._buffer.append(element.text or "")
        verse = _is_verse(element)
        numbers = _numbers(element)
        for at in element:
            name = local(at)
            if name and not _is_left_out(at, name) and not self._is_note_mark(at, name):
                if name == "br":
                    self._buffer.append("\v")
                elif name == "sup" and not len(at):
                    self._buffer.append(raised(_one(self._buffer[-3:]), at.text or ""))
                elif name == "math":
                    self._buffer.append(at.get("alttext") or " ".join(" ".join(at.itertext()).split()))
                elif name in ("h1", "h2", "h3", "h4", "h5", "h6"):
                    self._flush(within)
                    self._visit(at, _Within("heading", int(name[1])), depth + 1)
                    self._flush(_Within("heading", int(name[1])))
                elif name == "pre":
                    self._flush(within)
                    self._add("code", "".join(at.itertext()).strip("\n").rstrip())
                elif name == "table":
                    self._flush(within)
                    self._table(at, depth + 1)
                elif name in _BLOCKS or name in ("caption", "figcaption"):
                    self._block(at, name, within, verse, numbers, depth)
                else:
                    self._visit(at, within, depth + 1)
            self._buffer.append(at.tail or "")

    def _block(
        self, element: Any, name: str, within: _Within, verse: bool, numbers: Iterator[str] | None, depth: int
    ) -> None:
        self._flush(within)
        inner = within
        if name == "li":
            inner = _Within("item", within.level + 1 if within.kind == "item" else 1)
            self._mark = next(numbers) if numbers else ""
        elif name in ("caption", "figcaption"):
            inner = _Within("caption")
        elif name == "dt" or (verse and name in ("div", "p")):
            inner = _Within("line")
        self._visit(element, inner, depth + 1)
        if name == "dt":
            self._term = _one(self._buffer)
            self._buffer = []
        elif name == "dd" and self._term:
            self._buffer = [self._term, "\v", *self._buffer]
            self._term = ""
        self._flush(inner)
        if name in ("dl", "li"):
            self._flush(_Within(), self._term)
            self._term = self._mark = ""

    def _flush(self, within: _Within, text: str = "") -> None:
        """Add the text in the buffer as a block."""
        text = text or _one(self._buffer)
        self._buffer = []
        if not text:
            return
        if within.kind == "item":
            if self._mark:
                text = f"{self._mark} {text}"
            self._mark = ""
        if within.kind in ("heading", "line"):
            text = " ".join(text.split())
        self._add(within.kind, text, within.level)

    def _add(self, kind: BlockKind, text: str, level: int = 0) -> None:
        if self._label and text.strip():
            label, self._label = self._label, ""
            same = " ".join(text.split()).casefold() == label.casefold()
            self._builder.add("heading", label, level=1)
            if same:
                return
        self._builder.add(kind, text, level=level)

    def _is_note_mark(self, element: Any, name: str) -> bool:
        """Return whether an element is the mark of a note in the text, not the number that a note begins with."""
        if name == "sup":
            links = list(element)
            return len(links) == 1 and local(links[0]) == "a" and self._is_note_mark(links[0], "a")
        if name != "a" or "#" not in (element.get("href") or "") or not re.search(r"\w", _one(self._buffer)):
            return False
        return _NOTE_MARK.fullmatch(" ".join("".join(element.itertext()).split())) is not None

    def _table(self, table: Any, depth: int) -> None:
        for at in table:
            if local(at) == "caption":
                self._visit(at, _Within("caption"), depth)
                self._flush(_Within("caption"))
        rows = list(_rows(table))
        cells = [[at for at in row if local(at) in ("td", "th")] for row in rows]
        texts = _grid([[(" ".join("".join(at.itertext()).split()), *_spans(at)) for at in row] for row in cells])
        if max(map(len, texts), default=0) < 2 or any(len(cell) > LAYOUT_CHARACTERS for row in texts for cell in row):
            for at in (at for row in cells for at in row):
                self._visit(at, _Within(), depth + 1)
                self._flush(_Within())
            return
        header = -1
        headed = bool(cells) and len(texts) > 1 and all(local(at) == "th" for at in cells[0]) and len(cells[0]) > 1
        if headed or names_columns(texts):
            header = self._builder.add_row(texts.pop(0))
            if header >= 0:
                self._builder.mark_header(header)
        for row in texts:
            self._builder.add_row(row, header=header)


def types(element: Any) -> set[str]:
    """Return what an element is by the vocabulary of EPUB: its `epub:type` and `role`."""
    found = element.get("{http://www.idpf.org/2007/ops}type") or element.get("epub:type") or ""
    return set(f"{found} {element.get('role') or ''}".casefold().split())


def _is_left_out(element: Any, name: str) -> bool:
    return name in _NOT_READ or _is_boilerplate(element)


def _is_boilerplate(element: Any) -> bool:
    return bool(element.attrib) and (
        bool(types(element) & _BOILERPLATE)
        or element.get("hidden") is not None
        or "display:none" in (element.get("style") or "").replace(" ", "")
        or _CLASS_NOT_READ.search((element.get("class") or "")[:500]) is not None
    )


def _is_titlepage(body: Any) -> bool:
    """Return whether a file only repeats what is known: the title and the author."""
    of = types(body).union(*(types(at) for at in body))
    return bool(of & {"titlepage", "halftitlepage"}) and len(_one(list(body.itertext()))) < 400


def _is_verse(element: Any) -> bool:
    """Return whether the boxes in an element are the lines of a poem."""
    if not len(element):
        return False
    lines = [at for at in element if local(at) in ("div", "p")]
    if len(lines) < 1 or any(local(at) in _BLOCKS for line in lines for at in line):
        return False
    named = _VERSE_CLASS.search((element.get("class") or "")[:500]) or any(
        kind.endswith((":verse", ":poem", ":song", ":hymn")) for kind in types(element)
    )
    if not named and (len(lines) < _VERSES or any(local(at) != "div" for at in lines)):
        return False
    return all(len(_one(list(line.itertext()))) <= _VERSE for line in lines[:300])


def _numbers(element: Any) -> Iterator[str] | None:
    """Return the numbers of a numbered list's items, or None for any other element."""
    if local(element) != "ol" or "none" in (element.get("style") or ""):
        return None
    start = element.get("start") or "1"
    first = int(start) if re.fullmatch(r"\d{1,6}", start) else 1
    letters = element.get("type") or "1"
    count = sum(local(at) == "li" for at in element)
    if letters in ("a", "A") and first + count <= 27:
        return iter([f"{chr(ord(letters) + n - 1)}." for n in range(first, first + count)])
    return iter([f"{n}." for n in range(first, first + count)])


def _rows(element: Any) -> Iterator[Any]:
    for at in element:
        name = local(at)
        if name == "tr":
            yield at
        elif name in ("thead", "tbody", "tfoot"):
            yield from (row for row in at if local(row) == "tr")


def _spans(cell: Any) -> tuple[int, int]:
    def number(name: str) -> int:
        said = cell.get(name) or "1"
        return min(max(int(said), 1), 64) if re.fullmatch(r"\d{1,4}", said) else 1

    return number("colspan"), number("rowspan")


def _grid(rows: list[list[tuple[str, int, int]]]) -> list[list[str]]:
    """Return a table's cells with one that is several rows high in each of them, and blanks beside a wide one."""
    grid: list[list[str]] = []
    cells = 0
    # By column: a text, and in how many rows more it stands.
    open_: dict[int, tuple[str, int]] = {}
    for row in rows:
        found: list[str] = []
        for text, wide, high in row:
            while len(found) in open_:
                found.append(_take(open_, len(found)))
            for n in range(wide):
                if high > 1:
                    open_[len(found)] = (text if n == 0 else "", high)
                    found.append(_take(open_, len(found)))
                else:
                    found.append(text if n == 0 else "")
            if len(found) > MAX_COLUMNS:
                raise MarkupError(f"a table has more than {MAX_COLUMNS} columns")
        while len(found) in open_:
            found.append(_take(open_, len(found)))
        cells += len(found)
        if cells > MAX_CELLS:
            raise MarkupError(f"a table has more than {MAX_CELLS} cells")
        if any(found):
            grid.append(found)
    return grid


def _take(open_: dict[int, tuple[str, int]], column: int) -> str:
    text, left = open_.pop(column)
    if left > 1:
        open_[column] = (text, left - 1)
    return text


def _one(parts: list[str]) -> str:
    """Return text as a browser shows it: one blank for white space, and lines where it is broken on purpose."""
    lines = (re.sub(r"[ \t\r\n\f]+", " ", line).strip(" ") for line in "".join(parts).split("\v"))
    return "\n".join(line for line in lines if line)
