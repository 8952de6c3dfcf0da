"""Texts as people paste them, and the blocks that are found in them."""

from __future__ import annotations

from itertools import pairwise

import pytest

from index import Article
from index.documents.builder import ArticleBuilder
from index.splitting.blocks import find_blocks
from index.splitting.sentences import split_sentences

RECIPE = """Apfelkuchen vom Blech

Zutaten:
250 g Mehl
1 Prise Salz
1,5 kg Äpfel

Zubereitung
Den Ofen auf 180 °C vorheizen. Butter und Zucker schaumig rühren, dann die Eier nach
und nach dazugeben.
"""
MINUTES = """Protokoll der Sitzung

Datum: 12.03.2024
Anwesend: Frau Meier, Herr Dr. Schulz

TOP 1: Kassenbericht
Der Kassenwart berichtet. Der Kontostand beträgt 4.312,55 Euro.

TOP 2: Verschiedenes
- Herr Schulz schlägt ein Fest am 6. Juli vor.
- Frau Meier kümmert sich um die Getränke.
  Sie fragt bei der Brauerei an.
"""
ANDROID = """12.03.24, 18:05 - Anna: Kommst du morgen zum Essen?
12.03.24, 18:07 - Ben: Um halb acht
bei mir zu Hause
bring bitte Salat mit

und Brot
12.03.24, 18:09 - Anna: ok
"""
IOS = """[3/12/24, 6:05:12 PM] Anna: Are you coming?
[3/12/24, 6:07:40 PM] Ben: Yes. The code is 4711.
\u200e[3/12/24, 6:08:01 PM] Anna: \u200eimage omitted
"""
FORUM = """Anna — Today at 6:05 PM
hey is the server up?
Ben — Today at 6:06 PM
yes, port is 25565
password is the same as always
"""
TRANSCRIPT = """Speaker 1 (00:12): So, let's begin. We have three topics today.
Speaker 2 (00:20): Okay.
Speaker 1 (00:24): First, the budget. It's about forty thousand dollars
and we have spent half of it.

Interviewer: What did you do after the war?
Mrs. Hall: I moved to Leeds. My brother worked there.
"""
CAPTIONS = """00:00:03
so today I want to talk about
00:00:06
sourdough and why it fails
"""
SUBTITLES = """1
00:00:01,000 --> 00:00:04,000
Guten Tag, ich bin Paul
und backe Brot.

2
00:00:05,000 --> 00:00:07,500
Das Mehl muss frisch sein.
"""
LOG = """2024-03-12 18:05:12,345 INFO  [main] server.Start - Listening on port 8080
2024-03-12 18:06:44,120 ERROR [db] Query failed: timeout after 30 s
java.lang.RuntimeException: timeout
    at com.example.Db.query(Db.java:42)
2024-03-12 18:06:45,000 INFO  [main] Restarting
"""
FAQ = """Häufige Fragen

Was kostet der Rückversand?
Der Rückversand ist kostenlos.

Kann ich auf Rechnung kaufen?
Ja, ab der zweiten Bestellung.
"""
CONTRACT = """Mietvertrag

§ 1 Mietsache
(1) Vermietet wird die Wohnung im 2. OG links, bestehend aus 3 Zimmern.
(2) Dem Mieter werden 2 Schlüssel übergeben.

§ 2
Kündigung
Die Kündigungsfrist beträgt 3 Monate gem. § 573c BGB. Sie muss schriftlich erfolgen.
"""
AGREEMENT = """SERVICE AGREEMENT

1. Definitions
1.1 "Services" means the services described in Schedule A.
1.2 "Fees" means the fees payable under Section 4.2, incl. VAT.

2. Liability
The liability of the Provider is limited to EUR 10,000 for each year of this Agreement.
"""
PRICES = """Preisliste

Waschen, Schneiden, Föhnen ........ 45,00 €
Strähnen ab ....................... 60,00 €
Hochsteckfrisur                     55,00 €
"""
TIMETABLE = """Montag, 6. Mai 2024
09:00 Uhr Begrüßung
10:00 - 10:30 Kaffeepause
Dienstag, 7. Mai 2024
09:00 Uhr Exkursion, Treffpunkt Bahnhof
12:00 Uhr Mittagessen
"""
DRAWN = """+--------+-------+
| Linie  | ab    |
+========+=======+
| 10     | 08:05 |
+--------+-------+
| 12     | 08:15 |
+--------+-------+
"""
RULED = """Name          Alter   Ort
------------  ------  ---------
Anna Berger   34      München
Ben           29      Köln
"""
POEM = """Wanderers Nachtlied

Über allen Gipfeln
Ist Ruh,
In allen Wipfeln
Spürest du
Kaum einen Hauch;
"""
NOVEL = """CHAPTER II.

THE ROAD

It was late when they came to the road, and the rain had not stopped since noon; in
1889 there was no inn. "Who is there?" asked he.
"""
NESTED = """1. Auspacken
   - Karton öffnen
   - Folie entfernen. Vorsicht!
2. Einschalten
"""
PROSE = """Der Turm wurde in Paris gebaut, wie schon im vorigen Kapitel beschrieben, und zwar am
3. Oktober. Er ist mit der Antenne 330 Meter hoch, also etwas höher als in der Version
2.1 des Plans. Wir trafen uns dort am
Montag
um halb acht, und alle waren da: Anna, Ben und die beiden Kinder aus dem ersten Stock.
"""


