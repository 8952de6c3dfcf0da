"""Runs the program `pdfium`, and ends it where a file makes it hang."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Generator
from pathlib import Path
from typing import IO, Any

# Seconds that a page may take on the clock, where the processor's time is not limited or the machine is busy.
PAGE_PATIENCE = 30


class PdfiumStopped(Exception):  # noqa: N818 - it is handled, and never shown
    """The program ended before its last page: it took too long, too much memory, or pdfium crashed."""


def messages(content: bytes) -> Generator[tuple[dict[str, Any], bytes]]:
    """Yield the messages of the program `pdfium` about a PDF.

    Raises:
        PdfiumStopped: it was ended.
    """
    program = Path(__file__).with_name("pdfium.py")
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.seek(0)
        # -P: modules beside the program must not stand in for those of Python.
        process = subprocess.Popen(  # noqa: S603 - our own program, with no argument from outside
            [sys.executable, "-P", str(program)], stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
    timer = threading.Timer(PAGE_PATIENCE, process.kill)
    try:
        if process.stdout is None:
            raise PdfiumStopped
        timer.start()
        for line in process.stdout:
            timer.cancel()
            message = json.loads(line)
            yield message, _exactly(process.stdout, message["bytes"])
            timer = threading.Timer(PAGE_PATIENCE, process.kill)
            timer.start()
        if process.wait() != 0:
            raise PdfiumStopped
    except (json.JSONDecodeError, KeyError) as error:
        raise PdfiumStopped from error
    finally:
        timer.cancel()
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _exactly(stream: IO[bytes], size: int) -> bytes:
    blob = stream.read(size)
    if len(blob) < size:
        raise PdfiumStopped
    return blob
