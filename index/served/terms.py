"""The terms of a whole archive with how many of its texts have each, and BM25 of a few texts by these weights.

The server finds passages by the inner product of sparse vectors: `weights_of` makes a passage's, so that multiplied by
the idf of a question's terms it is their BM25 score. What was found is scored again here, by the archive's numbers as
they are now: a passage that was put there when the archive was smaller has a slightly different weight on the server.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.index import Index, head_stems, title_stems
from index.search.dense import IntArray
from index.search.lexical import LexicalIndex
from index.settings import IndexSettings

FloatArray = npt.NDArray[np.float32]
# What has terms: the rows of `TermTable.found_in`.
PASSAGES, SENTENCES, HEADS, TITLES = range(4)
# What is counted beside: how many texts there are, and how many terms they have together.
_TOTALS = ("articles", "passages", "sentences", "passage_terms", "head_terms", "sentence_stems", "sentence_ngrams")
# Dimensions of a sparse vector that a server takes: one less than 32 bits have numbers.
_DIMENSIONS = 2**32 - 2


@dataclass
class TermTable:
    """The terms of an archive. Numbers of terms are places in `terms`, and good for this table only.

    Attributes:
        terms: each once.
        numbers: each term's number.
        found_in: how many passages, sentences, passages' headings and titles have each, shape (4, at least t).
        totals: see _TOTALS.
    """

    terms: list[str] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    found_in: IntArray = field(default_factory=lambda: np.zeros((4, 1024), np.int64))
    totals: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_TOTALS, 0))

    def numbered(self, terms: Iterable[str]) -> IntArray:
        """Return the numbers of terms; those that are new get one."""
        terms = list(terms)
        try:
            # All of them are known to whoever asks an index: threads may share a table.
            return np.asarray([self.numbers[term] for term in terms], np.int64)
        except KeyError:
            found = np.asarray([self.numbers.setdefault(term, len(self.numbers)) for term in terms], np.int64)
        self.terms += list(self.numbers)[len(self.terms) :]
        if (wanted := len(self.terms)) > self.found_in.shape[1]:
            larger = np.zeros((4, 2 * wanted), np.int64)
            larger[:, : self.found_in.shape[1]] = self.found_in
            self.found_in = larger
        return found

    def count(self, index: Index, sign: int = 1) -> None:
        """Add the articles of an index, or with -1 take them out."""
        numbers = self.numbered(index.passage_terms.terms)
        totals = self.totals
        totals["articles"] += sign * len(index.articles)
        totals["passages"] += sign * len(index.passages)
        totals["sentences"] += sign * len(index.sentences)
        rows = np.arange(len(index.sentences))
        stems, ngrams = index.sentence_stems.terms_of(rows), index.sentence_ngrams.terms_of(rows)
        for name, texts in (("sentence_stems", stems), ("sentence_ngrams", ngrams)):
            totals[name] += sign * sum(map(len, texts))
            for text in texts:
                self.found_in[SENTENCES, numbers[np.unique(text)]] += sign
        for _, first, last in index.passages.tolist():
            text = np.concatenate([*stems[first : last + 1], *ngrams[first : last + 1]])
            # A text without any term counts as one of one (`NO_TERM`).
            totals["passage_terms"] += sign * max(1, len(text))
            self.found_in[PASSAGES, numbers[np.unique(text)]] += sign
        for head in head_stems(index.articles, index.sentences, index.passages):
            totals["head_terms"] += sign * max(1, len(head))
            self._add(HEADS, head, sign)
        for article in index.articles:
            self._add(TITLES, title_stems(article), sign)

    def _add(self, kind: int, terms: Sequence[str], sign: int) -> None:
        numbers = self.numbered(dict.fromkeys(terms))
        self.found_in[kind, numbers] += sign

    def idf(self, kind: int, terms: Sequence[str]) -> npt.NDArray[np.float64]:
        """Return the weights of terms among passages, headings or titles: those that none has weigh most."""
        known = np.asarray([self.numbers.get(term, -1) for term in terms], np.int64)
        found = np.where(known >= 0, self.found_in[kind, known], 0)
        weights: npt.NDArray[np.float64] = _idf(found, self.texts(kind))
        return weights

    def texts(self, kind: int) -> int:
        """Return how many texts there are of a kind."""
        name = {PASSAGES: "passages", HEADS: "passages", SENTENCES: "sentences", TITLES: "articles"}[kind]
        return self.totals[name]

    def mean(self, kind: int) -> float:
        """Return how many terms a passage, or what passages stand under, has on average."""
        return self.totals["passage_terms" if kind == PASSAGES else "head_terms"] / max(1, self.totals["passages"])

    def packed(self) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
        """Return the table as `pack` takes it, without the terms that no text has any more."""
        held = np.flatnonzero(self.found_in[:, : len(self.terms)].any(axis=0))
        letters = "\n".join(self.terms[number] for number in held.tolist()).encode()
        arrays: dict[str, npt.NDArray[Any]] = {
            "terms": np.frombuffer(zlib.compress(letters), np.uint8),
            "found_in": self.found_in[:, held].astype(np.int32),
        }
        return dict(self.totals), arrays

    @classmethod
    def unpacked(cls, totals: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> TermTable:
        """Return the table that `packed` gave. Raises ValueError where it is none."""
        try:
            letters = zlib.decompress(arrays["terms"].tobytes()).decode()
            terms = letters.split("\n") if letters else []
            found_in = arrays["found_in"].astype(np.int64)
            if found_in.shape != (4, len(terms)):
                raise ValueError(f"numbers of {found_in.shape} for {len(terms)} terms")
            numbers = {term: number for number, term in enumerate(terms)}
            return cls(terms, numbers, found_in, {name: int(totals[name]) for name in _TOTALS})
        except (KeyError, TypeError, zlib.error) as error:
            raise ValueError(f"no table of terms: {error}") from error


@dataclass(frozen=True)
class Texts:
    """The terms of n texts as a TermTable numbers them.

    Attributes:
        terms, counts: the distinct terms of each text, one text after the other, and how often it has each.
        ends: where each text's end, shape (n,).
    """

    terms: IntArray
    counts: IntArray
    ends: IntArray

    @classmethod
    def of(cls, texts: Sequence[tuple[IntArray, IntArray]]) -> Texts:
        """Return texts given as their distinct terms and how often they have each."""
        none = np.zeros(0, np.int64)
        return cls(
            np.concatenate([none, *(terms for terms, _ in texts)]),
            np.concatenate([none, *(counts for _, counts in texts)]),
            np.cumsum([len(terms) for terms, _ in texts], dtype=np.int64),
        )

    @property
    def of_text(self) -> IntArray:
        """The text of each term, shape of `terms`."""
        return np.repeat(np.arange(len(self.ends)), np.diff(self.ends, prepend=0))

    def only(self, rows: IntArray) -> Texts:
        """Return some of the texts."""
        starts = np.concatenate([[0], self.ends])
        return Texts.of(
            [(self.terms[a:b], self.counts[a:b]) for a, b in zip(starts[rows], starts[rows + 1], strict=True)]
        )


class ServedTerms(LexicalIndex):
    """BM25 of a few texts of an archive, whose terms weigh what they weigh in the whole of it.

    Args:
        table: of the archive.
        kind: PASSAGES, HEADS or TITLES.
        texts: those that are scored.
    """

    of_archive = True

    def __init__(self, table: TermTable, kind: int, texts: Texts, settings: IndexSettings) -> None:
        super().__init__(None)
        self._table, self._kind, self._texts, self._settings = table, kind, texts, settings
        # Of the whole archive, or after `only` of the texts that are left, as `LexicalIndex.only` counts them.
        self._found_in, self._count = table.found_in[kind], table.texts(kind)

    @property
    def terms(self) -> list[str]:
        """The archive's terms by their numbers."""
        return self._table.terms

    def save(self, folder: Path) -> None:
        """Raise TypeError: an index that is a part of another is not saved; `join_articles` makes one that can be."""
        raise TypeError("a part of a served index cannot be saved as it is")

    def alone(self) -> ServedTerms:
        """Return the same texts as if there were no others, as `only` leaves them."""
        return self.only(np.arange(len(self._texts.ends)))

    def only(self, rows: IntArray) -> ServedTerms:
        """Return the scores of some of the texts; terms score what they score among all."""
        chosen = ServedTerms(self._table, self._kind, self._texts.only(rows), self._settings)
        chosen._found_in = np.bincount(chosen._texts.terms, minlength=len(self._found_in))
        chosen._count = len(rows)
        return chosen

    def ids(self, terms: Iterable[str]) -> list[int]:
        """Return the numbers of those of some terms that are known, each once."""
        numbers, found_in = self._table.numbers, self._table.found_in[self._kind]
        known = (numbers.get(term, -1) for term in dict.fromkeys(terms))
        return [number for number in known if number >= 0 and found_in[number]]

    def knows(self, term: str) -> bool:
        """Return whether any text has a term."""
        number = self._table.numbers.get(term, -1)
        return number >= 0 and bool(self._found_in[number])

    def idf(self, term: str) -> float:
        """Return the weight of a term: high where few texts have it; the highest where none has."""
        number = self._table.numbers.get(term, -1)
        return float(_idf(self._found_in[number] if number >= 0 else np.int64(0), self._count))

    def scores(self, question_terms: Iterable[str]) -> FloatArray:
        """Return the BM25 score of every text for a question, shape (texts,)."""
        asked = np.sort(np.asarray(self.ids(question_terms), np.int64))
        texts, table, kind = self._texts, self._table, self._kind
        if not len(asked) or not len(texts.terms):
            return np.zeros(len(texts.ends), np.float32)
        weights = _tfc(texts, table.mean(kind), self._settings)
        which = np.minimum(np.searchsorted(asked, texts.terms), len(asked) - 1)
        said = asked[which] == texts.terms
        gains = _idf(table.found_in[kind, asked], table.texts(kind))[which[said]] * weights[said]
        return np.bincount(texts.of_text[said], gains, len(texts.ends)).astype(np.float32)

    def coverage(self, question_terms: Iterable[str]) -> FloatArray:
        """Return, for every text, the share of the question's weight found in it, as `LexicalIndex.coverage` does."""
        asked = list(dict.fromkeys(question_terms))
        found = np.zeros(len(asked), np.int64)
        known = self.ids(asked)
        found[: len(known)] = self._found_in[known]
        weight = float(_idf(found, self._count).sum())
        return self.scores(asked) / np.float32(max(weight, 1e-6))


