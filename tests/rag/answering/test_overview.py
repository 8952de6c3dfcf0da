"""A question about the article as a whole is answered by sentences that stand for it, and only such a question is."""

from __future__ import annotations

import json

import numpy as np
import pytest

from benchmarks.fit_intent import OVERVIEW, OVERVIEW_HELD_OUT
from index import Article, EmbeddedEncoder, build_index, bundled_article
from rag import Assistant, Turn
from rag.answering.messages import MESSAGES
from rag.answering.overview import MOST_CONSIDERED, overview_rows
from rag.conversation.intent import intent
from rag.settings import Settings
from tests.small_set import BREAD, TOWER

WHOLE = [
    "Worum geht es in dem Artikel?",
    "What is this article about?",
    "Fasse den Text bitte kurz zusammen",
    "summarize",
    "¿De qué trata el artículo?",
    "De quoi parle cet article ?",
    "О чём эта статья?",
    "这篇文章讲了什么？",
    "この記事は何についてですか？",
    "ما موضوع هذا المقال؟",
]


@pytest.mark.parametrize("question", WHOLE)
def test_a_question_about_the_whole_article_gets_its_sentences(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question)
    assert answer.kind == "overview" and not answer.abstained and answer.read_as == question
    assert len(answer.citations) == Settings().overview_sentences and answer.citations[0].sentence_index == 0
    places = [citation.sentence_index for citation in answer.citations]
    assert places == sorted(set(places))
    text = bundled_article().text
    assert all(text[one.start : one.end] == one.text for one in answer.citations)
    quoted = [f"{one.text} [{one.number}]" for one in answer.citations]
    assert answer.text.split("\n") == [MESSAGES[answer.language].overview, *quoted]
    assert [statement.text for statement in answer.statements] == [one.text for one in answer.citations]
    assert answer.span is None and answer.nearest == () and answer.reason == ""


@pytest.mark.parametrize(
    "question",
    [
        "Wie viele Soldaten hat Nordkorea?",
        "What does the article say about the weather?",
        "What is the book about?",
        "asdf",
    ],
)
def test_what_the_article_does_not_say_is_not_covered_up_by_an_overview(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question)
    assert answer.abstained and answer.kind == "question"


def test_what_a_sentence_answers_gets_no_overview(assistant: Assistant) -> None:
    answer = assistant.ask("Wann trafen sich Yoon und Kishida zuletzt?")
    assert not answer.abstained and answer.kind == "question"


def test_questions_of_others_are_told_apart(encoder: EmbeddedEncoder) -> None:
    listed = json.loads(OVERVIEW.read_text(encoding="utf-8"))
    held_out = json.loads(OVERVIEW_HELD_OUT.read_text(encoding="utf-8"))
    fitted = {*listed["whole"], *listed["part"]}
    fresh = [one for one in held_out if one["question"] not in fitted]
    vectors = encoder.encode_questions([one["question"] for one in fresh])
    found = [intent(vector, encoder) for vector in vectors]
    bar = Settings().abstained_kind_bar
    seen = np.asarray([one.kind == "overview" and one.probability >= bar for one in found])
    whole = np.asarray([one["whole"] for one in fresh])
    assert len(fresh) > 250
    assert seen[whole].mean() >= 0.75
    assert seen[~whole].mean() <= 0.1


def test_a_later_question_is_understood_without_the_one_before(assistant: Assistant) -> None:
    first = "Wie viele Soldaten hat Nordkorea?"
    assert assistant.ask("Und worum geht es in dem ganzen Artikel?", history=[first]).kind == "overview"
    answer = assistant.ask("What is this article about?", history=[first])
    assert answer.kind == "overview" and answer.read_as == answer.question


def test_the_overview_of_several_articles_names_each(encoder: EmbeddedEncoder) -> None:
    two = Assistant(build_index([BREAD, TOWER], encoder), encoder).ask("Worum geht es in den Texten?")
    assert two.kind == "overview" and BREAD.title in two.text and TOWER.title in two.text
    assert [one.article_id for one in two.citations] == [BREAD.id] * 2 + [TOWER.id] * 2
    many = [
        Article.read(f"Ort {n}\n\nDer Ort Nummer {n} liegt am Fluss. Er hat {n} Brücken.", title=f"Ort {n}")
        for n in range(12)
    ]
    answer = Assistant(build_index(many, encoder), encoder).ask("Worum geht es in den Texten?")
    assert [one.article_id for one in answer.citations] == [one.id for one in many[:10]]
    assert answer.citations[4].text == "Der Ort Nummer 4 liegt am Fluss." and answer.text.endswith("weitere: 2")


