"""`beleg index … --to` and `--index` with an address, as a user runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.served import WITHOUT_EXTRA
from tests.shell import beleg, check_refused
from tests.small_set import LAKE, RIVER

pytest.importorskip("pymilvus", reason=WITHOUT_EXTRA)
pytestmark = pytest.mark.slow


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "weser.md").write_text(RIVER, encoding="utf-8")
    (folder / "see.txt").write_text(LAKE, encoding="utf-8")
    return folder


def test_an_index_is_built_asked_described_and_removed(texts: Path, tmp_path: Path) -> None:
    place = f"{tmp_path}/archive.db/rivers"
    built = beleg("index", "build", texts, "--to", place)
    assert built.returncode == 0 and built.stdout == f"{place}: 2 articles, 4 sentences, 2 passages; 2 new, 0 removed\n"
    again = beleg("index", "build", texts, "--to", place)
    assert again.stdout.endswith("; 0 new, 0 removed\n")
    asked = beleg("ask", "Wie lang ist die Weser?", "--index", place, "--json")
    assert asked.returncode == 0 and "451" in json.loads(asked.stdout)["text"]
    local = tmp_path / "local"
    assert beleg("index", "build", texts, "--out", local).returncode == 0
    here = beleg("ask", "Wie lang ist die Weser?", "--index", local)
    assert beleg("ask", "Wie lang ist die Weser?", "--index", place).stdout == here.stdout
    only = beleg("ask", "Wie lang ist der See?", "--index", place, "--only", "title:bodensee", "--json")
    assert "63" in json.loads(only.stdout)["text"]
    described = dict(line.split(maxsplit=1) for line in beleg("index", "info", place).stdout.splitlines())
    assert (described["articles"], described["build"], described["ngram"]) == ("2", "1", "4")
    assert beleg("index", "verify", place).stdout == f"{place}: whole, 2 articles, 4 sentences\n"
    assert beleg("index", "drop", place).stdout == f"{place}: removed\n"
    check_refused(beleg("ask", "Wie lang ist die Weser?", "--index", place), "there is no index", f"--to {place}")


def test_an_article_that_is_not_given_is_dropped_only_when_told_to(texts: Path, tmp_path: Path) -> None:
    place = f"{tmp_path}/archive.db/rivers"
    assert beleg("index", "build", texts, "--to", place).returncode == 0
    (texts / "see.txt").unlink()
    check_refused(beleg("index", "build", texts, "--to", place), "see.txt", "--replace", "unchanged")
    assert "1 article, " in beleg("index", "build", texts, "--to", place, "--replace").stdout
    assert "63" not in beleg("ask", "Wie lang ist der Bodensee?", "--index", place, "--json").stdout


def test_what_makes_no_sense_is_refused(texts: Path, tmp_path: Path) -> None:
    for options in ((), ("--out", "index", "--to", "archive.db/one")):
        said = beleg("index", "build", texts, *options, folder=tmp_path)
        assert said.returncode == 2 and "--out FOLDER and --to ADDRESS" in said.stderr
    check_refused(beleg("index", "build", texts, "--to", "http://127.0.0.1:9/one"), "does not answer")
    check_refused(beleg("index", "build", texts, "--to", "my-index"), "is no address of an index")
    check_refused(beleg("index", "info", "http://127.0.0.1:9"), "has no name in it")
    said = beleg("chat", "--library", "http://127.0.0.1:9/one")
    assert said.returncode == 2 and "--library is a folder" in said.stderr
