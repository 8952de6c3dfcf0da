"""Several scores of the same candidates → one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from index.encoder import FloatArray
from rag.settings import FusionWeights


def fuse(weights: FusionWeights, standard: list[FloatArray], covered: float, numbers: FloatArray) -> FloatArray:
    """Return the weighted sum of c candidates' scores, shape (c,).

    Args:
        standard: standardised, each of shape (c,): sentence, context, neighbourhood, stems, ngrams, passage.
        covered: how far the question's words are found at all, 0 to 1.
        numbers: how many of the question's numbers each candidate has, shape (c,).
    """
    alone, in_context, around, by_stem, by_ngram, by_passage = standard
    fused: FloatArray = (
        weights.sentence * alone
        + weights.context * in_context
        + weights.neighbourhood * around
        + weights.passage * by_passage
        + covered
        * (weights.stems_covered * by_stem + weights.ngrams_covered * by_ngram + weights.passage_covered * by_passage)
        + weights.numbers * numbers
    )
    return fused


def standardise(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return z-scores: mean 0, deviation 1; all 0 where nothing varies."""
    spread = values.std()
    standard: npt.NDArray[np.float32] = (values - values.mean()) / spread if spread > 1e-9 else np.zeros_like(values)
    return standard


def lead(scores: FloatArray) -> FloatArray:
    """Return how far each score is above the best of the others (below it: negative); 0 where there is no other."""
    if len(scores) < 2:
        return np.zeros_like(scores)
    second, best = np.partition(scores, -2)[-2:]
    ahead: FloatArray = np.where(scores == best, scores - second, scores - best).astype(np.float32)
    return ahead


def softmax(scores: FloatArray) -> FloatArray:
    """Return each score's share, positive and together 1."""
    powers = np.exp(scores - scores.max())
    share: FloatArray = powers / powers.sum()
    return share
