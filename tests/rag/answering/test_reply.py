"""Small talk and questions about the articles as such get one short reply, in the user's language, without citations."""

from __future__ import annotations

import pytest

from index import Article, EmbeddedEncoder, build_index
from rag import Answer, Assistant, Settings, Turn
from rag.answer import Language
from rag.answering.messages import MESSAGES
from tests.small_set import BREAD, TOWER

PIER = Article.read(
    "Der Steg von Aldenow ist 80 Meter lang. Er wurde 1931 gebaut. Im Winter ist er gesperrt.",
    title="Der Steg",
    source="steg.txt",
)


@pytest.fixture(scope="module")
def pier(encoder: EmbeddedEncoder) -> Assistant:
    return Assistant(build_index([PIER], encoder), encoder)


@pytest.fixture(scope="module")
def several(encoder: EmbeddedEncoder) -> Assistant:
    return Assistant(build_index([BREAD, TOWER, PIER], encoder), encoder)


def check_is_no_quotation(answer: Answer, kind: str) -> None:
    assert answer.kind == kind and not answer.abstained and answer.text
    assert answer.citations == answer.statements == answer.nearest == () and answer.span is None


def test_small_talk_says_what_can_be_asked_and_searches_nothing(pier: Assistant) -> None:
    events = list(pier.stream("Hallo, wer bist du denn?"))
    assert {event.kind for event in events} == {"text", "answer"}
    assert events[-1].answer is not None
    check_is_no_quotation(events[-1].answer, "talk")
    assert "Beleg" in events[-1].answer.text and "„Der Steg“" in events[-1].answer.text
    assert events[-1].answer.confidence > 0.8


@pytest.mark.parametrize(
    ("message", "language", "said"),
    [
        ("Thank you very much for your help!", "en", "welcome"),
        ("¿Quién eres tú?", "es", "Soy Beleg"),
        ("Qui es-tu ?", "fr", "Je suis Beleg"),
        ("你是谁？", "zh", "《Der Steg》"),
        ("ありがとうございます", "ja", "どういたしまして"),
    ],
)
def test_the_reply_is_in_the_users_language(pier: Assistant, message: str, language: str, said: str) -> None:
    answer = pier.ask(message)
    check_is_no_quotation(answer, "talk")
    assert answer.language == language and said in answer.text


def test_how_sure_is_about_the_answer_before(pier: Assistant) -> None:
    answered, refused = pier.ask("Wie lang ist der Steg?"), pier.ask("Wer ist Präsident von Peru?")
    assert not answered.abstained and refused.abstained
    thanks = Turn("danke", pier.ask("danke"))
    sure = pier.ask("Bist du sicher?", [Turn(answered.question, answered), thanks])
    check_is_no_quotation(sure, "talk")
    assert f"{round(100 * answered.confidence)}\u00a0%" in sure.text and "zitiert: 1" in sure.text
    unsure = pier.ask("Bist du sicher?", [Turn(refused.question, refused)])
    assert f"{round(100 * Settings().answer_bar)}\u00a0%" in unsure.text and unsure.text != sure.text
    assert pier.ask("Bist du sicher?").text == MESSAGES["de"].sure_nothing


def test_how_many_and_which_articles(pier: Assistant, several: Assistant) -> None:
    answer = several.ask("Wie viele Artikel hast du?")
    check_is_no_quotation(answer, "articles")
    assert "3 Artikel" in answer.text and "„Der Steg“" in answer.text and "„Brot“" in answer.text
    assert "“Der Steg”" in several.ask("Which articles do you have?").text
    assert "ein Artikel: „Der Steg“" in pier.ask("Wie viele Artikel hast du?").text


def test_many_titles_are_cut(encoder: EmbeddedEncoder) -> None:
    many = [Article.read(f"Es gibt {n} Boote im Hafen.", title=f"Hafen {n}") for n in range(13)]
    text = Assistant(build_index(many, encoder), encoder).ask("Welche Artikel hast du?").text
    assert "13 Artikel" in text and "Hafen 9" in text and "Hafen 10" not in text and "weitere: 3" in text


def test_length_language_and_source(pier: Assistant) -> None:
    length = pier.ask("Wie lang ist der Artikel?")
    check_is_no_quotation(length, "articles")
    assert "Wörter: 17" in length.text and "Sätze: 3" in length.text and "1 min" in length.text
    assert "German" in pier.ask("What language is the text in?").text
    assert "steg.txt" in pier.ask("Was ist die Quelle des Artikels?").text


def test_the_author_is_looked_for_in_the_text_first(pier: Assistant, encoder: EmbeddedEncoder) -> None:
    unnamed = pier.ask("Wer hat den Artikel geschrieben?")
    check_is_no_quotation(unnamed, "articles")
    assert unnamed.text == MESSAGES["de"].author
    named = Article.read(f"Diesen Artikel hat Merle Hinrichs geschrieben.\n\n{PIER.text}", title="Der Steg")
    answer = Assistant(build_index([named], encoder), encoder).ask("Wer hat den Artikel geschrieben?")
    assert answer.kind == "question" and "Merle Hinrichs" in answer.text and answer.citations


def test_what_the_original_notes_says_who_wrote_it_and_when(encoder: EmbeddedEncoder) -> None:
    noted = Article.read(
        f"{PIER.text} Die Tafel am Steg beschriftete Jonte Brandt.",
        title="Der Steg",
        author="Svea Lorenz",
        date="2021-05-26",
    )
    steg = Assistant(build_index([noted], encoder), encoder)
    author = steg.ask("Wer hat dieses Dokument geschrieben?")
    check_is_no_quotation(author, "articles")
    assert "„Der Steg“" in author.text and "Svea Lorenz" in author.text
    date = steg.ask("When was this article published?")
    check_is_no_quotation(date, "articles")
    assert "May 26, 2021" in date.text
    # A question about the pier is none about the article.
    built = steg.ask("Wann wurde der Steg gebaut?")
    assert built.kind == "question" and built.span is not None and "1931" in built.text
    # Of several articles, each that notes it.
    both = Assistant(build_index([noted, BREAD], encoder), encoder).ask("Wer hat die Artikel geschrieben?")
    assert "Svea Lorenz" in both.text and "„Brot“" in both.text


@pytest.mark.parametrize("language", MESSAGES)
def test_every_language_fills_in_every_value(language: Language) -> None:
    for name in MESSAGES[language].__slots__:
        ours, english = getattr(MESSAGES[language], name), getattr(MESSAGES["en"], name)
        assert {part.split("}")[0] for part in ours.split("{")[1:]} == {
            part.split("}")[0] for part in english.split("{")[1:]
        }, name
