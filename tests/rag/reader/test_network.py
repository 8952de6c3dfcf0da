"""The trained reader's network and its weights: the encoder's own layers, and what training changed in the upper ones."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import pytest
import torch

from index import ModelError, SentenceTransformerEncoder
from rag.reader.network import LAYERS, LOGITS, SPLIT, PassageReader, layer, read_apart, read_together
from rag.reader.weights import BLOCK, PATH, dequantise, quantise, trained_weights

TEXTS = [
    "query: Wo?",
    "passage: Yoon und Kishida trafen sich zuletzt im Mai in Seoul, im Rahmen eines Gipfels mit China.",
    "passage: 他们在首尔见面。 The tower is 330 metres tall. 😀",
]


@pytest.fixture(scope="module")
def trained(encoder: SentenceTransformerEncoder) -> dict[str, torch.Tensor]:
    return trained_weights(encoder.tensors())


def test_the_layers_are_those_of_the_encoder(encoder: SentenceTransformerEncoder) -> None:
    model = copy.deepcopy(encoder._model).float().cpu()
    weights = {name: tensor.float().cpu() for name, tensor in encoder.tensors().items()}
    with torch.inference_mode():
        features = model.preprocess(TEXTS)
        mask = features["attention_mask"].bool()
        assert not mask.all(), "texts of different lengths, so some are padded"
        states = read_apart(weights, features["input_ids"], mask)
        for number in range(SPLIT, LAYERS):
            states = layer(weights, number, states, mask[:, None, None, :], 0.0)
        expected = model(features)["token_embeddings"]
    cosines = torch.nn.functional.cosine_similarity(states, expected, dim=-1)[mask]
    assert cosines.min() > 0.999


def test_padding_does_not_change_what_is_read(
    encoder: SentenceTransformerEncoder, trained: dict[str, torch.Tensor]
) -> None:
    weights = {name: tensor.float().cpu() for name, tensor in encoder.tensors().items()}
    upper = {name: tensor.float().cpu() for name, tensor in trained.items()}
    question = torch.from_numpy(encoder.tokens_of("Wo?", question=True)[0])[None]
    passage = torch.from_numpy(encoder.tokens_of(TEXTS[1], question=False)[0])[None]
    longer = torch.cat([passage, torch.full((1, 7), 5)], dim=1)
    kept = torch.arange(longer.shape[1])[None] < passage.shape[1]
    with torch.inference_mode():
        asked = read_apart(weights, question, torch.ones_like(question, dtype=torch.bool))
        plain = read_apart(weights, passage, torch.ones_like(passage, dtype=torch.bool))
        both = torch.ones((1, question.shape[1] + passage.shape[1]), dtype=torch.bool)
        expected = read_together(upper, asked, plain, both)
        padded = read_apart(weights, longer, kept)
        both = torch.cat([torch.ones_like(question, dtype=torch.bool), kept], dim=1)
        found = read_together(upper, asked, padded, both)[:, : passage.shape[1]]
    assert expected.shape == (1, passage.shape[1], LOGITS)
    assert torch.allclose(found, expected, atol=1e-3)


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


def test_the_trained_tensors_fit_the_encoder(
    encoder: SentenceTransformerEncoder, trained: dict[str, torch.Tensor]
) -> None:
    own = encoder.tensors()
    like = own["embeddings.LayerNorm.weight"]
    upper = {name for name in own for n in range(SPLIT, LAYERS) if name.startswith(f"encoder.layer.{n}.")}
    heads = {f"{head}.{part}" for head in ("token_head", "null_head") for part in ("weight", "bias")}
    assert trained.keys() == upper | heads | {"sides"}
    for name, tensor in trained.items():
        assert torch.isfinite(tensor).all(), name
        assert (tensor.dtype, tensor.device) == (like.dtype, like.device), name
        assert name not in own or tensor.shape == own[name].shape, name
    assert any(not torch.equal(trained[name], own[name]) for name in upper), "something was trained"


def test_the_lower_layers_are_used_where_they_lie(
    encoder: SentenceTransformerEncoder, trained: dict[str, torch.Tensor]
) -> None:
    reader = PassageReader(encoder, trained)
    lying = {tensor.untyped_storage().data_ptr() for tensor in encoder._model.state_dict().values()}
    lower = [
        name
        for name in reader._weights
        if name.startswith(("embeddings.", "encoder.layer.0.", f"encoder.layer.{SPLIT - 1}."))
    ]
    assert len(lower) > 30
    assert all(reader._weights[name].untyped_storage().data_ptr() in lying for name in lower)


def test_a_missing_file_is_named_with_its_repair(encoder: SentenceTransformerEncoder, tmp_path: Path) -> None:
    for path in (tmp_path / "none.safetensors", tmp_path):
        with pytest.raises(ModelError) as caught:
            trained_weights(encoder.tensors(), path)
        said = str(caught.value)
        assert str(path) in said and "installing Beleg again" in said and "set reader to 'embedding'" in said


@pytest.mark.parametrize("damage", ["altered", "cut", "empty"])
def test_a_damaged_file_is_refused_with_its_repair(
    encoder: SentenceTransformerEncoder, tmp_path: Path, damage: str
) -> None:
    content = bytearray(PATH.read_bytes())
    content[len(content) // 2] ^= 1
    path = tmp_path / "weights.safetensors"
    path.write_bytes({"altered": bytes(content), "cut": PATH.read_bytes()[:-1], "empty": b""}[damage])
    with pytest.raises(ModelError) as caught:
        trained_weights(encoder.tensors(), path)
    said = str(caught.value)
    assert str(path) in said and "sha256" in said and "installing Beleg again" in said and "'embedding'" in said
