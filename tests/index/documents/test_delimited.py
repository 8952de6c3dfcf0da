from __future__ import annotations

import pytest

from index import ArticleError
from index.article import Article
from index.documents import delimited
from index.documents.delimited import read
from tests.index.documents.office_files import DOCUMENTS, needs_documents, real, shown, unmet


def table(text: str, name: str = "x.csv") -> Article:
    return read(text.encode(), name)


def rows(article: Article) -> list[list[str]]:
    return [[article.text[c.start : c.end] for c in block.cells] for block in article.blocks if block.kind == "row"]


@needs_documents
@pytest.mark.parametrize("name", real("csv-"))
def test_a_real_file_reads_as_expected(name: str) -> None:
    assert unmet(name, read) == []


@needs_documents
def test_rows_of_the_real_files_stand_under_their_headers() -> None:
    names = read((DOCUMENTS / "csv-01-semicolon-german.csv").read_bytes(), "a.csv")
    assert len(names.blocks) == 3293 and rows(names)[:2] == [
        ["anzahl", "vorname", "geschlecht", "position"],
        ["44", "Marie", "w", "2"],
    ]
    hotels = read((DOCUMENTS / "csv-02-latin1-semicolon-decimal-comma.csv").read_bytes(), "b.csv")
    assert rows(hotels)[-1][:3] == ["All", "Midi-Lemonnier", "01-10-17"]
    assert {block.header for block in hotels.blocks} == {0}


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    lines = [["Ort", "Preis", "Bemerkung"], ["Bonn", "3.50", "gut"], ["Köln", "4.00", "laut"]]
    article = table("\n".join(delimiter.join(line) for line in lines))
    assert rows(article) == lines and [block.header for block in article.blocks] == [0, 0, 0]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        # A decimal comma in every row; a comma in prose; a semicolon in a quoted cell.
        ("Ort;Preis\nBonn;3,50\nKöln;4,00\n", [["Ort", "Preis"], ["Bonn", "3,50"], ["Köln", "4,00"]]),
        ("Ort;Text\nBonn;klein, aber fein\nUlm;hoch\n", [["Ort", "Text"], ["Bonn", "klein, aber fein"], ["Ulm", "hoch"]]),
        ('Ort,Text\nBonn,"a; b"\nUlm,"c; d"\n', [["Ort", "Text"], ["Bonn", "a; b"], ["Ulm", "c; d"]]),
        ("sep=|\nOrt|Preis\nBonn|3\n", [["Ort", "Preis"], ["Bonn", "3"]]),
        ('Ort,Text\nBonn,"zwei\nZeilen"\nUlm,"sagt ""ja"""\n', [["Ort", "Text"], ["Bonn", "zwei Zeilen"], ["Ulm", 'sagt "ja"']]),
        ("Ort,Preis\nBonn,\nUlm,3\n", [["Ort", "Preis"], ["Bonn", ""], ["Ulm", "3"]]),
        ("\ufeffOrt,Preis\r\nBonn,3\r\n", [["Ort", "Preis"], ["Bonn", "3"]]),
    ],
)  # fmt: skip
def test_cells_are_what_a_spreadsheet_shows(text: str, found: list[list[str]]) -> None:
    assert [row + [""] * (2 - len(row)) for row in rows(table(text))] == found


def test_a_title_above_and_a_note_below_are_no_rows() -> None:
    article = table('Umsatz 2023,,\n,,\n,Monat,Euro\n,Mai,12\n,Juni,13\n,,\n"Alle Angaben\nin Tausend.",,\n')
    assert article.title == "Umsatz 2023"
    assert shown(article) == [
        ("heading", 1, "Umsatz 2023"),
        ("row", 0, "Monat | Euro"),
        ("row", 0, "Mai | 12"),
        ("row", 0, "Juni | 13"),
        ("paragraph", 0, "Alle Angaben in Tausend."),
    ]


def test_a_table_without_a_header_has_none() -> None:
    assert {block.header for block in table("Anna,Bonn\nUwe,Ulm\nOle,Bonn\nEva,Bonn\nAnna,Kiel\n").blocks} == {-1}
    assert {block.header for block in table("1,2\n3,4\n5,a\n").blocks} == {-1}
    assert table("nur eine Zeile, ohne alles\n").text == "nur eine Zeile | ohne alles"


def test_a_quote_that_is_never_closed_takes_no_rows() -> None:
    text = "Ort,Text\n" + 'Bonn,"offen\n' + "Ulm,klein\n" * 200
    assert len(rows(table(text))) == 202


def test_a_file_is_named_by_its_name_and_tabs_by_its_ending() -> None:
    article = table("Ort\tPreis\nBonn\t3\n", "daten/preis_liste-2023.tsv")
    assert article.title == "preis liste 2023" and rows(article)[1] == ["Bonn", "3"]


def test_many_rows_are_read() -> None:
    content = ("Nummer;Name;Ort\n" + "".join(f"{n};Name {n};Ort {n % 7}\n" for n in range(80_000))).encode()
    assert len(read(content, "x.csv").blocks) == 80_001


@pytest.mark.parametrize(
    "text",
    [
        "a,b\n" * (delimited.MAX_ROWS + 1),
        ",".join("a" * 2_000),
        "a" + "," * 19_000_000,
        "\n" * 19_000_000,
        'a,b\n"' + "c" * 1_000_001,
        ",,,,\n" * 3_900_000,
    ],
    ids=["rows", "columns", "commas", "lines", "cell", "blank rows"],
)
def test_a_table_too_large_is_refused(text: str) -> None:
    with pytest.raises(ArticleError, match="table of more than|has no words|a cell of more than"):
        table(text)
