"""The texts that were written by hand are what they say: evidence and answers stand in them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from training.written import FOLDER, read_written

TEXTS = [*read_written(held=False), *read_written(held=True)]


def test_every_answer_stands_in_its_sentence_and_every_sentence_in_its_text() -> None:
    assert len(TEXTS) == 10 * len(list(FOLDER.glob("*.json"))) >= 400
    for text in TEXTS:
        [(context, asked)] = text.source().paragraphs
        for written, one in zip(text.questions, asked, strict=True):
            assert (written.kind == "none") == (one.answer is None)
            if one.answer:
                assert context[slice(*one.answer)] == (written.answer or written.evidence[0])
                assert [context[slice(*span)] for span in one.evidence] == list(written.evidence)


def test_a_third_is_not_answered_and_a_seventh_asked_in_another_language() -> None:
    kinds = Counter(one.kind for text in TEXTS for one in text.questions)
    foreign = sum(one.language != text.language for text in TEXTS for one in text.questions)
    assert 0.25 < kinds["none"] / kinds.total() < 0.35 and foreign / kinds.total() > 0.14


def test_held_texts_are_not_trained_on(tmp_path: Path) -> None:
    trained, held = ({text.text for text in read_written(held=held)} for held in (False, True))
    assert len(held) == 350 and not trained & held
    (tmp_path / "x-01.json").write_text("[{}]", encoding="utf-8")
    with pytest.raises(ValueError, match="language"):
        list(read_written(held=False, folder=tmp_path))
