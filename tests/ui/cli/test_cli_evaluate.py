"""`beleg eval`, as a user runs it: real processes, their output, files and exit status."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from rag import Settings
from rag.evaluation import read_report
from rag.evaluation.measures import ARTICLES, NAMES, PASSAGES
from tests.llm_server import Reply, llm_server
from tests.shell import beleg, check_refused, complaints
from tests.small_set import BREAD

pytestmark = pytest.mark.slow

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
    assert rows["hit@1"] == ["hit@1", "1.000", "1"] and rows["refused"][1] == "1.000"
    assert rows["AUROC"][1:] == ["1.000", "1.000", "…", "1.000", "2"]
    assert "failures: none" in printed and "to index 1 article\n" in printed
    report = read_report(folder / "report.json")
    assert [outcome.id for outcome in report.questions] == ["heat", "car"] and report.about.scope == "article"
    assert sorted(path.name for path in (folder / "trec").iterdir()) == [
        "qrels.passages.trec", "qrels.sentences.trec", "run.passages.trec", "run.sentences.trec",
    ]  # fmt: skip
    assert (folder / "trec" / "qrels.sentences.trec").read_text() == f"heat 0 {BREAD.id}:0-28 1\n"


def test_it_begins_with_words_and_says_what_names_mean(folder: Path) -> None:
    printed = (folder / "printed.txt").read_text(encoding="utf-8")
    words = printed.index("1 of 1 question: the right sentence comes first.")
    assert printed.index("1 of 1 answerable question: answered") < printed.index("95 % interval")
    assert words < printed.index("1 of 1 question that the article does not answer: declined.")
    for meaning in (
        "hit@k: a right sentence",
        "right: answerable, answered",
        "AURC: share wrong",
        "passage …: the same",
    ):
        assert printed.index(meaning) > printed.index("answered from")


def test_each_failure_is_told_with_what_was_right_and_what_was_nearest(folder: Path, tmp_path: Path) -> None:
    data = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    row = data["questions"][0]
    quote = row["gold"][0]
    row["gold"] = [quote, {**quote, "text": "auch so"}, {**quote, "text": "dazu noch", "group": 1}]
    row |= {"failure": "abstained", "answered": False, "citations": [], "confidence": 0.123}
    row["measures"]["RR"] = 0.5
    other = {**row, "id": "other", "failure": "wrong sentence", "answered": True, "citations": [quote]}
    data["questions"].append(other)
    (tmp_path / "report.json").write_text(json.dumps(data), encoding="utf-8")
    lines = beleg("eval", "--from", tmp_path / "report.json", "--verbose").stdout.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("abstained: "))
    assert lines[at - 1] == "" and lines[at].endswith("[heat]")
    assert lines[at + 1] == "  confidence 12%; right sentence at rank 2"
    assert [line.split(":")[0].strip() for line in lines[at + 2 : at + 6]] == ["right", "or", "and", "nearest"]
    assert lines[at + 6] == "" and lines[at + 7].startswith("wrong sentence: ")
    assert "  cited:   " + quote["text"] in lines[at + 7 :] and "said" not in "".join(lines[at:])


DIALOGUES = {
    "format": "beleg-questions/1",
    "articles": [{"name": "brot", "title": "Brot", "language": "de", "text": BREAD.text}],
    "dialogues": [
        {
            "id": "baker", "articles": ["brot"], "turns": [
                {"question": "Wann wurde die Bäckerei Huber gegründet?", "kind": "plain", "expects": "answer", "says": [["1896"]]},
                {"question": "Und wo?", "kind": "follow-up", "expects": "answer", "says": [["Linz", "Wien"]], "short": False},
            ],
        },
        {
            "id": "oven", "articles": ["brot"], "part": "measuring", "turns": [
                {"question": "Bei wie viel Grad backt man?", "kind": "plain", "expects": "answer", "says": [["300 Grad"]]},
            ],
        },
    ],
}  # fmt: skip


def test_dialogues_are_counted_and_the_turns_that_went_wrong_are_told(tmp_path: Path) -> None:
    (tmp_path / "d.json").write_text(json.dumps(DIALOGUES), encoding="utf-8")
    run = beleg("eval", tmp_path / "d.json", "--json", tmp_path / "r.json", "--failures", COLUMNS="120")
    assert run.returncode == 0 and run.stderr == ""
    assert (
        run.stdout.startswith("3 turns of 2 dialogues of d.json, multilingual-e5-small") and "hit@1" not in run.stdout
    )
    rows = {line.split("  ")[0]: line.split() for line in run.stdout.splitlines()}
    assert rows["turns"] == ["turns", "0.333", "0.061", "…", "0.792", "1", "3"]
    assert rows["dialogues"][1] == "0.000" and rows["plain"][-2:] == ["1", "2"] and rows["follow-up"][-2:] == ["0", "1"]
    assert rows["building"][-2:] == ["1", "2"] and rows["measuring"][-2:] == ["0", "1"]
    told = run.stdout[run.stdout.index("follow-up: Und wo? [baker/2, de]") :]
    order = (
        "before:   Wann wurde",
        "read as:",
        "expected: answer; says Linz | Wien; short no",
        "came:     answer, ",
        "short:",
        "faults:   does not say “Linz | Wien”; has the short answer “",
    )
    assert [told.index(words) for words in order] == sorted(told.index(words) for words in order)
    assert "not handled: 2 turns" in told and "Grad" not in run.stdout
    assert "Not listed: 1 of the part 'measuring'" in " ".join(told.split())
    kept = ["eval", "--from", tmp_path / "r.json"]
    assert "--failures lists them" in beleg(*kept).stdout and "Und wo?" not in beleg(*kept).stdout
    later = beleg(*kept, "--part", "measuring", "-f").stdout
    assert later.startswith("1 turn of 1 dialogue of d.json, part measuring") and "300 Grad" in later
    assert beleg(*kept, "--kind", "x", COLUMNS="200").returncode == 2
    assert beleg(*kept, "--kind", "follow-up").stdout.startswith("1 turn of 1 dialogue")
    missed = beleg(*kept, "--fail-under", "handled=0.5")
    assert missed.returncode == 1 and missed.stderr == "beleg: handled is 0.333, below 0.5.\n"
    assert beleg(*kept, "--fail-under", "Handled=0.3").returncode == 0
    data = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    data["turns"][1]["faults"] = []
    (tmp_path / "earlier.json").write_text(json.dumps(data), encoding="utf-8")
    compared = beleg(*kept, "--compare", tmp_path / "earlier.json", COLUMNS="120").stdout
    assert "3 turns of dialogues in both" in compared and "1 turn worse" in compared and "0 turns better" in compared
    assert "follow-up: Und wo? [baker/2]: handled → does not say “Linz | Wien”" in compared


def test_a_half_or_a_kind_of_the_dialogues_can_be_asked(tmp_path: Path) -> None:
    file = tmp_path / "d.json"
    file.write_text(json.dumps(DIALOGUES), encoding="utf-8")
    half = beleg("eval", file, "--part", "measuring", "-f", COLUMNS="120").stdout
    assert "1 turn of 1 dialogue of d.json, part measuring" in half and "does not say “300 Grad”" in half
    kind = beleg("eval", file, "--kind", "follow-up", COLUMNS="120").stdout
    assert "1 turn of 1 dialogue" in kind and "\nplain" not in kind
    check_refused(beleg("eval", file, "--kind", "folow-up"), "no turn of the kind 'folow-up'", "follow-up, plain")
    check_refused(beleg("eval", file, "--part", "building", "--limit", "1", "--kind", "x"), "Expected one of follow-up")
    wrong = beleg("eval", file, "--part", "building", "--only", "questions", COLUMNS="200")
    assert wrong.returncode == 2 and "--only questions leaves out" in wrong.stderr


def test_it_has_help() -> None:
    run = beleg("eval", "--help", COLUMNS="200")
    assert run.returncode == 0 and "--fail-under" in run.stdout and "XQuAD-R" in run.stdout


@pytest.mark.parametrize("columns", [60, 80])
def test_it_fits_narrow_terminals_and_splits_no_name(folder: Path, tmp_path: Path, columns: int) -> None:
    data = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    names = ("follow-up-standalone", "off-topic", "sehr " * 30)
    data["groups"]["category"] = dict.fromkeys(names, data["groups"]["category"]["factoid"])
    (tmp_path / "r").write_text(json.dumps(data), encoding="utf-8")
    earlier = changed(folder / "report.json", tmp_path / "e")
    run = beleg("eval", "--from", tmp_path / "r", "--compare", earlier, "--verbose", COLUMNS=str(columns))
    lines = [line for line in run.stdout.splitlines() if "sehr" not in line and str(tmp_path) not in line]
    assert run.returncode == 0 and max(map(len, lines)) <= columns
    assert [line for line in lines if line.startswith("follow-up-standalone  ")]
    assert ("no room for: answered, refused;" in run.stdout) == (columns == 60)


def changed(report: Path, to: Path) -> Path:
    """Write a report as it might have been before: another bar, another commit, a question answered that is not now."""
    data = json.loads(report.read_text(encoding="utf-8"))
    data["about"] |= {"commit": "0123456789abcdef", "beleg": "0.0.9"}
    data["about"]["settings"]["answer_bar"] = 0.1
    row = data["questions"][1]
    row |= {"answered": True, "failure": "answered the unanswerable"}
    row["measures"] = {"refused": 0.0, "abstention recall": 0.0, "precision": 0.0}
    to.write_text(json.dumps(data), encoding="utf-8")
    return to


def test_a_comparison_names_both_and_shows_what_changed_only(folder: Path, tmp_path: Path) -> None:
    earlier = changed(folder / "report.json", tmp_path / "earlier.json")
    run = beleg("eval", "--from", folder / "report.json", "--compare", earlier, COLUMNS="200")
    told = run.stdout[run.stdout.index("\nbefore: ") :]
    assert f"before: {earlier} (questions.json, " in told and f"now: {folder / 'report.json'} (" in told
    differing = next(line for line in told.splitlines() if line.startswith("differs: "))
    assert (
        f"answer_bar 0.1 → {Settings().answer_bar}" in differing
        and "beleg 0.0.9 → " in differing
        and "commit 0123456 → " in differing
    )
    assert "further_bar" not in differing and "model" not in differing
    rows = {line.split("  ")[0]: line.split() for line in told.splitlines()}
    assert rows["refused"][1:4] == ["0.000", "1.000", "+1.000"] and "hit@1" not in rows
    assert "measures unchanged" in told and "p: how often chance alone" in told and "-0.000" not in told
    assert "answered the unanswerable → declined: Was kostet" in told
    back = beleg("eval", "--from", earlier, "--compare", folder / "report.json", COLUMNS="200").stdout
    assert "declined → answered the unanswerable: Was kostet" in back and "right →" not in back


def test_a_report_is_shown_again_and_compared_without_asking(folder: Path) -> None:
    shown = beleg("eval", "--from", folder / "report.json")
    assert shown.stdout == (folder / "printed.txt").read_text(encoding="utf-8")
    both = beleg("eval", "--from", folder / "report.json", "--compare", folder / "report.json", "--verbose")
    assert (
        both.returncode == 0 and "0 better" in both.stdout and "0 worse" in both.stdout and "+0.000" not in both.stdout
    )
    assert "same settings, model" in both.stdout and "measures unchanged" in both.stdout
    assert all(name in both.stdout for name in ("passage AP", "characters per answer", "abstention recall"))
    refused = beleg("eval", folder / "questions.json", "--from", folder / "report.json")
    assert refused.returncode == 2 and "--from excludes" in refused.stderr


def test_bounds_that_are_missed_are_status_1_with_a_line_each(folder: Path) -> None:
    report = ["eval", "--from", folder / "report.json"]
    kept = beleg(*report, "--fail-under", "hit@1=1", "--fail-under", "refused = 0.5", "--fail-under", "ECE=0.9")
    assert kept.returncode == 0 and kept.stderr == ""
    bounds = ("text F1=0.95", "ECE=0.0001", "citations per answer=7")
    missed = beleg(*report, *(option for bound in bounds for option in ("--fail-under", bound)))
    assert missed.returncode == 1
    lines = missed.stderr.splitlines()
    assert lines[0] == "beleg: text F1 is 0.500, below 0.95." and lines[1].startswith("beleg: ECE is 0.")
    assert (
        lines[1].endswith("above 0.0001.")
        and lines[2].startswith("beleg: citations per answer is ")
        and len(lines) == 3
    )


@pytest.mark.parametrize("bound", ["hit@2=0.9", "hit@1", "=1", "hit@1=much", "hit@1=nan", ""])
def test_a_bound_that_is_none_is_status_2_before_anything_is_asked(bound: str) -> None:
    run = beleg("eval", "--fail-under", bound, COLUMNS="200")
    assert run.returncode == 2 and "Expected" in run.stderr and run.stdout == ""
    if bound == "hit@2=0.9":
        said = " ".join(run.stderr.replace("│", " ").split())
        assert "perhaps hit@1" in said and all(name in said for name in NAMES if name not in PASSAGES + ARTICLES)


def test_a_bound_is_a_name_in_any_case_and_a_value_that_may_be(folder: Path) -> None:
    report = ["eval", "--from", folder / "report.json"]
    missed = beleg(*report, "--fail-under", "ece=0.0001", "--fail-under", "Citations  Per answer=7")
    assert missed.returncode == 1 and "beleg: ECE is 0." in missed.stderr
    assert "citations per answer is 1.000, below 7." in missed.stderr
    for bound, expected in (
        ("hit@1=95", "hit@1=0.95"),
        ("right=-1", "between 0 and 1"),
        ("ECE=1.5", "between 0 and 1"),
    ):
        run = beleg(*report, "--fail-under", bound, COLUMNS="200")
        assert run.returncode == 2 and expected in run.stderr and run.stdout == ""


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


def test_a_report_that_cannot_be_compared_is_kept_all_the_same(folder: Path, tmp_path: Path) -> None:
    other = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    for row in other["questions"]:
        row["id"] += " of another set"
    (tmp_path / "other.json").write_text(json.dumps(other), encoding="utf-8")
    again = ["--from", folder / "report.json", "--json", tmp_path / "kept.json"]
    run = beleg("eval", *again, "--compare", tmp_path / "other.json")
    assert run.returncode == 2 and "no question in common" in run.stderr and "hit@1" in run.stdout
    assert len(read_report(tmp_path / "kept.json").questions) == 2


def test_an_index_of_ones_own_has_the_articles(folder: Path, tmp_path: Path) -> None:
    assert beleg("index", "build", folder / "brot.txt", "--out", tmp_path / "index").returncode == 0
    run = beleg("eval", folder / "questions.json", "--index", tmp_path / "index", "--scope", "collection")
    assert run.returncode == 0 and "scope collection" in run.stdout and "article hit@1" in run.stdout
    assert "0.0 s to index 1 article" in run.stdout


def test_interrupted_there_is_no_report(folder: Path, tmp_path: Path) -> None:
    interrupting = (
        "import os, signal, sys, rag.evaluation.run as runner, ui.cli.main\n"
        "ask, asked = runner.ask, []\n"
        # Started in the background by a shell, a process ignores the signal.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "def interrupted(*arguments):\n"
        "    asked.append(1)\n"
        "    if len(asked) == 2: os.kill(os.getpid(), signal.SIGINT)\n"
        "    return ask(*arguments)\n"
        "runner.ask = interrupted\n"
        "sys.argv[0] = 'beleg'\n"
        "ui.cli.main.main()\n"
    )
    arguments = [*map(str, asked(folder)), "--json", str(tmp_path / "report.json")]
    run = subprocess.run([sys.executable, "-c", interrupting, *arguments], capture_output=True, text=True, timeout=120)
    assert run.returncode == 130 and run.stdout == ""
    assert complaints(run.stderr) == "beleg: stopped after 1 of 2 questions; no report was written.\n"
    assert list(tmp_path.iterdir()) == []


def test_an_llms_prose_is_measured_where_it_is_asked_for(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with llm_server() as server:
        server.reply = Reply(["Brot backt man bei 230 Grad. [1]"])
        monkeypatch.setenv("BELEG_LLM_URL", server.url)
        command = ("eval", str(folder / "questions.json"), "--article", str(folder / "brot.txt"))
        plain = beleg(*command)
        assert plain.returncode == 0 and "prose" not in plain.stdout and not server.requests
        measured = beleg(*command, "--llm", server.url)
    assert measured.returncode == 0 and len(server.requests) == 1
    rows = {line.split("  ")[0].strip(): line.split()[-2:] for line in measured.stdout.splitlines()}
    assert rows["prose supported"] == ["1.000", "1"] == rows["prose precision"]
    assert "those of them that sentences prove" in measured.stdout
