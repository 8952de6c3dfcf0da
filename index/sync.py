"""Keeps a library in step with a folder: what is new there is read and encoded, what is gone leaves.

A document is known by its size and time, and where these differ by its content, so that one that was moved costs
nothing. What a run has encoded is kept in the cache until it is in the index: after a run that was stopped or killed,
the next one goes on from there.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from index.article import Article
from index.atomic import sha256_of
from index.documents.builder import title_from_name
from index.documents.files import SUFFIXES, documents_below, is_url, read_article
from index.errors import ArticleError, IndexFolderError, counted
from index.folder import NAMED, check_target
from index.index import Index, PartOfIndex
from index.library import Document, Library, Record, written
from index.models.encoder import Encoder
from index.parts import BATCH_CHARACTERS, Parts
from index.settings import BUILD_MEMORY, IndexSettings, Progress

# A file may be written again within the same tick of its clock, of two seconds on a FAT disk: its time says nothing.
SECONDS_TO_SETTLE = 2.0
# So many new times of files that are as they were are not worth writing the index again for.
MOST_STALE = 100
# How long to wait for quiet after a change, and how often to look at the folder all the same: a network's may tell of
# no changes.
QUIET_MS, LOOK_MS = 800, 5_000
# What a file is told by: its size, the time of its content and the time of anything about it, in nanoseconds.
_Look = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done so that an index is as its folder.

    Attributes:
        folder: the folder.
        new, changed: the paths of documents whose text was not there before.
        moved: the path before and the path now.
        deleted: the paths of documents that are there no more.
        unchanged: how many are as they were.
        before: how many documents there were.
        known: what is known of each document that need not be read.
        faults: the errors of folders that cannot be read.
        restores: whether documents that users removed are taken in again.
    """

    folder: Path
    new: tuple[str, ...]
    changed: tuple[str, ...]
    moved: tuple[tuple[str, str], ...]
    deleted: tuple[str, ...]
    unchanged: int
    before: int
    known: Mapping[str, Document]
    faults: tuple[ArticleError, ...] = ()
    restores: bool = False

    @property
    def does_nothing(self) -> bool:
        """Whether no document is new, changed, moved or deleted."""
        return not (self.new or self.changed or self.moved or self.deleted)

    @property
    def removed(self) -> int:
        """How many documents are left out because a user removed them."""
        return sum(one.removed for one in self.known.values())

    def check(self) -> None:
        """Raise IndexFolderError where more than half of the documents would go."""
        if 2 * len(self.deleted) > self.before:
            few = ", ".join(self.deleted[:NAMED]) + (" …" if len(self.deleted) > NAMED else "")
            raise IndexFolderError(
                f"{len(self.deleted)} of {counted(self.before, 'document')} are not in {self.folder} any more: {few}. "
                "The index is unchanged. Expected the folder that it was made of; if they are to leave: --yes",
                "sync-would-lose-most",
                folder=self.folder,
                n=len(self.deleted),
                before=self.before,
                few=few,
            )


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync did.

    Attributes:
        index: as it is now; None where there was nothing to do, and it was not opened.
        read: how many documents were read.
        resumed: how many had been read by a run that was stopped.
        encoded: how many texts (sentences and passages) were encoded.
        faults: the errors of what could not be read.
    """

    index: Index | None = None
    read: int = 0
    resumed: int = 0
    encoded: int = 0
    faults: tuple[ArticleError, ...] = ()


class Sync:
    """Keeps a library in step with a folder of documents.

    Args:
        library: its index need not be there yet.
        folder: the documents, and folders of them; hidden ones are passed over.
    """

    def __init__(self, library: Library, folder: Path) -> None:
        self._library, self._folder = library, folder
        self._hashes: dict[str, tuple[_Look, str]] = {}
        self._bad: dict[str, _Look] = {}

    def plan(self, *, restore: bool = False) -> Plan:
        """Look at a folder and compare it with what is known. Only what changed is opened.

        Args:
            restore: take in again what users removed.

        Raises:
            ArticleError: there is no such folder.
            IndexFolderError: the index cannot be used.
        """
        folder = self._folder
        check_target(self._library.place)
        before = self._library.record().documents
        of_a_build = {} if before else self._of_a_build()
        if restore:
            before = {path: one for path, one in before.items() if not one.removed}
        faults: list[ArticleError] = []
        found = _found(folder, faults)
        # What stands where nobody may look is not deleted.
        hidden = [os.path.relpath(str(one.values["path"]), folder) for one in faults]
        known = {
            path: one
            for path, one in before.items()
            if path not in found and any(Path(path).is_relative_to(at) for at in hidden)
        }
        gone = {path: one for path, one in before.items() if path not in found and path not in known}
        sizes = {one.size for one in before.values()}
        # Of two with the same content, the one that is gone was moved.
        contents = {_content_key(path, before[path].sha256): path for path in (*before, *gone)}
        new: list[str] = []
        changed: list[str] = []
        moved: list[tuple[str, str]] = []
        for path, look in found.items():
            old = before.get(path)
            if old and (old.removed or (old.size, old.modified) == look[:2] or self._bad.get(path) == look):
                known[path] = old
                continue
            if self._bad.get(path) == look:
                continue
            sha = self._sha256_of(path, look) if look[0] in sizes else ""
            if old and old.sha256 == sha:
                known[path] = replace(old, modified=_settled(look))
                continue
            if source := contents.get(_content_key(path, sha)):
                known[path] = replace(before[source], modified=_settled(look))
                if source in gone:
                    moved.append((source, path))
                    del gone[source]
                    continue
            (changed if old else new).append(path)
        return Plan(
            folder,
            tuple(new),
            tuple(changed),
            tuple(moved),
            tuple(gone) or tuple(path for path in of_a_build if path not in found),
            len(before) - len(changed) - len(moved) - len(gone),
            len(before) or len(of_a_build),
            known,
            tuple(faults),
            restore,
        )

    def run(
        self,
        plan: Plan,
        open_encoder: Callable[[], Encoder],
        settings: IndexSettings | None = None,
        progress: Progress | None = None,
        memory: int = BUILD_MEMORY,
    ) -> Synced:
        """Do what a plan says. The index is replaced once, at the end.

        Args:
            open_encoder: called where something has to be encoded.
            settings: of an index that is made anew; None: the default.
            memory: bytes that joining the index may hold, see `IndexWriter`.

        Raises:
            IndexFolderError: the index cannot be used or written, or another process syncs it.
            ArticleError: no article would be left.
            ModelError: the model is not available.
        """
        library, before = self._library, self._library.record().documents
        stale = sum(before.get(path) != one for path, one in plan.known.items())
        if before and plan.does_nothing and stale <= MOST_STALE:
            return Synced(faults=plan.faults)
        base = library.index()
        made_with = base.settings if base else settings or IndexSettings()
        parts = Parts(library.place, open_encoder, made_with, base, progress, memory)
        with parts.alone():
            new = _NewArticles(base, before, plan, parts)
            self._bad |= new.read(progress)
            index = base
            if index is None or parts.made or new.documents != before:
                index = self._commit(plan, new)
            parts.clear()
        return Synced(index, new.count - new.resumed, new.resumed, parts.encoded, (*plan.faults, *new.faults))

    def watch(self) -> Iterator[None]:
        """Yield once, and again whenever documents of the folder may have changed."""
        from watchfiles import watch

        folder = self._folder.resolve()

        def concerns(change: object, path: str) -> bool:
            inside = Path(path).relative_to(folder) if Path(path).is_relative_to(folder) else Path()
            # A folder that is moved is told of by its own name.
            is_document = path.lower().endswith(SUFFIXES) or not Path(path).suffix
            return is_document and not any(part.startswith(".") for part in inside.parts)

        yield
        changes = watch(folder, watch_filter=concerns, debounce=QUIET_MS, rust_timeout=LOOK_MS, yield_on_timeout=True)
        for _ in changes:
            yield

    def _commit(self, plan: Plan, new: _NewArticles) -> Index:
        """Replace the index by one of the folder's documents and of what is not of the folder."""
        documents = new.documents
        with self._library.changing() as (base, record, save):
            for path, one in documents.items():
                # A user may have named or removed it meanwhile.
                if (now := record.documents.get(path)) and now.article == one.article:
                    documents[path] = replace(one, title=now.title, removed=now.removed and not plan.restores)
            shown: dict[str, str] = {}
            for path in sorted(documents):
                if not documents[path].removed:
                    shown.setdefault(documents[path].article, path)
            of_folder = {one.article for one in record.documents.values()} - set(record.kept)
            if not record.documents:
                of_folder = {one.id for one in self._of_a_build().values()}
            stays = [row for row, id_ in enumerate(base.ids if base else ()) if id_ in shown or id_ not in of_folder]
            described = partial(_of, shown=shown, documents=documents, folder=plan.folder)
            if base and len(stays) == len(base.ids) and shown.keys() <= base.article_rows.keys():
                index = base.described([described(one) for one in base.articles])
            elif not stays and not shown:
                raise ArticleError(
                    f"{plan.folder} has no document that can be read. Expected one at least: an index cannot be empty.",
                    "library-empty",
                    folder=plan.folder,
                )
            else:
                rows: list[tuple[Index | PartOfIndex, list[int]]] = [(base, stays)] if base else []
                rows += [(one, [row for row, id_ in enumerate(one.ids) if id_ in shown]) for one in new.parts.made]
                index = save.join(rows, memory=new.parts.memory, described=described)
            # Another process may have replaced the index by one without them: they are read the next time.
            kept = {path: one for path, one in documents.items() if one.removed or one.article in index.article_rows}
            save(index, written(replace(record, folder=str(plan.folder.resolve()), documents=kept)))
            return index

    def _of_a_build(self) -> dict[str, Article]:
        """Return the articles of an index without a record that are of this folder, by their paths in it."""
        record = self._library.record()
        index = None if record.documents else self._library.index()
        found = {}
        for article in index.articles if index else ():
            if article.source and not is_url(article.source) and article.id not in record.kept:
                path = os.path.relpath(article.source, self._folder)
                if not path.startswith(".."):
                    found[Path(path).as_posix()] = article
        return found

    def _sha256_of(self, path: str, look: _Look) -> str:
        """Return a file's sha256; "" where it cannot be read, which is said when it is."""
        known, sha = self._hashes.get(path, (None, ""))
        if known != look or not _settled(look):
            try:
                sha = sha256_of(self._folder / path)
            except OSError:
                return ""
            self._hashes[path] = look, sha
        return sha


