"""Hostile texts in articles, titles, file names, examples and questions: shown as text, and harmless to what is around."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from index import Article, EmbeddedEncoder, build_index, read_article
from rag import Assistant
from tests.browser.chromium import Chat
from tests.browser.evaluation_tab import report_of, upload
from ui.web.server import launch

pytestmark = pytest.mark.browser

HOSTILE = {
    "html": '<img src=x onerror="alert(1)"><b>fett</b> &amp; ${alert(2)} {{constructor}} `${alert(3)}`',
    "link": '[hier](javascript:alert(4)) <a href="javascript:alert(5)">da</a>',
    "script": "</span></script></textarea></title><img src=x onerror=alert(6)><script>alert(7)</script>",
    "override": "\u202everkehrt herum",
    "isolate": "\u2067offen gelassen",
    "zero width": "null\u200bbreit\u200d\u2060\ufeff",
    "control": "Null\x00 Glocke\x07 Flucht\x1b[31m zurück\x08 weg\x7f",
}
NO_SPACE = "x" * 1_000_000
ASKED = "Wann legt die Fähre nach Juist ab?"
SAYS = "Die Fähre nach Juist legt um 9 Uhr ab."
TURNED = "Die Fähre nach Juist \u202elegt um 9 Uhr ab."
AFTER = "Danach kommt ein gewöhnlicher Satz."
# Whether a text, where it is first found in an element, reads from left to right.
READS_FORWARD = """
(element, text) => {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode());) {
    const at = node.data.indexOf(text);
    if (at < 0) continue;
    const left = (offset) => {
      const range = document.createRange();
      range.setStart(node, offset);
      range.setEnd(node, offset + 1);
      return range.getBoundingClientRect().left;
    };
    return left(at) < left(at + 1);
  }
  throw Error(`not found: ${text}`);
}
"""


def as_html_has_it(text: str) -> str:
    """A NUL is no character of HTML: the browser leaves it out of a text, and writes U+FFFD for it in an attribute."""
    return text.replace("\x00", "")


def text_of(place: Locator) -> str:
    return (place.text_content() or "").replace("\ufffd", "")


@pytest.fixture(scope="module")
def url(encoder: EmbeddedEncoder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A chat about an article for each hostile text, which is in its text and its title, and one from a hostile file."""
    articles = [
        Article.read(f"Es steht hier {text} im Satz. {AFTER}\n\nNummer {name}.", title=text, language="de")
        for name, text in HOSTILE.items()
    ]
    path = tmp_path_factory.mktemp("files") / "\u202etxt<img src=x onerror=alert(8)>.txt"
    path.write_text(f"{TURNED} {AFTER}", encoding="utf-8")
    assistant = Assistant(build_index([*articles, read_article(path)], encoder), encoder)
    examples = {"de": list(HOSTILE.values())}
    app = launch(assistant, port=0, block=False, say=lambda line: None, examples=examples)
    yield app.url
    app.close()


@pytest.fixture(params=[1280, 360])
def chat(browser: Browser, url: str, request: pytest.FixtureRequest) -> Iterator[Chat]:
    opened = Chat.open(browser, url, viewport={"width": request.param, "height": 800})
    yield opened
    # No dialog, no request to another machine, no error.
    opened.close()


def check_width(chat: Chat) -> None:
    """Neither the page nor one of its panes is wider than it may be."""
    wide = "(one) => one.scrollWidth - one.clientWidth"
    for part in ("html", "#conversation", "#reading", "#article .text"):
        assert chat.page.locator(part).evaluate(wide) <= 0, part


def check_harmless(place: Locator) -> None:
    expect(place.locator("img, script, a, b")).to_have_count(0)


@pytest.mark.parametrize("name", HOSTILE)
def test_an_article_and_its_title_are_text(chat: Chat, name: str) -> None:
    text = HOSTILE[name]
    chat.page.locator("#chooser input").click()
    options = chat.page.locator("#chooser [role=option]")
    expect(options).to_have_count(len(HOSTILE) + 1)
    options.nth(list(HOSTILE).index(name)).click()
    pane = chat.page.locator("#article .text")
    expect(pane).to_contain_text(f"Nummer {name}.")
    assert as_html_has_it(text) in text_of(pane)
    assert text_of(pane.locator(".title")) == as_html_has_it(text)
    check_harmless(chat.page.locator("#reading"))
    check_width(chat)
    assert pane.evaluate(READS_FORWARD, AFTER)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_question_is_text_typed_or_offered(chat: Chat, name: str) -> None:
    offered = chat.page.locator(".example").nth(list(HOSTILE).index(name))
    assert text_of(offered) == as_html_has_it(HOSTILE[name])
    offered.click()
    assert text_of(chat.answered(1).locator(".asked")) == as_html_has_it(HOSTILE[name])
    question = f"{ASKED} {HOSTILE[name]}"
    assert text_of(chat.ask(question).locator(".asked")) == as_html_has_it(question)
    check_harmless(chat.page.locator("#conversation"))
    check_width(chat)


