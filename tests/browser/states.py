"""Drives one session through the chat's states, for the tests that look at each of them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from playwright.sync_api import expect

from index import bundled_article
from rag import Assistant, Event, Turn
from tests.browser.chromium import HELD, Chat
from tests.browser.evaluation_tab import report_of, upload

WHEN = "Wann trafen sich Yoon und Kishida zuletzt?"
WAITS = "Wo trafen sich Yoon und Kishida zuletzt?"
OFF_TOPIC = "Wie repariert man ein Fahrrad?"


class Waiting(Assistant):
    """The real assistant, which holds back the answer to one question until `may_answer` is set."""

    may_answer = threading.Event()
    may_answer.set()

    def stream(self, question: str, history: Sequence[Turn | str] = (), language: str = "") -> Iterator[Event]:
        if question == WAITS:
            self.may_answer.wait(HELD)
        yield from super().stream(question, history, language)


def states(chat: Chat, questions: Path) -> Iterator[str]:
    """Drive a session that was just opened, about the bundled article and maybe others, and name each state it is in.

    Args:
        chat: its server has a Waiting assistant.
        questions: where to write a small question set, whose report is the last state.
    """
    page, box = chat.page, chat.page.locator("#box textarea")
    yield "welcome"
    box.press("Enter")
    page.locator(".failure").wait_for()
    yield "empty"
    turn = chat.ask(WHEN)
    page.locator(".sentence.latest").first.wait_for()
    yield "answered"
    turn.locator(".confidence summary").click()
    turn.locator(".quote .marker").first.focus()
    yield "focused"
    if page.locator("#chooser").is_visible():
        page.locator("#chooser input").click()
        page.locator("#chooser [role=option]").first.wait_for()
        chat.settle()
        yield "choosing"
        page.keyboard.press("Escape")
        page.locator("#chooser [role=option]").first.wait_for(state="hidden")
    turn.locator(".quote .marker").first.click()
    page.locator(".sentence.shown").click()
    page.locator("#bubble .to-answer").first.wait_for()
    yield "bubble"
    page.keyboard.press("Escape")
    page.locator("#article .numbers").click()
    yield "numbered"
    page.locator("#article .numbers").click()
    chat.ask(OFF_TOPIC)
    yield "abstained"
    Waiting.may_answer.clear()
    try:
        box.fill(WAITS)
        box.press("Enter")
        page.locator(".searching").wait_for()
        yield "asking"
    finally:
        Waiting.may_answer.set()
    chat.answered(3)
    yield "follow-up"
    page.get_by_role("tab").nth(1).click()
    page.locator("#evaluation-welcome h1").wait_for()
    expect(page.locator("#run-upload")).to_be_visible()
    yield "evaluation"
    questions.write_text(json.dumps(_question_set()), encoding="utf-8")
    upload(chat, questions)
    report_of(chat)
    expect(page.locator("#evaluation-status")).to_contain_text(questions.name)
    yield "report"


def _question_set() -> dict[str, object]:
    """Two questions, of which one fails: its evidence is not what answers it."""
    lines = bundled_article().text.split("\n")
    proof, other = (next(line for line in lines if part in line) for part in ("im Mai in Seoul", "Machthaber"))
    asked = {"question": WHEN, "answerable": True, "answers": ["im Mai"]}
    return {
        "format": "beleg-questions/1",
        "article": bundled_article().title,
        "questions": [
            {"id": "good", **asked, "evidence": [{"text": proof}]},
            {"id": "wrong", **asked, "evidence": [{"text": other}]},
        ],
    }
