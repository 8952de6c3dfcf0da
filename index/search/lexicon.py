"""Numbered terms, looked up by what they are: sorted arrays, so that an archive's millions are mapped, not loaded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.arrays import GrowingArray, mapped, save_array

# Bytes of a term that are compared as one number.
_HEAD = 8
# Terms that are written at a time.
_BLOCK = 100_000


@dataclass(frozen=True)
class Lexicon:
    """The n terms of an index, by their numbers.

    Attributes:
        letters, ends: the terms in UTF-8, one after the other, and where each ends.
        order: the numbers of the terms, sorted by their bytes, shape (n,).
        heads: the first eight bytes of each, in that order, as a number: shape (n,).
    """

    letters: npt.NDArray[np.uint8]
    ends: npt.NDArray[np.int64]
    order: npt.NDArray[np.int32]
    heads: npt.NDArray[np.uint64]

    @classmethod
    def of(cls, terms: Iterable[str], folder: Path | None = None) -> Lexicon:
        """Return the lexicon of different terms in the order of their numbers.

        Args:
            folder: where it is written, and mapped from; None: it is in memory.
        """
        letters = GrowingArray(folder and _path(folder, "letters"), np.uint8)
        ends = GrowingArray(folder and _path(folder, "ends"), np.int64)
        heads = GrowingArray(None, np.uint64)
        rest = iter(terms)
        while block := [term.encode() for term in islice(rest, _BLOCK)]:
            ends.append(np.cumsum([len(term) for term in block], dtype=np.int64) + len(letters))
            letters.append(np.frombuffer(b"".join(block), np.uint8))
            padded = b"".join(term[:_HEAD].ljust(_HEAD, b"\0") for term in block)
            heads.append(np.frombuffer(padded, ">u8").astype(np.uint64))
        return cls._sorted(letters.done(), ends.done(), heads.done(), folder)

    @classmethod
    def _sorted(
        cls,
        letters: npt.NDArray[np.uint8],
        ends: npt.NDArray[np.int64],
        heads: npt.NDArray[np.uint64],
        folder: Path | None,
    ) -> Lexicon:
        order = np.argsort(heads, kind="stable").astype(np.int32)
        made = cls(letters, ends, order, heads[order])
        # Those whose heads are the same, by all of their bytes.
        starts = np.flatnonzero(np.diff(made.heads, prepend=made.heads[:1] + np.uint64(1)))
        many = np.diff(starts, append=len(order))
        for start, count in zip(starts[many > 1].tolist(), many[many > 1].tolist(), strict=True):
            order[start : start + count] = sorted(order[start : start + count].tolist(), key=made._bytes)
        if folder:
            made.save(folder)
            made = cls.load(folder)
        return made

    @classmethod
    def load(cls, folder: Path) -> Lexicon:
        """Map what `save` wrote. Raises OSError or ValueError where it is not as it was written."""
        arrays: dict[str, Any] = {field.name: mapped(_path(folder, field.name)) for field in fields(cls)}
        return cls(**arrays)

    def save(self, folder: Path) -> None:
        """Write into a folder, as arrays without pickle."""
        for field in fields(self):
            save_array(_path(folder, field.name), getattr(self, field.name))

    def __len__(self) -> int:
        return len(self.ends)

    def term(self, number: int) -> str:
        """Return the term of a number."""
        return self._bytes(number).decode()

    def number(self, term: str) -> int | None:
        """Return the number of a term; None where there is no such term."""
        sought = term.encode()
        head = np.uint64(int.from_bytes(sought[:_HEAD].ljust(_HEAD, b"\0"), "big"))
        low, end = (int(np.searchsorted(self.heads, head, side=side)) for side in ("left", "right"))
        high = end
        while low < high:
            middle = (low + high) // 2
            if self._bytes(int(self.order[middle])) < sought:
                low = middle + 1
            else:
                high = middle
        if low == end or self._bytes(found := int(self.order[low])) != sought:
            return None
        return found

    def _bytes(self, number: int) -> bytes:
        return self.letters[self.ends[number - 1] if number else 0 : self.ends[number]].tobytes()


def _path(folder: Path, name: str) -> Path:
    return folder / f"terms.{name}.npy"
