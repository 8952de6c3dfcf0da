from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from index.search.forward import Bags, ForwardIndex
from index.search.lexical import LexicalIndex
from index.settings import IndexSettings

SETTINGS = IndexSettings()


@pytest.fixture(scope="module")
def both() -> tuple[LexicalIndex, ForwardIndex]:
    draw = random.Random(1)
    texts = [[draw.choice("abcdefghijklmnop") for _ in range(draw.randint(1, 30))] for _ in range(200)]
    inverted = LexicalIndex.build(texts, SETTINGS)
    ids = {term: inverted.ids([term])[0] for text in texts for term in text}
    return inverted, ForwardIndex.build([[ids[term] for term in text] for text in texts], len(inverted.lexicon))


def test_some_texts_score_as_bm25s_scores_all_of_them(both: tuple[LexicalIndex, ForwardIndex]) -> None:
    inverted, forward = both
    asked, rows = ["a", "c", "p", "unknown"], np.asarray([199, 3, 77, 0, 3])
    found = forward.coverage(inverted.ids(asked), 1, rows, SETTINGS)
    assert found.any() and np.allclose(found, inverted.coverage(asked)[rows], atol=1e-6)


def test_what_no_text_has_covers_nothing(both: tuple[LexicalIndex, ForwardIndex]) -> None:
    _, forward = both
    assert not forward.coverage([], 3, np.arange(5), SETTINGS).any()
    assert not forward.coverage([], 0, np.arange(5), SETTINGS).any()
    assert forward.coverage([2], 0, np.zeros(0, np.int64), SETTINGS).shape == (0,)


def test_texts_without_terms_can_be_indexed() -> None:
    empty = ForwardIndex.build([[], [0], []], 1)
    assert empty.coverage([0], 0, np.arange(3), SETTINGS).astype(bool).tolist() == [False, True, False]
    assert empty.bags(np.arange(3)).ends.tolist() == [0, 1, 1]
    assert not ForwardIndex.build([[]], 1).coverage([0], 0, np.arange(1), SETTINGS).any()


def test_a_part_of_a_part_has_its_texts_and_their_weights(
    both: tuple[LexicalIndex, ForwardIndex], tmp_path: Path
) -> None:
    inverted, forward = both
    part = forward.only(np.asarray([5, 60, 77, 140])).only(np.asarray([0, 2]))
    asked = inverted.ids(["a", "c"])
    of_all = forward.coverage(asked, 0, np.asarray([5, 77]), SETTINGS)
    assert np.array_equal(part.coverage(asked, 0, np.arange(2), SETTINGS), of_all)
    part.save(tmp_path / "x")
    assert np.array_equal(ForwardIndex.load(tmp_path / "x").coverage(asked, 0, np.arange(2), SETTINGS), of_all)
    one, other = part.bags(np.arange(2)), forward.bags(np.asarray([5, 77]))
    assert np.array_equal(one.terms, other.terms) and np.array_equal(one.counts, other.counts)
    assert np.array_equal(one.ends, other.ends)


def test_the_terms_of_runs_of_texts_are_counted_together() -> None:
    one = Bags.of_lists([[3, 1, 3], [], [2, 3]])
    assert one.terms.tolist() == [1, 3, 2, 3] and one.counts.tolist() == [1, 2, 1, 1] and one.ends.tolist() == [2, 2, 4]
    other = Bags.of_lists([[9], [7, 7], []])
    both = one.together(np.asarray([0, 1]), np.asarray([1, 2]), other)
    assert both.terms.tolist() == [1, 3, 7, 9, 2, 3, 7] and both.counts.tolist() == [1, 2, 2, 1, 1, 1, 2]
    assert both.ends.tolist() == [4, 7]


def test_saved_and_loaded_it_scores_the_same_without_pickle(
    both: tuple[LexicalIndex, ForwardIndex], tmp_path: Path
) -> None:
    _, forward = both
    forward.save(tmp_path / "x")
    loaded, rows = ForwardIndex.load(tmp_path / "x"), np.arange(200)
    assert np.array_equal(loaded.coverage([1, 2], 0, rows, SETTINGS), forward.coverage([1, 2], 0, rows, SETTINGS))
    for path in (tmp_path / "x").iterdir():
        np.load(path, allow_pickle=False)
