"""`beleg eval`, and what `beleg calibrate` shares with it: the options that name questions, and asking these."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from index.documents.files import is_url
from index.errors import ReportError, counted
from ui.cli.options import (
    Articles,
    IndexFolder,
    LLMKey,
    LLMModel,
    Model,
    SettingsFile,
    open_assistant,
    with_llm,
)
from ui.cli.output import ProgressBar, complain

if TYPE_CHECKING:
    from rag.evaluation.questions import Part, QuestionSet
    from rag.evaluation.report import Report

MISSED = 1
# The share of dialogues' turns, which --fail-under takes beside the measures of single questions.
HANDLED = "handled"
INTERRUPTED = 130
# A wrong measure's name is that much like the one that is suggested, of 1.
_ALIKE = 0.6

QuestionFile = Annotated[
    Path | None,
    typer.Argument(
        help="Questions: Beleg's JSON, SQuAD or XQuAD-R JSON, a BEIR folder, a chat's feedback. Default: bundled."
    ),
]
Scope = Annotated[
    Literal["article", "collection"] | None,
    typer.Option(help="Ask each question of its article, or of all together. Default: as the file has it."),
]
Twins = Annotated[
    bool, typer.Option("--twins", help="SQuAD: ask each question again, of its article without the answer.")
]
QuestionsFrom = Annotated[
    Path | None, typer.Option(help="SQuAD: a second file; ask its questions, by id, in place of FILE's.")
]
Limit = Annotated[int | None, typer.Option(min=1, help="Ask at most this many of the questions, and of the dialogues.")]


def evaluate(
    file: QuestionFile = None,
    article: Articles = None,
    index: IndexFolder = None,
    model: Model = None,
    settings: SettingsFile = None,
    llm: Annotated[
        str | None,
        typer.Option("--llm", metavar="URL", help="An LLM's server, as for 'beleg ask': its prose is measured too."),
    ] = None,
    llm_model: LLMModel = None,
    llm_key_variable: LLMKey = None,
    scope: Scope = None,
    twins: Twins = False,
    questions_from: QuestionsFrom = None,
    limit: Limit = None,
    only: Annotated[
        Literal["questions", "dialogues"] | None, typer.Option(help="Ask only these of the file. Default: both.")
    ] = None,
    part: Annotated[
        Literal["building", "measuring"] | None, typer.Option(help="Ask only the dialogues of this half.")
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(metavar="KIND", help="Judge only turns of this kind, in their dialogues; repeat for more."),
    ] = None,
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
    failures: Annotated[
        bool, typer.Option("--failures", "-f", help="List every question and turn that went wrong.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Every measure, and every failure.")] = False,
) -> None:
    """Measure retrieval, citations, answers and abstention on questions with known answers, and whole dialogues.

    Every figure has its 95 % interval. Of dialogues it says which share of turns was handled as it should be, by kind.
    Turns of the part "measuring" are listed with --part measuring only. Exit status 1: a measure is worse than
    --fail-under.
    """
    bounds = [read_bound(text) for text in fail_under or []]
    from rag.evaluation.compare import compare as compare_reports
    from rag.evaluation.report import TrecError, read_report, save_report
    from ui.cli.dialogues import print_changed_turns, print_turns
    from ui.cli.report import print_comparison, print_report

    # All checks come before the questions, which may take minutes.
    check_outputs((json_out, html_out), (file, *(article or []), settings, questions_from, report, compare))
    earlier = read_report(compare) if compare else None
    chosen = Chosen(only, part, tuple(kind or ()))
    unwritten: TrecError | None = None
    try:
        found = report_of(
            report,
            file,
            article,
            index,
            model,
            settings,
            scope,
            twins,
            questions_from,
            limit,
            trec,
            chosen,
            (llm, llm_model, llm_key_variable),
        )
    except TrecError as error:
        found, unwritten = error.report, error
    # The figures are printed where the file cannot be written, and written before the printing or comparing can fail.
    try:
        if json_out:
            save_report(found, json_out)
    finally:
        print_report(found, verbose=verbose, failures=failures or verbose)
        print_turns(found, listed=failures or verbose)
    comparison = compare_reports(earlier, found) if earlier else None
    if comparison:
        print_comparison(comparison, verbose=verbose, names=(str(compare), str(report or json_out or "")))
        print_changed_turns(comparison, verbose=verbose)
    if html_out:
        from ui.report.page import write_report

        write_report(found, html_out, language, comparison)
    missed = [line for name, bound in bounds if (line := miss(found, name, bound))]
    for line in missed:
        complain(line)
    if unwritten:
        raise unwritten
    if missed:
        raise typer.Exit(MISSED)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What of a file is asked.

    Attributes:
        only: "questions" or "dialogues"; None for both.
        part: of the dialogues; None for both.
        kinds: of turns that are judged; empty for all.
    """

    only: Literal["questions", "dialogues"] | None = None
    part: Part | None = None
    kinds: tuple[str, ...] = ()

    def of(self, question_set: QuestionSet) -> QuestionSet:
        """Return what is chosen of a set.

        Raises:
            BadParameter: dialogues are chosen and left out.
            QuestionSetError: the set has nothing of the kind.
        """
        if self._leaves_out_dialogues:
            return replace(question_set, dialogues=())
        return question_set if self == Chosen() else question_set.only_dialogues(self.part, self.kinds)

    def of_report(self, report: Report) -> Report:
        """Return what is chosen of a report. Raises BadParameter as above, or where it has no such turn."""
        from rag.evaluation.dialogues import of_turns, without_turns

        if self._leaves_out_dialogues:
            return without_turns(report)
        if self == Chosen():
            return report
        chosen = of_turns(report, self.part, self.kinds)
        if not chosen.turns:
            known = ", ".join(sorted({f"{turn.kind} ({turn.part})" for turn in report.turns}))
            raise typer.BadParameter(
                f"the report has no turn that is chosen. Expected one of {known or 'a report with dialogues'}."
            )
        return chosen

    @property
    def _leaves_out_dialogues(self) -> bool:
        if self.only == "questions" and (self.part or self.kinds):
            raise typer.BadParameter("--part and --kind choose dialogues, which --only questions leaves out.")
        return self.only == "questions"


