"""Makes an index of many documents in parts. A part is kept in the cache until all are joined.

So a run that was stopped or killed loses one part, and the next one goes on from there.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from filelock import FileLock, Timeout

from index.article import Article
from index.atomic import cache_folder, clear_left
from index.build import join_articles
from index.cluster import Cluster, build_batches
from index.errors import ArticleError, IndexFolderError
from index.folder import Save, being_written, check_encoder, load_index, reserved
from index.index import Index, PartOfIndex
from index.library import Document, Record, read_record, written
from index.models.encoder import Encoder
from index.settings import BUILD_MEMORY, IndexSettings, Progress
from index.splitting.passages import splitter_mark
from index.stored import ids_of

# What a killed run loses at most: half a minute to a minute of encoding on two cores.
BATCH_CHARACTERS = 60_000
# What nobody went on with for so long is removed from the cache.
DAYS_KEPT = 30


@dataclass(frozen=True, eq=False)
class Part:
    """One part, opened where it is needed: of an archive there are thousands.

    Attributes:
        ids: of its articles.
        made_by: its encoder, splitter and settings.
        place: its folder; None where the cache cannot be written.
        index: the part itself, where it is in no folder.
    """

    ids: tuple[str, ...]
    made_by: tuple[str, str, IndexSettings]
    place: Path | None
    index: Index | None = None

    @classmethod
    def of(cls, index: Index, place: Path | None) -> Part:
        """Return the part that an index is, which stands in a folder or nowhere."""
        return cls(tuple(index.ids), index.made_by, place, None if place else index)

    def open(self) -> Index:
        """Return the part as an index. Raises IndexFolderError where it was damaged meanwhile."""
        if self.index:
            return self.index
        return load_index(cast(Path, self.place))


class Parts:
    """The parts of an index that is being made.

    Args:
        place: the index folder that they are for.
        open_encoder: called where something has to be encoded.
        settings: of the parts.
        base: what they will be joined with.
        cluster: what encodes in place of this process.

    Attributes:
        progress: told of the encoding.
        memory: bytes that joining them may hold, see `IndexWriter`.
        made: the parts, of this run and of one that was stopped.
        encoded: how many texts (sentences and passages) this run has encoded.
    """

    def __init__(
        self,
        place: Path,
        open_encoder: Callable[[], Encoder],
        settings: IndexSettings,
        base: Index | None = None,
        progress: Progress | None = None,
        memory: int = BUILD_MEMORY,
        cluster: Cluster | None = None,
    ) -> None:
        self.memory, self._cluster = memory, cluster
        self._place, self._open_encoder, self._settings = place, open_encoder, settings
        self._base, self.progress = base, progress
        name = hashlib.sha256(os.fsencode(os.path.realpath(place))).hexdigest()[:16]
        self._cache = cache_folder() / "parts" / name
        self._encoder: Encoder | None = None
        self.made: list[Part] = []
        self.encoded = 0

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other processes from making parts of this index. Raises IndexFolderError where one does."""
        lock = self._cache.with_suffix(".lock")
        lock.parent.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(lock, timeout=0):
                yield
        except Timeout as error:
            raise being_written(self._place) from error

    def take_earlier(self) -> Record:
        """Take the parts that a run which was stopped has left, and return the documents that they were read from.

        Parts of another encoder, splitter or other settings are removed, and so is what is left of other indexes for
        long.
        """
        with suppress(OSError):
            for other in self._cache.parent.iterdir():
                if other.is_dir() and time.time() - other.stat().st_mtime > DAYS_KEPT * 86_400:
                    shutil.rmtree(other, ignore_errors=True)
        clear_left(self._cache)
        documents: dict[str, Document] = {}
        for place in sorted(self._cache.iterdir()) if self._cache.is_dir() else ():
            try:
                part, record = Part.of(load_index(place), place), read_record(place)
                fits = part.made_by == (self._fitting_encoder().fingerprint, splitter_mark(), self._settings)
            except IndexFolderError:
                fits = False
            if fits:
                self.made.append(part)
                documents |= record.documents
            else:
                shutil.rmtree(place, ignore_errors=True)
        return Record(documents=documents)

    def add(self, articles: Sequence[Article], record: Record | None = None) -> None:
        """Encode articles as a part of their own, and keep it with a record of what they were read from.

        Raises:
            IndexFolderError: the index was made with another encoder.
            ModelError: the model is not available.
        """
        for part in self.built([articles]):
            self.keep(part, record)

    def built(self, batches: Iterable[Sequence[Article]]) -> Iterator[Index]:
        """Encode batches of articles and yield the part that each becomes, in order, for `keep`.

        Raises:
            ClusterError: the cluster does not go on.
            IndexFolderError, ModelError: as of `add`.
        """
        yield from build_batches(batches, self._fitting_encoder(), self._settings, self.progress, self._cluster)

    def keep(self, part: Index, record: Record | None = None) -> None:
        """Keep a part with a record of what its articles were read from.

        Where the cache cannot be written, the part is there all the same, until this run ends.
        """
        self.encoded += len(part.sentences) + len(part.passages)
        place = self._cache / f"{time.time_ns()}"
        try:
            with reserved(place) as save:
                save(part, written(record or Record()))
            self.made.append(Part.of(part, place))
        except (IndexFolderError, OSError):
            self.made.append(Part.of(part, None))

    def clear(self) -> None:
        """Remove the parts from the cache: they are in the index."""
        shutil.rmtree(self._cache, ignore_errors=True)

    def _fitting_encoder(self) -> Encoder:
        if self._encoder is None:
            self._encoder = self._open_encoder()
            if self._base:
                check_encoder(self._base, self._encoder.fingerprint, self._place)
        return self._encoder


