"""The names of all measures, the retrieval measures themselves, and the TREC files to check them with.

The names are stable: reports, tables and `--fail-under` use them. They stand in the order of tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TextIO
from urllib.parse import quote

from index.atomic import SCRATCH
from index.errors import ExtraError, ReportError

_RANKING = ("hit@1", "hit@3", "hit@5", "hit@10", "RR", "nDCG@10", "R@5", "R@10", "AP")

# Of sentences, as `Assistant.retrieve` ranks them; hit@k is Success@k.
SENTENCES = _RANKING
PASSAGES = tuple(f"passage {name}" for name in _RANKING)
# An article has the rank of its best passage.
ARTICLES = tuple(f"article {name}" for name in _RANKING)
CITATIONS = ("citation precision", "citation recall", "citation F1", "citations per answer", "characters per answer")
ANSWERS = ("EM", "F1", "text EM", "text F1")
# Of an LLM's, where one was asked. "prose": share of its answers of which anything is shown. "prose statements": how
# many it wrote, "prose supported": the share of these that is shown. Precision and recall are those of ALCE (Gao et al.
# 2023, arXiv 2305.14627) with the gold evidence in the place of its NLI model: of the sentences that statements cite.
# "prose failed": share of the questions put to it that it did not answer, or broke off.
PROSE = ("prose", "prose failed", "prose statements", "prose supported", "prose precision", "prose recall")
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
# Over all questions together; a single question has no value of these.
OF_CONFIDENCE = ("AUROC", "AURC", "ECE")

PER_QUESTION = SENTENCES + PASSAGES + ARTICLES + CITATIONS + ANSWERS + PROSE + DECISIONS
NAMES = PER_QUESTION + OF_CONFIDENCE
# Means of what is 0 or 1 for each question.
SHARES = frozenset(
    {
        *DECISIONS,
        *(name for name in SENTENCES + PASSAGES + ARTICLES if "hit@" in name),
        "EM",
        "text EM",
        "prose",
        "prose failed",
    }
)
LOWER_IS_BETTER = frozenset({"AURC", "ECE", "prose failed"})
# Left out where there is no question of the kind: they would say something about the questions, not the answers.
NEED_ANSWERABLE = frozenset({"precision", "citation precision", "AURC"})
NEED_UNANSWERABLE = frozenset({"abstention precision"})


@contextmanager
def eval_extra() -> Iterator[None]:
    """Say what to install where a library of the extra `eval`, imported within this block, is missing.

    Raises:
        ExtraError: it is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise ExtraError(
            f"{error.name} is not installed. Expected the libraries that evaluating needs; "
            "install them: pip install 'beleg[eval]'",
            "eval-extra",
            library=error.name,
        ) from error


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
        """Return a different score for each ranked document, because trec_eval orders equal ones by their names."""
        return {document: float(len(self.ranked) - place) for place, document in enumerate(self.ranked)}


def ranking_measures(rankings: Sequence[Ranking]) -> list[dict[str, float]]:
    """Return the measures of each ranking by their names in SENTENCES; one without a result has zeros.

    Raises:
        ExtraError: ir-measures is not installed.
    """
    with eval_extra():
        from ir_measures import AP, RR, R, Success, iter_calc, nDCG

    measures = (Success @ 1, Success @ 3, Success @ 5, Success @ 10, RR, nDCG @ 10, R @ 5, R @ 10, AP)
    names = dict(zip(measures, _RANKING, strict=True))
    qrels = {str(number): dict(ranking.relevant) for number, ranking in enumerate(rankings)}
    run = {str(number): ranking.scores() for number, ranking in enumerate(rankings) if ranking.ranked}
    found: list[dict[str, float]] = [{} for _ in rankings]
    for metric in iter_calc(list(measures), qrels, run) if rankings else ():
        found[int(metric.query_id)][names[metric.measure]] = float(metric.value)
    return [{name: values.get(name, 0.0) for name in _RANKING} for values in found]


class TrecFiles:
    """Writes `run.KIND.trec` and `qrels.KIND.trec`, for trec_eval, ir_measures or any other evaluator; use in `with`.

    A sentence or passage is named ARTICLE:START-END, an article by its id. White space in a name is percent-encoded,
    and the percent sign. The scores fall by 1 from rank to rank, so that no two are the same.

    The files appear when all of them are complete, at the end of a block without an error; `failed` says why they did
    not. A full disk ends no evaluation.

    Raises:
        ReportError: the folder cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        self.failed: ReportError | None = None
        self._folder = folder
        self._files: dict[str, TextIO] = {}

    def __enter__(self) -> TrecFiles:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._error(error) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None and not self.failed:
                for file in self._files.values():
                    file.close()
                for name in self._files:
                    self._scratch(name).replace(self._folder / name)
        except OSError as error:
            self.failed = self._error(error)
        self._remove()

    def write(self, question_id: str, rankings: Mapping[str, Ranking]) -> None:
        """Add one question's rankings, by kind, unless an earlier question's could not be written."""
        if self.failed:
            return
        name = _one_word(question_id)
        try:
            for kind, ranking in rankings.items():
                for unit, grade in ranking.relevant.items():
                    self._file(f"qrels.{kind}.trec").write(f"{name} 0 {_one_word(unit)} {grade}\n")
                for place, (unit, score) in enumerate(ranking.scores().items(), start=1):
                    self._file(f"run.{kind}.trec").write(f"{name} Q0 {_one_word(unit)} {place} {score:g} beleg\n")
        except OSError as error:
            self.failed = self._error(error)
            self._remove()

    def _file(self, name: str) -> TextIO:
        if name not in self._files:
            self._files[name] = self._scratch(name).open("w", encoding="utf-8")
        return self._files[name]

    def _scratch(self, name: str) -> Path:
        return self._folder / f".{name}{SCRATCH}"

    def _remove(self) -> None:
        """Remove what is not complete. A file that is closed on a full disk says so once more."""
        for name, file in self._files.items():
            with suppress(OSError):
                file.close()
            with suppress(OSError):
                self._scratch(name).unlink(missing_ok=True)

    def _error(self, error: OSError) -> ReportError:
        return ReportError(
            f"cannot write TREC files into {self._folder}: {error.strerror}. Expected a folder that can be written; "
            "free some disk or choose another.",
            "trec-unwritable",
            folder=self._folder,
            reason=error.strerror,
        )


def _one_word(name: str) -> str:
    return re.sub(r"[\s%]", lambda character: quote(character[0]), name)
