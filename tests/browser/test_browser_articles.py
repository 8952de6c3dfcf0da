"""Adding, choosing, asking and removing articles in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from index import Article, EmbeddedEncoder, build_index
from rag import Assistant
from tests.browser.chromium import Chat
from tests.pdf_files import PdfFile
from tests.small_set import BREAD, LAKE, RIVER, TOWER
from ui.web.reading_pane import MOST_TITLES
from ui.web.server import launch

pytestmark = pytest.mark.browser


@pytest.fixture
def chat(browser: Browser, served_url: str) -> Iterator[Chat]:
    opened = Chat.open(browser, served_url)
    yield opened
    opened.close()


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    contents = {"weser.txt": RIVER.encode(), "see.md": LAKE.encode(), "bild.pdf": b"%PDF-1.7"}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    return [tmp_path / name for name in contents]


def upload(chat: Chat, paths: list[Path]) -> None:
    chat.page.locator("#adding > button").click()
    chat.page.locator("#upload input[type=file]").set_input_files(paths)


def test_several_files_are_added_and_asked(chat: Chat, files: list[Path]) -> None:
    upload(chat, files)
    status = chat.page.locator("#adding-status")
    expect(status.locator(".status")).to_have_text("2 Artikel sind da.")
    expect(status.locator(".failure")).to_contain_text("bild.pdf ist beschädigt")
    expect(chat.page.locator("#chooser input")).to_have_value("Die Weser")
    expect(chat.page.locator("#article .text")).to_contain_text("451 Kilometer lang")
    expect(chat.page.locator("#scope label.selected")).to_have_text("meine 2 Artikel")
    turn = chat.ask("Wie lang ist der Bodensee?")
    expect(turn.locator(".quote").first).to_contain_text("63 Kilometer")
    # The newest answer's proof comes into view, in whatever article it is.
    expect(chat.sentence(turn.locator(".marker").first)).to_be_visible()
    expect(chat.page.locator("#chooser input")).to_have_value("see")


def test_of_a_pdf_every_citation_says_its_page(chat: Chat, tmp_path: Path) -> None:
    file = PdfFile()
    file.info = {"Title": "Die Fähre", "Author": "Erika Muster", "CreationDate": "D:20200131120000Z"}
    file.page().lines(72, 100, "Die Fähre fährt zwischen Glückstadt und Wischhafen über die Elbe.")
    file.page().lines(72, 100, "Eine Überfahrt dauert etwa fünfundzwanzig Minuten.\nIm Winter fährt sie seltener.")
    (tmp_path / "faehre.pdf").write_bytes(file.content())
    upload(chat, [tmp_path / "faehre.pdf"])
    expect(chat.page.locator("#adding-status .status")).to_have_text("„Die Fähre“ ist da.")
    expect(chat.page.locator("#article .about")).to_have_text("Erika Muster · 31.01.2020")
    expect(chat.page.locator("#article .page")).to_have_text(["Seite 2"])
    turn = chat.ask("Wie lange dauert eine Überfahrt?")
    expect(turn.locator(".quote cite").first).to_have_text("Die Fähre, Seite 2")
    expect(turn.locator(".below .copy[data-format=text]")).to_have_attribute(
        "data-copy", re.compile(r"Die Fähre, Seite 2, Satz 2, Erika Muster, 31\.01\.2020")
    )


def test_an_address_is_taken_where_a_text_is_pasted(chat: Chat, served_url: str) -> None:
    chat.page.locator("#adding > button").click()
    chat.page.locator("#paste textarea").fill(served_url)
    chat.page.locator("#add-text").click()
    failure = chat.page.locator("#adding-status .failure")
    expect(failure).to_contain_text("führt zu einer Adresse, die nicht öffentlich ist")
    # What did not work can be mended.
    expect(chat.page.locator("#paste textarea")).to_have_value(served_url)
    expect(chat.page.locator("#remove")).to_be_hidden()


def test_a_pasted_text_is_added_under_its_title_and_removed(chat: Chat) -> None:
    chat.page.locator("#adding > button").click()
    chat.page.locator("#paste textarea").fill(LAKE)
    chat.page.locator("#paste-title :is(input, textarea)").fill("<b>Bodensee</b>")
    chat.page.locator("#add-text").click()
    expect(chat.page.locator("#adding-status .status")).to_have_text("„<b>Bodensee</b>“ ist da.")
    expect(chat.page.locator("#paste")).to_be_hidden()
    expect(chat.page.locator("#scope label.selected")).to_have_text("diesen Artikel")
    turn = chat.ask("Wie lang ist der Bodensee?")
    chat.page.locator("#remove").click()
    expect(chat.page.locator("#article .text")).to_contain_text(BREAD.text[:40])
    expect(chat.page.locator("#remove")).to_be_hidden()
    # What was said of it stays; where it stood can no longer be shown.
    turn.locator(".marker").first.click()
    expect(chat.page.get_by_text("Diesen Artikel gibt es hier nicht mehr.")).to_be_visible()
    expect(turn.locator(".quote")).to_contain_text("63 Kilometer")


def test_what_an_added_article_is_about_is_offered_and_answered(chat: Chat) -> None:
    expect(chat.page.locator(".example")).to_have_text(["Welche Artikel gibt es hier?"])
    chat.page.locator("#adding > button").click()
    chat.page.locator("#paste textarea").fill(RIVER)
    chat.page.locator("#add-text").click()
    expect(chat.page.locator("#scope label.selected")).to_have_text("diesen Artikel")
    chat.page.locator(".example").get_by_text("Worum geht es in diesem Artikel?").click()
    turn = chat.answered(1)
    expect(turn.locator(".lead").first).to_have_text("Der Artikel im Überblick, in seinen eigenen Sätzen:")
    expect(turn.locator(".quote").first).to_contain_text("Weser")
    expect(turn.locator(".confidence summary")).to_have_text("Überblick: Sätze, die für den ganzen Artikel stehen")
    expect(chat.sentence(turn.locator(".marker").first)).to_be_visible()


def test_the_scope_is_changed(chat: Chat) -> None:
    question = "Wie hoch ist der Turm?"
    expect(chat.page.locator("#scope label.selected")).to_have_text("alle 2 Artikel")
    expect(chat.ask(question).locator(".answer")).to_be_visible()
    chat.page.get_by_label("diesen Artikel").check()
    chat.page.locator("#chooser input").click()
    chat.page.get_by_role("option", name=BREAD.title).click()
    expect(chat.page.locator("#article .text")).to_contain_text(BREAD.text[:40])
    expect(chat.ask(question).locator(".abstention")).to_be_visible()


def test_adding_can_be_cancelled(chat: Chat, tmp_path: Path) -> None:
    path = tmp_path / "lang.txt"
    path.write_text(" ".join(f"Der Satz mit der Nummer {n} steht hier." for n in range(6000)), encoding="utf-8")
    upload(chat, [path])
    expect(chat.page.locator("#adding-status progress")).to_be_visible()
    chat.page.locator("#cancel-adding").click()
    expect(chat.page.locator("#adding-status .status")).to_have_text("Abgebrochen.")
    expect(chat.page.locator("#cancel-adding")).to_be_hidden()
    expect(chat.page.locator("#remove")).to_be_hidden()


def test_one_session_does_not_see_what_another_added(chat: Chat, browser: Browser, served_url: str) -> None:
    upload_one = Chat.open(browser, served_url)
    upload_one.page.locator("#adding > button").click()
    upload_one.page.locator("#paste textarea").fill(RIVER)
    upload_one.page.locator("#add-text").click()
    expect(upload_one.page.locator("#chooser input")).to_have_value("Die Weser")
    chat.reload()
    chat.page.locator("#chooser input").click()
    expect(chat.page.get_by_role("option")).to_contain_text([BREAD.title, TOWER.title])
    expect(chat.page.get_by_role("option")).to_have_count(2)
    expect(chat.ask("Wie lang ist die Weser?").locator(".abstention")).to_be_visible()
    upload_one.close()


def test_of_many_articles_one_is_found_by_its_title(browser: Browser, encoder: EmbeddedEncoder) -> None:
    articles = [
        Article.read(f"Haus {n} ist alt.", title=f"Akte {n:04}", language="de") for n in range(MOST_TITLES + 50)
    ]
    app = launch(Assistant(build_index(articles, encoder), encoder), port=0, block=False, say=lambda line: None)
    chat = Chat.open(browser, app.url)
    expect(chat.page.locator("#chooser")).to_be_hidden()
    box = chat.page.get_by_label("Artikel suchen")
    expect(box).to_have_attribute("placeholder", f"In {len(articles)} Titeln suchen …")
    box.press_sequentially(f"akte 0{MOST_TITLES // 10}", delay=30)
    expect(chat.page.locator("#found p")).to_have_text("10 gefunden")
    chat.page.get_by_role("button", name=f"Akte {MOST_TITLES + 7:04}").click()
    expect(chat.page.locator("#article .text")).to_contain_text(f"Haus {MOST_TITLES + 7} ist alt.")
    chat.close()
    app.close()
