"""A served index looked at without a question: what it holds, whether it is whole, and its removal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from index.search.served import Store, no_index
from index.served.address import Address
from index.served.fetcher import Fetcher
from index.served.state import read_manifest, read_state, unusable
from index.settings import Progress

# Articles that are fetched at once.
_AT_ONCE = 16
_T = TypeVar("_T")


def described(address: Address) -> dict[str, Any]:
    """Return what a served index is and holds, by name.

    Raises:
        ExtraError: pymilvus is not installed.
        ServedIndexError: it is missing or cannot be used, or the server is not reachable.
    """
    manifest = _with(address, read_manifest)
    if manifest is None:
        raise no_index(address)
    return {
        "format": f"{manifest['format']} version {manifest['version']}",
        "encoder": manifest["encoder"],
        "build": manifest["generation"],
        **manifest["counts"],
        **manifest["settings"],
    }


def verified(address: Address, progress: Progress | None = None) -> tuple[int, int]:
    """Fetch every article of a served index with its passages and sentences; return how many articles and sentences.

    Raises:
        ExtraError: pymilvus is not installed.
        ServedIndexError: something is missing or damaged; or as for `described`.
    """

    def check(store: Store) -> tuple[int, int]:
        state = read_state(store)
        fetcher, entries = Fetcher(store, state.table), state.entries
        for at in range(0, len(entries), _AT_ONCE):
            if progress:
                progress("articles", at, len(entries))
            some = entries[at : at + _AT_ONCE]
            index = fetcher.index([entry.key for entry in some], state)
            found = [len(index.articles), len(index.sentences), len(index.passages)]
            named = [len(some), sum(entry.sentences for entry in some), sum(entry.passages for entry in some)]
            if found != named:
                raise unusable(address, f"it has {found} articles, sentences and passages where {named} are named")
        return len(entries), sum(entry.sentences for entry in entries)

    return _with(address, check)


def dropped(address: Address) -> None:
    """Remove a served index, complete or not. Raises ServedIndexError where there is none, as for `described`."""

    def drop(store: Store) -> None:
        if not store.drop():
            raise no_index(address)

    _with(address, drop)


def _with(address: Address, act: Callable[[Store], _T]) -> _T:
    store = Store(address)
    try:
        return act(store)
    finally:
        store.close()
