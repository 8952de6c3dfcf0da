"""The report file, without a browser: whole in itself, everything escaped, every failure there."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from index.errors import ReportError
from rag.evaluation.compare import Change, Comparison, Difference
from rag.evaluation.outcome import FAILURES, Outcome
from tests.reported import GOLD, OTHER, all_kinds, every_fault, outcome, report, turn, with_turns, written
from ui.report import write_report
from ui.report.page import SHOWN_OF_A_KIND

HOSTILE = (
    "</title></style><script>alert(1)</script><img src=http://evil.example/x onerror=\"alert(2)\"> 'ein' & <!-- mehr"
)


def test_every_failure_is_there_with_what_was_right_and_what_was_cited(tmp_path: Path) -> None:
    page = written(tmp_path, report(all_kinds()), "de")
    failed = [one for one in all_kinds() if one.failure]
    for one in failed:
        for text in (one.question, *one.earlier, *one.answers, *(quote.text for quote in one.gold)):
            assert text in page.text
    assert f"Frage Nummer {len(FAILURES)}?" not in page.text  # it went well
    assert page.text.count(OTHER.text) == len(failed)
    assert f"Davor. {GOLD.text} Danach." in page.text
    assert page.attributes("class").count("failure") == len(failed)


def test_a_file_needs_nothing_from_elsewhere(tmp_path: Path) -> None:
    page = written(tmp_path, report(all_kinds()), "en")
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "http:" not in html and "https:" not in html and "url(//" not in html and "@import" not in html
    assert not {"img", "link", "iframe", "object", "base"} & {tag for tag, _ in page.tags}
    assert page.attributes("src") == []
    assert all(target.startswith("#") for target in page.attributes("href") + page.attributes("xlink:href"))
    assert "default-src 'none'" in page.attributes("content")[0]
    identifiers = page.attributes("id")
    assert len(identifiers) == len(set(identifiers)) and {t[1:] for t in page.attributes("href")} <= set(identifiers)


def test_the_policy_lets_only_the_pages_own_script_run(tmp_path: Path) -> None:
    import base64
    import hashlib

    written(tmp_path, report(all_kinds(HOSTILE), HOSTILE), "de")
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    (script,) = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    assert base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() in html


def test_hostile_text_is_shown_as_text(tmp_path: Path) -> None:
    change = Change("q" + HOSTILE, "Frage" + HOSTILE, "", "abstained")
    about = report([], HOSTILE).about
    comparison = Comparison(
        about, about, 1, 0, 0, {"hit@1": Difference(0.8, 0.9, 0.1, 0.02, 0.2, 0.01, 9)}, (change,), (change,)
    )
    unhandled = with_turns(report(all_kinds()), [turn(1, *every_fault())])
    plain = written(tmp_path, unhandled, "de", replace(comparison, better=(), worse=()))
    turns = [turn(1, *every_fault(HOSTILE), mark=HOSTILE)]
    page = written(tmp_path, with_turns(report(all_kinds(HOSTILE), HOSTILE), turns), "de", comparison)
    assert "Nachricht 1?" + HOSTILE in page.text and f"kam als answer{HOSTILE}" in page.text
    assert {tag for tag, _ in page.tags} <= {tag for tag, _ in plain.tags} | {"ul", "li"}
    assert not [key for _, attributes in page.tags for key in attributes if key.startswith("on")]
    assert page.text.count(HOSTILE) > 40
    assert ("Frage" + HOSTILE) in page.text


def test_many_failures_are_cut_and_counted(tmp_path: Path) -> None:
    questions = [outcome(number, "abstained") for number in range(SHOWN_OF_A_KIND + 40)]
    page = written(tmp_path, report(questions), "en")
    assert page.attributes("class").count("failure") == SHOWN_OF_A_KIND
    assert "40 more are not shown here" in page.text and f"{len(questions)} of {len(questions)} questions" in page.text


def test_questions_are_read_once_and_not_kept(tmp_path: Path) -> None:
    alive = most = 0

    class Row:
        def __init__(self) -> None:
            nonlocal alive, most
            alive += 1
            most = max(most, alive)

        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

        failure = article_title = ""

    class Rows:
        def __len__(self) -> int:
            return 5000

        def __iter__(self):  # type: ignore[no-untyped-def]
            return (Row() for _ in range(5000))

    write_report(replace(report([outcome(1, "")]), questions=Rows()), tmp_path / "r.html", "en")  # type: ignore[arg-type]
    assert most <= 2


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    class Broken(list[Outcome]):
        def __iter__(self):  # type: ignore[no-untyped-def]
            raise OSError(28, "No space left on device")

    path = tmp_path / "report.html"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(ReportError, match="cannot write .*No space left on device"):
        write_report(replace(report([outcome(1, "")]), questions=Broken()), path, "de")
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(ReportError, match="it is a folder"):
        write_report(report([]), tmp_path, "de")
