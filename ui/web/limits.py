"""How much a web chat lets anyone ask of it, and who counts as one: a user, a session, a network address."""

from __future__ import annotations

import ipaddress
import math
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from index.errors import LimitError
from ui.texts import Texts

if TYPE_CHECKING:
    from limits import RateLimitItem

# Where a request's ASGI scope says who is logged in.
USER = "beleg.user"
WINDOW_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a web chat; how long a question may be is among the answers' own settings (`rag.Settings`).

    Attributes:
        questions_a_minute: of one user, or where there is no login, of one session; None: unlimited.
        ratings_a_minute: thumbs and notes, of the same; each is a line in a file.
        fetches_a_minute: web addresses that are added as articles, of the same; each asks another's server.
        sessions_an_address: one network address, which a household or a school shares, may ask this many times as
            much as one session. Otherwise a program could take a new session for each question.
        additions_a_minute: texts and files that are added as articles, of the same; each is indexed.
        evaluations_a_minute: of the same.
        waiting: how many questions may wait for their turn, of all users together, and as many additions; None:
            unlimited. Half as many of one network address or user.
        waiting_each: how many of one session may wait; None: unlimited.
        at_once: how many of one user's or session's may be computed at once; None: as many as of all.
        upload_bytes: the largest upload, and the largest request at all.
        failed_logins_a_minute: of one network address, and of one user's name.
    """

    questions_a_minute: int | None = None
    ratings_a_minute: int | None = None
    fetches_a_minute: int | None = None
    additions_a_minute: int | None = None
    evaluations_a_minute: int | None = None
    sessions_an_address: int = 10
    waiting: int | None = None
    waiting_each: int | None = None
    at_once: int | None = None
    # A book with pictures as PDF or EPUB fits; how many pages, and how much text, is bounded where it is read. The
    # evaluation tab has a smaller limit for its files, with a message of its own; no person sends more than this.
    upload_bytes: int = 100 * 2**20
    # People mistype a password two or three times. 10 a minute are 14,400 guesses a day, which no password that
    # is missing from the usual dictionaries needs to fear.
    failed_logins_a_minute: int = 10


# Nobody else can ask. A script that asks thousands of questions from many threads is a normal use of Beleg.
ALONE = Limits()
# Two cores answer about 600 short questions a minute. A person reads an answer for some seconds, so 30 a minute hold
# back no reader, and twenty people who ask that much are still answered. Two questions are answered at a time, so each
# of the two has 20 waiting: some seconds on a quiet machine, and less than a browser's timeout on one ten times as
# slow. Ratings: people who rate each answer and change their mind or add a note send two a question.
# Fetches: nobody finds and pastes more than one address in six seconds. Additions: a folder of files at once, as many
# as a session may have. Evaluations: one takes longer than that. Waiting: a page asks one question at a time; one that
# was stopped and asked again may wait beside a kept conversation that is opened.
SHARED = Limits(
    questions_a_minute=30,
    ratings_a_minute=60,
    fetches_a_minute=10,
    additions_a_minute=50,
    evaluations_a_minute=3,
    waiting=40,
    waiting_each=4,
    at_once=1,
)


def default_limits(host: str, login: bool) -> Limits:
    """Return the limits for a web chat that listens on this host, with or without login.

    With login on, others come in even if the host is this machine's own address: through a proxy that adds TLS.
    """
    return SHARED if login or not is_loopback(host) else ALONE


def is_loopback(host: str) -> bool:
    """Return whether a server that listens on this host can be reached from this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(frozen=True, slots=True)
class Caller:
    """Where a request comes from.

    Attributes:
        user: who is logged in; None without login.
        session: the session of the page or of Gradio's client; None for other programs.
        address: the network address, as `network_of` gives it.
    """

    user: str | None
    session: str | None
    address: str

    @classmethod
    def of_event(cls, request: Any) -> Caller:
        """Return the caller of a `gr.Request`."""
        client = request.client
        return cls(request.username, request.session_hash, network_of(client.host if client else ""))

    @classmethod
    def of_scope(cls, scope: Mapping[str, Any]) -> Caller:
        """Return the caller of an ASGI request."""
        client = scope.get("client")
        return cls(scope.get(USER), None, network_of(client[0] if client else ""))


