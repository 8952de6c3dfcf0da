"""Below an answer in a real browser: stopping, trying again, thumbs and notes, unused sentences, other questions."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect

from index import EmbeddedEncoder, build_index, bundled_article
from rag import Assistant
from rag.answer import Answer, Hit
from rag.answering.answerer import ExtractiveAnswerer
from rag.settings import Settings
from tests.browser.chromium import HELD, Chat
from tests.guarded import served, wait_for
from ui.web.limits import Limits
from ui.web.server import launch

pytestmark = pytest.mark.browser

WHEN = "Wann trafen sich Yoon und Kishida zuletzt?"
SUMMIT = "Was sagt die Gipfelerklärung über Nordkoreas Waffenexporte?"
SOLDIERS = "Wie viele Soldaten hat Nordkorea?"
MACRON = "Was sagte Macron über die UN-Resolutionen?"


class Waiting(ExtractiveAnswerer):
    """The real assistant, which the test holds back or makes fail."""

    def __init__(self) -> None:
        super().__init__(Settings())
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.began, self.ended = threading.Event(), threading.Event()
        self.fails = False
        self.answered: list[str] = []

    def answer(self, question: str, read_as: str, hits: Sequence[Hit], *rest: Any) -> Answer:
        self.began.set()
        self.may_answer.wait(HELD)
        try:
            if self.fails:
                raise OSError("the disk is on fire")
            self.answered.append(question)
            return super().answer(question, read_as, hits, *rest)
        finally:
            self.ended.set()


@pytest.fixture(scope="module")
def answerer() -> Waiting:
    return Waiting()


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("feedback") / "new" / "feedback.jsonl"


@pytest.fixture(scope="module")
def url(answerer: Waiting, kept: Path) -> Iterator[str]:
    encoder = EmbeddedEncoder()
    assistant = Assistant(build_index([bundled_article()], encoder), encoder, answerer=answerer)
    app = launch(assistant, port=0, block=False, say=lambda line: None, feedback=kept)
    yield app.url
    app.close()


@pytest.fixture
def chat(browser: Browser, url: str, answerer: Waiting) -> Iterator[Chat]:
    opened = Chat.open(browser, url)
    yield opened
    answerer.may_answer.set()
    answerer.fails = False
    opened.close()


def ask_slowly(chat: Chat, answerer: Waiting, question: str) -> Locator:
    for event in (answerer.may_answer, answerer.began, answerer.ended):
        event.clear()
    chat.page.locator("#box textarea").fill(question)
    chat.page.keyboard.press("Enter")
    stop = chat.page.locator(".turn:last-child .stop")
    expect(stop).to_have_text("Anhalten")
    return stop


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("by_key", [False, True])
def test_a_question_is_stopped_and_asked_again(chat: Chat, answerer: Waiting, by_key: bool) -> None:
    chat.ask(SUMMIT)
    stop = ask_slowly(chat, answerer, WHEN)
    # What is stopped before it is answered is not answered at all.
    assert answerer.began.wait(HELD)
    if by_key:
        chat.page.locator("#box textarea").press("Escape")
    else:
        stop.click()
    last = chat.page.locator(".turn:last-child")
    expect(last.locator(".stopped")).to_have_text("Angehalten.")
    expect(chat.page.locator("#box textarea")).to_be_focused()
    expect(last.locator(".asked")).to_have_text(WHEN)
    answerer.may_answer.set()
    # What was stopped has no answer later, and is no part of the conversation.
    assert answerer.ended.wait(HELD)
    expect(last.locator(".stopped")).to_be_visible()
    expect(chat.page.locator(".pending, .forming")).to_have_count(0)

    last.locator(".edit").click()
    expect(chat.page.locator("#box textarea")).to_have_value(WHEN)
    last.locator(".retry").click()
    expect(chat.answered(2).locator(".quote").first).to_contain_text("im Mai in Seoul")
    expect(chat.page.locator(".turn")).to_have_count(2)


def test_another_question_can_be_asked_while_a_stopped_one_ends(chat: Chat, answerer: Waiting) -> None:
    ask_slowly(chat, answerer, WHEN).click()
    expect(chat.page.locator(".stopped")).to_be_visible()
    chat.page.locator("#box textarea").fill(SUMMIT)
    chat.page.keyboard.press("Enter")
    expect(chat.page.locator(".searching")).to_be_visible()
    answerer.may_answer.set()
    expect(chat.answered(1).locator(".asked")).to_have_text(SUMMIT)
    expect(chat.page.locator(".turn")).to_have_count(1)


def test_what_failed_is_tried_again(chat: Chat, answerer: Waiting) -> None:
    answerer.fails = True
    failed = chat.ask(WHEN)
    expect(failed.locator(".failure")).to_contain_text("Das hat nicht geklappt")
    # An empty question is no reason to forget it.
    chat.page.locator("#box textarea").press("Enter")
    expect(failed.locator(".retry")).to_have_text("Noch einmal")
    answerer.fails = False
    failed.locator(".retry").click()
    expect(chat.page.locator(".quote").first).to_contain_text("im Mai in Seoul")
    expect(chat.page.locator(".turn")).to_have_count(1)


def test_thumbs_are_kept_changed_and_taken_back(chat: Chat, kept: Path) -> None:
    turn = chat.ask(WHEN)
    right, wrong = turn.locator(".thumb").all()
    expect(right).to_have_accessible_name("Richtig beantwortet")
    expect(turn.locator(".opener")).to_be_hidden()
    chat.page.evaluate("document.querySelector('.thumb').focus()")
    chat.page.keyboard.press("Enter")
    expect(right).to_have_attribute("aria-pressed", "true")
    expect(right).to_be_focused()
    expect(turn.locator(".rating")).to_have_attribute("data-saved", "Gespeichert")
    assert lines(kept)[-1]["verdict"] == "right" and lines(kept)[-1]["question"] == WHEN

    wrong.click()
    expect(right).to_have_attribute("aria-pressed", "false")
    turn.locator(".opener").click()
    note = turn.locator(".note textarea")
    expect(note).to_be_focused()
    note.fill("<b>„Mai“</b> ist zu ungenau")
    # Another turn renders the log anew: what is pressed, and what is being written, stays.
    chat.ask("Und wo?")
    expect(wrong).to_have_attribute("aria-pressed", "true")
    expect(note).to_have_value("<b>„Mai“</b> ist zu ungenau")
    turn.locator(".note [type=submit]").click()
    expect(note).to_be_hidden()
    expect(turn.locator(".opener")).to_be_focused()
    expect(turn.locator(".rating")).to_have_attribute("data-saved", "Gespeichert")
    said = lines(kept)[-1]
    assert (said["verdict"], said["note"]) == ("wrong", "<b>„Mai“</b> ist zu ungenau")
    assert len({line["id"] for line in lines(kept)[-3:]}) == 1, "of one turn"

    before = len(lines(kept))
    wrong.click()
    expect(wrong).to_have_attribute("aria-pressed", "false")
    expect(turn.locator(".opener")).to_be_hidden()
    # What was saved before still stands there.
    wait_for(lambda: len(lines(kept)) > before)
    assert len(lines(kept)) == before + 1 and lines(kept)[-1]["verdict"] is None


def test_in_a_conversation_opened_again_it_is_the_same_turn(chat: Chat, kept: Path) -> None:
    turn = chat.ask(WHEN)
    turn.locator(".thumb").first.click()
    expect(turn.locator(".rating")).to_have_attribute("data-saved", "Gespeichert")
    turn.locator(".opener").click()
    turn.locator(".note textarea").fill("doch nicht ganz")
    chat.page.locator("#clear").click()
    expect(chat.page.locator(".welcome")).to_be_visible()
    chat.page.locator("#kept-open").click()
    chat.page.locator("#kept-menu .open").first.click()
    turn = chat.answered(1)
    right, wrong = turn.locator(".thumb").all()
    expect(right).to_have_attribute("aria-pressed", "false")
    expect(turn.locator(".note")).to_be_hidden()
    wrong.click()
    expect(turn.locator(".rating")).to_have_attribute("data-saved", "Gespeichert")
    expect(turn.locator(".note textarea")).to_have_value("doch nicht ganz")
    before, after = lines(kept)[-2:]
    assert before["id"] == after["id"] and (before["verdict"], after["verdict"]) == ("right", "wrong")


def test_an_abstention_has_thumbs_too(chat: Chat, kept: Path) -> None:
    chat.ask(WHEN)
    turn = chat.ask(SOLDIERS)
    thumb = turn.locator(".thumb").first
    expect(thumb).to_have_accessible_name("Zu Recht nicht beantwortet")
    thumb.click()
    expect(turn.locator(".rating")).to_have_attribute("data-saved", "Gespeichert")
    said = lines(kept)[-1]
    assert said["answer"]["abstained"] and said["history"] == [WHEN]


def test_what_cannot_be_kept_is_said_and_not_shown_as_kept(chat: Chat, kept: Path) -> None:
    turn = chat.ask(WHEN)
    moved = kept.rename(kept.with_suffix(".moved"))
    kept.mkdir()
    try:
        turn.locator(".thumb").first.click()
        expect(chat.page.get_by_text("lässt sich nicht schreiben")).to_be_visible()
        expect(turn.locator(".thumb").first).to_have_attribute("aria-pressed", "false")
    finally:
        kept.rmdir()
        moved.rename(kept)


def test_who_rates_too_often_is_told_and_it_is_not_shown_as_kept(
    browser: Browser, two_articles: Assistant, tmp_path: Path
) -> None:
    file = tmp_path / "feedback.jsonl"
    with served(two_articles, limits=Limits(ratings_a_minute=1), feedback=file) as app:
        chat = Chat.open(browser, app.url)
        turn = chat.ask("How tall is the tower?")
        right, wrong = turn.locator(".thumb").all()
        right.click()
        expect(turn.locator(".rating")).to_have_attribute("data-saved", "Gespeichert")
        wrong.click()
        expect(chat.page.get_by_text("Zu viele Bewertungen: 1 in der Minute. Bitte")).to_be_visible()
        expect(wrong).to_have_attribute("aria-pressed", "false")
        expect(right).to_have_attribute("aria-pressed", "true")
        assert [line["verdict"] for line in lines(file)] == ["right"]
        chat.close()


def test_what_else_was_found_is_shown_on_demand(chat: Chat) -> None:
    turn = chat.ask(SUMMIT)
    cited = turn.locator(".marker").first.get_attribute("data-sentence")
    unused = turn.locator(".unused")
    expect(unused.locator("summary")).to_have_text("Auch gefunden")
    near = unused.locator(".near")
    expect(near.first).to_be_hidden()
    unused.locator("summary").click()
    assert 1 <= near.count() <= 5
    assert cited not in [one.get_attribute("data-sentence") for one in near.all()]
    expect(unused.locator(".fit").first).to_contain_text("passt zu")
    near.first.click()
    expect(chat.sentence(near.first)).to_contain_class("shown")
    expect(chat.sentence(near.first)).to_be_in_viewport()
    chat.ask(WHEN)
    expect(near.first).to_be_visible()


def test_an_abstention_offers_a_question_that_is_answered(chat: Chat) -> None:
    offer = chat.ask(MACRON).locator(".offers .example")
    expect(offer).to_have_text("Was sagt der Artikel zu „UN-Resolutionen“?")
    offer.click()
    expect(chat.answered(2).locator(".quote").first).to_contain_text("Resolutionen")
    assert chat.ask("Wie backt man einen Apfelkuchen?").locator(".offers").count() == 0


def test_without_a_file_there_are_no_thumbs(browser: Browser, served_url: str) -> None:
    chat = Chat.open(browser, served_url)
    chat.ask("How tall is the tower?")
    expect(chat.page.locator(".thumb")).to_have_count(0)
    chat.close()
