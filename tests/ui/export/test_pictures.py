"""Pictures of cited pages in an export: they are the pages of the user's own copy, and mark what is cited."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from index import EmbeddedEncoder, build_index, bundled_article, read_article
from rag import Assistant, Turn
from tests.exported import DATE, altered
from tests.pdf_files import PdfFile
from ui.export import Export, check_export, export_html, export_of, read_export
from ui.web.originals import Originals
from ui.web.pages import Pages, exported_pages


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pictures") / "brot.pdf"
    file = PdfFile()
    file.page().lines(72, 100, "Die Bäckerei liegt in Bremen am Markt.\nSie ist sehr alt.")
    file.page().lines(72, 140, "Das Brot backt eine Stunde bei\n230 Grad. Danach kühlt es aus.")
    path.write_bytes(file.content())
    return path


@pytest.fixture(scope="module")
def export(path: Path, encoder: EmbeddedEncoder) -> Export:
    assistant = Assistant(build_index([read_article(path)], encoder), encoder)
    turns = [Turn(one, assistant.ask(one)) for one in ("Bei wie viel Grad backt das Brot?",)]
    articles = {one.id: one for one in assistant.articles}
    pages = Pages(Originals(assistant, path.parent))
    pictures, missing = exported_pages(pages, turns, articles, {})
    pages.close()
    assert not missing
    return export_of(turns, articles, assistant, language="de", date=DATE, pages=pictures)


def wrong(file: Path, path: Path) -> list[str]:
    """What is not as stated, compared with the user's own copy."""
    found = check_export(*read_export(file), [read_article(path)], bundled_article())
    return [f"{one.where}: {one.says}" for one in found if not one.proved]


def test_a_cited_page_is_in_the_file_and_proved(export: Export, path: Path, tmp_path: Path) -> None:
    (page,) = export.pages
    assert page.page == 2 and len(page.marks) == 2, "the sentence breaks over two lines"
    text = export_html(export)
    assert f'<figure id="a1p{page.page}">' in text and text.count("<rect ") == 2 and "img-src data:" in text
    assert f'href="#a1p{page.page}"' in text, "the quotation leads to it"
    (tmp_path / "e.html").write_text(text, encoding="utf-8", newline="")
    assert wrong(tmp_path / "e.html", path) == []


def redraw(page: dict[str, Any], old: str) -> None:
    """Paint over one digit of the picture, where the cited sentence has its number."""
    picture = Image.open(io.BytesIO(base64.b64decode(page["picture"])))
    mark, scale = page["marks"][1], picture.width / page["width"]
    x, y, height = mark["left"] * scale, mark["top"] * scale, (mark["bottom"] - mark["top"]) * scale
    ImageDraw.Draw(picture).rectangle((x, y, x + 0.7 * height, y + height), fill="white")
    out = io.BytesIO()
    picture.save(out, old)
    page["picture"] = base64.b64encode(out.getvalue()).decode()


def test_another_picture_or_mark_is_found(export: Export, path: Path, tmp_path: Path) -> None:
    file = tmp_path / "e.html"
    altered(export, file, lambda data: redraw(data["pages"][0], data["pages"][0]["kind"]))
    assert wrong(file, path) == ["page 2 of “brot”: its picture shows something else than that page of your own copy"]
    altered(export, file, lambda data: data["pages"][0]["marks"][0].update(top=300.0))
    assert wrong(file, path) == ["page 2 of “brot”: what is marked on it is not where the cited sentences stand"]
    altered(export, file, lambda data: data["pages"][0].update(picture="AAAA"))
    assert wrong(file, path) == ["page 2 of “brot”: its picture cannot be read"]
