"""The statistics of an evaluation: how well `confidence` tells what may be answered, intervals and p-values.

Each of n questions has a confidence and a truth, 0 or 1; where `weights` are taken, they are of shape (b, n): how often
each question counts in each of b resamples. Results are then of shape (b,), NaN where they are not defined. Intervals
are at 95 %. What is drawn at random is seeded: it is the same every time.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from rag.evaluation.measures import eval_extra
from rag.evaluation.report import Bin, Figure, Threshold

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

BINS = 10
CURVE_POINTS = 100
RESAMPLES = 2000
PERMUTATIONS = 4999
CONFIDENCE = 0.95
SEED = 20_240_711
# Entries of a matrix of weights in memory at once: 2 MB, and some 20 MB with what is computed from it.
_BATCH_ENTRIES = 250_000


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


def bootstrap_intervals(statistic: Callable[[FloatArray], FloatArray], clusters: IntArray) -> FloatArray:
    """Return the lower and upper ends of m intervals, shape (2, m); NaN where there are fewer than two clusters.

    Args:
        statistic: from weights of shape (b, n), how often each of n questions counts, to m values each, shape (b, m);
            NaN where one is not defined, which then leaves that resample out.
        clusters: the number of each question's cluster, from 0, shape (n,).

    Raises:
        ExtraError: scipy is not installed.
    """
    with eval_extra():
        from scipy.stats import bootstrap

    count = int(clusters.max(initial=-1)) + 1
    if count < 2:
        return np.full((2, statistic(np.ones((1, len(clusters)))).shape[1]), np.nan)
    alone = bool((clusters == np.arange(len(clusters))).all())

    def resampled(drawn: FloatArray, axis: int) -> FloatArray:
        weights = _times_drawn(drawn.astype(np.int64), count)
        return statistic(weights if alone else weights[:, clusters]).T

    with warnings.catch_warnings():
        # Where resamples without a value are left out, scipy's own interval is NaN.
        warnings.simplefilter("ignore")
        found = bootstrap(
            (np.arange(count),),
            resampled,
            n_resamples=RESAMPLES,
            batch=max(1, _BATCH_ENTRIES // len(clusters)),
            vectorized=True,
            method="percentile",
            confidence_level=CONFIDENCE,
            rng=np.random.default_rng(SEED),
        )
        ends = np.stack(found.confidence_interval)
        tail = (1 - CONFIDENCE) / 2
        partly = np.nanquantile(found.bootstrap_distribution, [tail, 1 - tail], axis=1)
    return np.where(np.isnan(ends), partly, ends)


def permutation_p_values(
    statistic: Callable[[FloatArray], FloatArray], clusters: IntArray, permutations: int = PERMUTATIONS
) -> FloatArray:
    """Return two-sided p-values of m differences between two systems that were asked the same questions, shape (m,).

    Args:
        statistic: from swaps of shape (b, n), 1 where a question's two results change places, to m differences each,
            shape (b, m).
        clusters: as above; the results of a cluster change places together.

    Raises:
        ExtraError: scipy is not installed.
    """
    with eval_extra():
        from scipy.stats import permutation_test

    count = int(clusters.max(initial=-1)) + 1
    if count < 2:
        # The two ways to call a single pair of results are equally extreme.
        return np.ones(statistic(np.zeros((1, len(clusters)))).shape[1])

    observed = statistic(np.zeros((1, len(clusters))))[0]

    def swapped(first: FloatArray, second: FloatArray, axis: int) -> FloatArray:
        swaps = np.atleast_2d(first)[:, clusters]
        found = statistic(swaps)
        # A measure that a swap leaves over no question is no sign of a difference: it counts as one as large.
        found = np.where(np.isnan(found), observed, found)
        return found if first.ndim > 1 else found[0]

    # The two samples are labels: 0 stays with its system, 1 has changed places.
    found = permutation_test(
        (np.zeros(count), np.ones(count)),
        swapped,
        permutation_type="samples",
        vectorized=True,
        n_resamples=permutations,
        batch=max(1, _BATCH_ENTRIES // len(clusters)),
        rng=np.random.default_rng(SEED),
    )
    p_values: FloatArray = np.asarray(found.pvalue, np.float64)
    return p_values


def _times_drawn(drawn: IntArray, count: int) -> FloatArray:
    """How often each of `count` clusters is in each row of `drawn`, shape (rows, count)."""
    rows = np.atleast_2d(drawn)
    shifted = rows + count * np.arange(len(rows))[:, None]
    return np.bincount(shifted.ravel(), minlength=len(rows) * count).reshape(len(rows), count).astype(np.float64)


def wilson(hits: int, n: int) -> Figure:
    """Return a share with its 95 % interval (Wilson 1927), which has a width where all or none of a few are hits.

    Raises:
        ExtraError: scipy is not installed.
    """
    with eval_extra():
        from scipy.stats import binomtest

    interval = binomtest(hits, n).proportion_ci(CONFIDENCE, method="wilson")
    return Figure(hits / n, float(interval.low), float(interval.high), n)
