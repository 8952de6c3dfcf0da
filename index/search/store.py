"""Index ⇄ folder. The only writer of index files; no pickle, and nothing half-written is ever under the real name.

The folder holds `manifest.json` (format, encoder, settings, and every other file with its size and sha256),
`articles.jsonl`, `*.npy` arrays, FAISS's `passages.faiss` and three folders of bm25s.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from index.article import Article
from index.errors import IndexFolderError, counted
from index.index import Index, build_index
from index.models.embedded import sha256_of
from index.models.encoder import Encoder
from index.search.dense import DenseIndex
from index.search.lexical import LexicalIndex
from index.settings import IndexSettings, Progress
from index.splitting.passages import splitter_mark
from index.storage import cache_folder

FORMAT = "beleg-index"
# Raised whenever a folder of the version before can no longer be read, or would be read to other answers.
VERSION = 1
MANIFEST = "manifest.json"
_ARRAYS = ("sentences", "passages", "sentence_vectors", "context_vectors")
_LEXICAL = ("passage_terms", "sentence_stems", "sentence_ngrams")


def save_index(index: Index, folder: Path) -> None:
    """Write an index into a folder, whole or not at all; an index already there is replaced.

    Raises:
        IndexFolderError: the folder holds something else, or cannot be written.
    """
    check_target(folder)
    scratch: Path | None = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        _write_files(index, scratch)
        (scratch / MANIFEST).write_text(json.dumps(_describe(index, scratch), indent=1), encoding="utf-8")
        _put_in_place(scratch, folder)
    except (OSError, RuntimeError) as error:  # RuntimeError: FAISS's own, for a full disk
        reason = getattr(error, "strerror", None) or error
        raise IndexFolderError(
            f"cannot write the index {folder}: {reason}. What was there before is unchanged; "
            "free some disk or choose a folder that can be written."
        ) from error
    finally:
        if scratch is not None:
            shutil.rmtree(scratch, ignore_errors=True)


def check_encoder(index: Index, fingerprint: str, folder: Path) -> None:
    """Raise IndexFolderError where the index was made with another encoder than the one to ask with."""
    if index.encoder_fingerprint != fingerprint:
        raise IndexFolderError(
            f"the index {folder} was made with the encoder {index.encoder_fingerprint}, not {fingerprint}. "
            f"Ask it with that model, or rebuild it: beleg index build FILE… --out {folder}"
        )


def check_target(folder: Path) -> None:
    """Raise IndexFolderError where a folder holds something that an index must not replace."""
    if folder.exists() and not _is_empty_folder(folder) and not _is_wholly_an_index(folder):
        raise IndexFolderError(
            f"{folder} exists and is not a Beleg index, or holds more than one. "
            "Expected a new folder or an index to replace; choose another."
        )


def load_index(folder: Path) -> Index:
    """Read an index and check every file of it against the manifest.

    Raises:
        IndexFolderError: it is missing, incomplete, altered, or made by another format version.
    """
    manifest = read_manifest(folder)
    for name, entry in manifest["files"].items():
        _check_file(folder, name, entry)
    try:
        arrays: dict[str, Any] = {
            name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in _ARRAYS
        }
        lexical: dict[str, Any] = {name: LexicalIndex.load(folder / name) for name in _LEXICAL}
        with (folder / "articles.jsonl").open(encoding="utf-8") as lines:
            articles = tuple(Article(**json.loads(line)) for line in lines)
        return Index(
            articles=articles,
            passage_vectors=DenseIndex.load(folder / "passages.faiss"),
            encoder_fingerprint=manifest["encoder"],
            splitter=manifest["splitter"],
            settings=IndexSettings(**manifest["settings"]),
            **arrays,
            **lexical,
        )
    except (OSError, ValueError, TypeError, KeyError, RuntimeError) as error:
        raise _damaged(folder, f"it cannot be read ({error})") from error


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return an index folder's manifest.

    Raises:
        IndexFolderError: there is none, or it is of another format or version.
    """
    if not folder.is_dir():
        found = "is a file" if folder.exists() else "does not exist"
        raise IndexFolderError(f"{folder} {found}. Expected an index folder: beleg index build FILE… --out {folder}")
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        found_format, version = manifest["format"], manifest["version"]
        described = {name: (entry["bytes"], entry["sha256"]) for name, entry in manifest["files"].items()}
        complete = _required() <= described.keys() and isinstance(manifest["counts"], dict)
        complete = complete and isinstance(manifest["encoder"], str) and isinstance(manifest["settings"], dict)
    except FileNotFoundError:
        raise _damaged(folder, f"it has no {MANIFEST}") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(folder, f"its {MANIFEST} cannot be read ({type(error).__name__})") from error
    if (found_format, version) == (FORMAT, VERSION) and complete and manifest.get("splitter") != splitter_mark():
        raise _damaged(folder, f"it was split by {manifest.get('splitter')}, this Beleg splits by {splitter_mark()}")
    if (found_format, version) == (FORMAT, VERSION) and not complete:
        raise _damaged(folder, f"its {MANIFEST} does not name every file")
    if (found_format, version) != (FORMAT, VERSION):
        raise _damaged(folder, f"it is {found_format} version {version}; this Beleg reads {FORMAT} version {VERSION}")
    return manifest


