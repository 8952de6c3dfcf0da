"""A served index as it is asked: what is small is held, and what a question needs is fetched.

A question has the server find the passages that may matter (`ServedIndex.around`). They, their sentences and their
articles become a small `Index` with the whole archive's weights of terms, and what ranks and reads it is what ranks and
reads an index on this machine. So the answers are the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from index.errors import ServedIndexError
from index.index import Index, PartOfIndex, none_chosen
from index.models.encoder import FloatArray
from index.search.dense import DenseIndex, IntArray
from index.search.forward import Bags, ForwardIndex
from index.search.served import Store
from index.served.address import Address
from index.served.fetcher import Fetcher
from index.served.pages import PAGE
from index.served.state import Entry, ServedArticles, State, read_manifest, read_state, unusable
from index.served.terms import HEADS, PASSAGES, TITLES, dimension, terms_of_part
from index.settings import IndexSettings

# A filter that leaves no more passages than these has them fetched, some 15 kB each, and searched on this machine.
MOST_FETCHED = 2_000
# Articles that are fetched whole at once.
_AT_ONCE = 64
# Passages that the server is asked for beside those that are wanted by their terms: their order by its weights is
# nearly the exact one.
_MORE = 1.5


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as passages are looked up for it.

    Attributes:
        vector: shape (dimension,).
        stems, ngrams: its terms.
    """

    vector: FloatArray
    stems: Sequence[str]
    ngrams: Sequence[str]


