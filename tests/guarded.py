"""Web chats that only some may enter, for the tests of who may; waiting for what a server does by itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from rag import Assistant
from ui.web.server import Server, launch
from ui.web.users import Users

PASSWORDS = {"anna": "Annas Kennwort", "bert": "Berts Kennwort"}
MCP_HEADERS = {"accept": "application/json, text/event-stream"}


def make_users(path: Path) -> Path:
    """Write a users file with Anna and Bert in it."""
    for name, password in PASSWORDS.items():
        Users(path).add(name, password)
    return path


@contextmanager
def served(assistant: Assistant, said: list[str] | None = None, **options: Any) -> Iterator[Server]:
    """Serve a web chat; gives the server, whose `url` ends with a slash."""
    app = launch(assistant, port=0, block=False, say=(said if said is not None else []).append, **options)
    try:
        yield app
    finally:
        app.close()


@contextmanager
def log_in(url: str, name: str, password: str | None = None) -> Iterator[httpx.Client]:
    """Give a client that has logged in by the login page's form."""
    with httpx.Client(base_url=url, timeout=30) as client:
        client.post("login", data={"username": name, "password": password or PASSWORDS[name]}).raise_for_status()
        yield client


def cookies_of(url: str, name: str) -> dict[str, Any]:
    """Log in as that user; return a browser's storage."""
    with log_in(url, name) as client:
        kept = [{"name": k, "value": v, "domain": "127.0.0.1", "path": "/"} for k, v in client.cookies.items()]
    return {"cookies": kept, "origins": []}


def wait_for(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until a condition holds, or the time is up: the caller asserts what it wants to know."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