def _required() -> set[str]:
    return {"articles.jsonl", "passages.faiss", *(f"{name}.npy" for name in _ARRAYS)}


def _write_files(index: Index, folder: Path) -> None:
    for name in _ARRAYS:
        np.save(folder / f"{name}.npy", getattr(index, name), allow_pickle=False)
    for name in _LEXICAL:
        getattr(index, name).save(folder / name)
    index.passage_vectors.save(folder / "passages.faiss")
    with (folder / "articles.jsonl").open("w", encoding="utf-8") as lines:
        for article in index.articles:
            lines.write(json.dumps(asdict(article), ensure_ascii=False) + "\n")


def _describe(index: Index, folder: Path) -> dict[str, Any]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        "format": FORMAT,
        "version": VERSION,
        "encoder": index.encoder_fingerprint,
        "splitter": index.splitter,
        "settings": asdict(index.settings),
        "counts": {
            "articles": len(index.articles),
            "sentences": len(index.sentences),
            "passages": len(index.passages),
        },
        "files": {
            path.relative_to(folder).as_posix(): {"bytes": path.stat().st_size, "sha256": sha256_of(path)}
            for path in files
        },
    }


def _check_file(folder: Path, name: str, entry: dict[str, Any]) -> None:
    path = folder / name
    if not path.is_file():
        raise _damaged(folder, f"{name} is missing")
    if path.stat().st_size != entry["bytes"] or sha256_of(path) != entry["sha256"]:
        raise _damaged(folder, f"{name} is not as it was written ({path.stat().st_size} of {entry['bytes']} bytes)")


def _put_in_place(scratch: Path, folder: Path) -> None:
    scratch.chmod(0o755)
    if not folder.exists() or _is_empty_folder(folder):
        scratch.replace(folder)
        return
    before = Path(tempfile.mkdtemp(prefix=f".{folder.name}-before-", dir=folder.parent))
    folder.replace(before)
    try:
        scratch.replace(folder)
    except OSError:
        before.replace(folder)
        raise
    shutil.rmtree(before, ignore_errors=True)


def _is_empty_folder(folder: Path) -> bool:
    return folder.is_dir() and not any(folder.iterdir())


def _is_wholly_an_index(folder: Path) -> bool:
    """Whether a folder, whole or damaged, holds an index and nothing that is somebody else's."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        ours = {MANIFEST, *manifest["files"]} if manifest["format"] == FORMAT else set()
    except (OSError, ValueError, KeyError, TypeError):
        return False
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
    return bool(ours) and found <= ours


def _damaged(folder: Path, what: str) -> IndexFolderError:
    return IndexFolderError(
        f"the index {folder} is not usable: {what}. Rebuild it: beleg index build FILE… --out {folder}"
    )


# Indexes kept in the user's cache, so that the same articles are encoded once and not at every question.

# The least recently used go first.
MAX_KEPT = 32


def cached_index(
    articles: Sequence[Article], encoder: Encoder, settings: IndexSettings, progress: Progress | None = None
) -> Index:
    """Return the index of these articles from the cache, or build it and keep it there.

    A damaged one is built again; a cache that cannot be written is done without.
    """
    texts = [asdict(article) for article in articles]
    made_of = [VERSION, splitter_mark(), encoder.fingerprint, asdict(settings), texts]
    name = hashlib.sha256(json.dumps(made_of).encode()).hexdigest()[:24]
    folder = cache_folder() / "indexes" / name
    try:
        index = load_index(folder)
        os.utime(folder)
        return index
    except (IndexFolderError, OSError):
        index = build_index(articles, encoder, settings, progress)
    try:
        shutil.rmtree(folder, ignore_errors=True)
        save_index(index, folder)
        _forget_oldest(folder.parent)
    except (IndexFolderError, OSError):
        # Without a cache every start encodes anew; the answers are the same.
        pass
    return index


def _forget_oldest(kept_in: Path) -> None:
    folders = [path for path in kept_in.iterdir() if not path.name.startswith(".")]
    for old in sorted(folders, key=lambda path: path.stat().st_mtime, reverse=True)[MAX_KEPT:]:
        shutil.rmtree(old, ignore_errors=True)


# What would be lost where an index takes another's place.

NAMED = 3


def check_nothing_lost(folder: Path, articles: Sequence[Article]) -> None:
    """Raise IndexFolderError where an index folder holds articles that are not among these, as they are or edited.

    An edited article is known by its source and title together: the `README.md` of one folder is not that of another.
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
            "Expected those too, or --replace to lose them, or another --out."
        )


def _articles_of(folder: Path) -> Iterator[Article]:
    """Yield what an index folder holds, damaged or of another version too, as far as it can be read."""
    try:
        with (folder / "articles.jsonl").open(encoding="utf-8") as lines:
            for line in lines:
                yield Article(**json.loads(line))
    except (OSError, ValueError, TypeError):
        return
