"""What another edition of a text says in the place of a sentence is told, and what only two alike texts say is not."""

from __future__ import annotations

import pytest

from index import Article, EmbeddedEncoder, build_index
from rag import Answer, Assistant
from rag.reader.edition import are_editions, change

OLD = Article.read(
    "Das Freibad Ostufer öffnet um 9 Uhr. Luftmatratzen sind im Becken nicht gestattet. Schwimmmeister ist Rolf Ahrens. "
    "Ein Rundgang dauert zweieinhalb Stunden. Das Wasser kommt aus dem Brunnen hinter dem Kiosk. Warmes Essen gibt es "
    "am Kiosk bis 17 Uhr.",
    title="Freibad Ostufer, Badeordnung 2014",
)
NEW = Article.read(
    "Das Freibad Ostufer öffnet um 8 Uhr. Luftmatratzen sind im Becken bis 12 Uhr gestattet. Schwimmmeisterin ist Pia "
    "Lund, die vorher am Meer arbeitete. Ein Rundgang dauert drei Stunden. Das Wasser kommt aus dem Brunnen hinter dem "
    "Kiosk. Warmes Essen gibt es am Kiosk bis 17 Uhr.",
    title="Freibad Ostufer, Badeordnung 2023",
)
OTHER = Article.read(
    "Das Hallenbad Westring öffnet um 7 Uhr. Luftmatratzen sind im Becken gern gesehen. Bademeister ist Till Kroll.",
    title="Hallenbad Westring",
)


@pytest.fixture(scope="module")
def both(encoder: EmbeddedEncoder) -> Assistant:
    return Assistant(build_index([OLD, NEW], encoder), encoder)


def check_differs(answer: Answer, *said: str) -> None:
    assert answer.differs and not answer.abstained
    assert {citation.article_id for citation in answer.citations[:2]} == {OLD.id, NEW.id}
    assert all(one in answer.text for one in said)


def test_editions_are_known_by_title_or_by_what_both_say(encoder: EmbeddedEncoder) -> None:
    index = build_index([OLD, NEW, OTHER], encoder)
    assert are_editions(index, 0, 1) and not are_editions(index, 0, 2) and not are_editions(index, 0, 0)
    untitled = [Article.read(article.text, title=name) for article, name in ((OLD, "a"), (NEW, "Aushang"))]
    assert are_editions(build_index(untitled, encoder), 0, 1)


def test_a_rule_that_was_changed_is_shown_as_it_was_and_as_it_is(both: Assistant) -> None:
    answer = both.ask("Sind Luftmatratzen im Becken gestattet?")
    check_differs(answer, "nicht gestattet", "bis 12 Uhr gestattet")
    assert answer.span is None, "a question for yes or no has no short answer, on whichever side"


def test_a_name_in_the_same_place_is_another_answer(both: Assistant) -> None:
    check_differs(both.ask("Wer ist Schwimmmeister?"), "Rolf Ahrens", "Pia Lund")


def test_a_number_in_words_is_compared_with_another(both: Assistant) -> None:
    check_differs(both.ask("Wie lange dauert ein Rundgang?"), "zweieinhalb Stunden", "drei Stunden")


def test_what_both_editions_say_does_not_differ(both: Assistant) -> None:
    for question in ("Woher kommt das Wasser?", "Bis wann gibt es warmes Essen?"):
        answer = both.ask(question)
        assert not answer.abstained and not answer.differs


def test_another_place_is_no_other_edition(encoder: EmbeddedEncoder) -> None:
    assistant = Assistant(build_index([OLD, OTHER], encoder), encoder)
    assert not assistant.ask("Wer ist Schwimmmeister im Freibad Ostufer?").differs
    assert not assistant.ask("Sind Luftmatratzen im Freibad Ostufer gestattet?").differs


@pytest.mark.parametrize(
    ("mine", "theirs", "expected"),
    [
        ("Dogs are not allowed.", "Dogs are sometimes allowed.", ("not allowed", "sometimes allowed")),
        (
            "Open from 9 to 17 on weekdays.",
            "Open from 10 to 18 on weekdays.",
            ("9 to 17 on weekdays", "10 to 18 on weekdays"),
        ),
        ("The hut has 38 beds.", "The hut has 38 beds and a stove.", None),
        ("The hut has 38 beds.", "The hut has 38 beds.", None),
        ("The hut has 38 beds.", "A bus goes there twice a day.", None),
    ],
)
def test_what_stands_in_the_place_of_what(mine: str, theirs: str, expected: tuple[str, str] | None) -> None:
    found = change(mine, theirs)
    said = (mine[found.mine.start : found.mine.end], theirs[found.theirs.start : found.theirs.end]) if found else None
    assert said == expected
