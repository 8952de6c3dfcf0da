"""A served index against one on this machine: building, opening, the time of a question, and the same ranking.

python -m benchmarks.milvus TEXTS.jsonl.gz… --to ADDRESS [--passages N] [--questions N]

TEXTS are those of `benchmarks.scale`, and so are the vectors: random, but the same for the same text. The index at
ADDRESS ("http://host:19530/trial", or "trial.db/trial" for Milvus Lite) is replaced. A ranking is the same where the 20
best sentences are, but for those that score the same.
"""

from __future__ import annotations

import argparse
import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from benchmarks.scale import CHARACTERS, DIMENSION, RandomVectors, articles_of, questions_of
from index import build_index
from index.models.encoder import FloatArray
from index.search.served import Store
from index.served.address import Address
from index.served.archive import ServedIndex
from index.served.publish import publish
from rag.conversation.query import Query
from rag.retrieval.nearby import nearby
from rag.retrieval.retriever import Retriever
from rag.settings import Settings

# The best sentences that are compared, and how far scores of the same may differ.
BEST, SAME = 20, 1e-4


class RepeatedVectors(RandomVectors):
    """Random vectors, the same for the same text."""

    def encode_passages(self, texts: Sequence[str], progress: object = None) -> FloatArray:
        """Return unit vectors, shape (len(texts), DIMENSION)."""
        seeds = [hashlib.blake2b(text.encode(), digest_size=8).digest() for text in texts]
        drawn = np.stack(
            [
                np.random.default_rng(int.from_bytes(seed, "little")).standard_normal(DIMENSION, np.float32)
                for seed in seeds
            ]
        )
        unit: FloatArray = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
        return unit

    encode_questions = encode_passages


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", type=Path, nargs="+")
    parser.add_argument("--to", required=True)
    parser.add_argument("--passages", type=int, default=10_000)
    parser.add_argument("--questions", type=int, default=50)
    given = parser.parse_args()
    place, encoder, articles, characters = Address.parse(given.to), RepeatedVectors(), [], 0
    for article in articles_of(given.texts):
        articles.append(article)
        characters += len(article.text)
        if characters >= given.passages * CHARACTERS:
            break
    with timed("local build"):
        local = build_index(articles, encoder)
    print(f"{len(local.articles)} articles, {len(local.sentences)} sentences, {len(local.passages)} passages")
    with timed("build on the server"):
        publish(articles, place, lambda: encoder, replace=True)
    with timed("the same again"):
        publish(articles, place, lambda: encoder)
    with timed("opening"):
        served = ServedIndex.open(place)
    here, there, asking = [], [], []
    waited = _measured()
    same = 0
    for text in questions_of(local, given.questions):
        query, vector = Query(text), encoder.encode_questions([text])[0]
        began = time.perf_counter()
        expected = Retriever(local, encoder, Settings()).sentences(query, vector)
        here.append(time.perf_counter() - began)
        waited.clear()
        began = time.perf_counter()
        near = nearby(served, query, encoder, Settings(), vector)
        found = Retriever(near, encoder, Settings()).sentences(query, vector)
        there.append(time.perf_counter() - began)
        asking.append(sum(waited))
        rows = zip(expected.rows[:BEST].tolist(), found.rows[:BEST].tolist(), strict=True)
        alike = all(local.locate(one)[0].id == near.locate(other)[0].id for one, other in rows)
        same += alike or bool(np.allclose(expected.scores[:BEST], found.scores[:BEST], atol=SAME))
    print(f"the same ranking: {same} of {given.questions}")
    for name, taken in (("local", here), ("served", there), ("of it waiting for the server", asking)):
        p50, p95 = 1000 * np.percentile(taken[1:], [50, 95])
        print(f"{name}: p50 {p50:.0f} ms, p95 {p95:.0f} ms")
    served.close()


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Print how long something takes."""
    began = time.perf_counter()
    yield
    print(f"{what}: {time.perf_counter() - began:.1f} s", flush=True)


def _measured() -> list[float]:
    """Return a list that what is waited for a server is added to, from now on."""
    waited: list[float] = []

    def measuring(asks: Callable[..., object]) -> Callable[..., object]:
        def measured(*asked: object, **more: object) -> object:
            began = time.perf_counter()
            try:
                return asks(*asked, **more)
            finally:
                waited.append(time.perf_counter() - began)

        return measured

    for name in ("search", "texts", "vectors"):
        setattr(Store, name, measuring(getattr(Store, name)))
    return waited


if __name__ == "__main__":
    main()
