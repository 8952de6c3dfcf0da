"""The bytes of a text file → its characters; and what a file is that is no text."""

from __future__ import annotations

import os
import re
import string
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from itertools import chain, count
from pathlib import Path
from shlex import quote
from typing import NamedTuple

from index.article import detect_language
from index.errors import ArticleError

# 20 MB of wrapped prose. To find blocks takes about 10 µs and 350 bytes a line.
MAX_LINES = 300_000


class Binary(NamedTuple):
    """A kind of file that is no text.

    Attributes:
        magic: its first bytes, or a part of them at `offset`.
        what: with its article, as a sentence needs it.
        name: by itself.
        ending: of what the command makes, with the dot; "" where the command names its own file.
        command: makes something of it that is read; {} is the file, {new} a name that is free.
    """

    magic: bytes
    what: str
    name: str
    ending: str
    command: str
    offset: int = 0


_OFFICE = "soffice --headless --convert-to {kind} --outdir {{new}} {{}}"
_TO_WORD, _TO_CSV, _TO_PDF = (_OFFICE.format(kind=kind) for kind in ("docx", "csv", "pdf"))
_OCR = "ocrmypdf --image-dpi 300 {} {new}"
_SPEECH = "whisper --output_format srt {}"

KNOWN_BINARY = (
    Binary(b"%PDF", "a PDF", "PDF", ".txt", "pdftotext {} {new}"),
    Binary(b"{\\rtf", "an RTF file", "RTF", "", _TO_WORD),
    Binary(b"\x1f\x8b", "a gzip file", "gzip", "", "gunzip -k {}"),
    Binary(b"BZh", "a bzip2 file", "bzip2", "", "bunzip2 -k {}"),
    Binary(b"\xfd7zXZ\x00", "an xz file", "xz", "", "unxz -k {}"),
    Binary(b"\x28\xb5\x2f\xfd", "a zstd file", "zstd", "", "unzstd {}"),
    Binary(b"7z\xbc\xaf\x27\x1c", "a 7z archive", "7z", "", "7z x {}"),
    Binary(b"Rar!\x1a\x07", "a RAR archive", "RAR", "", "unrar x {}"),
    Binary(b"ustar", "a tar archive", "tar", "", "tar -xf {}", 257),
    Binary(b"\x89PNG", "a PNG picture", "PNG", ".pdf", _OCR),
    Binary(b"\xff\xd8\xff", "a JPEG picture", "JPEG", ".pdf", _OCR),
    Binary(b"II*\x00", "a TIFF picture", "TIFF", ".pdf", _OCR),
    Binary(b"MM\x00*", "a TIFF picture", "TIFF", ".pdf", _OCR),
    Binary(b"GIF8", "a GIF picture", "GIF", "", "tesseract {} {new}"),
    Binary(b"WEBP", "a WebP picture", "WebP", "", "tesseract {} {new}", 8),
    Binary(b"AVI ", "a video (AVI)", "AVI", "", _SPEECH, 8),
    Binary(b"WAVE", "a recording (WAV)", "WAV", "", _SPEECH, 8),
    Binary(b"ftyphei", "a HEIC picture", "HEIC", "", "heif-convert {} {new}.png", 4),
    Binary(b"ftypmif1", "a HEIC picture", "HEIC", "", "heif-convert {} {new}.png", 4),
    Binary(b"ftyp", "a recording (MP4)", "MP4", "", _SPEECH, 4),
    Binary(b"\x1aE\xdf\xa3", "a video (Matroska)", "Matroska", "", _SPEECH),
    Binary(b"ID3", "a recording (MP3)", "MP3", "", _SPEECH),
    Binary(b"\xff\xfb", "a recording (MP3)", "MP3", "", _SPEECH),
    Binary(b"OggS", "a recording (Ogg)", "Ogg", "", _SPEECH),
    Binary(b"fLaC", "a recording (FLAC)", "FLAC", "", _SPEECH),
    Binary(b"%!PS", "a PostScript file", "PostScript", ".pdf", "ps2pdf {} {new}"),
    Binary(b"AT&TFORM", "a DjVu file", "DjVu", ".pdf", "ddjvu -format=pdf {} {new}"),
    Binary(b"BOOKMOBI", "a Kindle book", "MOBI", ".epub", "ebook-convert {} {new}", 60),
    Binary(b"SQLite format 3\x00", "an SQLite database", "SQLite", "", "sqlite3 -csv {} 'SELECT * FROM …'"),
    Binary(b"\x7fELF", "a program", "ELF", "", ""),
    Binary(b"MZ\x90\x00", "a program", "EXE", "", ""),
)
# Kinds that are told by what is in the container, an OLE file or a ZIP.
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_IN_OLE = {
    "WordDocument": ("an old Word file", "DOC", _TO_WORD),
    "Workbook": ("an old Excel file", "XLS", _TO_CSV),
    "PowerPoint Document": ("an old PowerPoint file", "PPT", _TO_PDF),
}
_ZIPPED = {
    "xlsx": ("an Excel file", "XLSX", _TO_CSV),
    "pptx": ("a PowerPoint file", "PPTX", _TO_PDF),
    "odt": ("an OpenDocument text", "ODT", _TO_WORD),
    "ods": ("an OpenDocument spreadsheet", "ODS", _TO_CSV),
    "odp": ("an OpenDocument presentation", "ODP", _TO_PDF),
    "zip": ("a ZIP archive", "ZIP", "unzip -d {new} {}"),
}

