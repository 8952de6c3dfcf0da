"""PDFs that are written here, and the real ones in shared/documents where they are there."""

from __future__ import annotations

import json
import os
import re
import textwrap
import unicodedata
from pathlib import Path

import pytest

from index.article import Article
from index.documents.pdf import read
from index.errors import ArticleError
from index.splitting.sentences import split_sentences
from tests.pdf_files import PdfFile

SHARED = Path(os.environ.get("BELEG_SHARED") or Path(__file__).parents[3].parent / "shared") / "documents"
PROSE = """
Die Gemeinde hat im Jahr 2019 ein neues Hallenbad gebaut, das am ersten
September eröffnet wurde. Die Kosten lagen bei vier Millionen Euro und damit
unter dem Plan. Im ersten Jahr kamen mehr als achtzigtausend Gäste, so dass
der Betrieb schon im dritten Jahr ohne Zuschuss auskam. Der Rat beschloss im
Mai einstimmig, die Preise nicht zu erhöhen.
"""


def texts(article: Article, kind: str = "") -> list[str]:
    return [article.text[b.start : b.end] for b in article.blocks if not kind or b.kind == kind]


def kinds(article: Article) -> list[tuple[str, int]]:
    return [(block.kind, block.level) for block in article.blocks]


def made(file: PdfFile, name: str = "datei.pdf") -> Article:
    return read(file.content(), name)


def refused(content: bytes, name: str = "datei.pdf") -> ArticleError:
    with pytest.raises(ArticleError) as caught:
        read(content, name)
    return caught.value


def test_a_paragraph_keeps_its_lines() -> None:
    file = PdfFile()
    file.page().lines(72, 100, PROSE)
    article = made(file)
    assert texts(article) == [PROSE.strip()]
    assert article.language == "de"


def test_columns_are_read_one_after_the_other() -> None:
    file = PdfFile()
    page = file.page()
    page.text(72, 60, "Bericht über die Bäder und die Wälder der Gemeinde im Jahr 2019", 16, "F2")
    left = [f"Das Bad hat im Monat {n} viele neue Gäste" for n in range(1, 21)]
    right = [f"Der Wald litt im Monat {n} unter Trockenheit" for n in range(1, 21)]
    page.lines(72, 100, "\n".join(left))
    page.lines(310, 100, "\n".join(right))
    text = made(file).text
    places = [text.index(line) for line in (*left, *right)]
    assert places == sorted(places)
    assert text.index("Bericht") < places[0]


def test_columns_may_have_lines_at_different_heights() -> None:
    file = PdfFile()
    page = file.page()
    page.lines(72, 100, PROSE, 8)
    page.lines(
        370,
        104,
        "Verse stehen hier daneben,\nkurz und nicht in Prosa,\nvier sind es an der Zahl,\ndann ist es vorbei.",
        8,
    )
    text = made(file).text
    assert PROSE.strip() in text and "Verse stehen hier daneben,\nkurz und nicht in Prosa," in text


def test_headings_have_levels_by_size_and_stand_over_the_columns() -> None:
    file = PdfFile()
    page = file.page()
    page.text(72, 80, "Das Hallenbad", 20, "F2")
    page.text(72, 110, "Der Bau", 14, "F2")
    y = page.lines(72, 135, PROSE)
    page.text(72, y + 20, "Der Betrieb", 14, "F2")
    page.lines(72, y + 45, PROSE)
    article = made(file)
    assert kinds(article) == [("heading", 1), ("heading", 2), ("paragraph", 0), ("heading", 2), ("paragraph", 0)]
    assert article.title == "Das Hallenbad"


def test_bold_lines_are_headings_but_not_bold_sentences() -> None:
    file = PdfFile()
    page = file.page()
    page.text(72, 80, "Öffnungszeiten", 10, "F2")
    y = page.lines(72, 100, PROSE)
    page.text(72, y + 15, "Das Bad ist am Montag wegen Reinigung geschlossen.", 10, "F2")
    page.lines(72, y + 40, PROSE)
    assert [kind for kind, _ in kinds(made(file))] == ["heading", "paragraph", "paragraph", "paragraph"]


