"""The nouns of an evaluation: Evidence, GoldQuestion, QuestionSet. Files become them in `formats`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from index import Article

# What gold evidence is exact to: "sentences" (it overlaps those that answer) or "articles" (BEIR's qrels: the text as a
# whole is relevant, and nothing is known of its sentences).
Grain = Literal["sentences", "articles"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Gold: the part [start, end) of an article that answers, in characters of `Article.text`.

    `relevance` is the grade of a qrel, 1 or more; `group` tells pieces apart that are all needed ("both halves of a
    comparison") from alternatives: pieces of one group are alternatives, each group is needed.
    """

    article_id: str
    start: int
    end: int
    relevance: int = 1
    group: int = 0

    def overlaps(self, article_id: str, start: int, end: int) -> bool:
        """Whether a sentence, passage or citation shares a character with it."""
        return article_id == self.article_id and start < self.end and end > self.start


@dataclass(frozen=True, slots=True)
class GoldQuestion:
    """A question with what is known of its answer.

    Attributes:
        id: unique in its set.
        article_id: of the article it is asked of; "" where it is asked of the whole collection only.
        earlier: the questions of the conversation before, oldest first.
        answerable: whether the article answers it.
        answers: expected short answers, any of which is right; empty where none is known.
        evidence: what proves the answer; empty when not answerable.
        pair: the id of the question that this is the unanswerable twin of, else "".
    """

    id: str
    text: str
    language: str
    category: str
    article_id: str
    earlier: tuple[str, ...] = ()
    answerable: bool = True
    answers: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    pair: str = ""


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions and the articles they are asked of.

    Attributes:
        name: what reports call it, for example the file's name.
        sha256: of the file or files it was read from, in hexadecimal.
        articles: by id, read when called: a set may have a hundred thousand.
        article_ids: all ids, in order; questions of one article stand together, in this order.
        left_out: what of the file is not asked, and why, each in words.
    """

    name: str
    sha256: str
    grain: Grain
    article_ids: tuple[str, ...]
    article: Callable[[str], Article]
    questions: Sequence[GoldQuestion]
    left_out: tuple[str, ...] = ()
