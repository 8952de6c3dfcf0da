"""An answer in the order that it is shown in: each short answer above its sentence, sides that differ beside each other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from index import Article, EmbeddedEncoder, build_index
from rag import Answer, Assistant
from rag.answer import Citation, Statement
from ui.parts import Part, differs_line, parts_of, place_of

CHRONICLE = Article.read(
    "Die Fähre auf dem Fluss ist 38 Meter lang. Sie wurde 1911 in Lauenburg gebaut. Am Ufer steht eine Weide.",
    title="Chronik, 1930",
    language="de",
)
NEWS = Article.read(
    "Die Fähre auf dem Fluss ist 41 Meter lang. Im Frühjahr 2019 wurde sie gestrichen.",
    title="Gemeindebrief, 2019",
    language="de",
)


@pytest.fixture(scope="module")
def asked(encoder: EmbeddedEncoder) -> Assistant:
    return Assistant(build_index([CHRONICLE, NEWS], encoder), encoder)


def kinds(answer: Answer) -> list[tuple[str, int]]:
    """Return the kind of each part and how many citations it has, but for those that quote or say more."""
    return [(part.kind, len(part.citations)) for part in parts_of(answer)]


def shown_once(answer: Answer) -> bool:
    """Return whether each cited sentence is shown, and none twice."""
    numbers = [c.number for part in parts_of(answer) if part.kind in ("sides", "quotation") for c in part.citations]
    return sorted(numbers) == [citation.number for citation in answer.citations]


def test_a_short_answer_stands_above_its_sentence(asked: Assistant) -> None:
    answer = asked.ask("Wo wurde die Fähre gebaut?")
    short, sentence, *_ = parts_of(answer)
    assert (short.kind, short.texts, sentence.kind) == ("short", ("Lauenburg",), "quotation")
    assert short.citations == sentence.citations == answer.citations[:1] and shown_once(answer)


def test_sides_that_differ_are_one_part(asked: Assistant) -> None:
    answer = asked.ask("Wie lang ist die Fähre?")
    sides = next(parts_of(answer))
    assert sides.kind == "sides" and {text[:2] for text in sides.texts} == {"38", "41"} and shown_once(answer)
    assert differs_line(answer) == "Die Artikel sagen Verschiedenes:"
    for text, citation in zip(sides.texts, sides.citations, strict=True):
        place = place_of(text, citation, answer)
        assert place and citation.text[slice(*place)] == text


def test_several_questions_have_each_their_own(asked: Assistant) -> None:
    answer = asked.ask("Wo wurde die Fähre gebaut? Wie lang ist die Fähre? Wie heißt der Fährmann?")
    assert answer.unanswered == ("Wie heißt der Fährmann?",) and shown_once(answer)
    assert [kind for kind, _ in kinds(answer) if kind != "quotation"] == ["short", "sides"]


def test_what_beleg_says_beside_an_answer_is_an_aside(asked: Assistant) -> None:
    answer = asked.ask("Wie lang sind die Artikel? Wo wurde die Fähre gebaut? Wie heißt der Fährmann?")
    aside, *others = parts_of(answer)
    assert aside.kind == "aside" and CHRONICLE.title in aside.texts[0] and NEWS.title in aside.texts[0]
    assert "Fährmann" not in aside.texts[0] and "Lauenburg" not in aside.texts[0]
    assert "aside" not in [part.kind for part in others]
    for plain in ("Wo wurde die Fähre gebaut?", "Wie lang ist die Fähre?", "Worum geht es?"):
        assert "aside" not in [part.kind for part in parts_of(asked.ask(plain))]


def test_prose_comes_before_its_quotations(asked: Assistant) -> None:
    answer = asked.ask("Wo wurde die Fähre gebaut?")
    cited = answer.citations[0]
    prose = (Statement("Gebaut hat man sie in Lauenburg [1].", (cited,), 0.9), Statement("Sie ist schön.", (), 0.0))
    told = replace(answer, statements=prose, span=None, text=" ".join(one.text for one in prose))
    assert kinds(told)[:3] == [("cited", 1), ("unsupported", 0), ("quotation", 1)] and shown_once(told)
    assert next(parts_of(told)) == Part("cited", (prose[0].text,), (cited,))


def test_a_place_that_is_not_certain_is_none(asked: Assistant) -> None:
    answer = replace(asked.ask("Wo wurde die Fähre gebaut?"), span=None)
    assert place_of("2", Citation(2, "a", 0, 5, 20, "2 Boote und 12."), answer) is None
    assert place_of("Boote", Citation(2, "a", 0, 5, 20, "2 Boote und 12."), answer) == (2, 7)
