"""Paragraphs and tables keep to the terminal's width, split no word and name what had no room."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from index import Article, EmbeddedEncoder, build_index
from rag import Assistant
from tests.shell import beleg
from ui.cli.output import ProgressBar, print_answer, print_table, print_text


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")


@pytest.mark.usefixtures("narrow")
def test_a_text_is_broken_between_words_and_counts_wide_characters_twice(capsys: pytest.CaptureFixture[str]) -> None:
    print_text("서울에서 두 사람이 마지막으로 만난 것은 오월의 삼자 정상회의였다", label="  right: ", hang=9)
    first, *rest = capsys.readouterr().out.splitlines()
    assert first.startswith("  right: 서울에서 두") and rest and all(line.startswith(" " * 9) for line in rest)
    assert max(map(cell_len, (first, *rest))) <= 40


@pytest.mark.usefixtures("narrow")
def test_a_word_wider_than_the_terminal_stays_whole(capsys: pytest.CaptureFixture[str]) -> None:
    path = "/a/long/path/" + "x" * 40
    print_text(f"Written to {path}. Use it:")
    assert f"{path}." in capsys.readouterr().out.split()


@pytest.mark.usefixtures("narrow")
def test_a_table_breaks_names_between_words_and_names_the_columns_it_leaves_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = [["questions about the whole of it", "0.123", "0.456 … 0.789", "12"], ["\x1b[31mshort", "1", "", "3"]]
    print_table(["", "value", "95 % interval", "answered"], rows)
    head, *lines, no_room, more, empty = capsys.readouterr().out.splitlines()
    assert head.split() == ["value", "95", "%", "interval"] and max(map(len, (head, *lines))) <= 40
    assert f"{no_room} {more.strip()}" == "(no room for: answered; a wider terminal shows them)" and empty == ""
    assert lines[0].endswith("0.123  0.456 … 0.789") and "\x1b" not in "".join(lines)
    names = " ".join(line.removesuffix("0.123  0.456 … 0.789") for line in lines).split()
    assert names[:6] == ["questions", "about", "the", "whole", "of", "it"]


def test_what_is_no_answer_from_the_article_says_so_and_is_no_abstention() -> None:
    run = beleg("ask", "Danke dir!")
    assert run.returncode == 0 and run.stdout.splitlines() == ["Gern geschehen.", "(Nicht aus dem Artikel)"]


def test_a_terminal_shows_sides_that_differ_and_what_stays_open(
    encoder: EmbeddedEncoder, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = {
        "Chronik": "Die Fähre auf dem Fluss ist 38 Meter lang. Sie wurde 1911 in Lauenburg gebaut.",
        "Brief": "Die Fähre auf dem Fluss ist 41 Meter lang. Im Frühjahr 2019 wurde sie gestrichen.",
    }
    articles = [Article.read(text, title=title, language="de") for title, text in texts.items()]
    assistant = Assistant(build_index(articles, encoder), encoder)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "dumb")  # no colours
    print_answer(assistant.ask("Wie lang ist die Fähre? Wie heißt der Fährmann?"), assistant)
    lead, short, sentence, source, other, *_ = lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert lead == "Die Artikel sagen Verschiedenes:" and {short[:2], other[:2]} == {"38", "41"}
    assert sentence == f"Die Fähre auf dem Fluss ist {short[:2]} Meter lang. [1]" and source.startswith("[1] ")
    assert lines[7:9] == ["Offen geblieben:", "? Wie heißt der Fährmann?"]


def test_where_there_is_no_terminal_a_line_now_and_then_says_how_far_it_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    with ProgressBar() as progress:
        # Loading a model before the first call is no part of it.
        now += 60
        for done in range(0, 5001, 500):
            progress("encoding", done, 5000)
            now += 4
        progress("cues", 7, 0)
        now += 11
        progress("cues", 8, 0, "note\x1b")
    assert capsys.readouterr().err.splitlines() == [
        "encoding: 1,500 of 5,000, about 28 s left",
        "encoding: 3,000 of 5,000, about 16 s left",
        "encoding: 4,500 of 5,000, about 4 s left",
        "cues: 8 note␛",
    ]
    with ProgressBar() as progress:
        progress("encoding", 0, 1)
        progress("encoding", 1, 1)
    assert capsys.readouterr().err == "", "of what is done at once nothing is said"
