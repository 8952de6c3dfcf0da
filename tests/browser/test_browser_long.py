"""An article of 20,000 sentences in a real browser: citations far down are found and shown."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from benchmarks.long_article import ANSWER, QUESTION, assistant_over, long_article
from index import Article
from tests.browser.chromium import Chat
from ui.web.server import launch

pytestmark = pytest.mark.browser

SENTENCES = 20_000
LAID_OUT = """
(paragraphs) => paragraphs.filter((one) =>
  one.firstElementChild.checkVisibility({ contentVisibilityAuto: true })).length
"""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A chat about the long article, and another that has as many words of it as a megabyte holds, in one paragraph."""
    long = long_article(SENTENCES)
    paragraph = Article.read(long.text[:1_000_000].replace("\n", " "), title="Ein Absatz", language="de")
    app = launch(assistant_over(long, paragraph), port=0, block=False, say=lambda line: None)
    yield app.url
    app.close()


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_the_last_of_20000_sentences_is_shown(browser: Browser, url: str, motion: str) -> None:
    chat = Chat.open(browser, url, reduced_motion=motion)
    expect(chat.page.locator(".sentence")).to_have_count(SENTENCES)
    paragraphs = chat.page.locator("#article p")
    assert paragraphs.evaluate_all(LAID_OUT) < paragraphs.count() / 100
    turn = chat.ask(QUESTION)
    last = chat.page.locator(".sentence").last
    expect(last).to_have_text(ANSWER)
    expect(last).to_contain_class("cited latest")
    expect(last).to_be_in_viewport(ratio=1)

    chat.page.locator("#reading").evaluate("(pane) => pane.scrollTo({ top: 0, behavior: 'instant' })")
    expect(last).not_to_be_in_viewport()
    turn.locator(".quote .marker").first.click()
    expect(last).to_contain_class("shown")
    expect(last).to_be_in_viewport(ratio=1)
    chat.page.locator("#reading").evaluate("(pane) => pane.scrollTo({ top: 0, behavior: 'instant' })")
    chat.page.locator("#strip .tick").last.click()
    expect(last).to_be_in_viewport(ratio=1)
    assert paragraphs.evaluate_all(LAID_OUT) < paragraphs.count() / 10
    chat.close()


def test_a_paragraph_of_a_megabyte_is_shown(browser: Browser, url: str) -> None:
    chat = Chat.open(browser, url)
    chat.page.locator("#chooser input").click()
    chat.page.get_by_role("option", name="Ein Absatz").click()
    expect(chat.page.locator("#article p")).to_have_count(1)
    last = chat.page.locator(".sentence").last
    last.scroll_into_view_if_needed()
    expect(last).to_be_in_viewport()
    assert chat.page.locator("#reading").evaluate("(pane) => pane.scrollWidth - pane.clientWidth") <= 0
    chat.close()
