"""`beleg index`, as a user runs it who has an index already, or files that are no articles."""

from __future__ import annotations

from pathlib import Path

import pytest

from index import load_index
from tests.shell import beleg, check_refused

pytestmark = pytest.mark.slow

BREAD = "Brot backt man bei 230 Grad."
TOWER = "# Der Turm\n\nDer Turm ist 330 Meter hoch."


def test_an_index_of_other_articles_is_replaced_only_when_told_to(tmp_path: Path) -> None:
    bread, tower, out = tmp_path / "brot.txt", tmp_path / "turm.md", tmp_path / "out"
    bread.write_text(BREAD, encoding="utf-8")
    tower.write_text(TOWER, encoding="utf-8")
    assert beleg("index", "build", bread, "--out", out).returncode == 0
    check_refused(beleg("index", "build", tower, "--out", out), str(bread), "--replace", "unchanged")
    assert [article.text for article in load_index(out).articles] == [BREAD]
    tower.write_text(f"{TOWER} Er steht in Paris.", encoding="utf-8")
    bread.rename(bread.with_name("rezept.txt"))
    assert beleg("index", "build", tmp_path, "--out", out).returncode == 0, "a renamed article is the same"
    tower.write_text(TOWER, encoding="utf-8")
    assert beleg("index", "build", tmp_path, "--out", out).returncode == 0, "so is one that was edited"
    assert [article.text for article in load_index(out).articles] == [BREAD, TOWER]
    assert beleg("index", "build", tower, "--out", out, "--replace").returncode == 0
    assert [article.text for article in load_index(out).articles] == [TOWER]


def test_a_file_of_the_same_name_elsewhere_is_another_article(tmp_path: Path) -> None:
    out = tmp_path / "out"
    for name, text in (("one", BREAD), ("two", TOWER)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "README.md").write_text(text, encoding="utf-8")
    assert beleg("index", "build", "README.md", "--out", out, folder=tmp_path / "one").returncode == 0
    check_refused(beleg("index", "build", "README.md", "--out", out, folder=tmp_path / "two"), "README.md", "--replace")


def test_files_that_are_no_text_are_all_named_and_left_out_only_when_told_to(tmp_path: Path) -> None:
    folder, out = tmp_path / "folder", tmp_path / "out"
    folder.mkdir()
    (folder / "brot.txt").write_text(BREAD, encoding="utf-8")
    (folder / "nochmal.txt").write_text(BREAD, encoding="utf-8")
    (folder / "leer.txt").write_text(" ")
    (folder / "alt.txt").write_bytes("Größe".encode("latin-1"))
    refused = beleg("index", "build", folder, "--out", out)
    assert refused.returncode == 2 and refused.stdout == "" and not out.exists()
    first, second, last = refused.stderr.splitlines()
    assert "alt.txt is not UTF-8" in first and "leer.txt is empty (1 byte)" in second
    assert "2 files cannot be read, 2 can" in last and "--skip-bad" in last
    built = beleg("index", "build", folder, "--out", out, "--skip-bad")
    said = "1 article, 1 sentence, 1 passage; 1 file with the text of another; 2 files left out"
    assert built.returncode == 0 and built.stdout == f"{out}: {said}\n"
    assert beleg("index", "verify", out).stdout == f"{out}: whole, 1 article, 1 sentence\n"
    assert built.stderr.splitlines() == [first, second]
    assert [article.text for article in load_index(out).articles] == [BREAD]
    (folder / "brot.txt").unlink()
    (folder / "nochmal.txt").unlink()
    empty = beleg("index", "build", folder, "--out", out, "--skip-bad")
    assert empty.returncode == 2 and "none of 2 files can be read" in empty.stderr
    check_refused(beleg("index", "build", folder, tmp_path / "ordner", "--out", out, "--skip-bad"), "does not exist")


def test_what_a_folder_has_of_other_kinds_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    (folder / "old" / ".git").mkdir(parents=True)
    (folder / "bread.txt").write_text(BREAD, encoding="utf-8")
    for name in ("plan.xlsx", "old/talk.PPTX", "old/notes.xlsx", "README", ".hidden.png", "old/.git/HEAD"):
        (folder / name).write_bytes(b"x")
    said = "not read, because of other kinds: 2 .xlsx, 1 without ending, 1 .pptx"
    built = beleg("index", "build", str(folder), "--out", str(tmp_path / "index"))
    assert built.returncode == 0 and said in built.stdout.splitlines()
    planned = beleg("index", "sync", str(folder), "--out", str(tmp_path / "other"), "--dry-run")
    assert planned.returncode == 0 and said in planned.stdout.splitlines()
    one = beleg("index", "build", str(folder / "bread.txt"), "--out", str(tmp_path / "one"))
    assert "other kinds" not in one.stdout
