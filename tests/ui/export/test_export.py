"""An exported conversation: whole, self-contained, the same for the same data, and hostile text in it is text."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from index import Article, EmbeddedEncoder, build_index, bundled_article, read_article
from rag import Assistant
from tests.exported import DATE, HOSTILE, QUESTIONS, exported
from tests.pdf_files import PdfFile
from ui.export import Export, check_export, export_html, read_export
from ui.export.data import (
    FORMAT,
    ExportedArticle,
    ExportedPage,
    ExportedPlace,
    ExportedProse,
    ExportedTurn,
    Made,
    Mark,
    Quotation,
    ShortAnswer,
)
from ui.export.page import BLOCK_END, BLOCK_START

# Of the page that test_the_page_of_this_format_stays_as_it_is makes.
PINNED = "e27e3628ecb0abe47e1fbad3ac945c53384f3f490c5fc510ca4eeb5e3e032713"


class Page(HTMLParser):
    """What a browser would make of a page: its elements, and the text outside of style and script."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, "well-formed"

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] not in ("style", "script"):
            self.text += data


@pytest.fixture(scope="module")
def export(assistant: Assistant) -> Export:
    return exported(assistant)


def test_it_has_question_answer_citations_and_the_whole_article(export: Export, assistant: Assistant) -> None:
    page = Page(export_html(export))
    article = assistant.articles[0]
    first = assistant.ask(QUESTIONS[0])
    assert all(question in page.text for question in QUESTIONS)
    assert export.turns[0].short and f"{export.turns[0].short[0].text}\n" in page.text
    for citation in first.citations:
        assert page.text.count(citation.text) >= 2, "quoted, and in the article"
        assert f"[{citation.number}] Satz {citation.sentence_index + 1}" in page.text
    assert "Nicht beantwortet" in page.text and len(export.turns[2].nearest) == 3
    assert hashlib.sha256(article.text.encode()).hexdigest() in page.text
    assert assistant.encoder.fingerprint in page.text and "answer_bar" in page.text


def test_every_link_leads_to_a_place_in_the_page(export: Export) -> None:
    page = Page(export_html(export))
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    links = [attributes["href"] for tag, attributes in page.tags if tag == "a"]
    assert len(ids) == len(set(ids)) and links
    assert all(link and link.startswith("#") and link[1:] in ids for link in links)


def test_nothing_in_it_runs_or_is_fetched(export: Export, assistant: Assistant) -> None:
    for one in (export, exported(assistant, HOSTILE, name=HOSTILE)):
        html = export_html(one)
        page = Page(html)
        assert [attributes for tag, attributes in page.tags if tag == "script"] == [
            {"type": "application/json", "id": "beleg-export"}
        ]
        assert not {"img", "link", "iframe", "object", "form"} & {tag for tag, _ in page.tags}
        assert not any(name.startswith("on") or name in ("src", "style") for _, found in page.tags for name in found)
        policy = next(found["content"] for _, found in page.tags if "http-equiv" in found)
        assert policy and policy.startswith("default-src 'none'; style-src 'sha256-") and "unsafe" not in policy
        assert html.count("</script>") == 1
    assert "\u2028" not in html[html.index(BLOCK_START) :]


def test_hostile_articles_are_text(encoder: EmbeddedEncoder, tmp_path: Path) -> None:
    text = 'Der Turm <img src=x onerror="alert(1)"> ist 330 Meter hoch </mark></script>. Er steht\x0b in \u202esiraP.'
    article = Article.read(text, title='</title><script>alert(2)</script> "T"', language="de", source="a/b\\<i>.txt")
    turm = Assistant(build_index([article], encoder), encoder)
    export = exported(turm, "Wie hoch ist der Turm?")
    page = Page(export_html(export))
    assert not export.turns[0].abstained and article.text in page.text.replace("1 Frage 1", "")
    assert article.title in page.text and export.articles[0].source == "<i>.txt"
    (tmp_path / "e.html").write_text(export_html(export), encoding="utf-8", newline="")
    assert read_export(tmp_path / "e.html")[0] == export


def test_what_was_written_is_read_back(export: Export, tmp_path: Path) -> None:
    (tmp_path / "e.html").write_text(export_html(export), encoding="utf-8", newline="")
    read, text = read_export(tmp_path / "e.html")
    assert read == export and export_html(read) == text
    block = text[text.index(BLOCK_START) + len(BLOCK_START) : text.index(BLOCK_END)]
    assert json.loads(block) == json.loads(json.dumps(asdict(export)))


