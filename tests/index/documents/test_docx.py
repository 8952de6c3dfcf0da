from __future__ import annotations

import zipfile

import pytest

from index import ArticleError
from index.documents.docx import read
from tests.index.documents.office_files import docx, needs_documents, p, real, shown, table, unmet, zipped

STYLES = (
    '<w:style w:type="paragraph" w:default="1" w:styleId="Standard"><w:name w:val="Normal"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Eigen"><w:name w:val="Kapitel"/><w:basedOn w:val="berschrift1"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Ue3"><w:name w:val="Überschrift 3"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Titel"><w:name w:val="Title"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Bild"><w:name w:val="caption"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Code"><w:name w:val="HTML Preformatted"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Verz1"><w:name w:val="toc 1"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Strich"><w:name w:val="Aufzählung"/>'
    '<w:pPr><w:numPr><w:numId w:val="2"/></w:numPr></w:pPr></w:style>'
)
NUMBERING = (
    '<w:abstractNum w:abstractNumId="0">'
    '<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>'
    '<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="(%2)"/></w:lvl>'
    '<w:lvl w:ilvl="2"><w:start w:val="1"/><w:numFmt w:val="upperRoman"/><w:lvlText w:val="%1.%2.%3"/></w:lvl>'
    "</w:abstractNum>"
    '<w:abstractNum w:abstractNumId="1">'
    '<w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val="–"/></w:lvl></w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    '<w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>'
    '<w:num w:numId="3"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/>'
    "</w:lvlOverride></w:num>"
)


def style(name: str) -> str:
    return f'<w:pStyle w:val="{name}"/>'


def listed(number: int, level: int) -> str:
    return f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'


def run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


@needs_documents
@pytest.mark.parametrize("name", real("docx-"))
def test_a_real_file_reads_as_expected(name: str) -> None:
    assert unmet(name, read) == []


def test_headings_have_the_level_of_their_style_its_parent_or_their_own() -> None:
    body = (
        p("Erstes", style("berschrift1"))
        + p("Zweites", style("Eigen"))
        + p("Drittes", style("Ue3"))
        + p("Viertes", '<w:outlineLvl w:val="1"/>')
        + p("Kein Titel", style("berschrift1") + '<w:outlineLvl w:val="9"/>')
        + p("Ein Satz.")
    )
    article = read(docx(body, styles=STYLES), "x.docx")
    assert shown(article) == [
        ("heading", 1, "Erstes"),
        ("heading", 1, "Zweites"),
        ("heading", 3, "Drittes"),
        ("heading", 2, "Viertes"),
        ("paragraph", 0, "Kein Titel"),
        ("paragraph", 0, "Ein Satz."),
    ]
    assert article.title == "Erstes"


def test_numbers_that_word_shows_are_in_the_text() -> None:
    body = (
        p("Erstens", listed(1, 0))
        + p("dabei", listed(1, 1))
        + p("tief", listed(1, 2))
        + p("auch", listed(1, 1))
        + p("Zweitens", listed(1, 0))
        + p("von neuem", listed(1, 1))
        + p("ab fünf", listed(3, 0))
        + p("Punkt", style("Strich"))
        + p("keiner", style("Strich") + listed(0, 0))
    )
    assert shown(read(docx(body, styles=STYLES, numbering=NUMBERING), "x.docx")) == [
        ("item", 1, "1. Erstens"),
        ("item", 2, "(a) dabei"),
        ("item", 3, "1.a.I tief"),
        ("item", 2, "(b) auch"),
        ("item", 1, "2. Zweitens"),
        ("item", 2, "(a) von neuem"),
        ("item", 1, "5. ab fünf"),
        ("item", 1, "Punkt"),
        ("paragraph", 0, "keiner"),
    ]


def test_a_row_stands_under_its_header() -> None:
    article = read(docx(p("Vorweg.") + table(("Stadt", "Jahr"), ("Bonn", "1949"), ("Berlin", "1990"))), "x.docx")
    assert [text for _, _, text in shown(article)] == ["Vorweg.", "Stadt | Jahr", "Bonn | 1949", "Berlin | 1990"]
    assert [block.header for block in article.blocks] == [-1, 1, 1, 1]


