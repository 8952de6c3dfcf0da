"""Tables: by their rules, or by cells that stand below one another."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from index.documents.pdf.layout import Line, in_order, rows, segments
from index.documents.pdf.pages import Layer, Page, Rule, Word
from index.documents.tables import NUMBER

_NEAR = 3.0
# A gap between cells, in widths of an em.
_CODE = re.compile(r"[;{}]\s*$|\w\s*[=(]|[;{(]\s|^\s*(?:%|#|//|--|/\*|end\b|def\b|function\b)")
_CELL_GAP = 1.3
# Rows further apart, in heights of a line, are not of one table.
_ROW_PITCH = 5.0
_MOST_LINES = 600


@dataclass(slots=True)
class Table:
    """Rows of cells; a cell is a list of lines. `edges` are where columns begin, `tops` where rows do."""

    page: int
    rows: list[list[list[Line]]]
    edges: list[float]
    left: float
    top: float
    right: float
    bottom: float
    tops: list[float] = field(default_factory=list)
    numbers: set[int] = field(default_factory=set)


def ruled_tables(page: Page) -> list[Table]:
    """Return the tables of a page whose cells are drawn; the words of turned cells are moved into them."""
    if not page.layers:
        return []
    layer = page.layers[0]
    tables: list[Table] = []
    for rules in _groups(layer.rules):
        level = _merge([((r.top + r.bottom) / 2, r.left, r.right) for r in rules if r.level])
        upright = _merge([((r.left + r.right) / 2, r.top, r.bottom) for r in rules if not r.level])
        ys = sorted({y for y, _, _ in level})
        xs = sorted({x for x, _, _ in upright})
        if len(ys) < 2 or len(xs) < 2 or len(ys) > _MOST_LINES or len(xs) > 100:
            continue
        table = _filled(layer, page.number, xs, ys, upright)
        if table:
            tables.append(table)
            _take_turned(page, table)
    taken = {number for table in tables for number in table.numbers}
    tables += _barred_tables(layer, page.number, taken)
    return tables


def _barred_tables(layer: Layer, page: int, taken: set[int]) -> list[Table]:
    """Return the tables whose rows are parted by rules, and whose columns only by white space."""
    found = []
    for bars in _bars(layer.rules):
        left, right, ys = bars[0][1], bars[0][2], [y for y, _, _ in bars]
        bands: list[list[Word]] = [[] for _ in ys[1:]]
        for word in layer.words:
            middle, x = (word.top + word.bottom) / 2, (word.left + word.right) / 2
            if word.number not in taken and left - 2 < x < right + 2 and ys[0] < middle < ys[-1]:
                bands[bisect_right(ys, middle) - 1].append(word)
        kept = [number for number, band in enumerate(bands) if band]
        spans = _columns([bands[number] for number in kept])
        if len(kept) < 3 or len(spans) < 2:
            continue
        # The first and the last row may have no rule outside of them.
        free = [w for w in layer.words if w.number not in taken and left - 2 < (w.left + w.right) / 2 < right + 2]
        height = 1.3 * median(b - a for a, b in pairwise(ys))
        above = _fitting([w for w in free if ys[0] - height < w.base < ys[0]], spans, -1)
        below = _fitting([w for w in free if ys[-1] < w.base < ys[-1] + height], spans, 1)
        bands = [above, *(bands[number] for number in kept), below]
        tops = [ys[0] - height, *(ys[number] for number in kept), ys[-1]]
        kept = [number for number, band in enumerate(bands) if band]
        grid = []
        for number in kept:
            cells: list[list[Word]] = [[] for _ in spans]
            for word in bands[number]:
                cells[_column(word, spans)].append(word)
            grid.append([[Line(in_order(row), page) for row in rows(cell)] for cell in cells])
        letters = [sum(line.letters for line in cell) for row in grid for cell in row if cell]
        if median(letters) > 100 or len(letters) < 1.4 * len(grid):
            continue
        # A program between rules, below a running head with its own.
        if 2 * sum(line.letters for row in grid for cell in row for line in cell if line.mono) > sum(letters):
            continue
        held = [word for number in kept for word in bands[number]]
        numbers = {word.number for word in held}
        taken |= numbers
        top, bottom = min(w.top for w in held), max(w.bottom for w in held)
        edges = [begin for begin, _ in spans]
        found.append(Table(page, grid, edges, left, top, right, bottom, [tops[number] for number in kept], numbers))
    return found


def _column(word: Word, spans: Sequence[tuple[float, float]]) -> int:
    """Return the number of the column that a word stands in, or nearest to; a column's name may be wider than it."""
    middle = (word.left + word.right) / 2
    return min(range(len(spans)), key=lambda n: max(spans[n][0] - middle, middle - spans[n][1]))


