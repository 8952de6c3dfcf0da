"""The report file, without a browser: whole in itself, everything escaped, every failure there."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from index.errors import ReportError
from rag.evaluation.compare import Change, Comparison, Difference
from rag.evaluation.measures import NAMES
from rag.evaluation.outcome import FAILURES, Outcome, Quote
from rag.evaluation.report import About, Bin, Figure, Latency, Report, Threshold
from ui.report import write_report
from ui.report.failures import SHOWN_OF_A_KIND
from ui.report.names import FAILURES as SHOWN_FAILURES
from ui.report.names import failure_meaning, failure_name, name_of
from ui.report.numbers import decimal, figure, interval, seconds, share

HOSTILE = (
    "</title></style><script>alert(1)</script><img src=http://evil.example/x onerror=\"alert(2)\"> 'ein' & <!-- mehr"
)
GOLD = Quote("a", 3, 22, 60, "Yoon und Kishida trafen sich im Mai.")
OTHER = Quote("a", 9, 200, 240, "Die Staaten verurteilten die Exporte.")
VOID = {"meta", "input", "br", "link", "img", "hr"}


def outcome(number: int, failure: str, mark: str = "") -> Outcome:
    answerable, answered = failure != "answered the unanswerable", failure not in ("abstained", "not retrieved")
    return Outcome(
        id=f"q-{number}",
        question=f"Frage Nummer {number}?{mark}",
        earlier=(f"Vorherige Frage {number}?{mark}",),
        language="de" + mark,
        category="factoid" + mark,
        article_id="a",
        article_title="Gipfel" + mark,
        answerable=answerable,
        answers=(f"im Mai {number}{mark}",) if answerable else (),
        gold=(replace(GOLD, text=GOLD.text + mark),) if answerable else (),
        answered=answered,
        confidence=0.62,
        text="Text" + mark,
        short_answer="kurz" + mark,
        citations=(replace(OTHER, text=OTHER.text + mark),) if answered else (),
        nearest=(replace(OTHER, text=OTHER.text + mark),),
        context_before="Davor. " + mark,
        context_after=" Danach." + mark,
        seconds=0.05,
        measures={"RR": 0.25, "hit@1": 0.0},
        failure=failure,
        pair="",
    )


def report(questions: list[Outcome], mark: str = "", value: float = 0.87) -> Report:
    some = Figure(value, value - 0.06, value + 0.05, 100)
    figures = dict.fromkeys(("hit@1", "hit@3", "RR", "passage hit@1", "citation precision", "right", "ECE"), some)
    figures |= {"refused": Figure(value, value, value, 41), "citations per answer": some, "precision": some}
    return Report(
        about=About("fragen.json" + mark, "ab" * 32, len(questions), "article", "e5" + mark, "0.1.0", {"answer_bar": 0.45},
                    "", "2026-01-02T10:11:12+00:00", 1, 1.5),
        summary=figures,
        groups={"category": {"factoid" + mark: figures, "日本語 $\\frac": figures}, "language": {"de" + mark: figures}},
        thresholds=(Threshold(0.0, 1.0, value, value, None), Threshold(0.35, 0.8, value, value, value)),
        reliability=(Bin(0.0, 0.5, None, None, 0), Bin(0.5, 1.0, value, value, 9)),
        risk_coverage=((0.5, value), (1.0, value)),
        success={"sentences": {"1": value, "10": value}, "passages": {"1": value, "10": value}},
        latency=Latency(value, value, value, ((0.0, 0.1, 5), (0.1, 0.2, 1))),
        questions=questions,
    )  # fmt: skip


class Reader(HTMLParser):
    """Collects what a browser would make of a page, and complains about tags that do not match."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.text += data

    def attributes(self, name: str) -> list[str]:
        return [value or "" for _, attributes in self.tags for key, value in attributes.items() if key == name]


def written(tmp_path: Path, *arguments: object) -> Reader:
    path = tmp_path / "report.html"
    write_report(arguments[0], path, *arguments[1:])  # type: ignore[arg-type]
    assert [one.name for one in tmp_path.iterdir()] == ["report.html"]
    return Reader(path.read_text(encoding="utf-8"))


def all_kinds(mark: str = "") -> list[Outcome]:
    return [outcome(number, failure, mark) for number, failure in enumerate((*FAILURES, ""))]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "de",
            [
                "87 von 100",
                "der richtige Satz steht an erster Stelle",
                "Falscher Satz zitiert",
                "87,0\u00a0%",
                "Satz auf Rang 4",
            ],
        ),
        ("en", ["87 of 100", "the right sentence comes first", "Wrong sentence cited", "87.0%", "sentence at rank 4"]),
    ],
)
def test_a_report_says_what_it_found_in_words_and_figures(tmp_path: Path, language: str, expected: list[str]) -> None:
    page = written(tmp_path, report(all_kinds()), language)
    assert [words for words in expected if words not in page.text] == []
    assert ("html", {"lang": language}) in page.tags
    assert len([tag for tag, _ in page.tags if tag == "svg"]) == 5
    assert "日本語 $\\frac" in page.text  # a category is no formula


