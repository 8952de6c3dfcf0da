"""PDF → an Article."""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from shlex import quote
from typing import Any

from index.article import SAMPLE_CHARACTERS, Article, normalise
from index.documents.builder import ArticleBuilder, title_from_name
from index.documents.pdf.about import is_read_by_machine, language_of, metadata, title_of
from index.documents.pdf.furniture import drop_furniture
from index.documents.pdf.headings import mark_headings
from index.documents.pdf.layout import Line, joined
from index.documents.pdf.pages import Page, read_page
from index.documents.pdf.process import PdfiumStopped, messages
from index.documents.pdf.structure import Part, body_size, in_reading_order, page_parts
from index.documents.pdf.tables import Table, ruled_tables
from index.documents.tables import heads_numbers, names_columns
from index.errors import ArticleError
from index.place import Anchor
from index.settings import Progress
from index.splitting.text_tables import has_keys

# In fewer words, odd ones say nothing of the fonts.
_WORDS_TO_JUDGE = 20
_ODD = re.compile(
    r"[a-zß-ÿ][A-ZÀ-Þ]|[^\W\d_][0-9!\"#$%&()*+,:;<=>?@\[\\\]^{|}~][^\W\d_]|[\ue000-\uf8ff\ufffd\x00-\x08\x0e-\x1f]"
)
_ADDRESS = re.compile(r"://|@|www\.|[/\\]\w+[/\\]|\w+\.\w+\(")
MAX_BYTES = 200_000_000
MAX_PAGES = 5_000
MAX_CHARACTERS = 20_000_000
# How long reading may take, in seconds: some for the file and some for each page. An ordinary page takes 0.03.
SECONDS, SECONDS_A_PAGE = 60, 0.4
# The part of the pages that must have text; else the document is a scan, and what little can be read is a stamp.
_LEAST_READABLE = 0.2
_LEADER = re.compile(r"(?:\.\s?){3,}\s*(?:\d{1,4}|[ivxlc]+)\s*$")
_PAGE_AT_END = re.compile(r"\D\s(?:\d{1,4}|[ivxl]{1,6})$")
# What stands above a column, as a rule: a word with a capital.
_NAME = re.compile(r"[A-ZÀ-Þ][^\\{}=]*[a-zß-ÿ]{2}")
_CONTENTS_HEAD = re.compile(
    r"inhalt(?:sverzeichnis|sübersicht)?|(?:table of )?contents|table des matières|sommaire|índice|indice|inhoud",
    re.IGNORECASE,
)


def read(content: bytes, source: str, progress: Progress | None = None) -> Article:
    """Read a PDF as an article.

    Args:
        source: the file's path or URL, as the user named it.
        progress: called with "pages", how many are read, and how many there are.

    Raises:
        ArticleError: it is too large, damaged, locked, has no pages, no text, or text that stands for no letters.
    """
    begun = time.monotonic()
    pages, about = _pages(content, source, progress)
    machine = [page.number for page in pages if is_read_by_machine(page, about)]
    _check_text(pages, source)
    tables = {page.number: ruled_tables(page) for page in pages}
    drop_furniture(pages, {(number, n) for number, found in tables.items() for table in found for n in table.numbers})
    body = body_size(pages)
    parts = []
    for page in pages:
        if time.monotonic() - begun > SECONDS + SECONDS_A_PAGE * len(pages):
            raise _too_complex(source, page.number)
        parts.append(_without_contents(page_parts(page, tables[page.number], body)))
    flat = [part for found in parts for part in found]
    mark_headings(flat, body, about["bookmarks"], machine)
    first = next((page.number for page in pages if page.layers), 1)
    title = title_of(about, flat, source, first) or title_from_name(source)
    builder = ArticleBuilder()
    table: _Header | None = None
    sample: list[str] = []
    for part in in_reading_order(parts):
        if part.table is not None:
            table = _add_table(builder, part.table, table)
            continue
        if part.kind != "caption" and not part.note:
            table = None
        text, anchors = _text(part.lines)
        builder.add(part.kind, text, level=part.level, anchors=anchors)
        if builder.characters < 3 * SAMPLE_CHARACTERS and part.kind in ("paragraph", "item", "heading"):
            sample.append(text)
    author, date = metadata(about)
    # From the middle of the beginning: a title page says little about the language.
    text = "\n".join(sample)[-SAMPLE_CHARACTERS:]
    return builder.article(
        title=title,
        language=language_of(about, text),
        source=source,
        author=author,
        date=date,
        read_by_machine=machine,
    )