def build_in_parts(articles: Sequence[Article], parts: Parts, save: Save | None = None) -> tuple[Index, int]:
    """Return an Index of articles, and how many of them a run that was stopped had encoded.

    The answers are those of `build_index`; the same text twice is one article, the last.

    Args:
        save: what the index will be saved with: it is made where that writes it, and not in memory.

    Raises:
        ArticleError: there are no articles.
        ModelError: the model is not available.
        ClusterError: the cluster does not go on.
        IndexFolderError: the index cannot be written.
    """
    # Of the articles only their ids are held: they may be more than memory holds.
    rows = {id_: row for row, id_ in enumerate(ids_of(articles))}
    if not rows:
        raise ArticleError("no article was given. Expected at least one text.", "no-article")
    parts.take_earlier()
    # The same text may have been read otherwise: by another file's ending, in another language.
    found = {
        one.id: (part, row)
        for part in parts.made
        for row, one in enumerate(part.open().articles)
        if one.id in rows and _same(one, articles[rows[one.id]])
    }
    missing = [row for id_, row in rows.items() if id_ not in found]
    resumed = done = len(rows) - len(missing)
    # Of one article the encoding tells more.
    told = parts.progress if len(rows) > 1 else None
    if told:
        told("articles", done, len(rows))
    for part in parts.built(batches(articles[row] for row in missing)):
        parts.keep(part)
        found |= {id_: (parts.made[-1], row) for row, id_ in enumerate(part.ids)}
        done += len(part.ids)
        if told:
            told("articles", done, len(rows))
    chosen: list[tuple[Index | PartOfIndex, list[int]]] = [(found[id_][0], [found[id_][1]]) for id_ in rows]

    def described(article: Article) -> Article:
        return articles[rows[article.id]]

    join = save.join if save else join_articles
    return join(chosen, memory=parts.memory, described=described), resumed


def batches(articles: Iterable[Article]) -> Iterator[list[Article]]:
    """Yield articles in the parts that they are encoded in."""
    batch: list[Article] = []
    for article in articles:
        batch.append(article)
        if sum(len(one.text) for one in batch) >= BATCH_CHARACTERS:
            yield batch
            batch = []
    if batch:
        yield batch


def _same(one: Article, other: Article) -> bool:
    return (one.language, one.blocks) == (other.language, other.blocks)
