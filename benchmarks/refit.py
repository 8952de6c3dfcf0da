"""Whether other coefficients of the trained reader's last step would judge texts better that its network has not seen.

    python -m benchmarks.refit FILE.npz…

FILEs are what benchmarks/fit_sets.py collected. Each way to fit is measured on a set that it was not fitted on. The
coefficients as shipped answer a share of the unanswerable questions at the bar in use; each way is given the bar at
which it answers as many of them, and the answerable ones that it then answers rightly are compared, with 95 % bootstrap
intervals of the difference. Also: AUROC, and the expected calibration error where half of all questions have an answer.
Besides, what the shipped coefficients do at other bars.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score

from benchmarks.conditional_logit import FloatArray, Groups, conditional_logit
from benchmarks.fit_examples import Example, read_examples
from rag.reader.embedding import coefficients
from rag.reader.trained import COEFFICIENTS, JUDGED, shares
from rag.retrieval.retriever import FEATURES
from rag.settings import Settings

# How much a question counts that is asked so; the unanswerable together about as much as the answerable.
WEIGHT = {"whole": 1.0, "removed": 0.5, "cut": 1.0, "exchanged": 0.7, "unanswered": 1.0, "other": 0.3}
LEXICAL = ("stems", "ngrams", "passage_terms", "best_passage_terms")
COSINES = ("sentence", "context", "neighbourhood", "passage")
NETWORK = tuple(name for name in JUDGED if name not in FEATURES)
# Name, features, ridge, and whether it draws towards the shipped coefficients or towards 0.
WAYS = (
    ("all, near the shipped, 0.1", JUDGED, 0.1, True),
    ("all, near the shipped, 0.01", JUDGED, 0.01, True),
    ("all, near the shipped, 0.001", JUDGED, 0.001, True),
    ("all, 0.01", JUDGED, 0.01, False),
    ("all, 0.001", JUDGED, 0.001, False),
    ("without the wording", tuple(name for name in JUDGED if name not in LEXICAL), 0.001, False),
    ("without the cosines", tuple(name for name in JUDGED if name not in COSINES), 0.001, False),
    ("the network alone", NETWORK, 0.001, False),
)
BARS = (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5)
# Weights by feature, and a bias, of questions in the article's language (False) and in another (True).
Models: TypeAlias = Mapping[bool, tuple[FloatArray, float]]
BoolArray: TypeAlias = npt.NDArray[np.bool_]


def main() -> None:
    """Fit in each way, without one set at a time, and print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+")
    examples = [one for file in parser.parse_args().files for one in read_examples(file) if len(one.answers)]
    pairs = coefficients(json.loads(COEFFICIENTS.read_text(encoding="utf-8")), JUDGED)
    shipped = {foreign: (weights.astype(np.float64), float(bias)) for foreign, (weights, bias) in enumerate(pairs)}
    before = judged(examples, {bool(foreign): model for foreign, model in shipped.items()})
    print(len(examples), "examples:", dict(Counter(one.kind for one in examples)))
    answerable = np.asarray([one.kind == "whole" for one in examples])
    weights = np.asarray([WEIGHT[one.kind] for one in examples])
    print("bar | answered rightly | wrongly | " + " | ".join(sorted(WEIGHT.keys() - {"whole"})))
    for bar in BARS:
        above = before[0] >= bar
        wrongly = [above[[one.kind == kind for one in examples]].mean() for kind in sorted(WEIGHT.keys() - {"whole"})]
        told = [(above & before[1])[answerable].mean(), (above & ~before[1])[answerable].mean(), *wrongly]
        print(f"{bar} | " + " | ".join(f"{share:.3f}" for share in told))
    print("way | first | AUROC | ECE | answered rightly at the same share of unanswerable ones | less the shipped")
    print(_row("shipped", before, before, answerable, weights))
    for name, names, ridge, near in WAYS:
        after = cross_validated(examples, names, ridge, shipped if near else None)
        print(_row(name, after, before, answerable, weights), flush=True)


def judged(examples: Sequence[Example], models: Models) -> tuple[FloatArray, BoolArray]:
    """Return each example's highest probability, and whether the sentence that has it answers."""
    best, right = [], []
    for one in examples:
        weights, bias = models[one.foreign]
        chances = shares(one.features @ weights + bias)
        place = int(chances.argmax())
        best.append(float(chances[place]))
        right.append(bool(one.answers[place]))
    return np.asarray(best), np.asarray(right)


