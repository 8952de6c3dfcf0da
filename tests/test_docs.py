"""Everything that README and docs/ tell a user to type, as written there.

What stands in a block of `sh` or `python` is run. A block of `console` shows what needs a person, a certificate or a file of
the user's own; other tests try those commands.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from tests.shell import complaints

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").glob("*.md"))]
# What stands there is asked of a running chat.
PROGRAMS = ROOT / "docs" / "api.md"
ENVIRONMENT = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
SECONDS = 300

pytestmark = pytest.mark.readme


def blocks(path: Path, kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)


def commands(path: Path) -> list[str]:
    return [line.split("  #")[0].strip() for block in blocks(path, "sh") for line in block.splitlines()]


def serves(command: str) -> bool:
    return command.startswith(("make chat", "beleg chat"))


# Of the same command on two pages one is tried. Later commands of a page need what earlier ones wrote.
ALL = list(dict.fromkeys(command for page in PAGES if page != PROGRAMS for command in commands(page)))
PYTHON = [(page, code) for page in PAGES if page != PROGRAMS for code in blocks(page, "python")]


@pytest.fixture(scope="module", autouse=True)
def clean() -> Iterator[None]:
    _remove_what_the_commands_write()
    yield
    _remove_what_the_commands_write()


def _remove_what_the_commands_write() -> None:
    shutil.rmtree(ROOT / "my-index", ignore_errors=True)
    for name in ("my-report.json", "my-report.html", "my-settings.json"):
        (ROOT / name).unlink(missing_ok=True)


# Of a question that stands in the text it is asked of, too: README is in that index.
ANSWERS = {
    'beleg ask "Wann trafen sich Yoon und Kishida zuletzt?"': "im Mai in Seoul",
    'beleg ask "Where is the model unpacked?" --index my-index': "unpacks the embedded model into your cache folder",
}


def test_the_first_commands_are_the_two_that_matter() -> None:
    assert commands(README)[:2] == ["make chat", "make test"]


def test_readme_is_short_and_its_links_lead_somewhere() -> None:
    assert len(README.read_text(encoding="utf-8").splitlines()) <= 120
    for page in PAGES:
        for link in re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page.name} links to {link}"


@pytest.mark.parametrize("command", [one for one in ALL if not serves(one) and not one.startswith("make")])
def test_a_command_does_what_it_says(command: str) -> None:
    run = subprocess.run(
        shlex.split(command), cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, timeout=SECONDS
    )
    said = (run.returncode, run.stdout, run.stderr)
    assert run.returncode == 0 and run.stdout and not complaints(run.stderr), said
    assert ANSWERS.get(command, "") in run.stdout


@pytest.mark.parametrize("command", [one for one in ALL if serves(one)])
def test_a_chat_serves_its_page(command: str) -> None:
    with running(command) as url, urllib.request.urlopen(url, timeout=30) as page:  # noqa: S310
        assert page.status == 200 and b"Beleg" in page.read()


@pytest.mark.parametrize(("page", "code"), PYTHON, ids=[page.stem for page, _ in PYTHON])
def test_the_python_runs(page: Path, code: str) -> None:
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=SECONDS)
    assert run.returncode == 0 and run.stdout, run.stderr
    if page == README:
        assert "im Mai in Seoul" in run.stdout and "True" in run.stdout


def test_programs_can_ask_as_docs_say() -> None:
    with running("beleg chat") as url:
        wait_until_ready(url)
        event = ""
        for command in commands(PROGRAMS):
            here = command.replace("http://127.0.0.1:7860", url).replace("EVENT_ID", event)
            run = subprocess.run(shlex.split(here), capture_output=True, text=True, timeout=SECONDS)
            assert run.returncode == 0 and run.stdout, (command, run.stderr)
            if found := re.search(r'"event_id": ?"(\w+)"', run.stdout):
                event = found.group(1)
            assert "EVENT_ID" not in command or "Seoul" in run.stdout, run.stdout
        for code in blocks(PROGRAMS, "python"):
            here = code.replace("http://127.0.0.1:7860", url)
            run = subprocess.run([sys.executable, "-c", here], capture_output=True, text=True, timeout=SECONDS)
            assert run.returncode == 0 and "Seoul" in run.stdout, run.stderr


def test_the_compose_file_has_commands_that_there_are() -> None:
    services = yaml.safe_load((ROOT / "docs" / "compose.yaml").read_text(encoding="utf-8"))["services"]
    commands = [one["command"] for one in services.values() if one.get("image") == "beleg"]
    assert len(commands) == 3
    for command in commands:
        words = command[1:3] if command[1] == "index" else command[1:2]
        helped = subprocess.run(
            ["beleg", *words, "--help"], env=ENVIRONMENT, capture_output=True, text=True, check=True
        )
        for option in (one for one in command if one.startswith("--")):
            assert re.search(rf"{option}\b", helped.stdout), (words, option)
    proxied = (ROOT / "docs" / "Caddyfile").read_text(encoding="utf-8")
    assert {name for name in services if name.startswith("beleg-")} == set(re.findall(r"(beleg-\d+):7860", proxied))


@contextmanager
def running(command: str) -> Iterator[str]:
    """Start a command that serves the chat, give its address, and end it by Ctrl-C."""
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
                yield found.group(1)
                break
        else:
            pytest.fail(f"{command} ended with {process.wait()} and served nothing")
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
        process.wait(30)
        if process.stdout is not None:
            process.stdout.close()


def wait_until_ready(url: str) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=30):  # noqa: S310
                return
        except urllib.error.HTTPError:
            time.sleep(0.2)
    pytest.fail("the chat was never ready")
