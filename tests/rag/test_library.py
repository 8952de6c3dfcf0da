"""An assistant that goes along with its index folder, and one that searches only some of the articles."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index import Article, EmbeddedEncoder, QuestionError, build_index, save_index
from index.build import join_articles
from rag import Assistant
from tests.small_set import BREAD, LAKE, RIVER, TOWER

WESER = Article.read(RIVER, title="Weser", source="fluesse/weser.md", date="2024-05-01")
SEE = Article.read(LAKE, title="Bodensee", source="seen/see.txt", date="2023")


def test_a_new_index_is_taken_over_and_a_question_in_flight_keeps_the_old(
    encoder: EmbeddedEncoder, tmp_path: Path
) -> None:
    before, after = build_index([BREAD, TOWER], encoder), build_index([TOWER, WESER, SEE], encoder)
    save_index(before, tmp_path / "index")
    assistant = Assistant.from_index(tmp_path / "index")
    assert not assistant.refresh()
    question = assistant.stream("Bei wie viel Grad backt man Brot?")
    next(question)
    save_index(after, tmp_path / "index")
    assert assistant.refresh() and not assistant.refresh()
    *_, last = question
    assert last.answer is not None and last.answer.citations[0].article_id == BREAD.id
    assert assistant.ask("Wie lang ist die Weser?").citations[0].article_id == WESER.id
    assert BREAD.id not in {hit.article_id for hit in assistant.retrieve("Bei wie viel Grad backt man Brot?", 20)}


def test_only_the_articles_of_a_filter_are_searched(encoder: EmbeddedEncoder) -> None:
    assistant = Assistant(build_index([BREAD, TOWER, WESER, SEE], encoder), encoder)
    question = "Wie lang ist sie?"
    for only, wanted in (
        ("folder:seen", {SEE.id}),
        ("date:2023..2024", {SEE.id, WESER.id}),
        ("language:en", {TOWER.id}),
    ):
        assert {hit.article_id for hit in assistant.retrieve(question, 50, only)} == wanted
    answer = assistant.ask("Wie lang ist die Weser?", only="format:markdown")
    # The numbers of sentences and passages are those of the smaller index.
    alone = Assistant(build_index([WESER], encoder), encoder).ask("Wie lang ist die Weser?")
    assert answer.citations == alone.citations and answer.span == alone.span
    assert assistant.ask("Wie hoch ist der Turm?", only="folder:seen").abstained
    with pytest.raises(QuestionError, match="no article matches"):
        assistant.ask(question, only="format:pdf")


def test_a_part_of_an_index_has_the_same_texts_as_a_join_of_it(encoder: EmbeddedEncoder) -> None:
    index = build_index([BREAD, TOWER, WESER, SEE], encoder)
    part, joined = index.only([3, 0]), join_articles([(index, [0, 3])])
    assert part.articles == joined.articles and (part.sentences == joined.sentences).all()
    assert (part.passages == joined.passages).all() and (part.context_vectors == joined.context_vectors).all()
    for row in range(len(part.passages)):
        assert part.passage_view(row).text == joined.passage_view(row).text
    rows = np.arange(len(part.sentences))
    for term in ("sauerteig", "bodense", "brot", "weser", "tower"):
        said = [one.covered_by(one.sentence_stems, [term], rows) > 0 for one in (part, joined)]
        assert (said[0] == said[1]).all()
    for name in ("passage_terms", "heading_terms", "title_terms"):
        one, other = getattr(part, name), getattr(joined, name)
        for term in ("sauerteig", "bodense", "brot", "weser", "tower"):
            assert one.knows(term) == other.knows(term)
            assert ((one.scores([term]) > 0) == (other.scores([term]) > 0)).all()


def test_an_article_that_is_called_otherwise_is_found_by_its_new_title(encoder: EmbeddedEncoder) -> None:
    index = build_index([BREAD, TOWER], encoder)
    renamed = index.described([replace(BREAD, title="Roggenlaib"), TOWER])
    assert renamed.title_terms.knows("roggenlaib") and not index.title_terms.knows("roggenlaib")
    whole = build_index([replace(BREAD, title="Roggenlaib"), TOWER], encoder)
    assert (renamed.heading_terms.scores(["roggenlaib"]) == whole.heading_terms.scores(["roggenlaib"])).all()
