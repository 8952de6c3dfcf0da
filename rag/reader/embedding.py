"""The Reader protocol, and the embedding reader: how probably each candidate sentence answers the question."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from index import Index
from index.models.encoder import FloatArray
from rag.conversation.query import Query
from rag.retrieval.retriever import FEATURES, Candidates

COEFFICIENTS = Path(__file__).with_name("embedding_reader.json")


@dataclass(frozen=True, slots=True)
class Reading:
    """A reader's judgement of the candidates.

    Attributes:
        probabilities: that each candidate is the one that answers best, 0 to 1, shape (c,), in the candidates' order.
            Two sentences that prove the same answer have about half each of what one alone would have.
        span: half-open offsets of the short answer in the text of the most probable candidate's article, or None.
        differing: the places of candidates that answer differently than the most probable one, and the offsets of the
            short answer in each one's article.
        listed: the places of the entries of the list that answers as a whole; each has the probability that one of them
            answers.
    """

    probabilities: FloatArray
    span: tuple[int, int] | None = None
    differing: tuple[tuple[int, tuple[int, int]], ...] = ()
    listed: tuple[int, ...] = ()

    @property
    def order(self) -> list[int]:
        """The candidates' places, most probable first; equally probable ones in the order they were retrieved."""
        places: list[int] = np.argsort(-self.probabilities, kind="stable").tolist()
        return places


class Reader(Protocol):
    """Judges which sentences prove an answer, and how probably none does.

    Attributes:
        reads_context: whether it reads `Query.in_context`, a message with the turns before it, or only `Query.asked`.
    """

    reads_context: bool

    def read(self, query: Query, candidates: Candidates, index: Index) -> Reading:
        """Judge candidates, sentences of `index`."""


class EmbeddingReader:
    """A logistic model over the retrieval features: no second pass over the text, a fraction of a millisecond.

    It has one set of coefficients for questions in the article's language and one for others: between languages a low
    lexical score means nothing. benchmarks/fit.py --step embedding fits them; the JSON file says on what data.
    """

    reads_context = False

    def __init__(self, path: Path = COEFFICIENTS) -> None:
        fitted = json.loads(path.read_text(encoding="utf-8"))
        self._models = coefficients(fitted, FEATURES)

    def read(self, query: Query, candidates: Candidates, index: Index) -> Reading:
        """Return a probability for each candidate, and no span: an embedding does not tell which words answer."""
        chances = self.alone(candidates)
        best = int(chances.argmax())
        # The probability that it answers and the best one does not.
        exclusive = chances * (1 - chances[best])
        exclusive[best] = chances[best]
        return Reading(exclusive)

    def alone(self, candidates: Candidates) -> FloatArray:
        """Return, for each candidate by itself, the probability that it answers, shape (c,)."""
        native, foreign = (candidates.features @ weights + bias for weights, bias in self._models)
        logits = np.where(candidates.foreign, foreign, native)
        probabilities: FloatArray = (1 / (1 + np.exp(-logits))).astype(np.float32)
        return probabilities


def coefficients(fitted: dict[str, Any], names: Sequence[str]) -> list[tuple[FloatArray, np.float32]]:
    """Return (weights, bias) for questions in the article's language, and for others.

    Args:
        fitted: what a file of coefficients holds.
        names: of the weights, in the order of the features.
    """
    kinds = (fitted["native"], fitted["foreign"])
    return [(np.asarray([kind["weights"][n] for n in names], np.float32), np.float32(kind["bias"])) for kind in kinds]
