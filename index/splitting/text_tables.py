"""Tables as they are typed or drawn in a text: with bars, semicolons, tabs, commas or wide gaps."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from index.place import Span

# A line between a table's rows, as in Markdown, a terminal's output or reStructuredText.
_BORDER = re.compile(r"\s*+[|+]?[\s:]*+[-=─━][-=─━:|+┼\s]*+")
PIPE = re.compile(r"(?<!\\)\|")
_GAP = re.compile(r"\t+|[ ]{2,}|\u3000{2,}")
Table: TypeAlias = tuple[list[tuple[int, int, bool, list[Span]]], int]


class Line(NamedTuple):
    """A line of a text, without its end; `start` is its offset."""

    start: int
    text: str

    @property
    def end(self) -> int:
        """The offset of its end."""
        return self.start + len(self.text)

    @property
    def words(self) -> str:
        """The line without white space at its ends."""
        return self.text.strip()


def table_at(lines: list[Line], at: int) -> Table | None:
    """Return the rows of the table that begins in a line, and how many lines it has; None for no table.

    A row is its offsets, whether the table's first row is a header, and its cells. Each line is looked at once: a table
    of marks begins behind a line without any, one of separators in the first line or under a title.
    """
    if PIPE.search(lines[at].text) and (not at or not PIPE.search(lines[at - 1].text)):
        found = _pipe_table(lines, at)
        if found:
            return found
    return _separated_table(lines[at:]) if at < 2 else None


def _pipe_table(lines: list[Line], at: int) -> Table | None:
    end = at
    while end < len(lines) and (PIPE.search(lines[end].text) or (end > at and _BORDER.fullmatch(lines[end].text))):
        end += 1
    # Not all that follows: a text has many such tables, or what looks like one.
    lines, used = lines[at:end], end - at
    ruled = {number for number in range(used) if _BORDER.fullmatch(lines[number].text)}
    kept = [number for number in range(used) if number not in ruled]
    if len(kept) + (1 in ruled) < 2:
        return None
    cells = {number: _cells(lines[number], PIPE) for number in kept}
    if 1 not in ruled and len({len(row) for row in cells.values()}) > 1:
        return None
    # One rule is below the header; of several, as between all rows, it is the double one.
    inner = [number for number in sorted(ruled) if number < kept[-1]]
    below = len(kept) > 1 and inner[:1] == [1] and (len(inner) == 1 or "=" in lines[1].text)
    has_header = below or header_row([_texts(lines[n], cells[n]) for n in kept])
    return [(lines[n].start, lines[n].end, has_header, cells[n]) for n in kept], used


def _separated_table(lines: list[Line]) -> Table | None:
    """Return a table whose cells are parted by semicolons, tabs, commas or wide gaps: as many in each line."""
    if len(lines) < 3:
        return None
    for separator in (";", "\t", ",", _GAP):
        rows: list[list[Span]] = []
        # A rule below the header has as many parts as there are columns.
        ruled = separator is _GAP and _BORDER.fullmatch(lines[1].text) is not None
        for line in lines:
            cells = _cells(line, separator) if isinstance(separator, re.Pattern) else _csv_cells(line, separator)
            if len(cells) < 2 or (rows and len(cells) != len(rows[0])):
                break
            rows.append(cells)
        texts = [_texts(line, cells) for line, cells in zip(lines, rows, strict=False)]
        # Prose has as many commas in some lines too, and behind them blanks.
        if len(rows) < 3 or (separator == "," and (len(rows[0]) < 3 or len(rows) < len(lines))):
            continue
        if separator in (",", ";") and len(rows) < len(lines):
            continue
        # Two columns without names may be anything.
        if (separator == "," or (separator == ";" and len(rows[0]) < 3)) and not header_row(texts):
            continue
        has_header = ruled or header_row(texts)
        return [
            (line.start, line.end, has_header, cells)
            for number, (line, cells) in enumerate(zip(lines, rows, strict=False))
            if not (ruled and number == 1)
        ], len(rows)
    return None


def _cells(line: Line, separator: re.Pattern[str]) -> list[Span]:
    parts, at = [], 0
    body = line.text.strip()
    lead = line.start + len(line.text) - len(line.text.lstrip())
    for found in [*separator.finditer(body), None]:
        end = found.start() if found else len(body)
        part = body[at:end]
        start = lead + at + len(part) - len(part.lstrip())
        parts.append(Span(start, start + len(part.strip())))
        at = found.end() if found else end
    # A Markdown row may begin and end with a mark.
    if body.startswith("|"):
        parts = parts[1:]
    if body.endswith("|") and separator is PIPE and parts:
        parts = parts[:-1]
    return parts


def _csv_cells(line: Line, separator: str) -> list[Span]:
    if separator not in line.text or next(csv.reader([line.text], delimiter=separator), []) == []:
        return []
    pattern = re.compile(rf'\s*(?:"(?:[^"]|"")*"|[^{separator}]*)\s*(?:{separator}|$)')
    parts, at = [], 0
    while at <= len(line.text):
        found = pattern.match(line.text, at)
        if not found:
            return []
        cell = found.group().removesuffix(separator)
        quoted = cell.strip().startswith('"') and cell.strip().endswith('"') and len(cell.strip()) > 1
        start = line.start + at + len(cell) - len(cell.lstrip()) + quoted
        parts.append(Span(start, start + max(0, len(cell.strip()) - 2 * quoted)))
        if not found.group().endswith(separator):
            break
        at = found.end()
    return parts


def _texts(line: Line, cells: Sequence[Span]) -> list[str]:
    return [line.text[cell.start - line.start : cell.end - line.start] for cell in cells]


def header_row(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether the first of a table's rows names its columns: short, distinct words, no numbers."""
    if len(rows) < 2 or len(rows[0]) < 2:
        return False
    first = [cell.strip() for cell in rows[0]]
    named = [cell for cell in first if cell]
    return (
        not has_keys(first)
        and (
            len(named) >= max(2, len(first) - 1)
            and len({cell.casefold() for cell in named}) == len(named)
            and all(len(cell) <= 60 and any(c.isalpha() for c in cell) for cell in named)
            # Words of a sentence, or of a list that goes on in the next row.
            and not any(re.search(r"[,;]$|[.!?]\s+[A-ZÄÖÜ]|[a-zß-ÿ]{4}[.!?]$", cell) for cell in named)
            and not any(cell[:1].isdigit() and not any(c.isalpha() for c in cell) for cell in named)
        )
    )


def has_keys(row: Sequence[str]) -> bool:
    """Return whether a row is a key and its value, "Currency: | EUR": it names no columns, whatever it looks like."""
    keys = [cell.rstrip().endswith(":") for cell in row if cell.strip()]
    return any(keys) and not all(keys)
