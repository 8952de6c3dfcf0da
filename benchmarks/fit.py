"""Fits the fusion weights and the readers' last steps on the development half of XQuAD-R.

    python -m benchmarks.fit DATA --step fusion        prints the weights for rag/settings.py
    python -m benchmarks.fit DATA --step embedding     writes rag/reader/embedding_reader.json
    python -m benchmarks.fit DATA --step collect --folds FILE FILE [--native DATA2] [--written] [--languages de …]
                                                   --examples OUT
    python -m benchmarks.fit DATA --step trained --examples OUT…    writes rag/reader/trained_reader.json
    python -m benchmarks.fit DATA --step judged --examples OUT…     prints how those coefficients judge them

DATA is the folder with de.json, en.json, es.json, zh.json. Fusion: a softmax over each article's sentences (a
conditional logit, McFadden 1974). Readers: benchmarks/fit_reader.py. All are reported as measured in six-fold
cross-validation over articles, then fitted on all. FILEs: the trained reader's weights, each trained without one fold,
so that it reads no article that it has seen, or one file that was trained on none (training/README.md). DATA2: the
folder of germanquad.de.json.gz.
"""

from __future__ import annotations

import argparse
from dataclasses import fields
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.conditional_logit import Groups, conditional_logit
from benchmarks.fit_examples import FOLDS, Example, Matrix, collect, read_examples, write_examples
from benchmarks.fit_reader import collect_trained, fit_embedding, fit_trained, report_judged, retrieval_features
from rag.retrieval.retriever import FEATURES
from rag.settings import FusionWeights

PAIRS = {"de": ["de", "en", "es", "zh"], "en": ["en", "de"], "es": ["es", "de"], "zh": ["zh", "en"]}
# For the trained reader, which takes a hundred times as long.
READ_PAIRS = {"de": ["de", "en"], "en": ["en", "de"], "es": ["es"], "zh": ["zh"]}


def main() -> None:
    """Collect examples, fit, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--step", choices=["fusion", "embedding", "collect", "trained", "judged"], required=True)
    parser.add_argument("--folds", type=Path, nargs="+", default=[])
    parser.add_argument("--native", type=Path)
    parser.add_argument("--written", action="store_true", help="the held texts of training/written/ besides")
    parser.add_argument("--languages", nargs="*", default=list(READ_PAIRS), help="of the articles")
    parser.add_argument("--examples", type=Path, nargs="+", default=[])
    arguments = parser.parse_args()
    if arguments.step == "embedding":
        fit_embedding(arguments.data, PAIRS)
    elif arguments.step == "collect":
        pairs = {language: READ_PAIRS[language] for language in arguments.languages}
        found = collect_trained(arguments.data, pairs, arguments.folds, arguments.native, written=arguments.written)
        write_examples(list(found), arguments.examples[0])
    elif arguments.step == "trained":
        fit_trained([one for file in arguments.examples for one in read_examples(file)])
    elif arguments.step == "judged":
        report_judged([one for file in arguments.examples for one in read_examples(file)])
    else:
        examples = list(collect(arguments.data, PAIRS, ["whole"], retrieval_features))
        for name, foreign in (("fusion", False), ("foreign_fusion", True)):
            _fit_fusion(name, [example for example in examples if example.foreign == foreign])


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


def _softmax_fit(examples: list[Example]) -> npt.NDArray[np.float64]:
    usable = [example for example in examples if example.answers.any()]
    terms = np.concatenate([_terms(example.features) for example in usable]).astype(np.float64)
    groups = Groups.from_questions([example.answers for example in usable], [1.0] * len(usable))
    return conditional_logit(terms, groups, none=False)


if __name__ == "__main__":
    main()
