"""Pictures of every state, to be looked at: BELEG_SCREENSHOTS=folder python -m pytest -m browser tests/browser/test_screenshots.py

They are named after state, width and scheme. Where no folder is named, one width and scheme are enough to see that all
pictures can be taken. README's are `readme-light.png` and `readme-dark.png`, copied to
`docs/chat-light.png` and `docs/chat-dark.png`.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from index import EmbeddedEncoder, build_index, bundled_article
from tests.browser.chromium import Chat
from tests.browser.states import Waiting, states
from tests.small_set import BREAD, TOWER
from ui.web.server import launch

pytestmark = pytest.mark.browser

FOLDER = os.environ.get("BELEG_SCREENSHOTS")
HEIGHTS = {1440: 900, 820: 1100, 360: 740} if FOLDER else {1440: 900}
SCHEMES = ["light", "dark"] if FOLDER else ["light"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the pictures go: none is kept unless a folder is named."""
    chosen = Path(FOLDER or tmp_path / "screenshots")
    chosen.mkdir(parents=True, exist_ok=True)
    return chosen


@pytest.fixture(scope="module")
def urls(encoder: EmbeddedEncoder) -> Iterator[dict[str, str]]:
    """Two chats: about the bundled article, and about that and two more."""
    articles = {"one": [bundled_article()], "several": [bundled_article(), BREAD, TOWER]}
    apps = {
        name: launch(Waiting(build_index(some, encoder), encoder), port=0, block=False, say=lambda line: None)
        for name, some in articles.items()
    }
    yield {name: app.url for name, app in apps.items()}
    for app in apps.values():
        app.close()


def picture(page: Page, path: Path) -> None:
    """Write what is in sight, in 256 colours: a third of the bytes, and no difference that one sees."""
    with Image.open(io.BytesIO(page.screenshot(animations="disabled", caret="hide"))) as shot:
        shot.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)


@pytest.mark.parametrize("width", HEIGHTS)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_state_has_its_picture(
    browser: Browser, urls: dict[str, str], folder: Path, tmp_path: Path, scheme: str, width: int
) -> None:
    viewport = {"width": width, "height": HEIGHTS[width]}
    for name, url in urls.items():
        chat = Chat.open(browser, url, viewport=viewport, color_scheme=scheme)
        for state in states(chat, tmp_path / "questions.json"):
            if name == "one" or state == "choosing":
                picture(chat.page, folder / f"{state}-{width}-{scheme}.png")
            if state == "choosing":
                break
        chat.close()
    taken = {path.name.split("-")[0] for path in folder.glob(f"*-{width}-{scheme}.png")}
    assert taken >= {"welcome", "answered", "abstained", "choosing", "bubble", "evaluation", "report"}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_readme_has_its_pictures(browser: Browser, urls: dict[str, str], folder: Path, scheme: str) -> None:
    viewport = {"width": 1440, "height": 900}
    chat = Chat.open(browser, urls["one"], viewport=viewport, color_scheme=scheme, locale="en-US")
    chat.ask("What was set out at the Camp David summit in August 2023?")
    turn = chat.ask("When did Yoon and Kishida last meet?")
    chat.page.locator(".sentence.latest").first.wait_for()
    turn.locator(".quote .marker").first.click()
    chat.page.locator(".sentence.shown").wait_for()
    chat.page.mouse.move(0, 0)
    picture(chat.page, folder / f"readme-{scheme}.png")
    chat.close()
    for path in (folder / f"readme-{scheme}.png", Path(__file__).parents[2] / "docs" / f"chat-{scheme}.png"):
        assert 0 < path.stat().st_size < 150_000
