"""Letting others in, in a real browser: the login page, sessions that do not see each other, and limits that say so."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from index import EmbeddedEncoder, build_index, bundled_article
from rag import Assistant, Event, Turn
from tests.browser.chromium import HELD, PATIENCE, Chat
from tests.guarded import PASSWORDS, cookies_of, make_users, served
from ui.web.limits import ALONE, SHARED, Limits

pytestmark = pytest.mark.browser

WHEN = "Wann trafen sich Yoon und Kishida zuletzt?"
WEAPONS = "Was sagt die Gipfelerklärung über Nordkoreas Waffenexporte?"


class Waiting(Assistant):
    """The real assistant, which answers when it may."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.heard: list[tuple[str, tuple[Turn | str, ...]]] = []
        self.begun = threading.Semaphore(0)
        self.may_answer = threading.Event()
        self.may_answer.set()

    def stream(self, question: str, history: Sequence[Turn | str] = (), language: str = "") -> Iterator[Event]:
        self.heard.append((question, tuple(history)))
        self.begun.release()
        self.may_answer.wait(HELD)
        yield from super().stream(question, history, language)


@pytest.fixture(scope="module")
def waiting(encoder: EmbeddedEncoder) -> Waiting:
    return Waiting(build_index([bundled_article()], encoder), encoder)


@pytest.fixture(autouse=True)
def answering(waiting: Waiting) -> Iterator[None]:
    """A test that fails leaves no other waiting for an answer."""
    yield
    waiting.may_answer.set()


