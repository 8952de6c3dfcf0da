"""A small document of each format, read, indexed and asked: what is answered, what is cited, and where it stands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from index import Article
from index.place import Place
from rag import Answer, Assistant
from tests.index.documents.office_files import docx, epub, p, table
from tests.pdf_files import PdfFile

FILLING = (
    "Das Museum zeigt Werkzeuge, Boote und Netze aus vier Jahrhunderten.",
    "Der Eintritt kostet für Erwachsene sechs Euro.",
)
OPENED = "Das Museum wurde im Jahr 1987 von der Fischerin Helga Brandt gegründet."
WHO = "Wer hat das Museum gegründet?"


def pdf() -> bytes:
    file = PdfFile()
    first = file.page()
    first.text(72, 90, "Das Fischereimuseum", 18, "F2")
    first.lines(72, 130, "\n".join(FILLING), 10)
    second = file.page()
    second.text(72, 90, "Geschichte", 14, "F2")
    second.lines(72, 120, "Das Museum wurde im Jahr 1987 von der Fischerin Helga\nBrandt gegründet.", 10)
    return file.content()


def web() -> bytes:
    paragraphs = "".join(f"<p>{said}</p>" for said in FILLING)
    return (
        "<!DOCTYPE html><html lang=de><head><title>Das Fischereimuseum</title></head><body><nav><a href=/>Start</a></nav>"
        f"<article><h1>Das Fischereimuseum</h1>{paragraphs}<h2>Geschichte</h2><p>{OPENED}</p></article></body></html>"
    ).encode()


def word() -> bytes:
    heading = '<w:pStyle w:val="Heading{}"/>'
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="Heading{n}"><w:name w:val="heading {n}"/></w:style>' for n in (1, 2)
    )
    return docx(
        p("Das Fischereimuseum", heading.format(1))
        + "".join(p(said) for said in FILLING)
        + p("Geschichte", heading.format(2))
        + p(OPENED)
        + table(
            ("Tag", "Beginn der Führung"), ("Montag", "14 Uhr"), ("Sonntag", "11 Uhr"), properties="<w:tblHeader/>"
        ),
        styles=styles,
    )


def book() -> bytes:
    opening = "".join(f"<p>{said}</p>" for said in FILLING)
    return epub(
        {
            "a.xhtml": f"<h1>Das Fischereimuseum</h1>{opening}",
            "b.xhtml": f"<h1>Geschichte</h1><p>{OPENED}</p>",
        },
        "<dc:title>Museen am Meer</dc:title><dc:language>de</dc:language>",
    )


MARKDOWN = f"""---
title: Museen am Meer
---
# Das Fischereimuseum

{FILLING[0]}

## Geschichte

{OPENED}
"""
TEXT = f"""Das Fischereimuseum

{FILLING[0]} {FILLING[1]} Es liegt am Hafen von Büsum.

Geschichte

Das Museum wurde im Jahr 1987 von der Fischerin Helga Brandt gegrün-
det. Seit 2003 gehört es der Stadt.
"""
PRICES = """Museum;Ort;Eintritt
Fischereimuseum;Büsum;6 Euro
Walmuseum;Husum;9 Euro
Moormuseum;Emden;4 Euro
"""
SUBTITLES = """WEBVTT

00:00:02.000 --> 00:00:05.000
Willkommen in unserem Museum am Hafen.

00:12:31.000 --> 00:12:34.000
Das Museum wurde im Jahr 1987

00:12:34.000 --> 00:12:38.500
von der Fischerin Helga Brandt gegründet.

00:13:00.000 --> 00:13:04.000
Der Eintritt kostet für Erwachsene sechs Euro.
"""
MAIL = f"""From: Eva Lang <eva@example.org>
To: Karl Maier <karl@example.org>
Subject: Das Fischereimuseum
Date: Mon, 04 Mar 2024 09:12:00 +0100
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Hallo Karl,

{OPENED} {FILLING[1]}

