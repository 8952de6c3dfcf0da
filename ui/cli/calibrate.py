"""`beleg calibrate`: fits confidence and abstention to one's own questions, and writes a settings file."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from index.errors import counted
from ui.cli.evaluate import (
    Limit,
    QuestionFile,
    QuestionsFrom,
    Scope,
    Twins,
    check_outputs,
    report_of,
)
from ui.cli.options import Articles, IndexFolder, Model, SettingsFile
from ui.cli.output import console, print_line, print_table, print_text

if TYPE_CHECKING:
    from rag.evaluation.calibrate import Fit
    from rag.evaluation.report import Figure, Report

NOT_REACHED = 1
_TABLE_ROWS = 12
# The plot: its rows, its most columns, and those of the scale on its left. Eleven rows are 5 or 10 % apart.
_HEIGHT, _WIDEST, _SCALE = 11, 60, 7


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
    asked = report_of(report, file, article, index, model, settings, scope, twins, questions_from, limit)
    fit = fit_to(asked.questions, precision)
    fitted = fit.settings(settings_from_dict(asked.about.settings, report or Path("of the evaluation")))
    _print_fit(asked, fit)
    if not fit.reached and not best:
        print_text(f"Nothing is written. Wish for less, or take the best there is: --precision {precision:g} --best")
        raise typer.Exit(NOT_REACHED)
    if out is None:
        print_text("Nothing is written; --out settings.json writes it.")
        return
    write_settings(fitted, out, _note(asked, fit))
    print_text(f"Written to {out}. Use it:")
    options = [("--article", path) for path in article or []] + [("--index", index), ("--model", model)]
    given = [("--settings", out), *((name, value) for name, value in options if value)]
    for line in _command([f"{name} {shlex.quote(str(value))}" for name, value in given]):
        print_line(line)
    if report:
        print_text("with the --article, --index and --model that the report was made with, where there were any")


def _print_fit(asked: Report, fit: Fit) -> None:
    """Print the curve as table and plot, the choice, and what it costs."""
    about, chosen = asked.about, fit.chosen
    answerable = sum(outcome.answerable for outcome in asked.questions)
    questions = counted(about.questions, "question")
    print_text(f"{questions} of {about.question_set}, {answerable} of them answerable; {about.model}")
    print_line("")
    # Evenly spread over what is answered, and the chosen one.
    rows = {row.threshold: row for row in (*fit.curve[:: max(1, len(fit.curve) // _TABLE_ROWS)], chosen)}
    print_table(
        ["", "threshold", "answered", "precision", "right", "refused"],
        [
            [
                "→" if threshold == fit.threshold else "",
                f"{threshold:.3f}",
                *map(_percent, (row.answered, row.precision, row.recall, row.refused)),
            ]
            for threshold, row in sorted(rows.items())
        ],
        indent=1,
    )
    print_text("answered: of all; precision: right among answered; right: of the answerable; refused: of the others")
    print_line("")
    print_line("precision")
    points = [(row.answered, row.precision) for row in fit.curve if row.precision is not None]
    for line in _plot(points, fit.wished, (chosen.answered, chosen.precision or 0.0), console().width):
        print_line(line)
    print_line("")
    if not fit.reached:
        print_text(f"No threshold has a precision of {fit.wished:.1%} on these questions. The best there is:")
    print_text(f"Answer from a confidence of {fit.threshold:g} on; {_percent(chosen.precision)} of these are right.")
    print_text("On questions not seen, cross-validated, and with the settings before:")
    print_table(
        ["", "now", "95 % interval", "before"],
        [
            ["precision", *_cells(fit.precision), _before(asked, "precision")],
            ["answered of the answerable", *_cells(fit.answered), _before(asked, "answered")],
            ["refused of the others", *_cells(fit.refused), _before(asked, "refused")],
            ["calibration error", f"{fit.error:.3f}", "", f"{fit.error_before:.3f}"],
        ],
        indent=2,
    )
    if fit.reached and fit.precision is not None and fit.precision.value < fit.wished:
        print_text(
            f"! The precision of {fit.wished:.1%} is reached on these questions only; on others it is not to be "
            "expected. More questions, or a higher --precision, help.",
            style="bold yellow",
        )


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


def _cells(figure: Figure | None) -> tuple[str, str]:
    return (f"{figure.value:.1%}", f"{figure.low:.1%} to {figure.high:.1%}") if figure else ("–", "")


def _before(asked: Report, measure: str) -> str:
    return _percent(asked.summary[measure].value) if measure in asked.summary else "–"


def _plot(points: Sequence[tuple[float, float]], wish: float, chosen: tuple[float, float], width: int) -> Iterator[str]:
    """Yield the lines of a plot of precision over what is answered.

    Args:
        points: (answered, precision), both 0 to 1.
        wish: the precision to draw a line at.
        chosen: the point to mark.
        width: of the terminal, in characters.
    """
    columns = min(_WIDEST, max(20, width - _SCALE))
    low = 0.5 if min(precision for _, precision in (*points, chosen)) >= 0.5 else 0.0
    line = [(column / (columns - 1), wish, "-") for column in range(0, columns, 2)] if wish >= low else []
    rows = [[" "] * columns for _ in range(_HEIGHT)]
    for answered, precision, mark in (*line, *((*point, "·") for point in points), (*chosen, "◆")):
        row = round((1 - precision) / (1 - low) * (_HEIGHT - 1))
        rows[row][round(answered * (columns - 1))] = mark
    for number, row_marks in enumerate(rows):
        yield f"{1 - number * (1 - low) / (_HEIGHT - 1):5.0%} │{''.join(row_marks).rstrip()}"
    yield f"      └{'─' * columns}"
    yield f"       0 %{'answered':^{columns - 8}}100 %"


def _note(asked: Report, fit: Fit) -> dict[str, object]:
    made_with = ("question_set", "sha256", "questions", "scope", "model", "date")
    found = fit.precision
    return {
        "made by": f"beleg calibrate, {asked.about.beleg}",
        **{name.replace("_", " "): getattr(asked.about, name) for name in made_with},
        "precision wished": fit.wished,
        "precision here": fit.chosen.precision,
        "precision cross-validated": found and {"value": found.value, "low": found.low, "high": found.high},
    }


def _command(arguments: list[str]) -> list[str]:
    """Return the lines of a command that can be pasted into a shell; one too wide goes on at each option."""
    parts = ["  beleg chat", *arguments]
    whole = " ".join(parts)
    return [whole] if len(whole) <= console().width else " \\\n    ".join(parts).splitlines()
