"""Fits what tells the kind of a question and of a span: rag/reader/answer_kinds.npz.

    python -m benchmarks.fit_kinds DATA [--states FILE] [--dry]

DATA is a folder with reader-training/ and reader-training-2/, public extractive questions in SQuAD format in twelve
languages; FILE keeps their states, which take minutes to make. Neither XQuAD-R nor GermanQuAD is among them.

Three linear models over the states after the encoder's lower layers:

- spans: the kind of a span from the mean of its tokens. The label of an expected answer is what its question's
  interrogative asks for ("Wer": somebody), a weak label: "Wer" also asks for clubs and states, "what" for anything.
- asked: the kind that a question asks for. "What" and "which" have for label what the first model, fitted without the
  article, finds in the expected answer. Beside them the questions of kind_questions.json whose interrogative tells.
- closed: whether a question asks for yes or no, or a choice: kind_questions.json, in many languages, and 1,500 of the
  others, which ask for words.

kind_held_out.json is measured only: other questions in 20 languages, of which five are in no training data.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from index.models.embedded_encoder import EmbeddedEncoder, open_encoder
from index.models.encoder import FloatArray
from rag.reader.answer_kind import WEIGHTS, AnswerKinds, pooled_question
from rag.reader.network import WINDOW_TOKENS
from rag.reader.question_kind import KINDS, asked_in_words
from rag.reader.trained import passage_reader
from rag.settings import Settings

HERE = Path(__file__).parent
# File and how many of its questions.
SETS = {
    "reader-training-2/mlqa.de.json.gz": 510,
    "reader-training-2/mlqa-asked-de.en.json.gz": 506,
    "reader-training-2/mlqa-asked-de.es.json.gz": 196,
    "reader-training-2/mlqa-asked-en.de.json.gz": 510,
    "reader-training/squad2.slice.en.json.gz": 900,
    "reader-training-2/shifts-wiki.en.json.gz": 900,
    "reader-training-2/tydi.en.json.gz": 700,
    "reader-training-2/piaf.fr.json.gz": 1000,
    "reader-training-2/norquad.nb.json.gz": 900,
    "reader-training-2/mlqa.es.json.gz": 500,
    "reader-training-2/mlqa-asked-es.de.json.gz": 196,
    "reader-training/drcd.dev.zh.json.gz": 500,
    "reader-training/cmrc2018.dev.zh.json.gz": 300,
    "reader-training-2/mlqa.zh.json.gz": 300,
    "reader-training/jaquad.dev.ja.json.gz": 700,
    "reader-training-2/arcd.ar.json.gz": 400,
    "reader-training-2/mlqa.ar.json.gz": 300,
    "reader-training-2/mlqa.hi.json.gz": 400,
    "reader-training-2/mlqa.vi.json.gz": 400,
    "reader-training-2/tydi.ko.json.gz": 400,
    "reader-training-2/tydi.sw.json.gz": 300,
}
# Characters of the text read on either side of an answer; a longer answer tells little of its kind.
AROUND, LONGEST = 350, 200
FOLDS = 5
NONE = len(KINDS)
# Inverse ridge, and how much a question written for this weighs beside one of the data; by the held-out articles, and
# the weight by the written questions with each language left out.
SPAN_RIDGE, ASKED_RIDGE, CLOSED_RIDGE = 0.02, 0.005, 0.003
WRITTEN_WEIGHT, OPEN_QUESTIONS = 3.0, 1500
# Below this a soft label is left out.
LEAST_LABEL = 0.03
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Examples:
    """Questions of the data, their answers' states (n, hidden), their own (n, 3 · hidden), their articles' folds."""

    questions: list[str]
    spans: FloatArray
    asked: FloatArray
    folds: npt.NDArray[np.int64]

    @property
    def labels(self) -> npt.NDArray[np.int64]:
        """What the interrogatives ask for: a place in KINDS, NONE for a thing or manner, -1 where they do not tell."""
        told = [asked_in_words(question) for question in self.questions]
        return np.asarray(
            [-1 if kind in (None, "yes or no") else (KINDS.index(kind) if kind in KINDS else NONE) for kind in told]  # type: ignore[arg-type]
        )


class States:
    """The lower layers' states of questions and of spans."""

    def __init__(self, encoder: EmbeddedEncoder) -> None:
        self._encoder, self._reader = encoder, passage_reader(encoder)

    def of_question(self, question: str) -> FloatArray:
        """Return the states of its tokens."""
        return self._reader.question(question)

    def of_span(self, text: str, start: int, end: int) -> FloatArray | None:
        """Return the mean over its tokens; None if none of the tokens read is in it."""
        first, last = max(0, start - AROUND), min(len(text), end + AROUND)
        ids, spans = self._encoder.tokens_of(text[first:last], question=False)
        ids, spans = ids[:WINDOW_TOKENS], spans[:WINDOW_TOKENS] + first
        inside = (spans[:, 0] < end) & (spans[:, 1] > start) & (spans[:, 1] > spans[:, 0])
        if not inside.any():
            return None
        mean: FloatArray = self._reader.states(ids)[inside].mean(0)
        return mean


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--states", type=Path)
    parser.add_argument("--dry", action="store_true", help="measure only what is there")
    arguments = parser.parse_args()
    states = States(open_encoder())
    if not arguments.dry:
        _fit(_examples(arguments.data, arguments.states, states), states)
    _measure(states)


