"""Report ⇄ JSON file. Written whole or not at all, question by question."""

from __future__ import annotations

import json
from pathlib import Path

from index.errors import ReportError
from index.whole_file import whole_file
from rag.evaluation.outcomes import Outcomes
from rag.evaluation.report import FORMAT, Report


def save_report(report: Report, path: Path) -> None:
    """Write a report as JSON, a question a line; what was there before is replaced at the end, in one step.

    Raises:
        ReportError: it cannot be written.
    """
    with whole_file(path, ReportError) as scratch, scratch.open("w", encoding="utf-8", errors="replace") as out:
        head = json.dumps(report.without_questions(), ensure_ascii=False, allow_nan=False, indent=1)
        out.write(head.removesuffix("\n}") + ',\n "questions": [')
        rows = report.questions
        lines = rows.lines() if isinstance(rows, Outcomes) else (_line(outcome.to_dict()) for outcome in rows)
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
        raise ReportError(f"the report {path} cannot be read: {reason}. {expected}") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ReportError(f"{path} is no report of the format {FORMAT!r} ({error}). {expected}") from error


def _line(row: object) -> str:
    return json.dumps(row, ensure_ascii=False, allow_nan=False)
