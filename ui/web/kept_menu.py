"""The conversations' menu in the chat's head: Gradio's wiring between the page's script, the session and the export.

The list is the browser's own, so the script draws it (page/kept.js); here is what it cannot do without the server.
"""

# No `from __future__ import annotations`: Gradio finds a handler's `gr.Request` by its annotation.
import datetime
from collections.abc import Callable, Iterator
from html import escape
from typing import TYPE_CHECKING, Any

from ui.export import export_html, export_of
from ui.export.data import MAX_BYTES
from ui.texts import Texts
from ui.web.chat import Chat
from ui.web.conversation import Conversation
from ui.web.keeping import Opened, replay
from ui.web.limits import QuestionLimit, refused
from ui.web.reading_pane import ReadingPane

if TYPE_CHECKING:
    import gradio as gr

# "apply" opens a conversation, "download" exports the one that is open: names that Gradio has.
FORWARD_EVENTS = """
for (const name of ["apply", "download"])
    element.addEventListener("beleg-" + name, (event) => trigger(name, event.detail));
"""
# The file is made in the browser: nothing of it stays on the server, not even for an hour.
SAVE = """
(parcel) => {
    document.dispatchEvent(new CustomEvent("beleg-save", { detail: parcel }));
    return "";
}
"""


def kept_menu() -> "gr.HTML":
    """Add the menu's button to the Blocks being built; `kept_menu_html` is what it shows."""
    import gradio as gr

    return gr.HTML(elem_id="kept", apply_default_css=False, js_on_load=FORWARD_EVENTS)


def kept_menu_html(texts: Texts, user: str | None) -> str:
    """Return the button that opens the menu, with what the script needs to draw it: words, and whose list it is.

    Args:
        user: who is logged in; None where nobody needs to be.
    """
    words = {
        "user": user or "",
        "heading": texts("chat.kept"),
        "note": texts("chat.kept_note"),
        "none": texts("chat.kept_none"),
        "export": texts("chat.kept_export"),
        "nothing": texts("chat.kept_nothing"),
        "rename": texts("chat.kept_rename"),
        "name": texts("chat.kept_name"),
        "remove": texts("chat.kept_remove"),
        "removed": texts("chat.kept_removed"),
        "undo": texts("chat.kept_undo"),
        "one": texts("chat.kept_questions.one"),
        "several": texts("chat.kept_questions.other"),
        "full": texts("chat.kept_full"),
    }
    attributes = " ".join(f'data-{name}="{escape(text)}"' for name, text in words.items())
    return (
        f'<button type="button" id="kept-open" popovertarget="kept-menu" lang="{texts.language}" {attributes}>'
        f"{escape(texts('chat.kept'))}</button>"
    )


def wire_kept_menu(
    menu: "gr.HTML",
    chat: Chat,
    texts_of: Callable[..., Texts],
    conversation: "gr.State",
    log: "gr.HTML",
    pane: ReadingPane,
    limit: QuestionLimit,
    asking: dict[str, Any],
) -> None:
    """Connect the menu with the chat.

    Args:
        texts_of: a request → the interface's texts.
        limit: holds back who asks too much.
        log, pane: where the conversation and its articles are shown.
        asking: options of what reads articles, so that questions asked again wait in the same queue.
    """
    import gradio as gr

    plain: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}

    def open_kept(now: Conversation, request: gr.Request, event: gr.EventData) -> Iterator[tuple[Any, ...]]:
        texts, opened = texts_of(request), Opened.read(event._data)
        unchanged = tuple([gr.skip()] * len(pane.parts))
        refusal = refused(limit, request, texts, len(opened.questions)) if opened else ""
        if refusal:
            yield chat.log_html(now, texts, notice=refusal), *unchanged
        elif opened:
            for html in replay(chat, now, opened, texts):
                yield html, *unchanged
            # The last question's article and scope.
            yield gr.skip(), *pane.of(now, texts)
        yield gr.skip(), *unchanged

    def export(now: Conversation, request: gr.Request, event: gr.EventData) -> tuple[Any, Any]:
        texts, name = texts_of(request), str((event._data or {}).get("name", ""))
        date = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        articles, made_by = chat.shelf.by_id(now.shown), chat.assistant_of(now)
        try:
            page = export_html(export_of(now.turns, articles, made_by, name=name, language=texts.language, date=date))
        except KeyError:
            return "", chat.log_html(now, texts, notice=texts("chat.kept_gone"))
        if len(page.encode()) > MAX_BYTES:
            too_large = texts("chat.kept_too_large").format(limit=MAX_BYTES // 1_000_000)
            return "", chat.log_html(now, texts, notice=too_large)
        return page, gr.skip()

    parcel = gr.Textbox(visible=False)
    menu.apply(open_kept, conversation, [log, *pane.parts], **asking, **plain)
    menu.download(export, conversation, [parcel, log], **plain).then(None, parcel, parcel, js=SAVE).then(
        lambda: "", None, parcel, queue=False, **plain
    )