class ServedIndex(Index):
    """The index that a server keeps. Its articles' texts, its sentences and vectors are fetched when they are read.

    Args:
        fetcher: of its server.
        state: as its last build left it.
        chosen: the rows of `state.entries` that it has; None for all.
    """

    def __init__(self, fetcher: Fetcher, state: State, chosen: Sequence[int] | None = None) -> None:
        self.__dict__.update(_fetcher=fetcher, _state=state, _chosen=chosen)
        entries = state.entries if chosen is None else [state.entries[row] for row in chosen]
        self.__dict__["_entries"] = tuple(entries)
        none = Bags.of_lists([])
        super().__init__(
            articles=ServedArticles(entries, fetcher.bodies),
            sentences=cast(IntArray, _Fetched(self, "sentences")),
            passages=cast(IntArray, _Fetched(self, "passages")),
            # What would need all passages at once raises AttributeError: it is asked of `around`.
            passage_vectors=cast(DenseIndex, None),
            sentence_vectors=cast("npt.NDArray[np.float16]", _Fetched(self, "alone")),
            context_vectors=cast("npt.NDArray[np.float16]", _Fetched(self, "in_context")),
            passage_terms=terms_of_part(state.table, PASSAGES, none, state.settings),
            sentence_stems=cast(ForwardIndex, None),
            sentence_ngrams=cast(ForwardIndex, None),
            heading_terms=terms_of_part(state.table, HEADS, none, state.settings),
            title_terms=terms_of_part(state.table, TITLES, none, state.settings),
            vocabulary=state.vocabulary,
            encoder_fingerprint=state.encoder,
            splitter=state.splitter,
            settings=state.settings,
        )

    @classmethod
    def open(cls, address: Address) -> ServedIndex:
        """Open an index.

        Raises:
            ExtraError: pymilvus is not installed.
            ServedIndexError: it is missing, half-written, altered or of another format version, or the server is not
                reachable.
        """
        store = Store(address)
        try:
            state = read_state(store)
        except ServedIndexError:
            store.close()
            raise
        return cls(Fetcher(store, state.table), state)

    @property
    def address(self) -> Address:
        """Where it is."""
        return self.fetcher.store.address

    @property
    def fetcher(self) -> Fetcher:
        """What fetches its articles."""
        return cast(Fetcher, self.__dict__["_fetcher"])

    @property
    def state(self) -> State:
        """What is known of it as a whole."""
        return cast(State, self.__dict__["_state"])

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Its articles as the catalogue has them."""
        return cast("tuple[Entry, ...]", self.__dict__["_entries"])

    @cached_property
    def first_rows(self) -> IntArray:
        """As `Index.first_rows`."""
        return np.cumsum([0, *(one.sentences for one in self.entries)])

    @cached_property
    def first_passages(self) -> IntArray:
        """As `Index.first_passages`."""
        return np.cumsum([0, *(one.passages for one in self.entries)])

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {one.key: row for row, one in enumerate(self.entries)}

    def newer(self) -> ServedIndex | None:
        """Return the index as a later build left it; None where there was none. It costs one small request.

        Raises:
            ServedIndexError: as for `open`.
        """
        manifest = read_manifest(self.fetcher.store)
        if manifest and manifest["generation"] == self.state.generation:
            return None
        state = read_state(self.fetcher.store)
        return ServedIndex(Fetcher(self.fetcher.store, state.table), state)

    def check_encoder(self, fingerprint: str) -> None:
        """Raise ServedIndexError where the index was made with another encoder than the one to ask with."""
        if self.encoder_fingerprint != fingerprint:
            raise ServedIndexError(
                f"the index {self.address} was made with the encoder {self.encoder_fingerprint}, not {fingerprint}. "
                f"Ask it with that model, or rebuild it: beleg index build FILE… --to {self.address} --replace",
                "served-of-another-encoder",
                index=self.address,
                found=self.encoder_fingerprint,
                wanted=fingerprint,
            )

    def close(self) -> None:
        """Let the server go."""
        self.fetcher.store.close()

    def parts(self, rows: Iterable[int]) -> Iterator[tuple[Index | PartOfIndex, Iterable[int]]]:
        """Yield parts that have some articles each, fetched whole when they are opened, with the rows there."""
        entries = [self.entries[row] for row in rows]
        for at in range(0, len(entries), _AT_ONCE):
            some = tuple(entries[at : at + _AT_ONCE])
            yield _Part(some, self.fetcher, self.state), range(len(some))

    def only(self, article_rows: Iterable[int]) -> Index:
        """Return an Index of some of the articles, as `Index.only` does.

        Of few passages they are fetched. Of more, searches leave the others out on the server, and whether a word is
        known, and what it weighs, is told by the whole archive.
        """
        rows = sorted(set(article_rows))
        if not rows:
            raise none_chosen()
        if sum(self.entries[row].passages for row in rows) > MOST_FETCHED:
            chosen = cast("Sequence[int] | None", self.__dict__["_chosen"])
            return ServedIndex(self.fetcher, self.state, rows if chosen is None else [chosen[row] for row in rows])
        index = _Part(tuple(self.entries[row] for row in rows), self.fetcher, self.state).open()
        # As if the archive had no others, but for what terms score.
        return replace(
            index,
            passage_terms=index.passage_terms.only(np.arange(len(index.passages))),
            heading_terms=index.heading_terms.only(np.arange(len(index.passages))),
            title_terms=index.title_terms.only(np.arange(len(index.articles))),
        )

    def around(self, questions: Sequence[Asked], k: int, headings: float) -> Index:
        """Return an Index of all passages that matter for some questions, with their articles.

        Those are, for each, the k nearest by their vectors, and the k best by their terms: the share of its weight
        that is found in a passage, and, weighted, how well the passage's title and headings match.

        Args:
            headings: how much the best match of title and headings counts.
        """
        fetcher, chosen = self.fetcher, self.__dict__["_chosen"] is not None
        among = [one.key for one in self.entries] if chosen else None
        found: dict[str, FloatArray] = {}

        def search(field: str, asked: Sequence[Any], count: int) -> list[list[tuple[str, float, FloatArray]]]:
            hits = fetcher.store.search(field, asked, count, self.state.generation, among) if asked else []
            for id_, _, vector in (hit for of_one in hits for hit in of_one):
                found[id_] = vector
            return hits

        search("vector", [one.vector for one in questions], k)
        heads = [self._weights(HEADS, one.stems) for one in questions]
        best = iter(search("terms", [weights for weights in heads if weights], 1))
        wanted = []
        for one, head in zip(questions, heads, strict=True):
            terms = dict.fromkeys([*one.stems, *one.ngrams])
            total = max(float(self.state.table.idf(PASSAGES, list(terms)).sum()), 1e-6)
            weights = {at: idf / total for at, idf in self._weights(PASSAGES, list(terms)).items()}
            if head and (hits := next(best)):
                weights |= {at: headings * idf / max(hits[0][1], 1e-6) for at, idf in head.items()}
            wanted.append(weights)
        by_terms = search("terms", [weights for weights in wanted if weights], int(_MORE * k))
        fewest = min([*map(len, by_terms), *(0 for weights in wanted if not weights)], default=0)
        self._fill(found, k - fewest)
        passages: dict[str, list[int]] = {}
        for id_ in found:
            key, _, number = id_.rpartition("/")
            # What a build has removed meanwhile, or left when it was killed, is in no catalogue.
            if key in self._rows:
                passages.setdefault(key, []).append(int(number))
        if not passages:
            raise unusable(self.address, "its passages are missing")
        ordered = sorted(passages, key=self._rows.__getitem__)
        index = fetcher.index(ordered, self.state, {key: sorted(passages[key]) for key in ordered}, found)
        index.__dict__["languages"] = self.languages
        return index

    def _weights(self, kind: int, terms: Iterable[str]) -> dict[int, float]:
        """Return the sparse vector of a question: the idf of the terms that a text has."""
        table = self.state.table
        known = [t for t in dict.fromkeys(terms) if (n := table.numbers.get(t, -1)) >= 0 and table.found_in[kind, n]]
        return {dimension(kind, t): float(w) for t, w in zip(known, table.idf(kind, known), strict=True)}

    def _fill(self, found: dict[str, FloatArray], count: int) -> None:
        """Add the first passages, as a search on this machine does that finds fewer than it wants."""
        ids: list[str] = []
        if count > 0:
            for one in self.entries:
                # Those that were found are not among the ones that were not: as many more are taken.
                if len(ids) >= count + len(found):
                    break
                ids += [f"{one.key}/{number}" for number in range(one.passages)]
        ids = [one for one in ids if one not in found]
        found |= self.fetcher.store.vectors(ids[: max(count, 0)]) if ids else {}


@dataclass(frozen=True, eq=False)
class _Part:
    """Some articles of a served index.

    Attributes:
        entries: theirs.
        fetcher, state: of the index.
    """

    entries: tuple[Entry, ...]
    fetcher: Fetcher
    state: State

    @property
    def ids(self) -> Sequence[str]:
        """The ids of the articles."""
        return [one.about["id"] for one in self.entries]

    @property
    def made_by(self) -> tuple[str, str, IndexSettings]:
        """The encoder, the splitter and the settings of the index."""
        return self.state.encoder, self.state.splitter, self.state.settings

    def open(self) -> Index:
        """Fetch them."""
        return self.fetcher.index([one.key for one in self.entries], self.state)


class _Fetched:
    """A table of a served index, by rows of which its articles are fetched.

    Args:
        index: whose it is.
        name: "sentences", "passages", or of the attribute of `Page`.
    """

    def __init__(self, index: ServedIndex, name: str) -> None:
        self._index, self._name = index, name

    def __len__(self) -> int:
        return int(self._firsts[-1])

    def __getitem__(self, key: Any) -> npt.NDArray[Any]:
        where, columns = key if isinstance(key, tuple) else (key, slice(None))
        if isinstance(where, slice):
            where = np.arange(*where.indices(len(self)))
        rows = np.atleast_1d(np.asarray(where, np.int64))
        of = np.searchsorted(self._firsts, rows, side="right") - 1
        places = rows - self._firsts[of]
        entries, fetcher = self._index.entries, self._index.fetcher
        if self._name in ("sentences", "passages"):
            bodies = {row: fetcher.bodies([entries[row].key])[0] for row in np.unique(of).tolist()}
            # A passage is told by the rows of its sentences.
            first = self._index.first_rows if self._name == "passages" else np.zeros(len(entries), np.int64)
            found = [
                [row, *(getattr(bodies[row], self._name)[at] + first[row])]
                for row, at in zip(of.tolist(), places.tolist(), strict=True)
            ]
            values = np.asarray(found, np.int64)
        else:
            wanted = {entries[row].key: np.unique(places[of == row] // PAGE).tolist() for row in np.unique(of).tolist()}
            pages = fetcher.pages(wanted)
            values = np.stack(
                [
                    getattr(pages[entries[row].key][at // PAGE].page, self._name)[at % PAGE]
                    for row, at in zip(of.tolist(), places.tolist(), strict=True)
                ]
            )
        return values[0][columns] if np.ndim(where) == 0 else values[:, columns]

    @property
    def _firsts(self) -> IntArray:
        return self._index.first_passages if self._name == "passages" else self._index.first_rows
