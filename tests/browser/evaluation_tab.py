"""The evaluation tab in a real browser: served, opened, given small question sets. Used by its tests."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator
from playwright.sync_api import TimeoutError as NothingNew

from index import EmbeddedEncoder, build_index, bundled_article
from rag import Assistant, Event, Turn
from tests.browser.chromium import HELD, Chat, Opener, opening
from ui.web.server import launch

WHEN = "Wann trafen sich Yoon und Kishida zuletzt?"
WAITS = "Wer traf sich am Mittwoch in Washington?"


class Waiting(Assistant):
    """The real assistant, which answers one question only when it may."""

    may_answer = threading.Event()
    may_answer.set()

    def stream(self, question: str, history: Sequence[Turn | str] = (), language: str = "") -> Iterator[Event]:
        if question == WAITS:
            self.may_answer.wait(HELD)
        yield from super().stream(question, history, language)


@contextmanager
def serving(encoder: EmbeddedEncoder) -> Iterator[str]:
    """Serve a chat about the bundled article; yields its address."""
    app = launch(
        Waiting(build_index([bundled_article()], encoder), encoder), port=0, block=False, say=lambda line: None
    )
    yield app.url
    app.close()


@contextmanager
def opening_tab(browser: Browser, url: str) -> Iterator[Opener]:
    """Open sessions at the evaluation tab and close them in the end, with the checks every session must pass."""
    with opening(browser, url) as open_chat:

        def opened(**options: object) -> Chat:
            chat = open_chat(**options)
            chat.page.get_by_role("tab").nth(1).click()
            chat.page.locator("#evaluation-welcome h1").wait_for()
            return chat

        yield opened


def evidence() -> str:
    """A sentence of the article that does not answer any question asked here."""
    return next(line for line in bundled_article().text.split("\n") if "Machthaber" in line)


def questions(path: Path, *more: dict[str, Any]) -> Path:
    """Write a small set: one question that goes well, and more."""
    gold = next(line for line in bundled_article().text.split("\n") if "im Mai in Seoul" in line)
    good = {"id": "good", "question": WHEN, "answerable": True, "answers": ["im Mai"], "evidence": [{"text": gold}]}
    path.write_text(
        json.dumps({"format": "beleg-questions/1", "article": bundled_article().title, "questions": [good, *more]}),
        encoding="utf-8",
    )
    return path


def wrong(question: str = "Und wo?", **more: Any) -> dict[str, Any]:
    """A question whose gold evidence is not what answers it, so that it fails."""
    return {
        "id": "wrong",
        "category": "follow-up",
        "question": question,
        "history": [{"question": WHEN}],
        "answerable": True,
        "evidence": [{"text": evidence()}],
        **more,
    }


def upload(chat: Chat, path: Path) -> None:
    with chat.page.expect_file_chooser() as chooser:
        chat.page.locator("#run-upload").click()
    chooser.value.set_files(path)


# Resolves when the report is there, or what is said about the evaluation is no longer this.
GOES_ON = """
(before) => document.querySelector("#evaluation-results .report .about")?.checkVisibility() ||
  document.querySelector("#evaluation-status").innerText !== before
"""


def report_of(chat: Chat) -> Locator:
    """Return the report once it is there, however long that takes.

    Raises:
        AssertionError: for a minute there was neither progress nor a report; says what the page says.
    """
    report = chat.page.locator("#evaluation-results .report")
    while not report.locator(".about").is_visible():
        before = chat.page.locator("#evaluation-status").inner_text()
        try:
            chat.page.wait_for_function(GOES_ON, arg=before)
        except NothingNew as error:
            raise AssertionError(f"no report, and for a minute no progress from {before!r}") from error
    return report
