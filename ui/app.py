"""The web chat: Gradio's wiring between the page and an Assistant. It shows answers and decides nothing about them."""

# No `from __future__ import annotations`: Gradio finds a handler's `gr.Request` by its annotation, which as a string
# could not be resolved, because gradio is imported inside functions only.
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from index import bundled_article
from rag.feedback import FeedbackFile
from ui.article_view import titles_of
from ui.conversation import Chat, Conversation
from ui.endpoints import Endpoints
from ui.texts import BUNDLED_EXAMPLES, Language, Texts, texts_for

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
    feedback: FeedbackFile | None = None,
) -> "gr.Blocks":
    """Return the page as Gradio Blocks, not yet served.

    Args:
        assistant: answers the questions, about the articles it has.
        examples: questions to offer at the beginning, by interface language; None offers those that fit the bundled
            article, where that is the one article, and else none.
        feedback: keeps what users say of answers; None shows no thumbs.
    """
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    import gradio as gr

    from ui.eval_tab import add_evaluation, question_to_open
    from ui.rating import add_rating
    from ui.web_api import add_endpoints

    titles = titles_of(assistant.articles)
    if examples is None:
        examples = BUNDLED_EXAMPLES if [one.id for one in assistant.articles] == [bundled_article().id] else {}
    chat = Chat(assistant, examples, rated=feedback is not None)

    def texts_of(request: gr.Request) -> Texts:
        return texts_for(request.headers.get("accept-language", ""))

    def greet(article_id: str, conversation: Conversation, request: gr.Request) -> tuple[Any, ...]:
        texts = texts_of(request)
        return (
            gr.Tab(texts.chat_tab),
            gr.Tab(texts.evaluation_tab),
            f'<h1>Beleg</h1><p class="tagline">{texts.tagline}</p>',
            chat.log_html(conversation, texts),
            gr.Textbox(placeholder=texts.placeholder, label=texts.question, submit_btn=texts.ask),
            gr.Button(texts.clear),
            gr.Dropdown(label=texts.choose_article),
            chat.article_html(conversation, article_id, texts),
        )

    def answer(
        typed: str, conversation: Conversation, request: gr.Request, event: gr.EventData
    ) -> Iterator[tuple[Any, ...]]:
        texts = texts_of(request)
        # The box sends no data of its own; an example sends its question.
        question = str((event._data or {}).get("question", typed))
        if conversation.asking is not None:
            yield gr.skip(), gr.skip()
            return
        if not question.strip():
            yield gr.skip(), chat.log_html(conversation, texts, notice=texts.empty_question)
            return
        box = "" if question == typed else gr.skip()
        for html in chat.ask(conversation, question, texts):
            yield box, html
            box = gr.skip()
        # Gradio shows what was yielded last once more when the generator ends.
        yield gr.skip(), gr.skip()

    def clear(article_id: str, conversation: Conversation, request: gr.Request) -> tuple[Any, ...]:
        was_guest = conversation.guest is not None
        conversation.clear()
        texts = texts_of(request)
        pane = chat.article_html(conversation, article_id, texts) if was_guest else gr.skip()
        return "", chat.log_html(conversation, texts), gr.Dropdown(visible=len(titles) > 1), pane

    def stop(conversation: Conversation, request: gr.Request) -> str:
        return chat.stop(conversation, texts_of(request))

    def choose(article_id: str, conversation: Conversation, request: gr.Request) -> str:
        return chat.article_html(conversation, article_id, texts_of(request))

    def switch(conversation: Conversation, event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        article_id = str((event._data or {}).get("article", ""))
        if article_id not in {one.id for one in chat.assistant_of(conversation).articles}:
            return gr.skip(), gr.skip()
        pane = chat.article_html(conversation, article_id, texts_of(request))
        return (gr.skip() if conversation.guest else article_id), pane

    def open_question(
        evaluation: Any, conversation: Conversation, request: gr.Request, event: gr.EventData
    ) -> Iterator[tuple[Any, ...]]:
        texts = texts_of(request)
        found = question_to_open(evaluation, event, texts)
        if found is None:
            yield tuple([gr.skip()] * 4)
            return
        outcome, article = found
        tab = gr.Tabs(selected="chat")
        shown_from = None
        for html in chat.open(conversation, outcome, article, texts):
            picker = pane = gr.skip()
            asked = chat.assistant_of(conversation)
            if asked is not shown_from and article.id in {one.id for one in asked.articles}:
                shown_from = asked
                picker = gr.Dropdown(visible=len(asked.articles) > 1)
                pane = chat.article_html(conversation, article.id, texts)
            yield tab, html, picker, pane
            tab = gr.skip()
        yield tuple([gr.skip()] * 4)

    app = gr.Blocks(title="Beleg", analytics_enabled=False, fill_width=True, delete_cache=KEEP_FILES)
    with app:
        conversation = gr.State(Conversation())
        with gr.Tabs(selected="chat", elem_id="tabs") as tabs:
            with gr.Tab("Beleg", id="chat") as chat_tab, gr.Row(elem_id="beleg"):
                with gr.Column(elem_id="chat", min_width=0):
                    with gr.Row(elem_id="head"):
                        head = gr.HTML(elem_id="name", apply_default_css=False)
                        clear_button = gr.Button("", elem_id="clear", size="sm")
                    log = gr.HTML(elem_id="conversation", apply_default_css=False, js_on_load=FORWARD_EVENTS)
                    box = gr.Textbox(
                        elem_id="box", show_label=False, container=False, max_lines=6, submit_btn=True, autofocus=True
                    )
                    if feedback is not None:
                        add_rating(log, conversation, chat, feedback, texts_of)
                with gr.Column(elem_id="reading", min_width=0):
                    several = len(titles) > 1
                    chooser = gr.Dropdown(
                        titles, elem_id="chooser", show_label=False, container=False, visible=several, interactive=True
                    )
                    article = gr.HTML(elem_id="article", apply_default_css=False)
            with gr.Tab("…", id="evaluation") as evaluation_tab:
                evaluation, results = add_evaluation(app, assistant, texts_of)

        plain: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        greeted = [chat_tab, evaluation_tab, head, log, box, clear_button, chooser, article]
        app.load(greet, [chooser, conversation], greeted, queue=False, **plain)
        # "once" would hold back the next question until one that was cleared away is done.
        queued: dict[str, Any] = {"concurrency_limit": CONCURRENT_QUESTIONS, "concurrency_id": "questions"}
        asking = queued | {"trigger_mode": "multiple"}
        gr.on([box.submit, log.submit], answer, [box, conversation], [box, log], **asking, **plain)
        add_endpoints(Endpoints(assistant), queued)
        results.select(open_question, [evaluation, conversation], [tabs, log, chooser, article], **asking, **plain)
        clear_button.click(clear, [chooser, conversation], [box, log, chooser, article], queue=False, **plain)
        log.stop(stop, conversation, log, queue=False, **plain)
        log.select(switch, conversation, [chooser, article], queue=False, **plain)
        chooser.input(choose, [chooser, conversation], article, queue=False, **plain)
    return app
