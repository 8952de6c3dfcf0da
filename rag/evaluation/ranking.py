"""Retrieval measures of ranked sentences, passages and articles. The only importer of ir_measures.

MacAvaney et al. 2022 (arXiv 2111.13466); it computes through trec_eval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.evaluation.extra import eval_extra
from rag.evaluation.measures import SENTENCES


@dataclass(frozen=True, slots=True)
class Ranking:
    """What one question should find, and what it found.

    Attributes:
        relevant: the grade, 1 or more, of each relevant document; never empty.
        ranked: documents, best first, each once.
    """

    relevant: Mapping[str, int]
    ranked: Sequence[str]

    def scores(self) -> dict[str, float]:
        """Return a score for each ranked document, no two the same: trec_eval breaks ties by the documents' names."""
        return {document: float(len(self.ranked) - place) for place, document in enumerate(self.ranked)}


def ranking_measures(rankings: Sequence[Ranking]) -> list[dict[str, float]]:
    """Return the measures of each question by their names in `measures.SENTENCES`; one without a result has zeros.

    Raises:
        ExtraError: ir-measures is not installed.
    """
    with eval_extra():
        from ir_measures import AP, RR, R, Success, iter_calc, nDCG

    named = dict(
        zip(
            SENTENCES,
            (Success @ 1, Success @ 3, Success @ 5, Success @ 10, RR, nDCG @ 10, R @ 5, R @ 10, AP),
            strict=True,
        )
    )
    names = {measure: name for name, measure in named.items()}
    qrels = {str(number): dict(ranking.relevant) for number, ranking in enumerate(rankings)}
    run = {str(number): ranking.scores() for number, ranking in enumerate(rankings) if ranking.ranked}
    found: list[dict[str, float]] = [{} for _ in rankings]
    if rankings:
        for metric in iter_calc(list(named.values()), qrels, run):
            found[int(metric.query_id)][names[metric.measure]] = float(metric.value)
    return found
