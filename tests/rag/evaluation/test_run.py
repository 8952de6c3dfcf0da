"""Evaluation end to end, with the real model on a small set."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from index import build_index
from index.errors import EvaluationStopped, QuestionSetError, ReportError
from index.models.embedded_encoder import EmbeddedEncoder
from rag import Assistant, LLMSettings, Settings
from rag.evaluation import Outcome, Report, compare, evaluate, read_report, save_report
from rag.evaluation.aggregation import Tally, figures
from rag.evaluation.outcome import Outcomes
from rag.evaluation.subjects import CachedEncoder
from tests.llm_server import Reply, llm_server
from tests.small_set import ARTICLES, BREAD, TOWER, gold, small_set


@pytest.fixture(scope="module")
def report() -> Report:
    return evaluate(small_set())


def outcome(report: Report, name: str) -> Outcome:
    return next(some for some in report.questions if some.id == name)


def test_every_question_is_in_the_report_with_what_was_said(report: Report, encoder: EmbeddedEncoder) -> None:
    assert [some.id for some in report.questions] == [question.id for question in small_set().questions]
    heat = outcome(report, "heat")
    asked = Assistant(build_index([BREAD], encoder), encoder).ask(heat.question)
    assert heat.answered and heat.text == asked.text and heat.confidence == pytest.approx(asked.confidence, abs=0.01)
    assert heat.failure == "" and heat.measures["hit@1"] == heat.measures["right"] == 1
    assert heat.measures["text F1"] == 0.5, "2 of 6 words, and both of the 2 that were expected"
    assert heat.gold[0].text == "230 Grad" and heat.gold[0].sentence_index == 0 == heat.citations[0].sentence_index
    assert heat.context_before == "Brot backt man bei " and heat.context_after.startswith(". Der Teig ruht")
    for some in report.questions:
        for quote in (*some.gold, *some.citations, *some.nearest):
            assert ARTICLES[quote.article_id].text[quote.start : quote.end] == quote.text
        assert len(some.nearest) == (2 if some.pair else 3) and bool(some.citations) == some.answered


def test_an_llms_prose_is_measured_beside_the_quotations(report: Report) -> None:
    """The LLM writes the same of every question: what answers the first one, something else that is true, a lie."""
    heat = "Brot backt man bei 230 Grad."
    lies = "Der Teig ruht zwei Stunden. [2]"
    with llm_server() as server:
        server.reply = Reply([f"{heat} [1]\n{lies}"])
        found = evaluate(small_set(), settings=Settings(llm=LLMSettings(url=server.url)))
    first = outcome(found, "heat").measures
    assert first["prose"] == 1 and first["prose statements"] == 2 and first["prose supported"] == 0.5
    assert first["prose precision"] == first["prose recall"] == 1
    # What is asked for is said by another sentence: the same statement is withheld.
    other = outcome(found, "founded").measures
    assert other["prose"] == other["prose supported"] == other["prose recall"] == 0
    assert "prose precision" not in other
    assert "prose" not in outcome(found, "car").measures, "it was not asked"
    # The measures of the quotations stay as they are.
    for one in small_set().questions:
        with_prose, without = outcome(found, one.id).measures, outcome(report, one.id).measures
        assert with_prose.items() >= without.items(), one.id
    assert found.summary["prose"].n == sum("prose" in one.measures for one in found.questions)
    assert not any("prose" in name for name in report.summary)


def test_an_llm_that_cannot_be_reached_is_measured_as_failed() -> None:
    found = evaluate(small_set(), settings=Settings(llm=LLMSettings(url="http://127.0.0.1:1/v1")))
    assert found.summary["prose failed"].value == 1 and "prose supported" not in found.summary
    assert outcome(found, "heat").measures["right"] == 1, "the quotations answer"


def test_failures_say_what_went_wrong(report: Report) -> None:
    assert outcome(report, "mislaid").failure == "not retrieved"
    assert outcome(report, "car").failure == "" and not outcome(report, "car").answered
    assert not outcome(report, "car").measures.keys() & {"hit@1", "citation recall", "answered"}
    cautious = evaluate(small_set("heat", "mislaid", "car"), settings=Settings(answer_bar=1.0))
    assert [some.failure for some in cautious.questions] == ["abstained", "", "not retrieved"]
    rash = evaluate(small_set("heat", "car"), settings=Settings(answer_bar=0.0))
    assert [some.failure for some in rash.questions] == ["", "answered the unanswerable"]
    elsewhere = replace(small_set("heat").questions[0], evidence=(gold(BREAD, "Sauerteig"),))
    wrong = evaluate(replace(small_set("heat"), questions=[elsewhere]))
    assert [some.failure for some in wrong.questions] == ["wrong sentence"]


def test_a_follow_up_is_asked_after_what_was_asked_before(report: Report) -> None:
    where = outcome(report, "where")
    assert where.measures["hit@1"] == 1 and where.earlier == ("Wann wurde die Bäckerei Huber gegründet?",)


def test_evidence_in_groups_is_all_needed() -> None:
    generous = evaluate(small_set("family"), settings=Settings(answer_bar=0.0, further_bar=0.0, max_citations=20))
    only = evaluate(small_set("family"), settings=Settings(answer_bar=0.0, further_bar=0.0, max_citations=1))
    assert generous.summary["citation recall"].value == 1 > generous.summary["citation precision"].value
    assert only.summary["citation recall"].value <= 0.5


def test_a_twin_is_asked_of_its_article_without_the_answer(report: Report) -> None:
    whole, twin = outcome(report, "tall"), outcome(report, "tall#without")
    assert whole.answered and twin.confidence < whole.confidence
    assert twin.measures["refused"] == float(not twin.answered) and "330" not in "".join(q.text for q in twin.nearest)
    assert set(report.groups["twins"]) == {"original", "twin"} and report.groups["twins"]["twin"]["refused"].n == 1
    with pytest.raises(QuestionSetError, match="--scope article"):
        evaluate(small_set(), scope="collection")


def test_the_figures_are_of_the_questions_they_are_about(report: Report) -> None:
    assert {name: report.summary[name].n for name in ("hit@1", "answered", "refused", "AUROC")} == {
        "hit@1": 6, "answered": 6, "refused": 2, "AUROC": 8,
    }  # fmt: skip
    for name in ("hit@1", "right", "RR"):
        values = [some.measures[name] for some in report.questions if name in some.measures]
        assert report.summary[name].value == pytest.approx(sum(values) / 6)
        assert report.summary[name].low <= report.summary[name].value <= report.summary[name].high
    assert report.groups["category"]["factoid"]["hit@1"].n == 4 and report.groups["language"]["en"]["hit@1"].n == 2
    assert "AUROC" not in report.groups["category"]["factoid"] and "EM" in report.summary
    assert report.success["sentences"]["1"] == report.summary["hit@1"].value
    assert Settings().answer_bar in [row.threshold for row in report.thresholds]
    assert report.about.articles == 3 and report.about.questions == 8 and report.about.index_seconds > 0
    assert 0 < report.latency.p50 <= report.latency.p95 and sum(n for *_, n in report.latency.histogram) == 8


def test_a_report_survives_its_file(report: Report, tmp_path: Path) -> None:
    save_report(report, tmp_path / "new" / "report.json")
    text = (tmp_path / "new" / "report.json").read_text(encoding="utf-8")
    assert (
        json.loads(text) == json.loads(json.dumps(report.to_dict())) and json.loads(text)["format"] == "beleg-report/1"
    )
    again = read_report(tmp_path / "new" / "report.json")
    assert again.to_dict() == report.to_dict()
    # A report made anew from its own questions has the same figures.
    assert figures(Tally(again.questions).sample()) == report.summary
    assert list((tmp_path / "new").iterdir()) == [tmp_path / "new" / "report.json"]


def test_a_file_that_is_no_report_is_refused(report: Report, tmp_path: Path) -> None:
    for name, text in (("none", None), ("empty", ""), ("list", "[]"), ("other", '{"format": "beleg-report/9"}')):
        if text is not None:
            (tmp_path / name).write_text(text)
        with pytest.raises(ReportError, match="beleg eval --json"):
            read_report(tmp_path / name)
    with pytest.raises(ReportError, match="folder"):
        save_report(report, tmp_path)


def test_a_full_disk_leaves_the_report_before(report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_report(report, tmp_path / "report.json")
    before = (tmp_path / "report.json").read_bytes()
    (tmp_path / "report.json").parent.chmod(0o700)
    broken = replace(report, questions=Full(report.questions))
    with pytest.raises(ReportError, match="No space left"):
        save_report(broken, tmp_path / "report.json")
    assert (tmp_path / "report.json").read_bytes() == before and len(list(tmp_path.iterdir())) == 1


class Full(list):  # type: ignore[type-arg]
    """Questions whose writing fills the disk."""

    def __iter__(self):  # type: ignore[no-untyped-def]
        yield self[0]
        raise OSError(28, "No space left on device")


def test_compared_with_itself_nothing_has_changed(report: Report) -> None:
    same = compare(report, report)
    assert same.questions == 8 and same.better == same.worse == ()
    for difference in same.differences.values():
        assert (difference.difference, difference.low, difference.high, difference.p) == (0, 0, 0, 1)


def test_a_comparison_names_what_got_better_and_worse(report: Report) -> None:
    rash = evaluate(small_set("heat", "car", "mislaid"), settings=Settings(answer_bar=0.0))
    cautious = evaluate(small_set("heat", "car", "tall"), settings=Settings(answer_bar=1.0))
    found = compare(rash, cautious)
    assert (found.questions, found.only_before, found.only_after) == (2, 1, 1)
    assert [(change.id, change.before, change.after) for change in found.better] == [
        ("car", "answered the unanswerable", "")
    ]
    assert [(change.id, change.before, change.after) for change in found.worse] == [("heat", "", "abstained")]
    assert found.differences["answered"].difference == -1 and found.differences["refused"].difference == 1
    assert json.loads(json.dumps(found.to_dict()))["differences"]["answered"]["n"] == 1
    with pytest.raises(ReportError, match="no question in common"):
        compare(evaluate(small_set("heat")), evaluate(small_set("tall")))


def test_progress_and_stopping() -> None:
    said: list[tuple[int, int, dict[str, float]]] = []
    evaluate(small_set("heat", "car"), progress=lambda done, total, score: said.append((done, total, dict(score))))
    assert said == [(0, 2, {}), (1, 2, {"hit@1": 1.0, "answered": 1.0}), (2, 2, {"hit@1": 1.0, "answered": 1.0})]
    with pytest.raises(EvaluationStopped, match="after 1 of 2"):
        evaluate(
            small_set("heat", "car"),
            progress=lambda done, *_: said.append((done, 0, {})),
            stop=lambda: said[-1][0] == 1,
        )


def test_a_question_that_cannot_be_asked_counts_as_nothing_found() -> None:
    empty = replace(small_set("heat").questions[0], text="?")
    found = evaluate(replace(small_set("heat"), questions=[empty]))
    assert found.summary["hit@1"].value == 0 and [some.failure for some in found.questions] == ["not retrieved"]


def test_an_assistant_of_ones_own_is_the_one_that_is_asked(assistant: Assistant) -> None:
    mine = Assistant.from_articles([TOWER, BREAD], settings=Settings(answer_bar=1.0))
    alone = evaluate(small_set("heat", "tall"), assistant=mine)
    together = evaluate(small_set("heat", "tall"), assistant=mine, scope="collection")
    assert not any(some.answered for report in (alone, together) for some in report.questions)
    assert alone.about.index_seconds > 0 == together.about.index_seconds and together.about.articles == 2
    with pytest.raises(QuestionSetError, match="is in the index"):
        evaluate(small_set("heat"), assistant=assistant, scope="collection")


def test_no_questions_make_an_empty_report() -> None:
    found = evaluate(replace(small_set(), questions=()))
    assert found.summary == {} and len(found.questions) == 0 and found.to_dict()["latency"]["p50"] == 0
    assert sum(some.n for some in found.reliability) == 0 and found.risk_coverage == ()


def test_importing_it_loads_nothing_heavy() -> None:
    heavy = "torch faiss gradio scipy ir_measures matplotlib jsonschema"
    code = f"import sys, rag.evaluation; print([name for name in {heavy!r}.split() if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"


def test_outcomes_wait_on_disk(report: Report) -> None:
    kept = Outcomes(report.questions)
    assert len(kept) == 8 and list(kept) == list(report.questions) and kept[-1] == outcome(report, "tall#without")
    assert [some.id for some in kept[1:3]] == ["founded", "where"]
    strange = replace(kept[0], question="\ud800 ? \u2028")
    kept.append(strange)
    assert kept[8].question == "? ? \u2028"
    with pytest.raises(IndexError):
        kept[9]
    kept.close()


def test_what_was_encoded_is_remembered_and_forgotten(encoder: EmbeddedEncoder) -> None:
    asked: list[str] = []

    class Counting(EmbeddedEncoder):
        def __init__(self) -> None:
            self.__dict__ = encoder.__dict__

        def encode_in_context(self, texts, parts, progress=None):  # type: ignore[no-untyped-def]
            asked.extend(texts)
            return super().encode_in_context(texts, parts, progress)

    remembering = CachedEncoder(Counting(), max_texts=3)
    first = remembering.encode_passages(["eins", "zwei"])
    assert (remembering.encode_passages(["zwei", "eins", "drei"])[:2] == first[::-1]).all()
    assert asked == ["eins", "zwei", "drei"]
    remembering.encode_passages(["vier"])
    remembering.encode_passages(["eins", "zwei"])
    assert asked == ["eins", "zwei", "drei", "vier", "zwei"], "the one that was not used for longest is forgotten"
    assert remembering.encode_passages([]).shape == (0, encoder.dimension)
