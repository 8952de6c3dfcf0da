"""Rows that a question selects by a number or a value, and what would have to be reckoned."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from index import Article
from rag import Assistant
from rag.reader.selection import has_bound, not_stated, selected

BAKERY = """Gebäck;Sorte;Preis in Euro;Vorrat;Backstube
Seele;Weizen;1,40;12;Allgäuer
Laugenstange;Weizen;1,10;0;Huber
Vollkornlaib;Roggen;4,80;6;Allgäuer
Schusterjunge;Roggen;0,60;40;Huber
Dinkelkranz;Dinkel;5,20;0;Lenz
"""
TELESCOPES = """# Observatory on Mount Calder

The dome was opened in 1931. Visitors are welcome on Fridays.

## Instruments

| Telescope | Kind | Mirror | Weight | Built |
|---|---|---|---|---|
| Vega | reflector | 90 cm | 420 kg | 1968 |
| Lyra | refractor | 40 cm | 310 kg | 1931 |
| Corvus | reflector | 150 cm | 1,900 kg | 1994 |
| Draco | reflector | 60 cm | 205 kg | 2012 |

## Nights per season

| Season | Clear nights | Visitors |
|---|---|---|
| Spring | 31 | 640 |
| Summer | 48 | 1,250 |
| Total | 79 | 1,890 |
"""
CAVES = """# Grottes de Malval

