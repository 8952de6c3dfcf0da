"""Fetches articles of a served index, and makes small indexes of them whose terms weigh what they weigh in all."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

import numpy as np
import numpy.typing as npt

from index.index import Index
from index.models.encoder import FloatArray
from index.search.dense import DenseIndex, IntArray
from index.search.forward import Bags, ForwardIndex
from index.search.served import Store
from index.served.pages import PAGE, Body, Page, pages_for, unpack_body, unpack_page
from index.served.state import State, unusable
from index.served.terms import HEADS, PASSAGES, SENTENCES, TITLES, TermTable, terms_of_part

# Kept for the next question: articles by their characters, pages by their number, some 20 kB each.
_KEPT_CHARACTERS, _KEPT_PAGES = 50_000_000, 8_192

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _MappedPage:
    """A page whose terms are numbers of the archive's table."""

    page: Page
    numbers: IntArray


class _Found:
    """The terms of sentences, as their pages come."""

    def __init__(self) -> None:
        none = np.zeros(0, np.int64)
        self._pieces = [(none, none, none)]

    def add(self, first: int, numbers: IntArray, held: tuple[IntArray, IntArray, IntArray]) -> None:
        """Add a page's.

        Args:
            first: the row of its first sentence.
            numbers: of its terms.
            held: as `Page.stems`.
        """
        places, counts, ends = held
        self._pieces.append(
            (np.repeat(np.arange(len(ends)), np.diff(ends, prepend=0)) + first, numbers[places], counts)
        )

    def bags(self, count: int) -> Bags:
        """Return the terms of that many sentences."""
        texts, terms, counts = (np.concatenate(some) for some in zip(*self._pieces, strict=True))
        return Bags.of(texts, terms, counts, count)


class _Kept(Generic[_T]):
    """The last used of what was fetched, by name."""

    def __init__(self, most: int, size: Callable[[_T], int]) -> None:
        self._most, self._size, self._held = most, size, 0
        self._items: OrderedDict[str, _T] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, name: str) -> _T | None:
        with self._lock:
            if name in self._items:
                self._items.move_to_end(name)
            return self._items.get(name)

    def put(self, name: str, item: _T) -> None:
        with self._lock:
            if name in self._items:
                return
            self._items[name] = item
            self._held += self._size(item)
            while self._held > self._most and len(self._items) > 1:
                self._held -= self._size(self._items.popitem(last=False)[1])


