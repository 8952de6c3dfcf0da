"""How well `confidence` tells what may be answered: AUROC, risk and coverage, calibration, thresholds.

Each of n questions has a confidence and a truth, 0 or 1; where `weights` are taken, they are of shape (b, n): how often
each question counts in each of b resamples. Results are then of shape (b,), NaN where they are not defined.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from rag.evaluation.report import Bin, Threshold

FloatArray = npt.NDArray[np.float64]

BINS = 10
CURVE_POINTS = 100


def auroc(confidence: FloatArray, answerable: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the chance that an answerable question has more confidence than one that is not; a tie is half."""
    order, starts = _ties(confidence)
    positive = np.add.reduceat(weights[:, order] * answerable[order], starts, axis=1)
    negative = np.add.reduceat(weights[:, order] * (1 - answerable[order]), starts, axis=1)
    below = np.cumsum(negative, axis=1) - negative
    return _ratio((positive * (below + negative / 2)).sum(1), positive.sum(1) * negative.sum(1))


def aurc(confidence: FloatArray, right: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the area under the risk–coverage curve, 0 to 1, lower is better.

    The mean over the questions of the share that is wrong among those with at least as much confidence (Geifman et al.
    2019, arXiv 1805.08206).
    """
    order, starts = _ties(-confidence)
    counted = np.add.reduceat(weights[:, order], starts, axis=1)
    wrong = np.add.reduceat(weights[:, order] * (1 - right[order]), starts, axis=1)
    covered = np.cumsum(counted, axis=1)
    risk = np.cumsum(wrong, axis=1) / np.maximum(covered, 1e-12)
    return _ratio((counted * risk).sum(1), counted.sum(1))


def expected_calibration_error(confidence: FloatArray, right: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the mean gap of confidence and truth over ten bins of equal width (Guo et al. 2017, arXiv 1706.04599)."""
    of_bin = np.eye(BINS)[_bin(confidence)]
    gaps = weights @ (of_bin * (confidence - right)[:, None])
    return _ratio(np.abs(gaps).sum(1), weights.sum(1))


def reliability(confidence: FloatArray, right: FloatArray) -> tuple[Bin, ...]:
    """Return the ten bins of the reliability diagram."""
    bins, of = [], _bin(confidence)
    for number in range(BINS):
        here = of == number
        n = int(here.sum())
        bins.append(Bin(number / BINS, (number + 1) / BINS, _mean(confidence[here]), _mean(right[here]), n))
    return tuple(bins)


def risk_coverage(confidence: FloatArray, right: FloatArray) -> tuple[tuple[float, float], ...]:
    """Return at most 100 points (coverage, share wrong of what is covered), by rising coverage."""
    if not len(confidence):
        return ()
    order, starts = _ties(-confidence)
    ends = np.append(starts[1:], len(order))
    risk = np.cumsum(1 - right[order])[ends - 1] / ends
    chosen = np.unique(np.linspace(0, len(ends) - 1, min(CURVE_POINTS, len(ends))).round().astype(int))
    return tuple((float(ends[place] / len(order)), float(risk[place])) for place in chosen)


def threshold_table(
    confidence: FloatArray, right: FloatArray, answerable: FloatArray, thresholds: Sequence[float]
) -> tuple[Threshold, ...]:
    """Return what each threshold would answer, get right and refuse."""
    rows = []
    for threshold in sorted(set(thresholds)):
        given = confidence >= threshold
        rows.append(
            Threshold(
                threshold,
                answered=float(given.mean()) if len(given) else 0.0,
                precision=_mean(right[given]),
                recall=_mean((right * given)[answerable > 0]),
                refused=_mean(1.0 - given[answerable == 0]),
            )
        )
    return tuple(rows)


def _ties(values: FloatArray) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the order of rising values, and where in it each run of equal ones begins."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    return order, np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)])


def _bin(confidence: FloatArray) -> npt.NDArray[np.intp]:
    return np.clip((confidence * BINS).astype(np.intp), 0, BINS - 1)


def _ratio(above: FloatArray, below: FloatArray) -> FloatArray:
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio: FloatArray = np.where(below > 0, above / below, np.nan)
    return ratio


def _mean(values: FloatArray) -> float | None:
    return float(values.mean()) if len(values) else None
