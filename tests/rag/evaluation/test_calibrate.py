"""Calibration on hand-made outcomes, where the right fit and the right threshold are known."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from index.errors import QuestionSetError
from rag import Settings
from rag.evaluation.calibrate import calibrate, fit_platt
from rag.evaluation.outcome import Outcome, Quote
from rag.evaluation.statistics import wilson
from rag.settings import Calibration


def outcome(
    number: int, confidence: float, right: bool, answerable: bool = True, article: str = "", pair: str = ""
) -> Outcome:
    gold = Quote(article or "a", 3, 100, 150, "x" * 50)
    return Outcome(
        id=str(number),
        question="Wer?",
        earlier=(),
        language="de",
        category="factoid",
        article_id=article or "a",
        article_title="A",
        answerable=answerable,
        answers=(),
        gold=(gold,) if answerable else (),
        answered=False,
        confidence=confidence,
        text="",
        short_answer="",
        citations=(),
        nearest=(),
        context_before="",
        context_after="",
        seconds=0.0,
        measures={"best right": float(right)} if answerable else {},
        failure="",
        pair=pair,
    )


def ranked(pattern: str) -> list[Outcome]:
    """From the most confident down: R right, W wrong, U not answerable."""
    return [
        outcome(number, 0.99 - 0.9 * number / len(pattern), mark == "R", mark != "U")
        for number, mark in enumerate(pattern)
    ]


def test_the_lowest_threshold_with_the_precision_is_chosen() -> None:
    # 18 of the first 20 are right, and whatever answers more is below 0.9; whatever answers 17 or less is above.
    outcomes = ranked("R" * 16 + "WR" + "WR" + "WWUU" + "R" * 4 + "W" * 6 + "U" * 6)
    fit = calibrate(outcomes, 0.9)
    assert fit.reached and fit.wished == 0.9
    assert fit.chosen.precision == 0.9 and fit.chosen.answered == 20 / 40
    assert fit.chosen.recall == 18 / 32 and fit.chosen.refused == 1.0
    answered = [o.id for o in outcomes if fit.calibration.apply(o.confidence) >= fit.threshold]
    assert answered == [str(number) for number in range(20)]
    # In steps of 0.02 there is a number of two digits or three between any two neighbours.
    assert fit.threshold == round(fit.threshold, 3)
    assert calibrate(outcomes, 0.95).chosen.answered == 16 / 40, "at 18 answered it is 17 / 18, below; 16 are all right"


def test_a_threshold_that_answers_next_to_nothing_does_not_count() -> None:
    fit = calibrate(ranked("RRR" + "WR" * 15 + "UU"), 0.95)
    assert not fit.reached and fit.chosen.answered >= 10 / 35
    assert fit.chosen.precision == max(p.precision or 0 for p in fit.curve if p.answered >= 10 / 35)


def test_equal_confidences_are_answered_together_or_not() -> None:
    outcomes = [outcome(number, 0.9 if number < 30 else 0.2, number % 3 > 0) for number in range(60)]
    fit = calibrate([*outcomes, *(outcome(60 + number, 0.1, False) for number in range(20))], 0.66)
    assert fit.reached and fit.chosen.precision == pytest.approx(2 / 3)
    assert [point.answered for point in fit.curve] == [1.0, 60 / 80, 30 / 80]
    assert [point.threshold for point in fit.curve] == sorted(point.threshold for point in fit.curve)


def test_the_fit_finds_the_slope_and_the_offset_that_made_the_outcomes() -> None:
    true, outcomes = Calibration(0.6, -0.8), list[Outcome]()
    for place, confidence in enumerate(np.linspace(0.02, 0.98, 49)):
        hits = round(200 * true.apply(float(confidence)))
        outcomes += [outcome(200 * place + n, float(confidence), n < hits) for n in range(200)]
    fit = calibrate(outcomes, 0.5)
    assert fit.calibration.slope == pytest.approx(true.slope, abs=0.01)
    assert fit.calibration.offset == pytest.approx(true.offset, abs=0.01)
    assert fit.error < 0.02 < 0.1 < fit.error_before
    assert fit.threshold == pytest.approx(true.apply(float(np.linspace(0.02, 0.98, 49)[0])), abs=0.3)


def test_the_fit_is_what_an_independent_one_finds() -> None:
    from sklearn.linear_model import LogisticRegression

    generator = np.random.default_rng(3)
    scores = generator.normal(0, 2, 80)
    right = generator.random(80) < 1 / (1 + np.exp(-(0.7 * scores - 0.4)))
    hits, misses = right.sum(), (~right).sum()
    targets = np.where(right, (hits + 1) / (hits + 2), 1 / (misses + 2))
    # Platt's targets as weights: each question once as right, once as wrong.
    reference = LogisticRegression(C=1e9, tol=1e-10, max_iter=1000).fit(
        np.tile(scores, 2)[:, None], [1] * 80 + [0] * 80, sample_weight=np.concatenate([targets, 1 - targets])
    )
    found = fit_platt(1 / (1 + np.exp(-scores)), right)
    assert found.slope == pytest.approx(reference.coef_[0, 0], abs=1e-3)
    assert found.offset == pytest.approx(reference.intercept_[0], abs=1e-3)


def test_a_small_set_without_overlap_does_not_make_it_infinitely_sure() -> None:
    fit = calibrate(ranked("R" * 18 + "W" * 18), 1.0)
    assert fit.reached and fit.chosen.precision == 1.0 and fit.chosen.answered == 0.5
    assert fit.calibration.slope <= 4 and fit.calibration.apply(0.95) < 0.9999
    certain = [outcome(n, float(n < 20), n < 20) for n in range(40)]
    assert 0 < calibrate(certain, 0.9).threshold <= 1


def test_a_wish_that_cannot_be_had_gives_the_best_there_is() -> None:
    fit = calibrate(ranked("RRRRW" * 6 + "WU" * 10), 0.95)
    assert not fit.reached
    assert fit.chosen.precision == pytest.approx(max(p.precision or 0 for p in fit.curve if p.answered >= 0.2))
    assert fit.chosen.precision < 0.95


def test_cross_validation_promises_no_more_than_new_questions_show() -> None:
    def draw(generator: np.random.Generator, n: int) -> list[Outcome]:
        confidences = generator.uniform(0.05, 0.95, n)
        return [outcome(k, float(c), bool(generator.random() < c)) for k, c in enumerate(confidences)]

    here, there, promised = [], [], []
    for seed in range(40):
        generator = np.random.default_rng(seed)
        fit = calibrate(draw(generator, 50), 0.85)
        new = [o for o in draw(generator, 2000) if fit.calibration.apply(o.confidence) >= fit.threshold]
        assert fit.chosen.precision is not None and fit.precision is not None
        here.append(fit.chosen.precision)
        promised.append(fit.precision.value)
        there.append(float(np.mean([o.measures["best right"] for o in new])))
    assert np.mean(here) > np.mean(there) + 0.01, "the threshold was chosen on these"
    assert np.mean(there) - 0.07 < np.mean(promised) < np.mean(there) + 0.01


def test_an_articles_questions_are_held_out_together() -> None:
    # In each article the confidences say all, but at a level of its own; the others' threshold does not fit it.
    def articles(names: Sequence[str]) -> list[Outcome]:
        return [
            outcome(100 * level + n, 0.08 * (level + 1) + 0.005 * n, n >= 5, article=name)
            for level, name in enumerate(names)
            for n in range(10)
        ]

    apart = calibrate(articles("abcdefghij"), 0.9)
    together = calibrate(articles("aaaaaaaaaa"), 0.9)
    assert apart.chosen == together.chosen and apart.calibration == together.calibration
    assert apart.precision != together.precision
    # A twin is held out with its question, wherever its article is.
    twins = [outcome(1000 + n, 0.01, False, False, f"without {n}", pair=str(n)) for n in range(5)]
    assert calibrate([*articles("abcdefghij"), *twins], 0.9).refused == wilson(5, 5)


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        ([], "0 questions, 0 of them with the right sentence first. Calibrating needs at least 30"),
        (ranked("RW" * 10), "20 questions, 10 of them"),
        (ranked("W" * 40), "Calibrating needs at least 5 of those"),
        (ranked("R" * 40), "Calibrating needs at least 5 others; .*--twins"),
        (ranked("W" * 20 + "R" * 20), "do not tell right from wrong"),
    ],
)
def test_a_set_that_nothing_can_be_learnt_from_is_refused(outcomes: list[Outcome], said: str) -> None:
    with pytest.raises(QuestionSetError, match=said):
        calibrate(outcomes, 0.9)


def test_a_question_without_evidence_is_left_out() -> None:
    outcomes = ranked("R" * 16 + "WR" * 6 + "W" * 12)
    unknown = [replace(outcome(100 + n, 0.9, False), measures={}) for n in range(20)]
    assert calibrate([*outcomes, *unknown], 0.9) == calibrate(outcomes, 0.9)


def test_a_wish_that_is_no_share_is_refused() -> None:
    for precision in (0.0, -1.0, 1.1, math.nan):
        with pytest.raises(ValueError, match="above 0 and at most 1"):
            calibrate(ranked("RW" * 20), precision)


def test_a_fit_builds_on_the_settings_of_the_outcomes() -> None:
    base = Settings(calibration=Calibration(0.5, 1.0), further_bar=0.4, max_citations=2)
    fit = calibrate(ranked("R" * 16 + "WR" * 6 + "W" * 12), 0.9)
    settings = fit.settings(base)
    for probability in (0.01, 0.4, 0.97):
        twice = fit.calibration.apply(base.calibration.apply(probability))
        assert settings.calibration.apply(probability) == pytest.approx(twice)
    assert settings.answer_bar == fit.threshold and settings.max_citations == 2
    assert settings.further_bar == fit.calibration.apply(0.4)