def check_outputs(outputs: Sequence[Path | None], inputs: Sequence[str | Path | None]) -> None:
    """Check that no output is a folder or one of the inputs.

    Raises:
        ReportError: one is.
    """
    read = {Path(name).resolve() for name in inputs if name and not is_url(name)}
    for path in outputs:
        if path and path.is_dir():
            raise ReportError(f"{path} is a folder. Expected a file's name to write to.", "output-is-folder", path=path)
        if path and path.resolve() in read:
            raise ReportError(
                f"{path} is read by the same command. Expected another name to write to.", "output-is-input", path=path
            )


def report_of(
    kept: Path | None,
    file: Path | None,
    articles: list[str] | None,
    index: Path | None,
    model: str | None,
    settings_file: Path | None,
    scope: Literal["article", "collection"] | None,
    twins: bool,
    questions_from: Path | None,
    limit: int | None,
    trec: Path | None = None,
    chosen: Chosen | None = None,
    llm: tuple[str | None, str | None, str | None] = (None, None, None),
) -> Report:
    """Read a kept report; without one, ask and measure what the options say, with a bar on a terminal.

    Args:
        chosen: what of the file; None for its single questions.
        llm: the values of its three options.

    Raises:
        BadParameter: a kept report and what to ask, or an index and articles, are both given.
        BelegError: something cannot be read, or the questions do not fit.
        Exit: the user interrupted it.
    """
    from index import read_article
    from rag import evaluation
    from rag.settings import Settings, read_settings

    if kept:
        if any((file, articles, index, model, settings_file, scope, twins, questions_from, limit, trec, llm[0])):
            raise typer.BadParameter("--from excludes a FILE and what is asked how: the report has all that.")
        report = evaluation.read_report(kept)
        return chosen.of_report(report) if chosen else report
    settings = read_settings(settings_file) if settings_file else None
    # Asked for by name only: what is measured must not depend on a variable that is set for the chat.
    if llm[0]:
        settings = with_llm(settings or Settings(), *llm)
    # The questions are about an index's own articles; without an index, one is made of theirs.
    assistant = (
        open_assistant(articles, index, model, settings_file, llm=llm if llm[0] else (None, None, None))
        if index
        else None
    )
    with ProgressBar() as reading:
        read = [read_article(name, reading) for name in articles or []]
    question_set = evaluation.read_question_set(
        file,
        articles=read,
        at_hand=assistant.articles if assistant else (),
        twins=twins,
        limit=limit,
        questions_from=questions_from,
    )
    question_set = (chosen or Chosen("questions")).of(question_set)
    for line in question_set.left_out:
        complain(f"{question_set.name}: {line}")
    answered = 0

    def show(done: int, total: int, score: Mapping[str, float]) -> None:
        nonlocal answered
        answered = done
        bar("asking", done, total, "  ".join([f"{done}/{total}", *(f"{name} {n:.3f}" for name, n in score.items())]))

    try:
        with ProgressBar() as bar:
            return evaluation.evaluate(
                question_set,
                assistant=assistant,
                settings=settings,
                model=model,
                scope=scope or ("collection" if question_set.grain == "articles" else "article"),
                progress=show,
                indexing=bar,
                trec=trec,
            )
    except KeyboardInterrupt:
        complain(f"stopped after {answered} of {counted(question_set.asked, 'question')}; "
                 "no report was written.")  # fmt: skip
        raise typer.Exit(INTERRUPTED) from None