def test_a_cell_of_several_rows_stands_in_each_and_a_wide_one_keeps_the_columns() -> None:
    def cell(text: str, about: str = "") -> str:
        return f"<w:tc><w:tcPr>{about}</w:tcPr>{p(text)}</w:tc>"

    rows = (
        cell("Land") + cell("Stadt") + cell("Zahl"),
        cell("Hessen", '<w:vMerge w:val="restart"/>') + cell("Kassel") + cell("3"),
        cell("", "<w:vMerge/>") + cell("Fulda") + cell("4"),
        cell("Summe", '<w:gridSpan w:val="2"/>') + cell("7"),
    )
    body = "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in rows) + "</w:tbl>"
    assert [text for _, _, text in shown(read(docx(body), "x.docx"))] == [
        "Land | Stadt | Zahl",
        "Hessen | Kassel | 3",
        "Hessen | Fulda | 4",
        "Summe |  | 7",
    ]


def test_a_frame_of_one_cell_is_no_table() -> None:
    body = f"<w:tbl><w:tr><w:tc>{p('Achtung!')}{p('Nicht öffnen.')}</w:tc></w:tr></w:tbl>"
    assert [kind for kind, _, _ in shown(read(docx(body), "x.docx"))] == ["paragraph", "paragraph"]


def test_what_was_deleted_is_out_and_what_was_inserted_is_in() -> None:
    ends_deleted = '<w:rPr><w:del w:id="9"/></w:rPr>'
    body = (
        p("Der Preis ", runs=f"<w:del><w:r><w:delText>sinkt</w:delText></w:r></w:del><w:ins>{run('steigt')}</w:ins>")
        + p("", runs=f"<w:moveFrom>{run('Weg damit.')}</w:moveFrom>")
        + p("Ein Absatz ", ends_deleted)
        + p("wird fortgesetzt.")
        + f"<w:tbl><w:tr><w:trPr><w:del/></w:trPr><w:tc>{p('alt')}</w:tc></w:tr></w:tbl>"
    )
    assert [text for _, _, text in shown(read(docx(body), "x.docx"))] == [
        "Der Preis steigt",
        "Ein Absatz wird fortgesetzt.",
    ]


