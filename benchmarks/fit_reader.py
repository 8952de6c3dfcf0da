"""Fits a reader's last step: how probable it is that each of a question's candidates answers it.

On candidates of questions asked of their own article, of the same without the answering paragraph, and of another
article, weighted as if half of all questions had an answer. The embedding reader: logistic regression, each candidate
by itself. The trained reader: a conditional logit over the candidates and "none".
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

from benchmarks.conditional_logit import Groups, conditional_logit
from benchmarks.development import readers_of_folds
from benchmarks.fit_examples import FOLDS, Example, Matrix, collect, collect_native, collect_written
from index import Index
from index.models.embedded_encoder import open_encoder
from rag.conversation.query import Query
from rag.reader.embedding import COEFFICIENTS, coefficients
from rag.reader.evidence import SentenceEvidence
from rag.reader.trained import COEFFICIENTS as TRAINED_COEFFICIENTS
from rag.reader.trained import JUDGED, is_named_above, judged_features, passages_to_read, read_passage, shares
from rag.retrieval.retriever import FEATURES, Candidates
from rag.settings import Settings
from training.written import read_written

KINDS = ("whole", "removed", "other")
SHORT = ("short", "short removed")
# Only every third question is asked of another article, every second of a few sentences; of the written ones, every
# fourth is not answered.
WEIGHT = {"whole": 1.0, "removed": 0.5, "other": 1.5, "short": 1.0, "short removed": 1.0, "unsaid": 3.0}
# Candidates that the embedding reader is fitted on, of each question.
BEST = 10
# Of what is written as people type, which is judged by other features than questions to encyclopaedias. With 0, 0.3 and
# 1, cross-validated: 0.525, 0.551 and 0.576 of such questions answered rightly and 0.531, 0.592 and 0.631 of the
# unanswerable refused at a bar of 0.36; AUROC of German XQuAD-R 0.963, 0.960 and 0.952.
WRITTEN_WEIGHT = 0.3
# Of a pair of languages with fewer examples no figures are given.
FEWEST_REPORTED = 200
# Weights of features, and a bias.
Linear: TypeAlias = tuple[npt.NDArray[np.float64], float]


def retrieval_features(
    fold: int, query: Query, candidates: Candidates, index: Index
) -> tuple[npt.NDArray[np.bool_], Matrix]:
    """Return all candidates, and their features as retrieved."""
    return np.ones(len(candidates.rows), np.bool_), candidates.features


def fit_embedding(data: Path, pairs: Mapping[str, Sequence[str]]) -> None:
    """Fit the embedding reader, print what cross-validation found, write its coefficients."""

    def best(fold: int, query: Query, found: Candidates, index: Index) -> tuple[npt.NDArray[np.bool_], Matrix]:
        return np.arange(len(found.rows)) < BEST, found.features[:BEST]

    write_fit(list(collect(data, pairs, KINDS, best)), pairs, FEATURES, COEFFICIENTS, "embedding", _logistic)


def collect_trained(
    data: Path, pairs: Mapping[str, Sequence[str]], folds: Sequence[Path], native: Path | None, *, written: bool
) -> Iterator[Example]:
    """Yield what the network finds in articles that it was not trained on, for `fit_trained`.

    Args:
        folds: quantised weights; the n-th was trained without the articles whose number leaves n.
        native: folder of GermanQuAD's tuning half, asked besides; None: not.
        written: whether the held texts of training/written/ are asked besides.
    """
    readers = readers_of_folds(open_encoder(), folds)
    settings = Settings()

    def read(fold: int, query: Query, found: Candidates, index: Index) -> tuple[npt.NDArray[np.bool_], Matrix]:
        reader = readers[fold % len(readers)]
        evidence, question = SentenceEvidence(len(found.rows)), reader.question(query.text)
        for row in passages_to_read(found, index)[: settings.read_passages]:
            under = settings.read_under_headings or is_named_above(query.text, row, index)
            read_passage(reader, question, row, found, index, evidence, under=under)
        return evidence.read, judged_features(found, evidence)[evidence.read]

    yield from collect(data, pairs, (*KINDS, *SHORT), read)
    if native:
        yield from collect_native(native, (*KINDS, *SHORT), read)
    if written:
        yield from collect_written(read_written(held=True), read)


def fit_trained(examples: list[Example]) -> None:
    """Fit the trained reader's conditional logit on what `collect_trained` found."""
    write_fit(examples, _pairs(examples), JUDGED, TRAINED_COEFFICIENTS, "trained", _conditional)


