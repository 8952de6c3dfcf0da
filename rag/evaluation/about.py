"""What a report says of how it was made."""

from __future__ import annotations

import datetime
import importlib.metadata
import subprocess
from dataclasses import asdict
from pathlib import Path

from rag.assistant import Assistant
from rag.evaluation.question_set import QuestionSet
from rag.evaluation.report import About
from rag.evaluation.subjects import Subjects

_SOURCE = Path(__file__).parent.parent.parent


def about(question_set: QuestionSet, assistant: Assistant, scope: str, subjects: Subjects) -> About:
    """Return what was measured, with what."""
    return About(
        question_set=question_set.name,
        sha256=question_set.sha256,
        questions=len(question_set.questions),
        scope=scope,
        model=assistant.encoder.fingerprint,
        beleg=importlib.metadata.version("beleg"),
        settings=asdict(assistant.settings),
        commit=_commit(),
        date=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        articles=subjects.articles,
        index_seconds=round(subjects.index_seconds, 3),
    )


def _commit() -> str:
    """The commit of the tree that this runs from, with "+" where it has changes; "" outside of git."""
    if not (_SOURCE / ".git").exists():
        return ""
    try:
        commit, changes = (
            subprocess.run(  # noqa: S603
                ["git", "-C", str(_SOURCE), *command],  # noqa: S607
                capture_output=True,
                text=True,
                check=True,
                timeout=10,
            ).stdout.strip()
            for command in (["rev-parse", "HEAD"], ["status", "--porcelain", "--untracked-files=no"])
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return commit + ("+" if changes else "")
