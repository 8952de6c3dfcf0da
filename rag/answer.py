"""The nouns of an answer: Hit, Citation, Statement, Answer. Plain data; `to_dict` gives plain JSON types."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Hit:
    """One ranked sentence; `text` is `Article.text[start:end]`, `rank` counts from 1, a higher `score` is better.

    `score` is the retriever's and compares sentences of one question only; `probability` is the reader's, that the
    sentence answers it, and where there is one, `rank` is by it. A ranked passage is one too: `sentence_index` is its
    first sentence's, and it has no probability.
    """

    rank: int
    score: float
    article_id: str
    sentence_index: int
    start: int
    end: int
    text: str
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """Evidence shown to the user: [number] in the answer's text, and `text`, which is `Article.text[start:end]`."""

    number: int
    article_id: str
    sentence_index: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of the answer, the citations that prove it, and the probability that they do, 0 to 1."""

    text: str
    citations: tuple[Citation, ...]
    support: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What Beleg says to a question.

    Attributes:
        question: as it was asked.
        read_as: as it was understood, where the conversation was needed to understand it; else as asked.
        text: the answer with [1]-style markers, or, when `abstained`, that the article does not say.
        abstained: whether the article was found not to answer.
        reason: why, when `abstained`; else "".
        confidence: calibrated probability, 0 to 1, that the cited sentences answer the question; when `abstained`,
            that the nearest sentence would have.
        statements: the answer in parts; empty when `abstained`.
        citations: all evidence, by number; empty when `abstained`.
        span: half-open offsets of the short answer in the first citation's article, or None where the reader
            finds sentences only.
        nearest: the sentences that came nearest to answering, best first; filled when `abstained`.
        language: of the messages around the evidence, "de" or "en".
        overview: whether the question asks for the article as a whole and the cited sentences speak for it;
            `confidence` is then that it was meant so.
    """

    question: str
    read_as: str
    text: str
    abstained: bool
    reason: str
    confidence: float
    statements: tuple[Statement, ...]
    citations: tuple[Citation, ...]
    span: tuple[int, int] | None
    nearest: tuple[Hit, ...]
    language: Literal["de", "en"]
    overview: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return the answer in plain JSON types: what `beleg ask --json` prints."""
        plain: dict[str, Any] = _plain(asdict(self))
        return plain


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier exchange of a conversation: a question and, where there is one, the answer it got."""

    question: str
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One step of `Assistant.stream`.

    `kind` is "hits" (what was retrieved: `hits` are sentences, `passages` what they were looked for in, both best
    first), "evidence" (`hits` as the reader ranks them, with its probabilities), "text" (`text` is what to append to
    the answer shown so far) or, last, "answer" (the whole, as `Assistant.ask` returns it).
    """

    kind: Literal["hits", "evidence", "text", "answer"]
    text: str = ""
    hits: tuple[Hit, ...] = ()
    passages: tuple[Hit, ...] = ()
    answer: Answer | None = None


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
