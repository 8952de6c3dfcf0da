"""A lock for what Gradio copies for each session."""

from __future__ import annotations

import threading
from types import TracebackType


class SessionLock:
    """Lets one thread in at a time, the same one as often as it likes; a copy is another lock.

    A session's requests come in threads of their own, and `gr.State` makes each session's value by a deep copy, which a
    plain lock refuses.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.release()

    def __deepcopy__(self, memo: object) -> SessionLock:
        return SessionLock()
