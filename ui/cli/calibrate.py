"""`beleg calibrate`: fits confidence and abstention to one's own questions, and writes a settings file."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from index.errors import counted
from ui.cli.curve_plot import plot_lines
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
from ui.cli.output import console

if TYPE_CHECKING:
    from rag.evaluation.calibrate import Fit
    from rag.evaluation.report import Figure, Report, Threshold

NOT_REACHED = 1
_TABLE_ROWS = 12


def calibrate(
    file: QuestionFile = None,
    precision: Annotated[
        float, typer.Option("--precision", "-p", min=0.01, max=1, help="The share of answers that are to be right.")
    ] = 0.9,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", dir_okay=False, help="The settings file to write. Default: none.")
    ] = None,
    best: Annotated[
        bool, typer.Option("--best", help="Where no threshold has the precision, write the best there is.")
    ] = False,
    report: Annotated[
        Path | None, typer.Option("--from", help="A report of 'beleg eval --json': do not ask its questions again.")
    ] = None,
    article: Articles = None,
    index: IndexFolder = None,
    model: Model = None,
    settings: SettingsFile = None,
    scope: Scope = None,
    twins: Twins = False,
    questions_from: QuestionsFrom = None,
    limit: Limit = None,
) -> None:
    """Fit the confidence, and choose where to abstain, on your own questions. Exit status 1: precision not reached."""
    from rag.evaluation.calibrate import calibrate as fit_to
    from rag.settings import settings_from_dict, write_settings

    check_outputs((out,), (file, *(article or []), settings, questions_from, report))
    asked = report_of(
        EvaluationRequest(file, article, index, model, settings, scope, twins, questions_from, limit), kept=report
    )
    fit = fit_to(asked.questions, precision)
    fitted = fit.settings(settings_from_dict(asked.about.settings, report or Path("of the evaluation")))
    _print(_description(asked, fit, console().width))
    if not fit.reached and not best:
        _print([f"Nothing is written. Wish for less, or take the best there is: --precision {precision:g} --best"])
        raise typer.Exit(NOT_REACHED)
    if out is None:
        _print(["Nothing is written; --out settings.json writes it."])
        return
    write_settings(fitted, out, _note(asked, fit))
    options = [("--article", path) for path in article or []] + [("--index", index), ("--model", model)]
    given = [("--settings", out), *((name, value) for name, value in options if value)]
    _print([f"Written to {out}. Use it:", *_command([f"{name} {shlex.quote(str(value))}" for name, value in given])])
    if report:
        _print(["with the --article, --index and --model that the report was made with, where there were any"])


def _description(asked: Report, fit: Fit, width: int) -> Iterator[str]:
    """Yield the lines that say what was found: table, plot, choice, cost."""
    about, chosen = asked.about, fit.chosen
    answerable = sum(outcome.answerable for outcome in asked.questions)
    asked_of = f"{counted(about.questions, 'question')} of {about.question_set}"
    yield f"{asked_of}, {answerable} of them answerable; {about.model}"
    yield ""
    yield "   threshold  answered  precision     right   refused"
    rows = {row.threshold: row for row in _rows(fit)}
    for threshold in sorted(rows):
        row = rows[threshold]
        shares = (row.answered, row.precision, row.recall, row.refused)
        mark = "→" if threshold == fit.threshold else " "
        yield f" {mark}{threshold:10.3f}" + "".join(f"{_percent(share):>10}" for share in shares)
    yield "   answered: of all; precision: right among answered; right: of the answerable; refused: of the others"
    yield ""
    points = [(row.answered, row.precision) for row in fit.curve if row.precision is not None]
    yield "precision"
    yield from plot_lines(points, fit.wished, (chosen.answered, chosen.precision or 0.0), width)
    yield ""
    if not fit.reached:
        yield f"No threshold has a precision of {fit.wished:.1%} on these questions. The best there is:"
    yield f"Answer from a confidence of {fit.threshold:g} on; {_percent(chosen.precision)} of these answers are right."
    yield f"On questions not seen: {_interval(fit.precision)}, cross-validated."
    if fit.reached and fit.precision is not None and fit.precision.value < fit.wished:
        yield (
            f"! The precision of {fit.wished:.1%} is reached on these questions only; on others it is not to be "
            "expected. More questions, or a higher --precision, help."
        )
    yield f"  answered of the answerable: {_interval(fit.answered)}; before: {_before(asked, 'answered')}"
    yield f"  refused of the others:      {_interval(fit.refused)}; before: {_before(asked, 'refused')}"
    yield f"  precision before:           {_before(asked, 'precision')}"
    yield f"  calibration error:          {fit.error:.3f}; before: {fit.error_before:.3f}"


def _rows(fit: Fit) -> Iterator[Threshold]:
    """Yield some of the curve, evenly spread over what is answered, and what was chosen."""
    steps = max(1, len(fit.curve) // _TABLE_ROWS)
    yield from fit.curve[::steps]
    yield fit.chosen


def _note(asked: Report, fit: Fit) -> dict[str, object]:
    about, found = asked.about, fit.precision
    return {
        "made by": f"beleg calibrate, {about.beleg}",
        "question set": about.question_set,
        "sha256": about.sha256,
        "questions": about.questions,
        "scope": about.scope,
        "model": about.model,
        "date": about.date,
        "precision wished": fit.wished,
        "precision here": fit.chosen.precision,
        "precision cross-validated": found and {"value": found.value, "low": found.low, "high": found.high},
    }


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


def _interval(figure: Figure | None) -> str:
    return "–" if figure is None else f"{figure.value:.1%} (95 %: {figure.low:.1%} to {figure.high:.1%})"


def _before(asked: Report, measure: str) -> str:
    return _percent(asked.summary[measure].value) if measure in asked.summary else "–"


def _command(arguments: list[str]) -> Iterator[str]:
    """Yield the lines of a command that may be pasted into a shell; it goes on at an option, where it must."""
    whole = f"  beleg chat {' '.join(arguments)}"
    if len(whole) <= console().width:
        yield whole
        return
    yield "  beleg chat \\"
    yield from (f"    {argument} \\" for argument in arguments[:-1])
    yield f"    {arguments[-1]}"


def _print(lines: Iterable[str]) -> None:
    from ui.cli.eval_printing import print_line
    from ui.cli.fitting import wrapped

    out = console()
    for line in lines:
        blanks = line[: len(line) - len(line.lstrip())]
        is_loud = line.startswith("! ")
        # What fits is printed as it is: a table's blanks, and the plot's, are its own.
        parts = [line] if len(line) <= out.width else wrapped(line, out.width, blanks, blanks + "  ")
        for part in parts:
            print_line(out, part, "bold yellow" if is_loud else "")
