"""The web chat: Gradio's wiring between the page and an Assistant. It shows answers and decides nothing about them."""

# No `from __future__ import annotations`: Gradio finds a handler's `gr.Request` by its annotation, which as a string
# could not be resolved, because gradio is imported inside functions only.
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from index import bundled_article
from rag.feedback import FeedbackFile
from ui.texts import TEXTS, Language, Texts, texts_for
from ui.web.api import Endpoints, add_endpoints
from ui.web.auth import log_out_html
from ui.web.chat import Chat
from ui.web.conversation import Conversation
from ui.web.limits import QuestionLimit, refused
from ui.web.reading_pane import add_reading_pane, scope_choice

if TYPE_CHECKING:
    import gradio as gr

    from rag import Assistant

# Questions answered at the same time; each by itself keeps every core busy.
CONCURRENT_QUESTIONS = 2
# Uploaded files and saved reports, in seconds: how often to look for old ones, and how old.
KEEP_FILES = (3600, 24 * 3600)
# The page asks an example by "submit", another article by "select" and presses a thumb by "like": `gr.on` takes
# Gradio's own event names only.
FORWARD_EVENTS = """
for (const name of ["submit", "select", "stop", "like"])
    element.addEventListener("beleg-" + name, (event) => trigger(name, event.detail));
"""


def build_app(
    assistant: "Assistant",
    examples: Mapping[Language, Sequence[str]] | None = None,
    limit: QuestionLimit | None = None,
    feedback: FeedbackFile | None = None,
) -> "gr.Blocks":
    """Return the page as Gradio Blocks, not yet served.

    Args:
        assistant: answers the questions, about the articles it has.
        examples: questions to offer at the beginning, by interface language; None offers those that fit the bundled
            article, where that is the one article, and else none.
        limit: counts the questions and ratings; None: anyone may send as many as they like.
        feedback: keeps what users say of answers; None shows no thumbs.
    """
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    import gradio as gr

    from ui.web.eval_tab import add_evaluation, question_to_open
    from ui.web.kept_menu import kept_menu, kept_menu_html, wire_kept_menu
    from ui.web.rating import add_rating

    if examples is None:
        bundled = [one.id for one in assistant.articles] == [bundled_article().id]
        examples = {language: texts.section("examples")["bundled"] for language, texts in TEXTS.items() if bundled}
    chat = Chat(assistant, examples, rated=feedback is not None)
    limit = limit or QuestionLimit()

    def texts_of(request: gr.Request) -> Texts:
        return texts_for(request.headers.get("accept-language", ""))

    def greet(conversation: Conversation, request: gr.Request) -> tuple[Any, ...]:
        texts = texts_of(request)
        return (
            # Gradio lets a state expire with its page only where it was once put out.
            conversation,
            gr.Tab(texts("chat.chat_tab")),
            gr.Tab(texts("chat.evaluation_tab")),
            f'<h1>Beleg</h1><p class="tagline">{texts("chat.tagline")}</p>{log_out_html(request.username, texts)}',
            chat.log_html(conversation, texts),
            gr.Textbox(
                placeholder=texts("chat.placeholder"), label=texts("chat.question"), submit_btn=texts("chat.ask")
            ),
            kept_menu_html(texts, request.username),
            gr.Button(texts("chat.clear")),
            *pane.of(conversation, texts),
        )

    def answer(
        typed: str, conversation: Conversation, request: gr.Request, event: gr.EventData
    ) -> Iterator[tuple[Any, ...]]:
        texts = texts_of(request)
        # The box sends no data of its own; an example sends its question.
        question = str((event._data or {}).get("question", typed))
        # What is asked while a kept conversation's questions are asked again comes after them.
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
        for html in chat.ask(conversation, question, texts):
            yield box, html
            box = gr.skip()
        # Gradio shows what was yielded last once more when the generator ends.
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
        found = question_to_open(evaluation, event, texts)
        if found is None:
            yield tuple([gr.skip()] * (2 + len(pane.parts)))
            return
        outcome, article = found
        tab = gr.Tabs(selected="chat")
        shown = None
        if refusal := refused(limit, request, texts, questions=len(outcome.earlier) + 1):
            yield tab, chat.log_html(conversation, texts, notice=refusal), *[gr.skip()] * len(pane.parts)
            yield tuple([gr.skip()] * (2 + len(pane.parts)))
            return
        for html in chat.open(conversation, outcome, article, texts):
            view = tuple([gr.skip()] * len(pane.parts))
            if shown is not conversation.shown:
                shown = conversation.shown
                view = pane.of(conversation, texts)
            yield tab, html, *view
            tab = gr.skip()
        yield tuple([gr.skip()] * (2 + len(pane.parts)))

    app = gr.Blocks(title="Beleg", analytics_enabled=False, fill_width=True, delete_cache=KEEP_FILES)
    with app:
        conversation = gr.State(Conversation())
        with gr.Tabs(selected="chat", elem_id="tabs") as tabs:
            with gr.Tab("Beleg", id="chat") as chat_tab, gr.Row(elem_id="beleg"):
                with gr.Column(elem_id="chat", min_width=0):
                    with gr.Row(elem_id="head"):
                        head = gr.HTML(elem_id="name", apply_default_css=False)
                        kept = kept_menu()
                        clear_button = gr.Button("", elem_id="clear", size="sm")
                    log = gr.HTML(elem_id="conversation", apply_default_css=False, js_on_load=FORWARD_EVENTS)
                    scope = scope_choice()
                    box = gr.Textbox(
                        elem_id="box", show_label=False, container=False, max_lines=6, submit_btn=True, autofocus=True
                    )
                    if feedback is not None:
                        add_rating(log, conversation, feedback, limit, texts_of)
                with gr.Column(elem_id="reading", min_width=0):
                    pane = add_reading_pane(app, chat, conversation, log, scope, texts_of)
            with gr.Tab("…", id="evaluation") as evaluation_tab:
                evaluation, results = add_evaluation(app, assistant, texts_of)

        plain: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        greeted = [conversation, chat_tab, evaluation_tab, head, log, box, kept, clear_button, *pane.parts]
        app.load(greet, conversation, greeted, queue=False, **plain)
        # "once" would hold back the next question until one that was cleared away is done.
        queued: dict[str, Any] = {"concurrency_limit": CONCURRENT_QUESTIONS, "concurrency_id": "questions"}
        asking = queued | {"trigger_mode": "multiple"}
        gr.on([box.submit, log.submit], answer, [box, conversation], [box, log], **asking, **plain)
        wire_kept_menu(kept, chat, texts_of, conversation, log, pane, limit, asking)
        add_endpoints(Endpoints(assistant), limit, queued)
        results.select(open_question, [evaluation, conversation], [tabs, log, *pane.parts], **asking, **plain)
        clear_button.click(clear, conversation, [box, log, *pane.parts], queue=False, **plain)
        log.stop(stop, conversation, log, queue=False, **plain)
    return app
