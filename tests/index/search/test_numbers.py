from __future__ import annotations

import pytest

from index.search.lexical import ngrams, stems
from index.search.numbers import find_numbers


def readings(text: str, *languages: str) -> list[set[str]]:
    return [set(number.readings) for number in find_numbers(text, languages)]


@pytest.mark.parametrize("written", ["3704", "3.704", "3,704", "3 704", "3’704", "3\u202f704", "٣٧٠٤"])
def test_thousands_are_the_same_number_however_they_are_marked(written: str) -> None:
    [found] = readings(f"die {written} Bienen")
    assert "3704" in found


def test_what_a_mark_means_is_left_open_where_it_can_be() -> None:
    assert readings("3.704") == [{"3704", "3.704"}]
    assert readings("3.7") == readings("3,7") == [{"3.7"}]
    assert readings("0,125") == [{"0.125"}]
    assert readings("3,704.50") == readings("3.704,5") == [{"3704.5"}]
    assert readings("12,34,567") == readings("1.234.567") == [{"1234567"}]
    assert readings("Version 3.2.1") == [{"3.2.1"}]


def test_numbers_side_by_side_stay_apart() -> None:
    assert readings("1994-1996, 7 8; im Jahr 2019 500 Leute") == [
        {n} for n in ("1994", "1996", "7", "8", "2019", "500")
    ]


def test_a_number_in_a_word_leaves_the_word_whole() -> None:
    assert {"3rd", "3"} <= set(stems("the 3rd lamp", ["en"]))
    assert {"148m", "148"} <= set(stems("148m lang", ["de"]))
    assert "2014" in stems("2014年", ["zh"])


def test_a_date_has_its_day_and_year() -> None:
    assert readings("4.5.2012") == readings("04. 05. 2012") == [{"4", "2012-05-04"}, {"2012"}]
    assert {"2012-05-04", "2012-04-05"} <= readings("4/5/2012")[0]
    assert "2012-05-04" in readings("2012-05-04")[1]


@pytest.mark.parametrize(
    ("language", "written", "value"),
    [
        ("de", "vierzehn Kähne", "14"),
        ("de", "VIERZEHN KÄHNE", "14"),
        ("de", "fuenfzig Kähne", "50"),
        ("de", "dreihundertsieben Kähne", "307"),
        ("en", "fourteen barges", "14"),
        ("en", "three hundred and seven barges", "307"),
        ("fr", "quatorze péniches", "14"),
        ("fr", "quatre-vingt-onze péniches", "91"),
        ("es", "catorce barcazas", "14"),
        ("es", "veintitres barcazas", "23"),
        ("it", "quattordici chiatte", "14"),
        ("zh", "十四艘驳船", "14"),
        ("ja", "三百七隻", "307"),
        ("zh", "二〇一四年", "2014"),
    ],
)
def test_numbers_in_words_have_their_value(language: str, written: str, value: str) -> None:
    assert readings(written, language) == [{value}]


def test_articles_ordinals_and_words_of_other_languages_are_no_numbers() -> None:
    assert not readings("ein Haus, die dritte Tür", "de")
    assert not readings("it happened once", "en")
    assert readings("once barcazas", "es") == [{"11"}]
    assert not readings("四川的一个人", "zh")
    assert not readings("Millionen Menschen", "de")


@pytest.mark.parametrize(
    ("language", "written"),
    [("de", "1,5 Millionen"), ("de", "1,5 Mio. Euro"), ("en", "1.5 million"), ("zh", "150万"), ("de", "1 500 000")],
)
def test_a_scale_multiplies(language: str, written: str) -> None:
    assert readings(written, language) == [{"1500000"}]


@pytest.mark.parametrize(("written", "value"), [("8.6k", "8600"), ("45K", "45000"), ("45k€", "45000")])
def test_a_k_behind_a_number_is_a_thousand(written: str, value: str) -> None:
    [number] = find_numbers(f"what was {written} spent on?")
    assert number.readings[0] == value and not number.in_word
    assert not {"3000", "5000"} & {reading for one in find_numbers("3kg, 5km") for reading in one.readings}


def test_terms_have_numbers_by_their_value_and_no_parts_of_them() -> None:
    assert "3704" in stems("Sie hat 3.704 Pfeifen.", ["de"]) and "704" not in stems("3.704", ["de"])
    assert {"vierzehn", "14"} <= set(stems("vierzehn Kähne", ["de"]))
    assert ngrams("370412 Pfeifen", 4) == ngrams("Pfeifen", 4)


def test_halves_and_quarters_belong_to_their_number() -> None:
    assert readings("zweieinhalb Stunden, anderthalb Jahre, fuenfeinhalber Tag", "de") == [{"2.5"}, {"1.5"}, {"5.5"}]
    assert readings("it takes two and a half hours", "en") == readings("2½ hours", "en") == [{"2.5"}]
    assert readings("dos y media horas", "es") == [{"2.5"}] and readings("3¼ kg") == [{"3.25"}]
    # Of a number that has decimals there is no half.
    assert readings("2.5 and a half-baked idea", "en") == [{"2.5"}]
