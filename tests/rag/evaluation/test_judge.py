"""Exact match and F1, against cases worked out by hand from SQuAD v1.1's script."""

from __future__ import annotations

import pytest

from rag.evaluation.judge import exact_match, f1


@pytest.mark.parametrize(
    ("given", "expected", "exact", "overlap"),
    [
        ("Denver Broncos", "Denver Broncos", 1, 1),
        ("the Denver Broncos!", "Denver  broncos", 1, 1),  # case, article, punctuation, white space
        ("The Broncos", "Denver Broncos", 0, 2 / 3),  # 1 of 1 given, 1 of 2 expected
        ("Denver", "Broncos", 0, 0),
        ("to be or not to be", "to be", 0, 1 / 2),  # 2 of 6 given, 2 of 2 expected: each word counts once
        ("U.S.", "us", 1, 1),  # punctuation joins what it parted
        ("well-known", "well known", 0, 0),
        ("1914–1918", "19141918", 0, 0),  # only ASCII punctuation goes
        ("$5", "5", 1, 1),
        ("a an another", "another", 1, 1),  # articles are whole words
        ("Straße", "strasse", 0, 0),  # lower case is not case folding
        ("the", "a", 1, 0),  # nothing is left of either: the script's exact match is 1, its F1 0
        ("", "Denver", 0, 0),
    ],
)  # fmt: skip
def test_english_is_as_the_official_script_has_it(given: str, expected: str, exact: float, overlap: float) -> None:
    assert exact_match(given, [expected], "en") == exact
    assert f1(given, [expected], "en") == pytest.approx(overlap)


@pytest.mark.parametrize(
    ("given", "expected", "language", "exact", "overlap"),
    [
        ("„Die Straße“", "strasse", "de", 1, 1),
        ("im Mai in Seoul", "in Seoul", "de", 0, 2 / 3),  # 2 of 4, 2 of 2
        ("der Hund", "the Hund", "de", 0, 2 / 3),  # "the" is no article in German
        ("¿Los gatos?", "gatos", "es", 1, 1),
        ("l’Italie", "Italie", "fr", 1, 1),
        ("北京市。", "北京", "zh", 0, 4 / 5),  # 2 of 3 characters, 2 of 2
        ("2008年", "2008 年", "zh", 1, 1),
        ("東京タワー", "東京", "ja", 0, 4 / 7),  # 2 of 5, 2 of 2
        ("กขค", "กข", "th", 0, 4 / 5),
        ("서울에서", "서울", "ko", 0, 0),
        ("Привет, мир!", "привет мир", "ru", 1, 1),
    ],
)  # fmt: skip
def test_other_languages(given: str, expected: str, language: str, exact: float, overlap: float) -> None:
    assert exact_match(given, [expected], language) == exact
    assert f1(given, [expected], language) == pytest.approx(overlap)


def test_the_best_of_several_expected_answers_counts() -> None:
    answers = ["Seoul", "im Mai in Seoul"]
    assert exact_match("Im Mai in Seoul", answers, "de") == 1
    assert f1("Mai in Seoul", answers, "de") == pytest.approx(6 / 7)
    assert exact_match("Seoul", [], "de") == f1("Seoul", [], "de") == 0
