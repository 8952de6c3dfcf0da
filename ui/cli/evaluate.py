"""`beleg eval`: questions in, figures out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from ui.cli.eval_bounds import miss, read_bound
from ui.cli.evaluating import (
    EvaluationRequest,
    Limit,
    QuestionFile,
    QuestionsFrom,
    Scope,
    Twins,
    check_outputs,
    report_of,
)
from ui.cli.options import Articles, IndexFolder, Model, SettingsFile
from ui.cli.output import complain

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
    bounds = [read_bound(text) for text in fail_under or []]
    from rag.evaluation.compare import compare as compare_reports
    from rag.evaluation.report import read_report, save_report
    from ui.cli.eval_comparison import print_comparison
    from ui.cli.eval_tables import print_report

    # Before anything is asked: a wrong name should not take minutes to be told so.
    check_outputs((json_out, html_out), (file, *(article or []), settings, questions_from, report, compare))
    earlier = read_report(compare) if compare else None
    found = report_of(
        EvaluationRequest(file, article, index, model, settings, scope, twins, questions_from, limit, trec),
        kept=report,
    )
    # Neither a full disk nor a closed pipe nor a report that does not fit costs what took minutes.
    try:
        if json_out:
            save_report(found, json_out)
    finally:
        print_report(found, verbose=verbose)
    comparison = compare_reports(earlier, found) if earlier else None
    if comparison:
        print_comparison(comparison, verbose=verbose, names=(str(compare), str(report or json_out or "")))
    if html_out:
        from ui.report.page import write_report

        write_report(found, html_out, language, comparison)
    missed = [line for name, bound in bounds if (line := miss(found, name, bound))]
    for line in missed:
        complain(line)
    if missed:
        raise typer.Exit(MISSED)
