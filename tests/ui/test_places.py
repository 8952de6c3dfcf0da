"""Where a quotation stands in its original, in the words that every view uses."""

from __future__ import annotations

import pytest

from index.place import Place
from rag.answering.messages import shown_date
from ui.places import MAX_HEADER_CHARACTERS, clock, headings_label, place_label, source_label
from ui.texts import TEXTS


@pytest.mark.parametrize(
    ("place", "german", "english"),
    [
        (None, "", ""),
        (Place(), "", ""),
        (Place(page=3), "Seite 3", "page 3"),
        (Place(begins=751.9, ends=755.0), "0:12:31", "0:12:31"),
        (Place(header="Filiale | Montag"), "Spalten: Filiale | Montag", "columns: Filiale | Montag"),
        (
            Place(page=2, read_by_machine=True),
            "Seite 2, durch OCR gelesen, kann Fehler haben",
            "page 2, read by OCR, may have errors",
        ),
        (Place(under=("Einleitung",)), "", ""),
    ],
)
def test_a_place_in_a_few_words(place: Place | None, german: str, english: str) -> None:
    assert (place_label(place, TEXTS["de"]), place_label(place, TEXTS["en"])) == (german, english)


def test_the_headings_stand_apart() -> None:
    place = Place(page=3, under=("Einleitung", "Ziele"))
    assert headings_label(place, TEXTS["de"]) == "unter: Einleitung › Ziele"
    assert headings_label(place, TEXTS["en"]) == "under: Einleitung › Ziele"
    assert headings_label(Place(page=3), TEXTS["de"]) == "" == headings_label(None, TEXTS["de"])


def test_a_source_has_what_is_known() -> None:
    assert source_label("Bericht", 7, Place(page=3), TEXTS["de"]) == "Bericht, Seite 3, Satz 7"
    assert source_label("", 7, None, TEXTS["en"]) == "sentence 7"


def test_of_many_columns_some_are_named() -> None:
    header = " | ".join(f"Spalte {number}" for number in range(40))
    shown = place_label(Place(header=header), TEXTS["de"])
    assert shown.endswith("Spalte 6 …") and len(shown) < MAX_HEADER_CHARACTERS + 15


def test_times_and_dates() -> None:
    assert [clock(seconds) for seconds in (0, 59.99, 3600, 45296)] == ["0:00:00", "0:00:59", "1:00:00", "12:34:56"]
    assert shown_date("2024-03-01", "de") == "01.03.2024"
    assert shown_date("2024-03-01T10:00:00Z", "en") == "Mar 1, 2024"
    assert shown_date("im Mai 2020", "de") == "im Mai 2020" and shown_date("", "de") == ""
