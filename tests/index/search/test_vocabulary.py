from __future__ import annotations

from pathlib import Path

from index.search.vocabulary import LARGE, SMALL, UNKNOWN, Vocabulary

SENTENCES = [
    "Im Speicher der Reederei Quistrup lagern 3.704 Säcke.",
    "Davor fuhr die S-Bahn-Linie, die quistrup und der Speicher betrieben.",
    "Schön war der Speicher schon.",
]


def form(vocabulary: Vocabulary, key: str) -> str:
    row = vocabulary.row(key)
    assert row is not None
    return vocabulary.form(row)


def test_a_word_is_found_by_what_it_is_and_given_as_it_is_written() -> None:
    vocabulary = Vocabulary.build(SENTENCES)
    assert form(vocabulary, "speicher") == "Speicher"
    assert form(vocabulary, "sbahnlinie") == "S-Bahn-Linie"
    assert form(vocabulary, "sacke") == "Säcke"
    assert form(vocabulary, "3704") == "3.704"
    assert vocabulary.row("hafen") is None and vocabulary.row("") is None and vocabulary.row("x" * 99) is None


def test_it_knows_the_case_and_what_has_a_twin() -> None:
    vocabulary = Vocabulary.build(SENTENCES)
    rows = {key: vocabulary.row(key) for key in ("davor", "quistrup", "speicher", "schon")}
    assert all(row is not None for row in rows.values())
    case = {key: int(vocabulary.case[row]) for key, row in rows.items() if row is not None}
    assert case == {"davor": UNKNOWN, "quistrup": SMALL, "speicher": LARGE, "schon": SMALL}
    assert vocabulary.has_twin[rows["schon"]] and not vocabulary.has_twin[rows["speicher"]]


def test_near_words_are_those_that_typos_make_nearest_first() -> None:
    vocabulary = Vocabulary.build(["Quistrup Quisdrup Quistorp Quist Reederei"])
    for typed in ("quistrpu", "quitrup", "quisttrup", "quistrap", "uqistrup"):
        distance, row = vocabulary.near(typed, 1)[0]
        assert (distance, vocabulary.key(row)) == (1, "quistrup"), typed
    assert [vocabulary.key(row) for _, row in vocabulary.near("quistrup", 2)] == ["quistrup", "quisdrup", "quistorp"]
    assert not vocabulary.near("hafen", 2)


def test_saved_and_loaded_it_finds_the_same(tmp_path: Path) -> None:
    built = Vocabulary.build(SENTENCES)
    built.save(tmp_path / "vocabulary")
    loaded = Vocabulary.load(tmp_path / "vocabulary")
    assert [loaded.form(row) for row in range(len(loaded))] == [built.form(row) for row in range(len(built))]
    assert loaded.near("quistrpu", 2) == built.near("quistrpu", 2)


def test_a_text_without_words_has_none(tmp_path: Path) -> None:
    empty = Vocabulary.build(["戴维营", "…"])
    empty.save(tmp_path / "vocabulary")
    assert len(Vocabulary.load(tmp_path / "vocabulary")) == 0 and empty.row("a") is None and not empty.near("quist", 1)
