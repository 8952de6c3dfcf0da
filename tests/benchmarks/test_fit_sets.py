"""What the trained reader's last step is measured with: the marked places are the answers, and gone where taken out."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np

from benchmarks.fit_examples import Example, read_examples, write_examples
from benchmarks.fit_sets import Item, askings

FIRST = "The mill stands by the weir. It was built in 1821 by two brothers. A fire damaged its roof. It grinds rye."
OTHER = "The bakery opens at six. On Sundays it stays closed."
YEAR = (FIRST.index("1821"), FIRST.index("1821") + 4)


def test_answers_are_where_they_are_said_to_be_and_gone_where_taken_out() -> None:
    seen = set()
    for place in (0, 1):
        paragraphs = (FIRST, OTHER) if place == 0 else (OTHER, FIRST)
        others = ("When was the mill built?", "Who damaged the Bridge in 1799?")
        item = Item("some", "en", "The mill", "When was the mill built in 1820?", paragraphs, place, (YEAR,), others)
        for seed in range(40):
            for kind, question, text, _, answers in askings(item, random.Random(seed), (OTHER, "Bakery")):
                seen.add(kind)
                assert [text[start:end] for start, end in answers] == (["1821"] if kind == "whole" else [])
                assert ("1821" in text) == (kind in ("whole", "exchanged"))
                assert (question.lower().rstrip("?") == item.question.lower().rstrip("?")) == (kind != "exchanged")
    assert seen == {"whole", "removed", "cut", "exchanged", "other"}


def test_examples_are_read_as_they_were_written(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    written = [
        Example("de", "some", 0, "whole", chance.normal(size=(n, 4)).astype(np.float32), np.arange(n) == 1, n > 2, True)
        for n in (2, 3, 1)
    ]
    write_examples(written, tmp_path / "some.npz")
    for before, after in zip(written, read_examples(tmp_path / "some.npz"), strict=True):
        assert (before.features == after.features).all() and (before.answers == after.answers).all()
        assert (before.kind, before.foreign, before.answerable) == (after.kind, after.foreign, after.answerable)