def weights_of(table: TermTable, passages: Texts, heads: Texts, settings: IndexSettings) -> list[dict[int, float]]:
    """Return the sparse vectors of passages: of each term, and of each that it stands under, what it gains by it.

    Args:
        passages, heads: of the same passages.
    """
    vectors: list[dict[int, float]] = [{} for _ in passages.ends]
    for kind, texts in ((PASSAGES, passages), (HEADS, heads)):
        gains = _tfc(texts, table.mean(kind), settings)
        for text, number, gain in zip(texts.of_text.tolist(), texts.terms.tolist(), gains.tolist(), strict=True):
            vectors[text][dimension(kind, table.terms[number])] = gain
    # A server takes no empty vector.
    return [vector or {_DIMENSIONS: 1.0} for vector in vectors]


@lru_cache(maxsize=1 << 18)
def dimension(kind: int, term: str) -> int:
    """Return the dimension of a term of passages or of what they stand under, in a server's sparse vectors.

    Two of a million terms may share one by chance: then a passage may be fetched that is not ranked.
    """
    name = term if kind == PASSAGES else f"\n{term}"
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=4).digest(), "little") % _DIMENSIONS


def _tfc(texts: Texts, mean: float, settings: IndexSettings) -> npt.NDArray[np.float64]:
    """Return what each term of each text gains it, less its idf ("lucene", as bm25s counts)."""
    of_text, counts = texts.of_text, texts.counts.astype(np.float64)
    lengths = np.maximum(np.bincount(of_text, counts, len(texts.ends)), 1)
    k1, b = settings.bm25_k1, settings.bm25_b
    gains: npt.NDArray[np.float64] = counts / (counts + k1 * (1 - b + b * lengths[of_text] / mean))
    return gains


def _idf(found_in: Any, texts: int) -> Any:
    return np.log(1 + (texts - found_in + 0.5) / (found_in + 0.5))
