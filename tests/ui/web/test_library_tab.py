"""The library that a chat serves: what is kept there is all users' and stays, and only its editors change it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from index import Article, ArticleError, EmbeddedEncoder, QuestionError, build_index, load_index, save_index
from index.library import Library, originals_beside
from rag import Assistant
from tests.pdf_files import PdfFile
from tests.small_set import BREAD, LAKE, TOWER
from ui.web.additions import Pasted, add
from ui.web.articles import Catalogue, Selection
from ui.web.library_tab import SharedLibrary
from ui.web.originals import Originals, ServedOriginal
from ui.web.server import shared_library

QUESTION = "Wie lang ist der Bodensee?"


@pytest.fixture
def place(encoder: EmbeddedEncoder, tmp_path: Path) -> Path:
    save_index(build_index([BREAD, TOWER], encoder), tmp_path / "index")
    return tmp_path / "index"


def lake_of(catalogue: Catalogue, selection: Selection) -> Article:
    *_, added = add(catalogue, selection, [Pasted(LAKE, "Bodensee")])
    (lake,) = added.articles  # type: ignore[union-attr]
    return lake


def test_what_one_user_keeps_another_asks_and_a_restart_has(place: Path) -> None:
    assistant = Assistant.from_index(place)
    catalogue, shared = Catalogue(assistant), SharedLibrary(Library(place), assistant)
    one, other = Selection(), Selection()
    lake = lake_of(catalogue, one)
    assert lake.id not in catalogue.by_id(other)
    shared.change("keep", lake.id, "", one)
    assert not one.own and catalogue.assistant(other).ask(QUESTION).citations[0].article_id == lake.id
    shared.change("rename", lake.id, "Das Schwäbische Meer", other)
    assert catalogue.by_id(one)[lake.id].title == "Das Schwäbische Meer"
    shared.change("remove", lake.id, "", other)
    assert lake.id not in catalogue.by_id(one) and lake.id in catalogue.quoted(one), "an answer still quotes it"
    assert catalogue.sentence(one, lake.id, 0) == ""
    shared.change("undo", lake.id, "", other)
    again = {article.id: article.title for article in load_index(place).articles}
    assert again == {BREAD.id: "Brot", TOWER.id: "Tower", lake.id: "Das Schwäbische Meer"}


def test_the_pages_of_what_is_kept_are_shown_after_a_restart(place: Path, tmp_path: Path) -> None:
    file = PdfFile()
    file.page().lines(72, 100, "Der Bodensee ist 63 Kilometer lang und liegt in drei Staaten.")
    content = file.content()
    upload = tmp_path / "upload.pdf"
    upload.write_bytes(content)
    assistant, selection = Assistant.from_index(place), Selection()
    shared, sessions = SharedLibrary(Library(place), assistant), tmp_path / "sessions"
    sessions.mkdir()
    originals = Originals(assistant, sessions)
    keep = lambda content: originals.keep(content, None, [])  # noqa: E731
    *_, added = add(Catalogue(assistant), selection, [upload], keep=keep)
    (lake,) = added.articles  # type: ignore[union-attr]
    upload.unlink()
    shared.change("keep", lake.id, "", selection)

    def pages() -> bytes:
        found = Originals(Assistant.from_index(place), sessions).find(lake.id, None)
        assert isinstance(found, ServedOriginal)
        return found.content()

    assert pages() == content
    shared.change("remove", lake.id, "", selection)
    other = lake_of(Catalogue(assistant), selection)
    shared.change("keep", other.id, "", selection)
    shared.change("undo", lake.id, "", selection)
    assert pages() == content, "a removal can be undone"
    (kept,) = originals_beside(place).iterdir()
    kept.write_bytes(content + b"\n")
    with pytest.raises(ArticleError, match="has changed"):
        pages()
    # What nobody needs any more goes, but not before it could be put back.
    shared.change("remove", lake.id, "", selection)
    os.utime(kept, (0, 0))
    shared.change("remove", other.id, "", selection)
    shared.change("keep", lake_of(Catalogue(assistant), selection).id, "", selection)
    assert not kept.exists()


def test_only_editors_may_and_the_last_article_stays(place: Path) -> None:
    assistant = Assistant.from_index(place)
    shared = SharedLibrary(Library(place), assistant, frozenset({"anna"}))
    shared.check("anna")
    for user in ("ben", None):
        with pytest.raises(ArticleError, match="editors"):
            shared.check(user)
    shared.change("remove", BREAD.id, "", Selection())
    with pytest.raises(ArticleError, match="last article"):
        shared.change("remove", TOWER.id, "", Selection())


def test_a_new_library_begins_with_what_is_kept_first(tmp_path: Path) -> None:
    assistant = Assistant.from_index(tmp_path / "new", may_be_new=True)
    catalogue, selection = Catalogue(assistant), Selection()
    lake = lake_of(catalogue, selection)
    SharedLibrary(Library(tmp_path / "new"), assistant).change("keep", lake.id, "", selection)
    assert [article.id for article in catalogue.articles(selection)] == [lake.id]


def test_a_session_asks_the_articles_of_its_filter(place: Path) -> None:
    catalogue, selection = Catalogue(Assistant.from_index(place)), Selection(only="language:en")
    assert [article.id for article in catalogue.assistant(selection).articles] == [TOWER.id]
    lake_of(catalogue, selection)
    selection.scope, selection.only = "all", "language:de"
    assert len(catalogue.assistant(selection).articles) == 2, "the session's own are among them"
    selection.only = "format:pdf"
    with pytest.raises(QuestionError, match="no article matches"):
        catalogue.assistant(selection)


def test_where_others_may_come_in_nobody_may_unless_named(two_articles: Assistant, tmp_path: Path) -> None:
    def may(editors: tuple[str, ...], *, is_alone: bool) -> bool:
        shared = shared_library(tmp_path, two_articles, editors, is_alone=is_alone)
        return shared is not None and shared.allows(None)

    assert may((), is_alone=True) and not may((), is_alone=False)
    assert may(("*",), is_alone=False) and not may(("anna",), is_alone=True)
