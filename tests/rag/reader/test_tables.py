"""Questions of a table: which row, and which of its cells."""

from __future__ import annotations

import pytest

from index import Article, EmbeddedEncoder, build_index
from rag import Assistant, Turn
from rag.reader.mismatch import of_another_measure
from rag.reader.table import (
    are_about_different_things,
    cell_asked,
    names_what_it_is_about,
    row_named,
    row_of_label,
)

STAFF = "Name;Aufgabe;Telefon\nRuth Amsel;Kasse;030-11\nJan Kolb;Lager;030-12\nMia Ott;Werkstatt;030-13\n"
HALLS = "| Hall | Seats | Opens | Keeper |\n|---|---|---|---|\n| North | 120 | 8:00 | Ada Finch |\n| South | 80 | 9:30 | Tom Reed |\n"


@pytest.fixture(scope="module")
def staff() -> Assistant:
    return Assistant.from_articles([Article.read(STAFF, title="staff", language="de")])


@pytest.mark.parametrize(
    ("question", "row", "answer"),
    [
        ("Welche Telefonnummer hat Jan Kolb?", "Jan Kolb", "030-12"),
        ("Was ist die Aufgabe von Mia Ott?", "Mia Ott", "Werkstatt"),
        ("Wie ist das Telefon der Werkstatt?", "Mia Ott", "030-13"),
    ],
)
def test_the_row_that_is_named_and_the_cell_that_is_asked_for(
    staff: Assistant, question: str, row: str, answer: str
) -> None:
    found = staff.ask(question)
    assert not found.abstained
    assert row in found.citations[0].text and len(found.citations) == 1
    assert found.text.startswith(answer)


@pytest.mark.parametrize(
    ("question", "cell"),
    [
        ("Who is the keeper of South?", "Tom Reed"),
        ("How many seats does South have?", "80"),
        ("Is South nice?", None),
        ("Which keeper has the most seats?", None),
    ],
)
def test_a_column_is_named_by_its_head(question: str, cell: str | None) -> None:
    article = Article.read(HALLS, title="halls", language="en")
    found = cell_asked(question, article, article.text.index("South"))
    assert (article.text[found.start : found.end] if found else None) == cell


BOATS = """Boot,Baujahr,Liegeplatz,Bootsführer,Motorstunden
Motorboot Möwe,1998,A 3,Heike Thoms,2210
Schlauchboot Otter,2015,B 1,Piet Harms,640
Segelboot Reiher,2004,A 7,Heike Thoms,
Ruderboot Möwe,1971,Schuppen,Ole Brandt,
"""


@pytest.fixture(scope="module")
def boats() -> Assistant:
    return Assistant.from_articles([Article.read(BOATS, title="Boote", language="de")])


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Wer ist der Bootsführer vom Otter?", "Piet Harms"),
        ("Wie viele Motorstunden hat das Schlauchboot?", "640"),
        ("liegeplatz reiher", "A 7"),
        ("Wo ist der Liegeplatz des Ruderboots?", "Schuppen"),
        ("Aus welchem Baujahr ist die Otter?", "2015"),
    ],
)
def test_a_row_and_a_column_that_are_named_answer(boats: Assistant, question: str, answer: str) -> None:
    found = boats.ask(question)
    assert not found.abstained and len(found.citations) == 1
    assert found.text.startswith(answer), found.text


def test_the_cell_that_says_which_row_is_no_answer(boats: Assistant) -> None:
    found = boats.ask("Wann ist der Otter gebaut?")
    assert "2015" in found.text and found.span is None
    article = boats.articles[0]
    assert names_what_it_is_about("Wann ist der Otter gebaut?", article, article.text.index("Otter"))
    assert not names_what_it_is_about("Wann ist der Otter gebaut?", article, article.text.index("2015"))


@pytest.mark.parametrize(
    "question",
    [
        "Welche Farbe hat der Otter?",
        "Was kostete der Reiher?",
        "Wer ist der Bootsführer der Libelle?",
        "Wie viele Motorstunden hat der Reiher noch vor sich, wenn man ihn streicht?",
    ],
)
def test_what_the_table_does_not_have_is_declined(boats: Assistant, question: str) -> None:
    assert boats.ask(question).abstained


