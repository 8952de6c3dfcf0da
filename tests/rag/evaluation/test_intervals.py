from __future__ import annotations

import numpy as np
import pytest

from rag.evaluation.statistics import bootstrap_intervals, permutation_p_values

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
