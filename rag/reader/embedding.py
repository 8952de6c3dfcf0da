"""Reading: for each candidate sentence, the probability that it answers the question."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from index import Index
from index.models.encoder import FloatArray
from rag.conversation.follow_up import Query
from rag.retrieval.retriever import FEATURES, Candidates

COEFFICIENTS = Path(__file__).with_name("embedding_reader.json")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader makes of the candidates.

    Attributes:
        probabilities: that each candidate is the one that answers best, 0 to 1, shape (c,), in the candidates' order.
            Where two sentences prove an answer, they share what one would have.
        span: half-open offsets of the short answer in the text of the most probable one's article, or None.
    """

    probabilities: FloatArray
    span: tuple[int, int] | None = None

    @property
    def order(self) -> list[int]:
        """The candidates' places, the most probable first; equally probable ones as retrieved."""
        places: list[int] = np.argsort(-self.probabilities, kind="stable").tolist()
        return places


class Reader(Protocol):
    """Judges which sentences prove an answer, and how likely there is none."""

    def read(self, query: Query, candidates: Candidates, index: Index) -> Reading:
        """Judge candidates, sentences of `index`."""


class EmbeddingReader:
    """A logistic model over the retrieval features: no second pass over the text, a fraction of a millisecond.

    There are two sets of coefficients, for questions in the article's language and for others: between languages a
    low lexical score says nothing.

    Its coefficients are fitted and calibrated by benchmarks/fit.py --step embedding; the JSON file says on what.
    """

    def __init__(self, path: Path = COEFFICIENTS) -> None:
        fitted = json.loads(path.read_text(encoding="utf-8"))
        self._weights, self._biases = {}, {}
        for kind in ("native", "foreign"):
            self._weights[kind] = np.asarray([fitted[kind]["weights"][name] for name in FEATURES], np.float32)
            self._biases[kind] = np.float32(fitted[kind]["bias"])

    def read(self, query: Query, candidates: Candidates, index: Index) -> Reading:
        """Return a probability for each candidate; no span: an embedding does not say which words answer."""
        chances = self.alone(candidates)
        best = int(chances.argmax())
        # That it answers, and the best one does not.
        exclusive = chances * (1 - chances[best])
        exclusive[best] = chances[best]
        return Reading(exclusive)

    def alone(self, candidates: Candidates) -> FloatArray:
        """Return, for each candidate by itself, the probability that it answers, shape (c,)."""
        native, foreign = (candidates.features @ self._weights[k] + self._biases[k] for k in ("native", "foreign"))
        logits = np.where(candidates.foreign, foreign, native)
        probabilities: FloatArray = (1 / (1 + np.exp(-logits))).astype(np.float32)
        return probabilities
