"""The nouns of an evaluation: Evidence, GoldQuestion, QuestionSet; and which parts of an index are gold (Qrels)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from index import Article, Index

Grain = Literal["sentences", "articles"]
"""What gold evidence is exact to: the sentences that it overlaps, or an article as a whole, as in BEIR's qrels."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Gold: the part [start, end) of an article that answers, in characters of `Article.text`.

    Attributes:
        relevance: the grade of a qrel, 1 or more.
        group: pieces of one group are alternatives; each group is needed ("both halves of a comparison").
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
        article_ids: all ids, in order; questions of one article stand together, in this order.
        article: returns an article by its id; it is read only then, because a set may have a hundred thousand.
        left_out: which parts of the file are not asked, and why, a sentence each.
    """

    name: str
    sha256: str
    grain: Grain
    article_ids: tuple[str, ...]
    article: Callable[[str], Article]
    questions: Sequence[GoldQuestion]
    left_out: tuple[str, ...] = ()

    @classmethod
    def about(
        cls,
        articles: Sequence[Article],
        questions: Sequence[GoldQuestion],
        name: str,
        sha256: str,
        left_out: tuple[str, ...] = (),
    ) -> QuestionSet:
        """Return the questions that are asked of these articles, those of one article together."""
        known = {article.id: article for article in articles}
        order = {article_id: row for row, article_id in enumerate(known)}
        ordered = sorted(questions, key=lambda question: order[question.article_id])
        return cls(name, sha256, "sentences", tuple(known), known.__getitem__, ordered, left_out)


@dataclass(frozen=True, slots=True)
class Qrels:
    """The relevant documents of one question with their grades; sentences and passages by `name_of`, articles by id."""

    sentences: dict[str, int]
    passages: dict[str, int]
    articles: dict[str, int]


def qrels_of(index: Index, evidence: Sequence[Evidence]) -> Qrels:
    """Return what evidence makes relevant: each sentence and passage that shares a character with it, and its article.

    Evidence that is not in the index gets a name that no document has, so that it counts as not found.
    """
    sentences: dict[str, int] = {}
    passages: dict[str, int] = {}
    articles: dict[str, int] = {}
    for piece in evidence:
        articles[piece.article_id] = max(piece.relevance, articles.get(piece.article_id, 0))
        for found, spans in zip((sentences, passages), _spans(index, piece.article_id), strict=True):
            overlapping = spans[(spans[:, 0] < piece.end) & (spans[:, 1] > piece.start)]
            for start, end in overlapping.tolist() or [(piece.start, piece.end)]:
                name = name_of(piece.article_id, start, end)
                found[name] = max(piece.relevance, found.get(name, 0))
    return Qrels(sentences, passages, articles)


def name_of(article_id: str, start: int, end: int) -> str:
    """Return the name of a sentence or passage in qrels and runs."""
    return f"{article_id}:{start}-{end}"


def _spans(index: Index, article_id: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The starts and ends of an article's sentences, shape (sentences, 2), and of its passages, (passages, 2)."""
    row = index.article_rows.get(article_id)
    if row is None:
        return np.zeros((0, 2), np.int64), np.zeros((0, 2), np.int64)
    first, end = np.searchsorted(index.passages[:, 0], [row, row + 1])
    passages = index.passages[first:end]
    return (
        np.asarray(index.sentences[index.first_rows[row] : index.first_rows[row + 1], 1:3]),
        np.stack([index.sentences[passages[:, 1], 1], index.sentences[passages[:, 2], 2]], axis=1),
    )
