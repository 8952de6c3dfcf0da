"""float32 or bfloat16, and how many tokens to a batch, on this CPU: what index/models/encoder.py chose.

python -m benchmarks.precision [--data DATA]

Encodes sentences and passages with each precision, with glibc's malloc as it is and keeping its memory; prints texts
per second, and the mean cosine of bfloat16 to float32. Each combination runs in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time

import numpy as np

from index import bundled_article
from index.models.embedded import bundled_model_folder
from index.models.encoder import keep_freed_memory
from index.splitting.sentences import split_sentences

TOKENS = (500, 1000, 2000, 4000, 8000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(_measure(*arguments.one)))
        return
    vectors = {}
    for precision in ("float32", "bfloat16"):
        for memory in ("handed back", "kept"):
            command = [sys.executable, "-m", "benchmarks.precision", "--one", precision, memory]
            printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            result = json.loads(printed.splitlines()[-1])
            vectors[precision] = np.asarray(result.pop("vectors"))
            print(f"{precision}, freed memory {memory}:", result, flush=True)
    cosines = (vectors["float32"] * vectors["bfloat16"]).sum(1)
    print(f"bfloat16 to float32: mean cosine {cosines.mean():.5f}, least {cosines.min():.5f}")


def _measure(precision: str, memory: str) -> dict[str, object]:
    import torch
    from sentence_transformers import SentenceTransformer

    if memory == "kept":
        keep_freed_memory()
    model = SentenceTransformer(
        str(bundled_model_folder()), device="cpu", model_kwargs={"dtype": getattr(torch, precision)}
    )
    article = bundled_article()
    sentences = [article.text[s.span.start : s.span.end] for s in split_sentences(article.text, "de")]
    passages = [" ".join(sentences[i : i + 5]) for i in range(len(sentences) - 5)]
    speeds: dict[str, object] = {}
    for name, texts, length in (("sentences", sentences * 20, 55), ("passages", passages * 10, 270)):
        model.encode(texts[:8], show_progress_bar=False)
        for tokens in TOKENS:
            started = time.perf_counter()
            model.encode(texts, batch_size=max(1, tokens // length), show_progress_bar=False)
            speeds[f"{name}/s at {tokens} tokens"] = round(len(texts) / (time.perf_counter() - started), 1)
    vectors = model.encode(sentences, convert_to_tensor=True, show_progress_bar=False).float()
    speeds["vectors"] = torch.nn.functional.normalize(vectors, dim=1).cpu().tolist()
    return speeds


if __name__ == "__main__":
    main()
