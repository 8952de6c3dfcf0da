"""Below an answer: how sure it is, in words, and what can be done with it. All of it escaped HTML."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from index.article import Article
from rag.answer import Answer
from rag.answering.messages import percent
from ui.texts import Texts
from ui.web.copying import copies

# From which probability on an answer is called very likely right, and probably right.
SURE = 0.9
LIKELY = 0.6
_FORMATS = {"text": "Text", "markdown": "Markdown", "html": "HTML"}


def footer_html(answer: Answer, articles: Mapping[str, Article], texts: Texts) -> str:
    """Return the line below an answer that is no abstention: confidence, copying, changing the question."""
    return f'<div class="below">{_confidence_html(answer, texts)}{_actions_html(answer, articles, texts)}</div>'


def _confidence_html(answer: Answer, texts: Texts) -> str:
    sure, likely = answer.confidence >= SURE, answer.confidence >= LIKELY
    words = (
        texts("chat.overview")
        if answer.overview
        else texts("chat.sure")
        if sure
        else texts("chat.likely")
        if likely
        else texts("chat.unsure")
    )
    number = texts("chat.overview_meant") if answer.overview else texts("chat.confidence")
    number = escape(number.format(percent=percent(answer.confidence, texts.language)))
    return f'<details class="confidence"><summary>{escape(words)}</summary><p class="number">{number}</p></details>'


def _actions_html(answer: Answer, articles: Mapping[str, Article], texts: Texts) -> str:
    buttons = "".join(
        f'<button type="button" class="copy" data-format="{kind}" data-copy="{escape(content)}" '
        f'aria-label="{escape(texts("chat.copy"))} {kind}">{_FORMATS[kind]}</button>'
        for kind, content in copies(answer, articles, texts).items()
    )
    return (
        f'<div class="actions"><span class="lead" aria-hidden="true">{escape(texts("chat.copy"))}</span>{buttons}'
        f'<button type="button" class="edit" data-edit="{escape(answer.question)}">{escape(texts("chat.edit"))}</button></div>'
    )
