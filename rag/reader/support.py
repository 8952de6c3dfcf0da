"""Whether sentences say what a claim says: the reader's fourth logit, the claim read in the question's place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from index.models.encoder import FloatArray
from index.place import Span
from rag.reader.network import PassageReader

SUPPORTS = 3


def support(reader: PassageReader, claim: str, text: str, sentences: Sequence[Span]) -> FloatArray:
    """Return how probable it is that each sentence of a text says what a claim says, shape (len(sentences),).

    Each by itself, read among the others: a claim that two sentences prove together is supported by neither. Trained on
    sentences as they are, shortened, of the same meaning or translated, against the same with a number, name, date or
    direction exchanged, or negated (training/claims.py).
    """
    read = reader.read(reader.question(claim), text)
    logits = np.full(len(sentences), -np.inf, np.float32)
    for number, sentence in enumerate(sentences):
        inside = (read.spans[:, 0] < sentence.end) & (read.spans[:, 1] > sentence.start)
        if inside.any():
            logits[number] = read.values[inside, SUPPORTS].mean()
    chances: FloatArray = (1 / (1 + np.exp(-logits))).astype(np.float32)
    return chances
