"""Rows of an index → Hits."""

from __future__ import annotations

from index import Index
from rag.answer import Hit
from rag.reader import Reading
from rag.retriever import Candidates
from rag.settings import Settings


def sentence_hits(index: Index, candidates: Candidates, k: int) -> list[Hit]:
    """Return the k best candidate sentences as retrieved."""
    return [_hit(index, candidates, place, place + 1, None) for place in range(min(k, len(candidates.rows)))]


def read_hits(index: Index, candidates: Candidates, reading: Reading, settings: Settings) -> list[Hit]:
    """Return the most probable candidate sentences, with the reader's probabilities, corrected."""
    return [
        _hit(index, candidates, place, rank, settings.calibration.apply(float(reading.probabilities[place])))
        for rank, place in enumerate(reading.order[: settings.read_sentences], start=1)
    ]


def _hit(index: Index, candidates: Candidates, place: int, rank: int, probability: float | None) -> Hit:
    row = int(candidates.rows[place])
    article_row, start, end, _ = (int(value) for value in index.sentences[row])
    article = index.articles[article_row]
    number = row - int(index.first_rows[article_row])
    score = float(candidates.scores[place])
    return Hit(rank, score, article.id, number, start, end, article.text[start:end], probability)


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