# Rarely in the text of a Western language, or where they cannot be, in a word: what another code page makes of bytes.
_SIGNS = frozenset("€‚„…‰‹‘’“”•–—™›\xa0¡£§©ª«\xad®°±²³µ·¹º»¼½¾¿×÷")
_NOT_IN_WORDS = frozenset("€‚„…‰‹“”•™›¡£§©«®°±¹²³¼½¾¿×÷»")
# The letters that each language writes beside a to z and those that every Western code page has at the same place.
_LETTERS = {
    "de": "äöüß",
    "fr": "àâæçèéêëîïôùûüÿœ",
    "es": "áéíñóúü",
    "it": "àèéìíîòóùú",
    "pt": "àáâãçéêíóôõúü",
    "nl": "áèéëïóöü",
    "ca": "àçèéíïòóúü",
    "sv": "äåöéàü",
    "fi": "äåöšž",
    "da": "æøåéöäü",
    "no": "æøåéòôü",
    "is": "áæðéíóöúýþ",
    "en": "âçîïô",
}
_WRITTEN_LIKE = {
    "lb": "de",
    "gsw": "de",
    "nds": "de",
    "gl": "pt",
    "ast": "es",
    "ext": "es",
    "an": "es",
    "oc": "fr",
    "wa": "fr",
    "nb": "no",
    "nn": "no",
    "fo": "is",
    "li": "nl",
    "fy": "nl",
    "af": "nl",
    "zxx": "en",
}
# A guess from fewer letters is none; but these are German whatever stands around them, and no other code page has them
# so.
_MIN_LETTERS = 40
_GERMAN = frozenset("äöüßÄÖÜ")
_MIN_GERMAN = 12
_NOT_LETTERS = bytes(set(range(256)) - set(string.ascii_letters.encode()))
# How capitals are used is known from the first characters.
_SAMPLE = 1_000_000


def decode(content: bytes, source: str) -> str:
    """Return the characters of a text file: UTF-8; UTF-16 or UTF-32 with a mark; CP1252 where nothing else is likely.

    Raises:
        ArticleError: it is a kind of file that is no text, or its encoding is not certain.
    """
    refuse_binary(content, source)
    path = Path(source)
    for mark, encoding in (
        (b"\xff\xfe\x00\x00", "UTF-32"),
        (b"\x00\x00\xfe\xff", "UTF-32"),
        (b"\xff\xfe", "UTF-16"),
        (b"\xfe\xff", "UTF-16"),
    ):
        if content.startswith(mark):
            try:
                text = content.decode(encoding)
            except UnicodeDecodeError:
                raise _wrong_encoding(path, f"looks like {encoding}", encoding) from None
            return _without_nul(text, source)
    if encoding := _unmarked(content):
        raise _wrong_encoding(path, f"looks like {encoding} without a byte order mark", encoding)
    try:
        return _without_nul(content.decode("utf-8-sig"), source)
    except UnicodeDecodeError as error:
        if b"\x00" in content:
            return _without_nul("\x00", source)
        western = decode_western(content)
        if western is not None:
            return western
        found = f"is not UTF-8: byte 0x{content[error.start]:02x} at offset {error.start}"
        raise _wrong_encoding(path, found, "WINDOWS-1252") from None


