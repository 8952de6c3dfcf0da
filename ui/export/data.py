"""The nouns of an export. All of it is plain data: what the file's JSON block holds, field for field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ui.texts import Language

# Of the data and of the page made of it, which are compared byte for byte. Raised whenever either comes out otherwise:
# an export of another format is refused, rather than taken for one that was altered.
FORMAT = "beleg-export/1"
# Two articles of the largest size that can be read, each once as data and once as text.
MAX_BYTES = 100_000_000


@dataclass(frozen=True, slots=True)
class Quotation:
    """A whole sentence of an article: its number there, from 0, its half-open offsets, and its text."""

    article_id: str
    sentence_index: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class ShortAnswer:
    """The words that answer: half-open offsets in the first citation's article, and the text there."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class ExportedTurn:
    """A question and what answered it; nothing in it but the question is anybody's own words.

    Attributes:
        confidence: as `Answer.confidence`.
        citations: in the order of their numbers, from 1; empty where it was not answered.
        nearest: the sentences that came nearest, best first; only where it was not answered.
    """

    question: str
    read_as: str
    abstained: bool
    confidence: float
    short: ShortAnswer | None
    citations: tuple[Quotation, ...]
    nearest: tuple[Quotation, ...]


@dataclass(frozen=True, slots=True)
class ExportedArticle:
    """An article whole, with the sha256 of its text's UTF-8 in hexadecimal; `source` is a file's bare name, or ""."""

    id: str
    sha256: str
    title: str
    language: str
    source: str
    text: str


@dataclass(frozen=True, slots=True)
class Made:
    """When (ISO 8601, UTC) and with what; settings by name, those within others as "index.ngram", numbers and texts."""

    date: str
    beleg: str
    model: str
    splitter: str
    settings: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Export:
    """A conversation, and every article that it quotes. `language`: of the page's own words."""

    format: str
    language: Language
    name: str
    made: Made
    articles: tuple[ExportedArticle, ...]
    turns: tuple[ExportedTurn, ...]
