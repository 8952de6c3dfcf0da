"""Uploaded files: whose they are, how much of them there may be, and when they are gone.

All lie in one folder of this process, beside the originals that sessions keep (originals.py). An upload is deleted once
it was read, when its page is closed, after an hour, and with the folder when the server ends. What a process that was
killed has left, the next one deletes.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from starlette.concurrency import run_in_threadpool
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive

from index.errors import BelegError
from ui.web.auth import refusal
from ui.web.limits import USER, Caller

API = "/gradio_api/"
UPLOAD = f"{API}upload"
FETCH = (f"{API}file=", f"{API}file/")
COOKIE = "beleg-session"
# No system opens a file by a longer path.
LONGEST_PATH = 4096
# In uploads of the largest size: what one browser or user may have on the disk, what one network address, and all. An
# upload is there for as long as it is read, mostly some seconds.
MOST_OF_OWNER, MOST_OF_ADDRESS, MOST_OF_ALL = 3, 6, 20
# How long an upload waits to be read, and how long one may take, and be silent.
KEPT_SECONDS = 3600
UPLOAD_SECONDS, SILENT_SECONDS = 900, 30
# The folder of a process begins with this, and holds this lock as long as the process lives.
GRADIOS = "GRADIO_TEMP_DIR"
PREFIX, LOCK = "beleg-files-", ".lock"
# Gradio serves whatever lies in its folder to anyone who knows its path, so originals lie in another.
SERVED, ORIGINALS = "gradio", "originals"
# A folder is locked a moment after it is made.
YOUNG_SECONDS = 60


class _Folder:
    """The one folder of this process for files that Gradio serves and receives; it is there while a server needs it."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._users = 0
        self._lock: FileLock | None = None
        self._path: Path | None = None
        self._before: str | None = None
        atexit.register(self._delete)

    def open(self) -> Path:
        """Return the folder of originals, made where it is not there; leftovers of dead processes are deleted."""
        with self._guard:
            self._users += 1
            if self._path is None:
                _delete_leftovers()
                self._path = Path(tempfile.mkdtemp(prefix=PREFIX))
                self._lock = FileLock(self._path / LOCK)
                self._lock.acquire()
                for name in (SERVED, ORIGINALS):
                    (self._path / name).mkdir()
                # Gradio looks for it whenever it needs a folder.
                self._before = os.environ.get(GRADIOS)
                os.environ[GRADIOS] = str(self._path / SERVED)
            return self._path / ORIGINALS

    def close(self) -> None:
        """Delete the folder where no other server of this process needs it."""
        with self._guard:
            self._users -= 1
            if self._users <= 0:
                self._delete()

    def _delete(self) -> None:
        path, self._path, self._users = self._path, None, 0
        if path is not None:
            os.environ.pop(GRADIOS, None)
            if self._before is not None:
                os.environ[GRADIOS] = self._before
            shutil.rmtree(path, ignore_errors=True)
            if self._lock:
                self._lock.release()
            # Releasing the lock may have left its file.
            shutil.rmtree(path, ignore_errors=True)


folder = _Folder()


def _delete_leftovers() -> None:
    for one in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            if one.is_symlink() or time.time() - one.stat().st_mtime < YOUNG_SECONDS:
                continue
            with FileLock(one / LOCK, timeout=0):
                shutil.rmtree(one, ignore_errors=True)
        except (OSError, Timeout):
            # It is another user's, or of a process that lives.
            continue


@dataclass(slots=True)
class _Upload:
    path: str
    size: int
    since: float
    # Who uploaded it, and the network address that each came from.
    owners: dict[str, str] = field(default_factory=dict)
    # The pages that it was handed in by.
    sessions: set[str] = field(default_factory=set)


