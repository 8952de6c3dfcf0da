"""One passage read with one question → logits of its tokens, and where they lie in its text."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from index.encoder import FloatArray, SentenceTransformerEncoder
from index.model_loading import few_threads
from rag.reader_network import read_apart, read_together

if TYPE_CHECKING:
    import torch

# As in training. A passage is longer only where one sentence is: it is read in windows that overlap.
QUESTION_TOKENS = 96
WINDOW_TOKENS = 320
OVERLAP_TOKENS = 64
# Tokens whose lower states are kept, 1.5 KB each in float32: those of some 130 pages.
KEPT_TOKENS = 65_536
# Of a passage, the rest is not read: a sentence of this many tokens is none.
LONGEST_PASSAGE = 4096


@dataclass(frozen=True, slots=True)
class TokenLogits:
    """What the network makes of a passage's tokens.

    Attributes:
        values: begins the short answer, ends it, belongs to an answering sentence; each less the same logit of "nothing
            here answers". Shape (tokens, 3).
        spans: half-open offsets of each token in the passage's text, shape (tokens, 2).
    """

    values: FloatArray
    spans: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Lower:
    states: torch.Tensor
    spans: npt.NDArray[np.int64]
    # Which tokens are this window's: of an overlap, half belong to each.
    counts: npt.NDArray[np.bool_]


class PassageReader:
    """Reads passages with questions. Threads may share one; the same texts give the same logits, bit for bit.

    Each passage is read by itself, unpadded: beside others its numbers would differ in the last digits, and on a CPU
    one of 200 tokens keeps all cores busy.

    Args:
        encoder: whose lower layers are used where they lie.
        trained: the upper layers and heads.
    """

    def __init__(self, encoder: SentenceTransformerEncoder, trained: dict[str, torch.Tensor]) -> None:
        self._encoder = encoder
        self._weights = encoder.tensors()
        self._trained = trained
        self._kept: OrderedDict[str, list[_Lower]] = OrderedDict()
        self._tokens_kept = 0
        self._lock = threading.Lock()

    def question(self, text: str) -> torch.Tensor:
        """Return a question's lower states, for `read`."""
        ids, _ = self._encoder.tokens_of(text, question=True)
        return self._states(cut_middle(ids))

    def read(self, question: torch.Tensor, passage: str) -> TokenLogits:
        """Return the logits of a passage's tokens."""
        import torch

        values, spans = [], []
        for lower in self._lower(passage):
            with self._encoder.lock, torch.inference_mode():
                both = torch.ones((1, question.shape[1] + lower.states.shape[1]), dtype=torch.bool)
                logits = read_together(self._trained, question, lower.states, both.to(question.device))
            inside = lower.counts & (lower.spans[:, 1] > lower.spans[:, 0])
            values.append(logits[0].cpu().numpy()[inside])
            spans.append(lower.spans[inside])
        return TokenLogits(np.concatenate(values), np.concatenate(spans))

    def _lower(self, passage: str) -> list[_Lower]:
        with self._lock:
            if passage in self._kept:
                self._kept.move_to_end(passage)
                return self._kept[passage]
        made = self._read_apart(passage)
        with self._lock:
            if passage not in self._kept:
                self._kept[passage] = made
                self._tokens_kept += sum(len(lower.spans) for lower in made)
            while self._tokens_kept > KEPT_TOKENS and len(self._kept) > 1:
                _, gone = self._kept.popitem(last=False)
                self._tokens_kept -= sum(len(lower.spans) for lower in gone)
        return made

    def _read_apart(self, passage: str) -> list[_Lower]:
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
            made.append(_Lower(self._states(ids[chosen]), spans[chosen], (chosen >= begins) & (chosen < ends)))
        return made

    def _states(self, ids: npt.NDArray[np.int64]) -> torch.Tensor:
        import torch

        device = self._weights["embeddings.LayerNorm.weight"].device
        # The number of threads is the process's: changed only by who holds the lock.
        with self._encoder.lock, few_threads(len(ids)), torch.inference_mode():
            batch = torch.from_numpy(ids)[None].to(device)
            return read_apart(self._weights, batch, torch.ones_like(batch, dtype=torch.bool))


def cut_middle(ids: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return at most QUESTION_TOKENS of a question: its end says what is asked for, its beginning holds the prompt."""
    if len(ids) <= QUESTION_TOKENS:
        return ids
    return np.concatenate([ids[: QUESTION_TOKENS // 2], ids[-QUESTION_TOKENS // 2 :]])
