"""The nouns of an evaluation: Evidence, GoldQuestion, QuestionSet. Files become them in `formats`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from index import Article, Index
from rag.answer import Hit

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


# Gold evidence → which sentences, passages and articles of an index are relevant.


@dataclass(frozen=True, slots=True)
class Qrels:
    """The relevant documents of one question with their grades, by the names that `name_of` gives."""

    sentences: dict[str, int]
    passages: dict[str, int]
    articles: dict[str, int]


def qrels_of(index: Index, evidence: Sequence[Evidence]) -> Qrels:
    """Return what evidence makes relevant: each sentence and passage that shares a character with it, and its article.

    Evidence that the index does not have is there too, under a name that nothing will be found by.
    """
    sentences: dict[str, int] = {}
    passages: dict[str, int] = {}
    articles: dict[str, int] = {}
    for piece in evidence:
        articles[piece.article_id] = max(piece.relevance, articles.get(piece.article_id, 0))
        row = index.article_rows.get(piece.article_id)
        for found, spans in ((sentences, _sentences(index, row)), (passages, _passages(index, row))):
            overlapping = spans[(spans[:, 0] < piece.end) & (spans[:, 1] > piece.start)]
            for start, end in overlapping.tolist() or [(piece.start, piece.end)]:
                name = name_of(piece.article_id, start, end)
                found[name] = max(piece.relevance, found.get(name, 0))
    return Qrels(sentences, passages, articles)


def name_of(article_id: str, start: int, end: int) -> str:
    """Return the name of a sentence or passage among qrels."""
    return f"{article_id}:{start}-{end}"


def name_of_hit(hit: Hit) -> str:
    """Return the name of a sentence or passage among qrels."""
    return name_of(hit.article_id, hit.start, hit.end)


def _sentences(index: Index, article_row: int | None) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """The starts and ends of an article's sentences, shape (sentences, 2)."""
    if article_row is None:
        return np.zeros((0, 2), np.int64)
    return np.asarray(index.sentences[index.first_rows[article_row] : index.first_rows[article_row + 1], 1:3])


def _passages(index: Index, article_row: int | None) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """The starts and ends of an article's passages, shape (passages, 2)."""
    if article_row is None:
        return np.zeros((0, 2), np.int64)
    first, end = np.searchsorted(index.passages[:, 0], [article_row, article_row + 1])
    own = index.passages[first:end]
    return np.stack([index.sentences[own[:, 1], 1], index.sentences[own[:, 2], 2]], axis=1)
