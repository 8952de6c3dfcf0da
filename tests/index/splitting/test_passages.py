from __future__ import annotations

import logging
import random

import pytest

from index import Passage, Sentence, Span
from index.settings import IndexSettings
from index.splitting.passages import split_passages


def sentences(*paragraphs: int) -> list[Sentence]:
    """Sentences in paragraphs of the given numbers of sentences."""
    numbers = [paragraph for paragraph, count in enumerate(paragraphs) for _ in range(count)]
    return [Sentence(Span(10 * i, 10 * i + 9), i, paragraph) for i, paragraph in enumerate(numbers)]


def test_short_paragraphs_share_a_passage_and_are_never_cut() -> None:
    found = split_passages(sentences(2, 2, 2), [40] * 6, IndexSettings(passage_tokens=170, overlap_tokens=0))
    assert found == [Passage(0, 3), Passage(4, 5)]


def test_a_long_paragraph_is_cut_between_sentences_with_overlap() -> None:
    found = split_passages(sentences(6), [40] * 6, IndexSettings(passage_tokens=120, overlap_tokens=50))
    assert found == [Passage(0, 2), Passage(2, 4), Passage(4, 5)]


def test_an_overlong_sentence_is_a_passage_by_itself(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        found = split_passages(sentences(3), [40, 900, 40], IndexSettings(passage_tokens=120, overlap_tokens=48))
    assert found == [Passage(0, 0), Passage(1, 1), Passage(2, 2)]
    assert not caplog.records


def test_every_sentence_is_in_a_passage_and_no_passage_is_too_long() -> None:
    generator = random.Random(3)
    for _ in range(200):
        all_sentences = sentences(*(generator.randint(1, 9) for _ in range(generator.randint(1, 8))))
        counts = [generator.choice([0, 5, 30, 80, 400]) for _ in all_sentences]
        settings = IndexSettings(passage_tokens=generator.choice([64, 128, 256]), overlap_tokens=32)
        passages = split_passages(all_sentences, counts, settings)
        covered = {number for p in passages for number in range(p.first, p.last + 1)}
        assert covered == set(range(len(all_sentences)))
        assert [p.first for p in passages] == sorted(p.first for p in passages)
        for p in passages:
            assert p.first == p.last or sum(counts[p.first : p.last + 1]) <= settings.passage_tokens


def test_the_splitter_is_langchains_own() -> None:
    from langchain_text_splitters import TextSplitter

    from index.splitting import passages

    merge = passages._merger([10, 10], IndexSettings())
    assert isinstance(getattr(merge, "__self__", None), TextSplitter)
