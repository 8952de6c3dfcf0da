"""Work in a thread of its own, watched step by step by a page."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

Step = TypeVar("Step")
Result = TypeVar("Result")

SECONDS_BETWEEN_STEPS = 0.25


@dataclass(frozen=True, slots=True)
class Done(Generic[Result]):
    """What the work gave, its last step."""

    result: Result


def watched(
    work: Callable[[Callable[[Step], None], Callable[[], bool]], Result], name: str
) -> Iterator[Step | Done[Result]]:
    """Do some work, yielding its steps and, last, what it gave.

    Steps that nobody waited for are left out. Whoever stops asking for the next one gives the work up.

    Args:
        work: called in the thread with what takes a step, and what says whether it was given up.
        name: the thread's.

    Raises:
        BaseException: whatever the work raises.
    """
    steps: queue.SimpleQueue[Step | Done[Result] | _Failed] = queue.SimpleQueue()
    given_up = threading.Event()

    def do() -> None:
        try:
            steps.put(Done(work(steps.put, given_up.is_set)))
        except BaseException as error:
            steps.put(_Failed(error))

    threading.Thread(target=do, name=name, daemon=True).start()
    shown_at = 0.0
    try:
        while True:
            step = steps.get()
            if not isinstance(step, (Done, _Failed)):
                time.sleep(max(0.0, shown_at + SECONDS_BETWEEN_STEPS - time.monotonic()))
                shown_at = time.monotonic()
                # What came meanwhile takes its place, so that the last one shown is never behind for long.
                newest = step
                while not isinstance(step, (Done, _Failed)):
                    newest = step
                    try:
                        step = steps.get_nowait()
                    except queue.Empty:
                        break
                yield newest
            if isinstance(step, _Failed):
                raise step.error
            if isinstance(step, Done):
                yield step
                return
    finally:
        given_up.set()


@dataclass(frozen=True, slots=True)
class _Failed:
    error: BaseException
