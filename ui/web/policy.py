"""The security headers of every response: the browser may ask no other machine for anything."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

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
CSP = "content-security-policy"
HEADERS = {
    # With "no-referrer" a form of our own pages would say of itself that it comes from nowhere (`Origin: null`).
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_INLINE_SCRIPT = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)


def content_security_policy(html: str = "", *scripts: str) -> str:
    """Return the policy of a response that may run the server's own files, and by their hashes some inline scripts.

    Args:
        html: a page whose inline scripts may run.
        scripts: other scripts that may, which are put into the page later.
    """
    inline = (*_INLINE_SCRIPT.findall(html), *scripts)
    hashes = "".join(f" 'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" for script in inline)
    directives = DIRECTIVES | {"script-src": DIRECTIVES["script-src"] + hashes}
    return "; ".join(f"{name} {value}" for name, value in directives.items())


class SecurityHeaders:
    """ASGI middleware: every response has the headers above.

    The policy is the strictest, unless the response has one already: only the page at / may have scripts in it. An
    uploaded HTML file may not, whatever serves it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._policy = content_security_policy()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and add the headers to its response."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault(CSP, self._policy)
                headers.update(HEADERS)
            await send(message)

        await self._app(scope, receive, send_with_headers)
