"""What a question is read as after the turns before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from index import EmbeddedEncoder
from index.search.lexical import ngrams
from rag import Assistant, Turn
from rag.answer import Answer
from rag.conversation.dependence import leans_on_before
from rag.conversation.follow_up import understand

MILL = (
    "Die Mühle von Ostrup\n\nDie Mühle von Ostrup wurde 1842 von Tjark Wessels gebaut. Davor mahlten die Bauern ihr Korn "
    "in Vechte. Sie ist 19 Meter hoch und 8 Meter breit. Der Umbau kostete 310.000 Euro, das Dach 45.000 Euro. Müllerin "
    "ist heute Antje Folkerts. Am Mühlentag backt der Verein Brot im alten Ofen."
)


def shared_letters(text: str, others: Sequence[str]) -> list[float]:
    """Stands in for the encoder where only the place of a word is tested."""
    wanted = set(ngrams(f" {text} ", 2))
    return [len(wanted & set(ngrams(f" {other} ", 2))) / max(1, len(wanted)) for other in others]


@pytest.fixture(scope="module")
def mill() -> Assistant:
    return Assistant.from_text(MILL, language="de")


def told(assistant: Assistant, *messages: str) -> list[Answer]:
    turns: list[Turn] = []
    for message in messages:
        turns.append(Turn(message, assistant.ask(message, turns)))
    return [turn.answer for turn in turns if turn.answer]


@pytest.mark.parametrize(
    ("before", "question", "read_as"),
    [
        ("Wer baute die Mühle?", "Und wann?", "Wann baute die Mühle?"),
        ("Wann wurde die Mühle gebaut?", "von wem denn", "Von wem denn wurde die Mühle gebaut?"),
        ("Who built the mill?", "and why?", "Why built the mill?"),
        ("Who built the mill?", "When was that?", "When built the mill?"),
        ("How tall is the mill?", "How wide?", "How wide is the mill?"),
        ("Wie viele Säcke lagern dort?", "Und wie viele Fässer?", "Wie viele Fässer lagern dort?"),
        ("How heavy is it?", "And how many?", "How many?"),
        ("Can visitors climb it?", "Why not?", "Why not can visitors climb it?"),
        ("Qui a construit le moulin ?", "Et quand ?", "Quand a construit le moulin ?"),
        ("¿Quién construyó el molino?", "¿y dónde?", "¿Dónde construyó el molino?"),
        ("Chi ha costruito il mulino?", "E quando?", "Quando ha costruito il mulino?"),
        ("谁建造了这座磨坊？", "那什么时候？", "什么时候建造了这座磨坊？"),
        ("風車は誰が建てましたか？", "いつ？", "風車はいつ建てましたか？"),
        ("Was kostet der Eintritt am Montag?", "und am Dienstag?", "Was kostet der Eintritt am Dienstag?"),
        ("When does the shop open?", "And on Sundays?", "When does the shop open on Sundays?"),
        ("Was kostet ein Brot für Vereine?", "und mit Butter?", "Was kostet ein Brot mit Butter?"),
        ("What does a tour for groups cost?", "and without a guide?", "What does a tour without a guide cost?"),
        ("Wie warm ist es im Keller?", "und in der Stube?", "Wie warm ist es in der Stube?"),
        ("Wie hoch ist der Beitrag heute?", "und davor?", "Wie hoch ist der Beitrag davor?"),
        ("Qui tient l'auberge aujourd'hui ?", "et avant ?", "Qui tient l'auberge avant ?"),
        ("How many guests came to the feast?", "when?", "When came guests to the feast?"),
        ("How many guests did the inn have?", "and when?", "When did the inn have guests?"),
        ("What does Tilda do in summer?", "and him?", "What does him do in summer?"),
        ("Was macht Tilda?", "und er?", "Was macht er?"),
        ("Was kostet die kleine Führung?", "und die große?", "Was kostet die große Führung?"),
        ("What happened in 1872?", "and during the war?", "What happened during the war?"),
        ("wie lange ist am samstag auf", "und unter der woche", "Wie lange ist unter der woche auf?"),
        ("How much is a kayak for a week?", "and on Sunday?", "How much is a kayak for a week on Sunday?"),
        ("When is the pool open on Sundays?", "and during the week?", "When is the pool open during the week?"),
        ("Was kostet das am Wochenende?", "und an Feiertagen?", "Was kostet das an Feiertagen?"),
        ("wie viele waren 2024 da", "waren das mehr als im jahr davor?", "Waren das mehr als im jahr davor? (2024)"),
        ("rent after the winter break?", "and during the winter break?", "Rent during the winter break?"),
        ("Was gilt nach der langen Pause?", "und vor der langen Pause?", "Was gilt vor der langen Pause?"),
        ("Qui a construit le moulin ?", "En quelle année ?", "En quelle année a construit le moulin ?"),
        ("Wer baute die Mühle?", "In welchem Jahr?", "In welchem Jahr baute die Mühle?"),
    ],
)
def test_an_interrogative_takes_the_place_of_the_earlier_one(before: str, question: str, read_as: str) -> None:
    assert understand(question, [Turn(before)], shared_letters).read_as == read_as


@pytest.mark.parametrize(
    ("before", "question", "read_as"),
    [
        ("Wer baute die Mühle?", "Wie hoch ist sie?", "Wie hoch ist sie? (die Mühle)"),
        ("Who built the mill?", "And how wide is it?", "How wide is it? (the mill)"),
        ("Was kostete der Umbau?", "Wer hat das bezahlt?", "Wer hat das bezahlt? (der Umbau)"),
        ("Qui a construit le moulin ?", "Quelle est sa hauteur ?", "Quelle est sa hauteur ? (le moulin)"),
        ("Wie alt ist der Turm?", "Warum ist das gut?", "Warum ist das gut? (der Turm)"),
        ("What leaves at 14:09?", "What does a ticket for it cost?", "What does a ticket for it cost? (14:09)"),
        (
            "Is Antje a NATO adviser?",
            "How many times have they met?",
            "How many times have they met? (Antje, a NATO adviser)",
        ),
    ],
)
def test_what_a_pronoun_stands_for_is_searched_for_and_not_asked(before: str, question: str, read_as: str) -> None:
    found = understand(question, [Turn(before)])
    assert found.read_as == found.text == read_as
    assert found.asked == read_as.partition(" (")[0]


@pytest.mark.parametrize(
    ("said", "read_as"),
    [
        (("What is the fee?", "does it include water?", "why not?"), "Why not does it include water? (the fee)"),
        (("Wer ist Aoki?", "hat sie Nagai getroffen?", "wo?"), "Wo hat sie Nagai getroffen? (Aoki)"),
        (
            ("Wie hoch ist die Miete?", "warum ist sie gestiegen?", "seit wann?"),
            "Seit wann ist sie gestiegen? (die Miete)",
        ),
        # Of the topic, where the interrogative takes no place in the last.
        (("Wie hoch ist der Turm?", "kann man ihn besteigen?", "wie viele Stufen?"), "Wie viele Stufen? (der Turm)"),
        (("Où est le musée ?", "est-ce qu'il est ouvert ?", "quand ?"), "Quand est le musée ?"),
        # A noun goes on from what was asked before the reason.
        (("Darf ich die Tauben halten?", "warum nicht?", "und die Trauben?"), "Die Trauben? (die Tauben)"),
        # What "it" is, the topic says.
        (("What is the rent?", "why did it go up?", "what was it before?"), "What was it before? (the rent)"),
    ],
)
def test_the_turn_before_is_gone_on_from_where_it_says_more_than_the_topic(said: tuple[str, ...], read_as: str) -> None:
    mill = Assistant.from_text("The fee is 9 euros. It includes water.", language="en")
    answer, turns = mill.ask("What is the fee?"), list[Turn]()
    for message in said[:-1]:
        turns.append(Turn(message, replace(answer, read_as=understand(message, turns).read_as)))
    assert understand(said[-1], turns, shared_letters).read_as == read_as


@pytest.mark.parametrize(
    ("before", "question", "read_as"),
    [
        ("Wie viele Säcke hat die Mühle?", "Nein, ich meinte Fässer", "Wie viele Fässer hat die Mühle?"),
        ("How tall is the mill?", "no, I meant how wide", "How wide is the mill?"),
        ("How tall is the mill?", "not the mill but the tower", "How tall is the tower?"),
        ("What happened in 2015?", "sorry, 2019", "What happened in 2019?"),
        ("What does the Corvus 200 weigh?", "oops, the Corvus 300", "What does the Corvus 300 weigh?"),
        ("¿Cuándo se abrió el molino?", "perdón, la torre", "¿Cuándo se abrió la torre?"),
        ("Quelle est la hauteur du moulin ?", "non, je voulais dire la largeur", "Quelle est la largeur du moulin ?"),
        ("Wie hoch ist die Mühle?", "nee, wie breit mein ich", "Wie breit ist die Mühle?"),
        ("这座磨坊有多高？", "不，我是说多宽", "这座磨坊有多宽？"),
        ("How tall is the mill?", "no, who is the miller?", "Who is the miller?"),
        ("Who won the 2018 race?", "I meant 2019", "Who won the 2019 race?"),
        ("What is open on Sunday?", "no, I meant for us", "What is open for us?"),
        ("How tall is the mill?", "that's not what I asked, I meant the tower", "How tall is the tower?"),
        ("Wie hoch ist die Mühle?", "das war nicht die frage, ich meinte die Brücke", "Wie hoch ist die Brücke?"),
        ("when was larkham opened?", "sorry, i meant stone cross", "When was stone cross opened?"),
        ("What does a ticket for a week cost?", "no, I meant 2 weeks", "What does a ticket for 2 weeks cost?"),
    ],
)
def test_a_correction_takes_the_place_of_what_it_corrects(before: str, question: str, read_as: str) -> None:
    assert understand(question, [Turn(before)], shared_letters).read_as == read_as


@pytest.mark.parametrize(
    ("before", "named"),
    [
        ("why was the old bakery shut?", "the old bakery"),
        ("What does the green button do?", "the green button"),
        ("how much can the blue kettle hold", "the blue kettle"),
        ("Where was the peace treaty signed?", "the peace treaty"),
        ("When is the spring market?", "the spring market"),
        ("Who is the tower guard?", "the tower guard"),
        ("when did she sell the farm house", "the farm house"),
        ("kostet die führung sieben euro?", "die führung"),
        ("pourquoi est-ce que la boulangerie ferme ?", "la boulangerie"),
        ("when was tilda born?", "tilda"),
    ],
)
def test_what_a_question_is_about_is_a_noun_without_its_verb(before: str, named: str) -> None:
    assert understand("Is it new?", [Turn(before)]).read_as == f"Is it new? ({named})"


@pytest.mark.parametrize(
    ("before", "question", "read_as"),
    [
        ("wie hoch ist der beitrag", "ich meinte die spenden, wie viel ist das", "Die spenden, wie viel ist das?"),
        ("Wie lange backen die? (die Brote)", "nicht die Dauer sondern der Preis", "Der Preis? (die Brote)"),
    ],
)
def test_a_correction_names_what_it_asks_of(before: str, question: str, read_as: str) -> None:
    assert understand(question, [Turn(before)], shared_letters).read_as == read_as


@pytest.mark.parametrize(
    "question",
    [
        "Wann trafen sich Yoon und Kishida zuletzt?", "Wo fand das Treffen statt?", "Wer ist Kim Jong-un?",
        "Wie viele Länder gibt es in der NATO?", "Was sagte Yoon zu seinem Treffen mit Kishida?",
        "Who is the president of Russia?", "How many countries are there in NATO?", "Was verurteilte die NATO?",
        "¿Cuál es la capital de Perú?", "谁参加了峰会？", "Und wer führte Russland während der Ausarbeitung des Abkommens?",
        "wie wird das wetter morgen in hamburg", "How tall is this mill?", "Wie hoch ist diese Mühle?",
        "Gibt es auch Führungen?", "Quelle est la hauteur de ce moulin ?", "¿No hay visitas?", "Öffnungszeiten?",
    ],
)  # fmt: skip
def test_a_question_that_stands_alone_is_not_changed(question: str) -> None:
    assert understand(question, [Turn("Wann trafen sich die Gäste?")], shared_letters).text == question


def test_without_history_nothing_is_changed() -> None:
    assert understand("Und wann?", []).text == "Und wann?"


@pytest.mark.parametrize("question", ["", "?", "…", "😀"])
def test_wordless_questions_do_not_lean(question: str) -> None:
    assert not leans_on_before(question)


def test_the_topic_is_the_last_turn_that_was_answered_and_stands_alone(mill: Assistant) -> None:
    *_, when = told(mill, "Wer baute die Mühle?", "Was ist die Hauptstadt von Peru?", "Und wann?")
    assert when.read_as == "Wann baute die Mühle?" and "1842" in when.text
    *_, wide = told(mill, "Wie hoch ist die Mühle?", "Und wie breit ist sie?", "Und wann wurde sie gebaut?")
    assert wide.read_as == "Wann wurde sie gebaut? (die Mühle)" and "1842" in wide.text


def test_a_corrected_question_is_the_topic(mill: Assistant) -> None:
    first, corrected, after = told(mill, "Was kostete der Umbau?", "sorry, das Dach", "Und wann?")
    assert "310.000" in first.text and corrected.read_as == "Was kostete das Dach?" and "45.000" in corrected.text
    assert after.read_as == "Wann kostete das Dach?"


def test_a_correction_of_a_question_that_was_not_answered(mill: Assistant) -> None:
    typed = Turn("Was kostete der Unbau?", replace(mill.ask("Wer gewann den Pokal?"), read_as="Was kostete der Unbau?"))
    assert typed.answer and typed.answer.abstained
    assert "310.000" in mill.ask("ich meinte den Umbau", [typed]).text


def test_what_came_before_is_not_the_sentence_that_was_cited(mill: Assistant) -> None:
    first, before = told(mill, "Wann wurde die Mühle gebaut?", "Und davor?")
    assert first.citations[0].sentence_index == 0
    assert next(one.sentence_index for one in (*before.citations, *before.nearest)) == 1
    assert before.read_as == "Was war davor? (die Mühle)"


@pytest.mark.parametrize("question", ["wer ist die wirtin?", "was war die ursache?", "wer sind die eigentümer?"])
def test_a_noun_in_small_letters_after_its_article_stands_alone(question: str) -> None:
    assert understand(question, [Turn("Was kostet eine Nacht im Lager?")]).asked == question
    assert understand(question, [Turn("Was kostet eine Nacht im Lager?")]).said == ""


def test_before_that_goes_on_from_the_last_answer(mill: Assistant) -> None:
    *_, last = told(mill, "Wie hoch ist die Mühle?", "Wer ist heute die Müllerin?", "und davor?")
    assert last.read_as.startswith("Wer ist davor die Müllerin")


def test_what_nothing_answers_is_read_in_another_way(mill: Assistant) -> None:
    # "Was kostete das Dach ein Brot" has no answer, the bread has its sentence.
    *_, last = told(mill, "Was kostete der Umbau?", "und Brot?")
    assert "Am Mühlentag backt der Verein Brot im alten Ofen." in [citation.text for citation in last.citations]


def test_the_answer_before_is_not_that_of_another_thing(mill: Assistant) -> None:
    first, last = told(mill, "Was kostete der Umbau?", "und das Dach?")
    assert first.statements[0].text == "310.000 Euro"
    assert last.statements[0].text == "45.000 Euro"


def test_a_number_of_something_is_the_topic() -> None:
    turns = [Turn("Ist die Mühle samstags offen?"), Turn("Wie viele Dachfenster?")]
    assert understand("und Fenster?", turns, shared_letters).read_as == "Wie viele Fenster?"


def test_a_message_is_read_with_the_turns_that_were_answered(mill: Assistant) -> None:
    turns: list[Turn] = []
    for question in ("Wer ist heute die Müllerin?", "Wie hoch ist der Eiffelturm?"):
        turns.append(Turn(question, mill.ask(question, turns)))
    read = understand("und seit wann?", turns).in_context
    assert read == "und seit wann? (Wer ist heute die Müllerin?: Antje Folkerts)"
    assert understand("und seit wann?", []).in_context == ""


@pytest.mark.parametrize("question", ["und der Ofen?", "und der Verein?", "und das Brot?"])
def test_a_value_of_something_else_is_no_answer(mill: Assistant, question: str) -> None:
    # Not the 8 metres that the mill is wide, nor what the roof cost.
    for before in ("Was kostete der Umbau?", "Wie hoch ist die Mühle?"):
        *_, last = told(mill, before, question)
        assert [one.text for one in last.citations] == ["Am Mühlentag backt der Verein Brot im alten Ofen."]


@pytest.mark.parametrize(
    ("question", "read_as"),
    [
        ("back to the tower: when was it closed?", "When was it closed? (tower)"),
        ("nochmal zur Müllerin: seit wann ist sie da?", "Seit wann ist sie da? (Müllerin)"),
        ("Marta, wo wohnt sie?", "Wo wohnt sie? (Marta)"),
    ],
)
def test_what_a_pronoun_stands_for_may_be_named_before_the_question(question: str, read_as: str) -> None:
    assert understand(question, [Turn("Wie hoch ist die Mühle?")]).read_as == read_as


@pytest.mark.parametrize("question", ["Wenn es regnet, wo treffen sie sich?", "Hallo, wann wurde sie gebaut?"])
def test_a_clause_or_a_greeting_before_a_question_names_nothing(question: str) -> None:
    read_as = understand(question, [Turn("Wie hoch ist die Mühle?")]).read_as
    assert "regnet)" not in read_as and "Hallo)" not in read_as


@pytest.mark.parametrize(
    ("before", "question", "read_as"),
    [
        ("Was kostet eine Karte?", "und was galt 2016?", "Was kostet eine Karte 2016?"),
        ("What does a ticket cost?", "and what applies now?", "What does a ticket cost now?"),
        ("¿Cuánto cuesta la entrada?", "¿y qué regía en 2016?", "¿Cuánto cuesta la entrada 2016?"),
    ],
)
def test_what_applied_at_another_time_is_the_question_before(before: str, question: str, read_as: str) -> None:
    assert understand(question, [Turn(before)]).asked == read_as


def test_who_it_was_before_may_stand_in_the_sentence_that_says_who_it_is() -> None:
    club = Assistant.from_text(
        "Rowing club, spring news. Lena Hoy takes over as coach from Piet Maas, who moves to Ghent. The boathouse gets a new roof."
    )
    *_, last = told(club, "Who is the coach?", "and who was it before?")
    assert last.statements[0].text == "Piet Maas"


def test_the_other_one_is_not_the_one_that_was_named() -> None:
    towers = Assistant.from_text(
        "The bay has two light towers. Gull Head was built in 1843 by Tom Ames. Far Skerry, built in 1902, stands on a rock. "
        "Its keeper grew roses."
    )
    *_, last = told(towers, "When was Gull Head built?", "and the other one?")
    assert not {one.text for one in last.citations} & {"Gull Head was built in 1843 by Tom Ames."}


def test_and_when_asks_of_the_sentence_that_was_cited_last() -> None:
    text = (
        "Damage of 3 February 2021\n\nA beam of the Larkin barn broke under the snow. The loss adjuster Mabel Stroud "
        "inspected the barn on 12 February. She put the costs at 4,300 pounds."
    )
    barn, turns = Assistant.from_text(text), []
    for question in ("What broke?", "Who had a look at it?", "And when?"):
        turns.append(Turn(question, barn.ask(question, turns)))
    assert turns[-1].answer is not None and "12 February" in turns[-1].answer.text.split("\n")[0]


def test_it_is_the_one_that_was_asked_for_and_found() -> None:
    assistant = Assistant.from_text(
        "Hire desk\n\nMembers of the club get locker 14. Locker 14 stands in the cellar. The towels are in the hall.",
        language="en",
    )
    first, second = told(assistant, "Which locker do members get?", "where is it")
    assert "14" in first.statements[0].text
    assert second.read_as == "Where is it? (locker 14)" and "cellar" in second.statements[0].text


@pytest.mark.parametrize(
    "question",
    [
        "wie viele tage dauert es bis der saft wirkt",
        "how long until the juice works",
        "combien de jours faut-il attendre ?",
    ],
)
def test_a_clause_after_until_has_a_verb_of_its_own(question: str) -> None:
    assert not leans_on_before(question)
    assert leans_on_before("how many since the war?")


def test_what_is_put_right_with_a_word_of_the_article_is_no_small_talk(mill: Assistant) -> None:
    *_, corrected = told(mill, "Was kostete der Umbau?", "ich meinte das Dach")
    assert corrected.kind == "question" and "45.000" in corrected.text
    *_, apology = told(mill, "Was kostete der Umbau?", "entschuldigung, mein fehler")
    assert apology.kind == "talk"


@pytest.mark.parametrize(
    ("before", "question", "read_as"),
    [
        ("What does Kishida say about North Korea?", "and Yoon?", "What does Yoon say about North Korea?"),
        ("Was sagt Yoon über Nordkorea?", "und Kishida?", "Was sagt Kishida über Nordkorea?"),
        ("What does a loaf for adults cost?", "and children?", "What does a loaf for children cost?"),
    ],
)
def test_a_name_takes_the_place_of_a_name(encoder: EmbeddedEncoder, before: str, question: str, read_as: str) -> None:
    def similar(text: str, others: Sequence[str]) -> list[float]:
        first, *rest = encoder.encode_questions([text, *others])
        return [float(first @ other) for other in rest]

    assert understand(question, [Turn(before)], similar).read_as == read_as


def test_a_pronoun_stands_for_who_was_named_and_not_for_what_was_answered() -> None:
    lines = "Antje Folkerts is the miller of Ostrup. Antje Folkerts was born in Vechte in 1980."
    assistant = Assistant.from_text(lines, language="en")
    first, second = told(assistant, "Who is Antje Folkerts?", "where was she born?")
    assert first.span and "Folkerts" not in first.statements[0].text
    assert second.read_as == "Where was she born? (Antje Folkerts)" and "Vechte" in second.statements[0].text


def test_what_was_found_by_which_is_what_a_pronoun_stands_for() -> None:
    torches = Assistant.from_text(
        "# Torches\n\n| Model | Price | Weight |\n|---|---|---|\n| Larus 4 | £31 | 210 g |\n| Sula 2 | £12 | 90 g |\n\n"
        "The Sula 2 is the only torch with a hook. The Larus 4 is bright.",
        language="en",
    )
    both = torches.ask("which torch has a hook and how much does it cost")
    assert "Sula 2" in both.text and "£12" in both.text and not both.unanswered
    turns = [Turn("Which colour is the bridge?")]
    assert understand("How long is it?", turns).read_as == "How long is it? (the bridge)"
