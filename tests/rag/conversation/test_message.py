"""The questions in one message."""

from __future__ import annotations

import pytest

from index import Article, EmbeddedEncoder, build_index
from rag import Assistant, Turn
from rag.conversation.message import MOST_QUESTIONS, questions_of, things_in


@pytest.mark.parametrize(
    ("message", "questions"),
    [
        ("Wer baute die Mühle? Wie hoch ist sie?", ["Wer baute die Mühle?", "Wie hoch ist sie?"]),
        ("who built it? when? and why?", ["who built it?", "when?", "and why?"]),
        ("Wer baute die Mühle und wann?", ["Wer baute die Mühle?", "wann?"]),
        ("Who built the mill and what does it cost", ["Who built the mill?", "what does it cost"]),
        ("谁建造了磨坊？什么时候？", ["谁建造了磨坊？", "什么时候？"]),
        ("Wann und wo trafen sie sich?", ["Wann und wo trafen sie sich?"]),
        ("Who knows what it is and what it does?", ["Who knows what it is and what it does?"]),
        ('What does "why me?" mean here?', ['What does "why me?" mean here?']),
        ("How high is the mill? thanks", ["How high is the mill? thanks"]),
        ("I was there yesterday. Who built it?", ["I was there yesterday. Who built it?"]),
        ("Mühle", ["Mühle"]),
        (
            "Que faire s'il pleut et quand le bus rate le rendez-vous ?",
            ["Que faire s'il pleut et quand le bus rate le rendez-vous ?"],
        ),
        ("When is it open and is there a lift?", ["When is it open?", "is there a lift?"]),
        ("wann öffnet die Mühle und kann man dort parken?", ["wann öffnet die Mühle?", "kann man dort parken?"]),
        (
            "à quelle heure ouvre le moulin et est-ce qu'il y a un café ?",
            ["à quelle heure ouvre le moulin?", "est-ce qu'il y a un café ?"],
        ),
        ("Who built the mill and was the mayor?", ["Who built the mill and was the mayor?"]),
        ("how much is it and when does it close", ["how much is it?", "when does it close"]),
        ("whats the price and who sells it", ["whats the price?", "who sells it"]),
        ("Où est le moulin et qui l'a bâti ?", ["Où est le moulin?", "qui l'a bâti ?"]),
        (
            "quand le moulin a-t-il fermé et quand le pont a-t-il été bâti ?",
            ["quand le moulin a-t-il fermé?", "quand le pont a-t-il été bâti ?"],
        ),
        ("¿Cuándo abre el museo y quién lo dirige?", ["¿Cuándo abre el museo?", "quién lo dirige?"]),
        ("How many eggs and how much flour do I need?", ["How many eggs do I need?", "how much flour do I need?"]),
        ("wie viele eier und wie viel mehl brauche ich", ["wie viele eier brauche ich?", "wie viel mehl brauche ich"]),
        (
            "wie viele orgeln baute er und welche preise bekam er?",
            ["wie viele orgeln baute er?", "welche preise bekam er?"],
        ),
        ("wann schließt es, wo ist es und was kostet es", ["wann schließt es?", "wo ist es?", "was kostet es"]),
        ("how many guests were there + who paid", ["how many guests were there?", "who paid"]),
        (
            "la porte est elle ouverte et combien coûte un billet",
            ["la porte est elle ouverte?", "combien coûte un billet"],
        ),
        ("Who decides, how the land is used?", ["Who decides, how the land is used?"]),
        ("When many people come, what is the price?", ["When many people come, what is the price?"]),
        ("Weißt du, wann die Mühle öffnet?", ["Weißt du, wann die Mühle öffnet?"]),
        ("When was the mill, which is the oldest, built?", ["When was the mill, which is the oldest, built?"]),
        ("Quel est le moulin, qui est fermé le lundi ?", ["Quel est le moulin, qui est fermé le lundi ?"]),
        ("Who runs Smith & What Ltd?", ["Who runs Smith & What Ltd?"]),
        ("Red and what other colour are used?", ["Red and what other colour are used?"]),
    ],
)
def test_the_questions_of_a_message(message: str, questions: list[str]) -> None:
    assert questions_of(message) == questions


