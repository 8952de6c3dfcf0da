"""Dense search: FAISS (Douze et al. 2024, arXiv 2401.08281) over unit vectors, by inner product.

Up to APPROXIMATE_FROM vectors every one is compared. Of more, those of the cells nearest to the question (an inverted
file, Jégou et al. 2011, doi 10.1109/TPAMI.2010.57), kept as float16. Either is mapped from the disk, not loaded.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.arrays import GrowingArray, release
from index.models.encoder import FloatArray

IntArray = npt.NDArray[np.int64]

# Comparing 100,000 takes 8 ms of one core, of a million ten times that.
APPROXIMATE_FROM = 100_000
# Cells by the square root of the number of vectors, and which share of them is searched. Of 30,000 German sentences,
# the beginnings of others asked, 0.980 of the ten best are found so, and in an eighth of the cells 0.939
# (benchmarks/scale.py --recall).
CELLS, SEARCHED = 4, 1 / 4
# Vectors that a cell's centre is fitted on.
FITTED_ON = 40
# Vectors that are added at a time: whole blocks of those that FAISS multiplies, so that it makes no difference.
_ADDED = 16_384


class DenseIndex:
    """Inner-product search over the rows of a table of vectors."""

    def __init__(self, faiss_index: Any) -> None:
        self._faiss = faiss_index

    def __len__(self) -> int:
        return int(self._faiss.ntotal)

    @property
    def dimension(self) -> int:
        """Length of one vector."""
        return int(self._faiss.d)

    @classmethod
    def build(cls, vectors: FloatArray, *, exact: bool = False) -> DenseIndex:
        """Index vectors of shape (n, dimension).

        Args:
            exact: compare every one, however many there are: made at once, but not fast to search.
        """
        writer = VectorsWriter()
        writer.add(vectors)
        return writer.done(exact=exact)

    @classmethod
    def load(cls, path: Path) -> DenseIndex:
        """Map what `save` wrote. Raises RuntimeError for a file that is no FAISS index."""
        import faiss

        return cls(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC))

    def save(self, path: Path) -> None:
        """Write the index in FAISS's own format."""
        import faiss

        faiss.write_index(self._faiss, str(path))

    def search(self, vector: FloatArray, k: int) -> tuple[FloatArray, IntArray]:
        """Return the k best (inner products, rows) for one vector of shape (dimension,), best first, ties by row.

        Fewer, where an approximate search finds no more.
        """
        [scores], [rows] = self._faiss.search(vector[None, :], min(k, len(self)))
        scores, rows = scores[rows >= 0], rows[rows >= 0]
        order = np.lexsort((rows, -scores))
        return scores[order], rows[order]

    def vectors(self, rows: IntArray) -> FloatArray:
        """Return the vectors of some rows, shape (len(rows), dimension)."""
        found: FloatArray = self._faiss.reconstruct_batch(np.ascontiguousarray(rows, np.int64))
        return found


class VectorsWriter:
    """Makes a dense index of vectors as they come.

    Args:
        scratch: a file for the vectors until all are there; None: they are kept in memory.
    """

    def __init__(self, scratch: Path | None = None) -> None:
        self._scratch = scratch
        self._vectors: GrowingArray | None = None

    def add(self, vectors: FloatArray) -> None:
        """Add vectors, shape (k, dimension). Raises OSError for a full disk."""
        if self._vectors is None:
            self._vectors = GrowingArray(self._scratch, np.float32, vectors.shape[1:])
        self._vectors.append(vectors)

    def done(self, *, exact: bool = False) -> DenseIndex:
        """Return the index, see `DenseIndex.build`. Raises ValueError where there are no vectors."""
        import faiss as untyped_faiss

        # Its type stubs know half of it.
        faiss: Any = untyped_faiss
        if self._vectors is None:
            raise ValueError("there are no vectors to be searched")
        vectors = self._vectors.done()
        count, dimension = vectors.shape
        index = faiss.IndexFlatIP(dimension)
        if count >= APPROXIMATE_FROM and not exact:
            cells = int(CELLS * count**0.5)
            index = faiss.IndexIVFScalarQuantizer(
                index, dimension, cells, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
            )
            # The same sample, and so the same index, on every run.
            index.train(_rows_of(vectors, np.random.default_rng(0).permutation(count)[: FITTED_ON * cells]))
            index.nprobe = max(1, int(cells * SEARCHED))
            # So that a row's vector can be read.
            index.set_direct_map_type(faiss.DirectMap.Array)
        for first in range(0, count, _ADDED):
            index.add(np.ascontiguousarray(vectors[first : first + _ADDED]))
            release(vectors)
        if self._scratch:
            self._scratch.unlink()
        return DenseIndex(index)


def _rows_of(vectors: FloatArray, rows: IntArray) -> FloatArray:
    """Return rows of a mapped array, a block of the file after the other, so that little of it is held."""
    found = np.empty((len(rows), vectors.shape[1]), np.float32)
    order = np.argsort(rows)
    for first in range(0, len(rows), _ADDED):
        some = order[first : first + _ADDED]
        found[some] = vectors[rows[some]]
        release(vectors)
    return found
