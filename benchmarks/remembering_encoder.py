"""An encoder with a memory: an article that repeats itself is encoded in seconds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from index import SentenceTransformerEncoder, Span
from index.models.encoder import FloatArray
from index.settings import Progress


class RememberingEncoder(SentenceTransformerEncoder):
    """Another that encodes each passage, with the same parts, once; its vectors are the model's own."""

    def __init__(self) -> None:
        super().__init__()
        self._found: dict[tuple[str, tuple[Span, ...]], tuple[FloatArray, FloatArray]] = {}

    def encode_in_context(
        self, texts: Sequence[str], parts: Sequence[Sequence[Span]], progress: Progress | None = None
    ) -> tuple[FloatArray, list[FloatArray]]:
        """As a SentenceTransformerEncoder."""
        wanted = [(text, tuple(some)) for text, some in zip(texts, parts, strict=True)]
        new = [one for one in dict.fromkeys(wanted) if one not in self._found]
        if new:
            vectors, pooled = super().encode_in_context([text for text, _ in new], [some for _, some in new], progress)
            self._found.update(zip(new, zip(vectors, pooled, strict=True), strict=True))
        found = [self._found[one] for one in wanted]
        return np.array([vector for vector, _ in found], np.float32), [pooled for _, pooled in found]
