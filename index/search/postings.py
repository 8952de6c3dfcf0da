"""BM25 of a question's terms: which texts have each term, and how much it scores there.

All texts are scored for a short list only. Where terms are in very many texts, a text is scored by these only if it
could still be among the best: what a term scores at most is known (MaxScore: Turtle & Flood 1995, doi
10.1016/0306-4573(95)00020-H). The best and their scores are the same as if all were scored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.arrays import mapped, save_array
from index.search.dense import IntArray

FloatArray = npt.NDArray[np.float32]
# Of a term that fewer texts have, all are scored: it takes less time than to find out whether they must be.
COMMON = 20_000
# So many scores are added in a millisecond: of a question that has no more, all texts are scored.
FEW = 200_000
# Looking a text's score up in a term's list takes as long as adding so many of the list's.
_LOOK_UP = 16
# How far sums of the same scores in another order may differ.
_SLACK = 1e-4


@dataclass(frozen=True)
class Postings:
    """Which texts have each term, and the score of each there: a sparse matrix by columns.

    Attributes:
        data: the scores, term by term, ascending by text: shape (postings,).
        indices: the texts, shape (postings,).
        indptr: where each term's postings begin and, last, end: shape (terms + 1,).
        most: the highest score of each term, shape (terms,).
        texts: how many texts there are, shape (1,).
    """

    data: FloatArray
    indices: npt.NDArray[np.int32]
    indptr: IntArray
    most: FloatArray
    texts: IntArray

    @classmethod
    def load(cls, folder: Path) -> Postings:
        """Map what `save` wrote. Raises OSError or ValueError where it is not as it was written."""
        arrays: dict[str, Any] = {field.name: mapped(path_of(folder, field.name)) for field in fields(cls)}
        return cls(**arrays)

    def save(self, folder: Path) -> None:
        """Write into a folder, as arrays without pickle."""
        for field in fields(self):
            save_array(path_of(folder, field.name), getattr(self, field.name))

    def __len__(self) -> int:
        return int(self.texts[0])

    def only(self, rows: IntArray) -> Postings:
        """Return the scores of some of the texts, in the order of their rows."""
        places = np.full(len(self), -1, np.int32)
        places[rows] = np.arange(len(rows))
        found = places[self.indices]
        held = found >= 0
        indptr = np.concatenate([[0], np.cumsum(held)])[self.indptr]
        return Postings(self.data[held], found[held], indptr, self.most, np.asarray([len(rows)]))

    def found_in(self, terms: Sequence[int]) -> list[int]:
        """Return how many texts have each of some terms."""
        return [int(self.indptr[term + 1] - self.indptr[term]) for term in terms]

    def scores(self, terms: Sequence[int]) -> FloatArray:
        """Return the score of every text, shape (texts,)."""
        scores = np.zeros(len(self), np.float32)
        for term in terms:
            self._add(scores, term)
        return scores

    def positive(self, terms: Sequence[int]) -> tuple[IntArray, FloatArray]:
        """Return the texts that have any of some terms, ascending, and their scores."""
        if sum(self.found_in(terms)) > len(self) // 8:
            scores = self.scores(terms)
            rows = np.flatnonzero(scores)
            return rows, scores[rows]
        held = [self.indices[self.indptr[term] : self.indptr[term + 1]] for term in terms]
        rows = np.unique(np.concatenate([np.zeros(0, np.int32), *held])).astype(np.int64)
        return rows, self.scores_of(terms, rows)

    def scores_of(self, terms: Sequence[int], rows: IntArray) -> FloatArray:
        """Return the scores of some texts, shape (len(rows),), exactly those of `scores`.

        Args:
            rows: ascending.
        """
        if sum(self.found_in(terms)) < _LOOK_UP * len(rows) * len(terms) and len(self) < FEW:
            return self.scores(terms)[rows]
        scores, sought = np.zeros(len(rows), np.float32), rows.astype(np.int32)
        for term in terms:
            start, end = self.indptr[term : term + 2].tolist()
            if end > start and len(rows):
                texts = self.indices[start:end]
                places = np.minimum(np.searchsorted(texts, sought), end - start - 1)
                has = texts[places] == sought
                scores[has] += self.data[start + places[has]]
        return scores

    def candidates(
        self, terms: Sequence[int], k: int, weight: float, rows: IntArray, beside: FloatArray
    ) -> tuple[IntArray, FloatArray]:
        """Return texts, ascending, that all are of which the k best may be, those that score 0 left out; their scores.

        Args:
            weight: what the score of a text is multiplied by.
            rows, beside: texts, ascending, and what is added to the product for each, not negative.
        """
        many = self.found_in(terms)
        if sum(many) < FEW:
            scores = self.scores(terms)
            found, _ = _reached(scores, weight, rows, beside)
            return found, scores[found]
        found = self._may_be_best(terms, many, k, weight, rows, beside)
        return found, self.scores_of(terms, found)

    def _may_be_best(
        self, terms: Sequence[int], many: list[int], k: int, weight: float, rows: IntArray, beside: FloatArray
    ) -> IntArray:
        order = sorted((number, term) for number, term in zip(many, terms, strict=True) if number)
        rest = np.cumsum([float(self.most[term]) for _, term in order][::-1])[::-1]
        scores = np.zeros(len(self), np.float32)
        for place, (number, term) in enumerate(order):
            if number >= COMMON:
                found, reached = _reached(scores, weight, rows, beside)
                if len(found) > k:
                    least = np.partition(reached, -k)[-k] * (1 - _SLACK)
                    missing = float(rest[place]) * weight * (1 + _SLACK)
                    may_be: IntArray = found[reached + missing >= least]
                    left = sum(one for one, _ in order[place:])
                    if missing < least and len(may_be) * len(terms) * _LOOK_UP < left:
                        return may_be
            self._add(scores, term)
        return _reached(scores, weight, rows, beside)[0]

    def _add(self, scores: FloatArray, term: int) -> None:
        start, end = self.indptr[term : term + 2].tolist()
        np.add.at(scores, self.indices[start:end], self.data[start:end])


def path_of(folder: Path, name: str) -> Path:
    """Return the file of an array of `Postings`."""
    return folder / f"{name}.npy"


def _reached(scores: FloatArray, weight: float, rows: IntArray, beside: FloatArray) -> tuple[IntArray, FloatArray]:
    """Return the texts that have scored so far, ascending, and how much."""
    total = scores * np.float32(weight)
    total[rows] += beside
    found = np.flatnonzero(total)
    return found, total[found]