def kinds(text: str) -> list[str]:
    """Return kind and words of each block, white space as one blank."""
    article = Article.read(text, language="de")
    return [
        f"{'header' if block.header == n else block.kind}{block.level or ''} "
        + " ".join(text_of(article, block.start, block.end).split())
        for n, block in enumerate(article.blocks)
    ]


def text_of(article: Article, start: int, end: int) -> str:
    return article.text[start:end]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            RECIPE,
            [
                "heading1 Apfelkuchen",
                "heading2 Zutaten:",
                "line 250 g",
                "line 1 Prise",
                "line 1,5 kg",
                "heading2 Zub",
                "paragraph Den Ofen",
            ],
        ),
        (
            MINUTES,
            [
                "heading1 Protokoll",
                "line Datum: 12.03.2024",
                "line Anwesend",
                "heading2 TOP 1: Kassenbericht",
                "paragraph Der Kassenwart",
                "heading2 TOP 2: Verschiedenes",
                "item1 - Herr",
                "item1 - Frau Meier",
            ],
        ),
        (ANDROID, ["line 12.03.24, 18:05", "line 12.03.24, 18:07", "line und Brot", "line 12.03.24, 18:09"]),
        (IOS, ["line [3/12/24, 6:05", "line [3/12/24, 6:07", "line \u200e[3/12/24, 6:08"]),
        (FORUM, ["line Anna — Today at 6:05 PM hey", "line Ben — Today at 6:06 PM yes, port is 25565 password"]),
        (
            TRANSCRIPT,
            [
                "line Speaker 1 (00:12): So",
                "line Speaker 2",
                "line Speaker 1 (00:24)",
                "line Interviewer:",
                "line Mrs. Hall: I moved",
            ],
        ),
        (CAPTIONS, ["line 00:00:03 so today", "line 00:00:06 sourdough"]),
        (SUBTITLES, ["line Guten Tag, ich bin Paul und backe Brot.", "line Das Mehl muss"]),
        (LOG, ["line 2024-03-12 18:05:12,345", "line 2024-03-12 18:06:44,120", "line 2024-03-12 18:06:45"]),
        (
            FAQ,
            [
                "heading1 Häufige Fragen",
                "heading2 Was kostet",
                "paragraph Der Rückversand",
                "heading2 Kann ich",
                "paragraph Ja, ab",
            ],
        ),
        (
            CONTRACT,
            [
                "heading1 Mietvertrag",
                "heading2 § 1 Mietsache",
                "item1 (1) Vermietet",
                "item1 (2) Dem Mieter",
                "heading2 § 2 Kündigung",
                "paragraph Die Kündigungsfrist",
            ],
        ),
        (
            AGREEMENT,
            [
                "heading1 SERVICE",
                "heading2 1. Definitions",
                "item1 1.1",
                "item1 1.2",
                "heading2 2. Liability",
                "paragraph The liability",
            ],
        ),
        (PRICES, ["heading1 Preisliste", "line Waschen", "line Strähnen", "line Hochsteck"]),
        (
            TIMETABLE,
            [
                "heading2 Montag, 6. Mai 2024",
                "line 09:00 Uhr Begrüßung",
                "line 10:00 - 10:30",
                "heading2 Dienstag",
                "line 09:00 Uhr Exkursion",
                "line 12:00 Uhr",
            ],
        ),
        (DRAWN, ["header | Linie | ab |", "row | 10 | 08:05 |", "row | 12 | 08:15 |"]),
        (RULED, ["header Name Alter Ort", "row Anna Berger 34 München", "row Ben 29 Köln"]),
        (POEM, ["heading1 Wanderers", "line Über", "line Ist Ruh,", "line In allen", "line Spürest", "line Kaum"]),
        (NOVEL, ["heading1 CHAPTER II.", "heading2 THE ROAD", "paragraph It was late"]),
        (NESTED, ["item1 1. Auspacken", "item2 - Karton öffnen", "item2 - Folie", "item1 2. Einschalten"]),
        (PROSE, ["paragraph Der Turm"]),
    ],
)
def test_the_blocks_of_a_pasted_text(text: str, expected: list[str]) -> None:
    found = kinds(text)
    assert len(found) == len(expected), found
    for one, begins in zip(found, expected, strict=True):
        assert one.startswith(begins), found


