"""Questions as people type them, and short texts of everyday life to ask them of."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from training.claims import without_phrase
from training.everyday import everyday
from training.switching import read_synonyms
from training.wording import Wording, around, asks_whether, misspelt

WORDS = """# a comment
bauen; errichten {vt} | gebaut; errichtet | baute; errichtete :: to build; to erect | built; erected | built; erected
Vertrag {m}; Abkommen {n} | Verträge {pl} :: contract; agreement | contracts
und; sowie :: and
"""


@pytest.mark.parametrize(
    ("question", "answer", "language", "asked"),
    [
        ("When was the bridge opened?", "1911", "en", "Was the bridge opened in 1911?"),
        ("How many steps does the tower have?", "212", "en", "Does the tower have 212 steps?"),
        ("Who is the chair?", "Ada Holm.", "en", "Is the chair Ada Holm?"),
        ("Wer baute die Brücke?", "der Verein", "de", "Baute der Verein die Brücke?"),
        ("Wann wurde die Brücke eröffnet?", "1911", "de", "Wurde 1911 die Brücke eröffnet?"),
        ("Wen hat der Verein am Ende gewählt?", "Ada Holm", "de", "Hat der Verein am Ende Ada Holm gewählt?"),
        ("Wie viele Stufen hat der Turm?", "212", "de", "Hat der Turm 212 Stufen?"),
    ],
)
def test_a_question_is_asked_as_whether_its_answer_is_so(question: str, answer: str, language: str, asked: str) -> None:
    assert asks_whether(question, answer, language) == asked


def test_other_forms_and_languages_are_not_asked_so() -> None:
    assert asks_whether("Warum ist es zu?", "weil es regnet", "de") == ""
    assert asks_whether("何段ありますか。", "212", "ja") == ""


def test_misspelt_words_stay_readable() -> None:
    chance = random.Random(1)
    made = {misspelt("Welche Strecke fährt die Fähre?", chance) for _ in range(40)}
    assert len(made) > 15
    assert all(one.startswith("W") and one.endswith("?") and len(one.split()) == 5 for one in made)
    assert misspelt("a b c", chance) == "a b c"


def test_something_is_said_around_a_question_and_not_instead_of_it() -> None:
    chance = random.Random(1)
    for _ in range(20):
        assert "ann ist Schluss" in around("Wann ist Schluss?", "de", chance)
    assert around("何時ですか", "ja", chance) == "何時ですか"


def test_words_of_the_same_meaning_are_read_with_their_forms(tmp_path: Path) -> None:
    path = tmp_path / "words"
    path.write_text(WORDS, encoding="utf-8")
    german, english = (read_synonyms(path, german=german) for german in (True, False))
    assert german.entries["baute"] == ["errichtete"] and german.entries["vertrag"] == ["Abkommen"]
    assert english.entries["contract"] == ["agreement"] and english.entries["built"] == ["erected"]
    assert "und" not in german.entries, "small words stay"


def test_half_of_the_questions_are_left_as_they_are() -> None:
    wording = Wording(0.3, random.Random(1))
    same = [wording("Wann wurde die Brücke über den Fluss gebaut?", "de") for _ in range(300)]
    assert 0.5 < same.count("Wann wurde die Brücke über den Fluss gebaut?") / 300 < 0.75


def test_a_shorter_sentence_says_less_of_the_same() -> None:
    text = "Die Brücke über die Alda wurde im Mai 1911 von Anna Berg eröffnet."
    made = {without_phrase(text, "de", random.Random(n)) for n in range(20)}
    assert "Die Brücke wurde im Mai 1911 von Anna Berg eröffnet." in made
    assert all(one.startswith("Die Brücke") and one.endswith(" eröffnet.") for one in made)
    assert without_phrase("Keine Brücke über die Alda ist offen.", "de", random.Random(1)).startswith(
        "Keine Brücke über"
    )


def test_everyday_texts_hold_the_answers_to_their_questions() -> None:
    answered = unanswered = editions = 0
    for source in everyday(60, random.Random(1)):
        editions += len(source.paragraphs) == 2
        for text, asked in source.paragraphs:
            for one in asked:
                assert "{" not in one.question and "«" not in text and "{" not in text
                answered += one.answer is not None
                unanswered += one.answer is None
                assert one.answer is None or text[slice(*one.answer)].strip() == text[slice(*one.answer)] != ""
    assert answered > 500 and unanswered > 20 and editions > 5
    first = next(everyday(1, random.Random(2)))
    assert first == next(everyday(1, random.Random(2)))
