"""Whose an upload is: nobody opens or hands in what somebody else uploaded. How large one may be is in limits.py."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import HTTPException, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from index.errors import BelegError
from ui.web.auth import texts_of
from ui.web.limits import USER

API = "/gradio_api/"
UPLOAD = f"{API}upload"
FETCH = (f"{API}file=", f"{API}file/")
COOKIE = "beleg-session"
# No system opens a file by a longer path.
LONGEST_PATH = 4096
# From this many remembered uploads on, those that Gradio has deleted are looked for.
MANY = 1000


@dataclass(slots=True)
class _Upload:
    path: str
    owners: set[str]


class Uploads:
    """Remembers who uploaded what: the user, or without login the browser.

    A browser is known by a cookie that it gets with its first upload and loses when it is closed.
    """

    def __init__(self) -> None:
        # By `_key`, and the names of these files.
        self._uploads: dict[str, _Upload] = {}
        self._names: set[str] = set()
        self._look_again_at = MANY

    async def refuse_others(self, request: Request) -> None:
        """Refuse a request that fetches another's upload, or hands one in: a dependency of every route of Gradio's.

        Raises:
            HTTPException: 403.
        """
        sender, path = _sender(request), request.scope["path"]
        named = False
        if path.startswith(FETCH):
            named = self._is_anothers(path.removeprefix(FETCH[0]).removeprefix(FETCH[1]), sender)
        elif request.method == "POST" and path.startswith(API) and self._uploads:
            # A large body takes time; other requests are answered meanwhile.
            named = await run_in_threadpool(self._names_anothers, await request.body(), sender)
        if named:
            said = "This file was uploaded by somebody else. Expected one of your own: upload it again."
            raise HTTPException(403, texts_of(request).error(BelegError(said, "upload-foreign")))

    def _names_anothers(self, body: bytes, sender: str | None) -> bool:
        return any(self._is_anothers(one, sender) for one in _strings(body))

    def _is_anothers(self, path: str, sender: str | None) -> bool:
        # The file system is asked once for each folder of a path, so only for one that ends in an upload's name.
        if not 0 < len(path) <= LONGEST_PATH or _name(path) not in self._names:
            return False
        found = self._uploads.get(_key(path))
        return found is not None and sender not in found.owners

    def remember(self, path: str, owner: str) -> None:
        """Remember that this file was uploaded by an owner, as `_sender` names one."""
        if len(self._uploads) >= self._look_again_at:
            self._uploads = {key: one for key, one in self._uploads.items() if Path(one.path).exists()}
            self._names = set(map(_name, self._uploads))
            self._look_again_at = max(MANY, 2 * len(self._uploads))
        key = _key(path)
        upload = self._uploads.setdefault(key, _Upload(path, set()))
        # Two paths that differ in case only share this entry. It is kept until Gradio has deleted the later file.
        upload.path = path
        upload.owners.add(owner)
        self._names.add(_name(key))


class NotedUpload:
    """ASGI app: Gradio's upload, whose answer is the list of paths to remember."""

    def __init__(self, gradios: ASGIApp, uploads: Uploads) -> None:
        self._gradios, self._uploads = gradios, uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass an upload on; the answer to a new browser gets the cookie."""
        request = Request(scope)
        sender = _sender(request)
        session = secrets.token_urlsafe()
        is_done = False
        body = b""

        async def note(message: Message) -> None:
            nonlocal is_done, body
            if message["type"] == "http.response.start":
                is_done = message["status"] == 200
                if is_done and sender is None:
                    secure = "; Secure" if request.url.scheme == "https" else ""
                    cookie = f"{COOKIE}={session}; Path=/; HttpOnly; SameSite=Lax{secure}"
                    MutableHeaders(scope=message).append("set-cookie", cookie)
            elif is_done:
                body += message.get("body", b"")
                if not message.get("more_body"):
                    for path in json.loads(body):
                        self._uploads.remember(path, sender or f"session {session}")
            await send(message)

        await self._gradios(scope, receive, note)


def _sender(request: Request) -> str | None:
    if user := request.scope.get(USER):
        return f"user {user}"
    session = request.cookies.get(COOKIE)
    return f"session {session}" if session else None


def _key(path: str) -> str:
    # Some file systems ignore case. Gradio names a folder of uploads by the hash of its file.
    try:
        return os.path.realpath(path).casefold()
    except ValueError:
        return path


def _name(path: str) -> str:
    # "a.txt/." and "a.txt/x/.." lead to a.txt too.
    return os.path.normpath(path).rpartition(os.sep)[2].casefold()


def _strings(body: bytes) -> Iterator[str]:
    try:
        found: list[Any] = [json.loads(body)]
    except (ValueError, RecursionError):
        # Gradio cannot read it either.
        return
    while found:
        one = found.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, list):
            found.extend(one)
        elif isinstance(one, dict):
            found.extend(one.values())
