"""Login: with it on, everything but the login page needs it: the page, the web API, files and /mcp.

People log in at /login and get a cookie; programs send HTTP Basic with each request, or log in as the page does.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import logging
import math
import secrets
import time
import unicodedata
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from index.errors import BelegError, LimitError, UsersError
from ui.templates import render
from ui.texts import Texts, texts_for
from ui.web.assets import login_style
from ui.web.limits import USER, Caller, Limits, RateLimit
from ui.web.users import LONGEST_NAME, Users, hashed, may_be_login, verified

# Each takes 64 MiB.
CHECKS_AT_ONCE = 2
# What the login page is made of, and what browsers and balancers ask for without a cookie.
OPEN = frozenset(("/", "/login", "/logout", "/health", "/favicon.ico", "/manifest.json", "/robots.txt"))
# No name and password are longer.
LONGEST_LOGIN = 16 * 2**10
# How long a login lasts without a request, and at all. The cookie itself ends with the browser.
LOGIN_SECONDS = 7 * 24 * 3600
LONGEST_LOGIN_SECONDS = 30 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Login:
    """A user, and the hash of the password that was checked: with another password the login is void."""

    name: str
    password: str


class Logins:
    """Checks names and passwords, and keeps who is logged in. For use within one event loop.

    Args:
        users: the users file.
        failures_a_minute: how often a network address may fail, and how often anyone may under one name.
        cookie: the name of the cookie; two servers on one host need two, because a cookie is sent to every port.
    """

    def __init__(self, users: Users, failures_a_minute: int, cookie: str) -> None:
        self.cookie = cookie
        self._users = users
        self._most = failures_a_minute
        self._failures = RateLimit()
        self._pool = ThreadPoolExecutor(CHECKS_AT_ONCE, thread_name_prefix="password")
        # An unknown name costs as much time as a known one.
        self._nobody = hashed(secrets.token_urlsafe())
        self._secret = secrets.token_bytes(32)
        self._known: dict[bytes, Login] = {}
        self._running: dict[bytes, asyncio.Task[Login | None]] = {}
        # By the cookie's value: whose it is, when it began, and when it was last used.
        self._sessions: dict[str, tuple[Login, float, float]] = {}

    def begin(self, login: Login) -> str:
        """Return the value of a new cookie for a user."""
        now = time.monotonic()
        self._sessions = {token: kept for token, kept in self._sessions.items() if not _is_over(kept, now)}
        token = secrets.token_urlsafe()
        self._sessions[token] = login, now, now
        return token

    def of_cookie(self, token: str) -> Login | None:
        """Return who is logged in by a cookie; None where it is unknown, expired or void."""
        kept, now = self._sessions.get(token), time.monotonic()
        if kept is None or _is_over(kept, now) or self._current(kept[0].name) != kept[0]:
            self._sessions.pop(token, None)
            return None
        login, begun, _ = kept
        self._sessions[token] = login, begun, now
        return login

    def end(self, name: str) -> None:
        """Log a user out, in every browser."""
        self._sessions = {token: kept for token, kept in self._sessions.items() if kept[0].name != name}

    async def check(self, name: str, password: str, address: str) -> Login | None:
        """Return the user with that name and password; None where no user has them, or nobody can.

        Raises:
            LimitError: the address, or somebody under that name, has failed too often; the password was not looked at.
        """
        if not may_be_login(name, password):
            return None
        current = self._current(name)
        # A program that sends both with each request does not wait for the slow hash each time.
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
        # Counted before the password is checked: a hundred guesses at once are a hundred.
        of_name = current.name if current else name[:LONGEST_NAME]
        keys = {f"address {address}": self._most, f"name {of_name}": self._most}
        allowed, seconds = self._failures.take(keys)
        if seconds:
            raise LimitError("failed logins", allowed, math.ceil(seconds))
        kept = current.password if current else self._nobody
        loop = asyncio.get_running_loop()
        fits, newer = await loop.run_in_executor(self._pool, verified, password, kept)
        if not fits or current is None:
            return None
        self._failures.give_back(keys)
        if newer:
            try:
                await loop.run_in_executor(self._pool, self._users.replace_hash, current.name, kept, newer)
                current = self._current(current.name)
            except UsersError:
                logging.getLogger(__name__).warning("The older hash of a password was kept.", exc_info=True)
        return current

    def _current(self, name: str) -> Login | None:
        """Return the user of that name; None where there is none, or the users file cannot be used any more."""
        # As names are kept, whichever keyboard one was typed on.
        name = unicodedata.normalize("NFC", name)
        try:
            password = self._users.read().get(name)
        except UsersError:
            logging.getLogger(__name__).exception("Nobody is let in.")
            return None
        return Login(name, password) if password else None


def _is_over(kept: tuple[Login, float, float], now: float) -> bool:
    _, begun, used = kept
    return now - used > LOGIN_SECONDS or now - begun > LONGEST_LOGIN_SECONDS


def open_logins(path: Path, limits: Limits, port: int) -> Logins:
    """Open a users file for a web chat on this port.

    Raises:
        UsersError: it is missing, malformed, without a user or readable by others.
    """
    users = Users(path)
    users.read()
    return Logins(users, limits.failed_logins_a_minute, f"beleg-login-{port}")


class LoginGate:
    """ASGI middleware: lets in requests with a login's cookie or HTTP Basic, and notes their user in the scope.

    All others get 401, and 429 after too many failures. As a middleware it also closes paths that no route has, and
    answers before a request's body is read.
    """

    def __init__(self, app: ASGIApp, logins: Logins) -> None:
        self._app, self._logins = app, logins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        app = await self._refusal(Request(scope)) or self._app if scope["type"] == "http" else self._app
        await app(scope, receive, send)

    async def _refusal(self, request: Request) -> Response | None:
        cookie = request.cookies.get(self._logins.cookie)
        login = self._logins.of_cookie(cookie) if cookie else None
        path = request.scope["path"]
        if login is None and path not in OPEN:
            sent = _basic(request.headers.get("authorization", ""))
            try:
                login = await self._logins.check(*sent, Caller.of_scope(request.scope).address) if sent else None
            except LimitError as error:
                return refusal(request, 429, error, {"Retry-After": str(error.seconds)})
            if login is None:
                # A browser that gets the challenge asks with a window of its own, where the page has its login.
                challenge = {"WWW-Authenticate": 'Basic realm="Beleg", charset="UTF-8"'}
                line = "Log in first: in the browser at /, programs by HTTP Basic (curl -u NAME)."
                needed = BelegError(line, "log-in-first")
                return refusal(request, 401, needed, challenge if sent or path == "/mcp" else None)
        if login is not None:
            request.scope[USER] = login.name
        return None


def login_routes(logins: Logins) -> APIRouter:
    """Return the routes of the login page."""
    router = APIRouter()

    @router.get("/login")
    async def page(request: Request) -> Response:
        return RedirectResponse("./", 303) if request.scope.get(USER) else login_page(request)

    @router.post("/login")
    async def log_in(request: Request) -> Response:
        length = request.headers.get("content-length", "")
        if not (length.isdigit() and int(length) <= LONGEST_LOGIN):
            error = BelegError(
                f"Expected a name and a password, in {LONGEST_LOGIN} bytes at most.",
                "login-too-long",
                most=LONGEST_LOGIN,
            )
            return refusal(request, 413, error)
        form = await request.form(max_files=0, max_fields=10)
        name, password = str(form.get("username", "")).strip(), str(form.get("password", ""))
        is_browser = "text/html" in request.headers.get("accept", "")
        failure: BelegError | None = None
        status, headers = 400, {}
        try:
            login = await logins.check(name, password, Caller.of_scope(request.scope).address)
        except LimitError as error:
            login, failure, status, headers = None, error, 429, {"Retry-After": str(error.seconds)}
        if login is None:
            failure = failure or BelegError("Name or password is wrong.", "login-wrong")
            if is_browser:
                return login_page(request, name, texts_of(request).error(failure), status, headers)
            return refusal(request, status, failure, headers)
        response = RedirectResponse("./", 303) if is_browser else JSONResponse({"success": True})
        secure = request.url.scheme == "https"
        response.set_cookie(logins.cookie, logins.begin(login), httponly=True, samesite="lax", secure=secure)
        return response

    # No link: a page elsewhere could show it in a frame, and browsers say of a link too little of where it is.
    @router.post("/logout")
    async def log_out(request: Request) -> Response:
        if user := request.scope.get(USER):
            logins.end(user)
        response = RedirectResponse("./", 303)
        response.delete_cookie(logins.cookie)
        return response

    return router


def login_page(
    request: Request, name: str = "", refused: str = "", status: int = 200, headers: Mapping[str, str] | None = None
) -> HTMLResponse:
    """Return the login page, with the name that was typed and why it was refused."""
    texts = texts_of(request)
    style = Markup(login_style())  # noqa: S704 - a file of ours
    html = render("web/login.html", texts, style=style, user=name, refused=refused)
    return HTMLResponse(html, status, {"Cache-Control": "no-store", **(headers or {})})


def log_out_html(user: str | None, texts: Texts) -> str:
    """Return the button by which a user logs out; nothing without login."""
    form = Markup('<form class="log-out" method="post" action="logout"><button dir="auto">{}</button></form>')
    return form.format(texts("chat.log_out", user=user)) if user else ""


def refusal(request: Request, status: int, error: BelegError, headers: Mapping[str, str] | None = None) -> Response:
    """Return the answer that says an error in the language of the request."""
    detail = texts_of(request).error(error)
    return JSONResponse({"detail": detail}, status, {"Cache-Control": "no-store", **(headers or {})})


def texts_of(request: Request) -> Texts:
    """Return the texts in the language that a request asks for."""
    return texts_for(request.headers.get("accept-language", ""))


def _basic(header: str) -> tuple[str, str] | None:
    """Return the name and password that a request was sent with: by HTTP Basic, or as OpenAI's clients send a key."""
    scheme, _, sent = header.partition(" ")
    if scheme.lower() not in ("basic", "bearer") or len(sent) > LONGEST_LOGIN:
        return None
    if scheme.lower() == "bearer":
        name, colon, password = sent.strip().partition(":")
        return (name, password) if colon else None
    try:
        name, colon, password = base64.b64decode(sent, validate=True).decode("utf-8").partition(":")
    except ValueError:
        return None
    return (name, password) if colon else None
