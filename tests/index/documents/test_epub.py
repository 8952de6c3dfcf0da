from __future__ import annotations

import pytest

from index import ArticleError
from index.documents.epub import read
from tests.index.documents.office_files import DOCUMENTS, epub, needs_documents, plain, real, shown, unmet, zipped


@needs_documents
@pytest.mark.parametrize("name", real("epub-"))
def test_a_real_file_reads_as_expected(name: str) -> None:
    assert unmet(name, read) == []


@needs_documents
def test_a_novel_is_read_in_its_order_without_its_publishers_pages() -> None:
    article = read((DOCUMENTS / "epub-02-novel-19-chapters.epub").read_bytes(), "novel.epub")
    text = plain(article.text)
    assert text.index("We went through the old gateway") < text.index("We reached London somewhat late in the evening")
    assert "hours of hard work by volunteers" not in text and article.author == "Joseph Conrad, Ford Madox Ford"


@needs_documents
def test_the_lines_of_a_poem_have_no_numbers_in_them() -> None:
    article = read((DOCUMENTS / "epub-01-waste-land.epub").read_bytes(), "poem.epub")
    assert ("line", 0, "And went on in sunlight, into the Hofgarten,") in shown(article)


def test_chapters_follow_the_spine_with_their_headings_lists_and_notes() -> None:
    book = epub(
        {
            "z.xhtml": "<h1>Eins</h1><p>Am Anfang<a epub:type='noteref' href='#n1'>1</a> war das "
            "Wort<sup><a href='#n2'>2</a></sup>.<br/>Neue&nbsp;Zeile.</p><aside epub:type='footnote' id='n1'>"
            "<p><a href='#r1'>1.</a> Die Anmerkung.</p></aside>",
            "a.xhtml": "<section><h2>Zwei</h2><ol><li>Kochen<ul><li>leise</li></ul></li><li><p>Essen</p></li></ol>"
            "<blockquote><p>Ein Zitat.</p></blockquote><pre>a = 1\n  b</pre>"
            "<dl><dt>Salz</dt><dd>ein Gewürz</dd></dl></section>",
        }
    )
    assert shown(read(book, "x.epub")) == [
        ("heading", 1, "Eins"),
        ("paragraph", 0, "Am Anfang war das Wort.\nNeue\xa0Zeile."),
        ("paragraph", 0, "1. Die Anmerkung."),
        ("heading", 2, "Zwei"),
        ("item", 1, "1. Kochen"),
        ("item", 2, "leise"),
        ("item", 1, "2. Essen"),
        ("paragraph", 0, "Ein Zitat."),
        ("code", 0, "a = 1\n  b"),
        ("paragraph", 0, "Salz\nein Gewürz"),
    ]


def test_a_table_is_rows_under_its_header_and_its_caption_is_one() -> None:
    book = epub(
        {
            "a.xhtml": "<table><caption>Tabelle 1</caption><thead><tr><th>Land</th><th>Stadt</th></tr></thead><tbody>"
            "<tr><td rowspan='2'>Hessen</td><td>Kassel</td></tr><tr><td>Fulda</td></tr></tbody></table>"
        }
    )
    article = read(book, "x.epub")
    assert shown(article) == [
        ("caption", 0, "Tabelle 1"),
        ("row", 0, "Land | Stadt"),
        ("row", 0, "Hessen | Kassel"),
        ("row", 0, "Hessen | Fulda"),
    ]
    assert [block.header for block in article.blocks] == [-1, 1, 1, 1]


def test_cover_contents_imprint_and_page_numbers_are_left_out() -> None:
    book = epub(
        {
            "cover.xhtml": "<div epub:type='cover'><p>Umschlag</p></div>",
            "nav.xhtml": "<nav epub:type='toc'><a href='a.xhtml'>Eins</a></nav>",
            "imprint.xhtml": "<section epub:type='copyright-page'><p>Alle Rechte.</p></section>",
            "a.xhtml": "<p>Ein langes<span epub:type='pagebreak'>12</span> Wort.</p><p hidden=''>Nicht da.</p>"
            "<p style='display: none'>Auch nicht.</p><script>var x;</script>",
        }
    )
    assert [text for kind, _, text in shown(read(book, "x.epub")) if kind == "paragraph"] == ["Ein langes Wort."]


