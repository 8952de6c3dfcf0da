"""The trained reader: reads the likeliest passages with the question, and weighs what it finds with the retrieval."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from index import Index
from index.encoder import Encoder, FloatArray, SentenceTransformerEncoder
from rag.passage_reading import PassageReader
from rag.reader import EmbeddingReader, Reader, Reading
from rag.retriever import FEATURES, Candidates, Query
from rag.sentence_evidence import EVIDENCE, SentenceEvidence
from rag.settings import Settings
from rag.short_answer import asks_for_words, trimmed
from rag.trained_weights import trained_weights

if TYPE_CHECKING:
    import torch

COEFFICIENTS = Path(__file__).with_name("trained_reader.json")
ALL_FEATURES = (*FEATURES, *EVIDENCE)


def open_reader(encoder: Encoder, settings: Settings) -> Reader:
    """Return the reader that the settings name; over another encoder than the embedded one, the embedding reader.

    Raises:
        ModelError: the trained weights are missing or altered.
    """
    if settings.reader == "embedding" or not isinstance(encoder, SentenceTransformerEncoder) or not encoder.embedded:
        return EmbeddingReader()
    return TrainedReader(passage_reader(encoder), settings.read_passages, settings.sure)


@cache
def passage_reader(encoder: SentenceTransformerEncoder) -> PassageReader:
    """Return what reads passages with the trained weights, loaded once for an encoder."""
    return PassageReader(encoder, trained_weights(encoder.tensors()))


class TrainedReader:
    """A Reader that reads passages with the network and judges sentences by a logistic model over all it knows.

    There are two sets of coefficients, for questions in the article's language and for others.

    Args:
        reader: reads one passage.
        passages: how many are read, at most.
        sure: once a sentence is this probable, no further passage is read.
        path: the logistic model; its JSON says on what it was fitted, by benchmarks/fit.py --step trained.
    """

    def __init__(self, reader: PassageReader, passages: int, sure: float, path: Path = COEFFICIENTS) -> None:
        self._reader, self._most, self._sure = reader, passages, sure
        self._unread = EmbeddingReader()
        fitted = json.loads(path.read_text(encoding="utf-8"))
        self._models = {
            foreign: (
                np.asarray([fitted[kind]["weights"][name] for name in ALL_FEATURES], np.float32),
                np.float32(fitted[kind]["bias"]),
            )
            for kind, foreign in (("native", False), ("foreign", True))
        }

    def read(self, query: Query, candidates: Candidates, index: Index) -> Reading:
        """Return a probability for each candidate, and the short answer in the most probable one.

        The most probable one's is that it answers. Another's is that it would, were the most probable one not there: a
        second sentence that answers too is not made less likely by the first. A candidate of a passage that was not
        read has what the embedding reader gives it, times the probability that none of those read answers.
        """
        question = self._reader.question(query.text)
        evidence = SentenceEvidence(len(candidates.rows))
        best, probabilities = 0, np.zeros(len(candidates.rows), np.float32)
        for row in passages_to_read(candidates, index)[: self._most]:
            read_passage(self._reader, question, row, candidates, index, evidence)
            probabilities = self._probabilities(candidates, evidence)
            best = int(probabilities.argmax())
            if probabilities[best] >= self._sure:
                break
        if not evidence.read.any():
            return Reading(self._unread.read(query, candidates, index).probabilities)
        further = self._probabilities(candidates, evidence, without=best)
        unread = self._unread.read(query, candidates, index).probabilities * (1 - probabilities[best])
        chances = np.where(evidence.read, np.minimum(further, probabilities[best]), unread).astype(np.float32)
        chances = np.minimum(chances, np.nextafter(probabilities[best], np.float32(0)))
        chances[best] = probabilities[best]
        return Reading(chances, _short_answer(query, evidence.span(best), candidates, best, index))

    def _probabilities(
        self, candidates: Candidates, evidence: SentenceEvidence, without: int | None = None
    ) -> FloatArray:
        features = np.concatenate([candidates.features, evidence.features(without)], axis=1)
        native, foreign = (features @ weights + bias for weights, bias in (self._models[False], self._models[True]))
        logits = np.where(candidates.foreign, foreign, native)
        chances: FloatArray = np.where(evidence.read, 1 / (1 + np.exp(-logits)), 0).astype(np.float32)
        return chances


def passages_to_read(candidates: Candidates, index: Index) -> list[int]:
    """Return the rows of passages that hold candidates, that of the best candidate first; each candidate once."""
    place = {int(row): number for number, row in enumerate(candidates.rows)}
    best = []
    for rank, row in enumerate(candidates.passage_rows.tolist()):
        _, first, last = index.passages[row].tolist()
        places = [place[sentence] for sentence in range(first, last + 1) if sentence in place]
        if places:
            best.append((min(places), rank, row, set(places)))
    chosen: list[int] = []
    covered: set[int] = set()
    for _, _, row, held in sorted(best, key=lambda entry: entry[:2]):
        if not held <= covered:
            chosen.append(row)
            covered |= held
    return chosen


def read_passage(
    reader: PassageReader,
    question: torch.Tensor,
    row: int,
    candidates: Candidates,
    index: Index,
    evidence: SentenceEvidence,
) -> None:
    """Read a passage and add what it says of the candidates in it."""
    article_row, first, last = index.passages[row].tolist()
    start, end = int(index.sentences[first, 1]), int(index.sentences[last, 2])
    inside = np.flatnonzero((candidates.rows >= first) & (candidates.rows <= last))
    sentences = [(int(n), *index.sentences[candidates.rows[n], 1:3].tolist()) for n in inside]
    evidence.add(reader.read(question, index.articles[article_row].text[start:end]), sentences, start)


def _short_answer(
    query: Query, span: tuple[int, int] | None, candidates: Candidates, place: int, index: Index
) -> tuple[int, int] | None:
    if span is None or not asks_for_words(query.text):
        return None
    article_row = int(index.sentences[candidates.rows[place], 0])
    return trimmed(index.articles[article_row].text, *span)
