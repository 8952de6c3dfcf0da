from __future__ import annotations

import pytest

from rag import Assistant
from rag.retrieval.spelling import normalised, with_capitals

GERMAN = (
    "Der Speicher von Quistrup\n\nDer Speicher am Hafen von Quistrup gehört der Reederei Fährmann. Ihn entwarf 1911 die "
    "Baumeisterin Ottilie Brügmann. Im Speicher lagern 3.704 Säcke. Zur S-Bahn-Station sind es vierzehn Minuten, und wer "
    "eine E-Mail schreibt, bekommt vom Lagermeister Tönnies Antwort. Die Straße dorthin ist gepflastert. Die Kranführer "
    "streiken nie."
)
ENGLISH = (
    "The Penhallow lighthouse\n\nThe lighthouse at Penhallow was drawn by the surveyor Maud Trevanion. It burned 21,450 "
    "litres of oil a year. Twelve keepers lived there, and NOAA kept the log. The keepers were fond of walking."
)


@pytest.fixture(scope="module")
def german() -> Assistant:
    return Assistant.from_text(GERMAN, language="de")


@pytest.fixture(scope="module")
def english() -> Assistant:
    return Assistant.from_text(ENGLISH, language="en")


def read(assistant: Assistant, question: str) -> str:
    return normalised(question, assistant.index, assistant.encoder)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("WEM GEHÖRT DER SPEICHER IN QUISTRUP?", "Wem gehört der Speicher in Quistrup?"),
        ("Wem gehoert der SPEICHER?", "Wem gehört der Speicher?"),
        ("WAS TUN DIE KRANFUEHRER?", "Was tun die Kranführer?"),
        ("Was lagert die Reederei Faehrmann?", "Was lagert die Reederei Fährmann?"),
        ("Was lagert die Reederei Fahrmann?", "Was lagert die Reederei Fährmann?"),
        ("Wer war Otilie Brügmann?", "Wer war Ottilie Brügmann?"),
        ("Wer war Ottilie Brügamnn?", "Wer war Ottilie Brügmann?"),
        ("Was steht in Quisrtup?", "Was steht in Quistrup?"),
        ("Was steht in Qistrap?", "Was steht in Qistrap?"),  # two typos in a short word are too many
        ("Wie weit ist es zur SBahnstation?", "Wie weit ist es zur S-Bahn-Station?"),
        ("Wie weit ist es zur S Bahn Station?", "Wie weit ist es zur S-Bahn-Station?"),
        ("Wer liest eine Email?", "Wer liest eine E-Mail?"),
        ("Wer liest eine e mail?", "Wer liest eine E-Mail?"),
        ("Lagern dort 3704 Säcke?", "Lagern dort 3.704 Säcke?"),
        ("Lagern dort 3,704 Säcke?", "Lagern dort 3.704 Säcke?"),
        ("Ist die Strasse gepflastert?", "Ist die Strasse gepflastert?"),
    ],
)
def test_a_german_question_is_read_as_the_article_spells_it(german: Assistant, typed: str, meant: str) -> None:
    assert read(german, typed) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("WHO DREW THE LIGHTHOUSE AT PENHALLOW?", "Who drew the lighthouse at Penhallow?"),
        ("DID NOAA KEEP THE LOG?", "Did NOAA keep the log?"),
        ("Who was Maud Trevanoin?", "Who was Maud Trevanion?"),
        ("who was maud trevannion?", "who was maud Trevanion?"),
        ("Who lived in the light-house?", "Who lived in the lighthouse?"),
        ("Did it burn 21450 litres?", "Did it burn 21,450 litres?"),
        ("Did it burn 21.450 litres?", "Did it burn 21,450 litres?"),
    ],
)
def test_an_english_question_too(english: Assistant, typed: str, meant: str) -> None:
    assert read(english, typed) == meant


@pytest.mark.parametrize(
    "question",
    [
        "Wem gehört der Speicher?",
        "wem gehört der speicher?",
        "Wer war die Baumeister*in, und wann?",
        "Welche Kräne stehen am Hafen von Brügge?",
        "Wie viele Säcke lagern seit 1911?",
        "Streikte der Kranführerverband?",
        "Who owns the storehouse, and what is the sack for?",
        "À qui appartient l'entrepôt ?",
        "仓库属于谁？",
        "?",
    ],
)
def test_a_question_that_is_right_stays_as_it_is(german: Assistant, question: str) -> None:
    assert read(german, question) == question


def test_words_of_another_language_are_not_taken_for_the_articles(english: Assistant) -> None:
    for question in ("Wer zeichnete den Leuchtturm?", "Welche Wärter hatten Kinder?", "Qui gardait le phare ?"):
        assert read(english, question) == question


def test_the_answer_says_what_was_read_and_is_the_same_as_to_the_question_meant(german: Assistant) -> None:
    meant, typed = german.ask("Wem gehört der Speicher?"), german.ask("WEM GEHOERT DER SPEICHER?")
    assert typed.question == "WEM GEHOERT DER SPEICHER?" and typed.read_as == "Wem gehört der Speicher?"
    assert typed.citations == meant.citations and typed.confidence == meant.confidence


@pytest.mark.parametrize("asked", ["12", "twelve", "Twelve"])
def test_numbers_are_compared_as_numbers(english: Assistant, asked: str) -> None:
    assert "Twelve keepers" in english.retrieve(f"Did {asked} people live there?", k=1)[0].text


def test_a_day_is_not_read_as_the_rest_of_a_date() -> None:
    log = Assistant.from_text("Ship's log\n\nOn 2025-07-30 the Heron left. On 2025-07-31 she came back.", language="en")
    assert read(log, "what happened on 30 July?") == "what happened on 30 July?"


@pytest.mark.parametrize(
    ("asked", "read_so"),
    [
        ("was lagert die reederei fährmann", "was lagert die Reederei Fährmann"),
        ("wem gehört der speicher? (die Mühle)", "wem gehört der Speicher? (die Mühle)"),
        ("Wem gehört der speicher?", "Wem gehört der speicher?"),
        ("who owns the speicher?", "who owns the speicher?"),
    ],
)
def test_the_reader_is_asked_with_the_articles_capitals(german: Assistant, asked: str, read_so: str) -> None:
    assert with_capitals(asked, german.index) == read_so
