"""Makes the inverted index of BM25 of texts as they come, in memory that does not grow with them.

What was added is sorted by its terms and written aside as a run whenever there is enough of it. In the end the runs are
merged, some terms at a time. The scores are those of bm25s ("lucene": Kamphuis et al. 2020, doi
10.1007/978-3-030-45442-5_4), bit for bit: a score depends on how many texts there are, so it is counted in the end.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.arrays import GrowingArray, release
from index.search.dense import IntArray
from index.search.forward import Bags, counted_in
from index.search.postings import Postings, path_of
from index.settings import IndexSettings

# A posting of a run.
_OF_RUN = np.dtype([("term", np.int32), ("text", np.int32), ("count", np.int32)])
# Bytes that a posting takes while a run is sorted: its row, a copy, and what it is sorted by.
_BYTES = 2 * _OF_RUN.itemsize + 16


class PostingsWriter:
    """Collects the terms of texts.

    Args:
        settings: k1 and b of BM25.
        folder: where the arrays are written, and runs while they are needed; None: all is in memory.
        memory: bytes that may be held before a run is written.
    """

    def __init__(self, settings: IndexSettings, folder: Path | None = None, memory: int = 0) -> None:
        if folder:
            folder.mkdir()
        self._settings, self._folder = settings, folder
        self._most = max(memory // _BYTES, 1)
        self._held: list[npt.NDArray[Any]] = []
        self._count = 0
        self._runs: list[npt.NDArray[Any]] = []
        self._lengths = GrowingArray(None, np.int64)
        self._found_in = np.zeros(0, np.int32)

    def add(self, texts: Bags) -> None:
        """Add texts. Raises OSError for a full disk."""
        rows = np.empty(len(texts.terms), _OF_RUN)
        of, rows["term"], rows["count"] = texts.texts, texts.terms, texts.counts
        rows["text"] = of + len(self._lengths)
        lengths = np.bincount(of, texts.counts, len(texts)).astype(np.int64)
        if len(empty := np.flatnonzero(lengths == 0)):
            # As of bm25s, every text has a term: NO_TERM, whose number is 0.
            none = np.zeros(len(empty), _OF_RUN)
            none["text"], none["count"] = empty + len(self._lengths), 1
            rows = np.concatenate([rows, none])
            lengths[empty] = 1
        self._found_in = counted_in(self._found_in, rows["term"])
        self._lengths.append(lengths)
        self._held.append(rows)
        self._count += len(rows)
        if self._folder and self._count >= self._most:
            self._end_run()

    def done(self, vocabulary: int) -> Postings:
        """Return the index of texts whose terms are below `vocabulary`. Raises OSError for a full disk."""
        self._end_run()
        lengths = self._lengths.done()
        found_in = np.zeros(vocabulary, np.int64)
        found_in[: len(self._found_in)] = self._found_in[:vocabulary]
        indptr = np.concatenate([np.zeros(1, np.int64), np.cumsum(found_in)])
        idf, norms = _idf(found_in, len(lengths)), self._norms(lengths)
        data, indices = (
            GrowingArray(self._folder and path_of(self._folder, name), dtype)
            for name, dtype in (("data", np.float32), ("indices", np.int32))
        )
        for rows in self._merged(indptr):
            counts = rows["count"].astype(np.float32)
            # As bm25s counts: idf and the frequency in float32, all else in float64, and the product rounded once.
            data.append(idf[rows["term"]] * (counts / (norms[rows["text"]] + counts)))
            indices.append(rows["text"])
        for number in range(len(self._runs) if self._folder else 0):
            self._run_path(number).unlink()
        return Postings(data.done(), indices.done(), indptr, np.asarray([len(lengths)]))

    def _norms(self, lengths: IntArray) -> npt.NDArray[np.float64]:
        k1, b = self._settings.bm25_k1, self._settings.bm25_b
        norms: npt.NDArray[np.float64] = k1 * ((1 - b) + b * lengths / lengths.mean())
        return norms

    def _end_run(self) -> None:
        """Sort what is held by its terms, those of a term as they came, and write it where there is a folder."""
        if not self._held:
            return
        rows = np.concatenate(self._held)
        self._held, self._count = [], 0
        rows = rows[np.argsort(rows["term"], kind="stable")]
        if self._folder:
            path = self._run_path(len(self._runs))
            rows.tofile(path)
            rows = np.memmap(path, _OF_RUN, "r")
        self._runs.append(rows)

    def _run_path(self, number: int) -> Path:
        return (self._folder or Path()) / f"run-{number}"

    def _merged(self, indptr: IntArray) -> Iterator[npt.NDArray[Any]]:
        """Yield all postings by term and text, those of some terms at a time."""
        starts = [0] * len(self._runs)
        term = 0
        while term < len(indptr) - 1:
            if len(self._runs) == 1:
                last = len(indptr) - 1
            else:
                # As many terms as may be held, one at least.
                last = max(term + 1, int(np.searchsorted(indptr, indptr[term] + self._most, side="right")) - 1)
            pieces = []
            for number, run in enumerate(self._runs):
                end = int(np.searchsorted(run["term"], last))
                pieces.append(np.array(run[starts[number] : end]))
                starts[number] = end
                release(run)
            rows = np.concatenate([np.zeros(0, _OF_RUN), *pieces])
            yield rows if len(pieces) == 1 else rows[np.argsort(rows["term"], kind="stable")]
            term = last


def _idf(found_in: IntArray, texts: int) -> npt.NDArray[np.float32]:
    # math.log, and not numpy's, which may differ in the last bit: one for each number of texts that there is.
    distinct, of = np.unique(found_in, return_inverse=True)
    weights = [math.log(1 + (texts - one + 0.5) / (one + 0.5)) if one else 0.0 for one in distinct.tolist()]
    return np.asarray(weights, np.float32)[of]
