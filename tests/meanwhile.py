"""What holds one request of a session where another one has to come between. Used by test_at_once.py."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

from index import Article
from rag import Assistant

# What the other one may take; it may also be held back until the first one is done.
SECONDS = 0.5


def meanwhile(act: Callable[[], object]) -> Callable[[], None]:
    """Return what does something once, in another thread, and waits for it as long as that is not held back."""
    threads = [threading.Thread(target=act, daemon=True)]

    def do() -> None:
        while threads:
            thread = threads.pop()
            thread.start()
            thread.join(SECONDS)

    return do


class Between(Assistant):
    """The real assistant; something happens after an answer has come and before it stands in the conversation."""

    come = False
    happens: Callable[[], None] | None = None

    def stream(self, *asked: Any, **more: Any) -> Iterator[Any]:
        for step in super().stream(*asked, **more):
            self.come = step.kind == "answer"
            yield step
        self.come = False

    @property
    def articles(self) -> tuple[Article, ...]:
        if self.come and self.happens:
            self.happens()
        return super().articles


class Examples(dict[Any, Any]):
    """No examples; something happens while a log is made, which looks for them."""

    happens: Callable[[], None] | None = None

    def get(self, *asked: Any) -> Any:
        if self.happens:
            self.happens()
        return super().get(*asked)
