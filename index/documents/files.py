"""Files → Articles, and the article that comes with Beleg."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, count
from pathlib import Path
from shlex import quote

from index.article import Article
from index.errors import ArticleError, counted

SUFFIXES = (".txt", ".md", ".text", ".markdown")
# About 3,000 pages: hours of encoding on a laptop, and more often a mistake than an article.
MAX_BYTES = 20_000_000
BUNDLED = Path(__file__).parent / "articles" / "nato-gipfel.txt"
BUNDLED_TITLE = "Yoon und Kishida beim NATO-Gipfel"
# Files known by their first bytes: what they are, and what makes text of them.
_KNOWN_BINARY = {
    b"%PDF": ("a PDF", "PDF", "pdftotext {} {new}"),
    b"PK\x03\x04": ("a ZIP or Office file", "ZIP/Office", "soffice --convert-to txt {}"),
    b"\x1f\x8b": ("a gzip file", "gzip", "gunzip {}"),
    b"\x89PNG": ("a PNG picture", "PNG", "a text file instead"),
    b"\xff\xd8\xff": ("a JPEG picture", "JPEG", "a text file instead"),
}


def bundled_article() -> Article:
    """Return the German news article that comes with Beleg."""
    return Article.read(
        BUNDLED.read_text(encoding="utf-8"), title=BUNDLED_TITLE, language="de", source="nato-gipfel.txt"
    )


def read_article(path: Path) -> Article:
    """Read one UTF-8 text file as an article.

    Raises:
        ArticleError: it is missing, a folder, unreadable, empty, too large, binary or not UTF-8.
    """
    if path.is_dir():
        raise ArticleError(
            f"{path} is a folder. Expected one text file; for a folder: beleg index build {path}",
            "article-is-a-folder",
            path=path,
        )
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise ArticleError(
                f"{path} has {size / 1e6:.0f} MB. Expected at most {MAX_BYTES // 1_000_000} MB of text; "
                "split it into articles, for example with 'split -C 5M'.",
                "article-too-large",
                path=path,
                size=round(size / 1e6),
                most=MAX_BYTES // 1_000_000,
            )
        content = path.read_bytes()
    except FileNotFoundError:
        raise ArticleError(
            f"{path} does not exist. Expected a text file; check the name.", "article-missing", path=path
        ) from None
    except OSError as error:
        raise ArticleError(
            f"{path} cannot be read: {error.strerror}. Expected a readable text file.",
            "article-unreadable",
            path=path,
            reason=error.strerror,
        ) from error
    text = _decode(path, content)
    if not text.strip():
        raise ArticleError(
            f"{path} is empty ({counted(size, 'byte')}). Expected a text file with an article in it.",
            "article-empty",
            path=path,
        )
    return Article.read(text, source=str(path))


def read_articles(paths: Iterable[Path], faults: list[ArticleError] | None = None) -> Iterator[Article]:
    """Read files, and all text files below folders but hidden ones, in order of their names.

    Args:
        faults: collects the errors of files and folders that cannot be read, and reading goes on. None: the first error
            is raised.

    Raises:
        ArticleError: as `read_article`; or a folder without a text file. With `faults` only where a path does not
            exist, which is a mistake in the command and not in a file.
    """

    def failed(error: ArticleError) -> None:
        if faults is None:
            raise error
        faults.append(error)

    for path in paths:
        names = sorted(_text_files(path, failed)) if path.is_dir() else [path]
        if not names:
            endings = ", ".join(SUFFIXES)
            failed(
                ArticleError(
                    f"{path} has no text file in it. Expected files ending in {endings}.",
                    "folder-without-text",
                    path=path,
                    endings=endings,
                )
            )
        for name in names:
            try:
                article = read_article(name)
            except ArticleError as error:
                if not path.exists():
                    raise
                failed(error)
            else:
                yield article


def conversion(path: Path, encoding: str) -> str:
    """Return the shell command that writes what is in a file as UTF-8 into a new file of the current folder."""
    return f"iconv -f {encoding} -t UTF-8 {quote(str(path))} > {_new_file(path.stem + '.utf8', path.suffix)}"


def _text_files(folder: Path, failed: Callable[[ArticleError], None]) -> Iterator[Path]:
    def unreadable(error: OSError) -> None:
        failed(
            ArticleError(
                f"{error.filename} cannot be read: {error.strerror}. Expected a readable folder.",
                "folder-unreadable",
                path=error.filename,
                reason=error.strerror,
            )
        )

    for parent, folders, files in os.walk(folder, onerror=unreadable):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(parent, n) for n in files if n.lower().endswith(SUFFIXES) and not n.startswith("."))


def _new_file(stem: str, suffix: str) -> str:
    """Return a name, quoted for a shell, that no file in the current folder has, so that nothing is overwritten."""
    names = chain([f"{stem}{suffix}"], (f"{stem}-{number}{suffix}" for number in count(2)))
    return quote(next(name for name in names if not os.path.lexists(name)))


def _decode(path: Path, content: bytes) -> str:
    for magic, (what, name, remedy) in _KNOWN_BINARY.items():
        if content.startswith(magic):
            new = _new_file(path.stem + ("-text" if path.suffix == ".txt" else ""), ".txt")
            command = remedy.format(quote(str(path)), new=new)
            raise ArticleError(
                f"{path} is {what}. Expected UTF-8 text; convert it: {command}",
                "article-of-another-format",
                path=path,
                format=name,
                command=command,
            )
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _wrong_encoding(path, "looks like UTF-16", "UTF-16")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if b"\x00" not in content:
            found = f"is not UTF-8: byte 0x{content[error.start]:02x} at offset {error.start}"
            raise _wrong_encoding(path, found, "WINDOWS-1252") from None
        text = "\x00"
    if "\x00" in text:
        raise ArticleError(
            f"{path} is a binary file (it has NUL bytes). Expected UTF-8 text.", "article-binary", path=path
        )
    return text


def _wrong_encoding(path: Path, found: str, encoding: str) -> ArticleError:
    command = conversion(path, encoding)
    return ArticleError(
        f"{path} {found}. Expected UTF-8 text; convert it: {command}", "article-not-utf-8", path=path, command=command
    )
