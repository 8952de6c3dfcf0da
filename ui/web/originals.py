"""The files that articles were read from, as far as they have pages to show: sessions' own, and those on the disk.

What a session adds is kept as long as the session has the article: the file goes with its `Original`. A served article
is looked for beside the library that keeps it, and where it was read, and shown only while the same bytes are there.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import threading
import weakref
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from index.article import Article
from index.documents.files import is_url
from index.errors import ArticleError
from index.input_file import opened
from index.library import originals_beside

if TYPE_CHECKING:
    from rag import Assistant

# Bytes of one session's originals, and of all sessions': the text of one that is too much is shown, without its pages.
MOST_OF_SESSION = 200_000_000
MOST_OF_ALL = 4_000_000_000
# Bytes that stay free on the disk.
LEAST_FREE = 1_000_000_000
_NAME = re.compile(r"[^\\/]*$")


class Original:
    """A PDF that a session has added; its file is deleted with the last reference to this.

    Attributes:
        key: names it in addresses. Nobody can guess it.
        sha256: of its bytes.
        size: in bytes.
        owner: who added it, as `uploads.sender_of` names them; None where that is not known.
    """

    __slots__ = ("__weakref__", "_path", "key", "owner", "sha256", "size")

    def __init__(self, folder: Path, content: bytes, owner: str | None) -> None:
        self.key, self.owner, self.size = secrets.token_urlsafe(), owner, len(content)
        self.sha256 = hashlib.sha256(content).hexdigest()
        self._path = folder / secrets.token_hex(16)
        weakref.finalize(self, self._path.unlink, missing_ok=True)
        self._path.write_bytes(content)

    def content(self) -> bytes:
        """Return its bytes."""
        return self._path.read_bytes()


class ServedOriginal:
    """The file that a served article was read from, as long as it holds the same bytes.

    Args:
        kept: the folder of the originals that the library keeps, by their sums; None where there is no library.

    Attributes:
        sha256: of the bytes that were read.
    """

    def __init__(self, article: Article, kept: Path | None = None) -> None:
        self.sha256 = article.source_sha256
        self._source, self._kept = article.source, kept
        self._seen: tuple[int, ...] | None = None

    def check(self) -> None:
        """Look whether the file is still the one that was read; its bytes are not read again where it looks untouched.

        Raises:
            ArticleError: it is gone, has changed, or is not known.
        """
        if self._seen is None or self._seen != self._signature():
            self.content()

    def content(self) -> bytes:
        """Return its bytes. Raises ArticleError as `check` does."""
        place = self._place()
        # Visitors of the chat need not know the folder.
        name = self._source if is_url(self._source) else "".join(_NAME.findall(self._source))
        if place is None:
            raise ArticleError(
                f"{name} was read from the web and not kept. Open it there, or add it here as a file.",
                "original-elsewhere",
                path=name,
            )
        if not self.sha256:
            raise ArticleError(
                f"the index does not say which file {name} was. Build it anew: beleg index build FOLDER --out INDEX",
                "original-unknown",
                path=name,
            )
        before = self._signature()
        try:
            with os.fdopen(opened(place), "rb") as stream:
                content = stream.read(os.fstat(stream.fileno()).st_size)
        except OSError:
            raise ArticleError(
                f"{name} is not there any more where it was read. Put it back, or build the index anew.",
                "original-gone",
                path=name,
            ) from None
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise ArticleError(
                f"{name} has changed since it was read, so its pages may say something else. Build the index anew.",
                "original-changed",
                path=name,
            )
        self._seen = before
        return content

    def _place(self) -> Path | None:
        """Return where the file is looked for; None where that is the web."""
        if self._kept and self.sha256 and (kept := self._kept / self.sha256).is_file():
            return kept
        return None if is_url(self._source) else Path(self._source)

    def _signature(self) -> tuple[int, ...] | None:
        place = self._place()
        try:
            found = place.stat() if place else None
        except OSError:
            return None
        if found is None:
            return None
        return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


class Originals:
    """Finds an original by what an address names it. Threads may share one.

    Args:
        served: the articles that all sessions have.
        folder: for the files of sessions.
    """

    def __init__(self, served: Assistant, folder: Path) -> None:
        self._served, self._folder = served, folder
        self._kept: weakref.WeakValueDictionary[str, Original] = weakref.WeakValueDictionary()
        self._looked_at: dict[str, ServedOriginal] = {}
        self._lock = threading.Lock()

    def keep(self, content: bytes, owner: str | None, others: Iterable[Original]) -> Original | None:
        """Keep a PDF as long as what is returned; None where that is too much.

        Args:
            owner: who adds it, as `uploads.sender_of` names them.
            others: those of the same session.
        """
        with self._lock:
            if (
                sum(one.size for one in others) + len(content) > MOST_OF_SESSION
                or sum(one.size for one in list(self._kept.values())) + len(content) > MOST_OF_ALL
            ):
                return None
            try:
                if shutil.disk_usage(self._folder).free < LEAST_FREE + len(content):
                    return None
                original = Original(self._folder, content, owner)
            except OSError:
                return None
            self._kept[original.key] = original
            return original

    def find(self, key: str, sender: str | None) -> Original | ServedOriginal | None:
        """Return the original of a key, or of a served article's id; None where there is none, or it is another's."""
        kept = self._kept.get(key)
        if kept is not None:
            return kept if kept.owner in (None, sender) else None
        row = self._served.index.article_rows.get(key)
        if row is None:
            return None
        article = self._served.articles[row]
        with self._lock:
            found = self._looked_at.get(key)
            if found is None or found.sha256 != article.source_sha256:
                index = self._served.folder
                found = self._looked_at[key] = ServedOriginal(article, originals_beside(index) if index else None)
            return found

    def sha256s(self) -> set[str]:
        """Return what the files are that may be shown, those of sessions and the served ones looked at so far."""
        return {one.sha256 for one in list(self._kept.values())} | {
            one.sha256 for one in list(self._looked_at.values())
        }


def has_pages(article: Article) -> bool:
    """Return whether an article was read from pages that can be shown."""
    return bool(article.anchors) and article.anchors[0].page > 0
