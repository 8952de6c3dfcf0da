"""Fits the confidence of answers, and the threshold below which Beleg abstains, to one's own questions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from index.errors import QuestionSetError, counted
from rag.evaluation.measures import eval_extra
from rag.evaluation.outcome import Outcome
from rag.evaluation.report import Figure, Threshold
from rag.evaluation.statistics import expected_calibration_error, threshold_table, wilson
from rag.settings import Calibration, Settings

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

# With fewer questions the interval of a precision is wider than ± 0.2, whatever threshold is chosen.
LEAST_QUESTIONS = 30
LEAST_OF_A_KIND = 5
LEAST_ANSWERED = 10
FOLDS = 10
# With fewer articles, the folds are made of questions and not of articles.
LEAST_ARTICLES = 5
MOST_CURVE_POINTS = 200
# The range of slopes. A steeper one fits sets where right and wrong hardly overlap, and rounds probabilities to 1.
FLATTEST = 1e-3
_STEEPEST = 4.0
# Confidences nearer to 0 or 1 than this are moved to it, because 0 and 1 have no logit.
_NEAREST = 1e-9
# The measure of whether the most probable sentence overlaps gold evidence, answered or not.
_RIGHT = "best right"


@dataclass(frozen=True, slots=True)
class Fit:
    """A calibration and a threshold, with what they promise.

    Attributes:
        calibration: of the confidences that it was fitted to.
        threshold: least calibrated confidence to answer with.
        wished: the precision asked for.
        reached: whether the threshold has it on these questions; if not, it is the one of the best precision there is.
        chosen: the figures at the threshold on these very questions: a little too good, as it was chosen on them.
        precision, answered, refused: shares of what is answered (right), of the answerable (answered) and of the
            unanswerable (not answered), cross-validated: the questions of a tenth of the articles (or, of few articles,
            a tenth of the questions) are judged by what the others fit. As they are fewer, this errs on the low side:
            of sets of 50, 100 and 200 drawn at random the precision by 0.03, 0.04 and 0.02. None where there is no such
            question.
        error, error_before: expected calibration error with the fit, cross-validated, and without it.
        curve: the figures at the thresholds that make a difference, rising, at most 200.
    """

    calibration: Calibration
    threshold: float
    wished: float
    reached: bool
    chosen: Threshold
    precision: Figure | None
    answered: Figure | None
    refused: Figure | None
    error: float
    error_before: float
    curve: tuple[Threshold, ...]

    def settings(self, base: Settings) -> Settings:
        """Return the settings that the outcomes were made with, with the fit in them.

        The bar of further citations moves with the confidences, so that what is cited beside the best sentence stays.
        """
        slope, offset = self.calibration.slope, self.calibration.offset
        calibration = Calibration(slope * base.calibration.slope, slope * base.calibration.offset + offset)
        further_bar = self.calibration.apply(base.further_bar)
        return replace(base, calibration=calibration, answer_bar=self.threshold, further_bar=further_bar)


class _Row(NamedTuple):
    """The part of an outcome that calibrating needs; the rest stays on disk."""

    id: str
    pair: str
    article_id: str
    confidence: float
    right: bool
    answerable: bool


def calibrate(outcomes: Iterable[Outcome], precision: float) -> Fit:
    """Fit a calibration, and choose the lowest threshold at which what is answered is right as often as wished.

    A question is right when its most probable sentence overlaps gold evidence; an unanswerable one never is. Answerable
    ones without evidence are left out.

    Args:
        outcomes: of an evaluation; answered or not makes no difference.
        precision: the wish, above 0 and at most 1.

    Raises:
        QuestionSetError: there are too few questions, or too few right or wrong ones, or the confidences do not tell
            them apart at all.
        ValueError: the precision is no such share.
    """
    if not 0 < precision <= 1:
        raise ValueError(f"the wished precision must be above 0 and at most 1, not {precision}")
    rows = [_row(outcome) for outcome in outcomes if not outcome.answerable or _RIGHT in outcome.measures]
    confidences = np.array([row.confidence for row in rows], np.float64)
    right = np.array([row.right for row in rows], np.bool_)
    answerable = np.array([row.answerable for row in rows], np.bool_)
    _check(right)
    calibration = fit_platt(confidences, right)
    if calibration.slope <= FLATTEST:
        raise QuestionSetError(
            "the confidences do not tell right from wrong on these questions: the right ones are no higher. Expected "
            "a set where they are; check its evidence, or use another model.",
            "calibration-flat",
        )
    probabilities = _apply(calibration, confidences)
    threshold, reached = choose_threshold(probabilities, right, precision, LEAST_ANSWERED)
    held_out, answered = _cross_validate(confidences, right, _folds(rows), precision)
    steps = np.unique(probabilities)
    steps = steps[np.unique(np.linspace(0, len(steps) - 1, MOST_CURVE_POINTS).astype(int))]

    def figures(thresholds: Sequence[float]) -> tuple[Threshold, ...]:
        return threshold_table(probabilities, right.astype(float), answerable.astype(float), thresholds)

    def error(of: Floats) -> float:
        return float(expected_calibration_error(of, right.astype(float), np.ones((1, len(of))))[0])

    return Fit(
        calibration=calibration,
        threshold=threshold,
        wished=precision,
        reached=reached,
        chosen=figures([threshold])[0],
        precision=_share(right[answered]),
        answered=_share(answered[answerable]),
        refused=_share(~answered[~answerable]),
        error=error(held_out),
        error_before=error(confidences),
        curve=figures(steps.tolist()),
    )


def _row(outcome: Outcome) -> _Row:
    right = outcome.answerable and outcome.measures[_RIGHT] == 1
    return _Row(outcome.id, outcome.pair, outcome.article_id, outcome.confidence, right, outcome.answerable)


def _folds(rows: Sequence[_Row]) -> npt.NDArray[np.int64]:
    """Return the fold of each: an article's stand together, and a question with its unanswerable twin."""
    by_id = {row.id: row for row in rows}
    originals = [by_id.get(row.pair, row) for row in rows]
    groups = [original.article_id for original in originals]
    if len(set(groups)) < LEAST_ARTICLES:
        groups = [original.id for original in originals]
    sizes, fold_of = [0] * FOLDS, dict[str, int]()
    for group, size in Counter(groups).most_common():
        fold_of[group] = sizes.index(min(sizes))
        sizes[fold_of[group]] += size
    return np.array([fold_of[group] for group in groups])


