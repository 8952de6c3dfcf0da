"""Questions about an article as a whole ("What is it about?"): no single sentence answers them, a few summarise it.

A support vector machine over the embedded encoder's question vector recognises these questions, in any of its
languages; benchmarks/fit_overview.py fits it. The sentences that summarise an article are its first, and those that
together are most similar to all the others (facility location, Lin & Bilmes 2011, "A Class of Submodular Functions for
Document Summarization").
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from index import Encoder, Index
from index.models.encoder import FloatArray, SentenceTransformerEncoder
from rag.answer import Answer, Citation, Statement
from rag.answering.messages import MESSAGES

COEFFICIENTS = Path(__file__).with_name("overview.json")
VECTORS = Path(__file__).with_name("overview.npz")
# Of a longer article, this many evenly spread sentences are considered.
MOST_CONSIDERED = 500


class OverviewJudge:
    """Recognises a question about an article as a whole by its vector."""

    def __init__(self) -> None:
        self._fitted = json.loads(COEFFICIENTS.read_text(encoding="utf-8"))
        with np.load(VECTORS, allow_pickle=False) as arrays:
            self._support, self._dual = arrays["support"].astype(np.float32), arrays["dual"]
            self._mean = arrays["mean"]

    def probabilities(self, vectors: FloatArray) -> FloatArray:
        """Return the probability for each question, shape (n,), from its vector of the embedded encoder, (n, 384)."""
        shifted = vectors - self._mean
        shifted /= np.linalg.norm(shifted, axis=1, keepdims=True)
        distances = 1 + (self._support**2).sum(1) - 2 * shifted @ self._support.T
        scores = np.exp(-self._fitted["gamma"] * distances) @ self._dual + self._fitted["bias"]
        found: FloatArray = 1 / (1 + np.exp(-(self._fitted["slope"] * scores + self._fitted["offset"])))
        return found


_judge = cache(OverviewJudge)


def asks_for_overview(vector: FloatArray, encoder: Encoder) -> float:
    """Return the probability, 0 to 1, that a question asks for an overview; 0 with any but the embedded encoder.

    Args:
        vector: the question's, as it was asked, without the turn before; shape (dimension,).
    """
    if not isinstance(encoder, SentenceTransformerEncoder) or not encoder.embedded:
        return 0.0
    return float(_judge().probabilities(vector[None])[0])


def overview(abstention: Answer, index: Index, most: int, probability: float) -> Answer:
    """Return an answer that quotes the sentences that summarise the articles; the abstention if there are none.

    Args:
        most: how many sentences at most.
        probability: that the question asks for this, as `asks_for_overview` returned it.
    """
    citations = []
    for number, row in enumerate(overview_rows(index, most), start=1):
        article, place, start, end = index.locate(row)
        citations.append(Citation(number, article.id, place, start, end, article.text[start:end]))
    if not citations:
        return abstention
    quoted = [f"{citation.text} [{citation.number}]" for citation in citations]
    return replace(
        abstention,
        # It was understood by itself, whatever was said before.
        read_as=abstention.question,
        text="\n".join([MESSAGES[abstention.language].overview, *quoted]),
        abstained=False,
        reason="",
        confidence=probability,
        statements=tuple(Statement(citation.text, (citation,), probability) for citation in citations),
        citations=tuple(citations),
        nearest=(),
        kind="overview",
    )


def overview_rows(index: Index, most: int) -> list[int]:
    """Return rows of `Index.sentences` that summarise its articles, in their order.

    Args:
        most: how many sentences at most; an index with more articles than that has none.
    """
    count = len(index.articles)
    if count > most:
        return []
    return [
        row
        for first, end in zip(index.first_rows[:-1].tolist(), index.first_rows[1:].tolist(), strict=True)
        for row in _central_rows(index, first, end, most // count)
    ]


def _central_rows(index: Index, first: int, end: int, most: int) -> list[int]:
    rows = np.unique(np.linspace(first, end - 1, min(end - first, MOST_CONSIDERED)).astype(int))
    vectors = index.context_vectors[rows].astype(np.float32)
    # Sentences of one article are all similar; without their mean, the differences between them count.
    vectors -= vectors.mean(0)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9
    near = np.maximum(vectors @ vectors.T, 0)
    chosen = [0]
    covered = near[0].copy()
    while len(chosen) < min(most, len(rows)):
        gains = np.maximum(near, covered).sum(1)
        gains[chosen] = -1
        chosen.append(int(gains.argmax()))
        covered = np.maximum(covered, near[chosen[-1]])
    return sorted(rows[chosen].tolist())
