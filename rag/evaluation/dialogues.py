"""Dialogues: asks their turns one after the other, judges each, and counts which were handled as they should be.

A turn is handled where all holds that its gold says: what the message was taken for, what the text says and what it
does not, what is cited. Nothing is counted in part. These figures stand beside those of single questions: small talk
is not an answer, and a turn after a wrong one is not independent of it.
"""

from __future__ import annotations

import re
import time
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from index import Article
from index.errors import QuestionError
from index.search.lexical import fold
from rag.answer import Answer, Turn
from rag.assistant import Assistant
from rag.evaluation.judge import UNSPACED
from rag.evaluation.outcome import Fault, TurnOutcome
from rag.evaluation.questions import Dialogue, Evidence, GoldTurn, Part
from rag.evaluation.report import Figure, Latency, Report
from rag.evaluation.statistics import wilson

# A number's thousands: 1.204, 1,204, 1'204 and 1 204 are one number.
_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:[.,'’\u00a0\u202f ]\d{3})+(?!\d)")
_MARKER = re.compile(r"\s*\[\d+\]")
EVIDENCE_CHARACTERS = 120


def ask_turns(dialogue: Dialogue, assistant: Assistant) -> Iterator[TurnOutcome]:
    """Ask the turns of a dialogue, each after the answers that were really given to those before, and judge them.

    Args:
        assistant: over the articles of the dialogue.
    """
    history: list[Turn] = []
    for place, gold in enumerate(dialogue.turns, 1):
        started = time.perf_counter()
        try:
            answer = assistant.ask(gold.question, history)
        except QuestionError:
            answer = None
        seconds = time.perf_counter() - started
        said = _short_answer(answer, assistant.articles)
        yield TurnOutcome(
            dialogue=dialogue.id,
            place=place,
            question=gold.question,
            kind=gold.kind,
            part=dialogue.part,
            language=dialogue.language,
            earlier=tuple((turn.question, turn.answer.text if turn.answer else "") for turn in history),
            expects=gold.expects,
            expected=tuple(_expectations(gold, assistant.articles)),
            came=came(answer),
            read_as=answer.read_as if answer and answer.read_as != gold.question else "",
            text=answer.text if answer else "",
            short_answer=said,
            confidence=answer.confidence if answer else 0.0,
            citations=_cited(answer),
            seconds=seconds,
            faults=tuple(faults(gold, answer, assistant.articles)),
        )
        history.append(Turn(gold.question, answer))


def came(answer: Answer | None) -> str:
    """Return as which of `Expected` an answer came; "" where there is none."""
    if answer is None:
        return ""
    if answer.kind == "question":
        return "abstention" if answer.abstained else "answer"
    return answer.kind


def faults(gold: GoldTurn, answer: Answer | None, articles: Sequence[Article]) -> Iterator[Fault]:
    """Yield what an answer should have been and is not.

    Args:
        answer: None where the question could not be asked.
        articles: that it was asked of.
    """
    if answer is None:
        yield Fault("asked")
        return
    kind = came(answer)
    if gold.expects == "either" and kind == "abstention":
        return
    text = _MARKER.sub("", answer.text)
    unsaid = [some for some in gold.says if not any(says(text, one) for one in some)]
    summarised = gold.expects == "articles" and kind == "overview" and bool(gold.says) and not unsaid
    if kind != ("answer" if gold.expects == "either" else gold.expects) and not summarised:
        yield Fault("came", gold.expects, kind)
    for some in unsaid:
        yield Fault("says", " | ".join(some))
    for word in gold.not_says:
        if says(text, word, whole=True):
            yield Fault("not_says", found=word)
    yield from (
        Fault("evidence", " | ".join(quoted))
        for group, quoted in _groups(gold.evidence, articles).items()
        if not _cites(answer, [piece for piece in gold.evidence if piece.group == group])
    )
    short = _short_answer(answer, articles)
    if gold.short is not None and gold.short != bool(short):
        yield Fault("short", "yes" if gold.short else "no", short)
    for word in gold.short_without:
        if says(short, word, whole=True):
            yield Fault("short_without", found=word)
    if gold.language and gold.language != answer.language:
        yield Fault("language", gold.language, answer.language)
    if gold.differs is not None and gold.differs != answer.differs:
        yield Fault("differs", *("yes" if one else "no" for one in (gold.differs, answer.differs)))
    if gold.unanswered is not None and gold.unanswered != len(answer.unanswered):
        yield Fault("unanswered", str(gold.unanswered), str(len(answer.unanswered)))


def says(text: str, wanted: str, *, whole: bool = False) -> bool:
    """Return whether a text contains another, whatever their case, accents, blanks and marks of thousands.

    A number is contained as a whole only: 17 is not in 1787.

    Args:
        whole: whether words are too, in scripts that write blanks between them.
    """
    here, there = folded(text), folded(wanted)
    at = here.find(there) if there else -1
    while at >= 0:
        if not any(_goes_on(here, edge, whole) for edge in (at, at + len(there))):
            return True
        at = here.find(there, at + 1)
    return False


def folded(text: str) -> str:
    """Return a text as it is compared: `fold`, one blank for white space, numbers without marks of thousands."""
    plain = _THOUSANDS.sub(lambda number: re.sub(r"\D", "", number[0]), fold(text))
    return " ".join(plain.split())


def _goes_on(text: str, at: int, whole: bool) -> bool:
    """Whether a number, or where `whole` a word, goes on across an offset."""
    if not 0 < at < len(text):
        return False
    before, after = text[at - 1], text[at]
    if before.isdigit() and (after.isdigit() or re.match(r"[.,]\d", text[at:])):
        return True
    return whole and all(unicodedata.category(one)[0] in "LMN" and not UNSPACED.match(one) for one in (before, after))


def _cites(answer: Answer, pieces: Sequence[Evidence]) -> bool:
    return any(piece.overlaps(one.article_id, one.start, one.end) for piece in pieces for one in answer.citations)


def _short_answer(answer: Answer | None, articles: Sequence[Article]) -> str:
    if answer is None or answer.span is None or not answer.citations:
        return ""
    start, end = answer.span
    return next((one.text[start:end] for one in articles if one.id == answer.citations[0].article_id), "")


def _cited(answer: Answer | None) -> tuple[str, ...]:
    if answer is None:
        return ()
    return tuple(one.text for one in (answer.nearest[:1] if answer.abstained else answer.citations))


def _groups(evidence: Sequence[Evidence], articles: Sequence[Article]) -> dict[int, list[str]]:
    """The words of the pieces of each group."""
    texts = {article.id: article.text for article in articles}
    found: dict[int, list[str]] = defaultdict(list)
    for piece in evidence:
        quoted = texts[piece.article_id][piece.start : piece.end]
        found[piece.group].append(
            quoted if len(quoted) <= EVIDENCE_CHARACTERS else quoted[: EVIDENCE_CHARACTERS - 1] + "…"
        )
    return found


def _expectations(gold: GoldTurn, articles: Sequence[Article]) -> Iterator[str]:
    """Yield all that a turn should be, in the words of the format."""
    yield gold.expects
    yield from (f"says {' | '.join(some)}" for some in gold.says)
    yield from (f"evidence {' | '.join(some)}" for some in _groups(gold.evidence, articles).values())
    yield from (f"not_says {word}" for word in gold.not_says)
    if gold.short is not None:
        yield f"short {'yes' if gold.short else 'no'}"
    yield from (f"short_without {word}" for word in gold.short_without)
    if gold.language:
        yield f"language {gold.language}"
    if gold.differs is not None:
        yield f"differs {'yes' if gold.differs else 'no'}"
    if gold.unanswered is not None:
        yield f"unanswered {gold.unanswered}"


def handled(turns: Iterable[TurnOutcome]) -> dict[str, dict[str, Figure]]:
    """Return the share of turns that were handled as they should be, with its interval (Wilson), by what groups them.

    The groups are "all" ("turns", and "dialogues": the share of which every turn was), "kind", "part", "language", and
    "expects". A turn's interval takes it as independent of those before it.
    """
    counted: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    dialogues: dict[str, list[bool]] = defaultdict(list)
    for turn in turns:
        dialogues[turn.dialogue].append(turn.handled)
        counted["all"]["turns"].append(turn.handled)
        for by in ("kind", "part", "language", "expects"):
            counted[by][getattr(turn, by)].append(turn.handled)
    if dialogues:
        counted["all"]["dialogues"] = [all(some) for some in dialogues.values()]
    return {
        by: {
            name: wilson(sum(some), len(some))
            for name, some in (groups.items() if by == "all" else sorted(groups.items()))
        }
        for by, groups in counted.items()
    }


def of_turns(report: Report, part: Part | None = None, kinds: Collection[str] = ()) -> Report:
    """Return a report of some of its turns only, without its single questions.

    Args:
        part: of the dialogues; None for both.
        kinds: of the turns; none for all.
    """
    turns = tuple(turn for turn in report.turns if part in (None, turn.part) and (not kinds or turn.kind in kinds))
    about = replace(
        report.about,
        questions=0,
        dialogues=len({turn.dialogue for turn in turns}),
        turns=len(turns),
        part=part or report.about.part,
        kinds=tuple(kinds) or report.about.kinds,
    )
    return replace(
        report,
        about=about,
        summary={},
        groups={},
        thresholds=(),
        reliability=(),
        risk_coverage=(),
        success={},
        latency=Latency(0.0, 0.0, 0.0, ()),
        questions=(),
        handled=handled(turns),
        turns=turns,
    )


def without_turns(report: Report) -> Report:
    """Return a report of its single questions only."""
    return replace(report, about=replace(report.about, dialogues=0, turns=0), handled={}, turns=())
