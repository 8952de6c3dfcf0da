"""The page of the web chat: Gradio's wiring between the browser and `Chat`."""

# No `from __future__ import annotations`: Gradio finds a handler's `gr.Request` by its annotation, which as a string
# could not be resolved, because gradio is imported inside functions only.
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from index import bundled_article
from index.errors import BelegError, FeedbackError, LimitError
from rag.feedback import FeedbackFile
from ui.export import export_html, export_of
from ui.export.data import MAX_BYTES, ExportedPage
from ui.export.markdown import conversation_markdown
from ui.templates import isolated, render
from ui.texts import TEXTS, Language, Texts, texts_for
from ui.web.api import Endpoints, add_endpoints
from ui.web.auth import log_out_html
from ui.web.chat import Chat
from ui.web.history import Opened
from ui.web.library_tab import SharedLibrary, add_library, filter_line
from ui.web.limits import Caller, QuestionLimit, refused
from ui.web.pages import Pages, exported_pages
from ui.web.reading_pane import ReadingPane, add_reading_pane, scope_choice
from ui.web.session import Conversation, notes_of, rate
from ui.web.tasks import Work
from ui.web.uploads import Uploads

if TYPE_CHECKING:
    import gradio as gr

    from rag import Assistant

# Questions answered at the same time; each by itself keeps every core busy.
CONCURRENT_QUESTIONS = 2
# Saved reports, in seconds: how often to look for old ones, and how old.
KEEP_FILES = (3600, 24 * 3600)
# Options of every handler.
PLAIN: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
# The browser makes the file, so that no copy of it stays on the server.
SAVE = """
(file) => {
    document.dispatchEvent(new CustomEvent("beleg-save", { detail: file }));
    return "";
}
"""


