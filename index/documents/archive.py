"""The members of a ZIP file, as Word and EPUB files are, within bounds: nothing is unpacked to a disk."""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from urllib.parse import unquote

from index.errors import ArticleError

MAX_BYTES = 200_000_000
# A book of 1,000 chapters, each with ten pictures.
MAX_MEMBERS = 20_000
# All that is read of one file, unpacked: a Word file's text of 3,000 pages has about 60 MB of XML.
MAX_UNPACKED = 100_000_000
# XML of many equal table cells shrinks to a sixtieth; a bomb to a thousandth.
MAX_RATIO = 200
# Below this, the ratio says nothing.
_SMALL = 2_000_000
_AT_ONCE = 256 * 1024


class Archive:
    """A ZIP file in memory, for reading some of its members.

    Names that point out of it ("../", "/etc/…", "C:…") are not among its members.
    """

    def __init__(self, content: bytes, source: str) -> None:
        """Open an archive.

        Raises:
            ArticleError: it is no ZIP file, is damaged, or is too large.
        """
        self._source = source
        self._left = MAX_UNPACKED
        if len(content) > MAX_BYTES:
            raise self._too_large(MAX_BYTES)
        # Before zipfile makes an object of each entry: each begins with this mark.
        if content.count(b"PK\x01\x02") > MAX_MEMBERS:
            raise ArticleError(
                f"{source} is an archive of more than {MAX_MEMBERS} files. Expected a document; give another one.",
                "archive-too-many-members",
                path=source,
                most=MAX_MEMBERS,
            )
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError) as error:
            raise self.damaged(str(error)) from error
        self._members: dict[str, zipfile.ZipInfo] = {}
        self._doubled: set[str] = set()
        for member in self._zip.infolist():
            name = safe_name(member.filename)
            if name and not member.is_dir():
                if name in self._members:
                    self._doubled.add(name)
                self._members[name] = member

    @property
    def names(self) -> list[str]:
        """The names of the members, in the order of the directory."""
        return list(self._members)

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def read(self, name: str) -> bytes:
        """Return a member's content.

        Raises:
            ArticleError: it is not there, is damaged, encrypted, there twice, or unpacks to too much.
        """
        member = self._members.get(name)
        if member is None:
            raise self.damaged(f"{name} is missing")
        if name in self._doubled:
            raise self.damaged(f"{name} is there twice")
        if member.flag_bits & 1:
            raise ArticleError(
                f"{self._source} is protected by a password. Expected a document without one; "
                "open it and save it without.",
                "archive-with-password",
                path=self._source,
            )
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise self.damaged(f"{name} is packed by method {member.compress_type}")
        # The directory may lie about the size: what counts is what comes out.
        most = min(self._left, max(_SMALL, MAX_RATIO * member.compress_size))
        parts = []
        found = 0
        try:
            with self._zip.open(member) as stream:
                while part := stream.read(_AT_ONCE):
                    found += len(part)
                    if found > most:
                        raise self._too_large(most)
                    parts.append(part)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError) as e:
            raise self.damaged(f"{name}: {e}") from e
        self._left -= found
        return b"".join(parts)

    def damaged(self, reason: str) -> ArticleError:
        """Return the error that says that the archive cannot be read, and why."""
        # Of a name in the file only the beginning: a message is one line.
        reason = " ".join("".join(c if c.isprintable() else " " for c in reason[:160]).split())
        return ArticleError(
            f"{self._source} is damaged ({reason}). Expected a whole file; download it again, or open and save it.",
            "archive-damaged",
            path=self._source,
            reason=reason,
        )

    def _too_large(self, most: int) -> ArticleError:
        return ArticleError(
            f"{self._source} unpacks to more than {most / 1e6:.0f} MB. Expected a document; split it, or save it anew.",
            "archive-too-large",
            path=self._source,
            most=round(most / 1e6),
        )


def safe_name(name: str) -> str:
    """Return a member's name, its path made short, or "" for one that leads out of the archive."""
    if not name or "\x00" in name or len(name) > 1000:
        return ""
    short = posixpath.normpath(name.replace("\\", "/"))
    if short.startswith(("/", "../")) or short in ("..", ".") or short[1:2] == ":":
        return ""
    return short


def resolve(base: str, link: str) -> str:
    """Return the name of the member that a link in the member `base` leads to, or "" for one outside of the archive."""
    path = unquote(link.split("#")[0].split("?")[0])
    if not path:
        return base
    if "://" in path:
        return ""
    return safe_name(path.lstrip("/") if path.startswith("/") else posixpath.join(posixpath.dirname(base), path))
