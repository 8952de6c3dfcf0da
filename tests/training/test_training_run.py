"""A training run that was stopped: started again, it ends where it would have."""

from __future__ import annotations

import gzip
import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from training import build, train

CONTEXTS = ["The tower is 330 metres tall.", "Bread is baked at 230 degrees.", "They met in Seoul in May."]
QAS = [("How tall is it?", "330 metres"), ("How hot?", "230 degrees"), ("Where did they meet?", "Seoul")]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    paragraphs = [
        {"context": c, "qas": [{"question": q, "answers": [{"text": a, "answer_start": c.index(a)}]}]}
        for c, (q, a) in zip(CONTEXTS, QAS, strict=True)
    ]
    (tmp_path / "data").mkdir()
    content = json.dumps({"data": [{"paragraphs": paragraphs}]}).encode()
    (tmp_path / "data" / "norquad.nb.json.gz").write_bytes(gzip.compress(content))
    return tmp_path / "data"


@pytest.fixture(autouse=True)
def own_handler() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.model
def test_a_stopped_run_goes_on_to_the_same_weights(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    start = train.starting_weights
    begun: list[dict[str, torch.Tensor]] = []

    class Stopping(torch.optim.AdamW):
        """Has the run told to end in its second step."""

        taken = 0

        def step(self, closure: Any = None) -> None:
            super().step(closure)
            self.taken += 1
            if self.taken == 2:
                os.kill(os.getpid(), signal.SIGTERM)

    def run(out: Path) -> None:
        # Three examples: four steps.
        options = ["--corpus", str(corpus), "--out", str(out), "--batch", "1", "--epochs", "1.3"]
        monkeypatch.setattr(sys, "argv", ["train", *options])
        train.main()

    corpus = tmp_path / "sets.npz"
    monkeypatch.setattr(sys, "argv", ["build", "sets", "--data", str(data), "--out", str(corpus)])
    build.main()

    run(whole)
    with monkeypatch.context() as patched:
        patched.setattr(train, "starting_weights", lambda *given: begun.append(start(*given)) or begun[0])
        patched.setattr(torch.optim, "AdamW", Stopping)
        run(parts)
    assert "stopped after step 2\n" in capsys.readouterr().out
    assert not (parts / "weights.safetensors").exists()
    run(parts)
    assert "going on from step 2\n" in capsys.readouterr().out
    last = [json.loads(line) for line in (parts / "log.jsonl").read_text().splitlines()][-1]
    assert last["step"] == last["of"] >= 4
    expected, found = load_file(whole / "weights.safetensors"), load_file(parts / "weights.safetensors")
    assert expected.keys() == found.keys()
    for name in expected:
        assert torch.isfinite(found[name]).all() and torch.allclose(found[name], expected[name], atol=1e-5), name
    assert not torch.allclose(begun[0]["sides"].detach().cpu(), found["sides"], atol=1e-5), "two more steps were made"