def test_every_failure_is_there_with_what_was_right_and_what_was_cited(tmp_path: Path) -> None:
    page = written(tmp_path, report(all_kinds()), "de")
    failed = [one for one in all_kinds() if one.failure]
    for one in failed:
        for text in (one.question, *one.earlier, *one.answers, *(quote.text for quote in one.gold)):
            assert text in page.text
    assert f"Frage Nummer {len(FAILURES)}?" not in page.text  # it went well
    assert page.text.count(OTHER.text) == len(failed)
    assert f"Davor. {GOLD.text} Danach." in page.text
    assert page.attributes("class").count("failure") == len(failed)


def test_a_file_needs_nothing_from_elsewhere(tmp_path: Path) -> None:
    page = written(tmp_path, report(all_kinds()), "en")
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "http:" not in html and "https:" not in html and "url(//" not in html and "@import" not in html
    assert not {"img", "link", "iframe", "object", "base"} & {tag for tag, _ in page.tags}
    assert page.attributes("src") == []
    assert all(target.startswith("#") for target in page.attributes("href") + page.attributes("xlink:href"))
    assert "default-src 'none'" in page.attributes("content")[0]
    identifiers = page.attributes("id")
    assert len(identifiers) == len(set(identifiers)) and {t[1:] for t in page.attributes("href")} <= set(identifiers)


def test_the_policy_lets_only_the_pages_own_script_run(tmp_path: Path) -> None:
    import base64
    import hashlib

    written(tmp_path, report(all_kinds(HOSTILE), HOSTILE), "de")
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    (script,) = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    assert base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() in html


def test_hostile_text_is_shown_as_text(tmp_path: Path) -> None:
    change = Change("q" + HOSTILE, "Frage" + HOSTILE, "", "abstained")
    about = report([], HOSTILE).about
    comparison = Comparison(
        about, about, 1, 0, 0, {"hit@1": Difference(0.8, 0.9, 0.1, 0.02, 0.2, 0.01, 9)}, (change,), (change,)
    )
    plain = written(tmp_path, report(all_kinds()), "de", replace(comparison, better=(), worse=()))
    page = written(tmp_path, report(all_kinds(HOSTILE), HOSTILE), "de", comparison)
    assert {tag for tag, _ in page.tags} <= {tag for tag, _ in plain.tags} | {"ul", "li"}
    assert not [key for _, attributes in page.tags for key in attributes if key.startswith("on")]
    assert page.text.count(HOSTILE) > 40
    assert ("Frage" + HOSTILE) in page.text


def test_a_comparison_shows_differences_and_who_changed(tmp_path: Path) -> None:
    about = replace(report([]).about, question_set="früher.json")
    differences = {
        "hit@1": Difference(0.8, 0.9, 0.1, 0.02, 0.2, 0.0001, 9),
        "new": Difference(0.5, 0.4, -0.1, -0.2, -0.01, 0.06, 9),
        "right": Difference(0.5, 0.49999, -0.00001, -0.0001, 0.0001, 0.001, 9),
    }
    better = tuple(Change(f"q-{n}", f"Besser {n}?", "abstained", "") for n in range(130))
    worse = (Change("q-2", "Schlechter?", "", "abstained"), Change("gone", "Fort?", "", "answered the unanswerable"))
    before = replace(about, settings={"answer_bar": 0.2})
    comparison = Comparison(before, about, 9, 2, 0, differences, better, worse)
    page = written(tmp_path, report(all_kinds()), "de", comparison)
    for words in (
        "früher.json",
        "+2,0 bis +20,0\u00a0%",
        "answer_bar 0.2 → 0.45",
        "+10,0\u00a0%",
        "-10,0\u00a0%",
        "< 0,001",
        "Besser 0?",
        "Zu Unrecht abgelehnt → gelungen",
        "30 weitere",
        "abgelehnt → Beantwortet, was der Artikel nicht sagt",
        "1 Maß ist unverändert",
    ):
        assert words in page.text
    assert "Besser 129?" not in page.text and not re.search(r"-0,0+(?!\d)", page.text)
    # What is sure by its p is bold, and nothing is by its interval.
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<b>+10,0" in html and "<b>-10,0" not in html
    order = ("Was sich geändert hat", "Maße, die sich geändert haben", "unverändert", "Bilder")
    assert [page.text.index(words) for words in order] == sorted(page.text.index(words) for words in order)
    # What got worse leads to where it is shown as a failure.
    assert page.attributes("href")[:1] == ["#failure-2"] and "failure-2" in page.attributes("id")


def test_the_head_names_article_model_and_settings_that_are_not_the_default(tmp_path: Path) -> None:
    some = report(all_kinds())
    assert "“Gipfel”" in (text := written(tmp_path, some, "en").text) and "Model e5 · Beleg 0.1.0" in text
    assert "default settings" in text and "not the default" not in text
    about = replace(some.about, settings={"answer_bar": 0.5}, articles=12, commit="0123456789+")
    text = written(tmp_path, replace(some, about=about), "de").text
    assert "„Gipfel“ und 11 weitere Artikel" in text and "Beleg 0.1.0 (0123456+)" in text
    assert "abweichend eingestellt: answer_bar 0.5 statt 0.45" in text


