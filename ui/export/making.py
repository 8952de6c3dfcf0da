"""The turns of a conversation, and the articles they quote → an Export."""

from __future__ import annotations

import hashlib
import importlib.metadata
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from index.article import Article
from rag.answer import Answer, Citation, Hit, Turn
from ui.export.data import FORMAT, Export, ExportedArticle, ExportedTurn, Made, Quotation, ShortAnswer
from ui.report.made_with import flat
from ui.texts import Language

if TYPE_CHECKING:
    from rag import Assistant

MOST_NAME_CHARACTERS = 120


def export_of(
    turns: Sequence[Turn],
    articles: Mapping[str, Article],
    assistant: Assistant,
    *,
    name: str = "",
    language: Language,
    date: str,
) -> Export:
    """Return a conversation with all the articles it quotes. What an answer says beside quotations is left out.

    Args:
        turns: the exchanges, oldest first.
        articles: those that the turns quote, by id.
        assistant: one of the model and settings that answered them.
        name: of the conversation; "" names it by its first question.
        language: of the page's own words.
        date: when, in UTC, as ISO 8601.

    Raises:
        KeyError: an article that is quoted is not among `articles`.
    """
    answers = [turn.answer for turn in turns if turn.answer is not None]
    quoted = [found for answer in answers for found in _quoted(answer)]
    ids = dict.fromkeys(found.article_id for found in quoted)
    named = name.strip() or (answers[0].question if answers else "")
    return Export(
        format=FORMAT,
        language=language,
        name=_written(" ".join(named.split())[:MOST_NAME_CHARACTERS]),
        made=_made(assistant, date),
        articles=tuple(_article(articles[article_id]) for article_id in ids),
        turns=tuple(map(_turn, answers)),
    )


def _quoted(answer: Answer) -> Sequence[Citation | Hit]:
    return answer.nearest if answer.abstained else answer.citations


def _turn(answer: Answer) -> ExportedTurn:
    first = answer.citations[0] if answer.citations else None
    short = None
    # A short answer that is nearly all of its sentence is not said before it.
    if answer.span and first and len(answer.statements) > len(answer.citations):
        start, end = answer.span
        short = ShortAnswer(start, end, first.text[start - first.start : end - first.start])
    return ExportedTurn(
        question=_written(answer.question),
        read_as=_written(answer.read_as),
        abstained=answer.abstained,
        confidence=answer.confidence,
        short=short,
        citations=_quotations(answer.citations),
        nearest=_quotations(answer.nearest) if answer.abstained else (),
    )


def _quotations(found: Iterable[Citation | Hit]) -> tuple[Quotation, ...]:
    return tuple(Quotation(one.article_id, one.sentence_index, one.start, one.end, one.text) for one in found)


def _article(article: Article) -> ExportedArticle:
    sha256 = hashlib.sha256(article.text.encode()).hexdigest()
    # Where a file lies on its owner's disk is nobody else's business.
    source = article.source if "://" in article.source else re.split(r"[\\/]", article.source)[-1]
    return ExportedArticle(article.id, sha256, article.title, article.language, source, article.text)


def _made(assistant: Assistant, date: str) -> Made:
    return Made(
        date=date,
        beleg=importlib.metadata.version("beleg"),
        model=assistant.encoder.fingerprint,
        splitter=assistant.index.splitter,
        settings=dict(flat(asdict(assistant.settings))),
    )


def _written(text: str) -> str:
    # A browser may send half a character, which no file can hold.
    return text.encode("utf-8", "replace").decode("utf-8")
