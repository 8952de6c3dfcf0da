"""Says in the page's language that too many questions are waiting."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from ui.texts import texts_for

JOIN = "/gradio_api/queue/join"


class QueueFull:
    """ASGI middleware: for a browser, Gradio's 503 of a full queue becomes a 429 in its language.

    Gradio's page has words of its own for 503, in English, and shows those of any other status as they are. Programs
    get the 503, which Gradio's client for Python knows.
    """

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request, or pass it on."""
        language = dict(scope.get("headers", ())).get(b"accept-language")
        if scope["type"] != "http" or scope["path"].rstrip("/") != JOIN or not language:
            await self._app(scope, receive, send)
            return
        from starlette.responses import JSONResponse

        is_full = False

        async def readable(message: MutableMapping[str, Any]) -> None:
            nonlocal is_full
            if message["type"] == "http.response.start" and message["status"] == 503:
                is_full = True
                detail = texts_for(language.decode("latin-1"))("chat.queue_full")
                await JSONResponse({"detail": detail}, 429)(scope, receive, send)
            elif not is_full:
                await send(message)

        await self._app(scope, receive, readable)
