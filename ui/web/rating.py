"""Ratings of answers: from a click on a thumb to a line in the file of feedback."""

# No `from __future__ import annotations`; see page.py.
from collections.abc import Callable, Mapping
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from index.errors import FeedbackError, LimitError
from rag.feedback import MAX_NOTE_CHARACTERS, Feedback, FeedbackFile, Verdict
from ui.templates import isolated, render
from ui.texts import Texts
from ui.web.limits import Caller, QuestionLimit
from ui.web.session import Conversation, TurnNotes

if TYPE_CHECKING:
    import gradio as gr

_VERDICTS: dict[object, Verdict] = {"right": "right", "wrong": "wrong"}


def rate(
    conversation: Conversation, feedback: FeedbackFile, data: Mapping[str, Any], limit: QuestionLimit, caller: Caller
) -> TurnNotes | None:
    """Write the user's rating of a turn, and return the turn's notes; None where the turn is gone.

    A rating that is the same as before is not written again.

    Args:
        data: the turn's id, its verdict (None takes it back) and its note.
        limit: counts the ratings of `caller`.

    Raises:
        LimitError: the caller sent too many within a minute; the turn keeps its rating.
        FeedbackError: the file cannot be written; the turn keeps its rating.
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
    # A browser can send half of a surrogate pair, which UTF-8 cannot encode.
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
            notes, said = _notes_of(conversation, data), ""
        if notes is None:
            return gr.skip()
        return render("web/saved.html", texts, notes=notes, said=said, mark=token_hex(4))

    # Without a queue Gradio shows no warning.
    log.like(rated, state, saved, concurrency_limit=None, show_progress="hidden", api_visibility="private")
