"""Requests for what the articles say of something."""

from __future__ import annotations

import pytest

from rag import Assistant
from rag.conversation.about import or_asked_of
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
        ("Wird Goethe im Text erwähnt?", "de", "Was ist mit Goethe?"),
        ("what do they say about the old bridge?", "en", "What about the old bridge?"),
        ("Que dit le texte à propos de la tour ?", "fr", "Qu'en est-il de la tour ?"),
        ("¿Hay información sobre la huelga?", "es", "¿Qué hay de la huelga?"),
        ("关于大桥文章说了什么？", "zh", "关于大桥说了什么？"),
        ("塔について教えて", "ja", "塔についてはどうですか？"),
    ],
)
def test_a_request_is_asked_in_one_form(message: str, language: str, asked: str) -> None:
    found = or_asked_of(Query(message), language, lambda _: False, is_request=True)
    assert found.asked == message
    assert {other.asked for other in found.others} == {asked}


def test_what_somebody_said_of_it_is_not_what_is_said_of_it() -> None:
    query = Query("What did Tamm say about the debts?")
    assert or_asked_of(query, "en", lambda word: word == "Tamm", is_request=True) == query


def test_a_question_for_a_degree_or_a_number_is_no_request() -> None:
    for question in ("Wie teuer ist die neue Heizung?", "how many boats are there about?"):
        assert or_asked_of(Query(question), "de", lambda _: True, is_request=True) == Query(question)
