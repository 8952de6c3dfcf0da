"""What a filter means, and what is refused as none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from index import Article, QuestionError
from index.filter import Filter, folder_of, format_of

REPORT = Article.read(
    "Ein Text.", title="Jahresbericht Größe 2024", source="/srv/archive/Reports/2024/a.pdf", author="Anna Huber",
    date="2024-03-05", language="de",
)  # fmt: skip
PAGE = Article.read("A text.", title="News: today", source="https://example.org/news", date="2023", language="en")
PASTED = Article.read("Noch ein Text.", title="Notiz", language="de")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", [REPORT, PAGE, PASTED]),
        ("format:pdf", [REPORT]),
        ("format:PDF,web", [REPORT, PAGE]),
        ("format:.htm format:txt", [PAGE, PASTED]),
        ("date:2024", [REPORT]),
        ("date:2024-03 language:de", [REPORT]),
        ("date:2023..2024-03-04", [PAGE]),
        ("date:..2024", [REPORT, PAGE]),
        ("folder:reports", [REPORT]),
        ("folder:archive/reports/", [REPORT]),
        ("folder:report", []),
        ("folder:example.org", [PAGE]),
        ('title:"bericht grosse"', [REPORT]),
        ("2024 bericht", [REPORT]),
        ('"news: today"', [PAGE]),
        ("author:huber language:en", []),
        ("language:de,en date:2023", [PAGE]),
    ],
)
def test_a_filter_finds_what_it_says(text: str, found: list[Article]) -> None:
    chosen = Filter.parse(text)
    assert [one for one in (REPORT, PAGE, PASTED) if chosen.matches(one)] == found
    assert Filter.parse(str(chosen)) == chosen


@pytest.mark.parametrize(
    "text",
    ["formt:pdf", "format:exe", "date:soon", "date:2024..2020", "language:Klingon1", "format:", 'title:"open', "date:..", "a" * 501],
)  # fmt: skip
def test_what_is_no_filter_is_refused_with_what_is_one(text: str) -> None:
    with pytest.raises(QuestionError, match="Expected"):
        Filter.parse(text)


def test_format_and_folder_are_those_of_the_source() -> None:
    assert (format_of(REPORT), folder_of(REPORT)) == ("pdf", "/srv/archive/Reports/2024")
    assert (format_of(PAGE), folder_of(PAGE)) == ("html", "example.org")
    windows = replace(REPORT, source=r"C:\Akten\b.docx")
    assert (format_of(windows), folder_of(windows)) == ("word", "C:/Akten")
    assert (format_of(PASTED), folder_of(PASTED)) == ("text", "")