def _fitting(words: Sequence[Word], spans: Sequence[tuple[float, float]], direction: int) -> list[Word]:
    """Return the lines nearest to a table's first or last rule that have words in most of its columns.

    Args:
        direction: -1 for lines above the rule, 1 for those below it.
    """
    found: list[Word] = []
    used: set[int] = set()
    base = 0.0
    for row in rows(words)[::direction]:
        if found and abs(row[0].base - base) > 1.6 * row[0].size:
            break
        found += row
        used |= {_column(word, spans) for word in row}
        base = row[0].base
    # A sentence has words everywhere, too, but no gaps.
    gaps = max((len(segments(row, 0.8)) for row in rows(found)), default=0)
    return found if len(used) >= max(2, 0.6 * len(spans)) and gaps >= max(2, 0.5 * len(spans)) else []


def _bars(rules: Sequence[Rule]) -> list[list[tuple[float, float, float]]]:
    """Return runs of at least four level rules below one another that are equally long: y, left, right."""
    pieces = _merge([((r.top + r.bottom) / 2, r.left, r.right) for r in rules if r.level])
    whole: list[tuple[float, float, float]] = []
    for y, left, right in sorted(pieces):
        # The borders of cells are drawn cell by cell.
        if whole and whole[-1][0] == y and left <= whole[-1][2] + _NEAR:
            whole[-1] = (y, whole[-1][1], max(right, whole[-1][2]))
        else:
            whole.append((y, left, right))
    runs: dict[tuple[int, int], list[list[tuple[float, float, float]]]] = {}
    for bar in whole:
        if bar[2] - bar[1] < 100:
            continue
        mine = runs.setdefault((round(bar[1] / 6), round(bar[2] / 6)), [])
        if mine and bar[0] - mine[-1][-1][0] < 90:
            mine[-1].append(bar)
        else:
            mine.append([bar])
    return [run for held in runs.values() for run in held if len(run) >= 4]


def _columns(bands: Sequence[Sequence[Word]]) -> list[tuple[float, float]]:
    """Return where columns begin and end: white space that goes through all rows of several cells parts them."""
    parts = []
    for band in bands:
        held = [part for row in rows(band) for part in segments(row, 0.8)]
        if len(held) > 1:
            parts += [(part.left, part.right) for part in held]
    spans: list[tuple[float, float]] = []
    for begin, end in sorted(parts):
        if spans and begin <= spans[-1][1] + 3:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        else:
            spans.append((begin, end))
    return spans


def _take_turned(page: Page, table: Table) -> None:
    """Move words that are turned, such as the heads of narrow columns, into the cells that they stand in."""
    if page.layers[0].turn:
        return
    for layer in page.layers[1:]:
        cells: dict[tuple[int, int], list[Word]] = {}
        for word in layer.words:
            x, y = (word.shown[0] + word.shown[2]) / 2, (word.shown[1] + word.shown[3]) / 2
            if table.left < x < table.right and table.top < y < table.bottom:
                row = bisect_right(table.tops, y) - 1
                column = bisect_right(table.edges, x) - 1
                if row >= 0 and column >= 0:
                    cells.setdefault((row, column), []).append(word)
        for (row, column), words in cells.items():
            table.rows[row][column] += [Line(in_order(line), page.number) for line in rows(words)]
        gone = {id(word) for words in cells.values() for word in words}
        layer.words = [word for word in layer.words if id(word) not in gone]


