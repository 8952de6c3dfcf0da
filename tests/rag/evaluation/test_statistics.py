"""AUROC, risk and coverage, calibration, thresholds, intervals and p-values, against cases worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from rag.evaluation.report import Threshold
from rag.evaluation.statistics import (
    aurc,
    auroc,
    bootstrap_intervals,
    expected_calibration_error,
    permutation_p_values,
    reliability,
    risk_coverage,
    threshold_table,
    wilson,
)


def once(values: np.ndarray) -> np.ndarray:
    return np.ones((1, len(values)))


def test_auroc_counts_pairs_and_half_of_ties() -> None:
    confidence, answerable = np.array([0.9, 0.8, 0.7, 0.3]), np.array([1.0, 0.0, 1.0, 0.0])
    assert auroc(confidence, answerable, once(confidence)) == pytest.approx([3 / 4])
    tied = np.array([0.5, 0.5, 0.5, 0.3])
    assert auroc(tied, answerable, once(tied)) == pytest.approx([(0.5 + 1 + 0.5 + 1) / 4])
    assert np.isnan(auroc(confidence, np.ones(4), once(confidence)))


def test_auroc_is_sklearns() -> None:
    random = np.random.default_rng(7)
    confidence, answerable = random.random(500).round(2), (random.random(500) < 0.4).astype(float)
    weights = random.integers(0, 4, (3, 500)).astype(float)
    expected = [roc_auc_score(answerable, confidence, sample_weight=row) for row in weights]
    assert auroc(confidence, answerable, weights) == pytest.approx(expected)


def test_a_question_that_counts_twice_is_there_twice() -> None:
    random = np.random.default_rng(8)
    confidence, right = random.random(40).round(1), (random.random(40) < 0.5).astype(float)
    times = random.integers(0, 3, 40)
    for measure in (auroc, aurc, expected_calibration_error):
        weighted = measure(confidence, right, times[None, :].astype(float))
        repeated = np.repeat(confidence, times), np.repeat(right, times)
        assert weighted == pytest.approx(measure(*repeated, once(repeated[0])))


def test_calibration_error_is_the_mean_gap_of_the_bins() -> None:
    confidence, right = np.array([0.95, 0.92, 0.15]), np.array([1.0, 0.0, 0.0])
    # Two in [0.9, 1): 0.935 against 0.5. One in [0.1, 0.2): 0.15 against 0.
    assert expected_calibration_error(confidence, right, once(right)) == pytest.approx([(2 * 0.435 + 0.15) / 3])
    bins = reliability(confidence, right)
    assert len(bins) == 10 and [some.n for some in bins] == [0, 1, 0, 0, 0, 0, 0, 0, 0, 2]
    assert bins[9].confidence == pytest.approx(0.935) and bins[9].accuracy == 0.5
    assert bins[0].confidence is None and bins[0].accuracy is None
    # The edges: 1 belongs to the last bin.
    assert [some.n for some in reliability(np.array([0.0, 1.0]), np.array([0.0, 1.0]))][::9] == [1, 1]


def test_risk_and_coverage() -> None:
    confidence, right = np.array([0.7, 0.9, 0.8]), np.array([1.0, 1.0, 0.0])
    curve = np.array(risk_coverage(confidence, right))
    assert curve == pytest.approx(np.array([(1 / 3, 0), (2 / 3, 1 / 2), (1, 1 / 3)]))
    assert aurc(confidence, right, once(right)) == pytest.approx([(0 + 1 / 2 + 1 / 3) / 3])
    # Equal confidences are answered together or not at all.
    tied = np.array([0.5, 0.9, 0.5])
    assert np.array(risk_coverage(tied, right)) == pytest.approx(np.array([(1 / 3, 0), (1, 1 / 3)]))
    assert aurc(tied, right, once(right)) == pytest.approx([(0 + 1 / 3 + 1 / 3) / 3])
    many = np.random.default_rng(9).random(5000)
    of_many = risk_coverage(many, np.ones(5000))
    assert len(of_many) <= 100 and of_many[-1] == (1, 0)


def test_thresholds() -> None:
    confidence, answerable = np.array([0.9, 0.6, 0.4, 0.7]), np.array([1.0, 1.0, 1.0, 0.0])
    right = np.array([1.0, 0.0, 1.0, 0.0])
    rows = threshold_table(confidence, right, answerable, [0.95, 0.4, 0.65, 0.4])
    assert rows == (
        Threshold(0.4, answered=1.0, precision=0.5, recall=2 / 3, refused=0.0),
        Threshold(0.65, answered=0.5, precision=0.5, recall=1 / 3, refused=0.0),
        Threshold(0.95, answered=0.0, precision=None, recall=0.0, refused=1.0),
    )


N = 400


VALUES = np.random.default_rng(3).normal(10, 2, (N, 2))


def means(values: np.ndarray):  # type: ignore[no-untyped-def]
    return lambda weights: weights @ values / np.maximum(weights.sum(1, keepdims=True), 1)


def differences(values: np.ndarray):  # type: ignore[no-untyped-def]
    """Means of differences whose sign turns where the two change places."""
    return lambda swaps: (1 - 2 * swaps) @ values / max(len(values), 1)


def test_an_interval_is_as_wide_as_the_normal_one_and_the_same_every_time() -> None:
    low, high = bootstrap_intervals(means(VALUES), np.arange(N))
    expected = 1.96 * VALUES.std(0) / np.sqrt(N)
    assert (high - low) / 2 == pytest.approx(expected, rel=0.1)
    assert VALUES.mean(0) == pytest.approx((low + high) / 2, abs=0.02)
    assert (bootstrap_intervals(means(VALUES), np.arange(N)) == [low, high]).all()


def test_a_question_and_its_twin_go_together() -> None:
    twice = np.concatenate([VALUES, VALUES])
    low, high = bootstrap_intervals(means(VALUES), np.arange(N))
    together = bootstrap_intervals(means(twice), np.tile(np.arange(N), 2))
    assert together == pytest.approx(np.stack([low, high]))
    apart = bootstrap_intervals(means(twice), np.arange(2 * N))
    assert ((apart[1] - apart[0]) < 0.8 * (high - low)).all(), "as if there were twice as many questions"


def test_too_few_for_an_interval() -> None:
    assert np.isnan(bootstrap_intervals(means(VALUES[:1]), np.zeros(1, np.int64))).all()
    assert np.isnan(bootstrap_intervals(means(VALUES[:0]), np.zeros(0, np.int64))).all()


def test_resamples_without_a_value_are_left_out() -> None:
    def of_the_first(weights: np.ndarray) -> np.ndarray:
        return np.where(weights[:, :1] > 0, 7.0, np.nan)

    assert (bootstrap_intervals(of_the_first, np.arange(5)) == 7).all()


def test_p_values_worked_out_by_hand() -> None:
    # All five for the better: of the 32 ways to change places, one is as good and one as bad.
    assert permutation_p_values(differences(np.ones((5, 1))), np.arange(5)) == pytest.approx([2 / 32])
    # Three for, one against: as far from 0 or farther are 1 + 4 on one side, twice that on both.
    three_to_one = np.array([[1.0], [1.0], [1.0], [-1.0]])
    assert permutation_p_values(differences(three_to_one), np.arange(4)) == pytest.approx([10 / 16])
    assert permutation_p_values(differences(np.zeros((6, 1))), np.arange(6)) == pytest.approx([1])
    assert permutation_p_values(differences(np.zeros((0, 2))), np.zeros(0, np.int64)).tolist() == [1, 1]


def test_p_values_of_many_questions_are_drawn_and_the_same_every_time() -> None:
    shifted = np.random.default_rng(4).normal([0.0, 0.5], 1, (200, 2))
    first, again = (permutation_p_values(differences(shifted), np.arange(200)) for _ in range(2))
    assert first[0] > 0.05 and first[1] < 0.001 and (first == again).all()
    # A pair that changes places together is one observation.
    pairs = np.repeat(np.arange(3), 2)
    assert permutation_p_values(differences(np.ones((6, 1))), pairs) == pytest.approx([2 / 8])


def test_wilsons_interval_is_the_published_one() -> None:
    # Newcombe 1998, Statistics in Medicine 17, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    for hits, n, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611), (1, 29, 0.0061, 0.1718)):  # fmt: skip
        figure = wilson(hits, n)
        assert (round(figure.low, 4), round(figure.high, 4), figure.n) == (low, high, n)


def test_a_swap_that_leaves_a_measure_over_nothing_is_no_sign_of_a_difference() -> None:
    # Before, one answer, wrong; after, one answer, to the other question, right. Of four swaps two leave one side empty.
    before, after = np.asarray([0.0, np.nan]), np.asarray([np.nan, 1.0])

    def difference(swaps: np.ndarray) -> np.ndarray:
        rows = []
        for swap in swaps > 0:
            first, second = np.where(swap, after, before), np.where(swap, before, after)
            means = [np.nan if np.isnan(some).all() else np.nanmean(some) for some in (first, second)]
            rows.append([means[1] - means[0]])
        return np.asarray(rows)

    assert permutation_p_values(difference, np.arange(2))[0] == 1.0
