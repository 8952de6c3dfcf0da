"""The article's sentences in a real browser: asking about one, by mouse and keyboard; neighbourhoods; colours."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from index import EmbeddedEncoder, build_index, bundled_article
from rag import Assistant
from tests.browser.chromium import Chat
from tests.small_set import BREAD, TOWER
from ui.web.server import launch

pytestmark = pytest.mark.browser

WHEN = "Wann trafen sich Yoon und Kishida zuletzt?"
SUMMIT = "Was sagt die Gipfelerklärung über Nordkoreas Waffenexporte?"
RESOLUTIONS = "Gegen welche Resolutionen verstößt die Zusammenarbeit?"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    encoder = EmbeddedEncoder()
    assistant = Assistant(build_index([bundled_article()], encoder), encoder)
    app = launch(assistant, port=0, block=False, say=lambda line: None)
    yield app.url
    app.close()


@pytest.fixture
def chat(browser: Browser, url: str) -> Iterator[Chat]:
    opened = Chat.open(browser, url)
    yield opened
    opened.close()


def test_a_question_begins_from_a_sentence(chat: Chat) -> None:
    sentence = chat.page.locator('.sentence[data-sentence="2"]')
    sentence.click()
    ask = chat.page.locator("#bubble .ask-sentence")
    expect(ask).to_have_text("Zu diesem Satz fragen")
    expect(chat.page.locator("#bubble .to-answer")).to_have_count(0)
    sentence.click()
    expect(chat.page.locator("#bubble")).to_be_hidden()
    box = chat.page.locator("#box textarea")
    box.fill("Was wurde verurteilt?")
    sentence.click()
    ask.click()
    expect(box).to_be_focused()
    expect(box).to_have_value(re.compile(r"^Zu „Am Mittwoch zuvor gaben .{5,30} …“: Was wurde verurteilt\?$"))
    # Another sentence takes its place, and not what was typed.
    chat.page.locator('.sentence[data-sentence="4"]').click()
    ask.click()
    expect(box).to_have_value(re.compile(r"^Zu „Ich hoffe, .* …“: Was wurde verurteilt\?$"))
    sentence.click()
    ask.click()
    box.press("Enter")
    turn = chat.answered(1)
    expect(chat.sentence(turn.locator(".marker").first)).to_have_attribute("data-sentence", "2")


def test_selecting_text_is_no_click(chat: Chat) -> None:
    chat.page.locator('.sentence[data-sentence="2"]').click(click_count=2)
    expect(chat.page.locator("#bubble")).to_be_hidden()
    assert chat.page.evaluate("getSelection().toString()").strip()


def test_sentences_are_reached_by_keyboard_and_are_one_tab_stop(chat: Chat) -> None:
    stops = "document.querySelectorAll('#article [tabindex=\"0\"]').length"
    assert chat.page.evaluate(stops) == 1
    chat.page.locator("#article .text").focus()
    chat.page.keyboard.press("ArrowRight")
    chat.page.keyboard.press("ArrowRight")
    second = chat.page.locator('.sentence[data-sentence="1"]')
    expect(second).to_be_focused()
    chat.page.keyboard.press("Enter")
    expect(chat.page.locator("#bubble .ask-sentence")).to_be_focused()
    chat.page.keyboard.press("Escape")
    expect(second).to_be_focused()
    chat.page.keyboard.press("ArrowLeft")
    expect(chat.page.locator('.sentence[data-sentence="0"]')).to_be_focused()
    assert chat.page.evaluate(stops) == 1


def test_the_preview_shows_the_neighbourhood(chat: Chat) -> None:
    turn = chat.ask(WHEN)
    # So that the focus has to scroll to the citation.
    chat.ask(SUMMIT)
    chat.ask(RESOLUTIONS)
    chat.page.locator("#reading").evaluate("(pane) => pane.scrollTo({ top: 0, behavior: 'instant' })")
    marker = turn.locator(".quote .marker").first
    marker.focus()
    bubble = chat.page.locator("#bubble")
    expect(bubble.locator(".around").first).to_contain_text("sagte Kishida über einen Übersetzer.")
    expect(bubble.locator(".around").last).to_have_text("")
    expect(bubble.locator(".origin")).to_have_text("Satz 11")


def test_the_preview_of_another_article_has_its_neighbourhood_too(browser: Browser, served_url: str) -> None:
    chat = Chat.open(browser, served_url)
    marker = chat.ask("Wann wurde die Bäckerei Huber gegründet?").locator(".marker").first
    chat.page.locator("#chooser input").click()
    chat.page.locator("#chooser [role=option]").last.click()
    expect(chat.page.locator(".text")).to_have_attribute("data-article", TOWER.id)
    marker.focus()
    bubble = chat.page.locator("#bubble")
    expect(bubble.locator(".around").first).to_contain_text("Er wird jeden Tag mit Mehl und Wasser gefüttert.")
    expect(bubble.locator(".around").last).to_contain_text("Sie gehört heute der Enkelin")
    expect(bubble.locator(".origin")).to_have_text(f"{BREAD.title}, Satz 5")
    chat.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_several_answers_are_told_apart(browser: Browser, url: str, scheme: str) -> None:
    chat = Chat.open(browser, url, color_scheme=scheme)
    turns = [chat.ask(question) for question in (WHEN, SUMMIT, RESOLUTIONS)]
    looks = []
    for place, turn in enumerate(turns):
        sentence = chat.sentence(turn.locator(".marker").first)
        expect(sentence).to_have_attribute("data-hue", str(place))
        line = "(one) => [getComputedStyle(one).textDecorationColor, getComputedStyle(one).textDecorationStyle]"
        seen = sentence.evaluate(line)
        assert turn.locator(".marker").first.evaluate(line) == seen, "the number is the legend"
        looks.append(seen)
    assert len({color for color, _ in looks}) == len({kind for _, kind in looks}) == 3
    backgrounds = [
        chat.sentence(turn.locator(".marker").first).evaluate("(one) => getComputedStyle(one).backgroundColor")
        for turn in turns
    ]
    assert backgrounds[0] == backgrounds[1] == "rgba(0, 0, 0, 0)" != backgrounds[2], "the newest is tinted"
    for hue in range(4):
        for state in ("latest", "shown"):
            chat.page.evaluate(
                "([hue, state]) => { const one = document.querySelector('.sentence');"
                "one.className = 'sentence cited ' + state; one.dataset.hue = hue; one.style.transition = 'none'; }",
                [hue, state],
            )
            assert chat.contrast(".sentence") >= 4.5, (hue, state)
    chat.close()
