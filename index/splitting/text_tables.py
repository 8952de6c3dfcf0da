"""Tables as they are typed or drawn in a text: with bars or boxes, semicolons, tabs, commas or wide gaps."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from index.place import Span

# A line between a table's rows, as in Markdown, a terminal's output or reStructuredText.
_BORDER = re.compile(r"\s*+[|+\u2500-\u257f]?[\s:]*+[-=\u2500-\u257f][-=:|+\u2500-\u257f\s]*+")
PIPE = re.compile(r"(?<!\\)[|│┃║]")
_GAP = re.compile(r"\t+|[ ]{2,}|\u3000{2,}")
_MEASURE = re.compile(r"[-+±≥≤<>~]?\s?\d[\d.,:/×x–-]*\s?([^\W\d_]+[²³]?|[€$£%°]\S{0,2})\.?")
# "kg", "min"; a longer one is a unit where other values have it too.
_UNIT_CHARACTERS = 4
# So many rows tell where columns stand.
_SAMPLE = 20
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
    below = len(kept) > 1 and inner[:1] == [1] and (len(inner) == 1 or re.search("[=═╪╬╞]", lines[1].text) is not None)
    has_header = below or header_row([_texts(lines[n], cells[n]) for n in kept])
    return [(lines[n].start, lines[n].end, has_header, cells[n]) for n in kept], used


def _separated_table(lines: list[Line]) -> Table | None:
    """Return a table whose cells are parted by semicolons, tabs, commas or wide gaps: as many in each line."""
    for separator in (";", "\t", ",", _GAP):
        rows: list[tuple[Line, list[Span]]] = []
        used = 0
        ruled = False
        for number, line in enumerate(lines):
            if isinstance(separator, re.Pattern):
                # Rules below the header, and above and below it all.
                if number and _BORDER.fullmatch(line.text):
                    ruled = ruled or number == 1
                    used = number + 1
                    continue
                cells = _gap_cells(line, rows, lines[number + 1 : number + 2])
            else:
                cells = _csv_cells(line, separator)
            # Editors cut the blanks at a line's end, and so its empty cells.
            short = separator == "\t" and bool(rows) and len(cells) < len(rows[0][1])
            if len(cells) < 2 or (rows and len(cells) != len(rows[0][1]) and not short):
                break
            rows.append((line, cells))
            used = number + 1
        texts = [_texts(line, cells) for line, cells in rows]
        columns = len(rows[0][1]) if rows else 0
        if len(rows) < (2 if separator == "\t" and columns > 2 else 3):
            continue
        # Prose has as many commas in some lines too, and behind them blanks.
        if separator in (",", ";") and (used < len(lines) or (separator == "," and columns < 3)):
            continue
        # Two columns without names may be anything.
        if (separator == "," or (separator == ";" and columns < 3)) and not header_row(texts):
            continue
        has_header = ruled or header_row(texts)
        return [(line.start, line.end, has_header, cells) for line, cells in rows], used
    return None


def _gap_cells(line: Line, above: list[tuple[Line, list[Span]]], below: list[Line]) -> list[Span]:
    """Return the cells between wide gaps, with empty ones where a column has none in this line.

    Args:
        above: the rows so far.
        below: the next line, if any: it tells whether the first row leaves the name of its first column out.
    """
    cells = _cells(line, _GAP)
    if not above:
        indented = _GAP.match(line.text) is not None
        if indented and below and len(_cells(below[0], _GAP)) == len(cells) + 1 and not below[0].text[:1].isspace():
            return [Span(line.start, line.start), *cells]
        return cells
    wanted = len(above[0][1])
    if len(cells) >= wanted or len(cells) < 2 or wanted < 3 or "\t" in line.text:
        return cells
    # By their places below the cells above.
    placed: dict[int, Span] = {}
    for cell in cells:
        begin, end = cell.start - line.start, cell.end - line.start
        overlaps = [
            sum(
                max(0, min(end, held[n].end - row.start) - max(begin, held[n].start - row.start)) > 0
                for row, held in above[:_SAMPLE]
            )
            for n in range(wanted)
        ]
        best = max(range(wanted), key=overlaps.__getitem__)
        if not overlaps[best] or best in placed:
            return cells
        placed[best] = cell
    return [placed.get(n, Span(line.end, line.end)) for n in range(wanted)]


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
    # A Markdown row, or that of a drawn box, may begin and end with a mark.
    if separator is PIPE and PIPE.match(body):
        parts = parts[1:]
    if separator is PIPE and parts and PIPE.match(body[-1:]):
        parts = parts[:-1]
    return parts


def _csv_cells(line: Line, separator: str) -> list[Span]:
    if separator not in line.text or next(csv.reader([line.text], delimiter=separator), []) == []:
        return []
    blank = rf"[^\S{separator}]*"
    pattern = re.compile(rf'{blank}(?:"(?:[^"]|"")*"|[^{separator}]*){blank}(?:{separator}|$)')
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
    if len(first) == 2 and _are_pairs(first, [row[1].strip() for row in rows[1:] if len(row) > 1]):
        return False
    return (
        not has_keys(first)
        and not any(_is_value(cell, [row[n] for row in rows[1:] if n < len(row)]) for n, cell in enumerate(first))
        and (
            len(named) >= max(2, len(first) - 1)
            and len({cell.casefold() for cell in named}) == len(named)
            and all(len(cell) <= 60 and any(c.isalpha() for c in cell) for cell in named)
            # Words of a sentence, or of a list that goes on in the next row.
            and not any(re.search(r"[,;]$|[.!?]\s+[A-ZÄÖÜ]|[a-zß-ÿ]{4}[.!?]$", cell) for cell in named)
            and not any(cell[:1].isdigit() and not any(c.isalpha() for c in cell) for cell in named)
        )
    )


def _are_pairs(first: Sequence[str], below: Sequence[str]) -> bool:
    """Return whether rows of two cells are a key and its value each, "Material | Nylon 210D", the first one, too."""
    key, value = first
    numbers = sum(text[:1].isdigit() for text in below)
    return (
        # Of two rows nothing is known.
        len(below) < 2
        or (any(map(str.isdigit, value)) and any(map(str.isalpha, value)) and not any(map(str.isdigit, key)))
        # A column's name is written as the other's is: "Colour | black".
        or (key[:1].isupper() and value[:1].islower())
        # Some values are numbers, and some are not.
        or len(below) < 3 * numbers < 2 * len(below)
    )


def _is_value(cell: str, below: Sequence[str]) -> bool:
    """Return whether a cell is a number with its unit, "3.2 kg", above others: it names no column."""
    found = _MEASURE.fullmatch(cell)
    values = [value.strip() for value in below if value.strip()]
    if not found or 2 * sum(value[:1].isdigit() for value in values) < len(values):
        return False
    return len(found[1]) <= _UNIT_CHARACTERS or any(value.endswith(found[1]) for value in values)


def has_keys(row: Sequence[str]) -> bool:
    """Return whether a row is a key and its value, "Currency: | EUR": it names no columns, whatever it looks like."""
    keys = [cell.rstrip().endswith(":") for cell in row if cell.strip()]
    return any(keys) and not all(keys)
