"""Joining articles of indexes: as though they had been indexed together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from index import Article, EmbeddedEncoder, build_index
from index.build import join_articles
from index.errors import ArticleError, IndexFolderError
from rag import Assistant
from tests.small_set import BREAD, TOWER

RIVER = Article.read("Die Weser mündet bei Bremerhaven in die Nordsee. Sie ist 451 Kilometer lang.", title="Weser")


def test_joined_articles_answer_as_if_indexed_together(encoder: EmbeddedEncoder) -> None:
    together = build_index([BREAD, TOWER, RIVER], encoder)
    apart = [build_index([BREAD, TOWER], encoder), build_index([RIVER], encoder)]
    joined = join_articles([(apart[0], range(2)), (apart[1], range(1))])
    assert joined.articles == together.articles
    assert np.array_equal(joined.sentences, together.sentences)
    assert np.array_equal(joined.passages, together.passages)
    questions = ["Wie lang ist die Weser?", "How high is the tower?", "Wie lange geht der Teig?"]
    for question in questions:
        one, other = (Assistant(index, encoder).ask(question) for index in (together, joined))
        assert one.citations == other.citations and one.text == other.text
        assert one.confidence == pytest.approx(other.confidence, abs=0.01)


def test_one_article_of_several_is_searched_as_if_it_were_alone(encoder: EmbeddedEncoder) -> None:
    both = build_index([BREAD, TOWER], encoder)
    only = join_articles([(both, [1])])
    alone = build_index([TOWER], encoder)
    assert only.articles == (TOWER,) and np.array_equal(only.passages, alone.passages)
    terms, rows = both.question_stems("How high is the tower?"), np.arange(len(alone.sentences))
    found = alone.covered_by(alone.sentence_stems, terms, rows)
    assert found.any() and np.allclose(only.covered_by(only.sentence_stems, terms, rows), found)
    assert np.allclose(only.passage_terms.scores(terms), alone.passage_terms.scores(terms))
    assert [s.span for s in only.sentences_of(0)] == [s.span for s in alone.sentences_of(0)]


def test_an_article_that_comes_twice_is_there_once(encoder: EmbeddedEncoder) -> None:
    both, tower = build_index([BREAD, TOWER], encoder), build_index([TOWER], encoder)
    assert join_articles([(both, [0, 1]), (tower, [0])]).articles == (BREAD, TOWER)


def test_what_cannot_be_joined_is_refused(encoder: EmbeddedEncoder) -> None:
    index = build_index([TOWER], encoder)
    with pytest.raises(ArticleError, match="no article"):
        join_articles([(index, [])])
    other = replace(build_index([BREAD], encoder), encoder_fingerprint="another")
    with pytest.raises(IndexFolderError, match="different encoders"):
        join_articles([(index, [0]), (other, [0])])
