"""The embedded model, assistants and a browser, each made once."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from index import EmbeddedEncoder, build_index, bundled_article
from index.models.embedded_encoder import open_encoder
from rag import Assistant
from tests.browser.chromium import start_chromium
from tests.small_set import BREAD, TOWER
from ui.web.server import launch

# No test needs a hub: before any library reads it, and for every process that a test starts.
os.environ["HF_HUB_OFFLINE"] = "1"


@pytest.fixture(scope="session")
def encoder() -> EmbeddedEncoder:
    return open_encoder()


@pytest.fixture(scope="session")
def assistant() -> Assistant:
    return Assistant.open()


@pytest.fixture(scope="module")
def two_articles(encoder: EmbeddedEncoder) -> Assistant:
    """Bread and tower, in that order."""
    return Assistant(build_index([BREAD, TOWER], encoder), encoder)


@pytest.fixture(scope="module")
def served_url(two_articles: Assistant) -> Iterator[str]:
    """The address, with a slash at its end, of a web chat about the two articles."""
    app = launch(two_articles, block=False, say=lambda line: None)
    yield app.url
    app.close()


@pytest.fixture(scope="module")
def bundled_url(encoder: EmbeddedEncoder) -> Iterator[str]:
    """The address of a web chat about the bundled article, as `served_url` is of the two."""
    assistant = Assistant(build_index([bundled_article()], encoder), encoder)
    app = launch(assistant, port=0, block=False, say=lambda line: None)
    yield app.url
    app.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = start_chromium(playwright)
        yield started
        started.close()
