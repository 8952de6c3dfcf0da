"""The evaluation tab and the report file in a real browser, with real evaluations behind them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect

import ui.eval_run
import ui.eval_tab
import ui.eval_view
from index import Article, SentenceTransformerEncoder, build_index, bundled_article
from rag import Assistant, Event, Turn
from rag.evaluation.formats import read_question_set
from rag.evaluation.runner import evaluate
from tests.browser import FOREIGN, Chat
from ui.report import write_report
from ui.server import launch

pytestmark = pytest.mark.browser

WHEN = "Wann trafen sich Yoon und Kishida zuletzt?"
README = Path(__file__).parent.parent / "README.md"
WAITS = "Wer traf sich am Mittwoch in Washington?"
HOSTILE = '<img src=x onerror="alert(1)"> ${alert(2)} {{constructor}} </details><script>alert(3)</script>'
OTHER = Article.read(
    "Der Leuchtturm von Pilsum wurde 1891 gebaut. Er ist rot und gelb gestrichen.\n\nHeute heiraten dort Paare.",
    title="Pilsum",
    language="de",
)


class Waiting(Assistant):
    """The real assistant, which answers one question only when it may."""

    may_answer = threading.Event()
    may_answer.set()

    def stream(self, question: str, history: Sequence[Turn | str] = ()) -> Iterator[Event]:
        if question == WAITS:
            self.may_answer.wait(timeout=60)
        yield from super().stream(question, history)


@pytest.fixture(scope="module")
def served(encoder: SentenceTransformerEncoder) -> Iterator[str]:
    app = launch(
        Waiting(build_index([bundled_article()], encoder), encoder), port=0, block=False, say=lambda line: None
    )
    yield str(app.local_url)
    app.close(verbose=False)


Opener = Callable[..., Chat]


@pytest.fixture
def open_tab(browser: Browser, served: str) -> Iterator[Opener]:
    """Opens sessions at the evaluation tab and closes them in the end, with the checks every session must pass."""
    chats: list[Chat] = []

    def opened(url: str = served, **options: object) -> Chat:
        chats.append(Chat.open(browser, url, **options))
        chats[-1].page.get_by_role("tab").nth(1).click()
        chats[-1].page.locator("#evaluation-welcome h1").wait_for()
        return chats[-1]

    yield opened
    for chat in chats:
        chat.close()


def evidence() -> str:
    """A sentence of the article that does not answer any question asked here."""
    return next(line for line in bundled_article().text.split("\n") if "Machthaber" in line)


def questions(path: Path, *more: dict[str, Any]) -> Path:
    """Write a small set: one question that goes well, and more."""
    gold = next(line for line in bundled_article().text.split("\n") if "im Mai in Seoul" in line)
    good = {"id": "good", "question": WHEN, "answerable": True, "answers": ["im Mai"], "evidence": [{"text": gold}]}
    path.write_text(
        json.dumps({"format": "beleg-questions/1", "article": bundled_article().title, "questions": [good, *more]}),
        encoding="utf-8",
    )
    return path


def wrong(question: str = "Und wo?", **more: Any) -> dict[str, Any]:
    """A question whose gold evidence is not what answers it, so that it fails."""
    return {
        "id": "wrong",
        "category": "follow-up",
        "question": question,
        "history": [{"question": WHEN}],
        "answerable": True,
        "evidence": [{"text": evidence()}],
        **more,
    }


def upload(chat: Chat, path: Path) -> None:
    with chat.page.expect_file_chooser() as chooser:
        chat.page.locator("#run-upload").click()
    chooser.value.set_files(path)


def report_of(chat: Chat) -> Locator:
    report = chat.page.locator("#evaluation-results .report")
    report.locator(".about").wait_for(timeout=60_000)
    return report


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
    assert f"```json\n{(tmp_path / 'f.json').read_text(encoding='utf-8')}\n```" in README.read_text(encoding="utf-8")
    upload(chat, tmp_path / "f.json")
    report_of(chat)
    expect(chat.page.locator("#evaluation-status")).to_contain_text("3 Fragen aus f.json")


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


def test_a_bad_file_is_told_in_the_page(open_tab: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chat = open_tab()
    alert = chat.page.locator("#evaluation-status [role=alert]")
    bad = tmp_path / "schlecht.json"
    bad.write_text('{"format": "beleg-questions/1", "questions": [\n{"id": 7}]}', encoding="utf-8")
    upload(chat, bad)
    expect(alert).to_contain_text("schlecht.json")
    expect(alert).to_contain_text("line 2")
    expect(alert).not_to_contain_text("/")
    expect(chat.page.locator("#run-bundled")).to_be_enabled()
    bad.write_bytes(b"\x00\xff no JSON")
    upload(chat, bad)
    expect(alert).not_to_contain_text("line 2")
    monkeypatch.setattr(ui.eval_run, "MAX_MEGABYTES", 0.0001)
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
    expect(one.page.locator("#evaluation-status")).to_contain_text("Angehalten nach 2 von 3 Fragen.")
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


def test_what_is_missing_is_said(open_tab: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (ui.eval_tab, ui.eval_view):
        monkeypatch.setattr(module, "missing_libraries", lambda: ["scipy"])
    chat = open_tab()
    expect(chat.page.locator("#evaluation [role=alert]")).to_contain_text("pip install 'beleg[eval]'")
    expect(chat.page.locator("#run-bundled")).to_be_hidden()


def test_a_written_report_is_a_page_for_phones_screens_and_paper(
    browser: Browser, encoder: SentenceTransformerEncoder, tmp_path: Path
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
