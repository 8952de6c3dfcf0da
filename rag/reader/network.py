"""The trained reader's network: the encoder's own layers, of which the upper ones are retrained.

Question and passage are read apart by the lower layers, which are the encoder's, and together by the upper ones
(DeFormer, Cao et al. 2020, arXiv 2005.00697). So the lower layers' states of a passage are the same for every question
and can be kept, and these layers stay as well aligned between languages as in the encoder.

The network is functions over named tensors and not a torch module, so that it can use the encoder's tensors without a
copy.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from index.models.encoder import FloatArray, SentenceTransformerEncoder, few_threads

if TYPE_CHECKING:
    import torch


Weights: TypeAlias = "Mapping[str, torch.Tensor]"

HEADS = 12
LAYERS = 12
SPLIT = 3
# Per token: it begins the short answer, ends it, belongs to a sentence that answers; to one that supports a claim.
LOGITS = 4
# As in training. A passage is longer only if one sentence is; it is then read in windows that overlap.
QUESTION_TOKENS = 96
WINDOW_TOKENS = 320
OVERLAP_TOKENS = 64
# Tokens whose lower states are kept, 1.5 KB each in float32: those of some 130 pages.
KEPT_TOKENS = 65_536
# No more of a passage is read; no real sentence has this many tokens.
LONGEST_PASSAGE = 4096


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
    import torch
    from torch.nn.functional import embedding

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
    import torch
    from torch.nn.functional import linear

    sides = weights["sides"]
    states = torch.cat([questions + sides[0], passages + sides[1]], dim=1)
    for number in range(split, LAYERS):
        states = layer(weights, number, states, mask[:, None, None, :], dropout)
    tokens = linear(states[:, questions.shape[1] :], weights["token_head.weight"], weights["token_head.bias"])
    nothing = linear(states[:, :1], weights["null_head.weight"], weights["null_head.bias"])
    return tokens.float() - nothing.float()


def layer(weights: Weights, number: int, states: torch.Tensor, mask: torch.Tensor, dropout: float) -> torch.Tensor:
    """Return the states after a layer of BERT (Devlin et al. 2019), which normalises after each of its two parts."""
    from torch.nn.functional import dropout as drop
    from torch.nn.functional import gelu, linear, scaled_dot_product_attention, softmax

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
    from torch.nn.functional import layer_norm

    return layer_norm(states, states.shape[-1:], weights[f"{name}.weight"], weights[f"{name}.bias"], 1e-12)


@dataclass(frozen=True, slots=True)
class TokenLogits:
    """The network's output for a passage's tokens.

    Attributes:
        values: the LOGITS of each token, less those of "nothing here answers", shape (tokens, LOGITS).
        spans: half-open offsets of each token in the passage's text, shape (tokens, 2).
        states: of each token after the lower layers, the same for every question, shape (tokens, hidden); None where
            nothing was kept of them.
    """

    values: FloatArray
    spans: npt.NDArray[np.int64]
    states: FloatArray | None = None


@dataclass(frozen=True, slots=True)
class _Window:
    states: torch.Tensor
    spans: npt.NDArray[np.int64]
    # The tokens that count for this window: half of an overlap each.
    counts: npt.NDArray[np.bool_]


class PassageReader:
    """Reads passages with questions. Threads may share one; the same texts give the same logits, bit for bit.

    Each passage is read by itself, without padding: in a batch its logits would differ in the last digits, and on a CPU
    one passage of 200 tokens keeps all cores busy.

    Args:
        encoder: its lower layers are used, without a copy.
        trained: the upper layers and heads.
    """

    def __init__(self, encoder: SentenceTransformerEncoder, trained: dict[str, torch.Tensor]) -> None:
        self._encoder = encoder
        self._weights = encoder.tensors()
        self._trained = trained
        self._kept: OrderedDict[str, list[_Window]] = OrderedDict()
        self._tokens_kept = 0
        self._lock = threading.Lock()

    def question(self, text: str) -> torch.Tensor:
        """Return a question's lower states, for `read`."""
        ids, _ = self._encoder.tokens_of(text, question=True)
        return self._states(cut_middle(ids))

    def read(self, question: torch.Tensor, passage: str) -> TokenLogits:
        """Return the logits of a passage's tokens."""
        import torch

        values, spans, states = [], [], []
        for window in self._windows(passage):
            with self._encoder.lock, torch.inference_mode():
                both = torch.ones((1, question.shape[1] + window.states.shape[1]), dtype=torch.bool)
                logits = read_together(self._trained, question, window.states, both.to(question.device))
            inside = window.counts & (window.spans[:, 1] > window.spans[:, 0])
            values.append(logits[0].cpu().numpy()[inside])
            spans.append(window.spans[inside])
            states.append(as_array(window.states)[inside])
        return TokenLogits(np.concatenate(values), np.concatenate(spans), np.concatenate(states))

    def _windows(self, passage: str) -> list[_Window]:
        with self._lock:
            if passage in self._kept:
                self._kept.move_to_end(passage)
                return self._kept[passage]
        made = self._read_apart(passage)
        with self._lock:
            if passage not in self._kept:
                self._kept[passage] = made
                self._tokens_kept += sum(len(window.spans) for window in made)
            while self._tokens_kept > KEPT_TOKENS and len(self._kept) > 1:
                _, gone = self._kept.popitem(last=False)
                self._tokens_kept -= sum(len(window.spans) for window in gone)
        return made

    def _read_apart(self, passage: str) -> list[_Window]:
        ids, spans = self._encoder.tokens_of(passage, question=False)
        outside = spans[:, 1] <= spans[:, 0]
        first = int(np.argmin(outside))
        end = len(ids) - int(np.argmin(outside[::-1]))
        made = []
        last = min(end, first + LONGEST_PASSAGE)
        for start in range(first, max(last - OVERLAP_TOKENS, first + 1), WINDOW_TOKENS - OVERLAP_TOKENS):
            stop = min(start + WINDOW_TOKENS, last)
            chosen = np.r_[0:first, start:stop, end : len(ids)]
            begins = start if start == first else start + OVERLAP_TOKENS // 2
            ends = stop if stop == last else stop - OVERLAP_TOKENS // 2
            made.append(_Window(self._states(ids[chosen]), spans[chosen], (chosen >= begins) & (chosen < ends)))
        return made

    def _states(self, ids: npt.NDArray[np.int64]) -> torch.Tensor:
        import torch

        device = self._weights["embeddings.LayerNorm.weight"].device
        # The number of threads belongs to the process: only the holder of the lock may change it.
        with self._encoder.lock, few_threads(len(ids)), torch.inference_mode():
            batch = torch.from_numpy(ids)[None].to(device)
            return read_apart(self._weights, batch, torch.ones_like(batch, dtype=torch.bool))


def as_array(states: torch.Tensor) -> FloatArray:
    """Return the states of one text, shape (tokens, hidden), from a tensor of shape (1, tokens, hidden)."""
    found: FloatArray = states[0].float().cpu().numpy()
    return found


def cut_middle(ids: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return at most QUESTION_TOKENS of a question: its beginning, with the prompt, and its end, with what is asked."""
    if len(ids) <= QUESTION_TOKENS:
        return ids
    return np.concatenate([ids[: QUESTION_TOKENS // 2], ids[-QUESTION_TOKENS // 2 :]])
