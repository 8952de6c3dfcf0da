"""Beleg's own format, `questions.schema.json`: questions with the article's own words as their evidence."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Container, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, count
from pathlib import Path
from typing import Any

from index import Article
from index.article import normalise
from index.errors import QuestionSetError
from index.search.lexical import words
from rag.evaluation.formats.json_file import JsonPath, JsonSource, dotted, shown, together
from rag.evaluation.formats.schema_errors import check
from rag.evaluation.judge import UNSPACED
from rag.evaluation.questions import Evidence, GoldQuestion, QuestionSet

FORMAT = "beleg-questions/1"
_SCHEMA = Path(__file__).parent / "questions.schema.json"


def read_own(
    source: JsonSource, sha256: str, articles: Sequence[Article], *, limit: int | None = None, advice: str = ""
) -> QuestionSet:
    """Return the question set of a file in Beleg's own format.

    Args:
        articles: that the questions may be about. A single one is what they are about, whatever it is called. Of
            several, a question that names none is about the one that all its evidence is in.
        limit: the number of questions, from the first; the others are checked all the same.
        advice: what to do where an article or a piece of evidence is not found.

    Raises:
        QuestionSetError: the file does not fit the schema, an id stands twice, an article is not there or there are
            several of its name, or a piece of evidence is not in the article as often as it says.
    """
    check(source, schema())
    items = source.value["questions"]
    reader = _Reader(source, articles, advice)
    questions, mistakes = [], []
    for number, (item, name) in enumerate(zip(items, _ids(source, items), strict=True)):
        try:
            questions.append(reader.question(number, item, name))
        except QuestionSetError as error:
            mistakes.append(error)
    if mistakes:
        raise together(source.name, mistakes)
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


def _ids(source: JsonSource, items: Sequence[dict[str, Any]]) -> list[str]:
    """The questions' ids; where there is none, the question's place, counted from 1."""
    seen: dict[str, int] = {}
    for number, item in enumerate(items):
        if item.get("id") in seen:
            raise source.error(
                ("questions", number, "id"),
                f"{shown(item['id'])} is the id of {dotted(('questions', seen[item['id']]))} already. Expected unique "
                "ids; change one.",
            )
        if "id" in item:
            seen[item["id"]] = number
    return [item.get("id") or _unused(str(place), seen) for place, item in enumerate(items, 1)]


def _unused(name: str, seen: Container[str]) -> str:
    names = chain([name], (f"{name}-{number}" for number in count(2)))
    return next(name for name in names if name not in seen)


@dataclass(frozen=True, slots=True)
class _Reader:
    source: JsonSource
    articles: Sequence[Article]
    advice: str

    def question(self, number: int, item: dict[str, Any], name: str) -> GoldQuestion:
        path = ("questions", number)
        article = self._article(path, item)
        turns = (turn if isinstance(turn, str) else turn["question"] for turn in item.get("history", ()))
        return GoldQuestion(
            id=name,
            text=normalise(item["question"]),
            language=item.get("language", article.language),
            category=item.get("category", "other"),
            article_id=article.id,
            earlier=tuple(normalise(turn) for turn in turns),
            answerable=item["answerable"],
            answers=tuple(dict.fromkeys(normalise(answer) for answer in item.get("answers", ()))),
            evidence=tuple(
                self._evidence((*path, "evidence", place, "text"), article, piece)
                for place, piece in enumerate(item.get("evidence", ()))
            ),
        )

    def _article(self, path: JsonPath, item: dict[str, Any]) -> Article:
        if "article" in item:
            return self._named((*path, "article"), item["article"])
        if len(self.articles) == 1:
            return self.articles[0]
        if "article" in self.source.value:
            return self._named(("article",), self.source.value["article"])
        return self._proving(path, item.get("evidence", ()))

    def _named(self, path: JsonPath, name: str) -> Article:
        found = [article for article in self.articles if normalise(name) in _names(article)]
        if len(found) == 1:
            return found[0]
        known = ", ".join(repr(Path(article.source).name or article.title) for article in self.articles[:5])
        raise self.source.error(
            path,
            f"{shown(name)} is the name of {len(found) or 'no'} article{'s' if found else ''}. Expected one of {known}"
            f"{', …' if len(self.articles) > 5 else ''}; correct it, or {self.advice or 'give its file'}.",
        )

    def _proving(self, path: JsonPath, pieces: Sequence[dict[str, Any]]) -> Article:
        """The only article that all pieces of evidence are in."""
        wanted = [(normalise(piece["text"]), piece.get("occurrence", 1)) for piece in pieces]
        found = {
            article.id: article
            for article in self.articles
            if wanted and all(len(places(article.text, text)) >= often for text, often in wanted)
        }
        if len(found) == 1:
            return next(iter(found.values()))
        told = f"its evidence is in {len(found) or 'none'} of them" if wanted else "it has no evidence to tell by"
        raise self.source.error(
            path,
            f"does not say which of {len(self.articles)} articles it is about, and {told}. Expected "
            '"article", its title or file; add it.',
        )

    def _evidence(self, path: JsonPath, article: Article, piece: dict[str, Any]) -> Evidence:
        text, occurrence = normalise(piece["text"]), piece.get("occurrence")
        found = places(article.text, text)
        times = f"{len(found)} time{'s' if len(found) > 1 else ''}"
        if not found:
            parts = parting(article.text, text) or ("" if self.advice else "copy them from it")
            raise self.source.error(
                path,
                f"{shown(text)} is not in the article {article.title!r}. Expected its own words, exactly; "
                f"{', or '.join(filter(None, (parts, self.advice)))}.",
            )
        if occurrence is None and len(found) > 1:
            raise self.source.error(
                path,
                f'{shown(text)} is in the article {times}. Expected "occurrence" beside it to say which (1 is the '
                "first); add it.",
            )
        if occurrence is not None and occurrence > len(found):
            raise self.source.error(
                path,
                f"{shown(text)} is in the article {times}, not {occurrence}. Expected an occurrence that there is.",
            )
        at = found[(occurrence or 1) - 1]
        return Evidence(article.id, at, at + len(text), group=piece.get("group", 0))


def _names(article: Article) -> set[str]:
    path = Path(normalise(article.source))
    return {article.id, article.title, str(path), path.name, path.stem} - {"", "."}


# Where an article says what a file of questions quotes, and where a quotation and the article part.

# Of a quotation's words: with fewer alike, where they part is chance.
_ALIKE = 0.6
_SHOWN_BEFORE, _SHOWN_AFTER = 30, 20


def places(article_text: str, text: str) -> list[int]:
    """Return where a text begins in an article, each time.

    Within words ("Rat" in "Rathaus") it counts only where it is nowhere by itself. In scripts that write no blanks,
    each character is a word.
    """
    found = []
    at = article_text.find(text)
    while at >= 0:
        found.append(at)
        at = article_text.find(text, at + 1)
    whole = [at for at in found if _parts_words(article_text, at) and _parts_words(article_text, at + len(text))]
    return whole or found


def parting(article_text: str, text: str) -> str:
    """Say up to where an article says the same as a text, as a wrong dash is hard to see; "" for too little alike."""
    enough = max(1, _ALIKE * len(words(text)))
    for length in range(len(text) - 1, 0, -1):
        if not _parts_words(text, length):
            continue
        same = text[:length]
        if len(words(same)) < enough:
            break
        for at in places(article_text, same):
            end = at + length
            if _parts_words(article_text, at) and _parts_words(article_text, end):
                after = article_text[end : end + _SHOWN_AFTER]
                return f"after {shown(_last_words(same))} it {f'goes on {shown(after)}' if after else 'ends'}"
    return ""


def _last_words(text: str) -> str:
    start = max(0, len(text) - _SHOWN_BEFORE)
    return text[next(at for at in range(start, len(text) + 1) if _parts_words(text, at)) :].lstrip()


def _parts_words(text: str, at: int) -> bool:
    """Whether no word goes on across an offset."""
    return not (0 < at < len(text) and all(_joins(character) for character in text[at - 1 : at + 1]))


def _joins(character: str) -> bool:
    # Letters, the marks that belong to them, and digits; of scripts without blanks, none.
    return unicodedata.category(character)[0] in "LMN" and not UNSPACED.match(character)