@pytest.mark.parametrize(
    ("question", "row"),
    [
        ("Wer ist Bootsführer der Otter?", 1),
        # Two boats of that name.
        ("Wer ist Bootsführer der Möwe?", None),
        ("Wer ist Bootsführer der Ruderboot Möwe?", 3),
        # A word that stands nowhere in the table.
        ("Wer war Bootsführer der Otter im Winter?", None),
        ("Wer ist nicht Bootsführer der Otter?", None),
        ("Wer war früher Bootsführer der Otter?", None),
        ("Wer ist heute Bootsführer der Otter?", 1),
        # No column, no row.
        ("Was ist die Otter?", None),
        ("Wer ist Bootsführer?", None),
    ],
)
def test_a_row_is_named_by_all_words_of_a_question(boats: Assistant, question: str, row: int | None) -> None:
    assert row_named(question, range(4), boats.index) == row


def test_a_compound_with_the_columns_name_names_the_row(encoder: EmbeddedEncoder) -> None:
    text = "Kurs,Raum,Leitung\nKeramik für Kinder,Werkraum 2,Ida Lohse\nItalienisch B1,Raum 12,Rosa Conti\n"
    index = build_index([Article.read(text, title="Kurse", language="de")], encoder)
    assert row_named("In welchem Raum ist der Italienischkurs?", range(2), index) == 1
    assert row_named("Wer leitet den Keramikkurs?", range(2), index) == 0
    article = index.articles[0]
    found = cell_asked("Raum vom Keramikkurs?", article, article.text.index("Keramik"))
    assert found and article.text[found.start : found.end] == "Werkraum 2"


def test_what_is_no_table_has_no_cells() -> None:
    article = Article.read("The hall in the south has 80 seats.", title="halls", language="en")
    assert cell_asked("How many seats?", article, 0) is None


def test_a_keyword_that_stands_there_is_answered_with_its_sentence() -> None:
    article = Article.read(
        "Am Montag wird das Becken geleert. Die Wehr-\naufsicht prüft danach die Tore. Der Weg bleibt offen.",
        title="Becken",
        language="de",
    )
    found = Assistant.from_articles([article]).ask("Wehraufsicht")
    assert not found.abstained and "Tore" in found.citations[0].text


def test_rows_of_one_table_are_about_different_things_unless_they_begin_alike(encoder: EmbeddedEncoder) -> None:
    table = "| Karte | Preis |\n|---|---|\n| Familie | 260 Euro |\n| Einzeln | 140 Euro |\n| Familie | 250 Euro |"
    text = f"{table}\n\nIm Winter:\n\n{table}\n\nDas Bad öffnet im Mai."
    index = build_index([Article.read(text, title="Bad Holm", language="de")], encoder)
    of = [row for row in range(len(index.sentences)) if "Euro" in index.sentence_text(row)]
    assert len(of) == 6
    assert are_about_different_things(of[0], of[1], index) and are_about_different_things(of[2], of[1], index)
    assert not are_about_different_things(of[0], of[2], index), "the same card at two prices"
    assert not are_about_different_things(of[0], of[4], index), "of another table"
    assert not are_about_different_things(of[0], len(index.sentences) - 1, index)


def test_a_row_of_another_day_answers_nothing() -> None:
    sauna = Assistant.from_text(
        "# Sauna\n\n| Day | Sauna | Pool |\n|---|---|---|\n| Friday | 1 pm to 11 pm | 7 am to 10 pm |\n"
        "| Sunday | 10 am to 6 pm | 9 am to 6 pm |\n\nChildren swim free.",
        title="Sauna",
    )
    assert "10 am to 6 pm" in sauna.ask("When is the sauna open on Sunday?").text
    assert sauna.ask("When is the sauna open on Saturday?").abstained


def test_an_entry_for_several_days_is_about_those_between() -> None:
    shop = Assistant.from_text(
        "# Shop\n\n## Opening hours\n\n- Monday to Friday: 9 to 6\n- Saturday: 9 to 1\n\nDogs may come in."
    )
    assert "9 to 6" in shop.ask("When is the shop open on Wednesday?").text
    assert shop.ask("When is the shop open on Saturday?").citations[0].text == "- Saturday: 9 to 1"


def test_what_something_costs_is_in_the_only_column_of_amounts() -> None:
    kettles = Assistant.from_text(
        "| Kettle | Colour | Price | Weight |\n|---|---|---|---|\n| Alba 2 | white | £29 | 0.9 kg |\n| Alba 7 | red | £54 | 1.3 kg |\n"
    )
    assert kettles.ask("How much does the Alba 7 cost?").statements[0].text == "£54"
    assert kettles.ask("How much does the Alba 9 cost?").abstained


PARCELS = """Parcel;Driver;Stops in May;Weight (kg);Left in stock
Basket Fern;Ida Roth;1,204;3.5;6
Crate Moss;Jon Beck;980;12;0
Box Reed;Ada Lind;1,377;7;41
"""