def report_judged(examples: list[Example]) -> None:
    """Print how the coefficients there are judge what `collect_trained` found with weights they were not fitted on."""
    models = coefficients(json.loads(TRAINED_COEFFICIENTS.read_text(encoding="utf-8")), JUDGED)
    found = [(one, shares(one.features @ models[one.foreign][0] + models[one.foreign][1])) for one in examples]
    print(json.dumps(_report(found, _pairs(examples), JUDGED), indent=1, ensure_ascii=False))


def _pairs(examples: Sequence[Example]) -> dict[str, list[str]]:
    pairs: dict[str, list[str]] = {}
    for asked, language in sorted({(example.questions, example.articles) for example in examples}):
        pairs.setdefault(language, []).append(asked)
    return pairs


def write_fit(
    examples: list[Example],
    pairs: Mapping[str, Sequence[str]],
    names: Sequence[str],
    out: Path,
    step: str,
    fit: Callable[[Sequence[Example]], Linear],
) -> None:
    """Print what cross-validation over articles finds, fit on all, write the coefficients."""
    judged: list[tuple[Example, Matrix]] = []
    for fold in range(FOLDS):
        models = {
            foreign: fit([one for one in examples if one.foreign == foreign and one.fold != fold])
            for foreign in (False, True)
        }
        for example in examples:
            if example.fold == fold:
                weights, bias = models[example.foreign]
                scores = example.features @ weights + bias
                judged.append((example, shares(scores) if fit is _conditional else 1 / (1 + np.exp(-scores))))
    report = _report(judged, pairs, names)
    print(json.dumps(report, indent=1, ensure_ascii=False))
    fitted = {}
    for name, foreign in (("native", False), ("foreign", True)):
        weights, bias = fit([example for example in examples if example.foreign == foreign])
        named = {feature: round(float(weight), 5) for feature, weight in zip(names, weights, strict=True)}
        fitted[name] = {"bias": round(float(bias), 5), "weights": named}
    provenance = {
        "fitted_by": f"python -m benchmarks.fit DATA --step {step}",
        "fitted_on": "XQuAD-R, development half: 24 articles, 612 questions (Roy et al. 2020, arXiv 2004.05484); the "
        "trained reader also GermanQuAD, tuning half: 410 questions (Möller et al. 2021), and the held texts of "
        "training/written/: 1,440 questions",
        "pairs": dict(pairs),
        "date": datetime.date.today().isoformat(),
        "cross_validated": report,
    }
    out.write_text(json.dumps({"provenance": provenance, **fitted}, indent=1, ensure_ascii=False) + "\n")


def _ranks(example: Example, names: Sequence[str], chances: Matrix) -> Iterator[tuple[str, int]]:
    """Yield where the answering sentence comes, from 0, by single features and by the reader; 1000 where it is not."""
    by = {name: example.features[:, names.index(name)] for name in ("stems", "sentence", "score") if name in names}
    for name, values in (by | {"reader": chances}).items():
        order = np.argsort(-values, kind="stable")
        yield name, int(np.argmax(example.answers[order])) if example.answers.any() else 1000


def _logistic(examples: Sequence[Example]) -> Linear:
    features = np.concatenate([example.features for example in examples])
    answers = np.concatenate([example.answers for example in examples])
    scaler = StandardScaler().fit(features)
    # As if half of all questions had an answer: neither kind of unanswerable question outweighs the answerable.
    weight = np.repeat([_weight(example) for example in examples], [len(e.answers) for e in examples])
    model = LogisticRegression(max_iter=1000).fit(scaler.transform(features), answers, sample_weight=weight)
    weights = model.coef_[0] / scaler.scale_
    return weights, float(model.intercept_[0] - weights @ scaler.mean_)


