"""The menu of conversations in a real browser: renaming, deleting, exporting, by keyboard and on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import Chat
from tests.browser.history import BREAD, WHEN, WHERE, begin_another, menu, stored
from tests.shell import beleg

pytestmark = pytest.mark.browser


@pytest.fixture
def chat(browser: Browser, bundled_url: str) -> Iterator[Chat]:
    opened = Chat.open(browser, bundled_url)
    yield opened
    opened.close()


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
    for target in (".export", ".export-markdown", ".open", ".rename", ".remove"):
        chat.page.keyboard.press("Tab")
        expect(opened.locator(target)).to_be_focused()
    chat.page.keyboard.press("Escape")
    expect(opened).to_be_hidden()
    expect(opener).to_be_focused()


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


@pytest.mark.parametrize("width", [360, 820])
def test_the_menu_fits_the_page(browser: Browser, bundled_url: str, width: int) -> None:
    chat = Chat.open(browser, bundled_url, viewport={"width": width, "height": 640})
    chat.ask("Wann trafen sich " + "Yoon" * 60 + "?")
    chat.page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
    box = menu(chat.page).bounding_box()
    assert box and box["x"] >= 0 and box["x"] + box["width"] <= width and box["y"] + box["height"] <= 640
    assert chat.page.evaluate("document.documentElement.scrollWidth") <= width
    head = [chat.page.locator(one).bounding_box() for one in ("#name", "#kept-open", "#clear")]
    assert all(one and one["x"] >= 0 and one["x"] + one["width"] <= width for one in head)
    chat.close()
