"""The evaluation tab: runs a session's evaluation in the background and shows its progress and its report."""

# No `from __future__ import annotations`; see page.py.
import logging
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from index import Article, BelegError
from index.errors import EvaluationStopped, QuestionSetError
from rag.evaluation.formats import read_question_set
from rag.evaluation.outcome import Outcome
from rag.evaluation.questions import QuestionSet
from rag.evaluation.report import Report
from ui.report import sections, write_report
from ui.report.numbers import Numbers
from ui.templates import render
from ui.texts import Texts
from ui.web.additions import without_folder
from ui.web.limits import Caller, QuestionLimit
from ui.web.tasks import Work
from ui.web.uploads import Uploads, sender_of

if TYPE_CHECKING:
    import gradio as gr

    from rag import Assistant

# The libraries of the extra `eval`.
LIBRARIES = ("ir_measures", "matplotlib", "scipy")
# An upload may be this large, in which SQuAD's development set fits. The chat may have other users, for whom no time is
# left while JSON is parsed, which can take 25 times its size of memory; and the shell measures larger sets.
MAX_MEGABYTES = 5

# A click on a failure sends its place in the report.
OPEN_FAILURE = """
element.addEventListener("click", (event) => {
    const button = event.target.closest("[data-failure]");
    if (button) trigger("select", { failure: Number(button.dataset.failure) });
});
"""

# A page may not write to the clipboard over plain HTTP. There the click selects the text.
COPY_EXAMPLE = """
element.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copied]");
    if (!button) return;
    const text = button.parentElement.querySelector("pre");
    getSelection().selectAllChildren(text);
    await navigator.clipboard?.writeText(text.textContent);
    if (navigator.clipboard) button.textContent = button.dataset.copied;
});
"""


@dataclass(slots=True)
class Evaluation:
    """A session's evaluation: the one that is running, and the questions and the report of the last one.

    Attributes:
        running: identifies the run that is going on; None while there is none.
        stopped: whether that run is to end.
        folder: holds the report's file, for as long as it can be downloaded.
    """

    running: object | None = None
    stopped: bool = False
    questions: QuestionSet | None = None
    report: Report | None = None
    folder: tempfile.TemporaryDirectory[str] | None = None

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
    """How far an evaluation is: the questions and turns done, all of them, and the score so far, by measure."""

    done: int
    total: int
    score: Mapping[str, float] = field(default_factory=dict)


def missing_libraries() -> list[str]:
    """Return the names of the libraries that evaluating needs and that are not installed."""
    return [name for name in LIBRARIES if find_spec(name) is None]


def read_questions(path: Path | None, assistant: "Assistant") -> QuestionSet:
    """Read an uploaded file of questions, or the bundled one.

    Args:
        path: the file; None for the bundled one, which is about the bundled article.
        assistant: a file in Beleg's own format may be about its articles.

    Raises:
        BelegError: the file is too large, malformed, or about other articles.
    """
    if path is None:
        return read_question_set(None)
    megabytes = path.stat().st_size / 1e6
    if megabytes > MAX_MEGABYTES:
        raise QuestionSetError(
            f"{path.name} has {megabytes:.0f} MB. Expected at most {MAX_MEGABYTES} MB; “beleg eval” runs larger sets.",
            "question-upload-too-large",
            name=path.name,
            found=round(megabytes),
            limit=MAX_MEGABYTES,
        )
    try:
        return read_question_set(path, at_hand=assistant.articles)
    except BelegError as error:
        raise without_folder(error, path) from error


def run(evaluation: Evaluation, questions: QuestionSet, assistant: "Assistant", work: Work) -> Iterator[Step | Report]:
    """Ask all questions; yield how far that is and, last, the report. Closing the iterator ends the evaluation.

    Raises:
        EvaluationStopped: `evaluation.stopped` was set.
        BelegError: the questions cannot be asked.
    """
    from rag.evaluation.run import evaluate

    def task(show: Callable[[Step], None], given_up: Callable[[], bool]) -> Report:
        return evaluate(
            questions,
            assistant=assistant,
            progress=lambda done, total, score: show(Step(done, total, dict(score))),
            stop=lambda: evaluation.stopped or given_up(),
        )

    yield (yield from work.watch(task, "evaluation"))


