"""Gold evidence → which sentences, passages and articles of an index are relevant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index import Index
from rag.answer import Hit
from rag.evaluation.questions import Evidence


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
