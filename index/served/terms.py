"""The terms of a whole archive with how many of its texts have each, and BM25 of a few texts by these weights.

The server finds passages by the inner product of sparse vectors: `weights_of` makes a passage's, so that multiplied by
the idf of a question's terms it is their BM25 score. What was found is scored again here, by the archive's numbers as
they are now: a passage that was put there when the archive was smaller has a slightly different weight on the server.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from index.index import Index, head_stems, title_stems
from index.search.dense import IntArray
from index.search.forward import Bags
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

    def __len__(self) -> int:
        return len(self.terms)

    def term(self, number: int) -> str:
        """Return the term of a number."""
        return self.terms[number]

    def number(self, term: str) -> int | None:
        """Return the number of a term; None where there is no such term."""
        return self.numbers.get(term)

    def taken(self, index: Index, rows: IntArray) -> tuple[Bags, Bags]:
        """Return the stems and n-grams of sentences of an index, by their numbers here."""
        stems, ngrams = index.sentence_stems.bags(rows), index.sentence_ngrams.bags(rows)
        theirs = index.passage_terms.lexicon
        if theirs is self:
            return stems, ngrams
        used = np.unique(np.concatenate([stems.terms, ngrams.terms]))
        numbers = self.numbered(theirs.term(term) for term in used.tolist())
        return (
            Bags.of(stems.texts, numbers[np.searchsorted(used, stems.terms)], stems.counts, len(stems)),
            Bags.of(ngrams.texts, numbers[np.searchsorted(used, ngrams.terms)], ngrams.counts, len(ngrams)),
        )

    def count(self, index: Index, sign: int = 1) -> None:
        """Add the articles of an index, or with -1 take them out."""
        totals = self.totals
        totals["articles"] += sign * len(index.articles)
        totals["passages"] += sign * len(index.passages)
        totals["sentences"] += sign * len(index.sentences)
        stems, ngrams = self.taken(index, np.arange(len(index.sentences)))
        for name, texts in (("sentence_stems", stems), ("sentence_ngrams", ngrams)):
            totals[name] += sign * int(texts.counts.sum())
            np.add.at(self.found_in[SENTENCES], texts.terms, sign)
        passages = stems.together(index.passages[:, 1], index.passages[:, 2], ngrams)
        totals["passage_terms"] += sign * int(_lengths(passages).sum())
        np.add.at(self.found_in[PASSAGES], passages.terms, sign)
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
class PartScores:
    """BM25 of a few texts of an archive, whose terms weigh what they weigh in the whole of it.

    Attributes:
        table: of the archive, whose numbers of terms these are.
        kind: PASSAGES, HEADS or TITLES.
        texts: those that are scored.
        settings: k1 and b of BM25.
        is_alone: whether texts are counted as if the archive had no others, as `only` leaves them.
    """

    table: TermTable
    kind: int
    texts: Bags
    settings: IndexSettings
    is_alone: bool = False

    def __len__(self) -> int:
        return len(self.texts) if self.is_alone else self.table.texts(self.kind)

    def only(self, rows: IntArray) -> PartScores:
        """Return the scores of some of the texts; terms score what they score among all."""
        return replace(self, texts=self.texts.only(rows), is_alone=True)

    @cached_property
    def _found_in(self) -> IntArray:
        found: IntArray = self.table.found_in[self.kind]
        return np.bincount(self.texts.terms, minlength=len(found)) if self.is_alone else found

    def found_in(self, terms: Sequence[int]) -> list[int]:
        """Return how many texts have each of some terms."""
        return [int(self._found_in[term]) for term in terms]

    def scores(self, terms: Sequence[int]) -> FloatArray:
        """Return the BM25 score of every text, shape (texts,)."""
        asked, texts, table = np.sort(np.asarray(terms, np.int64)), self.texts, self.table
        if not len(asked) or not len(texts.terms):
            return np.zeros(len(texts), np.float32)
        weights = _tfc(texts, table.mean(self.kind), self.settings)
        which = np.minimum(np.searchsorted(asked, texts.terms), len(asked) - 1)
        said = asked[which] == texts.terms
        gains = _idf(table.found_in[self.kind, asked], table.texts(self.kind))[which[said]] * weights[said]
        return np.bincount(texts.texts[said], gains, len(texts)).astype(np.float32)


def terms_of_part(table: TermTable, kind: int, texts: Bags, settings: IndexSettings) -> LexicalIndex:
    """Return the terms of a few texts of an archive, which weigh what they weigh in the whole of it."""
    return LexicalIndex(table, PartScores(table, kind, texts, settings))


def weights_of(table: TermTable, passages: Bags, heads: Bags, settings: IndexSettings) -> list[dict[int, float]]:
    """Return the sparse vectors of passages: of each term, and of each that it stands under, what it gains by it.

    Args:
        passages, heads: of the same passages.
    """
    vectors: list[dict[int, float]] = [{} for _ in range(len(passages))]
    for kind, texts in ((PASSAGES, passages), (HEADS, heads)):
        gains = _tfc(texts, table.mean(kind), settings)
        for text, number, gain in zip(texts.texts.tolist(), texts.terms.tolist(), gains.tolist(), strict=True):
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


def _tfc(texts: Bags, mean: float, settings: IndexSettings) -> npt.NDArray[np.float64]:
    """Return what each term of each text gains it, less its idf ("lucene", as bm25s counts)."""
    of_text, counts, lengths = texts.texts, texts.counts.astype(np.float64), _lengths(texts)
    k1, b = settings.bm25_k1, settings.bm25_b
    gains: npt.NDArray[np.float64] = counts / (counts + k1 * (1 - b + b * lengths[of_text] / mean))
    return gains


def _lengths(texts: Bags) -> npt.NDArray[np.float64]:
    # A text without any term counts as one of one (`NO_TERM`).
    return np.maximum(np.bincount(texts.texts, texts.counts, len(texts)), 1.0)


def _idf(found_in: Any, texts: int) -> Any:
    return np.log(1 + (texts - found_in + 0.5) / (found_in + 0.5))