def test_a_chapter_without_a_heading_has_that_of_the_contents() -> None:
    book = epub(
        {"a.xhtml": "<p class='t'>DER ANFANG</p><p>Es war einmal.</p>", "b.xhtml": "<p>Und dann.</p>"},
        extra={
            "OPS/nav.xhtml": "<html xmlns='http://www.w3.org/1999/xhtml'><body><nav><a href='a.xhtml'>Der Anfang</a>"
            "<a href='b.xhtml'>Das Ende</a></nav></body></html>"
        },
    )
    assert shown(read(book, "x.epub")) == [
        ("heading", 1, "Der Anfang"),
        ("paragraph", 0, "Es war einmal."),
        ("heading", 1, "Das Ende"),
        ("paragraph", 0, "Und dann."),
    ]


def test_the_main_one_of_several_titles_and_who_wrote_the_book() -> None:
    metadata = (
        "<dc:title id='t2'>Ein Roman</dc:title><dc:title id='t1'>Das Buch</dc:title>"
        "<meta refines='#t1' property='title-type'>main</meta>"
        "<dc:creator id='a'>Ada Muster</dc:creator><meta refines='#a' property='role'>aut</meta>"
        "<dc:creator opf:role='trl'>Uwe Übersetzer</dc:creator>"
        "<dc:date opf:event='modification'>2024-01-01</dc:date><dc:date>1999-05-04T00:00:00Z</dc:date>"
        "<dc:language>de-AT</dc:language>"
    )
    article = read(epub({"a.xhtml": "<p>Ein Satz.</p>"}, metadata), "x.epub")
    assert (article.title, article.author, article.date, article.language) == (
        "Das Buch",
        "Ada Muster",
        "1999-05-04",
        "de",
    )


def test_a_chapter_that_is_not_well_formed_is_read() -> None:
    book = epub({"a.xhtml": "<p>Erster Absatz.<p>Zweiter &foo; & dritter <b>fett.</p></i>"})
    texts = [text for _, _, text in shown(read(book, "x.epub"))]
    assert texts[0] == "Erster Absatz." and "dritter fett." in texts[1]


PROTECTED = (
    "<encryption xmlns='urn:oasis:names:tc:opendocument:xmlns:container' "
    "xmlns:enc='http://www.w3.org/2001/04/xmlenc#'><enc:EncryptedData><enc:EncryptionMethod Algorithm='{}'/>"
    "</enc:EncryptedData></encryption>"
)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            epub(
                {"a.xhtml": "<p>x</p>"},
                extra={"META-INF/encryption.xml": PROTECTED.format("http://www.w3.org/2001/04/xmlenc#aes256-cbc")},
            ),
            "DRM",
        ),
        (epub({"a.xhtml": "<img src='a.png' alt=''/>"}), "has no text"),
        (epub({"a.xhtml": "<p>Ein Satz.</p>"})[:500], "is damaged"),
        (zipped({"mimetype": "application/epub+zip"}), "is damaged.*missing"),
        (epub({"a.xhtml": "<div>" * 250 + "a" + "</div>" * 250}), "is damaged"),
        (
            epub({}, extra={"OPS/book.opf": "<!DOCTYPE a [<!ENTITY b 'c'>]><package/>"}),
            "is damaged",
        ),
        (b"", "is damaged"),
    ],
    ids=["drm", "pictures", "cut", "no package", "deep", "entities", "empty"],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_what_cannot_be_read_is_refused_with_a_reason(content: bytes, said: str) -> None:
    with pytest.raises(ArticleError, match=said):
        read(content, "x.epub")


def test_disguised_fonts_are_no_protection() -> None:
    fonts = {"META-INF/encryption.xml": PROTECTED.format("http://www.idpf.org/2008/embedding")}
    assert read(epub({"a.xhtml": "<p>Ein Satz.</p>"}, extra=fonts), "x.epub").text == "Ein Satz."


def test_a_link_out_of_the_book_leads_nowhere() -> None:
    book = epub({"../../../../etc/passwd": "<p>fremd</p>", "a.xhtml": "<p>Ein Satz.</p>"})
    assert read(book, "x.epub").text == "Ein Satz."


@pytest.mark.parametrize(
    "chapters",
    [
        {"a.xhtml": "<p>a</p>" * 3_000_000},
        {f"{n}.xhtml": "<p>a</p>" * 100_000 for n in range(20)},
        {"a.xhtml": "<table>" + "<tr>" + "<td rowspan='99' colspan='99'>a</td>" * 20_000 + "</tr></table>"},
    ],
    ids=["paragraphs", "chapters", "cells"],
)
def test_a_bomb_is_refused(chapters: dict[str, str]) -> None:
    content = epub(chapters)
    with pytest.raises(ArticleError):
        read(content, "x.epub")
