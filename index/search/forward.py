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

from index.arrays import GrowingArray, mapped, runs, save_array
from index.search.dense import IntArray
from index.settings import IndexSettings

# A term that a text has oftener counts as so often; BM25 hardly tells these apart.
_MOST = np.iinfo(np.uint16).max


@dataclass(frozen=True)
class Bags:
    """The distinct terms of n texts, and how often each text has them.

    Attributes:
        terms: the numbers of each text's terms, ascending, one text after the other: shape (postings,).
        counts: how often the text has each, shape (postings,).
        ends: where each text's terms end, shape (n,).
    """

    terms: npt.NDArray[np.int32]
    counts: IntArray
    ends: IntArray

    @classmethod
    def of(cls, texts: IntArray, terms: IntArray, counts: IntArray, number: int) -> Bags:
        """Collect terms in any order.

        Args:
            texts: the text that has each term, 0 to `number` - 1.
            counts: how often.
            number: how many texts there are.
        """
        keys = texts.astype(np.int64) << 32 | terms.astype(np.int64)
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        firsts = np.flatnonzero(np.diff(keys, prepend=-1))
        kept = keys[firsts]
        ends = np.searchsorted(kept, np.arange(1, number + 1) << 32)
        summed = np.add.reduceat(counts[order], firsts) if len(firsts) else np.zeros(0, np.int64)
        return cls((kept & 0xFFFFFFFF).astype(np.int32), summed.astype(np.int64), ends)

    @classmethod
    def of_lists(cls, texts: Sequence[Sequence[int] | npt.NDArray[np.int32] | IntArray]) -> Bags:
        """Collect the terms of texts that are given one by one."""
        lengths = [len(text) for text in texts]
        flat = np.concatenate([np.zeros(0, np.int64), *(np.asarray(text, np.int64) for text in texts)])
        return cls.of(np.repeat(np.arange(len(texts)), lengths), flat, np.ones(len(flat), np.int64), len(texts))

    def __len__(self) -> int:
        return len(self.ends)

    @property
    def texts(self) -> IntArray:
        """The text that has each term, shape (postings,)."""
        return np.repeat(np.arange(len(self)), np.diff(self.ends, prepend=0))

    def only(self, rows: IntArray) -> Bags:
        """Return the terms of some of the texts, in the order of their rows."""
        starts = np.concatenate([[0], self.ends])[rows]
        many = self.ends[rows] - starts
        places = runs(starts, many)
        return Bags(self.terms[places], self.counts[places], np.cumsum(many))

    def together(self, firsts: IntArray, lasts: IntArray, other: Bags) -> Bags:
        """Return the terms of runs of the texts, from each of `firsts` to `lasts`, and of another's same texts."""
        pieces = []
        for one in (self, other):
            starts = np.concatenate([[0], one.ends])[firsts]
            many = one.ends[lasts] - starts
            places = runs(starts, many)
            pieces.append((np.repeat(np.arange(len(firsts)), many), one.terms[places], one.counts[places]))
        texts, terms, counts = (np.concatenate(some) for some in zip(*pieces, strict=True))
        return Bags.of(texts, terms, counts, len(firsts))


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
        writer = ForwardWriter()
        writer.add(Bags.of_lists(texts))
        return writer.done(vocabulary)

    @classmethod
    def load(cls, folder: Path) -> ForwardIndex:
        """Map what `save` wrote."""
        return cls(*(mapped(folder / f"{name}.npy") for name in _KEPT))

    def save(self, folder: Path) -> None:
        """Write into a folder, as arrays without pickle; of some of the texts, these."""
        folder.mkdir(exist_ok=True)
        texts = self if self.rows is None else self._alone(self.rows)
        for name in _KEPT:
            save_array(folder / f"{name}.npy", getattr(texts, name))

    def only(self, rows: IntArray) -> ForwardIndex:
        """Return some of the texts, in the order of their rows; terms weigh what they weigh among all."""
        return replace(self, rows=rows if self.rows is None else self.rows[rows])

    def _alone(self, rows: IntArray) -> ForwardIndex:
        starts = np.where(rows > 0, self.ends[rows - 1], 0)
        many = self.ends[rows] - starts
        places = runs(starts, many)
        return replace(self, terms=self.terms[places], counts=self.counts[places], ends=np.cumsum(many), rows=None)

    def bags(self, rows: IntArray) -> Bags:
        """Return the terms of some texts."""
        rows = rows if self.rows is None else self.rows[rows]
        starts = np.where(rows > 0, self.ends[rows - 1], 0)
        many = self.ends[rows] - starts
        places = runs(starts, many)
        return Bags(self.terms[places], self.counts[places].astype(np.int64), np.cumsum(many))

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
        places = runs(starts, many)
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


class ForwardWriter:
    """Makes a forward index of texts as they come.

    Args:
        folder: where its arrays are written; None: it is made in memory.
    """

    def __init__(self, folder: Path | None = None) -> None:
        if folder:
            folder.mkdir()
        self._folder = folder
        self._terms, self._counts, self._ends = (
            GrowingArray(folder and folder / f"{name}.npy", dtype)
            for name, dtype in (("terms", np.int32), ("counts", np.uint16), ("ends", np.int64))
        )
        self._found_in = np.zeros(0, np.int32)
        self._total = 0

    def add(self, texts: Bags) -> None:
        """Add texts. Raises OSError for a full disk."""
        self._ends.append(texts.ends + len(self._terms))
        self._terms.append(texts.terms)
        self._counts.append(np.minimum(texts.counts, _MOST))
        self._found_in = counted_in(self._found_in, texts.terms)
        self._total += int(texts.counts.sum())

    def done(self, vocabulary: int) -> ForwardIndex:
        """Return the index of texts whose terms are below `vocabulary`."""
        lengths = np.asarray([len(self._ends), self._total], np.int64)
        found_in = np.zeros(vocabulary, np.int32)
        found_in[: len(self._found_in)] = self._found_in[:vocabulary]
        made = ForwardIndex(self._terms.done(), self._counts.done(), self._ends.done(), found_in, lengths)
        if self._folder:
            made.save(self._folder)
        return made


def counted_in(counts: npt.NDArray[np.int32], terms: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Return in how many texts terms are, those of some texts more counted; longer where they have new terms."""
    if not len(terms):
        return counts
    if (most := int(terms.max()) + 1) > len(counts):
        # Twice as long, so that it is seldom copied.
        counts = np.concatenate([counts, np.zeros(max(most - len(counts), len(counts)), np.int32)])
    distinct, many = np.unique(terms, return_counts=True)
    counts[distinct] += many.astype(np.int32)
    return counts


_KEPT = tuple(field.name for field in fields(ForwardIndex) if field.name != "rows")


def _idf(texts: int, found_in: npt.NDArray[np.int32]) -> npt.NDArray[np.float64]:
    weights: npt.NDArray[np.float64] = np.log(1 + (texts - found_in + 0.5) / (found_in + 0.5))
    return weights
