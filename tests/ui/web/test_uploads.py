"""Who uploaded what, at the middleware itself: what a large request costs the others, and when a file is deleted."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import gradio as gr
import pytest
from fastapi import FastAPI
from starlette.requests import Request

from ui.web.bodies import Bodies
from ui.web.limits import USER
from ui.web.origin import SessionOwners
from ui.web.uploads import API, COOKIE, KEPT_SECONDS, Uploads, sender_of


class Behind:
    """An app that others' uploads are kept from, as from Gradio's, and that notes what came through."""

    def __init__(self, uploads: Uploads) -> None:
        self.came_through: list[str] = []
        app = FastAPI()
        app.add_api_route("/{path:path}", self.answer, methods=["GET", "POST"])
        self.app = Bodies(app, 2**20, uploads, SessionOwners())

    async def answer(self, path: str) -> None:
        self.came_through.append(f"/{path}")


def request(
    app: Bodies, user: str, path: str, body: object = None, when_read: Callable[[], None] = lambda: None
) -> Callable[[], Any]:
    """Return what sends a request as that user and returns the answer's status."""

    async def ask() -> int:
        statuses: list[int] = []

        async def receive() -> dict[str, Any]:
            when_read()
            return {"type": "http.request", "body": json.dumps(body).encode()}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        method = "GET" if body is None else "POST"
        scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": [], USER: user}
        await app(scope, receive, send)
        return statuses[0]

    return ask


def upload(uploads: Uploads, user: str, paths: list[Path]) -> None:
    for path in paths:
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
        uploads.remember(str(path), f"user {user}")


def test_others_are_answered_while_a_request_is_looked_through() -> None:
    behind: Behind

    class Slow(Uploads):
        """It looks a file up until another request is answered, and not for ever."""

        def is_anothers(self, path: str, sender: str | None) -> bool:
            until = time.monotonic() + 10
            while path == "a.txt" and not behind.came_through and time.monotonic() < until:
                time.sleep(0.01)
            return super().is_anothers(path, sender)

    behind = Behind(Slow(1000))
    app = behind.app
    queue = f"{API}queue/join"

    async def both() -> None:
        read = anyio.Event()
        async with anyio.create_task_group() as tasks:

            async def other() -> None:
                await read.wait()
                await request(app, "bert", f"{API}other")()

            tasks.start_soon(other)
            await anyio.sleep(0)
            await request(app, "bert", queue, ["a.txt"], when_read=read.set)()

    anyio.run(both)
    assert behind.came_through == [f"{API}other", queue]


def test_only_what_is_called_like_an_upload_is_looked_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    uploads = Uploads(1000)
    behind = Behind(uploads)
    app = behind.app
    mine = tmp_path / "A Note.txt"
    upload(uploads, "anna", [mine])
    looked_up, realpath = [], os.path.realpath

    def note(path: str) -> str:
        looked_up.append(path)
        return realpath(path)

    monkeypatch.setattr(os.path, "realpath", note)
    assert anyio.run(request(app, "bert", f"{API}queue/join", ["a/" * 2000, "", "/", str(tmp_path)])) == 200
    assert looked_up == []
    for form in (f"{mine}", f"{mine}/", f"{mine}/.", f"{mine}/x/..", f"{tmp_path}/./A Note.txt"):
        assert anyio.run(request(app, "bert", f"{API}queue/join", [{"path": form}])) == 403, form


def test_a_file_is_deleted_when_nobody_needs_it_any_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    uploads = Uploads(1000)
    behind = Behind(uploads)
    read, left, shared, old = (tmp_path / f"folder {n}" / f"Note {n}.txt" for n in range(4))
    upload(uploads, "anna", [read, left, shared, old])
    upload(uploads, "bert", [shared])
    uploads.read([str(read), str(shared)], "user anna")
    uploads.read([str(left)], "user bert")
    assert not read.parent.exists() and left.exists() and shared.exists(), "Bert needs it, and Anna's is not his"
    assert anyio.run(request(behind.app, "anna", f"{API}file={shared}")) == 403
    for session in ("a page", "another"):
        assert (
            anyio.run(request(behind.app, "anna", f"{API}queue/join", {"session_hash": session, "data": [str(left)]}))
            == 200
        )
    assert anyio.run(request(behind.app, "anna", f"{API}heartbeat/a page")) == 200
    assert left.exists(), "another page has it too"
    assert anyio.run(request(behind.app, "anna", f"{API}heartbeat/another")) == 200
    assert not left.exists()
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + KEPT_SECONDS + 1)
    uploads.forget_old()
    assert not old.exists() and not shared.exists()
    assert anyio.run(request(behind.app, "bert", f"{API}file={old}")) == 200, "it is nobody's; Gradio says it is gone"


def test_who_has_many_uploads_waits_and_others_do_not(tmp_path: Path) -> None:
    uploads = Uploads(1000)
    for _ in range(3):
        assert uploads.refuse("anna", "a", 1000) is None
        uploads.begin("anna", "a", 1000)
    assert (refused := uploads.refuse("anna", "b", 1)) and refused.code == "uploads-too-many"
    assert uploads.refuse("bert", "a", 1000) is None
    uploads.begin("bert", "a", 3000)
    assert uploads.refuse("carl", "a", 1), "the whole address has as many as it may"
    assert uploads.refuse("dora", "d", 1000) is None and uploads.refuse("dora", "d", 1001)
    uploads.end(("anna", "a", 1000))
    assert uploads.refuse("anna", "b", 1000) is None


@pytest.mark.parametrize(("user", "owner"), [("anna", "user anna"), (None, "session abc")])
def test_a_handler_knows_whose_an_upload_is(user: str | None, owner: str) -> None:
    cookie = f"{COOKIE}=abc".encode()
    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": [(b"cookie", cookie)]}
    sent = Request({**scope, USER: user})
    assert sender_of(sent) == sender_of(gr.Request(sent, username=user, session_hash="x")) == owner
