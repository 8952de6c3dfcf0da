"""Tasks in threads of their own: their steps, their result, their errors and their end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from rag import Assistant
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


def test_the_servers_end_ends_its_tasks_and_waits_for_what_computes(two_articles: Assistant) -> None:
    work, begun, ended = Work(), threading.Event(), threading.Event()

    def progress(what: str, done: int, total: int) -> None:
        begun.set()
        ended.wait(0.1)

    def task(show: Callable[[int], None], given_up: Callable[[], bool]) -> None:
        while not given_up():
            two_articles.encoder.token_counts(["a"], progress)
        ended.set()

    watching = threading.Thread(target=lambda: list(work.watch(task, "a task")))
    watching.start()
    assert begun.wait(30)
    work.wait(time.monotonic() + 0.01)
    assert not ended.is_set(), "no longer than it may"
    work.end()
    work.wait(time.monotonic() + 30)
    assert ended.wait(1)
    watching.join(30)
