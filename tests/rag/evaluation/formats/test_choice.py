"""Files of questions as people have them, and as they should not be: each mistake is named by line and field."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from index import Article
from index.errors import QuestionSetError
from rag.evaluation.formats import read_question_set
from rag.evaluation.formats.json_file import dotted, line_of
from tests.question_files import ARTICLE, OTHER, TEXT, asked, own
from tests.quotes import quotes


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
    ):
        read_question_set(path, articles=[ARTICLE])


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


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        ("Yoon traf „Kishida“.".encode(), r"is no JSON\. .*give the article with --article, and the questions as FILE"),
        ('{"format": 1}'.encode("utf-16"), r"line 1: looks like UTF-16.*iconv -f UTF-16 -t UTF-8 .*q\.json > q\.utf8\.json$"),
        (b" \n", "is empty"),
        (b'{"format": "beleg-questions/1",\n "questions": [,]}', "line 2 column 16: .*Expected JSON"),
        (b'{"format": "beleg-questions/2",\n "questions": []}', 'line 1, format: is "beleg-questions/2"\\. Expected "beleg-questions/1"'),
        (b'{"questions": []}', 'line 1: has neither "format": "beleg-questions/1" nor SQuAD\'s "data"'),
        (b'["Wer?"]', "line 1: has neither"),
        ('{"format": "beleg-questions/1",\n "article": "Köln"}'.encode("latin-1"), r"line 2: byte 0xf6 is not UTF-8.*iconv .*q\.json > q\.utf8\.json$"),
        (b"\x1f\x8b\x08\x00rest", "line 1: is a gzip file.*gunzip"),
        (b'{"data": NaN}', "line 1: NaN is no JSON number"),
        (b'{"data": "\\ud800"}', "half of a character"),
        (b"[" * 100_000, "line 1: .*recursion"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_question_set_says_what_it_is(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "q.json"
    path.write_bytes(content)
    with pytest.raises(QuestionSetError, match=f"q.json {said}" if said[0] in "il" else said):
        read_question_set(path)


def test_a_file_with_articles_of_its_own_takes_no_other(tmp_path: Path) -> None:
    path = tmp_path / "squad.json"
    qa = {"id": "a", "question": "Wer?", "answers": [{"text": "Ada", "answer_start": 0}]}
    path.write_text(json.dumps({"data": [{"paragraphs": [{"context": TEXT, "qas": [qa]}]}]}))
    for given in (path, tmp_path):
        with pytest.raises(QuestionSetError, match="which has its own articles.*leave out --article"):
            read_question_set(given, articles=[OTHER])
    assert quotes(read_question_set(path, at_hand=[OTHER])) == [["Ada"]], "those of a chat or an index are no mistake"
    questions = own(tmp_path, asked(evidence=[{"text": "Compiler"}]))
    assert quotes(read_question_set(questions, at_hand=[OTHER])) == [["Compiler"]]


def test_what_is_not_there_or_not_to_be_had(tmp_path: Path) -> None:
    with pytest.raises(QuestionSetError, match="none.json does not exist"):
        read_question_set(tmp_path / "none.json")
    with pytest.raises(QuestionSetError, match="Expected a SQuAD file, the only one of which twins are made"):
        read_question_set(None, twins=True)
    with pytest.raises(QuestionSetError, match="other questions are asked in place"):
        read_question_set(None, questions_from=tmp_path / "en.json")
    with pytest.raises(QuestionSetError, match="limit is 0"):
        read_question_set(None, limit=0)


def test_a_byte_order_mark_is_understood(tmp_path: Path) -> None:
    path = own(tmp_path, asked())
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert len(read_question_set(path, articles=[ARTICLE]).questions) == 1


def test_positions_in_json() -> None:
    text = '{"a\\"": [1,\n {"b": [],\n "c": "]}"}],\n "d": {"e":\n null}, "d": 5}'
    paths = [(), ('a"',), ('a"', 1), ('a"', 1, "c"), ("d",), ('a"', 7)]
    assert [line_of(text, path) for path in paths] == [1, 1, 2, 3, 5, 1]
    assert dotted(("questions", 12, "evidence", 0, "text")) == "questions[12].evidence[0].text"
