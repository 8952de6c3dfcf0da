"""What the page's address becomes where it is shared, bookmarked or still loading: Beleg's name, not Gradio's."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from html import escape
from typing import Any

from ui.texts import texts_for

# Gradio's page names itself twice in these, with a picture on another machine, and the application's title second.
_GRADIOS = re.compile(rb'<meta\s+(?:property="og:|name="twitter:)[^>]*>\s*')
_CHARSET = b'<meta charset="utf-8" />'


class PageCard:
    """ASGI middleware: the page has Beleg's title and description in its head, in the language that is asked for."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a request on, and its response back, changed where it is the page."""
        if scope["type"] != "http" or scope["path"] != "/" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        tagline = texts_for(dict(scope["headers"]).get(b"accept-language", b"").decode("latin-1"))("chat.tagline")
        start: MutableMapping[str, Any] = {}
        body = bytearray()

        async def changed(message: MutableMapping[str, Any]) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            body.extend(message.get("body", b""))
            if message.get("more_body"):
                return
            page = _GRADIOS.sub(b"", bytes(body)).replace(_CHARSET, _CHARSET + _card(tagline), 1)
            kept = [(name, value) for name, value in start["headers"] if name != b"content-length"]
            await send({**start, "headers": [*kept, (b"content-length", str(len(page)).encode())]})
            await send({"type": "http.response.body", "body": page})

        await self._app(scope, receive, changed)


def _card(tagline: str) -> bytes:
    said = escape(tagline)
    return (
        "<title>Beleg</title>"
        f'<meta name="description" content="{said}" />'
        '<meta property="og:title" content="Beleg" />'
        '<meta property="og:type" content="website" />'
        f'<meta property="og:description" content="{said}" />'
    ).encode()
