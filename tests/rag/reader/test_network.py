"""The trained reader's network and its weights: the encoder's own layers, and what training changed in the upper ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch

from index import EmbeddedEncoder, ModelError
from index.models.embedded_encoder import LAYERS
from rag.reader.network import SPLIT, PassageReader
from rag.reader.weights import BLOCK, PATH, dequantise, quantise, trained_weights
from training.network import read_apart, read_together

Tensors = dict[str, npt.NDArray[np.float32]]

QUESTIONS = ["Wo?", "Wann trafen sich Yoon und Kishida zuletzt, und in welcher Stadt war das?", "How tall is it?"]
PASSAGES = [
    "Yoon und Kishida trafen sich zuletzt im Mai in Seoul, im Rahmen eines Gipfels mit China.",
    "他们在首尔见面。 The tower is 330 metres tall. 😀",
    "Kurz.",
]


@pytest.fixture(scope="module")
def trained(encoder: EmbeddedEncoder) -> Tensors:
    return trained_weights(encoder.weights)


def test_passages_are_read_as_torch_reads_them(encoder: EmbeddedEncoder, trained: Tensors) -> None:
    reader = PassageReader(encoder, trained)
    lower, upper = (
        {name: torch.from_numpy(np.array(tensor)) for name, tensor in some.items()}
        for some in (encoder.weights, trained)
    )
    pairs = [(question, passage) for question in QUESTIONS for passage in PASSAGES]
    for question, passage in pairs:
        with torch.inference_mode():
            asked, text = (
                torch.from_numpy(encoder.tokens_of(some, question=some is question)[0])[None]
                for some in (question, passage)
            )
            both = torch.ones((1, asked.shape[1] + text.shape[1]), dtype=torch.bool)
            states = [read_apart(lower, ids, torch.ones_like(ids, dtype=torch.bool)) for ids in (asked, text)]
            expected = read_together(upper, *states, both)[0].numpy()
        _, spans = encoder.tokens_of(passage, question=False)
        found = reader.read(reader.question(question), passage)
        expected = expected[spans[:, 1] > spans[:, 0]]
        assert found.values.shape == expected.shape
        # Eight bits are not exact; logits differ by several where it matters.
        assert np.abs(found.values - expected).mean() < 0.5
        assert np.corrcoef(found.values.ravel(), expected.ravel())[0, 1] > 0.995


def test_values_that_can_be_stored_come_back_exactly() -> None:
    chance = np.random.default_rng(1)
    steps = chance.integers(-8, 8, (50, BLOCK)).astype(np.float32)
    steps[:, 3] = -8
    sizes = np.float32(2.0) ** chance.integers(-12, 3, (50, 1)) * chance.choice([-1, 1], (50, 1))
    values = (steps * sizes).astype(np.float32)
    values[7] = 0
    nibbles, scales = quantise(values.reshape(-1))
    assert nibbles.dtype == np.uint8 and nibbles.shape == (50 * BLOCK // 2,)
    assert scales.dtype == np.float16 and scales.shape == (50,)
    assert np.array_equal(dequantise(nibbles, scales), values.reshape(-1))


def test_other_values_come_back_to_half_a_step() -> None:
    values = np.random.default_rng(2).normal(0, 0.02, 500 * BLOCK).astype(np.float32)
    nibbles, scales = quantise(values)
    errors = np.abs(dequantise(nibbles, scales) - values).reshape(-1, BLOCK)
    blocks, steps = values.reshape(-1, BLOCK), scales.astype(np.float32)[:, None]
    within = (blocks / steps >= -8.5) & (blocks / steps <= 7.5)
    assert within.mean() > 0.9, "few are cut off"
    assert (errors <= np.abs(steps) * 0.501)[within].all()
    assert np.sqrt((errors**2).mean()) < 0.1 * values.std()


def test_tiny_values_become_zero_rather_than_nothing() -> None:
    values = np.full(BLOCK, 1e-12, np.float32)
    assert np.array_equal(dequantise(*quantise(values)), np.zeros(BLOCK, np.float32))


def test_the_trained_tensors_fit_the_encoder(encoder: EmbeddedEncoder, trained: Tensors) -> None:
    own = encoder.weights
    upper = {name for name in own for n in range(SPLIT, LAYERS) if name.startswith(f"encoder.layer.{n}.")}
    heads = {f"{head}.{part}" for head in ("token_head", "null_head") for part in ("weight", "bias")}
    assert trained.keys() == upper | heads | {"sides"}
    for name, tensor in trained.items():
        assert np.isfinite(tensor).all() and tensor.dtype == np.float32, name
        assert name not in own or tensor.shape == own[name].shape, name
    assert any(not np.array_equal(trained[name], own[name]) for name in upper), "something was trained"


def test_a_missing_file_is_named_with_its_repair(encoder: EmbeddedEncoder, tmp_path: Path) -> None:
    for path in (tmp_path / "none.safetensors", tmp_path):
        with pytest.raises(ModelError) as caught:
            trained_weights(encoder.weights, path)
        said = str(caught.value)
        assert str(path) in said and "installing Beleg again" in said and "set reader to 'embedding'" in said


@pytest.mark.parametrize("damage", ["altered", "cut", "empty"])
def test_a_damaged_file_is_refused_with_its_repair(encoder: EmbeddedEncoder, tmp_path: Path, damage: str) -> None:
    content = bytearray(PATH.read_bytes())
    content[len(content) // 2] ^= 1
    path = tmp_path / "weights.safetensors"
    path.write_bytes({"altered": bytes(content), "cut": PATH.read_bytes()[:-1], "empty": b""}[damage])
    with pytest.raises(ModelError) as caught:
        trained_weights(encoder.weights, path)
    said = str(caught.value)
    assert str(path) in said and "sha256" in said and "installing Beleg again" in said and "'embedding'" in said
