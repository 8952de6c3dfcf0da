"""The outcomes of an evaluation, kept in a temporary file: memory does not grow with their number."""

from __future__ import annotations

import json
import tempfile
import threading
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import overload

from index.errors import ReportError
from rag.evaluation.outcome import Outcome


class Outcomes(Sequence[Outcome]):
    """A sequence that one appends to; each item is read from disk when asked for. Threads may share it.

    The file has no name in the file system, or loses it with the process, so nothing is left behind.
    """

    def __init__(self, outcomes: Iterable[Outcome] = ()) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as this object lives
        self._ends = array("Q", [0])
        self._lock = threading.Lock()
        for outcome in outcomes:
            self.append(outcome)

    def append(self, outcome: Outcome) -> None:
        """Add one at the end.

        Raises:
            ReportError: the disk is full.
        """
        # A lone surrogate, which a question from a JSON file may have, is no character of UTF-8.
        line = json.dumps(outcome.to_dict(), ensure_ascii=False, allow_nan=False).encode("utf-8", "replace") + b"\n"
        with self._lock:
            try:
                self._file.seek(self._ends[-1])
                self._file.write(line)
                self._file.flush()
            except OSError as error:
                raise ReportError(
                    f"cannot keep the outcomes in {tempfile.gettempdir()}: {error.strerror}. Expected room for about "
                    "3 KB a question; free some disk, or set TMPDIR to a folder with more."
                ) from error
            self._ends.append(self._ends[-1] + len(line))

    def lines(self) -> Iterator[str]:
        """Yield each as one line of JSON, without the line's end."""
        for number in range(len(self)):
            yield self._line(number)

    def close(self) -> None:
        """Free the disk now rather than when the last reference goes; nothing can be read afterwards."""
        self._file.close()

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __iter__(self) -> Iterator[Outcome]:
        return (Outcome.from_dict(json.loads(line)) for line in self.lines())

    @overload
    def __getitem__(self, number: int) -> Outcome: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[Outcome]: ...
    def __getitem__(self, number: int | slice) -> Outcome | Sequence[Outcome]:
        if isinstance(number, slice):
            return [self[place] for place in range(*number.indices(len(self)))]
        return Outcome.from_dict(json.loads(self._line(range(len(self))[number])))

    def _line(self, number: int) -> str:
        start, end = self._ends[number], self._ends[number + 1]
        with self._lock:
            self._file.seek(start)
            return self._file.read(end - start - 1).decode()