def _cross_validate(
    confidences: Floats, right: Bools, folds: npt.NDArray[np.int64], precision: float
) -> tuple[Floats, Bools]:
    """Return each question's calibrated confidence and whether it is answered, by what the other folds fit."""
    held_out, answered = np.empty_like(confidences), np.zeros_like(right)
    for fold in np.unique(folds):
        test = folds == fold
        calibration = fit_platt(confidences[~test], right[~test])
        least = max(1, round(LEAST_ANSWERED * (~test).mean()))
        threshold, _ = choose_threshold(_apply(calibration, confidences[~test]), right[~test], precision, least)
        held_out[test] = _apply(calibration, confidences[test])
        answered[test] = held_out[test] >= threshold
    return held_out, answered


def _apply(calibration: Calibration, confidences: Floats) -> Floats:
    return np.array([calibration.apply(float(confidence)) for confidence in confidences])


def _share(some: Bools) -> Figure | None:
    return wilson(int(some.sum()), len(some)) if len(some) else None


def _check(right: Bools) -> None:
    n, hits = len(right), int(right.sum())
    found = f"there {'is' if n == 1 else 'are'} {counted(n, 'question')}, {hits} of them with the right sentence first"
    if n < LEAST_QUESTIONS:
        message = f"{found}. Calibrating needs at least {LEAST_QUESTIONS} questions; add some."
        raise QuestionSetError(message, "calibration-too-few", n=n, hits=hits, least=LEAST_QUESTIONS)
    if hits < LEAST_OF_A_KIND:
        raise QuestionSetError(
            f"{found}. Calibrating needs at least {LEAST_OF_A_KIND} of those; check that the evidence is in the "
            "articles that are asked, or use another model.",
            "calibration-too-few-right",
            n=n,
            hits=hits,
            least=LEAST_OF_A_KIND,
        )
    if n - hits < LEAST_OF_A_KIND:
        raise QuestionSetError(
            f"{found}. Calibrating needs at least {LEAST_OF_A_KIND} others; add questions that the articles do not "
            "answer, or make some with --twins.",
            "calibration-too-few-wrong",
            n=n,
            hits=hits,
            least=LEAST_OF_A_KIND,
        )


def fit_platt(confidences: Floats, right: Bools) -> Calibration:
    """Fit slope and offset on the logit, by maximum likelihood: Platt scaling.

    Platt 1999, Probabilistic Outputs for Support Vector Machines. The targets are Platt's: (n + 1) / (n + 2) for the n
    right ones and 1 / (m + 2) for the m wrong ones instead of 1 and 0, so that a small set in which right and wrong do
    not overlap does not give probabilities of 0 and 1.

    Args:
        confidences: 0 to 1, shape (n,).
        right: shape (n,).

    Returns:
        a slope between FLATTEST, where the right ones have no higher confidences than the wrong ones, and 4.
    """
    with eval_extra():
        from scipy.optimize import minimize
        from scipy.special import expit, logit

    scores = logit(np.clip(confidences, _NEAREST, 1 - _NEAREST))
    hits, misses = int(right.sum()), int((~right).sum())
    targets = np.where(right, (hits + 1) / (hits + 2), 1 / (misses + 2))

    def loss(parameters: Floats) -> tuple[float, Floats]:
        scaled = parameters[0] * scores + parameters[1]
        gaps = expit(scaled) - targets
        # The cross-entropy, written so that a large logit does not overflow.
        value = float(np.mean(np.logaddexp(0, scaled) - targets * scaled))
        return value, np.array([np.mean(gaps * scores), np.mean(gaps)])

    found = minimize(loss, (1.0, 0.0), jac=True, method="L-BFGS-B", bounds=[(FLATTEST, _STEEPEST), (None, None)])
    slope, offset = (round(float(value), 6) for value in found.x)
    return Calibration(slope, offset)


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
