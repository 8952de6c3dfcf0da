"""Tables in plain text, CSV and TSV → an Article of rows."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from index.article import Article
from index.documents.builder import ArticleBuilder, title_from_name
from index.documents.tables import SAMPLE, names_columns
from index.documents.text import decode
from index.errors import ArticleError
from index.settings import Progress

MAX_BYTES = 20_000_000
MAX_ROWS = 100_000
MAX_COLUMNS = 1_000
MAX_CELLS = 1_000_000
# The likeliest first, where several fit: a comma stands in numbers and in prose, a tab in neither.
DELIMITERS = "\t;|,"
# A line above the table that is longer is a note, not a title.
_TITLE = 120


def read(content: bytes, source: str, progress: Progress | None = None) -> Article:
    """Read a table: the delimiter is found, a title above the header and notes below are told from rows.

    Raises:
        ArticleError: it is no text, has too many bytes, rows or cells, or no words.
    """
    if len(content) > MAX_BYTES:
        raise ArticleError(
            f"{source} has {len(content) / 1e6:.0f} MB. Expected a table of at most {MAX_BYTES // 1_000_000} MB; "
            "split it, for example with 'split -C 5M'.",
            "article-too-large",
            path=source,
            size=round(len(content) / 1e6),
            most=MAX_BYTES // 1_000_000,
        )
    text = decode(content, source)
    delimiter, text = _delimiter(text, source.lower().endswith((".tsv", ".tab")))
    rows = list(_rows(text, delimiter, source))
    head, table, foot = _parts(rows)
    kept = [n for n in range(max(map(len, table), default=0)) if any(n < len(row) and row[n] for row in table)]
    table = [[row[n] if n < len(row) else "" for n in kept] for row in table]

    builder = ArticleBuilder()
    title = ""
    for line in head:
        if not title and len(line) <= _TITLE:
            title = line
            builder.add("heading", line, level=1)
        else:
            builder.add("paragraph", line)
    header = -1
    # A comma at a cell's end is no part of a sentence here: the delimiter is another.
    if names_columns([[cell.rstrip(",;") for cell in table[0]], *table[1:]] if table else []):
        header = builder.add_row(table[0])
        builder.mark_header(header)
        table = table[1:]
    for done, row in enumerate(table):
        builder.add_row(row, header=header)
        if progress and done % 10_000 == 0:
            progress("rows", done, len(table))
    for line in foot:
        builder.add("paragraph", line)
    if header >= 0 and not table and not foot and not head:
        # A header by itself is never cited; then it is the content.
        builder = ArticleBuilder()
        builder.add_row(rows[0])
    return builder.article(title=title or title_from_name(source), source=source)


def _delimiter(text: str, tabs: bool) -> tuple[str, str]:
    """Return the delimiter, and the text without the line that Excel names it by."""
    named = re.match(r"sep=(.)\r?\n", text, re.IGNORECASE)
    if named:
        return named[1], text[named.end() :]
    best, most = "\t" if tabs else ",", 0.0
    for delimiter in DELIMITERS:
        try:
            sample = list(islice(_reader(_beginning(text), delimiter), SAMPLE))
        except csv.Error:
            continue
        # A title or a note is alone in its row; rows of a table agree in their number of cells.
        widths = Counter(len(row) for row in sample if sum(map(bool, row)) > 1)
        if not widths:
            continue
        ((_, agree),) = widths.most_common(1)
        share = agree / sum(map(bool, sample))
        # One that fits better must do so by more than a title line's worth.
        if share > most + 0.1:
            best, most = delimiter, share
    return best, text


def _beginning(text: str) -> str:
    """Return the first lines, whole ones: a quoted cell may be cut, which only spoils its own row."""
    if len(text) <= 200_000:
        return text
    end = text.rfind("\n", 0, 200_000)
    return text[: end if end > 0 else 200_000]


def _reader(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


def _rows(text: str, delimiter: str, source: str) -> Iterator[list[str]]:
    """Yield the rows that are not blank, each cell in one line."""
    # Before csv makes lists of them.
    if text.count("\n") > 20 * MAX_ROWS or any(line.count(delimiter) > MAX_CELLS for line in io.StringIO(text)):
        raise _too_large(source)
    reader = _reader(text, delimiter)
    if not _quotes_are_closed(text, delimiter):
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=csv.QUOTE_NONE)
    cells = count = 0
    for row in _within_limits(reader, source):
        clean = [" ".join(cell.split()) for cell in row]
        while clean and not clean[-1]:
            clean.pop()
        if not clean:
            continue
        cells += len(clean)
        count += 1
        if count > MAX_ROWS or cells > MAX_CELLS or len(clean) > MAX_COLUMNS:
            raise _too_large(source)
        yield clean


def _within_limits(reader: Iterator[list[str]], source: str) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error as error:
        # The only one that is left: a field is larger than csv's own limit.
        raise ArticleError(
            f"{source} has a cell of more than {csv.field_size_limit()} characters. Expected a table; give a text "
            "as a text file.",
            "table-cell-too-long",
            path=source,
            most=csv.field_size_limit(),
        ) from error


def _quotes_are_closed(text: str, delimiter: str) -> bool:
    """Return whether quoted cells end: a quote that is never closed takes all the rows that follow."""
    # Where all are closed, there is an even number: one within a cell is doubled.
    most = 3 if text.count('"') % 2 else 50
    try:
        return not any(_is_rows(cell, delimiter, most) for row in _reader(text, delimiter) for cell in row)
    except csv.Error:
        return False


def _is_rows(cell: str, delimiter: str, most: int) -> bool:
    """Return whether a cell of more lines than `most` has rows in it."""
    lines = cell.split("\n", 300)[1:-1] if cell.count("\n") > most else []
    return len(lines) > 0 and sum(delimiter in line for line in lines) >= 0.8 * len(lines)


def _parts(rows: list[list[str]]) -> tuple[list[str], list[list[str]], list[str]]:
    """Return the lines above a table, the table, and the lines below it: they have one cell, the first."""
    wide = [sum(map(bool, row)) > 1 for row in rows]
    if not any(wide):
        return [], rows, []
    first = wide.index(True)
    last = len(rows) - wide[::-1].index(True)
    # A row of one cell in another column than the first is a row, with blanks.
    while first and not rows[first - 1][0]:
        first -= 1
    while last < len(rows) and not (rows[last][0] and any(c.isspace() for c in rows[last][0])):
        last += 1
    return [row[0] for row in rows[:first]], rows[first:last], [row[0] for row in rows[last:]]


def _too_large(source: str) -> ArticleError:
    return ArticleError(
        f"{source} is a table of more than {MAX_ROWS} rows, {MAX_COLUMNS} columns or {MAX_CELLS} cells. "
        "Expected a smaller one; split it, for example with 'split -l 50000'.",
        "table-too-large",
        path=source,
        rows=MAX_ROWS,
        columns=MAX_COLUMNS,
        cells=MAX_CELLS,
    )
