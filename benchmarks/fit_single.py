"""Fits what tells a question that can have one right answer in words: rag/reader/single_answer.json.

    python -m benchmarks.fit_single

"Who is the director?" has one, "Who works there?" several; two that differ contradict each other only for the former.
A logistic regression over the embedded encoder's question vectors, fitted on single_questions.json, pairs of similar
questions in seven languages. It is measured with whole topics left out, and with whole languages left out.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, LeaveOneGroupOut, cross_val_predict

from index.models.embedded_encoder import open_encoder
from rag.reader.contradiction import SINGLE

QUESTIONS = Path(__file__).with_name("single_questions.json")
# Inverse strength of the ridge: 1, 10, 100 and 1000 give areas of 0.946, 0.960, 0.963 and 0.963.
RIDGE = 10.0
FOLDS = 8


def main() -> None:
    written = json.loads(QUESTIONS.read_text(encoding="utf-8"))["questions"]
    rows = [
        (question, kind == "one", topic, language)
        for language, kinds in written.items()
        for kind, questions in kinds.items()
        for topic, question in enumerate(questions)
    ]
    vectors = open_encoder().encode_questions([question for question, *_ in rows])
    labels = np.asarray([one for _, one, *_ in rows])
    mean = vectors.mean(0)
    shifted = vectors - mean
    shifted /= np.linalg.norm(shifted, axis=1, keepdims=True)
    measured = {}
    for name, column, folds in (("topics", 2, GroupKFold(FOLDS)), ("languages", 3, LeaveOneGroupOut())):
        groups = [row[column] for row in rows]
        model = LogisticRegression(C=RIDGE, max_iter=5000)
        likely = cross_val_predict(model, shifted, labels, groups=groups, cv=folds, method="predict_proba")[:, 1]
        measured[f"area under the curve, {name} left out"] = round(float(roc_auc_score(labels, likely)), 3)
        measured[f"accuracy, {name} left out"] = round(float(((likely > 0.5) == labels).mean()), 3)
    fitted = LogisticRegression(C=RIDGE, max_iter=5000).fit(shifted, labels)
    content = {
        "note": f"benchmarks/fit_single.py, {len(rows)} questions in {len(written)} languages",
        "measured": measured,
        "mean": [round(float(value), 5) for value in mean],
        "weights": [round(float(value), 4) for value in fitted.coef_[0]],
        "bias": round(float(fitted.intercept_[0]), 4),
    }
    SINGLE.write_text(json.dumps(content) + "\n", encoding="utf-8")
    print(measured)


if __name__ == "__main__":
    main()