def cross_validated(
    examples: Sequence[Example], names: Sequence[str], ridge: float, prior: Models | None
) -> tuple[FloatArray, BoolArray]:
    """As `judged`, each set by coefficients that were fitted without it."""
    best, right = np.zeros(len(examples)), np.zeros(len(examples), np.bool_)
    for held_out in sorted({one.questions for one in examples}):
        models = {
            foreign: fit(
                [one for one in examples if one.foreign == foreign and one.questions != held_out],
                names,
                ridge,
                prior[foreign] if prior else None,
            )
            for foreign in (False, True)
        }
        rows = [number for number, one in enumerate(examples) if one.questions == held_out]
        best[rows], right[rows] = judged([examples[row] for row in rows], models)
    return best, right


def fit(
    examples: Sequence[Example], names: Sequence[str], ridge: float, prior: tuple[FloatArray, float] | None
) -> tuple[FloatArray, float]:
    """Return weights of all features, 0 for those that are not named, and a bias; a set counts by its square root."""
    columns = [JUDGED.index(name) for name in names]
    features = np.concatenate([one.features for one in examples]).astype(np.float64)[:, columns]
    mean, spread = features.mean(0), np.maximum(features.std(0), 1e-9)
    terms = np.column_stack([(features - mean) / spread, np.ones(len(features))])
    of_set: Counter[str] = Counter()
    for one in examples:
        of_set[one.questions] += 1
    weights = [WEIGHT[one.kind] / of_set[one.questions] ** 0.5 for one in examples]
    towards = None
    if prior:
        own = prior[0][columns]
        towards = np.append(own * spread, prior[1] + own @ mean)
    groups = Groups.from_questions([one.answers for one in examples], weights)
    found = conditional_logit(terms, groups, none=True, ridge=ridge, towards=towards)
    every = np.zeros(len(JUDGED))
    every[columns] = found[:-1] / spread
    return every, float(found[-1] - every[columns] @ mean)


def _row(
    name: str,
    after: tuple[FloatArray, BoolArray],
    before: tuple[FloatArray, BoolArray],
    answerable: BoolArray,
    weights: FloatArray,
) -> str:
    chance = np.random.default_rng(1)
    yes, no = np.flatnonzero(answerable), np.flatnonzero(~answerable)
    differences = []
    for _ in range(500):
        some, others = chance.choice(yes, len(yes)), chance.choice(no, len(no))
        told = [_at_same_share(one, before, some, others, weights) for one in (after, before)]
        differences.append(told[0] - told[1])
    low, high = np.percentile(differences, [2.5, 97.5])
    auroc = roc_auc_score(answerable, after[0], sample_weight=weights)
    rightly = _at_same_share(after, before, yes, no, weights)
    return (
        f"{name} | {after[1][answerable].mean():.3f} | {auroc:.3f} | {_error(*after, answerable, weights):.3f} | "
        f"{rightly:.3f} | {np.mean(differences):+.3f} ({low:+.3f} to {high:+.3f})"
    )


def _at_same_share(
    after: tuple[FloatArray, BoolArray],
    before: tuple[FloatArray, BoolArray],
    yes: npt.NDArray[np.int64],
    no: npt.NDArray[np.int64],
    weights: FloatArray,
) -> float:
    """Return the share answered rightly, where as many unanswerable are answered as by the shipped coefficients."""
    answered = np.average(before[0][no] >= Settings().answer_bar, weights=weights[no])
    order = no[np.argsort(-after[0][no], kind="stable")]
    passed = np.searchsorted(np.cumsum(weights[order]) / weights[no].sum(), answered, side="right")
    bar = after[0][order[min(int(passed), len(order) - 1)]]
    return float((after[1][yes] & (after[0][yes] > bar)).mean())


def _error(best: FloatArray, right: BoolArray, answerable: BoolArray, weights: FloatArray) -> float:
    halves = np.where(answerable, 1 / weights[answerable].sum(), 1 / weights[~answerable].sum()) * weights / 2
    tenth = np.minimum((best * 10).astype(int), 9)
    bins = [tenth == number for number in range(10)]
    return float(sum(abs(halves[some] @ (best[some] - right[some])) for some in bins))


if __name__ == "__main__":
    main()
