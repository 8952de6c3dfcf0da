"""What `beleg eval` and `beleg calibrate` share: the options that say what to ask of what, and the asking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from index.errors import ReportError, counted
from ui.cli.output import complain

if TYPE_CHECKING:
    from rag.evaluation.report import Report

INTERRUPTED = 130

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
Limit = Annotated[int | None, typer.Option(min=1, help="Ask at most this many of the questions.")]


@dataclass(frozen=True, slots=True)
class EvaluationRequest:
    """Which questions are asked of what, as the command line has it; None and False where it says nothing."""

    file: Path | None
    articles: list[Path] | None
    index: Path | None
    model: str | None
    settings: Path | None
    scope: Literal["article", "collection"] | None
    twins: bool
    questions_from: Path | None
    limit: int | None
    trec: Path | None = None

    def __bool__(self) -> bool:
        """Whether the command line says anything of it."""
        return any(getattr(self, name) for name in self.__slots__)


def check_outputs(outputs: Sequence[Path | None], inputs: Sequence[Path | None]) -> None:
    """Raise ReportError where what is to be written is a folder, or would take the place of what is read."""
    read = {path.resolve() for path in inputs if path}
    for path in outputs:
        if path and path.is_dir():
            raise ReportError(f"{path} is a folder. Expected a file's name to write to.")
        if path and path.resolve() in read:
            raise ReportError(f"{path} is read by the same command. Expected another name to write to.")


def report_of(asked: EvaluationRequest, kept: Path | None) -> Report:
    """Return a kept report, or ask and measure, with a bar on a terminal.

    Raises:
        BadParameter: a kept report and what to ask, or an index and articles, are both given.
        BelegError: something cannot be read, or the questions do not fit.
        Exit: the user interrupted it.
    """
    from rag.evaluation.report import read_report

    if kept:
        if asked:
            raise typer.BadParameter("--from excludes a FILE and what is asked how: the report has all that.")
        return read_report(kept)
    return _evaluate(asked)


def _evaluate(asked: EvaluationRequest) -> Report:
    from index import read_article
    from rag import evaluation
    from rag.settings import read_settings
    from ui.cli.eval_progress import evaluation_bar
    from ui.cli.main import open_assistant

    if asked.articles and asked.index:
        raise typer.BadParameter("--article and --index exclude each other: an index has its articles in it.")
    settings = read_settings(asked.settings) if asked.settings else None
    # With an index its articles are what the questions are about; the folder is opened before they are read.
    assistant = open_assistant(None, asked.index, asked.model, asked.settings) if asked.index else None
    question_set = evaluation.read_question_set(
        asked.file,
        articles=[read_article(path) for path in asked.articles or []],
        at_hand=assistant.articles if assistant else (),
        twins=asked.twins,
        limit=asked.limit,
        questions_from=asked.questions_from,
    )
    for line in question_set.left_out:
        complain(f"{question_set.name}: {line}")
    with evaluation_bar() as bar:
        try:
            return evaluation.evaluate(
                question_set,
                assistant=assistant,
                settings=settings,
                model=asked.model,
                scope=asked.scope or ("collection" if question_set.grain == "articles" else "article"),
                progress=bar.asked,
                indexing=bar.indexed,
                trec=asked.trec,
            )
        except KeyboardInterrupt:
            bar.stop()
            of = counted(len(question_set.questions), "question")
            complain(f"stopped after {bar.done} of {of}; no report was written.")
            raise typer.Exit(INTERRUPTED) from None
