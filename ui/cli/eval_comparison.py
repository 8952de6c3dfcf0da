"""A comparison of two reports in a terminal or a pipe."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from index.errors import counted
from rag.evaluation.compare import Change, Comparison
from rag.evaluation.report import About
from ui.cli.eval_printing import MAIN, number, print_table, print_text
from ui.cli.output import console
from ui.report.summary import changes_between, when

_FEW = 10
_EXPLAINED = (
    "p: how often chance alone would make so large a change; below 0.05 (bold, *) it counts as sure. The interval "
    "holds the true change in 95 of 100 such comparisons."
)


def print_comparison(comparison: Comparison, *, verbose: bool, names: tuple[str, str] = ("", "")) -> None:
    """Print what changed, how surely, and which questions got better and worse.

    Args:
        comparison: of two reports.
        verbose: every measure that changed, and every question.
        names: the files of the two reports; "" for one that is none.
    """
    out = console()
    before, after = (_named(name, of) for name, of in zip(names, (comparison.before, comparison.after), strict=True))
    print_text(out, "")
    print_text(out, f"before: {before}", rest="  ")
    print_text(out, f"now: {after}", rest="  ")
    if comparison.before.sha256 != comparison.after.sha256:
        print_text(out, "the files of questions are not the same; questions are paired by id", rest="  ")
    both = f"{counted(comparison.questions, 'question')} in both"
    if comparison.only_before or comparison.only_after:
        both += f"; {comparison.only_before} only before, {comparison.only_after} only now"
    print_text(out, both)
    differing = changes_between(comparison.before, comparison.after)
    if differing:
        print_text(
            out, "; ".join(f"{name} {was} → {now}" for name, was, now in differing), first="differs: ", rest="  "
        )
    else:
        print_text(out, f"same settings, model ({comparison.after.model}), version and commit", rest="  ")
    print_text(out, "")
    _print_differences(out, comparison, verbose=verbose)
    for what, changes in (("better", comparison.better), ("worse", comparison.worse)):
        print_text(out, f"{len(changes)} {what}")
        _print_changes(out, changes if verbose else changes[:_FEW], left_out=0 if verbose else len(changes) - _FEW)


def _print_differences(out: Console, comparison: Comparison, *, verbose: bool) -> None:
    shown = {name: one for name, one in comparison.differences.items() if verbose or name in MAIN}
    # The digits that are shown, not the last bit.
    changed = {name: one for name, one in shown.items() if number(one.before) != number(one.after)}
    rows = [
        [
            name,
            number(one.before),
            number(one.after),
            number(one.difference, signed=True),
            f"{one.p:.3f}",
            "*" if one.is_sure else "",
            f"{number(one.low, signed=True)} to {number(one.high, signed=True)}",
        ]
        for name, one in changed.items()
    ]
    if rows:
        head = ["", "before", "now", "change", "p", "", "95 % interval"]
        print_table(out, head, rows, bold_rows=[one.is_sure for one in changed.values()])
        print_text(out, _EXPLAINED)
    if left := len(shown) - len(changed):
        print_text(out, f"{left} measure{'s' * (left != 1)} unchanged")


def _named(name: str, about: About) -> str:
    made = f"{about.question_set}, {when(about)}"
    return f"{name} ({made})" if name else made


def _print_changes(out: Console, changes: Sequence[Change], left_out: int) -> None:
    for change in changes:
        went = "right" if change.is_answerable else "declined"
        print_text(
            out,
            f"{change.before or went} → {change.after or went}: {change.question} [{change.id}]",
            first="  ",
            rest="    ",
        )
    if left_out > 0:
        print_text(out, f"  … and {left_out} more (--verbose lists them)")
