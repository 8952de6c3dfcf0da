"""Kept conversations without a browser: what the page is told to keep, and asking the questions again."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest

from index import Article
from rag import Assistant
from tests.small_set import BREAD
from ui.texts import TEXTS
from ui.web.chat import Chat
from ui.web.history import MAX_QUESTIONS, Opened
from ui.web.session import Conversation

WHEN = "Wann trafen sich Yoon und Kishida zuletzt?"
ID = "0123456789abcdef" * 2
TEXT = TEXTS["de"]


@pytest.fixture
def chat(assistant: Assistant) -> Chat:
    return Chat(assistant, {})


def ask(chat: Chat, conversation: Conversation, *questions: str) -> str:
    """Ask and return the log."""
    html = ""
    for question in questions:
        *_, html = chat.ask(conversation, question, TEXT)
    return html


def told(html: str) -> dict[str, Any] | None:
    """Return what a log tells the page to keep."""
    found = {
        name: re.search(rf'data-{name}="([^"]*)"', html) for name in ("kept", "asked", "asked-of", "alone", "about")
    }
    if not found["kept"]:
        return None
    values = {name: unescape(match[1]) for name, match in found.items() if match}
    return {
        "id": values["kept"],
        "questions": json.loads(values["asked"]),
        "askedOf": json.loads(values["asked-of"]),
        "alone": json.loads(values["alone"]),
        "about": json.loads(values["about"]),
    }


def sent(**changed: Any) -> dict[str, Any]:
    return {"id": ID, "questions": [WHEN, "Und wo?"], "about": [], **changed}


def opened(**changed: Any) -> Opened:
    found = Opened.read(sent(**changed))
    assert found
    return found


def test_the_page_is_told_once_there_is_an_answer(chat: Chat, assistant: Assistant) -> None:
    conversation = Conversation()
    assert told(chat.log_html(conversation, TEXT)) is None
    first = told(ask(chat, conversation, WHEN))
    article = assistant.articles[0]
    assert first and first["questions"] == [WHEN] and re.fullmatch("[0-9a-f]{32}", first["id"])
    assert first["about"] == [{"id": article.id, "title": article.title}]
    second = told(ask(chat, conversation, "</div> \"Und\" 'wo'?"))
    assert second == {
        **first,
        "questions": [WHEN, "</div> \"Und\" 'wo'?"],
        "askedOf": ["all", "all"],
        "alone": [False, False],
    }
    conversation.clear()
    third = told(ask(chat, conversation, WHEN))
    assert third and third["id"] != first["id"]


def test_the_same_questions_get_the_same_answers(chat: Chat) -> None:
    before, after = Conversation(), Conversation()
    html = ask(chat, before, WHEN, "Und wo?")
    *_, again = chat.replay(after, opened(id=told(html)["id"]), TEXT)  # type: ignore[index]
    assert again == html and after.turns == before.turns


def test_a_question_asked_alone_begins_anew_and_is_asked_so_again(chat: Chat) -> None:
    before, after = Conversation(), Conversation()
    ask(chat, before, WHEN, "Und wo?")
    *_, html = chat.ask(before, "Und wo?", TEXT, alone=True)
    follow_up, alone = (turn.answer for turn in before.turns[1:])
    assert follow_up and alone and follow_up.read_as != alone.read_as == "Und wo?"
    assert html.count('class="as-written"') == 1, "the first may be asked so, the second was"
    assert told(html)["alone"] == [False, False, True]  # type: ignore[index]
    *_, again = chat.replay(after, opened(**told(html)), TEXT)  # type: ignore[arg-type]
    assert again == html and after.turns == before.turns
    assert [before.begins_at(place) for place in range(4)] == [0, 0, 2, 2]


def test_what_is_being_answered_is_told_until_the_answer_comes(two_articles: Assistant) -> None:
    chat, conversation = Chat(two_articles, {}), Conversation()
    conversation.selection.scope, conversation.selection.open_id = "one", BREAD.id
    first, *_, last = chat.ask(conversation, 'Wie "hoch"?', TEXT)
    pending = re.search(r'data-pending="([^"]*)"', first)
    assert pending and json.loads(unescape(pending[1])) == {
        "question": 'Wie "hoch"?',
        "askedOf": BREAD.id,
        "alone": False,
        "about": [{"id": BREAD.id, "title": BREAD.title}],
    }
    assert "data-pending" not in last
    # Of what is asked again the page keeps what it has.
    assert not [html for html in chat.replay(Conversation(), opened(), TEXT) if "data-pending" in html]


def test_each_question_is_asked_again_of_what_it_was_asked_of(two_articles: Assistant) -> None:
    chat, before, after = Chat(two_articles, {}), Conversation(), Conversation()
    before.selection.scope, before.selection.open_id = "one", BREAD.id
    ask(chat, before, "Wie hoch ist der Turm?")
    before.selection.scope = "all"
    html = ask(chat, before, "Wie hoch ist der Turm?")
    assert told(html)["askedOf"] == [BREAD.id, "all"]  # type: ignore[index]
    *_, again = chat.replay(after, opened(**told(html)), TEXT)  # type: ignore[arg-type]
    assert again == html and [turn.answer.abstained for turn in after.turns if turn.answer] == [True, False]
    *_, html = chat.replay(after, opened(askedOf=["own", "f" * 16]), TEXT)
    assert [turn.answer.abstained for turn in after.turns if turn.answer] == [True, True]
    assert told(html)["askedOf"] == ["own", "f" * 16], "what is not here is asked of all, and may come back"  # type: ignore[index]


def test_the_first_article_is_named_where_it_alone_was_asked(two_articles: Assistant) -> None:
    chat, conversation = Chat(two_articles, {}), Conversation()
    conversation.selection.scope = "one"
    ask(chat, conversation, WHEN)
    assert conversation.asked_of == (BREAD.id,)


def test_an_article_that_comes_back_is_missing_no_more(two_articles: Assistant) -> None:
    chat, conversation = Chat(two_articles, {}), Conversation()
    pasted = Article.read("Der Bodensee ist 63 Kilometer lang. An ihm liegen drei Länder.", title="Bodensee")
    *_, html = chat.replay(conversation, opened(about=[{"id": pasted.id, "title": "Bodensee"}]), TEXT)
    assert "Bodensee" in html
    conversation.selection.own[pasted.id] = chat.catalogue.index(pasted)
    assert "Bodensee" not in re.sub(r'data-about="[^"]*"', "", chat.log_html(conversation, TEXT))


def test_nothing_is_kept_before_all_was_asked_again(chat: Chat) -> None:
    conversation = Conversation()
    *_, last = steps = list(chat.replay(conversation, opened(), TEXT))
    kept = [found for step in steps if (found := told(step)) is not None]
    assert kept and all(found["questions"] == [WHEN, "Und wo?"] for found in kept)
    assert told(last) and told(last)["id"] == ID  # type: ignore[index]


def test_the_last_answer_is_kept_before_other_questions_are_found(chat: Chat) -> None:
    conversation, steps = Conversation(), 0
    asked = {"questions": [WHEN, "Wie backt man Brot?"], "askedOf": ["all", "all"]}
    for step in chat.replay(conversation, opened(**asked), TEXT):
        if len(conversation.turns) == 2:
            steps += 1
            assert told(step) and not conversation.keeping.replays
    assert steps > 1, "the offers came in a step of their own"
    assert conversation.asked_of == ("all", "all")


def test_it_goes_on_after_all_was_asked_again(chat: Chat) -> None:
    conversation = Conversation()
    assert list(chat.replay(conversation, opened(), TEXT))
    assert told(ask(chat, conversation, "Und warum?"))["questions"] == [WHEN, "Und wo?", "Und warum?"]  # type: ignore[index]


def test_an_article_that_is_not_here_is_named_and_remembered(chat: Chat, assistant: Assistant) -> None:
    gone = {"id": "f" * 16, "title": "</p><script>Ferner Turm"}
    article = assistant.articles[0]
    conversation = Conversation()
    first, *_, last = chat.replay(conversation, opened(about=[{"id": article.id, "title": "x"}, gone]), TEXT)
    for html in (first, last):
        assert "</p><script>" not in html and unescape(html).count("„<bdi></p><script>Ferner Turm</bdi>“") == 1
    assert told(last)["about"] == [gone, {"id": article.id, "title": article.title}]  # type: ignore[index]
    conversation.clear()
    assert "Ferner Turm" not in chat.log_html(conversation, TEXT)


def test_clearing_or_opening_another_ends_it(chat: Chat) -> None:
    conversation = Conversation()
    steps = chat.replay(conversation, opened(), TEXT)
    next(steps)
    conversation.clear()
    # A step that comes late shows the cleared log, so that the page does not keep the old one.
    empty = chat.log_html(conversation, TEXT)
    assert set(steps) <= {empty} and conversation.turns == ()
    steps = chat.replay(conversation, opened(), TEXT)
    next(steps)
    *_, last = chat.replay(conversation, opened(id="f" * 32, questions=[WHEN]), TEXT)
    assert set(steps) <= {last} and len(conversation.turns) == 1 and told(last)["id"] == "f" * 32  # type: ignore[index]


def test_where_a_question_fails_the_kept_conversation_stays_whole(chat: Chat) -> None:
    conversation = Conversation()
    *_, last = chat.replay(conversation, opened(questions=[WHEN, "?", "Und wo?"]), TEXT)
    goes_on = told(last)
    assert goes_on and goes_on["questions"] == [WHEN] and goes_on["id"] != ID


@pytest.mark.parametrize("nonsense", [None, 7, [], {}, sent(id="x"), sent(id=7), sent(id=f"{ID}\n")])
def test_what_is_no_conversation_is_not_opened(nonsense: object) -> None:
    assert Opened.read(nonsense) is None


def test_of_what_a_browser_sends_only_texts_count_and_not_too_many() -> None:
    odd = opened(questions=[1, None, *["x"] * 500], about=[1, {"id": [], "title": "y" * 999}, *[{}] * 99])
    assert odd.questions == ("x",) * MAX_QUESTIONS and len(odd.about) == 20
    assert odd.about[0].id == "[]" and len(odd.about[0].title) == 200
    assert opened(questions="x", about={}) == Opened(ID, (), (), (), ())
    assert opened(askedOf=[None]).asked_of == ("None", "all") and opened(askedOf="x").asked_of == ("all", "all")
