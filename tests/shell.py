"""The shell, as a user runs it: a real process, its output and exit status."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

BELEG = str(Path(sys.executable).with_name("beleg"))
WARM = Path(__file__).with_name("warm_shell.py")
SECONDS = 120


def beleg(*arguments: str | Path, folder: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `beleg` with nothing on its standard input, and return its output and exit status.

    It is a process of its own, which begins with the heavy libraries loaded; see `warm_shell.py`. Where the process
    itself is at stake, start BELEG.
    """
    command = ["beleg", *map(str, arguments)]
    asked = {
        "command": command,
        "folder": str(folder or Path.cwd()),
        "environment": {**os.environ, "COLUMNS": "100", **environment},
    }
    with tempfile.TemporaryFile("w+", encoding="utf-8") as out, tempfile.TemporaryFile("w+", encoding="utf-8") as err:
        warm = _warm_shell()
        socket.send_fds(warm, [json.dumps(asked).encode()], [out.fileno(), err.fileno()])
        status = json.loads(warm.recv(100))
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(command, status, out.read(), err.read())


def complaints(error: str) -> str:
    """Return what a command wrote on standard error, without the lines that say how far long work is."""
    lines = error.splitlines(keepends=True)
    return "".join(
        line for line in lines if not re.fullmatch(r"(?!beleg)[a-z ]+: [\d,]+ of [\d,]+(\D.*)?", line.strip())
    )


@cache
def _warm_shell() -> socket.socket:
    """Start the process that commands are forked from; it ends with this one, whose end of the socket closes then."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.settimeout(SECONDS)
    subprocess.Popen(
        [sys.executable, "-P", str(WARM), str(theirs.fileno())], pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL
    )
    theirs.close()
    return ours


def check_refused(run: subprocess.CompletedProcess[str], *said: str) -> None:
    assert run.returncode == 2, run.stderr
    assert run.stdout == "" and run.stderr.count("\n") == 1 and run.stderr.startswith("beleg: ")
    for words in said:
        assert words in run.stderr