@pytest.fixture(scope="module")
def users(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_users(tmp_path_factory.mktemp("users") / "users.json")


@pytest.fixture(scope="module")
def guarded(waiting: Waiting, users: Path) -> Iterator[str]:
    with served(waiting, users=users, limits=replace(SHARED, failed_logins_a_minute=3)) as app:
        yield app.url


@contextmanager
def login_page(browser: Browser, url: str, **options: Any) -> Iterator[Any]:
    context = browser.new_context(**{"locale": "de-DE", **options})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(url)
    page.locator("input[type=password]").wait_for()
    yield page
    context.close()


def type_login(page: Any, name: str, password: str) -> None:
    page.get_by_label("Benutzername").fill(name)
    page.get_by_label("Passwort").fill(password)
    page.keyboard.press("Enter")


def test_a_user_logs_in_asks_and_logs_out(browser: Browser, guarded: str) -> None:
    with login_page(browser, guarded) as page:
        expect(page).to_have_title("Beleg")
        expect(page.locator(".please")).to_have_text("Bitte anmelden.")
        assert page.locator("html").get_attribute("lang") == "de"
        expect(page.get_by_label("Benutzername")).to_be_focused()
        assert page.get_by_label("Passwort").get_attribute("autocomplete") == "current-password"
        assert page.locator(".sentence").count() == 0 and "Yoon" not in page.content()
        type_login(page, "anna", PASSWORDS["anna"])
        page.locator(".sentence").first.wait_for()
        page.locator("#box textarea").fill(WHEN)
        page.keyboard.press("Enter")
        expect(page.locator(".answer .statement").first).to_contain_text("Mai")
        page.get_by_role("button", name="anna abmelden").click()
        page.locator("input[type=password]").wait_for()
        assert page.locator(".sentence").count() == 0
        assert page.request.get(f"{guarded}config").status == 401


def test_who_logs_in_next_in_the_same_browser_finds_none_of_the_others_conversations(
    browser: Browser, guarded: str
) -> None:
    with login_page(browser, guarded) as page:
        titles = page.locator("#kept-menu .title")

        def ask(question: str) -> None:
            page.locator(".sentence").first.wait_for()
            page.locator("#box textarea").fill(question)
            page.keyboard.press("Enter")
            Chat(page.context, page).answered(1)

        def log_out_and_in(name: str, then: str) -> None:
            page.get_by_role("button", name=f"{name} abmelden").click()
            page.locator("input[type=password]").wait_for()
            type_login(page, then, PASSWORDS[then])
            page.locator(".sentence").first.wait_for()

        type_login(page, "anna", PASSWORDS["anna"])
        ask(WHEN)
        log_out_and_in("anna", then="bert")
        page.locator("#kept-open").click()
        expect(page.locator("#kept-menu .none")).to_be_visible()
        expect(titles).to_have_count(0)
        page.keyboard.press("Escape")
        annas = page.evaluate("Object.entries(localStorage).filter(([key]) => key.startsWith('beleg-conversation-'))")
        # Bert has more than are kept of one user: only his own go.
        page.evaluate(
            """([[key, value]]) => {
          const his = { ...JSON.parse(value), name: "Berts", used: Date.now() + 1e6 };
          for (let n = 0; n < 205; n++)
            localStorage.setItem(`beleg-conversation-bert-${n.toString(16).padStart(32, "0")}`, JSON.stringify(his));
        }""",
            annas,
        )
        ask(WEAPONS)
        log_out_and_in("bert", then="anna")
        page.locator("#kept-open").click()
        expect(titles).to_have_text([WHEN])
        assert annas[0] in page.evaluate("Object.entries(localStorage)"), "and it is as it was"


def test_wrong_and_too_many_logins_are_said(browser: Browser, waiting: Waiting, users: Path) -> None:
    with (
        served(waiting, users=users, limits=replace(SHARED, failed_logins_a_minute=2)) as app,
        login_page(browser, app.url) as page,
    ):
        for attempt in range(2):
            with page.expect_response("**/login"):
                type_login(page, "anna", f"wrong {attempt}")
            expect(page.get_by_role("alert")).to_have_text("Name oder Passwort ist falsch.")
            expect(page.get_by_label("Passwort")).to_be_empty()
            expect(page.get_by_label("Passwort")).to_be_focused()
            expect(page.get_by_label("Benutzername")).to_have_value("anna")
        type_login(page, "anna", PASSWORDS["anna"])
        expect(page.get_by_role("alert")).to_contain_text("Zu viele Fehlversuche: 2 in der Minute. Bitte ")
        expect(page.get_by_role("alert")).to_have_count(1)


def test_the_login_page_speaks_the_browsers_language(browser: Browser, guarded: str) -> None:
    with login_page(browser, guarded, locale="en-GB", java_script_enabled=False) as page:
        assert page.locator("html").get_attribute("lang") == "en"
        expect(page.locator(".please")).to_have_text("Please log in.")
        page.get_by_label("User name").fill("anna")
        page.get_by_label("Password").fill("wrong password")
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("alert")).to_have_text("Name or password is wrong.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
def test_the_login_page_is_legible_everywhere(browser: Browser, guarded: str, scheme: Any, width: int) -> None:
    with login_page(browser, guarded, color_scheme=scheme, viewport={"width": width, "height": 640}) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        field, button = page.get_by_label("Passwort"), page.get_by_role("button", name="Anmelden")
        for part in (field, button):
            box = part.bounding_box()
            assert box["x"] >= 0 and box["x"] + box["width"] <= width and box["height"] >= 44
            assert box["y"] + box["height"] <= 640, "in sight without scrolling"
        seen = Chat(page.context, page)
        for selector in ("h1", ".please", "label", "button", "input"):
            assert seen.contrast(selector) >= 4.5, selector


@pytest.mark.parametrize("login", [True, False])
def test_two_at_once_see_nothing_of_each_other(browser: Browser, waiting: Waiting, users: Path, login: bool) -> None:
    with served(waiting, users=users if login else None) as app:
        url = app.url
        options = [{"storage_state": cookies_of(url, name)} if login else {} for name in PASSWORDS]
        anna, bert = (Chat.open(browser, url, **one) for one in options)
        waiting.heard.clear()
        for question in ((WHEN, WEAPONS), ("Und wo?", "Und wo?")):
            # Both wait for their answer at the same time.
            waiting.may_answer.clear()
            while waiting.begun.acquire(blocking=False):
                pass
            for chat, asked in zip((anna, bert), question, strict=True):
                chat.page.locator("#box textarea").fill(asked)
                chat.page.keyboard.press("Enter")
            assert waiting.begun.acquire(timeout=HELD) and waiting.begun.acquire(timeout=HELD)
            waiting.may_answer.set()
            turn = 1 if question[0] == WHEN else 2
            anna.answered(turn)
            bert.answered(turn)
        seen = [chat.page.locator("#conversation").inner_text() for chat in (anna, bert)]
        assert WHEN in seen[0] and WEAPONS not in seen[0] and "Seoul" in seen[0]
        assert WEAPONS in seen[1] and WHEN not in seen[1] and "Seoul" not in seen[1]
        leaned_on = {history[0].question for question, history in waiting.heard if question == "Und wo?"}
        assert leaned_on == {WHEN, WEAPONS}, "each on their own"
        reopened = Chat.open(browser, url, **options[1])
        assert reopened.page.locator(".turn").count() == 0, "a page opened anew has a conversation of its own"
        for chat in (anna, bert, reopened):
            chat.close()


@pytest.mark.parametrize("login", [True, False])
def test_no_session_opens_what_another_uploaded(
    browser: Browser, waiting: Waiting, users: Path, tmp_path: Path, login: bool
) -> None:
    questions = tmp_path / "annas questions.json"
    questions.write_text('{"format": "beleg-questions/1", "questions": []}')
    fetched = "async (path) => (await fetch('gradio_api/file=' + path)).status"
    with served(waiting, users=users if login else None) as app:
        url = app.url
        options = [{"storage_state": cookies_of(url, name)} if login else {} for name in PASSWORDS]
        anna, bert = (Chat.open(browser, url, **one) for one in options)
        anna.page.get_by_role("tab", name="Messen").click()
        with anna.page.expect_response("**/gradio_api/upload*") as uploaded:
            anna.page.locator("input[type=file]").first.set_input_files(questions)
        (path,) = uploaded.value.json()
        expect(anna.page.locator("#evaluation-status")).to_contain_text(
            "ist leer. Bitte eine Frage ergänzen oder Dialoge"
        )
        assert anna.page.evaluate(fetched, path) == 403, "it is deleted once it was read"
        path = anna.page.evaluate(
            """async () => {
          const form = new FormData();
          form.append("files", new File(["not read yet"], "annas own.txt"));
          return (await (await fetch("gradio_api/upload", { method: "POST", body: form })).json())[0];
        }"""
        )
        assert anna.page.evaluate(fetched, path) == 200
        assert bert.page.evaluate(fetched, path) == 403
        anna.complaints.clear()
        bert.complaints.clear()
        anna.close()
        bert.close()


def test_who_asks_too_much_is_told_how_long_to_wait(browser: Browser, waiting: Waiting) -> None:
    with served(waiting, limits=Limits(questions_a_minute=2)) as app:
        chat, other = Chat.open(browser, app.url), Chat.open(browser, app.url, locale="en-GB")
        chat.ask(WHEN)
        chat.ask("Und wo?")
        chat.page.locator("#box textarea").fill(WEAPONS)
        chat.page.keyboard.press("Enter")
        line = chat.page.locator(".log > .failure")
        expect(line).to_contain_text("Zu viele Fragen: 2 in der Minute. Bitte ")
        expect(line).to_be_in_viewport(ratio=1)
        assert chat.page.locator(".turn").count() == 2, "and what was answered stays"
        expect(chat.page.locator("#box textarea")).to_have_value(WEAPONS)
        other.ask(WEAPONS)
        other.ask(WHEN)
        other.page.locator("#box textarea").fill(WHEN)
        other.page.keyboard.press("Enter")
        expect(other.page.locator(".log > .failure")).to_contain_text("Too many questions: 2 a minute. Wait ")
        chat.close()
        other.close()


def test_a_full_queue_is_said_in_the_pages_language(browser: Browser, waiting: Waiting) -> None:
    with served(waiting, limits=replace(ALONE, waiting=1)) as app:
        chats = [Chat.open(browser, app.url) for _ in range(4)]
        while waiting.begun.acquire(blocking=False):
            pass
        waiting.may_answer.clear()
        for number, chat in enumerate(chats[:3]):
            chat.page.locator("#box textarea").fill(WHEN)
            with chat.page.expect_response("**/queue/join*") as joined:
                chat.page.keyboard.press("Enter")
            assert joined.value.status == 200
            if number < 2:
                assert waiting.begun.acquire(timeout=HELD)
        last = chats[3]
        last.page.locator("#box textarea").fill(WEAPONS)
        last.page.keyboard.press("Enter")
        expect(last.page.get_by_text("Gerade warten zu viele Fragen. Bitte in einigen Sekunden")).to_be_visible()
        expect(last.page.locator("#box textarea")).to_have_value(WEAPONS)
        waiting.may_answer.set()
        for chat in chats[:3]:
            chat.answered(1)
        last.page.keyboard.press("Enter")
        last.answered(1)
        last.complaints.clear()
        for chat in chats:
            chat.close()
