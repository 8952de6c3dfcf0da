"""Which sentences contradict each other, asked of small articles; benchmarks/contradiction.py measures on more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from index import Article, EmbeddedEncoder, build_index
from rag import Answer, Assistant
from rag.reader.answer_kind import counted
from rag.reader.evidence import ShortAnswer
from rag.reader.side import Side
from rag.settings import Settings

Text = tuple[str, str]
FILLER = "The association meets on Fridays in the old school. Tea is served, and somebody reads from a book. " * 20

DIFFER: list[tuple[str, list[Text], list[str]]] = [
    (
        "How many steps lead to the chapel?",
        [
            ("Walks", "The chapel is white. 96 steps lead to the chapel. The view is wide."),
            ("Old walks", "The chapel was painted. 104 steps lead to the chapel. Bring water."),
        ],
        ["96", "104"],
    ),
    (
        "Wer ist die Vorsitzende des Gartenvereins?",
        [
            ("Rundbrief im Mai", "Die Beete sind bestellt. Die Vorsitzende des Gartenvereins ist Alma Terbrügge."),
            ("Rundbrief im Juni", "Der Regen fehlt. Die Vorsitzende des Gartenvereins ist Wencke Olthoff."),
        ],
        ["Alma Terbrügge", "Wencke Olthoff"],
    ),
    (
        "Quand la piscine ferme-t-elle ?",
        [
            ("Affiche", "La piscine est chauffée. La piscine ferme à 19 heures. Le bonnet est obligatoire."),
            ("Site", "La piscine a deux bassins. La piscine ferme à 21 heures. On y vend des glaces."),
        ],
        ["19 heures", "21 heures"],
    ),
    (
        "¿Cuántas habitaciones tiene el hotel?",
        [
            (
                "El hotel",
                "El hotel tiene 34 habitaciones. Hay un jardín. Según el folleto, el hotel tiene 41 habitaciones.",
            )
        ],
        ["34", "41"],
    ),
    (
        "灯塔有多高？",
        [("灯塔一", "灯塔在海边。灯塔高31米。晚上有灯。"), ("灯塔二", "灯塔很旧。灯塔高36米。没有人住。")],
        ["31", "36"],
    ),
    (
        "How deep is the harbour?",
        [
            (
                "Ashport harbour",
                "Ashport harbour lies behind two moles. A chart of 1931 gives a depth of 9 metres. In 2018 divers found "
                "7 metres, since sand comes in. Forty boats lie there.",
            )
        ],
        ["9", "7"],
    ),
    (
        "How long is the warranty on the T7?",
        [
            (
                "Lumio warranty terms",
                "We repair all lamps. The T7 comes with a warranty of four years. Keep the receipt.",
            ),
            ("Lumio T7 – desk lamp and clock", "It glows. The T7 comes with a warranty of two years."),
        ],
        ["four years", "two years"],
    ),
    (
        "Wann beginnt der Chor am Freitag?",
        [
            ("Aushang", "Der Chor beginnt am Freitag um 18 Uhr. Neue Stimmen sind willkommen."),
            ("Mitteilung", "Der Chor beginnt am Freitag um 17.30 Uhr, bitte pünktlich. Noten liegen aus."),
        ],
        ["18 Uhr", "17.30 Uhr"],
    ),
    (
        "Bis zu welchem Betrag zahlt der Mieter Reparaturen?",
        [
            ("Vertrag", "Der Mieter zahlt Reparaturen bis zu 90 Euro, aber nicht mehr als 280 Euro im Jahr."),
            ("Nachtrag", "Der Mieter zahlt Reparaturen bis zu 110 Euro. Das gilt ab sofort."),
        ],
        ["90", "110"],
    ),
    (
        "Wie viele Gäste kamen zum Hafenfest?",
        [
            (
                "Hafenfest",
                "Das Hafenfest war laut. Zum Hafenfest kamen nach Angaben der Polizei 4.000 Gäste. Der Veranstalter "
                "sprach dagegen beim Hafenfest von 6.500 Gästen. Es regnete nicht.",
            )
        ],
        ["4.000", "6.500"],
    ),
    (
        "When is the tour of the mine?",
        [
            ("Visitors", "The mine is cold. Tours of the mine start on Saturdays at 2 pm. Bring a coat."),
            (
                "Mail",
                "Dear friends, from May the tour of the mine moves from Saturday to Sunday at 1 pm. The shop closes.",
            ),
        ],
        ["2 pm", "1 pm"],
    ),
    (
        "On which day is the library closed?",
        [
            ("Leaflet", "The library is closed on Monday. It has a reading corner. Coats are left downstairs."),
            ("Note", "Dear readers, the heating is broken. The library is closed on Thursday. We are sorry."),
        ],
        ["Monday", "Thursday"],
    ),
    # One rises to what the other stays at: the reader takes the second for no answer.
    (
        "wie hoch ist der mitgliedsbeitrag",
        [
            ("Protokoll der Sitzung 2021", "Es kamen 31 Leute. Der Mitgliedsbeitrag beträgt wie bisher 64 Euro."),
            (
                "Protokoll der Sitzung 2022",
                "Es kamen 28 Leute. Der Mitgliedsbeitrag steigt ab Januar 2023 auf 72 Euro.",
            ),
        ],
        ["64", "72"],
    ),
    # Of which fee the second speaks, its heading says.
    (
        "how much is the locker fee",
        [
            ("Minutes of 2021", "# Opening\n\n31 members came.\n\n# Lockers\n\nThe locker fee stays at 9 euros."),
            ("Minutes of 2022", "# Opening\n\n28 members came.\n\n# Lockers\n\nThe fee rises to 12 euros in May."),
        ],
        ["9", "12"],
    ),
    (
        "when is the fee due",
        [
            ("Agreement", "The fee is £40 and is due on the second day of each month. The hut is locked."),
            ("Amendment", "From May on the fee is £45 and is due on the tenth day of each month. Keys are £5."),
        ],
        ["second day", "tenth day"],
    ),
    (
        "how long does the charge of the Larus 4 last",
        [
            (
                "Torches",
                "# Torches\n\n| Model | Weight | Charge |\n|---|---|---|\n| Larus 4 | 210 g | 55 min |\n"
                "| Sula 2 | 90 g | 40 min |\n\nThe charge of the Larus 4 lasts 47 minutes. The Sula 2 is small.",
            )
        ],
        ["47", "55"],
    ),
]
AGREE: list[tuple[str, list[Text]]] = [
    (
        "How far is it to the lake?",
        [("A", "The path is shady. It is 3 km to the lake."), ("B", "It is three kilometres to the lake. Swim there.")],
    ),
    ("What do adults pay?", [("Prices", "The garden is open daily. Adults pay 6 euros. Children pay 2 euros.")]),
    (
        "How many litres does the Ludo 20 kettle hold?",
        [
            ("Ludo 20 kettle", "Read this first. The kettle holds 1.7 litres. Keep it clean."),
            ("Ludo 30 kettle", "Read this first. The kettle holds 2.2 litres. Keep it clean."),
        ],
    ),
    (
        "Wer wohnt im Leuchtturm?",
        [("Dorf", "Im Leuchtturm wohnt Gesa Holm. Sie malt."), ("Insel", "Im Leuchtturm wohnt Piet Aden. Er fischt.")],
    ),
    (
        "Wann wurde der Hof gebaut?",
        [("Chronik", "Der Hof wurde am 3. März 1911 gebaut."), ("Karte", "Der Hof wurde 1911 gebaut. Er hat Ställe.")],
    ),
    (
        "wie hoch war der mitgliedsbeitrag 2021",
        [
            ("Protokoll der Sitzung 2021", "Es kamen 31 Leute. Der Mitgliedsbeitrag beträgt wie bisher 64 Euro."),
            (
                "Protokoll der Sitzung 2022",
                "Es kamen 28 Leute. Der Mitgliedsbeitrag steigt ab Januar 2023 auf 72 Euro.",
            ),
        ],
    ),
    (
        "wie hoch ist der beitrag",
        [
            ("Protokoll der Sitzung 2021", "Es kamen 31 Leute. Der Beitrag für Erwachsene beträgt 64 Euro."),
            ("Protokoll der Sitzung 2022", "Es kamen 28 Leute. Der Beitrag für Kinder beträgt 30 Euro."),
        ],
    ),
    (
        "what does the Larus 4 weigh",
        [
            (
                "Torches",
                "# Torches\n\n| Model | Weight (g) | Price |\n|---|---|---|\n| Larus 4 | 2600 | £31 |\n"
                "| Sula 2 | 900 | £12 |\n\nThe Larus 4 weighs 2.6 kg. The Sula 2 is small.",
            )
        ],
    ),
    (
        "how long does the charge of the Larus 4 last",
        [
            (
                "Torches",
                "# Torches\n\n| Model | Weight | Charge |\n|---|---|---|\n| Larus 4 | 210 g | 47 min |\n"
                "| Sula 2 | 90 g | 40 min |\n\nThe charge of the Larus 4 lasts 47 minutes. The Sula 2 is small.",
            )
        ],
    ),
]

# Sides that the reader is asked about otherwise: a count of two in a sentence, people, an amendment, a ban.
RULES = (
    "# Gartenordnung\n\n## § 1 Pacht\n\nDie Pacht beträgt 210 Euro im Jahr.\n\n## § 2 Wege\n\nDie Wege werden geharkt.\n\n"
    "## § 3 Tiere\n\nEnten sind im Garten nicht erlaubt.\n\n## § 4 Fläche\n\nDie Gartenfläche beträgt 310 m²."
)
AMENDED = (
    "# Zweite Änderung der Gartenordnung vom Mai\n\n## 1. Wege\n\nDie Wege sind jetzt gepflastert.\n\n## 2. Tiere\n\n"
    "Eine Ente bis 3 kg ist im Garten erlaubt.\n\n## 3. Fläche\n\nNach der Vermessung hat der Garten eine Fläche von 296 m²."
)
CHANGED: list[tuple[str, list[Text], list[str]]] = [
    (
        "How many schools took part in the last fair?",
        [
            ("Minutes of the fair 2021", "At the last fair 410 pupils from fourteen schools took part."),
            ("Minutes of the fair 2022", "At the last fair 505 pupils from 19 schools took part."),
        ],
        ["fourteen schools", "19 schools"],
    ),
    (
        "Wer begleitet den Chor?",
        [
            (
                "Brief an den Chor vom Mai",
                "Wir fahren am Montag. Begleitet wird der Chor von Frau Ahlers und Herrn Tiedje.",
            ),
            (
                "Brief an den Chor vom Juni",
                "Wir fahren am Dienstag. Begleitet wird der Chor von Frau Ahlers und Frau Voss.",
            ),
        ],
        ["Tiedje", "Voss"],
    ),
    (
        "Sind Enten im Garten erlaubt?",
        [("Gartenordnung", RULES), ("Zweite Änderung der Gartenordnung vom Mai", AMENDED)],
        ["nicht erlaubt", "erlaubt"],
    ),
    (
        "Wie groß ist die Gartenfläche?",
        [("Gartenordnung", RULES), ("Zweite Änderung der Gartenordnung vom Mai", AMENDED)],
        ["310", "296"],
    ),
]


def asked(
    question: str, texts: list[Text], encoder: EmbeddedEncoder, settings: Settings | None = None
) -> tuple[Answer, Assistant]:
    articles = [Article.read(text, title=title) for title, text in texts]
    assistant = Assistant(build_index(articles, encoder), encoder, settings)
    return assistant.ask(question), assistant


@pytest.mark.parametrize(("question", "texts", "values"), [*DIFFER, *CHANGED])
def test_all_sides_of_a_contradiction_are_shown(
    question: str, texts: list[Text], values: list[str], encoder: EmbeddedEncoder
) -> None:
    answer, _ = asked(question, texts, encoder)
    assert answer.differs and not answer.abstained
    short = [statement.text for statement in answer.statements[: len(values)]]
    assert all(any(value in one for one in short) for value in values), answer.text


def test_what_stands_in_the_place_of_what_was_asked_about_is_no_other_side(encoder: EmbeddedEncoder) -> None:
    first = RULES.replace("Enten sind im Garten nicht erlaubt.", "Die Kaution beträgt 1.920 Euro.")
    second = AMENDED.replace(
        "Eine Ente bis 3 kg ist im Garten erlaubt.",
        "Die Kaltmiete beträgt ab Januar 2023 695 Euro im Monat, die Nebenkosten betragen 185 Euro.",
    )
    answer, _ = asked(
        "Kaltmiete ab Januar 2023?",
        [("Gartenordnung", first), ("Zweite Änderung der Gartenordnung vom Mai", second)],
        encoder,
    )
    assert "695" in answer.text and not answer.differs


def test_a_value_of_what_was_asked_about_before_is_no_other_side(encoder: EmbeddedEncoder) -> None:
    first = (
        "# Gartenordnung (Auszug)\n\n## § 1 Sache\n\nDie Gartenfläche beträgt 72,5 m².\n\n## § 2 Pacht\n\n"
        "| Posten | Betrag im Monat |\n|---|---|\n| Kaltmiete | 640 € |\n| Nebenkosten | 150 € |\n| Stellplatz | 35 € |\n\n"
        "## § 3 Kaution\n\nDie Kaution beträgt 1.920 Euro.\n\n## § 4 Tiere\n\nHunde sind nicht erlaubt."
    )
    second = (
        "# Nachtrag zur Gartenordnung am See\n\n## 1. Pacht\n\nDie Kaltmiete beträgt ab Januar 2023 695 Euro im Monat, die "
        "Nebenkosten betragen 185 Euro. Für den Stellplatz sind wie bisher 35 Euro im Monat zu zahlen.\n\n"
        "## 2. Kaution\n\nDie Kaution bleibt.\n\n## 3. Tiere\n\nHunde sind erlaubt."
    )
    articles = [Article.read(text, language="de") for text in (first, second)]
    answer = Assistant(build_index(articles, encoder), encoder).ask("und der stellplatz (die nebenkosten)")
    assert not answer.differs and "35" in answer.text


@pytest.mark.parametrize(
    ("sentence", "denies"),
    [
        ("Hunde sind am Strand nicht erlaubt.", True),
        ("Keine Hunde sind am Strand erlaubt.", True),
        ("Im Mai sind Hunde am Strand erlaubt.", False),
        ("Hunde sind am Strand des Klubs Nordwind nicht erlaubt.", False),
        ("Hunde, die nicht gehorchen, sind am Strand nur mit Leine erlaubt.", False),
    ],
)
def test_a_month_a_condition_and_another_beach_deny_nothing(
    sentence: str, denies: bool, encoder: EmbeddedEncoder
) -> None:
    index = build_index([Article.read(sentence, language="de")], encoder)
    assert Side(index, 0, None, 0.0).denies(["hunde", "strand", "erlaubt"]) == denies


@pytest.mark.parametrize(
    ("question", "text", "short", "said"),
    [
        ("How many clubs came?", "Of them 405 rowers from 23 clubs came.", "405 rowers from 23 clubs", "23 clubs"),
        ("How many rooms have a bath?", "Of the 24 rooms, 11 have a bath.", "11", "11"),
        ("How many rooms have a bath?", "Of the 24 rooms, 11 doubles have a bath.", "11 doubles", "11 doubles"),
        ("How many dogs won a prize?", "They saw 31 dogs, of which 9 won a prize.", "9", "9"),
        ("Wie viele Vereine nahmen teil?", "5 von 23 Vereinen nahmen teil.", "5", "5"),
    ],
)
def test_a_part_is_counted_and_not_the_whole(
    question: str, text: str, short: str, said: str, encoder: EmbeddedEncoder
) -> None:
    index = build_index([Article.read(text, language="de" if question.startswith("Wie") else "en")], encoder)
    at = text.index(short)
    found = counted(question, ShortAnswer(at, at + len(short), 0.9), 0, index)
    assert found and text[found.start : found.end] == said


@pytest.mark.parametrize(("question", "texts"), AGREE)
def test_what_is_no_contradiction_is_not_called_one(question: str, texts: list[Text], encoder: EmbeddedEncoder) -> None:
    answer, _ = asked(question, texts, encoder)
    assert not answer.differs, answer.text


def test_a_passage_that_would_not_be_read_is_read_for_a_sentence_that_may_contradict(
    encoder: EmbeddedEncoder,
) -> None:
    texts = [
        ("Rules of 2011", f"{FILLER}\n\nThe yearly fee for a plot is 110 euros."),
        ("Rules of 2019", f"{FILLER}\n\nThe yearly fee for a plot is 145 euros."),
    ]
    question = "How much is the yearly fee for a plot?"
    one_passage = replace(Settings(), read_passages=1)
    answer, _ = asked(question, texts, encoder, one_passage)
    assert answer.differs and "110" in answer.text and "145" in answer.text
    answer, _ = asked(question, texts, encoder, replace(one_passage, differing_passages=0))
    assert not answer.differs


def test_sides_that_share_the_probability_do_not_make_an_answer_unsure(encoder: EmbeddedEncoder) -> None:
    texts = [(f"Notice {n}", f"The gate is green. The car park has {n} places.") for n in (40, 55, 70)]
    answer, _ = asked("How many places does the car park have?", texts, encoder)
    assert answer.differs and answer.confidence > 0.6
    assert all(str(n) in answer.text for n in (40, 55, 70))


def test_two_editions_that_say_the_same_do_not_make_an_answer_unsure(encoder: EmbeddedEncoder) -> None:
    first = Article.read("Die Seilbahn fährt jede Stunde. Sie wurde 1934 eröffnet.", title="Prospekt von 2001")
    second = Article.read("Die Seilbahn hat neue Gondeln. Sie wurde 1934 eröffnet.", title="Prospekt von 2020")
    alone = Assistant(build_index([first], encoder), encoder).ask("Wann wurde die Seilbahn eröffnet?")
    both = Assistant(build_index([first, second], encoder), encoder).ask("Wann wurde die Seilbahn eröffnet?")
    assert "1934" in alone.text and "1934" in both.text and not both.differs
    assert both.confidence > 0.8 * alone.confidence
