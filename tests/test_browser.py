"""The web chat in a real browser, with the real assistant behind it."""

from __future__ import annotations

import ipaddress
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from index import Article, BelegError, SentenceTransformerEncoder, build_index, bundled_article
from rag import Assistant, Event, Turn
from tests.browser import Chat
from ui.server import launch
from ui.texts import BUNDLED_EXAMPLES

pytestmark = pytest.mark.browser

WHEN = "Wann trafen sich Yoon und Kishida zuletzt?"
OFF_TOPIC = "Wie backt man ein gutes Sauerteigbrot?"
HOSTILE_SENTENCE = (
    'Der Zeppelin mit <img src=x onerror="alert(1)"> landete 1936 in **Lakehurst** [hier](javascript:alert(2)).'
)
HOSTILE_TEXT = f"""{HOSTILE_SENTENCE} Er trug ${{alert(3)}} und {{{{constructor}}}} an Bord.

Ein Satz mit </span></article><script>alert(4)</script> und `Zeichen` \\n darin."""
HOSTILE_TITLE = '<script>alert(5)</script> "Titel" & mehr'

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

    def stream(self, question: str, history: Sequence[Turn | str] = ()) -> Iterator[Event]:
        self.heard.append((question, tuple(history)))
        self.may_answer.wait(timeout=10)
        yield from super().stream(question, history)


@pytest.fixture(scope="module")
def encoder() -> SentenceTransformerEncoder:
    return SentenceTransformerEncoder()


@pytest.fixture(scope="module")
def served(encoder: SentenceTransformerEncoder) -> Iterator[tuple[str, Listening]]:
    """The bundled article, served: the page's address and the assistant behind it."""
    global watched
    sys.addaudithook(watch_sockets)
    assistant = Listening(build_index([bundled_article()], encoder), encoder)
    watched = True
    app = launch(assistant, port=0, block=False, say=lambda line: None)
    yield str(app.local_url), assistant
    app.close(verbose=False)
    watched = False


Opener = Callable[..., Chat]


@pytest.fixture
def open_chat(browser: Browser, served: tuple[str, Listening]) -> Iterator[Opener]:
    """Opens sessions and closes them in the end, with the checks that every session must pass."""
    chats: list[Chat] = []

    def opened(url: str = served[0], **options: object) -> Chat:
        chats.append(Chat.open(browser, url, **options))
        return chats[-1]

    yield opened
    for chat in chats:
        chat.close()


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
    for questions in BUNDLED_EXAMPLES.values():
        abstained = [served[1].ask(question).abstained for question in questions]
        assert abstained == [False] * (len(questions) - 1) + [True]


def test_a_phone_has_the_article_below_and_no_sideways_scrolling(open_chat: Opener) -> None:
    for width in (360, 390, 480):
        chat = open_chat(viewport={"width": width, "height": 780}, has_touch=True, is_mobile=True)
        turn = chat.ask(WHEN)
        assert chat.page.evaluate("document.documentElement.scrollWidth") <= width
        conversation, reading = (
            chat.page.locator(pane).evaluate("(pane) => pane.getBoundingClientRect().toJSON()")
            for pane in ("#chat", "#reading")
        )
        assert reading["top"] >= conversation["bottom"] - 1
        turn.locator(".marker").first.tap()
        expect(chat.page.locator(".sentence.shown")).to_be_in_viewport(ratio=1)
        chat.page.locator(".sentence.shown").tap()
        expect(chat.page.locator("#bubble .to-answer")).to_be_in_viewport(ratio=1)
        chat.page.keyboard.press("Escape")
        chat.page.locator("#back").tap()
        expect(turn.locator(".marker").first).to_be_in_viewport()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_in_light_and_dark(open_chat: Opener, scheme: str) -> None:
    chat = open_chat(color_scheme=scheme)
    first = chat.ask(WHEN)
    chat.ask("Und wo?")
    first.locator(".marker").first.click()
    chat.ask(OFF_TOPIC)
    chat.page.locator(".turn").nth(1).locator(".marker").first.click()
    brightness = sum(int(value) for value in chat.background("body")[4:-1].split(",")[:3]) / 3
    assert brightness < 60 if scheme == "dark" else brightness > 200
    parts = (
        "#name h1, #name .tagline, #clear, .asked, .understood, .quote, .quote .marker, .confidence, .verdict, "
        ".reason, .lead, .near, .sentence.shown, .sentence:not(.cited), #box textarea, #box .submit-button"
    )
    contrasts = {part: chat.contrast(part) for part in parts.split(", ")}
    assert {part: value for part, value in contrasts.items() if value < 4.5} == {}


@pytest.mark.parametrize(
    ("locale", "language", "button", "placeholder", "verdict"),
    [
        ("de-DE", "de", "Fragen", "Frage zum Artikel …", "Nicht beantwortet"),
        ("en-US", "en", "Ask", "Ask about the article…", "Not answered"),
        ("fr-FR", "en", "Ask", "Ask about the article…", "Not answered"),
    ],
)
def test_the_interface_speaks_the_browsers_language(
    open_chat: Opener, locale: str, language: str, button: str, placeholder: str, verdict: str
) -> None:
    chat = open_chat(locale=locale)
    expect(chat.page.locator("#box .submit-button")).to_have_text(button)
    expect(chat.page.locator("#box textarea")).to_have_attribute("placeholder", placeholder)
    expect(chat.page.locator("html")).to_have_attribute("lang", language)
    expect(chat.page.locator(".text")).to_have_attribute("lang", "de")
    expect(chat.ask(OFF_TOPIC).locator(".verdict")).to_have_text(verdict)


def test_hostile_text_is_shown_as_text(open_chat: Opener, encoder: SentenceTransformerEncoder) -> None:
    hostile = Article.read(HOSTILE_TEXT, title=HOSTILE_TITLE, language="de", source="<b>.txt")
    assistant = Assistant(build_index([bundled_article(), hostile], encoder), encoder)
    app = launch(assistant, port=0, block=False, say=lambda line: None)
    try:
        chat = open_chat(str(app.local_url))
        question = "Wo landete 1936 der Zeppelin <img src=x onerror=alert(6)> **jetzt** ${alert(7)}?"
        turn = chat.ask(question)
        expect(turn.locator(".asked")).to_have_text(question)
        # A citation of another article brings that article.
        marker = turn.locator(f'[data-article="{hostile.id}"]:is(.marker, .near)').first
        marker.click()
        expect(chat.page.locator(".sentence.shown")).to_be_in_viewport()
        expect(chat.page.locator(".sentence").first).to_have_text(HOSTILE_SENTENCE)
        expect(chat.page.locator(".text .title")).to_have_text(HOSTILE_TITLE)
        expect(chat.page.locator("#chooser input")).to_have_value(HOSTILE_TITLE)
        assert "{{constructor}}" in chat.page.locator(".text").inner_text()
        assert "</article><script>alert(4)</script>" in chat.page.locator(".text").inner_text()
        assert chat.page.locator(".text :is(img, script, a), .log :is(img, script, a)").count() == 0

        chat.page.locator("#chooser input").click()
        chat.page.locator("#chooser [role=option]").first.click()
        expect(chat.page.locator(".text")).to_have_attribute("data-article", bundled_article().id)
    finally:
        app.close(verbose=False)


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
        assert said == [f"Port {taken} is taken; using {app.server_port}.", f"Beleg: {app.local_url}"]
        assert app.server_port > taken
    finally:
        app.close(verbose=False)
    with pytest.raises(BelegError, match=r"cannot listen on '203\.0\.113\.1'"):
        launch(served[1], host="203.0.113.1", block=False)
