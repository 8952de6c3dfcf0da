"""Chooses the least confidence to answer with."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


def choose_threshold(probabilities: Floats, right: Bools, precision: float, least: int) -> tuple[float, bool]:
    """Return the lowest threshold with a precision, and True; or else the one of the best precision, and False.

    It is the shortest number between two neighbouring probabilities, so that no last bit decides.

    Args:
        probabilities: of the best sentences, shape (n,).
        right: whether they are, shape (n,).
        precision: least share of right ones among those answered.
        least: to be answered, 1 to n; a threshold that answers two, both right, promises nothing.
    """
    order = np.argsort(-probabilities, kind="stable")
    ranked = np.append(probabilities[order], -1.0)
    answered = np.arange(1, len(order) + 1)
    found = np.cumsum(right[order]) / answered
    # One of equal probabilities cannot be answered without the others.
    possible = np.flatnonzero((ranked[:-1] > ranked[1:]) & (answered >= least))
    reaching = possible[found[possible] >= precision - 1e-12]
    # The lowest is the last; of equally precise ones it answers the most.
    last = reaching[-1] if len(reaching) else possible[found[possible] == found[possible].max()][-1]
    return _between(max(0.0, float(ranked[last + 1])), float(ranked[last])), bool(len(reaching))


def _between(low: float, high: float) -> float:
    """Return the number of the fewest digits in (low, high], near the middle."""
    rounded = (round((low + high) / 2, digits) for digits in range(2, 17))
    return next((number for number in rounded if low < number <= high), high)
