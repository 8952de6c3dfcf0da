"""The nouns of an answer: Hit, Citation, Statement, Answer, Turn, Event. All are plain, immutable data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic_core import to_jsonable_python

from index.place import Place

Kind = Literal["question", "overview", "articles", "talk"]
# Of the sentences that Beleg itself says: those of rag/answering/messages.toml.
Language = Literal["de", "en", "fr", "es", "it", "zh", "ja"]


@dataclass(frozen=True, slots=True)
class Hit:
    """One ranked sentence; `text` is `Article.text[start:end]`, `rank` counts from 1, a higher `score` is better.

    `score` is the retriever's and compares sentences of one question only. `probability` is the reader's, that the
    sentence answers the question; hits that have one are ranked by it. A ranked passage is a Hit too: `sentence_index`
    is then its first sentence's, and it has no probability. `place` is where it stands in the original, if
    that is known.
    """

    rank: int
    score: float
    article_id: str
    sentence_index: int
    start: int
    end: int
    text: str
    probability: float | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """Evidence shown to the user: [number] in the answer's text, and `text`, which is `Article.text[start:end]`.

    `place` is where it stands in the original: page and boxes, a recording's seconds, the headings above it; None where
    nothing is known.
    """

    number: int
    article_id: str
    sentence_index: int
    start: int
    end: int
    text: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of the answer, the citations that prove it, and the probability that they do, 0 to 1.

    `kind` is "quotation", the article's own words, or "prose", an LLM's, which the citations were found to prove.
    """

    text: str
    citations: tuple[Citation, ...]
    support: float
    kind: Literal["quotation", "prose"] = "quotation"


@dataclass(frozen=True, slots=True)
class Withheld:
    """A statement of an LLM that is no part of the answer, because no sentence was found to prove it.

    `reason` is what it failed at: "source" (it names no sentence that there is), "number" (a number, date or unit),
    "quotation", "name", "order" (of names), "operator" (a negation, condition and the like), "words" (too many of its
    own), "support" (the reader is not sure enough), or "question" (the sentences do not answer what was asked).
    """

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class LLMUse:
    """What became of asking an LLM.

    Attributes:
        outcome: "prose": statements of it are shown. "unsupported": it wrote, and nothing of it is proved. "declined":
            it found no answer. "failed": it did not answer, or broke off; `error` says why. "not asked": no sentence is
            likely enough to answer, or the sentences contradict each other.
        model: its name; "" for the server's first.
        host: that questions and passages went to; "" for this machine.
        error, code, values: of a failure, as in `BelegError`.
    """

    outcome: Literal["prose", "unsupported", "declined", "failed", "not asked"]
    model: str = ""
    host: str = ""
    error: str = ""
    code: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What Beleg says to a question.

    Attributes:
        question: as it was asked.
        read_as: as it was understood, with the turn before where that was needed; else as asked.
        text: the answer with [1]-style markers, or, when `abstained`, that the article does not say.
        abstained: whether no sentence answers the question.
        reason: why, when `abstained`; else "".
        confidence: calibrated probability, 0 to 1, that the cited sentences answer the question; when `abstained`,
            that the nearest sentence would have.
        statements: the answer in parts; empty when `abstained`.
        citations: all evidence, by number; empty when `abstained`.
        span: half-open offsets of the short answer in the first citation's article, or None where the reader
            finds sentences only.
        nearest: the sentences that came nearest to answering, best first; only when `abstained`.
        language: of what Beleg itself says around the evidence, ISO 639-1.
        kind: what the message was taken for. "question": something that a sentence of the articles may answer.
            "overview": the articles as a whole; the cited sentences summarise them. "articles": the articles as such
            (how many, which, how long), answered from their titles and metadata. "talk": small talk, or Beleg itself.
            The latter two cite nothing and are marked as not from the articles. Of all but "question", `confidence` is
            the probability that the message was meant so.
        unanswered: of a message with several questions, those that no sentence answers; the others are answered.
        differs: whether the cited sentences answer differently ("1.2 metres" and "1.5 metres").
        withheld: what an LLM wrote that no sentence was found to prove.
        llm: what became of asking an LLM; None where there is none, or the message was no question.
    """

    question: str
    read_as: str
    text: str
    abstained: bool
    reason: str = ""
    confidence: float
    statements: tuple[Statement, ...] = ()
    citations: tuple[Citation, ...] = ()
    span: tuple[int, int] | None = None
    nearest: tuple[Hit, ...] = ()
    language: Language
    kind: Kind = "question"
    unanswered: tuple[str, ...] = ()
    differs: bool = False
    withheld: tuple[Withheld, ...] = ()
    llm: LLMUse | None = None

    @property
    def prose(self) -> tuple[Statement, ...]:
        """The statements that are an LLM's."""
        return tuple(statement for statement in self.statements if statement.kind == "prose")

    def to_dict(self) -> dict[str, Any]:
        """Return the answer in plain JSON types: what `beleg ask --json` prints."""
        plain: dict[str, Any] = to_jsonable_python(self)
        return plain


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier exchange of a conversation: a question and, where it is known, the answer."""

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
