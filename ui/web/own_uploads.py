"""What one session uploaded, no other session fetches or hands in as its own, even where it knows the path."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ui.web.callers import USER

API = "/gradio_api/"
UPLOAD = f"{API}upload"
FETCH = (f"{API}file=", f"{API}file/")
COOKIE = "beleg-session"
# No system opens a file by a longer path.
LONGEST_PATH = 4096
# From so many remembered uploads on, those that Gradio has deleted are looked for.
MANY = 1000


@dataclass(slots=True)
class _Upload:
    path: str
    owners: set[str]


class OwnUploads:
    """ASGI middleware that remembers who uploaded what: the user, or where there is no login, the browser.

    A browser is known by a cookie that it gets with its first upload and loses when it is closed.

    Args:
        most_bytes: larger requests, other than uploads, are refused with 413; Gradio itself refuses larger uploads.
    """

    def __init__(self, app: Any, most_bytes: int) -> None:
        self._app, self._most_bytes = app, most_bytes
        # By `_key`, and what these are called.
        self._uploads: dict[str, _Upload] = {}
        self._names: set[str] = set()
        self._forget_at = MANY

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a request on, or refuse it with 403 where it names another's upload."""
        path = scope.get("path", "")
        if scope["type"] != "http" or not path.startswith(API):
            await self._app(scope, receive, send)
        elif path.rstrip("/") == UPLOAD:
            await self._upload(scope, receive, send)
        elif path.startswith(FETCH):
            if self._is_anothers(path.removeprefix(FETCH[0]).removeprefix(FETCH[1]), _sender(scope)):
                await _refuse(scope, receive, send)
            else:
                await self._app(scope, receive, send)
        elif scope["method"] == "POST":
            await self._hand_in(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _upload(self, scope: Any, receive: Any, send: Any) -> None:
        owner = _sender(scope)
        is_new = owner is None
        owner = owner or f"session {secrets.token_urlsafe()}"
        body = bytearray()
        status = 0

        async def note(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if is_new and status == 200:
                    cookie = f"{COOKIE}={owner.removeprefix('session ')}; Path=/; HttpOnly; SameSite=Lax"
                    message["headers"] = [*message.get("headers", ()), (b"set-cookie", cookie.encode())]
            elif status == 200:
                body.extend(message.get("body", b""))
                if not message.get("more_body"):
                    for uploaded in json.loads(body):
                        self._remember(uploaded, owner)
            await send(message)

        await self._app(scope, receive, note)

    async def _hand_in(self, scope: Any, receive: Any, send: Any) -> None:
        from starlette.concurrency import run_in_threadpool
        from starlette.responses import JSONResponse

        body = bytearray()
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return
            body.extend(message.get("body", b""))
            if len(body) > self._most_bytes:
                detail = f"The request has more than {self._most_bytes} bytes. Expected at most as many."
                await JSONResponse({"detail": detail}, 413)(scope, receive, send)
                return
            if not message.get("more_body"):
                break
        # A large body takes its time, in which others are answered.
        if bool(self._uploads) and await run_in_threadpool(self._names_anothers, body, _sender(scope)):
            await _refuse(scope, receive, send)
            return
        whole: list[dict[str, Any]] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

        async def again() -> Any:
            return whole.pop() if whole else await receive()

        await self._app(scope, again, send)

    def _names_anothers(self, body: bytearray, sender: str | None) -> bool:
        return any(self._is_anothers(one, sender) for one in _strings(body))

    def _is_anothers(self, path: str, sender: str | None) -> bool:
        # Only what is called like an upload is worth asking the file system, once for each folder of the path.
        if not 0 < len(path) <= LONGEST_PATH or _name(path) not in self._names:
            return False
        found = self._uploads.get(_key(path))
        return found is not None and sender not in found.owners

    def _remember(self, path: str, owner: str) -> None:
        if len(self._uploads) >= self._forget_at:
            self._uploads = {key: one for key, one in self._uploads.items() if Path(one.path).exists()}
            self._names = set(map(_name, self._uploads))
            self._forget_at = max(MANY, 2 * len(self._uploads))
        key = _key(path)
        upload = self._uploads.setdefault(key, _Upload(path, set()))
        # Of two that differ in case only, the later one is there longer.
        upload.path = path
        upload.owners.add(owner)
        self._names.add(_name(key))


def _sender(scope: Any) -> str | None:
    from starlette.requests import HTTPConnection

    if user := scope.get(USER):
        return f"user {user}"
    session = HTTPConnection(scope).cookies.get(COOKIE)
    return f"session {session}" if session else None


def _key(path: str) -> str:
    # Some file systems take names in another case for the same; a folder of uploads is named by its file's hash.
    try:
        return os.path.realpath(path).casefold()
    except ValueError:
        return path


def _name(path: str) -> str:
    # "a.txt/." and "a.txt/x/.." lead to a.txt too.
    return os.path.normpath(path).rpartition(os.sep)[2].casefold()


def _strings(body: bytes | bytearray) -> Iterator[str]:
    try:
        found = [json.loads(body)]
    except (ValueError, RecursionError):
        # Gradio reads it no better.
        return
    while found:
        one = found.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, list):
            found.extend(one)
        elif isinstance(one, dict):
            found.extend(one.values())


async def _refuse(scope: Any, receive: Any, send: Any) -> None:
    from starlette.responses import JSONResponse

    detail = "This file was uploaded by somebody else. Expected one of your own: upload it again."
    await JSONResponse({"detail": detail}, 403)(scope, receive, send)