def test_running_heads_and_page_numbers_are_left_out_and_the_sentence_goes_on() -> None:
    file = PdfFile()
    starts = ["Der Anfang steht auf der ersten Seite und der Satz geht hier noch weiter bis", "ans Ende."]
    for number in range(1, 7):
        page = file.page()
        page.text(72, 40, f"Jahresbericht 2019    {number}", 8)
        y = page.lines(72, 100, PROSE)
        if number <= 2:
            page.text(72, y + 12 if number == 1 else 88, starts[number - 1])
        page.text(280, 810, f"Seite {number} von 6", 8)
    article = made(file)
    assert "Jahresbericht" not in article.text and "Seite" not in article.text.replace("ersten Seite", "")
    block = next(b for b in article.blocks if "Der Anfang" in article.text[b.start : b.end])
    whole = article.text[block.start : block.end]
    assert "noch weiter bis\nans Ende." in whole
    first, last = article.text.index("Der Anfang"), article.text.index("ans Ende.")
    place = article.place(first, last + 9)
    assert place is not None and place.page == 1
    assert {box.page for box in place.boxes} == {1, 2}


def test_a_number_that_is_content_stays() -> None:
    file = PdfFile()
    page = file.page()
    page.text(72, 60, "2019", 30, "F2")
    page.lines(72, 100, PROSE)
    assert "2019" in made(file).text.split("\n")


def test_hyphens_at_line_ends_stay_with_the_line_end() -> None:
    file = PdfFile()
    file.page().lines(72, 100, "Die Gemeinde hat ein Hallen-\nbad gebaut, das allen ge-\nfällt und oft besucht wird.")
    assert "Hallen-\nbad gebaut, das allen ge-\nfällt" in made(file).text


def test_footnotes_follow_the_text_of_their_page() -> None:
    file = PdfFile()
    page = file.page()
    y = page.lines(72, 100, PROSE + "Der Rat beschloss außerdem, den Weg zum Bad neu zu bauen, und zwar mit")
    page.text(72, y + 12, "vielen Bäumen an der Seite, wie es die Bürger seit Jahren immer wieder in")
    page.rule(72, 700, 180, 700)
    page.text(72, 712, "1 Siehe das Protokoll des Rates vom Mai.", 7)
    file.page().lines(72, 100, "Briefen gefordert hatten. Der Bau beginnt im Herbst.\n" + PROSE)
    article = made(file)
    text = article.text
    assert re.search(r"immer wieder in\s+Briefen gefordert hatten\.", text)
    assert text.index("Siehe das Protokoll") > text.index("Der Bau beginnt im Herbst")
    assert "1 Siehe das Protokoll des Rates vom Mai." in texts(article, "paragraph")


def test_a_note_s_mark_does_not_stick_to_its_word_and_an_exponent_stays() -> None:
    file = PdfFile()
    page = file.page()
    page.operators.append(
        "BT /F1 10 Tf 1 0 0 1 72 700 Tm (Das kann man finden) Tj /F1 6 Tf 4 Ts (1) Tj 0 Ts /F1 10 Tf ( und auf 25 m) Tj "
        "/F1 6 Tf 4 Ts (2) Tj 0 Ts /F1 10 Tf ( messen.) Tj ET"
    )
    assert made(file).text == "Das kann man finden ¹ und auf 25 m² messen."


