from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from index import ArticleError
from index.documents.archive import Archive, resolve, safe_name
from index.documents.text import KNOWN_BINARY, decode, decode_western, refuse_binary, zip_kind
from tests.index.documents.office_files import DOCUMENTS, docx, epub, needs_documents, p, real, zipped

GERMAN = "Die Größe der Häuser für fünf Bürger in München zählt. „Ja“, sagte er – und ging über 10 € hinaus. Übrigens …"
FRENCH = (
    "Où êtes-vous allés ? L’été dernier, nous étions à l’hôtel, près du château. Ça coûte 30 €, et c’est très cher."
)
SPANISH = (
    "La España del Niño mañana. ¿Dónde está el niño? ¡Qué lástima! El corazón de la ciudad está aquí y la gente vive."
)
SWEDISH = (
    "Jag är från Göteborg och åker över till Malmö på måndag, där vi äter köttbullar hela kvällen med våra vänner."
)
POLISH = "Pieniądze są w banku, a żółw śpi. Zażółć gęślą jaźń, powiedział król i poszedł do domu, bo był już wieczór."
CZECH = "Peněžní prostředky na účtech jsou důležité. Příliš žluťoučký kůň úpěl ďábelské ódy a my jsme šli domů."
HUNGARIAN = "Az árvíztűrő tükörfúrógép nagyon jó, és a fiú őt látta, amikor elment a hűvös erdőbe tegnap este."
TURKISH = "Türkiye'nin başkenti Ankara'dır. Çocuklar bugün okula gidiyor ve öğretmen onları bekliyor, ışık açık."
RUSSIAN = "Привет, мир! Это обычный русский текст, в котором много слов и ещё больше букв."
GREEK = "Αυτό είναι ένα ελληνικό κείμενο με αρκετές λέξεις για δοκιμή."


@pytest.mark.parametrize("text", [GERMAN, FRENCH, SPANISH, SWEDISH])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_a_text_of_the_west_is_read_in_its_encoding(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding), "x.txt") == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (POLISH, "cp1250"),
        (POLISH, "iso8859-2"),
        (CZECH, "cp1250"),
        (HUNGARIAN, "cp1250"),
        (TURKISH, "cp1254"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8-r"),
        (GREEK, "cp1253"),
        (SPANISH, "mac_roman"),
        (SPANISH, "cp850"),
        (GERMAN.replace("€", "Euro").replace("„", '"').replace("“", '"').replace("–", "-").replace("…", ""), "cp437"),
        (GERMAN, "mac_roman"),
        ("日本語のテキストです。", "shift_jis"),
        ("Müller", "cp1252"),
    ],
)
def test_what_is_not_certain_is_refused_with_a_command(text: str, encoding: str) -> None:
    assert decode_western(text.encode(encoding)) is None
    with pytest.raises(ArticleError, match="is not UTF-8.*iconv"):
        decode(text.encode(encoding), "x.txt")


def test_broken_utf_8_is_not_read_as_another_encoding() -> None:
    assert decode_western(GERMAN.encode()[:-1] + b"\xff") is None


@pytest.mark.parametrize("kind", KNOWN_BINARY, ids=lambda kind: f"{kind.name}{kind.offset}")
def test_a_known_kind_of_file_is_named(kind: object) -> None:
    magic, offset = kind.magic, kind.offset  # type: ignore[attr-defined]
    with pytest.raises(ArticleError, match=f"is {kind.what.replace('(', '.').replace(')', '.')}"):  # type: ignore[attr-defined]
        refuse_binary(b"RIFF\x00\x00\x00\x01"[:offset].ljust(offset, b"\x01") + magic + b"\x00rest", "my file.bin")


def test_a_text_that_begins_like_another_kind_is_a_text() -> None:
    for text in ("ID3 ist ein Format für Musik.", "GIF8 gibt es nicht.", "BZh? Keine Ahnung.", "Im ftyp steht viel."):
        assert decode(text.encode(), "x.txt") == text


@needs_documents
@pytest.mark.parametrize("name", real("odt-", "rtf-"))
def test_what_another_program_reads_is_refused_with_its_command(name: str) -> None:
    with pytest.raises(ArticleError, match="soffice --headless --convert-to docx"):
        refuse_binary((DOCUMENTS / name).read_bytes(), name)


def test_kinds_of_zip_files_are_told_apart() -> None:
    assert zip_kind(docx(p("a"))) == "docx" and zip_kind(docx(p("a"))[:300]) == "docx"
    assert zip_kind(epub({"a.xhtml": "<p>a</p>"})) == "epub"
    assert zip_kind(zipped({"xl/workbook.xml": "a"})) == "xlsx"
    assert zip_kind(zipped({"mimetype": "application/vnd.oasis.opendocument.text"}, zipfile.ZIP_STORED)) == "odt"
    assert zip_kind(zipped({"readme.txt": "word/ is a folder"}, zipfile.ZIP_STORED)) == "zip"


def test_a_converted_file_overwrites_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bild.pdf").write_text("Schon da.")
    with pytest.raises(ArticleError, match=r"ocrmypdf --image-dpi 300 bild\.png bild-2\.pdf$"):
        refuse_binary(b"\x89PNG\r\n", "bild.png")


@pytest.mark.parametrize(
    "name", ["../a", "/etc/passwd", "a/../../b", "C:\\a", "\\\\host\\a", "..", "", "a" * 2000, "a\x00b"]
)
def test_a_name_that_leads_out_of_an_archive_is_none(name: str) -> None:
    assert safe_name(name) == ""


def test_names_and_links_in_an_archive_are_made_short() -> None:
    assert safe_name("a/./b/../c.xml") == "a/c.xml" and safe_name("a\\b.xml") == "a/b.xml"
    assert resolve("OPS/text/a.xhtml", "../b%20c.xhtml#d") == "OPS/b c.xhtml"
    assert resolve("OPS/a.xhtml", "../../../x") == "" and resolve("a", "https://b.c/d") == ""


def test_an_archive_that_lies_is_refused() -> None:
    good = zipped({"a": "Ein Satz. " * 100})
    assert Archive(good, "x").read("a").startswith(b"Ein Satz.")
    flipped = bytearray(good)
    flipped[45] ^= 0xFF
    with pytest.raises(ArticleError, match="is damaged"):
        Archive(bytes(flipped), "x").read("a")
    encrypted = bytearray(good)
    encrypted[good.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(ArticleError, match="protected by a password"):
        Archive(bytes(encrypted), "x").read("a")
    with pytest.raises(ArticleError, match="archive of more than"):
        Archive(good + b"PK\x01\x02" * 30_000, "x")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_that_is_there_twice_is_refused() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a", "eins")
        archive.writestr("a", "zwei")
    with pytest.raises(ArticleError, match="there twice"):
        Archive(stream.getvalue(), "x").read("a")


def test_a_few_german_words_in_cp1252_are_read() -> None:
    assert decode("Straße;Größe\r\nMühlweg 3;120 m²\r\nAm Bahnhof 9;64 m²\r\n".encode("cp1252"), "x.csv").startswith(
        "Straße;Größe"
    )
