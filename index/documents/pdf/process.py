"""Runs the program `pdfium`, to read a PDF or to draw its pages, and ends it where a file makes it hang."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

# Seconds that a page may take on the clock, where the processor's time is not limited or the machine is busy.
PAGE_PATIENCE = 30


class PdfiumStopped(Exception):  # noqa: N818 - it is handled, and never shown
    """The program ended before its last page: it took too long, too much memory, or pdfium crashed."""


class Pdfium:
    """The program `pdfium`, running; to be closed.

    Args:
        arguments: its own; none to read a PDF.
        stdin: what it gets at standard input: a file, or PIPE.
    """

    def __init__(self, *arguments: str, stdin: IO[bytes] | int) -> None:
        program = Path(__file__).with_name("pdfium.py")
        # -P: modules beside the program must not stand in for those of Python.
        self._process = subprocess.Popen(  # noqa: S603 - our own program, with no argument from outside
            [sys.executable, "-P", str(program), *arguments],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def send(self, line: dict[str, Any], blob: bytes = b"") -> None:
        """Send a line of JSON and some bytes.

        Raises:
            PdfiumStopped: it has ended.
        """
        stream = self._process.stdin
        if stream is None:
            raise PdfiumStopped
        try:
            with self._patience():
                stream.write(json.dumps(line).encode() + b"\n" + blob)
                stream.flush()
        except (OSError, ValueError) as error:  # ValueError: it was closed
            raise PdfiumStopped from error

    def message(self) -> tuple[dict[str, Any], bytes] | None:
        """Return its next message; None where it has ended as it should.

        Raises:
            PdfiumStopped: it was ended.
        """
        stream = self._process.stdout
        try:
            with self._patience():
                line = stream.readline() if stream else b""
                if not line:
                    if self._process.wait() != 0:
                        raise PdfiumStopped
                    return None
                message = json.loads(line)
                blob = stream.read(message["bytes"]) if stream else b""
        except (json.JSONDecodeError, KeyError) as error:
            raise PdfiumStopped from error
        if len(blob) < message["bytes"]:
            raise PdfiumStopped
        return message, blob

    @contextmanager
    def _patience(self) -> Iterator[None]:
        """End the program where it does not do in time what it is waited for."""
        timer = threading.Timer(PAGE_PATIENCE, self._process.kill)
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()


def messages(content: bytes) -> Generator[tuple[dict[str, Any], bytes]]:
    """Yield the messages of the program `pdfium` about a PDF.

    Raises:
        PdfiumStopped: it was ended.
    """
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.seek(0)
        program = Pdfium(stdin=file)
    try:
        while found := program.message():
            yield found
    finally:
        program.close()
