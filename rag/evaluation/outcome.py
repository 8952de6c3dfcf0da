"""What became of one question: a row of a report. Plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

# Why a question counts as failed. "not retrieved": no gold sentence among those that the reader looks at, whether it
# then answered or not; "wrong sentence": answered, and the most probable sentence is not gold; "incomplete": answered
# rightly, and a further sentence that the answer needs is not cited.
FAILURES = ("wrong sentence", "not retrieved", "abstained", "incomplete", "answered the unanswerable")


@dataclass(frozen=True, slots=True)
class Quote:
    """A piece of an article: `text` is `Article.text[start:end]`.

    `sentence_index` is -1 where it is no whole sentence, as gold evidence need not be. `group` is that of the evidence:
    pieces of one group are alternatives, each group is needed.
    """

    article_id: str
    sentence_index: int
    start: int
    end: int
    text: str
    group: int = 0

    def overlaps(self, other: Quote) -> bool:
        """Whether the two share a character."""
        return self.article_id == other.article_id and self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Outcome:
    """One question as it was asked, answered and judged.

    Attributes:
        earlier: the questions asked before it in the conversation, oldest first.
        article_id, article_title: what it was asked of; "" where that is the whole collection.
        answers: expected short answers.
        gold: the evidence, piece by piece; shortened for display where it is a whole article.
        confidence: as `Answer.confidence`.
        text: of the answer, with its markers, or of the abstention.
        short_answer: the text of `Answer.span`; "" where there is none.
        citations: empty when it abstained.
        nearest: the retrieved sentences, best first, at most three, whether it answered or not.
        context_before, context_after: the article around the first piece of gold, at most 200 characters each.
        seconds: from the question to the whole answer.
        measures: this question's value of each measure that applies to it, by the names in `measures.NAMES`.
        failure: "" or one of FAILURES.
        pair: the id of the question that this is the unanswerable twin of, else "".
    """

    id: str
    question: str
    earlier: tuple[str, ...]
    language: str
    category: str
    article_id: str
    article_title: str
    answerable: bool
    answers: tuple[str, ...]
    gold: tuple[Quote, ...]
    answered: bool
    confidence: float
    text: str
    short_answer: str
    citations: tuple[Quote, ...]
    nearest: tuple[Quote, ...]
    context_before: str
    context_after: str
    seconds: float
    measures: dict[str, float]
    failure: str
    pair: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Outcome:
        """Return what `to_dict` gave. Raises KeyError, TypeError or ValueError for anything else."""
        quotes = {name: tuple(Quote(**quote) for quote in data[name]) for name in ("gold", "citations", "nearest")}
        plain = {name: tuple(data[name]) for name in ("earlier", "answers")}
        return cls(**{**data, **quotes, **plain})
