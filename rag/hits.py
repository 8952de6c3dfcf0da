"""Rows of an index → Hits."""

from __future__ import annotations

from collections.abc import Callable

from index import Article, Index
from rag.answer import Hit
from rag.reader import Reading
from rag.retriever import Candidates


def sentence_hits(
    index: Index,
    candidates: Candidates,
    k: int,
    reading: Reading | None = None,
    calibrate: Callable[[float], float] = float,
) -> list[Hit]:
    """Return the k best candidate sentences as ranked; where the reader has read, with its probabilities, corrected."""
    hits = []
    for place, row in enumerate(candidates.rows[:k]):
        article, start, end, text = sentence_at(index, int(row))
        number = int(row - index.first_rows[index.article_rows[article.id]])
        probability = calibrate(float(reading.probabilities[place])) if reading else None
        score = float(candidates.scores[place])
        hits.append(Hit(place + 1, score, article.id, number, start, end, text, probability))
    return hits


def passage_hits(index: Index, candidates: Candidates, k: int) -> list[Hit]:
    """Return the k best passages as ranked."""
    hits = []
    for place, (article_row, first, last) in enumerate(index.passages[candidates.passage_rows[:k]].tolist()):
        article = index.articles[article_row]
        start, end = int(index.sentences[first, 1]), int(index.sentences[last, 2])
        number = first - int(index.first_rows[article_row])
        score = float(candidates.passage_scores[place])
        hits.append(Hit(place + 1, score, article.id, number, start, end, article.text[start:end]))
    return hits


def sentence_at(index: Index, row: int) -> tuple[Article, int, int, str]:
    """Return a sentence's article, start, end and text."""
    article_row, start, end, _ = (int(value) for value in index.sentences[row])
    article = index.articles[article_row]
    return article, start, end, article.text[start:end]
