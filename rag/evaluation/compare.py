"""Two reports of the same questions → what changed, how surely, and which questions got better and worse."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from index.errors import ReportError
from rag.evaluation.aggregation import Sample, Tally
from rag.evaluation.outcome import Fault, TurnOutcome
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
class TurnChange:
    """A turn of a dialogue that was handled in one report only: its faults in both, none where it was handled."""

    id: str
    question: str
    kind: str
    part: str
    before: tuple[Fault, ...]
    after: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed from one report to another.

    Attributes:
        questions: how many both have, by id; all figures are over these.
        only_before, only_after: how many one has and the other has not.
        better, worse: the questions that no longer fail, and those that did not before.
        turns: how many turns of dialogues both have, by the dialogue's id and the turn's place.
        handled: the share that was handled, of "turns" and of each kind.
        turns_better, turns_worse: the turns that are handled now only, and those that were before only.
    """

    before: About
    after: About
    questions: int
    only_before: int
    only_after: int
    differences: dict[str, Difference]
    better: tuple[Change, ...]
    worse: tuple[Change, ...]
    turns: int = 0
    handled: dict[str, Difference] = field(default_factory=dict)
    turns_better: tuple[TurnChange, ...] = ()
    turns_worse: tuple[TurnChange, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {"format": "beleg-comparison/1", **asdict(self)}


def compare(before: Report, after: Report) -> Comparison:
    """Compare two reports, question by question.

    Raises:
        ReportError: they have no question and no turn in common.
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
    pairs = _pairs(before, after)
    if not len(later) and not pairs:
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
        turns=len(pairs),
        handled=_handled(pairs),
        turns_better=tuple(_change(was, now) for was, now in pairs if now.handled and not was.handled),
        turns_worse=tuple(_change(was, now) for was, now in pairs if was.handled and not now.handled),
    )


def _pairs(before: Report, after: Report) -> list[tuple[TurnOutcome, TurnOutcome]]:
    """The turns that both have."""
    earlier = {turn.id: turn for turn in before.turns}
    return [(earlier[turn.id], turn) for turn in after.turns if turn.id in earlier]


def _change(was: TurnOutcome, now: TurnOutcome) -> TurnChange:
    return TurnChange(now.id, now.question, now.kind, now.part, was.faults, now.faults)


def _handled(pairs: list[tuple[TurnOutcome, TurnOutcome]]) -> dict[str, Difference]:
    groups = {"turns": pairs} if pairs else {}
    for kind in sorted({now.kind for _, now in pairs}):
        groups[kind] = [pair for pair in pairs if pair[1].kind == kind]
    return {name: _difference(some) for name, some in groups.items()}


def _difference(pairs: list[tuple[TurnOutcome, TurnOutcome]]) -> Difference:
    was, now = (np.array([float(pair[side].handled) for pair in pairs]) for side in (0, 1))
    gained = now - was
    # The turns of a dialogue stand or fall together, so they are drawn together.
    clusters = np.unique([turn.dialogue for _, turn in pairs], return_inverse=True)[1].astype(np.int64)
    ends = bootstrap_intervals(lambda weights: ((weights @ gained) / weights.sum(1))[:, None], clusters)[:, 0]
    p = permutation_p_values(lambda swaps: ((1 - 2 * swaps) @ gained / len(gained)).round(9)[:, None], clusters)[0]
    difference = float(gained.mean())
    low, high = (float(difference if np.isnan(end) else end) for end in ends)
    return Difference(float(was.mean()), float(now.mean()), difference, low, high, float(p), len(pairs))


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
