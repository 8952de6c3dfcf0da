"""The bar of an evaluation, with the score so far."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn


class EvaluationBar:
    """Draws on standard error, where that is a terminal; nothing at all until called.

    Attributes:
        done: how many questions were asked.
    """

    def __init__(self, console: Console) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(None), MofNCompleteColumn(), TimeRemainingColumn())
        self._bar = Progress(*columns, TextColumn("{task.fields[score]}"), console=console, transient=True)
        self._shown = console.is_terminal
        self._asking: TaskID | None = None
        self._indexing: TaskID | None = None
        self.done = 0

    def asked(self, done: int, total: int, score: Mapping[str, float]) -> None:
        """Say how many of the questions were asked."""
        self.done = done
        if not self._shown:
            return
        self._bar.start()
        said = "  ".join(f"{name} {value:.3f}" for name, value in score.items())
        if self._asking is None:
            self._asking = self._bar.add_task("asking", total=total, score=said)
        self._bar.update(self._asking, completed=done, score=said)

    def indexed(self, what: str, done: int, total: int) -> None:
        """Say how far the making of an index is; the bar goes when it is made."""
        if not self._shown:
            return
        self._bar.start()
        if self._indexing is None:
            self._indexing = self._bar.add_task(what, score="")
        self._bar.update(self._indexing, description=what, completed=done, total=total, visible=done < total)

    def stop(self) -> None:
        """Take it away."""
        # Where it was never drawn, stopping it would print an empty line.
        if self._shown:
            self._bar.stop()


@contextmanager
def evaluation_bar() -> Iterator[EvaluationBar]:
    """Give a bar that is gone when the block ends."""
    bar = EvaluationBar(Console(stderr=True, force_terminal=sys.stderr.isatty()))
    try:
        yield bar
    finally:
        bar.stop()