def _examples(data: Path, kept: Path | None, states: States) -> Examples:
    if kept and kept.exists():
        with np.load(kept, allow_pickle=False) as arrays:
            return Examples(
                arrays["questions"].tolist(),
                arrays["spans"].astype(np.float32),
                arrays["asked"].astype(np.float32),
                arrays["folds"],
            )
    rows = [
        (fold, question, states.of_span(*span), pooled_question(states.of_question(question)))
        for fold, question, span in _drawn(data)
    ]
    rows = [row for row in rows if row[2] is not None]
    folds, questions, spans, asked = zip(*rows, strict=True)
    found = Examples(list(questions), np.stack(spans), np.stack(asked), np.asarray(folds))  # type: ignore[arg-type]
    if kept:
        np.savez(
            kept,
            questions=np.asarray(found.questions),
            spans=found.spans.astype(np.float16),
            asked=found.asked.astype(np.float16),
            folds=found.folds,
        )
    return found


def _drawn(data: Path) -> Iterator[tuple[int, str, tuple[str, int, int]]]:
    chance = random.Random(0)
    for name, count in SETS.items():
        articles = json.loads(gzip.decompress((data / name).read_bytes()))["data"]
        cases: list[tuple[int, str, dict[str, Any]]] = [
            (number % FOLDS, paragraph["context"], asked)
            for number, article in enumerate(articles)
            for paragraph in article["paragraphs"]
            for asked in paragraph["qas"]
            if asked["answers"]
        ]
        chance.shuffle(cases)
        for fold, context, asked in cases[:count]:
            answer = asked["answers"][0]
            if len(answer["text"]) <= LONGEST:
                start = answer["answer_start"]
                yield fold, asked["question"], (context, start, start + len(answer["text"]))


def _fit(examples: Examples, states: States) -> None:
    labels = examples.labels
    scale = _Scale(examples.spans)
    spans, known = scale(examples.spans), labels >= 0
    crossed = np.zeros((len(labels), NONE + 1))
    for fold in range(FOLDS):
        train = known & (examples.folds != fold)
        model = LogisticRegression(C=SPAN_RIDGE, max_iter=300).fit(spans[train], labels[train])
        crossed[examples.folds == fold] = model.predict_proba(spans[examples.folds == fold])
    _report_spans(crossed[known], labels[known])
    model = LogisticRegression(C=SPAN_RIDGE, max_iter=300).fit(spans[known], labels[known])
    fitted = scale.unscaled("span", model)
    fitted["span_prior"] = np.bincount(labels[known]) / known.sum()

    soft = crossed.copy()
    certain = known & (labels < NONE)
    soft[certain] = np.eye(NONE + 1)[labels[certain]]
    written = json.loads((HERE / "kind_questions.json").read_text(encoding="utf-8"))
    closed = [question for kinds in written.values() for question in kinds["yes or no"]]
    open_ = [question for kinds in written.values() for question in kinds["words"]]
    scale = _Scale(examples.asked)
    asked = scale(examples.asked)
    vectors = {
        question: scale(pooled_question(states.of_question(question))[None])[0] for question in (*closed, *open_)
    }
    told = [(q, kind) for q in open_ if (kind := asked_in_words(q)) not in (None, "thing", "yes or no")]
    rows = np.concatenate([*[asked] * (NONE + 1), [vectors[question] for question, _ in told]])
    kinds = np.r_[
        np.repeat(np.arange(NONE + 1), len(asked)),
        [KINDS.index(kind) if kind in KINDS else NONE for _, kind in told],  # type: ignore[arg-type]
    ]
    weights = np.r_[soft.T.ravel(), np.full(len(told), WRITTEN_WEIGHT)]
    kept = weights > LEAST_LABEL
    model = LogisticRegression(C=ASKED_RIDGE, max_iter=300).fit(rows[kept], kinds[kept], sample_weight=weights[kept])
    fitted |= scale.unscaled("asked", model)

    candidates = np.flatnonzero(
        [asked_in_words(question) not in (None, "yes or no") for question in examples.questions]
    )
    some = np.random.default_rng(0).permutation(candidates)[:OPEN_QUESTIONS]
    rows = np.concatenate([[vectors[question] for question in (*closed, *open_)], asked[some]])
    model = LogisticRegression(C=CLOSED_RIDGE, max_iter=300, class_weight="balanced").fit(
        rows,
        np.r_[np.ones(len(closed)), np.zeros(len(open_) + len(some))],
        sample_weight=np.r_[np.full(len(closed) + len(open_), WRITTEN_WEIGHT), np.ones(len(some))],
    )
    fitted |= scale.unscaled("closed", model)
    fitted["closed_weights"], fitted["closed_bias"] = fitted["closed_weights"][0], fitted["closed_bias"][0]
    np.savez(WEIGHTS, **{name: _short(name, values) for name, values in fitted.items()})