| Grotte | Commune | Longueur (m) | Visiteurs |
|---|---|---|---|
| Pertuis | Aubrac | 840 | 12 000 |
| Fontaine | Rosans | 310 | 0 |
| Ours | Aubrac | 1 460 | 4 500 |
"""
TEA = "茶名,产地,价格,库存\n白露,福建,320,8\n金芽,云南,180,0\n银针,福建,560,3\n"
BEES = """Colmena,Lugar,Kilos,Apicultor
Norte,Valle,22,Irene Mora
Molino,Valle,35,Pau Serra
Ermita,Cumbre,14,Irene Mora
"""


def assistant(text: str, title: str, language: str) -> Assistant:
    return Assistant.from_articles([Article.read(text, title=title, language=language)])


@pytest.fixture(scope="module")
def bakery() -> Assistant:
    return assistant(BAKERY, "gebäck", "de")


@pytest.fixture(scope="module")
def telescopes() -> Assistant:
    return assistant(TELESCOPES, "Observatory on Mount Calder", "en")


def names(found: Assistant, question: str) -> list[str]:
    """Return the first cells of the rows that answer."""
    answer = found.ask(question)
    return [] if answer.abstained else [re.split(r" \| |[;,]", one.text.strip("| "))[0] for one in answer.citations]


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        ("Was kostet weniger als 2 Euro?", ["Seele", "Laugenstange", "Schusterjunge"]),
        ("was kostet über 4", ["Vollkornlaib", "Dinkelkranz"]),
        ("Gebäck unter 1 Euro", ["Schusterjunge"]),
        ("Wovon sind mindestens 12 im Vorrat?", ["Seele", "Schusterjunge"]),
        ("Welches Gebäck ist nicht vorrätig?", ["Laugenstange", "Dinkelkranz"]),
        ("Welche Backstuben gibt es?", ["Seele", "Laugenstange", "Dinkelkranz"]),
        ("alle sorten", ["Seele", "Vollkornlaib", "Dinkelkranz"]),
        ("Was kommt aus der Backstube Huber?", ["Laugenstange", "Schusterjunge"]),
    ],
)
def test_rows_of_a_list_of_prices(bakery: Assistant, question: str, rows: list[str]) -> None:
    assert names(bakery, question) == rows


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        ("Which telescopes weigh more than 400 kg?", ["Vega", "Corvus"]),
        # 60 cm are 0.6 m.
        ("telescopes with a mirror over 0.8 m", ["Vega", "Corvus"]),
        ("Which telescopes were built before 1970?", ["Vega", "Lyra"]),
        ("telescopes built after 1990", ["Corvus", "Draco"]),
        ("heavier than 1000 kg", ["Corvus"]),
        ("telescopes that weigh no more than 310 kg", ["Lyra", "Draco"]),
        ("How many reflectors are there?", ["Vega", "Corvus", "Draco"]),
        ("list all telescopes", ["Vega", "Lyra", "Corvus", "Draco"]),
        # The total is no season.
        ("Which seasons had more than 40 clear nights?", ["Summer"]),
    ],
)
def test_rows_of_a_table_of_measures(telescopes: Assistant, question: str, rows: list[str]) -> None:
    assert names(telescopes, question) == rows


def test_other_languages() -> None:
    caves = assistant(CAVES, "Grottes de Malval", "fr")
    assert names(caves, "Quelles grottes font plus de 500 m ?") == ["Pertuis", "Ours"]
    assert names(caves, "Quelles communes y a-t-il ?") == ["Pertuis", "Fontaine"]
    tea = assistant(TEA, "茶", "zh")
    assert names(tea, "价格超过200的茶有哪些？") == ["白露", "银针"]
    assert names(tea, "价格320以上的茶有哪些？") == ["白露", "银针"]
    assert names(tea, "有哪些产地？") == ["白露", "金芽"]
    bees = assistant(BEES, "colmenas", "es")
    assert names(bees, "¿Qué colmenas tienen más de 20 kilos?") == ["Norte", "Molino"]
    assert names(bees, "¿Cuántas colmenas hay?") == ["Norte", "Molino", "Ermita"]
    assert names(bees, "lista todos los apicultores") == ["Norte", "Molino"]


@pytest.mark.parametrize(
    "question",
    [
        "Durchschnittspreis?",
        "Summe aller Preise",
        "Was kostet alles zusammen?",
        "Wie viel Vorrat insgesamt?",
        "mittlerer preis im durchschnitt",
        # Nothing does.
        "Was kostet über 50 Euro?",
    ],
)
def test_what_no_row_says_is_not_reckoned(bakery: Assistant, question: str) -> None:
    assert bakery.ask(question).abstained


def test_a_total_that_is_stated_answers(telescopes: Assistant) -> None:
    assert "1,890" in telescopes.ask("How many visitors in total?").text
    # It is no average.
    answer = telescopes.ask("average number of visitors per season")
    assert answer.abstained or "1,890" not in answer.text


def test_what_is_no_question_of_a_table_is_read_as_before(telescopes: Assistant) -> None:
    rows = range(len(telescopes.index.sentences))
    for question in (
        "When was the dome opened?",
        "Was the dome opened before 1950?",
        "Which days are visitors welcome?",
        "What happened on Mount Calder before 1950?",
        "Which astronomers worked there for more than 20 years?",
    ):
        assert selected(question, rows, telescopes.index) == []
    assert not_stated("When was the dome opened?", rows, telescopes.index) == []
    assert telescopes.ask("When was the dome opened?").statements[0].text == "1931"


def test_only_a_whole_table_is_searched(telescopes: Assistant) -> None:
    rows = range(len(telescopes.index.sentences))
    found = selected("telescopes built after 1990", rows, telescopes.index)
    assert len(found) == 2
    part = replace(telescopes.index, sentences=telescopes.index.sentences[: found[-1]])
    assert selected("telescopes built after 1990", range(len(part.sentences)), part) == []


def test_of_more_rows_than_a_list_shows_none_is_told() -> None:
    rows = "".join(f"| Pump {number} | {20 + number} € |\n" for number in range(30))
    pumps = assistant(f"| Pump | Price |\n|---|---|\n{rows}", "Pumps", "en")
    assert pumps.ask("which pumps cost over 22 euros?").abstained
    assert names(pumps, "which pumps cost over 46 euros?") == ["Pump 27", "Pump 28", "Pump 29"]


def test_an_entry_is_no_sum_of_all() -> None:
    text = (
        "Bills of the Larch cabin\n\nB-1: total 40 euros, wood\nB-2: total 75 euros, paint\nB-3: total 12 euros, nails"
    )
    bills = assistant(text, "Bills of the Larch cabin", "en")
    assert bills.ask("total of all bills").abstained
    stated = assistant(f"{text}\nTotal: 127 euros", "Bills of the Larch cabin", "en")
    assert "127 euros" in stated.ask("total of all bills").text


def test_pounds_are_money_where_it_is_asked_for() -> None:
    seats = assistant(
        "| Seat | Price |\n|---|---|\n| Stalls | £28 |\n| Balcony | £14 |\n| Box | £60 |\n", "Seats", "en"
    )
    assert names(seats, "Which seats cost less than 30 pounds?") == ["Stalls", "Balcony"]


def test_which_one_after_something_is_no_list(bakery: Assistant) -> None:
    rows = range(len(bakery.index.sentences))
    assert len(selected("welche Backstube?", rows, bakery.index)) == 3
    assert selected("welche Backstube?", rows, bakery.index, goes_on=True) == []
    assert len(selected("alle Backstuben", rows, bakery.index, goes_on=True)) == 3


@pytest.mark.parametrize(
    ("question", "bound"),
    [
        ("what costs over 100?", True),
        ("cheaper than 30 euros", True),
        ("vor 1950", True),
        ("before lunch on 3 May", False),
        ("how much is 100?", False),
        ("between 10 and 20", False),
    ],
)
def test_bounds(question: str, bound: bool) -> None:
    assert has_bound(question) == bound
