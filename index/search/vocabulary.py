"""The words of an index as its articles write them, looked up by what they are, or by what they are nearly.

Kept as sorted arrays, so that an archive's millions of words are mapped from the disk, not loaded. A word that is
nearly there is found in two steps: of the words of about its length, those with about the same letters (bits of a
signature, compared for a whole array at once); of these the exact distance, counted by rapidfuzz.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.arrays import GrowingArray, mapped, save_array
from index.search.word_counts import HYPHENS, LONGEST, WORD, Form, WordCounts, key_of

__all__ = ["LARGE", "LONGEST", "SMALL", "UNKNOWN", "WORD", "Vocabulary", "key_of"]

UNKNOWN, SMALL, LARGE = range(3)
# Keys that are written at a time.
_BLOCK = 10_000
# The arrays that grow by key.
_TYPES: dict[str, type] = {
    "keys": np.uint8,
    "key_ends": np.int64,
    "written": np.uint8,
    "written_ends": np.int64,
    "counts": np.int32,
    "signatures": np.uint64,
    "case": np.uint8,
    "has_twin": np.bool_,
}


@dataclass(frozen=True)
class Vocabulary:
    """The n distinct words and numbers of some texts, by key, sorted by the key's length and then by the key.

    Attributes:
        keys, key_ends: the keys in UTF-8, one after the other, and where each ends.
        written, written_ends: the same of the form that is written most, inside a sentence where it occurs there.
        starts: the first row of each length, 0 to LONGEST + 1.
        counts: how often each occurs.
        signatures: which letters a key has, and which twice (`_signature`).
        case: SMALL where a form with a small first letter occurs inside a sentence, LARGE where only others do, UNKNOWN
            where the word only opens sentences.
        has_twin: whether forms occur that differ in more than case and hyphens ("schon", "schön").
    """

    keys: npt.NDArray[np.uint8]
    key_ends: npt.NDArray[np.int64]
    written: npt.NDArray[np.uint8]
    written_ends: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int32]
    signatures: npt.NDArray[np.uint64]
    case: npt.NDArray[np.uint8]
    has_twin: npt.NDArray[np.bool_]

    @classmethod
    def build(cls, sentences: Iterable[str]) -> Vocabulary:
        """Collect the words and numbers of sentences."""
        counts = WordCounts()
        for sentence in sentences:
            counts.add(sentence)
        return cls.of(counts)

    @classmethod
    def of(cls, counts: WordCounts, folder: Path | None = None) -> Vocabulary:
        """Return the vocabulary of words that were counted, written into a folder where there is one."""
        if folder:
            folder.mkdir()
        made = {name: GrowingArray(folder and folder / f"{name}.npy", dtype) for name, dtype in _TYPES.items()}
        of_length = np.zeros(LONGEST + 2, np.int64)
        rows = counts.by_key()
        while block := list(islice(rows, _BLOCK)):
            keys, forms = [key for key, _ in block], [some for _, some in block]
            np.add.at(of_length, [len(key) + 1 for key in keys], 1)
            best = [max(some, key=lambda form: (form.inside, form.opening)).text for some in forms]
            for letters, ends, said in (("keys", "key_ends", keys), ("written", "written_ends", best)):
                encoded = [word.encode() for word in said]
                made[ends].append(np.cumsum([len(word) for word in encoded], dtype=np.int64) + len(made[letters]))
                made[letters].append(np.frombuffer(b"".join(encoded), np.uint8))
            made["counts"].append(np.asarray([sum(one.inside + one.opening for one in some) for some in forms]))
            made["signatures"].append(np.asarray([_signature(key) for key in keys], np.uint64))
            made["case"].append(np.asarray([_case([one.text for one in some if one.inside]) for some in forms]))
            made["has_twin"].append(np.asarray([_has_twin(some) for some in forms]))
        found: dict[str, Any] = {name: one.done() for name, one in made.items()}
        vocabulary = cls(**found, starts=np.cumsum(of_length))
        if folder:
            vocabulary.save(folder)
        return vocabulary

    @classmethod
    def load(cls, folder: Path) -> Vocabulary:
        """Read what `save` wrote."""
        arrays: dict[str, Any] = {field.name: mapped(folder / f"{field.name}.npy") for field in fields(cls)}
        return cls(**arrays)

    def save(self, folder: Path) -> None:
        """Write into a folder, as arrays without pickle."""
        folder.mkdir(exist_ok=True)
        for field in fields(self):
            save_array(folder / f"{field.name}.npy", getattr(self, field.name))

    def __len__(self) -> int:
        return len(self.counts)

    def row(self, key: str) -> int | None:
        """Return the row of a key, None where there is none."""
        if not 0 < len(key) <= LONGEST:
            return None
        start, end = self.starts[len(key) : len(key) + 2].tolist()
        row = self._place(key, start, end)
        return row if row < end and self.key(row) == key else None

    def key(self, row: int) -> str:
        """Return the key of a row."""
        return _part(self.keys, self.key_ends, row)

    def form(self, row: int) -> str:
        """Return the word of a row as the articles write it most."""
        return _part(self.written, self.written_ends, row)

    def near(self, key: str, distance: int) -> list[tuple[int, int]]:
        """Return (distance, row) of the keys that one typo makes of a key, or up to `distance` after the first letter.

        A typo drops, adds or changes a letter or swaps two neighbours (optimal string alignment, a restricted
        Damerau-Levenshtein distance). Nearest first.
        """
        rows = self._alike(key, 1, key[:0])
        if distance > 1:
            rows |= self._alike(key, distance, key[:1])
        from rapidfuzz.distance import OSA

        found = [(OSA.distance(key, self.key(row), score_cutoff=distance), row) for row in rows]
        return sorted(pair for pair in found if pair[0] <= distance)

    def _alike(self, key: str, distance: int, prefix: str) -> set[int]:
        """Return the rows of keys of about the same length and letters; with a prefix, of those that begin with it."""
        rows: set[int] = set()
        own = np.uint64(_signature(key))
        for length in range(max(len(key) - distance, 1), min(len(key) + distance, LONGEST) + 1):
            start, end = self.starts[length : length + 2].tolist()
            if prefix:
                start, end = self._place(prefix, start, end), self._place(prefix + chr(0x10FFFF), start, end)
            # A changed letter takes one from the signature and puts one in.
            differing = np.bitwise_count(self.signatures[start:end] ^ own)
            rows.update((np.flatnonzero(differing <= 2 * distance) + start).tolist())
        return rows

    def _place(self, key: str, low: int, high: int) -> int:
        """Return the first row from `low` to `high`, of keys of one length, that is not before a key."""
        while low < high:
            middle = (low + high) // 2
            if self.key(middle) < key:
                low = middle + 1
            else:
                high = middle
        return low


def _case(inside: list[str]) -> int:
    return UNKNOWN if not inside else SMALL if any(word[0].islower() for word in inside) else LARGE


def _has_twin(forms: list[Form]) -> bool:
    return len({HYPHENS.sub("", form.text.casefold()) for form in forms}) > 1


def _part(letters: npt.NDArray[np.uint8], ends: npt.NDArray[np.int64], row: int) -> str:
    return letters[ends[row - 1] if row else 0 : ends[row]].tobytes().decode()


def _signature(key: str) -> int:
    """Return a bit for each letter that a key has, in the lower half, and for each that it has again, in the upper."""
    once = twice = 0
    for character in key:
        bit = 1 << (ord(character) & 31)
        twice |= once & bit
        once |= bit
    return once | twice << 32