def _pages(content: bytes, source: str, progress: Progress | None) -> tuple[list[Page], dict[str, Any]]:
    """Return the pages, and what the file says about itself."""
    _check(
        len(content) <= MAX_BYTES, "pdf-too-many-mb", source, "MB", round(len(content) / 1e6), MAX_BYTES // 1_000_000
    )
    pages: list[Page] = []
    about: dict[str, Any] = {}
    characters = count = 0
    begun = time.monotonic()
    try:
        # To the end, so that the program is always waited for.
        with closing(messages(content)) as stream:
            for message, blob in stream:
                if "page" not in message:
                    if "error" in message:
                        raise _locked(source) if message["error"] != "damaged" else _damaged(source)
                    about, count = message, message["pages"]
                    if count < 1:
                        raise _empty(source)
                    _check(count <= MAX_PAGES, "pdf-too-many-pages", source, "pages", count, MAX_PAGES)
                    continue
                page = read_page(message, blob)
                if page.error == "crowded":
                    raise _too_complex(source, page.number)
                if time.monotonic() - begun > SECONDS + SECONDS_A_PAGE * count:
                    raise _too_complex(source, page.number)
                pages.append(page)
                characters += page.characters
                _check(
                    characters <= MAX_CHARACTERS,
                    "pdf-too-many-characters",
                    source,
                    "characters",
                    characters,
                    MAX_CHARACTERS,
                )
                if progress is not None:
                    progress("pages", len(pages), count)
    except PdfiumStopped:
        if not count:
            raise _damaged(source) from None
        raise _too_complex(source, len(pages) + 1) from None
    if all(page.error for page in pages):
        raise _damaged(source)
    if not any(page.characters or page.pictured or page.drawn for page in pages):
        raise _empty(source)
    return pages, about


def _check(holds: bool, code: str, source: str, unit: str, size: int, most: int) -> None:
    if not holds:
        command = f"qpdf --split-pages=500 {quote(source)} part.pdf"
        raise ArticleError(
            f"{source} has {size:,} {unit}. Expected a PDF of at most {most:,} {unit}; split it: {command}",
            code,
            path=source,
            size=size,
            most=most,
            command=command,
        )


def _locked(source: str) -> ArticleError:
    command = f"qpdf --password=PASSWORD --decrypt {quote(source)} unlocked.pdf"
    return ArticleError(
        f"{source} is locked by a password. Expected a PDF that opens without one; unlock it: {command}",
        "pdf-locked",
        path=source,
        command=command,
    )


def _damaged(source: str) -> ArticleError:
    command = f"qpdf {quote(source)} repaired.pdf"
    return ArticleError(
        f"{source} is damaged: it cannot be opened as a PDF. Expected a whole file; load it again, or try: {command}",
        "pdf-damaged",
        path=source,
        command=command,
    )


def _empty(source: str) -> ArticleError:
    return ArticleError(
        f"{source} has no pages, or only blank ones. Expected a PDF with text; check that it is the right file.",
        "pdf-without-pages",
        path=source,
    )


def _too_complex(source: str, page: int) -> ArticleError:
    command = f"pdftocairo -pdf -f {page} -l {page} {quote(source)} page.pdf"
    return ArticleError(
        f"{source}: page {page} takes too much time or memory to read. Expected pages that a printer could take; "
        f"leave it out or rewrite it: {command}",
        "pdf-page-too-complex",
        path=source,
        page=page,
        command=command,
    )