def read_bound(text: str) -> tuple[str, float]:
    """Read a measure's name and its bound from NAME=VALUE.

    Raises:
        BadParameter: there is no such measure, or it can never have that value.
    """
    from rag.evaluation.measures import ARTICLES, NAMES, PASSAGES
    from ui.report.numbers import DECIMALS

    name, _, value = (part.strip() for part in text.rpartition("="))
    by_folded = {" ".join(known.casefold().split()): known for known in (*NAMES, HANDLED)}
    folded = " ".join((name or text).casefold().split())
    if not name or folded not in by_folded:
        fault = f"{name!r} is no measure" if name else f"{text!r} is no NAME=VALUE"
        likeness = {key: SequenceMatcher(None, folded, key).ratio() for key in by_folded}
        near = max(likeness, key=likeness.__getitem__)
        perhaps = f" (perhaps {by_folded[near]}{'' if name else '=0.9'})" if likeness[near] >= _ALIKE else ""
        plain = ", ".join(known for known in (*NAMES, HANDLED) if known not in PASSAGES + ARTICLES)
        raise _wrong(
            f"{fault}{perhaps}. Expected NAME=VALUE with one of: {plain}; those up to AP also of passages and "
            f'articles, as "{PASSAGES[0]}", "{ARTICLES[0]}".'
        )
    name = by_folded[folded]
    try:
        bound = float(value)
    except ValueError:
        bound = math.nan
    if not math.isfinite(bound):
        raise _wrong(f"{value!r} is no number. Expected, for example, {name}=0.9.")
    if bound < 0 or (bound > 1 and name not in DECIMALS):
        between = "is never below 0" if name in DECIMALS else "lies between 0 and 1"
        example = f"{bound / 100:g}" if 1 < bound <= 100 else "0.9"
        raise _wrong(f"{name}={value} is never so: {name} {between}. Expected, for example, {name}={example}.")
    return name, bound


def _wrong(message: str) -> typer.BadParameter:
    return typer.BadParameter(message, param_hint="--fail-under")


def miss(report: Report, name: str, bound: float) -> str:
    """Return what to say where a measure is worse than its bound, or was not measured; else ""."""
    from rag.evaluation.measures import LOWER_IS_BETTER

    figure = report.handled.get("all", {}).get("turns") if name == HANDLED else report.summary.get(name)
    if figure is None:
        return f"{name} was not measured: these questions have nothing to measure it by. Expected {bound:g}."
    lower = name in LOWER_IS_BETTER
    if figure.value <= bound if lower else figure.value >= bound:
        return ""
    # As many digits as tell the two apart: 0.9496 is below 0.95.
    digits = next((d for d in (3, 4, 6) if round(figure.value, d) != round(bound, d)), 9)
    return f"{name} is {figure.value:.{digits}f}, {'above' if lower else 'below'} {bound:g}."
