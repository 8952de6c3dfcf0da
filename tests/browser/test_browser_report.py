"""An evaluation's report in a real browser: in its tab, and as a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from index import EmbeddedEncoder, build_index, bundled_article
from rag import Assistant
from rag.evaluation.formats import read_question_set
from rag.evaluation.run import evaluate
from tests.browser.chromium import FOREIGN, Chat, Opener
from tests.browser.evaluation_tab import WAITS, opening_tab, questions, report_of, serving, upload, wrong
from ui.report import write_report

pytestmark = pytest.mark.browser

HOSTILE = '<img src=x onerror="alert(1)"> ${alert(2)} {{constructor}} </details><script>alert(3)</script>'


@pytest.fixture(scope="module")
def served(encoder: EmbeddedEncoder) -> Iterator[str]:
    with serving(encoder) as url:
        yield url


@pytest.fixture
def open_tab(browser: Browser, served: str) -> Iterator[Opener]:
    with opening_tab(browser, served) as opened:
        yield opened


def test_failures_are_filtered(open_tab: Opener, tmp_path: Path) -> None:
    chat = open_tab()
    upload(chat, questions(tmp_path / "f.json", wrong(), wrong(WAITS, id="other", category="factoid", history=[])))
    report = report_of(chat)
    expect(report.locator(".failure")).to_have_count(2)
    report.locator(".filter select[name=category]").select_option("factoid")
    expect(report.locator(".failure:visible .asked")).to_have_text([WAITS])
    report.locator(".filter select[name=category]").select_option("")
    report.locator(".filter input").fill("UND WO")
    expect(report.locator(".failure:visible .asked")).to_have_text(["Und wo?"])
    expect(report.locator(".filter output")).to_have_text("1 / 2")


def test_hostile_questions_are_shown_as_text(open_tab: Opener, tmp_path: Path) -> None:
    chat = open_tab()
    hostile = wrong(f"Wo ist {HOSTILE}?", id=HOSTILE, category=HOSTILE, answers=[HOSTILE], history=[])
    upload(chat, questions(tmp_path / "<b>fett.json", hostile))
    report = report_of(chat)
    expect(report.locator(".failure .asked")).to_have_text(f"Wo ist {HOSTILE}?")
    assert HOSTILE in report.inner_text()
    assert report.locator("img, script, a").count() == 0
    report.locator(".failure summary").click()
    report.locator(".failure .open").click()
    expect(chat.answered(1).locator(".asked")).to_have_text(f"Wo ist {HOSTILE}?")
    expect(chat.page.locator(".expected .near")).to_contain_text("Machthaber")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_tab_reads_well_on_a_phone_and_in_the_dark(open_tab: Opener, tmp_path: Path, scheme: str) -> None:
    chat = open_tab(color_scheme=scheme, viewport={"width": 360, "height": 780}, locale="en-US")
    expect(chat.page.locator("#run-bundled")).to_have_text("Run the bundled questions")
    upload(chat, questions(tmp_path / "f.json", wrong()))
    report = report_of(chat)
    report.locator(".failure summary").click()
    assert chat.page.evaluate("document.documentElement.scrollWidth") <= 360
    parts = (
        "#evaluation h1, #evaluation-welcome p, #run-bundled, #run-upload, #save-report, .status, .report .number, "
        ".report .soft, .report figcaption, .report td, .report code, .report .facts, .report blockquote mark, "
        ".report blockquote, .report .open, .report dt"
    )
    contrasts = {part: chat.contrast(part) for part in parts.split(", ")}
    assert {part: value for part, value in contrasts.items() if value < 4.5} == {}


def test_the_report_can_be_saved_and_needs_nothing_else(open_tab: Opener, browser: Browser, tmp_path: Path) -> None:
    chat = open_tab()
    upload(chat, questions(tmp_path / "f.json", wrong()))
    report_of(chat)
    with chat.page.expect_download() as download:
        chat.page.locator("#save-report").click()
    download.value.save_as(tmp_path / "report.html")
    assert download.value.suggested_filename == "beleg-report.html"
    check_file(browser, tmp_path / "report.html", "Messung: f.json")


def test_a_written_report_is_a_page_for_phones_screens_and_paper(
    browser: Browser, encoder: EmbeddedEncoder, tmp_path: Path
) -> None:
    hostile = wrong(f"Wo ist {HOSTILE}?", id=HOSTILE, category=HOSTILE, answers=[HOSTILE + "x" * 300], history=[])
    questions_set = read_question_set(questions(tmp_path / "f.json", wrong(), hostile))
    assistant = Assistant(build_index([bundled_article()], encoder), encoder)
    write_report(evaluate(questions_set, assistant=assistant), tmp_path / "report.html", "en")
    check_file(browser, tmp_path / "report.html", "Evaluation: f.json")


def check_file(browser: Browser, path: Path, title: str) -> None:
    """Open a report file, wide and narrow, light and dark, and see that it is whole, quiet and readable."""
    for width, scheme in ((360, "dark"), (1440, "light")):
        context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
        page = context.new_page()
        chat = Chat(context, page)
        asked: list[str] = []
        context.on("request", lambda request, asked=asked: asked.append(request.url))
        page.on("dialog", chat._note_dialog)
        page.on("pageerror", lambda error, chat=chat: chat.complaints.append(str(error)))
        page.on("console", chat._note_line)
        page.goto(path.as_uri())
        expect(page.locator("h1")).to_have_text(title)
        expect(page.locator("svg.plot").first).to_be_visible()
        page.locator(".filter button").click()
        expect(page.locator(".failure .body").last).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        # Wide tables scroll by themselves; what they are stays in sight.
        assert (
            max(page.locator(".caption").evaluate_all("all => all.map(one => one.getBoundingClientRect().right)"))
            <= width
        )
        brightness = sum(int(value) for value in chat.background("body")[4:-1].split(",")[:3]) / 3
        assert brightness < 60 if scheme == "dark" else brightness > 200
        for part in ("h1", ".summary span", ".soft", "td", "code", "dt", ".asked", ".facts", "blockquote"):
            assert chat.contrast(f".report {part}") >= 4.5, part
        page.locator(".filter button").click()
        page.emulate_media(media="print")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        expect(page.locator(".failure .body").first).to_be_visible()
        expect(page.locator(".filter")).to_be_hidden()
        assert [url for url in asked if FOREIGN.match(url) and not url.startswith("file:")] == []
        assert asked == [path.as_uri()]
        chat.close()
