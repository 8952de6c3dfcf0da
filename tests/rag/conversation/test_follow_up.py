from __future__ import annotations

import pytest

from rag import Turn
from rag.conversation.follow_up import leans_on_before, understand

FIRST = "Wann trafen sich Yoon und Kishida zuletzt?"


@pytest.mark.parametrize(
    "question",
    [
        "Und wann?", "Wo?", "Warum?", "und wo genau", "Was sagte er dazu?", "Wer hat das unterzeichnet?",
        "Und Japan?", "Wann war dieser Gipfel?", "Wer war noch dabei?", "And when?", "What did he say about it?",
        "What about Japan?", "Why?", "Where did they meet?", "¿Y cuándo?", "Et quand ?", "Was ist mit China?",
    ],
)  # fmt: skip
def test_a_question_that_leans_on_the_turn_before(question: str) -> None:
    understood = understand(question, [Turn(FIRST)])
    assert understood.text == f"{FIRST} {question}"


@pytest.mark.parametrize(
    "question",
    [
        "Wann trafen sich Yoon und Kishida zuletzt?", "Wo fand das Treffen statt?", "Wer ist Kim Jong-un?",
        "Wie viele Länder gibt es in der NATO?", "Was sagte Yoon zu seinem Treffen mit Kishida?",
        "Who is the president of Russia?", "How many countries are there in NATO?", "Was verurteilte die NATO?",
        "¿Cuál es la capital de Perú?", "谁参加了峰会？", "Und wer führte Russland während der Ausarbeitung des Abkommens?",
        "wie wird das wetter morgen in hamburg",
    ],
)  # fmt: skip
def test_a_question_that_stands_alone_is_not_changed(question: str) -> None:
    assert understand(question, [Turn(FIRST)]).text == question


def test_without_history_nothing_is_changed() -> None:
    assert understand("Und wann?", []).text == "Und wann?"


def test_a_chain_of_follow_ups_keeps_its_subject(assistant) -> None:  # type: ignore[no-untyped-def]
    first = assistant.ask(FIRST)
    second = assistant.ask("Und wo?", [Turn(FIRST, first)])
    assert second.read_as == f"{FIRST} Und wo?"
    assert understand("Und warum?", [Turn(FIRST, first), Turn("Und wo?", second)]).text == f"{FIRST} Und warum?"


@pytest.mark.parametrize("question", ["", "?", "…", "😀"])
def test_wordless_questions_do_not_lean(question: str) -> None:
    assert not leans_on_before(question)
