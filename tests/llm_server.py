"""An LLM's server on loopback that says what a test wants: word by word, wrongly, slowly or not at all."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Reply:
    """What the server answers.

    Attributes:
        pieces: of the text, each sent by itself; bytes are sent as they are, in no event.
        status, kind: of the response; an error has `pieces` as its body.
        finish: why the text ends; "" breaks the connection off instead.
        stalls: whether nothing more comes after the pieces, and the connection stays open.
        part: the part of a piece that has the text.
    """

    pieces: Sequence[str | bytes] = ()
    status: int = 200
    kind: str = "text/event-stream"
    finish: str = "stop"
    stalls: bool = False
    part: str = "content"
    headers: dict[str, str] = field(default_factory=dict)


class LLMServer(ThreadingHTTPServer):
    """Serves `reply`, and keeps the requests that came."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.reply = Reply()
        self.requests: list[dict[str, Any]] = []
        self.released = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients hang up."""


class _Handler(BaseHTTPRequestHandler):
    server: LLMServer

    def log_message(self, *about: object) -> None:
        pass

    def do_GET(self) -> None:
        self._send(200, "application/json", json.dumps({"object": "list", "data": [{"id": "a-model"}]}).encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.requests.append(
            {"headers": {name.lower(): value for name, value in self.headers.items()}, **json.loads(body)}
        )
        reply = self.server.reply
        if reply.status != 200 or reply.kind != "text/event-stream":
            whole = b"".join(one if isinstance(one, bytes) else one.encode() for one in reply.pieces)
            return self._send(reply.status, reply.kind, whole)
        self._head(200, reply.kind)
        for piece in reply.pieces:
            self.wfile.write(piece if isinstance(piece, bytes) else event({reply.part: piece}))
        if reply.stalls:
            self.wfile.flush()
            self.server.released.wait(10)
        elif reply.finish:
            self.wfile.write(event({}, reply.finish) + b"data: [DONE]\n\n")
        return None

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self._head(status, kind)
        self.wfile.write(body)

    def _head(self, status: int, kind: str) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        for name, value in self.server.reply.headers.items():
            self.send_header(name, value)
        self.end_headers()


def event(delta: dict[str, str], finish: str | None = None) -> bytes:
    """Return an event as OpenAI's API streams it."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    data = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "a-model", "choices": [choice]}
    return f"data: {json.dumps(data)}\n\n".encode()


@contextmanager
def llm_server() -> Iterator[LLMServer]:
    """Serve until the context ends."""
    server = LLMServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()
