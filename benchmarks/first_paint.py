"""How soon the chat's page is painted, against an empty Gradio page in the same run.

python -m benchmarks.first_paint [--rounds N] [--json OUT]

Both are served by this process, the empty one with Gradio's defaults: a Blocks with one Markdown. In the system's
Chromium, alternating, each time in a fresh session without a cache: first contentful paint, as the browser itself has
it; until what the server says first is there (the article's first sentence, the Markdown's text); and until a question
can be typed. Medians over the rounds, in ms, and the ratios of the first two to the empty page's.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path

import gradio as gr
import httpx
from playwright.sync_api import Browser, sync_playwright

from rag import Assistant
from tests.browser.chromium import start_chromium
from ui.web.server import launch

FIRST_PAINT = """
() => new Promise((resolve) => {
  const found = (list) => list.getEntriesByName("first-contentful-paint").map(({ startTime }) => resolve(startTime));
  new PerformanceObserver(found).observe({ type: "paint", buffered: true });
})
"""
EMPTY = "An empty page."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    beleg = launch(Assistant.open(), port=0, block=False, say=lambda line: None)
    with gr.Blocks(analytics_enabled=False) as empty:
        gr.Markdown(EMPTY)
    empty.launch(prevent_thread_lock=True, quiet=True, ssr_mode=False)
    # The first question is answered meanwhile, on the same cores.
    while httpx.get(f"{beleg.url}health").status_code != 200:
        time.sleep(0.5)
    figures: dict[str, list[float]] = {}
    with sync_playwright() as playwright:
        browser = start_chromium(playwright)
        for _ in range(arguments.rounds):
            for name, url, said in (
                ("Beleg", beleg.url, ".sentence"),
                ("empty", str(empty.local_url), f"text={EMPTY}"),
            ):
                for what, value in _measure(browser, url, said).items():
                    figures.setdefault(f"{what}, {name}, ms", []).append(value)
        browser.close()
    beleg.close()
    empty.close(verbose=False)
    medians = {name: statistics.median(values) for name, values in figures.items()}
    for what in ("first contentful paint", "until its content"):
        medians[f"{what}, ratio"] = medians[f"{what}, Beleg, ms"] / medians[f"{what}, empty, ms"]
    for name, value in medians.items():
        print(f"{name:40} {value:8.2f}")
    if arguments.json:
        arguments.json.write_text(json.dumps(medians, indent=1) + "\n", encoding="utf-8")


def _measure(browser: Browser, url: str, said: str) -> dict[str, float]:
    context = browser.new_context(locale="de-DE", viewport={"width": 1280, "height": 800})
    page = context.new_page()
    started = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.locator(said).first.wait_for()
    figures = {"until its content": 1000 * (time.perf_counter() - started)}
    if page.locator("#box textarea").count():
        page.locator("#box textarea").fill("?")
        figures["until a question can be typed"] = 1000 * (time.perf_counter() - started)
    figures["first contentful paint"] = float(page.evaluate(FIRST_PAINT))
    context.close()
    return figures


if __name__ == "__main__":
    main()
