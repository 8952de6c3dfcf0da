"""The models of Beleg's own question format: single questions, and dialogues whose every turn is judged.

`questions.schema.json` is made from them, for editors and other programs:
python -c "from rag.evaluation.formats.question_file import write_schema; write_schema()"
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal, LiteralString

from pydantic import BaseModel, BeforeValidator, Field, ValidationInfo, WithJsonSchema, field_validator
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import PydanticCustomError, core_schema

from rag.evaluation.questions import Expected, Part

FORMAT = "beleg-questions/1"
SCHEMA_FILE = Path(__file__).parent / "questions.schema.json"

_NOT_ANSWERABLE: LiteralString = (
    'is not empty, and the question is not answerable. Expected [], or "answerable": true; correct one.'
)
_ANSWERABLE: LiteralString = (
    "is empty, and the question is answerable. Expected the words of the article that prove the answer, or "
    '"answerable": false; correct one.'
)
_NOTHING_CITED: LiteralString = (
    'is not empty, and nothing is cited in what is expected. Expected [], or another "expects"; correct one.'
)
_NOTHING_ASKED: LiteralString = "is empty. Add one, or dialogues."
# A longer dialogue says less about each of its turns.
MOST_TURNS = 6
NOTHING_CITED = ("abstention", "talk", "articles")
Words = Annotated[str, Field(pattern=r"\S")]
LanguageCode = Annotated[str, Field(pattern="^[a-z]{2,3}$", title="a language code")]

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
    language: LanguageCode = Field(
        "",
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


class OwnArticle(BaseModel, extra="forbid"):
    """An article that the file brings with it."""

    name: Words = Field(description="What questions and dialogues call it; unique in the file.")
    title: str = Field("", description="Without it, the text's first line.")
    language: LanguageCode = Field("", description="ISO 639-1 code; without it, it is detected.")
    text: Words


class TurnPiece(Piece):
    """A piece of evidence of a turn."""

    article: str = Field(
        "", min_length=1, description="The article it is in; needed where several of the dialogue's say so."
    )


class DialogueTurn(BaseModel, extra="forbid"):
    """What is asked in a turn, and what should come. All that is said of it must hold."""

    question: Words
    kind: Words = Field("other", description="Reports group by it.")
    expects: Expected = Field(
        description="What the message is to be taken for, and whether it is to be answered. An overview does for "
        '"articles" where it says what "says" wants. "either": an answer as described, or an abstention.',
    )
    says: list[Annotated[list[Words], Field(min_length=1)]] = Field(
        [],
        description="Of each list, the text contains one; case, accents and the marks of thousands make no difference.",
        examples=[[["…", "…"]]],
    )
    not_says: list[Words] = Field([], description="Words that the text does not contain.", examples=[["…"]])
    short: bool | None = Field(None, description="Whether there is a short answer.")
    short_without: list[Words] = Field(
        [], description="Words that the short answer does not contain.", examples=[["…"]]
    )
    evidence: list[TurnPiece] = Field([], description="Of each group, one piece is cited.", examples=[[{"text": "…"}]])
    language: LanguageCode = Field("", description="The language of the answer's own words.", examples=["de"])
    differs: bool | None = Field(None, description="Whether the answer says that the cited sentences differ.")
    unanswered: int | None = Field(None, ge=0, description="How many questions of the message stay open.")

    @field_validator("evidence")
    @classmethod
    def _fits_expected(cls, value: list[Any], info: ValidationInfo) -> list[Any]:
        if value and info.data.get("expects") in NOTHING_CITED:
            raise PydanticCustomError("evidence-of-nothing-cited", _NOTHING_CITED)
        return value


class DialogueItem(BaseModel, extra="forbid"):
    """A conversation: its turns are asked one after the other, each after the answers that were really given."""

    id: Words = Field(description="Unique among the dialogues; comparisons pair by it and the turn's place.")
    articles: list[Words] = Field(
        min_length=1,
        description="The names of all articles that are searched: of the file's own, or as a question names one.",
        examples=[["…"]],
    )
    part: Part = Field(
        "building",
        description='"measuring": nobody looks at it while something is built; its turns are counted and listed only '
        "when asked for.",
    )
    turns: list[DialogueTurn] = Field(
        min_length=1, max_length=MOST_TURNS, examples=[[{"question": "…", "expects": "answer"}]]
    )


class QuestionFile(BaseModel, extra="forbid"):
    """Beyond this schema: ids and names are unique, and all evidence is in the article as often as it says."""

    schema_: str = Field("", alias="$schema", description="Where this schema is, for editors.")
    format: Literal["beleg-questions/1"]
    article: str = Field(
        "",
        min_length=1,
        description="Which article the questions are about, where they do not say so themselves: its title, its file's "
        "name with or without the ending, its id, or the name of one of the file's own. Of several articles, a "
        "question for which neither says so is about the one that all its evidence is in.",
    )
    articles: list[OwnArticle] = Field(
        [], description="Articles that the file brings with it.", examples=[[{"name": "…", "text": "…"}]]
    )
    dialogues: list[DialogueItem] = Field(
        [], examples=[[{"id": "…", "articles": ["…"], "turns": [{"question": "…", "expects": "answer"}]}]]
    )
    questions: list[Question] = Field(
        [],
        validate_default=True,
        description="Needed where there are no dialogues.",
        examples=[[{"question": "…", "answerable": True, "evidence": [{"text": "…"}]}]],
    )

    @field_validator("questions")
    @classmethod
    def _asks_something(cls, value: list[Any], info: ValidationInfo) -> list[Any]:
        # Dialogues that are malformed are no field of `info.data`: then this is not a mistake of its own.
        if not value and info.data.get("dialogues") == []:
            raise PydanticCustomError("nothing-asked", _NOTHING_ASKED)
        return value


# What `_asks_something` and `_fits_expected` check, as JSON Schema.
_ASKED = [{"properties": {name: {"minItems": 1}}, "required": [name]} for name in ("questions", "dialogues")]
_CITING = {
    "if": {"properties": {"expects": {"enum": [*NOTHING_CITED]}}, "required": ["expects"]},
    "then": {"properties": {"evidence": {"maxItems": 0}}},
}


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
    made["$defs"]["DialogueTurn"]["allOf"] = [_CITING]
    made["anyOf"] = _ASKED
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "beleg-questions-1.schema.json",
        **made,
        "title": "Questions to evaluate Beleg with",
    }


def write_schema() -> None:
    """Write the schema into `questions.schema.json`."""
    SCHEMA_FILE.write_text(json.dumps(schema(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
