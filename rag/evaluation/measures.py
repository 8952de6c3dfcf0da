"""The names of all measures, in the order of tables. They are stable: reports, tables and `--fail-under` use them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from index.errors import ExtraError

# The libraries that only evaluating needs: the extra `eval`.


@contextmanager
def eval_extra() -> Iterator[None]:
    """Say what to install where a library imported within this is missing.

    Raises:
        ExtraError: it is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise ExtraError(
            f"{error.name} is not installed. Expected the libraries that evaluating needs; "
            "install them: pip install 'beleg[eval]'"
        ) from error


_RANKING = ("hit@1", "hit@3", "hit@5", "hit@10", "RR", "nDCG@10", "R@5", "R@10", "AP")

# Of sentences, as `Assistant.retrieve` ranks them; hit@k is Success@k.
SENTENCES = _RANKING
PASSAGES = tuple(f"passage {name}" for name in _RANKING)
# An article is ranked as its best passage is.
ARTICLES = tuple(f"article {name}" for name in _RANKING)
CITATIONS = ("citation precision", "citation recall", "citation F1", "citations per answer", "characters per answer")
ANSWERS = ("EM", "F1", "text EM", "text F1")
# "best right": share of the answerable whose most probable sentence is right, answered or not. "right": answered and
# right. "complete": answered, right, and every group of the evidence cited. "precision": right among all that is
# answered.
DECISIONS = (
    "best right",
    "right",
    "complete",
    "precision",
    "answered",
    "refused",
    "abstention precision",
    "abstention recall",
)
# Over all questions together: of one question they are nothing.
OF_CONFIDENCE = ("AUROC", "AURC", "ECE")

PER_QUESTION = SENTENCES + PASSAGES + ARTICLES + CITATIONS + ANSWERS + DECISIONS
NAMES = PER_QUESTION + OF_CONFIDENCE
# Means of what is 0 or 1 for each question.
SHARES = frozenset({*DECISIONS, *(name for name in SENTENCES + PASSAGES + ARTICLES if "hit@" in name), "EM", "text EM"})
LOWER_IS_BETTER = frozenset({"AURC", "ECE"})
# Without questions of the kind, these would be about the questions and not about the answers.
NEED_ANSWERABLE = frozenset({"precision", "citation precision", "AURC"})
NEED_UNANSWERABLE = frozenset({"abstention precision"})


# Retrieval measures of ranked sentences, passages and articles. The only importer of ir_measures.


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
