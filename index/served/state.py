"""What is known of a served index as a whole: its manifest, its articles without their texts, its terms and words.

A build writes these under a new number, its generation, and the manifest last, in one row: who opens the index sees the
one before or the new one. Passages of a generation that is not in the manifest yet are not searched.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Protocol, overload

import numpy as np

from index.article import Article
from index.errors import ServedIndexError
from index.search.served import Store, no_index
from index.search.vocabulary import Vocabulary
from index.served.address import Address
from index.served.pages import Body, pack, unpack
from index.served.terms import TermTable
from index.settings import IndexSettings
from index.splitting.passages import splitter_mark
from index.stored import BODY, StoredArticle

FORMAT = "beleg-served"
# Raised whenever an index of the version before cannot be read any more, or would give other answers.
VERSION = 1
MANIFEST = "manifest"
# The code of the error of an index that is there and cannot be used.
UNUSABLE = "served-not-usable"


@dataclass(frozen=True, slots=True)
class Entry:
    """An article as the catalogue has it.

    Attributes:
        key: `key_of` it.
        about: what the article says of itself, without its text.
        is_titled: as `Article.is_titled`.
        sentences, passages: how many it has.
        means: of passages' and headings' terms, the means that its weights on the server were counted with.
    """

    key: str
    about: dict[str, Any]
    is_titled: bool
    sentences: int
    passages: int
    means: tuple[float, float]


@dataclass(frozen=True, slots=True)
class State:
    """A served index, as one build left it.

    Attributes:
        generation: the number of that build; 0 where there was none.
        encoder, splitter, settings: what it was made with.
        entries: its articles, in order.
        table: its terms.
        vocabulary: its words.
    """

    generation: int
    encoder: str
    splitter: str
    settings: IndexSettings
    entries: tuple[Entry, ...]
    table: TermTable
    vocabulary: Vocabulary


class Bodies(Protocol):
    """Fetches articles."""

    def __call__(self, keys: Sequence[str], /) -> list[Body]:
        """Return the bodies of some keys, in their order."""


class ServedArticles(Sequence[Article]):
    """Articles whose texts are fetched when they are read: none is kept here.

    Args:
        entries: what is known without that.
        bodies: fetches them.
    """

    def __init__(self, entries: Sequence[Entry], bodies: Bodies) -> None:
        self._entries, self._bodies = entries, bodies

    def __len__(self) -> int:
        return len(self._entries)

    @overload
    def __getitem__(self, row: int) -> Article: ...
    @overload
    def __getitem__(self, row: slice) -> tuple[Article, ...]: ...
    def __getitem__(self, row: int | slice) -> Article | tuple[Article, ...]:
        if isinstance(row, slice):
            return tuple(map(self._article, self._entries[row]))
        return self._article(self._entries[row])

    def _article(self, entry: Entry) -> Article:
        return StoredArticle.of(
            {**entry.about, "is_titled": entry.is_titled},
            lambda article: article.fill(self._bodies([entry.key])[0].article),
        )


def entry_of(key: str, body: Body, means: tuple[float, float]) -> Entry:
    """Return what the catalogue has of an article."""
    article = body.article
    about = {one.name: getattr(article, one.name) for one in fields(Article) if one.name not in BODY}
    return Entry(key, about, article.is_titled, len(body.sentences), len(body.passages), means)


def read_manifest(store: Store) -> dict[str, Any] | None:
    """Return the manifest of a served index; None where no build has ended.

    Raises:
        ServedIndexError: it is of another format version or splitter, or cannot be read.
    """
    address = store.address
    if not store.exists() or (written := store.texts([MANIFEST]).get(MANIFEST)) is None:
        return None
    try:
        manifest: dict[str, Any] = json.loads(written)
        found = f"{manifest['format']} version {manifest['version']}"
        kinds = {"generation": int, "encoder": str, "settings": dict, "counts": dict, "sums": dict, "dimension": int}
        is_complete = all(isinstance(manifest.get(name), kind) for name, kind in kinds.items())
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise unusable(address, f"its manifest cannot be read ({type(error).__name__})") from error
    if found != f"{FORMAT} version {VERSION}":
        raise unusable(address, f"it is {found}; this Beleg reads {FORMAT} version {VERSION}")
    if not is_complete:
        raise unusable(address, "its manifest is not as it was written")
    if manifest.get("splitter") != splitter_mark():
        raise unusable(address, f"it was split by {manifest.get('splitter')}, this Beleg splits by {splitter_mark()}")
    return manifest


def read_state(store: Store) -> State:
    """Return what is known of a served index.

    Raises:
        ServedIndexError: it is missing, half-written, altered, or made by another format version.
    """
    while True:
        manifest = read_manifest(store)
        if manifest is None:
            raise no_index(store.address)
        try:
            return _read(store, manifest)
        except ServedIndexError:
            # A build that ended meanwhile has removed what this manifest names.
            if (now := read_manifest(store)) is None or now["generation"] == manifest["generation"]:
                raise


def _read(store: Store, manifest: Mapping[str, Any]) -> State:
    names = {name: _name(manifest["generation"], name) for name in ("articles", "terms", "vocabulary")}
    found = store.texts(names.values())
    for name, at in names.items():
        if at not in found or _sum(found[at]) != manifest["sums"].get(name):
            raise unusable(store.address, f"its {name} are {'not as they were written' if at in found else 'missing'}")
    try:
        listed, _ = unpack(found[names["articles"]])
        table = TermTable.unpacked(*unpack(found[names["terms"]]))
        _, words = unpack(found[names["vocabulary"]])
        entries = tuple(
            Entry(key, about, titled, sentences, passages, (means[0], means[1]))
            for key, about, titled, sentences, passages, means in listed["articles"]
        )
        settings = IndexSettings(**manifest["settings"])
        vocabulary = Vocabulary(**words)
    except (ValueError, KeyError, TypeError) as error:
        raise unusable(store.address, f"what it holds cannot be read ({type(error).__name__})") from error
    return State(
        manifest["generation"], manifest["encoder"], manifest["splitter"], settings, entries, table, vocabulary
    )


def write_state(store: Store, state: State, dimension: int) -> None:
    """Write a state under its generation, and the manifest last.

    Args:
        dimension: of the vectors.
    """
    words = {one.name: np.asarray(getattr(state.vocabulary, one.name)) for one in fields(Vocabulary)}
    listed = [[one.key, one.about, one.is_titled, one.sentences, one.passages, one.means] for one in state.entries]
    packed = {
        "articles": pack({"articles": listed}, {}),
        "terms": pack(*state.table.packed()),
        "vocabulary": pack({}, words),
    }
    for name, text in packed.items():
        store.put_texts({_name(state.generation, name): text})
    manifest = {
        "format": FORMAT,
        "version": VERSION,
        "generation": state.generation,
        "encoder": state.encoder,
        "splitter": state.splitter,
        "settings": asdict(state.settings),
        "dimension": dimension,
        "counts": {
            "articles": len(state.entries),
            "sentences": sum(one.sentences for one in state.entries),
            "passages": sum(one.passages for one in state.entries),
            "terms": len(state.table.terms),
        },
        "sums": {name: _sum(text) for name, text in packed.items()},
    }
    store.put_texts({MANIFEST: json.dumps(manifest)})
    store.settle()


def names_of_states(store: Store, besides: int) -> list[str]:
    """Return the names of what other generations than one have left."""
    kept = _name(besides, "")
    return [name for name in store.names('article == ""') if name.startswith("state/") and not name.startswith(kept)]


def unusable(address: Address, reason: str) -> ServedIndexError:
    """Return the error of an index that is there and cannot be used."""
    return ServedIndexError(
        f"the index {address} is not usable: {reason}. Rebuild it: beleg index build FILE… --to {address} --replace",
        UNUSABLE,
        index=address,
        reason=reason,
    )


def _name(generation: int, name: str) -> str:
    return f"state/{generation}/{name}"


def _sum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
