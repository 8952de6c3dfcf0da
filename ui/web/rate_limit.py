"""So many a minute, and how long to wait for the next."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Mapping

WINDOW = 60.0


class RateLimit:
    """Counts by key what happened within the last minute. Threads may share one.

    Args:
        clock: tells seconds; never runs backwards.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._taken: dict[Hashable, deque[float]] = {}
        self._lock = threading.Lock()
        self._swept = clock()

    def take(self, allowed: Mapping[Hashable, int], times: int = 1) -> tuple[int, float]:
        """Count something under all of these keys, or under none of them where one has no room left.

        Args:
            allowed: how often a minute, at least once, by key.
            times: as how many it counts; more than are allowed count as all that are.

        Returns:
            How often was allowed and the seconds to wait, by the key that makes wait longest; 0 seconds: counted.
        """
        with self._lock:
            now = self._clock()
            self._sweep(now)
            most, longest = min(allowed.values(), default=0), 0.0
            for key, many in allowed.items():
                taken = self._recent(key, now)
                over = len(taken) + min(times, many) - many
                if over > 0 and (wait := taken[over - 1] + WINDOW - now) > longest:
                    most, longest = many, wait
            if not longest:
                for key, many in allowed.items():
                    self._taken.setdefault(key, deque()).extend([now] * min(times, many))
            return most, longest

    def give_back(self, keys: Iterable[Hashable]) -> None:
        """Count one less under each of these keys."""
        with self._lock:
            for key in keys:
                if taken := self._taken.get(key):
                    taken.pop()

    def _recent(self, key: Hashable, now: float) -> deque[float]:
        taken = self._taken.get(key, deque())
        while taken and taken[0] <= now - WINDOW:
            taken.popleft()
        return taken

    def _sweep(self, now: float) -> None:
        # Who never comes back leaves nothing behind.
        if now - self._swept >= WINDOW:
            self._swept = now
            self._taken = {key: taken for key in list(self._taken) if (taken := self._recent(key, now))}
