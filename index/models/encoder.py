"""The bi-encoder: texts in, unit vectors out; and any sentence-transformers model as one."""

from __future__ import annotations

import ctypes
import hashlib
import logging
import os
import platform
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from index.errors import ModelError
from index.models.embedded import NAME
from index.place import Span
from index.settings import Progress

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


FloatArray = npt.NDArray[np.float32]
# Of a text's tokens: their states, shape (t, dimension), and half-open offsets in it, shape (t, 2); -1 outside it.
TokenStates: TypeAlias = tuple[FloatArray, npt.NDArray[np.int64]]

# Padded tokens in one forward pass. benchmarks/precision.py: on two cores 2,000 is within 5 % of the best for
# sentences and for passages; a fixed 32 texts, sentence-transformers' default, is up to half slower on passages.
BATCH_TOKENS = 2000
# Padded tokens of a batch that one thread reads nearly as fast as several: a question has 10 to 40.
SHORT_TOKENS = 64
# Texts whose tokens are counted at once: a question waits for the tokenizer meanwhile.
COUNTED_AT_ONCE = 1024


class Encoder(Protocol):
    """Turns texts into vectors whose inner product is their similarity."""

    @property
    def fingerprint(self) -> str:
        """Identifies model and weights; two encoders with the same fingerprint make interchangeable vectors."""

    @property
    def dimension(self) -> int:
        """Length of one vector."""

    @property
    def max_tokens(self) -> int:
        """Longest input, in tokens with prompt and special tokens, that is read to its end."""

    def encode_questions(self, texts: Sequence[str]) -> FloatArray:
        """Return unit vectors, shape (len(texts), dimension)."""

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> FloatArray:
        """Return unit vectors, shape (len(texts), dimension). Reads at most `max_tokens` of each text."""

    def encode_in_context(
        self, texts: Sequence[str], parts: Sequence[Sequence[Span]], progress: Progress | None = None
    ) -> tuple[FloatArray, list[FloatArray]]:
        """Return the vectors of texts, and those of parts of each, pooled from the tokens of the whole text.

        A part's vector thereby depends on the text around it ("late chunking", Günther et al. 2024, arXiv 2409.04701).

        Args:
            texts: n passages; at most `max_tokens` of each are read.
            parts: for each text, the Spans in it to pool.
            progress: called after each batch, with the texts done and n.

        Returns:
            Unit vectors of shape (n, dimension), and for each text an array of shape (its parts, dimension). A part
            that the model did not read, or whose tokens it does not return, is all zeros.
        """

    def token_counts(self, texts: Sequence[str], progress: Progress | None = None) -> list[int]:
        """Return the length of each text in the model's own tokens, without prompt and special tokens.

        Args:
            progress: called now and then with "encoding", 0 and the number of texts: encoding is what it is done for.
        """


def prompts_for(name: str, own: dict[str, str]) -> tuple[str, str]:
    """Return the (question, passage) prompts of a model: its own, the E5 family's for one of these, or none."""
    question = own.get("query") or own.get("question") or ""
    passage = own.get("passage") or own.get("document") or own.get("corpus") or ""
    if not question and not passage and "e5" in Path(name).name.lower() and "instruct" not in name.lower():
        return "query: ", "passage: "
    return question, passage