@pytest.mark.parametrize("text", [RECIPE, MINUTES, ANDROID, TRANSCRIPT, LOG, CONTRACT, DRAWN, POEM, PROSE])
def test_no_word_stands_outside_of_the_blocks(text: str) -> None:
    article = Article.read(text)
    ends = [0, *(block.end for block in article.blocks)]
    starts = [*(block.start for block in article.blocks), len(article.text)]
    for end, start in zip(ends, starts, strict=True):
        assert end <= start and not any(map(str.isalnum, article.text[end:start]))


def test_a_heading_is_never_a_sentence_and_what_it_heads_is_under_it() -> None:
    article = Article.read(FAQ, language="de")
    (free, yes) = split_sentences(article.text, article.language, article.blocks)
    assert text_of(article, free.span.start, free.span.end) == "Der Rückversand ist kostenlos."
    assert article.headings(free.block) == ("Häufige Fragen", "Was kostet der Rückversand?")
    assert article.headings(yes.block)[-1] == "Kann ich auf Rechnung kaufen?"


@pytest.mark.parametrize(
    "line",
    [
        "12.03.24, 18:05 - Anna: ok",
        "a  b  c",
        "Name: Wert und noch einer",
        "1.1.1.1.1.1 a",
        "| a | b |",
        "+---+---+",
        "Anna Anna Anna Anna Anna Anna Anna",
        "Montag",
        "00:00:01,000 --> 00:00:02,000",
        "-=-=-=-=-=-=-=-=-=",
        "§ 1",
        "A " * 300,
        " " * 300 + "a",
        "((((((((((((((((((",
    ],
)
@pytest.mark.parametrize("apart", ["\n", "\n\n"])
def test_blocks_of_many_like_lines_are_found(line: str, apart: str) -> None:
    # What takes the square of their number does not end here; benchmarks/growth.py says what the time grows with.
    text = apart.join([line] * 8_000)
    blocks = find_blocks(text)
    assert all(one.start < two.start for one, two in pairwise(blocks))


