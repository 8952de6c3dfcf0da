"""The evaluation tab: Gradio's wiring between its buttons and an evaluation. It shows figures and computes none."""

# No `from __future__ import annotations`; see page.py.
import logging
import tempfile
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index import Article, BelegError
from index.errors import EvaluationStopped
from ui.texts import Texts
from ui.web.eval_run import Evaluation, Step, missing_libraries, read_questions, run
from ui.web.eval_view import (
    missing_html,
    progress_html,
    report_html,
    status_html,
    stopped_html,
    welcome_html,
    what_html,
)
from ui.web.failure_view import failure_html

if TYPE_CHECKING:
    import gradio as gr

    from rag import Assistant
    from rag.evaluation.outcome import Outcome
    from rag.evaluation.report import Report

# A click on a failure tells which one it is.
OPEN_FAILURE = """
element.addEventListener("click", (event) => {
    const button = event.target.closest("[data-failure]");
    if (button) trigger("select", { failure: Number(button.dataset.failure) });
});
"""

# Where a page may not write to the clipboard, as over plain HTTP, a click on the text selects it all.
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


def question_to_open(evaluation: Evaluation, event: Any, texts: Texts) -> "tuple[Outcome, Article] | None":
    """Return the question that a click on a failure means, and its article; None, and a note, where they are gone."""
    import gradio as gr

    place = (event._data or {}).get("failure")
    try:
        found = evaluation.outcome(place) if isinstance(place, int) else None
    except BelegError as error:
        gr.Warning(escape(str(error)))
        return None
    if found is None:
        gr.Warning(texts("evaluation.gone"))
    return found


def add_evaluation(
    app: "gr.Blocks", assistant: "Assistant", texts_of: Callable[..., Texts]
) -> tuple["gr.State", "gr.HTML"]:
    """Add the tab's parts and what they do to the app that is being built.

    Args:
        app: the Blocks around.
        assistant: answers the questions; where they are about other articles than its own, as it would.
        texts_of: gives the interface's texts for a request.

    Returns:
        The session's Evaluation, and the results, whose "select" event is for `question_to_open`.
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
        # The state too, so that Gradio lets it expire with its page.
        return (evaluation, welcome_html(t), missing_html(t), "", *buttons(t, running=False))

    def announce(evaluation: Evaluation, request: gr.Request) -> tuple[Any, ...]:
        t = texts_of(request)
        if evaluation.running is not None:
            return tuple([gr.skip()] * 6)
        evaluation.stopped = False
        return (status_html(t("evaluation.waiting")), "", *buttons(t, running=True))

    def stop(evaluation: Evaluation) -> None:
        evaluation.stopped = True

    def measure_bundled(evaluation: Evaluation, request: gr.Request) -> Iterator[tuple[Any, ...]]:
        yield from measure(None, evaluation, request)

    def measure(path: str | None, evaluation: Evaluation, request: gr.Request) -> Iterator[tuple[Any, ...]]:
        texts = t = texts_of(request)
        if evaluation.running is not None:
            yield tuple([gr.skip()] * 6)
            return
        mine = evaluation.running = object()
        unchanged = [gr.skip()] * 4
        last = Step(0, 0)
        status = results = ""
        saved: str | None = None
        try:
            yield (status_html(t("evaluation.reading")), "", *unchanged)
            questions = read_questions(Path(path) if path else None, assistant, t("evaluation.too_large"))
            evaluation.questions = evaluation.report = None
            what = what_html(questions, assistant, texts.language, t)
            yield (what + progress_html(Step(0, len(questions.questions)), texts, t), "", *unchanged)
            for step in run(evaluation, questions, assistant):
                if not isinstance(step, Step):
                    evaluation.questions, evaluation.report = questions, step
                    status, results, saved = what, report_html(step, texts), _save(evaluation, step, texts)
                else:
                    last = step
                    yield (what + progress_html(step, texts, t), gr.skip(), *unchanged)
        except EvaluationStopped:
            status = stopped_html(last, texts, t)
        except BelegError as error:
            status = failure_html(str(error))
        except Exception:
            logging.getLogger(__name__).exception("The evaluation failed.")
            status = failure_html(t("evaluation.failed"))
        finally:
            if evaluation.running is mine:
                evaluation.running = None
        yield (status, results, *buttons(t, running=False, saved=saved))
        # Gradio shows what was yielded last once more when the generator ends.
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
    # One at a time, whoever asks; the chat's questions have a queue of their own.
    alone = {"concurrency_limit": 1, "concurrency_id": "evaluation", **plain}
    controls = [bundled, upload, stop_button, download]
    shown = [status, results, *controls]
    app.load(greet, evaluation, [evaluation, welcome, missing, results, *controls], queue=False, **plain)
    bundled.click(announce, evaluation, shown, queue=False, **plain).then(measure_bundled, evaluation, shown, **alone)
    upload.upload(announce, evaluation, shown, queue=False, **plain).then(measure, [upload, evaluation], shown, **alone)
    stop_button.click(stop, evaluation, None, queue=False, **plain)
    return evaluation, results


def _save(evaluation: Evaluation, report: "Report", texts: Texts) -> str:
    from ui.report import write_report

    # Gradio copies it where it may be fetched from; this one goes with the session or its next evaluation.
    evaluation.folder = tempfile.TemporaryDirectory(prefix="beleg-")
    path = Path(evaluation.folder.name) / "beleg-report.html"
    write_report(report, path, texts.language)
    return str(path)
