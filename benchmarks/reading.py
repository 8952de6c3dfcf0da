"""What the trained reader finds on articles that it was not trained on, by the passages it reads.

    python -m benchmarks.reading DATA --folds FILE FILE FILE [--pairs de:de en:de …]

DATA is XQuAD-R's development half; FILEs are weights trained without one fold of its articles each
(training/README.md). For each pair of languages (question:article), number of passages and bar to stop at: hit@1,
hit@3, EM and F1 of the short answer whatever its probability, AUROC of the best probability with and without the
answering paragraph, and how many passages were read.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from benchmarks.development import CachedReader, DevelopmentEncoder, read_development, readers_of_folds
from index import Index, build_index
from index.models.embedded_encoder import open_encoder
from rag.conversation.query import Query
from rag.evaluation.judge import exact_match, f1
from rag.evaluation.questions import Evidence
from rag.reader.trained import TrainedReader, passages_to_read
from rag.retrieval.retriever import Candidates, Retriever
from rag.settings import Settings

ENDS = [(1, 1.0), (2, 1.0), (3, 1.0), (4, 1.0), (6, 1.0), (6, 0.9), (6, 0.95), (6, 0.97), (6, 0.99)]


@dataclass(frozen=True, slots=True)
class _Question:
    text: str
    reader: CachedReader
    whole: tuple[Index, Candidates]
    removed: tuple[Index, Candidates]
    gold: Evidence
    answers: Sequence[str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--folds", type=Path, nargs="+", required=True)
    parser.add_argument("--pairs", nargs="+", default=["de:de"])
    arguments = parser.parse_args()
    readers = readers_of_folds(open_encoder(), arguments.folds)
    print("pair | passages | stop at | hit@1 | hit@3 | EM | F1 | AUROC | read")
    for pair in arguments.pairs:
        asked, language = pair.split(":")
        rows: dict[tuple[int, float], list[list[float]]] = {end: [] for end in ENDS}
        for question in _questions(arguments.data, asked, language, readers):
            for end in ENDS:
                rows[end].append(_measure(question, language, *end))
        for (most, sure), measured in rows.items():
            table = np.asarray(measured)
            labels = np.r_[np.ones(len(table)), np.zeros(len(table))]
            auroc = roc_auc_score(labels, np.r_[table[:, 4], table[:, 5]])
            means = table.mean(0)
            shown = [f"{value:.3f}" for value in (*means[:4], auroc)]
            print(" | ".join([pair, str(most), f"{sure:.2f}", *shown, f"{means[6]:.2f}"]), flush=True)


def _questions(data: Path, asked: str, language: str, readers: Sequence[CachedReader]) -> Iterator[_Question]:
    encoder = DevelopmentEncoder()
    for number, (entry, worded) in enumerate(
        zip(read_development(data, language), read_development(data, asked), strict=True)
    ):
        whole = build_index([entry.article], encoder)
        without = [
            build_index([entry.without(place) or entry.article], encoder) for place in range(len(entry.paragraphs))
        ]
        for (own, paragraph), (question, _) in zip(entry.questions, worded.questions, strict=True):
            found = [
                (index, Retriever(index, encoder, Settings()).sentences(Query(question.text)))
                for index in (whole, without[paragraph])
            ]
            reader = readers[number % len(readers)]
            yield _Question(question.text, reader, found[0], found[1], own.evidence[0], own.answers)


def _measure(question: _Question, language: str, most: int, sure: float) -> list[float]:
    reader, query = TrainedReader(question.reader, most, sure, Settings().short_answer_bar), Query(question.text)
    index, found = question.whole
    reading = reader.read(query, found, index)
    spans = index.sentences[found.rows[reading.order], 1:3]
    right = (spans[:, 0] < question.gold.end) & (spans[:, 1] > question.gold.start)
    short = index.articles[0].text[slice(*reading.span)] if reading.span else ""
    removed = reader.read(query, question.removed[1], question.removed[0])
    # Read one by one until the bar is reached.
    read = min(most, len(passages_to_read(found, index)))
    for fewer in range(1, read):
        if TrainedReader(question.reader, fewer, 1.0).read(query, found, index).probabilities.max() >= sure:
            read = fewer
            break
    return [
        float(right[:1].any()),
        float(right[:3].any()),
        exact_match(short, question.answers, language),
        f1(short, question.answers, language),
        float(reading.probabilities.max()),
        float(removed.probabilities.max()),
        read,
    ]


if __name__ == "__main__":
    main()
