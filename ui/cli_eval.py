"""`beleg eval`: questions in, figures out."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ui.evaluating import Asked, Limit, QuestionFile, QuestionsFrom, Scope, Twins, report_of
from ui.options import Articles, IndexFolder, Model, SettingsFile
from ui.terminal import complain

if TYPE_CHECKING:
    from rag.evaluation.report import Report

MISSED = 1


def evaluate(
    file: QuestionFile = None,
    article: Articles = None,
    index: IndexFolder = None,
    model: Model = None,
    settings: SettingsFile = None,
    scope: Scope = None,
    twins: Twins = False,
    questions_from: QuestionsFrom = None,
    limit: Limit = None,
    report: Annotated[
        Path | None, typer.Option("--from", help="A report that --json wrote: show it, and ask nothing.")
    ] = None,
    json_out: Annotated[Path | None, typer.Option("--json", dir_okay=False, help="Write the whole report.")] = None,
    html_out: Annotated[Path | None, typer.Option("--html", dir_okay=False, help="Write a report to look at.")] = None,
    language: Annotated[Literal["de", "en"], typer.Option(help="Of the HTML report.")] = "en",
    trec: Annotated[
        Path | None, typer.Option(file_okay=False, help="Write runs and qrels for trec_eval into this folder.")
    ] = None,
    fail_under: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="Exit status 1 where a measure is worse than this; repeat for more."),
    ] = None,
    compare: Annotated[Path | None, typer.Option(help="An earlier report (--json) to compare with.")] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Every measure, and every failure.")] = False,
) -> None:
    """Measure retrieval, citations, answers and abstention on questions with known answers.

    Every figure has its 95 % bootstrap interval. Exit status 1: a measure is worse than --fail-under.
    """
    bounds = [_bound(text) for text in fail_under or []]
    from rag.evaluation.compare import compare as compare_reports
    from rag.evaluation.report_file import read_report, save_report
    from ui.eval_tables import print_comparison, print_report

    # Before anything is asked: a wrong name should not take minutes to be told so.
    earlier = read_report(compare) if compare else None
    found = report_of(
        Asked(file, article, index, model, settings, scope, twins, questions_from, limit, trec), kept=report
    )
    comparison = compare_reports(earlier, found) if earlier else None
    print_report(found, verbose=verbose)
    if comparison:
        print_comparison(comparison, verbose=verbose)
    if json_out:
        save_report(found, json_out)
    if html_out:
        from ui.report.page import write_report

        write_report(found, html_out, language, comparison)
    missed = [line for name, bound in bounds if (line := _miss(found, name, bound))]
    for line in missed:
        complain(line)
    if missed:
        raise typer.Exit(MISSED)


def _bound(text: str) -> tuple[str, float]:
    from rag.evaluation.measures import NAMES

    name, _, value = (part.strip() for part in text.rpartition("="))
    if name not in NAMES:
        raise typer.BadParameter(
            f"{name or text!r} is no measure. Expected NAME=VALUE with one of: {', '.join(NAMES)}.",
            param_hint="--fail-under",
        )
    try:
        bound = float(value)
    except ValueError:
        bound = math.nan
    if not math.isfinite(bound):
        raise typer.BadParameter(
            f"{value!r} is no number. Expected, for example, {name}=0.9.", param_hint="--fail-under"
        )
    return name, bound


def _miss(report: Report, name: str, bound: float) -> str:
    """What to say where a measure is worse than its bound, or was not measured; else ""."""
    from rag.evaluation.measures import LOWER_IS_BETTER

    figure = report.summary.get(name)
    if figure is None:
        return f"{name} was not measured: these questions have nothing to measure it by. Expected {bound:g}."
    worse = figure.value > bound if name in LOWER_IS_BETTER else figure.value < bound
    # As many digits as tell the two apart: 0.9496 is below 0.95.
    digits = next((d for d in (3, 4, 6) if round(figure.value, d) != round(bound, d)), 9)
    side = "above" if name in LOWER_IS_BETTER else "below"
    return f"{name} is {figure.value:.{digits}f}, {side} {bound:g}." if worse else ""
