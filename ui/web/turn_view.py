"""Below a turn: what else was found, other questions to ask, thumbs and a note. All of it escaped HTML."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from index.article import Article
from rag.answer import Answer, Hit
from rag.answering.messages import percent
from rag.feedback import MAX_NOTE_CHARACTERS
from ui.texts import Texts
from ui.web.answer_view import near_html
from ui.web.turn_notes import TurnNotes

# Drawn for this page; the other thumb is the same, turned.
_THUMB = (
    '<svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true"><path d="M3.5 11h3.6v8.8H3.5zM7.1 12l3.8-8.3'
    "c1.5.1 2.4 1.2 2.1 2.7L12.3 10h5.9c1.3 0 2.2 1.1 1.9 2.4l-1.3 5.9c-.2.9-1 1.5-1.9 1.5H7.1"
    '"/></svg>'
)


def notes_html(answer: Answer, notes: TurnNotes, articles: Mapping[str, Article], texts: Texts, *, rated: bool) -> str:
    """Return what stands below an answer or abstention.

    Args:
        articles: those that the sentences are of, by id.
        rated: whether thumbs are shown.
    """
    parts = _unused_html(notes, articles, texts) + _offers_html(notes, texts)
    if rated:
        parts += _rating_html(answer, notes, texts)
    return f'<div class="after" data-turn="{notes.id}">{parts}</div>' if parts else ""


def stopped_html(question: str, texts: Texts) -> str:
    """Return what stands in the place of an answer that was not waited for."""
    return f'<p class="stopped" role="status">{escape(texts("chat.stopped"))}</p>{retry_html(question, texts)}'


def retry_html(question: str, texts: Texts) -> str:
    """Return buttons that ask a question again, and that put it back to be changed."""
    shown = escape(question)
    return (
        f'<div class="actions"><button type="button" class="retry" data-ask="{shown}">{escape(texts("chat.retry"))}</button>'
        f'<button type="button" class="edit" data-edit="{shown}">{escape(texts("chat.edit"))}</button></div>'
    )


def _unused_html(notes: TurnNotes, articles: Mapping[str, Article], texts: Texts) -> str:
    if not notes.unused:
        return ""
    items = "".join(f"<li>{near_html(hit, articles, texts)}{_fit_html(hit, texts)}</li>" for hit in notes.unused)
    return f'<details class="unused"><summary>{escape(texts("chat.unused"))}</summary><ul class="nearest">{items}</ul></details>'


def _fit_html(hit: Hit, texts: Texts) -> str:
    probability = hit.probability or 0.0
    words = escape(texts("chat.fit").format(percent=percent(probability, texts.language)))
    return f'<span class="fit"><span class="bar" style="--fit: {probability:.2f}"></span>{words}</span>'


def _offers_html(notes: TurnNotes, texts: Texts) -> str:
    if not notes.offers:
        return ""
    buttons = "".join(
        f'<button type="button" class="example" dir="auto" data-ask="{shown}">{shown}</button>'
        for shown in map(escape, notes.offers)
    )
    return f'<div class="offers"><p class="lead">{escape(texts("chat.offers"))}</p>{buttons}</div>'


def _rating_html(answer: Answer, notes: TurnNotes, texts: Texts) -> str:
    names = {
        "right": texts("chat.right_to_abstain") if answer.abstained else texts("chat.right"),
        "wrong": texts("chat.wrong_to_abstain") if answer.abstained else texts("chat.wrong"),
    }
    thumbs = "".join(
        f'<button type="button" class="thumb" data-verdict="{verdict}" aria-label="{escape(name)}" '
        f'title="{escape(name)}" aria-pressed="{"true" if notes.verdict == verdict else "false"}">{_THUMB}</button>'
        for verdict, name in names.items()
    )
    hidden = "" if notes.verdict else " hidden"
    form = f"note-{notes.id}"
    return (
        f'<div class="rating" role="group" aria-label="{escape(texts("chat.rating"))}">{thumbs}'
        f'<button type="button" class="opener" aria-expanded="false" aria-controls="{form}"{hidden}>'
        f"{escape(texts('chat.note'))}</button>"
        f'<form class="note" id="{form}" hidden><textarea rows="2" maxlength="{MAX_NOTE_CHARACTERS}" dir="auto" '
        f'aria-label="{escape(texts("chat.note"))}" aria-describedby="{form}-kept">{escape(notes.note)}</textarea>'
        f'<button type="submit">{escape(texts("chat.save_note"))}</button>'
        f'<p class="kept" id="{form}-kept">{escape(texts("chat.note_kept"))}</p></form></div>'
    )