def test_a_name_is_one_line_and_half_a_character_is_no_text(assistant: Assistant) -> None:
    export = exported(assistant, QUESTIONS[0], name=f" Mein\n Gespräch \ud800{'x' * 500}")
    assert export.name.startswith("Mein Gespräch ?xxx") and len(export.name) == 120
    assert export_html(export).encode()
    assert exported(assistant, QUESTIONS[0]).name == QUESTIONS[0]


def test_where_a_file_lies_stays_private(encoder: EmbeddedEncoder) -> None:
    for source, shown in (("/home/anna/geheim/turm.txt", "turm.txt"), ("https://a.org/turm", "https://a.org/turm")):
        article = Article.read("Der Turm ist 330 Meter hoch.", title="Turm", language="de", source=source)
        turm = Assistant(build_index([article], encoder), encoder)
        assert exported(turm, "Wie hoch ist der Turm?").articles[0].source == shown


def test_a_quotation_says_its_page_and_its_headings(encoder: EmbeddedEncoder, tmp_path: Path) -> None:
    file = PdfFile()
    file.info = {"Author": "Erika Muster", "CreationDate": "D:20200131120000Z"}
    file.page().lines(72, 100, "Die Bäckerei liegt in Bremen am Markt.\nSie ist sehr alt.")
    page = file.page()
    page.text(72, 100, "Das Brot", 18)
    page.lines(72, 140, "Das Brot backt eine Stunde bei 230 Grad.\nDanach kühlt es aus.")
    (tmp_path / "brot.pdf").write_bytes(file.content())
    article = read_article(tmp_path / "brot.pdf")
    made = exported(Assistant(build_index([article], encoder), encoder), "Bei wie viel Grad backt das Brot?")
    place = made.turns[0].citations[0].place
    assert place is not None and (place.page, place.under) == (2, ("Das Brot",))
    text = export_html(made)
    shown = Page(text).text
    assert ", Seite 2, " in shown and "unter: Das Brot" in shown and "Erika Muster" in shown and "2020-01-31" in shown
    (tmp_path / "e.html").write_text(text, encoding="utf-8", newline="")
    read, _ = read_export(tmp_path / "e.html")
    assert read == made
    assert all(one.proved for one in check_export(read, text, [article], bundled_article()))


def test_the_page_of_this_format_stays_as_it_is() -> None:
    text = "Eins. Zwei.\nDrei."
    mark = hashlib.sha256(text.encode()).hexdigest()
    place = ExportedPlace(3, 751.5, 753.0, "Zahl | Wort", ("Eins", "Zwei"), True)
    zwei, drei = Quotation(mark[:16], 1, 6, 11, "Zwei.", None), Quotation(mark[:16], 2, 12, 17, "Drei.", place)
    export = Export(
        format=FORMAT,
        language="de",
        name="Zahlen",
        made=Made(DATE, "0.1.0", "modell@1", "rules 1", {"answer_bar": 0.45, "reader": "trained"}),
        articles=(
            ExportedArticle(
                mark[:16], mark, "Zahlen", "de", "zahlen.txt", "Adam Ries", "1522", "https://example.org/", text, ()
            ),
        ),
        turns=(
            ExportedTurn(
                "Und?",
                "Was? Und?",
                "question",
                False,
                0.7,
                False,
                (),
                (ShortAnswer(1, 6, 10, "Zwei"),),
                (zwei,),
                (),
                (ExportedProse("Es sind zwei.", (1,), 0.9),),
                1,
            ),
            ExportedTurn(
                "Was? Wer?",
                "Was? Wer?",
                "question",
                False,
                0.6,
                True,
                ("Wer?",),
                (ShortAnswer(1, 6, 10, "Zwei"), ShortAnswer(2, 12, 16, "Drei")),
                (zwei, drei),
                (),
            ),
            ExportedTurn("Worum geht es?", "Worum geht es?", "overview", False, 0.9, False, (), (), (zwei,), ()),
            ExportedTurn("Vier?", "Vier?", "question", True, 0.1, False, (), (), (), (drei,)),
        ),
        left_out=2,
        pages=(ExportedPage(mark[:16], 3, 595.0, 842.0, "png", "iVBORw0=", (Mark(2, 72.0, 90.5, 100.0, 101.0),)),),
    )
    pages = export_html(export) + export_html(replace(export, language="en"))
    assert hashlib.sha256(pages.encode()).hexdigest() == PINNED, (
        "Files that were exported before no longer verify: raise FORMAT in ui/export/data.py, and pin the new page."
    )