def _short(name: str, values: Floats) -> npt.NDArray[Any]:
    return np.asarray(values, np.float16 if name.endswith("weights") else np.float32)


class _Scale:
    """Standardises states for the ridge, and puts the standardisation into fitted weights."""

    def __init__(self, states: FloatArray) -> None:
        self._mean, self._spread = states.mean(0), states.std(0) + 1e-3

    def __call__(self, states: FloatArray) -> FloatArray:
        scaled: FloatArray = (states - self._mean) / self._spread
        return scaled

    def unscaled(self, name: str, model: LogisticRegression) -> dict[str, Floats]:
        weights = model.coef_ / self._spread
        return {f"{name}_weights": weights, f"{name}_bias": model.intercept_ - weights @ self._mean}


def _report_spans(kinds: Floats, labels: npt.NDArray[np.int64]) -> None:
    """Print, for articles left out, how many spans stay that answered this kind of question, and how many another."""
    of_four = labels < NONE
    kinds, labels = kinds[of_four, :NONE], labels[of_four]
    shares = kinds / kinds.sum(1, keepdims=True)
    stays = shares >= Settings().answer_kind_bar
    own = stays[np.arange(len(labels)), labels]
    others = stays[np.arange(len(KINDS))[None] != labels[:, None]]
    print(f"spans of the four kinds: {len(labels)}, likeliest kind right {(shares.argmax(1) == labels).mean():.3f}")
    print(f"stay: {own.mean():.3f} of their own kind, {others.mean():.3f} of another")
    for place, kind in enumerate(KINDS):
        print(f"  {kind}: {own[labels == place].mean():.3f}, {stays[labels != place, place].mean():.3f}")


def _measure(states: States) -> None:
    """Print how the held-out questions are taken, by languages."""
    judge, bar = AnswerKinds(), Settings().asked_kind_bar
    held = json.loads((HERE / "kind_held_out.json").read_text(encoding="utf-8"))
    trained = json.loads((HERE / "kind_questions.json").read_text(encoding="utf-8")).keys()
    rows = []
    for language, listed in held.items():
        for kind, questions in listed.items():
            for question in questions:
                taken = judge.asked(question, states.of_question(question), bar)
                rows.append((language in trained, kind, taken if taken in (*KINDS, "yes or no") else "other"))
                if (kind == "yes or no") != (taken == "yes or no"):
                    print(f"  {language}: {question} is taken for {taken}")
    for name, some in (("all", rows), ("languages not trained on", [row for row in rows if not row[0]])):
        _print_counts(name, some)


def _print_counts(name: str, rows: Sequence[tuple[bool, str, str]]) -> None:
    closed = [row for row in rows if row[1] == "yes or no"]
    rest = [row for row in rows if row[1] != "yes or no"]
    seen = sum(row[2] == "yes or no" for row in closed)
    mistaken = sum(row[2] == "yes or no" for row in rest)
    right = sum(row[1] == row[2] for row in rest)
    wrong = sum(row[2] in KINDS and row[1] != row[2] for row in rest)
    print(
        f"{name}: yes or no {seen}/{len(closed)}, mistaken for it {mistaken}/{len(rest)}; "
        f"kind right {right}/{len(rest)}, another of the four {wrong}/{len(rest)}"
    )


if __name__ == "__main__":
    main()