def _check_text(pages: list[Page], source: str) -> None:
    """Take the text of pages that stands for no letters away, and refuse a PDF of which too little is left."""
    garbled = [page for page in pages if _is_garbled(_plain(page), page.unmapped)]
    for page in garbled:
        page.layers = []
    bare = [page for page in pages if not page.layers and page not in garbled and (page.pictured or page.drawn)]
    filled = [page for page in pages if page.layers]
    if filled and len(filled) >= _LEAST_READABLE * (len(filled) + len(bare) + len(garbled)):
        return
    if len(garbled) >= len(bare):
        command = f"ocrmypdf --force-ocr {quote(source)} read.pdf"
        raise ArticleError(
            f"{source}: the text of {_named(garbled)} cannot be read, for its fonts do not say which letters they "
            f"show. Expected text that can be copied; let it be read from the pictures of the pages: {command}",
            "pdf-garbled",
            path=source,
            pages=_numbers(garbled),
            command=command,
        )
    command = f"ocrmypdf --skip-text {quote(source)} read.pdf"
    raise ArticleError(
        f"{source}: {_named(bare)} {'has' if len(bare) == 1 else 'have'} no text layer, only pictures: a scan. "
        f"Expected text; let it be read: {command}",
        "pdf-scan",
        path=source,
        pages=_numbers(bare),
        command=command,
    )


def _named(pages: list[Page]) -> str:
    return f"page {_numbers(pages)}" if len(pages) == 1 else f"pages {_numbers(pages)}"


def _numbers(pages: list[Page]) -> str:
    """Return the numbers of pages, runs of them as "3–7"."""
    runs: list[list[int]] = []
    for page in pages:
        if runs and runs[-1][1] == page.number - 1:
            runs[-1][1] = page.number
        else:
            runs.append([page.number, page.number])
    named = [str(a) if a == b else f"{a}–{b}" for a, b in runs]
    return ", ".join(named[:8]) + (" …" if len(named) > 8 else "")


def _plain(page: Page) -> str:
    return " ".join(word.text for layer in page.layers for word in layer.words)


def _without_contents(parts: list[Part]) -> list[Part]:
    """Leave out a table of contents: it repeats the headings, and would be found in place of what they head."""
    leaders = [number for number, part in enumerate(parts) if part.lines and _leads(part)]
    tagged = {number for number in leaders if parts[number].tag == "TOCI"}
    gone = set(leaders) if len(leaders) >= 3 else tagged
    listed = len(gone) >= 3
    for number, part in enumerate(parts):
        headed = listed or any(
            _CONTENTS_HEAD.fullmatch(p.text.strip()) for p in parts[max(0, number - 2) : number] if p.lines
        )
        if part.table is not None:
            contents = headed and _ends_in_numbers(part.table)
        else:
            contents = listed and len(part.lines) < 4 and bool(_PAGE_AT_END.search(part.text))
        if contents:
            gone.add(number)
    return [part for number, part in enumerate(parts) if number not in gone]


def _leads(part: Part) -> bool:
    """Return whether a part is a line of a table of contents: dots that lead to a page's number."""
    return part.tag == "TOCI" or bool(_LEADER.search(part.lines[-1].text))


def _ends_in_numbers(table: Table) -> bool:
    last = [" ".join(line.text for line in row[-1]) for row in table.rows]
    numbers = [int(text) for text in last if text.isdecimal()]
    return len(numbers) >= 0.8 * len(last) and numbers == sorted(numbers)


@dataclass(slots=True)
class _Header:
    """The header row of a table that may go on: its block's number, or -1; its cells, and where columns begin."""

    block: int
    cells: list[str]
    edges: list[float]


