"""A report in a terminal or a pipe: in words first, then as tables, then what failed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import Console

from index.errors import counted
from rag.answering.messages import percent
from rag.evaluation.outcome import FAILURES, Outcome, Quote
from rag.evaluation.report import Figure, Figures, Report
from ui.cli.eval_printing import MAIN, number, print_table, print_text
from ui.cli.eval_words import meanings
from ui.cli.output import console
from ui.report.summary import summary
from ui.texts import TEXTS

OF_GROUPS = ("hit@1", "hit@3", "right", "precision", "answered", "refused")
_QUOTED_CHARACTERS = 240


def print_report(report: Report, *, verbose: bool) -> None:
    """Print a report's figures with their intervals; with every measure and every failure where `verbose`."""
    out, about = console(), report.about
    asked = f"{counted(about.questions, 'question')} of {about.question_set}"
    print_text(out, f"{asked}, scope {about.scope}, {about.model}")
    print_text(out, "")
    for tile in summary(report, TEXTS["en"]):
        print_text(out, f"{tile.number} {tile.words} {tile.more}", rest="  ")
    print_text(out, "")
    shown = [name for name in report.summary if verbose or name in MAIN]
    print_table(out, ["", "value", "95 % interval", "n"], [[n, *_cells(report.summary[n])] for n in shown])
    for by, groups in report.groups.items():
        if len(groups) > 1:
            print_table(out, [f"by {by}", "n", *OF_GROUPS], [[n, *_group_cells(some)] for n, some in groups.items()])
    rows = [
        [f"{row.threshold:g}", *(_share(value) for value in (row.answered, row.precision, row.recall, row.refused))]
        for row in report.thresholds
    ]
    print_table(out, ["answered from", "of all", "precision", "right", "refused"], rows)
    for names, meaning in meanings(shown):
        print_text(out, meaning, first=f"{names}: ", rest="  ")
    print_text(out, "")
    latency = report.latency
    print_text(
        out,
        f"{1000 * latency.p50:.0f} ms a question (95th percentile {1000 * latency.p95:.0f}), "
        f"{latency.per_second:.0f} a second; "
        f"{about.index_seconds:.1f} s to index {counted(about.articles, 'article')}",
        rest="  ",
    )
    _print_failures(out, report.questions, verbose=verbose)


def _print_failures(out: Console, outcomes: Iterable[Outcome], *, verbose: bool) -> None:
    counts = dict.fromkeys(FAILURES, 0)
    for outcome in outcomes:
        if not outcome.failure:
            continue
        counts[outcome.failure] = counts.get(outcome.failure, 0) + 1
        if verbose:
            _print_failure(out, outcome)
    if verbose:
        print_text(out, "")
    failed = ", ".join(f"{n} {failure}" for failure, n in counts.items() if n)
    more = "" if verbose or not failed else " (--verbose lists them)"
    print_text(out, f"failures: {failed or 'none'}{more}", rest="  ")


def _print_failure(out: Console, outcome: Outcome) -> None:
    print_text(out, "")
    print_text(out, f"{outcome.failure}: {outcome.question} [{outcome.id}]", rest="  ", style="bold")
    facts = f"confidence {percent(outcome.confidence, 'en')}"
    if outcome.answerable and "RR" in outcome.measures:
        rank = outcome.measures["RR"]
        facts += f"; right sentence at rank {1 / rank:.0f}" if rank else "; right sentence not found"
    print_text(out, facts, first="  ")
    for mark, quote in _quotes(outcome):
        text = quote.text if len(quote.text) <= _QUOTED_CHARACTERS else f"{quote.text[:_QUOTED_CHARACTERS]} …"
        print_text(out, text, first=f"  {f'{mark}:':9}")


def _quotes(outcome: Outcome) -> Iterator[tuple[str, Quote]]:
    groups: set[int] = set()
    for quote in outcome.gold:
        yield "right" if not groups else "or" if quote.group in groups else "and", quote
        groups.add(quote.group)
    if outcome.answered:
        yield from (("cited", quote) for quote in outcome.citations)
    else:
        yield from (("nearest", quote) for quote in outcome.nearest[:1])


def _cells(figure: Figure) -> list[str]:
    between = f"{number(figure.low)} … {number(figure.high)}" if figure.n > 1 else ""
    return [number(figure.value), between, str(figure.n)]


def _group_cells(figures: Figures) -> list[str]:
    n = max((figure.n for figure in figures.values()), default=0)
    return [str(n), *(number(figures[name].value) if name in figures else "" for name in OF_GROUPS)]


def _share(value: float | None) -> str:
    return "" if value is None else number(value)