def question_to_open(evaluation: Evaluation, event: Any, texts: Texts) -> tuple[Outcome, Article] | None:
    """Return the question that a click on a failure means, and its article; warn and return None where it is gone."""
    import gradio as gr

    place = (event._data or {}).get("failure")
    try:
        found = evaluation.outcome(place) if isinstance(place, int) else None
    except BelegError as error:
        gr.Warning(escape(texts.error(error)))
        return None
    if found is None:
        gr.Warning(texts("evaluation.gone"))
    return found


def add_evaluation(
    app: "gr.Blocks",
    assistant: "Assistant",
    texts_of: Callable[..., Texts],
    limit: QuestionLimit,
    uploads: Uploads | None,
    work: Work,
) -> tuple["gr.State", "gr.HTML"]:
    """Add the tab's parts and their event handlers to the app that is being built.

    Args:
        app: the Blocks that the tab is in.
        assistant: answers the questions. Questions about other articles are asked with its encoder and settings.
        texts_of: returns the interface's texts for a request.
        limit: counts the evaluations.
        uploads: deletes the files that were read; None: nobody does.
        work: the server's, which evaluations are a part of.

    Returns:
        The session's Evaluation, and the results. Their "select" event goes to `question_to_open`.
    """
    import gradio as gr

    def buttons(t: Texts, running: bool, saved: str | None = None) -> tuple[Any, ...]:
        ready = not missing_libraries()
        return (
            gr.Button(t("evaluation.run_bundled"), interactive=not running, visible=ready),
            gr.UploadButton(t("evaluation.upload"), interactive=not running, visible=ready),
            gr.Button(t("evaluation.stop"), visible=running),
            gr.DownloadButton(t("evaluation.save"), value=saved, visible=saved is not None),
        )

    def greet(evaluation: Evaluation, request: gr.Request) -> tuple[Any, ...]:
        t = texts_of(request)
        welcome = render("web/evaluation_welcome.html", t)
        # Gradio lets a state expire with its page only where it was an output once.
        return (evaluation, welcome, missing_html(t), "", *buttons(t, running=False))

    def announce(evaluation: Evaluation, request: gr.Request) -> tuple[Any, ...]:
        t = texts_of(request)
        if evaluation.running is not None:
            return tuple([gr.skip()] * 6)
        evaluation.stopped = False
        return (status_html("evaluation.waiting", t), "", *buttons(t, running=True))

    def status_html(name: str, t: Texts) -> Markup:
        return render("web/status.html", t, line=t(name))

    def stop(evaluation: Evaluation) -> None:
        evaluation.stopped = True

    def measure_bundled(evaluation: Evaluation, request: gr.Request) -> Iterator[tuple[Any, ...]]:
        yield from measure(None, evaluation, request)

    def measure(path: str | None, evaluation: Evaluation, request: gr.Request) -> Iterator[tuple[Any, ...]]:
        t = texts_of(request)
        if evaluation.running is not None:
            yield tuple([gr.skip()] * 6)
            return
        mine = evaluation.running = object()
        unchanged = [gr.skip()] * 4
        last = Step(0, 0)
        status = results = Markup()
        saved: str | None = None
        # The index may be written anew meanwhile.
        now = assistant.snapshot()
        try:
            limit.admit_evaluation(Caller.of_event(request))
            yield (status_html("evaluation.reading", t), "", *unchanged)
            try:
                questions = read_questions(Path(path) if path else None, now)
            finally:
                if uploads and path:
                    uploads.read([path], sender_of(request))
            evaluation.questions = evaluation.report = None
            what = questions_html(questions, now, t)
            yield (what + progress_html(Step(0, questions.asked), t), "", *unchanged)
            for step in run(evaluation, questions, now, work):
                if not isinstance(step, Step):
                    evaluation.questions, evaluation.report = questions, step
                    status, results, saved = what, report_html(step, t), _save(evaluation, step, t)
                else:
                    last = step
                    yield (what + progress_html(step, t), gr.skip(), *unchanged)
        except EvaluationStopped:
            status = progress_html(last, t, stopped=True)
        except BelegError as error:
            status = render("web/failure.html", t, messages=[t.error(error)])
        except Exception:
            logging.getLogger(__name__).exception("The evaluation failed.")
            status = render("web/failure.html", t, messages=[t("evaluation.failed")])
        finally:
            if evaluation.running is mine:
                evaluation.running = None
        yield (status, results, *buttons(t, running=False, saved=saved))
        # When the generator ends, Gradio shows its last values once more: show nothing new instead.
        yield tuple([gr.skip()] * 6)

    evaluation = gr.State(Evaluation())
    with gr.Column(elem_id="evaluation", min_width=0):
        welcome = gr.HTML(elem_id="evaluation-welcome", apply_default_css=False, js_on_load=COPY_EXAMPLE)
        missing = gr.HTML(apply_default_css=False)
        with gr.Row(elem_id="evaluation-buttons"):
            bundled = gr.Button("", elem_id="run-bundled", variant="primary", visible=False)
            upload = gr.UploadButton("", elem_id="run-upload", visible=False)
            stop_button = gr.Button("", elem_id="stop", visible=False)
            download = gr.DownloadButton("", elem_id="save-report", visible=False)
        status = gr.HTML(elem_id="evaluation-status", apply_default_css=False)
        results = gr.HTML(elem_id="evaluation-results", apply_default_css=False, js_on_load=OPEN_FAILURE)

    plain: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    # One evaluation at a time for all users. The chat's questions have another queue.
    alone = {"concurrency_limit": 1, "concurrency_id": "evaluation", **plain}
    controls = [bundled, upload, stop_button, download]
    shown = [status, results, *controls]
    app.load(greet, evaluation, [evaluation, welcome, missing, results, *controls], queue=False, **plain)
    bundled.click(announce, evaluation, shown, queue=False, **plain).then(measure_bundled, evaluation, shown, **alone)
    upload.upload(announce, evaluation, shown, queue=False, **plain).then(measure, [upload, evaluation], shown, **alone)
    stop_button.click(stop, evaluation, None, queue=False, **plain)
    return evaluation, results


