"""An archive of 10³ to 10⁶ passages: making, bytes, opening, memory, and the time that a question's retrieval takes.

python -m benchmarks.scale TEXTS.jsonl.gz… [--passages N…] [--copies N] [--questions N] [--memory MB] [--json OUT]
python -m benchmarks.scale TEXTS.jsonl.gz… --recall N

TEXTS have a JSON object a line, with "text" and perhaps "title"; German ones of Wikipedia were used. Where they do not
suffice, they are taken again in another order of their sentences. Vectors are random: what is measured is all that
does not depend on the encoder, whose time `benchmarks.indexing` measures. Each size is made and asked in processes of
its own, so that peak and resident memory are its own. A question is some words in a row of a text.

`--copies` makes an index of so many passages and joins copies of it, each with passage vectors of its own, which takes
a fifth of the time: splitting and counting terms is left out. Words are as many as in one.

`--recall` encodes N sentences, and the beginnings of others as questions, and says which share of the ten best of all
the approximate search finds, by the share of the cells that it looks at, and how long either takes.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from unittest import mock

import numpy as np

from index import Article, load_index
from index.folder import reserved
from index.index import Index
from index.models.embedded_encoder import open_encoder
from index.models.encoder import FloatArray
from index.parts import Parts, build_in_parts
from index.place import Span
from index.search import dense
from index.search.dense import DenseIndex
from index.settings import BUILD_MEMORY, IndexSettings
from rag.conversation.query import Query
from rag.retrieval.retriever import Retriever
from rag.settings import Settings

DIMENSION = 384
# Of a passage of German.
CHARACTERS = 900
# A shorter line is no sentence.
LEAST_CHARACTERS = 30


class RandomVectors:
    """Stands for the encoder: it takes no time, and its vectors have no meaning."""

    max_tokens, dimension, fingerprint = 512, DIMENSION, "random"

    def __init__(self) -> None:
        self._random = np.random.default_rng(1)

    def token_counts(self, texts: Sequence[str], progress: object = None) -> list[int]:
        """Return about as many as the encoder has."""
        return [len(text) // 4 + 1 for text in texts]

    def encode_passages(self, texts: Sequence[str], progress: object = None) -> FloatArray:
        """Return unit vectors, shape (len(texts), DIMENSION)."""
        drawn = self._random.standard_normal((len(texts), DIMENSION), np.float32)
        return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)

    encode_questions = encode_passages

    def encode_in_context(
        self, texts: Sequence[str], parts: Sequence[Sequence[Span]], progress: object = None
    ) -> tuple[FloatArray, list[FloatArray]]:
        """Return vectors of texts and of their parts."""
        return self.encode_passages(texts), [self.encode_passages([""] * len(some)) for some in parts]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", type=Path, nargs="+")
    parser.add_argument("--passages", type=int, nargs="*", default=[1000, 10_000, 100_000])
    parser.add_argument("--copies", type=int, default=1)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--memory", type=int, default=BUILD_MEMORY // 1_000_000, help="of a build, in MB")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--in", dest="folder", type=Path, help="keep the indexes in this folder")
    parser.add_argument("--recall", type=int, metavar="N")
    parser.add_argument("--one", choices=("make", "ask"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        [passages] = arguments.passages
        place = arguments.folder / str(passages)
        if arguments.one == "make":
            one = make(arguments.texts, passages, place, 1_000_000 * arguments.memory)
            if arguments.copies > 1:
                one |= copy(place, arguments.copies, 1_000_000 * arguments.memory)
        else:
            one = ask(place, arguments.questions)
        print(json.dumps(one))
        return
    if arguments.recall:
        recall(arguments.texts, arguments.recall, arguments.questions)
        return
    results = {}
    with tempfile.TemporaryDirectory() as scratch:
        for passages in arguments.passages:
            folder = arguments.folder or Path(scratch)
            command = [sys.executable, "-m", "benchmarks.scale", *map(str, arguments.texts), "--in", str(folder)]
            command += ["--passages", str(passages), "--questions", str(arguments.questions)]
            command += ["--memory", str(arguments.memory), "--copies", str(arguments.copies)]
            found: dict[str, float] = {}
            for step in ("make", "ask"):
                if step == "ask" or not (folder / str(passages)).exists():
                    printed = subprocess.run([*command, "--one", step], check=True, capture_output=True, text=True)
                    found |= json.loads(printed.stdout.splitlines()[-1])
            print(passages, found, flush=True)
            results[passages] = found
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def make(texts: Sequence[Path], passages: int, place: Path, memory: int) -> dict[str, float]:
    """Make and write an index of about so many passages, as `beleg index build --memory` does."""

    def enough() -> Iterator[Article]:
        characters = 0
        for article in articles_of(texts):
            yield article
            characters += len(article.text)
            if characters >= passages * CHARACTERS:
                return

    os.environ["BELEG_CACHE"] = str(place.with_name(f"{place.name}.cache"))
    began = time.perf_counter()
    joining = [began]

    def progress(what: str, done: int, total: int) -> None:
        if what == "articles":
            joining[0] = time.perf_counter()

    encoder = RandomVectors()
    with reserved(place) as save:
        articles = save.read(enough())
        parts = Parts(place, lambda: encoder, IndexSettings(), progress=progress, memory=memory)
        with parts.alone():
            index, _ = build_in_parts(articles, parts, save)
            peak = _peak()
            save(index)
            parts.clear()
    size = sum(path.stat().st_size for path in place.rglob("*") if path.is_file())
    return {
        "articles": len(index.articles),
        "sentences": len(index.sentences),
        "made passages": len(index.passages),
        "seconds to split and count": round(joining[0] - began, 1),
        "seconds to join and write": round(time.perf_counter() - joining[0], 1),
        "peak MB": peak,
        "bytes a passage": round(size / len(index.passages)),
    }


class Copy(Sequence[Article]):
    """Articles with a number at the end of each text, which makes them others."""

    def __init__(self, articles: Sequence[Article], number: int) -> None:
        self._articles, self._number = articles, number

    def __len__(self) -> int:
        return len(self._articles)

    def __getitem__(self, row: int) -> Article:  # type: ignore[override]
        one = self._articles[row]
        title, source = (f"{said} {self._number}" for said in (one.title, one.source))
        text = f"{one.text}\n\n{self._number}"
        return Article.from_blocks(text, one.blocks, title=title, language=one.language, source=source)


class Drawn:
    """Passage vectors of a copy."""

    def __init__(self) -> None:
        self._encoder = RandomVectors()

    def vectors(self, rows: Sequence[int]) -> FloatArray:
        """Return vectors, shape (len(rows), DIMENSION)."""
        return self._encoder.encode_passages([""] * len(rows))


def copy(place: Path, copies: int, memory: int) -> dict[str, float]:
    """Put copies of an index in its place."""
    began = time.perf_counter()
    index, drawn = load_index(place), Drawn()
    rows = range(len(index.articles))
    joined = [
        (replace(index, articles=Copy(index.articles, number), passage_vectors=drawn), rows) for number in range(copies)
    ]
    with reserved(place) as save:
        made = save.join(joined, memory=memory)
        peak = _peak()
        save(made)
    size = sum(path.stat().st_size for path in place.rglob("*") if path.is_file())
    return {
        "articles": len(made.articles),
        "sentences": len(made.sentences),
        "made passages": len(made.passages),
        "seconds to join and write": round(time.perf_counter() - began, 1),
        "peak MB": peak,
        "bytes a passage": round(size / len(made.passages)),
    }


def ask(place: Path, questions: int) -> dict[str, float]:
    """Open an index and retrieve for some questions."""
    before, own = _peak(), _own()
    began = time.perf_counter()
    index = load_index(place)
    opened = time.perf_counter() - began
    after_opening = _peak()
    retriever, encoder, taken = Retriever(index, RandomVectors(), Settings()), RandomVectors(), []
    for text in questions_of(index, questions + 20):
        vector = encoder.encode_questions([text])[0]
        began, began_cpu = time.perf_counter(), time.process_time()
        retriever.sentences(Query(text), vector)
        taken.append((1000 * (time.perf_counter() - began), 1000 * (time.process_time() - began_cpu)))
    (p50, cpu50), (p95, cpu95) = np.percentile(taken[20:], [50, 95], axis=0)
    return {
        "seconds to open": round(opened, 2),
        "opened MB": after_opening - before,
        "asked MB": _peak() - before,
        "of that its own MB": _own() - own,
        "p50 ms": round(float(p50), 1),
        "p95 ms": round(float(p95), 1),
        "p50 ms of CPU": round(float(cpu50), 1),
        "p95 ms of CPU": round(float(cpu95), 1),
    }


def recall(texts: Sequence[Path], count: int, questions: int) -> None:
    """Print recall@10 against the exact search, and the time of a search."""
    said: list[str] = []
    for article in articles_of(texts):
        said += [line for line in article.text.split("\n") if len(line) > LEAST_CHARACTERS]
        if len(said) >= 2 * count:
            break
    random.Random(1).shuffle(said)
    encoder = open_encoder(None)
    vectors = encoder.encode_passages(said[:count])
    asked = encoder.encode_questions([" ".join(one.split()[:8]) for one in said[count : count + questions]])
    exact = DenseIndex.build(vectors, exact=True)
    best, taken = _searched(exact, asked)
    print(f"{count} vectors, all compared: {taken:.2f} ms")
    for share in (1 / 16, 1 / 8, 1 / 4, 3 / 8, 1 / 2):
        with mock.patch.multiple(dense, APPROXIMATE_FROM=0, SEARCHED=share):
            found, taken = _searched(DenseIndex.build(vectors), asked)
        same = np.mean([len(one & other) / len(other) for one, other in zip(found, best, strict=True)])
        print(f"{share:.3g} of the cells: recall@10 {same:.3f}, {taken:.2f} ms", flush=True)


def _searched(index: DenseIndex, questions: FloatArray) -> tuple[list[set[int]], float]:
    began = time.perf_counter()
    found = [set(index.search(one, 10)[1].tolist()) for one in questions]
    return found, 1000 * (time.perf_counter() - began) / len(questions)


def articles_of(texts: Sequence[Path]) -> Iterator[Article]:
    """Yield articles, again and again in another order of their sentences."""
    draw = random.Random(1)
    rounds = 0
    while True:
        for path in texts:
            with gzip.open(path, "rt", encoding="utf-8") as lines:
                for number, line in enumerate(lines):
                    found = json.loads(line)
                    text, title = found["text"], found.get("title", "")
                    if rounds:
                        said = [one for one in text.split("\n") if one.strip()]
                        draw.shuffle(said)
                        text, title = "\n\n".join(said), f"{title} {rounds}"
                    yield Article.read(text, title=title, language="de", source=f"{path.name}-{rounds}-{number}")
        rounds += 1


def questions_of(index: Index, number: int) -> Iterator[str]:
    """Yield questions: some words in a row of a sentence."""
    draw = random.Random(2)
    for _ in range(number):
        words = index.sentence_text(draw.randrange(len(index.sentences))).split()
        first = draw.randrange(max(1, len(words) - 8))
        yield " ".join(words[first : first + 8])


def _peak() -> int:
    """Return the most memory that this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _own() -> int:
    """Return how much this process holds without mapped files, in MB; 0 where the system does not say."""
    status = Path("/proc/self/status")
    said = dict(line.split(":", 1) for line in status.read_text().splitlines()) if status.exists() else {}
    return int(said.get("RssAnon", "0 kB").split()[0]) // 1024


if __name__ == "__main__":
    main()
