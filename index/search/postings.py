"""BM25 of a question's terms: which texts have each term, and how much it scores there."""

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


@dataclass(frozen=True)
class Postings:
    """Which texts have each term, and the score of each there: a sparse matrix by columns.

    Attributes:
        data: the scores, term by term, ascending by text: shape (postings,).
        indices: the texts, shape (postings,).
        indptr: where each term's postings begin and, last, end: shape (terms + 1,).
        texts: how many texts there are, shape (1,).
    """

    data: FloatArray
    indices: npt.NDArray[np.int32]
    indptr: IntArray
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
        return Postings(self.data[held], found[held], indptr, np.asarray([len(rows)]))

    def found_in(self, terms: Sequence[int]) -> list[int]:
        """Return how many texts have each of some terms."""
        return [int(self.indptr[term + 1] - self.indptr[term]) for term in terms]

    def scores(self, terms: Sequence[int]) -> FloatArray:
        """Return the score of every text, shape (texts,)."""
        scores = np.zeros(len(self), np.float32)
        for start, end in self.indptr[np.asarray(terms, np.int64)[:, None] + (0, 1)].tolist():
            np.add.at(scores, self.indices[start:end], self.data[start:end])
        return scores


def path_of(folder: Path, name: str) -> Path:
    """Return the file of an array of `Postings`."""
    return folder / f"{name}.npy"
