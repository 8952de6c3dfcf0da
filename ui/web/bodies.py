"""The bodies of requests: how long each may be, what may stand in them, and how much of them the server holds at once.

A body is read here whole, before anything else looks at it; uploads, which go to the disk, have their own bounds in
uploads.py.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from index.errors import BelegError
from ui.web.articles import MOST_OWN_CHARACTERS
from ui.web.auth import refusal
from ui.web.limits import USER
from ui.web.origin import SessionOwners
from ui.web.uploads import API, FETCH, UPLOAD, Uploads, sender_of

JOIN = f"{API}queue/join"
# A question with those before it, by whatever call; they are ten times shorter.
QUESTION_BYTES = 64 * 2**10
# Articles are pasted by this call: as long as a session's own may be, of characters that take four bytes.
ARTICLE_BYTES = 4 * MOST_OWN_CHARACTERS + QUESTION_BYTES
# Of JSON, what is no text: a byte of it can become a hundred in memory.
STRUCTURE_BYTES = 64 * 2**10
# Of all requests together, and how long one may take: 8 MB come in this time by a slow mobile network.
HELD_BYTES = 64 * 2**20
BODY_SECONDS = 60
# Each text is matched as far as it goes, and never again in parts.
_TEXTS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
# Where a path names a session or a result.
_NAMED_IN_PATH = re.compile(rf"{API}(?:heartbeat/([^/]+)|(?:call|call/v2)/[^/]+/([^/]+)|stream/([^/]+).*)/?")


class Bodies:
    """ASGI middleware: reads a request's body within bounds, and refuses what it names and may not.

    Args:
        most_bytes: the longest body of all; the bounds above are lowered to it.
        uploads: refuses files that somebody else uploaded.
        owners: refuses sessions of other users.
    """

    def __init__(self, app: ASGIApp, most_bytes: int, uploads: Uploads, owners: SessionOwners) -> None:
        self._app, self._most, self._uploads, self._owners = app, most_bytes, uploads, owners
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with its body, or refuse it."""
        if scope["type"] != "http" or scope["path"].rstrip("/") == UPLOAD:
            return await self._app(scope, receive, send)
        request = Request(scope, receive)
        if refused := self._refused(request, None):
            return await refused(scope, receive, send)
        if scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self._app(scope, receive, send)
            if named := _NAMED_IN_PATH.fullmatch(scope["path"]):
                # A page keeps this request for as long as it is open.
                await run_in_threadpool(self._uploads.leave, named[1] or "")
            return None
        held = [0]
        try:
            answer = await self._read(request, held)
            if isinstance(answer, Response):
                # The rest of the body is not read: nothing else can come by this connection.
                answer.headers["connection"] = "close"
                return await answer(scope, receive, send)
            return await self._app(scope, _replayed(answer, receive), send)
        except ClientDisconnect:
            return None
        finally:
            self._held -= held[0]

    async def _read(self, request: Request, held: list[int]) -> bytes | Response:
        """Return the body, or the answer that refuses it. `held[0]` is how many bytes of it are held."""
        path = request.scope["path"].rstrip("/")
        most = min(self._most, ARTICLE_BYTES if path == JOIN else QUESTION_BYTES)
        length = request.headers.get("content-length", "")
        if length.isdigit() and int(length) > most:
            return refusal(request, 413, _too_large(most))
        parts: list[bytes] = []
        try:
            async with asyncio.timeout(BODY_SECONDS):
                async for part in request.stream():
                    parts.append(part)
                    held[0] += len(part)
                    self._held += len(part)
                    if held[0] > most:
                        return refusal(request, 413, _too_large(most))
                    # Questions are never refused because of others' articles.
                    if held[0] > QUESTION_BYTES and self._held > HELD_BYTES:
                        said = "Too many large requests at once. Wait some seconds."
                        return refusal(request, 503, BelegError(said, "requests-too-large"), {"Retry-After": "10"})
        except TimeoutError:
            said = f"The request took longer than {BODY_SECONDS} seconds. Expected it faster."
            return refusal(request, 408, BelegError(said, "request-too-slow", seconds=BODY_SECONDS))
        body = b"".join(parts)
        if path.startswith(API) and body:
            # A large body takes time; other requests are answered meanwhile.
            found = await run_in_threadpool(_values, body)
            if found is None:
                return refusal(request, 413, _too_large(STRUCTURE_BYTES))
            if refused := await run_in_threadpool(self._refused, request, found):
                return refused
        return body

    def _refused(self, request: Request, values: list[Any] | None) -> Response | None:
        """Return the answer that refuses what a request's path or body names; None where it may name it.

        Args:
            values: all values of its body's JSON, the outermost first; None for the path.
        """
        path, sender = request.scope["path"], sender_of(request)
        files = [] if values is None else [one for one in values if isinstance(one, str)]
        outermost = values[0] if values and isinstance(values[0], dict) else {}
        session, others = outermost.get("session_hash"), [outermost.get("event_id")]
        if values is None:
            session = request.query_params.get("session_hash")
            if path.startswith(FETCH):
                files = [path.removeprefix(FETCH[0]).removeprefix(FETCH[1])]
            if named := _NAMED_IN_PATH.fullmatch(path):
                session, others = named[1] or session, [named[2] or named[3]]
        if (path.startswith(FETCH) and _is_address(files[0])) or any(map(_fetches, values or ())):
            said = "A file at an address on the web is not fetched by this call. Expected one that was uploaded."
            return refusal(request, 403, BelegError(said, "upload-elsewhere"))
        if any(self._uploads.is_anothers(one, sender) for one in files):
            said = "This file was uploaded by somebody else. Expected one of your own: upload it again."
            return refusal(request, 403, BelegError(said, "upload-foreign"))
        if user := request.scope.get(USER):
            mine = not isinstance(session, str) or not session or self._owners.claim(session, user)
            if not mine or not all(self._owners.admits(one, user) for one in others if isinstance(one, str)):
                said = "This session is somebody else's. Expected one of your own: load the page anew."
                return refusal(request, 403, BelegError(said, "session-foreign"))
        if values is not None and isinstance(session, str):
            self._uploads.hand_in(session, files)
        return None


def _too_large(most: int) -> BelegError:
    said = f"The request has more than {most} bytes. Expected at most as many."
    return BelegError(said, "request-too-large", most=most)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Return what gives the app the body that was read, and then what else comes."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return waiting.pop() if waiting else await receive()

    return replayed


def _values(body: bytes) -> list[Any] | None:
    """Return all values in a body's JSON, the outermost first; None where it has too much besides texts.

    What is no JSON has no values: whoever reads it says so.
    """
    if len(body) > STRUCTURE_BYTES and len(_TEXTS.sub(b"", body)) > STRUCTURE_BYTES:
        return None
    try:
        return list(_nested(json.loads(body)))
    except (ValueError, RecursionError):
        return []


def _nested(value: Any) -> Iterator[Any]:
    found = [value]
    while found:
        one = found.pop()
        yield one
        if isinstance(one, list):
            found.extend(one)
        elif isinstance(one, dict):
            found.extend(one.values())


def _is_address(path: str) -> bool:
    return path.lower().startswith(("http:", "https:"))


def _fetches(value: Any) -> bool:
    """Return whether Gradio would take a value for a file and fetch it: one whose path is an address."""
    return isinstance(value, dict) and isinstance(value.get("path"), str) and _is_address(value["path"].strip())
