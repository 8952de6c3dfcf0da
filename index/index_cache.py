"""Indexes kept in the user's cache, so that the same articles are encoded once and not at every question."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from index.article import Article
from index.cache import cache_folder
from index.encoder import Encoder
from index.errors import IndexFolderError
from index.index import Index, build_index
from index.passages import splitter_mark
from index.progress import Progress
from index.settings import IndexSettings
from index.store import VERSION, load_index, save_index

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
