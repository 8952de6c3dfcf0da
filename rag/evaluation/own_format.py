"""Beleg's own format, `questions.schema.json`: questions with the article's own words as their evidence."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from index import Article
from index.article import normalise
from rag.evaluation.json_source import JsonSource, shown
from rag.evaluation.positions import JsonPath, dotted
from rag.evaluation.question_set import Evidence, GoldQuestion, QuestionSet
from rag.evaluation.schema_errors import check

FORMAT = "beleg-questions/1"
_SCHEMA = Path(__file__).parent / "questions.schema.json"


def read_own(source: JsonSource, sha256: str, articles: Sequence[Article], *, limit: int | None = None) -> QuestionSet:
    """Return the question set of a file in Beleg's own format.

    Args:
        articles: that the questions may be about. A single one is what they are about, whatever it is called.
        limit: the number of questions, from the first; the others are checked all the same.

    Raises:
        QuestionSetError: the file does not fit the schema, an id stands twice, an article is not there or there are
            several of its name, or a piece of evidence is not in the article as often as it says.
    """
    check(source, schema())
    seen: dict[str, int] = {}
    questions = []
    for number, item in enumerate(source.value["questions"]):
        path = ("questions", number)
        if item["id"] in seen:
            raise source.error(
                (*path, "id"),
                f"{shown(item['id'])} is the id of {dotted(('questions', seen[item['id']]))} already. Expected unique "
                "ids; change one.",
            )
        seen[item["id"]] = number
        questions.append(_question(source, path, item, _article_of(source, path, item, articles)))
    kept = questions[:limit]
    rows = {article.id: article for article in articles}
    order = {article_id: row for row, article_id in enumerate(rows)}
    kept.sort(key=lambda question: order[question.article_id])
    return QuestionSet(
        name=Path(source.name).name,
        sha256=sha256,
        grain="sentences",
        article_ids=tuple(rows),
        article=rows.__getitem__,
        questions=kept,
    )


@cache
def schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the format."""
    return dict(json.loads(_SCHEMA.read_text(encoding="utf-8")))


def _question(source: JsonSource, path: JsonPath, item: dict[str, Any], article: Article) -> GoldQuestion:
    return GoldQuestion(
        id=item["id"],
        text=normalise(item["question"]),
        language=item.get("language", article.language),
        category=item.get("category", "other"),
        article_id=article.id,
        earlier=tuple(normalise(turn["question"]) for turn in item.get("history", ())),
        answerable=item["answerable"],
        answers=tuple(dict.fromkeys(normalise(answer) for answer in item.get("answers", ()))),
        evidence=tuple(
            _find(source, (*path, "evidence", place, "text"), article, piece)
            for place, piece in enumerate(item.get("evidence", ()))
        ),
    )


def _article_of(source: JsonSource, path: JsonPath, item: dict[str, Any], articles: Sequence[Article]) -> Article:
    if "article" in item:
        path, name = (*path, "article"), item["article"]
    elif len(articles) == 1:
        return articles[0]
    elif "article" in source.value:
        path, name = ("article",), source.value["article"]
    else:
        raise source.error(
            path, f'does not say which of {len(articles)} articles it is about. Expected "article", its title or file.'
        )
    found = [article for article in articles if normalise(name) in _names(article)]
    if len(found) == 1:
        return found[0]
    known = ", ".join(repr(Path(article.source).name or article.title) for article in articles[:5])
    raise source.error(
        path,
        f"{shown(name)} is the name of {len(found) or 'no'} article{'s' if found else ''}. Expected one of {known}"
        f"{', …' if len(articles) > 5 else ''}; correct it, or give the article's file.",
    )


def _names(article: Article) -> set[str]:
    path = Path(normalise(article.source))
    return {article.id, article.title, str(path), path.name, path.stem} - {"", "."}


def _find(source: JsonSource, path: JsonPath, article: Article, piece: dict[str, Any]) -> Evidence:
    text, occurrence = normalise(piece["text"]), piece.get("occurrence", 1)
    at, count = -1, 0
    while count < occurrence and (at := article.text.find(text, at + 1)) >= 0:
        count += 1
    if count == occurrence:
        return Evidence(article.id, at, at + len(text), group=piece.get("group", 0))
    if count:
        said = f"{count} time{'s' if count > 1 else ''}, not {occurrence}"
        raise source.error(path, f"{shown(text)} is in the article {said}. Expected an occurrence that there is.")
    raise source.error(
        path,
        f"{shown(text)} is not in the article {article.title!r}. Expected its own words, exactly; "
        f"{_where_it_parts(article.text, text)}.",
    )


def _where_it_parts(article_text: str, text: str) -> str:
    """Say how far a text is an article's, as a wrong dash or quotation mark is hard to see."""
    same = next(length for length in range(len(text), -1, -1) if text[:length] in article_text)
    if not same:
        return "copy them from it"
    at = article_text.index(text[:same]) + same
    return f"after {shown(text[:same][-30:])} it goes on {shown(article_text[at : at + 20])}"
