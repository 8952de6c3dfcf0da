"""Index ⇄ folder: the only writer of index files. No pickle; a folder is replaced as a whole or not at all.

The folder holds `manifest.json` (format, encoder, settings, every other file with its size and sha256, and a sum of its
own), `articles.jsonl`, `*.npy` arrays, FAISS's `passages.faiss`, three folders of `LexicalIndex`, two of `ForwardIndex`
and `vocabulary`.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from index.arrays import mapped, save_array
from index.article import Article
from index.atomic import (
    NewFolder,
    files_below,
    is_empty_folder,
    sha256_of,
    standing,
)
from index.build import join_articles
from index.errors import IndexFolderError, counted
from index.index import Index, PartOfIndex
from index.input_file import opened, read_input
from index.manifest import ARRAYS, FORMAT, MANIFEST, NO_SUM, VERSION, read_manifest, sum_of, unusable
from index.search.dense import DenseIndex
from index.search.forward import ForwardIndex
from index.search.lexical import LexicalIndex
from index.search.vocabulary import Vocabulary
from index.settings import BUILD_MEMORY, IndexSettings
from index.stored import ArticlesWriter, StoredArticles

# What articles are kept in until the index is made of them, in the folder that becomes it.
_GIVEN = "given"
# What a file browser leaves in a folder; it may go with an index that is replaced.
_LITTER = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
# Articles that a message names.
NAMED = 3
# Bytes of a mapped file whose content is checked whenever its index is opened, in some milliseconds.
SMALL = 4_000_000
_MAPPED = (".npy", ".faiss", ".jsonl")
_LEXICAL = ("passage_terms", "heading_terms", "title_terms")
_FORWARD = ("sentence_stems", "sentence_ngrams")


class Save:
    """Writes an index, and files beside it by their names, into the folder that was reserved.

    Attributes:
        scratch: an empty folder, which becomes that one. What `join_articles` writes there is not written again.
    """

    def __init__(self, folder: Path, new: NewFolder) -> None:
        self._folder, self._new, self.scratch = folder, new, new.scratch

    def __call__(self, index: Index, beside: Mapping[str, bytes] | None = None, /) -> None:
        """Raise IndexFolderError where it cannot be written."""
        with _writing(self._folder):
            shutil.rmtree(self.scratch / _GIVEN, ignore_errors=True)
            _write(index, self.scratch, beside or {})
            # Another process may have put something there while this one waited.
            check_target(self._folder)
            self._new.put()

    def read(self, articles: Iterable[Article]) -> StoredArticles:
        """Keep articles in a file until the index is saved, so that memory need not hold them.

        Raises:
            IndexFolderError: the folder cannot be written.
        """
        with _writing(self._folder):
            (given := self.scratch / _GIVEN).mkdir()
            writer = ArticlesWriter(given)
            for article in articles:
                writer.add(article)
            return writer.done()

    def join(
        self,
        parts: Sequence[tuple[Index | PartOfIndex, Iterable[int]]],
        *,
        memory: int = BUILD_MEMORY,
        described: Callable[[Article], Article] | None = None,
    ) -> Index:
        """Return the index that `join_articles` makes in the scratch folder, to be saved with this.

        Raises:
            ArticleError: no article is wanted.
            IndexFolderError: the indexes do not fit together, or the folder cannot be written.
        """
        with _writing(self._folder):
            return join_articles(parts, self.scratch, memory=memory, described=described)


def save_index(index: Index, folder: Path) -> None:
    """Write an index into a folder, whole or not at all; an index already there is replaced.

    Waits where another process writes it.

    Raises:
        IndexFolderError: the folder holds something else, or cannot be written.
    """
    with reserved(folder, wait=True) as save:
        save(index)


@contextmanager
def reserved(folder: Path, *, wait: bool = False) -> Iterator[Save]:
    """Keep a folder for an index that is being made, and give what writes it there, whole or not at all.

    Args:
        wait: until another process that writes it has ended.

    Raises:
        IndexFolderError: the folder holds something else, cannot be written, or, without `wait`, is being written.
    """
    check_target(folder)
    with _writing(folder):
        new = NewFolder(folder, wait=wait)
    try:
        yield Save(folder, new)
    finally:
        new.close()


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except BlockingIOError as error:
        raise being_written(folder) from error
    except (OSError, RuntimeError) as error:  # RuntimeError: FAISS's own, for a full disk
        reason = getattr(error, "strerror", None) or error
        raise IndexFolderError(
            f"cannot write the index {folder}: {reason}. What was there before is unchanged; "
            "free some disk or choose a folder that can be written.",
            "index-not-written",
            folder=folder,
            reason=reason,
        ) from error


def _write(index: Index, scratch: Path, beside: Mapping[str, bytes]) -> None:
    for name in ARRAYS:
        save_array(scratch / f"{name}.npy", getattr(index, name))
    for name in (*_LEXICAL, *_FORWARD):
        getattr(index, name).save(scratch / name)
    index.vocabulary.save(scratch / "vocabulary")
    index.passage_vectors.save(scratch / "passages.faiss")
    if not (isinstance(index.articles, StoredArticles) and index.articles.is_in(scratch)):
        writer = ArticlesWriter(scratch)
        for article in index.articles:
            writer.add(article)
        writer.done()
    for name, content in beside.items():
        (scratch / name).write_bytes(content)
    written = json.dumps(_describe(index, scratch), indent=1).encode()
    (scratch / MANIFEST).write_bytes(written.replace(NO_SUM, sum_of(written), 1))


def load_index(folder: Path, *, verify: bool = False) -> Index:
    """Open an index. Files that the manifest does not name are ignored.

    Every file must have the size that the manifest says, and the same content, but for large ones that are mapped, not
    read: opening an archive takes no longer than it must. Where another process replaces it meanwhile, the new one is
    read: never a part of each.

    Args:
        verify: check the content of those too.

    Raises:
        IndexFolderError: it is missing, incomplete, altered, or made by another format version.
    """
    while True:
        place = standing(folder)
        mark = _mark(place)
        try:
            index = _load(place, folder, verify=verify)
        except IndexFolderError:
            if _mark(standing(folder)) == mark:
                raise
        else:
            if _mark(standing(folder)) == mark:
                return index


def read_beside(folder: Path, name: str) -> bytes | None:
    """Return a file that was written beside an index; None where there is none, or no index.

    Raises:
        IndexFolderError: the index is of another format version, or the file is not as it was written.
    """
    while True:
        place = standing(folder)
        mark = _mark(place)
        if not place.exists() or is_empty_folder(place):
            return None
        found: bytes | None = None
        try:
            if entry := read_manifest(place, folder)["files"].get(name):
                found = read_input(place / name)
                if hashlib.sha256(found).hexdigest() != entry["sha256"]:
                    raise unusable(folder, f"{name} is not as it was written")
        except (IndexFolderError, OSError) as error:
            if _mark(standing(folder)) == mark:
                raise (
                    error if isinstance(error, IndexFolderError) else unusable(folder, f"{name} is missing")
                ) from error
        else:
            if _mark(standing(folder)) == mark:
                return found


def mark_of(folder: Path) -> tuple[int, ...]:
    """Return what tells an index in a folder from the one that replaces it; it costs one look at its manifest."""
    try:
        found = (standing(folder) / MANIFEST).stat()
    except OSError:
        return ()
    return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size


def _mark(folder: Path) -> tuple[int, int]:
    """Return what tells a folder from the one that replaces it."""
    try:
        found = folder.stat()
    except OSError:
        return 0, 0
    return found.st_dev, found.st_ino


def _load(folder: Path, named: Path, *, verify: bool) -> Index:
    manifest = read_manifest(folder, named)
    for name, entry in manifest["files"].items():
        path = folder / name
        if not path.is_file():
            raise unusable(named, f"{name} is missing")
        size = path.stat().st_size
        checked = verify or size <= SMALL or path.suffix not in _MAPPED
        if size != entry["bytes"] or (checked and sha256_of(path) != entry["sha256"]):
            raise unusable(named, f"{name} is not as it was written ({size} of {entry['bytes']} bytes)")
    try:
        arrays: dict[str, Any] = {name: mapped(folder / f"{name}.npy") for name in ARRAYS}
        terms: dict[str, Any] = {name: LexicalIndex.load(folder / name) for name in _LEXICAL}
        terms |= {name: ForwardIndex.load(folder / name) for name in _FORWARD}
        return Index(
            articles=StoredArticles(folder),
            passage_vectors=DenseIndex.load(folder / "passages.faiss"),
            vocabulary=Vocabulary.load(folder / "vocabulary"),
            encoder_fingerprint=manifest["encoder"],
            splitter=manifest["splitter"],
            settings=IndexSettings(**manifest["settings"]),
            **arrays,
            **terms,
        )
    except (OSError, ValueError, TypeError, KeyError, RuntimeError) as error:
        # One line: pydantic's messages have several.
        reason = str(error).partition("\n")[0]
        raise unusable(named, f"it cannot be read ({reason})") from error


def check_encoder(index: Index, fingerprint: str, folder: Path) -> None:
    """Raise IndexFolderError where the index was made with another encoder than the one to ask with."""
    if index.encoder_fingerprint != fingerprint:
        raise IndexFolderError(
            f"the index {folder} was made with the encoder {index.encoder_fingerprint}, not {fingerprint}. "
            f"Ask it with that model, or rebuild it: beleg index build FILE… --out {folder}",
            "index-of-another-encoder",
            folder=folder,
            found=index.encoder_fingerprint,
            wanted=fingerprint,
        )


def check_target(folder: Path) -> None:
    """Raise IndexFolderError where a folder holds something that an index must not replace."""
    if folder.exists() and not is_empty_folder(folder) and not _holds_only_an_index(folder):
        raise IndexFolderError(
            f"{folder} exists and is not a Beleg index, or holds more than one. "
            "Expected a new folder or an index to replace; choose another.",
            "folder-is-no-index",
            folder=folder,
        )


def check_nothing_lost(folder: Path, articles: Sequence[Article]) -> None:
    """Raise IndexFolderError where an index folder holds articles that are not among these, as they are or edited.

    An edited article is recognised by source and title together: each folder may have a `README.md` of its own.
    """
    texts, names = {article.id for article in articles}, {(article.source, article.title) for article in articles}
    lost = [
        one.source or one.title
        for one in _articles_of(folder)
        if one.id not in texts and (one.source, one.title) not in names
    ]
    if lost:
        few = ", ".join(lost[:NAMED]) + (f" and {len(lost) - NAMED} more" if len(lost) > NAMED else "")
        raise IndexFolderError(
            f"the index {folder} has {counted(len(lost), 'article')} not among those given: {few}. It is unchanged. "
            "Expected those too, or --replace to lose them, or another --out.",
            "index-would-lose-articles",
            folder=folder,
            n=len(lost),
            few=", ".join(lost[:NAMED]),
        )


def _describe(index: Index, folder: Path) -> dict[str, Any]:
    counts = {"articles": len(index.articles), "sentences": len(index.sentences), "passages": len(index.passages)}
    return {
        "format": FORMAT,
        "version": VERSION,
        "sum": NO_SUM.decode(),
        "encoder": index.encoder_fingerprint,
        "splitter": index.splitter,
        "settings": asdict(index.settings),
        "counts": counts,
        "files": {
            name: {"bytes": path.stat().st_size, "sha256": sha256_of(path)}
            for name, path in files_below(folder).items()
        },
    }


def _holds_only_an_index(folder: Path) -> bool:
    """Return whether a folder holds an index, complete or damaged, and no other file."""
    try:
        manifest = json.loads(read_input(folder / MANIFEST))
        ours = {MANIFEST, *manifest["files"]} if manifest["format"] == FORMAT else set()
    except (OSError, ValueError, KeyError, TypeError):
        return False
    kept = (path for path in folder.rglob("*") if not path.is_dir() and path.name not in _LITTER)
    found = {path.relative_to(folder).as_posix() for path in kept}
    return bool(ours) and found <= ours


def _articles_of(folder: Path) -> Iterator[Article]:
    """Yield the articles of an index folder, damaged or of another version too, as far as they can be read."""
    path = standing(folder) / "articles.jsonl"
    with suppress(OSError, ValueError, TypeError, KeyError), os.fdopen(opened(path), encoding="utf-8") as lines:
        for line in lines:
            plain = json.loads(line)
            # One of an earlier version has no blocks.
            yield Article.from_dict({"blocks": (), "anchors": (), "read_by_machine": (), **plain})


def being_written(folder: Path) -> IndexFolderError:
    """Return the error of an index that another process writes."""
    return IndexFolderError(
        f"the index {folder} is being written by another process. Wait until that has ended, or choose another folder.",
        "index-being-written",
        folder=folder,
    )
