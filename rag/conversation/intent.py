"""What a message asks for: something in the articles, an overview of them, the articles as such, or small talk.

A softmax over the embedded encoder's question vector tells it, in any of the encoder's languages;
benchmarks/fit_intent.py fits it. Its labels are "question", "question.about" (what is said of something: "tell me about
the bridge"), "overview", and what is meant within a kind, such as "articles.author" or "talk.thanks". A kind is as
probable as its labels together. Another
softmax tells the language, where the message is too short for words to do so ("danke").
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from index import Encoder
from index.models.embedded_encoder import is_embedded
from index.models.encoder import FloatArray
from index.search.lexical import fold
from rag.answer import Kind

COEFFICIENTS = Path(__file__).with_name("intent.json")
WEIGHTS = Path(__file__).with_name("intent.npz")
ABOUT = "question.about"
# An article may name its author, its date or where it appeared: its sentences are asked before its metadata.
IN_THE_TEXT = frozenset({"author", "date", "source"})
# What an overview can be asked for after another.
LENGTHS = ("shorter", "longer")
_MARKS = " \t\n.,;:!?…¿¡。，！？؟"
# What is said before or after a question, and asks for nothing.
COURTESIES = frozenset({"greeting", "thanks", "acknowledgement", "praise", "goodbye"})


@dataclass(frozen=True, slots=True)
class Intent:
    """What a message was meant as.

    Attributes:
        kind: the likeliest of "overview", "articles" and "talk"; "question" where the encoder cannot tell.
        topic: what exactly, such as "thanks" or "author"; "" for the kinds that have no more to say.
        probability: that the message is of this kind, 0 to 1; else it is a question. 0 where the encoder cannot tell.
        about: that it asks what is said of something, 0 to 1.
        language: that it is in, ISO 639-1, if it is in one of the thirty trained on; "" where the encoder cannot tell.
        language_probability: that it is, 0 to 1. "ok" is in many.
    """

    kind: Kind
    topic: str = ""
    probability: float = 0.0
    about: float = 0.0
    language: str = ""
    language_probability: float = 0.0

    @property
    def may_be_in_the_text(self) -> bool:
        """Whether the articles' sentences may answer it, although it is about the articles as such."""
        return self.kind == "articles" and self.topic in IN_THE_TEXT


class IntentModel:
    """Tells what messages ask for by their vectors."""

    def __init__(self) -> None:
        fitted = json.loads(COEFFICIENTS.read_text(encoding="utf-8"))
        self.labels: list[str] = fitted["labels"]
        self._languages: list[str] = fitted["languages"]
        # Of the small talk and the overviews that were trained on, by `plain`, what the weights are not sure of.
        self.known: dict[str, str] = fitted.get("known", {})
        with np.load(WEIGHTS, allow_pickle=False) as arrays:
            self._weights, self._bias = arrays["weights"], arrays["bias"]
            self._language_weights, self._language_bias = arrays["language_weights"], arrays["language_bias"]
            self._mean = arrays["mean"]

    def probabilities(self, vectors: FloatArray) -> FloatArray:
        """Return the probability of each label, shape (n, labels), from n question vectors of the embedded encoder."""
        return self._softmax(vectors, self._weights, self._bias)

    def language(self, vector: FloatArray) -> tuple[str, float]:
        """Return the likeliest language of a message, ISO 639-1, and its probability."""
        shares = self._softmax(vector[None], self._language_weights, self._language_bias)[0]
        return self._languages[int(shares.argmax())], float(shares.max())

    def _softmax(self, vectors: FloatArray, weights: FloatArray, bias: FloatArray) -> FloatArray:
        shifted = vectors - self._mean
        shifted /= np.linalg.norm(shifted, axis=1, keepdims=True)
        scores = shifted @ weights.T + bias
        powers = np.exp(scores - scores.max(1, keepdims=True))
        found: FloatArray = powers / powers.sum(1, keepdims=True)
        return found


_model = cache(IntentModel)


def intent(vector: FloatArray, encoder: Encoder) -> Intent:
    """Return what a message was most probably meant as, if it is no question about something in the articles.

    With any but the embedded encoder that is a question.

    Args:
        vector: the message's, as it was written, without the turn before; shape (dimension,).
    """
    if not is_embedded(encoder):
        return Intent("question")
    model = _model()
    found = likeliest(model.labels, model.probabilities(vector[None])[0])
    language, probability = model.language(vector)
    return replace(found, language=language, language_probability=probability)


def known_label(message: str) -> str:
    """Return the label of a message that was trained on as no question and is rare by its vector ("tschüss"), or ""."""
    return _model().known.get(plain(message), "")


def plain(message: str) -> str:
    """Return a message folded, without the marks at its ends: what is said alike is one message."""
    return " ".join(fold(message).strip(_MARKS).split())


def likeliest(labels: list[str], probabilities: FloatArray) -> Intent:
    """Return the likeliest kind beside "question", and the likeliest topic in it.

    Args:
        probabilities: of the labels, shape (labels,).
    """
    kinds: tuple[Kind, ...] = ("overview", "articles", "talk")
    of_kind = {kind: [place for place, label in enumerate(labels) if label.split(".")[0] == kind] for kind in kinds}
    shares = {kind: float(probabilities[places].sum()) for kind, places in of_kind.items()}
    kind = max(kinds, key=lambda one: shares[one])
    best = max(of_kind[kind], key=lambda place: float(probabilities[place]))
    about = float(probabilities[labels.index(ABOUT)]) if ABOUT in labels else 0.0
    return Intent(kind, labels[best].partition(".")[2], min(1.0, shares[kind]), about)
