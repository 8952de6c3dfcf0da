"""What kind of answer a question asks for, of which kind a span is, and short answers of no other kind."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from index import Article, EmbeddedEncoder, build_index
from rag import Assistant, Settings
from rag.reader.answer_kind import PROMPT_TOKENS, AnswerKinds, only_asks, repeats, words_to_find_again
from rag.reader.trained import passage_reader

Asks = Callable[[str], str]
BAKERY = (
    "Die Bäckerei Lindau wurde 1956 von Hanna Petersen in Wedel eröffnet. Sie backt 34 Sorten Brot. Im Juni 2011 zerstörte "
    "ein Feuer die Backstube; niemand kam zu Schaden. Der Neubau kostete 820.000 Euro. Sonntags bleibt der Laden zu."
)


@pytest.fixture(scope="module")
def asked(encoder: EmbeddedEncoder) -> Asks:
    kinds, reader, bar = AnswerKinds(), passage_reader(encoder), Settings().asked_kind_bar
    return lambda question: kinds.asked(question, reader.question(question), bar)


@pytest.fixture(scope="module")
def bakery() -> Assistant:
    return Assistant.from_text(BAKERY, title="Die Bäckerei Lindau")


def short(assistant: Assistant, question: str) -> str:
    answer = assistant.ask(question)
    assert not answer.abstained, question
    return assistant.articles[0].text[slice(*answer.span)] if answer.span else ""


def test_the_prompt_has_the_tokens_that_are_left_out(encoder: EmbeddedEncoder) -> None:
    _, spans = encoder.tokens_of("Wer", question=True)
    assert (spans[:PROMPT_TOKENS, 0] == -1).all() and spans[PROMPT_TOKENS].tolist() == [0, 3] and len(spans) == 6


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Wer eröffnete die Bäckerei?", "Hanna Petersen"),
        ("In welchem Jahr wurde die Bäckerei eröffnet?", "1956"),
        ("Wo wurde die Bäckerei eröffnet?", "Wedel"),
        ("Wie viele Sorten Brot backt sie?", "34"),
        ("Who opened the bakery?", "Hanna Petersen"),
        ("Quand la boulangerie a-t-elle ouvert ?", "1956"),
        ("¿Cuánto costó el edificio nuevo?", "820.000"),
    ],
)
def test_a_short_answer_is_of_the_kind_asked(bakery: Assistant, question: str, words: str) -> None:
    found = short(bakery, question)
    assert words in found and len(found) <= len(words) + 8


@pytest.mark.parametrize(
    "question",
    [
        "Wurde 2011 jemand verletzt?", "Hat Hanna Petersen die Bäckerei eröffnet?", "Hat der Laden sonntags geöffnet?",
        "Did a fire destroy the bakery?", "Was the bakery opened by Hanna Petersen?",
        "La boulangerie a-t-elle été ouverte en 1956 ?",
    ],
)  # fmt: skip
def test_a_question_for_yes_or_no_gets_the_sentence_and_no_short_answer(bakery: Assistant, question: str) -> None:
    assert short(bakery, question) == ""


@pytest.mark.parametrize(
    ("again", "asked"),
    [
        ("quattordici anni", "per 14 anni?"), ("nur montags", "nur montags?"), ("1.846 Metern", "1846 meter?"),
        ("half past eight", "half past eight?"), ("the oak", "the oak?"),
    ],
)  # fmt: skip
def test_what_only_says_the_question_again_is_no_short_answer(again: str, asked: str) -> None:
    assert repeats(again, asked, "it" if "anni" in again else "de" if again[0] in "n1" else "en")


@pytest.mark.parametrize(
    ("new", "asked"),
    [
        ("die blaue", "die rote oder die blaue?"), ("Antje Folkerts", "die müllerin?"), ("15 anni", "per 14 anni?"),
        ("14 litres of water", "how many litres, fourteen"), ("nach Anmeldung", "Hunde nur nach Anmeldung?"),
    ],
)  # fmt: skip
def test_what_says_more_or_one_of_two_is_one(new: str, asked: str) -> None:
    assert not repeats(new, asked, "it" if "anni" in new else "en" if "litres" in new else "de")


@pytest.mark.parametrize(
    ("sentence", "is_code"),
    [
        ("Wie kündige ich meinen Vertrag?", False),
        ("Frage 3: Wie kündige ich meinen Vertrag?", False),
        ('beleg ask "Wie kündige ich meinen Vertrag?" --article vertrag.txt', True),
    ],
)
def test_a_sentence_that_only_asks_is_no_answer(sentence: str, is_code: bool) -> None:
    assert only_asks(words_to_find_again("wie kündige ich meinen vertrag"), sentence, code=is_code)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("Wie kündige ich meinen Vertrag?", "Wie kündige ich meinen Vertrag? Mit einem Brief."),
        ("Wie kündige ich meinen Vertrag?", "Meinen Vertrag kündige ich mit einem Brief."),
        ("Der Vertrag endet im Mai.", "Der Vertrag endet im Mai."),
        ("Und wann?", "Und wann?"),
    ],
)
def test_a_sentence_that_says_more_than_the_question_may_answer(asked: str, sentence: str) -> None:
    assert not only_asks(words_to_find_again(asked), sentence, code=False)


def test_the_answer_below_a_question_is_cited_and_not_the_question(encoder: EmbeddedEncoder) -> None:
    text = "Wie kündige ich meinen Vertrag?\n\nEin Brief an die Geschäftsstelle genügt, vier Wochen vor Ende.\n\nWas kostet der Versand?\n\nDer Versand kostet 4,90 Euro."
    faq = Assistant(build_index([Article.read(text, title="Häufige Fragen", language="de")], encoder), encoder)
    answer = faq.ask("Wie kündige ich meinen Vertrag?")
    assert not answer.abstained and answer.citations[0].text.startswith("Ein Brief")


def test_a_news_agency_is_no_guest(assistant: Assistant) -> None:
    for question in ("Wer wurde nach Washington eingeladen?", "Who was invited to Washington?"):
        assert short(assistant, question) == "Yoon und Kishida"


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Wer leitet den Chor?", "person"), ("Seit wann singt er?", "time"), ("Wie schwer ist die Glocke?", "number"),
        ("Woher kommt das Holz?", "place"), ("An welchem Tag probt der Chor?", "time"), ("Warum singt er?", "manner"),
        ("When many sing together, what do they need?", "thing"), ("Und wann?", "time"), ("Wie heißt das Lied?", "thing"),
        ("What year was it?", "time"), ("Can you tell me who sings?", "person"), ("Was the man who sang late?", "yes or no"),
        ("Qui chante ?", "person"), ("Où chante-t-il ?", "place"), ("¿Cuántas voces hay?", "number"),
        ("Kiedy śpiewa chór?", "time"), ("Кто поёт?", "person"), ("合唱团有多少人？", "number"),
        ("合唱団はいつできましたか？", "time"), ("합창단은 어디에 있나요?", "place"), ("متى تأسست الجوقة؟", "time"),
    ],
)  # fmt: skip
def test_the_kind_that_a_question_asks_for(asked: Asks, question: str, kind: str) -> None:
    assert asked(question) == kind


def test_of_two_questions_the_last_says_what_is_asked(asked: Asks) -> None:
    assert asked("Wer leitet den Chor? Und seit wann?") == "time"
    assert asked("¿Cuándo se fundó el coro? ¿Y quién lo dirige?") == "person"
    assert asked("Where do they sing? Do they sing on Sundays?") == "yes or no"


@pytest.mark.parametrize(
    "question",
    [
        "Was anybody late?", "Darf man mitsingen?", "Gibt es auch Noten?", "Zingt het koor ook op zondag?",
        "Sjunger kören på söndagar?", "O coro ensaia às terças?", "Czy chór śpiewa w niedzielę?", "Поёт ли хор в церкви?",
        "Onko kuorolla johtaja?", "Koro pazar günü söylüyor mu?", "هل تغني الجوقة؟", "Apakah paduan suara itu besar?",
    ],
)  # fmt: skip
def test_yes_or_no_in_many_languages(asked: Asks, question: str) -> None:
    assert asked(question) == "yes or no"


@pytest.mark.parametrize(
    "question",
    ["Höhe des Turms", "Was darf man nicht mitbringen?", "Which is longer, the nave or the choir?", "Probenzeiten?"],
)
def test_negation_comparison_and_a_noun_alone_ask_for_words(asked: Asks, question: str) -> None:
    assert asked(question) != "yes or no"


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
def test_a_question_with_an_interrogative_asks_for_words(asked, question: str) -> None:
    assert asked(question) != "yes or no"


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
def test_a_question_for_yes_or_no_asks_for_no_words(asked: Asks, question: str) -> None:
    assert asked(question) == "yes or no"


@pytest.mark.parametrize("question", ["Когда они встретились?", "언제 만났습니까?", "متى التقيا؟", "Kishida?", "?"])
def test_in_another_language_words_are_always_asked_for(asked: Asks, question: str) -> None:
    assert asked(question) != "yes or no"


@pytest.mark.parametrize("question", ["いくつありますか？", "いくらですか。", "どんな人ですか？"])
def test_how_many_and_what_kind_ask_for_words_in_japanese(asked: Asks, question: str) -> None:
    assert asked(question) != "yes or no"


def test_est_ce_que_asks_for_yes_or_no(asked: Asks) -> None:
    assert asked("Est-ce que la tour est en fer ?") == "yes or no"
    assert asked("Où est-ce que la tour se trouve ?") != "yes or no"
    assert asked("Qu'est-ce que c'est ?") != "yes or no"