class BatchEncoder:
    """What encoders of token states have in common: batches of texts of similar length, and parts pooled from them.

    Attributes:
        batch_tokens: padded tokens in one forward pass.
    """

    dimension: int
    max_tokens: int
    batch_tokens = BATCH_TOKENS

    def __init__(self, question_prompt: str, passage_prompt: str) -> None:
        self._question_prompt, self._passage_prompt = question_prompt, passage_prompt

    def encode_questions(self, texts: Sequence[str]) -> FloatArray:
        """Return unit vectors, as `Encoder`; one forward pass a question."""
        vectors = [self._forward([self._question_prompt + text])[0] for text in texts]
        return _unit(np.concatenate([np.zeros((0, self.dimension), np.float32), *vectors]))

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> FloatArray:
        """Return unit vectors, as `Encoder`."""
        return self.encode_in_context(texts, [[] for _ in texts], progress)[0]

    def encode_in_context(
        self, texts: Sequence[str], parts: Sequence[Sequence[Span]], progress: Progress | None = None
    ) -> tuple[FloatArray, list[FloatArray]]:
        """Return the vectors of texts, and those of parts of each, as `Encoder`."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        pooled = [np.zeros((len(some), self.dimension), np.float32) for some in parts]
        done = 0
        for batch in _batches(self.token_counts(texts, progress), self.max_tokens, self.batch_tokens):
            prompted = [self._passage_prompt + texts[i] for i in batch]
            vectors[batch], states = self._forward(prompted, tokens=any(len(parts[i]) for i in batch))
            for i, (read, offsets) in zip(batch, states, strict=False):
                for number, part in enumerate(parts[i]):
                    inside = (offsets[:, 0] < part.end) & (offsets[:, 1] > part.start)
                    if inside.any():
                        pooled[i][number] = read[inside].mean(0)
            done += len(batch)
            if progress:
                progress("encoding", done, len(texts))
        return _unit(vectors), [_unit(some) for some in pooled]

    def token_counts(self, texts: Sequence[str], progress: Progress | None = None) -> list[int]:
        """Return the length of each text in tokens, as `Encoder`."""
        counts: list[int] = []
        for start in range(0, len(texts), COUNTED_AT_ONCE):
            if progress:
                progress("encoding", 0, len(texts))
            counts += map(len, self._tokens(list(texts[start : start + COUNTED_AT_ONCE])))
        return counts

    def _forward(self, texts: list[str], *, tokens: bool = False) -> tuple[FloatArray, list[TokenStates]]:
        """Return vectors of prompted texts, shape (n, dimension), and where wanted the states of each one's tokens.

        None of them where the model does not return such.
        """
        raise NotImplementedError

    def _tokens(self, texts: list[str]) -> list[list[int]]:
        """Return the token ids of texts, without special ones."""
        raise NotImplementedError


class SentenceTransformerEncoder(BatchEncoder):
    """An Encoder over any sentence-transformers model, on the GPU when there is one. Threads may share it.

    Args:
        model: a hub name or a local folder.

    Raises:
        ModelError: the model is not available.
    """

    def __init__(self, model: str) -> None:
        self.name = model
        self._model = _load(model)
        self._model.eval()
        own = {key: text for key, text in (self._model.prompts or {}).items() if text}
        super().__init__(*prompts_for(self.name, own))
        # Held while tokenizer or network are used. A fast tokenizer may not be used by two threads at once, and torch
        # divides its work differently when several threads use it, which changes the last digits.
        self._lock = threading.Lock()
        self.dimension = int(self._model.get_embedding_dimension() or 0)
        self.max_tokens = int(self._model.get_max_seq_length() or 512)
        self.precision = str(next(iter(self._model.parameters())).dtype).removeprefix("torch.")
        self.fingerprint = f"{Path(self.name).name}@{self._hash()}"

    def _forward(self, texts: list[str], *, tokens: bool = False) -> tuple[FloatArray, list[TokenStates]]:
        # The two halves of SentenceTransformer.encode, which adds 3 ms to each call: as much as a quarter of the
        # forward pass of a short question.
        import torch

        with self._lock, torch.inference_mode():
            features = self._model.preprocess(texts)
            on_device = {k: v.to(self._model.device) if hasattr(v, "to") else v for k, v in features.items()}
            with few_threads(features["input_ids"].numel() if "input_ids" in features else BATCH_TOKENS):
                output = self._model(on_device)
            vectors, states = output["sentence_embedding"].float().cpu().numpy(), output.get("token_embeddings")
            if not tokens or states is None:
                return vectors, []
            # Padding may be on either side.
            mask = output["attention_mask"].cpu().numpy() > 0
            read = [one[inside] for one, inside in zip(states.float().cpu().numpy(), mask, strict=True)]
            again = self._model.tokenizer(
                texts, truncation=True, max_length=self.max_tokens, return_offsets_mapping=True
            )
        offsets = [without_prompt(pairs, len(self._passage_prompt)) for pairs in again["offset_mapping"]]
        return vectors, list(zip(read, offsets, strict=True))

    def _hash(self) -> str:
        """Return a hash of all that determines the vectors: the name does not tell how a model was trained.

        Weights are hashed as bfloat16, whatever this CPU loads them in. The modules with their options, the prompts and
        the tokens of a sample stand for the rest.
        """
        import torch

        sample = "Größe: 3,5 km – „naïve“ 東京 Ωμέγα 😀"
        made_of = f"{self._model!r} {self._question_prompt!r} {self._passage_prompt!r} {self._tokens([sample])!r}"
        digest = hashlib.sha256(made_of.encode())
        for name, weights in sorted(self._model.state_dict().items()):
            digest.update(f"{name}{tuple(weights.shape)}".encode())
            digest.update(weights.to(torch.bfloat16).cpu().contiguous().view(torch.uint8).numpy().data)
        return digest.hexdigest()[:12]

    def _tokens(self, texts: list[str]) -> list[list[int]]:
        tokenizer = self._model.tokenizer
        with self._lock:
            # A static model has a plain tokenizer of the library `tokenizers`.
            if not callable(tokenizer):
                return [read.ids for read in tokenizer.encode_batch(texts, add_special_tokens=False)]
            read = tokenizer(texts, add_special_tokens=False, truncation=False, verbose=False)
            return [list(ids) for ids in read["input_ids"]]


def bfloat16_is_faster() -> bool:
    """Return whether this CPU multiplies bfloat16 faster than float32.

    AMD's with avx512_bf16 and Intel's with AMX do, 1.5 to 2 times, at a mean cosine of 0.9999 to float32. Intel's with
    avx512_bf16 but no AMX, which most virtual machines report, take twice as long; other CPUs emulate bfloat16 and are
    slower still (benchmarks/precision.py).
    """
    import torch

    able: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    return bool(able.get("amx_bf16") or (able.get("avx512_bf16") and "Intel" not in str(able.get("cpu_name"))))


def keep_freed_memory() -> None:
    """Make glibc keep freed memory, for the whole process; elsewhere nothing happens."""
    # glibc returns every large block to the system and faults it in anew, page by page, in each layer: keeping it
    # encodes 1.1 to 1.7 times as fast (benchmarks/precision.py). -4 is M_MMAP_MAX, -1 M_TRIM_THRESHOLD (mallopt(3)).
    if platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        libc.mallopt(-4, 0)
        libc.mallopt(-1, 1 << 30)


@contextmanager
def few_threads(tokens: int) -> Iterator[None]:
    """Run a short text on one thread.

    A second thread makes a question's forward pass 1.3 times as fast on an idle machine. While another process uses a
    core, each of some hundred small steps waits for the thread that was descheduled: 2 to 3 times as slow beside one
    busy process (benchmarks/speed.py), more beside several.
    """
    import torch

    threads = torch.get_num_threads()
    if tokens > SHORT_TOKENS or threads == 1:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _load(name: str) -> SentenceTransformer:
    """Load a sentence-transformers folder or hub name on the best device."""
    import torch

    with _quiet():
        from sentence_transformers import SentenceTransformer

        keep_freed_memory()
        device = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
        options: dict[str, Any] = {"dtype": torch.bfloat16} if device == "cpu" and bfloat16_is_faster() else {}
        local = Path(name).is_dir()
        try:
            return SentenceTransformer(name, device=device, local_files_only=local, model_kwargs=options)
        except Exception as error:  # of a hub, a file or a format: many kinds, one meaning
            reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            raise ModelError(
                f"the model '{name}' cannot be loaded ({reason}). Expected a sentence-transformers folder or hub name; "
                f"leave --model out to use the embedded {NAME}, which needs no network.",
                "model-not-loaded",
                name=name,
                reason=reason,
                embedded=NAME,
            ) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep transformers' progress bar and report out of the user's terminal while a model loads."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from transformers.utils import logging as untyped_logging

    transformers_logging: Any = untyped_logging

    bars, level = transformers_logging.is_progress_bar_enabled(), transformers_logging.get_verbosity()
    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity(logging.ERROR)
    try:
        yield
    finally:
        transformers_logging.set_verbosity(level)
        if bars:
            transformers_logging.enable_progress_bar()


def without_prompt(pairs: npt.ArrayLike, prompt: int) -> npt.NDArray[np.int64]:
    """Return tokens' offsets in a text, of those in the prompted text, shape (t, 2); -1 outside the text."""
    offsets = np.asarray(pairs, np.int64).reshape(-1, 2) - prompt
    # The first word's token begins with the space that ends the prompt.
    offsets[:, 0] = np.where(offsets[:, 1] > 0, np.maximum(offsets[:, 0], 0), offsets[:, 0])
    offsets[(offsets[:, 0] < 0) | (offsets[:, 0] == offsets[:, 1])] = -1
    return offsets


def _unit(vectors: FloatArray) -> FloatArray:
    # In float32, because a bfloat16 norm is off by up to 0.4 %.
    scaled: FloatArray = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return scaled


def _batches(counts: list[int], longest: int, tokens: int) -> Iterator[list[int]]:
    """Yield the places of texts of similar length, as many as fit a batch."""
    batch: list[int] = []
    for i in sorted(range(len(counts)), key=lambda i: (counts[i], i)):
        if batch and (len(batch) + 1) * min(counts[i] + 8, longest) > tokens:
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch
