"""What a server computes: tasks in threads of their own, whose progress a page shows, and how all of it ends."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import Future, wait
from typing import TYPE_CHECKING, TypeVar

from index.errors import BelegError

if TYPE_CHECKING:
    from rag import Assistant


class Cancelled(Exception):  # noqa: N818 - not an error, like KeyboardInterrupt
    """A task was cancelled by its user."""


Step = TypeVar("Step")
Result = TypeVar("Result")

SECONDS_BETWEEN_STEPS = 0.25
SECONDS_BETWEEN_LOOKS = 0.02
# Of an index folder; it costs one look at a file.
SECONDS_BETWEEN_REFRESHES = 1.0
# The packages whose work takes long.
COMPUTING = ("index", "rag")


class Work:
    """All that is computed for one server: it can be told to end, and waited for."""

    def __init__(self) -> None:
        self._ends = threading.Event()

    @property
    def ends(self) -> bool:
        """Whether the server ends: what has several steps begins no other."""
        return self._ends.is_set()

    def end(self) -> None:
        """Tell all tasks to end."""
        self._ends.set()

    def wait(self, until: float) -> None:
        """Wait until nothing is computed in this process, and at most until `time.monotonic` says so.

        Python aborts the process where it ends while a thread is in the middle of a library's code, such as torch's.
        """
        while _is_computing() and time.monotonic() < until:
            time.sleep(SECONDS_BETWEEN_LOOKS)

    def watch(
        self,
        task: Callable[[Callable[[Step], None], Callable[[], bool]], Result],
        name: str,
        is_cancelled: Callable[[], bool] = lambda: False,
    ) -> Generator[Step, None, Result]:
        """Run a task in a thread, yield its newest step four times a second, and return its result.

        Closing the generator tells the task to end, and so does cancelling it, and the server's end. None of them waits
        for the task, which may itself wait for a slow server.

        Args:
            task: it gets a function that takes each step, and one that says whether it is to end.
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
                result.set_result(task(newest.append, lambda: given_up.is_set() or self.ends))
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


def follow(assistant: Assistant, work: Work) -> None:
    """Take over an assistant's index folder whenever it is written anew, until the server ends.

    What goes wrong is logged once, and tried again.
    """
    said = ""
    while not work.ends:
        time.sleep(SECONDS_BETWEEN_REFRESHES)
        try:
            assistant.refresh()
            said = ""
        except BelegError as error:
            if str(error) != said:
                logging.getLogger(__name__).error("The index is not taken over: %s", error)
            said = str(error)


def _is_computing() -> bool:
    """Return whether another thread is in one of the packages that compute, or in what they have called."""
    for thread, innermost in sys._current_frames().items():
        frame = innermost if thread != threading.get_ident() else None
        while frame is not None:
            if str(frame.f_globals.get("__name__")).partition(".")[0] in COMPUTING:
                return True
            frame = frame.f_back
    return False
