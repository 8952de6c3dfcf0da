"""The encoder's layers in eight bits: near those in 32, without torch, and telling nobody."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModel

from index import EmbeddedEncoder
from index.models.embedded import bundled_model_folder
from index.models.transformer import mapped_tensors

TEXTS = [
    "Der Gipfel fand in Washington statt.",
    "Yoon und Kishida trafen sich zuletzt im Mai in Seoul, im Rahmen eines Gipfels mit China. " * 12,
    "他们在首尔见面。会谈持续了两个小时。",
    "The tower is 330 metres tall. It was built in 1889. 😀",
]


def test_vectors_are_near_those_in_32_bits(encoder: EmbeddedEncoder) -> None:
    model = AutoModel.from_pretrained(bundled_model_folder()).float().eval()
    for text, vector in zip(TEXTS, encoder.encode_passages(TEXTS), strict=True):
        ids, _ = encoder.tokens_of(text, question=False)
        with torch.inference_mode():
            expected = model(input_ids=torch.from_numpy(ids)[None])[0][0].mean(0).numpy()
        assert vector @ expected / np.linalg.norm(expected) > 0.998


def test_the_weights_are_mapped_and_those_of_the_file() -> None:
    path = bundled_model_folder() / "model.safetensors"
    found = mapped_tensors(path)
    assert all(isinstance(tensor.base, np.memmap) and tensor.dtype == np.float32 for tensor in found.values())
    words = found["embeddings.word_embeddings.weight"]
    assert words.shape == (250_037, 384) and np.isfinite(words[::10_000]).all() and words[5].any()


def test_a_question_needs_no_torch_and_openvino_tells_nobody(tmp_path: Path) -> None:
    code = (
        "import socket, sys\n"
        "def refuse(*_): raise AssertionError('the network was used')\n"
        "socket.socket.connect = refuse\n"
        "socket.getaddrinfo = refuse\n"
        "from rag import Assistant\n"
        "print(Assistant.open().ask('Wann trafen sich Yoon und Kishida zuletzt?').abstained)\n"
        "print([name for name in ('torch', 'transformers', 'openvino_telemetry') if name in sys.modules])\n"
        "print('openvino' in sys.modules)"
    )
    home = {"HOME": str(tmp_path), "BELEG_CACHE": str(bundled_model_folder().parent.parent)}
    environment = {name: value for name, value in os.environ.items() if name != "CI"} | home
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert run.stdout.split("\n")[:3] == ["False", "[]", "True"], run.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_signal_is_handled_after_networks_have_come_and_gone() -> None:
    code = (
        "import faulthandler, gc, os, signal\n"
        "from index.models.embedded_encoder import EmbeddedEncoder\n"
        "faulthandler.enable()\n"
        "first, second = EmbeddedEncoder(), EmbeddedEncoder()\n"
        "del first; gc.collect()\n"
        "del second; gc.collect()\n"
        "signal.signal(signal.SIGTERM, lambda *_: print('told'))\n"
        "os.kill(os.getpid(), signal.SIGTERM)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (run.returncode, run.stdout) == (0, "told\n"), run.stderr
