"""The tables of docs/accuracy.md are those of the figures that are kept, and CI's bounds come from them."""

from __future__ import annotations

import json

from benchmarks import results
from rag.evaluation import compare, read_question_set, read_report


def test_the_tables_in_the_readme_are_current() -> None:
    readme = results.ACCURACY.read_text(encoding="utf-8")
    for name, lines in results.tables().items():
        begin, end = f"<!-- {name} -->\n\n", f"\n\n<!-- /{name} -->"
        assert readme.split(begin)[1].split(end)[0] == "\n".join(lines), "run: python -m benchmarks.results table"


def test_the_kept_report_is_of_the_bundled_questions_as_they_are() -> None:
    kept, bundled = read_report(results.BUNDLED), read_question_set(None)
    assert kept.about.sha256 == bundled.sha256, "run: python -m benchmarks.results record"
    assert [outcome.id for outcome in kept.questions] == [question.id for question in bundled.questions]


def test_the_kept_report_can_be_compared_with_a_later_one() -> None:
    kept = read_report(results.BUNDLED)
    found = compare(kept, kept)
    assert found.questions == len(kept.questions)
    assert {difference.difference for difference in found.differences.values()} == {0.0}


def test_a_bound_is_half_an_interval_below_the_kept_figure() -> None:
    summary = json.loads(results.BUNDLED.read_text(encoding="utf-8"))["summary"]
    for bound in results.bounds():
        name, value = bound.split("=")
        figure = summary[name]
        assert figure["low"] - 0.05 < float(value) < figure["value"]
