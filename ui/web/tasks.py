"""A task in a thread of its own, whose progress a page shows."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import Future, wait
from typing import TypeVar


class Cancelled(Exception):  # noqa: N818 - not an error, like KeyboardInterrupt
    """A task was cancelled by its user."""


Step = TypeVar("Step")
Result = TypeVar("Result")

SECONDS_BETWEEN_STEPS = 0.25


def watched(
    work: Callable[[Callable[[Step], None], Callable[[], bool]], Result],
    name: str,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Generator[Step, None, Result]:
    """Run a task in a thread, yield its newest step four times a second, and return its result.

    Closing the generator tells the task to end, and so does cancelling it. Neither waits for the task, which may itself
    wait for a slow server.

    Args:
        work: the task. It gets a function that takes each step, and one that says whether the task is to end.
        name: the thread's name.
        is_cancelled: whether the user cancelled the task.

    Raises:
        Cancelled: it was cancelled.
        BaseException: what the task raises.
    """
    newest: deque[Step] = deque(maxlen=1)
    given_up = threading.Event()
    result: Future[Result] = Future()

    def run() -> None:
        try:
            result.set_result(work(newest.append, given_up.is_set))
        except BaseException as error:
            result.set_exception(error)

    threading.Thread(target=run, name=name, daemon=True).start()
    try:
        while wait([result], SECONDS_BETWEEN_STEPS).not_done:
            if is_cancelled():
                raise Cancelled
            if newest:
                yield newest.pop()
        if newest:
            yield newest.pop()
        return result.result()
    finally:
        given_up.set()
