"""Runs and qrels as files in TREC's format, for trec_eval, ir_measures or any other evaluator."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TextIO
from urllib.parse import quote

from index.errors import ReportError
from rag.evaluation.measures import Ranking


class TrecFiles:
    """Writes `run.KIND.trec` and `qrels.KIND.trec` into a folder, question by question; for use in `with`.

    A sentence or passage is named ARTICLE:START-END, an article by its id. White space in a name is
    percent-encoded, and the percent sign. The scores are ranks upside down, so that no two are the same.

    Raises:
        ReportError: the folder cannot be written to.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, TextIO] = {}

    def __enter__(self) -> TrecFiles:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            for file in self._files.values():
                file.close()
        except OSError as error:
            if kind is None:
                raise self._error(error) from error

    def write(self, question_id: str, rankings: Mapping[str, Ranking]) -> None:
        """Add one question's rankings, by kind."""
        name = _one_word(question_id)
        try:
            for kind, ranking in rankings.items():
                for unit, grade in ranking.relevant.items():
                    self._file(f"qrels.{kind}.trec").write(f"{name} 0 {_one_word(unit)} {grade}\n")
                for place, (unit, score) in enumerate(ranking.scores().items(), start=1):
                    self._file(f"run.{kind}.trec").write(f"{name} Q0 {_one_word(unit)} {place} {score:g} beleg\n")
        except OSError as error:
            raise self._error(error) from error

    def _file(self, name: str) -> TextIO:
        if name not in self._files:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._files[name] = (self._folder / name).open("w", encoding="utf-8")
        return self._files[name]

    def _error(self, error: OSError) -> ReportError:
        return ReportError(
            f"cannot write TREC files into {self._folder}: {error.strerror}. Expected a folder that can be written; "
            "free some disk or choose another."
        )


def _one_word(name: str) -> str:
    return re.sub(r"[\s%]", lambda character: quote(character[0]), name)