def build_app(
    assistant: "Assistant",
    examples: Mapping[Language, Sequence[str]] | None = None,
    limit: QuestionLimit | None = None,
    feedback: FeedbackFile | None = None,
    uploads: Uploads | None = None,
    work: Work | None = None,
    pages: Pages | None = None,
    library: SharedLibrary | None = None,
) -> "gr.Blocks":
    """Return the page as Gradio Blocks, not yet served.

    Args:
        assistant: answers the questions, about the articles it has.
        examples: questions to offer at the beginning, by interface language; None offers those that fit the bundled
            article, where that is the one article, and else none.
        limit: counts the questions and ratings; None: anyone may send as many as they like.
        feedback: keeps the users' ratings of answers; None shows no thumbs.
        uploads: deletes the uploads that were read; None: Gradio does, in time.
        work: all that is computed for the server that serves it; None: it never ends.
        pages: draws the pages of PDFs; None: their text alone is shown.
        library: what users may change for good; None shows no library.
    """
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    import gradio as gr

    from ui.web.evaluation_tab import add_evaluation, question_to_open

    if examples is None:
        bundled = [one.id for one in assistant.articles] == [bundled_article().id]
        examples = {language: texts.section("examples")["bundled"] for language, texts in TEXTS.items() if bundled}
    work, limit = work or Work(), limit or QuestionLimit()
    chat = Chat(assistant, examples, rated=feedback is not None, work=work)

    def texts_of(request: gr.Request) -> Texts:
        return texts_for(request.headers.get("accept-language", ""))

    def greet(conversation: Conversation, request: gr.Request) -> tuple[Any, ...]:
        texts = texts_of(request)
        log_out = Markup(log_out_html(request.username, texts))  # noqa: S704 - HTML already
        return (
            # Gradio lets a state expire with its page only after the state was an output once.
            conversation,
            gr.Tab(texts("chat.chat_tab")),
            gr.Tab(texts("chat.evaluation_tab")),
            render("web/masthead.html", texts, log_out=log_out),
            chat.log_html(conversation, texts),
            gr.Textbox(
                placeholder=texts("chat.placeholder_several" if len(assistant.articles) > 1 else "chat.placeholder"),
                label=texts("chat.question"),
                submit_btn=texts("chat.ask"),
            ),
            render("web/history_button.html", texts, user=request.username),
            gr.Button(texts("chat.clear")),
            *pane.of(conversation, texts),
            *shelf.of(conversation, request, texts),
        )

    def answer(
        typed: str, conversation: Conversation, request: gr.Request, event: gr.EventData
    ) -> Iterator[tuple[Any, ...]]:
        texts = texts_of(request)
        # The box sends no data of its own; a button, such as an example, sends its question.
        sent = event._data or {}
        question, alone = str(sent.get("question", typed)), sent.get("alone") is True
        # A question that comes while a kept conversation's questions are asked again waits for them.
        while conversation.keeping.replays:
            time.sleep(0.05)
        if conversation.asking is not None:
            yield gr.skip(), gr.skip()
            return
        if not question.strip():
            yield gr.skip(), chat.log_html(conversation, texts, notice=texts("chat.empty_question"))
            return
        if refusal := refused(limit, request, texts):
            yield gr.skip(), chat.log_html(conversation, texts, notice=refusal)
            return
        box = "" if question == typed else gr.skip()
        for html in chat.ask(conversation, question, texts, alone=alone):
            yield box, html
            box = gr.skip()
        # Gradio shows the last output again when the generator ends.
        yield gr.skip(), gr.skip()

    def clear(conversation: Conversation, request: gr.Request) -> tuple[Any, ...]:
        was_guest = conversation.guest is not None
        conversation.clear()
        texts = texts_of(request)
        view = pane.of(conversation, texts) if was_guest else [gr.skip()] * len(pane.parts)
        return "", chat.log_html(conversation, texts), *view

    def stop(conversation: Conversation, request: gr.Request) -> str:
        return chat.stop(conversation, texts_of(request))

    def open_question(
        evaluation: Any, conversation: Conversation, request: gr.Request, event: gr.EventData
    ) -> Iterator[tuple[Any, ...]]:
        texts = texts_of(request)
        unchanged = [gr.skip()] * len(pane.parts)
        if found := question_to_open(evaluation, event, texts):
            outcome, article = found
            tab: Any = gr.Tabs(selected="chat")
            if refusal := refused(limit, request, texts, questions=len(outcome.earlier) + 1):
                yield tab, chat.log_html(conversation, texts, notice=refusal), *unchanged
            else:
                shown = None
                for html in chat.open(conversation, outcome, article, texts):
                    view: Sequence[Any] = unchanged
                    if shown is not conversation.shown:
                        shown = conversation.shown
                        view = pane.of(conversation, texts)
                    yield tab, html, *view
                    tab = gr.skip()
        yield gr.skip(), gr.skip(), *unchanged

    app = gr.Blocks(title="Beleg", analytics_enabled=False, fill_width=True, delete_cache=KEEP_FILES)
    with app:
        conversation = gr.State(Conversation())
        with gr.Tabs(selected="chat", elem_id="tabs") as tabs:
            with gr.Tab("Beleg", id="chat") as chat_tab, gr.Row(elem_id="beleg"):
                with gr.Column(elem_id="chat", min_width=0):
                    with gr.Row(elem_id="head"):
                        head = gr.HTML(elem_id="name", apply_default_css=False)
                        history = gr.HTML(
                            elem_id="kept", apply_default_css=False, js_on_load=_forward("apply", "download")
                        )
                        clear_button = gr.Button("", elem_id="clear", size="sm")
                    log = gr.HTML(
                        elem_id="conversation",
                        apply_default_css=False,
                        js_on_load=_forward("submit", "select", "stop", "like"),
                    )
                    scope = scope_choice()
                    only = filter_line()
                    box = gr.Textbox(
                        elem_id="box", show_label=False, container=False, max_lines=6, submit_btn=True, autofocus=True
                    )
                    if feedback is not None:
                        _add_rating(log, conversation, feedback, limit, texts_of)
                with gr.Column(elem_id="reading", min_width=0):
                    pane = add_reading_pane(
                        app,
                        chat,
                        conversation,
                        log,
                        scope,
                        texts_of,
                        limit,
                        uploads,
                        pages.originals if pages else None,
                    )
            with gr.Tab("…", id="evaluation") as evaluation_tab:
                evaluation, results = add_evaluation(app, assistant, texts_of, limit, uploads, work)
            shelf = add_library(app, chat, library, conversation, only, scope, pane, tabs, texts_of, limit)

        greeted = [
            conversation,
            chat_tab,
            evaluation_tab,
            head,
            log,
            box,
            history,
            clear_button,
            *pane.parts,
            *shelf.parts,
        ]
        app.load(greet, conversation, greeted, queue=False, **PLAIN)
        # "once" would hold back the next question until one that was cleared away is done.
        queued: dict[str, Any] = {"concurrency_limit": CONCURRENT_QUESTIONS, "concurrency_id": "questions"}
        asking = queued | {"trigger_mode": "multiple"}
        gr.on([box.submit, log.submit], answer, [box, conversation], [box, log], **asking, **PLAIN)
        _wire_history(history, chat, texts_of, conversation, log, pane, limit, asking, pages)
        add_endpoints(Endpoints(assistant, work), limit, queued)
        results.select(open_question, [evaluation, conversation], [tabs, log, *pane.parts], **asking, **PLAIN)
        clear_button.click(clear, conversation, [box, log, *pane.parts], queue=False, **PLAIN)
        log.stop(stop, conversation, log, queue=False, **PLAIN)
    return app


