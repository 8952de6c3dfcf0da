"""From logits of tokens to what is known of each sentence, checked by hand."""

from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pytest

from rag.reader.evidence import EVIDENCE, LONGEST_ANSWER, SentenceEvidence, best_span
from rag.reader.network import TokenLogits


def span(evidence: SentenceEvidence, place: int) -> tuple[int, int] | None:
    found = evidence.short_answer(place)
    return found and (found.start, found.end)


def logits(values: list[tuple[float, float, float]], spans: list[tuple[int, int]]) -> TokenLogits:
    return TokenLogits(np.asarray(values, np.float32), np.asarray(spans, np.int64))


# Two sentences of two words each, at 0 to 9 and 10 to 19 of a passage.
TWO = logits(
    [(2.0, -1.0, 1.0), (0.0, 3.0, 2.0), (-1.0, -2.0, -3.0), (1.0, 0.0, -1.0)], [(0, 4), (4, 9), (10, 14), (14, 19)]
)
SENTENCES = [(0, 0, 9), (1, 10, 19)]


def log_sum(*values: float) -> float:
    return math.log(sum(math.exp(value) for value in values))


# Of each sentence: begins, ends, answers.
OWN = [
    (log_sum(2.0, 0.0), log_sum(-1.0, 3.0), 1.5),
    (log_sum(-1.0, 1.0), log_sum(-2.0, 0.0), -2.0),
]


def test_the_evidence_of_two_sentences_by_hand() -> None:
    evidence = SentenceEvidence(2)
    evidence.add(TWO, SENTENCES)
    # "None" has the logit 0.
    totals = [log_sum(0.0, OWN[0][kind], OWN[1][kind]) for kind in range(3)]
    expected = [
        [*own, *(value - total for value, total in zip(own, totals, strict=True)), sum(own) - sum(other)]
        for own, other in ((OWN[0], OWN[1]), (OWN[1], OWN[0]))
    ]
    features = evidence.features()
    assert features.shape == (2, len(EVIDENCE)) and features.dtype == np.float32
    assert np.allclose(features, expected, atol=1e-5)
    assert (features[:, 3:6] < 0).all(), "a share of less than all"


def test_a_sentence_read_alone_has_nothing_beside_it() -> None:
    alone = SentenceEvidence(2)
    alone.add(TWO, SENTENCES[1:], 0)
    features = alone.features()
    totals = [log_sum(0.0, OWN[1][kind]) for kind in range(3)]
    assert np.allclose(features[1, 3:6], np.subtract(OWN[1], totals), atol=1e-5)
    assert features[1, 6] == 15, "the greatest lead"
    assert np.array_equal(features[0], np.zeros(len(EVIDENCE))) and np.isfinite(features).all(), "not read"


def test_the_certainty_of_a_short_answer_by_hand() -> None:
    evidence = SentenceEvidence(2)
    evidence.add(TWO, SENTENCES)
    # In the first sentence: begins at 2.0 of (2.0, 0.0), ends at 3.0 of (-1.0, 3.0).
    found = evidence.short_answer(0)
    assert found and (found.start, found.end) == (0, 9)
    assert math.isclose(found.certainty, math.exp(2.0 - OWN[0][0]) * math.exp(3.0 - OWN[0][1]), rel_tol=1e-5)


def test_what_was_not_read_has_no_evidence() -> None:
    evidence = SentenceEvidence(4)
    assert not evidence.features().any() and not evidence.read.any()
    evidence.add(TWO, [(2, 0, 9), (3, 10, 19)])
    assert evidence.read.tolist() == [False, False, True, True]
    assert not evidence.features()[:2].any() and evidence.features()[2:].any()
    assert span(evidence, 0) is None and span(evidence, 2) is not None
    evidence.add(TWO, [(0, 30, 40)])
    assert not evidence.read[0], "no token of the passage lies in it"


def test_a_sentence_in_two_passages_counts_once_as_the_better() -> None:
    worse = logits([(-3.0, -3.0, -3.0), (-3.0, -3.0, -3.0)], [(0, 4), (4, 9)])
    once = SentenceEvidence(2)
    once.add(TWO, SENTENCES)
    for passages in ([(TWO, SENTENCES), (worse, SENTENCES[:1])], [(worse, SENTENCES[:1]), (TWO, SENTENCES)]):
        evidence = SentenceEvidence(2)
        for passage, sentences in passages:
            evidence.add(passage, sentences, 0)
        assert np.array_equal(evidence.features(), once.features())
        assert span(evidence, 0) == span(once, 0) == (0, 9)


def test_offsets_are_the_articles_and_end_with_the_sentence() -> None:
    evidence = SentenceEvidence(2)
    # The second token reaches over the sentence's end, as one of "。" and what follows may.
    passage = logits([(5.0, 0.0, 0.0), (0.0, 5.0, 0.0), (1.0, 1.0, 0.0)], [(0, 4), (3, 12), (12, 20)])
    evidence.add(passage, [(0, 100, 109), (1, 109, 120)], 100)
    assert span(evidence, 0) == (100, 109)
    assert span(evidence, 1)[0] >= 109


@pytest.mark.parametrize(
    ("starts", "ends", "span"),
    [
        ([0, 5, 0], [0, 0, 5], (1, 2)),
        ([0, 0, 5], [5, 0, 1], (2, 2)),
        ([1, 0, 0], [9, 0, 0], (0, 0)),
        ([-9], [-9], (0, 0)),
        ([0, 0, 5], [9, 0, -9], (0, 0)),
    ],
)
def test_the_best_span_ends_where_it_begins_or_later(
    starts: list[float], ends: list[float], span: tuple[int, int]
) -> None:
    assert best_span(np.asarray(starts, np.float32), np.asarray(ends, np.float32)) == span


def test_the_best_span_is_the_best_of_all_that_are_short_enough() -> None:
    chance = np.random.default_rng(4)
    for size in (1, 2, LONGEST_ANSWER, LONGEST_ANSWER + 1, 90):
        starts, ends = chance.normal(size=(2, size)).astype(np.float32)
        first, last = best_span(starts, ends)
        assert 0 <= last - first < LONGEST_ANSWER
        allowed = [starts[i] + ends[j] for i in range(size) for j in range(i, min(i + LONGEST_ANSWER, size))]
        assert starts[first] + ends[last] == max(allowed)
    starts, ends = np.zeros((2, 90), np.float32)
    starts[0] = ends[LONGEST_ANSWER] = 5
    first, last = best_span(starts, ends)
    assert last - first < LONGEST_ANSWER


def test_a_sentence_of_many_tokens_takes_little_memory() -> None:
    starts, ends = np.random.default_rng(5).normal(size=(2, 5000)).astype(np.float32)
    tracemalloc.start()
    try:
        best_span(starts, ends)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 20e6, "a word of 200,000 characters has 50,000 tokens: their square would be 30 GB"