def test_list_items_by_their_marks() -> None:
    file = PdfFile()
    page = file.page()
    y = page.lines(72, 100, PROSE)
    page.lines(
        72, y + 6, "• Schwimmer zahlen vier Euro\n• Kinder zahlen zwei Euro und dürfen am\n• Gruppen zahlen weniger"
    )
    page.lines(90, y + 50, "– ab zehn Personen drei Euro\n– ab zwanzig Personen zwei Euro")
    article = made(file)
    items = [(texts(article)[n], level) for n, (kind, level) in enumerate(kinds(article)) if kind == "item"]
    assert [level for _, level in items] == [1, 1, 1, 2, 2]
    assert items[0][0] == "• Schwimmer zahlen vier Euro"


def ruled(file: PdfFile, rows: list[list[str]], top: float) -> None:
    page = file.page()
    width, height = 120, 20
    for number in range(len(rows) + 1):
        page.rule(72, top + number * height, 72 + width * len(rows[0]), top + number * height)
    for number in range(len(rows[0]) + 1):
        page.rule(72 + number * width, top, 72 + number * width, top + height * len(rows))
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            page.text(76 + x * width, top + y * height + 14, cell)


def test_a_drawn_table_has_rows_and_one_header_over_two_pages() -> None:
    file = PdfFile()
    header = ["Ort", "Einwohner", "Land"]
    ruled(file, [header, ["Köln", "1.085.000", "NRW"], ["Trier", "", "RLP"]], 100)
    ruled(file, [header, ["Mainz", "217.000", "RLP"]], 100)
    article = made(file)
    rows = [b for b in article.blocks if b.kind == "row"]
    assert texts(article, "row") == [
        "Ort | Einwohner | Land", "Köln | 1.085.000 | NRW", "Trier |  | RLP", "Mainz | 217.000 | RLP",
    ]  # fmt: skip
    assert {row.header for row in rows} == {article.blocks.index(rows[0])}
    place = article.place(rows[3].start, rows[3].end)
    assert place is not None and place.page == 2 and place.header == "Ort | Einwohner | Land"


def test_a_table_without_rules_is_one_by_its_columns() -> None:
    file = PdfFile()
    page = file.page()
    y = page.lines(72, 80, PROSE)
    for row in [
        ("Jahr", "Gäste", "Kosten"),
        ("2019", "80.000", "4 Mio."),
        ("2020", "21.000", "1 Mio."),
        ("2021", "35.000", "2 Mio."),
    ]:
        y += 14
        for x, cell in zip((72, 200, 330), row, strict=True):
            page.text(x, y, cell)
    article = made(file)
    assert texts(article, "row")[2] == "2020 | 21.000 | 1 Mio."
    rows = [b for b in article.blocks if b.kind == "row"]
    assert rows[2].header == article.blocks.index(rows[0])


def test_a_table_with_rules_between_its_rows_only() -> None:
    file = PdfFile()
    page = file.page()
    rows = [
        ("Maß", "vorher", "jetzt"),
        ("Richtig an erster Stelle", "78,6 %", "89,3 %"),
        ("Kehrwert", "0,810", "0,927"),
        ("Güte der ersten zehn", "0,821", "0,938"),
        ("Anteil aller", "84,0 %", "96,6 %"),
        ("Länge", "12", "14"),
    ]
    for number, row in enumerate(rows):
        y = 100 + 30 * number
        for x, cell in zip((72, 260, 380), row, strict=True):
            page.text(x, y, cell)
        if 0 < number < 5:
            page.text(72, y + 11, "in Hundert", 8)
        if number < 5:
            page.rule(72, y + 16, 470, y + 16)
    article = made(file)
    assert texts(article, "row")[:2] == [
        "Maß | vorher | jetzt",
        "Richtig an erster Stelle in Hundert | 78,6 % | 89,3 %",
    ]
    assert texts(article, "row")[-1] == "Länge | 12 | 14"
    assert {b.header for b in article.blocks} == {0}


def test_labels_and_values_of_a_form_are_lines() -> None:
    file = PdfFile()
    page = file.page()
    page.lines(72, 100, "Rechnungsnummer:\nDatum:\nBetrag:\nKundennummer:")
    page.lines(250, 100, "471102\n15.11.2024\n529,87 Euro\nGE2020211")
    assert "Betrag: 529,87 Euro" in texts(made(file), "line")


