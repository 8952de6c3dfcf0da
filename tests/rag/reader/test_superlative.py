"""The row of a table with the most or the least of what is asked about; all rows that were compared prove it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from index import Article
from rag import Assistant, Turn
from rag.reader.superlative import row_of_extreme

GARDEN = """# Garden tools for hire

| Tool | Half day | Full day | Weight | Since |
|---|---|---|---|---|
| Tiller | £24 | £40 | 61 kg | 2015 |
| Hedge trimmer | £9 | £15 | 4,200 g | 2021 |
| Chipper | £35 | £52 | 140 kg | 2009 |
| Scarifier | £18 | £41 | 32 kg | 2018 |

Gloves are free. A helmet costs £2 a day.
"""
PENSION = """# Pension Seeblick: Zimmer

| Zimmer | Betten | Preis je Nacht |
|---|---|---|
| Möwe | 2 | 84 |
| Reiher | 4 | 126 |
| Spatz | 1 | 52 |
| Kranich | 3 | 126 |
"""


@pytest.fixture(scope="module")
def garden() -> Assistant:
    return Assistant.from_articles([Article.read(GARDEN, title="Garden tools for hire", language="en")])


@pytest.mark.parametrize(
    ("question", "short", "compared"),
    [
        ("Which tool is the cheapest for half a day?", "Hedge trimmer", 4),
        ("most expensive tool", "Chipper", 4),
        ("What is the heaviest tool?", "Chipper", 4),
        # 4,200 g are less than 32 kg.
        ("which tool is the lightest", "Hedge trimmer", 4),
        ("Which is the oldest tool?", "Chipper", 4),
        ("Which is cheaper for a full day, the tiller or the scarifier?", "Tiller", 2),
    ],
)
def test_the_row_with_the_most_or_the_least(garden: Assistant, question: str, short: str, compared: int) -> None:
    answer = garden.ask(question)
    assert answer.statements[0].text == short and len(answer.citations) == compared
    assert short in answer.citations[0].text


def test_what_is_asked_for_beside_it(garden: Assistant) -> None:
    answer = garden.ask("How much is the cheapest tool for a full day?")
    assert answer.statements[0].text == "£15"
    halls = Assistant.from_text(
        "| Hall | Seats | Keeper |\n|---|---|---|\n| North | 120 | Ada Finch |\n| South | 80 | Tom Reed |\n"
    )
    assert halls.ask("Which keeper has the most seats?").statements[0].text == "Ada Finch"


def test_numbers_without_a_currency_are_prices_where_these_are_asked_for() -> None:
    rooms = Assistant.from_articles([Article.read(PENSION, title="Pension Seeblick: Zimmer", language="de")])
    assert rooms.ask("Welches Zimmer ist am billigsten?").statements[0].text == "Spatz"
    assert rooms.ask("welches zimmer hat die meisten betten").statements[0].text == "Reiher"
    # Two rooms cost the most: neither is the dearest.
    assert len(rooms.ask("Welches Zimmer ist am teuersten?").citations) < 4


@pytest.mark.parametrize(
    "question",
    [
        # Nothing says what these cost, or how wide they are.
        "Which hotel is the cheapest?",
        "Which tool is the widest?",
        "Is the tiller cheaper?",
        "Who is the oldest gardener?",
    ],
)
def test_only_what_the_table_has_is_compared(garden: Assistant, question: str) -> None:
    answer = garden.ask(question)
    assert len(answer.citations) < 4


def test_columns_that_tell_different_rows_tell_none() -> None:
    tariff = "| Card | Day | Year |\n|---|---|---|\n| Swift | £9 | £80 |\n| Heron | £5 | £120 |\n"
    index = Assistant.from_text(tariff).index
    assert row_of_extreme("Which card is the cheapest?", range(len(index.sentences)), index) is None
    assert row_of_extreme("Which card is the cheapest for a year?", range(len(index.sentences)), index) is not None


def test_a_table_is_compared_as_a_whole_where_a_part_of_it_is_there(garden: Assistant) -> None:
    # As a served index has it, of which only the passages that were found are fetched.
    rows = {index_text.split(" | ")[0][2:]: row for row, index_text in enumerate(_cited_texts(garden))}
    heaviest, part = (
        "What is the heaviest tool?",
        replace(garden.index, sentences=garden.index.sentences[: rows["Chipper"]]),
    )
    assert row_of_extreme(heaviest, range(len(part.sentences)), part) is None
    part = replace(garden.index, sentences=garden.index.sentences[: rows["Scarifier"]])
    found = row_of_extreme(heaviest, range(len(part.sentences)), part)
    assert found and found.row == rows["Chipper"] and found.compared == (found.row,)


def _cited_texts(garden: Assistant) -> list[str]:
    article = garden.articles[0]
    return [article.text[one.span.start : one.span.end] for one in garden.sentences(article.id)]


def test_a_name_with_a_number_is_no_value() -> None:
    lamps = Assistant.from_text("| Lamp | Price |\n|---|---|\n| Lux 1 | £80 |\n| Lux 2 | £45 |\n| Lux 3 | £95 |\n")
    assert lamps.ask("Which lamp is the cheapest?").statements[0].text == "Lux 2"


def test_of_a_long_table_the_row_is_told_by_itself() -> None:
    rows = "\n".join(f"| Lux {number} | {90 + (number * 7 + 11) % 300} € |" for number in range(300))
    lamps = Assistant.from_articles(
        [Article.read(f"| Lamp | Price |\n|---|---|\n{rows}\n", title="Lamps", language="en")]
    )
    dearest = next(number for number in range(300) if (number * 7 + 11) % 300 == 299)
    answer = lamps.ask("Which lamp is the most expensive?")
    assert answer.statements[0].text == f"Lux {dearest}" and len(answer.citations) == 1


SHELF = """Nr,Werkzeug,Art,Preis in EUR,Gewicht kg,Bestand
W-11,Kreissäge K9,Elektrowerkzeug,189.00,6.1,4
W-12,Schwingschleifer,Elektrowerkzeug,64.90,1.4,11
W-20,Fuchsschwanz,Handwerkzeug,22.50,0.6,30
W-21,Gummihammer,Handwerkzeug,9.95,0.8,0
W-30,Dübel 6 mm,Kleinteile,3.20,0.1,900
"""
CREW = """| Sailor | Age | Berth |
|---|---|---|
| Ana Prieto | 34 | 2 |
| Olav Lund | 61 | 5 |
| Sam Hale | 27 | 4 |
"""


@pytest.fixture(scope="module")
def shelf() -> Assistant:
    return Assistant.from_articles([Article.read(SHELF, title="regal", language="de")])


@pytest.mark.parametrize(
    ("question", "short", "compared"),
    [
        ("billigstes Werkzeug", "Dübel 6 mm", 5),
        ("das teuerste Handwerkzeug", "Fuchsschwanz", 2),
        ("billigstes Elektrowerkzeug", "Schwingschleifer", 2),
        ("Welches Werkzeug ist am schwersten?", "Kreissäge K9", 5),
        ("leichtestes Handwerkzeug", "Fuchsschwanz", 2),
    ],
)
def test_another_column_says_which_rows_are_compared(
    shelf: Assistant, question: str, short: str, compared: int
) -> None:
    answer = shelf.ask(question)
    assert answer.statements[0].text == short and len(answer.citations) == compared


def test_the_most_after_the_least_is_of_the_same_rows(shelf: Assistant) -> None:
    for question, other, short in (
        ("billigstes Werkzeug", "und das teuerste?", "Kreissäge K9"),
        ("billigstes Handwerkzeug", "und das teuerste?", "Fuchsschwanz"),
    ):
        answer = shelf.ask(other, [Turn(question, shelf.ask(question))])
        assert answer.statements[0].text == short


def test_what_no_column_measures_is_declined(shelf: Assistant) -> None:
    for question in ("das älteste Werkzeug", "Welches Werkzeug ist am längsten?", "wärmstes Handwerkzeug"):
        assert shelf.ask(question).abstained, question
    huts = Assistant.from_text(
        "| Hut | Beds | Altitude |\n|---|---|---|\n| Larch | 12 | 1800 |\n| Pine | 30 | 2100 |\n"
    )
    assert huts.ask("Which hut is the cheapest?").abstained


def test_the_oldest_has_the_highest_age() -> None:
    crew = Assistant.from_articles([Article.read(CREW, title="Crew of the Marit", language="en")])
    assert crew.ask("Who is the oldest sailor?").statements[0].text == "Olav Lund"
    assert crew.ask("the youngest sailor").statements[0].text == "Sam Hale"


def test_a_sum_is_not_the_most_and_a_year_asked_for_is_not_compared() -> None:
    text = "| Year | Guests |\n|---|---|\n| 2021 | 810 |\n| 2022 | 1,460 |\n| 2023 | 990 |\n| Total | 3,260 |\n"
    inn = Assistant.from_articles([Article.read(text, title="Inn", language="en")])
    assert inn.ask("Which year had the most guests?").statements[0].text == "2022"
    assert inn.ask("how many guests in total?").text.startswith("3,260")


def test_the_row_comes_before_what_a_sentence_says_of_another() -> None:
    text = """# Cable cars of Tarn

