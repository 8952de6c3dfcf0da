"""The nouns of an export, and how a conversation becomes one. The file's JSON block holds them field for field."""

from __future__ import annotations

import hashlib
import importlib.metadata
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, FiniteFloat, Strict

from index.article import Article
from index.place import Block, BlockKind, Place
from index.splitting.blocks import find_blocks
from rag import Assistant
from rag.answer import Answer, Citation, Hit, Turn
from ui.parts import is_quoted, parts_of, place_of
from ui.report.summary import flat
from ui.texts import Language

# The version of the data and of the page made from it. It rises whenever either comes out otherwise, be it by a byte:
# a file of another version is refused, since it would seem to have been altered.
# 2: the page is made by templates, which escape a quotation mark otherwise.
# 3: several short answers, sides that differ, questions left open, overviews named as such, messages left out.
# 4: blocks, places, and the words of a quotation as they are read.
# 5: pictures of the cited pages, where they are asked for; prose by an LLM, with the citations that each statement was
#    held to.
FORMAT = "beleg-export/5"
# Room for two articles of the largest size that can be read, each once as data and once as text.
MAX_BYTES = 100_000_000
_MOST_NAME_CHARACTERS = 120
# Where an LLM is and what it is sent is its owner's.
_PRIVATE_SETTINGS = ("llm.url", "llm.key_variable", "llm.extra_body")

# What `read_export` checks each field of a file against. It refuses a field that has no name here.
_NO_MORE = ConfigDict(extra="forbid")
_Count = Annotated[int, Strict(), Field(ge=0)]
_Flag = Annotated[bool, Strict()]
_Probability = Annotated[float, Strict(), Field(ge=0, le=1)]
# Of a recording; no recording is longer than a hundred days.
_Seconds = Annotated[float, Strict(), Field(ge=0, le=1e7)]
_Points = Annotated[float, Strict(), Field(ge=-1e6, le=1e6)]
_Setting = str | bool | int | FiniteFloat | None


@dataclass(frozen=True, slots=True)
class ExportedPlace:
    """Where a sentence stands in the original, as `index.place.Place` has it but for the boxes on the page."""

    __pydantic_config__ = _NO_MORE
    page: Annotated[int, Strict(), Field(ge=1)] | None
    begins: _Seconds | None
    ends: _Seconds | None
    header: str
    under: tuple[str, ...]
    read_by_machine: _Flag


@dataclass(frozen=True, slots=True)
class Quotation:
    """A whole sentence of an article: its number there, from 0, its half-open offsets, its text, and its place."""

    __pydantic_config__ = _NO_MORE
    article_id: str
    sentence_index: _Count
    start: _Count
    end: _Count
    text: str
    place: ExportedPlace | None


@dataclass(frozen=True, slots=True)
class ShortAnswer:
    """The words that answer: the number of their citation, half-open offsets in its article, and the text there."""

    __pydantic_config__ = _NO_MORE
    citation: Annotated[int, Strict(), Field(ge=1)]
    start: _Count
    end: _Count
    text: str


@dataclass(frozen=True, slots=True)
class ExportedProse:
    """A statement that an LLM wrote: its text, the numbers of the citations that it was held to, and its support."""

    __pydantic_config__ = _NO_MORE
    text: str
    citations: tuple[Annotated[int, Strict(), Field(ge=1)], ...]
    support: _Probability


@dataclass(frozen=True, slots=True)
class ExportedTurn:
    """A question and what answered it. Only the question is in its user's own words.

    Attributes:
        read_as: the question as it was understood in the conversation.
        kind, confidence, unanswered: as in `Answer`.
        differs: whether the short answers differ, so that they contradict each other.
        short: the short answers, in order; those of the message's questions, or of sides that differ.
        citations: in the order of their numbers, from 1; empty where it was not answered.
        nearest: the sentences that came nearest, best first; only where it was not answered.
        prose: what an LLM wrote, as far as citations were found to prove it.
        withheld: how many statements of it were left out because none was.
    """

    __pydantic_config__ = _NO_MORE
    question: str
    read_as: str
    kind: Literal["question", "overview"]
    abstained: _Flag
    confidence: _Probability
    differs: _Flag
    unanswered: tuple[str, ...]
    short: tuple[ShortAnswer, ...]
    citations: tuple[Quotation, ...]
    nearest: tuple[Quotation, ...]
    prose: tuple[ExportedProse, ...] = ()
    withheld: _Count = 0


# A block's kind, half-open offsets, level, and the number of its table's header row or -1.
ExportedBlock = tuple[BlockKind, _Count, _Count, _Count, Annotated[int, Strict(), Field(ge=-1)]]


