"""The web chat in a real browser, with the real assistant behind it."""

from __future__ import annotations

import ipaddress
import sys
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from index import BelegError, EmbeddedEncoder, build_index, bundled_article
from rag import Assistant, Event, Turn
from tests.browser.chromium import HELD, Opener, opening
from ui.texts import TEXTS
from ui.web.server import launch

pytestmark = pytest.mark.browser

WHEN = "Wann trafen sich Yoon und Kishida zuletzt?"
OFF_TOPIC = "Wie backt man ein gutes Sauerteigbrot?"

outside: list[str] = []
watched = False


def watch_sockets(event: str, arguments: tuple[Any, ...]) -> None:
    """Note every address beyond loopback that this process, and so the server, wants to reach."""
    if watched and event == "socket.connect" and isinstance(arguments[1], tuple):
        if not ipaddress.ip_address(arguments[1][0]).is_loopback:
            outside.append(f"connect {arguments[1]}")
    elif watched and event == "socket.getaddrinfo" and arguments[0] not in ("127.0.0.1", "localhost", "::1"):
        outside.append(f"resolve {arguments[0]}")


class Listening(Assistant):
    """The real assistant, which also remembers what it was asked and answers when it may."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.heard: list[tuple[str, tuple[Turn | str, ...]]] = []
        self.may_answer = threading.Event()
        self.may_answer.set()

    def stream(self, question: str, history: Sequence[Turn | str] = (), language: str = "") -> Iterator[Event]:
        self.heard.append((question, tuple(history)))
        self.may_answer.wait(HELD)
        yield from super().stream(question, history, language)


@pytest.fixture(scope="module")
def served(encoder: EmbeddedEncoder) -> Iterator[tuple[str, Listening]]:
    """The bundled article, served: the page's address and the assistant behind it."""
    global watched
    sys.addaudithook(watch_sockets)
    assistant = Listening(build_index([bundled_article()], encoder), encoder)
    watched = True
    app = launch(assistant, port=0, block=False, say=lambda line: None)
    yield app.url, assistant
    app.close()
    watched = False


@pytest.fixture
def open_chat(browser: Browser, served: tuple[str, Listening]) -> Iterator[Opener]:
    """Opens sessions and closes them in the end, with the checks that every session must pass."""
    with opening(browser, served[0]) as opened:
        yield opened
        # A test that fails leaves no other waiting for an answer.
        served[1].may_answer.set()


def test_a_citation_leads_to_its_sentence(open_chat: Opener) -> None:
    chat = open_chat(viewport={"width": 1280, "height": 500})
    turn = chat.ask(WHEN)
    marker = turn.locator(".quote .marker").first
    quoted = turn.locator(".quote").first.inner_text()
    assert "im Mai in Seoul" in quoted
    sentence = chat.sentence(marker)
    expect(sentence).to_contain_class("cited latest")
    chat.page.locator("#reading").evaluate("(pane) => pane.scrollTo({ top: 0, behavior: 'instant' })")
    expect(sentence).not_to_be_in_viewport()

    marker.hover()
    expect(sentence).to_contain_class("outlined")
    expect(chat.page.locator("#bubble")).to_contain_text("im Mai in Seoul")

    marker.focus()
    chat.page.keyboard.press("Enter")
    expect(chat.page.locator(".sentence.shown")).to_have_count(1)
    expect(chat.page.locator(".sentence.shown")).to_contain_text("im Mai in Seoul")
    expect(sentence).to_be_in_viewport(ratio=1)


def test_a_cited_sentence_leads_to_its_answers(open_chat: Opener) -> None:
    chat = open_chat()
    chat.ask(WHEN)
    turn = chat.ask("Wo trafen sich Yoon und Kishida zuletzt?")
    sentence = chat.sentence(turn.locator(".marker").first)
    sentence.click()
    links = chat.page.locator("#bubble .to-answer")
    expect(links).to_have_count(2)
    expect(links.nth(0)).to_have_text(f"{WHEN}[1]")
    links.nth(0).click()
    expect(chat.page.locator("#bubble")).to_be_hidden()
    expect(chat.page.locator(".turn").first.locator(".asked")).to_be_in_viewport()
    expect(chat.page.locator(".turn").first.locator(".marker").first).to_be_focused()

    sentence.focus()
    chat.page.keyboard.press("Enter")
    expect(links.nth(0)).to_be_focused()
    chat.page.keyboard.press("Escape")
    expect(chat.page.locator("#bubble")).to_be_hidden()
    expect(sentence).to_be_focused()