class _NewArticles:
    """Reads and encodes what is new in a folder, part by part.

    Attributes:
        base: the index before; None where there is none.
        documents: what is known of each document, in the end of all.
        parts: the indexes of what is new.
        count: how many documents had to be read.
        resumed, faults: as in `Synced`.
    """

    def __init__(self, base: Index | None, before: Mapping[str, Document], plan: Plan, parts: Parts) -> None:
        self.base, self._before, self._folder, self.parts = base, before, plan.folder, parts
        self.documents = dict(plan.known)
        self._wanted = [path for path in (*plan.new, *plan.changed) if path not in self.documents]
        self.count = len(self._wanted)
        self.resumed = 0
        self.faults: list[ArticleError] = []

    def read(self, progress: Progress | None) -> dict[str, _Look]:
        """Read and encode what is new; return the files that cannot be read."""
        earlier = self.parts.take_earlier().documents if self._wanted else {}
        known = {*(self.base.ids if self.base else ()), *(id_ for part in self.parts.made for id_ in part.ids)}
        batch: list[Article] = []
        of_batch: dict[str, Document] = {}
        bad: dict[str, _Look] = {}
        for number, path in enumerate(self._wanted):
            if progress:
                progress("documents", number, self.count)
            try:
                look = _look(self._folder / path)
                found = earlier.get(path)
                if found and (found.size, found.modified) == look[:2]:
                    self.documents[path] = found
                    self.resumed += 1
                    continue
                article = read_article(self._folder / path)
            except (ArticleError, OSError) as error:
                if path in self._before:
                    # What cannot be read today is as it was.
                    self.documents[path] = self._before[path]
                if isinstance(error, ArticleError) and error.code != "article-missing":
                    bad[path] = look
                    self.faults.append(error)
                continue
            title = self._before[path].title if path in self._before else ""
            self.documents[path] = of_batch[path] = Document(
                look[0], _settled(look), article.source_sha256, article.id, title
            )
            if article.id not in known:
                known.add(article.id)
                batch.append(article)
            if sum(len(one.text) for one in batch) >= BATCH_CHARACTERS:
                self.parts.add(batch, Record(documents=of_batch))
                batch, of_batch = [], {}
        if batch:
            self.parts.add(batch, Record(documents=of_batch))
        if progress and self.count:
            progress("documents", self.count, self.count)
        return bad


