"""The reading pane: Gradio's wiring between a session's articles and the one that is shown."""

# No `from __future__ import annotations`; see page.py.
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ui.texts import Texts
from ui.web.adding import Added, Pasted, add
from ui.web.adding_view import added_html, step_html, waiting_html
from ui.web.article_view import found_html, titles_of
from ui.web.chat import Chat
from ui.web.failure_view import failure_html
from ui.web.session import Conversation

if TYPE_CHECKING:
    import gradio as gr

# Titles to choose from in one list, all of them in the page; of more, some are found by what is typed.
MOST_TITLES = 200
MOST_FOUND = 20


@dataclass(frozen=True, slots=True)
class ReadingPane:
    """The pane's parts; `of` gives what a conversation shows in them, in the order of `parts`."""

    parts: list[Any]
    of: Callable[[Conversation, Texts], tuple[Any, ...]]


def scope_choice() -> "gr.Radio":
    """Return the choice of what questions are asked of, to stand beside the question box."""
    import gradio as gr

    return gr.Radio([], elem_id="scope", container=False, show_label=False, visible=False, interactive=True)


def add_reading_pane(
    app: "gr.Blocks",
    chat: Chat,
    conversation: "gr.State",
    log: "gr.HTML",
    scope: "gr.Radio",
    texts_of: Callable[..., Texts],
) -> ReadingPane:
    """Add the pane's parts, and what they do, to the column that is being built.

    Args:
        app: the Blocks around.
        conversation, log, scope: the session's Conversation, and where it and its scope are shown.
        texts_of: gives the interface's texts for a request.
    """
    import gradio as gr

    def state_of(shown: Conversation, texts: Texts) -> tuple[Any, ...]:
        library, shelf = shown.shown, chat.shelf
        titles = titles_of(shelf.articles(library))
        scopes = shelf.scopes(library)
        if library.scope not in scopes:
            library.scope = scopes[-1]
        own = len(library.own)
        counts = {"one": 1, "own": own, "all": len(titles) if shelf.joins(library) else len(titles) - own}
        opened = shelf.open_article(library).id
        listed = len(titles) <= MOST_TITLES
        return (
            gr.Dropdown(
                titles if listed else [],
                value=opened if listed else None,
                label=texts("chat.choose_article"),
                visible=listed and len(titles) > 1 and shown.guest is None,
            ),
            gr.Textbox(
                value="",
                label=texts("chat.find_article"),
                placeholder=texts("chat.find_article_among").format(count=len(titles)),
                visible=not listed and shown.guest is None,
            ),
            "",
            gr.Button(texts("chat.remove_article"), visible=opened in library.own and shown.guest is None),
            gr.Radio(
                [(texts(f"chat.scopes.{one}", count=counts[one]), one) for one in scopes],
                value=library.scope,
                label=texts("chat.scope"),
                visible=len(scopes) > 1 and shown.guest is None,
            ),
            chat.article_html(shown, texts),
        )

    def greet(request: gr.Request) -> tuple[Any, ...]:
        texts = texts_of(request)
        return (
            gr.Accordion(label=texts("chat.add_articles")),
            gr.File(label=texts("chat.upload_articles")),
            gr.Textbox(label=texts("chat.paste_article"), placeholder=texts("chat.paste_article_here")),
            gr.Textbox(label=texts("chat.paste_title")),
            gr.Button(texts("chat.add_text")),
            gr.Button(texts("chat.cancel")),
        )

    def choose(article_id: str, shown: Conversation, request: gr.Request) -> tuple[Any, ...]:
        shown.shown.open_id = article_id
        return state_of(shown, texts_of(request))

    def switch(shown: Conversation, event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        article_id = str((event._data or {}).get("article", ""))
        if article_id not in chat.shelf.by_id(shown.shown):
            texts = texts_of(request)
            return chat.log_html(shown, texts, notice=texts("chat.article_gone")), *[gr.skip()] * len(parts)
        return gr.skip(), *choose(article_id, shown, request)

    def find(typed: str, shown: Conversation, request: gr.Request) -> str:
        titles = titles_of(chat.shelf.articles(shown.shown))
        wanted = typed.strip().casefold()
        found = [entry for entry in titles if wanted in entry[0].casefold()] if wanted else []
        return found_html(found[:MOST_FOUND], len(found), texts_of(request)) if wanted else ""

    def rescope(value: str, shown: Conversation) -> None:
        library = shown.shown
        library.scope = next((one for one in chat.shelf.scopes(library) if one == value), library.scope)

    def remove(shown: Conversation, request: gr.Request) -> tuple[Any, ...]:
        shown.remove_article()
        texts = texts_of(request)
        return "", chat.log_html(shown, texts), *state_of(shown, texts)

    def announce(shown: Conversation, request: gr.Request) -> tuple[Any, ...]:
        shown.library.cancelled = False
        return waiting_html(texts_of(request)), gr.Button(visible=True)

    def add_given(given: Sequence[Path | Pasted], shown: Conversation, texts: Texts) -> Iterator[tuple[Any, ...]]:
        unchanged = tuple([gr.skip()] * (5 + len(parts)))
        said = ""
        try:
            for step in add(chat.shelf, shown.library, given):
                if isinstance(step, Added):
                    said = added_html(step, texts)
                else:
                    yield step_html(step, texts), gr.skip(), *unchanged
        except Exception:
            logging.getLogger(__name__).exception("An article was not added.")
            said = failure_html(texts("chat.failed"))
        # Closed where all went well: what was added is to be read.
        form = gr.Accordion(open="failure" in said)
        view = state_of(shown, texts)
        yield said, gr.Button(visible=False), form, gr.File(value=None), "", "", chat.log_html(shown, texts), *view
        # Gradio shows what was yielded last once more when the generator ends.
        yield gr.skip(), gr.skip(), *unchanged

    def add_files(paths: list[str] | None, shown: Conversation, request: gr.Request) -> Iterator[tuple[Any, ...]]:
        yield from add_given([Path(path) for path in paths or []], shown, texts_of(request))

    def add_text(text: str, title: str, shown: Conversation, request: gr.Request) -> Iterator[tuple[Any, ...]]:
        yield from add_given([Pasted(text, title)], shown, texts_of(request))

    def cancel(shown: Conversation) -> None:
        shown.library.cancelled = True

    with gr.Row(elem_id="shelf"):
        chooser = gr.Dropdown(elem_id="chooser", show_label=False, container=False, visible=False, interactive=True)
        finder = gr.Textbox(elem_id="finder", show_label=False, container=False, visible=False, max_lines=1)
        remove_button = gr.Button("", elem_id="remove", size="sm", visible=False)
    found = gr.HTML(elem_id="found", apply_default_css=False)
    with gr.Accordion("", open=False, elem_id="adding") as accordion:
        files = gr.File(file_count="multiple", elem_id="upload", height=120)
        paste = gr.Textbox(lines=4, max_lines=12, elem_id="paste")
        with gr.Row():
            title = gr.Textbox(elem_id="paste-title", max_lines=1)
            add_button = gr.Button("", elem_id="add-text", size="sm")
    status = gr.HTML(elem_id="adding-status", apply_default_css=False)
    cancel_button = gr.Button("", elem_id="cancel-adding", size="sm", visible=False)
    article = gr.HTML(elem_id="article", apply_default_css=False)

    parts = [chooser, finder, found, remove_button, scope, article]
    plain: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    at_once = {"queue": False, **plain}
    # One at a time, whoever adds: each by itself keeps every core busy.
    alone = {"concurrency_limit": 1, "concurrency_id": "articles", "trigger_mode": "multiple", **plain}
    form = [accordion, files, paste, title, add_button, cancel_button]
    app.load(greet, None, form, **at_once)
    chooser.input(choose, [chooser, conversation], parts, **at_once)
    finder.input(find, [finder, conversation], found, trigger_mode="always_last", **at_once)
    log.select(switch, conversation, [log, *parts], **at_once)
    scope.input(rescope, [scope, conversation], None, **at_once)
    remove_button.click(remove, conversation, [status, log, *parts], **at_once)
    cancel_button.click(cancel, conversation, None, **at_once)
    shown_parts = [status, cancel_button, accordion, files, paste, title, log, *parts]
    for happens, handler, given in (
        (files.upload, add_files, [files, conversation]),
        (add_button.click, add_text, [paste, title, conversation]),
    ):
        happens(announce, conversation, [status, cancel_button], **at_once).then(handler, given, shown_parts, **alone)
    return ReadingPane(parts, state_of)
