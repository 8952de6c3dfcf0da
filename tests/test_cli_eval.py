"""`beleg eval`, as a user runs it: real processes, their output, files and exit status."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from rag.evaluation import read_report
from rag.evaluation.measures import NAMES
from tests.small_set import BREAD
from tests.test_cli import beleg, check_refused

QUESTIONS = {
    "format": "beleg-questions/1",
    "article": "brot.txt",
    "questions": [
        {
            "id": "heat", "category": "factoid", "language": "de", "question": "Bei wie viel Grad backt man Brot?",
            "answerable": True, "answers": ["230 Grad"], "evidence": [{"text": "230 Grad", "occurrence": 1}],
        },
        {
            "id": "car", "category": "off-topic", "language": "de", "question": "Was kostet ein neues Auto in Japan?",
            "answerable": False,
        },
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("eval")
    (folder / "brot.txt").write_text(BREAD.text, encoding="utf-8")
    (folder / "questions.json").write_text(json.dumps(QUESTIONS), encoding="utf-8")
    run = beleg(*asked(folder), "--json", folder / "report.json", "--trec", folder / "trec")
    assert run.returncode == 0 and run.stderr == "", run.stderr
    (folder / "printed.txt").write_text(run.stdout, encoding="utf-8")
    return folder


def asked(folder: Path) -> list[str | Path]:
    return ["eval", folder / "questions.json", "--article", folder / "brot.txt"]


def test_the_figures_are_printed_and_the_report_is_written(folder: Path) -> None:
    printed = (folder / "printed.txt").read_text(encoding="utf-8")
    assert "2 questions of questions.json" in printed and "\x1b" not in printed
    rows = {line.split("  ")[0]: line.split() for line in printed.splitlines()}
    assert rows["hit@1"] == ["hit@1", "1.000", "1.000", "…", "1.000", "1"] and rows["refused"][1] == "1.000"
    assert "failures: none" in printed and "to index 1 article\n" in printed
    report = read_report(folder / "report.json")
    assert [outcome.id for outcome in report.questions] == ["heat", "car"] and report.about.scope == "article"
    assert sorted(path.name for path in (folder / "trec").iterdir()) == [
        "qrels.passages.trec", "qrels.sentences.trec", "run.passages.trec", "run.sentences.trec",
    ]  # fmt: skip
    assert (folder / "trec" / "qrels.sentences.trec").read_text() == f"heat 0 {BREAD.id}:0-28 1\n"


def test_it_has_help() -> None:
    run = beleg("eval", "--help", COLUMNS="200")
    assert run.returncode == 0 and "--fail-under" in run.stdout and "XQuAD-R" in run.stdout


def test_it_fits_80_columns(folder: Path) -> None:
    run = beleg("eval", "--from", folder / "report.json", "--compare", folder / "report.json", COLUMNS="80")
    assert run.returncode == 0 and max(map(len, run.stdout.splitlines())) <= 100
    tables = [line for line in run.stdout.splitlines() if "…" in line]
    assert tables and max(map(len, tables)) <= 80


def test_a_report_is_shown_again_and_compared_without_asking(folder: Path) -> None:
    shown = beleg("eval", "--from", folder / "report.json")
    assert shown.stdout == (folder / "printed.txt").read_text(encoding="utf-8")
    both = beleg("eval", "--from", folder / "report.json", "--compare", folder / "report.json", "--verbose")
    assert both.returncode == 0 and "0 better" in both.stdout and "0 worse" in both.stdout and "+0.000" in both.stdout
    assert all(name in both.stdout for name in ("passage AP", "characters per answer", "abstention recall"))
    refused = beleg("eval", folder / "questions.json", "--from", folder / "report.json")
    assert refused.returncode == 2 and "--from excludes" in refused.stderr


def test_bounds_that_are_missed_are_status_1_with_a_line_each(folder: Path) -> None:
    report = ["eval", "--from", folder / "report.json"]
    kept = beleg(*report, "--fail-under", "hit@1=1", "--fail-under", "refused = 0.5", "--fail-under", "ECE=0.9")
    assert kept.returncode == 0 and kept.stderr == ""
    missed = beleg(*report, "--fail-under", "text F1=0.95", "--fail-under", "ECE=0.0001", "--fail-under", "EM=0.5")
    assert missed.returncode == 1
    lines = missed.stderr.splitlines()
    assert lines[0] == "beleg: text F1 is 0.500, below 0.95." and lines[1].startswith("beleg: ECE is 0.")
    assert lines[1].endswith("above 0.0001.") and "EM was not measured" in lines[2] and len(lines) == 3


@pytest.mark.parametrize("bound", ["hit@2=0.9", "hit@1", "=1", "hit@1=much", "hit@1=nan", ""])
def test_a_bound_that_is_none_is_status_2_before_anything_is_asked(bound: str) -> None:
    run = beleg("eval", "--fail-under", bound, COLUMNS="200")
    assert run.returncode == 2 and "Expected" in run.stderr and run.stdout == ""
    if bound == "hit@2=0.9":
        assert all(name in " ".join(run.stderr.replace("│", " ").split()) for name in NAMES)


def test_wrong_input_is_one_line_and_status_2(folder: Path, tmp_path: Path) -> None:
    check_refused(beleg("eval", tmp_path / "none.json"), "does not exist")
    check_refused(beleg("eval", "--from", tmp_path / "none.json"), "none.json", "beleg eval --json")
    check_refused(beleg("eval", "--compare", folder / "questions.json"), "is no report")
    check_refused(beleg(*asked(folder), "--twins"), "own format")
    both = beleg(*asked(folder), "--index", folder)
    assert both.returncode == 2 and "exclude each other" in both.stderr
    (tmp_path / "file").write_text("in the way")
    run = beleg("eval", "--from", folder / "report.json", "--json", tmp_path / "file" / "out.json")
    assert run.returncode == 2 and run.stderr.startswith("beleg: cannot write") and "hit@1" in run.stdout


def test_an_index_of_ones_own_has_the_articles(folder: Path, tmp_path: Path) -> None:
    assert beleg("index", "build", folder / "brot.txt", "--out", tmp_path / "index").returncode == 0
    run = beleg("eval", folder / "questions.json", "--index", tmp_path / "index", "--scope", "collection")
    assert run.returncode == 0 and "scope collection" in run.stdout and "article hit@1" in run.stdout
    assert "0.0 s to index 1 article" in run.stdout


def test_interrupted_there_is_no_report(folder: Path, tmp_path: Path) -> None:
    interrupting = (
        "import os, signal, sys, rag.evaluation.runner as runner, ui.cli\n"
        "ask, asked = runner.ask, []\n"
        "def interrupted(*arguments):\n"
        "    asked.append(1)\n"
        "    if len(asked) == 2: os.kill(os.getpid(), signal.SIGINT)\n"
        "    return ask(*arguments)\n"
        "runner.ask = interrupted\n"
        "sys.argv[0] = 'beleg'\n"
        "ui.cli.main()\n"
    )
    arguments = [*map(str, asked(folder)), "--json", str(tmp_path / "report.json")]
    run = subprocess.run([sys.executable, "-c", interrupting, *arguments], capture_output=True, text=True, timeout=120)
    assert run.returncode == 130 and run.stdout == ""
    assert run.stderr == "beleg: stopped after 1 of 2 questions; no report was written.\n"
    assert list(tmp_path.iterdir()) == []
