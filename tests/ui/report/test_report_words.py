"""What the report file says, in words and figures, in both languages."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path

import pytest

from rag import Settings
from rag.evaluation.compare import Change, Comparison, Difference, compare
from rag.evaluation.measures import NAMES
from rag.evaluation.outcome import FAILURES, FAULTS, Fault
from rag.evaluation.report import Figure
from tests.reported import GOLD, all_kinds, every_fault, outcome, report, turn, with_turns, written
from ui.report.numbers import FAILURES as SHOWN_FAILURES
from ui.report.numbers import Numbers
from ui.report.summary import fault_words
from ui.texts import TEXTS

DE, EN = TEXTS["de"], TEXTS["en"]


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
        f"answer_bar 0.2 → {Settings().answer_bar}",
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


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("de", ["1 von 3", "Nachrichten in Gesprächen: behandelt wie erwartet", "sagt nicht „1787“", "kam als Enthaltung, nicht als Antwort", "Nicht gezeigt: 1 aus der Hälfte", "3 Nachrichten in 1 Gespräch", "Nach Hälfte"]),
        ("en", ["1 of 3", "turns in conversations: handled as expected", "does not say “1787”", "came as an abstention, not as an answer", "Not shown: 1 of the part", "3 turns of 1 dialogue", "By half"]),
    ],
)  # fmt: skip
def test_dialogues_are_shown_with_what_was_expected_and_what_came(
    tmp_path: Path, language: str, expected: list[str]
) -> None:
    wrong = turn(2, Fault("came", "answer", "abstention"), Fault("says", "1787"))
    some = with_turns(report(all_kinds()), [turn(1), wrong, turn(3, Fault("asked"), part="measuring")])
    page = written(tmp_path, some, language)
    assert [words for words in expected if words not in page.text] == []
    assert "Nachricht 2?" in page.text and "Davor 2?" in page.text and "answer; says 1787" in page.text
    assert "Nachricht 1?" not in page.text and "Nachricht 3?" not in page.text
    alone = written(
        tmp_path, with_turns(report([]), [turn(3, Fault("asked"), part="measuring")], "measuring"), language
    )
    assert "Nachricht 3?" in alone.text, "who asks just this half is shown it"


def test_every_fault_of_a_turn_is_said_in_both_languages() -> None:
    for fault in every_fault():
        assert fault_words(fault, DE) != fault_words(fault, EN)
    assert {fault.of for fault in every_fault()} == set(FAULTS)


def test_a_comparison_shows_how_dialogues_changed(tmp_path: Path) -> None:
    before = with_turns(report([]), [turn(1), turn(2)])
    after = with_turns(report([]), [turn(1), turn(2, Fault("says", "1787"))])
    text = written(tmp_path, after, "en", compare(before, after)).text
    assert "Of 2 turns in both, 0 are handled now only, and 1 were before only" in text and "-50.0%" in text
    assert "In both: 0 questions" not in text


def test_the_head_names_article_model_and_settings_that_are_not_the_default(tmp_path: Path) -> None:
    some = report(all_kinds())
    assert "“Gipfel”" in (text := written(tmp_path, some, "en").text) and "Model e5 · Beleg 0.1.0" in text
    assert "default settings" in text and "not the default" not in text
    about = replace(some.about, settings={"answer_bar": 0.5}, articles=12, commit="0123456789+")
    text = written(tmp_path, replace(some, about=about), "de").text
    assert "„Gipfel“ und 11 weitere Artikel" in text and "Beleg 0.1.0 (0123456+)" in text
    assert f"abweichend eingestellt: answer_bar 0.5 statt {Settings().answer_bar}" in text


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


def test_numbers_are_written_as_each_language_does() -> None:
    german, english = Numbers(DE), Numbers(EN)
    assert DE.percent(0.8741, 1) == "87,4\u00a0%" and EN.percent(0.8741) == "87%" and EN.percent(math.inf, 1) == "–"
    assert DE.number(12345.6, 1) == "12.345,6" and EN.number(12345.6, 1) == "12,345.6"
    assert german.figure("nDCG@10", 0.5) == "0,500" and english.figure("hit@1", 0.1, signed=True) == "+10.0%"
    assert english.figure("hit@1", -0.00001, signed=True) == english.figure("hit@1", 0.00001, signed=True) == "0.0%"
    assert english.interval("RR", -0.03, 0.26, signed=True) == "-0.030 to +0.260"
    assert (
        german.interval("hit@1", 0.8, 0.9) == "80,0\u00a0–\u00a090,0\u00a0%"
        and german.interval("RR", math.nan, 1) == ""
    )
    assert english.seconds(0.0472) == "47\u00a0ms" and german.seconds(2.25) == "2,2\u00a0s"


def test_every_measure_and_kind_of_failure_has_a_name_in_both_languages() -> None:
    german, english = Numbers(DE), Numbers(EN)
    for measure in NAMES:
        assert german.name(measure) != english.name(measure) != measure
    assert set(FAILURES) == set(SHOWN_FAILURES)
    for kind in FAILURES:
        assert DE(f"failures.{kind}.meaning") and german.failure(kind) != english.failure(kind)
