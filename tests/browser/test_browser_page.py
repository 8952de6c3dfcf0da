"""The page in a real browser: on a phone, in light and dark, in its reader's language, with hostile text on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from index import Article, EmbeddedEncoder, build_index, bundled_article
from rag import Assistant
from tests.browser.chromium import Opener, opening
from ui.web.server import launch

pytestmark = pytest.mark.browser

WHEN = "Wann trafen sich Yoon und Kishida zuletzt?"
OFF_TOPIC = "Wie backt man ein gutes Sauerteigbrot?"
HOSTILE_SENTENCE = (
    'Der Zeppelin mit <img src=x onerror="alert(1)"> landete 1936 in **Lakehurst** [hier](javascript:alert(2)).'
)
HOSTILE_TEXT = f"""{HOSTILE_SENTENCE} Er trug ${{alert(3)}} und {{{{constructor}}}} an Bord.

Ein Satz mit </span></article><script>alert(4)</script> und `Zeichen` \\n darin."""
HOSTILE_TITLE = '<script>alert(5)</script> "Titel" & mehr'


@pytest.fixture
def open_chat(browser: Browser, bundled_url: str) -> Iterator[Opener]:
    with opening(browser, bundled_url) as opened:
        yield opened


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


def test_hostile_text_is_shown_as_text(open_chat: Opener, encoder: EmbeddedEncoder) -> None:
    hostile = Article.read(HOSTILE_TEXT, title=HOSTILE_TITLE, language="de", source="<b>.txt")
    assistant = Assistant(build_index([bundled_article(), hostile], encoder), encoder)
    app = launch(assistant, port=0, block=False, say=lambda line: None)
    try:
        chat = open_chat(app.url)
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
        app.close()
