"""So many a minute: counted by user, session and network address."""

from __future__ import annotations

import threading
import time
from time import sleep

import pytest

from index.errors import LimitError
from ui.web.limits import (
    ALONE,
    SHARED,
    Caller,
    Limits,
    QuestionLimit,
    RateLimit,
    default_limits,
    is_loopback,
    network_of,
)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """What the time is, for the library too."""
    clock = Clock()
    monkeypatch.setattr(time, "time", clock)
    return clock


def test_a_minute_after_the_first_there_is_room_for_one(clock: Clock) -> None:
    rate = RateLimit()
    for _ in range(3):
        assert rate.take({"anna": 3})[1] == 0
        clock.now += 10
    assert rate.take({"anna": 3}) == (3, 30.0)
    assert rate.take({"bert": 3})[1] == 0, "who is another"
    clock.now = 60.5
    assert rate.take({"anna": 3})[1] == 0
    assert rate.take({"anna": 3}) == (3, 9.5)


def test_what_one_key_has_no_room_for_is_counted_under_none(clock: Clock) -> None:
    rate = RateLimit()
    assert rate.take({"session": 1, "address": 2})[1] == 0
    assert rate.take({"session": 1, "address": 2}) == (1, 60.0)
    assert rate.take({"another session": 1, "address": 2})[1] == 0
    assert rate.take({"a third": 1, "address": 2}) == (2, 60.0)


def test_several_at_once_count_as_so_many_and_never_wait_for_ever(clock: Clock) -> None:
    rate = RateLimit()
    assert rate.take({"anna": 3}, times=2)[1] == 0
    clock.now = 5
    assert rate.take({"anna": 3}, times=2) == (3, 55.0)
    assert rate.take({"anna": 3})[1] == 0
    clock.now = 10
    assert rate.take({"anna": 3}, times=3) == (3, 55.0), "until the last one that is in the way has gone"
    assert rate.take({"bert": 3}, times=50)[1] == 0, "as many as there may be"
    assert rate.take({"bert": 3}) == (3, 60.0)


def test_what_is_given_back_was_not_taken(clock: Clock) -> None:
    rate = RateLimit()
    assert rate.take({"anna": 1})[1] == 0
    rate.give_back({"anna": 1, "nobody": 1})
    assert rate.take({"anna": 1})[1] == 0
    assert rate.take({"anna": 1})[1] == 60


def test_who_never_comes_back_takes_no_memory(clock: Clock) -> None:
    rate = RateLimit()
    for number in range(50):
        rate.take({f"session {number}": 3})
    for minute in (1.1, 2.2, 3.3):
        clock.now = 60 * minute
        rate.take({"anna": 3})
        for _ in range(100):
            if len(rate._storage.events) <= 2:
                return
            sleep(0.01)
    raise AssertionError(len(rate._storage.events))


def test_threads_together_take_no_more_than_there_is() -> None:
    rate = RateLimit()
    admitted: list[int] = []

    def ask() -> None:
        for _ in range(200):
            if rate.take({"anna": 300})[1] == 0:
                admitted.append(1)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(admitted) == 300


def test_a_user_has_one_limit_from_wherever_they_ask() -> None:
    limit = QuestionLimit(Limits(questions_a_minute=2))
    limit.admit(Caller("anna", "s1", "192.0.2.1"))
    limit.admit(Caller("anna", "s2", "192.0.2.2"))
    with pytest.raises(LimitError, match=r"^Too many questions: 2 a minute\. Wait (59|60) seconds\.$"):
        limit.admit(Caller("anna", "s3", "192.0.2.3"))
    limit.admit(Caller("bert", "s1", "192.0.2.1"))


def test_new_sessions_from_one_address_do_not_go_on_for_ever() -> None:
    limit = QuestionLimit(Limits(questions_a_minute=2, sessions_an_address=3))
    for session in range(3):
        for _ in range(2):
            limit.admit(Caller(None, f"s{session}", "192.0.2.1"))
        with pytest.raises(LimitError):
            limit.admit(Caller(None, f"s{session}", "192.0.2.1"))
    with pytest.raises(LimitError, match="6 a minute"):
        limit.admit(Caller(None, "s9", "192.0.2.1"))
    limit.admit(Caller(None, "s9", "192.0.2.2"))


def test_a_history_counts_as_the_questions_that_it_is() -> None:
    limit = QuestionLimit(Limits(questions_a_minute=3))
    anna = Caller("anna", None, "")
    limit.admit_call(anna, "articles", {"title": ""})
    limit.admit_call(anna, "ask", {"question": "Und wo?", "history": ["Wann?", "Wer?"]})
    with pytest.raises(LimitError):
        limit.admit_call(anna, "retrieve", {"question": "Wer?"})
    limit.admit_call(anna, "read_sentence", {"article_id": "", "sentence_index": 0})


def test_who_is_alone_on_the_machine_is_never_held_back() -> None:
    assert default_limits("127.0.0.1", login=False) is default_limits("localhost", login=False) is ALONE
    limit = QuestionLimit(ALONE)
    for _ in range(10_000):
        limit.admit(Caller(None, "s", "127.0.0.1"), questions=21)
    assert ALONE.waiting is None


def test_others_are_held_back_where_they_can_come_in() -> None:
    for host in ("0.0.0.0", "::", "192.0.2.1", "beleg.example"):  # noqa: S104
        assert not is_loopback(host) and default_limits(host, login=False) is SHARED
    assert default_limits("127.0.0.1", login=True) is SHARED, "by way of what puts TLS in front"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_an_ipv6_caller_is_a_whole_network(address: str, network: str) -> None:
    assert network_of(address) == network
