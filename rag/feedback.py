"""What users said of answers, kept as JSONL in one file on this machine: a line each time a thumb was pressed.

A line does not say who pressed it. `rag.evaluation` reads the file back as a question set.
"""

from __future__ import annotations

import errno
import importlib.metadata
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from platformdirs import user_data_path

from index.article import Article
from index.errors import FeedbackError
from rag.answer import Answer

FORMAT = "beleg-feedback/1"
Verdict = Literal["right", "wrong"]
# Another writer holds the lock for milliseconds; longer means a disk or a network share that does not respond.
LOCK_SECONDS = 10
MAX_NOTE_CHARACTERS = 2000


@dataclass(frozen=True, slots=True)
class Feedback:
    """What was said of one answer, or abstention.

    Attributes:
        id: of the turn; later feedback on the same turn replaces earlier.
        history: the questions of the conversation before it, oldest first.
        articles: those that the answer cites or that its nearest sentences are of.
        verdict: None takes an earlier one back.
    """

    id: str
    history: tuple[str, ...]
    answer: Answer
    articles: tuple[Article, ...]
    verdict: Verdict | None
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the line in plain JSON types, with the time now (UTC) and Beleg's version."""
        return {
            "format": FORMAT,
            "id": self.id,
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "beleg": importlib.metadata.version("beleg"),
            "question": self.answer.question,
            "history": list(self.history),
            "verdict": self.verdict,
            "note": self.note,
            "answer": self.answer.to_dict(),
            "articles": [
                {"id": one.id, "title": one.title, "sha256": sha256(one.text.encode()).hexdigest()}
                for one in self.articles
            ],
        }


def articles_of(answer: Answer, articles: Sequence[Article], rows: Mapping[str, int]) -> tuple[Article, ...]:
    """Return those of some articles that an answer cites or that its nearest sentences are of, in order.

    Args:
        rows: the place of each article, by its id.
    """
    named = {citation.article_id for citation in answer.citations} | {hit.article_id for hit in answer.nearest}
    return tuple(articles[row] for row in sorted(rows[id_] for id_ in named if id_ in rows))


def feedback_path() -> Path:
    """Return the default file for feedback, in the user's data folder."""
    return user_data_path("beleg", appauthor=False) / "feedback.jsonl"


class FeedbackFile:
    """A file of feedback to append to; several processes may do so at once.

    Raises:
        FeedbackError: it could not be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        folder = next(one for one in path.absolute().parents if one.exists())
        is_other = path.exists() and not path.is_file()
        if is_other or not folder.is_dir() or not os.access(path if path.exists() else folder, os.W_OK):
            other = "it is a folder" if path.is_dir() else "it is no regular file"
            found = other if is_other else f"{folder} does not let this user write"
            raise FeedbackError(
                f"cannot keep feedback in {path}: {found}. Expected a file; name another with --feedback FILE, or go "
                "without: --no-feedback.",
                "feedback-not-possible",
                path=path,
            )

    def append(self, feedback: Feedback) -> None:
        """Write one whole line, readable by this user only where the file is new.

        Raises:
            FeedbackError: it cannot be written; what was there before is unchanged.
        """
        from filelock import FileLock, Timeout

        line = json.dumps(feedback.to_dict(), ensure_ascii=False).encode() + b"\n"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{self.path}.lock", timeout=LOCK_SECONDS):
                _append(self.path, line)
        except (OSError, Timeout) as error:
            # A Timeout has no strerror.
            reason = getattr(error, "strerror", None) or error
            raise FeedbackError(
                f"cannot write {self.path}: {reason}. What was there before is unchanged; free some disk, or start the "
                "chat with --feedback FILE.",
                "feedback-not-written",
                path=self.path,
                reason=reason,
            ) from error


def _append(path: Path, line: bytes) -> None:
    # Unbuffered, so that the line is one write.
    with open(path, "a+b", buffering=0, opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        before = file.seek(0, os.SEEK_END)
        file.seek(max(0, before - 1))
        # A line that a kill or a full disk cut off stays a line of its own.
        if before and file.read(1) != b"\n":
            line = b"\n" + line
        if file.write(line) < len(line):
            file.truncate(before)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
