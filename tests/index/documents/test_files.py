from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from index import ArticleError, read_article, read_articles
from index.documents.files import MAX_BYTES


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b" \n\n ", "is empty"),
        (b"%PDF-1.7\n%\xe2\xe3", "is a PDF.*pdftotext"),
        (b"PK\x03\x04rest", "is a ZIP or Office file"),
        (b"\x89PNG\r\n", "is a PNG"),
        ("Größe".encode("utf-16"), "looks like UTF-16.*iconv -f UTF-16"),
        (b"\xff\xfe\x00\x01\x02", "looks like UTF-16"),
        (b"text\x00with\x00nul", "binary"),
        (b"\x00\x01\xfe\xff\x80", "binary"),
        ("Müller".encode("latin-1"), "is not UTF-8: byte 0xfc at offset 1.*iconv"),
    ],
)
def test_a_file_that_is_no_text_says_what_it_is(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "article.txt"
    path.write_bytes(content)
    with pytest.raises(ArticleError, match=said):
        read_article(path)


@pytest.mark.skipif(shutil.which("iconv") is None, reason="no iconv to run what is suggested")
@pytest.mark.parametrize("encoding", ["utf-16", "cp1252"])
@pytest.mark.parametrize("name", ["article.txt", "mein Text's.md", "sub/article.utf8.txt", "text"])
def test_the_suggested_conversion_works_and_overwrites_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, encoding: str
) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path(name)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes("Größe „zählt“.".encode(encoding))
    taken = Path(f"{path.stem}.utf8{path.suffix}")
    for others in ([], [taken]):
        for other in others:
            other.write_text("Schon da.")
        before = {file: file.read_bytes() for file in tmp_path.rglob("*.*") if file.is_file()}
        with pytest.raises(ArticleError) as raised:
            read_article(path)
        subprocess.run(["sh", "-c", str(raised.value).split("convert it: ")[1]], check=True)
        assert {file: file.read_bytes() for file in before} == before
        (new,) = {file for file in tmp_path.rglob("*.*") if file.is_file()} - {*before, path.absolute()}
        assert read_article(new).text == "Größe „zählt“." and new.suffix in (path.suffix, ".utf8", ".utf8-2")
        new.unlink()


def test_the_text_of_a_pdf_goes_into_a_new_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("article.txt").write_text("Schon da.")
    Path("article.pdf").write_bytes(b"%PDF-1.7")
    with pytest.raises(ArticleError, match=r"pdftotext article\.pdf article-2\.txt$"):
        read_article(Path("article.pdf"))


def test_missing_folder_and_huge_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(ArticleError, match="does not exist"):
        read_article(tmp_path / "none.txt")
    with pytest.raises(ArticleError, match="is a folder.*beleg index build"):
        read_article(tmp_path)
    huge = tmp_path / "huge.txt"
    with huge.open("wb") as stream:
        stream.truncate(MAX_BYTES + 1)
    with pytest.raises(ArticleError, match="at most 20 MB"):
        read_article(huge)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file(tmp_path: Path) -> None:
    path = tmp_path / "article.txt"
    path.write_text("Ein Satz.")
    path.chmod(0)
    with pytest.raises(ArticleError, match="cannot be read"):
        read_article(path)


def test_a_byte_order_mark_is_understood(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("Größe.".encode("utf-8-sig"))
    assert read_article(tmp_path / "a.txt").text == "Größe."


def test_folders_are_read_in_order_of_names(tmp_path: Path) -> None:
    for name in ("b.txt", "a.md", "sub/c.txt", ".hidden.txt", ".venv/LICENSE.txt", "picture.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"Text in {name}.")
    assert [Path(article.source).name for article in read_articles([tmp_path])] == ["a.md", "b.txt", "c.txt"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(ArticleError, match="no text file"):
        list(read_articles([tmp_path / "empty"]))
