from __future__ import annotations

from pathlib import Path

import numpy as np

from index.search.lexical import LexicalIndex, fold, ngrams, stems, words
from index.search.lexicon import Lexicon
from index.settings import IndexSettings


def test_spelling_variants_fold_together() -> None:
    assert fold("GRÖSSE") == fold("größe") == fold("grösse") == "grosse"
    assert fold("Café") == "cafe"
    assert fold("Türkiye") == "turkiye"


def test_german_inflections_share_a_stem() -> None:
    assert stems("Gipfels", ["de"]) == stems("Gipfel", ["de"])
    assert stems("Partnerländer", ["de"]) == stems("Partnerländern", ["de"])


def test_a_word_is_found_by_the_stem_of_each_language() -> None:
    assert set(stems("meetings", ["de", "en"])) == {*stems("meetings", ["de"]), *stems("meetings", ["en"])}


def test_ngrams_are_of_long_words_only() -> None:
    assert ngrams("im Gipfel", 4) == ["#gipf", "#ipfe", "#pfel"]


def test_unspaced_scripts_become_pairs() -> None:
    assert words("戴维营2023年") == ["戴维", "维营", "2023", "年"]


def test_marks_that_are_letters_stay() -> None:
    assert words("हिन्दी भाषा") == ["हिन्दी", "भाषा"]
    assert fold("Новый") == "новый" and fold("мой") == "мой"
    assert fold("Ελλάδα") == "ελλαδα"


def test_coverage_is_a_share_of_the_question() -> None:
    texts = [["alpha", "beta"], ["beta", "gamma"], ["delta"]]
    index = LexicalIndex.build(texts, IndexSettings())
    whole = index.coverage(["alpha", "beta"])
    assert whole.argmax() == 0 and 0 < whole[0] <= 1.5
    assert whole[2] == 0
    diluted = index.coverage(["alpha", "beta", "unknown", "words", "here"])
    assert diluted[0] < whole[0] / 2
    assert not index.coverage(["unknown"]).any() and not index.coverage([]).any()


def test_saved_and_loaded_it_scores_the_same_without_pickle(tmp_path: Path) -> None:
    index = LexicalIndex.build([["a", "b"], ["b", "c"], []], IndexSettings())
    index.save(tmp_path / "x")
    assert np.array_equal(LexicalIndex.load(tmp_path / "x").scores(["b", "c"]), index.scores(["b", "c"]))
    for path in (tmp_path / "x").iterdir():
        np.load(path, allow_pickle=False)


def test_terms_are_found_by_their_bytes(tmp_path: Path) -> None:
    terms = ["", "verwaltung", "verwaltungsakt", "verwaltungsrat", "a", "ab", "ä", "戴维", "verwaltu", "#abcd", "a\x00"]
    for lexicon in (Lexicon.of(terms), Lexicon.of(terms, tmp_path)):
        assert [lexicon.number(term) for term in terms] == list(range(len(terms)))
        assert [lexicon.term(number) for number in range(len(terms))] == terms
        assert [lexicon.number(term) for term in ("b", "verwaltungs", "zz", "戴", "verwaltungsrate")] == [None] * 5
    assert Lexicon.of([]).number("a") is None


def test_texts_without_any_term_can_be_indexed() -> None:
    assert not LexicalIndex.build([[], []], IndexSettings()).coverage(["a"]).any()
