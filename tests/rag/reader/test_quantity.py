from __future__ import annotations

import pytest

from rag.reader.quantity import differ, quantities

SAME = [
    ("12 km", "en", "twelve kilometres", "en"),
    ("12 km", "en", "zwölf Kilometer", "de"),
    ("1,500 metres", "en", "1,5 km", "de"),
    ("1.5 m", "en", "150 cm", "en"),
    ("1.204 Pfeifen", "de", "1,204 pipes", "en"),
    ("2,3 Millionen Euro", "de", "€2,300,000", "en"),
    ("4 May 1921", "en", "May 1921", "en"),
    ("4 May 1921", "en", "1921", "en"),
    ("4 May 1921", "en", "4. Mai 1921", "de"),
    ("2012年5月4日", "zh", "4 mai 2012", "fr"),
    ("5 p.m.", "en", "17 Uhr", "de"),
    ("晚上8点", "zh", "20 Uhr", "de"),
    ("9 a.m.", "en", "9 o'clock", "en"),
    ("18h30", "fr", "6:30 p.m.", "en"),
    ("Monday", "en", "lundi", "fr"),
    ("XIIe siècle", "fr", "12. Jahrhundert", "de"),
    ("two years", "en", "24 months", "en"),
    ("about 900 people", "en", "912 people", "en"),
    ("around 900,000", "en", "912,340", "en"),
    ("at least 20 volunteers", "en", "25 volunteers", "en"),
    ("nicht weniger als 20 Helfer", "de", "25 Helfer", "de"),
    ("三口钟", "zh", "3口钟", "zh"),
]
DIFFERENT = [
    ("rowers from nineteen clubs", "en", "23 clubs", "en"),
    ("1.2 metres", "en", "1.5 metres", "en"),
    ("up to 1.2 metres", "en", "up to 1.5 metres", "en"),
    ("12 euros", "en", "165 euros", "en"),
    ("1,2 m", "de", "150 cm", "de"),
    ("sechs Glocken", "de", "eight bells", "en"),
    ("14. Juni", "de", "21. Juni", "de"),
    ("4 May 2012", "en", "May 2013", "en"),
    ("Montag", "de", "Tuesday", "en"),
    ("7 heures", "fr", "8 heures", "fr"),
    ("5 p.m.", "en", "18 Uhr", "de"),
    ("from 1 p.m. to 3 p.m.", "en", "from 1 p.m. to 4 p.m.", "en"),
    ("6 p.m.", "en", "5:30 p.m.", "en"),
    ("90 Minuten", "de", "85 Minuten", "de"),
    ("at least 20", "en", "15", "en"),
    ("no more than 20 guests", "en", "25 guests", "en"),
    ("nicht mehr als 300 Euro", "de", "bis zu 100 Euro", "de"),
    ("不超过20人", "zh", "25人", "zh"),
    ("86米", "zh", "92米", "zh"),
    ("1952", "en", "1958", "en"),
    ("on the fifth day of each month", "en", "on the 1st day of each month", "en"),
    ("jeden ersten Montag", "de", "jeden dritten Montag", "de"),
    ("am dritten Werktag", "de", "am fünften Werktag", "de"),
    ("on the 2nd Friday", "en", "on the third Friday", "en"),
    ("am ersten Montag im Monat", "de", "am Dienstag", "de"),
    ("3 euros for the first week", "en", "4 euros", "en"),
]
NOT_OF_ONE_KIND = [
    ("1892", "de", "rund 12 Tage", "de"),
    ("12 euros", "en", "12 years", "en"),
    ("148 metres", "en", "4 May 2012", "en"),
    ("Monday", "en", "9 a.m.", "en"),
    ("55 %", "en", "1,345,596", "en"),
    ("no number", "en", "12", "en"),
    ("the second day", "en", "2 days", "en"),
    ("the first mayor", "en", "the third mayor", "en"),
    ("deuxième étage", "fr", "troisième étage", "fr"),
    ("in den ersten Tagen", "de", "am dritten Tag", "de"),
]


@pytest.mark.parametrize(("one", "of", "other", "in_other"), SAME)
def test_one_value_in_other_words_does_not_differ(one: str, of: str, other: str, in_other: str) -> None:
    assert quantities(one, of) and quantities(other, in_other)
    assert not differ(quantities(one, of), quantities(other, in_other))
    assert not differ(quantities(other, in_other), quantities(one, of))


@pytest.mark.parametrize(("one", "of", "other", "in_other"), DIFFERENT)
def test_two_values_of_one_kind_differ(one: str, of: str, other: str, in_other: str) -> None:
    assert differ(quantities(one, of), quantities(other, in_other))
    assert differ(quantities(other, in_other), quantities(one, of))


@pytest.mark.parametrize(("one", "of", "other", "in_other"), NOT_OF_ONE_KIND)
def test_values_of_two_kinds_are_not_compared(one: str, of: str, other: str, in_other: str) -> None:
    assert not differ(quantities(one, of), quantities(other, in_other))


def test_a_value_has_its_place_with_its_unit() -> None:
    text = "Ein Kamin ist bis zu 1,5 Meter hoch."
    (found,) = quantities(text, "de")
    assert text[found.start : found.end] == "1,5 Meter"
    assert not quantities("Hedges may be green.", "en")
