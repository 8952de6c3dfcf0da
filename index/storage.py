"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from index.errors import BelegError


@contextmanager
def whole_file(path: Path, error: type[BelegError]) -> Iterator[Path]:
    """Give a file to write into beside `path`, which it takes the place of when the block ends without an error.

    A pipe, a terminal or /dev/null is written to as it is: no file takes its place.

    Args:
        error: what to raise where it cannot be written; what was there before is then unchanged.
    """
    scratch: Path | None = None
    try:
        if path.exists() and not stat.S_ISREG(path.stat().st_mode):
            if path.is_dir():
                raise error(f"cannot write {path}: it is a folder. Expected a file's name.")
            yield path
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}-", suffix=".part", dir=path.parent)
        os.close(handle)
        scratch = Path(name)
        scratch.chmod(0o666 & ~_umask())
        yield scratch
        scratch.replace(path)
    except OSError as reason:
        raise error(
            f"cannot write {path}: {reason.strerror or reason}. What was there before is unchanged; "
            "free some disk or choose another file."
        ) from reason
    finally:
        if scratch is not None:
            with suppress(OSError):
                scratch.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


# Where Beleg keeps what it can make again: the unpacked model and the indexes of articles asked before.


def cache_folder() -> Path:
    """The user's cache folder for Beleg: `$BELEG_CACHE`, or what the operating system provides for it."""
    if chosen := os.environ.get("BELEG_CACHE"):
        return Path(chosen).expanduser()
    from platformdirs import user_cache_path

    return user_cache_path("beleg", appauthor=False)
