"""Report ⇄ JSON file. Written whole or not at all, question by question."""

from __future__ import annotations

import json
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from index.errors import ReportError
from rag.evaluation.outcomes import Outcomes
from rag.evaluation.report import FORMAT, Report


def save_report(report: Report, path: Path) -> None:
    """Write a report as JSON, a question a line; what was there before is replaced at the end, in one step.

    Raises:
        ReportError: it cannot be written.
    """
    with whole_file(path) as scratch, scratch.open("w", encoding="utf-8", errors="replace") as out:
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


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a file to write into beside `path`, which it takes the place of when the block ends without an error.

    Raises:
        ReportError: it cannot be written; what was there before is unchanged.
    """
    scratch: Path | None = None
    try:
        if path.exists() and not stat.S_ISREG(path.stat().st_mode):
            if path.is_dir():
                raise ReportError(f"cannot write {path}: it is a folder. Expected a file's name.")
            # A pipe or a terminal takes no other file's place.
            yield path
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}-", suffix=".part", dir=path.parent)
        os.close(handle)
        scratch = Path(name)
        scratch.chmod(0o666 & ~_umask())
        yield scratch
        scratch.replace(path)
    except OSError as error:
        raise ReportError(
            f"cannot write {path}: {error.strerror or error}. What was there before is unchanged; "
            "free some disk or choose another file."
        ) from error
    finally:
        if scratch is not None:
            with suppress(OSError):
                scratch.unlink(missing_ok=True)


def _line(row: object) -> str:
    return json.dumps(row, ensure_ascii=False, allow_nan=False)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
