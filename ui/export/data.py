"""The nouns of an export, and how a conversation becomes one. The file's JSON block holds them field for field."""

from __future__ import annotations

import hashlib
import importlib.metadata
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated

from pydantic import ConfigDict, Field, FiniteFloat, Strict

from index.article import Article
from rag import Assistant
from rag.answer import Answer, Citation, Hit, Turn
from ui.report.summary import flat
from ui.texts import Language

# The version of the data and of the page made from it. It rises whenever either comes out otherwise, be it by a byte:
# a file of another version is refused, since it would seem to have been altered.
# 2: the page is made by templates, which escape a quotation mark otherwise.
FORMAT = "beleg-export/2"
# Room for two articles of the largest size that can be read, each once as data and once as text.
MAX_BYTES = 100_000_000
_MOST_NAME_CHARACTERS = 120

# What `read_export` checks each field of a file against. It refuses a field that has no name here.
_NO_MORE = ConfigDict(extra="forbid")
_Count = Annotated[int, Strict(), Field(ge=0)]
_Flag = Annotated[bool, Strict()]
_Probability = Annotated[float, Strict(), Field(ge=0, le=1)]
_Setting = str | bool | int | FiniteFloat | None


@dataclass(frozen=True, slots=True)
class Quotation:
    """A whole sentence of an article: its number there, from 0, its half-open offsets, and its text."""

    __pydantic_config__ = _NO_MORE
    article_id: str
    sentence_index: _Count
    start: _Count
    end: _Count
    text: str


@dataclass(frozen=True, slots=True)
class ShortAnswer:
    """The words that answer: half-open offsets in the first citation's article, and the text there."""

    __pydantic_config__ = _NO_MORE
    start: _Count
    end: _Count
    text: str


@dataclass(frozen=True, slots=True)
class ExportedTurn:
    """A question and what answered it. Only the question is in its user's own words.

    Attributes:
        read_as: the question as it was understood in the conversation.
        confidence: as `Answer.confidence`.
        citations: in the order of their numbers, from 1; empty where it was not answered.
        nearest: the sentences that came nearest, best first; only where it was not answered.
        differs: whether the citations answer differently; `short` is then the first one's answer only.
    """

    __pydantic_config__ = _NO_MORE
    question: str
    read_as: str
    abstained: _Flag
    confidence: _Probability
    short: ShortAnswer | None
    citations: tuple[Quotation, ...]
    nearest: tuple[Quotation, ...]
    differs: _Flag = False


@dataclass(frozen=True, slots=True)
class ExportedArticle:
    """A whole article, with the sha256 of its text's UTF-8 in hexadecimal; `source` is a file's bare name, or ""."""

    __pydantic_config__ = _NO_MORE
    id: Annotated[str, Field(pattern="^[0-9a-f]{16}$")]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    title: str
    language: Annotated[str, Field(pattern="^[a-z]{2,3}$")]
    source: str
    text: str


@dataclass(frozen=True, slots=True)
class Made:
    """When (ISO 8601, UTC) and with what; settings by name, those within others as "index.ngram"."""

    __pydantic_config__ = _NO_MORE
    date: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\+00:00$")]
    beleg: str
    model: str
    splitter: str
    settings: Mapping[str, _Setting]


@dataclass(frozen=True, slots=True)
class Export:
    """A conversation, and every article that it quotes. `language`: of the page's own words."""

    __pydantic_config__ = _NO_MORE
    format: str
    language: Language
    name: str
    made: Made
    articles: tuple[ExportedArticle, ...]
    turns: tuple[ExportedTurn, ...]


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
    # Small talk and what is said about the articles as such quote nothing: there is nothing to prove.
    answers = [
        turn.answer for turn in turns if turn.answer is not None and turn.answer.kind in ("question", "overview")
    ]
    quoted = [found for answer in answers for found in (answer.nearest if answer.abstained else answer.citations)]
    named = name.strip() or (answers[0].question if answers else "")
    return Export(
        format=FORMAT,
        language=language,
        name=_valid(" ".join(named.split())[:_MOST_NAME_CHARACTERS]),
        made=Made(
            date=date,
            beleg=importlib.metadata.version("beleg"),
            model=assistant.encoder.fingerprint,
            splitter=assistant.index.splitter,
            settings=dict(flat(asdict(assistant.settings))),
        ),
        articles=tuple(
            _article(articles[article_id]) for article_id in dict.fromkeys(one.article_id for one in quoted)
        ),
        turns=tuple(map(_turn, answers)),
    )


def _turn(answer: Answer) -> ExportedTurn:
    first = answer.citations[0] if answer.citations else None
    short = None
    # A short answer that is nearly all of its sentence has no statement of its own.
    if answer.span and first and len(answer.statements) > len(answer.citations):
        start, end = answer.span
        short = ShortAnswer(start, end, first.text[start - first.start : end - first.start])
    return ExportedTurn(
        question=_valid(answer.question),
        read_as=_valid(answer.read_as),
        abstained=answer.abstained,
        confidence=answer.confidence,
        short=short,
        citations=_quotations(answer.citations),
        nearest=_quotations(answer.nearest) if answer.abstained else (),
        differs=answer.differs,
    )


def _quotations(found: Iterable[Citation | Hit]) -> tuple[Quotation, ...]:
    return tuple(Quotation(one.article_id, one.sentence_index, one.start, one.end, one.text) for one in found)


def _article(article: Article) -> ExportedArticle:
    sha256 = hashlib.sha256(article.text.encode()).hexdigest()
    # The folder of a file is left out: it tells about its owner's disk.
    source = article.source if "://" in article.source else re.split(r"[\\/]", article.source)[-1]
    return ExportedArticle(article.id, sha256, article.title, article.language, source, article.text)


def _valid(text: str) -> str:
    # A browser may send half of a surrogate pair, which UTF-8 cannot encode.
    return text.encode("utf-8", "replace").decode("utf-8")
