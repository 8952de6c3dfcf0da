"""Files, folders and URLs → Articles, and the article that comes with Beleg.

Here is chosen which module reads a document, by its first bytes, a URL's type, or the ending of its name; and how large
one may be. Each module has `read(content, source, progress)`.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

from index.article import Article
from index.documents.missing import missing
from index.documents.text import refuse_binary, zip_kind
from index.errors import ArticleError, counted
from index.input_file import opened
from index.settings import Progress
from index.text_bounds import OF_MARKS, of_marks

# The ending of a name → the module of this folder that reads it.
FORMATS = {
    ".txt": "plain",
    ".text": "plain",
    ".md": "markdown",
    ".markdown": "markdown",
    ".pdf": "pdf",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".docx": "docx",
    ".epub": "epub",
    ".csv": "delimited",
    ".tsv": "delimited",
    ".tab": "delimited",
    ".srt": "subtitles",
    ".vtt": "subtitles",
    ".eml": "mail",
    ".json": "json_records",
    ".jsonl": "json_records",
    ".ndjson": "json_records",
}
SUFFIXES = tuple(FORMATS)
# How the manifest of an index begins (index/manifest.py), and so many of its bytes.
_OF_AN_INDEX, _BEGINNING = re.compile(rb'\s*\{\s*"format":\s*"beleg-index"'), 200
_TYPES = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "application/pdf": "pdf",
    "text/csv": "delimited",
    "text/tab-separated-values": "delimited",
    "text/markdown": "markdown",
    "text/vtt": "subtitles",
    "application/x-subrip": "subtitles",
    "message/rfc822": "mail",
    "application/json": "json_records",
    "application/x-ndjson": "json_records",
}
# Text of about 3,000 pages: hours of encoding on a laptop, and more often a mistake than an article.
MAX_BYTES = 20_000_000
# Of a file with pictures and fonts in it; its text is bounded by the module that reads it.
MAX_PACKED_BYTES = 200_000_000
_PACKED = frozenset({"pdf", "docx", "epub"})
# Enough to tell a format by.
_HEAD_BYTES = 1024
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a]|%PDF-\d\.\d\s+%[\x80-\xff]{4}")
_HTML = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<!--.*?-->\s*|<\?xml[^>]*>\s*)*<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL
)
_CUE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:WEBVTT\b|(?:\d{1,6}\s*\n)?(?:\d+:)?\d{2}:\d{2}[.,]\d{3}\s+-->\s+(?:\d+:)?\d{2}:\d{2}[.,]\d{3})"
)
_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
BUNDLED = Path(__file__).parent / "articles" / "nato-gipfel.txt"
BUNDLED_TITLE = "Yoon und Kishida beim NATO-Gipfel"


def bundled_article() -> Article:
    """Return the German news article that comes with Beleg."""
    return Article.read(
        BUNDLED.read_text(encoding="utf-8"), title=BUNDLED_TITLE, language="de", source="nato-gipfel.txt"
    )


def is_url(name: str | Path) -> bool:
    """Return whether a name is a URL; a path with "://" in it is none that a system has."""
    return isinstance(name, str) and _URL.match(name.strip()) is not None


def read_article(
    name: str | Path,
    progress: Progress | None = None,
    *,
    from_chat: bool = False,
    keep: Callable[[bytes], None] | None = None,
) -> Article:
    """Read a document: text, Markdown, PDF, web page, Word, EPUB, CSV, JSON, subtitles or mail.

    Args:
        name: a file, or a URL (http, https), which is fetched.
        progress: called with "pages" or "fetching", how many of its pages or bytes are done and how many there are.
        from_chat: whether a visitor of a web chat named the URL: then only the internet's addresses are read.
        keep: called with the bytes of what has pages to show, a PDF, once it was read.

    Raises:
        ArticleError: it is missing, a folder, unreadable, empty, too large, damaged, locked, of a format that is not
            read, or has no text; or the URL does not lead to a document.
    """
    if is_url(name):
        return _read_url(str(name).strip(), progress, from_chat, keep)
    path = Path(name)
    content, kind = _content(path)
    if not content.strip():
        raise ArticleError(
            f"{path} is empty ({counted(len(content), 'byte')}). Expected a document with text in it.",
            "article-empty",
            path=path,
        )
    return _read(kind, content, str(path), progress, keep)


def read_articles(
    names: Iterable[str | Path], faults: list[ArticleError] | None = None, progress: Progress | None = None
) -> Iterator[Article]:
    """Read documents, and all documents below folders but hidden ones, in order of their names.

    Args:
        names: files, folders and URLs.
        faults: collects the errors of documents and folders that cannot be read, and reading goes on. None: the first
            error is raised.
        progress: as of `read_article`, for each document.

    Raises:
        ArticleError: as `read_article`; or a folder without a document. With `faults` only where a path does not
            exist, which is a mistake in the command and not in a file.
    """
    failures = 0

    def failed(error: ArticleError) -> None:
        nonlocal failures
        failures += 1
        if faults is None:
            raise error
        faults.append(error)

    for name in names:
        path, before = None if is_url(name) else Path(name), failures
        found: list[str | Path] = sorted(documents_below(path, failed)) if path and _is_folder(path) else [name]
        # Of a folder that cannot be read, that was said.
        if not found and failures == before:
            endings = ", ".join(SUFFIXES)
            failed(
                ArticleError(
                    f"{path} has no document in it. Expected files ending in {endings}.",
                    "folder-without-text",
                    path=path,
                    endings=endings,
                )
            )
        for one in found:
            try:
                article = read_article(one, progress)
            except ArticleError as error:
                if error.code == "article-missing" and path == Path(one):
                    raise
                failed(error)
            else:
                yield article


def kind_of(name: str, head: bytes, content_type: str = "") -> str:
    """Return the name of the module that reads a document.

    Args:
        name: of its file, or the path of its URL.
        head: its first bytes.
        content_type: as a web server named it; "" for a file.
    """
    known = _TYPES.get(content_type) or FORMATS.get(Path(name).suffix.lower()) or "plain"
    # Some programs write before it; but a text may speak of it.
    at = head.find(b"%PDF-")
    if at >= 0 and (known == "pdf" or not head[:at].strip(b"\xef\xbb\xbf\x00 \r\n\t") or _CONTROLS.search(head)):
        return "pdf"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "packed"
    # A page is often saved, or served, without an ending that says so, or as the PDF that it says is not there; as text
    # it would be read with its tags.
    if _HTML.match(head):
        return "html"
    return "subtitles" if known == "plain" and _CUE.match(head) else known


def _read(
    kind: str,
    content: bytes,
    source: str,
    progress: Progress | None,
    keep: Callable[[bytes], None] | None = None,
    charset: str = "",
) -> Article:
    article = replace(
        _read_as(kind, content, source, progress, charset), source_sha256=hashlib.sha256(content).hexdigest()
    )
    if keep is not None and kind == "pdf":
        keep(content)
    return article


def _read_as(kind: str, content: bytes, source: str, progress: Progress | None, charset: str) -> Article:
    if kind == "packed":
        found = zip_kind(content)
        named = FORMATS.get(Path(source).suffix.lower(), "plain")
        # Another archive, or an Office file that is not read, is refused as text with the command that converts it.
        kind = found if found in _PACKED else named if found == "zip" and named in ("docx", "epub") else "plain"
    if kind in ("html", "mail"):
        # A picture has some letters in it, which would be the page's text.
        refuse_binary(content, source)
    try:
        module = import_module(f"index.documents.{kind}")
        # Only a page's server may say how it is encoded.
        about = (charset,) if kind == "html" else ()
        article: Article = module.read(content, source, progress, *about)
    except ArticleError as error:
        # Found in a part of the document, where its name is not known.
        raise (of_marks(source) if error.code == OF_MARKS else error) from None
    return article


def _read_url(url: str, progress: Progress | None, from_chat: bool, keep: Callable[[bytes], None] | None) -> Article:
    from index.documents.fetch import fetch

    found = fetch(url, from_chat=from_chat, progress=progress)
    kind = kind_of(urlsplit(found.url_after_redirects).path, found.content[:_HEAD_BYTES], found.content_type)
    if kind not in _PACKED and len(found.content) > MAX_BYTES:
        raise _too_large(url, len(found.content), MAX_BYTES)
    return _read(kind, found.content, url, progress, keep, found.charset)


def _content(path: Path) -> tuple[bytes, str]:
    """Return a file's bytes and the module that reads them."""
    try:
        with os.fdopen(opened(path), "rb") as stream:
            kind = kind_of(path.name, stream.read(_HEAD_BYTES))
            most = MAX_PACKED_BYTES if kind in {*_PACKED, "packed"} else MAX_BYTES
            size = os.fstat(stream.fileno()).st_size
            if size > most:
                raise _too_large(str(path), size, most)
            stream.seek(0)
            # Of one that grows, as far as it went.
            return stream.read(size), kind
    except IsADirectoryError:
        raise ArticleError(
            f"{path} is a folder. Expected one document; for a folder: beleg index build {path} --out my-index",
            "article-is-a-folder",
            path=path,
        ) from None
    except FileNotFoundError:
        raise missing(path, SUFFIXES) from None
    except OSError as error:
        raise ArticleError(
            f"{path} cannot be read: {error.strerror}. Expected a readable document.",
            "article-unreadable",
            path=path,
            reason=error.strerror,
        ) from error


