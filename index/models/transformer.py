"""Loads a sentence-transformers model as fast as this machine runs it, and quietly."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import ModelError
from index.models.embedded import NAME

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# Padded tokens of a batch that one thread reads nearly as fast as several: a question has 10 to 40.
SHORT_TOKENS = 64


def load_model(folder: str, name: str) -> SentenceTransformer:
    """Load a sentence-transformers folder or hub name on the best device there is.

    Args:
        name: what the user called it.

    Raises:
        ModelError: it cannot be had.
    """
    import torch

    with _quiet():
        from sentence_transformers import SentenceTransformer

        keep_freed_memory()
        device = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
        options: dict[str, Any] = {"dtype": torch.bfloat16} if device == "cpu" and bfloat16_is_faster() else {}
        local = Path(folder).is_dir()
        try:
            return SentenceTransformer(folder, device=device, local_files_only=local, model_kwargs=options)
        except Exception as error:  # a hub's, a file's or a format's own: whatever it is, the model is not to be had
            reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            raise ModelError(
                f"the model '{name}' cannot be loaded ({reason}). Expected a sentence-transformers folder or hub name; "
                f"leave --model out to use the embedded {NAME}, which needs no network."
            ) from error


def bfloat16_is_faster() -> bool:
    """Whether this CPU multiplies bfloat16 faster than float32.

    AMD's with avx512_bf16 and Intel's with AMX do, 1.5 to 2 times, at a mean cosine of 0.9999 to float32; Intel's with
    avx512_bf16 but no AMX, as most virtual machines show it, take twice as long; elsewhere bfloat16 is emulated and
    slower yet (benchmarks/precision.py).
    """
    import torch

    able: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    return bool(able.get("amx_bf16") or (able.get("avx512_bf16") and "Intel" not in str(able.get("cpu_name"))))


def keep_freed_memory() -> None:
    """Have glibc keep what is freed, for the whole process; elsewhere nothing happens."""
    # glibc hands every large block back and faults it in anew, page by page, in each layer: keeping it encodes
    # 1.1 to 1.7 times as fast (benchmarks/precision.py). -4 is M_MMAP_MAX, -1 M_TRIM_THRESHOLD (mallopt(3)).
    import ctypes
    import platform

    if platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        libc.mallopt(-4, 0)
        libc.mallopt(-1, 1 << 30)


@contextmanager
def few_threads(tokens: int) -> Iterator[None]:
    """Run a short text on one thread.

    A second makes a question's forward pass 1.3 times as fast on a quiet machine. Where something else holds a core,
    each of some hundred small steps waits for the thread that it has driven out: 2 to 3 times as slow beside one busy
    process (benchmarks/speed.py), more beside several.
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


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep transformers' own progress bar and report away from the user's terminal while a model loads."""
    import os

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
