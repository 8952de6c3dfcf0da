"""Indexing speed and peak memory at 1, 100 and 10,000 articles, against a bare `encode` of the same texts.

python -m benchmarks.indexing DATA [--articles N …] [--json OUT]

The articles are made of the development data's sentences: one of 200 sentences, 100 of 20, 10,000 of 3. Each size runs
in a process of its own. "bare" is sentence-transformers' own `encode` of the sentences and the passages, in its own
default batches, of at most 2,000 texts taken at even distances; the ratio is of Beleg's whole build, per text, to it,
below 1 where Beleg is the faster.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

from sentence_transformers import SentenceTransformer

from index import Article, EmbeddedEncoder, build_index
from index.models.embedded import bundled_model_folder

BARE_TEXTS = 2000
SENTENCES = {1: 200, 100: 20, 10_000: 3}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--articles", type=int, nargs="*", default=list(SENTENCES))
    parser.add_argument("--json", type=Path)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(_measure(_articles(arguments.data, arguments.one))))
        return
    results = {}
    for number in arguments.articles:
        command = [sys.executable, "-m", "benchmarks.indexing", str(arguments.data), "--one", str(number)]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        results[number] = json.loads(printed.splitlines()[-1])
        print(number, "articles:", results[number], flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def _articles(data: Path, number: int) -> list[Article]:
    found: list[str] = []
    for language in ("de", "en"):
        for item in json.loads((data / f"{language}.json").read_text(encoding="utf-8"))["data"]:
            found += [sentence.strip() for paragraph in item["paragraphs"] for sentence in paragraph["sentences"]]
    each = SENTENCES.get(number, 3)
    texts = []
    for i in range(number):
        # A stride coprime to the number of sentences, so that no two articles are the same.
        chosen = [found[(i * 7 + j * (1 + i // len(found))) % len(found)] for j in range(each)]
        texts.append(f"Nr. {i}\n\n" + " ".join(chosen))
    return [Article.read(text, title=f"Nr. {i}", language="de") for i, text in enumerate(texts)]


def _measure(articles: list[Article]) -> dict[str, float]:
    encoder = EmbeddedEncoder()
    encoder.encode_passages(["warm"] * 8)
    before = _peak_megabytes()
    started = time.perf_counter()
    index = build_index(articles, encoder)
    built = time.perf_counter() - started
    peak = _peak_megabytes()
    texts = [index.articles[a].text[start:end] for a, start, end, _ in index.sentences]
    texts += [
        index.articles[a].text[index.sentences[first, 1] : index.sentences[last, 2]]
        for a, first, last in index.passages
    ]
    some = texts[:: max(1, len(texts) // BARE_TEXTS)]
    model = SentenceTransformer(str(bundled_model_folder()), device="cpu")
    model.encode(some[:8], prompt="passage: ", show_progress_bar=False)
    started = time.perf_counter()
    model.encode(some, prompt="passage: ", show_progress_bar=False)
    bare = (time.perf_counter() - started) * len(texts) / len(some)
    return {
        "sentences": len(index.sentences),
        "seconds": round(built, 2),
        "sentences_per_second": round(len(index.sentences) / built, 1),
        "ratio_to_bare_encode": round(built / bare, 3),
        "peak_megabytes": round(peak),
        "peak_megabytes_with_model_only": round(before),
    }


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


if __name__ == "__main__":
    main()
