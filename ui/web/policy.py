"""What the browser may do for the page, told in the headers of every response: nothing with another machine."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import MutableMapping, Sequence
from hashlib import sha256
from typing import Any

# Gradio compiles the templates of its HTML components with `new Function`, hence unsafe-eval, and sets styles by
# attribute, hence unsafe-inline for styles. A handler in an attribute or a `javascript:` address is never run.
DIRECTIVES = {
    "default-src": "'none'",
    "script-src": "'self' 'unsafe-eval'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
HEADERS = (
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"permissions-policy", b"camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"),
)
_INLINE_SCRIPT = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)


def content_security_policy(scripts: Sequence[bytes] = ()) -> bytes:
    """Return the policy of a response that may run the server's own files and these scripts, by their hashes."""
    hashes = "".join(f" 'sha256-{b64encode(sha256(script).digest()).decode()}'" for script in scripts)
    directives = DIRECTIVES | {"script-src": DIRECTIVES["script-src"] + hashes}
    return "; ".join(f"{name} {value}" for name, value in directives.items()).encode()


class StayLocal:
    """ASGI middleware: every response forbids the browser to ask any other machine for anything.

    Only the page itself, at /, may have scripts in it: an uploaded HTML file may not, whatever serves it.

    Args:
        own_script: Beleg's, which Gradio takes from the page's configuration and puts into its head.
    """

    def __init__(self, app: Any, own_script: str) -> None:
        self._app, self._own_script = app, own_script.encode()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a request on, and add the headers to its response."""
        is_page = scope["type"] == "http" and scope["path"] == "/"
        start: MutableMapping[str, Any] = {}
        page = b""

        async def send_with_policy(message: MutableMapping[str, Any]) -> None:
            nonlocal start, page
            if message["type"] == "http.response.start" and is_page:
                start = message
                return
            if message["type"] == "http.response.start":
                message["headers"] = _with_policy(message, content_security_policy())
            elif start:
                page += message.get("body", b"")
                if message.get("more_body"):
                    return
                policy = content_security_policy([*_INLINE_SCRIPT.findall(page), self._own_script])
                await send({**start, "headers": _with_policy(start, policy)})
                message = {**message, "body": page}
                start = {}
            await send(message)

        await self._app(scope, receive, send_with_policy)


def _with_policy(start: MutableMapping[str, Any], policy: bytes) -> list[tuple[bytes, bytes]]:
    return [*start.get("headers", ()), (b"content-security-policy", policy), *HEADERS]
