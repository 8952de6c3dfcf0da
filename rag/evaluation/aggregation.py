"""Outcomes → figures: `Tally` collects numbers of each question, `Sample` has them as arrays, `figures` measures."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from rag.evaluation.measures import (
    ARTICLES,
    NEED_ANSWERABLE,
    NEED_UNANSWERABLE,
    OF_CONFIDENCE,
    PASSAGES,
    PER_QUESTION,
    SENTENCES,
    SHARES,
)
from rag.evaluation.outcome import Outcome
from rag.evaluation.report import Bin, Figure, Figures, Latency, Threshold
from rag.evaluation.statistics import (
    FloatArray,
    IntArray,
    aurc,
    auroc,
    bootstrap_intervals,
    expected_calibration_error,
    reliability,
    risk_coverage,
    threshold_table,
    wilson,
)

THRESHOLDS = tuple(round(tenth / 10, 1) for tenth in range(1, 10))
LATENCY_BARS = 20
GROUPINGS = ("category", "language", "twins")


@dataclass(frozen=True, slots=True)
class Sample:
    """The results of n questions.

    Attributes:
        values: shape (n, len(PER_QUESTION)); NaN where a measure does not apply to a question.
        confidence: shape (n,).
        truth: 1 where the most probable sentence is right, else 0; NaN where that is not known; shape (n,).
        answerable: 1 or 0, shape (n,).
        clusters: numbers from 0 of what is resampled together, shape (n,).
    """

    values: FloatArray
    confidence: FloatArray
    truth: FloatArray
    answerable: FloatArray
    clusters: IntArray

    def __len__(self) -> int:
        return len(self.confidence)

    def rows(self, chosen: npt.NDArray[np.bool_] | IntArray) -> Sample:
        """Return some of the questions."""
        return Sample(
            self.values[chosen],
            self.confidence[chosen],
            self.truth[chosen],
            self.answerable[chosen],
            np.unique(self.clusters[chosen], return_inverse=True)[1].astype(np.int64),
        )

    def names(self) -> tuple[str, ...]:
        """Return the measures that apply, in their order."""
        counts = self.counts()
        return tuple(name for name in PER_QUESTION + OF_CONFIDENCE if counts.get(name))

    def counts(self) -> dict[str, int]:
        """Return the number of questions that each measure is taken over, by name."""
        known = int(np.isfinite(self.truth).sum())
        answerable = int(self.answerable.sum())
        counted = dict(zip(PER_QUESTION, np.isfinite(self.values).sum(0).tolist(), strict=True))
        counted |= {"AUROC": len(self), "AURC": known, "ECE": known}
        left_out: set[str] = set()
        if answerable == 0:
            left_out |= NEED_ANSWERABLE | {"AUROC"}
        if answerable == len(self):
            left_out |= NEED_UNANSWERABLE | {"AUROC"}
        return {name: n for name, n in counted.items() if n and name not in left_out}

    def measured(self, names: tuple[str, ...], weights: FloatArray) -> FloatArray:
        """Return the measures where question i counts weights[:, i] times.

        Args:
            weights: shape (b, n).

        Returns:
            Shape (b, len(names)); NaN where a measure is over no question.
        """
        above, below = self._sums(names)
        with np.errstate(invalid="ignore", divide="ignore"):
            means = (weights @ above) / (weights @ below)
        return np.concatenate([means, self._of_confidence(names, weights)], axis=1)

    def less_swapped(self, other: Sample, names: tuple[str, ...], swaps: FloatArray) -> FloatArray:
        """Return the measures of `other` minus these, after the two exchanged their results of some questions.

        Args:
            other: of the same questions.
            swaps: 1 where a question's results change places, else 0; shape (b, n).

        Returns:
            Shape (b, len(names)).
        """
        (above, below), (other_above, other_below) = self._sums(names), other._sums(names)
        to_above, to_below = swaps @ (other_above - above), swaps @ (other_below - below)
        with np.errstate(invalid="ignore", divide="ignore"):
            here = (above.sum(0) + to_above) / (below.sum(0) + to_below)
            there = (other_above.sum(0) - to_above) / (other_below.sum(0) - to_below)
        evenly = np.ones((1, len(self)))
        last = [
            other._taking(self, row)._of_confidence(names, evenly)[0]
            - self._taking(other, row)._of_confidence(names, evenly)[0]
            for row in (swaps > 0 if set(names) & set(OF_CONFIDENCE) else ())
        ]
        differences = np.concatenate([there - here, np.stack(last)], axis=1) if last else there - here
        # Sums of the same numbers in another order may differ in the last digits; rounded they are equal.
        rounded: FloatArray = differences.round(9)
        return rounded

    def _taking(self, other: Sample, places: npt.NDArray[np.bool_]) -> Sample:
        return replace(
            self,
            confidence=np.where(places, other.confidence, self.confidence),
            truth=np.where(places, other.truth, self.truth),
        )

    def _sums(self, names: tuple[str, ...]) -> tuple[FloatArray, FloatArray]:
        columns = [PER_QUESTION.index(name) for name in names if name not in OF_CONFIDENCE]
        values = self.values[:, columns]
        return np.nan_to_num(values), np.isfinite(values).astype(np.float64)

    def _of_confidence(self, names: tuple[str, ...], weights: FloatArray) -> FloatArray:
        known = np.isfinite(self.truth)
        judged = (self.confidence[known], self.truth[known], weights[:, known])
        found = []
        for name in names:
            if name == "AUROC":
                found.append(auroc(self.confidence, self.answerable, weights))
            elif name == "AURC":
                found.append(aurc(*judged))
            elif name == "ECE":
                found.append(expected_calibration_error(*judged))
        return np.stack(found, axis=1) if found else np.zeros((len(weights), 0))


class Tally:
    """Collects what figures are made of: some 400 bytes a question."""

    def __init__(self, outcomes: Iterable[Outcome] = ()) -> None:
        self._rows = array("d")
        self._seconds = array("d")
        self._clusters = array("Q")
        self._codes = {by: array("l") for by in GROUPINGS}
        self._names: dict[str, dict[str, int]] = {by: {} for by in GROUPINGS}
        self._has_short_answers = False
        for outcome in outcomes:
            self.add(outcome)

    def add(self, outcome: Outcome) -> None:
        """Count one question."""
        truth = outcome.measures.get("best right", float("nan")) if outcome.answerable else 0.0
        measured = (outcome.measures.get(name, float("nan")) for name in PER_QUESTION)
        self._rows.extend([*measured, outcome.confidence, truth, float(outcome.answerable)])
        self._seconds.append(outcome.seconds)
        mark = blake2b((outcome.pair or outcome.id).encode("utf-8", "replace"), digest_size=8)
        self._clusters.append(int.from_bytes(mark.digest()))
        twin = "twin" if outcome.pair else "original"
        for by, name in zip(GROUPINGS, (outcome.category, outcome.language, twin), strict=True):
            self._codes[by].append(self._names[by].setdefault(name, len(self._names[by])))
        self._has_short_answers |= bool(outcome.short_answer)

    def __len__(self) -> int:
        return len(self._seconds)

    def sample(self) -> Sample:
        """Return all that was added."""
        table = np.frombuffer(self._rows, np.float64).reshape(len(self), len(PER_QUESTION) + 3).copy()
        if not self._has_short_answers:
            # A reader that finds sentences only was not asked for short answers.
            table[:, [PER_QUESTION.index("EM"), PER_QUESTION.index("F1")]] = np.nan
        marks = np.frombuffer(self._clusters, np.uint64)
        distinct, clusters = np.unique(marks, return_inverse=True)
        if len(distinct) == len(marks):
            clusters = np.arange(len(marks))
        values, (confidence, truth, answerable) = table[:, :-3], table[:, -3:].T
        return Sample(values, confidence, truth, answerable, clusters.astype(np.int64))

    def groups(self) -> dict[str, dict[str, Figures]]:
        """Return the figures by category, by language and, where there are twins, by those."""
        whole = self.sample()
        return {
            by: {name: figures(whole.rows(self._is(by, code))) for name, code in sorted(self._names[by].items())}
            for by in GROUPINGS
            if by != "twins" or "twin" in self._names[by]
        }

    def latency(self) -> Latency:
        """Return how long questions took."""
        seconds = np.frombuffer(self._seconds, np.float64)
        if not len(seconds):
            return Latency(0.0, 0.0, 0.0, ())
        slow = float(np.percentile(seconds, 99))
        counts, edges = np.histogram(seconds[seconds <= slow], LATENCY_BARS, (0.0, max(slow, 1e-6)))
        bars = [(float(low), float(high), int(n)) for low, high, n in zip(edges, edges[1:], counts, strict=False)]
        if (seconds > slow).any():
            bars.append((bars[-1][1], float(seconds.max()), int((seconds > slow).sum())))
        return Latency(
            float(np.median(seconds)),
            float(np.percentile(seconds, 95)),
            float(len(seconds) / max(seconds.sum(), 1e-9)),
            tuple(bars),
        )

    def _is(self, by: str, code: int) -> npt.NDArray[np.bool_]:
        chosen: npt.NDArray[np.bool_] = np.frombuffer(self._codes[by], np.dtype("l")) == code
        return chosen


def figures(sample: Sample) -> Figures:
    """Return every measure that applies, with its interval."""
    names, counts = sample.names(), sample.counts()
    if not names:
        return {}
    values = sample.measured(names, np.ones((1, len(sample))))[0]
    low, high = bootstrap_intervals(lambda weights: sample.measured(names, weights), sample.clusters)
    return {
        name: _figure(name, float(value), float(a), float(b), counts[name])
        for name, value, a, b in zip(names, values, low, high, strict=True)
    }


def _figure(name: str, value: float, low: float, high: float, n: int) -> Figure:
    if np.isnan(low) or np.isnan(high):
        # A value of a single question has no interval.
        return Figure(value, value, value, n)
    if name in SHARES and value in (0.0, 1.0):
        # Resampling what is all the same gives the same: an interval without a width, however few the questions.
        return wilson(round(value * n), n)
    if name == "ECE":
        # Noise only ever adds to it, resampling adds noise: the percentile interval lies too high. This is the "basic"
        # one, which takes off what resampling added (Davison & Hinkley 1997); the questions' own noise stays.
        low, high = max(0.0, 2 * value - high), max(value, 2 * value - low)
    return Figure(value, low, high, n)


def curves(
    sample: Sample, bar: float
) -> tuple[tuple[Threshold, ...], tuple[Bin, ...], tuple[tuple[float, float], ...]]:
    """Return the table of thresholds, the reliability diagram and the risk–coverage curve.

    Args:
        bar: the confidence at which the assistant answers, which is in the table beside 0.1 to 0.9.
    """
    judged = sample.rows(np.isfinite(sample.truth))
    table = threshold_table(judged.confidence, judged.truth, judged.answerable, (*THRESHOLDS, bar))
    return table, reliability(judged.confidence, judged.truth), risk_coverage(judged.confidence, judged.truth)


def success(summary: Figures) -> dict[str, dict[str, float]]:
    """Return Success@k of what was ranked, by "sentences", "passages" and "articles", then k."""
    kinds = {"sentences": SENTENCES, "passages": PASSAGES, "articles": ARTICLES}
    found = {
        kind: {name.partition("@")[2]: summary[name].value for name in names if "hit@" in name and name in summary}
        for kind, names in kinds.items()
    }
    return {kind: some for kind, some in found.items() if some}
