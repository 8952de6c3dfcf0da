"""Files → Articles, and the article that ships with Beleg."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
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
_KNOWN_BINARY = {
    b"%PDF": ("a PDF", "pdftotext {} {new}"),
    b"PK\x03\x04": ("a ZIP or Office file", "soffice --convert-to txt {}"),
    b"\x1f\x8b": ("a gzip file", "gunzip {}"),
    b"\x89PNG": ("a PNG picture", "a text file instead"),
    b"\xff\xd8\xff": ("a JPEG picture", "a text file instead"),
}


def bundled_article() -> Article:
    """Return the German news article that ships with Beleg."""
    return Article.read(
        BUNDLED.read_text(encoding="utf-8"), title=BUNDLED_TITLE, language="de", source="nato-gipfel.txt"
    )


def read_article(path: Path) -> Article:
    """Read one UTF-8 text file as an article.

    Raises:
        ArticleError: it is missing, a folder, unreadable, empty, too large, binary or not UTF-8.
    """
    if path.is_dir():
        raise ArticleError(f"{path} is a folder. Expected one text file; for a folder: beleg index build {path}")
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise ArticleError(
                f"{path} has {size / 1e6:.0f} MB. Expected at most {MAX_BYTES // 1_000_000} MB of text; "
                "split it into articles, for example with 'split -C 5M'."
            )
        content = path.read_bytes()
    except FileNotFoundError:
        raise ArticleError(f"{path} does not exist. Expected a text file; check the name.") from None
    except OSError as error:
        raise ArticleError(f"{path} cannot be read: {error.strerror}. Expected a readable text file.") from error
    text = _decode(path, content)
    if not text.strip():
        raise ArticleError(f"{path} is empty ({counted(size, 'byte')}). Expected a text file with an article in it.")
    return Article.read(text, source=str(path))


def read_articles(paths: Iterable[Path], faults: list[ArticleError] | None = None) -> Iterator[Article]:
    """Read files, and all text files below folders but hidden ones, in order of their names.

    Args:
        faults: takes what is wrong with each file or folder that cannot be read, and the others are read all the same.
            None: the first is raised.

    Raises:
        ArticleError: as `read_article`; or a folder without a text file. With `faults` only where a path does not
            exist: that is a slip, and no bad file.
    """
    for path in paths:
        if not path.is_dir():
            names, is_slip = [path], not path.exists()
        else:
            names, is_slip = sorted(_text_files(path, faults)), False
            if not names:
                _fault(f"{path} has no text file in it. Expected files ending in {', '.join(SUFFIXES)}.", faults)
        for name in names:
            try:
                article = read_article(name)
            except ArticleError as error:
                if faults is None or is_slip:
                    raise
                faults.append(error)
            else:
                yield article


def _fault(message: str, faults: list[ArticleError] | None) -> None:
    if faults is None:
        raise ArticleError(message)
    faults.append(ArticleError(message))


def _text_files(folder: Path, faults: list[ArticleError] | None) -> Iterator[Path]:
    def unreadable(error: OSError) -> None:
        _fault(f"{error.filename} cannot be read: {error.strerror}. Expected a readable folder.", faults)

    for parent, folders, files in os.walk(folder, onerror=unreadable):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(parent, n) for n in files if n.lower().endswith(SUFFIXES) and not n.startswith("."))


def conversion(path: Path, encoding: str) -> str:
    """Return the shell command that writes what is in a file as UTF-8 into a new file of the current folder."""
    return f"iconv -f {encoding} -t UTF-8 {quote(str(path))} > {_new_file(path.stem + '.utf8', path.suffix)}"


def _new_file(stem: str, suffix: str) -> str:
    """A name, fit for a shell, that nothing in the current folder has: what a user pastes is to overwrite nothing."""
    names = chain([f"{stem}{suffix}"], (f"{stem}-{number}{suffix}" for number in count(2)))
    return quote(next(name for name in names if not os.path.lexists(name)))


def _decode(path: Path, content: bytes) -> str:
    for magic, (what, remedy) in _KNOWN_BINARY.items():
        if content.startswith(magic):
            command = remedy.format(
                quote(str(path)), new=_new_file(path.stem + ("-text" if path.suffix == ".txt" else ""), ".txt")
            )
            raise ArticleError(f"{path} is {what}. Expected UTF-8 text; convert it: {command}")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ArticleError(f"{path} looks like UTF-16. Expected UTF-8 text; convert it: {conversion(path, 'UTF-16')}")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if b"\x00" in content:
            raise ArticleError(f"{path} is a binary file. Expected UTF-8 text.") from None
        raise ArticleError(
            f"{path} is not UTF-8: byte 0x{content[error.start]:02x} at offset {error.start}. Expected UTF-8 text; "
            f"convert it: {conversion(path, 'WINDOWS-1252')}"
        ) from None
    if "\x00" in text:
        raise ArticleError(f"{path} is a binary file (it has NUL bytes). Expected UTF-8 text.")
    return text