def test_a_megabyte_without_a_space_wraps(browser: Browser, encoder: EmbeddedEncoder) -> None:
    # A sentence that the reader could not read at once is cut: a megabyte of text would be a thousand to encode.
    article = Article.read(f"{SAYS} {NO_SPACE[:20_000]}. {AFTER}", title=NO_SPACE, language="de")
    other = Article.read(SAYS, title="Fähre", language="de")
    assistant = Assistant(build_index([other, article], encoder), encoder)
    app = launch(assistant, port=0, block=False, say=lambda line: None, examples={"de": [NO_SPACE]})
    try:
        for width in (1280, 360):
            chat = Chat.open(browser, app.url, viewport={"width": width, "height": 800})
            check_width(chat)
            turn = chat.ask(NO_SPACE)
            expect(turn.locator(".failure")).to_contain_text("höchstens 4000")
            chat.page.locator("#chooser input").click()
            options = chat.page.locator("#chooser [role=option]")
            assert options.last.bounding_box()["height"] < 80
            options.last.click()
            expect(chat.page.locator("#article .sentence").last).to_have_text(AFTER)
            check_width(chat)
            chat.close()
    finally:
        app.close()


def test_a_citation_of_a_turned_sentence_turns_nothing_else(chat: Chat) -> None:
    turn = chat.ask(f"{ASKED} \u202e")
    quote = turn.locator(".quote").first
    assert text_of(quote.locator(".verbatim")) == TURNED
    marker = quote.locator(".marker")
    marker.click()
    expect(chat.page.locator(".sentence.shown")).to_be_in_viewport()
    assert chat.page.locator("#article .text").evaluate(READS_FORWARD, AFTER)
    # The number comes after the quotation, on its line or on the next.
    words, number = quote.locator(".verbatim").bounding_box(), marker.bounding_box()
    assert words and number
    assert number["x"] >= words["x"] + words["width"] - 1 or number["y"] > words["y"] + 1
    chat.page.locator(".sentence.shown").focus()
    chat.page.keyboard.press("Enter")
    expect(chat.page.locator("#bubble .to-answer").first).to_be_focused()
    asked, number = (chat.page.locator(f"#bubble {part}").first.bounding_box() for part in (".asked", ".number"))
    assert asked and number and asked["x"] < number["x"]
    check_width(chat)


def test_a_hostile_question_set_is_measured_and_opened_as_text(chat: Chat, tmp_path: Path) -> None:
    title = f"Fähre {HOSTILE['override']} {HOSTILE['html']}"
    question = f"Wann legt sie ab? {HOSTILE['script']}"
    text = f"{SAYS} {AFTER}"
    gold = {"text": "gewöhnlicher", "answer_start": text.index("gewöhnlicher")}
    squad = {
        "title": title,
        "paragraphs": [{"context": text, "qas": [{"id": "q", "question": question, "answers": [gold]}]}],
    }
    file = tmp_path / "\u202ef<img src=x onerror=alert(9)>.json"
    file.write_text(json.dumps({"data": [squad]}), encoding="utf-8")
    chat.page.get_by_role("tab").nth(1).click()
    upload(chat, file)
    report = report_of(chat)
    status = chat.page.locator("#evaluation-status .status")
    expect(status).to_contain_text(title)
    assert status.evaluate(READS_FORWARD, "Das ist nicht der Artikel")
    expect(chat.page.locator("#evaluation :is(img, script)")).to_have_count(0)
    report.locator(".failure summary").click()
    report.locator(".failure .open").click()
    assert text_of(chat.answered(1).locator(".asked")) == question
    guest = chat.page.locator(".guest")
    expect(guest).to_contain_text(title)
    assert guest.evaluate(READS_FORWARD, "bringt den eigenen Artikel zurück")
    check_harmless(chat.page.locator("#conversation"))
    check_width(chat)
