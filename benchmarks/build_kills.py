"""Kills a build of an index (kill -9) at so many moments, spread over all that it does, and builds again.

python -m benchmarks.build_kills [--points 200]

After each kill there is no index, the one that stood there before, or the new one, whole; in every second case one
stands there before. The build after it goes on from the parts that were made, and the index that it makes is the one
of a build that was not killed, byte for byte. Nothing is left beside it. The exit status is 1 where that is not so.

Parts are small, and memory is so little that postings and words are put aside. Vectors are made of the texts' sums, so
that a text has the same one in every run.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.kills import killed_at
from benchmarks.scale import DIMENSION
from index import Article, IndexFolderError, load_index
from index import parts as in_parts
from index.folder import reserved
from index.manifest import read_manifest
from index.models.encoder import FloatArray
from index.parts import Parts, build_in_parts
from index.place import Span
from index.settings import IndexSettings

ARTICLES, SENTENCES, WORDS = 40, 25, 3000
# Characters of a part, and bytes that joining them may hold.
PART, MEMORY = 8_000, 100_000


class SumVectors:
    """Stands for the encoder: a text's vector is drawn by the text's sum."""

    max_tokens, dimension, fingerprint = 512, DIMENSION, "sums"

    def token_counts(self, texts: Sequence[str], progress: object = None) -> list[int]:
        """Return about as many as the encoder has."""
        return [len(text) // 4 + 1 for text in texts]

    def encode_passages(self, texts: Sequence[str], progress: object = None) -> FloatArray:
        """Return unit vectors, shape (len(texts), DIMENSION)."""
        draws = (np.random.default_rng(list(hashlib.sha256(text.encode()).digest())) for text in texts)
        drawn = np.stack([draw.standard_normal(DIMENSION, np.float32) for draw in draws])
        unit: FloatArray = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
        return unit

    encode_questions = encode_passages

    def encode_in_context(
        self, texts: Sequence[str], parts: Sequence[Sequence[Span]], progress: object = None
    ) -> tuple[FloatArray, list[FloatArray]]:
        """Return vectors of texts and of their parts."""
        said = [[text[one.start : one.end] for one in some] for text, some in zip(texts, parts, strict=True)]
        return self.encode_passages(texts), [self.encode_passages(some) for some in said]


def articles(number: int) -> Iterator[Article]:
    """Yield articles of words that are common and rare, as those of a language are."""
    draw = random.Random(1)
    known = ["".join(draw.choices("aeinrstdlumgbhö", k=draw.randint(2, 12))) for _ in range(WORDS)]
    for row in range(number):
        sentences = []
        for _ in range(SENTENCES):
            said = [known[min(int(draw.paretovariate(0.4)), WORDS) - 1] for _ in range(draw.randint(5, 15))]
            sentences.append(f"{' '.join(said).capitalize()} {draw.randint(1, 2000)}.")
        yield Article.read(" ".join(sentences), title=f"Artikel {row}", language="de", source=f"{row}.txt")


def build(place: Path, number: int) -> int:
    """Build an index as `beleg index build` does; return how many articles an earlier run had encoded."""
    with reserved(place, wait=True) as save:
        given = save.read(articles(number))
        parts = Parts(place, SumVectors, IndexSettings(), memory=MEMORY)
        with parts.alone():
            index, resumed = build_in_parts(given, parts, save)
            save(index)
            parts.clear()
    return resumed


def seconds_to_build(place: Path) -> float:
    """Return how long a build takes in which nothing is resumed."""
    begun = time.perf_counter()
    build(place, ARTICLES)
    return time.perf_counter() - begun


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=200)
    arguments = parser.parse_args()
    in_parts.BATCH_CHARACTERS = PART
    with tempfile.TemporaryDirectory() as made:
        os.environ["BELEG_CACHE"] = str(Path(made) / "cache")
        before, expected, place = (Path(made) / name for name in ("before", "expected", "there/index"))
        build(before, ARTICLES // 2)
        # The fastest of some: on a busy machine a kill would come too late.
        whole = min(seconds_to_build(expected) for _ in range(3))
        sums = {read_manifest(one)["sum"]: name for one, name in ((before, "as before"), (expected, "new"))}
        found: dict[str, int] = {}
        wrong = kept = left = 0
        for point in range(arguments.points):
            shutil.rmtree(place.parent, ignore_errors=True)
            shutil.rmtree(Path(made) / "cache", ignore_errors=True)
            if point % 2:
                shutil.copytree(before, place)
            killed_at(lambda: build(place, ARTICLES), whole * point / arguments.points)
            state = state_of(place, sums)
            found[state] = found.get(state, 0) + 1
            kept += bool(resumed := build(place, ARTICLES))
            left += len(list(place.parent.iterdir())) - 1
            after = state_of(place, sums)
            if state not in ("as before" if point % 2 else "none", "new") or after != "new":
                wrong += 1
                print(f"kill {point}: {state}, then {after}, {resumed} articles resumed", flush=True)
    print(f"{arguments.points} kills within {whole:.1f} s: {', '.join(f'{n} times {one}' for one, n in found.items())}")
    print(f"resumed {kept} times; whole in the end {arguments.points - wrong} of {arguments.points}; {left} files left")
    return bool(wrong or left)


def state_of(place: Path, sums: dict[str, str]) -> str:
    """Return which index stands in a place, all of its files checked: "none", "damaged", or its name in `sums`."""
    if not place.exists():
        return "none"
    try:
        load_index(place, verify=True)
        return sums.get(read_manifest(place)["sum"], "damaged")
    except IndexFolderError as error:
        print(error)
        return "damaged"


if __name__ == "__main__":
    sys.exit(main())
