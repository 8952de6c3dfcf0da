"""The row of a table with the most or the least of what is asked about; all rows that were compared prove it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from index import Article
from rag import Assistant
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