def _too_large(source: str, size: int, most: int) -> ArticleError:
    return ArticleError(
        f"{source} has {size / 1e6:.0f} MB. Expected at most {most // 1_000_000} MB; split it into articles, for "
        "example with 'split -C 5M'.",
        "article-too-large",
        path=source,
        size=round(size / 1e6),
        most=most // 1_000_000,
    )


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        # One that may not be looked at, or no name: reading it says why.
        return False


def documents_below(folder: Path, failed: Callable[[ArticleError], None]) -> Iterator[Path]:
    """Yield the documents below a folder but hidden ones; `failed` gets an error for each folder that is unreadable."""

    def unreadable(error: OSError) -> None:
        failed(
            ArticleError(
                f"{error.filename} cannot be read: {error.strerror}. Expected a readable folder.",
                "folder-unreadable",
                path=error.filename,
                reason=error.strerror,
            )
        )

    yield from (path for path in _visible_below(folder, unreadable) if path.name.lower().endswith(SUFFIXES))


def others_below(folder: Path) -> Counter[str]:
    """Return how many files below a folder, but hidden ones, are of a kind that is not read, by their ending."""
    paths = (path for path in _visible_below(folder) if not path.name.lower().endswith(SUFFIXES))
    return Counter(path.suffix.lower() for path in paths)


def _is_index(folder: Path) -> bool:
    """Return whether a folder is an index of Beleg's, which may stand among the documents: its JSON is none of them."""
    try:
        with (folder / "manifest.json").open("rb") as manifest:
            return _OF_AN_INDEX.match(manifest.read(_BEGINNING)) is not None
    except OSError:
        return False


def _visible_below(folder: Path, unreadable: Callable[[OSError], None] | None = None) -> Iterator[Path]:
    if _is_index(folder):
        return
    for parent, folders, files in os.walk(folder, onerror=unreadable):
        folders[:] = [name for name in folders if not name.startswith(".") and not _is_index(Path(parent, name))]
        yield from (Path(parent, name) for name in files if not name.startswith("."))
