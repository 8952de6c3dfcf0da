"""The trained reader's network: the encoder's own layers, of which the upper ones are retrained.

Question and passage are read apart by the lower layers, which are the encoder's, and together by the upper ones
(DeFormer, Cao et al. 2020, arXiv 2005.00697). So the lower layers' states of a passage are the same for every question
and can be kept, and these layers stay as well aligned between languages as in the encoder.

It is run as the encoder is (index/models/transformer.py); training/network.py has the same in torch.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.models.embedded_encoder import LAYERS, EmbeddedEncoder
from index.models.encoder import FloatArray
from index.models.transformer import (
    Network,
    Node,
    Weights,
    embedded_tokens,
    embedding_norm,
    layers,
    linear,
    openvino,
    states_of,
)

SPLIT = 3
# Per token: it begins the short answer, ends it, belongs to a sentence that answers; to one that supports a claim.
LOGITS = 4
# As in training. A passage is longer only if one sentence is; it is then read in windows that overlap.
QUESTION_TOKENS = 96
WINDOW_TOKENS = 320
OVERLAP_TOKENS = 64
# Tokens whose lower states are kept, 1.5 KB each: those of some 130 pages.
KEPT_TOKENS = 65_536
# No more of a passage is read; no real sentence has this many tokens.
LONGEST_PASSAGE = 4096


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
    states: FloatArray
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

    def __init__(self, encoder: EmbeddedEncoder, trained: Weights) -> None:
        self._encoder = encoder
        self._apart = _apart(encoder.weights)
        self._together = _together(trained)
        self._kept: OrderedDict[str, list[_Window]] = OrderedDict()
        self._tokens_kept = 0
        self._lock = threading.Lock()

    def question(self, text: str) -> FloatArray:
        """Return a question's lower states, shape (tokens, HIDDEN), for `read`."""
        ids, _ = self._encoder.tokens_of(text, question=True)
        return self.states(cut_middle(ids))

    def read(self, question: FloatArray, passage: str) -> TokenLogits:
        """Return the logits of a passage's tokens."""
        values, spans, states = [], [], []
        for window in self._windows(passage):
            logits = self._together(question[None], window.states[None])[0]
            inside = window.counts & (window.spans[:, 1] > window.spans[:, 0])
            values.append(logits[inside])
            spans.append(window.spans[inside])
            states.append(window.states[inside])
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
            made.append(_Window(self.states(ids[chosen]), spans[chosen], (chosen >= begins) & (chosen < ends)))
        return made

    def states(self, ids: npt.NDArray[np.int64]) -> FloatArray:
        """Return the lower layers' states of a text's tokens, shape (tokens, HIDDEN)."""
        states: FloatArray = self._apart(embedded_tokens(self._encoder.weights, ids)[None])[0]
        return states


def _apart(weights: Weights) -> Network:
    """Return the lower layers: embedded tokens, shape (n, t, HIDDEN), to states of the same shape."""
    tokens = states_of("tokens")
    return Network(layers(weights, range(SPLIT), embedding_norm(weights, tokens)), [tokens])


def _together(weights: Weights) -> Network:
    """Return the upper layers and the heads.

    Questions' and passages' states, shapes (n, q, HIDDEN) and (n, p, HIDDEN), to logits, shape (n, p, LOGITS), each
    less the same logit of "nothing here answers", read at the question's first token.
    """
    ops = openvino().opset13

    def at(number: int) -> Node:
        return ops.constant(np.asarray([number], np.int64))

    question, passage = states_of("question"), states_of("passage")
    sides = [ops.constant(side.reshape(1, 1, -1)) for side in weights["sides"]]
    both = ops.concat([ops.add(question, sides[0]), ops.add(passage, sides[1])], axis=1)
    states = layers(weights, range(SPLIT, LAYERS), both)
    begins = ops.gather(ops.shape_of(question), at(1), at(0))
    tokens = ops.slice(states, begins, at(np.iinfo(np.int32).max), at(1), at(1))
    nothing = linear(weights, "null_head", ops.slice(states, at(0), at(1), at(1), at(1)))
    return Network(ops.subtract(linear(weights, "token_head", tokens), nothing), [question, passage])


def cut_middle(ids: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return at most QUESTION_TOKENS of a question: its beginning, with the prompt, and its end, with what is asked."""
    if len(ids) <= QUESTION_TOKENS:
        return ids
    return np.concatenate([ids[: QUESTION_TOKENS // 2], ids[-QUESTION_TOKENS // 2 :]])
