"""A text of combining marks is refused at once: to normalise it would take minutes."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from index import Article, ArticleError, read_article
from index.errors import QuestionError
from index.text_bounds import MAX_MARKS, has_mark_run
from rag.settings import Settings
from tests.shell import beleg, check_refused

# Two marks that normalisation puts the other way round.
RUN = "a" + "\u0301\u0323" * 50_000


@pytest.mark.parametrize("mark", ["\u0301", "\u20dd", "\u3099", "\u0e38", "\uff9e", "\U0001d165"])
def test_one_mark_more_than_a_text_has_is_found_wherever_it_stands(mark: str) -> None:
    for before in range(70):
        text = "ä" * before + mark * MAX_MARKS
        assert not has_mark_run(text + "ä" * 40 + mark * MAX_MARKS)
        assert has_mark_run(text + mark + "ä" * 40)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain",
        "Ärger über Öl",
        "हिन्दी में लिखा हुआ",
        "ภาษาไทยที่นี่",
        "בְּרֵאשִׁ֖ית בָּרָ֣א",
        "👨‍👩‍👧 👍🏽",
        unicodedata.normalize("NFD", "Việt Nam"),
    ],
)
def test_no_languages_text_is_refused(text: str) -> None:
    assert not has_mark_run(text * 100)


def test_marks_are_refused_as_text_title_and_question() -> None:
    for text, title in ((RUN, ""), ("Ein Satz.", RUN)):
        with pytest.raises(ArticleError, match="combining marks"):
            Article.read(text, title=title)
    with pytest.raises(QuestionError, match="combining marks"):
        Settings().check_question("Wann? " + "\u0301\u0323" * 20)


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html", "a.csv", "a.srt", "a.eml"])
def test_a_document_of_marks_is_named(tmp_path: Path, name: str) -> None:
    begin = {"a.srt": "1\n00:00:01,000 --> 00:00:02,000\n", "a.eml": "Content-Type: text/plain; charset=utf-8\n\n"}
    body = f"<p>{RUN}</p>" if name == "a.html" else f"a,b\n1,{RUN}\n" if name == "a.csv" else RUN
    path = tmp_path / name
    path.write_text(begin.get(name, "") + body, encoding="utf-8")
    with pytest.raises(ArticleError, match="combining marks") as error:
        read_article(path)
    assert str(error.value).startswith(str(path))


def test_the_shell_refuses_marks_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(RUN, encoding="utf-8")
    check_refused(beleg("ask", "Wann?", "--article", tmp_path / "a.txt"), "a.txt", "combining marks")
