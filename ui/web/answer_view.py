"""Turns of a conversation → HTML: the question, and its answer, abstention, progress or failure. All of it escaped."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape

from index.article import Article
from rag.answer import Answer, Citation, Hit, Statement, Turn
from rag.answering.messages import MESSAGES
from ui.texts import Texts
from ui.web.answer_footer import footer_html
from ui.web.failure_view import failure_html
from ui.web.verbatim import filled_html, verbatim_html

_MARKER = re.compile(r"\[(\d+)\]")


def conversation_html(
    turns: Sequence[Turn],
    articles: Mapping[str, Article],
    texts: Texts,
    *,
    examples: Sequence[str] = (),
    latest: tuple[str, str] | None = None,
    notice: str = "",
    lead: str = "",
    below: Mapping[int, str] | None = None,
    kept: str = "",
) -> str:
    """Return the whole conversation as an accessible log.

    Args:
        turns: the exchanges so far, oldest first.
        articles: the articles that citations name, by id.
        texts: the interface's texts.
        examples: questions to offer while nothing was asked.
        latest: a question not yet answered and the HTML to show for its answer, made by `pending_html` or
            `failure_html`.
        notice: a message below all, about no question.
        lead: HTML above all: made by `guest_html` or `missing_html`, then by `neighbourhoods_html`.
        below: the number of a turn, from 0 → HTML below its answer, made by `expected_html`, then by `notes_html`.
        kept: the log's attributes that `keeping_attributes` made.
    """
    shown = [
        (turn.question, answer_html(turn.answer, articles, texts)) for turn in turns if turn.answer is not None
    ] + ([latest] if latest else [])
    below = below or {}
    inner = "".join(
        _turn_html(question, answer + below.get(number, ""), texts) for number, (question, answer) in enumerate(shown)
    )
    last = failure_html(notice) if notice else ""
    return (
        f'<div class="log" role="log" aria-live="polite" aria-label="{escape(texts("chat.conversation"))}" '
        f'lang="{texts.language}" data-cited-in="{escape(texts("chat.cited_in"))}" '
        f'data-back="{escape(texts("chat.back"))}" data-copied="{escape(texts("chat.copied"))}" '
        f'data-question="{escape(texts("chat.question"))}" '
        f'data-ask-sentence="{escape(texts("chat.ask_sentence"))}" data-about-sentence="{escape(texts("chat.about_sentence"))}" '
        f'data-place="{escape(texts("chat.sentence"))}"{kept}>'
        f"{lead}{inner or _welcome_html(examples, texts)}{last}</div>"
    )


def answer_html(answer: Answer, articles: Mapping[str, Article], texts: Texts) -> str:
    """Return an answer, or an abstention with its nearest sentences, as escaped HTML with buttons that cite."""
    understood = ""
    if answer.read_as != answer.question:
        line = filled_html(texts("chat.understood_as"), question=answer.read_as)
        understood = f'<p class="understood" dir="auto">{line}</p>'
    if answer.abstained:
        return understood + _abstention_html(answer, articles, texts)
    lead = MESSAGES[answer.language].overview if answer.overview else ""
    said = f'<p class="lead" lang="{answer.language}">{escape(lead)}</p>' if lead else ""
    said += "".join(
        _statement_html(statement, answer, articles, texts)
        for statement in answer.statements
        if not _only_quotes(statement)
    )
    quotes = "".join(_quote_html(citation, answer, articles, texts) for citation in answer.citations)
    return f'{understood}<div class="answer">{said}{quotes}{footer_html(answer, articles, texts)}</div>'


def pending_html(text: str, texts: Texts) -> str:
    """Return what is shown while an answer forms: the text so far, or that evidence is being looked for."""
    stop = f'<button type="button" class="stop">{escape(texts("chat.stop"))}</button>'
    if not text:
        return f'<div class="pending"><p class="searching">{escape(texts("chat.searching"))}</p>{stop}</div>'
    return f'<div class="answer forming"><p class="statement" dir="auto">{escape(text)}</p>{stop}</div>'


def expected_html(expected: Sequence[Hit], articles: Mapping[str, Article], texts: Texts) -> str:
    """Return the sentences that a question set expects to be cited, as buttons; none: that it expects no answer."""
    if not expected:
        return f'<div class="expected"><p class="lead">{escape(texts("chat.expected_none"))}</p></div>'
    items = "".join(f"<li>{near_html(hit, articles, texts)}</li>" for hit in expected)
    return f'<div class="expected"><p class="lead">{escape(texts("chat.expected"))}</p><ul class="nearest">{items}</ul></div>'


def guest_html(article: Article, texts: Texts) -> str:
    """Return that the conversation is about an article of a question set, and what brings the own ones back."""
    line = filled_html(texts("chat.guest"), title=article.title, clear=texts("chat.clear"))
    return f'<p class="guest" dir="auto">{line}</p>'


def _turn_html(question: str, answer: str, texts: Texts) -> str:
    return (
        f'<section class="turn"><h2 class="question" dir="auto">'
        f'<span class="unseen">{escape(texts("chat.question"))}: </span><span class="asked">{escape(question)}</span></h2>'
        f"{answer}</section>"
    )


def _welcome_html(examples: Sequence[str], texts: Texts) -> str:
    items = "".join(
        f'<li><button type="button" class="example" dir="auto" data-ask="{shown}">{shown}</button></li>'
        for shown in map(escape, examples)
    )
    offered = f'<h2>{escape(texts("chat.examples"))}</h2><ul class="examples">{items}</ul>' if items else ""
    return f'<section class="welcome"><p>{escape(texts("chat.welcome"))}</p>{offered}</section>'


def _abstention_html(answer: Answer, articles: Mapping[str, Article], texts: Texts) -> str:
    reason = f'<p class="reason" dir="auto" lang="{answer.language}">{escape(answer.reason)}</p>'
    nearest = ""
    if answer.nearest:
        items = "".join(f"<li>{near_html(hit, articles, texts)}</li>" for hit in answer.nearest)
        nearest = f'<p class="lead">{escape(texts("chat.nearest"))}</p><ol class="nearest">{items}</ol>'
    return (
        f'<div class="abstention"><p class="verdict">{escape(texts("chat.abstained"))}</p>'
        f'<p class="statement" dir="auto" lang="{answer.language}">{escape(answer.text)}</p>{reason}{nearest}'
        f'<div class="actions"><button type="button" class="edit" data-edit="{escape(answer.question)}">'
        f"{escape(texts('chat.edit'))}</button></div></div>"
    )


def near_html(hit: Hit, articles: Mapping[str, Article], texts: Texts) -> str:
    """Return a button that shows a sentence in its article."""
    return (
        f'<button type="button" class="near" {_target(hit, articles)} dir="auto" title="{escape(texts("chat.show"))}">'
        f"{escape(hit.text)}</button>{_origin_html(hit, articles)}"
    )


def _only_quotes(statement: Statement) -> bool:
    # The quotes below the statements already say it.
    rest = _MARKER.sub("", statement.text)
    for citation in statement.citations:
        rest = rest.replace(citation.text, "")
    return bool(statement.citations) and not any(c.isalnum() for c in rest)


def _is_short_answer(statement: Statement, answer: Answer) -> bool:
    return bool(answer.span) and statement is answer.statements[0] and not _only_quotes(statement)


def _statement_html(statement: Statement, answer: Answer, articles: Mapping[str, Article], texts: Texts) -> str:
    if _is_short_answer(statement, answer):
        # Its sentence follows, with the marker.
        return f'<p class="statement short" dir="auto">{escape(statement.text)}</p>'
    by_number = {str(citation.number): citation for citation in answer.citations}
    pieces = _MARKER.split(statement.text)
    shown = [verbatim_html(piece) for piece in pieces]
    for at in range(1, len(pieces), 2):
        cited = by_number.get(pieces[at])
        shown[at] = _marker_html(cited, articles, texts) if cited else f"[{pieces[at]}]"
    named = set(pieces[1::2])
    shown += [_marker_html(c, articles, texts) for c in statement.citations if str(c.number) not in named]
    if statement.citations:
        return f'<p class="statement" dir="auto">{"".join(shown)}</p>'
    label = f'<span class="label">{escape(texts("chat.unsupported"))}</span>'
    return f'<p class="statement unsupported" dir="auto">{"".join(shown)} {label}</p>'


def _quote_html(citation: Citation, answer: Answer, articles: Mapping[str, Article], texts: Texts) -> str:
    article = articles.get(citation.article_id)
    lang = f' lang="{escape(article.language)}"' if article else ""
    return (
        f'<blockquote class="quote" {_target(citation, articles)}{lang} dir="auto">{_quoted_text(citation, answer)} '
        f"{_marker_html(citation, articles, texts)}{_origin_html(citation, articles)}</blockquote>"
    )


def _quoted_text(citation: Citation, answer: Answer) -> str:
    # The short answer is in the first citation.
    if answer.span and citation == answer.citations[0]:
        start, end = (offset - citation.start for offset in answer.span)
        if 0 <= start < end <= len(citation.text):
            before, short, after = citation.text[:start], citation.text[start:end], citation.text[end:]
            marked = f"{escape(before)}<mark>{escape(short)}</mark>{escape(after)}"
            return f'<span class="verbatim">{marked}</span>'
    return verbatim_html(citation.text)


def _marker_html(citation: Citation, articles: Mapping[str, Article], texts: Texts) -> str:
    label = f"[{citation.number}] {texts('chat.show')}"
    return (
        f'<button type="button" class="marker" {_target(citation, articles)} data-number="{citation.number}" '
        f'aria-label="{escape(label)}" lang="{texts.language}">[{citation.number}]</button>'
    )


def _target(found: Citation | Hit, articles: Mapping[str, Article]) -> str:
    article = articles.get(found.article_id)
    title = escape(article.title) if article and len(articles) > 1 else ""
    return (
        f'data-article="{escape(found.article_id)}" data-sentence="{found.sentence_index}" '
        f'data-quote="{escape(found.text)}" data-title="{title}"'
    )


def _origin_html(found: Citation | Hit, articles: Mapping[str, Article]) -> str:
    article = articles.get(found.article_id)
    return f'<cite dir="auto">{escape(article.title)}</cite>' if article and len(articles) > 1 else ""