@pytest.mark.parametrize(
    ("turns", "short"),
    [
        # A part of the heading names the column, and a verb adds nothing.
        (["stops Fern"], "1,204"),
        (["How many stops did Moss make?"], "980"),
        (["How heavy is the Moss?"], "12"),
        (["What does Reed weigh?"], "7"),
        # The row of the turn before is meant, and no other.
        (["Fern", "driver?", "how many are left?"], "6"),
        (["Reed", "how many left?"], "41"),
    ],
)
def test_the_cell_is_of_the_column_and_the_row_that_are_asked_for(turns: list[str], short: str) -> None:
    parcels = Assistant.from_articles([Article.read(PARCELS, title="parcels", language="en")])
    history: list[Turn] = []
    for turn in turns:
        history.append(Turn(turn, parcels.ask(turn, history)))
    answer = history[-1].answer
    assert answer and answer.statements[0].text == short


DRILL = """# Drill press BX 4

## Data

| Property | Value |
|---|---|
| Motor output | 750 W |
| Net weight | 28 kg |
| Size (W × D × H) | 30 × 45 × 78 cm |
| Supply | 230 V |

The press has been made in Thun since 2009.
"""
OVEN = (
    "Kachelofen Inntal\n\nLeistung: 7 kW\nLeergewicht: 310 kg\nHöhe: 1,60 m\nFarbe: grün\n\nDer Ofen steht in Kufstein."
)


@pytest.mark.parametrize(
    ("text", "question", "said"),
    [
        (DRILL, "how heavy?", "28 kg"),
        (DRILL, "How high is the drill press?", "30 × 45 × 78 cm"),
        (DRILL, "how many volts?", None),
        (OVEN, "wie schwer ist der ofen?", "310 kg"),
        (OVEN, "wie hoch?", "1,60 m"),
        (OVEN, "Wie viel Kilowatt?", "7 kW"),
        # Its height is no width.
        (OVEN, "Wie breit ist der Ofen?", None),
        (OVEN, "wie lang ist er", None),
    ],
)
def test_a_label_is_asked_for_by_what_it_measures(text: str, question: str, said: str | None) -> None:
    answer = Assistant.from_text(text).ask(question)
    assert answer.abstained if said is None else said in answer.text and len(answer.citations) == 1


def test_what_another_label_measures_is_no_answer() -> None:
    index = Assistant.from_text(OVEN).index
    rows = range(len(index.sentences))
    found = [index.sentence_text(row) for row in of_another_measure("Wie breit ist er?", rows, index)]
    assert found == ["Leistung: 7 kW", "Leergewicht: 310 kg", "Höhe: 1,60 m"]
    assert of_another_measure("Wie heißt er?", rows, index) == []
    # A label that is named answers, whatever else is.
    named = [index.sentence_text(row) for row in of_another_measure("Wie breit ist er? (die Höhe)", rows, index)]
    assert "Höhe: 1,60 m" not in named
    heavy = row_of_label("wie schwer?", rows, index)
    assert heavy is not None and index.sentence_text(heavy) == "Leergewicht: 310 kg"
    assert row_of_label("wie schwer ist der Koffer?", rows, index) is None


POOL = """Das Wellenbad

Das Wellenbecken ist 33 Meter lang und 12 Meter breit. Der Sprungturm ist 7,5 Meter hoch. Die Rutsche misst 60 Meter.
Für den Schlüssel ist ein Pfand von 20 Euro zu hinterlegen. Die Halle wurde 1988 gebaut."""


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Wie tief ist das Wellenbecken?", None),
        ("How deep is the wave pool?", None),
        ("Wie breit ist der Sprungturm?", None),
        ("Wie lang ist das Wellenbecken?", "33 Meter"),
        ("Wie breit ist das Wellenbecken?", "12 Meter"),
        ("Wie hoch ist der Sprungturm?", "7,5 Meter"),
        ("wie lang ist die rutsche", "60 Meter"),
    ],
)
def test_a_value_of_another_measure_is_no_answer_in_a_sentence_either(question: str, said: str | None) -> None:
    answer = Assistant.from_text(POOL).ask(question)
    assert answer.abstained if said is None else said in answer.statements[0].text


@pytest.mark.parametrize(
    "question", ["Wofür sind die 20 Euro?", "what are the 20 euros for?", "¿Para qué son los 20 euros?"]
)
def test_what_an_amount_is_for_is_said_where_it_stands(question: str) -> None:
    assert "Pfand" in Assistant.from_text(POOL).ask(question).citations[0].text
    assert Assistant.from_text(POOL).ask(question.replace("20", "25")).abstained
