"""Files that are written whole or not at all, and outputs that take no input's place."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from index.atomic import whole_file
from index.errors import ReportError
from tests.shell import beleg, check_refused


def test_what_was_there_stays_until_the_new_file_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "kept.json"
    path.write_text("old")
    with pytest.raises(ReportError, match="No space left"), whole_file(path, ReportError) as scratch:
        scratch.write_text("half")
        raise OSError(28, "No space left on device")
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]
    with whole_file(path, ReportError) as scratch:
        scratch.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new" and list(tmp_path.iterdir()) == [path]


def test_no_file_takes_a_pipes_place(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    with whole_file(pipe, ReportError) as target:
        target.write_text("through")
    reader.join(10)
    assert read == ["through"] and pipe.is_fifo()


def test_what_a_killed_process_left_is_taken_and_a_links_target_replaced(tmp_path: Path) -> None:
    (tmp_path / "kept.json").write_text("old")
    (tmp_path / "link.json").symlink_to("kept.json")
    (tmp_path / ".kept.json.beleg-new").write_text("half of a longer text")
    with whole_file(tmp_path / "link.json", ReportError) as scratch:
        scratch.write_text("new")
    assert (tmp_path / "kept.json").read_text() == "new" and (tmp_path / "link.json").is_symlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept.json", "link.json"]


def test_where_no_file_can_be_made_that_is_said() -> None:
    with pytest.raises(ReportError, match="cannot write /proc/x"), whole_file(Path("/proc/x"), ReportError):
        pass


@pytest.mark.parametrize("option", ["--json", "--html"])
def test_an_output_never_takes_the_place_of_what_is_read(tmp_path: Path, option: str) -> None:
    article = tmp_path / "a.txt"
    article.write_text("Brot backt man bei 230 Grad.")
    questions = tmp_path / "q.json"
    questions.write_text(
        json.dumps(
            {"format": "beleg-questions/1", "questions": [{"question": "Wie lange backt Brot?", "answerable": False}]}
        )
    )
    for taken in (article, questions):
        before = taken.read_bytes()
        run = beleg("eval", questions, "--article", article, option, taken)
        check_refused(run, "is read by the same command")
        assert taken.read_bytes() == before


def test_calibrate_does_not_write_onto_the_report_it_reads(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    report.write_text("{}")
    check_refused(beleg("calibrate", "--from", report, "--out", report), "is read by the same command")
    assert report.read_text() == "{}"
