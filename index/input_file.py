"""Files that are read: regular ones only, and no more of them than there was when they were opened."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

_KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}


def opened(path: Path) -> int:
    """Open a regular file for reading; return its descriptor, which the caller closes.

    Raises:
        FileNotFoundError: there is none.
        OSError: it cannot be read, or is no regular file: a pipe would be waited for, a device has no end. The system
            says why in `strerror`.
    """
    # Looked at first, because to open a device can already do something.
    _check_regular(path.stat().st_mode, path)
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        _check_regular(os.fstat(descriptor).st_mode, path)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def read_input(path: Path, most: int | None = None) -> bytes:
    """Return what is in a regular file, at most `most` bytes and one, which tells that there are more.

    A file that grows while it is read is read as far as it went when it was opened.

    Raises:
        OSError: as `opened` does.
    """
    with os.fdopen(opened(path), "rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        return stream.read(size if most is None else min(size, most + 1))


def _check_regular(mode: int, path: Path) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode):
        kind = _KINDS.get(stat.S_IFMT(mode), "no file")
        raise OSError(errno.EINVAL, f"it is {kind}, and only regular files are read", str(path))
