"""Files and folders that are written whole or not at all, and the cache folder."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from platformdirs import user_cache_path

from index.errors import BelegError


@contextmanager
def whole_file(path: Path, error: type[BelegError]) -> Iterator[Path]:
    """Give a file to write into, which replaces `path` when the block ends without an error.

    A pipe, a terminal or /dev/null is written to directly and not replaced.

    Args:
        error: raised where the file cannot be written; what was there before is then unchanged.
    """
    scratch: Path | None = None
    try:
        if path.exists() and not stat.S_ISREG(path.stat().st_mode):
            if path.is_dir():
                raise error(f"cannot write {path}: it is a folder. Expected a file's name.", "not-a-file", path=path)
            yield path
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}-", suffix=".part", dir=path.parent)
        os.close(handle)
        scratch = Path(name)
        scratch.chmod(0o666 & ~_umask())
        yield scratch
        scratch.replace(path)
    except OSError as failure:
        reason = failure.strerror or failure
        raise error(
            f"cannot write {path}: {reason}. What was there before is unchanged; "
            "free some disk or choose another file.",
            "file-not-written",
            path=path,
            reason=reason,
        ) from failure
    finally:
        if scratch is not None:
            with suppress(OSError):
                scratch.unlink(missing_ok=True)


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Give a folder to write into, which replaces `folder` when the block ends without an error.

    Raises:
        OSError: it cannot be written; what was there before is unchanged.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        yield scratch
        scratch.chmod(0o755)
        if not folder.exists() or is_empty_folder(folder):
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
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def is_empty_folder(folder: Path) -> bool:
    """Return whether a path is a folder with nothing in it."""
    return folder.is_dir() and not any(folder.iterdir())


def sha256_of(path: Path) -> str:
    """Return the hexadecimal sha256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def files_below(folder: Path) -> dict[str, Path]:
    """Return all files below a folder by their names relative to it, with "/", sorted."""
    return {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}


def cache_folder() -> Path:
    """Return the folder for what can be made again: `$BELEG_CACHE`, or the user's cache folder for Beleg."""
    if chosen := os.environ.get("BELEG_CACHE"):
        return Path(chosen).expanduser()
    return user_cache_path("beleg", appauthor=False)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
