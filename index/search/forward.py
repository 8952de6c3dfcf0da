"""A forward index: the terms of each text, from which the BM25 of a few texts is counted when they are asked about.

The inverted index of the passages finds candidates; of their sentences a few dozen are looked at, whatever the archive
holds. Terms are numbered as the inverted index numbers them (`LexicalIndex.ids`), so no word is kept twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.search.dense import IntArray
from index.settings import IndexSettings

# A term that a text has oftener counts as so often; BM25 hardly tells these apart.
_MOST = np.iinfo(np.uint16).max


@dataclass(frozen=True)
class ForwardIndex:
    """The terms of n texts.

    Attributes:
        terms: the numbers of each text's distinct terms, ascending, one text after the other: shape (postings,).
        counts: how often the text has each, shape (postings,).
        ends: where each text's terms end, shape (n,).
        found_in: how many of all texts have each term, by its number.
        lengths: how many texts there are in all, and how many terms they have together: shape (2,).
        rows: which of all texts these are; None: all of them.
    """

    terms: npt.NDArray[np.int32]
    counts: npt.NDArray[np.uint16]
    ends: IntArray
    found_in: npt.NDArray[np.int32]
    lengths: IntArray
    rows: IntArray | None = None

    @classmethod
    def build(cls, texts: Sequence[Sequence[int] | npt.NDArray[np.int32]], vocabulary: int) -> ForwardIndex:
        """Index texts given as the numbers of their terms, which are below `vocabulary`."""
        found = [np.unique(np.asarray(text, np.int32), return_counts=True) for text in texts]
        terms = np.concatenate([np.zeros(0, np.int32), *(one for one, _ in found)])
        counts = np.concatenate([np.zeros(0, np.int64), *(often for _, often in found)])
        ends = np.cumsum([len(one) for one, _ in found], dtype=np.int64)
        lengths = np.asarray([len(texts), counts.sum()], np.int64)
        found_in = np.bincount(terms, minlength=vocabulary).astype(np.int32)
        return cls(terms, np.minimum(counts, _MOST).astype(np.uint16), ends, found_in, lengths)

    @classmethod
    def load(cls, folder: Path) -> ForwardIndex:
        """Map what `save` wrote."""
        return cls(*(np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in _KEPT))

    def save(self, folder: Path) -> None:
        """Write into a folder, as arrays without pickle; of some of the texts, these."""
        folder.mkdir()
        texts = self if self.rows is None else self._alone(self.rows)
        for name in _KEPT:
            np.save(folder / f"{name}.npy", getattr(texts, name), allow_pickle=False)

    def only(self, rows: IntArray) -> ForwardIndex:
        """Return some of the texts, in the order of their rows; terms weigh what they weigh among all."""
        return replace(self, rows=rows if self.rows is None else self.rows[rows])

    def _alone(self, rows: IntArray) -> ForwardIndex:
        starts = np.where(rows > 0, self.ends[rows - 1], 0)
        many = self.ends[rows] - starts
        places = _runs(starts, many)
        return replace(self, terms=self.terms[places], counts=self.counts[places], ends=np.cumsum(many), rows=None)

    def terms_of(self, rows: IntArray) -> list[npt.NDArray[np.int32]]:
        """Return the terms of each of some texts, one as often as the text has it."""
        rows = rows if self.rows is None else self.rows[rows]
        starts = np.where(rows > 0, self.ends[rows - 1], 0)
        return [
            np.repeat(self.terms[start:end], self.counts[start:end])
            for start, end in zip(starts.tolist(), self.ends[rows].tolist(), strict=True)
        ]

    def coverage(
        self, asked: Sequence[int], unknown: int, rows: IntArray, settings: IndexSettings
    ) -> npt.NDArray[np.float32]:
        """Return, for some texts, the share of a question's weight (the sum of its terms' idf) that is found in them.

        The score is BM25 as bm25s counts it ("lucene": Kamphuis et al. 2020, doi 10.1007/978-3-030-45442-5_4).

        Args:
            asked: the numbers of the question's distinct terms.
            unknown: how many terms more it has, which no text has: each weighs as much as the rarest.
            rows: the texts; the result has their shape, 0 for nothing.
        """
        numbers = np.sort(np.asarray(asked, np.int64))
        total, mean = int(self.lengths[0]), max(float(self.lengths[1]) / max(int(self.lengths[0]), 1), 1e-9)
        idf = _idf(total, self.found_in[numbers])
        weight = float(idf.sum()) + unknown * float(_idf(total, np.zeros(1, np.int32))[0])
        if not len(numbers) or not len(rows):
            return np.zeros(len(rows), np.float32)
        rows = rows if self.rows is None else self.rows[rows]
        starts = np.where(rows > 0, self.ends[rows - 1], 0)
        many = self.ends[rows] - starts
        of_text = np.repeat(np.arange(len(rows)), many)
        places = _runs(starts, many)
        terms, counts = self.terms[places], self.counts[places].astype(np.float64)
        lengths = np.bincount(of_text, counts, len(rows))
        which = np.minimum(np.searchsorted(numbers, terms), len(numbers) - 1)
        said = numbers[which] == terms
        counts, of_text, which = counts[said], of_text[said], which[said]
        k1, b = settings.bm25_k1, settings.bm25_b
        gains = idf[which] * counts / (counts + k1 * (1 - b + b * lengths[of_text] / mean))
        covered: npt.NDArray[np.float32] = (np.bincount(of_text, gains, len(rows)) / max(weight, 1e-6)).astype(
            np.float32
        )
        return covered


_KEPT = tuple(field.name for field in fields(ForwardIndex) if field.name != "rows")


def _runs(starts: IntArray, lengths: IntArray) -> IntArray:
    """Return the numbers of some runs, one run after the other."""
    places: IntArray = np.arange(lengths.sum()) + np.repeat(starts - (np.cumsum(lengths) - lengths), lengths)
    return places


def _idf(texts: int, found_in: npt.NDArray[np.int32]) -> npt.NDArray[np.float64]:
    weights: npt.NDArray[np.float64] = np.log(1 + (texts - found_in + 0.5) / (found_in + 0.5))
    return weights
