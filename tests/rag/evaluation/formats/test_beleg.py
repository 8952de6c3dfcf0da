"""Beleg's own format: what may be left out, which article and which place is meant, each mistake by line and field."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import pytest

from index import Article
from index.errors import QuestionSetError
from rag.evaluation.formats import read_question_set
from rag.evaluation.formats.question_file import schema
from tests.question_files import ARTICLE, OTHER, TEXT, asked, own, quotes, said_in_german


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


def test_own_format_needs_little_and_knows_more(tmp_path: Path) -> None:
    path = own(
        tmp_path,
        asked(),
        asked(
            "q2",
            category="factoid",
            language="en",
            history=[{"question": "Wer schrieb?"}, "Und was?"],
            answers=["Ada", "Ada"],
            evidence=[{"text": "Ada Lovelace", "occurrence": 2, "group": 1}, {"text": "Babbage", "group": 2}],
        ),
        asked("q3", answerable=False, evidence=[]),
    )
    read = read_question_set(path, articles=[ARTICLE])
    first, second, third = read.questions
    assert (read.name, read.grain, read.article_ids) == ("questions.json", "sentences", (ARTICLE.id,))
    assert (first.language, first.category, first.earlier, first.answers) == ("de", "other", (), ())
    assert (second.earlier, second.answers, second.language) == (("Wer schrieb?", "Und was?"), ("Ada",), "en")
    assert [(piece.start, piece.group) for piece in second.evidence] == [(TEXT.rindex("Ada"), 1), (48, 2)]
    assert not third.answerable and not third.evidence and not third.pair
    assert [question.id for question in read_question_set(path, articles=[ARTICLE], limit=2).questions] == ["q1", "q2"]
    assert read.sha256 != read_question_set(own(tmp_path, asked()), articles=[ARTICLE]).sha256


def test_own_format_about_several_articles(tmp_path: Path) -> None:
    compiler = [{"text": "Compiler"}]
    path = own(
        tmp_path,
        asked("q1", article="Grace", evidence=compiler),
        asked("q2"),
        asked("q3", article="grace.txt", evidence=compiler),
        asked("q4", article="ada"),
        article="ada.txt",
    )
    read = read_question_set(path, articles=[ARTICLE, OTHER])
    assert [question.id for question in read.questions] == ["q2", "q4", "q1", "q3"], "those of an article together"
    assert quotes(read) == [["Ada Lovelace starb"], ["Ada Lovelace starb"], ["Compiler"], ["Compiler"]]


def test_evidence_is_found_however_its_letters_are_written(tmp_path: Path) -> None:
    article = Article.read(unicodedata.normalize("NFD", "Müller\r\ngrüßt."), language="de")
    path = own(tmp_path, asked(evidence=[{"text": unicodedata.normalize("NFD", "Müller\r\ngrü")}]))
    assert quotes(read_question_set(path, articles=[article])) == [["Müller\ngrü"]]


@pytest.mark.parametrize(
    ("questions", "said"),
    [
        ([asked(evidence=[{"text": "Ada Lovelace", "occurrence": 3}])], r'line 10, questions\[0\]\.evidence\[0\]\.text: "Ada Lovelace" is in the article 2 times, not 3\. Expected'),
        ([asked(), asked("q2", evidence=[{"text": "Babbage"}, {"text": "Ada Lovelace schrieb 1842"}])], r'line 23, questions\[1\]\.evidence\[1\]\.text: .* is not in the article .Ada.\. .*after "Ada Lovelace schrieb " it goes on "1843 ein Programm'),
        ([asked(evidence=[{"text": "Quark"}])], r"line 10, questions\[0\]\.evidence\[0\]\.text: .*copy them from it"),
        ([asked(), asked()], r'line 15, questions\[1\]\.id: "q1" is the id of questions\[0\] already'),
        ([asked(langauge="de")], r"line 13, questions\[0\]\.langauge: is unknown\. Expected one of id, .*perhaps 'language' is meant"),
        ([asked(evidence=[{"text": "Ada", "page": 3}])], r"line 11, questions\[0\]\.evidence\[0\]\.page: is unknown\. .*remove it"),
        ([asked(evidence=[])], r"line 8, questions\[0\]\.evidence: is empty, and the question is answerable"),
        ([{"id": "q", "question": "Wer?", "answerable": True}], r"line 4, questions\[0\]\.evidence: is missing, and the question is answerable"),
        ([asked(answerable=False)], r"line 8, questions\[0\]\.evidence: is not empty, and the question is not answerable"),
        ([asked(answerable=False, evidence=[], answers=["Ada"])], r"line 9, questions\[0\]\.answers: is not empty, and"),
        ([asked(answerable="yes")], r'line 7, questions\[0\]\.answerable: is "yes"\. Expected true or false'),
        ([asked(question=" ")], r'line 6, questions\[0\]\.question: is " "\. Expected some text'),
        ([asked(language="German")], r'line 13, questions\[0\]\.language: is "German"\. Expected a language code such as "de"'),
        ([asked(evidence=[{"text": "Ada", "occurrence": 0}])], r"line 11, questions\[0\]\.evidence\[0\]\.occurrence: is 0\. Expected at least 1"),
        ([{"id": "q"}], r"line 4, questions\[0\]\.question: is missing"),
        ([], r"line 3, questions: is empty"),
        ([asked(article="Grace")] , None),
        (["Wer?"], r'line 4, questions\[0\]: is "Wer\?"\. Expected an object such as \{"question": "…", "answerable": true'),
        ([asked(history=["Wer?", 5])], r'line 15, questions\[0\]\.history\[1\]: is 5\. Expected a text or an object such as \{"question": "…"\}; cor'),
        ([asked(history="Wer?")], r'line 13, questions\[0\]\.history: is "Wer\?"\. Expected a list such as \["…"\]; correct it'),
        ([asked(evidence="Ada")], r'line 8, questions\[0\]\.evidence: is "Ada"\. Expected a list such as \[\{"text": "…"\}\]; correct it'),
        ([asked(evidence=["Ada"])], r'line 9, questions\[0\]\.evidence\[0\]: is "Ada"\. Expected an object such as \{"text": "…"\}; correct'),
        ([{"question": "Wer?", "answerable": True, "evidences": []}], r"q?uestions\.json line 7, questions\[0\]\.evidences: is unknown\. .* perhaps 'evidence' is meant\.$"),
        ([asked(evidence=[{"text": "Ada Lovelace"}])], r'line 10, questions\[0\]\.evidence\[0\]\.text: "Ada Lovelace" is in the article 2 times\. Expected "occurrence" .*1 is the first'),
    ],
)  # fmt: skip
def test_a_mistake_in_the_own_format_is_named(tmp_path: Path, questions: list[Any], said: str | None) -> None:
    path = own(tmp_path, *questions)
    with pytest.raises(
        QuestionSetError, match=said or r"line 13, questions\[0\]\.article: \"Grace\" is the name of no article"
    ) as raised:
        read_question_set(path, articles=[ARTICLE])
    assert said_in_german(raised.value)


def test_which_article_is_meant_must_be_clear(tmp_path: Path) -> None:
    both = Article.read("Ada Lovelace starb 1852. Grace Hopper 1992.", title="Both", language="de")
    for articles, question, said in (
        ([ARTICLE, OTHER], asked(answerable=False, evidence=[]), "2 articles it is about, and it has no evidence"),
        ([ARTICLE, OTHER, both], asked(), "3 articles it is about, and its evidence is in 2 of them"),
        ([ARTICLE, OTHER], asked(evidence=[{"text": "Quark"}]), "its evidence is in none of them"),
    ):
        with pytest.raises(QuestionSetError, match=rf"line 4, questions\[0\]: does not say which of .*{said}.* add it"):
            read_question_set(own(tmp_path, question), articles=articles)
    twice = [ARTICLE, Article.read("Ada Byron.", title="Ada", language="de")]
    with pytest.raises(QuestionSetError, match=r'line 3, article: "Ada" is the name of 2 articles'):
        read_question_set(own(tmp_path, asked(), article="Ada"), articles=twice)
