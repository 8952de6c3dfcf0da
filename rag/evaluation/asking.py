"""One question asked as a user would ask it: the conversation before it, then itself, in one pass."""

from __future__ import annotations

import time
from dataclasses import dataclass

from index.errors import QuestionError
from rag.answer import Answer, Hit, Turn
from rag.assistant import Assistant
from rag.evaluation.question_set import GoldQuestion


@dataclass(frozen=True, slots=True)
class Asked:
    """What came back.

    Attributes:
        hits: as the reader ranks them; empty where the question could not be asked.
        passages: as retrieved, best first.
        answer: None where the question could not be asked.
        seconds: from the question to the whole answer; the turns before it do not count.
    """

    hits: tuple[Hit, ...]
    passages: tuple[Hit, ...]
    answer: Answer | None
    seconds: float


def ask(assistant: Assistant, question: GoldQuestion) -> Asked:
    """Ask the questions before it, each with those before that, then the question.

    A question that is empty or too long gets no answer, as from an assistant that finds nothing.
    """
    history: list[Turn] = []
    hits: tuple[Hit, ...] = ()
    passages: tuple[Hit, ...] = ()
    answer: Answer | None = None
    started = time.perf_counter()
    try:
        for earlier in question.earlier:
            history.append(Turn(earlier, assistant.ask(earlier, history)))
        started = time.perf_counter()
        for event in assistant.stream(question.text, history):
            hits, passages = event.hits or hits, event.passages or passages
            answer = event.answer or answer
    except QuestionError:
        pass
    return Asked(hits, passages, answer, time.perf_counter() - started)