def _conditional(examples: Sequence[Example]) -> Linear:
    features = np.concatenate([example.features for example in examples]).astype(np.float64)
    scaler = StandardScaler().fit(features)
    terms = np.column_stack([scaler.transform(features), np.ones(len(features))])
    groups = Groups.from_questions(
        [example.answers for example in examples], [_weight(example) for example in examples]
    )
    found = conditional_logit(terms, groups, none=True, ridge=1e-4)
    weights = found[:-1] / scaler.scale_
    return weights, float(found[-1] - weights @ scaler.mean_)


def _weight(example: Example) -> float:
    return WEIGHT[example.kind] * (WRITTEN_WEIGHT if example.questions == "written" else 1.0)


def _report(
    found: Sequence[tuple[Example, Matrix]], pairs: Mapping[str, Sequence[str]], names: Sequence[str]
) -> dict[str, dict[str, float | list[float]]]:
    """Return figures of each pair of languages, from the chances of each question's candidates."""
    report: dict[str, dict[str, float | list[float]]] = {}
    judged = [
        (example, float(chances.max()), bool(example.answers[int(chances.argmax())]))
        for example, chances in found
        if example.kind not in SHORT
    ]
    for language, asked_in in pairs.items():
        for asked in asked_in:
            here = [j for j in judged if (j[0].articles, j[0].questions) == (language, asked)]
            if len(here) < FEWEST_REPORTED:
                continue
            kinds = {"whole": ("whole",), "removed": ("removed", "unsaid"), "other": ("other",)}
            chance = {name: [c for example, c, _ in here if example.kind in some] for name, some in kinds.items()}
            own = [(c, r, example.kind) for example, c, r in here if example.kind != "other"]
            all_chances, right = np.asarray([c for c, _, _ in own]), np.asarray([r for _, r, _ in own])
            tenth = np.minimum((all_chances * 10).astype(int), 9)
            error = sum(
                abs(all_chances[tenth == t].mean() - right[tenth == t].mean()) * (tenth == t).mean() for t in set(tenth)
            )
            report[f"{asked}→{language}"] = {
                "auroc_removed": round(_auroc(chance["whole"], chance["removed"]), 3),
                "auroc_other": round(_auroc(chance["whole"], chance["other"]), 3) if chance["other"] else 0.0,
                "expected_calibration_error": round(float(error), 3),
                "right_sentence_first": round(float(np.mean([r for e, _, r in here if e.kind == "whole"])), 3),
                "answered_at_precision_0.9": round(_answered_at(0.9, own), 3),
            }
            for bar in (0.3, 0.4, 0.5):
                rates = [round(float(np.mean(np.asarray(chance[kind]) >= bar)), 3) for kind in chance if chance[kind]]
                report[f"{asked}→{language}"][f"answered at {bar} (whole, removed, other)"] = rates
    ranks: dict[str, dict[str, list[int]]] = {}
    for example, chances in found:
        if example.kind == "whole":
            of_pair = ranks.setdefault(f"{example.questions}→{example.articles}", {})
            for ranking, place in _ranks(example, names, chances):
                of_pair.setdefault(ranking, []).append(place)
    for pair, of_pair in ranks.items():
        for ranking, places in of_pair.items():
            hits = [round(float(np.mean(np.asarray(places) < k)), 3) for k in (1, 3)]
            report.setdefault(pair, {})[f"hit@1, hit@3 by {ranking}"] = hits
    return report


def _answered_at(precision: float, judged: list[tuple[float, bool, str]]) -> float:
    """The greatest share of the answerable that is answered while a share of all answers is right."""
    ordered = sorted(judged, key=lambda item: -item[0])
    right = np.cumsum([r for _, r, _ in ordered]) / np.arange(1, len(ordered) + 1)
    answered = np.cumsum([kind == "whole" for _, _, kind in ordered]) / sum(kind == "whole" for _, _, kind in ordered)
    return float(answered[right >= precision].max(initial=0.0))


def _auroc(positive: list[float], negative: list[float]) -> float:
    labels = np.r_[np.ones(len(positive)), np.zeros(len(negative))]
    return float(roc_auc_score(labels, np.r_[positive, negative]))
