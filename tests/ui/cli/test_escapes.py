"""No control character of an article, a name or a question reaches a terminal, not even through a pipe."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.shell import beleg

pytestmark = pytest.mark.slow

# Clears the screen; the same with one character; sets the window's title; turns the text; backspaces.
HOSTILE = "\x1b[2J\x9b2J\x1b]0;x\x07\u202e\x08\x7f"
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
ROOT = Path(__file__).parents[3]


@pytest.fixture
def article(tmp_path: Path) -> Path:
    path = tmp_path / f"a{HOSTILE}.txt"
    text = f"Die {HOSTILE}Fähre ist 38 Meter lang. Sie wurde 1911 in Lauenburg{HOSTILE} gebaut."
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("question", ["Wo wurde die Fähre gebaut?", "Wie backt man Brot?", "Worum geht es?"])
def test_an_answer_in_a_pipe_commands_nothing(article: Path, question: str) -> None:
    run = beleg("ask", f"{question}{HOSTILE[:4]}", "--article", article)
    assert run.returncode in (0, 3) and "F" in run.stdout, run.stderr
    assert not CONTROLS.search(run.stdout + run.stderr) and "␛" in run.stdout


def test_json_says_the_same_without_control_characters(article: Path) -> None:
    run = beleg("ask", "Wo wurde die Fähre gebaut?", "--article", article, "--json")
    assert not CONTROLS.search(run.stdout)
    assert HOSTILE in json.loads(run.stdout)["citations"][0]["text"]


def test_names_and_errors_command_nothing(article: Path, tmp_path: Path) -> None:
    out = tmp_path / f"index{HOSTILE}"
    for run in (
        beleg("index", "build", article, "--out", out),
        beleg("index", "verify", out),
        beleg("ask", "Wo?", "--article", tmp_path / f"gone{HOSTILE}"),
    ):
        assert "␛" in run.stdout + run.stderr and not CONTROLS.search(run.stdout + run.stderr)


def test_letters_that_need_invisible_ones_stay(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("می‌خواهم بروم. Die Familie 👨‍👩‍👧 wohnt in Kiel seit 1999.", encoding="utf-8")
    run = beleg("ask", "Wo wohnt die Familie?", "--article", tmp_path / "a.txt")
    assert "👨‍👩‍👧" in run.stdout


def test_every_command_prints_through_one_module() -> None:
    for path in (ROOT / "ui" / "cli").glob("*.py"):
        if path.name != "output.py":
            assert not re.search(r"std(out|err)\.write|\becho\(|(?<!\w)print\(", path.read_text(encoding="utf-8")), path
