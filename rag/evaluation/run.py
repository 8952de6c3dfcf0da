"""Question set in, report out."""

from __future__ import annotations

import datetime
import importlib.metadata
import subprocess
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from index.errors import EvaluationStopped, counted
from index.settings import Progress
from rag.answer import Hit
from rag.assistant import Assistant
from rag.evaluation.aggregation import Tally, curves, figures, success
from rag.evaluation.dialogues import ask_turns, handled
from rag.evaluation.judge import judge
from rag.evaluation.measures import Ranking, TrecFiles, ranking_measures
from rag.evaluation.outcome import Outcomes
from rag.evaluation.questions import Evidence, QuestionSet, name_of, qrels_of
from rag.evaluation.report import About, Report, TrecError
from rag.evaluation.subjects import Asked, Scope, Subjects, ask
from rag.settings import Settings

EvaluationProgress = Callable[[int, int, Mapping[str, float]], None]
"""Called with how many questions and turns are done, how many there are, and the score so far: "hit@1", "answered",
"handled"."""

_PREFIXES = {"sentences": "", "passages": "passage ", "articles": "article "}
_SOURCE = Path(__file__).parents[2]


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
    """Ask every question and dialogue, and measure what comes back. Outcomes of questions are kept on disk.

    Args:
        assistant: whose encoder, reader, answerer and settings to ask with. In scope "collection" its index is asked;
            in scope "article" it is where it holds just the article that a question belongs to. None makes one, and
            indexes the question set's articles.
        settings, model: for the assistant that is made; not looked at where there is one.
        scope: what is searched for a question: "article", the one that it belongs to, or "collection", all of them.
            Dialogues are asked of their own articles.
        progress: called after each question and turn.
        stop: asked before each question and turn, and while an index is made; when it returns True there is no report.
        indexing: called while an index is made.
        trec: a folder to write runs and qrels into, as TREC has them.

    Raises:
        QuestionSetError: the questions do not fit the scope or the assistant's articles.
        ArticleError, ModelError: an article or the model cannot be had.
        ExtraError: the libraries of the extra `eval` are not installed.
        EvaluationStopped: `stop` returned True.
        ReportError: the disk is full. A TrecError has the report: only the TREC files could not be written.
    """
    total, done = question_set.asked, 0

    def go_on() -> None:
        if stop and stop():
            raise EvaluationStopped(
                f"stopped after {done} of {counted(total, 'question')}. There is no report of a part; "
                "start again, or ask fewer with a limit.",
                "evaluation-stopped",
                done=done,
                n=total,
            )

    def indexed(what: str, so_far: int, of: int) -> None:
        go_on()
        if indexing:
            indexing(what, so_far, of)

    # This imports ir_measures, before anything takes time.
    ranking_measures([])
    base = assistant or Assistant.open(model, settings, indexed)
    subjects = Subjects(question_set, base, scope, build=assistant is None, progress=indexed)
    outcomes, tally, so_far = Outcomes(), Tally(), Counter[str]()
    if progress:
        progress(0, total, {})
    with ExitStack() as files:
        writer = files.enter_context(TrecFiles(trec)) if trec else None
        for question in question_set.questions:
            go_on()
            asked_of = subjects.assistant_for(question)
            article = subjects.article_of(question)
            asked = ask(asked_of, question)
            rankings = _rankings(asked_of, question.evidence, asked, question_set, scope) if question.answerable else {}
            if writer:
                writer.write(question.id, rankings)
            retrieval = {
                _PREFIXES[kind] + name: value
                for kind, values in zip(rankings, ranking_measures([*rankings.values()]), strict=True)
                for name, value in values.items()
            }
            outcome = judge(question, asked, asked_of, article, retrieval)
            outcomes.append(outcome)
            tally.add(outcome)
            done += 1
            if question.answerable:
                first_right = any(
                    piece.overlaps(first.article_id, first.start, first.end)
                    for first in asked.hits[:1]
                    for piece in question.evidence
                )
                so_far.update({"all": 1, "hit@1": first_right, "answered": outcome.answered})
            if progress:
                progress(done, total, {n: so_far[n] / so_far["all"] for n in ("hit@1", "answered") if so_far["all"]})
    turns = []
    for dialogue in question_set.dialogues:
        go_on()
        for turn in ask_turns(dialogue, subjects.assistant_over(dialogue.article_ids)):
            if not question_set.kinds or turn.kind in question_set.kinds:
                turns.append(turn)
            done += 1
            if progress:
                progress(done, total, {"handled": sum(one.handled for one in turns) / len(turns)} if turns else {})
            go_on()
    go_on()
    sample = tally.sample()
    summary = figures(sample)
    thresholds, reliability, risk = curves(sample, base.settings.answer_bar)
    report = Report(
        about=_about(question_set, base, scope, subjects, len(turns)),
        summary=summary,
        groups=tally.groups(),
        thresholds=thresholds,
        reliability=reliability,
        risk_coverage=risk,
        success=success(summary),
        latency=tally.latency(),
        questions=outcomes,
        handled=handled(turns),
        turns=tuple(turns),
    )
    if writer and writer.failed:
        # Minutes of asking are not lost for it.
        raise TrecError(writer.failed, report)
    return report


def _rankings(
    assistant: Assistant, evidence: tuple[Evidence, ...], asked: Asked, question_set: QuestionSet, scope: Scope
) -> dict[str, Ranking]:
    """What is measured of a question's retrieval; an article has the rank of its best passage."""
    if not evidence:
        return {}

    def names(hits: tuple[Hit, ...]) -> list[str]:
        return [name_of(hit.article_id, hit.start, hit.end) for hit in hits]

    qrels, found = qrels_of(assistant.index, evidence), {}
    if question_set.grain == "sentences":
        found["sentences"] = Ranking(qrels.sentences, names(asked.hits))
        found["passages"] = Ranking(qrels.passages, names(asked.passages))
    if scope == "collection":
        found["articles"] = Ranking(qrels.articles, list(dict.fromkeys(hit.article_id for hit in asked.passages)))
    return found


def _about(question_set: QuestionSet, assistant: Assistant, scope: str, subjects: Subjects, turns: int) -> About:
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
        dialogues=len(question_set.dialogues),
        turns=turns,
        part=question_set.part,
        kinds=question_set.kinds,
    )


def _commit() -> str:
    """The commit of the source tree, with "+" where it has changes; "" outside of git."""
    if not (_SOURCE / ".git").exists():
        return ""
    commands = (["rev-parse", "HEAD"], ["status", "--porcelain", "--untracked-files=no"])
    try:
        commit, changes = (
            subprocess.run(  # noqa: S603
                ["git", "-C", str(_SOURCE), *command],  # noqa: S607
                capture_output=True,
                text=True,
                check=True,
                timeout=10,
            ).stdout.strip()
            for command in commands
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return commit + ("+" if changes else "")
