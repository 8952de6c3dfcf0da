"""What a report and a comparison have in common when they are printed: lines, tables, figures."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from ui.cli.fitting import fitted_table, wrapped

# What is shown without --verbose.
MAIN = (
    *("hit@1", "hit@3", "hit@5", "hit@10", "RR", "nDCG@10", "passage hit@1", "passage nDCG@10"),
    *("article hit@1", "article nDCG@10", "citation precision", "citation recall", "citation F1"),
    *("citations per answer", "EM", "F1", "text F1", "best right", "right", "complete", "precision", "answered"),
    *("refused", "AUROC", "AURC", "ECE"),
)


def print_text(out: Console, text: str, *, first: str = "", rest: str | None = None, style: str = "") -> None:
    """Print a text in lines of the console's width; see `wrapped`."""
    for line in wrapped(text, out.width, first, rest):
        print_line(out, line, style)


def print_table(
    out: Console, head: Sequence[str], rows: Sequence[Sequence[str]], *, bold_rows: Sequence[bool] = ()
) -> None:
    """Print a table and which columns had no room, and an empty line."""
    table = fitted_table(head, rows, out.width)
    # Where a name has a line of its own, lines are no longer rows.
    is_even = len(table.lines) == len(rows) + 1
    bold = [True, *(bold_rows if is_even and bold_rows else [False] * (len(table.lines) - 1))]
    for line, is_bold in zip(table.lines, bold, strict=True):
        print_line(out, line, "bold" if is_bold else "")
    if table.left_out:
        print_text(out, f"(no room for: {', '.join(table.left_out)}; a wider terminal shows them)")
    print_line(out, "", "")


def number(value: float, *, signed: bool = False) -> str:
    """Return a figure with three decimals, large ones with one; never "-0.000"."""
    shown = f"{value:{'+' if signed else ''}.{3 if abs(value) < 10 else 1}f}"
    return shown if any(digit in shown for digit in "123456789") else shown.lstrip("+-")


def print_line(out: Console, line: str, style: str) -> None:
    """Print a line as it is."""
    # The width is kept already, but for words that are wider: those, a terminal breaks itself.
    out.print(Text(line, style=style), soft_wrap=True)
