"""Files and folders that are written whole or not at all, and the cache folder.

What is written stands first beside its place, under a name that ends in SCRATCH, and is locked. The system drops the
lock of a process that ends, however it ends: what is not locked was left behind, and the next one takes or removes it.
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from platformdirs import user_cache_path

from index.errors import BelegError

if sys.platform != "win32":
    import fcntl

# How names end of what is being written, and of what was there before, where two folders cannot be exchanged at once.
SCRATCH = ".beleg-new"
BEFORE = ".beleg-before"
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_RENAME_SWAP = 2


@contextmanager
def whole_file(path: Path, error: type[BelegError]) -> Iterator[Path]:
    """Give a file to write into, which replaces `path` when the block ends without an error.

    A pipe, a terminal or /dev/null is written to directly and not replaced; a link's target is replaced, not the link.
    Of two processes that write the same file, one waits.

    Args:
        error: raised where the file cannot be written; what was there before is then unchanged.
    """
    scratch: Path | None = None
    lock = -1
    try:
        if path.exists() and not stat.S_ISREG(path.stat().st_mode):
            if path.is_dir():
                raise error(f"cannot write {path}: it is a folder. Expected a file's name.", "not-a-file", path=path)
            yield path
            return
        place = Path(os.path.realpath(path))
        place.parent.mkdir(parents=True, exist_ok=True)
        scratch = _beside(place, SCRATCH)
        lock = _claim(scratch, is_folder=False)
        os.truncate(scratch, 0)
        scratch.chmod(0o666 & ~_umask())
        yield scratch
        _sync(scratch)
        scratch.replace(place)
        _sync(place.parent)
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
        if scratch is not None and lock >= 0:
            with suppress(OSError):
                scratch.unlink(missing_ok=True)
            os.close(lock)


class NewFolder:
    """A folder that is being written and then takes the place of another, which nobody else writes meanwhile.

    Attributes:
        scratch: where to write.
    """

    def __init__(self, folder: Path, *, wait: bool = True) -> None:
        """Take the place of a folder, or of the one that a link leads to.

        Args:
            wait: until another process that writes it has ended.

        Raises:
            BlockingIOError: another process writes it, and `wait` is not set.
            OSError: its parent cannot be written.
        """
        self._place = Path(os.path.realpath(folder))
        self._made = [one for one in (self._place.parent, *self._place.parent.parents) if not one.exists()]
        self._place.parent.mkdir(parents=True, exist_ok=True)
        self.scratch, self._before = _beside(self._place, SCRATCH), _beside(self._place, BEFORE)
        self._locks = [_claim(self.scratch, is_folder=True, wait=wait)]
        _empty(self.scratch)
        if self._before.exists():
            if self._place.exists():
                shutil.rmtree(self._before, ignore_errors=True)
            else:
                self._before.replace(self._place)

    def put(self) -> None:
        """Put what was written in its place. Whoever looks there finds the old or the new, also if the power fails.

        Raises:
            OSError: it cannot be put there; what was there before is unchanged.
        """
        self.scratch.chmod(0o755)
        for path in (*self.scratch.rglob("*"), self.scratch):
            _sync(path)
        # An empty folder is replaced like none.
        if not self._place.exists() or is_empty_folder(self._place):
            self.scratch.replace(self._place)
        elif not self._exchanged():
            # `standing` finds it, until the new one is there.
            self._place.replace(self._before)
            try:
                self.scratch.replace(self._place)
            except OSError:
                self._before.replace(self._place)
                raise
        _sync(self._place.parent)
        shutil.rmtree(self._before, ignore_errors=True)

    def close(self) -> None:
        """Remove what is not in its place, and let others write there."""
        shutil.rmtree(self.scratch, ignore_errors=True)
        for lock in self._locks:
            os.close(lock)
        if not self._place.exists():
            for one in self._made:
                with suppress(OSError):
                    one.rmdir()

    def _exchanged(self) -> bool:
        # The old one gets the scratch folder's name, where nobody else may take it.
        self._locks.append(_claim(self._place, is_folder=True))
        return _exchange(self.scratch, self._place)


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Give a folder to write into, which replaces `folder` when the block ends without an error.

    Of two processes that write the same folder, one waits.

    Raises:
        OSError: it cannot be written; what was there before is unchanged.
    """
    new = NewFolder(folder)
    try:
        yield new.scratch
        new.put()
    finally:
        new.close()


def standing(folder: Path) -> Path:
    """Return where a folder is that `NewFolder` writes: itself, or what was there before, in the moment between."""
    if folder.exists():
        return folder
    before = _beside(Path(os.path.realpath(folder)), BEFORE)
    return before if before.is_dir() else folder


def clear_left(parent: Path) -> None:
    """Remove what processes that were killed left in a folder of the cache; what is being written stays."""
    with suppress(OSError):
        for path in parent.iterdir():
            if path.name.startswith(".") and path.is_dir() and not path.is_symlink():
                with suppress(OSError):
                    lock = _claim(path, is_folder=True, wait=False)
                    shutil.rmtree(path, ignore_errors=True)
                    os.close(lock)


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


def _beside(place: Path, ending: str) -> Path:
    return place.with_name(f".{place.name}{ending}")


def _claim(scratch: Path, *, is_folder: bool, wait: bool = True) -> int:
    """Make a file or folder, or take one that was left there, and lock it; return its open descriptor.

    Raises:
        BlockingIOError: another process holds it, and `wait` is not set.
        OSError: it cannot be made.
    """
    if sys.platform == "win32":
        # No folder can be locked there: what is left is taken, and two at once are not told apart.
        (scratch.mkdir if is_folder else scratch.touch)(exist_ok=True)
        return os.open(os.devnull, os.O_RDONLY)
    flags = os.O_RDONLY | os.O_DIRECTORY if is_folder else os.O_RDWR | os.O_CREAT
    while True:
        if is_folder:
            with suppress(FileExistsError):
                scratch.mkdir()
        try:
            lock = os.open(scratch, flags | os.O_NOFOLLOW, 0o666)
        except FileNotFoundError:
            # Its owner has just removed it.
            if is_folder and scratch.parent.is_dir():
                continue
            raise
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            # Its owner may have put it in its place, or removed it, while this one waited.
            if os.path.samestat(os.fstat(lock), scratch.stat()):
                return lock
            os.close(lock)
        except FileNotFoundError:
            os.close(lock)
        except BaseException:
            os.close(lock)
            raise


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step (Linux, macOS); return False where the system or the disk cannot."""
    if sys.platform == "win32":
        return False
    library = ctypes.CDLL(None, use_errno=True)
    names = os.fsencode(one), os.fsencode(other)
    if hasattr(library, "renameat2"):
        failed = library.renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE)
    elif hasattr(library, "renamex_np"):
        failed = library.renamex_np(*names, _RENAME_SWAP)
    else:
        return False
    if failed and (code := ctypes.get_errno()) not in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
        raise OSError(code, os.strerror(code), str(other))
    return not failed


def _sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    if sys.platform == "win32":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
