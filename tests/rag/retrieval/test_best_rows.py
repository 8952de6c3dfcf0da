"""The best of an archive's scores are found without sorting the others."""

from __future__ import annotations

import numpy as np

from rag.retrieval.retriever import best_rows


def test_the_best_rows_are_those_of_a_sort_ties_by_row() -> None:
    draw = np.random.default_rng(1)
    for number in (1, 7, 100, 2000, 30_000):
        for share in (0.0, 0.01, 1.0):
            # Many are 0, and many equal.
            scores = np.where(draw.random(number) < share, np.round(draw.random(number), 2), 0).astype(np.float32)
            for k in (1, 10, 100, 1500):
                assert best_rows(scores, k).tolist() == np.lexsort((np.arange(number), -scores))[:k].tolist()
