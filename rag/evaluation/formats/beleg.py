"""Beleg's own format: questions with the article's own words as their evidence.

The models below are the format. `questions.schema.json` is made from them, for editors and other programs:
python -c "from rag.evaluation.formats.beleg import write_schema; write_schema()"
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Container, Sequence
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path
from typing import Annotated, Any, Literal, LiteralString

from pydantic import BaseModel, BeforeValidator, Field, ValidationInfo, WithJsonSchema, field_validator
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import PydanticCustomError, core_schema

from index import Article
from index.article import normalise
from index.errors import QuestionSetError
from index.search.lexical import words
from rag.evaluation.formats.json_file import JsonPath, JsonSource, dotted, shown, together
from rag.evaluation.judge import UNSPACED
from rag.evaluation.questions import Evidence, GoldQuestion, QuestionSet

FORMAT = "beleg-questions/1"
SCHEMA_FILE = Path(__file__).parent / "questions.schema.json"

_NOT_ANSWERABLE: LiteralString = (
    'is not empty, and the question is not answerable. Expected [], or "answerable": true; correct one.'
)
_ANSWERABLE: LiteralString = (
    "is empty, and the question is answerable. Expected the words of the article that prove the answer, or "
    '"answerable": false; correct one.'
)
Words = Annotated[str, Field(pattern=r"\S")]


_WORDS_SCHEMA = {"type": "string", "pattern": r"\S"}
Earlier = Annotated[
    Words,
    BeforeValidator(lambda turn: turn["question"] if isinstance(turn, dict) and turn.keys() == {"question"} else turn),
    Field(title="a text or an object", examples=[{"question": "…"}]),
    WithJsonSchema(
        {
            **_WORDS_SCHEMA,
            "type": ["string", "object"],
            "properties": {"question": _WORDS_SCHEMA},
            "required": ["question"],
            "additionalProperties": False,
        }
    ),
]
"""A question asked before: a text, or an object with the text as its "question"."""


class Piece(BaseModel, extra="forbid"):
    """A piece of evidence."""

    text: Words = Field(description="The article's own words, exactly.")
    occurrence: int = Field(
        0,
        ge=1,
        description="Which time the article says so, counted from 1; needed where it says so several times. Within "
        "other words counts only where it is nowhere by itself.",
    )
    group: int = Field(
        0, ge=0, description="Pieces of one group are alternatives; of each group one is needed. Without it, 0."
    )


class Question(BaseModel, extra="forbid"):
    """A question and what is known of its answer."""

    id: Words = Field(
        "",
        description="Unique in the file; comparisons pair by it. Without it, the question's place in the file, from 1.",
    )
    article: str = Field("", min_length=1, description="As in the file, for this question.")
    category: Words = Field("other", description="Reports group by it.")
    language: str = Field(
        "",
        pattern="^[a-z]{2,3}$",
        title="a language code",
        description="ISO 639-1 code of the question's language; without it, the article's.",
        examples=["de"],
    )
    question: Words
    answerable: bool = Field(description="Whether the article answers it.")
    history: list[Earlier] = Field(
        [], description="The questions asked before in the same conversation, oldest first.", examples=[["…"]]
    )
    answers: list[Words] = Field([], description="Short answers, each of which is right by itself.", examples=[["…"]])
    evidence: list[Piece] = Field(
        [],
        validate_default=True,
        description="What proves the answer; needed where there is one.",
        examples=[[{"text": "…"}]],
    )

    @field_validator("answers", "evidence")
    @classmethod
    def _fits_answerable(cls, value: list[Any], info: ValidationInfo) -> list[Any]:
        answerable = info.data.get("answerable")
        if answerable is False and value:
            raise PydanticCustomError("unanswerable-with-answer", _NOT_ANSWERABLE)
        if answerable and not value and info.field_name == "evidence":
            raise PydanticCustomError("answerable-without-evidence", _ANSWERABLE)
        return value


# What `_fits_answerable` checks, as JSON Schema.
_CONDITIONS = [
    {
        "if": {"properties": {"answerable": {"const": True}}, "required": ["answerable"]},
        "then": {"properties": {"evidence": {"minItems": 1}}, "required": ["evidence"]},
    },
    {
        "if": {"properties": {"answerable": {"const": False}}, "required": ["answerable"]},
        "then": {"properties": {"evidence": {"maxItems": 0}, "answers": {"maxItems": 0}}},
    },
]


class QuestionFile(BaseModel, extra="forbid"):
    """Beyond this schema: ids are unique, and every piece of evidence is in the article as often as it says."""

    schema_: str = Field("", alias="$schema", description="Where this schema is, for editors.")
    format: Literal["beleg-questions/1"]
    article: str = Field(
        "",
        min_length=1,
        description="Which article the questions are about, where they do not say so themselves: its title, its file's "
        "name with or without the ending, or its id. Of several articles, a question for which neither says so is "
        "about the one that all its evidence is in.",
    )
    questions: list[Question] = Field(
        min_length=1, examples=[[{"question": "…", "answerable": True, "evidence": [{"text": "…"}]}]]
    )


class _Schema(GenerateJsonSchema):
    """JSON Schema without what the descriptions say already: titles made from names, and what a default stands for."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> dict[str, Any]:
        return self.generate_inner(schema["schema"])


def schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the format."""
    made = QuestionFile.model_json_schema(schema_generator=_Schema)
    made["$defs"]["Question"]["allOf"] = _CONDITIONS
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "beleg-questions-1.schema.json",
        **made,
        "title": "Questions to evaluate Beleg with",
    }


def write_schema() -> None:
    """Write the schema into `questions.schema.json`."""
    SCHEMA_FILE.write_text(json.dumps(schema(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


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
        QuestionSetError: the file does not fit the models, an id stands twice, an article is not there or there are
            several of its name, or a piece of evidence is not in the article as often as it says.
    """
    file = source.checked(QuestionFile)
    reader = _Reader(source, file, articles, advice)
    questions, mistakes = [], []
    for number, (item, name) in enumerate(zip(file.questions, _ids(source, file.questions), strict=True)):
        try:
            questions.append(reader.question(number, item, name))
        except QuestionSetError as error:
            mistakes.append(error)
    if mistakes:
        raise together(source.name, mistakes)
    return QuestionSet.about(articles, questions[:limit], Path(source.name).name, sha256)


def _ids(source: JsonSource, items: Sequence[Question]) -> list[str]:
    """The questions' ids; where there is none, the question's place, counted from 1."""
    seen: dict[str, int] = {}
    for number, item in enumerate(items):
        if item.id in seen:
            other = dotted(("questions", seen[item.id]))
            message = f"{shown(item.id)} is the id of {other} already. Expected unique ids; change one."
            raise source.error(("questions", number, "id"), message, "id-twice", id=shown(item.id), other=other)
        if item.id:
            seen[item.id] = number
    return [item.id or _unused(str(place), seen) for place, item in enumerate(items, 1)]


def _unused(name: str, seen: Container[str]) -> str:
    names = chain([name], (f"{name}-{number}" for number in count(2)))
    return next(name for name in names if name not in seen)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Finds the article of each question, and its evidence there."""

    source: JsonSource
    file: QuestionFile
    articles: Sequence[Article]
    advice: str

    def question(self, number: int, item: Question, name: str) -> GoldQuestion:
        path = ("questions", number)
        article = self._article(path, item)
        return GoldQuestion(
            id=name,
            text=normalise(item.question),
            language=item.language or article.language,
            category=item.category,
            article_id=article.id,
            earlier=tuple(map(normalise, item.history)),
            answerable=item.answerable,
            answers=tuple(dict.fromkeys(map(normalise, item.answers))),
            evidence=tuple(
                self._evidence((*path, "evidence", place, "text"), article, piece)
                for place, piece in enumerate(item.evidence)
            ),
        )

    def _article(self, path: JsonPath, item: Question) -> Article:
        if item.article:
            return self._named((*path, "article"), item.article)
        if len(self.articles) == 1:
            return self.articles[0]
        if self.file.article:
            return self._named(("article",), self.file.article)
        return self._proving(path, item.evidence)

    def _named(self, path: JsonPath, name: str) -> Article:
        found = [article for article in self.articles if normalise(name) in _names(article)]
        if len(found) == 1:
            return found[0]
        known = ", ".join(repr(Path(article.source).name or article.title) for article in self.articles[:5])
        known += ", …" if len(self.articles) > 5 else ""
        raise self.source.error(
            path,
            f"{shown(name)} is the name of {len(found) or 'no'} article{'s' if found else ''}. Expected one of "
            f"{known}; correct it, or {self.advice or 'give its file'}.",
            "article-name",
            name=shown(name),
            n=len(found),
            known=known,
        )

    def _proving(self, path: JsonPath, pieces: Sequence[Piece]) -> Article:
        """The only article that all pieces of evidence are in."""
        wanted = [(normalise(piece.text), piece.occurrence or 1) for piece in pieces]
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
            "article-unclear",
            articles=len(self.articles),
            found=len(found),
        )

    def _evidence(self, path: JsonPath, article: Article, piece: Piece) -> Evidence:
        text, occurrence = normalise(piece.text), piece.occurrence
        found = places(article.text, text)
        times = f"{len(found)} time{'s' if len(found) > 1 else ''}"
        values = {"text": shown(text), "title": article.title, "n": len(found), "occurrence": occurrence}
        if not found:
            parts = parting(article.text, text) or ("" if self.advice else "copy them from it")
            raise self.source.error(
                path,
                f"{shown(text)} is not in the article {article.title!r}. Expected its own words, exactly; "
                f"{', or '.join(filter(None, (parts, self.advice)))}.",
                "evidence-not-found",
                **values,
            )
        if not occurrence and len(found) > 1:
            message = 'Expected "occurrence" beside it to say which (1 is the first); add it.'
            message = f"{shown(text)} is in the article {times}. {message}"
            raise self.source.error(path, message, "evidence-several-times", **values)
        if occurrence > len(found):
            message = (
                f"{shown(text)} is in the article {times}, not {occurrence}. Expected an occurrence that there is."
            )
            raise self.source.error(path, message, "evidence-not-so-often", **values)
        at = found[(occurrence or 1) - 1]
        return Evidence(article.id, at, at + len(text), group=piece.group)


def _names(article: Article) -> set[str]:
    path = Path(normalise(article.source))
    return {article.id, article.title, str(path), path.name, path.stem} - {"", "."}


# The share of a quotation's words that must be alike; with fewer, the place where they differ means nothing.
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
