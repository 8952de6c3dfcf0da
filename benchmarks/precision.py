"""float32, bfloat16 or eight bits, and how many tokens to a batch, on this CPU: what index/models/ chose.

python -m benchmarks.precision

Encodes sentences and passages with torch in float32 and in bfloat16, with glibc's malloc as it is and keeping its
memory, and with OpenVINO in eight bits; prints texts per second, and the mean cosine to float32. Each combination runs
in a process of its own, with as many threads as OMP_NUM_THREADS says.
"""

from __future__ import annotations

import argparse
import itertools
import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from index import EmbeddedEncoder, bundled_article
from index.models.embedded import bundled_model_folder
from index.models.encoder import FloatArray, keep_freed_memory
from index.splitting.sentences import split_sentences

Encode: TypeAlias = Callable[[list[str], int, int], FloatArray]

TOKENS = (500, 1000, 2000, 4000, 8000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(_measure(*arguments.one)))
        return
    vectors = {}
    for precision, memory in itertools.product(("float32", "bfloat16", "int8"), ("handed back", "kept")):
        if precision != "int8" or memory == "kept":
            command = [sys.executable, "-m", "benchmarks.precision", "--one", precision, memory]
            printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            result = json.loads(printed.splitlines()[-1])
            vectors[precision] = np.asarray(result.pop("vectors"))
            print(f"{precision}, freed memory {memory}:", result, flush=True)
    for precision in ("bfloat16", "int8"):
        cosines = (vectors["float32"] * vectors[precision]).sum(1)
        print(f"{precision} to float32: mean cosine {cosines.mean():.5f}, least {cosines.min():.5f}")


def _measure(precision: str, memory: str) -> dict[str, object]:
    if memory == "kept":
        keep_freed_memory()
    encode = _eight_bits() if precision == "int8" else _torch(precision)
    article = bundled_article()
    sentences = [article.text[s.span.start : s.span.end] for s in split_sentences(article.text, "de")]
    passages = [" ".join(sentences[i : i + 5]) for i in range(len(sentences) - 5)]
    speeds: dict[str, object] = {}
    for name, texts, length in (("sentences", sentences * 20, 55), ("passages", passages * 10, 270)):
        encode(texts[:8], 2000, length)
        for tokens in TOKENS:
            started = time.perf_counter()
            encode(texts, tokens, length)
            speeds[f"{name}/s at {tokens} tokens"] = round(len(texts) / (time.perf_counter() - started), 1)
    vectors = encode(sentences, 2000, 55)
    speeds["vectors"] = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).tolist()
    return speeds


def _torch(precision: str) -> Encode:
    import torch
    from sentence_transformers import SentenceTransformer

    options = {"dtype": getattr(torch, precision)}
    model = SentenceTransformer(str(bundled_model_folder()), device="cpu", model_kwargs=options)

    def encode(texts: list[str], tokens: int, length: int) -> FloatArray:
        size = max(1, tokens // length)
        made = model.encode(texts, batch_size=size, prompt="passage: ", convert_to_tensor=True, show_progress_bar=False)
        return made.float().numpy()

    return encode


def _eight_bits() -> Encode:
    encoder = EmbeddedEncoder()

    def encode(texts: list[str], tokens: int, length: int) -> FloatArray:
        encoder.batch_tokens = tokens
        return encoder.encode_passages(texts)

    return encode


if __name__ == "__main__":
    main()
