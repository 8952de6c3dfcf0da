"""axe-core finds no violation of WCAG 2.2, level A and AA, in any state of the page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from index import SentenceTransformerEncoder, build_index, bundled_article
from tests.browser.chromium import Chat
from tests.browser.states import Waiting, states
from tests.small_set import BREAD, TOWER
from ui.web.server import launch

pytestmark = pytest.mark.browser

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# axe leaves this one of WCAG 2.2 off unless it is asked for.
OPTIONS = {"resultTypes": ["violations"], "runOnly": WCAG, "rules": {"target-size": {"enabled": True}}}


@pytest.fixture(scope="module")
def url(encoder: SentenceTransformerEncoder) -> Iterator[str]:
    """A chat about the bundled article and two more, so that there is something to choose."""
    assistant = Waiting(build_index([bundled_article(), BREAD, TOWER], encoder), encoder)
    app = launch(assistant, port=0, block=False, say=lambda line: None)
    yield app.url
    app.close()


def violations(chat: Chat) -> list[str]:
    """Return what axe finds once the page has settled, one line an element."""
    # Imported here, so that in an environment without it only this test fails; `make test-all` installs it.
    from axe_playwright_python.sync_playwright import Axe

    # Several handlers fill the page, and a busy server answers some of them later than others.
    chat.settle()
    return [
        f"{found['impact']} {found['id']}: {node['html']} {node['failureSummary']}"
        for found in Axe().run(chat.page, options=OPTIONS).response["violations"]
        for node in found["nodes"]
    ]


@pytest.mark.parametrize("width", [1440, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["de-DE", "en-US"])
def test_no_state_violates_wcag(
    browser: Browser, url: str, tmp_path: Path, locale: str, scheme: str, width: int
) -> None:
    chat = Chat.open(
        browser,
        url,
        locale=locale,
        color_scheme=scheme,
        viewport={"width": width, "height": 900 if width > 800 else 740},
    )
    found = {state: violations(chat) for state in states(chat, tmp_path / "questions.json")}
    chat.close()
    assert {state: lines for state, lines in found.items() if lines} == {}