def test_one_question_is_one_and_has_no_interval(tmp_path: Path) -> None:
    one = {"hit@1": Figure(1, 1, 1, 1), "hit@3": Figure(1, 1, 1, 1), "right": Figure(1, 0.5, 1, 12)}
    some = replace(report([outcome(0, "abstained")]), summary=one, groups={"category": {"allein": one}})
    page = written(tmp_path, some, "en")
    assert "1 of 1 question: the right" in page.text and "1 of 1 questions" not in page.text
    assert (
        "1 question about" in page.text and "100.0\u00a0–" not in page.text and "50.0\u00a0–\u00a0100.0%" in page.text
    )
    assert "Among the first three: for 1." in page.text


def test_further_evidence_is_an_alternative_or_needed_too(tmp_path: Path) -> None:
    gold = (GOLD, replace(GOLD, text="Oder so."), replace(GOLD, text="Und dies.", group=1))
    text = written(tmp_path, report([replace(outcome(0, "abstained"), gold=gold)]), "en").text
    assert (
        text.index("The right sentence") < text.index(GOLD.text) < text.index("Just as right") < text.index("Oder so.")
    )
    assert text.index("Oder so.") < text.index("Needed as well") < text.index("Und dies.")


def test_nothing_failed_and_nothing_asked_are_pages_too(tmp_path: Path) -> None:
    assert "jede Frage ist gelungen" in written(tmp_path, report([outcome(1, "")]), "de").text
    empty = replace(report([]), summary={}, groups={}, thresholds=(), reliability=(), risk_coverage=(), success={})
    assert "No question was asked." in written(tmp_path, empty, "en").text


def test_figures_that_are_not_known_are_dashes(tmp_path: Path) -> None:
    page = written(tmp_path, report(all_kinds(), value=math.nan), "de")
    assert "–" in page.text
    assert not re.search(r"\b(nan|None)\b", (tmp_path / "report.html").read_text(encoding="utf-8"))


def test_many_failures_are_cut_and_counted(tmp_path: Path) -> None:
    questions = [outcome(number, "abstained") for number in range(SHOWN_OF_A_KIND + 40)]
    page = written(tmp_path, report(questions), "en")
    assert page.attributes("class").count("failure") == SHOWN_OF_A_KIND
    assert "40 more are not shown here" in page.text and f"{len(questions)} of {len(questions)} questions" in page.text


def test_questions_are_read_once_and_not_kept(tmp_path: Path) -> None:
    alive = most = 0

    class Row:
        def __init__(self) -> None:
            nonlocal alive, most
            alive += 1
            most = max(most, alive)

        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

        failure = article_title = ""

    class Rows:
        def __len__(self) -> int:
            return 5000

        def __iter__(self):  # type: ignore[no-untyped-def]
            return (Row() for _ in range(5000))

    write_report(replace(report([outcome(1, "")]), questions=Rows()), tmp_path / "r.html", "en")  # type: ignore[arg-type]
    assert most <= 2


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    class Broken(list[Outcome]):
        def __iter__(self):  # type: ignore[no-untyped-def]
            raise OSError(28, "No space left on device")

    path = tmp_path / "report.html"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(ReportError, match="cannot write .*No space left on device"):
        write_report(replace(report([outcome(1, "")]), questions=Broken()), path, "de")
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(ReportError, match="it is a folder"):
        write_report(report([]), tmp_path, "de")


def test_numbers_are_written_as_each_language_does() -> None:
    assert share(0.8741, "de") == "87,4\u00a0%" and share(0.8741, "en", 0) == "87%" and share(math.inf, "en") == "–"
    assert decimal(12345.6, 1, "de") == "12.345,6" and decimal(12345.6, 1, "en") == "12,345.6"
    assert figure("nDCG@10", 0.5, "de") == "0,500" and figure("hit@1", 0.1, "en", signed=True) == "+10.0%"
    assert figure("hit@1", -0.00001, "en", signed=True) == figure("hit@1", 0.00001, "en", signed=True) == "0.0%"
    assert interval("RR", -0.03, 0.26, "en", signed=True) == "-0.030 to +0.260"
    assert (
        interval("hit@1", 0.8, 0.9, "de") == "80,0\u00a0–\u00a090,0\u00a0%" and interval("RR", math.nan, 1, "de") == ""
    )
    assert seconds(0.0472, "en") == "47\u00a0ms" and seconds(2.25, "de") == "2,2\u00a0s"


def test_every_measure_and_kind_of_failure_has_a_name_in_both_languages() -> None:
    for measure in NAMES:
        assert name_of(measure, "de") != name_of(measure, "en") != measure
    assert set(FAILURES) == set(SHOWN_FAILURES)
    for kind in FAILURES:
        assert failure_meaning(kind, "de") and failure_name(kind, "de") != failure_name(kind, "en")
