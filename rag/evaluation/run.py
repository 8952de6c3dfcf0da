"""Question set in, report out."""

from __future__ import annotations

import datetime
import importlib.metadata
import subprocess
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path

from index.errors import EvaluationStopped, counted
from index.settings import Progress
from rag.assistant import Assistant
from rag.evaluation.figures import Tally, curves, figures, success
from rag.evaluation.judge import judge
from rag.evaluation.measures import SENTENCES, Ranking, TrecFiles, ranking_measures
from rag.evaluation.outcome import Outcome, Outcomes
from rag.evaluation.questions import Evidence, QuestionSet, name_of_hit, qrels_of
from rag.evaluation.report import About, Report
from rag.evaluation.subjects import Asked, Scope, Subjects, ask
from rag.settings import Settings

EvaluationProgress = Callable[[int, int, Mapping[str, float]], None]
"""Called with how many questions are done, how many there are, and the score so far: "hit@1", "answered"."""

# Questions whose rankings are measured together; until then their outcomes wait in memory.
BATCH = 256
_PREFIXES = {"sentences": "", "passages": "passage ", "articles": "article "}


def evaluate(
    question_set: QuestionSet,
    *,
    assistant: Assistant | None = None,
    settings: Settings | None = None,
    model: str | None = None,
    scope: Scope = "article",
    progress: EvaluationProgress | None = None,
    stop: Callable[[], bool] | None = None,
    indexing: Progress | None = None,
    trec: Path | None = None,
) -> Report:
    """Ask every question and measure what comes back. Its outcomes are kept on disk, not in memory.

    Args:
        assistant: whose encoder, reader, answerer and settings to ask with. In scope "collection" its index is asked;
            in scope "article" it is where it holds just the article that a question belongs to. None makes one, and
            indexes the question set's articles.
        settings, model: for the assistant that is made; not looked at where there is one.
        scope: what is searched for a question: "article", the one that it belongs to, or "collection", all of them.
        progress: called after each question.
        stop: asked before each question, and while an index is made; when it returns True there is no report.
        indexing: called while an index is made.
        trec: a folder to write runs and qrels into, as TREC has them.

    Raises:
        QuestionSetError: the questions do not fit the scope or the assistant's articles.
        ArticleError, ModelError: an article or the model cannot be had.
        ExtraError: the libraries of the extra `eval` are not installed.
        EvaluationStopped: `stop` returned True.
        ReportError: the disk is full.
    """
    total, done = len(question_set.questions), 0

    def go_on() -> None:
        if stop and stop():
            raise EvaluationStopped(
                f"stopped after {done} of {counted(total, 'question')}. There is no report of a part; "
                "start again, or ask fewer with a limit."
            )

    def indexed(what: str, so_far: int, of: int) -> None:
        go_on()
        if indexing:
            indexing(what, so_far, of)

    base = assistant or Assistant.open(model, settings, indexed)
    # At once, because it loads libraries that may be missing.
    ranking_measures([])
    subjects = Subjects(question_set, base, scope, build=assistant is None, progress=indexed)
    outcomes, tally, waiting, score = Outcomes(), Tally(), _Waiting(), _RunningScore()
    if progress:
        progress(0, total, {})
    with ExitStack() as files:
        writer = files.enter_context(TrecFiles(trec)) if trec else None
        for question in question_set.questions:
            go_on()
            asked_of = subjects.assistant_for(question)
            article = subjects.article_of(question)
            asked = ask(asked_of, question)
            outcome = judge(question, asked, asked_of, article)
            rankings = _rankings(asked_of, question.evidence, asked, question_set, scope) if question.answerable else {}
            if writer:
                writer.write(question.id, rankings)
            waiting.add(outcome, rankings)
            if len(waiting) >= BATCH:
                waiting.empty_into(outcomes, tally)
            done += 1
            if progress:
                progress(done, total, score.with_one_more(outcome, asked, question.evidence))
    go_on()
    waiting.empty_into(outcomes, tally)
    sample = tally.sample()
    summary = figures(sample)
    thresholds, reliability, risk = curves(sample, base.settings.answer_bar)
    return Report(
        about=about(question_set, base, scope, subjects),
        summary=summary,
        groups=tally.groups(),
        thresholds=thresholds,
        reliability=reliability,
        risk_coverage=risk,
        success=success(summary),
        latency=tally.latency(),
        questions=outcomes,
    )


class _RunningScore:
    """What a progress bar shows, before anything is measured."""

    def __init__(self) -> None:
        self._answerable = self._first_right = self._answered = 0

    def with_one_more(self, outcome: Outcome, asked: Asked, evidence: tuple[Evidence, ...]) -> dict[str, float]:
        if outcome.answerable:
            self._answerable += 1
            self._answered += outcome.answered
            self._first_right += any(
                piece.overlaps(first.article_id, first.start, first.end)
                for first in asked.hits[:1]
                for piece in evidence
            )
        if not self._answerable:
            return {}
        return {"hit@1": self._first_right / self._answerable, "answered": self._answered / self._answerable}


class _Waiting:
    """Outcomes whose rankings are yet to be measured."""

    def __init__(self) -> None:
        self._outcomes: list[Outcome] = []
        self._rankings: list[tuple[int, str, Ranking]] = []

    def __len__(self) -> int:
        return len(self._outcomes)

    def add(self, outcome: Outcome, rankings: Mapping[str, Ranking]) -> None:
        self._rankings += [(len(self._outcomes), _PREFIXES[kind], ranking) for kind, ranking in rankings.items()]
        self._outcomes.append(outcome)

    def empty_into(self, outcomes: Outcomes, tally: Tally) -> None:
        found: list[dict[str, float]] = [{} for _ in self._outcomes]
        measured = ranking_measures([ranking for _, _, ranking in self._rankings])
        for (place, prefix, _), values in zip(self._rankings, measured, strict=True):
            found[place].update({prefix + name: values[name] for name in SENTENCES})
        for outcome, values in zip(self._outcomes, found, strict=True):
            whole = replace(outcome, measures=values | outcome.measures)
            outcomes.append(whole)
            tally.add(whole)
        self._outcomes, self._rankings = [], []


def _rankings(
    assistant: Assistant, evidence: tuple[Evidence, ...], asked: Asked, question_set: QuestionSet, scope: Scope
) -> dict[str, Ranking]:
    """What is measured of a question's retrieval; an article is ranked as its best passage is."""
    if not evidence:
        return {}
    qrels = qrels_of(assistant.index, evidence)
    found = {}
    if question_set.grain == "sentences":
        found["sentences"] = Ranking(qrels.sentences, [name_of_hit(hit) for hit in asked.hits])
        found["passages"] = Ranking(qrels.passages, [name_of_hit(hit) for hit in asked.passages])
    if scope == "collection":
        found["articles"] = Ranking(qrels.articles, list(dict.fromkeys(hit.article_id for hit in asked.passages)))
    return found


# What a report says of how it was made.

_SOURCE = Path(__file__).parents[2]


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
