"""What a screen reader hears of the chat, in German and in English."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from index import EmbeddedEncoder, build_index, bundled_article
from rag import Assistant
from tests.browser.chromium import Chat
from tests.small_set import BREAD
from ui.web.server import launch

pytestmark = pytest.mark.browser

OFF_TOPIC = "Wie repariert man ein Fahrrad?"
# As Playwright's aria snapshots have them: what is not named here may be there too.
HEARD = {
    "de-DE": """
        - tablist:
          - tab "Fragen" [selected]
          - tab "Messen"
        - tabpanel:
          - heading "Beleg" [level=1]
          - button "Gespräche"
          - button "Neues Gespräch"
          - log "Gespräch":
            - 'heading "Frage: Wann trafen sich Yoon und Kishida zuletzt?" [level=2]'
            - blockquote:
              - button "[1] im Artikel zeigen": "[1]"
            - group: Sehr wahrscheinlich richtig
            - 'button "Kopieren: text"'
            - 'button "Kopieren: markdown"'
            - 'button "Kopieren: html"'
            - button "Frage ändern"
            - 'heading "Frage: Wie repariert man ein Fahrrad?" [level=2]'
            - paragraph: Nicht beantwortet
            - list:
              - listitem:
                - button /.+/
          - textbox "Frage"
          - button "Fragen"
          - combobox "Artikel wählen"
          - button /Artikel hinzufügen/
          - button "Satznummern"
          - article "Artikel":
            - paragraph:
              - button /^Yoon und Kishida trafen sich zuletzt im Mai in Seoul/
    """,
    "en-US": """
        - tablist:
          - tab "Ask" [selected]
          - tab "Evaluate"
        - tabpanel:
          - heading "Beleg" [level=1]
          - button "Conversations"
          - button "New conversation"
          - log "Conversation":
            - 'heading "Question: Wann trafen sich Yoon und Kishida zuletzt?" [level=2]'
            - blockquote:
              - button "[1] show in the article": "[1]"
            - group: Very likely right
            - 'button "Copy: text"'
            - 'button "Copy: markdown"'
            - 'button "Copy: html"'
            - button "Edit question"
            - 'heading "Question: Wie repariert man ein Fahrrad?" [level=2]'
            - paragraph: Not answered
            - list:
              - listitem:
                - button /.+/
          - textbox "Question"
          - button "Ask"
          - combobox "Choose an article"
          - button /Add articles/
          - button "Sentence numbers"
          - article "Article":
            - paragraph:
              - button /^Yoon und Kishida trafen sich zuletzt im Mai in Seoul/
    """,
}
NAMELESS = """
() => [...document.querySelectorAll("button, input, textarea, select, summary, [role=button], [role=tab], svg, img")]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest("[aria-hidden=true], svg svg"))
  .filter((one) => !(one.ariaLabel || one.textContent.trim() || one.labels?.length))
  .map((one) => one.outerHTML.slice(0, 200))
"""


@pytest.fixture(scope="module")
def url(encoder: EmbeddedEncoder) -> Iterator[str]:
    assistant = Assistant(build_index([bundled_article(), BREAD], encoder), encoder)
    app = launch(assistant, port=0, block=False, say=lambda line: None)
    yield app.url
    app.close()


@pytest.mark.parametrize("locale", HEARD)
def test_everything_has_a_name_in_the_readers_language(browser: Browser, url: str, locale: str) -> None:
    chat = Chat.open(browser, url, locale=locale)
    chat.ask("Wann trafen sich Yoon und Kishida zuletzt?")
    chat.ask(OFF_TOPIC)
    expect(chat.page.locator(".sentence.cited").first).to_be_attached()
    expect(chat.page.locator("main").first).to_match_aria_snapshot(HEARD[locale])
    assert chat.page.evaluate(NAMELESS) == []

    dialog, cited = ("Satz 11", "Zitiert in") if locale == "de-DE" else ("sentence 11", "Cited in")
    chat.page.locator(".sentence.cited").first.click()
    expect(chat.page.get_by_role("dialog", name=dialog)).to_contain_text(cited)
    chat.page.keyboard.press("Escape")
    chat.page.get_by_role("tab").nth(1).click()
    expect(chat.page.get_by_role("button", name="(JSON)")).to_be_visible()
    assert chat.page.evaluate(NAMELESS) == []
    chat.close()


def test_the_choice_of_articles_is_heard(browser: Browser, url: str) -> None:
    chat = Chat.open(browser, url)
    chooser = chat.page.get_by_role("combobox", name="Artikel wählen")
    chooser.click()
    expect(chat.page.get_by_role("option", name="Brot")).to_be_visible()
    chooser.press("ArrowDown")
    chooser.press("Enter")
    expect(chat.page.get_by_role("article")).to_contain_text("Sauerteig braucht drei Tage.")
    chat.close()
