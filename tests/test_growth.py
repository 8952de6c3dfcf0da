"""What a text costs grows with its length, not with the square of it: a hundred times the text is read in time."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from benchmarks.growth import RATIO, SECONDS, cases, seconds
from rag.conversation.message import questions_of


@pytest.mark.parametrize(("name", "run"), [pytest.param(*case, id=case[0]) for case in cases()])
def test_ten_times_as_much_takes_about_ten_times_as_long(name: str, run: Callable[[int], object]) -> None:
    # Nothing is counted twice: what is loaded or made once belongs to neither.
    run(1)
    tenth = seconds(run, 10)
    whole = seconds(run, 100)
    assert whole <= SECONDS or whole <= RATIO * tenth, (name, tenth, whole)


def test_a_message_of_conjunctions_is_one_question() -> None:
    assert len(questions_of("Wer kam wann an und wer fuhr wieder ab?")) == 2
    assert len(questions_of("wer ist das und " * 200 + "wo?")) == 1
