"""Feedback → a question set: what users marked right is gold.

An answer marked right becomes a question whose evidence is the cited sentences, any of which will do: that each was
needed, or that the short answer is the one to give, nobody said. An abstention marked right becomes a question without
an answer. What was marked wrong has no gold, and is left out.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from index import Article
from index.article import normalise
from index.errors import QuestionSetError
from index.search.lexical import words
from rag.conversation.language import question_language
from rag.evaluation.formats.json_file import JsonSource, decode, parse, shown
from rag.evaluation.questions import Evidence, GoldQuestion, QuestionSet
from rag.feedback import FORMAT

CATEGORY = "feedback"
# Within one line: blanks that may run on over many lines are tried from each of these anew, which takes forever.
_LINE = re.compile(rb'^[ \t]*\{[ \t]*"format"[ \t]*:[ \t]*"beleg-feedback/', re.MULTILINE)
_TITLES = 3


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
    rated = [source for source in last.values() if source.value.get("verdict") is not None]
    questions: list[GoldQuestion] = []
    missing: Counter[str] = Counter()
    wrong = 0
    for source in rated:
        if _verdict(source) == "wrong":
            wrong += 1
        elif (article_id := _article_id(source)) not in known:
            missing[_title(source, article_id)] += 1
        else:
            questions.append(_question(source, known))
    left_out = [f"line {number} left out: it was not written to its end" for number in cut_off]
    if missing:
        titles = ", ".join(map(repr, list(missing)[:_TITLES])) + (", …" if len(missing) > _TITLES else "")
        found = f"{missing.total()} of {len(rated)} left out: about articles that are not here ({titles})"
        left_out.append("; ".join(filter(None, (found, advice))))
    if wrong:
        left_out.append(f"{wrong} of {len(rated)} left out: marked wrong, no gold known")
    if not questions:
        found = "; ".join(left_out) or "nothing in it was marked right or wrong"
        raise QuestionSetError(f"{path}: {found}. Expected at least one answer, or abstention, that was marked right.")
    kept = questions[:limit]
    order = {article_id: row for row, article_id in enumerate(known)}
    kept.sort(key=lambda question: order[question.article_id])
    return QuestionSet(
        name=path.name,
        sha256=hashlib.sha256(content).hexdigest(),
        grain="sentences",
        article_ids=tuple(known),
        article=known.__getitem__,
        questions=kept,
        left_out=tuple(left_out),
    )


def _lines(name: str, content: bytes) -> tuple[list[int], dict[str, JsonSource]]:
    """Return the numbers of lines that were cut off, and of each turn what was said last, by its id."""
    cut_off: list[int] = []
    last: dict[str, JsonSource] = {}
    for number, line in enumerate(content.split(b"\n"), start=1):
        if not line.strip():
            continue
        if not _is_whole(line):
            cut_off.append(number)
            continue
        source = parse(name, decode(name, line, number), number)
        if not isinstance(source.value, dict) or source.value.get("format") != FORMAT:
            found = shown(source.value.get("format") if isinstance(source.value, dict) else source.value)
            raise source.error((), f'is {found}. Expected a line with "format": "{FORMAT}"; remove it.')
        last[source.get(str, "id")] = source
    return cut_off, last


def _is_whole(line: bytes) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _verdict(source: JsonSource) -> str:
    verdict = source.get(str, "verdict")
    if verdict not in ("right", "wrong"):
        raise source.error(("verdict",), f'is {shown(verdict)}. Expected "right", "wrong" or null; correct it.')
    return verdict


def _article_id(source: JsonSource) -> str:
    """The article that the answer cites first or, of an abstention, that came nearest."""
    found = "nearest" if source.get(bool, "answer", "abstained") else "citations"
    if not source.get(list, "answer", found):
        raise source.error(("answer", found), "is empty. Expected at least one; remove the line.")
    return source.get(str, "answer", found, 0, "article_id")


def _title(source: JsonSource, article_id: str) -> str:
    named: list[Any] = source.get(list, "articles", default=[])
    titles = [one.get("title") for one in named if isinstance(one, dict) and one.get("id") == article_id]
    return str(titles[0]) if titles else article_id


def _question(source: JsonSource, known: dict[str, Article]) -> GoldQuestion:
    text = normalise(source.get(str, "question"))
    abstained = source.get(bool, "answer", "abstained")
    article = known[_article_id(source)]
    history: list[Any] = source.get(list, "history", default=[])
    return GoldQuestion(
        id=source.get(str, "id"),
        text=text,
        language=question_language(words(text)) or article.language,
        category=CATEGORY,
        article_id=article.id,
        earlier=tuple(normalise(source.get(str, "history", place)) for place in range(len(history))),
        answerable=not abstained,
        evidence=() if abstained else tuple(_evidence(source, known)),
    )


def _evidence(source: JsonSource, known: dict[str, Article]) -> Iterator[Evidence]:
    for place in range(len(source.get(list, "answer", "citations"))):
        path = ("answer", "citations", place)
        article_id = source.get(str, *path, "article_id")
        start, end = source.get(int, *path, "start"), source.get(int, *path, "end")
        # One of another article, not given here, proves the answer too, and cannot be asked for.
        if (article := known.get(article_id)) is None:
            continue
        if not 0 <= start < end or article.text[start:end] != source.get(str, *path, "text"):
            raise source.error(
                path,
                f"is not what stands at {start} to {end} in the article {article.title!r}. Expected its own words; "
                "remove the line.",
            )
        yield Evidence(article_id, start, end)
