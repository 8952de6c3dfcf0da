"""Thumbs: from a click on the page to a line of feedback."""

# No `from __future__ import annotations`; see app.py.
from collections.abc import Callable, Mapping
from html import escape
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from index.errors import FeedbackError, LimitError
from rag.feedback import MAX_NOTE_CHARACTERS, Feedback, FeedbackFile, Verdict
from ui.texts import Texts
from ui.web.conversation import Conversation
from ui.web.limits import Caller, QuestionLimit
from ui.web.turn_notes import TurnNotes

if TYPE_CHECKING:
    import gradio as gr

_VERDICTS: dict[object, Verdict] = {"right": "right", "wrong": "wrong"}


def rate(
    conversation: Conversation, feedback: FeedbackFile, data: Mapping[str, Any], limit: QuestionLimit, caller: Caller
) -> TurnNotes | None:
    """Keep what the page says of a turn, and return its notes; None where there is no such turn any more.

    Args:
        data: the turn's id, its verdict (None takes it back) and its note; what says nothing new is not written.
        limit: counts what is written for `caller`.

    Raises:
        LimitError: there was too much of it within a minute; the turn is rated as it was before.
        FeedbackError: it cannot be written; the turn is rated as it was before.
    """
    with conversation.lock:
        turns, notes = conversation.turns, _notes_of(conversation, data)
        if notes is None:
            return None
        place = next(place for place, kept in conversation.notes.items() if kept is notes)
    if (answer := turns[place].answer) is None:
        return None
    verdict = _VERDICTS.get(data.get("verdict"))
    note = str(data.get("note") or "").strip()[:MAX_NOTE_CHARACTERS] if verdict else ""
    # Half a character that a browser sent is none, and no file can hold it.
    note = note.encode("utf-8", "replace").decode("utf-8")
    if (verdict, note) == (notes.verdict, notes.note):
        return notes
    limit.admit_rating(caller)
    earlier = tuple(turn.question for turn in turns[:place])
    feedback.append(Feedback(notes.id, earlier, answer, notes.articles, verdict, note))
    notes.verdict, notes.note = verdict, note
    return notes


def _notes_of(conversation: Conversation, data: Mapping[str, Any]) -> TurnNotes | None:
    with conversation.lock:
        return next((notes for notes in conversation.notes.values() if notes.id == data.get("turn")), None)


def add_rating(
    log: "gr.HTML", state: "gr.State", feedback: FeedbackFile, limit: QuestionLimit, texts_of: Callable[..., Texts]
) -> None:
    """Add to the Blocks being built what a thumb on the log does, and where the page is told that it is kept."""
    import gradio as gr

    saved = gr.HTML(elem_id="saved", apply_default_css=False)

    def rated(conversation: Conversation, request: gr.Request, event: gr.EventData) -> Any:
        texts, data = texts_of(request), event._data or {}
        said, refusal = texts("chat.saved"), ""
        try:
            notes = rate(conversation, feedback, data, limit, Caller.of_event(request))
        except LimitError as error:
            refusal = texts.error(error)
        except FeedbackError as error:
            refusal = str(error)
        if refusal:
            gr.Warning(escape(refusal))
            notes, said = _notes_of(conversation, data), ""
        if notes is None:
            return gr.skip()
        # Marked anew each time: the same HTML again would not reach the page.
        mark = f'data-turn="{notes.id}" data-verdict="{notes.verdict or ""}" data-mark="{token_hex(4)}"'
        return f"<span {mark}>{escape(said)}</span>"

    # Without a queue Gradio shows no warning.
    log.like(rated, state, saved, concurrency_limit=None, show_progress="hidden", api_visibility="private")
