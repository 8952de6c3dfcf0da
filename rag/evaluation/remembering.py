"""An encoder that encodes what it has just seen only once: articles that differ by a paragraph share the rest."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from index import Encoder, Span
from index.encoder import FloatArray
from index.progress import Progress

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")

# An article and its twins have about a hundred; one takes about 5 KB.
MAX_TEXTS = 1024


class RememberingEncoder:
    """Another encoder with a memory of the last texts. Not for threads.

    Args:
        max_texts: how many texts, with the parts that were asked of them, are kept; the least recently used go first.
        questions: whether questions are remembered too, which makes asking one again faster than it is.
    """

    def __init__(self, encoder: Encoder, max_texts: int = MAX_TEXTS, questions: bool = False) -> None:
        self._encoder = encoder
        self._max_texts = max_texts
        self._remembers_questions = questions
        self._questions: OrderedDict[str, FloatArray] = OrderedDict()
        self._texts: OrderedDict[tuple[str, tuple[Span, ...]], tuple[FloatArray, FloatArray]] = OrderedDict()

    @property
    def fingerprint(self) -> str:
        """The encoder's own."""
        return self._encoder.fingerprint

    @property
    def dimension(self) -> int:
        """The encoder's own."""
        return self._encoder.dimension

    @property
    def max_tokens(self) -> int:
        """The encoder's own."""
        return self._encoder.max_tokens

    def token_counts(self, texts: Sequence[str]) -> list[int]:
        """Return the encoder's own."""
        return self._encoder.token_counts(texts)

    def encode_questions(self, texts: Sequence[str]) -> FloatArray:
        """As the encoder; remembered by text where that is wanted."""
        if not self._remembers_questions or not texts:
            return self._encoder.encode_questions(texts)

        def encode(new: list[str]) -> list[FloatArray]:
            return list(self._encoder.encode_questions(new))

        found: list[FloatArray] = self._recall(self._questions, list(texts), encode)
        return np.stack(found)

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> FloatArray:
        """As the encoder, remembered by text."""
        return self.encode_in_context(texts, [[] for _ in texts], progress)[0]

    def encode_in_context(
        self, texts: Sequence[str], parts: Sequence[Sequence[Span]], progress: Progress | None = None
    ) -> tuple[FloatArray, list[FloatArray]]:
        """As the encoder, remembered by text and parts."""

        def encode(new: list[tuple[str, tuple[Span, ...]]]) -> list[tuple[FloatArray, FloatArray]]:
            vectors, pooled = self._encoder.encode_in_context([text for text, _ in new], [p for _, p in new], progress)
            # Copies, because a row keeps the whole array it is of alive.
            return [(vector.copy(), some) for vector, some in zip(vectors, pooled, strict=True)]

        if not texts:
            return self._encoder.encode_in_context(texts, parts, progress)
        keys = [(text, tuple(some)) for text, some in zip(texts, parts, strict=True)]
        found = self._recall(self._texts, keys, encode)
        return np.stack([vector for vector, _ in found]), [pooled for _, pooled in found]

    def _recall(
        self, memory: OrderedDict[_Key, _Value], keys: list[_Key], encode: Callable[[list[_Key]], list[_Value]]
    ) -> list[_Value]:
        new = [key for key in dict.fromkeys(keys) if key not in memory]
        if new:
            memory.update(zip(new, encode(new), strict=True))
        for key in keys:
            memory.move_to_end(key)
        found = [memory[key] for key in keys]
        while len(memory) > self._max_texts:
            memory.popitem(last=False)
        return found