def test_an_abstention_looks_different_and_lists_the_nearest_sentences(open_chat: Opener) -> None:
    chat = open_chat()
    turn = chat.ask(OFF_TOPIC)
    expect(turn.locator(".abstention .verdict")).to_have_text("Nicht beantwortet")
    expect(turn.locator(".answer, .marker, .quote")).to_have_count(0)
    assert turn.locator(".abstention").evaluate("(box) => getComputedStyle(box).borderTopStyle") == "dashed"
    near = turn.locator(".near")
    expect(near).to_have_count(3)
    near.nth(2).click()
    expect(chat.sentence(near.nth(2))).to_contain_class("shown")
    expect(chat.sentence(near.nth(2))).to_be_in_viewport()


def test_a_follow_up_is_asked_with_the_conversation(open_chat: Opener, served: tuple[str, Listening]) -> None:
    chat = open_chat()
    chat.ask(WHEN)
    turn = chat.ask("Und wo?")
    question, history = served[1].heard[-1]
    assert question == "Und wo?"
    (before,) = history
    assert isinstance(before, Turn) and before.question == WHEN and before.answer is not None
    expect(turn.locator(".understood")).to_contain_text("verstanden als: ")
    expect(turn.locator(".quote").first).to_contain_text("Seoul")

    chat.page.locator("#clear").click()
    expect(chat.page.locator(".turn")).to_have_count(0)
    chat.ask("Und wo?")
    assert served[1].heard[-1] == ("Und wo?", ())


def test_two_sessions_do_not_see_each_other(open_chat: Opener, served: tuple[str, Listening]) -> None:
    one, other = open_chat(), open_chat()
    one.ask(WHEN)
    other.ask("Was verurteilten die NATO-Staaten?")
    assert served[1].heard[-1][1] == ()
    expect(one.page.locator(".asked")).to_have_text([WHEN])
    expect(other.page.locator(".asked")).to_have_text(["Was verurteilten die NATO-Staaten?"])


def test_a_question_cleared_away_while_its_answer_forms_never_returns(
    open_chat: Opener, served: tuple[str, Listening]
) -> None:
    chat = open_chat()
    box = chat.page.locator("#box textarea")
    served[1].may_answer.clear()
    box.fill(WHEN)
    box.press("Enter")
    box.press("Enter")
    expect(chat.page.locator(".searching")).to_have_text("Sucht Belege im Artikel …")
    expect(box).to_have_value("")
    chat.page.locator("#clear").click()
    expect(chat.page.locator(".welcome")).to_be_visible()
    box.fill(OFF_TOPIC)
    box.press("Enter")
    expect(chat.page.locator(".asked")).to_have_text([OFF_TOPIC])
    served[1].may_answer.set()
    chat.answered(1)
    chat.ask("Und wo?")
    expect(chat.page.locator(".asked")).to_have_text([OFF_TOPIC, "Und wo?"])
    assert [question for question, _ in served[1].heard[-3:]] == [WHEN, OFF_TOPIC, "Und wo?"]


def test_an_example_is_asked_by_a_click_and_nothing_by_an_empty_box(open_chat: Opener) -> None:
    chat = open_chat()
    chat.page.locator("#box textarea").press("Enter")
    expect(chat.page.locator(".failure")).to_contain_text("Die Frage ist leer.")
    expect(chat.page.locator(".turn")).to_have_count(0)
    example = chat.page.locator(".example").first
    question = example.inner_text()
    example.click()
    expect(chat.answered(1).locator(".asked")).to_have_text(question)


def test_every_example_but_the_last_is_answered(served: tuple[str, Listening]) -> None:
    for questions in (texts.section("examples")["bundled"] for texts in TEXTS.values()):
        abstained = [served[1].ask(question).abstained for question in questions]
        assert abstained == [False] * (len(questions) - 1) + [True]


def test_nothing_asks_another_machine(open_chat: Opener, served: tuple[str, Listening]) -> None:
    chat = open_chat()
    chat.ask(WHEN)
    response = chat.page.request.get(served[0])
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert "fonts.googleapis" not in chat.page.request.get(served[0] + "theme.css").text()
    assert chat.foreign_requests == []
    assert outside == []


def test_a_taken_port_is_said_and_the_next_free_one_used(served: tuple[str, Listening]) -> None:
    taken = int(served[0].rstrip("/").rsplit(":", 1)[1])
    said: list[str] = []
    app = launch(served[1], port=taken, block=False, say=said.append)
    try:
        assert said == [f"Port {taken} is taken; using {app.port}.", f"Beleg: {app.url}"]
        assert app.port > taken
    finally:
        app.close()
    with pytest.raises(BelegError, match=r"cannot listen on '203\.0\.113\.1'"):
        launch(served[1], host="203.0.113.1", block=False)
