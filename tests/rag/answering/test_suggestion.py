"""Other questions to offer after an abstention: few, about the question's own words, and always answered."""

from __future__ import annotations

import pytest

from rag import Assistant, Turn
from rag.answering.suggestion import reworded

MACRON = "Was sagte Macron über die UN-Resolutionen?"


def test_what_the_article_has_words_for_is_offered_and_answered(assistant: Assistant) -> None:
    (offer,) = reworded(assistant, assistant.ask(MACRON))
    assert offer == "Was sagt der Artikel zu „UN-Resolutionen“?"
    # In the conversation too, where a question may be read with the one before.
    answer = assistant.ask(offer, [Turn("Wer traf Kishida in Washington?"), Turn(MACRON)])
    assert not answer.abstained and answer.read_as == offer and "Resolutionen" in answer.citations[0].text
    assert reworded(assistant, assistant.ask(MACRON)) == (offer,), "the same each time"


@pytest.mark.parametrize(
    "question",
    [
        "Wie backt man einen Apfelkuchen?",  # no word of it is in the article
        "Wie viele Soldaten hat Nordkorea?",  # one is: too little to ask about
        "Wann unterzeichnete Kishida den Vertrag mit Nordkorea?",  # nothing answers it
        "¿Por qué rechazó Australia la invitación a la cumbre?",  # in a language that no offer is made in
    ],
)
def test_where_nothing_good_is_left_nothing_is_offered(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question)
    assert answer.abstained and reworded(assistant, answer) == ()


def test_an_answer_needs_no_other_question(assistant: Assistant) -> None:
    assert reworded(assistant, assistant.ask("Wann trafen sich Yoon und Kishida zuletzt?")) == ()
