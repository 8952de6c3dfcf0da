"""What is asked of one time or one class is not answered by what is said of another."""

from __future__ import annotations

import pytest

from rag import Assistant, Turn
from rag.retrieval.circumstance import circumstances, excludes, unknown_designators

LEASE = (
    "Lease of the boat shed\n\nAfter the winter break the rent is 90 pounds a month. During the winter break the tenant "
    "pays 35 pounds. The shed has two doors and a slipway."
)
TRIP = """Ausflug der 5c

Die Klasse 5c fährt am 12. Mai mit der Linie U4 zum Zoo. Der Eintritt kostet 9 Euro. Treffpunkt ist der Raum B 12.
Der Bus hat 48 Plätze und ein Display X9."""


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("How much is the rent during the winter break?", "35"),
        ("rent in the winter break", "35"),
        ("How much is the rent after the winter break?", "90"),
    ],
)
def test_the_sentence_of_the_time_that_is_asked_about_answers(question: str, value: str) -> None:
    assert value in Assistant.from_text(LEASE).ask(question).text.split("\n")[0]


def test_a_follow_up_may_name_the_time() -> None:
    lease = Assistant.from_text(LEASE)
    asked = lease.ask("rent after the winter break?")
    during = lease.ask("and during the winter break?", [Turn(asked.question, asked)])
    assert during.read_as == "Rent during the winter break?" and "35" in during.text.split("\n")[0]


@pytest.mark.parametrize(
    ("question", "sentence", "language", "is_opposite"),
    [
        ("Was gilt vor der Pause?", "Nach der langen Pause gilt Regel zwei.", "de", True),
        ("Was gilt in der Pause?", "Im Hof gilt während der Pause Regel zwei.", "de", False),
        ("What is served before the show?", "Tea is served before and after the show.", "en", False),
        ("Que se passe-t-il pendant la visite ?", "Après la visite, on ferme.", "fr", True),
        ("Wer wurde nach Kaldern eingeladen?", "Die Gäste trafen sich in Kaldern.", "de", False),
        ("Wer reiste nach dem Fest ab?", "Im Fest sang Alma.", "de", True),
        ("Was gilt vor Ostern?", "Nach Ostern gilt Regel zwei.", "de", True),
        ("Who paid before the fire?", "The fire began after midnight.", "en", False),
    ],
)
def test_only_a_noun_behind_another_preposition_is_of_another_time(
    question: str, sentence: str, language: str, is_opposite: bool
) -> None:
    assert excludes(circumstances(question, language), sentence, language) is is_opposite


def test_what_is_said_of_another_is_no_answer() -> None:
    assistant = Assistant.from_text(TRIP)
    for question in ("Wann fährt die 5c in den Zoo?", "when does class 5c go to the zoo?", "Was ist im Raum B12?"):
        assert not assistant.ask(question).abstained, question
    for question in ("Wann fährt die 5a in den Zoo?", "when does class 6c go to the zoo?", "Wohin fährt die U7?"):
        assert assistant.ask(question).abstained, question


@pytest.mark.parametrize(
    ("question", "unknown"),
    [
        ("When does 6a start?", ["6a"]),
        ("is the S5 or the T7 cheaper", ["s5"]),
        ("Is M40 the same as M 41?", ["m40"]),
        ("What happened in Q3?", []),
        ("Is it 5m or 3d or the 2e?", []),
        ("Is the G20 mentioned?", []),
        ("how much was it in 2019?", []),
    ],
)
def test_only_names_of_a_letter_and_a_number_count(question: str, unknown: list[str]) -> None:
    assert unknown_designators(question, {"t7"}.__contains__) == unknown
