"""SQuAD and XQuAD-R files: offsets into the articles made of them, twins, and mistakes by line and field."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from index.errors import QuestionSetError
from rag.evaluation.formats import read_question_set
from tests.question_files import quotes, said_in_german

FIRST = "Die Panthers gaben 308 Punkte ab. Kawann Short führte mit 11 Sacks."
SECOND = "Das Stadion heißt Levi’s Stadium. Es liegt in Santa Clara."


def paragraph(context: str, *answers: tuple[str, str], **more: Any) -> dict[str, Any]:
    qas = [
        {"id": id, "question": f"Was ist {id}?", "answers": [{"text": text, "answer_start": context.index(text)}]}
        for id, text in answers
    ]
    return {"context": context, "qas": qas, **more}


def squad(
    tmp_path: Path, *entries: list[dict[str, Any]], name: str = "de.json", change: Callable[[Any], object] = id
) -> Path:
    data = [{"title": f"Title_{number}", "paragraphs": entry} for number, entry in enumerate(entries)]
    content = {"version": "1.1", "data": data}
    change(content["data"])
    (tmp_path / name).write_text(json.dumps(content, indent=1), encoding="utf-8")
    return tmp_path / name


ENTRY = [paragraph(FIRST, ("a", "308"), ("b", "Kawann Short")), paragraph(SECOND, ("c", "Santa Clara"))]


def test_squad_entries_are_articles_and_answers_are_gold(tmp_path: Path) -> None:
    impossible = {"id": "d", "question": "Wer sang?", "answers": [], "is_impossible": True}
    last = paragraph("Ein dritter Absatz.", ("e", "dritter"), ("f", "Absatz"))
    last["qas"].append(impossible)
    last["qas"][0]["answers"] *= 3
    read = read_question_set(squad(tmp_path, ENTRY, [last]))
    assert quotes(read) == [["308"], ["Kawann Short"], ["Santa Clara"], ["dritter"], ["Absatz"], []]
    assert [question.answers for question in read.questions][3:] == [("dritter",), ("Absatz",), ()]
    assert [question.answerable for question in read.questions] == [True] * 5 + [False]
    assert [question.category for question in read.questions][-2:] == ["answerable", "unanswerable"]
    assert {question.language for question in read.questions} == {"de"}
    article = read.article(read.article_ids[0])
    assert article.text == f"{FIRST}\n\n{SECOND}" and article.title == "Title_0"
    assert [question.article_id for question in read.questions] == [read.article_ids[0]] * 3 + [read.article_ids[1]] * 3
    limited = read_question_set(tmp_path / "de.json", limit=4)
    assert [question.id for question in limited.questions] == ["a", "b", "c", "e"]
    assert limited.article_ids == read.article_ids, "the collection stays whole"


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\u2029"])
def test_offsets_hold_where_reading_changes_the_text(tmp_path: Path, form: str, ends: str) -> None:
    context = unicodedata.normalize(
        form, f"Große Überschrift{ends}Zoë Šimůnek\u0323 wohnt in Köln{ends}am Rhein: 한국."
    )
    name, city, last = (
        unicodedata.normalize(form, text) for text in ("Zoë Šimůnek\u0323", f"Köln{ends}am Rhein", "한국")
    )
    after = paragraph(
        "Danach kommt Düren.", ("d", "Düren"), sentence_breaks=[[0, 19]], sentences=["Danach kommt Düren."]
    )
    before = paragraph(f"Vorne steht Würzburg.{ends}", ("o", "Würzburg"))
    read = read_question_set(
        squad(tmp_path, [before, paragraph(context, ("a", name), ("b", city), ("c", last)), after])
    )
    break_ = "\n\n" if ends == "\u2029" else "\n"
    expected = ["Würzburg", "Zoë Šimůnek\u0323", f"Köln{break_}am Rhein", "한국", "Danach kommt Düren."]
    assert read.questions[-1].answers == ("Düren",), "the gold sentence is wider than the answer"
    assert quotes(read) == [[unicodedata.normalize("NFC", text)] for text in expected]


def test_an_answer_that_parts_a_letter_from_its_accent_gets_both(tmp_path: Path) -> None:
    context = "Rene\u0301 und Andre\u0301."
    one = paragraph(context, ("a", "Rene"), ("b", "\u0301 und"))
    assert quotes(read_question_set(squad(tmp_path, [one]))) == [["René"], ["é und"]]


def test_twins_are_asked_of_the_article_without_its_answer(tmp_path: Path) -> None:
    alone = [paragraph("Ein Absatz allein.", ("z", "allein"))]
    impossible = {"id": "d", "question": "Wer sang?", "answers": [], "is_impossible": True}
    entry = [ENTRY[0], {**ENTRY[1], "qas": [*ENTRY[1]["qas"], impossible]}, paragraph(FIRST, ("y", "11"))]
    read = read_question_set(squad(tmp_path, alone, entry), twins=True, limit=4)
    assert [(q.id, q.pair, q.answerable) for q in read.questions] == [
        ("z", "", True), ("a", "", True), ("b", "", True), ("c", "", True),
        ("a#without", "a", False), ("b#without", "b", False), ("c#without", "c", False),
    ]  # fmt: skip
    assert len(set(read.article_ids)) == len(read.article_ids) == 4
    articles = {question.id: read.article(question.article_id) for question in read.questions}
    assert all(article.id == question.article_id for question in read.questions for article in [articles[question.id]])
    assert articles["a#without"].text == SECOND, "the paragraph's repetition is gone too"
    assert articles["c#without"].text == f"{FIRST}\n\n{FIRST}" and articles["c#without"].language == "de"
    assert read.questions[-1].category == "unanswerable" and not read.questions[-1].evidence
    with pytest.raises(QuestionSetError, match=r"data: has no answerable question in an article of several paragraphs"):
        read_question_set(squad(tmp_path, alone), twins=True)


def test_entries_of_the_same_text_are_one_article(tmp_path: Path) -> None:
    again = [paragraph(FIRST, ("x", "11")), paragraph(SECOND)]
    read = read_question_set(squad(tmp_path, ENTRY, [paragraph("Etwas anderes.", ("m", "anderes"))], again))
    assert [question.id for question in read.questions] == ["a", "b", "c", "x", "m"] and len(read.article_ids) == 2


def test_questions_of_another_language_in_place(tmp_path: Path) -> None:
    def translate(data: Any) -> None:
        for number, qa in enumerate(qa for one in data[0]["paragraphs"] for qa in one["qas"]):
            qa["question"] = ["How many points were given up?", "Who led the team with the sacks?", "Where is it?"][
                number
            ]

    english = squad(tmp_path, json.loads(json.dumps(ENTRY)), name="en.json", change=translate)
    read = read_question_set(squad(tmp_path, ENTRY), questions_from=english)
    assert [question.text for question in read.questions][1:] == ["Who led the team with the sacks?", "Where is it?"]
    assert {question.language for question in read.questions} == {"en"}
    assert {read.article(question.article_id).language for question in read.questions} == {"de"}
    assert quotes(read) == [["308"], ["Kawann Short"], ["Santa Clara"]]
    with pytest.raises(QuestionSetError, match='en.json has no question with the id "c"'):
        read_question_set(squad(tmp_path, ENTRY), questions_from=squad(tmp_path, ENTRY[:1], name="en.json"))


@pytest.mark.parametrize(
    "content", ["Ein Text.", '{"format": "beleg-questions/1", "questions": []}', '{"data": 5}', "[]"]
)
def test_other_questions_come_from_squad_too(tmp_path: Path, content: str) -> None:
    other = tmp_path / "other.json"
    other.write_text(content)
    with pytest.raises(
        QuestionSetError, match=r"other\.json .*Expected a SQuAD file with the same question ids as FILE"
    ):
        read_question_set(squad(tmp_path, ENTRY), questions_from=other)


def _qa(data: Any) -> dict[str, Any]:
    return data[0]["paragraphs"][1]["qas"][0]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: _qa(d)["answers"][0].update(answer_start=3), r'line 41, data\[0\]\.paragraphs\[1\]\.qas\[0\]\.answers\[0\]\.answer_start: is 3, where the context has " Stadion he"\. Expected .* "Santa Clara"; the first time it is at 46'),
        (lambda d: _qa(d)["answers"][0].update(answer_start=-1), r"line 41, .*answer_start: is -1, "),
        (lambda d: _qa(d)["answers"][0].update(text="San José"), r"line 41, .*answer_start: .*it is nowhere in it"),
        (lambda d: _qa(d)["answers"][0].update(text=""), r'line 40, .*answers\[0\]\.text: is ""'),
        (lambda d: _qa(d)["answers"][0].update(answer_start="46"), r'line 41, .*answer_start: is "46"\. Expected a whole number'),
        (lambda d: _qa(d)["answers"][0].update(answer_start=True), r"line 41, .*answer_start: is true\. Expected a whole"),
        (lambda d: _qa(d).update(answers=[]), r'line 38, .*qas\[0\]\.answers: is empty\. .*"is_impossible": true'),
        (lambda d: _qa(d).update(is_impossible=True), r"line 44, .*is_impossible: is true beside 1 answer\."),
        (lambda d: _qa(d).update(id="a"), r'line 36, data\[0\]\.paragraphs\[1\]\.qas\[0\]\.id: "a" is the id of data\[0\]\.paragraphs\[0\]\.qas\[0\]'),
        (lambda d: _qa(d).update(question="?"), r'line 37, .*question: is "\?"\. Expected a question with words'),
        (lambda d: _qa(d).pop("question"), r"line 35, .*question: is missing\. Expected a text"),
        (lambda d: d[0]["paragraphs"][1].pop("context"), r"line 32, data\[0\]\.paragraphs\[1\]\.context: is missing"),
        (lambda d: d[0]["paragraphs"].__setitem__(1, "text"), r'line 32, data\[0\]\.paragraphs\[1\]: is "text"\. Expected an object'),
        (lambda d: d[0].update(paragraphs=[{"context": "…"}]), r"line 6, data\[0\]\.paragraphs: .*has no words in it"),
        (lambda d: d.clear(), r"line 3, data: has no question in it"),
    ],
)  # fmt: skip
def test_a_mistake_in_squad_is_named(tmp_path: Path, change: Callable[[Any], object], said: str) -> None:
    with pytest.raises(QuestionSetError, match=said) as raised:
        read_question_set(squad(tmp_path, json.loads(json.dumps(ENTRY)), change=change))
    assert said_in_german(raised.value)


def test_numbers_are_ids_too(tmp_path: Path) -> None:
    path = squad(tmp_path, json.loads(json.dumps(ENTRY)), change=lambda data: _qa(data).update(id=51870))
    assert [question.id for question in read_question_set(path).questions] == ["a", "b", "51870"]
