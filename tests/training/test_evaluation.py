"""The evaluation that training is steered by: judged as the reader's answers are, on passages as they are read."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file

from index.models.embedded import bundled_model_folder
from rag.reader.network import SPLIT
from rag.reader.weights import PATH
from training.evaluation import Cases, evaluate, summary
from training.network import trained_tensors

TOWER = "Der Turm steht in Bonn. Er ist 330 Meter hoch. Viele Leute besuchen ihn."
BREAD = "Brot backt man bei 230 Grad. Danach ruht es auf einem Gitter."


def write(path: Path, *paragraphs: tuple[str, str, str]) -> None:
    entries = []
    for context, question, answer in paragraphs:
        answers = [{"text": answer, "answer_start": context.index(answer)}] if answer else []
        entries.append({"context": context, "qas": [{"question": question, "answers": answers}]})
    path.write_bytes(gzip.compress(json.dumps({"data": [{"title": "Bau", "paragraphs": entries}]}).encode()))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    asked = [(TOWER, "Wie hoch ist der Turm?", "330 Meter"), (BREAD, "Bei wie viel Grad backt man Brot?", "230 Grad")]
    write(tmp_path / "germanquad.de.json.gz", *asked)
    write(tmp_path / "germanquad-no-answer.de.json.gz", *((BREAD, question, "") for _, question, _ in asked[:1]),
          *((TOWER, question, "") for _, question, _ in asked[1:]))  # fmt: skip
    return tmp_path


@pytest.mark.parametrize("titles", [False, True])
def test_a_case_says_where_its_answer_is(folder: Path, titles: bool) -> None:
    cases = list(Cases(titles).of_germanquad(folder))
    assert len(cases) == 2
    for case, answer in zip(cases, ("330 Meter", "230 Grad"), strict=True):
        number, start, end = case.gold
        assert case.texts[number].text[start:end] == answer and number in case.own
        assert len(case.texts) == 2 and all(answer not in text.text for text in case.without)


@pytest.mark.model
def test_a_plain_answer_is_judged_right(folder: Path) -> None:
    weights = trained_tensors(load_file(bundled_model_folder() / "model.safetensors"), PATH)
    cases = Cases(titles=False)
    outcomes = evaluate(weights, cases, list(cases.of_germanquad(folder))[:1], SPLIT)
    figures = summary(outcomes)
    assert figures["first"] == figures["three"] == figures["within"] == 1
    assert figures["f1"] == figures["exact"] == figures["auroc"] == 1 and 0 < figures["loss"] < 0.5
    assert all(one.without is not None and np.isfinite(one.score) for one in outcomes)
