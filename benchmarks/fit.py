"""Fits the fusion weights and the embedding reader on the development half of XQuAD-R.

    python -m benchmarks.fit DATA --step fusion     prints the weights for rag/settings.py
    python -m benchmarks.fit DATA --step reader     writes rag/embedding_reader.json

DATA is the folder with de.json, en.json, es.json, zh.json. Fusion: a softmax over each article's sentences (a
conditional logit, McFadden 1974). Reader: logistic regression on the ten best candidates of each question, asked of its
own article, of the same without the answering paragraph, and of another article. Both are reported as measured in
six-fold cross-validation over articles, then fitted on all.
"""

from __future__ import annotations

import argparse
import datetime
import json
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

from benchmarks.development import read_development
from index import Index, build_index
from index.encoder import open_encoder
from rag.evaluation.remembering import RememberingEncoder
from rag.reader import COEFFICIENTS
from rag.retriever import FEATURES, Query, Retriever
from rag.settings import FusionWeights, Settings

PAIRS = {"de": ["de", "en", "es", "zh"], "en": ["en", "de"], "es": ["es", "de"], "zh": ["zh", "en"]}
FOLDS = 6
WEIGHT = {"whole": 1.0, "removed": 0.5, "other": 0.5}
READ = 10
Matrix = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Example:
    """One question asked of one article: the candidates' features and which of them answer."""

    articles: str
    questions: str
    fold: int
    kind: str
    features: Matrix
    answers: npt.NDArray[np.bool_]
    foreign: bool