class Uploads:
    """Remembers who uploaded what: the user, or without login the browser. Threads may share one.

    A browser is known by a cookie that it gets with its first upload and loses when it is closed.

    Args:
        most_bytes: of one request.
    """

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        # By `_key`, and the names of these files.
        self._uploads: dict[str, _Upload] = {}
        self._names: set[str] = set()
        # What is being received, by its owner and address.
        self._coming: list[tuple[str, str, int]] = []
        self._lock = threading.RLock()

    def is_anothers(self, path: str, sender: str | None) -> bool:
        """Return whether a path leads to what somebody else uploaded."""
        # The file system is asked once for each folder of a path, so only for one that ends in an upload's name.
        if not 0 < len(path) <= LONGEST_PATH or _name(path) not in self._names:
            return False
        found = self._uploads.get(_key(path))
        return found is not None and sender not in found.owners

    def refuse(self, owner: str, address: str, size: int) -> BelegError | None:
        """Return why an upload of that size in bytes is not taken; None where it is."""
        with self._lock:
            kept = [(one.owners, one.size) for one in self._uploads.values()]
            kept += [({whose: where}, coming) for whose, where, coming in self._coming]
            used = (
                sum(one for owners, one in kept if owner in owners),
                sum(one for owners, one in kept if address in owners.values()),
                sum(one for _, one in kept),
            )
        if size > self.most_bytes:
            said = f"The upload has more than {self.most_bytes} bytes. Expected at most as many."
            return BelegError(said, "upload-too-large", most=self.most_bytes)
        times = (MOST_OF_OWNER, MOST_OF_ADDRESS, MOST_OF_ALL)
        if any(one + size > most * self.most_bytes for one, most in zip(used, times, strict=True)):
            return BelegError("Too many files are uploaded at once. Wait until they are read.", "uploads-too-many")
        return None

    def begin(self, owner: str, address: str, size: int) -> tuple[str, str, int]:
        """Count an upload that is coming, and return what `end` takes."""
        with self._lock:
            self._coming.append(coming := (owner, address, size))
        return coming

    def end(self, coming: tuple[str, str, int]) -> None:
        """Count an upload no longer that was coming."""
        with self._lock:
            self._coming.remove(coming)

    def remember(self, path: str, owner: str, address: str = "") -> None:
        """Remember that this file was uploaded by an owner, as `sender_of` names one."""
        with self._lock:
            key = _key(path)
            upload = self._uploads.setdefault(key, _Upload(path, _size(path), time.monotonic()))
            # Two paths that differ in case only share this entry.
            upload.path, upload.since = path, time.monotonic()
            upload.owners[owner] = address
            self._names.add(_name(key))

    def keep(self, found: Iterable[str], scratch: Path, kept_in: Path, owner: str, address: str) -> list[str]:
        """Move uploaded files to where Gradio looks for them, remember them, and return where they are."""
        paths = []
        for path in found:
            there = kept_in / Path(path).relative_to(scratch)
            # Together, for who uploaded the same file may be done with it at this moment.
            with self._lock:
                there.parent.mkdir(exist_ok=True)
                Path(path).replace(there)
                self.remember(str(there), owner, address)
            paths.append(str(there))
        return paths

    def hand_in(self, session: str, values: Iterable[object]) -> None:
        """Note that a page hands in the uploads among these values."""
        with self._lock:
            for one in values:
                if isinstance(one, str) and _name(one) in self._names and (found := self._uploads.get(_key(one))):
                    found.sessions.add(session)

    def read(self, paths: Iterable[str], sender: str | None) -> None:
        """Delete what its owner needs no longer."""
        with self._lock:
            for path in paths:
                if (found := self._uploads.get(_key(path))) and sender is not None:
                    found.owners.pop(sender, None)
                    if not found.owners:
                        self._delete([found])

    def leave(self, session: str) -> None:
        """Delete what a page has handed in that is closed now, but for what another page has handed in too."""
        with self._lock:
            for one in [one for one in self._uploads.values() if session in one.sessions]:
                one.sessions.discard(session)
                if not one.sessions:
                    self._delete([one])

    def forget_old(self) -> None:
        """Delete what has waited too long to be read."""
        with self._lock:
            oldest = time.monotonic() - KEPT_SECONDS
            self._delete([one for one in self._uploads.values() if one.since < oldest])

    def _delete(self, uploads: list[_Upload]) -> None:
        for one in uploads:
            del self._uploads[_key(one.path)]
            # Gradio's folder of this file, named by its hash.
            for path in (Path(one.path), Path(one.path).parent):
                try:
                    path.unlink() if path.is_file() else path.rmdir()
                except OSError:
                    continue
        if uploads:
            self._names = set(map(_name, self._uploads))


class _TooLong(Exception):  # noqa: N818 - as `Cancelled`
    """An upload is longer than it said."""


def upload_route(uploads: Uploads, kept_in: Path) -> Route:
    """Return the route of uploads, Gradio's but for the bounds.

    Args:
        kept_in: Gradio's folder of uploads.
    """
    from gradio.route_utils import upload_fn
    from gradio.routes import file_upload_statuses

    async def take(request: Request) -> Response:
        sender, address = sender_of(request), Caller.of_scope(request.scope).address
        session = secrets.token_urlsafe()
        owner = sender or f"session {session}"
        length = request.headers.get("content-length", "")
        # Of what does not say its length, the largest is expected.
        size = int(length) if length.isdigit() else uploads.most_bytes
        if refused := uploads.refuse(owner, address, size):
            return refusal(request, 413, refused, {"Connection": "close"})
        coming = uploads.begin(owner, address, size)
        # Whatever ends this upload, nothing of it is left here.
        scratch = Path(tempfile.mkdtemp(dir=kept_in))
        number = request.query_params.get("upload_id")
        progress = file_upload_statuses if number else None
        try:
            async with asyncio.timeout(UPLOAD_SECONDS):
                bounded = Request(request.scope, _bounded(request.receive, size))
                found, _, _ = await upload_fn(bounded, scratch, size, number, upload_progress=progress)
            paths = await run_in_threadpool(uploads.keep, map(str, found), scratch, kept_in, owner, address)
        except (_TooLong, TimeoutError, ClientDisconnect, MultiPartException) as error:
            if number:
                file_upload_statuses.stop_tracking(number)
            said = "The upload was not taken. Expected files as a form has them, as long as the request says, in time."
            code = BelegError(said, "upload-not-taken")
            return refusal(
                request, 400 if isinstance(error, MultiPartException) else 408, code, {"Connection": "close"}
            )
        finally:
            uploads.end(coming)
            await run_in_threadpool(shutil.rmtree, scratch, ignore_errors=True)
        answer = JSONResponse(paths)
        if sender is None:
            secure = request.url.scheme == "https"
            answer.set_cookie(COOKIE, session, httponly=True, samesite="lax", secure=secure)
        return answer

    return Route(UPLOAD, take, methods=["POST"])


def _bounded(receive: Receive, size: int) -> Receive:
    """Return what receives a body of at most that many bytes, none of which may be waited for too long."""
    left = size

    async def bounded() -> Message:
        nonlocal left
        async with asyncio.timeout(SILENT_SECONDS):
            message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise _TooLong
        return message

    return bounded


def sender_of(request: Any) -> str | None:
    """Return who sends a request, as `Uploads` names an owner; None for a browser that has uploaded nothing.

    Args:
        request: Starlette's, or the `gr.Request` of a handler.
    """
    # Gradio's wraps the other, and gives its cookies as something else than a mapping.
    sent: Request = getattr(request, "request", request)
    if user := sent.scope.get(USER):
        return f"user {user}"
    session = sent.cookies.get(COOKIE)
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


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError:
        return 0
