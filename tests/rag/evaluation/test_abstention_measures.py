"""AUROC, risk and coverage, calibration and thresholds, against cases worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from rag.evaluation.report import Threshold
from rag.evaluation.statistics import (
    aurc,
    auroc,
    expected_calibration_error,
    reliability,
    risk_coverage,
    threshold_table,
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
