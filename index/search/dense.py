"""Dense search: FAISS (Douze et al. 2024, arXiv 2401.08281) over unit vectors, by inner product."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.models.encoder import FloatArray

IntArray = npt.NDArray[np.int64]


class DenseIndex:
    """Exact inner-product search over the rows of a table of vectors."""

    def __init__(self, faiss_index: Any) -> None:
        self._faiss = faiss_index

    def __len__(self) -> int:
        return int(self._faiss.ntotal)

    @property
    def dimension(self) -> int:
        """Length of one vector."""
        return int(self._faiss.d)

    @classmethod
    def build(cls, vectors: FloatArray) -> DenseIndex:
        """Index vectors of shape (n, dimension)."""
        import faiss

        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors))
        return cls(index)

    @classmethod
    def load(cls, path: Path) -> DenseIndex:
        """Read what `save` wrote. Raises RuntimeError for a file that is no FAISS index."""
        import faiss

        return cls(faiss.read_index(str(path)))

    def save(self, path: Path) -> None:
        """Write the index in FAISS's own format."""
        import faiss

        faiss.write_index(self._faiss, str(path))

    def search(self, vector: FloatArray, k: int) -> tuple[FloatArray, IntArray]:
        """Return the k best (inner products, rows) for one vector of shape (dimension,), best first, ties by row."""
        scores, rows = self._faiss.search(vector[None, :], min(k, len(self)))
        order = np.lexsort((rows[0], -scores[0]))
        return scores[0][order], rows[0][order]

    def vectors(self, rows: IntArray) -> FloatArray:
        """Return the vectors of some rows, shape (len(rows), dimension)."""
        found: FloatArray = self._faiss.reconstruct_batch(np.ascontiguousarray(rows, np.int64))
        return found
