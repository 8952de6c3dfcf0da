"""What a session adds to the served articles, and which of them its questions are asked of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from index.errors import ArticleError
from rag import Assistant
from tests.small_set import BREAD, LAKE, RIVER, TOWER
from ui.texts import TEXTS
from ui.web.additions import Added, Pasted, Step, add, added_html, without_folder
from ui.web.articles import MOST_OWN, MOST_OWN_CHARACTERS, Library, Shelf


@pytest.fixture
def shelf(two_articles: Assistant) -> Shelf:
    return Shelf(two_articles)


def added(shelf: Shelf, library: Library, given: Sequence[Path | Pasted]) -> Added:
    *_, last = add(shelf, library, given)
    assert isinstance(last, Added)
    return last


def test_files_and_pasted_texts_become_the_sessions_own(shelf: Shelf, tmp_path: Path) -> None:
    path = tmp_path / "weser.txt"
    path.write_text(RIVER, encoding="utf-8")
    library, other = Library(), Library()
    result = added(shelf, library, [path, Pasted(LAKE, " Bodensee ")])
    assert [one.title for one in result.articles] == ["Die Weser", "Bodensee"] and not result.failures
    assert result.articles[0].source == "weser.txt", "not where the server kept it"
    assert [one.title for one in shelf.articles(library)] == [BREAD.title, TOWER.title, "Die Weser", "Bodensee"]
    assert shelf.open_article(library).title == "Die Weser"
    assert [one.title for one in shelf.articles(other)] == [BREAD.title, TOWER.title], "another session has none"


def test_a_question_is_asked_of_the_scope_chosen(shelf: Shelf) -> None:
    library = Library()
    weser, bodensee = added(shelf, library, [Pasted(RIVER, ""), Pasted(LAKE, "")]).articles
    assert shelf.scopes(library) == ["one", "own", "all"] and library.scope == "own"
    question = "Wie lang ist der Bodensee?"
    assert shelf.assistant(library).ask(question).citations[0].article_id == bodensee.id
    assert {one.id for one in shelf.assistant(library).articles} == {weser.id, bodensee.id}
    library.scope = "one"
    assert [one.id for one in shelf.assistant(library).articles] == [weser.id]
    library.open_id = TOWER.id
    assert [one.id for one in shelf.assistant(library).articles] == [TOWER.id]
    library.scope = "all"
    assert len(shelf.assistant(library).articles) == 4
    assert shelf.assistant(library) is shelf.assistant(library), "joined once"


def test_without_own_articles_the_served_assistant_answers(shelf: Shelf, two_articles: Assistant) -> None:
    library = Library()
    assert shelf.scopes(library) == ["one", "all"] and shelf.assistant(library) is two_articles


def test_what_cannot_be_read_is_said_and_the_rest_is_added(shelf: Shelf, tmp_path: Path) -> None:
    pdf, latin = tmp_path / "a b.pdf", tmp_path / "latin.txt"
    pdf.write_bytes(b"%PDF-1.7")
    latin.write_bytes("Käse".encode("latin-1"))
    result = added(shelf, Library(), [pdf, latin, Pasted(" \n", ""), Pasted(LAKE, "")])
    assert [one.text for one in result.articles] == [LAKE]
    lines = [str(error) for error in result.failures]
    assert "a b.pdf is a PDF" in lines[0] and "not UTF-8" in lines[1]
    assert "no words" in lines[2]
    assert not any(str(tmp_path) in line for line in lines)


def test_the_same_text_is_there_once(shelf: Shelf) -> None:
    library = Library()
    added(shelf, library, [Pasted(LAKE, ""), Pasted(LAKE, "again"), Pasted(TOWER.text, "")])
    assert len(library.own) == 1, "a served one is not added either"


def test_too_many_and_too_long_ones_are_refused(shelf: Shelf) -> None:
    library = Library()
    (lake,) = added(shelf, library, [Pasted(LAKE, "")]).articles
    [failure] = added(shelf, library, [Pasted("Wort. " * (MOST_OWN_CHARACTERS // 6), "Lang")]).failures
    said = str(failure)
    assert "Lang" in said and str(MOST_OWN_CHARACTERS) in said and "beleg index build" in said
    library.own |= {str(n): library.own[lake.id] for n in range(MOST_OWN)}
    [failure] = added(shelf, library, [Pasted(RIVER, "")]).failures
    assert f"at most {MOST_OWN}" in str(failure)


def test_a_refused_text_is_explained_in_the_pages_language(shelf: Shelf) -> None:
    library = Library()
    (lake,) = added(shelf, library, [Pasted(LAKE, "")]).articles
    too_long = added(shelf, library, [Pasted("Wort. " * (MOST_OWN_CHARACTERS // 6), "<b>Lang</b>")])
    german, english = (added_html(too_long, TEXTS[language]) for language in ("de", "en"))
    assert "Mit „&lt;b&gt;Lang&lt;/b&gt;“ haben die eigenen Artikel" in german and "beleg index build" in german
    assert "your own articles have" in english and "Zeichen" not in english
    library.own |= {str(n): library.own[lake.id] for n in range(MOST_OWN)}
    too_many = added(shelf, library, [Pasted(RIVER, "")])
    assert f"Es sind schon {len(library.own)} eigene Artikel da. Erwartet werden höchstens {MOST_OWN}" in added_html(
        too_many, TEXTS["de"]
    )


def test_an_error_names_the_file_and_not_the_servers_folder(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    error = ArticleError(f"{path} is empty.", "a-code", path=path, n=3, said=f"in {path}")
    shown = without_folder(error, path)
    assert type(shown) is ArticleError and str(shown) == "a.txt is empty." and shown.code == "a-code"
    assert shown.values == {"path": "a.txt", "n": 3, "said": "in a.txt"}


def test_cancelling_leaves_nothing_half_done(shelf: Shelf) -> None:
    library = Library()
    long = " ".join(f"Der Satz mit der Nummer {n} steht hier." for n in range(3000))
    steps = add(shelf, library, [Pasted(LAKE, ""), Pasted(long, "Lang"), Pasted(RIVER, "")])
    result: Step | Added | None = None
    for result in steps:
        if isinstance(result, Step) and result.title == "Lang" and result.done:
            assert result.done < result.total and (result.place, result.count) == (2, 3)
            library.cancelled = True
    assert isinstance(result, Added) and result.cancelled
    assert [one.text for one in result.articles] == [LAKE] and len(library.own) == 1


def test_what_was_cancelled_before_its_turn_is_not_read(shelf: Shelf) -> None:
    library = Library(cancelled=True)
    result = added(shelf, library, [Pasted(LAKE, "")])
    assert result.cancelled and not result.articles and not library.own


def test_own_articles_are_kept_with_their_session_only(shelf: Shelf) -> None:
    library, other = Library(), Library()
    (lake,) = added(shelf, library, [Pasted(LAKE, "Mein See")]).articles
    assert shelf.assistant(library).articles == (lake,)
    (again,) = added(shelf, other, [Pasted(LAKE, "Anderer See")]).articles
    assert shelf.assistant(other).articles == (again,) and again.title == "Anderer See"
    del library.own[lake.id]
    library.last = None
    assert shelf.open_article(library).id == BREAD.id and lake.id not in shelf.by_id(library)
    assert BREAD.id == shelf.assistant(library).articles[0].id
