"""The menu of kept conversations and the browser's storage, for the tests of both."""

from __future__ import annotations

import json

from playwright.sync_api import Locator, Page, expect

from tests.browser.chromium import Chat

WHEN = "Wann trafen sich Yoon und Kishida zuletzt?"
WHERE = "Und wo?"
BREAD = "Wie backt man </script><img src=x onerror=alert(1)> Brot?"
PREFIX = "beleg-conversation-"


def menu(page: Page) -> Locator:
    """Open the menu and return it."""
    page.locator("#kept-open").click()
    found = page.get_by_role("dialog", name="Gespräche")
    expect(found).to_be_visible()
    return found


def begin_another(chat: Chat) -> None:
    chat.page.locator("#clear").click()
    expect(chat.page.locator(".welcome")).to_be_visible()


def stored(page: Page) -> dict[str, dict[str, object]]:
    """Return the conversations in the browser's storage, by name."""
    entries = page.evaluate("Object.entries(localStorage)")
    return {found["name"]: found for key, value in entries if key.startswith(PREFIX) for found in [json.loads(value)]}
