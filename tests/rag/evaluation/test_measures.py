"""Retrieval measures: by hand, and against ir_measures run on the files that an evaluation exports."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import ir_measures
import pytest
from ir_measures import RR, R, Success, nDCG

from rag import Assistant
from rag.evaluation import Evidence, evaluate
from rag.evaluation.measures import Ranking, TrecFiles, ranking_measures
from rag.evaluation.questions import qrels_of
from rag.evaluation.report import TrecError
from tests.small_set import BREAD, TOWER, gold, small_set


def test_measures_worked_out_by_hand() -> None:
    second, fourth_of_two, nowhere = ranking_measures(
        [
            Ranking({"b": 1}, ["a", "b", "c"]),
            Ranking({"d": 1, "x": 2}, ["a", "b", "c", "d"]),
            Ranking({"x": 1}, ["a", "b"]),
        ]
    )
    assert second["hit@1"] == 0 and second["hit@3"] == 1 and second["RR"] == second["AP"] == 1 / 2
    assert second["nDCG@10"] == pytest.approx(1 / math.log2(3))
    assert fourth_of_two["hit@3"] == 0 and fourth_of_two["hit@5"] == 1 and fourth_of_two["R@5"] == 1 / 2
    assert fourth_of_two["AP"] == pytest.approx((1 / 4) / 2)
    assert fourth_of_two["nDCG@10"] == pytest.approx((1 / math.log2(5)) / (2 + 1 / math.log2(3)))
    assert set(nowhere.values()) == {0.0}


def test_a_question_without_a_result_counts_as_zero() -> None:
    found, nothing = ranking_measures([Ranking({"a": 1}, ["a"]), Ranking({"a": 1}, [])])
    assert set(found.values()) == {1.0} and nothing.keys() == found.keys() and set(nothing.values()) == {0.0}
    assert ranking_measures([]) == []


def test_the_order_is_the_rankings_own_whatever_the_names() -> None:
    names = [f"{number:02}" for number in range(20)]
    for ranked in (names, names[::-1]):
        for place, name in enumerate(ranked, start=1):
            assert ranking_measures([Ranking({name: 1}, ranked)])[0]["RR"] == pytest.approx(1 / place)


def test_what_overlaps_gold_is_relevant() -> None:
    assistant = Assistant.from_articles([BREAD, TOWER])
    index = assistant.index
    across = Evidence(BREAD.id, BREAD.text.index("Grad."), BREAD.text.index("ruht"), relevance=2)
    found = qrels_of(index, [across, gold(TOWER, "1889")])
    bread, tower = index.sentences_of(0), index.sentences_of(1)
    assert found.sentences == {
        f"{BREAD.id}:{bread[0].span.start}-{bread[0].span.end}": 2,
        f"{BREAD.id}:{bread[1].span.start}-{bread[1].span.end}": 2,
        f"{TOWER.id}:{tower[1].span.start}-{tower[1].span.end}": 1,
    }
    assert found.articles == {BREAD.id: 2, TOWER.id: 1} and len(found.passages) >= 2
    # What the index has not is missed, not left out.
    alone = Assistant.from_articles([TOWER]).index
    assert list(qrels_of(alone, [across]).sentences.values()) == [2]
    assert list(qrels_of(alone, [Evidence(TOWER.id, 29, 31)]).sentences) == [f"{TOWER.id}:29-31"]


@pytest.mark.parametrize("scope", ["article", "collection"])
def test_figures_are_what_ir_measures_makes_of_the_exported_files(scope: str, tmp_path: Path) -> None:
    questions = [question.id for question in small_set().questions if not question.pair]
    report = evaluate(small_set(*questions), scope=scope, trec=tmp_path)  # type: ignore[arg-type]
    assert report.summary["hit@1"].n == 6 and 0 < report.summary["hit@1"].value < 1
    ours = {"hit@1": Success @ 1, "hit@3": Success @ 3, "RR": RR, "nDCG@10": nDCG @ 10, "R@5": R @ 5}
    kinds = {"sentences": "", "passages": "passage "} | ({"articles": "article "} if scope == "collection" else {})
    for kind, prefix in kinds.items():
        qrels = list(ir_measures.read_trec_qrels(str(tmp_path / f"qrels.{kind}.trec")))
        run = list(ir_measures.read_trec_run(str(tmp_path / f"run.{kind}.trec")))
        theirs = ir_measures.calc_aggregate(list(ours.values()), qrels, run)
        for name, measure in ours.items():
            assert report.summary[prefix + name].value == pytest.approx(theirs[measure]), (kind, name)
    assert ("article hit@1" in report.summary) == (scope == "collection")


def test_names_with_white_space_stay_one_word_in_trec_files(tmp_path: Path) -> None:
    with TrecFiles(tmp_path) as files:
        files.write("q 1", {"articles": Ranking({"doc 1": 1, "doc%201": 2}, ["doc 1", "doc%201"])})
    qrels = list(ir_measures.read_trec_qrels(str(tmp_path / "qrels.articles.trec")))
    assert len({qrel.doc_id for qrel in qrels}) == 2 and {qrel.query_id for qrel in qrels} == {"q%201"}
    assert len(list(ir_measures.read_trec_run(str(tmp_path / "run.articles.trec")))) == 2


def test_a_full_disk_keeps_the_figures_and_leaves_no_half_of_a_trec_file(tmp_path: Path) -> None:
    code = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from rag.evaluation.measures import Ranking, TrecFiles\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
        "with TrecFiles(Path(sys.argv[1])) as files:\n"
        "    for n in range(2000):\n"
        "        files.write(f'q{n}', {'articles': Ranking({'a': 1}, ['a', 'b'])})\n"
        "sys.exit(str(files.failed))\n"
    )
    (tmp_path / "run.articles.trec").write_text("as it was")
    run = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True)
    assert run.returncode == 1 and "cannot write TREC files" in run.stderr, run.stderr
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("run.articles.trec", "as it was")]


def test_an_evaluation_whose_trec_files_fail_has_its_report(tmp_path: Path) -> None:
    question = next(one.id for one in small_set().questions if one.answerable)
    (tmp_path / "run.sentences.trec").mkdir()
    with pytest.raises(TrecError) as error:
        evaluate(small_set(question), scope="article", trec=tmp_path)
    assert error.value.report.summary["hit@1"].n == 1
    assert [path.name for path in tmp_path.iterdir() if path.is_file() and path.name.startswith(".")] == []
