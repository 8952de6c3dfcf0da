"""Clients that only connect, or send their request byte by byte, do not keep the others out. Real processes and sockets."""

from __future__ import annotations

import logging
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest

from rag import Assistant
from tests.guarded import served
from tests.shell import BELEG
from ui.web import connections
from ui.web.connections import Connection
from ui.web.server import _listen

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
FROM_PYTHON = "from rag import Assistant; from ui.web.server import launch; launch(Assistant.open(), port=0)"


def _prepare(files: tuple[int, int] | None) -> None:
    # Tests that run in the background ignore Ctrl-C, and so does what they start.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if files:
        resource.setrlimit(resource.RLIMIT_NOFILE, files)


@contextmanager
def chat_process(
    *options: str, files: tuple[int, int] | None = None, program: str = "", **environment: str
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Serve a web chat in a process of its own that may open so many files; gives it and its address.

    It is the command's, with these options, or that of a program in Python.
    """
    command = [BELEG, "chat", "--no-browser", "--no-feedback", *options]
    command = [sys.executable, "-c", program] if program else command
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **environment},
        preexec_fn=partial(_prepare, files),
    )
    assert process.stdout
    try:
        lines = iter(process.stdout.readline, "")
        url = next((line.split()[-1] for line in lines if line.startswith("Beleg: ")), "")
        assert url, "it ended before it served"
        while httpx.get(f"{url}health", timeout=60).status_code != 200:
            time.sleep(0.1)
        yield process, url
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def connect(url: str) -> socket.socket:
    address = httpx.URL(url)
    return socket.create_connection((address.host, address.port or 80), timeout=30)


def closed_by_the_server(line: socket.socket, seconds: float) -> bool:
    readable, _, _ = select.select([line], [], [], seconds)
    try:
        return bool(readable) and line.recv(65536) == b""
    except ConnectionResetError:
        return True


def test_more_idle_connections_than_files_keep_nobody_out() -> None:
    with chat_process(files=(512, 512)) as (process, url), ExitStack() as stack:
        # They come all at once, as to a server that is busy.
        process.send_signal(signal.SIGSTOP)
        for _ in range(700):
            stack.enter_context(connect(url))
        process.send_signal(signal.SIGCONT)
        assert httpx.get(f"{url}health", timeout=30).status_code == 200
        process.terminate()
        assert process.stdout and "Too many open files" not in process.stdout.read()


def test_as_many_files_as_may_be_are_opened() -> None:
    run = subprocess.run(
        [sys.executable, "-c", "from ui.web.connections import raise_file_limit; print(raise_file_limit())"],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (256, 1000)),
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert run.stdout == "1000\n", run.stderr


def test_a_head_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, two_articles: Assistant) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.5)
    with served(two_articles) as app, connect(app.url) as silent, connect(app.url) as slow, connect(app.url) as again:
        slow.sendall(b"GET /health HTTP/1.1\r\n")
        again.sendall(b"GET /robots.txt HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert again.recv(65536).startswith(b"HTTP/1.1 200")
        again.sendall(b"GET /health HTTP/1.1\r\n")
        ended: set[str] = set()
        lines = {"silent": silent, "slow": slow, "again": again}
        for number in range(200):
            for name in lines.keys() - ended:
                if closed_by_the_server(lines[name], 0.02):
                    ended.add(name)
                elif name != "silent":
                    try:
                        lines[name].sendall(b"x-%d: y\r\n" % number)
                    except OSError:
                        ended.add(name)
        assert ended == {"silent", "slow", "again"}


def test_who_has_waited_longest_makes_room(monkeypatch: pytest.MonkeyPatch, two_articles: Assistant) -> None:
    with served(two_articles) as app, ExitStack() as stack:
        monkeypatch.setattr(Connection, "most", 5)
        asking = stack.enter_context(connect(app.url))
        asking.sendall(b"GET /gradio_api/heartbeat/abcdefgh HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert b"ALIVE" in asking.recv(65536) + asking.recv(65536)
        idle = [stack.enter_context(connect(app.url)) for _ in range(8)]
        assert httpx.get(f"{app.url}health", timeout=30).status_code in (200, 503)
        assert closed_by_the_server(idle[0], 5) and not closed_by_the_server(idle[-1], 0.1)
        assert not closed_by_the_server(asking, 0.1), "who is being answered does not wait"


def test_the_second_part_of_an_answer_does_not_wait_for_the_first(two_articles: Assistant) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listening = _listen("127.0.0.1", taken.getsockname()[1])
    with listening, socket.create_connection(listening.getsockname()), listening.accept()[0] as accepted:
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_the_root_logger_has_no_handler_of_the_server(two_articles: Assistant) -> None:
    before = logging.getLogger().handlers[:]
    with served(two_articles):
        assert logging.getLogger().handlers == before


def test_a_server_that_ends_by_itself_ends_the_process() -> None:
    script = (
        "import threading, time\n"
        "from rag import Assistant\n"
        "from ui.web import server\n"
        "def end(self):\n"
        "    self._uvicorn.should_exit = True\n"
        "class Ending(server.Server):\n"
        "    def wait(self):\n"
        "        threading.Timer(0.5, end, [self]).start()\n"
        "        super().wait()\n"
        "server.Server = Ending\n"
        "server.launch(Assistant.open(), port=0)\n"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert run.returncode == 1 and "the web chat has ended by itself" in run.stderr


@pytest.mark.parametrize(
    ("number", "program", "status"),
    [
        (signal.SIGINT, "", 130),
        (signal.SIGTERM, "", 143),
        # As Python ends where nobody catches KeyboardInterrupt, and not by SIGABRT.
        (signal.SIGINT, FROM_PYTHON, -signal.SIGINT),
    ],
)
def test_the_process_ends_in_the_middle_of_answers(number: signal.Signals, program: str, status: int) -> None:
    with chat_process(program=program) as (process, url), ExitStack() as stack:
        for _ in range(4):
            body = {"data": ["Wer traf sich?", ["Wo trafen sie sich?"] * 20]}
            httpx.post(f"{url}gradio_api/call/ask", json=body, timeout=60).raise_for_status()
        line = stack.enter_context(connect(url))
        line.sendall(b"GET /gradio_api/heartbeat/abcdefgh HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert line.recv(65536)
        process.send_signal(number)
        assert process.wait(60) == status
        said = process.stdout.read() if process.stdout else ""
        assert "terminate called" not in said and ("Traceback" in said) == bool(program)
