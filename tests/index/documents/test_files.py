from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from index import ArticleError, read_article, read_articles
from index.documents.files import FORMATS, MAX_BYTES, SUFFIXES
from index.documents.text import MAX_LINES
from tests.index.documents.office_files import docx, epub, p, zipped
from tests.pdf_files import PdfFile

GERMAN = "Die Größe „zählt“, sagte der Müller aus Köln, und die Tür fiel zu. Der Ofen war schon drei Tage lang heiß."
PAGE = b"<!DOCTYPE html><html lang=de><title>Ofen</title><body><p>Der Ofen war drei Tage hei&szlig;.</p></html>"


def pdf(text: str) -> bytes:
    file = PdfFile()
    file.page().text(72, 72, text)
    return file.content()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b" \n\n ", "is empty"),
        (b"%PDF-1.7\n%\xe2\xe3", "is damaged|cannot be read"),
        (b"PK\x03\x04rest", "is a ZIP archive.*unzip"),
        (zipped({"xl/workbook.xml": "<x/>"}), "is an Excel file.*soffice.*csv"),
        (b"\x89PNG\r\n", "is a PNG"),
        (b"\xff\xfe\x00\x01\x02", "looks like UTF-16.*iconv -f UTF-16"),
        (b"text\x00with\x00nul", "binary"),
        (b"\x00\x01\xfe\xff\x80", "binary"),
        ("Müller".encode("latin-1"), "is not UTF-8: byte 0xfc at offset 1.*iconv"),
        (b"Ein Satz.\n" * MAX_LINES + b"\nNoch einer.", f"more than {MAX_LINES} lines.*split"),
    ],
)
def test_a_file_that_is_no_text_says_what_it_is(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "article.txt"
    path.write_bytes(content)
    with pytest.raises(ArticleError, match=said):
        read_article(path)


@pytest.mark.skipif(shutil.which("iconv") is None, reason="no iconv to run what is suggested")
@pytest.mark.parametrize("name", ["article.txt", "mein Text's.md", "sub/article.utf8.txt", "text"])
def test_the_suggested_conversion_works_and_overwrites_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path(name)
    path.parent.mkdir(exist_ok=True)
    # Too little to be certain.
    path.write_bytes("Größe „zählt“.".encode("cp1252"))
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


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_encodings_that_are_certain_are_read(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.txt").write_bytes(GERMAN.encode(encoding))
    assert read_article(tmp_path / "a.txt").text == GERMAN


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", pdf("Der Ofen war drei Tage heiss.")),
        ("a.docx", pdf("Der Ofen war drei Tage heiss.")),
        ("ohne-endung", docx(p("Der Ofen war drei Tage heiss."))),
        ("a.epub", docx(p("Der Ofen war drei Tage heiss."))),
        ("a.docx", epub({"a.xhtml": "<p>Der Ofen war drei Tage heiss.</p>"})),
        ("ohne-endung", PAGE),
        ("a.txt", b"\xef\xbb\xbf\n<!-- saved from url -->\n" + PAGE),
        # What a server sends where the file is gone.
        ("a.pdf", PAGE),
        ("a.txt", b"1\r\n00:00:01,000 --> 00:00:04,000\r\nDer Ofen war drei Tage heiss.\r\n"),
        ("a.xyz", b"Der Ofen war drei Tage heiss."),
        ("a.png", b"Der Ofen war drei Tage heiss."),
    ],
)
def test_what_is_in_a_file_counts_and_not_its_ending(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    assert read_article(tmp_path / name).text.replace("ß", "ss") == "Der Ofen war drei Tage heiss."


@pytest.mark.parametrize("name", ["a.md", "a.txt"])
@pytest.mark.parametrize("text", ["Für Anfänger: eine PDF-Datei beginnt mit %PDF-1.7.", "PKW fahren hier nicht."])
def test_a_text_that_speaks_of_a_format_is_a_text(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert read_article(tmp_path / name).text == text


@pytest.mark.parametrize("name", [f"a{suffix}" for suffix in SUFFIXES])
@pytest.mark.parametrize(
    "content", [b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"words here " * 9, b"PK\x03\x04rest", b"\x00\x01", b"\n \n"]
)
def test_no_ending_makes_a_text_of_what_is_none(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ArticleError) as raised:
        read_article(tmp_path / name)
    assert raised.value.code and "\n" not in str(raised.value)


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


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("protocoll.md", "did you mean {}/Protocol.md?"),
        ("PROTOCOL.MD", "did you mean {}/Protocol.md?"),
        ("protocol", "did you mean {}/Protocol.md?"),
        ("protocol.txt", "did you mean {}/Protocol.md?"),
        ("summer.md", "check the name."),
        ("none/protocol.md", "check the name."),
    ],
)
def test_a_name_that_is_nearly_a_files_is_answered_with_it(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "Protocol.md").write_text("We met.")
    (tmp_path / "prices.csv").write_text("a,b")
    if (tmp_path / name).exists():
        pytest.skip("names of files are the same in small letters and capitals here")
    with pytest.raises(ArticleError, match="does not exist") as raised:
        read_article(tmp_path / name)
    assert str(raised.value).endswith(said.format(tmp_path)) and raised.value.code == "article-missing"


