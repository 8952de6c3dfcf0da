"""A report and a comparison as tables, in a terminal or a pipe, at 80 columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from rag.evaluation.compare import Change, Comparison
from rag.evaluation.outcome import FAILURES, Outcome
from rag.evaluation.report import Figure, Figures, Report
from ui.terminal import console, one_line

# What is shown without --verbose, and of that, what a group's row has.
MAIN = (
    *("hit@1", "hit@3", "hit@5", "hit@10", "RR", "nDCG@10", "passage hit@1", "passage nDCG@10"),
    *("article hit@1", "article nDCG@10", "citation precision", "citation recall", "citation F1"),
    *("citations per answer", "EM", "F1", "text F1", "best right", "right", "precision", "answered", "refused"),
    *("AUROC", "AURC", "ECE"),
)
OF_GROUPS = ("hit@1", "hit@3", "right", "precision", "answered", "refused")
_FEW = 10
_QUOTED_CHARACTERS = 120


def print_report(report: Report, *, verbose: bool) -> None:
    """Print a report's figures with their intervals; with every measure and every failure where `verbose`."""
    out, about = console(), report.about
    said = f"{about.questions} questions of {about.question_set}, scope {about.scope}, {about.model}"
    _line(out, said)
    shown = [name for name in report.summary if verbose or name in MAIN]
    _print_table(out, ["", "value", "95 % interval", "n"], ([n, *_cells(report.summary[n])] for n in shown))
    for by, groups in report.groups.items():
        if len(groups) > 1:
            _print_table(out, [f"by {by}", "n", *OF_GROUPS], ([n, *_group_cells(some)] for n, some in groups.items()))
    rows = [
        [f"{row.threshold:g}", *(_share(value) for value in (row.answered, row.precision, row.recall, row.refused))]
        for row in report.thresholds
    ]
    _print_table(out, ["answered from", "of all", "precision", "right", "refused"], rows)
    latency = report.latency
    _line(
        out,
        f"{1000 * latency.p50:.0f} ms a question (95th percentile {1000 * latency.p95:.0f}), "
        f"{latency.per_second:.0f} a second; "
        f"{about.index_seconds:.1f} s to index {about.articles} article{'s' * (about.articles != 1)}",
    )
    _print_failures(out, report.questions, verbose=verbose)


def print_comparison(comparison: Comparison, *, verbose: bool) -> None:
    """Print what changed, how surely, and which questions got better and worse."""
    out = console()
    only = f"; {comparison.only_before} only before, {comparison.only_after} only now"
    _line(out, "")
    _line(
        out,
        f"compared with {comparison.before.question_set} of {comparison.before.date}: {comparison.questions} questions"
        + (only if comparison.only_before or comparison.only_after else ""),
    )
    if comparison.before.sha256 != comparison.after.sha256:
        _line(out, "the files of questions are not the same; questions are paired by id")
    rows = [
        [
            name,
            _number(change.before),
            _number(change.after),
            f"{change.difference:+.3f}",
            f"{change.low:+.3f} … {change.high:+.3f}",
            f"{change.p:.3f}",
        ]
        for name, change in comparison.differences.items()
        if verbose or name in MAIN
    ]
    _print_table(out, ["", "before", "now", "change", "95 % interval", "p"], rows)
    for what, changes in (("better", comparison.better), ("worse", comparison.worse)):
        _line(out, f"{len(changes)} {what}")
        _print_changes(out, changes if verbose else changes[:_FEW], left_out=0 if verbose else len(changes) - _FEW)


def _print_failures(out: Console, outcomes: Iterable[Outcome], *, verbose: bool) -> None:
    counts = dict.fromkeys(FAILURES, 0)
    for outcome in outcomes:
        if not outcome.failure:
            continue
        counts[outcome.failure] = counts.get(outcome.failure, 0) + 1
        if verbose:
            _line(out, f"{outcome.failure}: {outcome.question} [{outcome.id}]")
            for mark, quotes in (("gold", outcome.gold), ("said", outcome.citations or outcome.nearest[:1])):
                for quote in quotes[:3]:
                    _line(out, f"  {mark}  {one_line(quote.text)[:_QUOTED_CHARACTERS]}")
    failed = ", ".join(f"{n} {failure}" for failure, n in counts.items() if n)
    _line(out, f"failures: {failed or 'none'}" + ("" if verbose or not failed else " (--verbose lists them)"))


def _print_changes(out: Console, changes: Sequence[Change], left_out: int) -> None:
    for change in changes:
        _line(out, f"  {change.before or 'right'} → {change.after or 'right'}: {change.question} [{change.id}]")
    if left_out > 0:
        _line(out, f"  … and {left_out} more (--verbose lists them)")


def _print_table(out: Console, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for number, title in enumerate(head):
        # A long name is wrapped rather than cut, and figures never are.
        table.add_column(Text(title), justify="right" if number else "left", no_wrap=bool(number), overflow="fold")
    for row in rows:
        table.add_row(*(Text(one_line(cell)) for cell in row))
    out.print(table)
    _line(out, "")


def _cells(figure: Figure) -> list[str]:
    return [_number(figure.value), f"{_number(figure.low)} … {_number(figure.high)}", str(figure.n)]


def _group_cells(figures: Figures) -> list[str]:
    n = max((figure.n for figure in figures.values()), default=0)
    return [str(n), *(_number(figures[name].value) if name in figures else "" for name in OF_GROUPS)]


def _number(value: float) -> str:
    return f"{value:.3f}" if value < 10 else f"{value:.1f}"


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _line(out: Console, text: str) -> None:
    out.print(Text(one_line(text)), soft_wrap=True)
