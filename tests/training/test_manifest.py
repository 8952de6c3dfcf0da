"""The training data as the manifest lists it: how many questions, known how, asked in which language and wording."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from training.corpus import Asked, Corpus, CorpusBuilder, Source, open_tokenizer
from training.manifest import Set, read_manifest, read_parallel, read_set
from training.wording import Wording, telegram

CONTEXT = "The tower is red. It was built in 1889. Nobody painted it."


def one_set(file: str, **changes: Any) -> Set:
    fields = {"share": 1.0, "questions": 9, "kind": "span", "titled": True, "grouped": 0, "switched": 0.0, "copies": 1}
    return Set(file=file, licence="CC0", **(fields | changes))


def squad(path: Path, articles: int = 1, questions: int = 2, **fields: Any) -> Path:
    qas = [
        {"id": f"q{n}", "question": f"When {n}?", "answers": [{"text": "1889", "answer_start": 34}], **fields}
        for n in range(questions)
    ]
    data = [{"title": f"Old_Tower_{n}", "paragraphs": [{"context": CONTEXT, "qas": qas}]} for n in range(articles)]
    path.write_bytes(gzip.compress(json.dumps({"data": data}).encode()))
    return path


def lines(path: Path, *entries: dict[str, str]) -> Path:
    path.write_bytes(gzip.compress("\n".join(json.dumps(entry) for entry in entries).encode()))
    return path


def test_the_manifest_states_licences_and_leaves_out_what_is_measured_with() -> None:
    sets = read_manifest()
    assert all(one.licence for one in sets) and len({one.file for one in sets}) == len(sets)
    assert not any("germanquad" in one.file or one.file in ("de.json", "en.json") for one in sets)
    assert {one.kind for one in sets} == {"span", "sentence", "passage", "definitions"}
    with pytest.raises(ValidationError):
        one_set("x.en.json.gz", kind="something")


def test_a_share_of_the_articles_and_some_of_the_questions_are_used(tmp_path: Path) -> None:
    path = squad(tmp_path / "x.en.json.gz", articles=200, questions=5)
    found = list(read_set(one_set(path.name, share=0.3, questions=2), path, {}, random.Random(0)))
    assert 40 < len(found) < 80 and all(len(asked) == 2 for one in found for _, asked in one.paragraphs)
    assert found[0].titles[0].startswith("Old Tower ") and found[0].language == "en"
    bare = next(iter(read_set(one_set(path.name, titled=False), path, {}, random.Random(0))))
    assert bare.titles == []


def test_short_articles_are_read_together(tmp_path: Path) -> None:
    path = squad(tmp_path / "x.en.json.gz", articles=5)
    found = list(read_set(one_set(path.name, grouped=2), path, {}, random.Random(0)))
    assert [len(one.paragraphs) for one in found] == [2, 2, 1]
    assert [title for one in found for title in one.titles] == [f"Old Tower {n}" for n in range(5)]


def test_questions_are_asked_in_other_languages(tmp_path: Path) -> None:
    path = squad(tmp_path / "x.de.json.gz", questions=300)
    words = lines(tmp_path / "p.jsonl.gz", *({"id": f"q{n}", "de": "Wann?", "en": "When was it?"} for n in range(300)))
    parallel = read_parallel(words)
    asked = [
        one
        for source in read_set(one_set(path.name, questions=300), path, parallel, random.Random(0))
        for _, some in source.paragraphs
        for one in some
    ]
    foreign = [one for one in asked if one.language == "en"]
    assert 60 < len(foreign) < 120 and {one.question for one in foreign} == {"When was it?"}
    assert {one.language for one in asked} == {"", "en"}


def test_a_paragraph_without_a_span_answers_as_a_whole(tmp_path: Path) -> None:
    path = lines(tmp_path / "x.de.jsonl.gz", {"id": "a", "question": "Wann?", "context": CONTEXT + " "})
    (source,) = read_set(one_set(path.name, kind="passage"), path, {}, random.Random(0))
    assert source.paragraphs == [(CONTEXT, [Asked("Wann?", (0, len(CONTEXT)), "passage", id="a")])]


def test_a_title_becomes_a_question_where_the_first_sentence_defines_it(tmp_path: Path) -> None:
    text = "Die Bank ist ein Möbel zum Sitzen. Sie ist lang.\n\n== Bau ==\n\nMan baut sie\naus Holz."
    other = {"title": "Otto", "text": "Im Jahr 900 war Otto noch nicht geboren."}
    path = lines(tmp_path / "x.de.jsonl.gz", {"title": "Bank", "text": text}, other)
    bank, otto = read_set(one_set(path.name, kind="definitions"), path, {}, random.Random(0))
    (first, (asked,)), second = bank.paragraphs
    assert asked.question == "Was ist die Bank?" and asked.answer
    assert first[slice(*asked.answer)] == "ein Möbel zum Sitzen"
    assert second == ("Man baut sie aus Holz.", []) and bank.titles == ["Bank", "Bank › Bau"]
    assert otto.paragraphs[0][1] == []


def test_a_title_is_read_before_the_text_and_is_no_sentence() -> None:
    builder = CorpusBuilder(open_tokenizer(), random.Random(0))
    with_title, spans = builder.encode("It is red. It is old.", [(0, 10), (11, 21)], "Tower")
    bare, _ = builder.encode("It is red. It is old.", [(0, 10), (11, 21)])
    more = len(with_title.ids) - len(bare.ids)
    assert more >= 2 and (with_title.sentences[more:] == bare.sentences).all()
    assert set(with_title.sentences[: more + 1]) == {-1}
    assert "It is red. It is old."[slice(*spans[with_title.sentences == 1][[0, -1], [0, 1]])].strip() == "It is old."


def test_several_sentences_may_answer_together() -> None:
    builder = CorpusBuilder(open_tokenizer(), random.Random(0))
    start = CONTEXT.index("It was")
    evidence = ((0, 17), (start, start + 21))
    builder.add(Source("en", [(CONTEXT, [Asked("Why?", (0, start + 21), "sentence", evidence)])]))
    (example,) = builder.corpus.examples
    assert example.kind == "sentence" and example.sentences == (0, 1)


def test_a_corpus_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = squad(tmp_path / "x.en.json.gz", articles=3, evidence=[{"start": 18, "end": 39}])
    builder = CorpusBuilder(open_tokenizer(), random.Random(0))
    for source in read_set(one_set(path.name, grouped=3), path, {}, random.Random(0)):
        builder.add(source, misleading=0.5)
    builder.corpus.write(tmp_path / "corpus.npz")
    found = Corpus.read(tmp_path / "corpus.npz")
    assert len(found.passages) == 3 and len(found.examples) == len(builder.corpus.examples) >= 6
    for ours, theirs in zip(builder.corpus.passages, found.passages, strict=True):
        assert (ours.ids == theirs.ids).all() and (ours.sentences == theirs.sentences).all()
    for before, after in zip(builder.corpus.examples, found.examples, strict=True):
        assert (before.question == after.question).all() and after.sentences == (1,)
        for name in ("passage", "start", "end", "rivals", "misleading", "kind"):
            assert getattr(before, name) == getattr(after, name)


def test_questions_are_reworded_as_people_type() -> None:
    question = "Wann wurde die Brücke über den Fluss gebaut?"
    assert telegram(question, "de") == "Wann Brücke über Fluss gebaut?"
    assert telegram(question, "zh") == question
    assert Wording(0.0, random.Random(0))(question, "de") == question
    made = {Wording(1.0, random.Random(seed))(question, "de") for seed in range(60)}
    assert "wann wurde die brücke über den fluss gebaut" in made and "Wann Brücke über Fluss gebaut" in made
    assert any("bruecke" in one.lower() for one in made) and any("?" not in one for one in made)
    assert Wording(1.0, random.Random(0))("Was ist das?", "de") != ""
