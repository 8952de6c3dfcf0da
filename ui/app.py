"""The web chat: Gradio's wiring between the page and an Assistant. It shows answers and decides nothing about them."""

# No `from __future__ import annotations`: Gradio finds a handler's `gr.Request` by its annotation, which as a string
# could not be resolved, because gradio is imported inside functions only.
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from index import BelegError, bundled_article
from rag.answer import Turn
from ui.answer_view import conversation_html, failure_html, pending_html
from ui.article_view import article_html, titles_of
from ui.texts import BUNDLED_EXAMPLES, Language, Texts, texts_for

if TYPE_CHECKING:
    import gradio as gr

    from rag import Assistant

# Questions answered at the same time; each by itself keeps every core busy.
CONCURRENT_QUESTIONS = 2
# page.js asks an example by "submit" and another article by "select": `gr.on` takes Gradio's own event names only.
FORWARD_EVENTS = """
for (const name of ["submit", "select"])
    element.addEventListener("beleg-" + name, (event) => trigger(name, event.detail));
"""


@dataclass(slots=True)
class Conversation:
    """One session's turns, and a mark of its own for the question being answered, so that a cleared one is dropped."""

    turns: tuple[Turn, ...] = ()
    asking: object | None = None


def build_app(assistant: "Assistant", examples: Mapping[Language, Sequence[str]] | None = None) -> "gr.Blocks":
    """Return the page as Gradio Blocks, not yet served.

    Args:
        assistant: answers the questions, about the articles it has.
        examples: questions to offer at the beginning, by interface language; None offers those that fit the bundled
            article, where that is the one article, and else none.
    """
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    import gradio as gr

    articles = {article.id: article for article in assistant.articles}
    titles = titles_of(assistant.articles)
    if examples is None:
        examples = BUNDLED_EXAMPLES if list(articles) == [bundled_article().id] else {}

    def texts_of(request: gr.Request) -> Texts:
        return texts_for(request.headers.get("accept-language", ""))

    def log_html(history: Sequence[Turn], texts: Texts, latest: tuple[str, str] | None = None, notice: str = "") -> str:
        offered = examples.get(texts.language, ())
        return conversation_html(history, articles, texts, examples=offered, latest=latest, notice=notice)

    def greet(article_id: str, request: gr.Request) -> tuple[Any, ...]:
        texts = texts_of(request)
        return (
            f'<h1>Beleg</h1><p class="tagline">{texts.tagline}</p>',
            log_html((), texts),
            gr.Textbox(placeholder=texts.placeholder, label=texts.question, submit_btn=texts.ask),
            gr.Button(texts.clear),
            gr.Dropdown(label=texts.choose_article),
            choose(article_id, request),
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
            yield gr.skip(), log_html(conversation.turns, texts, notice=texts.empty_question)
            return
        mine = conversation.asking = object()

        def so_far(latest: str) -> tuple[Any, ...]:
            return gr.skip(), log_html(conversation.turns, texts, (question, latest))

        failure = said = ""
        try:
            yield "" if question == typed else gr.skip(), so_far(pending_html("", texts))[1]
            for step in assistant.stream(question, history=conversation.turns):
                if conversation.asking is not mine:
                    # Gradio shows what was yielded last once more when the generator ends.
                    yield gr.skip(), gr.skip()
                    return
                if step.kind == "text":
                    said += step.text
                    yield so_far(pending_html(said, texts))
                elif step.answer is not None:
                    conversation.turns = (*conversation.turns, Turn(question, step.answer))
                    yield gr.skip(), log_html(conversation.turns, texts)
        except BelegError as error:
            failure = str(error)
        except Exception:
            logging.getLogger(__name__).exception("The question %r was not answered.", question)
            failure = texts.failed
        finally:
            is_current = conversation.asking is mine
            if is_current:
                conversation.asking = None
        if failure and is_current:
            yield so_far(failure_html(failure))

    def clear(conversation: Conversation, request: gr.Request) -> tuple[Any, ...]:
        conversation.turns, conversation.asking = (), None
        return "", log_html((), texts_of(request))

    def choose(article_id: str, request: gr.Request) -> str:
        return article_html(articles[article_id], assistant.sentences(article_id), texts_of(request))

    def switch(event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        article_id = str((event._data or {}).get("article", ""))
        return (article_id, choose(article_id, request)) if article_id in articles else (gr.skip(), gr.skip())

    app = gr.Blocks(title="Beleg", analytics_enabled=False, fill_width=True)
    with app:
        conversation = gr.State(Conversation())
        with gr.Row(elem_id="beleg"):
            with gr.Column(elem_id="chat", min_width=0):
                with gr.Row(elem_id="head"):
                    head = gr.HTML(elem_id="name", apply_default_css=False)
                    clear_button = gr.Button("", elem_id="clear", size="sm")
                log = gr.HTML(elem_id="conversation", apply_default_css=False, js_on_load=FORWARD_EVENTS)
                box = gr.Textbox(
                    elem_id="box", show_label=False, container=False, max_lines=6, submit_btn=True, autofocus=True
                )
            with gr.Column(elem_id="reading", min_width=0):
                several = len(titles) > 1
                chooser = gr.Dropdown(
                    titles, elem_id="chooser", show_label=False, container=False, visible=several, interactive=True
                )
                article = gr.HTML(elem_id="article", apply_default_css=False)

        plain: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        app.load(greet, chooser, [head, log, box, clear_button, chooser, article], queue=False, **plain)
        # "once" would hold back the next question until one that was cleared away is done.
        gr.on(
            [box.submit, log.submit],
            answer,
            [box, conversation],
            [box, log],
            trigger_mode="multiple",
            concurrency_limit=CONCURRENT_QUESTIONS,
            **plain,
        )
        clear_button.click(clear, conversation, [box, log], queue=False, **plain)
        log.select(switch, None, [chooser, article], queue=False, **plain)
        chooser.input(choose, chooser, article, queue=False, **plain)
    return app