def _add_table(builder: ArticleBuilder, table: Table, before: _Header | None) -> _Header:
    """Add a table's rows; one that goes on from the page before keeps its header."""
    _merge_header(table)
    filled = [[_text(cell, " ") for cell in row] for row in table.rows]
    texts = [[text for text, _ in row] for row in filled]
    goes_on = (
        before is not None
        and len(before.edges) == len(table.edges)
        and all(abs(a - b) < 12 for a, b in zip(before.edges, table.edges, strict=True))
    )
    header = before if goes_on and before is not None else _Header(-1, [], table.edges)
    for number, row in enumerate(filled):
        if header.block >= 0 and texts[number] == header.cells:
            continue
        added = builder.add_row(texts[number], header=header.block, anchors=[anchors for _, anchors in row])
        if added >= 0 and header.block < 0 and not goes_on and number == 0 and _is_header(table, texts):
            builder.mark_header(added)
            header = _Header(added, texts[number], table.edges)
    return header


def _merge_header(table: Table) -> None:
    """Make one of a header of two rows: the second has words where the first is blank, and no numbers."""
    if len(table.rows) < 4 or all(table.rows[0]):
        return
    first, second = table.rows[:2]
    blank = [number for number, cell in enumerate(first) if not cell]
    named = [line.text for cell in second for line in cell]
    if any(second[n] for n in blank) and named and not any(c.isdigit() for text in named for c in text):
        table.rows[:2] = [[[*a, *b] for a, b in zip(first, second, strict=True)]]


def _is_header(table: Table, texts: list[list[str]]) -> bool:
    first, rest = table.rows[0], table.rows[1:]
    bold = [line.bold for cell in first for line in cell]
    other = [line.bold for row in rest for cell in row for line in cell]
    tagged = any(line.tag == "TH" for cell in first for line in cell)
    styled = bool(bold) and all(bold) and not all(other)
    if has_keys(texts[0]):
        return False
    # Lines that only look like a table are too many to take any words for a header.
    named = names_columns(texts) and (heads_numbers(texts) or all(_NAME.match(cell) for cell in texts[0] if cell))
    return len(texts) > 1 and (tagged or styled or named) and sum(bool(t) for t in texts[0]) > 1


def _text(lines: Sequence[Line], between: str = "\n") -> tuple[str, list[Anchor]]:
    """Return the text of lines, and where each of its words stands; a hyphen at a line's end keeps its line end."""
    parts: list[str] = []
    anchors: list[Anchor] = []
    at = 0
    for number, line in enumerate(lines):
        if number:
            parts.append("\n" if parts[-1].endswith("-") else between)
            at += 1
        for position, word in enumerate(line.words):
            if position and not joined(line.words[position - 1], word):
                parts.append(" ")
                at += 1
            parts.append(word.text)
            box = (round(edge, 2) for edge in word.shown)
            anchors.append(Anchor(at, at + len(word.text), line.page, *box))
            at += len(word.text)
    text = "".join(parts)
    # Letters that compose with one another over the border of two words.
    return (text, anchors) if normalise(text) == text else (normalise(text), [])


def _is_garbled(text: str, unmapped: int) -> bool:
    """Return whether most of a page's text cannot be what the page shows.

    Args:
        text: the page's words with blanks between.
        unmapped: how many of its characters have no Unicode, as pdfium says.
    """
    letters = [c for c in text if not c.isspace()]
    if not letters:
        return False
    if unmapped > 0.5 * len(letters):
        return True
    unassigned = sum(unicodedata.category(c) in ("Co", "Cc", "Cn") or c == "\ufffd" for c in letters)
    if unassigned > 0.3 * len(letters):
        return True
    words = [word for word in text.split() if len(word) >= 4 and not _ADDRESS.search(word)]
    odd = sum(1 for word in words if _ODD.search(word.strip("()[]{}\"'„“”«»,.;:!?")))
    return len(words) >= _WORDS_TO_JUDGE and odd > 0.5 * len(words)
