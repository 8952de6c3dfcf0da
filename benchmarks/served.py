"""A web chat in a process of its own, and a page's and a program's calls of it: for what is measured of a server."""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import httpx

BELEG = str(Path(sys.executable).with_name("beleg"))
# What waits for an answer longer than this has got none.
SECONDS = 300


class ServedChat:
    """A web chat that runs.

    Attributes:
        process: its process.
        url: its address, with a slash at its end.
    """

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.process, self.url = process, url

    def megabytes(self) -> float:
        """Return what the process holds in memory now."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * resource.getpagesize() / 1e6

    def connect(self) -> socket.socket:
        """Return a connection that nothing was said by."""
        address = httpx.URL(self.url)
        return socket.create_connection((address.host, address.port or 80), timeout=SECONDS)

    def ask(self, client: httpx.Client, call: str, *data: object) -> str:
        """Make a program's call and wait for its result; return the event that ended it."""
        begun = client.post(f"{self.url}gradio_api/call/{call}", json={"data": data})
        begun.raise_for_status()
        path = f"{self.url}gradio_api/call/{call}/{begun.json()['event_id']}"
        events = [line for line in client.get(path).text.splitlines() if line.startswith("event: ")]
        return events[-1].removeprefix("event: ") if events else "none"

    def handler(self, part: str, event: str) -> int:
        """Return the handler of an event of one of the page's parts, by its element's id."""
        ids = [one["id"] for one in self.config["components"] if one["props"].get("elem_id") == part]
        return next(one["id"] for one in self.config["dependencies"] if [ids[0], event] in one["targets"])

    def after(self, handler: int) -> int:
        """Return the handler that runs after another."""
        return next(one["id"] for one in self.config["dependencies"] if one["trigger_after"] == handler)

    @cached_property
    def config(self) -> dict[str, Any]:
        """The page's parts and handlers, as Gradio lists them."""
        found: dict[str, Any] = httpx.get(f"{self.url}config", timeout=60).json()
        return found

    def call(self, handler: int, session: str, data: Sequence[object], event: object = None) -> str:
        """Call one of the page's handlers as the page does; return the name of the call."""
        body = {"data": data, "fn_index": handler, "session_hash": session, "event_data": event, "trigger_id": None}
        answer = httpx.post(f"{self.url}gradio_api/queue/join", json=body, timeout=SECONDS)
        answer.raise_for_status()
        return str(answer.json()["event_id"])

    def messages(self, session: str) -> Iterator[dict[str, Any]]:
        """Yield what a session's calls say, until none of them is left."""
        path = f"{self.url}gradio_api/queue/data"
        with httpx.stream("GET", path, params={"session_hash": session}, timeout=SECONDS) as lines:
            for line in lines.iter_lines():
                if line.startswith("data: "):
                    yield json.loads(line.removeprefix("data: "))


def _prepare(files: int) -> None:
    # A command that a shell runs in the background ignores Ctrl-C, and so does what it starts.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if files:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))


@contextmanager
def served(*options: str, files: int = 0, program: Sequence[str] = (), **environment: str) -> Iterator[ServedChat]:
    """Serve a web chat, and end it.

    Args:
        options: of `beleg chat`.
        files: how many the process may have open; 0: as many as this one.
        program: a command in the place of `beleg chat`.
        environment: more of it.
    """
    command = [*program] or [BELEG, "chat", "--no-browser", "--no-feedback", *options]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
        preexec_fn=partial(_prepare, files),
    )
    if process.stdout is None:
        raise RuntimeError("a pipe was asked for")
    try:
        url = next((line.split()[-1] for line in process.stdout if line.startswith("Beleg: ")), "")
        if not url:
            raise RuntimeError("the chat ended before it served")
        chat = ServedChat(process, url)
        while httpx.get(f"{url}health", timeout=SECONDS).status_code != 200:
            time.sleep(0.1)
        yield chat
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def said_since(chat: ServedChat) -> str:
    """Return what a chat has printed and nobody has read, while it goes on."""
    stream, said = chat.process.stdout, b""
    if stream is not None:
        while select.select([stream], [], [], 0)[0] and (some := os.read(stream.fileno(), 65536)):
            said += some
    return said.decode(errors="replace")