def main() -> None:
    """Collect examples, fit, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--step", choices=["fusion", "reader"], required=True)
    arguments = parser.parse_args()
    examples = list(_examples(arguments.data, whole_only=arguments.step == "fusion"))
    if arguments.step == "fusion":
        for name, foreign in (("fusion", False), ("foreign_fusion", True)):
            _fit_fusion(name, [example for example in examples if example.foreign == foreign])
    else:
        _fit_reader(examples)


def _examples(data: Path, *, whole_only: bool) -> Iterator[Example]:
    # Large enough to forget nothing: the same articles are asked in several languages.
    encoder = RememberingEncoder(open_encoder(), max_texts=1_000_000, questions=True)
    for language, asked_in in PAIRS.items():
        entries = read_development(data, language)
        questions = {other: read_development(data, other) for other in asked_in}
        whole = [build_index([entry.article], encoder) for entry in entries]
        for number, entry in enumerate(entries):
            answers = {question.id: question.evidence[0] for question, _ in entry.questions}
            others = [
                build_index([entry.without(paragraph) or entry.article], encoder) if not whole_only else whole[number]
                for paragraph in range(len(entry.paragraphs))
            ]
            for asked, translated in questions.items():
                for place, (question, paragraph) in enumerate(translated[number].questions):
                    asks: list[tuple[str, Index]] = [("whole", whole[number])]
                    if not whole_only:
                        elsewhere = (number + 1 + place % (len(entries) - 1)) % len(entries)
                        asks += [("removed", others[paragraph]), ("other", whole[elsewhere])]
                    for kind, index in asks:
                        found = Retriever(index, encoder, Settings()).sentences(Query(question.text))
                        gold = answers[question.id]
                        spans = index.sentences[found.rows]
                        right = (kind == "whole") & (spans[:, 1] < gold.end) & (spans[:, 2] > gold.start)
                        yield Example(
                            language, asked, number % FOLDS, kind, found.features, right, bool(found.foreign[0])
                        )
        print(f"collected {language}", flush=True)


def _fit_fusion(name: str, examples: list[Example]) -> None:
    ranks: dict[str, list[int]] = {}
    for fold in range(FOLDS):
        weights = _softmax_fit([example for example in examples if example.fold != fold])
        for example in examples:
            if example.fold == fold and example.answers.any():
                order = np.argsort(-(_terms(example.features) @ weights), kind="stable")
                rank = int(np.flatnonzero(example.answers[order])[0])
                ranks.setdefault(f"{example.questions}→{example.articles}", []).append(rank)
    for pair, found in ranks.items():
        hits = [float(np.mean(np.asarray(found) < k)) for k in (1, 3, 5)]
        print(f"{name} {pair}: hit@1 {hits[0]:.3f}  hit@3 {hits[1]:.3f}  hit@5 {hits[2]:.3f}  ({len(found)} questions)")
    names = [field.name for field in fields(FusionWeights)]
    print(name, dict(zip(names, np.round(_softmax_fit(examples), 2).tolist(), strict=True)), flush=True)


def _terms(features: Matrix) -> Matrix:
    """What each of the FusionWeights multiplies, in their order, shape (candidates, weights)."""
    column = {name: features[:, place] for place, name in enumerate(FEATURES)}
    standard = {
        name: (column[name] - column[name].mean()) / max(float(column[name].std()), 1e-9)
        for name in ("sentence", "context", "neighbourhood", "stems", "ngrams", "passage_terms")
    }
    covered = column["best_passage_terms"]
    return np.stack(
        [
            standard["sentence"],
            standard["context"],
            standard["neighbourhood"],
            covered * standard["stems"],
            covered * standard["ngrams"],
            standard["passage_terms"],
            covered * standard["passage_terms"],
            column["numbers"],
        ],
        axis=1,
    )


def _softmax_fit(examples: list[Example], ridge: float = 1e-3) -> npt.NDArray[np.float64]:
    usable = [example for example in examples if example.answers.any()]
    terms = np.concatenate([_terms(example.features) for example in usable]).astype(np.float64)
    starts = np.cumsum([0] + [len(example.answers) for example in usable])[:-1]
    of = np.repeat(np.arange(len(usable)), [len(example.answers) for example in usable])
    gold = np.concatenate([example.answers / example.answers.sum() for example in usable])

    def loss(weights: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        scores = terms @ weights
        scores -= np.maximum.reduceat(scores, starts)[of]
        powers = np.exp(scores)
        sums = np.add.reduceat(powers, starts)[of]
        value = -float((gold * (scores - np.log(sums))).sum()) / len(usable) + ridge * float(weights @ weights)
        return value, terms.T @ (powers / sums - gold) / len(usable) + 2 * ridge * weights

    found: npt.NDArray[np.float64] = minimize(loss, np.zeros(terms.shape[1]), jac=True, method="L-BFGS-B").x
    return found


def _fit_reader(examples: list[Example]) -> None:
    judged: list[tuple[Example, float, bool]] = []
    for fold in range(FOLDS):
        models = {foreign: _logistic(examples, foreign, without=fold) for foreign in (False, True)}
        for example in examples:
            if example.fold == fold:
                weights, bias = models[example.foreign]
                chances = 1 / (1 + np.exp(-(example.features[:READ] @ weights + bias)))
                best = int(chances.argmax())
                judged.append((example, float(chances[best]), bool(example.answers[best])))
    report = _report(judged)
    print(json.dumps(report, indent=1, ensure_ascii=False))
    fitted = {}
    for name, foreign in (("native", False), ("foreign", True)):
        weights, bias = _logistic(examples, foreign, without=None)
        named = {feature: round(float(weight), 5) for feature, weight in zip(FEATURES, weights, strict=True)}
        fitted[name] = {"bias": round(float(bias), 5), "weights": named}
    provenance = {
        "fitted_by": "python -m benchmarks.fit DATA --step reader",
        "fitted_on": "XQuAD-R, development half: 24 articles, 612 questions (Roy et al. 2020, arXiv 2004.05484)",
        "pairs": dict(PAIRS.items()),
        "date": datetime.date.today().isoformat(),
        "cross_validated": report,
    }
    COEFFICIENTS.write_text(json.dumps({"provenance": provenance, **fitted}, indent=1, ensure_ascii=False) + "\n")


def _logistic(examples: list[Example], foreign: bool, without: int | None) -> tuple[npt.NDArray[np.float64], float]:
    used = [example for example in examples if example.foreign == foreign and example.fold != without]
    features = np.concatenate([example.features[:READ] for example in used])
    answers = np.concatenate([example.answers[:READ] for example in used])
    scaler = StandardScaler().fit(features)
    # As if half of all questions had an answer: neither kind of unanswerable question outweighs the answerable.
    weight = np.repeat([WEIGHT[example.kind] for example in used], [len(example.answers[:READ]) for example in used])
    model = LogisticRegression(max_iter=1000).fit(scaler.transform(features), answers, sample_weight=weight)
    weights = model.coef_[0] / scaler.scale_
    return weights, float(model.intercept_[0] - weights @ scaler.mean_)


def _report(judged: list[tuple[Example, float, bool]]) -> dict[str, dict[str, float]]:
    report = {}
    for language, asked_in in PAIRS.items():
        for asked in asked_in:
            here = [j for j in judged if (j[0].articles, j[0].questions) == (language, asked)]
            chance = {
                kind: [c for example, c, _ in here if example.kind == kind] for kind in ("whole", "removed", "other")
            }
            pairs = [(c, r) for example, c, r in here if example.kind != "other"]
            all_chances, right = np.asarray([c for c, _ in pairs]), np.asarray([r for _, r in pairs])
            tenth = np.minimum((all_chances * 10).astype(int), 9)
            error = sum(
                abs(all_chances[tenth == t].mean() - right[tenth == t].mean()) * (tenth == t).mean() for t in set(tenth)
            )
            report[f"{asked}→{language}"] = {
                "auroc_removed": round(_auroc(chance["whole"], chance["removed"]), 3),
                "auroc_other": round(_auroc(chance["whole"], chance["other"]), 3),
                "expected_calibration_error": round(float(error), 3),
                "right_sentence_first": round(float(np.mean([r for e, _, r in here if e.kind == "whole"])), 3),
            }
            for bar in (0.3, 0.4, 0.5):
                rates = [round(float(np.mean(np.asarray(chance[kind]) >= bar)), 3) for kind in chance]
                report[f"{asked}→{language}"][f"answered at {bar} (whole, removed, other)"] = rates  # type: ignore[assignment]
    return report


def _auroc(positive: list[float], negative: list[float]) -> float:
    labels = np.r_[np.ones(len(positive)), np.zeros(len(negative))]
    return float(roc_auc_score(labels, np.r_[positive, negative]))


if __name__ == "__main__":
    main()
