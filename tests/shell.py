"""The shell, as a user runs it: a real process, its output and exit status."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

BELEG = str(Path(sys.executable).with_name("beleg"))


def beleg(*arguments: str | Path, folder: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BELEG, *map(str, arguments)],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        cwd=folder,
        env={**os.environ, "COLUMNS": "100", **environment},
        timeout=120,
    )


def check_refused(run: subprocess.CompletedProcess[str], *said: str) -> None:
    assert run.returncode == 2, run.stderr
    assert run.stdout == "" and run.stderr.count("\n") == 1 and run.stderr.startswith("beleg: ")
    for words in said:
        assert words in run.stderr