# Where the bytes are NUL, of so many, in nearly all characters of a text without a mark.
_NULS = {"UTF-32LE": (4, (2, 3)), "UTF-32BE": (4, (0, 1)), "UTF-16LE": (2, (1,)), "UTF-16BE": (2, (0,))}


def _unmarked(content: bytes) -> str:
    """Return in which encoding of two or four bytes a text is written without a mark; "" for any other."""
    for encoding, (width, nul) in _NULS.items():
        head = content[: 4000 if len(content) >= 4000 else len(content) // width * width]
        columns = [head[place::width] for place in nul]
        if len(head) < 2 * width or any(column.count(0) < 0.9 * len(column) for column in columns):
            continue
        with suppress(UnicodeDecodeError):
            said = head.decode(encoding)
            # Numbers of a program's file are control characters.
            if sum(c.isprintable() or c.isspace() for c in said) >= 0.95 * len(said):
                return encoding
    return ""


def check_lines(text: str, source: str) -> None:
    """Raise ArticleError where a text has more than MAX_LINES lines."""
    if text.count("\n") > MAX_LINES:
        raise ArticleError(
            f"{source} has more than {MAX_LINES} lines. Expected one text; split it into articles, for example with "
            "'split -l 50000'.",
            "text-too-many-lines",
            path=source,
            most=MAX_LINES,
        )


def decode_western(content: bytes) -> str | None:
    """Return a text as Windows-1252 (which has all that Latin-1 shows), or None unless that is certain.

    It is where the text's language writes the letters that come out, in words that are small or capital throughout,
    and no sign stands in a word: other code pages give other letters, capitals within words or signs.
    """
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError:
        return None
    if re.search(r"[\x00-\x08\x0b\x0e-\x1f\x7f]", text):
        return None
    # Only the bytes above ASCII, of which a text of the West has few.
    high = content.translate(None, bytes(range(0x80)))
    plain = len(content.translate(None, _NOT_LETTERS))
    if plain < _MIN_GERMAN or len(high) > plain / 2:
        return None
    counts = Counter(high.decode("cp1252"))
    signs = {c for c in counts if not c.isalpha() or c in "ªº"}
    letters = {c: count for c, count in counts.items() if c not in signs}
    is_german = bool(letters) and set(letters) <= _GERMAN
    if plain < _MIN_LETTERS and not is_german:
        return None
    if not signs <= _SIGNS or sum(letters.values()) > plain / 4:
        return None
    marked = re.escape("".join(_NOT_IN_WORDS & signs))
    if marked and re.search(f"(?<=[^\\W\\d_])[{marked}](?=[^\\W\\d_])", text):
        return None
    words = re.findall(r"[A-Za-z]*[À-ÖØ-öø-ÿŠŽšžŒœŸ][A-Za-zÀ-ÖØ-öø-ÿŠŽšžŒœŸ]*", text[:_SAMPLE])
    odd = sum(not (word.islower() or word.isupper() or (word[0].isupper() and word[1:].islower())) for word in words)
    language = detect_language(text)
    written = _LETTERS.get(_WRITTEN_LIKE.get(language, language)) or ("äöüß" if is_german else None)
    if written is None or odd > len(words) / 50:
        return None
    known = _same_everywhere() | set(written) | set(written.replace("ß", "").upper())
    strange = sum(count for c, count in letters.items() if c not in known)
    return text if strange <= sum(letters.values()) / 50 else None


def refuse_binary(content: bytes, source: str) -> None:
    """Raise the error that says what a file is, and what makes something of it that is read, if it is a known kind.

    What is read itself, as a PDF or a Word file, must not come here, but to its own module.

    Raises:
        ArticleError: the file is of a kind that is no text.
    """
    path = Path(source)
    binary = re.search(rb"[\x00-\x08\x0e-\x1a\x7f]", content[:4096]) is not None
    for kind in KNOWN_BINARY:
        # A text may begin with "ID3"; but "%PDF", "{\\rtf" and "%!PS" are no words.
        word = kind.magic.replace(b" ", b"").isalnum()
        if content.startswith(kind.magic, kind.offset) and (binary or not word):
            raise another_format(path, kind.what, kind.name, kind.command, kind.ending)
    if content.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise ArticleError(
                f"{source} is protected by a password. Expected a document without one; open it and save it without.",
                "archive-with-password",
                path=source,
            )
        for stream, (what, name, command) in _IN_OLE.items():
            if stream.encode("utf-16-le") in content:
                raise another_format(path, what, name, command)
        raise another_format(path, "an old Office file", "OLE", _TO_PDF)
    if content.startswith(b"PK\x03\x04"):
        what, name, command = _ZIPPED.get(zip_kind(content), ("a ZIP or Office file", "ZIP/Office", _TO_PDF))
        raise another_format(path, what, name, command)


def zip_kind(content: bytes) -> str:
    """Return what a ZIP file is: "docx", "epub", "xlsx", "pptx", "odt", "ods", "odp" or "zip". It may be damaged."""
    # The names of the members stand uncompressed in it, so that this needs no directory; a cut file is known, too.
    head = content[:200]
    for kind, mime in (
        ("epub", b"application/epub+zip"),
        ("odt", b"opendocument.text"),
        ("ods", b"opendocument.spreadsheet"),
        ("odp", b"opendocument.presentation"),
    ):
        if mime in head:
            return kind
    for kind, member in (("docx", b"word/"), ("xlsx", b"xl/"), ("pptx", b"ppt/"), ("epub", b"META-INF/container.xml")):
        if _has_member(content, member):
            return kind
    # A file that is cut before its text; only Office files have this part.
    return "docx" if _has_member(content, b"[Content_Types].xml") else "zip"


def _has_member(content: bytes, name: bytes) -> bool:
    # Before the name stand 30 bytes of a member's header, 46 in the directory.
    return any(
        content[at - before : at - before + 4] == mark
        for at in _places(content, name)
        for before, mark in ((30, b"PK\x03\x04"), (46, b"PK\x01\x02"))
        if at >= before
    )


def _places(content: bytes, wanted: bytes) -> Iterator[int]:
    at = content.find(wanted)
    for _ in range(10_000):
        if at < 0:
            return
        yield at
        at = content.find(wanted, at + 1)


def another_format(path: Path, what: str, name: str, command: str, ending: str = "") -> ArticleError:
    """Return the error for a file of a format that is not read."""
    free = new_file(path.stem + ("-text" if path.suffix == ending else ""), ending)
    said = command.format(quote(str(path)), new=free)
    return ArticleError(
        f"{path} is {what}. Expected a document or text in UTF-8; "
        + (f"convert it: {said}" if said else "give another file."),
        "article-of-another-format",
        path=path,
        format=name,
        command=said or "–",
    )


def conversion(path: Path, encoding: str) -> str:
    """Return the shell command that writes what is in a file as UTF-8 into a new file of the current folder."""
    return f"iconv -f {encoding} -t UTF-8 {quote(str(path))} > {new_file(path.stem + '.utf8', path.suffix)}"


def new_file(stem: str, suffix: str) -> str:
    """Return a name, quoted for a shell, that no file in the current folder has, so that nothing is overwritten."""
    names = chain([f"{stem}{suffix}"], (f"{stem}-{number}{suffix}" for number in count(2)))
    return quote(next(name for name in names if not os.path.lexists(name)))


@cache
def _same_everywhere() -> frozenset[str]:
    """The letters that the Western, Central European, Turkish and Baltic code pages have at one place."""

    def letter(byte: int, encoding: str) -> str:
        return bytes([byte]).decode(encoding, "replace")

    others = ("cp1250", "cp1254", "cp1257")
    return frozenset(
        letter(byte, "cp1252")
        for byte in range(0x80, 0x100)
        if all(letter(byte, "cp1252") == letter(byte, other) for other in others)
    )


def _without_nul(text: str, source: str) -> str:
    if "\x00" in text:
        raise ArticleError(
            f"{source} is a binary file (it has NUL bytes). Expected UTF-8 text.", "article-binary", path=source
        )
    return text


def _wrong_encoding(path: Path, found: str, encoding: str) -> ArticleError:
    command = conversion(path, encoding)
    return ArticleError(
        f"{path} {found}. Expected UTF-8 text; convert it: {command}", "article-not-utf-8", path=path, command=command
    )
