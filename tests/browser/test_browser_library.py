"""The library in a real browser: kept for good, found, named, removed and put back, and asked by a filter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from index import EmbeddedEncoder, build_index, load_index, save_index
from rag import Assistant
from tests.browser.chromium import Chat
from tests.guarded import cookies_of, make_users, wait_for
from tests.guarded import served as serving
from tests.small_set import BREAD, LAKE, RIVER, TOWER
from ui.web.server import launch

pytestmark = pytest.mark.browser


@pytest.fixture
def place(encoder: EmbeddedEncoder, tmp_path: Path) -> Path:
    save_index(build_index([BREAD, TOWER], encoder), tmp_path / "index")
    return tmp_path / "index"


@pytest.fixture
def served(place: Path) -> Assistant:
    return Assistant.from_index(place)


@pytest.fixture
def chat(browser: Browser, place: Path, served: Assistant) -> Iterator[Chat]:
    app = launch(served, port=0, block=False, say=lambda line: None, library=place)
    opened = Chat.open(browser, app.url)
    yield opened
    opened.close()
    app.close()


def test_an_article_is_kept_named_removed_put_back_and_asked(
    chat: Chat, place: Path, encoder: EmbeddedEncoder, served: Assistant
) -> None:
    page, library = chat.page, chat.page.locator("#library")
    page.locator("#adding > button").click()
    page.locator("#paste textarea").fill(LAKE)
    page.locator("#add-text").click()
    page.locator("#only-line [data-act=keep]").click()
    expect(page.locator("#only-line [role=status]")).to_contain_text("Behalten")
    assert len(load_index(place).articles) == 3
    page.get_by_role("tab").nth(2).click()
    expect(library.locator(".shelf li")).to_have_count(3)
    page.locator("#library-find input").fill("bodensee")
    expect(library.locator(".shelf li")).to_have_count(1)
    library.locator("[data-rename]").click()
    library.locator(".rename input").fill("Bodensee <b>")
    page.keyboard.press("Enter")
    expect(library.locator(".shelf .title")).to_have_text("Bodensee <b>")
    library.locator("[data-act=remove]").click()
    expect(library.locator(".shelf li")).to_have_count(0)
    library.locator("[data-act=undo]").click()
    expect(library.locator(".shelf li")).to_have_count(1)
    library.locator(".ask").click()
    expect(page.locator("#only-line")).to_contain_text("1 von 3 Artikeln")
    expect(page.locator("#only input")).to_have_value("title:bodensee")
    assert chat.ask("Wie lang ist er?").locator(".quote").first.inner_text().startswith("Der Bodensee ist 63")
    page.locator("#only input").fill("formt:pdf")
    page.keyboard.press("Enter")
    expect(page.locator("#only-line [role=status]")).to_contain_text("ist kein Filter")
    # What another process writes is there without a restart.
    save_index(build_index([BREAD], encoder), place)
    wait_for(lambda: len(served.articles) == 1)
    page.locator("#only-line [data-act=all]").click()
    page.get_by_role("tab").nth(2).click()
    page.locator("#library-find input").fill("title:brot")
    expect(library.locator(".count")).to_contain_text("1 von 1 Artikeln")


def test_two_users_share_a_library_and_nothing_else(browser: Browser, place: Path, tmp_path: Path) -> None:
    """Anna, an editor, and Bert each in a browser of their own."""
    assistant = Assistant.from_index(place)
    users = make_users(tmp_path / "users.json")
    with serving(assistant, users=users, library=place, editors=["anna"]) as app:
        anna, bert = (Chat.open(browser, app.url, storage_state=cookies_of(app.url, name)) for name in ("anna", "bert"))

        def shelf(chat: Chat) -> Locator:
            chat.page.get_by_role("tab").nth(2).click()
            chat.page.locator("#library-find input").fill("")
            return chat.page.locator("#library .shelf li")

        for chat, text in ((anna, LAKE), (bert, RIVER)):
            expect(shelf(chat)).to_have_count(2)
            chat.page.get_by_role("tab").nth(0).click()
            chat.page.locator("#adding > button").click()
            chat.page.locator("#paste textarea").fill(text)
            chat.page.locator("#add-text").click()
            expect(chat.page.locator("#chooser input")).not_to_have_value("Brot")
        # What each added is his own; what Anna keeps is everyone's, and only she may keep, name and remove.
        expect(bert.page.locator("#only-line [data-act=keep]")).to_have_count(0)
        for chat in (anna, bert):
            chat.page.locator("#scope input").nth(1).check()
        for chat, question in ((bert, "Wie lang ist der Bodensee?"), (anna, "Wie lang ist die Weser?")):
            expect(chat.ask(question)).not_to_contain_text("63 Kilometer" if chat is bert else "451 Kilometer")
        anna.page.locator("#only-line [data-act=keep]").click()
        expect(anna.page.locator("#only-line [role=status]")).to_contain_text("Behalten")
        assert (
            bert.ask("Wie lang ist der Bodensee?").locator(".quote").first.inner_text().startswith("Der Bodensee ist")
        )
        expect(shelf(bert)).to_have_count(3)
        expect(shelf(anna)).to_have_count(3)
        changing = "[data-act=remove], [data-rename]"
        expect(bert.page.locator("#library").locator(changing)).to_have_count(0)
        expect(anna.page.locator("#library").locator(changing)).to_have_count(6)
        anna.page.locator("#library [data-act=remove][aria-label*=Bodensee]").click()
        expect(anna.page.locator("#library .shelf li")).to_have_count(2)
        bert.page.get_by_role("tab").nth(0).click()
        expect(bert.ask("Wie lang ist der Bodensee?")).not_to_contain_text("63 Kilometer")
        assert bert.ask("Wie lang ist die Weser?").locator(".quote").first.inner_text().startswith("Sie ist 451")
        anna.close()
        bert.close()