class Fetcher:
    """Fetches articles and their pages, and makes small indexes of them."""

    def __init__(self, store: Store, table: TermTable) -> None:
        self.store, self._table = store, table
        self._bodies: _Kept[Body] = _Kept(_KEPT_CHARACTERS, lambda body: len(body.article.text))
        self._pages: _Kept[_MappedPage] = _Kept(_KEPT_PAGES, lambda page: 1)

    def bodies(self, keys: Sequence[str]) -> list[Body]:
        """Return the bodies of articles. Raises ServedIndexError where one is missing or damaged."""
        found = self._fetch(self._bodies, {f"{key}/body": key for key in keys}, unpack_body)
        return [found[f"{key}/body"] for key in keys]

    def pages(self, wanted: Mapping[str, Sequence[int]]) -> dict[str, dict[int, _MappedPage]]:
        """Return pages of articles by their keys and numbers."""
        names = {f"{key}/page/{number}": (key, number) for key, numbers in wanted.items() for number in numbers}
        found = self._fetch(self._pages, {name: key for name, (key, _) in names.items()}, self._mapped)
        pages: dict[str, dict[int, _MappedPage]] = {}
        for name, (key, number) in names.items():
            pages.setdefault(key, {})[number] = found[name]
        return pages

    def _mapped(self, text: str) -> _MappedPage:
        page = unpack_page(text)
        return _MappedPage(page, self._table.numbered(page.terms))

    def _fetch(self, kept: _Kept[_T], names: Mapping[str, str], unpacked: Callable[[str], _T]) -> dict[str, _T]:
        found = {name: item for name in names if (item := kept.get(name)) is not None}
        texts = self.store.texts([name for name in names if name not in found])
        for name in names:
            if name in found:
                continue
            try:
                found[name] = unpacked(texts[name])
            except KeyError:
                raise unusable(self.store.address, f"{name} is missing") from None
            except ValueError as error:
                raise unusable(self.store.address, f"{name} is {error}") from error
            kept.put(name, found[name])
        return found

    def index(
        self,
        keys: Sequence[str],
        state: State,
        passages: Mapping[str, Sequence[int]] | None = None,
        vectors: Mapping[str, FloatArray] | None = None,
    ) -> Index:
        """Return an Index of some articles, whose terms weigh what they weigh in the archive.

        Args:
            keys: of the articles, in their order.
            passages: of each the numbers of the passages that are wanted, ascending; None for all. Sentences that are
                in none of them, nor beside one, have no vectors and no terms.
            vectors: of passages, by their ids, as far as they are known.
        """
        bodies = self.bodies(keys)
        held = [
            np.arange(len(body.passages)) if passages is None else np.asarray(passages[key], np.int64)
            for key, body in zip(keys, bodies, strict=True)
        ]
        ids = [f"{key}/{number}" for key, some in zip(keys, held, strict=True) for number in some.tolist()]
        pages = self.pages(
            {
                key: range(-(-len(body.sentences) // PAGE))
                if passages is None
                else pages_for([(int(a), int(b)) for a, b in body.passages[some]], len(body.sentences))
                for key, body, some in zip(keys, bodies, held, strict=True)
            }
        )
        known = self._vectors(ids, dict(vectors or {}))
        return self._assembled(keys, bodies, held, pages, known, state)

    def _vectors(self, ids: Sequence[str], known: dict[str, FloatArray]) -> FloatArray:
        """Return the vectors of passages, shape (len(ids), dimension)."""
        if missing := [one for one in ids if one not in known]:
            known |= self.store.vectors(missing)
        if missing := [one for one in ids if one not in known]:
            raise unusable(self.store.address, f"passage {missing[0]} is missing")
        return np.stack([known[one] for one in ids])

    def _assembled(
        self,
        keys: Sequence[str],
        bodies: Sequence[Body],
        held: Sequence[IntArray],
        pages: Mapping[str, Mapping[int, _MappedPage]],
        vectors: FloatArray,
        state: State,
    ) -> Index:
        settings, table = state.settings, self._table
        firsts = np.cumsum([0, *(len(body.sentences) for body in bodies)])
        count, size = int(firsts[-1]), vectors.shape[1]
        # Of a sentence that is not fetched nothing is written, and so no memory is taken.
        alone, in_context = np.zeros((count, size), np.float16), np.zeros((count, size), np.float16)
        found_stems, found_ngrams = _Found(), _Found()
        for first, key in zip(firsts[:-1].tolist(), keys, strict=True):
            for number, mapped in pages.get(key, {}).items():
                page, at = mapped.page, first + number * PAGE
                alone[at : at + len(page.alone)] = page.alone
                in_context[at : at + len(page.alone)] = page.in_context
                found_stems.add(at, mapped.numbers, page.stems)
                found_ngrams.add(at, mapped.numbers, page.ngrams)
        stems, ngrams = found_stems.bags(count), found_ngrams.bags(count)
        sentences, passages, heads = [], [], []
        for row, (body, first, some) in enumerate(zip(bodies, firsts[:-1].tolist(), held, strict=True)):
            sentences.append(np.insert(body.sentences, 0, row, axis=1))
            passages.append(np.insert(body.passages[some] + first, 0, row, axis=1))
            of_body = [table.numbered(head) for head in body.heads]
            heads += [of_body[place] for place in body.head_of[some].tolist()]
        table_of_passages = np.concatenate(passages)
        return Index(
            articles=tuple(body.article for body in bodies),
            sentences=np.concatenate(sentences),
            passages=table_of_passages,
            passage_vectors=DenseIndex.build(vectors, exact=True),
            sentence_vectors=alone,
            context_vectors=in_context,
            passage_terms=terms_of_part(
                table, PASSAGES, stems.together(table_of_passages[:, 1], table_of_passages[:, 2], ngrams), settings
            ),
            sentence_stems=_forward(stems, table, "sentence_stems"),
            sentence_ngrams=_forward(ngrams, table, "sentence_ngrams"),
            heading_terms=terms_of_part(table, HEADS, Bags.of_lists(heads), settings),
            title_terms=terms_of_part(
                table, TITLES, Bags.of_lists([table.numbered(body.title) for body in bodies]), settings
            ),
            vocabulary=state.vocabulary,
            encoder_fingerprint=state.encoder,
            splitter=state.splitter,
            settings=settings,
        )


def _forward(texts: Bags, table: TermTable, name: str) -> ForwardIndex:
    return ForwardIndex(
        texts.terms,
        np.minimum(texts.counts, np.iinfo(np.uint16).max).astype(np.uint16),
        texts.ends,
        cast("npt.NDArray[np.int32]", table.found_in[SENTENCES]),
        np.asarray([table.totals["sentences"], table.totals[name]], np.int64),
    )
