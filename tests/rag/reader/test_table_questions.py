"""Questions of a table as a user asks them: by a value, by two conditions, and of the row that was told last."""

from __future__ import annotations

import pytest

from index import Article
from rag import Assistant, Turn
from rag.answer import Answer
from rag.reader.cells import Cells, cells_of, is_same, parts_of

MEMBERS = """# Rowing club: members

| Member | Number | Boat class | Fee EUR | Joined on | Paid |
|---|---|---|---|---|---|
| **Seniors** | | | | | |
| Olga Brandt | 3301 | single | 240 | 4 May 2011 | yes |
| Pavel Simic | 3302 | double | 180 | 9 June 2018 | no |
| Olga Reiter | 3303 | double | 195 | 2 March 2020 | no |
| **Juniors** | | | | | |
| Tara Brandt | 3310 | double | 90 | 1 April 2022 | yes |
| Emre Aksoy | 3311 | single | 85 | 7 July 2023 | no |
"""


@pytest.fixture(scope="module")
def members() -> Assistant:
    return Assistant.from_articles([Article.read(MEMBERS, title="Rowing club: members", language="en")])


def told(assistant: Assistant, *messages: str) -> Answer:
    turns: list[Turn] = []
    for message in messages:
        turns.append(Turn(message, assistant.ask(message, turns)))
    assert turns[-1].answer
    return turns[-1].answer


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("Which members have paid?", ["Olga Brandt", "Tara Brandt"]),
        ("Which double members have not paid?", ["Pavel Simic", "Olga Reiter"]),
        ("double members under 190", ["Pavel Simic", "Tara Brandt"]),
    ],
)
def test_rows_by_two_conditions_and_by_yes_or_no(members: Assistant, question: str, names: list[str]) -> None:
    answer = members.ask(question)
    assert [citation.text.split("|")[1].strip() for citation in answer.citations] == names


def test_the_cell_that_says_which_row_it_is_answers_nothing(members: Assistant) -> None:
    answer = members.ask("Who has number 3303?")
    assert answer.statements[0].text == "Olga Reiter" and len(answer.citations) == 1


def test_a_name_that_no_row_has_is_declined(members: Assistant) -> None:
    assert members.ask("When did Tara Reiter join?").abstained


@pytest.mark.parametrize("question", ["and his number?", "and what is the boat class?"])
def test_a_question_goes_on_from_the_row_that_has_the_most(members: Assistant, question: str) -> None:
    answer = told(members, "Which member has the lowest fee?", question)
    assert "Emre Aksoy" in answer.citations[0].text and len(answer.citations) == 1


def test_headings_in_a_row_of_their_own_are_not_compared(members: Assistant) -> None:
    answer = members.ask("Which member has the highest fee?")
    assert answer.statements[0].text == "Olga Brandt" and len(answer.citations) == 5


@pytest.mark.parametrize(
    "said", [{"brandt", "3310"}, {"olga"}, {"boats", "class", "double"}, {"33"}, {"brandts", "no"}]
)
def test_the_rows_that_a_word_names_are_those_that_have_it(said: set[str]) -> None:
    article = Article.read(MEMBERS, title="Rowing club: members", language="en")
    header = next(block.header for block in article.blocks if block.kind == "row")
    cells = Cells(article, header)
    names = {name for column in cells.columns for name in column}
    expected: dict[int, set[str]] = {}
    for block in article.blocks:
        if block.kind != "row" or article.blocks[block.header] is block:
            continue
        for column, cell in zip(cells.columns, block.cells, strict=False):
            there = article.text[cell.start : cell.end].strip("* ").lower().split()
            for word in said:
                forms = parts_of(word, names) + [word] * (not any(is_same(word, one, article) for one in column))
                if any(is_same(form, one, article) for form in forms for one in there):
                    expected.setdefault(block.start, set()).add(word)
    assert cells.naming(said, article) == expected


def test_a_table_is_read_once() -> None:
    article = Article.read(MEMBERS, title="Rowing club: members", language="en")
    header = next(block.header for block in article.blocks if block.kind == "row")
    assert cells_of(article, header) is cells_of(article, header)
    other = Article.read(MEMBERS, title="Rowing club: members", language="en")
    assert cells_of(other, header) is not cells_of(article, header)


def test_a_columns_heading_and_a_whole_cell_are_no_parts_of_one_name() -> None:
    rows = "| Entrée | Tarif |\n|---|---|\n| Adulte | {} € |\n| Carte de 10 entrées | 40 € |\n"
    articles = [
        Article.read(rows.format(price), title=f"Tarifs {year}") for year, price in ((2023, "4,80"), (2025, "5,60"))
    ]
    answer = Assistant.from_articles(articles).ask("prix entrée adulte")
    assert not answer.abstained and "4,80" in answer.text and "5,60" in answer.text
