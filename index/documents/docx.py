"""Word files, DOCX → an Article: headings, list items, tables, notes and text boxes, with tracked changes accepted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from shlex import quote
from typing import Any

from index.article import Article
from index.documents.archive import Archive, resolve
from index.documents.builder import ArticleBuilder, title_from_name
from index.documents.docx_styles import (
    Numbering,
    Styles,
    attribute,
    child,
    children,
    is_on,
    list_of,
    number,
    value,
)
from index.documents.docx_text import HIDDEN, cells, character, is_left_out, lines
from index.documents.markup import MarkupError, local, parse_xml, raised, units
from index.documents.tables import names_columns
from index.documents.text import refuse_binary
from index.errors import ArticleError
from index.place import BlockKind
from index.settings import Progress
from index.splitting.blocks import reads_as_heading

# A book of 3,000 pages has about 60,000.
MAX_PARAGRAPHS = 120_000
# A cell with more is no cell of a table, but a part of a page laid out by one.
LAYOUT_CHARACTERS = 1_000
MAX_COLUMNS, MAX_CELLS = 1_000, 300_000
_NAMESPACES = (
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "http://purl.oclc.org/ooxml/wordprocessingml/main",
)
_UNITS = frozenset(f"{{{space}}}{name}" for space in _NAMESPACES for name in ("p", "tr"))
_AROUND = frozenset(f"{{{space}}}tbl" for space in _NAMESPACES)
_PARAGRAPH = re.compile(rb"<(?:\w{1,20}:)?p[\s/>]")
_MARK = re.compile(rb"<(/?)(?:\w{1,20}:)?(p|t|tr|tbl)[\s>]")
_NO_TITLE = re.compile(
    r"(?:microsoft (?:office )?word|document|dokument|untitled|unbenannt|word|template|vorlage)\b[\s\d-]*(?:document)?"
    r"|microsoft word - .*|.*\.(?:docx?|dotx?|odt|rtf|pdf)|slide \d+|title|titel",
    re.IGNORECASE,
)
_NO_AUTHOR = re.compile(
    r"python-docx|apache poi|microsoft office.*|(?:windows[ -])?(?:user|benutzer)|administrator|admin|unknown|author|"
    r"docx4j|pandoc|openxml.*",
    re.IGNORECASE,
)

# Of letters, in half points.
_LARGE = 28
# So many lines that look like headings stand above one text.
_MOST_HEADINGS = 3


@dataclass
class _Paragraph:
    kind: BlockKind
    text: str
    level: int = 0
    # A heading by its looks, of this level, if text stands below it.
    looks: int = 0


@dataclass
class _Table:
    # A row is its cells, a cell its paragraphs and tables.
    rows: list[list[list[_Paragraph | _Table]]] = field(default_factory=list)
    headed: bool = False
    headless: bool = False


def read(content: bytes, source: str, progress: Progress | None = None) -> Article:
    """Read a Word file. Headers, footers, comments, contents and what was deleted are left out.

    Raises:
        ArticleError: it is no DOCX file, is damaged, protected, too large, or has no text.
    """
    if not content.startswith(b"PK"):
        refuse_binary(content, source)
    archive = Archive(content, source)
    try:
        article = _Reader(archive, source, progress).article()
    except MarkupError as error:
        raise archive.damaged(str(error)) from error
    return article


def _holds_too_many(content: bytes) -> bool:
    """Return whether there are more paragraphs with text, and rows of tables, than are read; without parsing them."""
    held = depth = 0
    begun = False
    for mark in _MARK.finditer(content):
        closes, name = mark.groups()
        if name == b"tbl":
            depth += -1 if closes else 1
        elif closes:
            continue
        elif name == b"tr":
            held += depth == 1
        elif depth <= 0 and name == b"t":
            held += begun
            begun = False
        else:
            begun = name == b"p"
        if held > MAX_PARAGRAPHS:
            return True
    return False


class _Reader:
    def __init__(self, archive: Archive, source: str, progress: Progress | None) -> None:
        self._archive, self._source, self._progress = archive, source, progress
        self._builder = ArticleBuilder()
        main = self._part("", "officeDocument") or "word/document.xml"
        if main not in archive:
            raise archive.damaged("the text of the document is missing")
        self._main = main
        self._styles = Styles(self._root(main, "styles"))
        self._numbering = Numbering(self._root(main, "numbering"))
        self._notes: dict[tuple[str, str], Any] = {}
        for kind in ("footnote", "endnote"):
            for note in children(self._root(main, kind + "s"), kind):
                if attribute(note, "type") in ("", "normal"):
                    self._notes[kind, attribute(note, "id")] = note
        # Commands of fields that are open: the command, and whether its result has begun.
        self._fields: list[tuple[str, bool]] = []
        # What stands after the paragraph being read: its text boxes and notes.
        self._boxes: list[_Paragraph] = []
        self._after: list[_Paragraph] = []
        self._cells = 0
        self._joined = ""
        self._code: list[str] = []
        # Paragraphs that look like headings, until it is known what stands below them.
        self._above: list[_Paragraph] = []
        self._title = ""
        self._heading = ""

    def article(self) -> Article:
        content = self._archive.read(self._main)
        table: _Table | None = None
        # Before the first is parsed; what is left out counts, too.
        count = sum(1 for _ in islice(_PARAGRAPH.finditer(content), 3 * MAX_PARAGRAPHS))
        too_many = count == 3 * MAX_PARAGRAPHS or (count > MAX_PARAGRAPHS and _holds_too_many(content))
        for done, (event, element) in enumerate(units(content, _UNITS, _AROUND)):
            if too_many or len(self._builder) > MAX_PARAGRAPHS:
                raise ArticleError(
                    f"{self._source} has more than {MAX_PARAGRAPHS} paragraphs. Expected one document; split it.",
                    "docx-too-many-paragraphs",
                    path=self._source,
                    most=MAX_PARAGRAPHS,
                )
            if self._progress and done % 2_000 == 0:
                self._progress("paragraphs", done, max(done, count))
            if event == "start":
                table = _Table()
            elif event == "end":
                self._emit_table(table)
                table = None
            elif local(element) == "tr":
                if table is not None:
                    self._add_row(table, element)
            elif not is_left_out(element):
                for paragraph in self._paragraph(element):
                    self._emit(paragraph)
        if self._joined:
            self._emit(_Paragraph("paragraph", self._joined))
        self._end_above(False)
        self._end_code()
        if not len(self._builder):
            path = Path(self._source)
            pdf = quote(path.with_suffix(".pdf").name)
            command = (
                f"soffice --headless --convert-to pdf {quote(self._source)} && "
                f"ocrmypdf {pdf} {quote(path.stem + '-ocr.pdf')}"
            )
            raise ArticleError(
                f"{self._source} has no text in it, at most pictures. Expected a document with text; if it shows "
                f"some, make text of it: {command}",
                "docx-without-text",
                path=self._source,
                command=command,
            )
        about = self._about()
        title = about.pop("title") or self._title or self._heading or title_from_name(self._source)
        return self._builder.article(title=title, source=self._source, **about)

    # Parts

    def _part(self, of: str, kind: str) -> str:
        """Return the name of the part that is another's `kind`, as its relations say; "" if there is none."""
        folder, _, name = of.rpartition("/")
        relations = f"{folder}/_rels/{name}.rels" if folder else f"_rels/{name}.rels"
        if relations in self._archive:
            for relation in children(parse_xml(self._archive.read(relations)), "Relationship"):
                if relation.get("Type", "").endswith("/" + kind) and relation.get("TargetMode") != "External":
                    return resolve(of, relation.get("Target", ""))
        return ""

    def _root(self, of: str, kind: str) -> Any | None:
        name = self._part(of, kind)
        return parse_xml(self._archive.read(name)) if name in self._archive else None

    def _about(self) -> dict[str, str]:
        name = self._part("", "core-properties")
        found = {"title": "", "author": "", "date": ""}
        if name not in self._archive:
            return found
        said = {local(at): " ".join((at.text or "").split()) for at in parse_xml(self._archive.read(name))}
        if not _NO_TITLE.fullmatch(said.get("title", "title")):
            found["title"] = said["title"][:300]
        if not _NO_AUTHOR.fullmatch(said.get("creator", "author")):
            found["author"] = said["creator"][:300]
        date = re.match(r"\d{4}-\d{2}-\d{2}", said.get("modified") or said.get("created") or "")
        found["date"] = date[0] if date else ""
        return found

    # Blocks

    def _emit(self, paragraph: _Paragraph) -> None:
        if paragraph.looks:
            self._end_code()
            self._above.append(paragraph)
            return
        self._end_above(paragraph.kind != "heading")
        if paragraph.kind == "code":
            self._code.append(paragraph.text)
            return
        self._end_code()
        if paragraph.kind == "heading" and not self._heading and len(self._builder) < 5:
            self._heading = paragraph.text
        self._builder.add(paragraph.kind, paragraph.text, level=paragraph.level)

    def _end_above(self, heads: bool) -> None:
        """Add the paragraphs that look like headings; `heads`: text stands below the last of them.

        Of a list of bold lines, only the last ones head what stands below.
        """
        held, self._above = self._above, []
        for at, paragraph in enumerate(held):
            is_heading = heads and len(held) - at <= _MOST_HEADINGS
            level = paragraph.looks if is_heading else 0
            self._emit(_Paragraph("heading" if level else "paragraph", paragraph.text, level))

    def _end_code(self) -> None:
        """Add the lines of code so far as one block."""
        if self._code:
            self._builder.add("code", "\n".join(self._code))
            self._code = []

    def _emit_table(self, table: _Table | None) -> None:
        if table is None:
            return
        self._end_above(True)
        self._end_code()
        texts = [[_text(cell) for cell in row] for row in table.rows]
        if max(map(len, texts), default=0) < 2 or any(len(cell) > LAYOUT_CHARACTERS for row in texts for cell in row):
            for part in (part for row in table.rows for cell in row for part in cell):
                if isinstance(part, _Table):
                    self._emit_table(part)
                else:
                    self._emit(part)
        else:
            shown = [row for row in texts if any(cell.strip() for cell in row)]
            header = -1
            if len(shown) > 1 and (table.headed or (not table.headless and names_columns(shown))):
                header = self._builder.add_row(shown.pop(0))
                self._builder.mark_header(header)
            for row in shown:
                self._builder.add_row(row, header=header)
        after, self._after = self._after, []
        for note in after:
            self._emit(note)

    def _add_row(self, table: _Table, element: Any) -> None:
        properties = child(element, "trPr")
        if child(properties, "del") is not None:
            return
        if not table.rows:
            table.headed = is_on(properties, "tblHeader")
            parent = element.getparent()
            look = child(child(parent, "tblPr"), "tblLook")
            table.headless = look is not None and attribute(look, "firstRow") in ("0", "false")
        row: list[list[_Paragraph | _Table]] = []
        for cell in cells(element):
            about = child(cell, "tcPr")
            if child(about, "cellDel") is not None:
                continue
            merged = child(about, "vMerge")
            if merged is not None and attribute(merged, "val") in ("", "continue"):
                # It is the cell above, which is as high as several rows.
                above = table.rows[-1] if table.rows else []
                row.append(above[len(row)] if len(row) < len(above) else [])
            else:
                row.append(list(self._blocks(cell)))
            wide = number(value(about, "gridSpan"))
            row += [[] for _ in range(min(wide or 1, 64) - 1)]
            if len(row) > MAX_COLUMNS:
                raise MarkupError(f"a table has more than {MAX_COLUMNS} columns")
        self._cells += len(row)
        if self._cells > MAX_CELLS:
            raise MarkupError(f"its tables have more than {MAX_CELLS} cells")
        table.rows.append(row)

    def _blocks(self, element: Any) -> Iterator[_Paragraph | _Table]:
        """Yield the paragraphs and tables in a cell. Notes wait for the end of its table."""
        for at in element:
            name = local(at)
            if name == "p":
                before, self._after = self._after, []
                found = self._paragraph(at, inner=True)
                self._after = before + self._after
                yield from found
            elif name == "tbl":
                table = _Table()
                for row in children(at, "tr"):
                    self._add_row(table, row)
                yield table
            elif name not in HIDDEN and len(at):
                yield from self._blocks(at)

    def _paragraph(self, element: Any, *, inner: bool = False) -> list[_Paragraph]:
        """Return what a paragraph is, and the text boxes and notes after it.

        Args:
            inner: it stands in a cell, box or note: its notes are left to `self._after`.
        """
        properties = child(element, "pPr")
        style = value(properties, "pStyle")
        boxes, self._boxes = self._boxes, []
        parts: list[str] = []
        self._inline(element, parts)
        found_boxes, self._boxes = self._boxes, boxes
        in_contents = any(command.startswith("TOC") for command, _ in self._fields)
        # A command that is not closed must not hide what follows.
        self._fields = [opened for opened in self._fields if opened[1]]
        text = self._joined + lines("".join(parts))
        self._joined = ""
        marks = child(properties, "rPr")
        if not inner and child(marks, "del") is not None:
            # The end of this paragraph was deleted: it goes on in the next.
            self._joined = text
            return found_boxes
        level = self._styles.heading(style, number(value(properties, "outlineLvl")))
        if level and in_contents:
            self._fields = []
        after, rest = ([], self._after) if inner else (self._after, [])
        self._after = rest
        if self._styles.is_contents(style) or (in_contents and not level):
            return found_boxes
        if not text.strip():
            return [*found_boxes, *after]
        main = self._classified(text, style, level, properties)
        if main.kind == "paragraph" and not inner and reads_as_heading(text, first=False) and "\n" not in text.strip():
            main.looks = _look(element)
        return [main, *found_boxes, *after]

    def _classified(self, text: str, style: str, level: int, properties: Any | None) -> _Paragraph:
        mark, depth = self._list_mark(style, properties)
        if level or self._styles.is_title(style):
            if not level and not self._title:
                self._title = " ".join(text.split())
            line = " ".join(text.split())
            return _Paragraph("heading", f"{mark} {line}" if mark else line, level or 1)
        if depth:
            return _Paragraph("item", f"{mark} {text}" if mark else text, depth)
        if self._styles.is_caption(style):
            return _Paragraph("caption", text)
        if self._styles.is_code(style):
            return _Paragraph("code", text)
        return _Paragraph("paragraph", text)

    def _list_mark(self, style: str, properties: Any | None) -> tuple[str, int]:
        """Return how a list item's number is shown, and its level from 1; ("", 0) for what is no item."""
        list_id, at = list_of(properties)
        if list_id is None:
            for identifier, parent in self._styles.chain(style):
                if parent.list_id is not None:
                    list_id = parent.list_id
                    at = parent.list_level if at is None else at
                    at = self._numbering.level_of_style(list_id, identifier) if at is None else at
                    break
        if list_id is None or list_id == "0" or list_id not in self._numbering:
            return "", 0
        return self._numbering.count(list_id, at or 0), min(at or 0, 8) + 1

    # Text in a paragraph

    def _inline(self, element: Any, parts: list[str]) -> None:
        for at in element:
            name = local(at)
            if name in HIDDEN:
                continue
            if name == "r" and is_on(child(at, "rPr"), "vanish"):
                continue
            if name == "r" and value(child(at, "rPr"), "vertAlign") == "superscript" and child(at, "t") is not None:
                inner: list[str] = []
                self._inline(at, inner)
                parts.append(raised("".join(parts[-3:]), "".join(inner)))
            elif name in ("t", "tab", "br", "cr", "noBreakHyphen", "softHyphen", "sym"):
                if all(result for _, result in self._fields):
                    parts.append(character(at, name))
            elif name == "fldChar":
                self._field(attribute(at, "fldCharType"))
            elif name == "instrText":
                if self._fields and not self._fields[-1][1]:
                    self._fields[-1] = ((self._fields[-1][0] + (at.text or "")).lstrip()[:100], False)
            elif name in ("footnoteReference", "endnoteReference"):
                self._add_note(name.removesuffix("Reference"), attribute(at, "id"))
            elif name == "AlternateContent":
                self._alternatives(at, parts)
            elif name == "txbxContent":
                self._add_box(at)
            elif name == "sdt" and is_on(child(at, "sdtPr"), "showingPlcHdr"):
                continue
            elif len(at):
                self._inline(at, parts)

    def _alternatives(self, element: Any, parts: list[str]) -> None:
        """Read the first alternative that shows something: they show the same."""
        for at in element:
            before = len(parts), len(self._boxes)
            self._inline(at, parts)
            if (len(parts), len(self._boxes)) != before:
                return

    def _field(self, kind: str) -> None:
        if kind == "begin":
            self._fields.append(("", False))
        elif kind == "separate" and self._fields:
            self._fields[-1] = (self._fields[-1][0], True)
        elif kind == "end" and self._fields:
            self._fields.pop()

    def _add_box(self, element: Any) -> None:
        fields, self._fields = self._fields, []
        boxes, self._boxes = self._boxes, []
        found = [part for part in self._blocks(element) if not isinstance(part, _Table) or _text([part])]
        inner, self._boxes = self._boxes, boxes
        self._fields = fields
        for part in found:
            self._boxes.append(_Paragraph("paragraph", _text([part])) if isinstance(part, _Table) else part)
        self._boxes += inner

    def _add_note(self, kind: str, identifier: str) -> None:
        note = self._notes.pop((kind, identifier), None)
        if note is None:
            return
        fields, self._fields = self._fields, []
        found = [part for part in self._blocks(note) if isinstance(part, _Paragraph)]
        self._fields = fields
        text = "\n".join(part.text for part in found)
        if text.strip():
            self._after.append(_Paragraph("paragraph", text))


def _look(paragraph: Any) -> int:
    """Return the level of the heading that a paragraph looks like: all of it is bold or large; else 0."""
    sizes = []
    for run in paragraph.iter(f"{{{paragraph.nsmap[paragraph.prefix]}}}r"):
        if not "".join(at.text or "" for at in children(run, "t")).strip():
            continue
        marks = child(run, "rPr")
        size = number(value(marks, "sz")) or 0
        if not is_on(marks, "b") and size < _LARGE:
            return 0
        sizes.append(size)
    if not sizes:
        return 0
    return 1 if max(sizes) >= _LARGE else 2


def _text(cell: list[_Paragraph | _Table]) -> str:
    return " ".join(
        part.text if isinstance(part, _Paragraph) else " ".join(_text(inner) for row in part.rows for inner in row)
        for part in cell
    )
