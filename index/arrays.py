"""Arrays whose rows are appended: kept in memory, or written to a file as they come and mapped from there."""

from __future__ import annotations

import mmap
from collections.abc import Callable
from io import BufferedRandom
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt


class GrowingArray:
    """An array that is appended to. Its file is the one that `numpy.save` writes, byte for byte.

    Args:
        path: of the `.npy` file; None: it is kept in memory.
        dtype: of its elements.
        width: the shape of a row; () for a single number.
    """

    def __init__(self, path: Path | None, dtype: npt.DTypeLike, width: tuple[int, ...] = ()) -> None:
        self._path, self._dtype, self._width = path, np.dtype(dtype), width
        self._rows = 0
        self._blocks: list[npt.NDArray[Any]] = []
        self._file: BufferedRandom | None = None
        if path is not None:
            self._file = path.open("w+b")
            self._write_header()

    def __len__(self) -> int:
        return self._rows

    def append(self, rows: npt.NDArray[Any]) -> None:
        """Append rows, shape (k, *width). Raises OSError for a full disk."""
        block = np.ascontiguousarray(rows, self._dtype)
        self._rows += len(block)
        if self._file:
            self._file.write(block.data)
        else:
            self._blocks.append(block)

    def done(self) -> npt.NDArray[Any]:
        """Return the array, shape (n, *width), mapped where it is in a file. Nothing can be appended any more."""
        if not self._file or not self._path:
            found = np.concatenate([np.zeros((0, *self._width), self._dtype), *self._blocks])
            self._blocks = []
            return found
        self._file.seek(0)
        self._write_header()
        self._file.close()
        return mapped(self._path)

    def _write_header(self) -> None:
        # numpy leaves room in it for any number of rows, so that it is as long in the end.
        head = {"descr": self._dtype.str, "fortran_order": False, "shape": (self._rows, *self._width)}
        np.lib.format.write_array_header_1_0(self._file, head)  # type: ignore[arg-type]


def mapped(path: Path) -> npt.NDArray[Any]:
    """Map the array of a `.npy` file. Raises OSError or ValueError for a file that is none."""
    # As a plain array: a memmap takes four times as long to give an element, and ten times to give a slice.
    return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))


def save_array(path: Path, array: npt.NDArray[Any]) -> None:
    """Write an array to a `.npy` file, unless it is mapped from there."""
    whole = _file_of(array)
    # A part of a mapped array is not all of the file.
    if whole is None or whole.shape != array.shape or str(whole.filename) != str(path.resolve()):
        np.save(path, array, allow_pickle=False)


def release(*arrays: npt.NDArray[Any]) -> None:
    """Take the pages of mapped arrays out of this process's memory: they are read again where they are needed."""
    for array in arrays:
        held = getattr(_file_of(array), "_mmap", None)
        advise: Callable[[int], None] | None = getattr(held, "madvise", None)
        if advise and hasattr(mmap, "MADV_DONTNEED"):
            advise(mmap.MADV_DONTNEED)


def _file_of(array: npt.NDArray[Any]) -> np.memmap[Any, Any] | None:
    """Return all of the file that an array is mapped from; None for one in memory."""
    found: Any = array
    while not (isinstance(found, np.memmap) and isinstance(found.base, mmap.mmap)):
        if not isinstance(found, np.ndarray):
            return None
        found = found.base
    return found


def runs(starts: npt.NDArray[np.int64], lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the numbers of some runs, one run after the other."""
    places: npt.NDArray[np.int64] = np.arange(lengths.sum()) + np.repeat(
        starts - (np.cumsum(lengths) - lengths), lengths
    )
    return places
