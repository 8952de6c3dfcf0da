"""An index on a server is asked, and answers, as the same articles on this machine do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from index import Article, EmbeddedEncoder, Index, build_index, load_index
from index.served import archive as served_archive
from index.served.address import Address
from index.served.archive import ServedIndex
from index.served.publish import publish
from rag import Assistant
from rag.answer import Answer
from tests.served import SETTINGS, WITHOUT_EXTRA, archive
from ui.web.articles import Catalogue, Selection

pytest.importorskip("pymilvus", reason=WITHOUT_EXTRA)

QUESTIONS = (
    "Wann trafen sich Yoon und Kishida zuletzt?",
    "An welchem Fluss liegt Lindau?",
    "Wann wurde Merwick gegründet?",
    "Was kostet der Eintritt ins Museum von Kappeln?",
    "How deep is the harbour of Altona?",
    "Wie tief ist der Hafen von Altona?",
    "How many boats lie in Bergen?",
    "Wie viele Betten hat das Krankenhaus Elmshorn?",
    "WANN BEGINNT DER MARKT IN FEHMARN?",
    "Welcher Bus hält am Krankenhaus Wismut?",
    "Wie hoch ist der Leuchtturm von Gluckstadt?",
    "Bei wie viel Grad backt man Brot?",
    "Wer ist der Bürgermeister von Quistrup?",
    "xylophon",
    "Worum geht es?",
    "Welche Artikel gibt es?",
    "danke",
)


@pytest.fixture(scope="module")
def articles() -> list[Article]:
    return archive()


@pytest.fixture(scope="module")
def local(articles: list[Article], encoder: EmbeddedEncoder) -> Assistant:
    return Assistant(build_index(articles, encoder), encoder, SETTINGS)


@pytest.fixture(scope="module")
def served(
    articles: list[Article], encoder: EmbeddedEncoder, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Assistant]:
    place = f"{tmp_path_factory.mktemp('milvus')}/archive.db/towns"
    publish(articles, Address.parse(place), lambda: encoder)
    assistant = Assistant.from_index(place, settings=SETTINGS)
    yield assistant
    assert isinstance(assistant.index, ServedIndex)
    assistant.index.close()


def check_same_ranking(served: Assistant, local: Assistant, question: str, only: str = "") -> None:
    found, expected = (one.retrieve(question, 30, only=only) for one in (served, local))
    assert [(hit.article_id, hit.sentence_index) for hit in found] == [
        (hit.article_id, hit.sentence_index) for hit in expected
    ]
    assert [hit.score for hit in found] == pytest.approx([hit.score for hit in expected], abs=1e-4)
    assert [(hit.text, hit.start, hit.place) for hit in found] == [(hit.text, hit.start, hit.place) for hit in expected]


def check_same_answer(found: Answer, expected: Answer) -> None:
    assert (found.text, found.citations, found.span, found.kind) == (
        expected.text,
        expected.citations,
        expected.span,
        expected.kind,
    )
    assert found.confidence == pytest.approx(expected.confidence, abs=1e-3)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_is_ranked_and_answered_the_same(served: Assistant, local: Assistant, question: str) -> None:
    check_same_ranking(served, local, question)
    check_same_answer(served.ask(question), local.ask(question))


def test_a_question_has_only_a_part_of_the_archive_fetched(served: Assistant, local: Assistant) -> None:
    from rag.conversation.query import Query

    query = Query("An welchem Fluss liegt Lindau?")
    near = served._near(query, served.encoder.encode_questions([query.text])[0]).index
    assert type(near) is Index and SETTINGS.pool_passages <= len(near.passages) <= 4 * SETTINGS.pool_passages
    assert len(near.passages) < len(local.index.passages) / 2
    assert near.languages == local.index.languages, "words are looked up in all languages of the archive"


@pytest.mark.parametrize("only", ["language:en", "date:2012", 'title:"Stadtführer" author:huber', "folder:de"])
def test_some_of_the_articles_are_asked(served: Assistant, local: Assistant, only: str) -> None:
    for question in QUESTIONS[2:8]:
        check_same_ranking(served, local, question, only)
        check_same_answer(served.ask(question, only=only), local.ask(question, only=only))


def test_of_a_filter_that_leaves_much_the_server_leaves_the_others_out(
    served: Assistant, local: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served_archive, "MOST_FETCHED", 5)
    fresh = served.over(served.index)
    chosen = fresh.within("language:de")
    assert isinstance(chosen.index, ServedIndex) and len(chosen.articles) == len(local.within("language:de").articles)
    for question in QUESTIONS[1:4]:
        assert fresh.ask(question, only="language:de").text == local.ask(question, only="language:de").text
        assert all(fresh.article(hit.article_id).language == "de" for hit in chosen.retrieve(question, 20))
    assert (
        chosen.ask("How deep is the harbour of Altona?").citations
        != local.ask("How deep is the harbour of Altona?").citations
    )


def test_a_conversation_goes_on(served: Assistant, local: Assistant) -> None:
    from rag import Turn

    turns: dict[str, list[Turn]] = {"served": [], "local": []}
    for message in (
        "An welchem Fluss liegt Lindau?",
        "Und wann wurde es gegründet?",
        "Und Kappeln?",
        "Wie sicher bist du?",
    ):
        found, expected = served.ask(message, turns["served"]), local.ask(message, turns["local"])
        check_same_answer(found, expected)
        turns["served"].append(Turn(message, found))
        turns["local"].append(Turn(message, expected))


def test_its_articles_are_there_to_be_read(served: Assistant, local: Assistant) -> None:
    assert [(one.id, one.title, one.source, one.date) for one in served.articles] == [
        (one.id, one.title, one.source, one.date) for one in local.articles
    ]
    for row in (0, 3, len(local.articles) - 1):
        article = local.articles[row]
        assert served.article(article.id) == article
        assert served.sentences(article.id) == local.sentences(article.id)
    assert len(served.index.sentences) == len(local.index.sentences)
    rows = [2, 40, len(local.index.sentences) - 1]
    assert (served.index.sentences[rows] == local.index.sentences[rows]).all()
    assert (served.index.sentences[3:9, 1:3] == local.index.sentences[3:9, 1:3]).all()
    assert (served.index.passages[[5, 9]] == local.index.passages[[5, 9]]).all()
    assert (served.index.context_vectors[rows] == local.index.context_vectors[rows]).all()


def test_the_chat_asks_one_article_and_adds_own_ones(
    served: Assistant, local: Assistant, encoder: EmbeddedEncoder
) -> None:
    found, expected = Catalogue(served), Catalogue(local)
    one = local.articles[3].id
    for question in QUESTIONS[1:4]:
        answers = [cat.assistant(Selection(scope="one", open_id=one)).ask(question) for cat in (found, expected)]
        check_same_answer(*answers)
    own = Article.read("Der Kiosk am Bahnhof verkauft Limonade für zwei Euro.", title="Kiosk", language="de")
    mine = Selection(own={own.id: build_index([own], encoder)})
    check_same_answer(
        found.assistant(mine).ask("Was kostet die Limonade?"), expected.assistant(mine).ask("Was kostet die Limonade?")
    )
    assert found.sentence(Selection(), one, 1) == expected.sentence(Selection(), one, 1) != ""


def test_it_is_saved_as_a_folder(served: Assistant, local: Assistant, tmp_path: Path) -> None:
    served.save(tmp_path / "copy")
    copy = Assistant(load_index(tmp_path / "copy"), local.encoder, SETTINGS)
    check_same_ranking(copy, local, QUESTIONS[1])
    served.within("language:en").save(tmp_path / "english")
    assert load_index(tmp_path / "english").articles == local.within("language:en").index.articles
