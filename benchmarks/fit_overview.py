"""Fits what tells a question about an article as a whole from any other: rag/answering/overview.json and .npz.

    python -m benchmarks.fit_overview DATA

DATA is XQuAD-R's development half, whose questions all ask for something in an article. Beside some of them the
questions of overview_questions.json, written for this in some twenty languages. A support vector machine with a radial
kernel over the embedded encoder's question vectors, and Platt scaling (Platt 1999) fitted on its cross-validated
scores. Kernel and ridge by those, too. The questions of overview_held_out.json, written by somebody who had not seen
the others, are measured only. (A logistic regression: area under the curve 0.949 cross-validated, 0.939 held out,
against 0.964 and 0.956; and it is unsure of "What is this article about?".)
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.svm import SVC

from benchmarks.development import read_development
from index.models.encoder import FloatArray, open_encoder
from rag.answering.overview import COEFFICIENTS, VECTORS, OverviewJudge
from rag.settings import Settings

QUESTIONS = Path(__file__).with_name("overview_questions.json")
HELD_OUT = Path(__file__).with_name("overview_held_out.json")
LANGUAGES = ("de", "en", "es", "zh")
FOLDS = 5
# Questions of the development half to train with. They are enough: none of the others is judged to be about the whole.
DEVELOPMENT_QUESTIONS = 150
GAMMA, PENALTY = 1.0, 1.0
Labels = npt.NDArray[np.float64]


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    encoder = open_encoder()
    listed = json.loads(QUESTIONS.read_text(encoding="utf-8"))
    labels = np.r_[np.ones(len(listed["whole"])), np.zeros(len(listed["part"]))]
    vectors = encoder.encode_questions([*listed["whole"], *listed["part"]])
    asked = [q.text for name in LANGUAGES for a in read_development(Path(sys.argv[1]), name) for q, _ in a.questions]
    development = encoder.encode_questions(asked)
    some = development[np.random.default_rng(0).permutation(len(development))[:DEVELOPMENT_QUESTIONS]]
    mean = np.r_[vectors, development].mean(0)
    folds = np.random.default_rng(1).permutation(len(labels)) % FOLDS
    crossed = np.empty(len(labels))
    for fold in range(FOLDS):
        score = _fit(vectors[folds != fold], labels[folds != fold], some, mean)[0]
        crossed[folds == fold] = score(vectors[folds == fold])
    platt = LogisticRegression(C=1e6).fit(crossed[:, None], labels)
    score, machine = _fit(vectors, labels, some, mean)
    np.savez(
        VECTORS,
        support=machine.support_vectors_.astype(np.float16),
        dual=machine.dual_coef_[0].astype(np.float32),
        mean=mean.astype(np.float32),
    )
    fitted = {
        "gamma": GAMMA,
        "bias": round(float(machine.intercept_[0]), 4),
        "slope": round(float(platt.coef_[0, 0]), 3),
        "offset": round(float(platt.intercept_[0]), 3),
    }
    COEFFICIENTS.write_text(json.dumps(fitted), encoding="utf-8")
    judge = OverviewJudge()
    more = json.loads(HELD_OUT.read_text(encoding="utf-8"))
    held_out = judge.probabilities(encoder.encode_questions([one["question"] for one in more]))
    report = {
        "cross-validated": _measures(platt.predict_proba(crossed[:, None])[:, 1], labels),
        "development half": _measures(judge.probabilities(development), np.zeros(len(development))),
        "held out": _measures(held_out, np.asarray([float(one["whole"]) for one in more])),
    }
    for name, measured in report.items():
        print(name, measured)
    provenance = {
        "fitted_by": "python -m benchmarks.fit_overview DATA",
        "fitted_on": "benchmarks/overview_questions.json and XQuAD-R's development half (arXiv 2004.05484)",
        "date": datetime.now(UTC).date().isoformat(),
        **report,
    }
    COEFFICIENTS.write_text(json.dumps({"provenance": provenance, **fitted}, indent=1) + "\n", encoding="utf-8")


def _fit(
    vectors: FloatArray, labels: Labels, others: FloatArray, mean: FloatArray
) -> tuple[Callable[[FloatArray], Labels], SVC]:
    def centred(some: FloatArray) -> FloatArray:
        shifted: FloatArray = some - mean
        return shifted / np.linalg.norm(shifted, axis=1, keepdims=True)

    machine = SVC(kernel="rbf", gamma=GAMMA, C=PENALTY)
    machine.fit(centred(np.r_[vectors, others]), np.r_[labels, np.zeros(len(others))])
    return lambda some: machine.decision_function(centred(some)), machine


def _measures(found: Labels, labels: Labels) -> dict[str, str]:
    """Counts at the bar: of those about the whole, how many are seen; of the others, how many are taken for one."""
    bar = Settings().overview_bar
    parts = {"seen": found[labels == 1], "mistaken": found[labels == 0]}
    counts = {name: f"{int((some >= bar).sum())}/{len(some)}" for name, some in parts.items() if len(some)}
    if len(counts) == len(parts):
        counts["area under the curve"] = f"{roc_auc_score(labels, found):.3f}"
    return counts


if __name__ == "__main__":
    main()
