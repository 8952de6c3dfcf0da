"""The nouns of a report: Figure, Threshold, Bin, Latency, About, Report; and a report's JSON file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from index.atomic import whole_file
from index.errors import ReportError
from rag.evaluation.outcome import Outcome, Outcomes

FORMAT = "beleg-report/1"
_PLAIN: dict[str, Any] = {"ensure_ascii": False, "allow_nan": False}


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure's value, its 95 % bootstrap interval, and the number of questions it is over.

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
        questions, articles: how many.
        scope: "article" or "collection": what each question is asked of.
        model: the encoder's fingerprint.
        beleg: the version.
        settings: all of them, in plain types.
        commit: of the source tree, with "+" where it has changes; "" outside git.
        date: when it ended, UTC, ISO 8601.
        index_seconds: that making the indexes took, all together.
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

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types, the questions included: all of them in memory."""
        return {**self.without_questions(), "questions": [outcome.to_dict() for outcome in self.questions]}

    def without_questions(self) -> dict[str, Any]:
        """Return plain JSON types, the questions left out."""
        plain = asdict(replace(self, questions=()))
        del plain["questions"]
        return {"format": FORMAT, **plain}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Report:
        """Return what `to_dict` gave. Raises KeyError, TypeError or ValueError for anything else."""
        if data["format"] != FORMAT:
            raise ValueError(f'expected "format": "{FORMAT}", found {data["format"]!r}')
        report = TypeAdapter(cls).validate_python({**data, "questions": ()})
        return replace(report, questions=Outcomes(Outcome.from_dict(row) for row in data["questions"]))


def save_report(report: Report, path: Path) -> None:
    """Write a report as JSON, a question a line; what was there before is replaced at the end, in one step.

    Raises:
        ReportError: it cannot be written.
    """
    with whole_file(path, ReportError) as scratch, scratch.open("w", encoding="utf-8", errors="replace") as out:
        head = json.dumps(report.without_questions(), indent=1, **_PLAIN)
        out.write(head.removesuffix("\n}") + ',\n "questions": [')
        rows = report.questions
        lines = rows.lines() if isinstance(rows, Outcomes) else (json.dumps(o.to_dict(), **_PLAIN) for o in rows)
        for number, line in enumerate(lines):
            out.write((",\n  " if number else "\n  ") + line)
        out.write("\n ]\n}\n")


def read_report(path: Path) -> Report:
    """Read what `save_report` wrote.

    Raises:
        ReportError: it is missing, or no report.
    """
    expected = "Expected a report that 'beleg eval --json FILE' wrote."
    try:
        return Report.from_dict(json.loads(path.read_text(encoding="utf-8")))
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
