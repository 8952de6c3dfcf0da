"""Which questions want words, and which characters those words are."""

from __future__ import annotations

import pytest

from rag.reader.evidence import asks_for_words, trimmed


@pytest.mark.parametrize(
    ("text", "part", "left"),
    [
        ("Es war im Mai in Seoul.", " im Mai in Seoul.", "im Mai in Seoul"),
        ("Er sagte: „Nein“, und ging.", " „Nein“,", "„Nein“"),
        ("Er sagte: „Nein und ging“.", " „Nein", "Nein"),
        ("Er sagte: „Nein und ging“.", "ging“.", "ging"),
        ("Der Turm (330 m) steht.", "(330 m) ", "(330 m)"),
        ("Der Turm (330 m) steht.", "(330 m", "330 m"),
        ("Der Turm (330 m) steht.", "330 m) ", "330 m"),
        ("Im Büro (Berlin) saß er.", "Büro (Berlin) ", "Büro (Berlin)"),
        ("他在「东京」。", "「东京」。", "「东京」"),
        ("他在东京。", "东京。", "东京"),
        ("Sie kostet 80 %, mehr nicht.", " 80 %,", "80 %"),
        ("Es waren 3,5 km – weit.", " 3,5 km –", "3,5 km"),
        ("«Jamais», dit-il.", "«Jamais»,", "«Jamais»"),
        ("Zuerst: Brot!", "Zuerst: Brot!", "Zuerst: Brot"),
    ],
)
def test_spaces_and_punctuation_at_the_ends_are_not_the_answers(text: str, part: str, left: str) -> None:
    start = text.index(part)
    span = trimmed(text, start, start + len(part))
    assert span is not None and text[span[0] : span[1]] == left
    assert trimmed(text, *span) == span, "once is enough"


@pytest.mark.parametrize("text", ["", " ", "…", " – ", "„“", "。\u3000", "()"])
def test_of_nothing_but_punctuation_nothing_is_left(text: str) -> None:
    span = trimmed(f"a{text}b", 1, 1 + len(text))
    assert span is None or not any(c.isspace() for c in text[span[0] - 1 : span[1] - 1])
    assert span is None or text in ("„“", "()"), "a pair of marks may stay"


def test_a_number_keeps_its_sign() -> None:
    text = "In der Nacht waren es -5 Grad."
    assert trimmed(text, 21, 29) == (22, 29) and text[22:29] == "-5 Grad"


@pytest.mark.parametrize(
    "question",
    [
        "Wann trafen sich Yoon und Kishida zuletzt?", "Wo ist das?", "Und wer noch?", "Welche Stadt ist gemeint?",
        "Wie hoch ist der Turm?", "Wem gehört die Bäckerei?", "Nenne den Ort.",
        "When did they meet?", "How tall is the tower?", "In which city was it?", "And where?", "Name the city.",
        "¿Cuándo se reunieron?", "¿Qué altura tiene la torre?", "¿Dónde está?", "¿Quién lo dijo?", "¿A cuántos grados?",
        "Quand se sont-ils rencontrés ?", "Où est-il ?", "Qui a dit cela ?", "Quelle est la hauteur de la tour ?",
        "Combien de jours ?", "Qu'a-t-il dit ?",
        "Quando si sono incontrati?", "Dov'è la torre?", "Chi lo ha detto?", "Quanto è alta la torre?", "Cos'è?",
        "他们什么时候见面？", "谁去了东京？", "这座塔有多高？", "他去了哪里吗？",
        "いつ会いましたか？", "誰が東京に行きましたか。", "塔の高さは何メートルですか",
    ],
)  # fmt: skip
def test_a_question_with_an_interrogative_asks_for_words(question: str) -> None:
    assert asks_for_words(question)


@pytest.mark.parametrize(
    "question",
    [
        "Hat Yoon sich mit Kishida getroffen?", "Ist der Turm aus Eisen oder aus Holz?", "War es in Seoul?",
        "Did they meet in Seoul?", "Is the tower made of iron or wood?", "Was Kishida in the office?",
        "¿Se reunieron en Seúl?", "¿Es la torre de hierro?",
        "A-t-il dit cela dans le bureau ?", "Le chat est dans le bureau ?",
        "Si sono incontrati a Seul?", "La torre è di ferro?",
        "他们在首尔见面了吗？", "這座塔是不是鐵的？", "是否有人受伤？",
        "塔は鉄でできていますか？", "ソウルで会いましたか",
    ],
)  # fmt: skip
def test_a_question_for_yes_or_no_asks_for_no_words(question: str) -> None:
    assert not asks_for_words(question)


@pytest.mark.parametrize("question", ["Когда они встретились?", "언제 만났습니까?", "متى التقيا؟", "Kishida?", "?"])
def test_in_another_language_words_are_always_asked_for(question: str) -> None:
    assert asks_for_words(question)


@pytest.mark.parametrize("question", ["いくつありますか？", "いくらですか。", "どんな人ですか？"])
def test_how_many_and_what_kind_ask_for_words_in_japanese(question: str) -> None:
    assert asks_for_words(question)


def test_est_ce_que_asks_for_yes_or_no() -> None:
    assert not asks_for_words("Est-ce que la tour est en fer ?")
    assert asks_for_words("Où est-ce que la tour se trouve ?")
    assert asks_for_words("Qu'est-ce que c'est ?")
