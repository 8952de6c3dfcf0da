"""Assistants and texts that let a second request of a session run in the middle of a first one, for test_session.py."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from index import Article
from rag import Assistant

# How long the second request may take; a lock may also hold it until the first one is done.
SECONDS = 0.5


def meanwhile(act: Callable[[], object]) -> Callable[[], None]:
    """Return a function that runs `act` once, in another thread, and waits for it at most SECONDS."""
    threads = [threading.Thread(target=act, daemon=True)]

    def do() -> None:
        while threads:
            thread = threads.pop()
            thread.start()
            thread.join(SECONDS)

    return do


class Between(Assistant):
    """The real assistant, which calls `happens` after an answer was made and before it is in the conversation."""

    come = False
    happens: Callable[[], None] | None = None

    def stream(self, *asked: Any, **more: Any) -> Iterator[Any]:
        for step in super().stream(*asked, **more):
            self.come = step.kind == "answer"
            yield step
        self.come = False

    @property
    def articles(self) -> Sequence[Article]:
        if self.come and self.happens:
            self.happens()
        return super().articles


class Examples(dict[Any, Any]):
    """No examples; calls `happens` when a log that is being made looks for them."""

    happens: Callable[[], None] | None = None

    def get(self, *asked: Any) -> Any:
        if self.happens:
            self.happens()
        return super().get(*asked)
