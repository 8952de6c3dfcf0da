from __future__ import annotations

import pytest

from index import Article, EmbeddedEncoder, build_index
from rag import Assistant

RULES = [
    Article.read("The gardens lie by the canal. Hedges may be up to 1.2 metres tall.", title="Rules of 2015"),
    Article.read("The gardens were fenced in. Hedges may be up to 1.5 metres tall.", title="Rules of 2023"),
]


@pytest.fixture(scope="module")
def rules(encoder: EmbeddedEncoder) -> Assistant:
    return Assistant(build_index(RULES, encoder), encoder)


def test_an_answer_says_that_the_articles_differ_and_names_them(rules: Assistant) -> None:
    answer = rules.ask("How tall may hedges be?")
    lead, *sides = answer.text.splitlines()[:3]
    assert lead == "The articles say different things:"
    assert {side.split(" – ")[1][:-4] for side in sides} == {"Rules of 2015", "Rules of 2023"}
    assert answer.differs and answer.to_dict()["differs"]


def test_each_side_is_a_statement_cited_word_for_word(rules: Assistant) -> None:
    answer = rules.ask("How tall may hedges be?")
    assert [citation.number for citation in answer.citations] == list(range(1, len(answer.citations) + 1))
    for citation in answer.citations:
        assert rules.article(citation.article_id).text[citation.start : citation.end] == citation.text
    first, second = answer.statements[:2]
    assert first.citations == answer.citations[:1] and second.citations == answer.citations[1:2]
    assert all(one.text in one.citations[0].text for one in answer.statements)
    assert answer.span and rules.article(answer.citations[0].article_id).text[slice(*answer.span)] == first.text


def test_the_message_is_in_the_language_of_the_question(rules: Assistant) -> None:
    assert rules.ask("Wie hoch dürfen Hecken sein?").text.startswith("Die Artikel sagen Verschiedenes:")


def test_one_article_is_not_named_twice(encoder: EmbeddedEncoder) -> None:
    text = "The barn is 14 metres long. It is red. On the old plan, the barn is 17 metres long."
    assistant = Assistant(build_index([Article.read(text, title="The barn")], encoder), encoder)
    answer = assistant.ask("How long is the barn?")
    assert (
        answer.text.startswith("The article says different things:\n") and "The barn" not in answer.text.split("[")[0]
    )
