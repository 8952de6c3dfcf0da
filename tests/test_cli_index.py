"""`beleg index`, as a user runs it who has an index already, or files that are no articles."""

from __future__ import annotations

from pathlib import Path

from index import load_index
from tests.test_cli import beleg, check_refused

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