def network_of(address: str) -> str:
    """Return what an address counts as. For IPv6 it is the /64: one caller can use any address in it."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


class RateLimit:
    """Counts by key what happened within the last minute: a moving window. Threads may share one.

    The library `limits` counts under one key at a time. This adds what a web chat needs: several keys at once, how
    long to wait, and taking a count back.
    """

    def __init__(self) -> None:
        from limits.storage import MemoryStorage
        from limits.strategies import MovingWindowRateLimiter

        self._storage = MemoryStorage()
        self._window = MovingWindowRateLimiter(self._storage)
        self._lock = threading.Lock()
        self._swept = time.time()

    def take(self, allowed: Mapping[str, int], times: int = 1) -> tuple[int, float]:
        """Count something under all of these keys, or under none of them where one has no room left.

        Args:
            allowed: how often a minute, at least once, by key.
            times: how many times it counts; more than a key allows counts as all that the key allows.

        Returns:
            Of the key with the longest wait: its limit, and the seconds to wait. 0 seconds means that it was counted.
        """
        from limits import RateLimitItemPerMinute

        with self._lock:
            self._sweep()
            counted = [(RateLimitItemPerMinute(many), key, min(times, many)) for key, many in allowed.items()]
            seconds, most = max((self._wait(item, key, cost), item.amount) for item, key, cost in counted)
            if not seconds:
                for item, key, cost in counted:
                    self._window.hit(item, key, cost=cost)
            return most, seconds

    def give_back(self, allowed: Mapping[str, int]) -> None:
        """Take back one count under each of these keys, as they were given to `take`."""
        from limits import RateLimitItemPerMinute

        with self._lock:
            for key, many in allowed.items():
                name = RateLimitItemPerMinute(many).key_for(key)
                with self._storage.locks[name]:
                    del self._storage.events.get(name, [])[:1]

    def _wait(self, item: RateLimitItem, key: str, cost: int) -> float:
        # `get_window_stats` tells when the oldest event expires. To fit in several, more than one has to.
        blocking = self._storage.events.get(item.key_for(key), [])[item.amount - cost :]
        return max(0.0, blocking[0].expiry - time.time()) if blocking else 0.0

    def _sweep(self) -> None:
        # The storage expires events but keeps their keys, of which there is one a session.
        if time.time() - self._swept >= WINDOW_SECONDS:
            self._swept = time.time()
            for name in [name for name, events in list(self._storage.events.items()) if not events]:
                self._storage.clear(name)


class QuestionLimit:
    """Counts questions, ratings, fetches, additions and evaluations, each kind for itself.

    They are counted of each user, or without login of each session and address.

    Attributes:
        limits: how many there may be.
    """

    def __init__(self, limits: Limits = ALONE) -> None:
        self.limits = limits
        self._questions, self._ratings, self._fetches = RateLimit(), RateLimit(), RateLimit()
        self._additions, self._evaluations = RateLimit(), RateLimit()

    def admit(self, caller: Caller, questions: int = 1) -> None:
        """Count questions.

        Raises:
            LimitError: they are too many; none was counted.
        """
        if questions > 0:
            self._admit("questions", self._questions, self.limits.questions_a_minute, caller, questions)

    def admit_call(self, caller: Caller, call: str, given: Mapping[str, Any]) -> None:
        """Count the questions of one of `Endpoints.calls`, by its name and arguments; raises as `admit` does."""
        # `ask` asks the questions of its history again.
        self.admit(caller, {"ask": 1 + len(given.get("history", ())), "retrieve": 1}.get(call, 0))

    def admit_rating(self, caller: Caller) -> None:
        """Count one rating of an answer.

        Raises:
            LimitError: there are too many; this one was not counted.
        """
        self._admit("ratings", self._ratings, self.limits.ratings_a_minute, caller, 1)

    def admit_fetch(self, caller: Caller) -> None:
        """Count one web address that is to be fetched.

        Raises:
            LimitError: there are too many; this one was not counted.
        """
        self._admit("fetched addresses", self._fetches, self.limits.fetches_a_minute, caller, 1)

    def admit_addition(self, caller: Caller) -> None:
        """Count one text or file that is to be indexed.

        Raises:
            LimitError: there are too many; this one was not counted.
        """
        self._admit("added articles", self._additions, self.limits.additions_a_minute, caller, 1)

    def admit_evaluation(self, caller: Caller) -> None:
        """Count one evaluation.

        Raises:
            LimitError: there are too many; this one was not counted.
        """
        self._admit("evaluations", self._evaluations, self.limits.evaluations_a_minute, caller, 1)

    def _admit(self, what: str, rate: RateLimit, most: int | None, caller: Caller, times: int) -> None:
        if most is not None:
            allowed, seconds = rate.take(self._keys(caller, most), times)
            if seconds:
                raise LimitError(what, allowed, math.ceil(seconds))

    def _keys(self, caller: Caller, most: int) -> dict[str, int]:
        if caller.user:
            return {f"user {caller.user}": most}
        keys = {f"address {caller.address}": most * self.limits.sessions_an_address}
        if caller.session:
            keys[f"session {caller.session}"] = most
        return keys


def refused(limit: QuestionLimit, request: Any, texts: Texts, questions: int = 1) -> str:
    """Count a page's questions; where they are too many, return the line that says so, and else ""."""
    try:
        limit.admit(Caller.of_event(request), questions)
    except LimitError as error:
        return texts.error(error)
    return ""
