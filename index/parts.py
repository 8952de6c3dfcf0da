"""Makes an index of many documents in parts. A part is kept in the cache until all are joined.

So a run that was stopped or killed loses one part, and the next one goes on from there.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from index.article import Article
from index.atomic import cache_folder, clear_left
from index.build import build_index, join_articles
from index.errors import ArticleError, IndexFolderError
from index.folder import being_written, check_encoder, load_index, reserved
from index.index import Index
from index.library import Document, Record, read_record, written
from index.models.encoder import Encoder
from index.settings import IndexSettings, Progress
from index.splitting.passages import splitter_mark

# What a killed run loses at most: half a minute to a minute of encoding on two cores.
BATCH_CHARACTERS = 60_000
# What nobody went on with for so long is removed from the cache.
DAYS_KEPT = 30


class Parts:
    """The parts of an index that is being made.

    Args:
        place: the index folder that they are for.
        open_encoder: called where something has to be encoded.
        settings: of the parts.
        base: what they will be joined with.

    Attributes:
        progress: told of the encoding.
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
    ) -> None:
        self._place, self._open_encoder, self._settings = place, open_encoder, settings
        self._base, self.progress = base, progress
        name = hashlib.sha256(os.fsencode(os.path.realpath(place))).hexdigest()[:16]
        self._cache = cache_folder() / "parts" / name
        self._encoder: Encoder | None = None
        self.made: list[Index] = []
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
                part, record = load_index(place), read_record(place)
                made_of = part.encoder_fingerprint, part.splitter, part.settings
                fits = made_of == (self._fitting_encoder().fingerprint, splitter_mark(), self._settings)
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

        Where the cache cannot be written, the part is there all the same, until this run ends.

        Raises:
            IndexFolderError: the index was made with another encoder.
            ModelError: the model is not available.
        """
        part = build_index(articles, self._fitting_encoder(), self._settings, self.progress)
        self.encoded += len(part.sentences) + len(part.passages)
        place = self._cache / f"{time.time_ns()}"
        with suppress(IndexFolderError, OSError):
            with reserved(place) as save:
                save(part, written(record or Record()))
            # Its vectors are read from the disk from now on.
            part = load_index(place)
        self.made.append(part)

    def clear(self) -> None:
        """Remove the parts from the cache: they are in the index."""
        shutil.rmtree(self._cache, ignore_errors=True)

    def _fitting_encoder(self) -> Encoder:
        if self._encoder is None:
            self._encoder = self._open_encoder()
            if self._base:
                check_encoder(self._base, self._encoder.fingerprint, self._place)
        return self._encoder


def build_in_parts(articles: Sequence[Article], parts: Parts) -> tuple[Index, int]:
    """Return an Index of articles, and how many of them a run that was stopped had encoded.

    The answers are those of `build_index`; the same text twice is one article.

    Raises:
        ArticleError: there are no articles.
        ModelError: the model is not available.
    """
    unique = {article.id: article for article in articles}
    if not unique:
        raise ArticleError("no article was given. Expected at least one text.", "no-article")
    parts.take_earlier()
    # The same text may have been read otherwise: by another file's ending, in another language.
    found = {
        one.id: (part, row)
        for part in parts.made
        for row, one in enumerate(part.articles)
        if _same(one, unique.get(one.id))
    }
    missing = [article for article in unique.values() if article.id not in found]
    done, progress = len(unique) - len(missing), parts.progress
    for batch in batches(missing):
        if progress and len(batch) < len(unique):
            progress("articles", done, len(unique))
        parts.add(batch)
        done += len(batch)
        found |= {one.id: (parts.made[-1], row) for row, one in enumerate(parts.made[-1].articles)}
    if progress and len(missing) < len(unique):
        progress("articles", done, len(unique))
    index = join_articles([(part, [row]) for part, row in (found[one] for one in unique)])
    return index.described(tuple(unique.values())), len(unique) - len(missing)


def batches(articles: Sequence[Article]) -> Iterator[list[Article]]:
    """Yield articles in the parts that they are encoded in."""
    batch: list[Article] = []
    for article in articles:
        batch.append(article)
        if sum(len(one.text) for one in batch) >= BATCH_CHARACTERS:
            yield batch
            batch = []
    if batch:
        yield batch


def _same(one: Article, other: Article | None) -> bool:
    return other is not None and (one.language, one.blocks) == (other.language, other.blocks)
