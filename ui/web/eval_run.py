"""Runs an evaluation in a thread of its own, step by step, beside the page that watches it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from index import Article, BelegError
from rag.evaluation.formats import read_question_set
from rag.evaluation.outcome import Outcome
from rag.evaluation.questions import QuestionSet
from rag.evaluation.report import Report
from ui.web.in_thread import Done, watched

if TYPE_CHECKING:
    from rag import Assistant

# What the extra `eval` brings.
LIBRARIES = ("ir_measures", "matplotlib", "scipy")
# A chat may be open to others; larger sets are for the shell.
MAX_MEGABYTES = 20


@dataclass(slots=True)
class Evaluation:
    """One session's evaluation: the last questions that were asked and what became of them.

    Attributes:
        running: a mark of its own for the run that is going on.
        stopped: whether that is to end.
        folder: where the report is kept as a file, while it may be saved.
    """

    running: object | None = None
    stopped: bool = False
    questions: QuestionSet | None = None
    report: Report | None = None
    folder: TemporaryDirectory[str] | None = None

    def outcome(self, place: int) -> tuple[Outcome, Article] | None:
        """Return the question of that place in the report, and its article; None where there is none."""
        if self.report is None or self.questions is None or not 0 <= place < len(self.report.questions):
            return None
        outcome = self.report.questions[place]
        asked = next((question for question in self.questions.questions if question.id == outcome.id), None)
        if asked is None:
            return None
        wanted = asked.article_id or (asked.evidence[0].article_id if asked.evidence else "")
        return (outcome, self.questions.article(wanted)) if wanted else None


@dataclass(frozen=True, slots=True)
class Step:
    """How far an evaluation is: questions done, all of them, and the score so far, by measure."""

    done: int
    total: int
    score: Mapping[str, float] = field(default_factory=dict)


def missing_libraries() -> list[str]:
    """Return the names of the libraries that evaluating needs and that are not installed."""
    return [name for name in LIBRARIES if find_spec(name) is None]


def read_questions(path: Path | None, assistant: Assistant, too_large: str) -> QuestionSet:
    """Read an uploaded file of questions, or the bundled one.

    Args:
        path: the file; None for the bundled one, which is about the bundled article.
        assistant: its articles are those that a file in Beleg's own format may be about.
        too_large: what to say of a file that is, with {name}, {found} and {limit}.

    Raises:
        BelegError: the file is too large, malformed, or about other articles.
    """
    if path is None:
        return read_question_set(None)
    megabytes = path.stat().st_size / 1e6
    if megabytes > MAX_MEGABYTES:
        raise BelegError(too_large.format(name=path.name, found=round(megabytes), limit=MAX_MEGABYTES))
    try:
        return read_question_set(path, at_hand=assistant.articles)
    except BelegError as error:
        # Where the server keeps the file is nobody's business.
        raise type(error)(str(error).replace(str(path), path.name)) from error


def run(evaluation: Evaluation, questions: QuestionSet, assistant: Assistant) -> Iterator[Step | Report]:
    """Ask all questions, yielding how far that is and, last, the report.

    Steps that nobody waited for are left out. Whoever stops asking for the next one ends the evaluation.

    Raises:
        EvaluationStopped: `evaluation.stopped` was set.
        BelegError: the questions cannot be asked.
    """
    from rag.evaluation.run import evaluate

    def work(show: Callable[[Step], None], given_up: Callable[[], bool]) -> Report:
        return evaluate(
            questions,
            assistant=assistant,
            progress=lambda done, total, score: show(Step(done, total, dict(score))),
            stop=lambda: evaluation.stopped or given_up(),
        )

    for step in watched(work, "evaluation"):
        yield step.result if isinstance(step, Done) else step