def test_a_short_article_is_quoted_whole(encoder: EmbeddedEncoder) -> None:
    text = "Brot backt man bei 230 Grad. Es braucht eine Stunde."
    answer = Assistant.from_text(text).ask("Worum geht es in dem Text?")
    assert answer.kind == "overview" and [one.sentence_index for one in answer.citations] == [0, 1]


def test_a_long_article_is_covered_from_end_to_end(encoder: EmbeddedEncoder) -> None:
    topics = [
        "Bei {} Metern trat der Fluss über die Ufer.",
        "Um {} Uhr wurde das Stadion verkauft.",
        "Für {} Euro mehr Lohn streikten die Bäcker.",
        "In {} Jahren brach der Vulkan auf der Insel nicht aus.",
    ]
    block = MOST_CONSIDERED // 4 + 5
    text = " ".join(topics[n // block].format(n + 2) for n in range(len(topics) * block))
    (rows,) = overview_rows(build_index([Article.read(text)], encoder), Settings())
    assert [row // block for row in rows] == [0, 1, 2, 3]


def test_the_setting_turns_it_off(encoder: EmbeddedEncoder) -> None:
    index = build_index([bundled_article()], encoder)
    answer = Assistant(index, encoder, Settings(kind_bar=1.0, abstained_kind_bar=1.0)).ask(
        "Worum geht es in dem Artikel?"
    )
    assert answer.abstained


@pytest.mark.parametrize(
    "message",
    ["fasse zusammen", "worum geht es?", "tldr", "the gist?", "key points", "in Stichpunkten", "要約して", "riassumi"],
)
def test_a_messageof_a_word_or_two_gets_an_overview(assistant: Assistant, message: str) -> None:
    assert assistant.ask(message).kind == "overview"


@pytest.mark.parametrize(
    ("message", "count"),
    [
        ("Fass das in drei Sätzen zusammen", 3),
        ("three bullet points please", 3),
        ("in one sentence", 1),
        ("一句话总结", 1),
    ],
)
def test_an_overview_has_as_many_sentences_as_are_asked_for(assistant: Assistant, message: str, count: int) -> None:
    answer = assistant.ask(message)
    assert answer.kind == "overview" and len(answer.citations) == count


def test_a_number_of_something_else_is_none_of_sentences(assistant: Assistant) -> None:
    answer = assistant.ask("Summarise article 3 please")
    assert answer.kind == "overview" and len(answer.citations) == Settings().overview_sentences


def test_an_overview_can_be_had_shorter_and_longer_and_nothing_else_can(assistant: Assistant) -> None:
    whole = assistant.ask("summary")
    shorter = assistant.ask("shorter please", [Turn("summary", whole)])
    longer = assistant.ask("ausführlicher", [Turn("summary", whole)])
    assert len(shorter.citations) < len(whole.citations) < len(longer.citations)
    assert assistant.ask("shorter please").kind == "talk"
    met = assistant.ask("Wo trafen sich Yoon und Kishida zuletzt?")
    assert assistant.ask("kürzer bitte", [Turn(met.question, met)]).kind == "talk"


@pytest.mark.parametrize(
    ("message", "title"),
    [
        ("Tell me about the tower report", "Tower report"),
        ("Summarise the bread recipe", "Bread: a recipe"),
        ("What is the tower about?", "Tower report"),
        ("What is the bread recipe about?", "Bread: a recipe"),
        ("Wovon handelt der Tower Report?", "Tower report"),
        ("De quoi parle le Tower report ?", "Tower report"),
    ],
)
def test_the_overview_of_one_of_several_articles_is_of_the_one_that_is_named(
    encoder: EmbeddedEncoder, message: str, title: str
) -> None:
    articles = [Article.read(BREAD.text, title="Bread: a recipe"), Article.read(TOWER.text, title="Tower report")]
    shelf = Assistant(build_index(articles, encoder), encoder)
    answer = shelf.ask(message)
    assert answer.kind == "overview"
    assert {shelf.article(one.article_id).title for one in answer.citations} == {title}
    shorter = shelf.ask("shorter please", [Turn(message, answer)])
    assert {shelf.article(one.article_id).title for one in shorter.citations} == {title}
    one = shelf.ask("Summarise the tower report in one sentence")
    assert len(one.citations) == 1 and shelf.article(one.citations[0].article_id).title == "Tower report"
    assert len({one.article_id for one in shelf.ask("summary").citations}) == 2
