"""A comparison is answered by what each of two things is."""

from __future__ import annotations

import pytest

from rag import Assistant
from rag.conversation.compared import compared

BOATS = (
    "The two ferries\n\nThe Heron is 48 metres long and carries 30 cars. She was built in 1988. The Plover is 61 metres long "
    "and carries 42 cars. A trip on the Heron costs 9 euros, one on the Plover 12 euros. Both are white."
)


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("Is the Plover longer than the Heron?", ["How long is the Plover?", "How long is the Heron?"]),
        ("so is a taxi more expensive than a bus", ["How expensive is a taxi?", "How expensive is a bus?"]),
        ("Ist der Beitrag 2024 höher als 2023?", ["Wie hoch ist der Beitrag 2024?", "Wie hoch ist der Beitrag 2023?"]),
        ("ist der Pumper leiser als der Sauger", ["Wie leise ist der Pumper?", "Wie leise ist der Sauger?"]),
        ("Which is heavier, the drill or the saw?", []),
        ("IST DIE LEA ÄLTER ALS DIE ANNA?", ["Wie alt ist DIE LEA?", "Wie alt ist DIE ANNA?"]),
        ("War er Lehrer als Vater?", []),
        ("Is it longer?", []),
        ("Ist die Elbe länger als die Oder?", ["Wie lang ist die Elbe?", "Wie lang ist die Oder?"]),
        ("So is it longer than before?", []),
        ("Ist sie jetzt höher als vorher?", []),
        ("Who is taller?", []),
        ("Is there more than one ferry?", []),
    ],
)
def test_two_questions_are_read_in_a_comparison(question: str, asked: list[str]) -> None:
    assert compared(question) == asked


def test_both_values_are_cited_and_none_is_called_the_answer() -> None:
    assistant = Assistant.from_text(BOATS, language="en")
    answer = assistant.ask("Is the Plover longer than the Heron?")
    assert not answer.abstained and not answer.differs
    assert {"48", "61"} <= {word for one in answer.citations for word in one.text.split()}
    declined = assistant.ask("Is the Plover older than the Heron?")
    assert declined.abstained or "61" not in declined.statements[0].text
