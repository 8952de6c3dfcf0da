"""Sentences inside their article, passages over all articles, and abstention, on XQuAD-R's development half.

python -m benchmarks.retrieval DATA [--json OUT]

Sentences: `Assistant.retrieve`, a sentence is right when it overlaps the answer. Passages: nDCG@10 over the passages
of all articles together, a passage is relevant when it holds the answer. Abstention: AUROC of `Answer.confidence`,
each question asked of its article and of the same without the answering paragraph; the expected calibration error is
over both. The reader and the fusion were fitted on these articles: benchmarks.fit reports cross-validated figures.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from benchmarks.development import Entry, Question, RememberingEncoder, read_entries
from index import build_index
from rag import Assistant, Settings
from rag.retriever import Retriever

PAIRS = [("de", "de"), ("en", "en"), ("es", "es"), ("zh", "zh"), ("de", "en")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    encoder = RememberingEncoder()
    results: dict[str, Any] = {}
    for articles, asked_in in PAIRS:
        entries = read_entries(arguments.data, articles)
        questions = [entry.questions for entry in read_entries(arguments.data, asked_in)]
        figures = {
            **_sentences(encoder, entries, questions),
            **_passages(encoder, entries, questions),
            **_abstention(encoder, entries, questions),
        }
        results[f"{asked_in}→{articles}"] = figures
        print(f"{asked_in}→{articles}", "  ".join(f"{name} {value:.3f}" for name, value in figures.items()), flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _sentences(
    encoder: RememberingEncoder, entries: list[Entry], questions: list[tuple[Question, ...]]
) -> dict[str, float]:
    ranks = []
    for entry, asked in zip(entries, questions, strict=True):
        assistant = Assistant(build_index([entry.article], encoder), encoder)
        answers = {question.id: question.answer for question in entry.questions}
        for question in asked:
            gold = answers[question.id]
            hits = assistant.retrieve(question.text, k=10)
            ranks.append(next((hit.rank for hit in hits if hit.start < gold.end and hit.end > gold.start), np.inf))
    found = np.asarray(ranks)
    return {**{f"hit@{k}": float((found <= k).mean()) for k in (1, 3, 5)}, "MRR@10": float((1 / found).mean())}


def _passages(
    encoder: RememberingEncoder, entries: list[Entry], questions: list[tuple[Question, ...]]
) -> dict[str, float]:
    index = build_index([entry.article for entry in entries], encoder)
    retriever = Retriever(index, encoder, Settings())
    starts, ends = index.sentences[index.passages[:, 1], 1], index.sentences[index.passages[:, 2], 2]
    discounts = 1 / np.log2(np.arange(2, 12))
    gains = []
    for number, (entry, asked) in enumerate(zip(entries, questions, strict=True)):
        answers = {question.id: question.answer for question in entry.questions}
        for question in asked:
            gold = answers[question.id]
            relevant = (index.passages[:, 0] == number) & (starts < gold.end) & (ends > gold.start)
            rows, _ = retriever.passages(question.text, k=10)
            ideal = discounts[: min(10, int(relevant.sum()))].sum()
            gains.append(float((relevant[rows] * discounts[: len(rows)]).sum() / ideal))
    return {"passages nDCG@10": float(np.mean(gains))}


def _abstention(
    encoder: RememberingEncoder, entries: list[Entry], questions: list[tuple[Question, ...]]
) -> dict[str, float]:
    confidences: list[float] = []
    answerable: list[bool] = []
    right: list[bool] = []
    answered: list[bool] = []
    for entry, asked in zip(entries, questions, strict=True):
        whole = Assistant(build_index([entry.article], encoder), encoder)
        removed = [
            Assistant(build_index([entry.without(number)], encoder), encoder) for number in range(len(entry.paragraphs))
        ]
        answers = {question.id: question for question in entry.questions}
        for question in asked:
            gold = answers[question.id]
            for assistant in (whole, removed[gold.paragraph]):
                answer = assistant.ask(question.text)
                best = (
                    answer.nearest[0]
                    if answer.abstained
                    else max(answer.statements, key=lambda statement: statement.support).citations[0]
                )
                confidences.append(answer.confidence)
                answered.append(not answer.abstained)
                answerable.append(assistant is whole)
                hit = best.start < gold.answer.end and best.end > gold.answer.start
                right.append(assistant is whole and hit)
    chances, truth = np.asarray(confidences), np.asarray(right)
    known, given = np.asarray(answerable), np.asarray(answered)
    tenth = np.minimum((chances * 10).astype(int), 9)
    gaps = [abs(chances[tenth == t].mean() - truth[tenth == t].mean()) * (tenth == t).mean() for t in set(tenth)]
    return {
        "AUROC": float(roc_auc_score(known, chances)),
        "ECE": float(sum(gaps)),
        "answered": float(given[known].mean()),
        "of these right": float(truth[known & given].mean()),
        "answered without the paragraph": float(given[~known].mean()),
    }


if __name__ == "__main__":
    main()
