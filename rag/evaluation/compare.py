"""Two reports of the same questions → what changed, how surely, and which questions got better and worse."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from index.errors import ReportError
from rag.evaluation.aggregation import Sample, Tally
from rag.evaluation.report import About, Report
from rag.evaluation.statistics import bootstrap_intervals, permutation_p_values

# A difference with a p-value below it counts as sure.
SURE_BELOW = 0.05


@dataclass(frozen=True, slots=True)
class Difference:
    """A measure before and after, over the questions that both reports have.

    Attributes:
        difference: after less before.
        low, high: its 95 % bootstrap interval.
        p: of a two-sided paired randomisation test: how often a difference at least as large comes about where it is
            chance which of the two results of a question is called "before" (Smucker et al. 2007).
        n: over how many questions the measure is, after.
    """

    before: float
    after: float
    difference: float
    low: float
    high: float
    p: float
    n: int

    @property
    def is_sure(self) -> bool:
        """Whether chance is an unlikely reason."""
        return self.p < SURE_BELOW


@dataclass(frozen=True, slots=True)
class Change:
    """A question that failed in one report only: its failure, "" where it did not fail."""

    id: str
    question: str
    before: str
    after: str

    @property
    def is_answerable(self) -> bool:
        """Whether the article answers it, so that going well means answering."""
        return "answered the unanswerable" not in (self.before, self.after)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed from one report to another.

    Attributes:
        questions: how many both have, by id; all figures are over these.
        only_before, only_after: how many one has and the other has not.
        better, worse: the questions that no longer fail, and those that did not before.
    """

    before: About
    after: About
    questions: int
    only_before: int
    only_after: int
    differences: dict[str, Difference]
    better: tuple[Change, ...]
    worse: tuple[Change, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {"format": "beleg-comparison/1", **asdict(self)}


def compare(before: Report, after: Report) -> Comparison:
    """Compare two reports, question by question.

    Raises:
        ReportError: they have no question in common.
    """
    places = {outcome.id: place for place, outcome in enumerate(before.questions)}
    earlier, later = Tally(), Tally()
    better: list[Change] = []
    worse: list[Change] = []
    for outcome in after.questions:
        if outcome.id not in places:
            continue
        was = before.questions[places[outcome.id]]
        earlier.add(was)
        later.add(outcome)
        if bool(was.failure) != bool(outcome.failure):
            change = Change(outcome.id, outcome.question, was.failure, outcome.failure)
            (better if was.failure else worse).append(change)
    if not len(later):
        raise ReportError(
            f"the reports on {before.about.question_set} and {after.about.question_set} have no question in common. "
            "Expected two of the same questions, by id; compare with another.",
            "reports-nothing-in-common",
            before=before.about.question_set,
            after=after.about.question_set,
        )
    return Comparison(
        before=before.about,
        after=after.about,
        questions=len(later),
        only_before=len(before.questions) - len(later),
        only_after=len(after.questions) - len(later),
        differences=_differences(earlier.sample(), later.sample()),
        better=tuple(better),
        worse=tuple(worse),
    )


def _differences(before: Sample, after: Sample) -> dict[str, Difference]:
    counts = after.counts()
    names = tuple(name for name in after.names() if name in before.names())
    evenly = np.ones((1, len(after)))
    was, now = before.measured(names, evenly)[0], after.measured(names, evenly)[0]
    low, high = bootstrap_intervals(
        lambda weights: after.measured(names, weights) - before.measured(names, weights), after.clusters
    )
    p = permutation_p_values(lambda swaps: before.less_swapped(after, names, swaps), after.clusters)
    found = {}
    for name, before_, after_, *ends, p_value in zip(names, was, now, low, high, p, strict=True):
        difference = after_ - before_
        # A value of a single question has no interval.
        low_, high_ = (float(difference if np.isnan(end) else end) for end in ends)
        found[name] = Difference(
            float(before_), float(after_), float(difference), low_, high_, float(p_value), counts[name]
        )
    return found
