"""Every state of the page: axe-core finds no violation of WCAG 2.2, level A and AA, and nothing is wider than its window.

A session is driven through the states once for each window and language. Driving takes longest, so everything that is
looked at in a state is looked at then. Narrow windows and large text: WCAG 1.4.4, 1.4.10.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from index import EmbeddedEncoder, build_index, bundled_article
from tests.browser.chromium import Chat
from tests.browser.states import Waiting, states
from tests.small_set import BREAD, TOWER
from ui.web.server import launch

pytestmark = pytest.mark.browser

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# axe leaves this one of WCAG 2.2 off unless it is asked for.
EVERYTHING = {"resultTypes": ["violations"], "runOnly": WCAG, "rules": {"target-size": {"enabled": True}}}
# In the dark the style sheets change the values of colours, and nothing else.
COLOURS = {"resultTypes": ["violations"], "runOnly": ["color-contrast", "link-in-text-block"]}

# What sticks out sideways, or is cut off where it cannot be scrolled to. A table or code may scroll by itself.
MISFITS = """
() => {
  const scrolls = (one) => ["auto", "scroll"].includes(getComputedStyle(one).overflowX) && one.scrollWidth > one.clientWidth;
  const insideScroller = (one) => {
    for (let at = one.parentElement; at; at = at.parentElement) if (scrolls(at)) return true;
    return false;
  };
  const visible = (one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest("[aria-hidden=true], .unseen, .sr-only");
  const name = (one) => `${one.tagName} ${one.id || one.className} ${one.textContent.slice(0, 40)}`;
  const outside = [...document.querySelectorAll("button, input, textarea, summary, [role=button], [role=tab], [role=option]")]
    .filter((one) => visible(one) && !insideScroller(one))
    .filter((one) => {
      const { left, right, width } = one.getBoundingClientRect();
      return width && (left < -0.5 || right > innerWidth + 0.5);
    });
  const cut = [...document.querySelectorAll("#beleg *, #evaluation *, [role=tablist] *, #bubble, #bubble *")]
    .filter((one) => visible(one) && one.tagName !== "INPUT" && !insideScroller(one))
    .filter((one) => ["hidden", "clip"].includes(getComputedStyle(one).overflowX) && one.scrollWidth > one.clientWidth + 1);
  const wide = ["html", "#conversation", "#reading", "#article", "#evaluation"].map((part) => document.querySelector(part))
    .filter((one) => one?.checkVisibility() && one.scrollWidth > one.clientWidth);
  return { outside: outside.map(name), cut: cut.map(name), wide: wide.map(name) };
}
"""
# As a browser's "zoom text only" does.
DOUBLE_TEXT = """
() => {
  const sizes = [...document.querySelectorAll("body *")].map((one) => [one, parseFloat(getComputedStyle(one).fontSize)]);
  for (const [one, size] of sizes) if (!one.dataset.doubled) {
    one.style.fontSize = `${2 * size}px`;
    one.dataset.doubled = "yes";
  }
}
"""


@pytest.fixture(scope="module")
def url(encoder: EmbeddedEncoder) -> Iterator[str]:
    """A chat about the bundled article and two more, so that there is something to choose."""
    assistant = Waiting(build_index([bundled_article(), BREAD, TOWER], encoder), encoder)
    app = launch(assistant, port=0, block=False, say=lambda line: None)
    yield app.url
    app.close()


def violations(chat: Chat, options: dict[str, Any] = EVERYTHING) -> list[str]:
    """Return what axe finds once the page has settled, one line an element."""
    # Imported here, so that in an environment without it only this test fails; `make test-all` installs it.
    from axe_playwright_python.sync_playwright import Axe

    # Several handlers fill the page, and a busy server answers some of them later than others.
    chat.settle()
    # Axe.run would load its script anew each time, which takes as long as half of its rules.
    if not chat.page.evaluate("'axe' in window"):
        chat.page.evaluate(Axe().axe_script)
    return [
        f"{found['impact']} {found['id']}: {node['html']} {node['failureSummary']}"
        for found in chat.page.evaluate("async (options) => (await axe.run(options)).violations", options)
        for node in found["nodes"]
    ]


def misfits(page: Page) -> list[str]:
    return [f"{what}: {one}" for what, found in page.evaluate(MISFITS).items() for one in found]


@pytest.mark.parametrize(
    ("width", "height", "scale"),
    [(1440, 900, 1), (640, 400, 2), (360, 740, 1), (320, 256, 4)],
    ids=["1440 px", "200 %", "360 px", "400 %"],
)
@pytest.mark.parametrize("locale", ["de-DE", "en-US"])
def test_every_state_fits_and_is_accessible(
    browser: Browser, url: str, tmp_path: Path, width: int, height: int, scale: int, locale: str
) -> None:
    viewport = {"width": width, "height": height}
    chat = Chat.open(browser, url, viewport=viewport, device_scale_factor=scale, locale=locale)
    found = {}
    for state in states(chat, tmp_path / "questions.json"):
        found[state] = misfits(chat.page)
        # Zoomed, the page has the elements that it has in a narrow window.
        if scale == 1:
            found[f"{state}, light"] = violations(chat)
            chat.page.emulate_media(color_scheme="dark")
            expect(chat.page.locator("body")).to_contain_class("dark")
            found[f"{state}, dark"] = violations(chat, COLOURS)
            chat.page.emulate_media(color_scheme="light")
            expect(chat.page.locator("body")).not_to_contain_class("dark")
    chat.close()
    assert {state: lines for state, lines in found.items() if lines} == {}


@pytest.mark.parametrize("width", [1280, 820])
def test_text_of_twice_the_size_fits(browser: Browser, url: str, tmp_path: Path, width: int) -> None:
    chat = Chat.open(browser, url, viewport={"width": width, "height": 800})
    found = {}
    for state in states(chat, tmp_path / "questions.json"):
        chat.page.evaluate(DOUBLE_TEXT)
        found[state] = misfits(chat.page)
    chat.close()
    assert {state: lines for state, lines in found.items() if lines} == {}
