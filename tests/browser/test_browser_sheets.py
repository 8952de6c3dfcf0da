"""The pages of a PDF in a real browser: from a citation to its place on the page, and back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from index import EmbeddedEncoder, build_index, read_article
from rag import Assistant
from tests.browser.chromium import Chat, Opener, opening
from tests.browser.test_browser_states import misfits, violations
from tests.ui.web.test_pages import two_pages
from ui.web.server import launch

pytestmark = pytest.mark.browser

OPENED = "Wann wurde das Hallenbad eröffnet?"
WINTER = "Wann ist das Bad geschlossen?"
DRAWN = "(picture) => picture.complete && picture.naturalWidth > 0"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sheets") / "bad.pdf"
    path.write_bytes(two_pages())
    return path


@pytest.fixture(scope="module")
def url(path: Path, encoder: EmbeddedEncoder) -> Iterator[str]:
    assistant = Assistant(build_index([read_article(path)], encoder), encoder)
    app = launch(assistant, port=0, block=False, say=lambda line: None)
    yield app.url
    app.close()


@pytest.fixture
def opened(browser: Browser, url: str) -> Iterator[Opener]:
    with opening(browser, url) as opener:
        yield opener


def drawn(chat: Chat, number: int) -> Locator:
    """Return a page, once its picture is there."""
    sheet = chat.page.locator(f'.sheet[data-number="{number}"]')
    picture = sheet.locator("img").element_handle()
    assert picture is not None
    chat.page.wait_for_function(DRAWN, arg=picture)
    return sheet


def view(chat: Chat, name: str) -> Locator:
    return chat.page.locator(f'.view[data-view="{name}"]')


def test_a_citation_leads_to_its_place_on_the_page_and_back(opened: Opener) -> None:
    chat = opened(viewport={"width": 390, "height": 700})
    first = chat.ask(OPENED)
    second = chat.ask(WINTER)
    view(chat, "pages").click()
    expect(chat.page.locator("#article .text")).to_be_hidden()
    second.locator(".quote .marker").first.click()
    on_second = drawn(chat, 2).locator(".spot.shown")
    expect(on_second).to_be_in_viewport()
    marker = first.locator(".quote .marker").first
    marker.click()
    spots = drawn(chat, 1).locator(".spot.shown")
    expect(spots).to_have_count(2)
    expect(spots.first).to_be_in_viewport()
    assert misfits(chat.page) == []
    # A screen reader gets the sentence once, and the keyboard stops once.
    quote = marker.get_attribute("data-quote")
    assert chat.page.get_by_role("button", name=f"{quote}, Seite 1").count() == 1
    assert {spot.get_attribute("data-hue") for spot in spots.all()} == {"0"}
    expect(chat.page.locator(".thumb .number")).to_have_text(["1", "2"])
    spots.last.click()
    bubble = chat.page.locator("#bubble")
    expect(bubble.locator(".to-answer .asked")).to_have_text([OPENED])
    bubble.locator(".to-answer").click()
    expect(marker).to_be_focused()
    view(chat, "text").click()
    expect(chat.page.locator(".sentence.shown")).to_be_in_viewport()


def test_pages_are_read_by_keyboard_enlarged_accessible_and_left_out_in_print(opened: Opener) -> None:
    chat = opened(viewport={"width": 1280, "height": 600})
    chat.ask(OPENED)
    view(chat, "pages").click()
    drawn(chat, 1).locator(".spot[role=button]").focus()
    chat.page.keyboard.press("Enter")
    expect(chat.page.locator("#bubble .to-answer")).to_have_count(1)
    chat.page.keyboard.press("Escape")
    expect(chat.page.locator(".spot:focus")).to_have_count(1)
    before = chat.page.locator(".sheet").first.bounding_box()
    chat.page.keyboard.press("+")
    after = chat.page.locator(".sheet").first.bounding_box()
    assert before and after and after["width"] > 1.2 * before["width"]
    chat.page.keyboard.press("ArrowRight")
    expect(chat.page.locator('.sheet[data-number="2"]')).to_be_in_viewport()
    assert violations(chat) == []
    chat.page.emulate_media(media="print")
    expect(chat.page.locator("#reading")).to_be_hidden()
    expect(chat.page.locator(".quote .footnote p")).to_be_visible()


def test_an_upload_has_pages_and_what_was_changed_says_why_it_has_none(opened: Opener, path: Path) -> None:
    chat = opened()
    chat.page.evaluate("localStorage.setItem('beleg-view', 'pages')")
    content = path.read_bytes()
    try:
        path.write_bytes(content + b"\n")
        # The view is remembered.
        chat.reload()
        expect(chat.page.locator("#article .refused")).to_contain_text("„bad.pdf“ wurde geändert")
        expect(chat.page.locator("#article .text")).to_be_visible()
        assert [line for line in chat.complaints if "410" not in line] == []
        chat.complaints.clear()
    finally:
        path.write_bytes(content)
    other = path.with_name("anderes.pdf")
    other.write_bytes(two_pages("Das Bad ist im Winter geheizt."))
    chat.page.locator("#adding button").first.click()
    chat.page.locator("#upload input[type=file]").set_input_files(other)
    expect(chat.page.locator("#adding-status")).to_contain_text("ist da")
    expect(chat.page.locator(".sheet").first).to_be_visible()
    drawn(chat, 1)
    key = chat.page.locator(".sheets").get_attribute("data-key")
    assert chat.context.request.get(f"{chat.page.url}page/{key}/1").status == 200
    with chat.context.browser.new_context() as stranger:  # type: ignore[union-attr]
        assert stranger.request.get(f"{chat.page.url}page/{key}/1").status == 404, "the key alone is not enough"
