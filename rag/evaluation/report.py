"""The nouns of a report: Figure, Threshold, Bin, Latency, About, Report; and a report's JSON file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from index.atomic import whole_file
from index.errors import ReportError
from index.input_file import read_input
from rag.evaluation.outcome import Outcome, Outcomes, TurnOutcome

FORMAT = "beleg-report/1"
_PLAIN: dict[str, Any] = {"ensure_ascii": False, "allow_nan": False}


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure's value, its 95 % interval (bootstrap, or Wilson's), and the number of questions it is over.

    Where n is 1 there is no interval: `low` and `high` are the value.
    """

    value: float
    low: float
    high: float
    n: int


Figures = dict[str, Figure]


@dataclass(frozen=True, slots=True)
class Threshold:
    """What would be answered, were everything below a confidence withheld.

    Attributes:
        answered: share of all questions answered (coverage).
        precision: share of those whose best sentence is right; None where nothing is answered.
        recall: share of the answerable that are answered rightly; None where nothing is answerable.
        refused: share of the unanswerable that are not answered; None where there are none.
    """

    threshold: float
    answered: float
    precision: float | None
    recall: float | None
    refused: float | None


@dataclass(frozen=True, slots=True)
class Bin:
    """The n questions with a confidence in [low, high): their mean confidence and the share that is right.

    Both are None where n is 0.
    """

    low: float
    high: float
    confidence: float | None
    accuracy: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds per question: median, 95th percentile, questions a second, and a histogram of (low, high, n)."""

    p50: float
    p95: float
    per_second: float
    histogram: tuple[tuple[float, float, int], ...]


@dataclass(frozen=True, slots=True)
class About:
    """What was measured, with what.

    Attributes:
        question_set, sha256: the set's name, and the hash of its file.
        questions, articles: how many; the articles are those that questions were asked of.
        scope: "article" or "collection": what each question is asked of.
        model: the encoder's fingerprint.
        beleg: the version.
        settings: all of them, in plain types.
        commit: of the source tree, with "+" where it has changes; "" outside git.
        date: when it ended, UTC, ISO 8601.
        index_seconds: that making their indexes took, all together.
        dialogues, turns: how many; 0 in older reports.
        part: "building" or "measuring" where only that half of the dialogues was asked, else "".
        kinds: of turns, where only these are counted.
    """

    question_set: str
    sha256: str
    questions: int
    scope: str
    model: str
    beleg: str
    settings: dict[str, Any]
    commit: str
    date: str
    articles: int
    index_seconds: float
    dialogues: int = 0
    turns: int = 0
    part: str = ""
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """An evaluation: figures over all questions and by group, and the questions themselves.

    Attributes:
        summary: by measure; a measure that does not apply is not there.
        groups: by "category" and "language" (and "twins": "original", "twin", where there are twins), then by its
            name, then by measure.
        thresholds: by rising threshold; the set bar is among them.
        reliability: ten bins of confidence.
        risk_coverage: (coverage, share wrong), by falling confidence, at most 100 points.
        success: "sentences", "passages" (or "articles") → k → Success@k.
        questions: read from disk one by one.
        handled: the share of turns that were handled as they should be, by "all" ("turns", "dialogues"), "kind",
            "part", "language" and "expects", then by its name; empty without dialogues.
        turns: every turn, those of a dialogue together.
    """

    about: About
    summary: Figures
    groups: dict[str, dict[str, Figures]]
    thresholds: tuple[Threshold, ...]
    reliability: tuple[Bin, ...]
    risk_coverage: tuple[tuple[float, float], ...]
    success: dict[str, dict[str, float]]
    latency: Latency
    questions: Sequence[Outcome]
    handled: dict[str, Figures] = field(default_factory=dict)
    turns: tuple[TurnOutcome, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types, the questions and turns included: all of them in memory."""
        questions, turns = ([row.to_dict() for row in rows] for rows in (self.questions, self.turns))
        return {**self.without_questions(), "turns": turns, "questions": questions}

    def without_questions(self) -> dict[str, Any]:
        """Return plain JSON types, the questions and turns left out."""
        plain = asdict(replace(self, questions=(), turns=()))
        del plain["questions"], plain["turns"]
        return {"format": FORMAT, **plain}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Report:
        """Return what `to_dict` gave. Raises KeyError, TypeError or ValueError for anything else."""
        if data["format"] != FORMAT:
            raise ValueError(f'expected "format": "{FORMAT}", found {data["format"]!r}')
        report = TypeAdapter(cls).validate_python({**data, "questions": ()})
        return replace(report, questions=Outcomes(Outcome.from_dict(row) for row in data["questions"]))


def save_report(report: Report, path: Path) -> None:
    """Write a report as JSON, a question or turn a line; what was there before is replaced at the end, in one step.

    Raises:
        ReportError: it cannot be written.
    """
    with whole_file(path, ReportError) as scratch, scratch.open("w", encoding="utf-8", errors="replace") as out:
        head = json.dumps(report.without_questions(), indent=1, **_PLAIN)
        out.write(head.removesuffix("\n}"))
        rows = report.questions
        lines = rows.lines() if isinstance(rows, Outcomes) else (json.dumps(o.to_dict(), **_PLAIN) for o in rows)
        for name, some in (
            ("turns", (json.dumps(turn.to_dict(), **_PLAIN) for turn in report.turns)),
            ("questions", lines),
        ):
            out.write(f',\n "{name}": [')
            for number, line in enumerate(some):
                out.write((",\n  " if number else "\n  ") + line)
            out.write("\n ]")
        out.write("\n}\n")


class TrecError(ReportError):
    """TREC files that could not be written by an evaluation that is complete all the same.

    Attributes:
        report: what it measured.
    """

    def __init__(self, failed: ReportError, report: Report) -> None:
        super().__init__(str(failed), failed.code, **failed.values)
        self.report = report


def read_report(path: Path) -> Report:
    """Read what `save_report` wrote.

    Raises:
        ReportError: it is missing, or no report.
    """
    expected = "Expected a report that 'beleg eval --json FILE' wrote."
    try:
        return Report.from_dict(json.loads(read_input(path).decode()))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        message = f"the report {path} cannot be read: {reason}. {expected}"
        raise ReportError(message, "report-unreadable", file=path, reason=reason) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        found = str(error)
        if isinstance(error, ValidationError):
            first = error.errors(include_url=False)[0]
            found = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        message = f"{path} is no report of the format {FORMAT!r} ({found}). {expected}"
        raise ReportError(message, "report-malformed", file=path, format=FORMAT, found=found) from error
