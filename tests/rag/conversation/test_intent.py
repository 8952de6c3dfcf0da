"""What a message asks for is told by its meaning, and a question is not taken for small talk."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.fit_intent import HELD_OUT, labelled, labelled_messages
from index import EmbeddedEncoder
from rag import Assistant
from rag.conversation.intent import ABOUT, Intent, intent, known_label
from rag.settings import Settings


def meant(encoder: EmbeddedEncoder, message: str) -> Intent:
    return intent(encoder.encode_questions([message])[0], encoder)


def test_messages_that_were_not_trained_on_are_told_apart(encoder: EmbeddedEncoder) -> None:
    trained = {text.casefold() for text in labelled_messages()}
    fresh = {text: label for text, label in labelled(HELD_OUT).items() if text.casefold() not in trained}
    found = [meant(encoder, message) for message in fresh]
    taken = [one.kind if one.probability >= Settings().abstained_kind_bar else "question" for one in found]
    kinds = [label.split(".")[0] for label in fresh.values()]
    assert len(fresh) > 500
    for kind in ("talk", "articles"):
        right = [took == kind for took, belongs in zip(taken, kinds, strict=True) if belongs == kind]
        assert np.mean(right) >= 0.95, kind
    for label in ("question", "question.about"):
        mistaken = [took != "question" for took, belongs in zip(taken, fresh.values(), strict=True) if belongs == label]
        assert sum(mistaken) <= 2, label


def test_what_is_said_of_something_is_asked_for_by_few_other_messages(encoder: EmbeddedEncoder) -> None:
    trained = {text.casefold() for text in labelled_messages()}
    fresh = {text: label for text, label in labelled(HELD_OUT).items() if text.casefold() not in trained}
    taken = {message: meant(encoder, message).about >= Settings().about_bar for message in fresh}
    assert np.mean([taken[message] for message, label in fresh.items() if label == ABOUT]) >= 0.7
    assert np.mean([taken[message] for message, label in fresh.items() if label != ABOUT]) <= 0.01


@pytest.mark.parametrize(
    ("message", "topic"),
    [
        ("danke!!!", "thanks"),
        ("thx", "thanks"),
        ("¡muchas gracias!", "thanks"),
        ("谢谢", "thanks"),
        ("OK", "acknowledgement"),
        ("👍", "acknowledgement"),
        ("bist du sicher?", "sure"),
        ("are you sure about that", "sure"),
        ("Wer bist du?", "identity"),
        ("何ができますか", "abilities"),
        ("das stimmt doch gar nicht", "complaint"),
        ("Was soll die Prozentangabe unter deiner Antwort bedeuten?", "sure"),
    ],
)
def test_short_and_sloppy_messages(encoder: EmbeddedEncoder, message: str, topic: str) -> None:
    found = meant(encoder, message)
    assert (found.kind, found.topic) == ("talk", topic) and found.probability >= Settings().kind_bar


@pytest.mark.parametrize(
    "question",
    [
        "Und wann?",
        "who else?",
        "nein, ich meinte die Breite",
        "Wem dankte der Bürgermeister?",
        "Is the engineer sure that the bridge will hold?",
        "Hallo, wie hoch ist der Turm?",
        "Öffnungszeiten",
        "¿Cuántos artículos tiene la ley?",
        "他是谁？",
        "Kommt mein Hamster auch mit rein?",
        "is there an online shop for it",
        "why is that so good",
        "a favor del plan",
    ],
)
def test_questions_that_resemble_small_talk_are_questions(encoder: EmbeddedEncoder, question: str) -> None:
    assert meant(encoder, question).probability < Settings().abstained_kind_bar


@pytest.mark.parametrize(
    "message",
    [
        "Kannst du mir das Schreiben kurz zusammenfassen?",
        "résume la lettre",
        "¿me resumes el documento?",
        "何についての文書ですか",
    ],
)
def test_a_request_for_the_gist_is_one_of_whatever_kind_the_text_is(encoder: EmbeddedEncoder, message: str) -> None:
    found = meant(encoder, message)
    assert found.kind == "overview" and found.probability >= Settings().kind_bar


def test_another_encoder_tells_nothing(encoder: EmbeddedEncoder) -> None:
    class Other:
        embedded = False

    vector = encoder.encode_questions(["danke"])[0]
    assert intent(vector, Other()) == Intent("question")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("message", "topic"), [("Tschüss", "goodbye"), ("adios!", "goodbye"), ("wie bitte??", "explain")]
)
def test_small_talk_that_was_trained_on_is_known_by_heart(message: str, topic: str) -> None:
    assert known_label(message) == f"talk.{topic}"


def test_a_word_that_the_articles_have_is_no_small_talk_by_heart(encoder: EmbeddedEncoder) -> None:
    waste = Assistant.from_text("Rubbish is collected on Mondays. The bins stand in the yard.")
    assert waste.ask("rubbish").kind == "question" and waste.ask("tschüss").kind == "talk"
