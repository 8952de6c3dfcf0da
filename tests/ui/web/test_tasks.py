"""Tasks in threads of their own: their steps, their result, their errors and their end."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from ui.web.tasks import Cancelled, Work


def test_the_newest_step_is_shown_and_the_result_returned() -> None:
    def work(show: Callable[[int], None], given_up: Callable[[], bool]) -> str:
        for number in range(1000):
            show(number)
        return "done"

    task = Work().watch(work, "a task")
    assert next(task) == 999
    with pytest.raises(StopIteration) as ended:
        next(task)
    assert ended.value.value == "done"


def test_an_error_of_the_task_is_raised_where_it_is_watched() -> None:
    def work(show: Callable[[int], None], given_up: Callable[[], bool]) -> None:
        raise OSError("full")

    with pytest.raises(OSError, match="full"):
        list(Work().watch(work, "a task"))


def test_a_task_that_nobody_watches_any_more_is_told_to_end() -> None:
    ended = threading.Event()

    def work(show: Callable[[int], None], given_up: Callable[[], bool]) -> None:
        show(1)
        while not given_up():
            ended.wait(0.01)
        ended.set()

    task = Work().watch(work, "a task")
    assert next(task) == 1
    task.close()
    assert ended.wait(5)


def test_a_cancelled_task_is_not_waited_for() -> None:
    ended = threading.Event()

    def work(show: Callable[[int], None], given_up: Callable[[], bool]) -> None:
        # It says nothing, like one that waits for a slow server.
        while not given_up():
            ended.wait(0.01)
        ended.set()

    with pytest.raises(Cancelled):
        list(Work().watch(work, "a task", lambda: True))
    assert ended.wait(5)
