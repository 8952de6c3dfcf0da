"""BEIR folders: whole articles as gold, a corpus that stays on disk, and mistakes by file and line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from index.errors import QuestionSetError
from rag.evaluation.formats import read_question_set
from tests.question_files import quotes, said_in_german

CORPUS = [
    {"_id": "d1", "title": "Ampere", "text": "Der elektrische Strom wird in Ampere gemessen."},
    {"_id": "d2", "title": "", "text": "Zoe\u0301 misst\r\nSpannung in Volt."},
    {"_id": "d3", "text": "…"},
    {"_id": "d4", "title": "Ohm", "text": ""},
]
QUERIES = [
    {"_id": "q1", "text": "Wie misst man Strom?"},
    {"_id": "q2", "text": "Und Spannung?"},
    {"_id": "q3", "text": "?"},
]
QRELS = "query-id\tcorpus-id\tscore\nq2\td2\t2\nq2\td1\t0\nq1\td1\t1\nq1\td4\t1\nq1\td3\t1\n"


def beir(
    tmp_path: Path, corpus: list[Any] = CORPUS, queries: list[Any] = QUERIES, qrels: str = QRELS, split: str = "test"
) -> Path:
    folder = tmp_path / "physics"
    (folder / "qrels").mkdir(parents=True)
    for name, lines in (("corpus", corpus), ("queries", queries)):
        written = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        (folder / f"{name}.jsonl").write_text("\n".join(written) + "\n", encoding="utf-8")
    (folder / "qrels" / f"{split}.tsv").write_text(qrels, encoding="utf-8")
    return folder


@pytest.mark.parametrize("split", ["test", "dev", "train"])
def test_a_beir_folder(tmp_path: Path, split: str) -> None:
    read = read_question_set(beir(tmp_path, split=split))
    assert (read.name, read.grain, read.article_ids) == ("physics", "articles", ("d1", "d2", "d4"))
    assert read.article("d1").text == "Ampere\n\nDer elektrische Strom wird in Ampere gemessen."
    assert (read.article("d2").id, read.article("d2").text) == ("d2", "Zoé misst\nSpannung in Volt.")
    assert [(question.id, question.article_id) for question in read.questions] == [("q1", ""), ("q2", "")]
    assert [(piece.article_id, piece.relevance) for question in read.questions for piece in question.evidence] == [
        ("d1", 1), ("d4", 1), ("d2", 2),
    ]  # fmt: skip
    assert quotes(read) == [[read.article("d1").text, "Ohm"], [read.article("d2").text]]
    assert [question.id for question in read_question_set(tmp_path / "physics", limit=1).questions] == ["q1"]


def test_a_large_corpus_stays_on_disk(tmp_path: Path) -> None:
    import tracemalloc

    words = "Strom " * 500
    corpus = [{"_id": f"d{number}", "text": f"{number} {words}"} for number in range(4000)]
    folder = beir(tmp_path, corpus, QUERIES[:1], "q1\td3999\t1\n")
    size = (folder / "corpus.jsonl").stat().st_size
    tracemalloc.start()
    read = read_question_set(folder)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size > 12_000_000 and peak < 3_000_000
    assert read.article("d3999").text.startswith("3999 Strom") and len(read.article_ids) == 4000


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"qrels": QRELS + "q1\td9\t1\n"}, r'qrels/test\.tsv line 7: "d9" is no _id in corpus\.jsonl'),
        ({"qrels": QRELS + "q9\td1\t1\n"}, r'qrels/test\.tsv line 7: "q9" is no _id in queries\.jsonl'),
        ({"qrels": "q1 d1 1\n"}, r'qrels/test\.tsv line 1: is "q1 d1 1"\. Expected .* tabs'),
        ({"qrels": "q1\td1\tyes\n"}, r"qrels/test\.tsv line 1: .*whole number"),
        ({"qrels": "q1\td1\t0\n"}, r"has no relevant article for any question"),
        ({"corpus": [*CORPUS, CORPUS[0]]}, r'corpus\.jsonl line 5, _id: "d1" stands in a line before'),
        ({"corpus": [*CORPUS, "", {"text": "x"}]}, r"corpus\.jsonl line 6, _id: is missing"),
        ({"corpus": [*CORPUS, "{'_id': 1}"]}, r"corpus\.jsonl line 5 column 2: .*Expected JSON"),
        ({"corpus": ["[]"]}, r"corpus\.jsonl line 1: is \[\]\. Expected an object"),
        ({"queries": [{"_id": "q1", "text": 5}]}, r"queries\.jsonl line 1, text: is 5\. Expected a text"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_beir_folder_is_named(tmp_path: Path, more: dict[str, Any], said: str) -> None:
    with pytest.raises(QuestionSetError, match=said) as raised:
        read_question_set(beir(tmp_path, **more))
    assert said_in_german(raised.value)


def test_a_beir_folder_names_every_file_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(
        QuestionSetError, match=r"has no corpus\.jsonl and no queries\.jsonl and no qrels/test\.tsv\. Exp"
    ):
        read_question_set(tmp_path)
    folder = beir(tmp_path)
    (folder / "corpus.jsonl").unlink()
    with pytest.raises(QuestionSetError, match=r"physics has no corpus\.jsonl\. Expected a BEIR folder"):
        read_question_set(folder)
    (folder / "corpus.jsonl").write_bytes('{"_id": "d1",\n"text": "Köln"}\n'.encode("latin-1"))
    with pytest.raises(QuestionSetError, match=r"corpus\.jsonl line 1 column 14"):
        read_question_set(folder)
    (folder / "corpus.jsonl").write_bytes('{"_id": "d1"}\n{"text": "Köln"}\n'.encode("latin-1"))
    with pytest.raises(QuestionSetError, match=r"corpus\.jsonl line 2: byte 0xf6 is not UTF-8"):
        read_question_set(folder)
