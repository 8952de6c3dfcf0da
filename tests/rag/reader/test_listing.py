"""A question for a list gets all of it, with the sentence before it; a question for one entry gets that one."""

from __future__ import annotations

import pytest

from index import EmbeddedEncoder
from rag import Assistant, Settings
from rag.reader.listing import MOST_ENTRIES, entries_around

OFFICE = """Ummeldung im Rathaus Birkenau

Die Ummeldung kostet nichts. Bitte bringen Sie Folgendes mit:

- Ausweis oder Pass
- Bestätigung des Vermieters
- bei Kindern die Geburtsurkunde

Der Schalter ist im Erdgeschoss."""
KITCHEN = """# Waffles

Ingredients:

- 3 eggs
- 200 ml buttermilk
- 180 g spelt flour
- a pinch of cinnamon

Beat the eggs with the buttermilk. Leave the batter to rest for half an hour."""
LIBRARY = """Bücherei am Markt

Öffnungszeiten
Mo 14-18 Uhr
Di geschlossen
Mi 10-18 Uhr
Fr 10-16 Uhr

Gebühren
Jahreskarte: 20 Euro
Ermäßigt: 10 Euro
Mahnung: 2 Euro je Buch"""
TOUR = """Excursion à Rocval

Nous partons à huit heures. Le prix comprend :

1. le trajet en car
2. le déjeuner
3. l'entrée du château

Le retour est prévu vers 18 heures."""

SIGNALS = """# Boiler Arden 20

The boiler weighs 31 kg.

## Warning lamps

- Yellow: the filter is full
- Red: no water
- Red and yellow: call a fitter

## Prices

| Service | Price |
|---|---|
| Check | 40 € |
| Cleaning | 95 € |"""
POOL = """# Hallenbad Nord

## Eintritt

- Erwachsene: 5,20 Euro
- Kinder bis 14 Jahre: 2,80 Euro
- Zehnerkarte: 46 Euro

Schließfächer kosten nichts."""


def cited(text: str, question: str) -> list[str]:
    answer = Assistant.from_text(text).ask(question)
    assert not answer.differs
    return [citation.text for citation in answer.citations]


@pytest.mark.parametrize(
    ("text", "question", "first", "last", "count"),
    [
        (OFFICE, "Welche Unterlagen brauche ich?", "Bitte bringen Sie Folgendes mit:", "- bei Kindern die", 4),
        (OFFICE, "was muss ich mitbringen", "Bitte bringen Sie Folgendes mit:", "- bei Kindern die", 4),
        (KITCHEN, "What ingredients do I need?", "- 3 eggs", "- a pinch of cinnamon", 4),
        (LIBRARY, "Wann ist geöffnet?", "Öffnungszeiten", "Fr 10-16 Uhr", 5),
        (LIBRARY, "Welche Gebühren gibt es?", "Gebühren", "Mahnung: 2 Euro je Buch", 4),
        (SIGNALS, "list all the warning lamps", "- Yellow: the filter is full", "- Red and yellow", 3),
        (SIGNALS, "Which warning lamps are there?", "- Yellow: the filter is full", "- Red and yellow", 3),
        (SIGNALS, "prices", "| Check | 40 € |", "| Cleaning", 2),
        (POOL, "Was kostet der Eintritt?", "- Erwachsene: 5,20 Euro", "- Zehnerkarte", 3),
        (POOL, "welche eintrittspreise gibt es", "- Erwachsene: 5,20 Euro", "- Zehnerkarte", 3),
        (TOUR, "Qu'est-ce qui est compris dans le prix ?", "Le prix comprend :", "3. l'entrée du château", 4),
    ],
)
def test_a_list_answers_as_a_whole(text: str, question: str, first: str, last: str, count: int) -> None:
    found = cited(text, question)
    assert len(found) == count and found[0] == first and found[-1].startswith(last)


@pytest.mark.parametrize(
    ("text", "question", "said"),
    [
        (OFFICE, "Was brauche ich für Kinder?", "- bei Kindern die Geburtsurkunde"),
        (KITCHEN, "how much buttermilk", "- 200 ml buttermilk"),
        (LIBRARY, "Was kostet die Jahreskarte?", "Jahreskarte: 20 Euro"),
        (LIBRARY, "Wie teuer ist eine Mahnung?", "Mahnung: 2 Euro je Buch"),
        (SIGNALS, "What does red and yellow mean?", "- Red and yellow: call a fitter"),
        (TOUR, "Vers quelle heure est le retour ?", "Le retour est prévu vers 18 heures."),
    ],
)
def test_an_entry_that_is_asked_about_answers_alone(text: str, question: str, said: str) -> None:
    assert cited(text, question) == [said]


def test_an_entry_is_named_with_the_heading_above_it() -> None:
    assert cited(POOL, "eintritt kinder")[0] == "- Kinder bis 14 Jahre: 2,80 Euro"
    assert cited(POOL, "Was kostet der Eintritt für Erwachsene?")[0] == "- Erwachsene: 5,20 Euro"


def test_how_many_there_are_is_not_asked_of_a_list() -> None:
    assert len(cited(SIGNALS, "How many warning lamps are there?")) < 3


def test_the_list_says_how_sure_it_is_as_a_whole(encoder: EmbeddedEncoder) -> None:
    answer = Assistant.from_text(OFFICE).ask("Welche Unterlagen brauche ich?")
    assert answer.span is None and len(answer.statements) == 4
    assert all(abs(one.support - answer.confidence) < 0.001 for one in answer.statements)
    assert answer.confidence >= Settings().answer_bar


def test_a_keyword_above_a_list_gets_it_and_no_more_than_all_certainty(encoder: EmbeddedEncoder) -> None:
    answer = Assistant.from_text(LIBRARY).ask("öffnungszeiten")
    assert len(answer.citations) == 5 and Settings().answer_bar <= answer.confidence < 1


def test_where_a_list_begins_and_ends(encoder: EmbeddedEncoder) -> None:
    index = Assistant.from_text(OFFICE).index
    texts = [index.sentence_text(row) for row in range(len(index.sentences))]
    of_list = [row for row, text in enumerate(texts) if text.startswith("-") or text.endswith("mit:")]
    assert all(entries_around(row, index) == of_list for row in of_list)
    assert entries_around(texts.index("Die Ummeldung kostet nichts."), index) == []
    # Opening hours and fees are two lists, with a blank line between them.
    index = Assistant.from_text(LIBRARY).index
    texts = [index.sentence_text(row) for row in range(len(index.sentences))]
    assert [texts[row] for row in entries_around(texts.index("Di geschlossen"), index)] == texts[-9:-4]
    many = "Es gibt:\n\n" + "\n".join(f"- Ding {number}" for number in range(MOST_ENTRIES + 1))
    index = Assistant.from_text(many).index
    assert entries_around(3, index) == []
