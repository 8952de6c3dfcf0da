"""A class, a model or a line that no article has by its name."""

from __future__ import annotations

import pytest

from rag import Assistant
from rag.retrieval.designator import unknown_designators

TRIP = """Ausflug der 5c

Die Klasse 5c fährt am 12. Mai mit der Linie U4 zum Zoo. Der Eintritt kostet 9 Euro. Treffpunkt ist der Raum B 12.
Der Bus hat 48 Plätze und ein Display X9."""


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