@dataclass(frozen=True, slots=True)
class ExportedArticle:
    """A whole article, with the sha256 of its text's UTF-8 in hexadecimal; `source` is a file's bare name, or "".

    `author`, `date` and `url` are as in `Article`. `blocks` is empty where they are those of plain text.
    """

    __pydantic_config__ = _NO_MORE
    id: Annotated[str, Field(pattern="^[0-9a-f]{16}$")]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    title: str
    language: Annotated[str, Field(pattern="^[a-z]{2,3}$")]
    source: str
    author: str
    date: str
    url: str
    text: str
    blocks: tuple[ExportedBlock, ...]

    def structure(self) -> list[Block] | None:
        """Return the blocks by which the text is split into sentences; None for plain text."""
        found = [Block(kind, start, end, level, header) for kind, start, end, level, header in self.blocks]
        return found or None


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a line of a cited sentence stands on a page, in points from its upper left corner."""

    __pydantic_config__ = _NO_MORE
    sentence_index: _Count
    left: _Points
    top: _Points
    right: _Points
    bottom: _Points


@dataclass(frozen=True, slots=True)
class ExportedPage:
    """A cited page of a PDF as a picture.

    Attributes:
        page: its number, from 1.
        width, height: in points.
        kind, picture: a PNG's or JPEG's bytes in base64.
        marks: in the order of the sentences.
    """

    __pydantic_config__ = _NO_MORE
    article_id: str
    page: Annotated[int, Strict(), Field(ge=1)]
    width: Annotated[float, Strict(), Field(gt=0, le=1e6)]
    height: Annotated[float, Strict(), Field(gt=0, le=1e6)]
    kind: Literal["png", "jpeg"]
    picture: Annotated[str, Field(pattern="^[A-Za-z0-9+/]+=*$")]
    marks: tuple[Mark, ...]


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
    """A conversation, and every article that it quotes.

    Attributes:
        language: of the page's own words.
        left_out: how many messages quote nothing, so that there is nothing to prove: small talk, and the articles as
            such (how many, how long).
        pages: pictures of the pages that are cited; empty where nobody asked for them, or there are none.
    """

    __pydantic_config__ = _NO_MORE
    format: str
    language: Language
    name: str
    made: Made
    articles: tuple[ExportedArticle, ...]
    turns: tuple[ExportedTurn, ...]
    left_out: _Count
    pages: tuple[ExportedPage, ...]


def export_of(
    turns: Sequence[Turn],
    articles: Mapping[str, Article],
    assistant: Assistant,
    *,
    name: str = "",
    language: Language,
    date: str,
    pages: Sequence[ExportedPage] = (),
) -> Export:
    """Return a conversation with all the articles it quotes. What an answer says beside quotations is left out.

    Args:
        turns: the exchanges, oldest first.
        articles: those that the turns quote, by id.
        assistant: one of the model and settings that answered them.
        name: of the conversation; "" names it by its first question.
        language: of the page's own words.
        date: when, in UTC, as ISO 8601.
        pages: pictures of the pages that are cited.

    Raises:
        KeyError: an article that is quoted is not among `articles`.
    """
    given = [turn.answer for turn in turns if turn.answer is not None]
    answers = [answer for answer in given if is_quoted(answer)]
    quoted = [found for answer in answers for found in (answer.nearest if answer.abstained else answer.citations)]
    settings = flat(asdict(assistant.settings))
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
            settings={name: value for name, value in settings if not name.startswith(_PRIVATE_SETTINGS)},
        ),
        articles=tuple(
            _article(articles[article_id]) for article_id in dict.fromkeys(one.article_id for one in quoted)
        ),
        turns=tuple(map(_turn, answers)),
        left_out=len(given) - len(answers),
        pages=tuple(pages),
    )


def _turn(answer: Answer) -> ExportedTurn:
    return ExportedTurn(
        question=_valid(answer.question),
        read_as=_valid(answer.read_as),
        kind="overview" if answer.kind == "overview" else "question",
        abstained=answer.abstained,
        confidence=answer.confidence,
        differs=answer.differs,
        unanswered=tuple(map(_valid, answer.unanswered)),
        prose=tuple(
            ExportedProse(_valid(one.text), tuple(cited.number for cited in one.citations), one.support)
            for one in answer.prose
        ),
        withheld=len(answer.withheld),
        short=tuple(_short(answer)),
        citations=_quotations(answer.citations),
        nearest=_quotations(answer.nearest) if answer.abstained else (),
    )


def _short(answer: Answer) -> Iterator[ShortAnswer]:
    """Yield the short answers whose offsets are certain; the others are in their quotations all the same."""
    for part in () if answer.abstained else parts_of(answer):
        if part.kind in ("short", "sides"):
            for text, citation in zip(part.texts, part.citations, strict=True):
                if place := place_of(text, citation, answer):
                    start, end = citation.start + place[0], citation.start + place[1]
                    yield ShortAnswer(citation.number, start, end, text)


def _quotations(found: Iterable[Citation | Hit]) -> tuple[Quotation, ...]:
    return tuple(
        Quotation(one.article_id, one.sentence_index, one.start, one.end, one.text, _place(one.place)) for one in found
    )


def _place(place: Place | None) -> ExportedPlace | None:
    if place is None:
        return None
    return ExportedPlace(place.page, place.begins, place.ends, place.header, place.under, place.read_by_machine)


def marks_on(page: int, cited: Sequence[Quotation | Citation], article: Article) -> tuple[Mark, ...]:
    """Return where cited sentences of an article stand on a page, in their order."""
    spans = sorted({(one.sentence_index, one.start, one.end) for one in cited})
    return tuple(
        Mark(number, float(box.left), float(box.top), float(box.right), float(box.bottom))
        for number, start, end in spans
        if (place := article.place(start, end))
        for box in place.boxes
        if box.page == page
    )


def _article(article: Article) -> ExportedArticle:
    sha256 = hashlib.sha256(article.text.encode()).hexdigest()
    # The folder of a file is left out: it tells about its owner's disk.
    source = article.source if "://" in article.source else re.split(r"[\\/]", article.source)[-1]
    blocks: tuple[ExportedBlock, ...] = ()
    if list(article.blocks) != find_blocks(article.text):
        blocks = tuple((one.kind, one.start, one.end, one.level, one.header) for one in article.blocks)
    return ExportedArticle(
        article.id,
        sha256,
        article.title,
        article.language,
        source,
        article.author,
        article.date,
        article.url,
        article.text,
        blocks,
    )


def _valid(text: str) -> str:
    # A browser may send half of a surrogate pair, which UTF-8 cannot encode.
    return text.encode("utf-8", "replace").decode("utf-8")