def test_a_table_of_contents_is_left_out_and_a_price_list_is_not() -> None:
    file = PdfFile()
    page = file.page()
    page.text(72, 60, "Inhalt", 16, "F2")
    page.lines(72, 100, "\n".join(f"{n}. Kapitel über Sache {n} {'.' * 60} {n * 7}" for n in range(1, 7)))
    page = file.page()
    page.text(72, 60, "Preise", 16, "F2")
    page.lines(72, 100, "\n".join(f"Gericht {n} {'.' * 60} {n + 5},50 Euro" for n in range(1, 7)))
    article = made(file)
    assert "Kapitel" not in article.text
    assert sum("Gericht" in text for text in texts(article, "line")) == 6


def test_code_and_captions() -> None:
    file = PdfFile()
    page = file.page()
    y = page.lines(72, 100, PROSE)
    y = page.lines(72, y + 10, "for n in range(3):\nprint(n)", 9, "F3")
    page.text(72, y + 20, "Abbildung 3: Das Bad von Norden", 9)
    article = made(file)
    assert texts(article, "code") == ["for n in range(3):\nprint(n)"]
    assert texts(article, "caption") == ["Abbildung 3: Das Bad von Norden"]


@pytest.mark.parametrize(
    ("extra", "left", "top"),
    [
        ("", 100, 200),
        ("/Rotate 90", 842 - 200, 100),
        ("/Rotate 180", 595 - 100, 842 - 200),
        ("/Rotate 270", 200, 595 - 100),
        ("/CropBox [50 40 500 800]", 50, 158),
    ],
)
def test_boxes_are_those_of_the_page_as_it_is_shown(extra: str, left: float, top: float) -> None:
    file = PdfFile()
    # The lower left corner of the word's first letter is 100 from the left and 200 from the top.
    file.page(extra=extra).text(100, 200, "HHHH", 20)
    anchor = made(file).anchors[0]
    assert anchor.page == 1
    corners = [(x, y) for x in (anchor.left, anchor.right) for y in (anchor.top, anchor.bottom)]
    assert min(abs(x - left) + abs(y - top) for x, y in corners) < 4
    sides = sorted((anchor.right - anchor.left, anchor.bottom - anchor.top))
    assert 12 < sides[0] < 16 and 50 < sides[1] < 60


def test_margin_text_that_is_turned_is_left_out() -> None:
    file = PdfFile()
    for _ in range(2):
        page = file.page()
        page.lines(72, 100, PROSE)
        page.turned(20, 500, "printed by machine 7 on DSK")
    assert "DSK" not in made(file).text


def test_a_page_that_is_turned_as_a_whole_is_read() -> None:
    file = PdfFile()
    page = file.page()
    page.turned(100, 700, "Der ganze Text steht hier")
    page.turned(112, 700, "auf der Seite quer.")
    assert made(file).text == "Der ganze Text steht hier\nauf der Seite quer."


def test_the_file_s_own_facts() -> None:
    file = PdfFile()
    file.page().lines(72, 100, PROSE)
    file.info = {"Title": "Bäder der Gemeinde", "Author": "Erika Muster", "CreationDate": "D:20200131120000Z"}
    article = made(file)
    assert (article.title, article.author, article.date) == ("Bäder der Gemeinde", "Erika Muster", "2020-01-31")


@pytest.mark.parametrize("title", ["Microsoft Word - bericht.doc", "bericht_final.indd", "Untitled", "datei.pdf", " "])
def test_a_title_that_says_nothing_is_not_taken(title: str) -> None:
    file = PdfFile()
    file.page().lines(72, 100, PROSE)
    file.info = {"Title": title}
    assert made(file, "pfad/das-bad_2019.pdf").title == "das bad 2019"


