"""Reading closely in a real browser: copying, editing, numbers, the strip, and citations by keyboard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from index import EmbeddedEncoder, build_index, bundled_article
from rag import Assistant
from tests.browser.chromium import Chat
from ui.web.server import launch

pytestmark = pytest.mark.browser

WHEN = "Wann trafen sich Yoon und Kishida zuletzt?"
SUMMIT = "Was sagt die Gipfelerklärung über Nordkoreas Waffenexporte?"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    encoder = EmbeddedEncoder()
    app = launch(
        Assistant(build_index([bundled_article()], encoder), encoder), port=0, block=False, say=lambda line: None
    )
    yield app.url
    app.close()


@pytest.fixture
def chat(browser: Browser, url: str) -> Iterator[Chat]:
    opened = Chat.open(
        browser, url, viewport={"width": 1280, "height": 600}, permissions=["clipboard-read", "clipboard-write"]
    )
    yield opened
    opened.close()


def test_an_answer_is_copied_with_its_citation(chat: Chat) -> None:
    turn = chat.ask(WHEN)
    quoted = turn.locator(".quote .marker").first.get_attribute("data-quote")
    for kind in ("text", "markdown", "html"):
        button = turn.locator(f'.below .copy[data-format="{kind}"]')
        button.click()
        expect(button).to_have_text("Kopiert")
        copied = chat.page.evaluate("navigator.clipboard.readText()")
        assert WHEN in copied and quoted in copied and "Satz 11" in copied
        types = chat.page.evaluate("navigator.clipboard.read().then((items) => items[0].types)")
        assert ("text/html" in types) == (kind == "html")
    expect(turn.locator('.below .copy[data-format="text"]')).to_have_text("Text")


def test_a_question_is_edited_and_sent_again(chat: Chat) -> None:
    chat.ask(WHEN).locator(".edit").click()
    box = chat.page.locator("#box textarea")
    expect(box).to_have_value(WHEN)
    expect(box).to_be_focused()
    box.fill("Wo trafen sich Yoon und Kishida zuletzt?")
    box.press("Enter")
    expect(chat.answered(2).locator(".asked")).to_have_text("Wo trafen sich Yoon und Kishida zuletzt?")


def test_confidence_is_in_words_and_a_number_on_demand(chat: Chat) -> None:
    confidence = chat.ask(WHEN).locator(".confidence")
    expect(confidence.locator("summary")).to_have_text("Sehr wahrscheinlich richtig")
    expect(confidence.locator(".number")).to_be_hidden()
    confidence.locator("summary").click()
    expect(confidence.locator(".number")).to_contain_text("%")


def test_sentence_numbers_are_shown_on_demand_and_remembered(chat: Chat) -> None:
    content = "(one) => getComputedStyle(one, '::before').content"
    eleventh = chat.page.locator('.sentence[data-sentence="10"]')
    assert eleventh.evaluate(content) == "none"
    chat.page.locator("#article .numbers").click()
    assert eleventh.evaluate(content).startswith('"11')
    chat.reload()
    expect(chat.page.locator("#article .numbers")).to_have_attribute("aria-pressed", "true")
    assert eleventh.evaluate(content).startswith('"11')
    chat.page.locator("#article .numbers").click()
    assert eleventh.evaluate(content) == "none"


def test_the_strip_shows_where_the_evidence_is(chat: Chat) -> None:
    expect(chat.page.locator("#strip")).to_be_hidden()
    chat.ask(WHEN)
    chat.ask(SUMMIT)
    cited = chat.page.locator(".sentence.cited")
    ticks = chat.page.locator("#strip .tick")
    expect(ticks).to_have_count(cited.count())
    chat.page.locator("#reading").evaluate("(pane) => pane.scrollTo({ top: pane.scrollHeight, behavior: 'instant' })")
    expect(cited.first).not_to_be_in_viewport()
    ticks.first.click()
    expect(cited.first).to_be_in_viewport()
    chat.page.locator("#clear").click()
    expect(chat.page.locator("#strip")).to_be_hidden()


def test_arrow_keys_go_from_citation_to_citation(chat: Chat) -> None:
    chat.ask(WHEN)
    chat.ask(SUMMIT)
    markers = chat.page.locator("#conversation .marker")
    markers.first.focus()
    for number in range(1, markers.count()):
        chat.page.keyboard.press("ArrowDown")
        expect(markers.nth(number)).to_be_focused()
    chat.page.keyboard.press("ArrowDown")
    expect(markers.last).to_be_focused()
    for number in reversed(range(markers.count() - 1)):
        chat.page.keyboard.press("ArrowUp")
        expect(markers.nth(number)).to_be_focused()
