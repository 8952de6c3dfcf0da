"""How well the reader tells claims that a sentence supports from others.

    python -m benchmarks.support XQUAD_R DATA --folds FILE FILE [--each 150]

XQUAD_R is the development half, DATA the folder of PAWS-X; FILEs are weights trained without one fold of XQuAD-R's
articles each (training/README.md). For each pair of languages (claim → text): AUROC of claims made of a paragraph's
sentence, shortened one time in two, against claims changed in one thing, by what was changed, and against the same
claims held to the paragraph's other sentences; the expected calibration error over all, as many of either. PAWS-X: its
first 500 pairs of each file, of which nothing was learned.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from benchmarks.development import readers_of_folds
from index.models.embedded_encoder import open_encoder
from index.place import Span
from rag.reader.network import PassageReader
from rag.reader.support import support
from training.build import PAIRS_HELD
from training.claims import CHANGES, ClaimMaker, read_pairs, shortened
from training.corpus import read_json

PAIRS = ("de:de", "en:en", "en:de", "de:en", "es:de", "zh:en")


def main() -> None:
    """Read the arguments, measure, print a line for each pair of languages."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("xquad", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--folds", type=Path, nargs="+", required=True)
    parser.add_argument("--pairs", nargs="*", default=PAIRS)
    parser.add_argument("--each", type=int, default=150, help="sentences of each pair of languages")
    arguments = parser.parse_args()
    readers = readers_of_folds(open_encoder(), arguments.folds)
    for pair in arguments.pairs:
        asked, language = pair.split(":")
        _print(f"{asked} → {language}", list(_parallel(arguments.xquad, asked, language, readers, arguments.each)))
    chance = random.Random(0)
    rows = []
    for part in ("dev", "test"):
        pairs = read_pairs(arguments.data / f"pawsx-{part}.de.tsv.gz")[:PAIRS_HELD]
        for one, other, same in chance.sample(pairs, min(arguments.each, len(pairs))):
            rows.append(("" if same else "PAWS-X", float(support(readers[0], other, one, [Span(0, len(one))])[0])))
    _print("PAWS-X de", rows)


def _parallel(
    folder: Path, asked: str, language: str, readers: list[PassageReader], most: int
) -> Iterator[tuple[str, float]]:
    """Yield what is wrong with each claim, "" where nothing is, and the probability that it is supported."""
    chance = random.Random(f"{asked} {language}")
    maker = ClaimMaker(chance, {})
    texts, claims = (read_json(folder / f"{name}.json") for name in (language, asked))
    places = [
        (article, paragraph, number)
        for article, own in enumerate(texts)
        for paragraph, one in enumerate(own["paragraphs"])
        if len(one["sentences"]) == len(claims[article]["paragraphs"][paragraph]["sentences"])
        for number in range(len(one["sentences"]))
    ]
    for article, paragraph, number in chance.sample(places, min(most, len(places))):
        text = texts[article]["paragraphs"][paragraph]
        sentences = claims[article]["paragraphs"][paragraph]["sentences"]
        said = sentences[number]
        if chance.random() < 0.5:
            said = shortened(said, chance)
        spans = [Span(start, end) for start, end in text["sentence_breaks"]]
        reader = readers[article % len(readers)]
        found = support(reader, said, text["context"], spans)
        yield "", float(found[number])
        if len(found) > 1:
            yield "another sentence", float(np.delete(found, number).max())
        for change in CHANGES:
            made = maker.changed(said, " ".join(sentences), asked, change)
            if made and made != said:
                yield change, float(support(reader, made, text["context"], spans)[number])


def _print(name: str, rows: list[tuple[str, float]]) -> None:
    right = [chance for change, chance in rows if not change]
    shown = []
    for change in sorted({change for change, _ in rows if change}):
        wrong = [chance for other, chance in rows if other == change]
        labels = np.r_[np.ones(len(right)), np.zeros(len(wrong))]
        shown.append(f"{change} {roc_auc_score(labels, np.r_[right, wrong]):.3f} ({len(wrong)})")
    wrong = [chance for change, chance in rows if change]
    chances, labels = np.r_[right, wrong], np.r_[np.ones(len(right)), np.zeros(len(wrong))]
    weights = np.r_[np.full(len(right), 0.5 / len(right)), np.full(len(wrong), 0.5 / len(wrong))]
    tenth = np.minimum((chances * 10).astype(int), 9)
    error = sum(abs(((chances - labels) * weights)[tenth == number].sum()) for number in set(tenth.tolist()))
    print(f"{name}: {len(right)} supported; AUROC {', '.join(shown)}; calibration error {error:.3f}", flush=True)


if __name__ == "__main__":
    main()
