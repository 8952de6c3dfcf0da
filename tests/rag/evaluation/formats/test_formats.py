"""Which options go with which format."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from index.errors import QuestionSetError
from rag.evaluation.formats import read_question_set
from tests.question_files import OTHER, TEXT, asked, own, quotes


def test_a_file_with_articles_of_its_own_takes_no_other(tmp_path: Path) -> None:
    path = tmp_path / "squad.json"
    qa = {"id": "a", "question": "Wer?", "answers": [{"text": "Ada", "answer_start": 0}]}
    path.write_text(json.dumps({"data": [{"paragraphs": [{"context": TEXT, "qas": [qa]}]}]}))
    for given in (path, tmp_path):
        with pytest.raises(QuestionSetError, match="which has its own articles.*leave out --article"):
            read_question_set(given, articles=[OTHER])
    assert quotes(read_question_set(path, at_hand=[OTHER])) == [["Ada"]], "those of a chat or an index are no mistake"
    questions = own(tmp_path, asked(evidence=[{"text": "Compiler"}]))
    assert quotes(read_question_set(questions, at_hand=[OTHER])) == [["Compiler"]]


def test_what_is_not_there_or_not_to_be_had(tmp_path: Path) -> None:
    with pytest.raises(QuestionSetError, match="none.json does not exist"):
        read_question_set(tmp_path / "none.json")
    with pytest.raises(QuestionSetError, match="Expected a SQuAD file, the only one of which twins are made"):
        read_question_set(None, twins=True)
    with pytest.raises(QuestionSetError, match="other questions are asked in place"):
        read_question_set(None, questions_from=tmp_path / "en.json")
    with pytest.raises(QuestionSetError, match="limit is 0"):
        read_question_set(None, limit=0)
