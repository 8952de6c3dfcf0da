"""Quotations and the short answer above them."""

from __future__ import annotations

import pytest

from rag import Settings
from rag.answer import Hit
from rag.answering.answerer import ExtractiveAnswerer

TEXT = "The mill was built in 1780. It has two wheels."


def hit(start: int, end: int, rank: int, probability: float) -> Hit:
    return Hit(rank, 1.0, "mill", rank - 1, start, end, TEXT[start:end], probability)


@pytest.mark.parametrize(
    ("span", "short"),
    [
        ((22, 26), "1780"),
        # No words, and words of the other sentence.
        ((22, 22), None),
        ((35, 38), None),
        ((20, 38), None),
        (None, None),
    ],
)
def test_a_short_answer_is_words_of_the_first_sentence(span: tuple[int, int] | None, short: str | None) -> None:
    hits = [hit(0, 27, 1, 0.9), hit(28, 46, 2, 0.1)]
    answer = ExtractiveAnswerer(Settings()).answer("When?", "When?", hits, span, "en")
    assert answer.statements[0].text == (short or TEXT[:27])
    assert all(statement.text.strip() for statement in answer.statements)
    assert (answer.span is None) == (short is None)
