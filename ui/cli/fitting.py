"""Text and tables that keep to a terminal's width, and never split a word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from ui.cli.output import one_line

_GAP = 2
# Longer names stand on a line of their own, and leave the figures their room.
_NAME_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class FittedTable:
    """A table's lines, the first of them its head, and the columns that had no room."""

    lines: list[str]
    left_out: list[str]


def wrapped(text: str, width: int, first: str = "", rest: str | None = None) -> list[str]:
    """Break a text between words; a word that is wider than the line stands on one of its own.

    Args:
        text: its white space is folded.
        width: in cells; wide characters take two.
        first: what the first line begins with.
        rest: what the others do; default: blanks below `first`.
    """
    rest = " " * cell_len(first) if rest is None else rest
    lines, line, is_bare = [], first, True
    for word in one_line(text).split(" "):
        if not is_bare and cell_len(line) + 1 + cell_len(word) > width:
            lines.append(line)
            line, is_bare = rest, True
        line += word if is_bare else f" {word}"
        is_bare = False
    return [*lines, line.rstrip()]


def fitted_table(head: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> FittedTable:
    """Set rows of a name and figures under a head; columns on the right that have no room are left out.

    Names stand left and are never split: one that is too long has a line of its own, above its figures.
    """
    cells = [[one_line(cell) for cell in row] for row in (head, *rows)]
    names = [cell_len(row[0]) for row in cells]
    first = max((name for name in names if name <= width * _NAME_SHARE), default=0)
    widths = [max(cell_len(row[place]) for row in cells) for place in range(1, len(head))]
    shown, used = 0, first
    while shown < len(widths) and used + _GAP + widths[shown] <= width:
        used += _GAP + widths[shown]
        shown += 1
    lines = []
    for name, *figures in cells:
        if cell_len(name) > first:
            lines.append(name)
            name = ""
        padded = (_right(cell, size) for cell, size in zip(figures[:shown], widths, strict=False))
        lines.append((name + " " * (first - cell_len(name)) + "".join(padded)).rstrip())
    return FittedTable(lines, [title for title in cells[0][1 + shown :] if title])


def _right(cell: str, size: int) -> str:
    return " " * (_GAP + size - cell_len(cell)) + cell
