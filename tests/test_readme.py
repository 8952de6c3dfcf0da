"""Everything the README tells a user to type, as written there."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BLOCKS = re.findall(r"```(sh|python)\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
COMMANDS = [line.split("  #")[0].strip() for kind, block in BLOCKS if kind == "sh" for line in block.splitlines()]
ENVIRONMENT = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
SECONDS = 300

pytestmark = pytest.mark.readme


@pytest.fixture(scope="module", autouse=True)
def clean() -> Iterator[None]:
    _remove_what_the_commands_write()
    yield
    _remove_what_the_commands_write()


def _remove_what_the_commands_write() -> None:
    shutil.rmtree(ROOT / "my-index", ignore_errors=True)
    for name in ("my-report.json", "my-report.html", "my-settings.json"):
        (ROOT / name).unlink(missing_ok=True)


def test_the_first_commands_are_the_two_that_matter() -> None:
    assert COMMANDS[:2] == ["make chat", "make test"]


@pytest.mark.parametrize("command", [c for c in COMMANDS if not c.startswith(("make", "beleg chat"))])
def test_a_command_does_what_it_says(command: str) -> None:
    run = subprocess.run(
        shlex.split(command), cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, timeout=SECONDS
    )
    assert run.returncode == 0 and run.stdout and not run.stderr, (run.returncode, run.stdout, run.stderr)


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith(("make chat", "beleg chat"))])
def test_a_chat_serves_its_page(command: str) -> None:
    process = subprocess.Popen(
        shlex.split(command),
        cwd=ROOT,
        env={**ENVIRONMENT, "BROWSER": "true", "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        deadline = time.monotonic() + SECONDS
        for line in process.stdout:
            assert time.monotonic() < deadline
            if found := re.search(r"Beleg: (http://127\.0\.0\.1:\d+)", line):
                break
        else:
            pytest.fail(f"{command} ended with {process.wait()} and served nothing")
        with urllib.request.urlopen(found.group(1), timeout=30) as page:  # noqa: S310
            assert page.status == 200 and b"Beleg" in page.read()
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(30)
        process.stdout.close()


@pytest.mark.parametrize("code", [block for kind, block in BLOCKS if kind == "python"])
def test_the_python_runs(code: str) -> None:
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=SECONDS)
    assert run.returncode == 0, run.stderr
    assert "im Mai in Seoul" in run.stdout and "True" in run.stdout
