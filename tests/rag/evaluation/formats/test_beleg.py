"""What Beleg's own format leaves out and Beleg finds: ids, which article, which of several places is quoted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from index import Article
from index.errors import QuestionSetError
from rag.evaluation.formats import read_question_set
from rag.evaluation.formats.beleg import schema
from tests.question_files import ARTICLE, OTHER, TEXT, asked, own
from tests.quotes import quotes


def quoting(text: str, **more: Any) -> dict[str, Any]:
    return {"question": "Was?", "answerable": True, "evidence": [{"text": text, **more}]}


def test_a_question_without_an_id_has_its_place_for_one(tmp_path: Path) -> None:
    path = own(tmp_path, quoting("Babbage"), asked("3"), quoting("nie"), quoting("1852"), asked("3-2"))
    ids = [question.id for question in read_question_set(path, articles=[ARTICLE]).questions]
    assert ids == ["1", "3", "3-3", "4", "3-2"]
    assert "id" not in schema()["$defs"]["Question"]["required"]


def test_evidence_tells_which_of_several_articles_is_meant(tmp_path: Path) -> None:
    path = own(tmp_path, quoting("Compiler"), quoting("Babbage"), quoting("Ada Lovelace", occurrence=2))
    read = read_question_set(path, articles=[ARTICLE, OTHER])
    assert [question.article_id for question in read.questions] == [ARTICLE.id, ARTICLE.id, OTHER.id]
    assert quotes(read) == [["Babbage"], ["Ada Lovelace"], ["Compiler"]]


def test_an_article_for_the_whole_file_is_asked_first(tmp_path: Path) -> None:
    nothing = {"question": "Wer sang?", "answerable": False}
    read = read_question_set(own(tmp_path, nothing, article="grace.txt"), articles=[ARTICLE, OTHER])
    assert read.questions[0].article_id == OTHER.id
    path = own(tmp_path, quoting("Babbage"), article="grace.txt")
    with pytest.raises(QuestionSetError, match='"Babbage" is not in the article .Grace'):
        read_question_set(path, articles=[ARTICLE, OTHER])


@pytest.mark.parametrize(
    ("text", "quoted", "start"),
    [
        ("Das Rathaus. Der Rat tagt.", "Rat", 17),
        ("Das Rathaus steht.", "Rat", 4),
        ("Im Jahr 18430, nicht 1843.", "1843", 21),
        ("Größer ist die Größe.", "Größe", 15),
        ("हिन्दी और हिन्द", "हिन्द", 10),
        ("他在东京工作。", "东京", 2),
        ("Rat „Rat“haus“", "„Rat“", 4),
    ],
)
def test_a_whole_word_is_meant_before_a_part_of_one(tmp_path: Path, text: str, quoted: str, start: int) -> None:
    article = Article.read(text, language="de")
    (question,) = read_question_set(own(tmp_path, quoting(quoted)), articles=[article]).questions
    assert question.evidence[0].start == start


@pytest.mark.parametrize(
    ("text", "quoted", "times"),
    [("Der Rat und der Rat.", "Rat", 2), ("Rathaus, Ratsherr, Rats.", "Rat", 3), ("东京和北东京", "东京", 2)],
)
def test_one_of_several_places_must_be_named(tmp_path: Path, text: str, quoted: str, times: int) -> None:
    article = Article.read(text, language="de")
    with pytest.raises(QuestionSetError, match=rf'is in the article {times} times\. Expected "occurrence"'):
        read_question_set(own(tmp_path, quoting(quoted)), articles=[article])
    read = read_question_set(own(tmp_path, quoting(quoted, occurrence=times)), articles=[article])
    assert read.questions[0].evidence[0].start == text.rindex(quoted)


@pytest.mark.parametrize(
    ("quoted", "said"),
    [
        ("Charles Babbage baute die Maschine – nie.", r'exactly; after "Babbage baute die Maschine " it goes on "nie. Ada'),
        ("Ada Lovelace starb 1852!", r'exactly; after "Ada Lovelace starb 1852" it goes on "\."'),
        ("Ada Lovelace starb 1852. Und?", r'exactly; after "Ada Lovelace starb 1852\." it ends\.$'),
        ("Ada Lovelace kannte ihn gut", "exactly; copy them from it"),
        ("Da Lovelace schrieb 1843 ein Werk", "exactly; copy them from it"),
        ("a Lovelace schrieb 1843 ein Werk", "exactly; copy them from it"),
    ],
)  # fmt: skip
def test_where_a_quotation_goes_wrong_is_said_when_most_of_it_is_right(tmp_path: Path, quoted: str, said: str) -> None:
    with pytest.raises(QuestionSetError, match=said):
        read_question_set(own(tmp_path, quoting(quoted)), articles=[ARTICLE])


def test_questions_about_an_article_that_was_not_given(tmp_path: Path) -> None:
    path = own(tmp_path, quoting("Babbage baute"))
    with pytest.raises(QuestionSetError, match="exactly; copy them from it"):
        read_question_set(path, articles=[OTHER])
    with pytest.raises(QuestionSetError, match=r"exactly; give your article with --article FILE\.$"):
        read_question_set(path)
    with pytest.raises(QuestionSetError, match="is the name of no article.*or give your article with --article FILE"):
        read_question_set(own(tmp_path, asked(article="ada.txt")))


def test_several_mistakes_are_said_at_once_but_not_all(tmp_path: Path) -> None:
    path = own(tmp_path, *(quoting(f"Quark {number}") for number in range(7)))
    with pytest.raises(QuestionSetError) as raised:
        read_question_set(path, articles=[ARTICLE])
    said = str(raised.value)
    assert said.count(" is not in the article") == 5 and said.endswith("; and more.") and "\n" not in said
    assert said.count(str(path)) == 1 and "; line 18, questions[1].evidence[0].text: " in said
    with pytest.raises(QuestionSetError) as raised:
        read_question_set(own(tmp_path, {"answerable": "yes", "frage": "Wer?"}, asked(langauge="de")))
    first, *others = str(raised.value).split("; line ")
    assert [text.split(":")[0] for text in (first.split("line ")[1], *others)] == [
        "4, questions[0].question", "5, questions[0].answerable", "6, questions[0].frage", "17, questions[1].langauge",
    ]  # fmt: skip


def test_a_name_that_fits_nothing_is_said_once(tmp_path: Path) -> None:
    path = own(tmp_path, asked("a"), asked("b"), article="Grace")
    with pytest.raises(QuestionSetError) as raised:
        read_question_set(path, articles=[ARTICLE, Article.read(TEXT[:39], title="Short", language="de")])
    assert str(raised.value).count("is the name of no article") == 1