The oldest cable car, the Gams, stood still for five weeks in spring.

| Cable car | Opened | Seats |
|---|---|---|
| Gams | 1957 | 40 |
| Murmel | 1983 | 80 |
| Uhu | 2016 | 8 |
"""
    cars = Assistant.from_articles([Article.read(text, title="Cable cars of Tarn", language="en")])
    newest = cars.ask("which cable car is the newest?")
    assert newest.statements[0].text == "Uhu" and newest.citations[0].text.startswith("| Uhu")
    oldest = cars.ask("which cable car is the oldest?")
    assert "Gams" in oldest.statements[0].text
    for answer in (oldest, newest):
        assert all(one.text.strip() for one in answer.statements)


def test_an_empty_cell_is_no_short_answer() -> None:
    text = "Boat;Skipper;Berths\nGannet;Tove Dahl;4\nSkua;;9\nTeal;Finn Berg;6\n"
    boats = Assistant.from_articles([Article.read(text, title="boats", language="en")])
    answer = boats.ask("Which skipper has the most berths?")
    assert answer.abstained or (answer.span is None and "Skua" in answer.citations[0].text)


@pytest.mark.parametrize(
    ("text", "language", "question", "short"),
    [
        (
            "Chambre,Vue,Prix (EUR)\nLilas,mer,95\nRose,cour,70\nIris,mer,110\n",
            "fr",
            "la chambre la moins chère",
            "Rose",
        ),
        (
            "Piso,Zona,Precio\nSol,centro,900\nMar,puerto,750\nLuz,centro,820\n",
            "es",
            "el piso más barato del centro",
            "Luz",
        ),
        (
            "Vino,Regione,Prezzo\nArgo,Umbria,14\nCeto,Lazio,9\nTeti,Umbria,21\n",
            "it",
            "Qual è il vino più caro?",
            "Teti",
        ),
        ("自行车,类型,价格\n海风,公路,3200\n山鹰,山地,2800\n云雀,公路,4100\n", "zh", "哪辆自行车最便宜？", "山鹰"),
    ],
)
def test_in_other_languages(text: str, language: str, question: str, short: str) -> None:
    table = Assistant.from_articles([Article.read(text, title="t", language=language)])
    assert table.ask(question).statements[0].text == short
