"""The reader's network in torch: the encoder's own layers, whatever is padded."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModel, AutoTokenizer

from index.models.embedded import bundled_model_folder
from index.models.embedded_encoder import LAYERS
from rag.reader.network import LOGITS, SPLIT
from rag.reader.weights import PATH
from training.network import layer, read_apart, read_together, trained_tensors

TEXTS = [
    "query: Wo?",
    "passage: Yoon und Kishida trafen sich zuletzt im Mai in Seoul, im Rahmen eines Gipfels mit China.",
    "passage: 他们在首尔见面。 The tower is 330 metres tall. 😀",
]


@pytest.fixture(scope="module")
def weights() -> dict[str, torch.Tensor]:
    return load_file(bundled_model_folder() / "model.safetensors")


@pytest.fixture(scope="module")
def read() -> tuple[torch.Tensor, torch.Tensor]:
    found = AutoTokenizer.from_pretrained(bundled_model_folder())(TEXTS, padding=True, return_tensors="pt")
    return found["input_ids"], found["attention_mask"].bool()


def test_the_layers_are_those_of_the_encoder(
    weights: dict[str, torch.Tensor], read: tuple[torch.Tensor, torch.Tensor]
) -> None:
    ids, mask = read
    assert not mask.all(), "texts of different lengths, so some are padded"
    with torch.inference_mode():
        states = read_apart(weights, ids, mask)
        for number in range(SPLIT, LAYERS):
            states = layer(weights, number, states, mask[:, None, None, :], 0.0)
        model = AutoModel.from_pretrained(bundled_model_folder()).float().eval()
        expected = model(input_ids=ids, attention_mask=mask.long())[0]
    assert torch.nn.functional.cosine_similarity(states, expected, dim=-1)[mask].min() > 0.999


def test_padding_does_not_change_what_is_read(
    weights: dict[str, torch.Tensor], read: tuple[torch.Tensor, torch.Tensor]
) -> None:
    upper = trained_tensors(weights, PATH)
    (question, passage), mask = (
        (ids[row : row + 1, : int(read[1][row].sum())] for ids, row in ((read[0], 0), (read[0], 1))),
        read[1],
    )
    longer, kept = read[0][1:2], mask[1:2]
    longer, kept = (
        torch.cat([longer, torch.full((1, 7), 5)], 1),
        torch.cat([kept, torch.zeros((1, 7), dtype=torch.bool)], 1),
    )
    whole = [torch.ones_like(some, dtype=torch.bool) for some in (question, passage)]
    with torch.inference_mode():
        asked, plain = (read_apart(weights, some, ones) for some, ones in zip((question, passage), whole, strict=True))
        expected = read_together(upper, asked, plain, torch.cat(whole, 1))
        padded = read_apart(weights, longer, kept)
        found = read_together(upper, asked, padded, torch.cat([whole[0], kept], 1))[:, : passage.shape[1]]
    assert expected.shape == (1, passage.shape[1], LOGITS)
    assert torch.allclose(found, expected, atol=1e-3)
