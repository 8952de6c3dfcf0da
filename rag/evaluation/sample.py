"""The results of n questions as arrays, and every measure of them under any weights."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from rag.evaluation.abstention import aurc, auroc, expected_calibration_error
from rag.evaluation.measures import NEED_ANSWERABLE, NEED_UNANSWERABLE, OF_CONFIDENCE, PER_QUESTION

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


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
        """Return over how many questions each measure that applies is."""
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
        """Return other's measures less these, after the two changed places in some questions.

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
        # So that swaps which come to the same are the same, whatever the order they were added in.
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