BOX = """┌─────────────┬───────┐
│ Haltestelle │ Mo–Fr │
├─────────────┼───────┤
│ Markt       │ 06:10 │
│ Klinikum    │ 06:25 │
└─────────────┴───────┘
"""
PASTED = "Name\tTelefon\tE-Mail\nAnna\t030 1234\tanna@x.de\nBen\t\tben@x.de\nCarla\t030 9999\n"
GAPS = """Teil         Lager   Lieferzeit   Preis
Schraube     1200    2 Tage       0,05 €
Mutter               5 Tage       0,04 €
Scheibe      800                  0,02 €
"""
REST = """=======  ======
Group    Fee
=======  ======
Adults   40 EUR
Pupils   20 EUR
=======  ======
"""
SPECIFICATION = """Weight      3.2 kg
Height      42 cm
Colour      black
"""
PLAY = """GRAF. Wo ist der Brief?
ZOFE. Ich habe ihn verbrannt, Herr.
GRAF (zornig). Wer hat das befohlen?
"""
LIFE = """2015 – heute   Leiterin, Hansa Bau AG, Kiel
2012 – 2015    Ingenieurin, Nordlicht GmbH
"""
PROGRAMME = """16:30 Tombola (Hauptpreis: ein Fahrrad)
ab 18 Uhr Tanz mit der Kapelle
22:00 Feuerwerk
"""
MARKS = """• festes Schuhwerk
✓ Versichertenkarte
➢ 40 € in bar
Nächstes Treffen: 20. Mai
"""
NUMBERED = """1. Begrüßung
Frau Hagen begrüßt 34 stimmberechtigte Mitglieder.

1.1 Zielgruppe

Es richtet sich an Installateure.

2. Verschiedenes
a) Das Fest findet am 20. Juli statt.
b) Herr Wolf bittet um Hilfe.
"""
SUMS = """Zwischensumme: 1.271,00 €
MwSt. 19 %: 241,49 €
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (BOX, ["header │ Haltestelle", "row │ Markt", "row │ Klinikum"]),
        (PASTED, ["header Name", "row Anna", "row Ben", "row Carla"]),
        (GAPS, ["header Teil", "row Schraube", "row Mutter", "row Scheibe"]),
        (REST, ["header Group", "row Adults", "row Pupils"]),
        (SPECIFICATION, ["row Weight", "row Height", "row Colour"]),
        (PLAY, ["line GRAF.", "line ZOFE.", "line GRAF (zornig)"]),
        (LIFE, ["line 2015", "line 2012"]),
        (PROGRAMME, ["line 16:30", "line ab 18", "line 22:00"]),
        (MARKS, ["item1 •", "item1 ✓", "item1 ➢", "paragraph Nächstes"]),
        (
            NUMBERED,
            ["heading2 1.", "paragraph Frau", "heading3 1.1", "paragraph Es", "heading2 2.", "item1 a)", "item1 b)"],
        ),
        (SUMS, ["line Zwischensumme", "line MwSt. 19 %"]),
        ("Guss\n\nFür den Guss:\n1 Ei\n85 g Zucker\n", ["heading1 Guss", "heading2 Für den", "line 1 Ei", "line 85 g"]),
    ],
)
def test_the_blocks_of_tables_and_entries(text: str, expected: list[str]) -> None:
    found = kinds(text)
    assert len(found) == len(expected), found
    for one, begins in zip(found, expected, strict=True):
        assert one.startswith(begins), found


@pytest.mark.parametrize(
    ("text", "cells"),
    [(GAPS, ["Mutter", "", "5 Tage", "0,04 €"]), (PASTED, ["Ben", "", "ben@x.de"]), (BOX, ["Klinikum", "06:25"])],
)
def test_an_empty_cell_keeps_its_column(text: str, cells: list[str]) -> None:
    article = Article.read(text)
    rows = [[text_of(article, cell.start, cell.end) for cell in block.cells] for block in article.blocks]
    assert cells in rows


def test_a_row_is_cited_without_the_bars_of_empty_cells_at_its_ends() -> None:
    builder = ArticleBuilder()
    for cells in (["", "Summe", "12"], ["x", "", "3"], ["y", "4", ""]):
        builder.add_row(cells)
    article = builder.article()
    sentences = split_sentences(article.text, article.language, article.blocks)
    assert [text_of(article, s.span.start, s.span.end) for s in sentences] == ["Summe | 12", "x |  | 3", "y | 4"]
