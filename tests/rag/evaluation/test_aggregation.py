"""Figures of outcomes made by hand: intervals that have a width, evidence that is all needed, times that are positive."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from index.errors import EvaluationStopped
from rag import Settings
from rag.evaluation import Outcome, evaluate
from rag.evaluation.aggregation import Tally, figures
from tests.small_set import BREAD, gold, small_set


def outcome(number: int, right: float, confidence: float = 0.9, seconds: float = 0.3) -> Outcome:
    return Outcome(
        id=f"q{number}", question="?", earlier=(), language="de", category="a", article_id="", article_title="",
        answerable=True, answers=(), gold=(), answered=True, confidence=confidence, text="", short_answer="",
        citations=(), nearest=(), context_before="", context_after="", seconds=seconds,
        measures={"best right": right, "right": right, "precision": right}, failure="", pair="",
    )  # fmt: skip


def test_a_share_that_is_all_the_same_is_not_certain() -> None:
    all_right = figures(Tally(outcome(number, 1.0) for number in range(12)).sample())["right"]
    # Wilson's interval of 12 of 12: 12 / (12 + 1.96²).
    assert (all_right.value, all_right.high) == (1.0, 1.0) and all_right.low == pytest.approx(0.7575, abs=1e-3)
    none_right = figures(Tally(outcome(number, 0.0) for number in range(12)).sample())["right"]
    assert none_right.value == none_right.low == 0.0 and none_right.high == pytest.approx(0.2425, abs=1e-3)


def test_the_interval_of_the_calibration_error_holds_its_value() -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        confidence = rng.uniform(0.05, 0.95, 200)
        right = (rng.random(200) < confidence).astype(float)
        sample = Tally(outcome(n, r, c) for n, (r, c) in enumerate(zip(right, confidence, strict=True))).sample()
        error = figures(sample)["ECE"]
        # Of perfectly calibrated answers; a percentile interval lies above the value in one case of five.
        assert 0 <= error.low <= error.value <= error.high and error.low < error.high


def test_a_single_question_took_no_negative_time() -> None:
    latency = Tally([outcome(1, 1.0, seconds=0.3)]).latency()
    assert latency.p50 == latency.p95 == 0.3 and sum(n for _, _, n in latency.histogram) == 1
    assert min(low for low, _, _ in latency.histogram) >= 0


def test_half_of_the_evidence_is_right_and_not_complete() -> None:
    question = replace(
        small_set("heat").questions[0], evidence=(gold(BREAD, "230 Grad", group=1), gold(BREAD, "drei Tage", group=2))
    )
    found = evaluate(replace(small_set("heat"), questions=[question]), settings=Settings(max_citations=1))
    only = next(iter(found.questions))
    assert only.measures["right"] == 1 and only.measures["complete"] == 0 and only.failure == "incomplete"
    assert found.summary["complete"].value == 0.0


def test_it_stops_while_an_index_is_made() -> None:
    seen: list[str] = []
    with pytest.raises(EvaluationStopped, match="after 0 of"):
        evaluate(small_set(), stop=lambda: bool(seen), indexing=lambda what, *_: seen.append(what))
    assert seen, "nothing was said of an index being made"
