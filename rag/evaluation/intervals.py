"""95 % bootstrap intervals and paired randomisation tests, by scipy. Seeded: the same every time.

What is resampled is clusters of questions: a question and its unanswerable twin go together (Efron & Tibshirani 1993).
The intervals are the percentile ones; where every value is the same, they have no width, however few the questions.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from rag.evaluation.extra import eval_extra

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

RESAMPLES = 2000
PERMUTATIONS = 4999
CONFIDENCE = 0.95
SEED = 20_240_711
# Entries of a matrix of weights that are held at once: 2 MB, with what is made of it some 20.
_BATCH_ENTRIES = 250_000


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
    if not count:
        return np.ones(statistic(np.zeros((1, 0))).shape[1])

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
