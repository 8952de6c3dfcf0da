"""An article of 20,000 sentences in the chat's page: whether opening, scrolling and citing freeze it.

python -m benchmarks.long_article [--sentences N] [--rounds N] [--json OUT]

In the system's Chromium, one session a round, the long article and the bundled one alternating: how long until the
article's sentences are shown; the longest task while the pane is scrolled from top to bottom in 100 frames; the longest
task from an answer that cites the last sentence until that is in sight. A page that never works longer than 50 ms at a
time has no long task, which is written as 0. Medians over the rounds, in ms.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from itertools import cycle, islice
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from index import Article, build_index, bundled_article
from index.models.embedded_encoder import open_encoder
from index.splitting.sentences import split_sentences
from rag import Assistant
from rag.evaluation.subjects import CachedEncoder
from tests.browser.chromium import start_chromium
from ui.web.server import launch

QUESTION = "Wo landete der Zeppelin 1936?"
ANSWER = "Der Zeppelin landete 1936 in Lakehurst."
PARAGRAPHS = (3, 5, 2, 6, 4)
OBSERVE = """
window.longest = 0;
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) window.longest = Math.max(window.longest, duration);
}).observe({ type: "longtask", buffered: true });
"""
SCROLL = """
async (pane) => {
  for (let frame = 1; frame <= 100; frame += 1) {
    pane.scrollTo({ top: pane.scrollHeight * frame / 100, behavior: "instant" });
    await new Promise(requestAnimationFrame);
  }
}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sentences", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    short = Article.read(f"{bundled_article().text}\n\n{ANSWER}", language="de")
    articles = {"long": long_article(arguments.sentences), "short": short}
    apps = {
        name: launch(assistant_over(article), port=0, block=False, say=lambda line: None)
        for name, article in articles.items()
    }
    figures: dict[str, list[float]] = {}
    with sync_playwright() as playwright:
        browser = start_chromium(playwright)
        for _ in range(arguments.rounds):
            for name, app in apps.items():
                for what, value in _measure(browser, app.url).items():
                    figures.setdefault(f"{what}, {name}, ms", []).append(value)
        browser.close()
    for app in apps.values():
        app.close()
    medians = {name: statistics.median(values) for name, values in figures.items()}
    for name, value in medians.items():
        print(f"{name:50} {value:8.0f}")
    if arguments.json:
        arguments.json.write_text(json.dumps(medians, indent=1) + "\n", encoding="utf-8")


def long_article(sentences: int) -> Article:
    """Return an article of that many sentences: the bundled one's, over and over, and the answer as its last."""
    bundled = bundled_article()
    found = [bundled.text[s.span.start : s.span.end] for s in split_sentences(bundled.text, bundled.language)]
    # The first is the headline, which ends without a full stop.
    texts, lengths, left, paragraphs = cycle(found[1:]), cycle(PARAGRAPHS), sentences - 1, []
    while left:
        length = min(left, next(lengths))
        paragraphs.append(" ".join(islice(texts, length)))
        left -= length
    return Article.read("\n\n".join([*paragraphs, ANSWER]), title="Lang", language="de")


def assistant_over(*articles: Article) -> Assistant:
    """Return an assistant over articles that repeat themselves: each of their passages is encoded once."""
    encoder = open_encoder()
    return Assistant(build_index(articles, CachedEncoder(encoder, max_texts=1_000_000)), encoder)


def _measure(browser: Browser, url: str) -> dict[str, float]:
    context = browser.new_context(locale="de-DE", viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page = context.new_page()
    page.add_init_script(OBSERVE)
    started = time.perf_counter()
    page.goto(url)
    page.locator(".sentence").first.wait_for()
    page.evaluate("new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))")
    figures = {"until sentences are shown": 1000 * (time.perf_counter() - started)}
    page.wait_for_timeout(500)
    figures["longest task while opening"] = _longest(page)
    page.locator("#reading").evaluate(SCROLL)
    figures["longest task while scrolling"] = _longest(page)
    page.locator("#box textarea").fill(QUESTION)
    page.keyboard.press("Enter")
    page.locator(".turn .confidence").wait_for()
    page.locator(".sentence.latest").last.wait_for()
    page.wait_for_timeout(500)
    figures["longest task while answering"] = _longest(page)
    page.locator("#reading").evaluate("(pane) => pane.scrollTo({ top: 0, behavior: 'instant' })")
    started = time.perf_counter()
    page.locator(".quote .marker").first.click()
    page.locator(".sentence.shown").wait_for()
    page.evaluate("new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))")
    figures["from a click on the citation to its sentence"] = 1000 * (time.perf_counter() - started)
    page.wait_for_timeout(500)
    figures["longest task while following a citation"] = _longest(page)
    context.close()
    return figures


def _longest(page: Page) -> float:
    """Return the longest task since the last call, in ms."""
    return float(page.evaluate("() => { const { longest } = window; window.longest = 0; return longest; }"))


if __name__ == "__main__":
    main()
