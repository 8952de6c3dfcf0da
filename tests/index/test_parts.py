"""An index of many articles is made in parts: what a run that was stopped did is not done again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from index import Article, ArticleError, Encoder, IndexFolderError, build_index
from index import parts as in_parts
from index.parts import Parts, build_in_parts
from index.settings import IndexSettings, Progress
from rag import Assistant
from tests.small_set import BREAD, LAKE, RIVER, TOWER

ARTICLES = [BREAD, TOWER, Article.read(LAKE, title="See"), Article.read(RIVER, title="Fluss")]
QUESTIONS = ("How high is the tower?", "Wie lange geht der Teig?", "Wie tief ist der Bodensee?")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BELEG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(in_parts, "BATCH_CHARACTERS", 1)
    return tmp_path / "cache"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "index"


def parts_for(
    place: Path, encoder: Encoder, settings: IndexSettings | None = None, progress: Progress | None = None
) -> Parts:
    return Parts(place, lambda: encoder, settings or IndexSettings(), progress=progress)


def stop_after_two(what: str, done: int, total: int) -> None:
    if what == "articles" and done == 2:
        raise KeyboardInterrupt


def test_an_index_made_in_parts_answers_as_one_made_at_once(place: Path, encoder: Encoder) -> None:
    index, resumed = build_in_parts([*ARTICLES, BREAD], parts_for(place, encoder))
    assert resumed == 0 and index.articles == tuple(ARTICLES)
    for question in QUESTIONS:
        made, at_once = (Assistant(one, encoder).ask(question) for one in (index, build_index(ARTICLES, encoder)))
        assert made.citations == at_once.citations and made.text == at_once.text


def test_what_a_stopped_run_encoded_is_not_encoded_again(place: Path, encoder: Encoder, cache: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        build_in_parts(ARTICLES, parts_for(place, encoder, progress=stop_after_two))
    # A part that was damaged since is made again, and nothing else.
    first = sorted((cache / "parts").glob("*/*"))[0]
    (first / "articles.jsonl").write_text("damaged")
    renamed = replace(TOWER, title="Eiffelturm")
    parts = parts_for(place, encoder)
    index, resumed = build_in_parts([BREAD, renamed, *ARTICLES[2:]], parts)
    assert resumed == 1 and len(parts.made) == 4
    assert [one.title for one in index.articles] == [BREAD.title, "Eiffelturm", "See", "Fluss"]
    parts.clear()
    assert build_in_parts(ARTICLES, parts_for(place, encoder))[1] == 0


def test_parts_with_other_settings_or_read_otherwise_are_not_taken(place: Path, encoder: Encoder) -> None:
    with pytest.raises(KeyboardInterrupt):
        build_in_parts(ARTICLES, parts_for(place, encoder, progress=stop_after_two))
    other = replace(BREAD, language="en")
    index, resumed = build_in_parts([other, TOWER], parts_for(place, encoder))
    assert resumed == 1 and index.articles[0].language == "en"
    # What was left by both: each is taken as it is asked for.
    for one in (BREAD, other):
        again, resumed = build_in_parts([one], parts_for(place, encoder))
        assert resumed == 1 and again.sentence_text(0) == index.sentence_text(0) and again.articles == (one,)
    assert build_in_parts(ARTICLES, parts_for(place, encoder, IndexSettings(ngram=5)))[1] == 0


def test_two_runs_do_not_make_the_same_index(place: Path, encoder: Encoder) -> None:
    with (
        parts_for(place, encoder).alone(),
        pytest.raises(IndexFolderError, match="another process"),
        parts_for(place, encoder).alone(),
    ):
        pass


def test_no_article_is_told(place: Path, encoder: Encoder) -> None:
    with pytest.raises(ArticleError, match="no article was given"):
        build_in_parts([], parts_for(place, encoder))
