"""GET /health: whether the server can answer a question, for whoever starts, balances or watches it."""

from __future__ import annotations

import json
import logging
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag import Assistant

PATH = "/health"
# Any will do: the first question makes the model fault in its weights and the reader load.
WARMING_QUESTION = "What is this about?"


class Readiness:
    """Whether a first question has been answered.

    Attributes:
        status: "warming up", then "ready", or "failed" where that question was not answered.
    """

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self.status = "warming up"

    def warm_up(self) -> None:
        """Ask a first question, so that no user waits for what it takes once."""
        try:
            self._assistant.ask(WARMING_QUESTION)
            self.status = "ready"
        except Exception:
            logging.getLogger(__name__).exception("The first question was not answered.")
            self.status = "failed"

    def to_dict(self) -> dict[str, Any]:
        """Return what /health says."""
        return {"status": self.status, "version": version("beleg"), "articles": len(self._assistant.articles)}


class HealthEndpoint:
    """ASGI middleware that answers GET and HEAD /health: 200 when ready, 503 before; it needs no login."""

    def __init__(self, app: Any, readiness: Readiness) -> None:
        self._app, self._readiness = app, readiness

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request, or pass it on."""
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] not in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        body = json.dumps(self._readiness.to_dict()).encode()
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
        ]
        status = 200 if self._readiness.status == "ready" else 503
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body if scope["method"] == "GET" else b""})
