"""Thumbs on disk: written whole by several writers at once, and read back as a question set."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from index.errors import FeedbackError, QuestionSetError
from rag import Assistant, Turn
from rag.evaluation import evaluate, read_question_set
from rag.evaluation.formats.feedback import is_feedback
from rag.feedback import Feedback, FeedbackFile, Verdict, articles_of
from tests.question_files import quotes
from tests.shell import beleg, check_refused
from tests.small_set import BREAD, TOWER

HEAT = "Bei wie viel Grad backt man Brot?"
CAR = "Was kostet ein neues Auto in Japan?"
TALL = "How tall is the tower?"


def said(
    assistant: Assistant, question: str, verdict: Verdict | None = "right", *earlier: str, **more: Any
) -> Feedback:
    turns: list[Turn] = []
    for one in earlier:
        turns.append(Turn(one, assistant.ask(one, turns)))
    answer = assistant.ask(question, turns)
    found = Feedback(
        f"{question} {len(earlier)}",
        earlier,
        answer,
        articles_of(answer, assistant.articles, assistant.index.article_rows),
        verdict,
    )
    return replace(found, **more)


def written(tmp_path: Path, *feedback: Feedback) -> Path:
    file = FeedbackFile(tmp_path / "new" / "feedback.jsonl")
    for one in feedback:
        file.append(one)
    return file.path


def test_what_was_marked_right_is_gold(tmp_path: Path, two_articles: Assistant) -> None:
    founded = "Wann wurde die Bäckerei Huber gegründet?"
    path = written(
        tmp_path,
        said(two_articles, HEAT, "wrong"),
        said(two_articles, TALL),
        said(two_articles, HEAT),
        said(two_articles, "Und wo?", "right", founded),
        said(two_articles, CAR),
        said(two_articles, founded, "wrong", note="das Jahr fehlt"),
        said(two_articles, "Was frisst Sauerteig?", None),
    )
    read = read_question_set(path, articles=[BREAD, TOWER])
    assert [question.text for question in read.questions] == [HEAT, "Und wo?", TALL, CAR]
    heat, where, tall, car = read.questions
    assert heat.answerable and heat.article_id == BREAD.id and heat.language == "de" and not heat.answers
    assert where.earlier == (founded,) and tall.article_id == TOWER.id and tall.language == "en"
    assert not car.answerable and not car.evidence and car.article_id == TOWER.id, "of which the nearest sentence is"
    assert quotes(read)[0] == ["Brot backt man bei 230 Grad."]
    assert read.left_out == ("1 of 5 left out: marked wrong, no gold known",)
    report = evaluate(read, assistant=two_articles)
    assert report.summary["hit@1"].value == 1 and report.summary["refused"].value == 1


def test_a_line_has_what_a_person_needs_to_find_the_gold(tmp_path: Path, two_articles: Assistant) -> None:
    feedback = said(two_articles, CAR, "wrong", note="steht doch da: „Huber“ & <b>")
    path = written(tmp_path, feedback)
    line = json.loads(path.read_text(encoding="utf-8"))
    assert line["answer"] == feedback.answer.to_dict() and line["note"] == feedback.note
    assert line["verdict"] == "wrong" and line["question"] == CAR and line["history"] == [] and line["beleg"]
    assert {one["title"] for one in line["articles"]} <= {"Brot", "Tower"} and line["articles"]
    assert all(one["sha256"].startswith(one["id"]) for one in line["articles"])
    assert line.keys() == {
        "format", "id", "time", "beleg", "question", "history", "verdict", "note", "answer", "articles",
    }, "and nothing of who said it"  # fmt: skip
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_line_cut_off_costs_only_itself(tmp_path: Path, two_articles: Assistant) -> None:
    path = written(tmp_path, said(two_articles, HEAT))
    whole = path.read_bytes()
    cut = whole[: whole.index("ü".encode()) + 1] if "ü".encode() in whole else whole[:50]
    path.write_bytes(whole + cut)
    read = read_question_set(path, articles=[BREAD])
    assert len(read.questions) == 1 and read.left_out == ("line 2 left out: it was not written to its end",)
    FeedbackFile(path).append(said(two_articles, CAR))
    path.write_bytes(b"" + cut + b"\n" + path.read_bytes())
    read = read_question_set(path, articles=[BREAD, TOWER])
    assert [question.text for question in read.questions] == [HEAT, CAR]
    assert read.left_out == tuple(f"line {n} left out: it was not written to its end" for n in (1, 3))


@pytest.mark.parametrize("blank", [b"\n", b" ", b"\n ", b"\t\n", b"{ ", b"{\n", b'{"format" '])
def test_no_file_takes_for_ever_to_be_told_apart(blank: bytes) -> None:
    # What reads it again from each blank would take an hour.
    much = blank * (2_000_000 // len(blank))
    assert not is_feedback(much)
    assert is_feedback(much + b'\n { "format": "beleg-feedback/1"')


WRITER = """
import sys, json
from pathlib import Path
from rag.answer import Answer
from rag.feedback import Feedback, FeedbackFile
answer = Answer(question="q" * 20000, read_as="", text="", abstained=True, confidence=0.0, language="de")
file = FeedbackFile(Path(sys.argv[1]))
for number in range(40):
    file.append(Feedback(f"{sys.argv[2]}-{number}", (), answer, (), "right"))
