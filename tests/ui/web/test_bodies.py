"""What comes over HTTP, in real requests: how long it may be and take, what it may name, and what is left of it."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from rag import Assistant
from tests.guarded import PASSWORDS, log_in, make_users, served, wait_for
from tests.ui.web.test_connections import chat_process, connect
from ui.web import bodies, queue, uploads
from ui.web.uploads import PREFIX

QUESTION = "How tall is the tower?"
JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def app(two_articles: Assistant) -> Iterator[Any]:
    with served(two_articles) as app:
        yield app


def begun(url: str, path: str, length: int, sent: bytes) -> socket.socket:
    """Send the head of a request with a body of that length, and its beginning."""
    line = connect(url)
    kind = b"multipart/form-data; boundary=b" if path.endswith("upload") else b"application/json"
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {length}\r\nContent-Type: ".encode()
    line.sendall(head + kind + b"\r\n\r\n" + sent)
    return line


def status(line: socket.socket) -> int:
    line.settimeout(30)
    with line:
        return int(line.recv(65536).split()[1])


def join(client: Any, url: str, data: list[Any], session: str = "a session", **more: Any) -> httpx.Response:
    call = {"data": data, "fn_index": 0, "session_hash": session, **more}
    return client.post(f"{url}gradio_api/queue/join", json=call, timeout=30)


def test_bodies_are_as_long_as_their_calls_need(app: Any) -> None:
    for path in ("gradio_api/call/ask", "gradio_api/run/ask", "gradio_api/cancel", "mcp", "health"):
        long = httpx.post(f"{app.url}{path}", content=b'"' + b"x" * 70_000 + b'"', headers=JSON)
        assert long.status_code == 413 and "65536 bytes" in long.json()["detail"], path
    assert status(begun(app.url, "/gradio_api/queue/join", 90_000_000, b"")) == 413, "before anything is sent"
    objects = b'{"data": [' + b", ".join([b"{}"] * 50_000) + b"]}"
    refused = httpx.post(f"{app.url}gradio_api/queue/join", content=objects, headers=JSON)
    assert refused.status_code == 413
    article = join(httpx, app.url, ['A "text", {of} [signs]. \\' * 50_000, *[None] * 8])
    assert article.status_code == 200, "of a text all signs may be"


def test_texts_that_do_not_end_take_no_time() -> None:
    # Twice as many would take four times as long: minutes.
    assert bodies._values(b'"' + b'\\"' * 2_000_000) == []
    assert bodies._values(b'["' * 1_000_000) is None


def test_a_body_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, app: Any) -> None:
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.3)
    monkeypatch.setattr(uploads, "SILENT_SECONDS", 0.3)
    for path in ("/gradio_api/queue/join", "/mcp", "/gradio_api/upload"):
        assert status(begun(app.url, path, 5000, b"--b\r\n")) == 408, path


def test_large_bodies_together_are_bounded_and_questions_get_through(monkeypatch: pytest.MonkeyPatch, app: Any) -> None:
    monkeypatch.setattr(bodies, "HELD_BYTES", 1_000_000)
    held = [begun(app.url, "/gradio_api/queue/join", 1_000_000, b"x" * 900_000)]
    time.sleep(0.5)
    assert status(begun(app.url, "/gradio_api/queue/join", 1_000_000, b"x" * 900_000)) == 503
    assert httpx.post(f"{app.url}gradio_api/call/ask", json={"data": [QUESTION, []]}).status_code == 200
    held[0].close()
    time.sleep(0.5)
    assert join(httpx, app.url, ["x" * 900_000, *[None] * 8]).status_code == 200, "what was given up is held no longer"


def test_no_address_is_fetched_for_a_file(app: Any) -> None:
    for path in ("file=http://203.0.113.1/x", "file=HTTPS://203.0.113.1/x", "file/http://203.0.113.1/x"):
        assert httpx.get(f"{app.url}gradio_api/{path}", timeout=10).status_code == 403
    for address in ("http://203.0.113.1/x", " HTTPS://203.0.113.1/x"):
        file = {"path": address, "meta": {"_type": "gradio.FileData"}}
        refused = join(httpx, app.url, [[file]])
        assert refused.status_code == 403 and "web" in refused.json()["detail"]
    assert join(httpx, app.url, ["http://203.0.113.1/x"] * 9).status_code == 200, "a text may be an address"


def test_a_session_is_its_users(two_articles: Assistant, tmp_path: Path) -> None:
    with served(two_articles, users=make_users(tmp_path / "users.json")) as app:
        url = app.url
        with log_in(url, "anna") as anna, log_in(url, "bert") as bert:
            assert join(anna, url, [None] * 9, "annas").status_code == 200
            asked = anna.post("gradio_api/call/ask", json={"data": [QUESTION, []]}).json()["event_id"]
            tried = [
                join(bert, url, [None] * 9, "annas"),
                bert.get("gradio_api/queue/data", params={"session_hash": "annas"}),
                bert.get("gradio_api/heartbeat/annas"),
                bert.get("gradio_api/deep_link", params={"session_hash": "annas"}),
                bert.get(f"gradio_api/call/ask/{asked}"),
                bert.get("gradio_api/call/ask/annas"),
                bert.post("gradio_api/run/clear", json={"data": [None], "session_hash": "annas"}),
                bert.post("gradio_api/cancel", json={"session_hash": "annas", "fn_index": 0, "event_id": "x"}),
                bert.post("gradio_api/cancel", json={"session_hash": "b", "fn_index": 0, "event_id": asked}),
            ]
            for answer in tried:
                assert answer.status_code == 403 and "somebody else" in answer.json()["detail"], answer.url
            assert "event: complete" in anna.get(f"gradio_api/call/ask/{asked}").text
            by_basic = httpx.get(f"{url}gradio_api/call/ask/annas", auth=("anna", PASSWORDS["anna"]), timeout=30)
            assert by_basic.status_code == 200, "she is the same user wherever she logs in"


@pytest.mark.parametrize(
    ("call", "given", "said"),
    [
        ("ask", [5, []], "question of ask is of the type int. Expected text."),
        ("ask", [QUESTION, "Who built it?"], "history of ask is of the type str. Expected a list of texts."),
        ("ask", [QUESTION, [5]], "history of ask is of the type list. Expected a list of texts."),
        ("ask", [QUESTION, None], "history of ask is of the type NoneType"),
        ("ask", [QUESTION], "other arguments"),
        ("retrieve", [QUESTION, "3"], "k of retrieve is of the type str. Expected a whole number."),
        ("retrieve", [QUESTION, 1.5], "k of retrieve is of the type float"),
        ("articles", [{}, 0], "title of articles is of the type dict"),
        ("read_sentence", ["x", None, 2], "sentence_index of read_sentence is of the type NoneType"),
    ],
)
def test_wrong_types_are_said(
    app: Any, call: str, given: list[Any], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    refused = httpx.post(f"{app.url}gradio_api/call/{call}", json={"data": given}, timeout=30)
    assert refused.status_code == 400 and said in refused.json()["detail"]
    direct = httpx.post(f"{app.url}gradio_api/run/{call}", json={"data": given}, timeout=30)
    assert direct.status_code == 404, "nothing goes round the queue"
    assert "Traceback" not in "".join(capfd.readouterr())


def test_calls_that_are_none_leave_no_traceback(app: Any, capfd: pytest.CaptureFixture[str]) -> None:
    calls: list[Any] = [
        {"data": [], "fn_index": 9999, "session_hash": "x"},
        {"data": [], "fn_index": -1, "session_hash": "x"},
        {"data": [], "session_hash": "x"},
        {"data": [], "fn_index": 1, "session_hash": "x"},
        {"data": {}, "fn_index": 0, "session_hash": 5},
        [],
        None,
        "x",
    ]
    for call in calls:
        assert 400 <= httpx.post(f"{app.url}gradio_api/queue/join", json=call, timeout=30).status_code < 500, call
    for content in (b"", b"{", b"\xff", b'{"data": ' + b"[" * 20_000):
        for path in ("queue/join", "call/ask"):
            answer = httpx.post(f"{app.url}gradio_api/{path}", content=content, headers=JSON, timeout=30)
            assert 400 <= answer.status_code < 500, content[:20]
    assert "Traceback" not in "".join(capfd.readouterr())


def test_what_nobody_collects_expires(monkeypatch: pytest.MonkeyPatch, app: Any) -> None:
    blocks = app.blocks
    before = len(blocks.state_holder.session_data)
    asked = [
        httpx.post(f"{app.url}gradio_api/call/ask", json={"data": [QUESTION, []]}, timeout=30).json()["event_id"]
        for _ in range(5)
    ]
    while blocks._queue.event_ids_to_events:
        time.sleep(0.05)
    assert len(blocks.state_holder.session_data) == before, "a call without a session leaves none"
    assert not blocks._queue.event_analytics, "nor a record that is gone through with each call"
    kept = blocks._queue.pending_messages_per_session
    assert [kept[one].qsize() for one in asked] == [3] * 5, "how long to wait, that it begins, and the result"
    monkeypatch.setattr(queue, "RESULT_SECONDS", 0.0)
    blocks._queue.expire()
    assert not set(asked) & set(blocks._queue.pending_messages_per_session)


@pytest.mark.slow
def test_uploads_leave_nothing_behind(tmp_path: Path) -> None:
    here = str(tmp_path)

    def files() -> list[str]:
        # Unlike `rglob`, it goes on where a folder is deleted meanwhile.
        return [name for _, _, names in os.walk(tmp_path) for name in names if not name.startswith(".")]

    for ending in (signal.SIGKILL, signal.SIGTERM):
        with chat_process(TMPDIR=here) as (process, url):
            httpx.post(f"{url}gradio_api/upload", files={"files": ("kept.txt", b"x")}, timeout=60).raise_for_status()
            part = b'--b\r\nContent-Disposition: form-data; name="files"; filename="half.txt"\r\n\r\nhalf'
            begun(url, "/gradio_api/upload", 5000, part).close()
            # The server may not even have begun to write it.
            time.sleep(1)
            wait_for(lambda: files() == ["kept.txt"])
            assert files() == ["kept.txt"], "what was given up is gone, and what the process before has left"
            process.send_signal(ending)
            process.wait(30)
        if ending == signal.SIGKILL:
            assert files() == ["kept.txt"]
            (left,) = tmp_path.glob(f"{PREFIX}*")
            os.utime(left, (0, 0))
    assert files() == []
