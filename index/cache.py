"""Indexes in the user's cache: of articles that were indexed before, and not into a folder of their own."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from index.article import Article
from index.atomic import cache_folder, clear_left
from index.build import build_index
from index.errors import IndexFolderError
from index.folder import load_index, save_index
from index.index import Index
from index.manifest import VERSION
from index.models.encoder import Encoder
from index.settings import IndexSettings, Progress
from index.splitting.passages import splitter_mark

# Indexes in the user's cache; the least recently used is deleted first.
MAX_KEPT = 32


def cached_index(
    articles: Sequence[Article], encoder: Encoder, settings: IndexSettings, progress: Progress | None = None
) -> Index:
    """Return the index of these articles from the user's cache, or build it and keep it there.

    A damaged index is built again. Where the cache cannot be written, every start encodes anew; the answers are the
    same.
    """
    texts = [article.to_dict() for article in articles]
    made_of = [VERSION, splitter_mark(), encoder.fingerprint, asdict(settings), texts]
    name = hashlib.sha256(json.dumps(made_of).encode()).hexdigest()[:24]
    folder = cache_folder() / "indexes" / name
    clear_left(folder.parent)
    with suppress(IndexFolderError, OSError):
        index = load_index(folder)
        os.utime(folder)
        return index
    index = build_index(articles, encoder, settings, progress)
    with suppress(IndexFolderError, OSError):
        shutil.rmtree(folder, ignore_errors=True)
        save_index(index, folder)
        others = [path for path in folder.parent.iterdir() if not path.name.startswith(".") and path != folder]
        for old in sorted(others, key=_last_used, reverse=True)[MAX_KEPT - 1 :]:
            shutil.rmtree(old, ignore_errors=True)
    return index


def _last_used(folder: Path) -> float:
    """Return when a cached index was last used; 0 where that is yet to come, because a clock was wrong."""
    used = folder.stat().st_mtime
    return used if used <= time.time() else 0.0