"""


def test_two_writers_do_not_mix_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "feedback.jsonl"
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, path, name]) for name in "ab"]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    ids = [json.loads(line)["id"] for line in path.read_text(encoding="utf-8").splitlines()]
    assert sorted(ids) == sorted(f"{name}-{number}" for name in "ab" for number in range(40))


def test_what_cannot_be_asked_is_said(tmp_path: Path, two_articles: Assistant) -> None:
    path = written(tmp_path, said(two_articles, TALL), said(two_articles, HEAT))
    read = read_question_set(path, articles=[BREAD])
    assert read.left_out == ("1 of 2 left out: about articles that are not here ('Tower')",)
    with pytest.raises(
        QuestionSetError, match=r"2 of 2 left out: .*'Tower', 'Brot'.*--article FILE.*Expected at least one"
    ):
        read_question_set(path)
    only_wrong = written(tmp_path / "wrong", said(two_articles, HEAT, "wrong"))
    with pytest.raises(QuestionSetError, match=r"feedback\.jsonl: 1 of 1 left out: marked wrong, no gold known\. Exp"):
        read_question_set(only_wrong, articles=[BREAD])
    with pytest.raises(QuestionSetError, match="is a file of feedback. Expected a SQuAD file"):
        read_question_set(path, articles=[BREAD], twins=True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"verdict": "maybe"}, r'line 2, verdict: is "maybe"\. Expected "right", "wrong" or null'),
        ({"question": 5}, r"line 2, question: is 5\. Expected a text"),
        ({"format": "beleg-feedback/2"}, r'line 2: is "beleg-feedback/2"\. Expected a line with'),
        ({"answer": {"abstained": False, "citations": []}}, r"line 2, answer\.citations: is empty"),
        ({"answer": {"abstained": False, "citations": [{"article_id": BREAD.id, "start": 0, "end": 9, "text": "Quark"}]}},
         r"line 2, answer\.citations\[0\]: is not what stands at 0 to 9 in the article 'Brot'"),
    ],
)  # fmt: skip
def test_a_mistake_made_by_hand_is_named(
    tmp_path: Path, two_articles: Assistant, change: dict[str, Any], message: str
) -> None:
    path = written(tmp_path, said(two_articles, HEAT))
    changed = {**json.loads(path.read_text(encoding="utf-8")), "id": "other", **change}
    path.write_text(path.read_text(encoding="utf-8") + json.dumps(changed) + "\n", encoding="utf-8")
    with pytest.raises(QuestionSetError, match=message):
        read_question_set(path, articles=[BREAD])


def test_a_place_that_cannot_be_written_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(FeedbackError, match="it is a folder. Expected a file; name another with --feedback FILE"):
        FeedbackFile(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(FeedbackError, match="does not let this user write"):
        FeedbackFile(tmp_path / "file" / "feedback.jsonl")


def test_eval_asks_it_and_says_what_is_left_out(tmp_path: Path, two_articles: Assistant) -> None:
    path = written(tmp_path, said(two_articles, HEAT), said(two_articles, CAR, "wrong"))
    (tmp_path / "brot.txt").write_text(BREAD.text, encoding="utf-8")
    run = beleg("eval", path, "--article", tmp_path / "brot.txt")
    assert run.returncode == 0 and "1 question of feedback.jsonl" in run.stdout, (run.stdout, run.stderr)
    assert run.stderr == "beleg: feedback.jsonl: 1 of 2 left out: marked wrong, no gold known\n"


def test_chat_refuses_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    check_refused(beleg("chat", "--feedback", tmp_path), "it is a folder. Expected a file")
    run = beleg("chat", "--feedback", tmp_path / "f.jsonl", "--no-feedback")
    assert run.returncode == 2 and "exclude each other" in run.stderr
