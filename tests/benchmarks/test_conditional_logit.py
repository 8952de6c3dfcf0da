"""The conditional logit that the readers' and the fusion's weights are fitted by."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.conditional_logit import Groups, conditional_logit
from rag.reader.trained import shares

WEIGHTS = np.asarray([1.5, -0.7, 0.4])


def drawn(questions: int, none: bool) -> tuple[np.ndarray, list[np.ndarray]]:  # type: ignore[type-arg]
    """Candidates at random, and which one was chosen, by the model itself with WEIGHTS."""
    chance = np.random.default_rng(7)
    terms, answers = [], []
    for _ in range(questions):
        count = int(chance.integers(2, 6))
        some = np.column_stack([chance.normal(size=(count, 2)), np.ones(count)])
        scores = some @ WEIGHTS
        powers = np.exp(np.append(scores, 0.0) if none else scores)
        chosen = chance.choice(len(powers), p=powers / powers.sum())
        terms.append(some)
        answers.append(np.arange(count) == chosen)
    return np.concatenate(terms), answers


@pytest.mark.parametrize("none", [True, False])
def test_the_weights_that_made_the_choices_are_found(none: bool) -> None:
    terms, answers = drawn(20_000, none)
    groups = Groups.from_questions(answers, [1.0] * len(answers))
    # Without "none" a constant says nothing.
    columns = slice(None) if none else slice(0, 2)
    found = conditional_logit(terms[:, columns], groups, none=none, ridge=0.0)
    assert np.allclose(found, WEIGHTS[columns], atol=0.06)


def test_a_question_counts_by_its_weight() -> None:
    terms, answers = np.asarray([[1.0], [1.0]]), [np.asarray([True]), np.asarray([False])]
    for weight in (1.0, 3.0):
        groups = Groups.from_questions(answers, [weight, 1.0])
        # One candidate each: the odds that it answers are the weights'.
        assert np.allclose(conditional_logit(terms, groups, none=True, ridge=0.0), np.log(weight), atol=1e-3)


def test_shares_are_a_softmax_with_none() -> None:
    scores = np.asarray([2.0, -1.0, -np.inf])
    powers = np.exp(scores)
    assert np.allclose(shares(scores), powers / (1 + powers.sum()))
    assert np.allclose(shares(np.asarray([900.0, 899.0])), [1 / (1 + np.exp(-1)), 1 / (1 + np.e)])
    assert not shares(np.full(3, -np.inf)).any() and not shares(np.zeros(0)).size
