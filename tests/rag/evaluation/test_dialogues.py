"""Dialogues: each turn is asked after what was really answered, and judged by all that is expected of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from index.errors import EvaluationStopped, QuestionSetError, ReportError
from rag import Assistant, Settings
from rag.answer import Answer, Citation, Hit, Turn
from rag.evaluation import Dialogue, GoldTurn, Report, compare, evaluate, read_report, save_report
from rag.evaluation.dialogues import ask_turns, came, faults, handled, says
from rag.evaluation.judge import judge
from rag.evaluation.outcome import FAULTS
from rag.evaluation.questions import Expected
from rag.evaluation.subjects import Asked
from tests.small_set import BREAD, DIALOGUES, TOWER, gold, small_dialogues, small_set


@pytest.fixture(scope="module")
def report() -> Report:
    return evaluate(small_dialogues("heat", "car"))


def said(text: str = "1896 in Passau [1]", **more: Any) -> Answer:
    start = BREAD.text.index("Die Bäckerei")
    end = BREAD.text.index("Sie gehört") - 1
    cited = Citation(1, BREAD.id, 4, start, end, BREAD.text[start:end])
    given: dict[str, Any] = {
        "text": text,
        "abstained": False,
        "confidence": 0.9,
        "citations": (cited,),
        "language": "de",
    }
    return Answer(question="Wann?", read_as="Wann?", **(given | more))


def wanted(expects: Expected = "answer", **more: Any) -> GoldTurn:
    return GoldTurn(question="Wann?", kind="plain", expects=expects, **more)


NOTHING = said("Dazu sagt der Artikel nichts.", abstained=True, citations=())
TALK = said("Gern geschehen.", kind="talk", citations=())
OVERVIEW = said("Brot und Bäcker [1]", kind="overview")
START = BREAD.text.index("1896")


@pytest.mark.parametrize(
    ("gold_turn", "answer", "found"),
    [
        (wanted(), said(), []),
        (wanted(), NOTHING, ["came"]),
        (wanted(), TALK, ["came"]),
        (wanted(), OVERVIEW, ["came"]),
        (wanted("abstention"), NOTHING, []),
        (wanted("abstention"), said(), ["came"]),
        (wanted("abstention"), TALK, ["came"]),
        (wanted("talk"), TALK, []),
        (wanted("talk"), NOTHING, ["came"]),
        (wanted("articles"), said(kind="articles", citations=()), []),
        (wanted("articles"), OVERVIEW, ["came"]),
        (wanted("articles", says=(("Brot",),)), OVERVIEW, []),
        (wanted("articles", says=(("Turm",),)), OVERVIEW, ["came", "says"]),
        (wanted("overview", says=(("Brot",),)), said("Brot", kind="articles"), ["came"]),
        (wanted("either", says=(("1896",),)), NOTHING, []),
        (wanted("either", says=(("1896",),)), said(), []),
        (wanted("either", says=(("1900",),)), said(), ["says"]),
        (wanted("either"), TALK, ["came"]),
        (wanted(says=(("Linz", "passau"), ("1896",))), said(), []),
        (wanted(says=(("Linz",), ("Wien",))), said(), ["says", "says"]),
        (wanted(says=(("1",),)), said(), ["says"]),
        (wanted(not_says=("Passau",)), said(), ["not_says"]),
        (wanted(not_says=("Pass",)), said(), []),
        (wanted(evidence=(gold(BREAD, "Passau"),)), said(), []),
        (wanted(evidence=(gold(BREAD, "230 Grad"), gold(BREAD, "Passau"))), said(), []),
        (wanted(evidence=(gold(BREAD, "230 Grad"), gold(BREAD, "Passau", 1))), said(), ["evidence"]),
        (wanted(evidence=(gold(TOWER, "330 metres"),)), said(), ["evidence"]),
        (wanted(short=True), said(), ["short"]),
        (wanted(short=False), said(), []),
        (wanted(short=True), said(span=(START, START + 4)), []),
        (wanted(short=False), said(span=(START, START + 4)), ["short"]),
        (wanted(short_without=("1896",)), said(span=(START, START + 4)), ["short_without"]),
        (wanted(short_without=("Passau",)), said(span=(START, START + 4)), []),
        (wanted(language="en"), said(), ["language"]),
        (wanted(differs=True), said(), ["differs"]),
        (wanted(differs=True), said(differs=True), []),
        (wanted(differs=False), said(differs=True), ["differs"]),
        (wanted(unanswered=1), said(unanswered=("Wie breit?",)), []),
        (wanted(unanswered=0), said(unanswered=("Wie breit?",)), ["unanswered"]),
        (wanted(), None, ["asked"]),
    ],
)
def test_a_turn_is_handled_where_all_holds_that_is_expected(
    gold_turn: GoldTurn, answer: Answer | None, found: list[str]
) -> None:
    assert [fault.of for fault in faults(gold_turn, answer, [BREAD, TOWER])] == found
    assert set(found) <= set(FAULTS)


@pytest.mark.parametrize(
    ("text", "part", "is_said"),
    [
        ("Die Orgel hat 1.204 Pfeifen.", "1204", True),
        ("The organ has 1,204 pipes.", "1 204", True),
        ("11.204 Pfeifen", "1204", False),
        ("Es waren 17, nicht 18.", "17", True),
        ("im Jahr 1787", "17", False),
        ("am 3.5.1787", "1787", True),
        ("1,5 Meter", "1", False),
        ("1,5 Meter", "1,5", True),
        ("GÜNTHER  \nÉmile", "gunther emile", True),
        ("Straße", "STRASSE", True),
        ("1204年建", "1204", True),
        ("nichts", "", False),
    ],
)
def test_a_text_says_a_number_as_a_whole_and_words_however_they_are_written(
    text: str, part: str, is_said: bool
) -> None:
    assert says(text, part) == is_said


def test_a_word_as_a_whole_is_no_part_of_another_where_there_are_blanks() -> None:
    assert says("Yonhap-Bericht", "yonhap", whole=True) and says("他在东京工作", "东京", whole=True)
    assert not says("Rathaus", "Rat", whole=True) and says("Rathaus", "Rat")


def test_every_turn_is_asked_once_and_after_what_was_really_answered(two_articles: Assistant) -> None:
    heard: list[tuple[str, list[Answer | None]]] = []

    class Listening(Assistant):
        def __init__(self) -> None:
            self.__dict__ = two_articles.__dict__

        def ask(self, question, history=()):  # type: ignore[no-untyped-def]
            heard.append((question, [turn.answer for turn in history if isinstance(turn, Turn)]))
            return super().ask(question, history)

    bakery = DIALOGUES[0]
    turns = list(ask_turns(bakery, Listening()))
    assert [question for question, _ in heard] == [turn.question for turn in bakery.turns]
    assert [len(answers) for _, answers in heard] == [0, 1, 2]
    first = two_articles.ask(bakery.turns[0].question)
    assert heard[1][1] == [first] and turns[1].earlier == ((bakery.turns[0].question, first.text),)
    assert [(turn.id, turn.came, turn.handled) for turn in turns] == [
        ("bakery/1", "answer", True), ("bakery/2", "answer", True), ("bakery/3", "abstention", True),
    ]  # fmt: skip
    assert turns[0].expected == ("answer", "says 1896", "evidence 1896") and turns[1].read_as != turns[1].question
    assert turns[2].citations == (two_articles.ask("Was kostet ein neues Auto in Japan?").nearest[0].text,)


def test_the_figures_are_by_kind_part_and_language_and_apart_from_those_of_questions(report: Report) -> None:
    alone = evaluate(small_set("heat", "car"))
    assert report.summary == alone.summary and report.groups == alone.groups and len(report.questions) == 2
    assert (report.about.questions, report.about.dialogues, report.about.turns) == (2, 2, 5)
    counts = {by: {n: (f.value * f.n, f.n) for n, f in groups.items()} for by, groups in report.handled.items()}
    assert counts == {
        "all": {"turns": (3, 5), "dialogues": (1, 2)},
        "kind": {"follow-up": (1, 1), "off topic": (1, 2), "plain": (1, 2)},
        "part": {"building": (3, 3), "measuring": (0, 2)},
        "language": {"de": (3, 5)},
        "expects": {"abstention": (1, 2), "answer": (2, 3)},
    }
    whole = report.handled["part"]["building"]
    assert whole.value == whole.high == 1 and 0.3 < whole.low < 0.6, "three of three are not certainty"
    tall, empty = report.turns[3:]
    assert [fault.expected for fault in tall.faults] == ["Quark"] and tall.text.startswith("330 metres")
    assert [fault.of for fault in empty.faults] == ["asked"] and empty.came == empty.text == ""


def test_a_half_and_a_kind_can_be_chosen_and_a_dialogue_is_asked_whole() -> None:
    chosen = small_dialogues("heat").only_dialogues("building", ["follow-up"])
    found = evaluate(chosen)
    assert [turn.id for turn in found.turns] == ["bakery/2"] and found.turns[0].handled
    assert (found.about.part, found.about.kinds, found.about.turns, found.about.questions) == (
        "building", ("follow-up",), 1, 0,
    )  # fmt: skip
    with pytest.raises(QuestionSetError, match="no turn of the kind 'folow-up' .*Expected one of follow-up, off topic"):
        small_dialogues().only_dialogues("building", ["folow-up"])
    with pytest.raises(QuestionSetError, match="small.json has no dialogues of the part 'building'"):
        small_set().only_dialogues("building")


def test_turns_are_counted_by_progress_and_can_be_stopped() -> None:
    seen: list[tuple[int, int, dict[str, float]]] = []
    evaluate(small_dialogues("heat"), progress=lambda *said: seen.append((said[0], said[1], dict(said[2]))))
    assert [(done, total) for done, total, _ in seen] == [(done, 6) for done in range(7)]
    assert seen[1][2] == {"hit@1": 1.0, "answered": 1.0} and seen[-1][2] == {"handled": 0.6}
    with pytest.raises(EvaluationStopped, match="after 2 of 5 questions"):
        evaluate(small_dialogues(), progress=lambda *said: seen.append((said[0], 0, {})), stop=lambda: seen[-1][0] == 2)


def test_each_article_of_several_dialogues_is_encoded_once(two_articles: Assistant) -> None:
    encoder = two_articles.encoder
    texts: list[str] = []

    class Counting(type(encoder)):  # type: ignore[misc]
        def __init__(self) -> None:
            self.__dict__ = encoder.__dict__

        def encode_in_context(self, some, parts, progress=None):  # type: ignore[no-untyped-def]
            texts.extend(some)
            return super().encode_in_context(some, parts, progress)

    counting = Assistant(two_articles.index, Counting())
    again = [replace(dialogue, id=dialogue.id + "-2") for dialogue in DIALOGUES]
    evaluate(replace(small_dialogues(), dialogues=[*DIALOGUES, *again]), assistant=counting)
    assert texts and len(texts) == len(set(texts))


def test_a_report_with_turns_survives_its_file_and_older_ones_have_none(report: Report, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    save_report(report, path)
    data = json.loads(path.read_text(encoding="utf-8"))
    assert data == json.loads(json.dumps(report.to_dict())) and len(data["turns"]) == 5
    assert read_report(path).to_dict() == report.to_dict()
    assert handled(read_report(path).turns) == report.handled
    for name in ("turns", "handled"):
        del data[name]
    for name in ("dialogues", "turns", "part", "kinds"):
        del data["about"][name]
    path.write_text(json.dumps(data), encoding="utf-8")
    older = read_report(path)
    assert older.turns == () and older.handled == {} and older.about.turns == 0
    data["turns"] = [{"dialogue": "a"}]
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(ReportError, match="is no report"):
        read_report(path)


def test_a_comparison_says_which_turns_are_handled_now(report: Report) -> None:
    cautious = evaluate(small_dialogues(), settings=Settings(answer_bar=1.0))
    found = compare(report, cautious)
    assert found.questions == 0 and found.turns == 5 and found.differences == {}
    assert [(change.id, [fault.of for fault in change.after]) for change in found.turns_worse] == [
        ("bakery/1", ["came", "says", "evidence"]), ("bakery/2", ["came", "says"]),
    ]  # fmt: skip
    assert found.turns_better == () and found.handled["turns"].difference == pytest.approx(-0.4)
    assert found.handled["turns"].low <= -0.4 <= found.handled["turns"].high and found.handled["turns"].n == 5
    assert found.handled["follow-up"].before == 1 and found.handled["follow-up"].after == 0
    back = compare(cautious, report)
    assert [change.id for change in back.turns_better] == ["bakery/1", "bakery/2"] and back.turns_worse == ()
    same = compare(report, report).handled["turns"]
    assert (same.difference, same.low, same.high, same.p) == (0, 0, 0, 1)
    other = replace(report, turns=(), questions=evaluate(small_set("tall")).questions)
    with pytest.raises(ReportError, match="no question in common"):
        compare(cautious, other)


def test_small_talk_and_what_is_said_of_the_articles_answers_no_question(two_articles: Assistant) -> None:
    heat, car = small_set("heat", "car").questions
    hits = tuple(two_articles.retrieve(heat.text, 3))
    for answer in (TALK, replace(TALK, kind="articles", text="Das sind 2 Artikel.")):
        outcome = judge(heat, Asked(hits, (), answer, 0.1), two_articles, BREAD, {})
        assert not outcome.answered and outcome.failure == "mistaken" and outcome.measures["right"] == 0
        assert outcome.measures["EM"] == 0 and "precision" not in outcome.measures
        outcome = judge(car, Asked(hits, (), answer, 0.1), two_articles, BREAD, {})
        assert outcome.measures["refused"] == 1 and outcome.failure == ""


def test_what_an_answer_came_as() -> None:
    nearest = (Hit(1, 0.5, BREAD.id, 0, 0, 4, "Brot"),)
    assert [came(one) for one in (said(), replace(NOTHING, nearest=nearest), TALK, OVERVIEW, None)] == [
        "answer", "abstention", "talk", "overview", "",
    ]  # fmt: skip
    assert list(handled(())) == []
    assert isinstance(DIALOGUES[0], Dialogue)
