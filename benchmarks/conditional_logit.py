"""The conditional logit (McFadden 1974): which of a question's candidates, or none, by a softmax over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Groups:
    """Which rows of a table are one question's candidates, and which of these answer it.

    Attributes:
        starts: each question's first row, shape (g,).
        of: each row's question, shape (n,).
        answers: 1 for rows that answer, shape (n,).
        weights: how much each question counts, shape (g,).
    """

    starts: npt.NDArray[np.int64]
    of: npt.NDArray[np.int64]
    answers: FloatArray
    weights: FloatArray

    @classmethod
    def from_questions(cls, answers: Sequence[npt.NDArray[np.bool_]], weights: Sequence[float]) -> Groups:
        """Group rows that stand question by question."""
        lengths = [len(some) for some in answers]
        starts = np.cumsum([0, *lengths])[:-1].astype(np.int64)
        rows = np.repeat(np.arange(len(lengths)), lengths)
        return cls(starts, rows, np.concatenate(answers).astype(np.float64), np.asarray(weights, np.float64))


def conditional_logit(terms: FloatArray, groups: Groups, *, none: bool, ridge: float = 1e-3) -> FloatArray:
    """Return the weights that make the answers most likely.

    Args:
        terms: what the weights multiply, shape (n, weights).
        none: whether "none of them", with the score 0, is among each question's choices; where it is not, questions
            without an answer say nothing.
        ridge: how much the squared weights cost, beside the mean of a question's loss.
    """
    per_group = np.add.reduceat(groups.answers, groups.starts)
    gold = groups.answers / np.maximum(per_group, 1)[groups.of]
    counts = groups.weights / groups.weights.sum() * (1.0 if none else per_group > 0)

    def loss(weights: FloatArray) -> tuple[float, FloatArray]:
        scores = terms @ weights
        highest = np.maximum.reduceat(scores, groups.starts)
        if none:
            highest = np.maximum(highest, 0.0)
        powers = np.exp(scores - highest[groups.of])
        sums = np.add.reduceat(powers, groups.starts) + (np.exp(-highest) if none else 0.0)
        totals = highest + np.log(sums)
        # Where none answers its score, 0, is the gold one.
        likelihood = np.add.reduceat(gold * scores, groups.starts) - totals
        slopes = (powers / sums[groups.of] - gold) * counts[groups.of]
        value = -float(counts @ likelihood) + ridge * float(weights @ weights)
        return value, terms.T @ slopes + 2 * ridge * weights

    found: FloatArray = minimize(loss, np.zeros(terms.shape[1]), jac=True, method="L-BFGS-B").x
    return found
