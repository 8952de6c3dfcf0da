"""Platt scaling: probabilities from scores (Platt 1999, Probabilistic Outputs for Support Vector Machines)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rag.settings import Calibration

FLATTEST = 1e-3
# A steeper slope comes of sets where right and wrong hardly overlap; it would round many probabilities to 1.
_STEEPEST = 4.0
# Logits of confidences nearer to 0 or 1 than this count as this one's: 0 and 1 have none.
_NEAREST = 1e-9


def fit_platt(confidences: npt.NDArray[np.float64], right: npt.NDArray[np.bool_]) -> Calibration:
    """Fit slope and offset on the logit, by maximum likelihood.

    The targets are Platt's: (n + 1) / (n + 2) for the n right ones and 1 / (m + 2) for the m wrong ones instead of 1
    and 0, so that a small set without overlap does not make it infinitely sure.

    Args:
        confidences: 0 to 1, shape (n,).
        right: shape (n,).

    Returns:
        a slope between FLATTEST, where the right ones have no higher confidences than the wrong ones, and 4.
    """
    from rag.evaluation.extra import eval_extra

    with eval_extra():
        from scipy.optimize import minimize
        from scipy.special import expit, logit

    scores = logit(np.clip(confidences, _NEAREST, 1 - _NEAREST))
    hits, misses = int(right.sum()), int((~right).sum())
    targets = np.where(right, (hits + 1) / (hits + 2), 1 / (misses + 2))

    def loss(parameters: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        scaled = parameters[0] * scores + parameters[1]
        gaps = expit(scaled) - targets
        # The cross-entropy, written so that a large logit does not overflow.
        return float(np.mean(np.logaddexp(0, scaled) - targets * scaled)), np.array(
            [np.mean(gaps * scores), np.mean(gaps)]
        )

    found = minimize(loss, (1.0, 0.0), jac=True, method="L-BFGS-B", bounds=[(FLATTEST, _STEEPEST), (None, None)])
    slope, offset = (round(float(value), 6) for value in found.x)
    return Calibration(slope, offset)
