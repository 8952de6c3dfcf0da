"""Pages of PDFs as pictures: what is drawn, who may see it, and when it is not shown."""

from __future__ import annotations

import gc
import hashlib
import io
import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image

from index import Article, ArticleError, EmbeddedEncoder, build_index, read_article
from index.documents.pdf.drawing import Drawing
from rag import Assistant
from tests.pdf_files import PdfFile
from ui.web import originals
from ui.web.originals import Original, Originals, ServedOriginal
from ui.web.server import Server, launch
from ui.web.uploads import GRADIOS

TEXT = """
Die Gemeinde hat im Jahr 2019 ein neues Hallenbad gebaut, das am ersten
September eröffnet wurde. Die Kosten lagen bei vier Millionen Euro und damit
unter dem Plan.
"""


def two_pages(last: str = "Das Bad ist im Winter geschlossen.") -> bytes:
    """The text, and a page that lies on its side and is turned by the file."""
    file = PdfFile()
    file.page().lines(72, 100, TEXT)
    file.page(842, 595, "/Rotate 90").text(400, 300, last, 12)
    return file.content()


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pages") / "bad.pdf"
    path.write_bytes(two_pages())
    return path


@pytest.fixture(scope="module")
def assistant(path: Path, encoder: EmbeddedEncoder) -> Assistant:
    return Assistant(build_index([read_article(path)], encoder), encoder)


@pytest.fixture(scope="module")
def server(assistant: Assistant) -> Iterator[Server]:
    server = launch(assistant, port=0, block=False, say=lambda line: None)
    yield server
    server.close()


def test_what_is_marked_is_where_the_words_are_drawn(server: Server, assistant: Assistant) -> None:
    article = assistant.articles[0]
    url = f"{server.url}page/{article.id}"
    assert httpx.get(url).json() == {"sizes": [[595, 842], [595, 842]]}
    for page, text in ((1, "Die Gemeinde"), (2, "Das Bad")):
        answer = httpx.get(f"{url}/{page}", params={"width": 601})
        picture = Image.open(io.BytesIO(answer.content)).convert("L")
        assert picture.size == (640, round(640 * 842 / 595))
        start = article.text.index(text)
        place = article.place(start, article.text.index(".", start) + 1)
        assert place is not None and {box.page for box in place.boxes} == {page}
        assert len(place.boxes) == (2 if page == 1 else 1), "it breaks over two lines"
        for box in place.boxes:
            edges = (box.left - 1, box.top - 1, box.right + 1, box.bottom + 1)
            inside = picture.crop([round(edge * 640 / 595) for edge in edges])
            dark = inside.point([255 if n < 128 else 0 for n in range(256)]).getbbox()
            assert dark is not None and dark[2] - dark[0] > inside.width - 8, "from the first letter to the last"


def test_an_index_from_before_says_that_it_does_not_know_the_file(assistant: Assistant, path: Path) -> None:
    plain = assistant.articles[0].to_dict()
    assert plain.pop("source_sha256") == hashlib.sha256(path.read_bytes()).hexdigest()
    with pytest.raises(ArticleError, match="Build it anew"):
        ServedOriginal(Article.from_dict(plain)).check()


def test_pages_are_shown_only_while_the_file_is_the_one_that_was_read(
    server: Server, assistant: Assistant, path: Path
) -> None:
    url = f"{server.url}page/{assistant.articles[0].id}/1"
    assert httpx.get(url).status_code == 200
    content = path.read_bytes()
    try:
        path.write_bytes(content + b"\n")
        changed = httpx.get(url, headers={"accept-language": "de"})
        path.unlink()
        gone = httpx.get(url)
    finally:
        path.write_bytes(content)
    assert changed.status_code == gone.status_code == 410
    assert "wurde geändert" in changed.json()["detail"] and "not there any more" in gone.json()["detail"]
    assert str(path.parent) not in changed.text + gone.text
    assert httpx.get(url).status_code == 200


def test_a_page_is_refused_to_other_sites_and_for_what_is_not_there(server: Server, assistant: Assistant) -> None:
    url = f"{server.url}page/{assistant.articles[0].id}"
    foreign = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}
    assert httpx.get(f"{url}/1", headers=foreign).status_code == 403
    assert httpx.get(f"{server.url}page/{'0' * 16}/1").status_code == 404
    assert httpx.get(f"{url}/3").status_code == 422
    assert httpx.get(f"{url}/1", params={"width": "99999999999"}).status_code == 200


def test_an_original_is_its_owners_and_goes_with_the_session(
    server: Server, assistant: Assistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Originals(assistant, tmp_path)
    monkeypatch.setattr(originals, "MOST_OF_SESSION", 1000)
    mine = kept.keep(b"x" * 900, "user anna", [])
    assert isinstance(mine, Original) and mine.content() == b"x" * 900
    assert kept.keep(b"y" * 200, "user anna", [mine]) is None, "more than a session may keep"
    assert kept.find(mine.key, "user anna") is mine
    assert kept.find(mine.key, "user bert") is None and kept.find(mine.key, None) is None
    key = mine.key
    del mine
    gc.collect()
    assert kept.find(key, "user anna") is None and list(tmp_path.iterdir()) == []
    # Gradio serves what lies in its folder to anyone who knows the path.
    served = Path(os.environ[GRADIOS])
    assert not (served.parent / "originals").is_relative_to(served) and (served.parent / "originals").is_dir()


def test_what_cannot_be_drawn_says_so() -> None:
    with pytest.raises(ArticleError, match="cannot be drawn"):
        Drawing(b"%PDF-1.7\nnothing")
    drawing = Drawing(two_pages())
    assert drawing.draw(2, 10_000_000).width < 10_000, "as many pixels as a picture may have"
    with pytest.raises(ArticleError, match="page 3"):
        drawing.draw(3, 100)
    with pytest.raises(ArticleError):
        drawing.draw(1, 100)
