"""The development data, and models that keep what they made: many questions are asked of the same articles.

The data is XQuAD-R's development half (Roy et al. 2020, arXiv 2004.05484): a folder with de.json, en.json, es.json and
zh.json.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from index.models.embedded_encoder import EmbeddedEncoder, open_encoder
from index.models.encoder import FloatArray
from index.models.transformer import Weights
from rag.evaluation.formats.json_file import read_json
from rag.evaluation.formats.squad import SquadEntry, read_entries
from rag.evaluation.subjects import CachedEncoder
from rag.reader.network import PassageReader, TokenLogits
from rag.reader.weights import trained_weights


def read_development(folder: Path, language: str) -> list[SquadEntry]:
    """Return the articles of `folder`/`language`.json with their questions, each with the paragraph it is about."""
    source, _ = read_json(folder / f"{language}.json")
    return list(read_entries(source))


class DevelopmentEncoder(CachedEncoder):
    """The embedded encoder; it keeps the vectors of all questions and passages."""

    def __init__(self) -> None:
        super().__init__(open_encoder(), max_texts=1_000_000)
        self._questions: dict[str, FloatArray] = {}

    def encode_questions(self, texts: Sequence[str]) -> FloatArray:
        """Return the encoder's own, or those that are kept."""
        for text in texts:
            if text not in self._questions:
                self._questions[text] = super().encode_questions([text])[0]
        return np.stack([self._questions[text] for text in texts])


class CachedReader(PassageReader):
    """A passage reader that keeps all questions, and the passages that it read with the last one.

    The passages are those of an article, and of the same without a paragraph.
    """

    def __init__(self, encoder: EmbeddedEncoder, trained: Weights) -> None:
        super().__init__(encoder, trained)
        self._asked = ""
        self._found: dict[str, TokenLogits] = {}
        self._questions: dict[str, FloatArray] = {}

    def question(self, text: str) -> FloatArray:
        """As a PassageReader; the passages of the last question are dropped."""
        if text != self._asked:
            self._asked = text
            self._found.clear()
        if text not in self._questions:
            self._questions[text] = super().question(text)
        return self._questions[text]

    def read(self, question: FloatArray, passage: str) -> TokenLogits:
        """As a PassageReader, of the question last asked."""
        if passage not in self._found:
            self._found[passage] = super().read(question, passage)
        return self._found[passage]


def readers_of_folds(encoder: EmbeddedEncoder, folds: Sequence[Path]) -> list[CachedReader]:
    """Return a reader for each weight file; the n-th was trained without the articles whose number leaves n."""
    return [CachedReader(encoder, trained_weights(encoder.weights, path, sha256=None)) for path in folds]
