"""Gradio's login page in Beleg's clothes, and the way out again."""

from __future__ import annotations

from collections.abc import MutableMapping
from html import escape
from typing import Any

from ui.texts import TEXTS, Texts, texts_for
from ui.web.assets import login_head
from ui.web.callers import USER


def login_message() -> str:
    """Return the login page's message as HTML, in both languages: Gradio has one for all."""
    lines = (f'<span lang="{one.language}">{escape(one("chat.log_in"))}</span>' for one in TEXTS.values())
    return f'<span class="login-name">Beleg</span>{" · ".join(lines)}'


def log_out_html(user: str | None, texts: Texts) -> str:
    """Return the link by which a user logs out; nothing where nobody needs to log in."""
    if not user:
        return ""
    return f'<p class="log-out"><a href="logout" dir="auto">{escape(texts("chat.log_out").format(user=user))}</a></p>'


class LoginPage:
    """ASGI middleware behind `Access`: who is not logged in gets the page with the login's style and script."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._head = login_head().encode()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a request on, and its response back, changed where it is the login page."""
        if scope["type"] != "http" or scope["path"] != "/" or scope["method"] != "GET" or scope.get(USER):
            await self._app(scope, receive, send)
            return
        language = texts_for(dict(scope["headers"]).get(b"accept-language", b"").decode("latin-1")).language
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
            page = bytes(body).replace(b"</head>", self._head + b"</head>", 1)
            page = page.replace(b'lang="en"', f'lang="{language}"'.encode(), 1)
            kept = [(name, value) for name, value in start["headers"] if name != b"content-length"]
            await send({**start, "headers": [*kept, (b"content-length", str(len(page)).encode())]})
            await send({"type": "http.response.body", "body": page})

        await self._app(scope, receive, changed)
