"""A chat's feedback → a question set: what users marked right is gold.

An answer marked right becomes a question whose evidence is the cited sentences, as alternatives: users do not say
whether each of them was needed, nor whether the short answer is the right one. An abstention marked right becomes a
question without an answer. What was marked wrong has no gold and is left out.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel

from index import Article
from index.article import normalise
from index.errors import QuestionSetError
from index.search.lexical import words
from rag.conversation.language import question_language
from rag.evaluation.formats.json_file import JsonSource, decode, parse, shown
from rag.evaluation.questions import Evidence, GoldQuestion, QuestionSet
from rag.feedback import FORMAT

CATEGORY = "feedback"
# Blanks within one line only: with line breaks among them, the search takes quadratic time on a file of blank lines.
_LINE = re.compile(rb'^[ \t]*\{[ \t]*"format"[ \t]*:[ \t]*"beleg-feedback/', re.MULTILINE)
_TITLES = 3


class _Hit(BaseModel):
    article_id: str


class _Citation(_Hit):
    start: int
    end: int
    text: str


class _Answer(BaseModel):
    abstained: bool
    citations: list[_Citation] = []
    nearest: list[_Hit] = []


class _Turn(BaseModel):
    id: str
    verdict: Literal["right", "wrong", None] = None


class _RatedTurn(_Turn):
    question: str
    answer: _Answer
    history: list[str] | None = None
    articles: list[Any] | None = None


def is_feedback(content: bytes) -> bool:
    """Whether a file is one of feedback; its first line may have been cut off."""
    return _LINE.search(content) is not None


def read_feedback(
    path: Path, content: bytes, articles: Sequence[Article], *, limit: int | None = None, advice: str = ""
) -> QuestionSet:
    """Return the question set of a file of feedback.

    Args:
        articles: those that may be asked about; what is about others is left out.
        limit: the number of questions, from the first.
        advice: what to do where an article is missing.

    Raises:
        QuestionSetError: a whole line is no feedback or does not fit its article, or nothing is left to ask.
    """
    known = {article.id: article for article in articles}
    cut_off, last = _lines(str(path), content)
    rated = [(source, verdict) for source in last.values() if (verdict := source.checked(_Turn).verdict)]
    questions: list[GoldQuestion] = []
    missing: Counter[str] = Counter()
    for source in (source for source, verdict in rated if verdict == "right"):
        turn = source.checked(_RatedTurn)
        article_id = _article_id(source, turn)
        if article_id in known:
            questions.append(_question(source, turn, known[article_id], known))
        else:
            titles = (one.get("title") for one in turn.articles or () if _is_of(one, article_id))
            missing[str(next(titles, article_id))] += 1
    left_out = [f"line {number} left out: it was not written to its end" for number in cut_off]
    if missing:
        titles_shown = ", ".join(map(repr, list(missing)[:_TITLES])) + (", …" if len(missing) > _TITLES else "")
        found = f"{missing.total()} of {len(rated)} left out: about articles that are not here ({titles_shown})"
        left_out.append("; ".join(filter(None, (found, advice))))
    if wrong := sum(verdict == "wrong" for _, verdict in rated):
        left_out.append(f"{wrong} of {len(rated)} left out: marked wrong, no gold known")
    if not questions:
        found = "; ".join(left_out) or "nothing in it was marked right or wrong"
        message = f"{path}: {found}. Expected at least one answer, or abstention, that was marked right."
        raise QuestionSetError(
            message, "feedback-without-gold", file=path, cut_off=len(cut_off), missing=missing.total(), wrong=wrong
        )
    digest = hashlib.sha256(content).hexdigest()
    return QuestionSet.about(articles, questions[:limit], path.name, digest, tuple(left_out))


def _lines(name: str, content: bytes) -> tuple[list[int], dict[str, JsonSource]]:
    """Return the numbers of lines that were cut off, and the last line about each turn, by the turn's id."""
    cut_off: list[int] = []
    last: dict[str, JsonSource] = {}
    for number, line in enumerate(content.split(b"\n"), start=1):
        if not line.strip():
            continue
        if not _is_whole(line):
            cut_off.append(number)
            continue
        source = parse(name, decode(name, line, number), number)
        found = source.value.get("format") if isinstance(source.value, dict) else source.value
        if not isinstance(source.value, dict) or found != FORMAT:
            message = f'is {shown(found)}. Expected a line with "format": "{FORMAT}"; remove it.'
            raise source.error((), message, "feedback-format", found=shown(found), format=FORMAT)
        last[source.checked(_Turn).id] = source
    return cut_off, last


def _is_whole(line: bytes) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _article_id(source: JsonSource, turn: _RatedTurn) -> str:
    """The article that the answer cites first or, of an abstention, that came nearest."""
    name, found = ("nearest", turn.answer.nearest) if turn.answer.abstained else ("citations", turn.answer.citations)
    if not found:
        message = "is empty. Expected at least one; remove the line."
        raise source.error(("answer", name), message, "feedback-without-sentences")
    return found[0].article_id


def _is_of(article: Any, article_id: str) -> bool:
    return isinstance(article, dict) and article.get("id") == article_id


def _question(source: JsonSource, turn: _RatedTurn, article: Article, known: dict[str, Article]) -> GoldQuestion:
    text = normalise(turn.question)
    return GoldQuestion(
        id=turn.id,
        text=text,
        language=question_language(words(text)) or article.language,
        category=CATEGORY,
        article_id=article.id,
        earlier=tuple(map(normalise, turn.history or ())),
        answerable=not turn.answer.abstained,
        evidence=() if turn.answer.abstained else tuple(_evidence(source, turn, known)),
    )


def _evidence(source: JsonSource, turn: _RatedTurn, known: dict[str, Article]) -> Iterator[Evidence]:
    for place, cited in enumerate(turn.answer.citations):
        # A sentence of an article that was not given proves the answer too, but cannot be found.
        if (article := known.get(cited.article_id)) is None:
            continue
        if not 0 <= cited.start < cited.end or article.text[cited.start : cited.end] != cited.text:
            raise source.error(
                ("answer", "citations", place),
                f"is not what stands at {cited.start} to {cited.end} in the article {article.title!r}. Expected its "
                "own words; remove the line.",
                "feedback-other-words",
                start=cited.start,
                end=cited.end,
                title=article.title,
            )
        yield Evidence(cited.article_id, cited.start, cited.end)
