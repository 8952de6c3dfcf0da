"""Dialogues and articles in a file of the own format: what is read of them, and each mistake by line and field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from index import bundled_article
from index.errors import QuestionSetError
from rag.evaluation.formats import read_question_set
from rag.evaluation.formats.question_file import schema
from rag.evaluation.questions import QuestionSet
from tests.question_files import ARTICLE, OTHER, asked, said_in_german

POOL = {
    "name": "pool",
    "title": "Das Freibad",
    "language": "de",
    "text": "Das Freibad hat zwei Becken. Eines ist tief.",
}
LAKE = {"name": "see", "text": "Der See ist 1.204 Meter lang. Eines seiner Ufer ist flach. Das Freibad liegt am See."}


def turn(**more: Any) -> dict[str, Any]:
    return {"question": "Wie viele Becken?", "expects": "answer", **more}


def dialogue(*turns: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": "d1", "articles": ["pool"], "turns": list(turns) or [turn()], **more}


def file(tmp_path: Path, **content: Any) -> Path:
    path = tmp_path / "d.json"
    whole = {"format": "beleg-questions/1", "articles": [POOL, LAKE], **content}
    path.write_text(json.dumps(whole, indent=2, ensure_ascii=False), encoding="utf-8")
    return path


def quotes(read: QuestionSet) -> list[list[str]]:
    return [
        [read.article(piece.article_id).text[piece.start : piece.end] for piece in one.evidence]
        for dialogue in read.dialogues
        for one in dialogue.turns
    ]


def test_a_dialogue_is_read_with_all_that_is_expected_of_its_turns(tmp_path: Path) -> None:
    whole = turn(
        kind="numbers", says=[["zwei", "2"], ["Becken"]], not_says=["drei"], short=True, short_without=["Freibad"],
        evidence=[{"text": "zwei Becken"}], language="de", differs=False, unanswered=0,
    )  # fmt: skip
    path = file(tmp_path, dialogues=[dialogue(whole, turn(expects="talk"), part="measuring")])
    jsonschema.validate(json.loads(path.read_text()), schema(), cls=jsonschema.Draft202012Validator)
    read = read_question_set(path)
    (found,) = read.dialogues
    first, second = found.turns
    assert (found.id, found.part, found.language, read.questions, read.article_ids) == ("d1", "measuring", "de", [], ())
    assert [read.article(one).title for one in found.article_ids] == ["Das Freibad"] and read.asked == 2
    assert (first.kind, first.says, first.not_says) == ("numbers", (("zwei", "2"), ("Becken",)), ("drei",))
    assert (first.short, first.short_without, first.language) == (True, ("Freibad",), "de")
    assert (first.differs, first.unanswered, quotes(read)) == (False, 0, [["zwei Becken"], []])
    assert (second.kind, second.says, second.short, second.differs, second.unanswered) == (
        "other",
        (),
        None,
        None,
        None,
    )


def test_dialogues_and_questions_name_articles_of_the_file_and_the_bundled_one(tmp_path: Path) -> None:
    gipfel = {"id": "g", "question": "Wer?", "answerable": True, "evidence": [{"text": "Yonhap", "occurrence": 1}]}
    of_pool = {"question": "Wie tief?", "article": "see", "answerable": True, "evidence": [{"text": "flach"}]}
    two = dialogue(turn(evidence=[{"text": "flach"}, {"text": "tief", "article": "pool"}]), articles=["pool", "see"])
    summit = dialogue(id="d2", articles=["nato-gipfel"])
    path = file(tmp_path, article="nato-gipfel", questions=[gipfel, of_pool], dialogues=[two, summit, dialogue(id="3")])
    read = read_question_set(path)
    titles = [read.article(question.article_id).title for question in read.questions]
    assert titles == [
        bundled_article().title,
        "Der See ist 1.204 Meter lang. Eines seiner Ufer ist flach. Das Freibad liegt…",
    ]
    assert set(read.article_ids) == {question.article_id for question in read.questions}
    assert quotes(read) == [["flach", "tief"], [], []]
    assert read.dialogues[1].article_ids == (bundled_article().id,)
    limited = read_question_set(path, limit=1)
    assert len(limited.questions) == 1 and [one.id for one in limited.dialogues] == ["d1"]


def test_what_the_file_calls_its_article_is_the_one_that_is_given(tmp_path: Path) -> None:
    path = file(tmp_path, article="nato-gipfel", questions=[asked()], dialogues=[dialogue(articles=["nato-gipfel"])])
    read = read_question_set(path, articles=[ARTICLE])
    assert read.questions[0].article_id == ARTICLE.id and read.dialogues[0].article_ids == (ARTICLE.id,)


def test_evidence_tells_which_of_the_files_articles_a_question_is_about(tmp_path: Path) -> None:
    questions = [asked(evidence=[{"text": "zwei Becken"}]), asked("q2", evidence=[{"text": "Compiler"}])]
    read = read_question_set(file(tmp_path, questions=questions), articles=[OTHER])
    assert [read.article(question.article_id).title for question in read.questions] == ["Grace", "Das Freibad"]


def test_dialogues_about_the_same_articles_stand_together(tmp_path: Path) -> None:
    some = [dialogue(id=str(n), articles=[("pool", "see")[n % 2]]) for n in range(4)]
    assert [one.id for one in read_question_set(file(tmp_path, dialogues=some)).dialogues] == ["0", "2", "1", "3"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"dialogues": [dialogue(turn(expects="answr"))]}, r'dialogues\[0\]\.turns\[0\]\.expects: is "answr"\. Expected "answer", "abstention", "talk", "articles", "overview" or "either"'),
        ({"dialogues": [dialogue({"question": "Wie?"})]}, r"dialogues\[0\]\.turns\[0\]\.expects: is missing"),
        ({"dialogues": [dialogue(part="test")]}, r'dialogues\[0\]\.part: is "test"\. Expected "building" or "measuring"'),
        ({"dialogues": [dialogue(articles=[])]}, r"dialogues\[0\]\.articles: is empty"),
        ({"dialogues": [dialogue(articles=["teich"])]}, r'dialogues\[0\]\.articles\[0\]: "teich" is the name of no article\. Expected one of .nato-gipfel.txt., .pool., .see.'),
        ({"dialogues": [{**dialogue(), "turns": []}]}, r"dialogues\[0\]\.turns: is empty"),
        ({"dialogues": [dialogue(*[turn()] * 7)]}, r"dialogues\[0\]\.turns: has 7\. Expected at most 6"),
        ({"dialogues": [dialogue(), dialogue()]}, r'dialogues\[1\]\.id: "d1" is the id of dialogues\[0\] already'),
        ({"dialogues": [dialogue(turn(says=["zwei"]))]}, r'turns\[0\]\.says\[0\]: is "zwei"\. Expected a list such as \["…", "…"\]'),
        ({"dialogues": [dialogue(turn(says=[[]]))]}, r"turns\[0\]\.says\[0\]: is empty"),
        ({"dialogues": [dialogue(turn(says=[[5]]))]}, r"turns\[0\]\.says\[0\]\[0\]: is 5\. Expected a text"),
        ({"dialogues": [dialogue(turn(say=[["zwei"]]))]}, r"turns\[0\]\.say: is unknown\. .*perhaps 'says' is meant"),
        ({"dialogues": [dialogue(turn(short="yes"))]}, r'turns\[0\]\.short: is "yes"\. Expected true or false'),
        ({"dialogues": [dialogue(turn(unanswered=-1))]}, r"turns\[0\]\.unanswered: is -1\. Expected at least 0"),
        ({"dialogues": [dialogue(turn(language="German"))]}, r'turns\[0\]\.language: is "German"\. Expected a language code such as "de"'),
        ({"dialogues": [dialogue(turn(expects="talk", evidence=[{"text": "tief"}]))]}, r"turns\[0\]\.evidence: is not empty, and nothing is cited in what is expected"),
        ({"dialogues": [dialogue(turn(evidence=[{"text": "Quark"}]))]}, r'turns\[0\]\.evidence\[0\]\.text: "Quark" is not in the article .Das Freibad'),
        ({"dialogues": [dialogue(turn(evidence=[{"text": "tief", "article": "see"}]))]}, r'evidence\[0\]\.article: "see" is no article of this dialogue\. Expected one of .Das Freibad'),
        ({"dialogues": [dialogue(turn(evidence=[{"text": "Freibad"}]), articles=["pool", "see"])]}, r"evidence\[0\]: does not say which of 2 articles it is about, and its evidence is in 2 of them"),
        ({"articles": [POOL, POOL], "dialogues": [dialogue()]}, r'articles\[1\]\.name: "pool" is the name of articles\[0\] already'),
        ({"articles": [{**POOL, "text": "…"}], "dialogues": [dialogue()]}, r'articles\[0\]\.text: "…" has no words in it'),
        ({"articles": [{"name": "pool"}], "dialogues": [dialogue()]}, r"articles\[0\]\.text: is missing"),
        ({"dialogues": []}, r"questions: is missing\. Add one, or dialogues"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_dialogue_is_named(tmp_path: Path, content: dict[str, Any], said: str) -> None:
    with pytest.raises(QuestionSetError, match=r"d\.json line \d+, .*" + said) as raised:
        read_question_set(file(tmp_path, **content))
    assert said_in_german(raised.value)


@pytest.mark.parametrize(
    "content",
    [
        {"dialogues": []},
        {"dialogues": [dialogue(turn(expects="talk", evidence=[{"text": "tief"}]))]},
        {"dialogues": [dialogue(turn(says=[[]]))]},
        {"dialogues": [dialogue(*[turn()] * 7)]},
    ],
)
def test_the_schema_refuses_what_the_models_refuse(tmp_path: Path, content: dict[str, Any]) -> None:
    written = json.loads(file(tmp_path, **content).read_text(encoding="utf-8"))
    assert not jsonschema.Draft202012Validator(schema()).is_valid(written)
