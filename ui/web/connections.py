"""Bounds of the connections themselves, before there is a request: how many, and how long one may say nothing.

uvicorn has a time limit only for the time between two requests. A client that connects and sends nothing, or sends a
request's head byte by byte, would keep its connection for ever, and the open files that a process may have are few.
"""

from __future__ import annotations

import asyncio
import contextlib

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

# Until the head of a request has come. Browsers send it at once; they open some connections before they need them.
HEAD_SECONDS = 10
# As many as the system gives a process of its own accord, in most places; each costs some kilobytes.
MOST_FILES = 8192
# Open files that are no connections: the model, uploads, the users file.
OTHER_FILES = 256


def raise_file_limit() -> int:
    """Let this process open as many files as it may, MOST_FILES at most; return how many that are."""
    try:
        import resource
    except ImportError:
        # Windows has no such limit.
        return MOST_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
    return MOST_FILES if soft == resource.RLIM_INFINITY else min(soft, MOST_FILES)


class Connection(H11Protocol):
    """uvicorn's connection, which ends where a request's head takes longer than HEAD_SECONDS.

    Where there are as many connections as there may be, a new one ends the one that has waited longest for a request;
    where none waits, the new one is closed.

    Attributes:
        most: how many connections there may be; set once before the server starts.
    """

    most = MOST_FILES - OTHER_FILES
    _due = 0.0
    _has_begun = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Note when the first request's head is due, and make room."""
        super().connection_made(transport)
        self._await_head()
        if len(self.connections) > self.most:
            # This one waits too.
            waiting = [one for one in self.connections if isinstance(one, Connection) and one.waits]
            longest = min(waiting, key=lambda one: one._due)
            longest.transport.abort()
            # Its end comes later, and may be that of others that come meanwhile.
            self.connections.discard(longest)

    def data_received(self, data: bytes) -> None:
        """Read on; that a head comes byte by byte is no reason to wait longer."""
        if self.waits and not self._has_begun:
            self._await_head()
        super().data_received(data)
        self._has_begun = self.waits
        if self.waits and not self.transport.is_closing():
            self._end_at(self._due)

    @property
    def waits(self) -> bool:
        """Whether the head of the next request has not come."""
        return self.conn.their_state is h11.IDLE

    def _await_head(self) -> None:
        self._due = self.loop.time() + HEAD_SECONDS
        self._end_at(self._due)

    def _end_at(self, due: float) -> None:
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_at(due, self.timeout_keep_alive_handler)
