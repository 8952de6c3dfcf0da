"""The server forgets a session after its page was closed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from rag import Assistant
from tests.browser.chromium import PATIENCE, Chat
from ui.web.server import launch
from ui.web.session import Conversation

pytestmark = pytest.mark.browser

OWN = "Der Bodensee ist 63 Kilometer lang. An ihm liegen drei Länder."


def test_nothing_of_a_session_stays(browser: Browser, two_articles: Assistant) -> None:
    app = launch(two_articles, port=0, block=False, say=lambda line: None)
    chat = Chat.open(browser, app.url)
    chat.page.locator("#adding > button").click()
    chat.page.locator("#paste textarea").fill(OWN)
    chat.page.locator("#add-text").click()
    expect(chat.page.locator("#remove")).to_be_visible()
    chat.ask("Wie lang ist der Bodensee?")
    chat.page.locator("#kept-open").click()
    with chat.page.expect_download():
        chat.page.get_by_role("button", name="Dieses Gespräch exportieren").click()
    [session] = app.blocks.state_holder.session_data.values()
    # The page tells the server that it has the file.
    for _ in range(PATIENCE // 20):
        if "beleg-export" not in str(session.config_values):
            break
        chat.page.wait_for_timeout(20)
    assert "beleg-export" not in str(session.config_values), "the exported file"
    assert any(isinstance(value, Conversation) for value in session.state_data.values())
    chat.close()
    # As Gradio does an hour after a page was closed.
    session.is_closed, session.STATE_TTL_WHEN_CLOSED = True, 0
    app.blocks.state_holder.delete_all_expired_state()
    assert not any(isinstance(value, Conversation) for value in session.state_data.values())
    app.close()