def _groups(rules: Sequence[Rule]) -> list[list[Rule]]:
    """Return the rules that touch each other, directly or by way of others."""
    parent = list(range(len(rules)))

    def root(n: int) -> int:
        while parent[n] != n:
            parent[n] = parent[parent[n]]
            n = parent[n]
        return n

    # Swept from the top down, so that only rules at the same height are compared.
    order = sorted(range(len(rules)), key=lambda n: rules[n].top)
    open_: list[int] = []
    for n in order:
        a = rules[n]
        open_ = [m for m in open_ if rules[m].bottom + _NEAR >= a.top]
        for m in open_:
            b = rules[m]
            if a.left <= b.right + _NEAR and b.left <= a.right + _NEAR:
                parent[root(n)] = root(m)
        open_.append(n)
    found: dict[int, list[Rule]] = {}
    for n in order:
        found.setdefault(root(n), []).append(rules[n])
    return list(found.values())


def _merge(lines: list[tuple[float, float, float]]) -> list[tuple[float, float, float]]:
    """Put lines at nearly the same place on one place."""
    merged: list[tuple[float, float, float]] = []
    for at, first, last in sorted(lines):
        if merged and at - merged[-1][0] < _NEAR:
            at = merged[-1][0]
        merged.append((at, first, last))
    return merged


def _filled(
    layer: Layer, page: int, xs: list[float], ys: list[float], upright: list[tuple[float, float, float]]
) -> Table | None:
    left, right, top, bottom = xs[0], xs[-1], ys[0], ys[-1]
    inside = [
        w
        for w in layer.words
        if left - 1 < (w.left + w.right) / 2 < right + 1 and top - 1 < (w.top + w.bottom) / 2 < bottom + 1
    ]
    if not inside:
        return None
    at_row = [bisect_right(ys, (w.top + w.bottom) / 2) - 1 for w in inside]
    cells: dict[tuple[int, int], list[Word]] = {}
    for word, row in zip(inside, at_row, strict=True):
        row = min(max(row, 0), len(ys) - 2)
        middle = (ys[row] + ys[row + 1]) / 2
        # A cell that reaches over several columns has no rule between them.
        active = [x for x, first, last in upright if first - _NEAR < middle < last + _NEAR]
        edges = sorted({left, *active})
        edge = edges[max(0, bisect_right(edges, (word.left + word.right) / 2) - 1)]
        column = min(max(0, bisect_right(xs, edge) - 1), len(xs) - 2)
        cells.setdefault((row, column), []).append(word)
    used_columns = sorted({column for _, column in cells})
    used_rows = sorted({row for row, _ in cells})
    if len(used_columns) < 2 or len(used_rows) < 2:
        return None
    # Frames around whole columns of text are no table.
    longest = max(sum(len(w.text) for w in words) for words in cells.values())
    if longest > 1_500 or (len(used_rows) < 3 and longest > 500):
        return None
    grid = [
        [[Line(in_order(row), page) for row in rows(cells.get((r, c), []))] for c in used_columns] for r in used_rows
    ]
    numbers = {w.number for w in inside}
    edges, tops = [xs[c] for c in used_columns], [ys[r] for r in used_rows]
    return Table(page, grid, edges, left, top, right, bottom, tops, numbers)


def aligned_tables(column: Sequence[Line]) -> list[Line | Table]:
    """Return a column's lines, with those that are rows of a table without rules put together."""
    found: list[Line | Table] = []
    split = [segments(sorted(line.words, key=lambda w: w.left), _CELL_GAP) for line in column]
    for line, parts in zip(column, split, strict=True):
        for part in parts:
            part.page = line.page
    at = 0
    while at < len(column):
        end = _run(column, split, at)
        held = column[at:end]
        table = _table(split[at:end]) if len(held) >= 2 and not _is_code(held) and not _is_justified(held) else None
        if table is None:
            found.append(column[at])
            at += 1
        else:
            found.append(table)
            at = end
    return found


def _is_code(lines: Sequence[Line]) -> bool:
    """Return whether lines are a program, whose comments stand below one another."""
    return all(line.mono for line in lines) and 2 * sum(bool(_CODE.search(line.text)) for line in lines) >= len(lines)


def _is_justified(lines: Sequence[Line]) -> bool:
    """Return whether lines are text in a narrow column: words, whose blanks are as wide as each other in a line."""
    even = 0
    for line in lines:
        gaps = [b.left - a.right for a, b in pairwise(sorted(line.words, key=lambda w: w.left))]
        letters = sum(c.isalpha() for word in line.words for c in word.text)
        even += len(gaps) > 1 and max(gaps) < 1.4 * min(gaps) + 1 and letters > 0.7 * line.letters
    return even > 0.6 * len(lines)


