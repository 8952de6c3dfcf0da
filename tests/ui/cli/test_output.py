"""Paragraphs and tables keep to the terminal's width, split no word and name what had no room."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from ui.cli.output import print_table, print_text


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
