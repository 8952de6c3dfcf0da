"""Conversations in a real browser: kept, listed, opened, renamed, deleted, exported."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from index import SentenceTransformerEncoder, build_index, bundled_article
from rag import Assistant
from tests.browser import Chat
from tests.test_cli import beleg
from ui.server import launch

pytestmark = pytest.mark.browser

WHEN = "Wann trafen sich Yoon und Kishida zuletzt?"
WHERE = "Und wo?"
BREAD = "Wie backt man </script><img src=x onerror=alert(1)> Brot?"
PREFIX = "beleg-conversation-"
LOCKED = """
Object.defineProperty(window, "localStorage", { get() { throw new DOMException("locked", "SecurityError"); } });
"""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    encoder = SentenceTransformerEncoder()
    app = launch(
        Assistant(build_index([bundled_article()], encoder), encoder), port=0, block=False, say=lambda line: None
    )
    yield str(app.local_url)
    app.close(verbose=False)


@pytest.fixture
def chat(browser: Browser, url: str) -> Iterator[Chat]:
    opened = Chat.open(browser, url)
    yield opened
    opened.close()


def menu(page: Page) -> Locator:
    """Open the menu and return it."""
    page.locator("#kept-open").click()
    found = page.get_by_role("dialog", name="Gespräche")
    expect(found).to_be_visible()
    return found


def begin_another(chat: Chat) -> None:
    chat.page.locator("#clear").click()
    expect(chat.page.locator(".welcome")).to_be_visible()


def citations(chat: Chat) -> list[tuple[str, str]]:
    markers = chat.page.locator("#conversation .marker").all()
    return [(one.get_attribute("data-sentence") or "", one.get_attribute("data-quote") or "") for one in markers]


def stored(page: Page) -> dict[str, dict[str, object]]:
    """The conversations in the browser's storage, by name."""
    entries = page.evaluate("Object.entries(localStorage)")
    return {found["name"]: found for key, value in entries if key.startswith(PREFIX) for found in [json.loads(value)]}


def test_it_is_kept_across_a_reload_and_opens_with_the_same_citations(chat: Chat) -> None:
    chat.ask(WHEN)
    chat.ask(WHERE)
    before = citations(chat)
    chat.page.reload()
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
    assert found.keys() == {"version", "name", "used", "questions", "askedOf", "about"}
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


def test_two_tabs_keep_each_their_own(chat: Chat, url: str) -> None:
    other = Chat(chat.context, chat.context.new_page())
    other.page.goto(url)
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
        timeout=10_000,
    )


def test_two_tabs_that_go_on_with_the_same_one_keep_what_each_asked(chat: Chat, url: str) -> None:
    chat.ask(WHEN)
    other = Chat(chat.context, chat.context.new_page())
    other.page.goto(url)
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


def test_it_is_renamed_in_its_place(chat: Chat) -> None:
    chat.ask(WHEN)
    opened = menu(chat.page)
    rename = opened.get_by_role("button", name=f"„{WHEN}“ umbenennen")
    rename.click()
    field = opened.get_by_role("textbox", name="Name des Gesprächs")
    expect(field).to_have_value(WHEN)
    field.fill("verworfen")
    field.press("Escape")
    expect(rename).to_be_focused()
    expect(opened.locator(".title")).to_have_text(WHEN)
    rename.press("Enter")
    field.fill("  ")
    field.press("Enter")
    expect(opened.locator(".title")).to_have_text(WHEN)
    opened.locator(".rename").click()
    field.fill(" <b>Gipfel</b> ")
    field.press("Enter")
    expect(opened.locator(".title")).to_have_text("<b>Gipfel</b>")
    chat.page.keyboard.press("Escape")
    chat.ask(WHERE)
    assert stored(chat.page)["<b>Gipfel</b>"]["questions"] == [WHEN, WHERE]


