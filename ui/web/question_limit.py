"""Holds back who asks, or rates, more than a web chat's limits allow: in the page, over the web API and over MCP."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import Any

from index.errors import LimitError
from ui.texts import Texts
from ui.web.callers import Caller
from ui.web.limits import ALONE, Limits
from ui.web.rate_limit import RateLimit


class QuestionLimit:
    """Counts questions, and apart from them ratings, of each user, or without login of each session and address.

    Attributes:
        limits: how many there may be.
    """

    def __init__(self, limits: Limits = ALONE) -> None:
        self.limits = limits
        self._rate = RateLimit()
        self._ratings = RateLimit()

    def admit(self, caller: Caller, questions: int = 1) -> None:
        """Count questions.

        Raises:
            LimitError: they are too many; none was counted.
        """
        most = self.limits.questions_a_minute
        if most is None or questions < 1:
            return
        allowed, seconds = self._rate.take(self._keys(caller, most), questions)
        if seconds:
            raise LimitError("questions", allowed, math.ceil(seconds))

    def admit_call(self, caller: Caller, call: str, given: Mapping[str, Any]) -> None:
        """As `admit`, for one of `Endpoints.calls` by its name and arguments."""
        # The questions before it are asked anew.
        self.admit(caller, {"ask": 1 + len(given.get("history", ())), "retrieve": 1}.get(call, 0))

    def admit_rating(self, caller: Caller) -> None:
        """Count one rating of an answer.

        Raises:
            LimitError: there are too many; this one was not counted.
        """
        if (most := self.limits.ratings_a_minute) is None:
            return
        allowed, seconds = self._ratings.take(self._keys(caller, most))
        if seconds:
            raise LimitError("ratings", allowed, math.ceil(seconds))

    def _keys(self, caller: Caller, most: int) -> dict[Hashable, int]:
        if caller.user:
            return {("user", caller.user): most}
        keys: dict[Hashable, int] = {("address", caller.address): most * self.limits.sessions_an_address}
        if caller.session:
            keys["session", caller.session] = most
        return keys


def refused(limit: QuestionLimit, request: Any, texts: Texts, questions: int = 1) -> str:
    """Count a page's questions; where they are too many, return the line that says so, and else ""."""
    try:
        limit.admit(Caller.of_event(request), questions)
    except LimitError as error:
        return texts.error(error)
    return ""
