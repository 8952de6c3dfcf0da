"""Claims that a text supports, and claims that differ from it in one thing."""

from __future__ import annotations

import random

import pytest

from training.claims import ClaimMaker, shortened, statement

SENTENCES = [
    "Der Turm (einer der höchsten) wurde im Mai 1887 von Anna Berg gebaut, weil Paris eine Messe plante.",
    "Peter Lang verkaufte ihn 1912 an Bruno Stein.",
]


@pytest.mark.parametrize(
    ("change", "gone", "language", "text"),
    [
        ("number", "1887", "de", SENTENCES[0]),
        ("date", "Mai", "de", SENTENCES[0]),
        ("name", "Anna Berg", "de", "Gebaut wurde er von Anna Berg."),
        ("negation", "", "de", "Der Turm ist hoch."),
        ("negation", "", "en", "The tower is high."),
        ("opposite", "higher", "en", "It is higher than others."),
        ("exchange", "", "en", "Peter Long sold it to Bruno Stein."),
    ],
)
def test_a_claim_is_changed_in_one_thing(change: str, gone: str, language: str, text: str) -> None:
    maker = ClaimMaker(random.Random(1), {})
    made = {maker.changed(text, " ".join(SENTENCES), language, change) for _ in range(20)} - {""}
    assert made and text not in made
    assert all(not gone or gone not in claim for claim in made)
    words = set(text.replace(".", "").split())
    assert all(len(words - set(claim.replace(".", "").split())) <= 3 for claim in made), "all else stays"


def test_a_text_without_such_a_thing_is_not_changed() -> None:
    maker = ClaimMaker(random.Random(1), {})
    assert maker.changed("es regnet", "es regnet", "de", "number") == ""
    assert maker.changed("es regnet", "es regnet", "de", "date") == ""


def test_a_shorter_sentence_says_no_more() -> None:
    short = shortened(SENTENCES[0], random.Random(0))
    assert short == "Der Turm wurde im Mai 1887 von Anna Berg gebaut."


def test_a_question_and_its_answer_are_a_statement() -> None:
    assert statement("Wann wurde der Turm gebaut?", "1887", "de") == "1887 wurde der Turm gebaut."
    assert statement("Wie viele Stufen hat der Turm?", "300", "de") == "300 Stufen hat der Turm."
    assert statement("Who painted the tower?", "Anna Berg", "en") == "Anna Berg painted the tower."
    assert statement("When was the tower built?", "1887", "en") == "", "not the subject"


def test_half_of_the_claims_are_supported() -> None:
    maker = ClaimMaker(random.Random(2), {})
    claims = [maker.of_sentence(SENTENCES, number, "de") for _ in range(200) for number in (0, 1)]
    kept = [claim for claim in claims if claim]
    supported = sum(claim.supported for claim in kept) / len(kept)
    assert 0.4 < supported < 0.65
    assert all(bool(claim.change) != claim.supported for claim in kept)
    answers = [
        maker.of_answer("Wann wurde er verkauft?", "1912", ["1887", "Paris"], SENTENCES, 1, "de") for _ in range(100)
    ]
    wrong = [claim for claim in answers if claim and claim.change == "answer"]
    assert wrong and all("1887" in claim.text and not claim.supported for claim in wrong), "an answer of the same kind"
