"""The trained reader's network: the encoder's own layers, the upper ones retrained, question and passage read together.

Question and passage go apart through the lower layers, which are the encoder's, and together through the upper ones
(DeFormer, Cao et al. 2020, arXiv 2005.00697): what the lower layers make of a passage is the same for every question
and can be kept, and they stay as well aligned between languages as the encoder was trained to be.

Functions over named tensors rather than a module with its own: the encoder's tensors are used where they lie.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import torch

Weights: TypeAlias = "Mapping[str, torch.Tensor]"

HEADS = 12
LAYERS = 12
SPLIT = 3
# Per token: begins the short answer, ends it, belongs to a sentence that answers.
LOGITS = 3


def read_apart(weights: Weights, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Return what the lower layers make of texts, each by itself.

    Args:
        weights: the encoder's, by their names in a BertModel.
        ids: token ids with prompt and special tokens, shape (n, t).
        mask: which of them are no padding, shape (n, t), bool.

    Returns:
        States, shape (n, t, hidden).
    """
    import torch
    from torch.nn.functional import embedding

    places = torch.arange(ids.shape[1], device=ids.device)
    states = (
        embedding(ids, weights["embeddings.word_embeddings.weight"])
        + embedding(places, weights["embeddings.position_embeddings.weight"])
        + weights["embeddings.token_type_embeddings.weight"][0]
    )
    states = _norm(weights, "embeddings.LayerNorm", states)
    for number in range(SPLIT):
        states = layer(weights, number, states, mask[:, None, None, :], 0.0)
    return states


def read_together(
    weights: Weights, questions: torch.Tensor, passages: torch.Tensor, mask: torch.Tensor, dropout: float = 0.0
) -> torch.Tensor:
    """Return the logits of the passages' tokens, read with their questions.

    Args:
        weights: the upper layers', and those of the heads and of the two sides.
        questions, passages: states of the lower layers, shapes (n, q, hidden) and (n, p, hidden).
        mask: which of both are no padding, questions first, shape (n, q + p), bool.
        dropout: the share of a layer's outputs left out, in training.

    Returns:
        Shape (n, p, LOGITS), each less the same logit of "nothing here answers", read at the question's first token.
    """
    import torch
    from torch.nn.functional import linear

    sides = weights["sides"]
    states = torch.cat([questions + sides[0], passages + sides[1]], dim=1)
    for number in range(SPLIT, LAYERS):
        states = layer(weights, number, states, mask[:, None, None, :], dropout)
    tokens = linear(states[:, questions.shape[1] :], weights["token_head.weight"], weights["token_head.bias"])
    nothing = linear(states[:, :1], weights["null_head.weight"], weights["null_head.bias"])
    return tokens.float() - nothing.float()


def layer(weights: Weights, number: int, states: torch.Tensor, mask: torch.Tensor, dropout: float) -> torch.Tensor:
    """One layer of BERT (Devlin et al. 2019), normalised after each of its two parts."""
    from torch.nn.functional import dropout as drop
    from torch.nn.functional import gelu, linear, softmax

    name = f"encoder.layer.{number}"

    def dense(part: str, values: torch.Tensor) -> torch.Tensor:
        return linear(values, weights[f"{name}.{part}.weight"], weights[f"{name}.{part}.bias"])

    texts, tokens, hidden = states.shape
    query, key, value = (
        dense(f"attention.self.{part}", states).view(texts, tokens, HEADS, hidden // HEADS).transpose(1, 2)
        for part in ("query", "key", "value")
    )
    # Written out: with heads of 32 dimensions, torch's own attention is no faster forward on a CPU and takes three to
    # four times as long backward.
    scores = (query @ key.transpose(-1, -2)) * (hidden // HEADS) ** -0.5
    scores = scores.masked_fill(~mask, float("-inf"))
    seen = softmax(scores, dim=-1).to(value.dtype) @ value
    seen = dense("attention.output.dense", seen.transpose(1, 2).reshape(texts, tokens, hidden))
    states = _norm(weights, f"{name}.attention.output.LayerNorm", states + drop(seen, dropout, dropout > 0))
    made = dense("output.dense", gelu(dense("intermediate.dense", states)))
    return _norm(weights, f"{name}.output.LayerNorm", states + drop(made, dropout, dropout > 0))


def _norm(weights: Weights, name: str, states: torch.Tensor) -> torch.Tensor:
    from torch.nn.functional import layer_norm

    return layer_norm(states, states.shape[-1:], weights[f"{name}.weight"], weights[f"{name}.bias"], 1e-12)
