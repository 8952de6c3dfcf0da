"""A passage reader with a memory: articles that differ by a paragraph share the rest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from index.models.encoder import SentenceTransformerEncoder
from rag.reader.network import PassageReader, TokenLogits
from rag.reader.weights import trained_weights


class RememberingReader(PassageReader):
    """Another that reads each passage once with a question, as long as the same question is asked."""

    def __init__(self, encoder: SentenceTransformerEncoder, trained: dict[str, torch.Tensor]) -> None:
        super().__init__(encoder, trained)
        self._asked = ""
        self._found: dict[str, TokenLogits] = {}
        self._questions: dict[str, torch.Tensor] = {}

    def question(self, text: str) -> torch.Tensor:
        """As a PassageReader; the passages of the question before are forgotten."""
        if text != self._asked:
            self._asked = text
            self._found.clear()
        if text not in self._questions:
            self._questions[text] = super().question(text)
        return self._questions[text]

    def read(self, question: torch.Tensor, passage: str) -> TokenLogits:
        """As a PassageReader, of the question last asked."""
        if passage not in self._found:
            self._found[passage] = super().read(question, passage)
        return self._found[passage]


def readers_of_folds(encoder: SentenceTransformerEncoder, folds: Sequence[Path]) -> list[RememberingReader]:
    """Return a reader for each weight file; the n-th was trained without the articles whose number leaves n."""
    return [RememberingReader(encoder, trained_weights(encoder.tensors(), path, sha256=None)) for path in folds]
