"""Who uploaded what, at the dependency itself: what a large request costs the others, and what is forgotten."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from fastapi import Depends, FastAPI

from ui.web.limits import USER
from ui.web.uploads import API, MANY, Uploads


class Behind:
    """An app whose every route refuses others' uploads, as Gradio's do, and notes what came through."""

    def __init__(self, uploads: Uploads) -> None:
        self.came_through: list[str] = []
        self.app = FastAPI(dependencies=[Depends(uploads.refuse_others)])
        self.app.add_api_route("/{path:path}", self.answer, methods=["GET", "POST"])

    async def answer(self, path: str) -> None:
        self.came_through.append(f"/{path}")


def request(
    app: FastAPI, user: str, path: str, body: object = None, when_read: Callable[[], None] = lambda: None
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


def test_others_are_answered_while_a_large_request_is_looked_through(tmp_path: Path) -> None:
    uploads = Uploads()
    behind = Behind(uploads)
    app = behind.app
    upload(uploads, "anna", [tmp_path / "a.txt"])
    queue = f"{API}queue/join"

    async def both() -> None:
        read = anyio.Event()
        async with anyio.create_task_group() as tasks:

            async def other() -> None:
                await read.wait()
                await request(app, "bert", f"{API}other")()

            tasks.start_soon(other)
            await anyio.sleep(0)
            await request(app, "bert", queue, ["a/" * 2000 + "a.txt"] * 20, when_read=read.set)()

    anyio.run(both)
    assert behind.came_through == [f"{API}other", queue]


def test_only_what_is_called_like_an_upload_is_looked_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    uploads = Uploads()
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


def test_an_upload_that_is_deleted_is_forgotten_in_time(tmp_path: Path) -> None:
    uploads = Uploads()
    behind = Behind(uploads)
    app = behind.app
    paths = [tmp_path / f"folder {n}" / f"Note {n}.txt" for n in range(MANY)]
    upload(uploads, "anna", paths)
    paths[0].unlink()
    assert anyio.run(request(app, "bert", f"{API}file={paths[0]}")) == 403
    upload(uploads, "anna", [tmp_path / "one more.txt"])
    assert anyio.run(request(app, "bert", f"{API}file={paths[0]}")) == 200, "it is nobody's; Gradio says it is gone"
    for still in (paths[1], tmp_path / "one more.txt"):
        assert anyio.run(request(app, "bert", f"{API}file={still}")) == 403
        assert anyio.run(request(app, "bert", f"{API}queue/join", [str(still)])) == 403
        assert anyio.run(request(app, "anna", f"{API}queue/join", [str(still)])) == 200