def _of(article: Article, shown: Mapping[str, str], documents: Mapping[str, Document], folder: Path) -> Article:
    """Return an article with the source, its sum and the title of the document that it stands for."""
    if (path := shown.get(article.id)) is None:
        return article
    source, title = str(folder / path), documents[path].title or article.title
    if not documents[path].title and article.title == title_from_name(article.source):
        title = title_from_name(source)
    # The same text may be in other bytes than before.
    return replace(article, source=source, title=title, source_sha256=documents[path].sha256)


def _found(folder: Path, faults: list[ArticleError]) -> dict[str, _Look]:
    """Return the documents of a folder by their paths in it, sorted. Raises ArticleError where there is no folder."""
    if not folder.is_dir():
        raise ArticleError(
            f"{folder} {'is a file' if folder.exists() else 'does not exist'}. Expected a folder of documents.",
            "folder-missing",
            path=folder,
        )
    found = {}
    for path in sorted(documents_below(folder, faults.append)):
        # One that is gone meanwhile, or a link that leads nowhere.
        with suppress(OSError):
            found[path.relative_to(folder).as_posix()] = _look(path)
    return found


def _look(path: Path) -> _Look:
    found = path.stat()
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _settled(look: _Look) -> int:
    """Return a file's time, and 0 where it is too young: the file may be written again without another time."""
    return look[1] if time.time() - look[1] / 1e9 > SECONDS_TO_SETTLE else 0


def _content_key(path: str, sha256: str) -> tuple[str, str]:
    # How a file is read depends on its ending too.
    return sha256, Path(path).suffix.lower()