def test_a_footnote_follows_its_paragraph_and_a_text_box_stands_once() -> None:
    box = f"<w:txbxContent>{p('Im Kasten.')}</w:txbxContent>"
    twice = (
        f'<w:r><mc:AlternateContent><mc:Choice Requires="wps"><wps:txbx>{box}</wps:txbx></mc:Choice>'
        f"<mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )
    body = p("Ein Satz", runs='<w:r><w:footnoteReference w:id="2"/></w:r>' + run(".") + twice) + p("Der nächste.")
    notes = f'<w:footnote w:id="2">{p("Die Anmerkung.")}</w:footnote><w:footnote w:id="0" w:type="separator">{p("--")}</w:footnote>'
    assert [text for _, _, text in shown(read(docx(body, footnotes=notes), "x.docx"))] == [
        "Ein Satz.",
        "Im Kasten.",
        "Die Anmerkung.",
        "Der nächste.",
    ]


def test_only_what_a_reader_sees_is_read() -> None:
    def field(kind: str) -> str:
        return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'

    command = field("begin") + '<w:r><w:instrText>STYLEREF "x"</w:instrText></w:r>' + run("roh") + field("separate")
    body = (
        p("Siehe ", runs=command + run("Seite 3") + field("end") + run(" oben."))
        + p("Kapitel 1\t4", style("Verz1"))
        + p("Offen", runs=field("begin") + "<w:r><w:instrText>PAGE</w:instrText></w:r>")
        + p("Danach.", runs=f"<w:r><w:rPr><w:vanish/></w:rPr><w:t>geheim</w:t></w:r>{run(' Kalt')}")
        + p("10", runs='<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:t>16</w:t></w:r>' + run(" Zellen"))
    )
    assert [text for _, _, text in shown(read(docx(body, styles=STYLES), "x.docx"))] == [
        "Siehe Seite 3 oben.",
        "Offen",
        "Danach. Kalt",
        "10¹⁶ Zellen",
    ]


def test_captions_and_code_are_told_from_prose() -> None:
    body = p("Abbildung 1: Ein Bild", style("Bild")) + p("a = 1", style("Code")) + p("b = 2", style("Code"))
    assert shown(read(docx(body, styles=STYLES), "x.docx")) == [
        ("caption", 0, "Abbildung 1: Ein Bild"),
        ("code", 0, "a = 1\nb = 2"),
    ]


@pytest.mark.parametrize(
    ("core", "title", "author"),
    [
        ("<dc:title>Der Bericht</dc:title><dc:creator>Ada Muster</dc:creator>", "Der Bericht", "Ada Muster"),
        ("<dc:title>Microsoft Word - x.doc</dc:title><dc:creator>python-docx</dc:creator>", "Obenauf", ""),
        ("<dc:title></dc:title>", "Obenauf", ""),
    ],
)
def test_the_title_is_the_documents_own(core: str, title: str, author: str) -> None:
    core += "<dcterms:modified>2024-03-01T10:00:00Z</dcterms:modified>"
    article = read(docx(p("Obenauf", style("Titel")) + p("Ein Satz."), core, styles=STYLES), "mein_bericht.docx")
    assert (article.title, article.author, article.date) == (title, author, "2024-03-01")
    assert read(docx(p("Ein Satz.")), "a/mein_bericht.docx").title == "mein bericht"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (docx(p("")), "has no text in it.*ocrmypdf"),
        (docx(p("Ein Satz."))[:600], "is damaged"),
        (zipped({"word/other.xml": "<a/>"}), "is damaged.*missing"),
        (zipped({"word/document.xml": "<w:document>"}), "is damaged"),
        (zipped({"word/document.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}), "declares entities"),
        (docx("<w:p>" * 400 + "</w:p>" * 400), "is damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"), "old Word.*soffice.*docx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "password"),
        (b"{\\rtf1 Hallo}", "RTF.*soffice.*docx"),
        (b"Hallo", "is damaged"),
        (b"", "is damaged"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(content: bytes, said: str) -> None:
    with pytest.raises(ArticleError, match=said):
        read(content, "x.docx")


@pytest.mark.parametrize(
    "body",
    [
        "<w:p/>" * 3_000_000,
        "<a/>" * 5_000_000,
        "<w:tbl>" + f"<w:tr><w:tc>{p('a')}</w:tc></w:tr>" * 600_000 + "</w:tbl>",
        p("a" * 30_000_000),
        "<w:p><w:r>" + "<w:t>a</w:t>" * 2_000_000 + "</w:r></w:p>",
    ],
    ids=["paragraphs", "elements", "rows", "one word", "one paragraph"],
)
def test_a_bomb_is_refused(body: str) -> None:
    content = docx(body)
    with pytest.raises(ArticleError):
        read(content, "x.docx")


def test_a_part_that_unpacks_to_much_more_is_refused() -> None:
    with pytest.raises(ArticleError, match="unpacks to more than"):
        read(docx(" " * 150_000_000), "x.docx")
    with pytest.raises(ArticleError, match="packed by method"):
        read(zipped({"word/document.xml": "<a/>"}, zipfile.ZIP_BZIP2), "x.docx")


def test_bold_lines_above_text_are_headings_and_bold_facts_are_none() -> None:
    bold, large = "<w:rPr><w:b/></w:rPr>", '<w:rPr><w:b/><w:sz w:val="40"/></w:rPr>'

    def line(text: str, marks: str = "") -> str:
        return f"<w:p><w:r>{marks}<w:t>{text}</w:t></w:r></w:p>"

    article = read(
        docx(
            line("Reisebericht Island", large)
            + line("Tag 1", bold)
            + line("Der Wagen kostete 380 Euro.")
            + line("Abgabe: 3. Mai 2024", bold)
            + line("Alle waren müde.")
            + line("Ende", bold)
        ),
        "x.docx",
    )
    assert [kind for kind, _, _ in shown(article)] == [
        "heading",
        "heading",
        "paragraph",
        "paragraph",
        "paragraph",
        "paragraph",
    ]
    assert [level for _, level, _ in shown(article)][:2] == [1, 2]
    assert article.title == "Reisebericht Island"
