"""Conversations in a real browser: kept, by one tab or by two, opened again, and what a browser cannot keep."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from index import bundled_article
from tests.browser.chromium import Chat
from tests.browser.history import BREAD, PREFIX, WHEN, WHERE, begin_another, menu, stored

pytestmark = pytest.mark.browser

LOCKED = """
Object.defineProperty(window, "localStorage", { get() { throw new DOMException("locked", "SecurityError"); } });
"""


@pytest.fixture
def chat(browser: Browser, bundled_url: str) -> Iterator[Chat]:
    opened = Chat.open(browser, bundled_url)
    yield opened
    opened.close()


def citations(chat: Chat) -> list[tuple[str, str]]:
    markers = chat.page.locator("#conversation .marker").all()
    return [(one.get_attribute("data-sentence") or "", one.get_attribute("data-quote") or "") for one in markers]


def test_it_is_kept_across_a_reload_and_opens_with_the_same_citations(chat: Chat) -> None:
    chat.ask(WHEN)
    chat.ask(WHERE)
    before = citations(chat)
    chat.reload()
    chat.page.locator(".welcome").wait_for()
    row = menu(chat.page).locator("li")
    expect(row).to_have_count(1)
    expect(row.locator(".title")).to_have_text(WHEN)
    expect(row.locator(".when")).to_contain_text("2 Fragen")
    row.locator(".open").click()
    chat.answered(2)
    assert before and citations(chat) == before
    expect(chat.page.locator(".asked")).to_have_text([WHEN, WHERE])
    expect(chat.page.locator(".sentence.latest").first).to_be_visible()


def test_nothing_but_questions_and_articles_is_stored(chat: Chat) -> None:
    chat.ask(WHEN)
    begin_another(chat)
    found = stored(chat.page)[WHEN]
    assert found.keys() == {"version", "name", "used", "questions", "askedOf", "alone", "about"}
    assert found["questions"] == [WHEN] and [one["id"] for one in found["about"]] == [bundled_article().id]  # type: ignore[attr-defined]


def test_a_new_conversation_leaves_the_old_one_and_an_opened_one_goes_on(chat: Chat) -> None:
    chat.ask(WHEN)
    begin_another(chat)
    chat.ask(BREAD)
    rows = menu(chat.page).locator(".open")
    expect(rows.locator(".title")).to_have_text([BREAD, WHEN])
    expect(rows.nth(0)).to_have_attribute("aria-current", "true")
    rows.nth(1).click()
    chat.answered(1)
    expect(chat.page.locator(".asked")).to_have_text([WHEN])
    chat.ask(WHERE)
    assert stored(chat.page)[WHEN]["questions"] == [WHEN, WHERE] and stored(chat.page)[BREAD]["questions"] == [BREAD]
    expect(menu(chat.page).locator(".title")).to_have_text([WHEN, BREAD])


def test_two_tabs_keep_each_their_own(chat: Chat, bundled_url: str) -> None:
    other = Chat(chat.context, chat.context.new_page())
    other.page.goto(bundled_url)
    other.page.locator(".sentence").first.wait_for()
    there = menu(other.page)
    chat.ask(WHEN)
    expect(there.locator(".title")).to_have_text([WHEN])
    other.page.keyboard.press("Escape")
    other.ask(BREAD)
    chat.ask(WHERE)
    for page in (chat.page, other.page):
        expect(menu(page).locator(".title")).to_have_text([WHEN, BREAD])
    assert stored(chat.page)[WHEN]["questions"] == [WHEN, WHERE]
    menu_here = chat.page.locator("#kept-menu")
    menu_here.get_by_role("button", name=f"„{BREAD}“ löschen").click()
    expect(other.page.locator("#kept-menu .title")).to_have_text([WHEN])


def keeps(page: Page, questions: list[list[str]]) -> None:
    """Wait until the browser keeps conversations of just these questions; an answer is shown before it is kept."""
    page.wait_for_function(
        """([prefix, wanted]) => {
          const found = Object.entries(localStorage).filter(([key]) => key.startsWith(prefix))
            .map(([, value]) => JSON.stringify(JSON.parse(value).questions));
          return JSON.stringify(found.sort()) === JSON.stringify(wanted.map((one) => JSON.stringify(one)).sort());
        }""",
        arg=[PREFIX, questions],
    )


def test_two_tabs_that_go_on_with_the_same_one_keep_what_each_asked(chat: Chat, bundled_url: str) -> None:
    chat.ask(WHEN)
    other = Chat(chat.context, chat.context.new_page())
    other.page.goto(bundled_url)
    other.page.locator(".sentence").first.wait_for()
    menu(other.page).locator(".open").click()
    other.answered(1)
    expect(other.page.locator("[data-kept]")).to_have_count(1)
    chat.ask(WHERE)
    other.ask(BREAD)
    other.ask(WHERE)
    chat.ask(BREAD)
    keeps(chat.page, [[WHEN, WHERE, BREAD], [WHEN, BREAD, WHERE]])
    rows = menu(other.page).locator(".open")
    expect(rows).to_have_count(2)
    expect(other.page.locator(".open[aria-current]")).to_have_count(1)
    other.page.locator(".open:not([aria-current])").click()
    expect(other.page.locator("#conversation .asked")).to_have_text([WHEN, WHERE, BREAD])
    other.answered(3)
    expect(menu(other.page).locator(".open")).to_have_count(2)
    other.page.keyboard.press("Escape")
    other.ask("Und wann?")
    last = [WHEN, WHERE, BREAD, "Und wann?"]
    # One opened from the menu is itself again.
    keeps(chat.page, [last, [WHEN, BREAD, WHERE]])


def test_a_long_one_goes_on_where_its_first_questions_are_dropped(chat: Chat) -> None:
    chat.ask(WHEN)
    chat.page.evaluate(
        """(prefix) => {
          const log = document.querySelector("#conversation .log");
          const key = prefix + log.dataset.kept, kept = JSON.parse(localStorage.getItem(key));
          const all = Array.from({ length: 201 }, (_, n) => `Frage ${n}?`);
          localStorage.setItem(key, JSON.stringify({ ...kept, questions: all.slice(0, 200) }));
          log.dataset.asked = JSON.stringify(all.slice(1));
          log.append(document.createElement("i")); // as when Gradio renders
        }""",
        PREFIX,
    )
    expect(menu(chat.page).locator("li")).to_have_count(1)
    chat.page.wait_for_function(
        "(prefix) => Object.entries(localStorage).some(([key, value]) => key.startsWith(prefix) && "
        "JSON.parse(value).questions.at(-1) === 'Frage 200?')",
        arg=PREFIX,
    )
    assert len(stored(chat.page)) == 1


def test_an_article_that_is_not_here_is_named(chat: Chat) -> None:
    kept = {
        "version": 1,
        "name": "Fern",
        "used": 1,
        "questions": [WHEN],
        "askedOf": ["all"],
        "about": [{"id": "f" * 16, "title": "Der <b>ferne</b> Turm"}],
    }
    chat.page.evaluate("([key, value]) => localStorage.setItem(key, value)", [PREFIX + "a" * 32, json.dumps(kept)])
    menu(chat.page).locator(".open").click()
    expect(chat.page.locator(".guest")).to_contain_text("ging auch um „Der <b>ferne</b> Turm“; das ist jetzt nicht da")
    chat.answered(1)
    expect(chat.page.locator(".guest")).to_be_visible()


def test_damaged_entries_cost_only_themselves(chat: Chat) -> None:
    chat.ask(WHEN)
    begin_another(chat)
    for number, value in enumerate(["{", "null", "7", '{"version": 1}', '{"version": 2, "name": "x"}', '{"name": []}']):
        chat.page.evaluate("([key, value]) => localStorage.setItem(key, value)", [PREFIX + f"{number:032x}", value])
    expect(menu(chat.page).locator(".title")).to_have_text([WHEN])
    chat.page.keyboard.press("Escape")
    chat.ask(BREAD)
    expect(menu(chat.page).locator(".title")).to_have_text([BREAD, WHEN])


def test_a_full_storage_is_said_and_nothing_else_breaks(chat: Chat) -> None:
    chat.page.evaluate("""
        for (let size = 2 ** 22, n = 0; size >= 1; size = Math.floor(size / 2))
            try { for (;;) localStorage.setItem(`filler-${n++}`, "x".repeat(size)); } catch {}
    """)
    chat.ask(WHEN)
    opened = menu(chat.page)
    expect(opened.locator(".warning")).to_have_text(
        "Dieses Gespräch wird nicht behalten: der Speicher des Browsers ist voll oder gesperrt."
    )
    chat.page.keyboard.press("Escape")
    chat.page.evaluate("localStorage.clear()")
    chat.ask(WHERE)
    expect(menu(chat.page).locator(".warning")).to_have_count(0)
    assert stored(chat.page)[WHEN]["questions"] == [WHEN, WHERE]


def test_a_locked_storage_is_said_and_nothing_else_breaks(browser: Browser, bundled_url: str) -> None:
    chat = Chat.open(browser, bundled_url)
    chat.context.add_init_script(LOCKED)
    chat.reload()
    chat.page.locator(".sentence").first.wait_for()
    turn = chat.ask(WHEN)
    turn.locator(".quote .marker").first.click()
    expect(chat.page.locator(".sentence.shown")).to_have_count(1)
    expect(menu(chat.page).locator(".warning")).to_be_visible()
    chat.close()


def test_the_last_200_are_kept(chat: Chat) -> None:
    chat.page.evaluate(
        """(prefix) => {
          for (let n = 0; n < 205; n++)
            localStorage.setItem(prefix + n.toString(16).padStart(32, "0"),
              JSON.stringify({ version: 1, name: `Nr. ${n}`, used: n, questions: ["Wer?"], askedOf: ["all"], about: [] }));
        }""",
        PREFIX,
    )
    chat.ask(WHEN)
    names = stored(chat.page)
    assert len(names) == 200 and WHEN in names and "Nr. 204" in names and "Nr. 5" not in names