Viele Grüße
Eva
"""


def on_page_two(place: Place) -> None:
    assert place.page == 2 and place.under[-1] == "Geschichte"
    assert len(place.boxes) == 2 and all(box.page == 2 for box in place.boxes)
    # The lines were written on these heights.
    for box, line in zip(place.boxes, (120, 132), strict=True):
        assert box.top < line <= box.bottom + 3 and 71 < box.left < 74 and box.right < 595
    assert not place.read_by_machine


def in_history(place: Place) -> None:
    assert place.page is None and place.begins is None and place.under[-1] == "Geschichte"


def in_row(place: Place) -> None:
    assert place.header == "Museum | Ort | Eintritt"


def in_cues(place: Place) -> None:
    assert (place.begins, place.ends) == (751.0, 758.5)


class Case(NamedTuple):
    """A document and what is asked about it."""

    name: str
    content: bytes
    question: str
    short: str
    place: Callable[[Place], None] | None
    title: str = "Das Fischereimuseum"


CASES = [
    Case("bericht.pdf", pdf(), WHO, "Helga Brandt", on_page_two),
    Case("seite.html", web(), WHO, "Helga Brandt", in_history),
    Case("text.docx", word(), WHO, "Helga Brandt", in_history),
    Case("buch.epub", book(), WHO, "Helga Brandt", in_history, "Museen am Meer"),
    Case("notiz.md", MARKDOWN.encode(), WHO, "Helga Brandt", in_history, "Museen am Meer"),
    Case("notiz.txt", TEXT.encode(), WHO, "Helga Brandt", in_history),
    Case("notiz-1252.txt", TEXT.encode("cp1252"), WHO, "Helga Brandt", in_history),
    Case("liste.csv", PRICES.encode(), "Was kostet der Eintritt ins Walmuseum?", "9 Euro", in_row, "liste"),
    Case("film.vtt", SUBTITLES.encode(), WHO, "Helga Brandt", in_cues, "film"),
    Case("post.eml", MAIL.encode(), WHO, "Helga Brandt", None),
]


def asked(folder: Path, case: Case) -> tuple[Article, Answer]:
    file = folder / case.name
    file.write_bytes(case.content)
    assistant = Assistant.from_files([file])
    answer = assistant.ask(case.question)
    return assistant.article(answer.citations[0].article_id), answer


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_document_is_asked_and_its_words_are_cited_where_they_stand(tmp_path: Path, case: Case) -> None:
    article, answer = asked(tmp_path, case)
    assert article.title == case.title and article.source == str(tmp_path / case.name)
    first = answer.citations[0]
    assert first.text == article.text[first.start : first.end]
    assert answer.span is not None
    assert " ".join(article.text[slice(*answer.span)].split()).endswith(case.short), answer.text
    assert first.start <= answer.span[0] < answer.span[1] <= first.end
    if case.place is not None:
        assert first.place is not None and first.place == article.place(first.start, first.end)
        case.place(first.place)
        assert answer.to_dict()["citations"][0]["place"]


def test_the_place_of_a_word_is_its_box(tmp_path: Path) -> None:
    article, _ = asked(tmp_path, CASES[0])
    start = article.text.index("Helga")
    place = article.place(start, start + 5)
    assert place is not None and len(place.boxes) == 1
    (box,) = place.boxes
    # By Helvetica's widths, in 10 points: "Das … Fischerin " has 231.7 points and "Helga" 26.1, with white at its sides.
    assert abs(box.left - (72 + 231.7)) < 1 and abs(box.right - (72 + 231.7 + 26.1)) < 1 and box.page == 2


def test_a_row_of_a_word_table_is_shown_under_its_header(tmp_path: Path) -> None:
    case = CASES[2]._replace(question="Wann beginnt die Führung am Sonntag?")
    _, answer = asked(tmp_path, case)
    first = answer.citations[0]
    assert first.text == "Sonntag | 11 Uhr" and first.place is not None
    assert first.place.header == "Tag | Beginn der Führung"
