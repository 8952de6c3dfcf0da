"""What a session adds to the served articles, and which of them its questions are asked of."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from pathlib import Path

import pytest

from index.errors import ArticleError, LimitError
from rag import Assistant
from tests.pdf_files import PdfFile
from tests.small_set import BREAD, LAKE, RIVER, TOWER
from ui.texts import TEXTS
from ui.web import tasks
from ui.web.additions import Added, Given, Link, Pasted, Step, add, added_html, step_html, without_folder
from ui.web.articles import MOST_OWN, MOST_OWN_CHARACTERS, Catalogue, Selection
from ui.web.limits import Caller, Limits, QuestionLimit


@pytest.fixture
def catalogue(two_articles: Assistant) -> Catalogue:
    return Catalogue(two_articles)


def added(catalogue: Catalogue, selection: Selection, given: Sequence[Given]) -> Added:
    *_, last = add(catalogue, selection, given)
    assert isinstance(last, Added)
    return last


def test_files_and_pasted_texts_become_the_sessions_own(catalogue: Catalogue, tmp_path: Path) -> None:
    path = tmp_path / "weser.txt"
    path.write_text(RIVER, encoding="utf-8")
    selection, other = Selection(), Selection()
    result = added(catalogue, selection, [path, Pasted(LAKE, " Bodensee ")])
    assert [one.title for one in result.articles] == ["Die Weser", "Bodensee"] and not result.failures
    assert result.articles[0].source == "weser.txt", "not where the server kept it"
    assert [one.title for one in catalogue.articles(selection)] == [BREAD.title, TOWER.title, "Die Weser", "Bodensee"]
    assert catalogue.open_article(selection).title == "Die Weser"
    assert [one.title for one in catalogue.articles(other)] == [BREAD.title, TOWER.title], "another session has none"


def test_a_question_is_asked_of_the_scope_chosen(catalogue: Catalogue) -> None:
    selection = Selection()
    weser, bodensee = added(catalogue, selection, [Pasted(RIVER, ""), Pasted(LAKE, "")]).articles
    assert catalogue.scopes(selection) == ["one", "own", "all"] and selection.scope == "own"
    question = "Wie lang ist der Bodensee?"
    assert catalogue.assistant(selection).ask(question).citations[0].article_id == bodensee.id
    assert {one.id for one in catalogue.assistant(selection).articles} == {weser.id, bodensee.id}
    selection.scope = "one"
    assert [one.id for one in catalogue.assistant(selection).articles] == [weser.id]
    selection.open_id = TOWER.id
    assert [one.id for one in catalogue.assistant(selection).articles] == [TOWER.id]
    selection.scope = "all"
    assert len(catalogue.assistant(selection).articles) == 4
    assert catalogue.assistant(selection) is catalogue.assistant(selection), "joined once"


def test_without_own_articles_the_served_assistant_answers(catalogue: Catalogue, two_articles: Assistant) -> None:
    selection = Selection()
    assert catalogue.scopes(selection) == ["one", "all"] and catalogue.assistant(selection) is two_articles


def test_what_cannot_be_read_is_said_and_the_rest_is_added(catalogue: Catalogue, tmp_path: Path) -> None:
    pdf, latin = tmp_path / "a b.pdf", tmp_path / "latin.txt"
    pdf.write_bytes(b"%PDF-1.7")
    latin.write_bytes(b"K\x84se und Br\x94tchen")
    result = added(catalogue, Selection(), [pdf, latin, Pasted(" \n", ""), Pasted(LAKE, "")])
    assert [one.text for one in result.articles] == [LAKE]
    lines = [str(error) for error in result.failures]
    assert "a b.pdf is damaged" in lines[0] and "latin.txt" in lines[1]
    assert "no words" in lines[2]
    assert not any(str(tmp_path) in line for line in lines)


def test_the_same_text_is_there_once(catalogue: Catalogue) -> None:
    selection = Selection()
    added(catalogue, selection, [Pasted(LAKE, ""), Pasted(LAKE, "again"), Pasted(TOWER.text, "")])
    assert len(selection.own) == 1, "a served one is not added either"


def test_too_many_and_too_long_ones_are_refused(catalogue: Catalogue) -> None:
    selection = Selection()
    (lake,) = added(catalogue, selection, [Pasted(LAKE, "")]).articles
    [failure] = added(catalogue, selection, [Pasted("Wort. " * (MOST_OWN_CHARACTERS // 6), "Lang")]).failures
    said = str(failure)
    assert "Lang" in said and str(MOST_OWN_CHARACTERS) in said and "beleg index build" in said
    [failure] = added(catalogue, selection, [Pasted("Marks a" + "\u0301" * MOST_OWN_CHARACTERS, "")]).failures
    assert "Marks" in str(failure) and failure.code == "own-articles-too-long", "before it is read"
    selection.own |= {str(n): selection.own[lake.id] for n in range(MOST_OWN)}
    [failure] = added(catalogue, selection, [Pasted(RIVER, "")]).failures
    assert f"at most {MOST_OWN}" in str(failure)


def test_a_refused_text_is_explained_in_the_pages_language(catalogue: Catalogue) -> None:
    selection = Selection()
    (lake,) = added(catalogue, selection, [Pasted(LAKE, "")]).articles
    too_long = added(catalogue, selection, [Pasted("Wort. " * (MOST_OWN_CHARACTERS // 6), "<b>Lang</b>")])
    german, english = (added_html(too_long, TEXTS[language]) for language in ("de", "en"))
    assert "Mit „&lt;b&gt;Lang&lt;/b&gt;“ haben die eigenen Artikel" in german and "beleg index build" in german
    assert "your own articles have" in english and "Zeichen" not in english
    selection.own |= {str(n): selection.own[lake.id] for n in range(MOST_OWN)}
    too_many = added(catalogue, selection, [Pasted(RIVER, "")])
    assert f"Es sind schon {len(selection.own)} eigene Artikel da. Erwartet werden höchstens {MOST_OWN}" in added_html(
        too_many, TEXTS["de"]
    )


def test_an_error_names_the_file_and_not_the_servers_folder(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    error = ArticleError(f"{path} is empty.", "a-code", path=path, n=3, said=f"in {path}")
    shown = without_folder(error, path)
    assert type(shown) is ArticleError and str(shown) == "a.txt is empty." and shown.code == "a-code"
    assert shown.values == {"path": "a.txt", "n": 3, "said": "in a.txt"}
    # So do the mistakes that one error lists.
    (listed,) = without_folder(ArticleError("…", "several", mistakes=(error,)), path).values["mistakes"]
    assert str(listed) == "a.txt is empty." and listed.values == shown.values


def test_cancelling_leaves_nothing_half_done(catalogue: Catalogue) -> None:
    selection = Selection()
    long = " ".join(f"Der Satz mit der Nummer {n} steht hier." for n in range(3000))
    steps = add(catalogue, selection, [Pasted(LAKE, ""), Pasted(long, "Lang"), Pasted(RIVER, "")])
    result: Step | Added | None = None
    for result in steps:
        if isinstance(result, Step) and result.title == "Lang" and result.done:
            assert result.done < result.total and (result.place, result.count) == (2, 3)
            selection.cancelled = True
    assert isinstance(result, Added) and result.cancelled
    assert [one.text for one in result.articles] == [LAKE] and len(selection.own) == 1


def test_what_was_cancelled_before_its_turn_is_not_read(catalogue: Catalogue) -> None:
    selection = Selection(cancelled=True)
    result = added(catalogue, selection, [Pasted(LAKE, "")])
    assert result.cancelled and not result.articles and not selection.own


def test_own_articles_are_kept_with_their_session_only(catalogue: Catalogue) -> None:
    selection, other = Selection(), Selection()
    (lake,) = added(catalogue, selection, [Pasted(LAKE, "Mein See")]).articles
    assert catalogue.assistant(selection).articles == (lake,)
    (again,) = added(catalogue, other, [Pasted(LAKE, "Anderer See")]).articles
    assert catalogue.assistant(other).articles == (again,) and again.title == "Anderer See"
    del selection.own[lake.id]
    selection.last = None
    assert catalogue.open_article(selection).id == BREAD.id and lake.id not in catalogue.by_id(selection)
    assert BREAD.id == catalogue.assistant(selection).articles[0].id


def test_a_pdf_says_which_page_is_read(catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "SECONDS_BETWEEN_STEPS", 0.0)
    file = PdfFile()
    # Text that is on every page would be taken for a running head.
    villages = ["".join(letters) for letters in product("BDFGKLMNRS", ("au", "ei", "o"), ("heim", "dorf"))]
    for number, village in enumerate(villages, start=1):
        file.page().lines(72, 100 + 5 * number, f"In {village} leben {17 * number} Menschen am {village}er Bach.")
    path = tmp_path / "bericht.pdf"
    path.write_bytes(file.content())
    selection = Selection()
    *steps, result = add(catalogue, selection, [path])
    assert isinstance(result, Added) and not result.failures
    pages = [step for step in steps if isinstance(step, Step) and step.what == "pages"]
    assert pages and pages[0].title == "bericht.pdf" and pages[0].total == 60
    german = step_html(Step("bericht.pdf", 1, 1, 12, 80, "pages"), TEXTS["de"])
    assert "Seite 12 von 80" in german and 'value="12"' in german
    assert result.articles[0].source == "bericht.pdf"
    # Its citations say the page.
    citation = catalogue.assistant(selection).ask(f"Wie viele Menschen leben in {villages[40]}?").citations[0]
    assert citation.place is not None and citation.place.page == 41


def test_cancelling_ends_the_reading_too(catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "SECONDS_BETWEEN_STEPS", 0.0)
    file = PdfFile()
    for _ in range(300):
        file.page().lines(72, 100, "Ein Satz steht auf jeder Seite.\nUnd noch einer steht da.")
    path = tmp_path / "lang.pdf"
    path.write_bytes(file.content())
    selection = Selection()
    steps = add(catalogue, selection, [path])
    result: Step | Added | None = None
    for result in steps:
        if isinstance(result, Step) and result.what == "pages":
            assert result.done < result.total
            selection.cancelled = True
    assert isinstance(result, Added) and result.cancelled and not selection.own


def test_a_lone_address_is_fetched_and_a_text_with_one_is_a_text() -> None:
    assert Link.in_text(" https://example.org/a?b=c \n", "T") == Link("https://example.org/a?b=c", "T")
    assert Link.in_text("See https://example.org/", "") is None
    assert Link.in_text("https://example.org/ has more", "") is None
    assert Link.in_text("javascript:alert(1)", "") is None


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://localhost/", "http://169.254.169.254/latest/meta-data"])
def test_no_visitor_reads_the_servers_own_network(catalogue: Catalogue, url: str) -> None:
    [failure] = added(catalogue, Selection(), [Link(url)]).failures
    assert failure.code == "url-not-public"
    assert "nicht öffentlich" in TEXTS["de"].error(failure)


def test_fetches_are_counted_before_anything_is_fetched(catalogue: Catalogue) -> None:
    limit = QuestionLimit(Limits(fetches_a_minute=2))
    caller = Caller(None, "session", "203.0.113.7")

    def admit(one: Given) -> None:
        limit.admit_addition(caller)
        if isinstance(one, Link):
            limit.admit_fetch(caller)

    def codes(given: Given) -> list[str]:
        *_, last = add(catalogue, Selection(), [given], admit)
        assert isinstance(last, Added)
        return [failure.code for failure in last.failures]

    assert [codes(Link("ftp://example.org/")) for _ in range(3)] == [
        ["url-not-http"],
        ["url-not-http"],
        ["too-many-fetched-addresses"],
    ]
    assert codes(Pasted(LAKE, "")) == [], "a text asks nobody's server"
    german = TEXTS["de"].error(LimitError("fetched addresses", 2, 5))
    assert german == "Zu viele Webadressen: 2 in der Minute. Bitte 5 Sekunden warten."
