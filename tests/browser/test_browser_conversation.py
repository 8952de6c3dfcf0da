"""What the page does with all that is no plain answer: small talk, readings, both sides, open questions, a reload."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect

from index import Article, EmbeddedEncoder, build_index
from rag import Event, Turn
from tests.browser.chromium import Chat, Opener, opening
from tests.browser.history import menu
from tests.browser.states import WAITS, Waiting
from tests.browser.test_browser_states import violations
from ui.web.server import launch

pytestmark = pytest.mark.browser

CHRONICLE = Article.read(
    "Die Fähre auf dem Fluss ist 38 Meter lang. Sie wurde 1911 in Lauenburg gebaut. Am Ufer steht eine Weide.",
    title="Chronik, 1930",
    language="de",
)
NEWS = Article.read(
    "Die Fähre auf dem Fluss ist 41 Meter lang. Im Frühjahr 2019 wurde sie gestrichen.",
    title="Gemeindebrief, 2019",
    language="de",
)
LENGTH = "Wie lang ist die Fähre?"
WHERE = "Und wo wurde sie gebaut?"
SEVERAL = "Wo wurde die Fähre gebaut? Wie heißt der Fährmann?"


class Heard(Waiting):
    """The real assistant, which can hold back one answer, and remembers what it was asked."""

    heard: list[tuple[str, int]]

    def stream(self, question: str, history: Sequence[Turn | str] = (), language: str = "") -> Iterator[Event]:
        self.heard.append((question, len(history)))
        yield from super().stream(question, history, language)


@pytest.fixture(scope="module")
def served(encoder: EmbeddedEncoder, tmp_path_factory: Any) -> Iterator[tuple[str, Heard]]:
    assistant = Heard(build_index([CHRONICLE, NEWS], encoder), encoder)
    assistant.heard = []
    feedback: Path = tmp_path_factory.mktemp("rated") / "feedback.jsonl"
    app = launch(assistant, port=0, block=False, say=lambda line: None, feedback=feedback)
    yield app.url, assistant
    app.close()


@pytest.fixture
def open_chat(browser: Browser, served: tuple[str, Heard]) -> Iterator[Opener]:
    served[1].heard.clear()
    with opening(browser, served[0]) as opened:
        yield opened


def test_small_talk_is_no_answer(open_chat: Opener) -> None:
    chat = open_chat()
    thanks, merci = chat.ask("Danke dir!"), chat.ask("merci beaucoup")
    for turn, language in ((thanks, "de"), (merci, "fr")):
        expect(turn.locator(".reply .origin")).to_have_text("Nicht aus den Artikeln")
        expect(turn.locator(".reply .statement")).to_have_attribute("lang", language)
        expect(turn.locator(".answer, .abstention, .confidence, .marker, .thumb, .near, .copy")).to_have_count(0)
    expect(menu(chat.page).locator(".export")).to_be_disabled()


def test_sides_that_differ_stand_side_by_side_and_on_a_narrow_page_below_each_other(
    open_chat: Opener, served: tuple[str, Heard]
) -> None:
    first, second, *_ = served[1].ask(LENGTH).statements
    assert {first.text[:2], second.text[:2]} == {"38", "41"}
    chat = open_chat()
    sides = chat.ask(LENGTH).locator(".side")
    expect(sides.locator(".short")).to_have_text([first.text, second.text])
    expect(sides.locator("mark")).to_have_text([first.text, second.text])
    titles = {one.id: one.title for one in (CHRONICLE, NEWS)}
    expect(sides.locator("cite")).to_have_text([titles[one.citations[0].article_id] for one in (first, second)])
    expect(chat.page.locator(".answer > .lead")).to_have_text("Die Artikel sagen Verschiedenes:")

    def places() -> list[dict[str, float]]:
        return [dict(box) for side in sides.all() for box in [side.bounding_box()] if box]

    left, right = places()
    assert left["y"] == right["y"] and left["x"] + left["width"] < right["x"]
    chat.page.set_viewport_size({"width": 360, "height": 740})
    upper, lower = places()
    assert upper["x"] == lower["x"] and upper["y"] + upper["height"] < lower["y"]


@pytest.mark.parametrize(("scheme", "width"), [("light", 360), ("dark", 1280)])
def test_none_of_it_violates_wcag(open_chat: Opener, scheme: str, width: int) -> None:
    chat = open_chat(color_scheme=scheme, viewport={"width": width, "height": 800})
    for question in (LENGTH, WHERE, "Danke dir!", SEVERAL, "Wie viele Artikel sind das?"):
        chat.ask(question)
    expect(chat.page.locator(".sides, .understood, .reply, .open")).to_have_count(5)
    assert violations(chat) == []


def selection(box: Locator) -> tuple[int, int]:
    """Return where the selection in the box begins and ends."""
    start, end = box.evaluate("(box) => [box.selectionStart, box.selectionEnd]")
    return start, end


def test_what_a_question_was_read_as_is_changed_by_a_click_or_by_key(open_chat: Opener) -> None:
    chat = open_chat()
    chat.ask(LENGTH)
    reading = chat.ask(WHERE).locator(".understood .changed")
    read_as = reading.inner_text()
    assert read_as != WHERE and "gebaut" in read_as
    box = chat.page.locator("#box textarea")
    for act in (reading.click, lambda: reading.press("Enter")):
        box.fill("")
        act()
        expect(box).to_be_focused()
        expect(box).to_have_value(read_as)
        assert selection(box) == (len(read_as), len(read_as))


def test_a_question_is_asked_as_it_is_written(open_chat: Opener, served: tuple[str, Heard]) -> None:
    chat = open_chat()
    chat.ask(LENGTH)
    chat.ask(WHERE).locator(".as-written").click()
    turn = chat.answered(3)
    expect(turn.locator(".asked")).to_have_text(WHERE)
    expect(turn.locator(".as-written")).to_have_count(0)
    chat.ask("danke")
    assert served[1].heard == [(LENGTH, 0), (WHERE, 1), (WHERE, 0), ("danke", 1)]
    # Opened again, the conversation is asked alike.
    served[1].heard.clear()
    chat.reload()
    menu(chat.page).locator(".open").click()
    chat.answered(4)
    assert served[1].heard == [(LENGTH, 0), (WHERE, 1), (WHERE, 0), ("danke", 1)]


def test_a_question_left_open_can_be_changed(open_chat: Opener) -> None:
    chat = open_chat()
    turn = chat.ask(SEVERAL)
    expect(turn.locator(".short")).to_have_text("Lauenburg")
    left = turn.locator(".open .changed")
    expect(left).to_have_text(["Wie heißt der Fährmann?"])
    left.click()
    expect(chat.page.locator("#box textarea")).to_have_value("Wie heißt der Fährmann?")


def begin(chat: Chat) -> None:
    """Ask what is answered only when it may be, and return while it waits."""
    chat.page.locator("#box textarea").fill(WAITS)
    chat.page.keyboard.press("Enter")
    chat.page.locator(".searching").wait_for()


def reload_meanwhile(chat: Chat) -> None:
    """Load the page anew while a question is being answered, of which Gradio complains."""
    chat.page.reload()
    chat.page.locator(".sentence").first.wait_for()
    chat.complaints[:] = [one for one in chat.complaints if not re.search("AbortError|Connection errored", one)]


@pytest.fixture
def held() -> Iterator[None]:
    Waiting.may_answer.clear()
    yield
    Waiting.may_answer.set()


@pytest.mark.usefixtures("held")
def test_a_reload_asks_again_what_was_being_answered(open_chat: Opener, served: tuple[str, Heard]) -> None:
    chat = open_chat()
    chat.ask(LENGTH)
    begin(chat)
    served[1].heard.clear()
    reload_meanwhile(chat)
    expect(chat.page.locator(".asked")).to_have_text([LENGTH, WAITS])
    Waiting.may_answer.set()
    chat.answered(2)
    assert served[1].heard == [(LENGTH, 0), (WAITS, 1)]
    expect(menu(chat.page).locator("li .when")).to_contain_text("2 Fragen")
    chat.page.keyboard.press("Escape")
    # What is answered is not asked again.
    served[1].heard.clear()
    chat.reload()
    chat.page.locator(".welcome").wait_for()
    chat.settle()
    assert served[1].heard == [] and chat.page.evaluate("sessionStorage.length") == 0


@pytest.mark.usefixtures("held")
def test_another_tab_does_not_ask_it_too_and_a_first_question_comes_back(
    open_chat: Opener, served: tuple[str, Heard]
) -> None:
    chat = open_chat()
    begin(chat)
    served[1].heard.clear()
    other = Chat(chat.context, chat.context.new_page())
    other.page.goto(served[0])
    other.page.locator(".welcome").wait_for()
    reload_meanwhile(chat)
    expect(chat.page.locator(".asked")).to_have_text([WAITS])
    Waiting.may_answer.set()
    chat.answered(1)
    expect(other.page.locator(".turn")).to_have_count(0)
    assert served[1].heard == [(WAITS, 0)]


@pytest.mark.usefixtures("held")
def test_what_was_stopped_is_not_asked_again(open_chat: Opener, served: tuple[str, Heard]) -> None:
    chat = open_chat()
    begin(chat)
    chat.page.keyboard.press("Escape")
    chat.page.locator(".stopped").wait_for()
    chat.settle()
    served[1].heard.clear()
    reload_meanwhile(chat)
    chat.page.locator(".welcome").wait_for()
    chat.settle()
    assert served[1].heard == []


def test_a_question_that_breaks_the_page_again_and_again_waits_in_the_box(open_chat: Opener) -> None:
    chat = open_chat()
    kept = json.dumps({"question": LENGTH, "tries": 3})
    chat.page.evaluate("(kept) => sessionStorage.setItem('beleg-conversation-pending', kept)", kept)
    chat.reload()
    expect(chat.page.locator("#box textarea")).to_have_value(LENGTH)
    expect(chat.page.locator(".turn")).to_have_count(0)