@pytest.mark.parametrize(
    ("message", "things"),
    [
        ("tarif étudiant et horaires du lundi ?", ["tarif étudiant?", "horaires du lundi?"]),
        ("entry for house and park, and opening hours", ["entry for house and park?", "opening hours?"]),
        ("Wie hoch ist der Beitrag und die Gebühr?", ["Wie hoch ist der Beitrag?", "Wie hoch ist die Gebühr?"]),
        ("Wann trafen sich der Wirt und die Müllerin?", []),
        ("What is the difference between the fee and the deposit?", []),
        ("und der Beitrag und die Gebühr?", []),
        ("der Beitrag, nicht die Gebühr", []),
        ("Mühle", []),
    ],
)
def test_the_things_that_a_message_asks_for(message: str, things: list[str]) -> None:
    assert things_in(message) == things


def test_each_thing_of_a_list_is_answered_unless_one_sentence_says_both(encoder: EmbeddedEncoder) -> None:
    text = (
        "Der Eintritt kostet 7 Euro.\n\nDie Mühle öffnet um 9 Uhr.\n\nDie Feuer und Wasser GmbH hat 20 Mitarbeiter.\n\n"
        "Das Feuer von 1902 zerstörte das Dach.\n\nDas Wasser kommt aus dem See."
    )
    mill = Assistant(build_index([Article.read(text, title="Mühle")], encoder), encoder)
    both = mill.ask("Eintritt und Öffnungszeit")
    assert "7 Euro" in both.text and "9 Uhr" in both.text and not both.unanswered
    assert "20 Mitarbeiter" in mill.ask("Feuer und Wasser").text


def test_a_message_of_conjunctions_is_one_question() -> None:
    assert len(questions_of("Wer kam wann an und wer fuhr wieder ab?")) == 2
    assert len(questions_of("wer ist das und " * 200 + "wo?")) == 1


@pytest.mark.parametrize(
    ("message", "read_as"),
    [
        ("Schon mal danke, wer ist Kim Jong-un?", "wer ist Kim Jong-un?"),
        ("Good evening everybody! Who is Kim Jong-un? Cheers", "Who is Kim Jong-un?"),
        ("谢谢你，谁参加了峰会？", "谁参加了峰会？"),
        ("Yoon, wer ist das?", "Yoon, wer ist das?"),
    ],
)
def test_thanks_and_greetings_are_not_searched_for(assistant: Assistant, message: str, read_as: str) -> None:
    assert assistant.ask(message).read_as == read_as


def test_each_question_is_answered_with_its_own_evidence(assistant: Assistant) -> None:
    answer = assistant.ask("Wie heißt der russische Präsident? Und wo trafen sich Yoon und Kishida zuletzt?")
    assert "Putin" in answer.text and "Seoul" in answer.text and not answer.unanswered
    assert [citation.number for citation in answer.citations] == [1, 2]
    for statement in answer.statements:
        assert all(citation in answer.citations for citation in statement.citations)
        assert f"{statement.text} [{statement.citations[0].number}]" in answer.text.splitlines()


def test_a_question_that_is_not_answered_is_said_to_be_open(assistant: Assistant) -> None:
    answer = assistant.ask("Wie heißt der russische Präsident? Wie backt man Brot?")
    assert "Putin" in answer.text and not answer.abstained
    assert answer.unanswered == ("Wie backt man Brot?",)
    assert answer.text.splitlines()[-1] == "Offen bleibt: Wie backt man Brot?"
    none = assistant.ask("Wie backt man Brot? Und wie lange?")
    assert none.abstained and not none.unanswered and none.nearest


def test_a_follow_up_may_refer_to_the_last_question_of_a_message(assistant: Assistant) -> None:
    both = assistant.ask("Wie heißt der russische Präsident? Wo trafen sich Yoon und Kishida zuletzt?")
    assert (
        assistant.ask("Und wann?", [Turn(both.question, both)]).read_as == "Wann trafen sich Yoon und Kishida zuletzt?"
    )


def test_more_questions_than_are_answered_are_named(assistant: Assistant) -> None:
    names = ["Wie heißt der russische Präsident?"] * MOST_QUESTIONS
    answer = assistant.ask(" ".join([*names, "Wer ist Kim Jong-un?"]))
    assert answer.unanswered == ("Wer ist Kim Jong-un?",)


def test_the_stream_of_several_questions_ends_in_what_ask_returns(assistant: Assistant) -> None:
    message = "Wie heißt der russische Präsident? Wo trafen sich Yoon und Kishida zuletzt?"
    events = list(assistant.stream(message))
    assert [event.kind for event in events[:2]] == ["hits", "evidence"]
    assert events[-1].answer == assistant.ask(message)
    assert "".join(event.text for event in events) == assistant.ask(message).text
    assert [hit.rank for hit in events[1].hits] == list(range(1, len(events[1].hits) + 1))
