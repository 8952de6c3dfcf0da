"""How well an answer's citations match the gold evidence.

A citation is right when it shares a character with gold evidence. Precision is the share of an answer's citations that
is right; recall is the share of the groups of evidence that are needed (alternatives are one group) that some citation
covers; F1 is their harmonic mean. An abstention cites nothing: where an answer was due its recall and F1 are 0, and it
has no precision. An answer where none was due has precision 0.

ALCE (Gao et al. 2023, arXiv 2305.14627) gives the same names to other things: it has no gold evidence, but asks a model
of natural language inference whether the cited text entails the statement, so that any sentence which supports a
statement is right, even one of a wrong answer. Here the statement is the citation, word for word, which ALCE would
always count as supported; what is asked is whether it answers the question. The figures cannot be compared.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.evaluation.question_set import Evidence

Place = tuple[str, int, int]
"""An article's id, start and end."""


def citation_measures(citations: Sequence[Place] | None, evidence: Sequence[Evidence]) -> dict[str, float]:
    """Return one question's measures, those that apply.

    Args:
        citations: None where it abstained.
        evidence: empty where nothing answers the question.
    """
    found: dict[str, float] = {}
    cited = citations or ()
    right = [any(gold.overlaps(*place) for gold in evidence) for place in cited]
    precision = sum(right) / len(right) if right else 0.0
    if citations is not None:
        found["citation precision"] = precision
        found["citations per answer"] = float(len(cited))
        found["characters per answer"] = float(sum(end - start for _, start, end in cited))
    if evidence:
        groups = {gold.group for gold in evidence}
        covered = {gold.group for gold in evidence if any(gold.overlaps(*place) for place in cited)}
        recall = len(covered) / len(groups)
        found["citation recall"] = recall
        found["citation F1"] = 2 * precision * recall / (precision + recall) if precision and recall else 0.0
    return found