def test_it_is_deleted_and_brought_back(chat: Chat) -> None:
    chat.ask(WHEN)
    begin_another(chat)
    chat.ask(BREAD)
    opened = menu(chat.page)
    opened.get_by_role("button", name=f"„{WHEN}“ löschen").click()
    assert list(stored(chat.page)) == [BREAD]
    undo = opened.get_by_role("button", name="Rückgängig")
    expect(undo).to_be_focused()
    expect(opened.get_by_role("status")).to_have_text(f"„{WHEN}“ ist gelöscht.")
    undo.click()
    assert set(stored(chat.page)) == {WHEN, BREAD}
    opened.get_by_role("button", name=f"„{BREAD}“ löschen").click()
    expect(chat.page.locator(".welcome"), "the one that is open is cleared away").to_be_visible()
    expect(opened.locator(".export")).to_be_disabled()
    chat.page.keyboard.press("Escape")
    expect(menu(chat.page).locator(".title")).to_have_text([WHEN])


def test_the_menu_is_reached_and_left_by_keyboard(chat: Chat) -> None:
    chat.ask(WHEN)
    opener = chat.page.locator("#kept-open")
    opener.focus()
    chat.page.keyboard.press("Enter")
    opened = chat.page.locator("#kept-menu")
    for target in (".export", ".open", ".rename", ".remove"):
        chat.page.keyboard.press("Tab")
        expect(opened.locator(target)).to_be_focused()
    chat.page.keyboard.press("Escape")
    expect(opened).to_be_hidden()
    expect(opener).to_be_focused()


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


def test_an_export_is_a_file_that_opens_by_itself_and_is_proved(browser: Browser, chat: Chat, tmp_path: Path) -> None:
    expect(menu(chat.page).locator(".export")).to_be_disabled()
    chat.page.keyboard.press("Escape")
    quote = chat.ask(WHEN).locator(".quote .marker").first.get_attribute("data-quote") or ""
    chat.ask(BREAD)
    with chat.page.expect_download() as download:
        menu(chat.page).get_by_role("button", name="Dieses Gespräch exportieren").click()
    expect(chat.page.locator("#kept-menu")).to_be_hidden()
    assert download.value.suggested_filename == "beleg-Wann-trafen-sich-Yoon-und-Kishida-zuletzt.html"
    path = tmp_path / "export.html"
    download.value.save_as(path)
    run = beleg("verify-export", path)
    assert run.returncode == 0 and "page: it says what its data says, byte for byte" in run.stdout, run.stdout

    page = browser.new_context(offline=True).new_page()
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda line: said.append(line.text))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.goto(path.as_uri())
    expect(page.locator(".question")).to_have_text([WHEN, BREAD])
    page.get_by_role("link", name=re.compile(r"^\[1\] Satz 11")).click()
    expect(page.locator("mark:target")).to_have_text(quote)
    expect(page.locator("mark:target")).to_be_in_viewport()
    assert asked == [path.as_uri()] and said == []
    assert page.evaluate("getComputedStyle(document.body).margin") == "0px", "its own policy lets its style in"
    page.context.close()


def test_a_renamed_conversation_is_exported_under_its_name(chat: Chat, tmp_path: Path) -> None:
    chat.ask(WHEN)
    opened = menu(chat.page)
    opened.locator(".rename").click()
    opened.locator("input").fill("Gipfel: ../../Mai?")
    opened.locator("input").press("Enter")
    with chat.page.expect_download() as download:
        opened.locator(".export").click()
    assert download.value.suggested_filename == "beleg-Gipfel-Mai.html"
    download.value.save_as(tmp_path / "e.html")
    assert '<h1 dir="auto">Gipfel: ../../Mai?</h1>' in (tmp_path / "e.html").read_text(encoding="utf-8")


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


def test_a_locked_storage_is_said_and_nothing_else_breaks(browser: Browser, url: str) -> None:
    chat = Chat.open(browser, url)
    chat.context.add_init_script(LOCKED)
    chat.page.reload()
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


@pytest.mark.parametrize("width", [360, 820])
def test_the_menu_fits_the_page(browser: Browser, url: str, width: int) -> None:
    chat = Chat.open(browser, url, viewport={"width": width, "height": 640})
    chat.ask("Wann trafen sich " + "Yoon" * 60 + "?")
    chat.page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
    box = menu(chat.page).bounding_box()
    assert box and box["x"] >= 0 and box["x"] + box["width"] <= width and box["y"] + box["height"] <= 640
    assert chat.page.evaluate("document.documentElement.scrollWidth") <= width
    head = [chat.page.locator(one).bounding_box() for one in ("#name", "#kept-open", "#clear")]
    assert all(one and one["x"] >= 0 and one["x"] + one["width"] <= width for one in head)
    chat.close()
