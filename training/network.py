"""The trained reader's network in torch, for training: rag/reader/network.py runs the same layers in eight bits.

Question and passage are read apart by the lower layers, which are the encoder's, and together by the upper ones
(DeFormer, Cao et al. 2020, arXiv 2005.00697). It is functions over named tensors and not a torch module, so that the
lower layers can be the encoder's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

import torch
from torch.nn.functional import dropout as drop
from torch.nn.functional import embedding, gelu, layer_norm, linear, scaled_dot_product_attention, softmax

from index.models.embedded_encoder import LAYERS
from index.models.transformer import HEADS
from rag.reader.network import SPLIT
from rag.reader.weights import trained_weights

Weights: TypeAlias = Mapping[str, torch.Tensor]


def trained_tensors(encoder: Weights, path: Path) -> dict[str, torch.Tensor]:
    """Return the tensors of a file of trained weights, in the precision and on the device of the encoder's."""
    like = encoder["embeddings.LayerNorm.weight"]
    read = trained_weights({name: tensor.float().cpu().numpy() for name, tensor in encoder.items()}, path, sha256=None)
    return {name: torch.from_numpy(values).to(like.device, like.dtype) for name, values in read.items()}


def read_apart(weights: Weights, ids: torch.Tensor, mask: torch.Tensor, split: int = SPLIT) -> torch.Tensor:
    """Return the lower layers' states of texts, each read by itself.

    Args:
        weights: the encoder's, by their names in a BertModel.
        ids: token ids with prompt and special tokens, shape (n, t).
        mask: False for padding, shape (n, t), bool.
        split: how many layers read apart; training tries others.

    Returns:
        States, shape (n, t, hidden).
    """
    places = torch.arange(ids.shape[1], device=ids.device)
    states = (
        embedding(ids, weights["embeddings.word_embeddings.weight"])
        + embedding(places, weights["embeddings.position_embeddings.weight"])
        + weights["embeddings.token_type_embeddings.weight"][0]
    )
    states = _norm(weights, "embeddings.LayerNorm", states)
    for number in range(split):
        states = layer(weights, number, states, mask[:, None, None, :], 0.0)
    return states


def read_together(
    weights: Weights,
    questions: torch.Tensor,
    passages: torch.Tensor,
    mask: torch.Tensor,
    dropout: float = 0.0,
    split: int = SPLIT,
) -> torch.Tensor:
    """Return the logits of the passages' tokens, read with their questions.

    Args:
        weights: of the upper layers, of the heads and of the two sides.
        questions, passages: states of the lower layers, shapes (n, q, hidden) and (n, p, hidden).
        mask: False for padding, questions first, shape (n, q + p), bool.
        dropout: the share of a layer's outputs that training leaves out.
        split: as in `read_apart`.

    Returns:
        Shape (n, p, LOGITS), each less the same logit of "nothing here answers", read at the question's first token.
    """
    sides = weights["sides"]
    states = torch.cat([questions + sides[0], passages + sides[1]], dim=1)
    for number in range(split, LAYERS):
        states = layer(weights, number, states, mask[:, None, None, :], dropout)
    tokens = linear(states[:, questions.shape[1] :], weights["token_head.weight"], weights["token_head.bias"])
    nothing = linear(states[:, :1], weights["null_head.weight"], weights["null_head.bias"])
    return tokens.float() - nothing.float()


def layer(weights: Weights, number: int, states: torch.Tensor, mask: torch.Tensor, dropout: float) -> torch.Tensor:
    """Return the states after a layer of BERT (Devlin et al. 2019), which normalises after each of its two parts."""
    name = f"encoder.layer.{number}"

    def dense(part: str, values: torch.Tensor) -> torch.Tensor:
        return linear(values, weights[f"{name}.{part}.weight"], weights[f"{name}.{part}.bias"])

    texts, tokens, hidden = states.shape
    query, key, value = (
        dense(f"attention.self.{part}", states).view(texts, tokens, HEADS, hidden // HEADS).transpose(1, 2)
        for part in ("query", "key", "value")
    )
    if states.is_cuda:
        seen = scaled_dot_product_attention(query, key, value, attn_mask=mask.expand(-1, -1, tokens, -1))
    else:
        # Not torch's own: with heads of 32 dimensions it is no faster forward on a CPU and takes three to four times as
        # long backward.
        scores = (query @ key.transpose(-1, -2)) * (hidden // HEADS) ** -0.5
        scores = scores.masked_fill(~mask, float("-inf"))
        seen = softmax(scores, dim=-1).to(value.dtype) @ value
    seen = dense("attention.output.dense", seen.transpose(1, 2).reshape(texts, tokens, hidden))
    states = _norm(weights, f"{name}.attention.output.LayerNorm", states + drop(seen, dropout, dropout > 0))
    made = dense("output.dense", gelu(dense("intermediate.dense", states)))
    return _norm(weights, f"{name}.output.LayerNorm", states + drop(made, dropout, dropout > 0))


def _norm(weights: Weights, name: str, states: torch.Tensor) -> torch.Tensor:
    return layer_norm(states, states.shape[-1:], weights[f"{name}.weight"], weights[f"{name}.bias"], 1e-12)
