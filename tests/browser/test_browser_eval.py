"""The evaluation tab in a real browser, with real evaluations behind it: run, stopped, refused, opened in the chat."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

import ui.web.evaluation_tab
from index import Article, EmbeddedEncoder, bundled_article
from tests.browser.chromium import Opener
from tests.browser.evaluation_tab import WAITS, WHEN, Waiting, opening_tab, questions, report_of, serving, upload, wrong

pytestmark = pytest.mark.browser

EVALUATE = Path(__file__).parents[2] / "docs" / "evaluate.md"
OTHER = Article.read(
    "Der Leuchtturm von Pilsum wurde 1891 gebaut. Er ist rot und gelb gestrichen.\n\nHeute heiraten dort Paare.",
    title="Pilsum",
    language="de",
)


@pytest.fixture(scope="module")
def served(encoder: EmbeddedEncoder) -> Iterator[str]:
    with serving(encoder) as url:
        yield url


@pytest.fixture
def open_tab(browser: Browser, served: str) -> Iterator[Opener]:
    with opening_tab(browser, served) as opened:
        yield opened


def test_a_question_set_is_run_and_a_failure_opens_in_the_chat(open_tab: Opener, tmp_path: Path) -> None:
    chat = open_tab()
    upload(chat, questions(tmp_path / "fragen.json", wrong()))
    report = report_of(chat)
    expect(chat.page.locator("#evaluation-status")).to_contain_text("2 Fragen aus fragen.json an „Yoon und Kishida")
    expect(report.locator(".summary .number").first).to_have_text("1 von 2")
    expect(report.locator("svg.plot").first).to_be_visible()
    expect(report.locator(".failure")).to_have_count(1)
    expect(report.locator(".failure .asked")).to_have_text("Und wo?")

    report.locator(".failure summary").click()
    expect(report.locator(".failure .body")).to_contain_text(WHEN)
    report.locator(".failure .open").click()
    chat.answered(2)
    expect(chat.page.get_by_role("tab").first).to_have_attribute("aria-selected", "true")
    expect(chat.page.locator(".log .asked")).to_have_text([WHEN, "Und wo?"])
    gold = chat.page.locator(".turn").nth(1).locator(".expected .near")
    expect(gold).to_have_count(1)
    expect(chat.sentence(gold)).to_contain_class("expected")
    expect(chat.page.locator(".text")).to_have_attribute("data-article", bundled_article().id)
    expect(chat.page.locator(".sentence.latest").first).to_be_in_viewport()
    gold.click()
    expect(chat.sentence(gold)).to_contain_class("shown")
    expect(chat.sentence(gold)).to_be_in_viewport()

    # From there on it is a conversation like any other.
    chat.ask("Wie backt man Brot?")
    expect(chat.page.locator(".turn")).to_have_count(3)
    chat.page.locator("#clear").click()
    expect(chat.page.locator(".turn, .expected")).to_have_count(0)


def test_the_tab_shows_what_questions_look_like(open_tab: Opener, tmp_path: Path) -> None:
    chat = open_tab(permissions=["clipboard-read", "clipboard-write"])
    chat.page.locator("#evaluation .example summary").click()
    chat.page.locator("#evaluation .example button").click()
    expect(chat.page.locator("#evaluation .example button")).to_have_text("Kopiert")
    (tmp_path / "f.json").write_text(chat.page.evaluate("navigator.clipboard.readText()"), encoding="utf-8")
    assert f"```json\n{(tmp_path / 'f.json').read_text(encoding='utf-8')}\n```" in EVALUATE.read_text(encoding="utf-8")
    upload(chat, tmp_path / "f.json")
    report_of(chat)
    expect(chat.page.locator("#evaluation-status")).to_contain_text("3 Fragen aus f.json")


def test_a_bad_file_is_told_in_the_page(open_tab: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chat = open_tab()
    alert = chat.page.locator("#evaluation-status [role=alert]")
    bad = tmp_path / "schlecht.json"
    bad.write_text('{"format": "beleg-questions/1", "questions": [\n{"id": 7}]}', encoding="utf-8")
    upload(chat, bad)
    expect(alert).to_contain_text("schlecht.json")
    expect(alert).to_contain_text("Zeile 2")
    expect(alert).not_to_contain_text("/")
    expect(chat.page.locator("#run-bundled")).to_be_enabled()
    bad.write_bytes(b"\x00\xff no JSON")
    upload(chat, bad)
    expect(alert).not_to_contain_text("Zeile 2")
    monkeypatch.setattr(ui.web.evaluation_tab, "MAX_MEGABYTES", 0.0001)
    upload(chat, questions(tmp_path / "gross.json"))
    expect(alert).to_contain_text("gross.json hat 0 MB. Erwartet werden höchstens")


def test_questions_about_another_article_bring_it(open_tab: Opener, tmp_path: Path) -> None:
    chat = open_tab()
    squad = {
        "data": [
            {
                "title": "Pilsum",
                "paragraphs": [
                    {
                        "context": OTHER.text,
                        "qas": [
                            {
                                "id": "heirat",
                                "question": "Wann wurde der Leuchtturm gebaut?",
                                "answers": [{"text": "Paare", "answer_start": OTHER.text.index("Paare")}],
                            }
                        ],
                    }
                ],
            }
        ]
    }
    path = tmp_path / "squad.json"
    path.write_text(json.dumps(squad), encoding="utf-8")
    upload(chat, path)
    report = report_of(chat)
    expect(chat.page.locator("#evaluation-status")).to_contain_text("nicht der Artikel, der im Gespräch geöffnet ist")
    report.locator(".failure summary").click()
    report.locator(".failure .open").click()
    chat.answered(1)
    expect(chat.page.locator(".guest")).to_contain_text("„Pilsum“")
    expect(chat.page.locator(".text")).to_contain_text("Leuchtturm von Pilsum")
    expect(chat.page.locator(".sentence.expected")).to_have_text("Heute heiraten dort Paare.")
    expect(chat.ask("Welche Farben hat er?").locator(".quote, .near").first).to_contain_text("rot und gelb")

    chat.page.locator("#clear").click()
    expect(chat.page.locator(".guest")).to_have_count(0)
    expect(chat.page.locator(".text")).to_have_attribute("data-article", bundled_article().id)
    expect(chat.ask(WHEN).locator(".quote").first).to_contain_text("im Mai in Seoul")


def test_an_evaluation_can_be_stopped_and_holds_back_no_chat(open_tab: Opener, tmp_path: Path) -> None:
    one, other = open_tab(), open_tab()
    Waiting.may_answer.clear()
    try:
        path = questions(tmp_path / "f.json", wrong(WAITS, history=[]), wrong(id="last"))
        upload(one, path)
        expect(one.page.locator("#evaluation progress")).to_have_attribute("value", "1")
        expect(one.page.locator("#evaluation .running")).to_contain_text(
            "1 von 3 Fragen · Richtiger an erster Stelle: 100"
        )
        expect(one.page.locator("#run-bundled")).to_be_disabled()
        expect(one.page.locator("#run-upload")).to_be_disabled()
        upload(other, path)
        expect(other.page.locator("#evaluation-status")).to_contain_text("Wartet, bis eine andere Messung zu Ende ist")
        other.page.get_by_role("tab").first.click()
        expect(other.ask(WHEN).locator(".quote").first).to_contain_text("im Mai in Seoul")
        one.page.locator("#stop").click()
    finally:
        Waiting.may_answer.set()
    expect(one.page.locator("#evaluation-status")).to_contain_text(
        "Angehalten nach 2 von 3 Fragen. · Richtiger an erster Stelle: 50"
    )
    expect(one.page.locator("#stop")).to_be_hidden()
    expect(one.page.locator("#evaluation-results .report")).to_have_count(0)
    other.page.get_by_role("tab").nth(1).click()
    expect(report_of(other).locator(".failure")).to_have_count(2)


def test_leaving_the_page_ends_its_evaluation(open_tab: Opener, tmp_path: Path) -> None:
    one, other = open_tab(), open_tab()
    Waiting.may_answer.clear()
    try:
        path = questions(tmp_path / "f.json", wrong(WAITS, history=[]), wrong(id="last"))
        upload(one, path)
        expect(one.page.locator("#evaluation progress")).to_have_attribute("value", "1")
        one.page.close()
    finally:
        Waiting.may_answer.set()
    upload(other, path)
    expect(report_of(other).locator(".failure")).to_have_count(2)
    assert "evaluation" not in {thread.name for thread in threading.enumerate()}


def test_what_is_missing_is_said(open_tab: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ui.web.evaluation_tab, "missing_libraries", lambda: ["scipy"])
    chat = open_tab()
    expect(chat.page.locator("#evaluation [role=alert]")).to_contain_text("pip install 'beleg[eval]'")
    expect(chat.page.locator("#run-bundled")).to_be_hidden()
