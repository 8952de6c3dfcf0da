"""Whether a long list of documents stays quick: the library's tab in Chromium, with few articles and with many.

python -m benchmarks.shelf [--articles 10 1000] [--rounds N]

For each number of articles: until the page's first sentence is there; from the click on the tab until the list is there
(at each opening it is asked for anew); from the last key of a filter until the list has what it finds; until "ask only
these" has led back to the question box; and from a question about one of them, asked of that filter, until its answer
is there. Medians over the rounds, in ms, and those of the last number against those of the first.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from benchmarks.sync import text
from index import Article, build_index, save_index
from index.models.embedded_encoder import open_encoder
from rag import Assistant
from tests.browser.chromium import Chat, start_chromium
from ui.web.server import launch

STEPS = ("page", "list", "filter", "ask these", "answer")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, nargs="+", default=[10, 1000])
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    with sync_playwright() as playwright:
        browser = start_chromium(playwright)
        rows = [measured(browser, articles, arguments.rounds) for articles in arguments.articles]
    print(f"{'':12}" + "".join(f"{count:>10}" for count in arguments.articles) + f"{'ratio':>10}")
    for step, *medians in zip(STEPS, *rows, strict=True):
        print(f"{step:12}" + "".join(f"{one:10.0f}" for one in medians) + f"{medians[-1] / medians[0]:10.2f}")


def measured(browser: Browser, articles: int, rounds: int) -> list[float]:
    """Return the medians of STEPS, in ms, of a library with so many articles."""
    rng, encoder = random.Random(1), open_encoder()
    read = [Article.read(text(number, rng), title=f"Bericht {number:04}") for number in range(articles)]
    found: list[list[float]] = [[] for _ in STEPS]
    with tempfile.TemporaryDirectory() as made:
        place = Path(made) / "index"
        save_index(build_index(read, encoder), place)
        server = launch(Assistant.from_index(place), port=0, block=False, say=lambda line: None, library=place)
        for _ in range(rounds + 1):
            number = rng.randrange(articles)
            for step, milliseconds in zip(found, visit(browser, server.url, number, articles), strict=True):
                step.append(milliseconds)
        server.close()
    # The first round warms up.
    return [statistics.median(step[1:]) for step in found]


def visit(browser: Browser, url: str, number: int, articles: int) -> list[float]:
    """Return how long each of STEPS takes in a session of its own, in ms, for an article of that number."""
    begun = time.perf_counter()
    chat = Chat.open(browser, url)
    page, took = chat.page, [(time.perf_counter() - begun) * 1000]

    def timed(act: Callable[[], object], come: Callable[[Page], object]) -> None:
        begun = time.perf_counter()
        act()
        come(page)
        took.append((time.perf_counter() - begun) * 1000)

    shelf, find = page.locator("#library .shelf li"), page.locator("#library-find input")
    timed(page.get_by_role("tab").nth(2).click, lambda page: expect(shelf).to_have_count(min(articles, 50)))
    timed(lambda: find.fill(f"title:{number:04}"), lambda page: expect(shelf).to_have_count(1))
    timed(
        page.locator("#library .ask").click,
        lambda page: expect(page.locator("#only input")).to_have_value(f"title:{number:04}"),
    )
    timed(lambda: chat.ask(f"Wie hoch ist der Turm Nummer {number}?"), lambda page: None)
    expect(page.locator(".answer .quote").first).to_contain_text(f"Turm Nummer {number} steht")
    chat.close()
    return took


if __name__ == "__main__":
    main()