def _wire_history(
    history: "gr.HTML",
    chat: Chat,
    texts_of: Callable[..., Texts],
    conversation: "gr.State",
    log: "gr.HTML",
    pane: ReadingPane,
    limit: QuestionLimit,
    asking: dict[str, Any],
    pages: Pages | None,
) -> None:
    """Connect the menu of kept conversations with the chat.

    The script draws the menu (`static/history.js`). It sends "apply" to open a conversation and "download" to export
    the open one.
    """
    import gradio as gr

    def open_kept(now: Conversation, request: gr.Request, event: gr.EventData) -> Iterator[tuple[Any, ...]]:
        texts, opened = texts_of(request), Opened.read(event._data)
        unchanged = [gr.skip()] * len(pane.parts)
        refusal = refused(limit, request, texts, len(opened.questions)) if opened else ""
        if refusal:
            yield chat.log_html(now, texts, notice=refusal), *unchanged
        elif opened:
            for html in chat.replay(now, opened, texts):
                yield html, *unchanged
            # The last question may have chosen another article and scope.
            yield gr.skip(), *pane.of(now, texts)
        yield gr.skip(), *unchanged

    def export(now: Conversation, request: gr.Request, event: gr.EventData) -> tuple[Any, Any]:
        texts, sent = texts_of(request), event._data or {}
        name, wanted = str(sent.get("name", "")), sent.get("as")
        date = datetime.now(UTC).isoformat(timespec="seconds")
        articles, made_by = chat.catalogue.quoted(now.shown), chat.assistant_of(now)
        shown = date[:16].replace("T", " ")
        if wanted == "markdown":
            return conversation_markdown(now.turns, articles, texts, name=name, date=shown), gr.skip()
        pictures: list[ExportedPage] = []
        missing: list[BelegError] = []
        try:
            if wanted == "pages" and pages is not None:
                pictures, missing = exported_pages(pages, now.turns, articles, now.shown.originals)
            page = export_html(
                export_of(now.turns, articles, made_by, name=name, language=texts.language, date=date, pages=pictures)
            )
        except KeyError:
            return "", chat.log_html(now, texts, notice=texts("chat.kept_gone"))
        if len(page.encode()) > MAX_BYTES:
            too_large = texts("chat.kept_too_large", limit=MAX_BYTES // 1_000_000)
            return "", chat.log_html(now, texts, notice=too_large)
        reason = " ".join(map(texts.error, missing))
        notice = texts("chat.kept_without_pages", reason=reason) if missing else ""
        return page, chat.log_html(now, texts, notice=notice) if notice else gr.skip()

    file = gr.Textbox(visible=False)
    history.apply(open_kept, conversation, [log, *pane.parts], **asking, **PLAIN)
    history.download(export, conversation, [file, log], **PLAIN).then(None, file, file, js=SAVE).then(
        lambda: "", None, file, queue=False, **PLAIN
    )


def _add_rating(
    log: "gr.HTML", state: "gr.State", feedback: FeedbackFile, limit: QuestionLimit, texts_of: Callable[..., Texts]
) -> None:
    """Add to the Blocks being built the handler of the thumbs, and the part that tells the page what was saved."""
    import gradio as gr

    saved = gr.HTML(elem_id="saved", apply_default_css=False)

    def rated(conversation: Conversation, request: gr.Request, event: gr.EventData) -> Any:
        texts, data = texts_of(request), event._data or {}
        said, refusal = texts("chat.saved"), ""
        try:
            notes = rate(conversation, feedback, data, limit, Caller.of_event(request))
        except (LimitError, FeedbackError) as error:
            refusal = texts.error(error)
        if refusal:
            gr.Warning(isolated(refusal))
            notes, said = notes_of(conversation, data), ""
        if notes is None:
            return gr.skip()
        return render("web/saved.html", texts, notes=notes, said=said, mark=token_hex(4))

    # Without a queue Gradio shows no warning.
    log.like(rated, state, saved, concurrency_limit=None, show_progress="hidden", api_visibility="private")


def _forward(*names: str) -> str:
    """Return the script that hands the page's events "beleg-NAME" to Gradio, which knows only its own event names."""
    return f"""
for (const name of {list(names)})
    element.addEventListener("beleg-" + name, (event) => trigger(name, event.detail));
"""
