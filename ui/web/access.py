"""With login on, everything needs it: the page, the web API, files and /mcp. Open is what the login page is made of."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from typing import Any

from index.errors import LimitError
from ui.texts import texts_for
from ui.web.callers import USER, Caller
from ui.web.logins import Login, Logins

# What the login page is made of, and /gradio_api/startup-events, with which Gradio asks itself whether it is up.
OPEN = frozenset(("/", "/login", "/logout", "/theme.css", "/favicon.ico", "/manifest.json", "/robots.txt"))
OPEN_TOO = frozenset(("/gradio_api/startup-events",))
OPEN_FOLDERS = ("/assets/", "/static/")
# Longer is no name and password.
LONGEST_LOGIN = 16 * 2**10

_address: ContextVar[str] = ContextVar("address")


class Access:
    """ASGI middleware in front of a Gradio app whose `auth` is `may_enter` of the same logins.

    It lets in who has Gradio's cookie, as from the login page, or sends HTTP Basic, as programs do. Everyone else gets
    401, and 429 after too many failures.
    """

    def __init__(self, app: Any, logins: Logins) -> None:
        self._app, self._logins = app, logins
        # By the value of Gradio's cookie: as of which password it was given.
        self._entered: dict[str, Login] = {}
        self._cookies: dict[Login, str] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            # Gradio has no web sockets; a later one's would need a look.
            await send({"type": "websocket.close", "code": 1008})
            return
        headers = dict(scope["headers"])
        address = Caller.of_scope(scope).address
        _address.set(address)
        try:
            refused = await self._admit(scope, headers, address)
            if refused is None:
                await self._app(scope, receive, send)
                return
        except LimitError as error:
            texts = texts_for(headers.get(b"accept-language", b"").decode("latin-1"))
            line = texts.error(error)
            refused = _refusal(429, line, {"Retry-After": str(error.seconds)})
        await refused(scope, receive, send)

    async def _admit(self, scope: Any, headers: Mapping[bytes, bytes], address: str) -> Any:
        """Return None when the request may pass, having noted its user in the scope; else the response."""
        gradio, path = scope["app"], scope["path"]
        foreign = _is_foreign(headers)
        if not foreign and (login := self._of_cookie(gradio, scope)):
            scope[USER] = login.name
            return None
        if path in OPEN or path in OPEN_TOO or path.startswith(OPEN_FOLDERS):
            if scope["method"] == "POST" and not _is_short(headers):
                return _refusal(413, f"Expected a name and a password, in {LONGEST_LOGIN} bytes at most.")
            if foreign and path == "/logout":
                # Even without her cookie's help, the answer would make her browser drop it.
                return _refusal(403, "Another site's page asked to log out. Expected a click on this page's own link.")
            if foreign:
                # By the cookie Gradio would know its user and show "/" as to her.
                scope["headers"] = _without_cookie(scope["headers"])
            return None
        sent = _basic(headers.get(b"authorization", b""))
        if sent and (login := await self._logins.check(*sent, address)):
            scope[USER] = login.name
            scope["headers"] = self._with_cookie(gradio, login, scope["headers"])
            return None
        # A browser would ask with a window of its own where the page is to show its login.
        challenge = {"WWW-Authenticate": 'Basic realm="Beleg", charset="UTF-8"'} if sent or path == "/mcp" else {}
        return _refusal(401, "Log in first: in the browser at /, programs by HTTP Basic (curl -u NAME).", challenge)

    def _of_cookie(self, gradio: Any, scope: Any) -> Login | None:
        from starlette.requests import HTTPConnection

        cookies = HTTPConnection(scope).cookies
        for token in map(cookies.get, _cookie_names(gradio)):
            if token is not None and token in gradio.tokens:
                current = self._logins.current(gradio.tokens[token])
                if token not in self._entered:
                    self._entered = {kept: login for kept, login in self._entered.items() if kept in gradio.tokens}
                if current is not None and self._entered.setdefault(token, current) == current:
                    gradio.tokens[token] = current.name
                    return current
                # Removed meanwhile, or has another password.
                del gradio.tokens[token]
        return None

    def _with_cookie(self, gradio: Any, login: Login, headers: Any) -> list[tuple[bytes, bytes]]:
        # Gradio lets in by its cookie only.
        token = self._cookies.setdefault(login, secrets.token_urlsafe())
        gradio.tokens[token] = login.name
        self._entered[token] = login
        cookie = f"{_cookie_names(gradio)[1]}={token}".encode()
        return [*_without_cookie(headers), (b"cookie", cookie)]


def may_enter(logins: Logins) -> Any:
    """Return what Gradio calls with a name and a password from its login page."""

    async def auth(name: str, password: str) -> bool:
        return await logins.check(name, password, _address.get()) is not None

    return auth


def _cookie_names(gradio: Any) -> tuple[str, str]:
    return f"access-token-{gradio.cookie_id}", f"access-token-unsecure-{gradio.cookie_id}"


def _without_cookie(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    return [(name, value) for name, value in headers if name != b"cookie"]


def _basic(header: bytes) -> tuple[str, str] | None:
    scheme, _, sent = header.partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        name, colon, password = base64.b64decode(sent, validate=True).decode("utf-8").partition(":")
    except ValueError:
        return None
    return (name, password) if colon else None


def _is_foreign(headers: Mapping[bytes, bytes]) -> bool:
    """Whether a browser says that another site's page asks.

    Gradio's cookie goes with such requests (SameSite=None), and Gradio allows every origin to read the answer where its
    own host is not called localhost. A link from elsewhere is followed: that page reads nothing.
    """
    site, mode = headers.get(b"sec-fetch-site", b"none"), headers.get(b"sec-fetch-mode")
    return site not in (b"same-origin", b"none") and mode != b"navigate"


def _is_short(headers: Mapping[bytes, bytes]) -> bool:
    length = headers.get(b"content-length", b"")
    return length.isdigit() and int(length) <= LONGEST_LOGIN


def _refusal(status: int, detail: str, headers: Mapping[str, str] | None = None) -> Any:
    from starlette.responses import JSONResponse

    return JSONResponse({"detail": detail}, status, {"Cache-Control": "no-store", **(headers or {})})