def test_an_address_a_list_and_standard_input_are_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a b.md").write_text("We met.")
    for name, said in (
        ("www.example.org", "for a web page write https://www.example.org"),
        ("example.org/page?a=b", "for a web page write https://example.org/page?a=b"),
        ("a b.md,c.md", "give each by itself: -a 'a b.md' -a c.md"),
        ("x,y.md", "check the name."),
        ("-", "standard input is not read"),
    ):
        with pytest.raises(ArticleError) as raised:
            read_article(name)
        assert said in str(raised.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file(tmp_path: Path) -> None:
    path = tmp_path / "article.txt"
    path.write_text("Ein Satz.")
    path.chmod(0)
    with pytest.raises(ArticleError, match="cannot be read"):
        read_article(path)


def test_folders_are_read_in_order_of_names(tmp_path: Path) -> None:
    for name in ("b.txt", "a.md", "sub/c.TXT", ".hidden.txt", ".venv/LICENSE.txt", "picture.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"Text in {name}.")
    assert [Path(article.source).name for article in read_articles([tmp_path])] == ["a.md", "b.txt", "c.TXT"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(ArticleError, match=r"no document in it.*\.pdf, .*\.docx"):
        list(read_articles([tmp_path / "empty"]))


def test_a_folder_is_read_with_all_formats_and_the_files_that_fail_are_named(tmp_path: Path) -> None:
    said = "Der Ofen war drei Tage heiss."
    contents = {
        "plain": said.encode(),
        "markdown": f"# Ofen\n\n{said}".encode(),
        "pdf": pdf(said),
        "html": PAGE,
        "docx": docx(p(said)),
        "epub": epub({"a.xhtml": f"<p>{said}</p>"}),
        "delimited": b"Ofen;Tage\nA;3\nB;5\n",
        "subtitles": f"1\n00:00:01,000 --> 00:00:02,000\n{said}\n".encode(),
        "json_records": b'[{"Ofen": "A", "Tage": 3}, {"Ofen": "B", "Tage": 5}]',
        "mail": f"From: a@example.org\nSubject: Ofen\n\n{said}\n".encode(),
    }
    for suffix, kind in FORMATS.items():
        (tmp_path / f"{kind}{suffix}").write_bytes(contents[kind])
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7")
    faults: list[ArticleError] = []
    read = [Path(article.source).suffix for article in read_articles([tmp_path], faults)]
    assert sorted(read) == sorted(SUFFIXES)
    assert [Path(str(fault.values["path"])).name for fault in faults] == ["broken.pdf"]


class Pages(BaseHTTPRequestHandler):
    """Serves a page without an ending, and a PDF that the server does not name as one."""

    served: ClassVar[dict[str, tuple[str, bytes]]] = {
        "/ofen": ("text/html; charset=utf-8", PAGE),
        "/get?id=1": ("application/octet-stream", pdf("Der Ofen war drei Tage heiss.")),
        "/bild": ("image/png", b"\x89PNG\r\n"),
    }

    def do_GET(self) -> None:
        kind, content = self.served[self.path]
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    serving = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    thread = threading.Thread(target=serving.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{serving.server_port}"
    serving.shutdown()
    thread.join()
    serving.server_close()


@pytest.mark.parametrize("path", ["/ofen", "/get?id=1"])
def test_a_url_is_read_but_not_one_of_this_machine_named_in_a_chat(server: str, path: str) -> None:
    article = read_article(server + path)
    assert article.text.replace("ß", "ss") == "Der Ofen war drei Tage heiss." and article.source == server + path
    assert [one.id for one in read_articles([server + path])] == [article.id]
    with pytest.raises(ArticleError) as raised:
        read_article(server + path, from_chat=True)
    assert raised.value.code.startswith("url")


def test_a_picture_behind_a_url_is_refused(server: str) -> None:
    with pytest.raises(ArticleError):
        read_article(f"{server}/bild")
