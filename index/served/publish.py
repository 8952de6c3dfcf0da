"""Articles → a served index: what the server does not have is encoded and put there, what is no longer given leaves.

Each article is put there whole before the next, its body last: a run that was killed loses one batch. Until the
manifest names what was put there, nobody sees it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from filelock import FileLock, Timeout

from index.article import Article
from index.atomic import cache_folder
from index.cluster import Cluster, build_batches
from index.errors import ArticleError, ServedIndexError, counted
from index.folder import NAMED
from index.index import Index
from index.models.encoder import Encoder
from index.parts import batches
from index.search.forward import Bags
from index.search.served import Row, Store
from index.search.vocabulary import Vocabulary
from index.served.address import Address
from index.served.fetcher import Fetcher
from index.served.pages import body_of, key_of, pack_body, pack_page, pages_of
from index.served.state import (
    UNUSABLE,
    Entry,
    State,
    entry_of,
    names_of_states,
    read_manifest,
    read_state,
    write_state,
)
from index.served.terms import HEADS, PASSAGES, TermTable, weights_of
from index.settings import IndexSettings, Progress
from index.splitting.passages import splitter_mark
from index.view import view_of

# There while a build is going on, and after one that was killed: whose it is.
_WRITING = "writing"
# Weights on the server are counted anew where a mean length has changed by more than this share. What the server finds
# is ranked by the exact numbers, so this only says how far beyond the best it must look (`archive._MORE`).
_DRIFT = 0.05
# Characters of text for which one passage is expected, to choose how the server searches.
_CHARACTERS = 800
# Articles whose bodies are read at once.
_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class Published:
    """What a build did.

    Attributes:
        articles, sentences, passages: how many there are now.
        new: how many articles were put there.
        resumed: how many a run that was stopped had put there.
        removed: how many left.
    """

    articles: int
    sentences: int
    passages: int
    new: int
    resumed: int
    removed: int


def publish(
    articles: Sequence[Article],
    address: Address,
    open_encoder: Callable[[], Encoder],
    settings: IndexSettings | None = None,
    progress: Progress | None = None,
    *,
    replace: bool = False,
    cluster: Cluster | None = None,
) -> Published:
    """Make a served index one of these articles; the same text twice is one article.

    What is there already is neither encoded nor sent again. Who asks meanwhile sees the index before.

    Args:
        settings: of the index; None: those that it has, or the default.
        replace: drop articles there that are not given, and an index that cannot be used.
        cluster: what encodes in place of this process.

    Raises:
        ArticleError: there are no articles.
        ClusterError: the cluster does not go on.
        ExtraError: pymilvus is not installed.
        ModelError: the model is not available.
        ServedIndexError: the server is not reachable; the index there was made otherwise, or has articles that are not
            given, or is being written.
    """
    unique = tuple({article.id: article for article in articles}.values())
    if not unique:
        raise ArticleError("no article was given. Expected at least one text.", "no-article")
    with _alone(address):
        store = Store(address, new=True)
        try:
            build = _Build(store, open_encoder, settings, progress, cluster, replaces=replace)
            try:
                return build.run(unique)
            except ServedIndexError as error:
                # What is missing may have been removed by another build.
                if error.code == UNUSABLE:
                    build.check_alone()
                raise
        finally:
            store.close()


def check_target(address: Address, *, replace: bool = False) -> None:
    """Raise ServedIndexError where an index cannot be built there: to be called before documents are read."""
    store = Store(address, new=True)
    try:
        if not replace:
            read_manifest(store)
    finally:
        store.close()


class _Build:
    """One build."""

    def __init__(
        self,
        store: Store,
        open_encoder: Callable[[], Encoder],
        settings: IndexSettings | None,
        progress: Progress | None,
        cluster: Cluster | None,
        *,
        replaces: bool,
    ) -> None:
        self._store, self._progress, self._cluster, self._replaces = store, progress, cluster, replaces
        self._before = self._read_before()
        self._encoder = open_encoder()
        wanted = settings or (self._before.settings if self._before else IndexSettings())
        self._check_made_alike(wanted)
        before = self._before
        self._table = before.table if before else TermTable()
        self._state = before or State(
            0, self._encoder.fingerprint, splitter_mark(), wanted, (), self._table, Vocabulary.build([])
        )
        self._fetcher = Fetcher(store, self._table)
        self._generation = self._state.generation + 1
        self._entries = {entry.key: entry for entry in self._state.entries}
        self._dimension, self._expected = store.dimension(), 0
        # Tells this build from one on another machine, which the lock does not keep away.
        self._token = uuid.uuid4().hex

    def run(self, articles: Sequence[Article]) -> Published:
        """Do it."""
        store, state = self._store, self._state
        wanted = {key_of(one, state.encoder, state.splitter, state.settings): one for one in articles}
        removed = [key for key in self._entries if key not in wanted]
        self._check_nothing_lost(removed, articles)
        was_killed = store.exists() and _WRITING in store.texts([_WRITING])
        missing = [key for key in wanted if key not in self._entries]
        if list(wanted) == [entry.key for entry in state.entries] and not was_killed:
            return self._published(state.entries, 0, 0, 0)
        if store.exists():
            store.put_texts({_WRITING: self._token})
        resumed = self._take_earlier(missing) if was_killed and self._dimension else []
        done = len(wanted) - len(missing) + len(resumed)
        missing = [key for key in missing if key not in self._entries]
        self._expected = sum(len(one.text) for one in articles) // _CHARACTERS
        keys = {wanted[key].id: key for key in missing}
        if self._progress:
            self._progress("articles", done, len(wanted))
        for part in self._parts([wanted[key] for key in missing]):
            self._put(part, [keys[one.id] for one in part.articles])
            done += len(part.articles)
            if self._progress:
                self._progress("articles", done, len(wanted))
        for some in _some(removed):
            self._table.count(self._fetcher.index(some, state), -1)
        self._weigh_anew(wanted)
        if was_killed:
            store.delete(sorted(store.articles() - wanted.keys() - {entry.key for entry in state.entries}))
        entries = tuple(self._entries[key] for key in wanted)
        self._commit(entries)
        store.delete(removed)
        store.delete_texts([*names_of_states(store, self._generation), _WRITING])
        return self._published(entries, len(missing), len(resumed), len(removed))

    def _read_before(self) -> State | None:
        """Return the state of the index that is there; None where there is none, or one that is to be dropped."""
        try:
            return read_state(self._store) if read_manifest(self._store) else None
        except ServedIndexError as error:
            # What a server that is busy cannot give is not to be dropped.
            if not self._replaces or error.code != UNUSABLE:
                raise
            self._store.drop()
            return None

    def _check_made_alike(self, settings: IndexSettings) -> None:
        """Drop an index that was made otherwise, where it is to be replaced, and else raise."""
        before, address, encoder = self._before, self._store.address, self._encoder.fingerprint
        if before is None:
            return
        if (before.encoder, before.settings) == (encoder, settings):
            return
        if self._replaces:
            self._store.drop()
            self._before = None
            return
        what = f"the encoder {before.encoder}, not {encoder}" if before.encoder != encoder else "other settings"
        raise ServedIndexError(
            f"the index {address} was made with {what}. It is unchanged. Expected the same, another name, or to build "
            f"it anew: beleg index build FILE… --to {address} --replace",
            "served-made-otherwise",
            index=address,
        )

    def _check_nothing_lost(self, removed: Sequence[str], articles: Sequence[Article]) -> None:
        """Raise where articles would leave that are not among those given, as they are or edited."""
        if self._replaces:
            return
        texts, names = {one.id for one in articles}, {(one.source, one.title) for one in articles}
        gone = [self._entries[key].about for key in removed]
        lost = [one["source"] or one["title"] for one in gone
                if one["id"] not in texts and (one["source"], one["title"]) not in names]  # fmt: skip
        if lost:
            few = ", ".join(lost[:NAMED]) + (f" and {len(lost) - NAMED} more" if len(lost) > NAMED else "")
            raise ServedIndexError(
                f"the index {self._store.address} has {counted(len(lost), 'article')} not among those given: {few}. It "
                "is unchanged. Expected those too, or --replace to lose them, or another name.",
                "served-would-lose-articles",
                index=self._store.address,
                n=len(lost),
                few=few,
            )

    def _take_earlier(self, missing: Sequence[str]) -> list[str]:
        """Count in what a run that was killed has put there whole, and return the keys."""
        whole = self._store.has([f"{key}/body" for key in missing])
        found = [key for key in missing if f"{key}/body" in whole]
        for some in _some(found):
            part = self._fetcher.index(some, self._state)
            self._table.count(part)
            for key, body in zip(some, self._fetcher.bodies(some), strict=True):
                # The weights were counted by a table that is lost: by another mean, maybe.
                self._entries[key] = entry_of(key, body, (0.0, 0.0))
        return found

    def _parts(self, articles: Sequence[Article]) -> Iterator[Index]:
        """Yield indexes of articles; a text that is there under another title or source is not encoded again."""
        settings = self._state.settings
        there = {} if settings.vectors_under_headings else {one.about["id"]: one.key for one in self._state.entries}
        new = []
        for article in articles:
            if key := there.get(article.id):
                old = self._fetcher.bodies([key])[0].article
                if (old.language, old.blocks) == (article.language, article.blocks):
                    yield self._fetcher.index([key], self._state).described([article])
                    continue
            new.append(article)
        yield from build_batches(batches(new), self._encoder, settings, self._progress, self._cluster)

    def _put(self, part: Index, keys: Sequence[str]) -> None:
        """Put articles there."""
        store = self._store
        if not store.exists() or self._dimension != part.passage_vectors.dimension:
            # Without a manifest that is what a build with another encoder has left.
            if self._dimension not in (0, part.passage_vectors.dimension):
                store.drop()
            self._dimension = part.passage_vectors.dimension
            store.create(self._dimension, self._expected)
            store.put_texts({_WRITING: self._token})
        self._table.count(part)
        for row, key in enumerate(keys):
            pages = {f"{key}/page/{number}": pack_page(page) for number, page in enumerate(pages_of(part, row))}
            store.put_texts(pages, key)
            self._put_passages(part, row, key, self._generation)
            body = body_of(part, row)
            # Last: an article with a body is whole.
            store.put_texts({f"{key}/body": pack_body(body)}, key)
            self._entries[key] = entry_of(key, body, self._means)

    @property
    def _means(self) -> tuple[float, float]:
        return self._table.mean(PASSAGES), self._table.mean(HEADS)

    def _put_passages(self, part: Index, row: int, key: str, generation: int) -> None:
        table, body = self._table, body_of(part, row)
        stems, ngrams = table.taken(part, np.arange(*part.first_rows[row : row + 2]))
        texts = stems.together(body.passages[:, 0], body.passages[:, 1], ngrams)
        heads = Bags.of_lists([table.numbered(body.heads[at]) for at in body.head_of.tolist()])
        weights = weights_of(table, texts, heads, self._state.settings)
        held = np.arange(*part.first_passages[row : row + 2])
        vectors = part.passage_vectors.vectors(held)
        self._store.put_passages(
            [
                Row(f"{key}/{number}", key, generation, vector, terms)
                for number, (vector, terms) in enumerate(zip(vectors, weights, strict=True))
            ]
        )

    def _weigh_anew(self, keys: Iterable[str]) -> None:
        """Put passages there again whose weights were counted by means that are not so any more."""
        now = self._means
        there = {entry.key for entry in self._state.entries}
        off = [
            key
            for key in keys
            if any(abs(was - mean) > _DRIFT * mean for was, mean in zip(self._entries[key].means, now, strict=True))
        ]
        for some in _some(off):
            part = self._fetcher.index(some, self._state)
            for row, key in enumerate(some):
                # Those that are searched already stay so.
                self._put_passages(part, row, key, self._state.generation if key in there else self._generation)
                self._entries[key] = dataclasses.replace(self._entries[key], means=now)

    def check_alone(self) -> None:
        """Raise ServedIndexError where another build began or ended meanwhile."""
        state = self._state
        manifest, writing = read_manifest(self._store), self._store.texts([_WRITING]).get(_WRITING)
        if (manifest["generation"] if manifest else 0) != state.generation or writing != self._token:
            # The next build looks for what this one has put there.
            self._store.put_texts({_WRITING: writing or self._token})
            raise ServedIndexError(
                f"the index {self._store.address} was written by another build meanwhile. That one stands; run this "
                "one again.",
                "served-written-meanwhile",
                index=self._store.address,
            )

    def _commit(self, entries: Sequence[Entry]) -> None:
        state = self._state
        vocabulary = Vocabulary.build(self._sentences(entries))
        made = State(
            self._generation, state.encoder, state.splitter, state.settings, tuple(entries), self._table, vocabulary
        )
        self.check_alone()
        write_state(self._store, made, self._dimension)

    def _sentences(self, entries: Sequence[Entry]) -> Iterator[str]:
        """Yield every sentence as it is read."""
        for some in _some([entry.key for entry in entries]):
            for body in self._fetcher.bodies(some):
                for start, end, _ in body.sentences.tolist():
                    yield view_of(body.article, start, end).text

    def _published(self, entries: Sequence[Entry], new: int, resumed: int, removed: int) -> Published:
        sentences, passages = (sum(getattr(one, name) for one in entries) for name in ("sentences", "passages"))
        return Published(len(entries), sentences, passages, new, resumed, removed)


@contextmanager
def _alone(address: Address) -> Iterator[None]:
    """Keep other processes of this machine from building the same index. Raises ServedIndexError where one does."""
    name = hashlib.sha256(str(address).encode()).hexdigest()[:16]
    lock = cache_folder() / "served" / f"{name}.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(lock, timeout=0):
            yield
    except Timeout as error:
        raise ServedIndexError(
            f"the index {address} is being written by another process. Wait until that has ended, or choose another "
            "name.",
            "served-being-written",
            index=address,
        ) from error


def _some(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    for at in range(0, len(keys), _AT_ONCE):
        yield keys[at : at + _AT_ONCE]