def test_bookmarks_make_headings() -> None:
    file = PdfFile()
    page = file.page()
    page.text(72, 80, "Vom Bau", 10)
    page.lines(72, 104, PROSE)
    file.bookmarks = [("Vom Bau", 1)]
    assert kinds(made(file))[0] == ("heading", 1)


def test_values_of_form_fields_are_read() -> None:
    file = PdfFile()
    page = file.page()
    page.text(72, 100, "Name:")
    page.annotations.append(
        "<< /Type /Annot /Subtype /Widget /FT /Tx /T (n) /V (Erika Muster) /Rect [120 738 300 754] >>"
    )
    assert "Name: Erika Muster" in made(file).text


def test_progress_counts_pages() -> None:
    file = PdfFile()
    for _ in range(3):
        file.page().lines(72, 100, PROSE)
    seen: list[tuple[str, int, int]] = []
    read(file.content(), "x.pdf", lambda *step: seen.append(step))
    assert seen == [("pages", 1, 3), ("pages", 2, 3), ("pages", 3, 3)]


def test_a_scan_is_refused_with_the_command_that_reads_it() -> None:
    file = PdfFile()
    file.page().picture(0, 0, 595, 842)
    file.page().picture(0, 0, 595, 842)
    error = refused(file.content(), "mein scan.pdf")
    assert error.code == "pdf-scan" and error.values["pages"] == "1–2"
    assert "ocrmypdf --skip-text 'mein scan.pdf' read.pdf" in str(error)


def test_a_text_with_some_scanned_pages_is_read() -> None:
    file = PdfFile()
    file.page().lines(72, 100, PROSE)
    file.page().picture(0, 0, 595, 842)
    assert "Hallenbad" in made(file).text


def test_ocr_s_text_is_read_and_its_pages_are_named() -> None:
    file = PdfFile()
    file.page().lines(72, 100, PROSE)
    page = file.page()
    page.picture(0, 0, 595, 842)
    for number, line in enumerate(PROSE.strip().splitlines()):
        page.text(72, 100 + 14 * number, line, mode=3)
    assert made(file).read_by_machine == (2,)


def test_text_without_a_unicode_map_is_refused() -> None:
    file = PdfFile()
    page = file.page()
    page.lines(
        72, 100, "\n".join("'LH *HPHLQGH KDW LP -DKU HLQ QHXHV +DOOHQEDG JHEDXW GDV YLHO NRVWHWH" for _ in range(8))
    )
    content = file.content()
    cmap = "1 begincodespacerange <00> <FF> endcodespacerange 1 beginbfrange <20> <7E> <E020> endbfrange"
    file.objects.clear()
    number = file.stream(f"/CIDInit /ProcSet findresource begin begincmap {cmap} endcmap".encode())
    content = file.content().replace(b"/BaseFont /Helvetica /", b"/BaseFont /Helvetica /ToUnicode %d 0 R /" % number)
    error = refused(content)
    assert error.code == "pdf-garbled" and error.values["pages"] == "1" and "ocrmypdf --force-ocr" in str(error)


def test_a_locked_file_is_refused_with_the_command_that_unlocks_it() -> None:
    file = PdfFile()
    file.page().lines(72, 100, PROSE)
    lock = f"<{'41' * 32}>"
    file.trailer = f"/Encrypt << /Filter /Standard /V 1 /R 2 /O {lock} /U {lock} /P -4 >> /ID [<41> <41>]"
    error = refused(file.content())
    assert error.code == "pdf-locked" and "qpdf --password=PASSWORD --decrypt datei.pdf" in str(error)