def _save(evaluation: Evaluation, report: Report, texts: Texts) -> str:
    # Gradio serves a copy. This file is deleted with the session or at its next evaluation, and with Gradio's folder.
    evaluation.folder = tempfile.TemporaryDirectory(prefix="beleg-", dir=os.environ.get("GRADIO_TEMP_DIR"))
    path = Path(evaluation.folder.name) / "beleg-report.html"
    write_report(report, path, texts.language)
    return str(path)


def missing_html(texts: Texts) -> Markup:
    """Return what is to be installed before anything can be measured; "" where everything is."""
    names = missing_libraries()
    return render("web/evaluation_missing.html", texts, names=", ".join(names)) if names else Markup()


def questions_html(asked: QuestionSet, assistant: "Assistant", texts: Texts) -> Markup:
    """Return what is measured, whether that is another article than the chat's, and what of the file is left out."""
    title, elsewhere = "", False
    if len(asked.article_ids) == 1:
        article = asked.article(asked.article_ids[0])
        title, elsewhere = article.title, article.id not in {own.id for own in assistant.articles}
    return render("web/evaluation_questions.html", texts, asked=asked, title=title, elsewhere=elsewhere)


def progress_html(step: Step, texts: Texts, *, stopped: bool = False) -> Markup:
    """Return how far an evaluation is, or was when it was stopped, and the score so far."""
    numbers = Numbers(texts)
    scores = [(numbers.name(one), numbers.figure(one, value, digits=0)) for one, value in step.score.items()]
    return render("web/evaluation_progress.html", texts, step=step, scores=scores, stopped=stopped)


def report_html(report: Report, texts: Texts) -> Markup:
    """Return the whole report; each failure has a button that opens it in the chat."""
    return Markup('<div class="report">{}</div>').format(sections(report, texts, can_open=True))
