"""Checks names and passwords for a web chat: slowly for who guesses, once for who is known."""

from __future__ import annotations

import asyncio
import hmac
import logging
import math
import secrets
import unicodedata
from collections.abc import Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from index.errors import LimitError, UsersError
from ui.web.limits import Limits
from ui.web.passwords import PasswordHash
from ui.web.rate_limit import RateLimit
from ui.web.users import LONGEST_NAME, Users

# Each takes 128 MiB.
CHECKS_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Login:
    """A user, as of the password that was checked: another password makes it void."""

    name: str
    password: PasswordHash


class Logins:
    """Who may come in. For use within one event loop.

    Args:
        users: the users file.
        failures_a_minute: how often a network address may fail, and how often anyone may under one name.
    """

    def __init__(self, users: Users, failures_a_minute: int) -> None:
        self._users = users
        self._most = failures_a_minute
        self._failures = RateLimit()
        self._pool = ThreadPoolExecutor(CHECKS_AT_ONCE, thread_name_prefix="password")
        self._secret = secrets.token_bytes(32)
        self._known: dict[bytes, Login] = {}
        self._running: dict[bytes, asyncio.Task[Login | None]] = {}

    def current(self, name: str) -> Login | None:
        """Return the user of that name; None where there is none, or the users file cannot be used any more."""
        # As names are kept, whichever keyboard one was typed on.
        name = unicodedata.normalize("NFC", name)
        try:
            password = self._users.read().get(name)
        except UsersError:
            logging.getLogger(__name__).exception("Nobody is let in.")
            return None
        return Login(name, password) if password else None

    async def check(self, name: str, password: str, address: str) -> Login | None:
        """Return the user with that name and password; None where it is no user's.

        Raises:
            LimitError: the address, or somebody under that name, has failed too often; the password was not looked at.
        """
        current = self.current(name)
        # A program that sends both with each request is not to wait for scrypt each time.
        typed = hmac.digest(self._secret, f"{name}\0{password}".encode("utf-8", "surrogatepass"), "sha256")
        if current is not None and self._known.get(typed) == current:
            return current
        running = self._running.get(typed)
        if running is None:
            running = asyncio.create_task(self._check(current, name, password, address))
            self._running[typed] = running
            running.add_done_callback(lambda _: self._running.pop(typed))
        found = await asyncio.shield(running)
        if found is not None:
            self._known[typed] = found
        return found

    async def _check(self, current: Login | None, name: str, password: str, address: str) -> Login | None:
        # Counted before it is known to fail: a hundred guesses at once are a hundred.
        of_name = current.name if current else name[:LONGEST_NAME]
        keys: dict[Hashable, int] = dict.fromkeys((("address", address), ("name", of_name)), self._most)
        allowed, seconds = self._failures.take(keys)
        if seconds:
            raise LimitError("failed logins", allowed, math.ceil(seconds))
        # Who is no user costs as much as one who is.
        kept = current.password if current else PasswordHash.none()
        fits = await asyncio.get_running_loop().run_in_executor(self._pool, kept.fits, password)
        if not fits or current is None:
            return None
        self._failures.give_back(keys)
        return current


def open_logins(path: Path, limits: Limits) -> Logins:
    """Open a users file for a web chat.

    Raises:
        UsersError: it is missing, malformed, without a user or readable by others.
    """
    users = Users(path)
    users.read()
    return Logins(users, limits.failed_logins_a_minute)
