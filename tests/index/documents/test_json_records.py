"""JSON: an array of objects is a table, what an object holds besides are lines and sections; what is no JSON is text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from index import Article, ArticleError, EmbeddedEncoder, build_index, save_index
from index.documents.files import documents_below
from index.documents.json_records import MAX_BYTES, MAX_VALUES, name_of, read


def blocks(article: Article) -> list[tuple[str, str]]:
    return [(block.kind, article.text[block.start : block.end]) for block in article.blocks]


def read_as(value: object) -> Article:
    return read(json.dumps(value, ensure_ascii=False).encode(), "loans.json")


LOANS = [
    {"loanId": "L-1", "reader": {"name": "Ida Holm", "home_town": "Malmö"}, "books": ["Emma", "Dune"], "fee": 1.50},
    {"loanId": "L-2", "reader": {"name": "Per Dahl", "home_town": "Lund"}, "books": [], "fee": None},
]


def test_records_in_one_line_are_rows_below_their_keys() -> None:
    article = read_as(LOANS)
    assert article.title == "loans"
    assert blocks(article) == [
        ("row", "loan id | reader name | reader home town | books | fee"),
        ("row", "L-1 | Ida Holm | Malmö | Emma, Dune | 1.5"),
        ("row", "L-2 | Per Dahl | Lund |  | "),
    ]
    assert {block.header for block in article.blocks} == {0}


def test_numbers_stay_as_they_are_written() -> None:
    article = read(b'[{"name": "a", "price": 4.50, "no": 007e1}]'.replace(b"007e1", b"1.0E+2"), "p.json")
    assert blocks(article)[-1] == ("row", "a | 4.50 | 1.0E+2")
    huge = b'[{"name": "a", "n": ' + b"9" * 10_000 + b"}]"
    assert "9" * 700 in read(huge, "p.json").text


def test_an_object_is_lines_and_what_it_holds_sections() -> None:
    article = read_as(
        {"loans": LOANS, "library": "Kirseberg", "hours": {"mon": "9-5", "tags": ["a", "b"]}, "open": True}
    )
    said = blocks(article)
    assert said[:2] == [("line", "library: Kirseberg"), ("line", "open: true")]
    assert said[2] == ("heading", "loans") and said[3][0] == "row"
    assert said[-3:] == [("heading", "hours"), ("line", "mon: 9-5"), ("line", "tags: a, b")]
    row = next(block for block in article.blocks if "Per Dahl" in article.text[block.start : block.end])
    place = article.place(row.start, row.end)
    assert place is not None and place.under == ("loans",) and place.header.startswith("loan id | reader name")


def test_a_list_of_objects_in_a_record_is_a_column_for_each_of_their_keys() -> None:
    article = read_as([{"id": "x", "parts": [{"name": "bolt", "n": 4}, {"name": "nut"}]}, {"id": "y", "parts": []}])
    assert blocks(article)[:2] == [("row", "id | parts name | parts n | parts"), ("row", "x | bolt; nut | 4; – | ")]


def test_records_of_other_kinds_have_a_header_of_their_own() -> None:
    article = read_as([{"a": "1", "b": "x"}, {"a": "2", "c": "z"}, {"d": "5", "e": "y"}, {"d": "6"}])
    assert [text for _, text in blocks(article)] == ["a | b | c", "1 | x | ", "2 |  | z", "d | e", "5 | y", "6 | "]


def test_names_as_keys_are_the_first_column() -> None:
    article = read_as({"Oslo": {"height": 12, "since": 1950}, "Bergen": {"height": 8, "since": 1961}})
    assert [text for _, text in blocks(article)] == [" | height | since", "Oslo | 12 | 1950", "Bergen | 8 | 1961"]


def test_a_record_that_is_too_long_for_a_row_is_a_section() -> None:
    prose = "The keeper lit the lamp at dusk. " * 30
    article = read_as([{"title": "The lamp", "year": 1901, "text": f"{prose}\n\nHe slept."}, {"title": "The bell"}])
    kinds = [(block.kind, block.level) for block in article.blocks]
    assert kinds == [
        ("heading", 1), ("line", 0), ("line", 0), ("heading", 2), ("paragraph", 0), ("paragraph", 0),
        ("heading", 1), ("row", 0), ("row", 0),
    ]  # fmt: skip
    assert article.headings(5) == ("The lamp", "text")


def test_json_lines_are_records_and_text_stays_text() -> None:
    lines = b'{"who": "Ida", "said": "yes"}\r\n\r\n{"who": "Per", "said": "no"}\r\n'
    assert [text for _, text in blocks(read(lines, "votes.jsonl"))] == ["who | said", "Ida | yes", "Per | no"]
    for text in ('{"who": Ida}', '[{"who": "Ida"},', "The vote was close.", '{"a": 1}\nnot a record\n{"a": 2}'):
        assert read(text.encode(), "votes.json").text.strip() == text


@pytest.mark.parametrize(
    ("key", "name"),
    [("order_id", "order id"), ("exportedAt", "exported at"), ("orderID", "order ID"), ("$ref", "ref"), ("__", "__"),
     ("Preis EUR", "Preis EUR"), ("état_civil", "état civil")],
)  # fmt: skip
def test_a_key_is_words(key: str, name: str) -> None:
    assert name_of(key) == name


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 900 + b'"word"' + b"}" * 900,
        (b'{"' + b"k" * 50_000 + b'":') * 39 + b'"word"' + b"}" * 39,
        b"[" + b'{"a":1},' * 100_000 + b'{"a":1}]',
        json.dumps([{f"key{n}": "v" for n in range(100_000)}]).encode(),
        json.dumps([{f"key{n}": "v"} for n in range(100_000)]).encode(),
        b'{"a":' * 30 + b"[" + b'{"b":"x"},' * 50_000 + b'{"b":"x"}]' + b"}" * 30,
        b"[" + b"1," * 4 * MAX_VALUES + b'"word"]',
        b'["\\ud800 word", "\\u0000", null]',
        b'"' + b"x" * MAX_BYTES + b'"',
    ],
    ids=["deep", "deep objects", "long keys", "rows", "wide", "no key twice", "below others", "many", "odd", "large"],
)
def test_what_is_made_to_be_slow_is_read_or_refused(content: bytes) -> None:
    try:
        article = read(content, "bomb.json")
    except ArticleError as error:
        assert error.code in ("json-too-large", "article-too-large", "article-without-words")
    else:
        assert len(article.text) < 2 * len(content) + 100 and "\x00" not in article.text


def test_an_index_among_the_documents_is_none_of_them(tmp_path: Path, encoder: EmbeddedEncoder) -> None:
    (tmp_path / "bread.txt").write_text("Bread is baked at 230 degrees.", encoding="utf-8")
    save_index(build_index([Article.read("The tower is 330 metres high.")], encoder), tmp_path / "made")
    faults: list[ArticleError] = []
    assert [path.name for path in documents_below(tmp_path, faults.append)] == ["bread.txt"]
    assert not list(documents_below(tmp_path / "made", faults.append)) and not faults
