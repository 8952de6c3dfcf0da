"""Ratings without a browser: a turn keeps its id and its articles, and ratings are limited."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from index import Article
from index.errors import LimitError
from rag import Assistant
from rag.evaluation import read_question_set
from rag.feedback import FeedbackFile
from tests.small_set import BREAD, TOWER
from ui.texts import TEXTS
from ui.web.chat import Chat
from ui.web.history import MAX_QUESTIONS, Opened
from ui.web.limits import ALONE, SHARED, Caller, Limits, QuestionLimit
from ui.web.session import Conversation, rate

HEAT = "Bei wie viel Grad backt man Brot?"
FOUNDED = "Wann wurde die Bäckerei Huber gegründet?"
TALL = "How tall is the tower?"
LAKE = "Der Kranichsee ist 43 Meter tief. Er liegt im Norden der Insel."
ANNA, BERT = Caller("anna", None, ""), Caller("bert", None, "")
TEXT = TEXTS["de"]


@pytest.fixture
def chat(two_articles: Assistant) -> Chat:
    return Chat(two_articles, {}, rated=True)


@pytest.fixture
def feedback(tmp_path: Path) -> FeedbackFile:
    return FeedbackFile(tmp_path / "feedback.jsonl")


def ask(chat: Chat, conversation: Conversation, *questions: str) -> None:
    for question in questions:
        assert list(chat.ask(conversation, question, TEXT))


def reopened(chat: Chat, kept: Conversation) -> Conversation:
    """Open a conversation again in another session."""
    questions = [turn.question for turn in kept.turns[-MAX_QUESTIONS:]]
    opened = Opened.read({"id": kept.keeping.id, "questions": questions})
    assert opened
    conversation = Conversation()
    assert list(chat.replay(conversation, opened, TEXT))
    return conversation


def press(
    conversation: Conversation,
    feedback: FeedbackFile,
    verdict: str | None,
    note: str = "",
    *,
    place: int = 0,
    limit: QuestionLimit | None = None,
    caller: Caller = ANNA,
) -> None:
    data = {"turn": conversation.notes[place].id, "verdict": verdict, "note": note}
    assert rate(conversation, feedback, data, limit or QuestionLimit(ALONE), caller)


def lines(feedback: FeedbackFile) -> list[dict[str, Any]]:
    return [json.loads(line) for line in feedback.path.read_text(encoding="utf-8").splitlines()]


def test_the_last_word_counts_after_a_conversation_was_opened_again(chat: Chat, feedback: FeedbackFile) -> None:
    before = Conversation()
    ask(chat, before, HEAT, TALL)
    press(before, feedback, "right")
    press(before, feedback, "right", place=1)
    press(reopened(chat, before), feedback, "wrong")
    read = read_question_set(feedback.path, articles=[BREAD, TOWER])
    assert [question.text for question in read.questions] == [TALL]
    assert read.left_out == ("1 of 2 left out: marked wrong, no gold known",)


def test_another_question_or_conversation_is_another_turn(chat: Chat) -> None:
    first = Conversation()
    ask(chat, first, HEAT, HEAT)
    ids = [notes.id for notes in first.notes.values()]
    here, there = reopened(chat, first), reopened(chat, first)
    assert [notes.id for notes in here.notes.values()] == ids
    ask(chat, here, TALL)
    ask(chat, there, FOUNDED)
    other = Conversation()
    ask(chat, other, HEAT)
    found = [*ids, here.notes[2].id, there.notes[2].id, other.notes[0].id]
    assert len(set(found)) == 5, "the same place in two tabs too"


def test_a_removed_article_is_still_named(chat: Chat, feedback: FeedbackFile) -> None:
    conversation = Conversation()
    lake = Article.read(LAKE, title="Kranichsee", language="de")
    conversation.selection.own[lake.id] = chat.catalogue.index(lake)
    ask(chat, conversation, "Wie tief ist der Kranichsee?")
    del conversation.selection.own[lake.id]
    press(conversation, feedback, "right")
    assert [one["title"] for one in lines(feedback)[0]["articles"]] == ["Kranichsee"]


def test_what_says_nothing_new_is_not_written(chat: Chat, feedback: FeedbackFile) -> None:
    conversation = Conversation()
    ask(chat, conversation, HEAT)
    press(conversation, feedback, None)
    assert not feedback.path.exists()
    for verdict, note in [("right", "")] * 3 + [("right", "genau ")] * 2 + [("right", "genau")] + [(None, "x")] * 2:
        press(conversation, feedback, verdict, note)
    assert [(line["verdict"], line["note"]) for line in lines(feedback)] == [
        ("right", ""), ("right", "genau"), (None, "")
    ]  # fmt: skip


def test_who_rates_too_often_waits_and_the_turn_is_as_it_was(chat: Chat, feedback: FeedbackFile) -> None:
    conversation = Conversation()
    ask(chat, conversation, HEAT)
    limit = QuestionLimit(Limits(questions_a_minute=1, ratings_a_minute=2))
    limit.admit(ANNA)
    for verdict in ("right", "right", "wrong"):
        press(conversation, feedback, verdict, limit=limit)
    with pytest.raises(LimitError, match=r"^Too many ratings: 2 a minute\. Wait \d+ seconds\.$"):
        press(conversation, feedback, "right", limit=limit)
    assert conversation.notes[0].verdict == "wrong" and len(lines(feedback)) == 2
    press(conversation, feedback, "right", limit=limit, caller=BERT)
    assert lines(feedback)[-1]["verdict"] == "right"


def test_ratings_are_limited_where_others_may_come_in() -> None:
    shared, alone = QuestionLimit(SHARED), QuestionLimit(ALONE)
    for _ in range(60):
        shared.admit_rating(ANNA)
        alone.admit_rating(ANNA)
    with pytest.raises(LimitError):
        shared.admit_rating(ANNA)
    alone.admit_rating(ANNA)


def test_small_talk_is_never_rated(chat: Chat, feedback: FeedbackFile) -> None:
    conversation = Conversation()
    ask(chat, conversation, "Danke dir!", "Wie viele Artikel sind das?")
    assert [turn.answer.kind for turn in conversation.turns if turn.answer] == ["talk", "articles"]
    html = chat.log_html(conversation, TEXT)
    assert 'class="thumb"' not in html and html.count('class="reply"') == 2
    for notes in conversation.notes.values():
        data = {"turn": notes.id, "verdict": "right"}
        assert rate(conversation, feedback, data, QuestionLimit(ALONE), ANNA) is None
    assert not feedback.path.exists()
