"""JSON files as they should not be: each mistake is named by its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.errors import QuestionSetError
from rag.evaluation.formats import read_question_set
from rag.evaluation.formats.json_file import dotted, line_of
from tests.question_files import ARTICLE, asked, own, said_in_german


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        ("Yoon traf „Kishida“.".encode(), r"is no JSON\. .*give the article with --article, and the questions as FILE"),
        ('{"format": 1}'.encode("utf-16"), r"line 1: looks like UTF-16.*iconv -f UTF-16 -t UTF-8 .*q\.json > q\.utf8\.json$"),
        (b" \n", "is empty"),
        (b'{"format": "beleg-questions/1",\n "questions": [,]}', "line 2 column 16: .*Expected JSON"),
        (b'{"format": "beleg-questions/2",\n "questions": []}', 'line 1, format: is "beleg-questions/2"\\. Expected "beleg-questions/1"'),
        (b'{"questions": []}', 'line 1: has neither "format": "beleg-questions/1" nor SQuAD\'s "data"'),
        (b'["Wer?"]', "line 1: has neither"),
        ('{"format": "beleg-questions/1",\n "article": "Köln"}'.encode("latin-1"), r"line 2: byte 0xf6 is not UTF-8.*iconv .*q\.json > q\.utf8\.json$"),
        (b"\x1f\x8b\x08\x00rest", "line 1: is a gzip file.*gunzip"),
        (b'{"data": NaN}', "line 1: NaN is no JSON number"),
        (b'{"data": "\\ud800"}', "half of a character"),
        (b"[" * 100_000, "line 1: .*recursion"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_question_set_says_what_it_is(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "q.json"
    path.write_bytes(content)
    with pytest.raises(QuestionSetError, match=f"q.json {said}" if said[0] in "il" else said) as raised:
        read_question_set(path)
    assert said_in_german(raised.value)


def test_a_byte_order_mark_is_understood(tmp_path: Path) -> None:
    path = own(tmp_path, asked())
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert len(read_question_set(path, articles=[ARTICLE]).questions) == 1


def test_positions_in_json() -> None:
    text = '{"a\\"": [1,\n {"b": [],\n "c": "]}"}],\n "d": {"e":\n null}, "d": 5}'
    paths = [(), ('a"',), ('a"', 1), ('a"', 1, "c"), ("d",), ('a"', 7)]
    assert [line_of(text, path) for path in paths] == [1, 1, 2, 3, 5, 1]
    assert dotted(("questions", 12, "evidence", 0, "text")) == "questions[12].evidence[0].text"
