"""Who uploaded what, at the middleware itself: what a large request costs the others, and what is forgotten."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest

from ui.web.callers import USER
from ui.web.own_uploads import API, MANY, UPLOAD, OwnUploads


class Behind:
    """An app that takes every upload and says what of the rest came through to it."""

    def __init__(self) -> None:
        self.uploads: list[str] = []
        self.came_through: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] != UPLOAD:
            self.came_through.append(scope["path"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps(self.uploads).encode()})


def request(
    app: OwnUploads, user: str, path: str, body: object = None, when_read: Callable[[], None] = lambda: None
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
        await app({"type": "http", "method": method, "path": path, "headers": [], USER: user}, receive, send)
        return statuses[0]

    return ask


def upload(app: OwnUploads, behind: Behind, user: str, paths: list[Path]) -> None:
    behind.uploads = []
    for path in paths:
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
        behind.uploads.append(str(path))
    anyio.run(request(app, user, UPLOAD, "files"))


def test_others_are_answered_while_a_large_request_is_looked_through(tmp_path: Path) -> None:
    behind = Behind()
    app = OwnUploads(behind, most_bytes=10**7)
    upload(app, behind, "anna", [tmp_path / "a.txt"])
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
    behind = Behind()
    app = OwnUploads(behind, most_bytes=10**7)
    mine = tmp_path / "A Note.txt"
    upload(app, behind, "anna", [mine])
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
    behind = Behind()
    app = OwnUploads(behind, most_bytes=10**7)
    paths = [tmp_path / f"folder {n}" / f"Note {n}.txt" for n in range(MANY)]
    upload(app, behind, "anna", paths)
    paths[0].unlink()
    assert anyio.run(request(app, "bert", f"{API}file={paths[0]}")) == 403
    upload(app, behind, "anna", [tmp_path / "one more.txt"])
    assert anyio.run(request(app, "bert", f"{API}file={paths[0]}")) == 200, "it is nobody's; Gradio says it is gone"
    for still in (paths[1], tmp_path / "one more.txt"):
        assert anyio.run(request(app, "bert", f"{API}file={still}")) == 403
        assert anyio.run(request(app, "bert", f"{API}queue/join", [str(still)])) == 403
        assert anyio.run(request(app, "anna", f"{API}queue/join", [str(still)])) == 200
