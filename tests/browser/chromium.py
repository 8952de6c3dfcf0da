"""A real Chromium on the web chat: started, driven and watched. Used by the browser tests."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Locator,
    Page,
    Playwright,
    Request,
    expect,
)

# How long to wait for what must come, in ms. It bounds a page that hangs and measures none: a loaded machine takes long.
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)
# How long an answer that a test holds back is held at most, in seconds: longer than all that is looked at meanwhile.
HELD = 600

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
FOREIGN = re.compile(r"^(?!https?://127\.0\.0\.1[:/])(?!data:|blob:|about:)")
# A turn that has its answer: how sure it is, that it abstains, that it is none from the articles, or that it failed.
ANSWERED = ".turn:nth-of-type({number}) :is(.answer .confidence, .verdict, .reply, .failure)"

CONTRAST = """
(element) => {
  const rgba = (text) => text.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => {
    const linear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    const [x, y, z] = [r, g, b].map((c) => linear(c / 255));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  let behind = element;
  while (behind.parentElement && (rgba(getComputedStyle(behind).backgroundColor)[3] ?? 1) === 0)
    behind = behind.parentElement;
  const [low, high] = [getComputedStyle(element).color, getComputedStyle(behind).backgroundColor]
    .map((color) => luminance(rgba(color))).sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}
"""
# Resolves once nothing in the page has changed for 100 ms and no animation runs that will end.
AT_REST = """
async () => {
  let changed = performance.now();
  const observer = new MutationObserver(() => { changed = performance.now(); });
  observer.observe(document, { attributes: true, characterData: true, childList: true, subtree: true });
  const runs = (animation) =>
    animation.playState !== "finished" && Number.isFinite(animation.effect.getComputedTiming().endTime);
  while (performance.now() < changed + 100) {
    if (document.getAnimations().some(runs)) changed = performance.now();
    await new Promise(requestAnimationFrame);
  }
  observer.disconnect();
}
"""


def start_chromium(playwright: Playwright, *flags: str) -> Browser:
    """Start the system's Chromium with a fresh profile; a missing one fails the tests rather than skipping them.

    Args:
        flags: of its command line, besides FLAGS.
    """
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.fail("no Chromium was found. Expected one of " + ", ".join(NAMES) + " on PATH: apt install chromium.")
    return playwright.chromium.launch(executable_path=path, args=[*FLAGS, *flags])


@dataclass
class Chat:
    """One browser session on the web chat, and what it did that it should not have."""

    context: BrowserContext
    page: Page
    foreign_requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    unanswered: set[Request] = field(default_factory=set)
    streams: set[Request] = field(default_factory=set)

    @classmethod
    def open(cls, browser: Browser, url: str, **options: object) -> Chat:
        """Open the page in a session of its own; `options` are those of `Browser.new_context`."""
        settings: dict[str, Any] = {
            "locale": "de-DE",
            "viewport": {"width": 1280, "height": 800},
            "reduced_motion": "reduce",
            **options,
        }
        context = browser.new_context(**settings)
        context.set_default_timeout(PATIENCE)
        chat = cls(context, context.new_page())
        context.route(FOREIGN, lambda route: route.abort())
        context.on("request", chat._note_request)
        for ends in ("requestfinished", "requestfailed"):
            context.on(ends, chat._note_end)
        chat.page.on("dialog", chat._note_dialog)
        chat.page.on("pageerror", lambda error: chat.complaints.append(f"error: {error}"))
        chat.page.on("console", chat._note_line)
        chat.page.goto(url)
        chat.page.locator(".sentence").first.wait_for()
        return chat

    def close(self) -> None:
        """Close the session; raises AssertionError when it asked another machine, ran a dialog or hit an error."""
        self.context.close()
        assert self.foreign_requests == [], self.foreign_requests
        assert self.complaints == [], self.complaints

    def ask(self, question: str) -> Locator:
        """Type a question, press Enter and return its turn once it is answered."""
        number = self.page.locator(".turn").count() + 1
        self.page.locator("#box textarea").fill(question)
        self.page.keyboard.press("Enter")
        return self.answered(number)

    def answered(self, number: int) -> Locator:
        """Return the turn of that number, from 1, once it is answered."""
        self.page.locator(ANSWERED.format(number=number)).wait_for()
        return self.page.locator(f".turn:nth-of-type({number})")

    def settle(self) -> None:
        """Wait until the server has answered the handlers outside its queue, and the page has stopped changing."""
        while self.unanswered:
            self.page.wait_for_timeout(20)
        self.page.evaluate(AT_REST)

    def reload(self) -> None:
        """Load the page anew once the server has told it all: a stream that ends with the page makes Gradio complain.

        An answer is shown before its stream has ended: what follows on it comes over the same one.
        """
        while self.streams:
            self.page.wait_for_timeout(20)
        self.page.reload()

    def sentence(self, target: Locator) -> Locator:
        """Return the sentence of the article that a citation points at."""
        article, number = target.get_attribute("data-article"), target.get_attribute("data-sentence")
        return self.page.locator(f'[data-article="{article}"] .sentence[data-sentence="{number}"]')

    def contrast(self, selector: str) -> float:
        """Return the WCAG contrast, 1 to 21, of an element's text with what is behind it."""
        return float(self.page.locator(selector).first.evaluate(CONTRAST))

    def background(self, selector: str) -> str:
        """Return an element's computed background colour."""
        return str(self.page.locator(selector).evaluate("(element) => getComputedStyle(element).backgroundColor"))

    def _note_request(self, request: Request) -> None:
        if FOREIGN.match(request.url):
            self.foreign_requests.append(request.url)
        if "/gradio_api/run/" in request.url:
            self.unanswered.add(request)
        if "/gradio_api/queue/data" in request.url:
            self.streams.add(request)

    def _note_end(self, request: Request) -> None:
        self.unanswered.discard(request)
        self.streams.discard(request)

    def _note_dialog(self, dialog: Dialog) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _note_line(self, line: ConsoleMessage) -> None:
        # A request that the page's own policy refused is told here and nowhere else.
        if line.type == "error":
            self.complaints.append(f"console: {line.text}")


Opener = Callable[..., Chat]


@contextmanager
def opening(browser: Browser, url: str) -> Iterator[Opener]:
    """Give what opens sessions, at `url` or another, and close them all, with the checks that `Chat.close` makes."""
    chats: list[Chat] = []

    def opened(url: str = url, **options: object) -> Chat:
        chats.append(Chat.open(browser, url, **options))
        return chats[-1]

    yield opened
    for chat in chats:
        chat.close()
