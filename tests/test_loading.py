from __future__ import annotations

import os
from pathlib import Path

import pytest

from index import ArticleError, read_article, read_articles
from index.loading import MAX_BYTES


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