def test_files_that_are_none_are_refused() -> None:
    file = PdfFile()
    file.page().lines(72, 100, PROSE)
    whole = file.content()
    for content in (b"", b"%PDF-1.7\n", b"just text", whole[: len(whole) // 2], bytes(range(256)) * 50):
        assert refused(content).code == "pdf-damaged"
    assert refused(PdfFile().content()).code in ("pdf-without-pages", "pdf-damaged")
    blank = PdfFile()
    blank.page()
    assert refused(blank.content()).code == "pdf-without-pages"


def bomb() -> bytes:
    file = PdfFile()
    file.page().operators = [" " * 300_000_000]
    return file.content()


def forms_in_forms() -> bytes:
    """Twelve forms, each of which shows the one before it ten times."""
    file = PdfFile()
    page = file.page()
    entries = "/Type /XObject /Subtype /Form /BBox [0 0 9 9]"
    number = file.stream(b"BT /F1 1 Tf (x) Tj ET", entries)
    for _ in range(12):
        number = file.stream(b"/X Do " * 10, f"{entries} /Resources << /XObject << /X {number} 0 R >> >>")
    file.resources = f"/X {number} 0 R"
    page.operators = ["/X Do"]
    return file.content()


def crowd() -> bytes:
    file = PdfFile()
    file.page().operators = ["BT /F1 10 Tf 1 0 0 1 72 700 Tm " + "(abcdefghij) Tj " * 300_000 + " ET"]
    return file.content()


@pytest.mark.parametrize("make", [bomb, forms_in_forms, crowd])
def test_hostile_pages_are_refused(make: object) -> None:
    content = make()  # type: ignore[operator]
    error = refused(content)
    assert error.code == "pdf-page-too-complex" and error.values["page"] == 1


def test_too_many_pages_are_refused() -> None:
    file = PdfFile()
    file.pages = [file.page()] * 5_001
    assert refused(file.content()).code == "pdf-too-many-pages"


def plain(text: str) -> str:
    """As README of shared/documents says: white space and words broken at a line end joined, bidi controls ignored."""
    text = re.sub(r"[\u00ad\u200e\u200f\u202a-\u202e\u2066-\u2069]", "", unicodedata.normalize("NFC", text))
    return re.sub(r"\s+", " ", re.sub(r"(?<=\w)-\s*\n\s*(?=[a-zß-ÿ])", "", text))


# Running heads and feet: the documents' check names them as text of the page, and Beleg leaves them out.
LEFT_OUT = {"Seite 8 von 8", "THE SIEGE OF VICKSBURG", "Federal Register / Vol. 85, No. 152 / Thursday, August 6, 2020"}


@pytest.mark.skipif(not SHARED.is_dir(), reason="shared/documents is not beside the repository")
@pytest.mark.parametrize("name", sorted(path.name for path in SHARED.glob("pdf-*.pdf")) if SHARED.is_dir() else [])
def test_real_files_hold_what_was_found_in_them(name: str) -> None:
    expected = json.loads((SHARED / "expectations.json").read_text(encoding="utf-8"))[name]["expect"]
    content = (SHARED / name).read_bytes()
    if any(kind == "refuse" for kind, *_ in expected):
        assert refused(content, name).code.startswith("pdf-")
        return
    article = read(content, name)
    for kind, *facts in expected:
        if kind == "title":
            assert article.title == facts[0]
        if kind == "not" or (kind == "p" and facts[1] in LEFT_OUT):
            assert plain(facts[-1]) not in plain(article.text)
        elif kind == "p":
            held = [anchor for anchor in article.anchors if anchor.page == facts[0]]
            on_page = plain(article.text[held[0].start : held[-1].end])
            assert plain(facts[1]).replace(" ", "") in on_page.replace(" ", "")


def test_a_key_and_its_value_are_cited_and_name_no_columns() -> None:
    file = PdfFile()
    ruled(file, [["Waehrung:", "Euro"], ["Name:", "Lieferant GmbH"], ["Ort:", "Ulm"]], 100)
    article = read(file.content(), "rechnung.pdf")
    rows = [block for block in article.blocks if block.kind == "row"]
    assert [block.header for block in rows] == [-1, -1, -1]
    sentences = split_sentences(article.text, "de", article.blocks)
    assert "Waehrung: | Euro" in [article.text[s.span.start : s.span.end] for s in sentences]


def test_words_in_small_capitals_and_bold_do_not_end_a_paragraph() -> None:
    file = PdfFile()
    page = file.page()
    page.lines(72, 80, "\n".join(["Some words are set in the usual size of the text here."] * 6))
    page.text(72, 200, "FOR FURTHER INFORMATION CONTACT: ", 10, "F2")
    page.text(270, 200, "Ian of the office")
    page.text(72, 212, "Won, Manager, in the branch of the office in Seattle.")
    article = read(file.content(), "notice.pdf")
    last = article.blocks[-1]
    assert article.text[last.start : last.end].split()[:6] == "FOR FURTHER INFORMATION CONTACT: Ian of".split()
    assert article.text[last.start : last.end].endswith("in Seattle.")


def test_narrow_columns_of_justified_text_are_no_table() -> None:
    file = PdfFile()
    page = file.page()
    for left in (50, 330):
        for number, line in enumerate(textwrap.wrap(" ".join(2 * PROSE.split()), 38)):
            # Blanks as wide as those between cells, as wide as each other in a line.
            page.operators.append(f"{11 + number % 3} Tw")
            page.text(left, 100 + 12 * number, line)
    assert {kind for kind, _ in kinds(made(file))} == {"paragraph"}


def test_the_sums_below_an_invoice_s_items_are_rows_of_their_own() -> None:
    file = PdfFile()
    page = file.page()
    rows = [
        ("Pos", "Beschreibung", "Menge", "Einzel", "Summe"),
        ("1", "Montage der Anlage", "1", "390,00 €", "390,00 €"),
        ("2", "Zuleitung aus Kupfer", "18 m", "7,50 €", "135,00 €"),
        ("", "", "", "Netto", "525,00 €"),
        ("", "", "", "19 % MwSt.", "99,75 €"),
        ("", "", "", "Gesamt", "624,75 €"),
    ]
    for number, row in enumerate(rows):
        for x, cell in zip((60, 100, 300, 380, 460), row, strict=True):
            if cell:
                page.text(x, 100 + 14 * number, cell)
    assert [text.split(" | ")[-2:] for text in texts(made(file), "row")][-3:] == [list(row[3:]) for row in rows[3:]]


def test_a_placeholder_is_no_title_and_no_author() -> None:
    file = PdfFile()
    page = file.page()
    page.text(72, 80, "Das Hallenbad", 20, "F2")
    page.lines(72, 110, PROSE)
    file.info = {"Title": r"\(anonymous\)", "Author": "anonymous"}
    article = made(file)
    assert (article.title, article.author) == ("Das Hallenbad", "")


def test_list_items_are_told_apart_by_the_file_s_tags() -> None:
    file = PdfFile()
    page = file.page(extra="/StructParents 0")
    for number, text in enumerate(["Haubentaucher, etwa dreißig Paare", "Rohrdommel", "Teichrohrsänger im Schilf"]):
        page.operators.append(f"/LI << /MCID {number} >> BDC")
        page.text(90, 100 + 12 * number, text)
        page.operators.append("EMC")
    # The page is the third object after these: a picture and what is drawn come first.
    sheet, root = 3 + 6 + 3, 3 + 5
    items = [file.add(f"<< /Type /StructElem /S /LI /P {root - 1} 0 R /Pg {sheet} 0 R /K {n} >>") for n in range(3)]
    held = " ".join(f"{number} 0 R" for number in items)
    file.add(f"<< /Type /StructElem /S /L /P {root} 0 R /K [{held}] >>")
    file.add(f"<< /Type /StructTreeRoot /K [{root - 1} 0 R] /ParentTree {root + 1} 0 R >>")
    file.add(f"<< /Nums [0 [{held}]] >>")
    file.catalog = f"/StructTreeRoot {root} 0 R /MarkInfo << /Marked true >>"
    assert kinds(made(file)) == [("item", 1)] * 3
