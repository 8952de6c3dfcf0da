"""Requests for what the articles say of something."""

from __future__ import annotations

import pytest

from rag import Assistant
from rag.conversation.about import or_asked_of, with_any_noun
from rag.conversation.query import Query

VILLAGE = (
    "Der Gemeinderat von Ahlen tagte am Dienstag. Bürgermeisterin Wiebke Tamm nannte die Schulden hoch. Die Feuerwehr bekommt "
    "ein neues Fahrzeug. Der Sportverein klagte, der Rasen sei im Sommer verbrannt. Im Freibad werden die Fliesen erneuert."
)


@pytest.fixture(scope="module")
def village() -> Assistant:
    return Assistant.from_text(VILLAGE, title="Gemeinderat Ahlen", language="de")


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ("erzähl mir was über die feuerwehr", "Feuerwehr"),
        ("Steht da etwas zum Freibad?", "Freibad"),
        ("tell me about the sports club", "Sportverein"),
        ("¿Qué dice sobre los bomberos?", "Feuerwehr"),
        ("fire brigade", "Feuerwehr"),
    ],
)
def test_what_is_said_of_something_is_cited(village: Assistant, message: str, sentence: str) -> None:
    answer = village.ask(message)
    assert answer.kind == "question" and not answer.abstained
    assert any(sentence in citation.text for citation in answer.citations)


@pytest.mark.parametrize("message", ["Was steht da über Pinguine?", "tell me about the airport", "Raumfahrt?"])
def test_of_what_they_do_not_mention_they_say_nothing(village: Assistant, message: str) -> None:
    assert village.ask(message).abstained


@pytest.mark.parametrize(
    ("message", "language", "asked"),
    [
        ("Erzähl mir was über den Turm", "de", "Was ist mit Turm?"),
        ("Kannst du mir was zum Turm erzählen?", "de", "Was ist mit Turm?"),
        ("what do they say about the old bridge?", "en", "What about the old bridge?"),
        ("Que dit-on à propos de la tour ?", "fr", "Qu'en est-il de la tour ?"),
        ("¿Hay información sobre la huelga?", "es", "¿Qué hay de la huelga?"),
        ("关于大桥文章说了什么？", "zh", "关于大桥说了什么？"),
        ("塔について教えて", "ja", "塔についてはどうですか？"),
    ],
)
def test_a_request_is_asked_in_one_form(message: str, language: str, asked: str) -> None:
    found = or_asked_of(Query(message), language, lambda _: False, is_request=True)
    assert found.asked == message
    assert {other.asked for other in found.others} == {asked}


@pytest.mark.parametrize(
    ("message", "language", "asked"),
    [
        ("Wird Goethe im Text erwähnt?", "de", "Was ist mit Goethe?"),
        ("Erwähnt der Bericht Goethe?", "de", "Was ist mit Goethe?"),
        ("Que dit le texte à propos de la tour ?", "fr", "Qu'en est-il de la tour ?"),
        ("Does the letter mention Goethe?", "en", "What about Goethe?"),
        ("does the document mention arms exports", "en", "What about arms exports?"),
        ("Is there anything about Goethe in the article?", "en", "What about Goethe?"),
        ("¿Menciona el artículo a Goethe?", "es", "¿Qué hay de Goethe?"),
    ],
)
def test_a_request_that_has_a_word_for_the_article_is_asked_in_that_form_first(
    message: str, language: str, asked: str
) -> None:
    found = or_asked_of(Query(message), language, lambda _: False, is_request=True)
    assert found.asked == asked and found.others[-1].asked == message


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ("Erwähnt der Artikel Wiebke Tamm?", "Tamm"),
        ("Does the article mention Wiebke Tamm?", "Tamm"),
        ("Was steht im Artikel über Ahlen?", "Ahlen"),
        ("Erwähnt der Artikel Angela Merkel?", ""),
        ("Does the article mention Trump?", ""),
        ("Menciona el artículo a Lisboa", ""),
    ],
)
def test_a_name_that_the_article_mentions_is_told_from_one_that_it_does_not(
    village: Assistant, message: str, sentence: str
) -> None:
    answer = village.ask(message)
    assert answer.kind == "question" and answer.abstained == (not sentence)
    assert not sentence or sentence in answer.citations[0].text


def test_a_plain_noun_takes_the_place_of_a_word_and_of_no_part_of_one() -> None:
    assert with_any_noun("Does the article mention art?", lambda _: False) == "Does the article mention children?"
    assert with_any_noun("Does he mention art?", lambda _: False) == ""


def test_what_somebody_said_of_it_is_not_what_is_said_of_it() -> None:
    query = Query("What did Tamm say about the debts?")
    assert or_asked_of(query, "en", lambda word: word == "Tamm", is_request=True) == query


def test_a_question_for_a_degree_or_a_number_is_no_request() -> None:
    for question in ("Wie teuer ist die neue Heizung?", "how many boats are there about?"):
        assert or_asked_of(Query(question), "de", lambda _: True, is_request=True) == Query(question)