def _run(column: Sequence[Line], split: list[list[Line]], at: int) -> int:
    """Return where the lines end that may be a table which begins at a line."""
    if len(split[at]) < 2 or is_leader(column[at].text):
        return at
    end = at + 1
    single = 0.0
    gaps = _gaps(split[at])
    while end < len(column) and end - at < _MOST_LINES:
        line, before = column[end], column[end - 1]
        if line.base - before.base > _ROW_PITCH * max(line.size, before.size) or is_leader(line.text):
            break
        kept = _without(gaps, split[end])
        if not kept:
            break
        # Lines of one part go on with a cell; in the first column they may as well be text below the table.
        alone = len(split[end]) == 1
        first = line.left < split[at][0].left + line.size
        single = single + (1 if first else 0.3) if alone else 0
        if single > 2 or (alone and first and line.right > gaps[0][1]):
            break
        if alone and ((line.bold and not before.bold) or line.size > 1.1 * before.size):
            break
        gaps = kept
        end += 1
    while end > at and len(split[end - 1]) < 2 and split[end - 1][0].left < gaps[0][1] - 1:
        end -= 1
    return end


def _gaps(parts: list[Line]) -> list[tuple[float, float]]:
    return [(a.right, b.left) for a, b in pairwise(parts)]


def _without(gaps: list[tuple[float, float]], parts: list[Line]) -> list[tuple[float, float]]:
    """Return what is left free of some gaps by a line's parts."""
    kept = []
    for left, right in gaps:
        for part in parts:
            if part.left < right and part.right > left:
                middle = (part.left + part.right) / 2
                if middle < (left + right) / 2:
                    left = max(left, part.right)
                else:
                    right = min(right, part.left)
        if right - left >= 0.6 * parts[0].size:
            kept.append((left, right))
    return kept


def _table(split: list[list[Line]]) -> Table | None:
    """Return the table that lines in parts make."""
    gaps = _gaps(max(split, key=len))
    for parts in split:
        gaps = _without(gaps, parts)
    full = [parts for parts in split if len(parts) > 1]
    columns = len(gaps) + 1
    if columns < 2 or len(full) < 2 or (columns == 2 and len(full) < 3):
        return None
    letters = [part.letters for parts in full for part in parts]
    if median(letters) > 60 or len(full) < 0.4 * len(split):
        return None
    edges = [min(part.left for parts in split for part in parts), *(right for _, right in gaps)]
    grid: list[list[list[Line]]] = []
    for parts in split:
        row: list[list[Line]] = [[] for _ in range(columns)]
        for part in parts:
            column = max(0, bisect_right(edges, part.left + 1) - 1)
            row[column].append(part)
        if grid and _goes_on(grid[-1], row):
            for cell, more in zip(grid[-1], row, strict=True):
                cell.extend(more)
        else:
            grid.append(row)
    if len(grid) < 2:
        return None
    # A list, whose marks stand far from their text.
    if all(len(row[0]) == 1 and re.fullmatch(r"\W{1,2}|\(?\w{1,4}[.)]", row[0][0].text) for row in grid if row[0]):
        return None
    lines = [part for parts in split for part in parts]
    return Table(
        lines[0].page,
        grid,
        edges,
        min(line.left for line in lines),
        min(line.top for line in lines),
        max(line.right for line in lines),
        max(line.bottom for line in lines),
    )


def _goes_on(above: Sequence[Sequence[Line]], row: Sequence[Sequence[Line]]) -> bool:
    """Return whether a line goes on with the cells above it: it leaves the first cell empty, and no cell is its own.

    The sums below the items of an invoice, or "Due on: 28 February", leave it empty, too.
    """
    if row[0] or all(row):
        return False
    return not any(
        cell
        and (
            cell[-1].text.endswith(":")
            or (held and NUMBER.fullmatch(cell[0].text) is not None and NUMBER.fullmatch(held[-1].text) is not None)
        )
        for held, cell in zip(above, row, strict=True)
    )


def is_leader(text: str) -> bool:
    """Return whether a line leads to its end by dots, as in a table of contents or a list of prices."""
    return bool(re.search(r"(?:\.\s?){4,}|(?:…\s?){2,}|(?:·\s?){4,}|_{4,}\s*\S", text))
