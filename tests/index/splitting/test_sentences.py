from __future__ import annotations

import random

import pytest

from index import Article, bundled_article
from index.splitting.sentences import split_sentences


def split(text: str, language: str = "de") -> list[str]:
    return [text[s.span.start : s.span.end] for s in split_sentences(text, language)]


@pytest.mark.parametrize(
    "sentence",
    [
        "Das gilt z. B. für Dr. Meier und u. a. für Frau Prof. Kunz.",
        "Am 3. Oktober 1990 war es so weit.",
        "Die Feier begann am 3. Oktober.",
        "Es kostete 5 Mio. Euro und etwa 2 Mrd. Dollar.",
        "Nach Art. 5 Abs. 1 GG gilt das.",
        "Die Müller GmbH & Co. KG zahlt.",
        "Der Kaiser Friedrich II. von Hohenstaufen starb.",
        "Das 20. Jahrhundert begann in Europa.",
        "Im 2. Weltkrieg starb er.",
        "Sie lebt in St. Pölten bzw. in Linz.",
        "„Ich komme. Du gehst“, sagte er.",
        "»Nein. Niemals«, rief sie.",
        "“I stay. You go,” she said.",
        "Er fragte: „Wer kommt?“, und ging.",
    ],
)
def test_one_german_sentence_stays_one(sentence: str) -> None:
    assert split(f"Davor steht etwas. {sentence} Danach kam nichts mehr.") == [
        "Davor steht etwas.",
        sentence,
        "Danach kam nichts mehr.",
    ]


def test_a_sentence_repeated_word_for_word_has_spans_of_its_own() -> None:
    text = "Er kam. Er ging. Er kam.\n\nEr kam."
    spans = [(s.span.start, s.span.end) for s in split_sentences(text, "de")]
    assert spans == [(0, 7), (8, 16), (17, 24), (26, 33)]


def test_a_paragraph_break_always_ends_a_sentence() -> None:
    assert split("Ein Satz ohne Punkt\n\nund sein Nachbar") == ["Ein Satz ohne Punkt", "und sein Nachbar"]


def test_list_items_are_sentences_of_their_own_and_headings_are_none() -> None:
    text = (
        "# Titel\nDer erste Absatz beginnt hier und ist eine Weile lang. Er endet.\n\n"
        "Eine kurze Überschrift\nDann folgt ein Absatz, der deutlich länger als seine Überschrift ist.\n\n"
        "- Punkt eins\n- Punkt zwei, der auf einer\n  zweiten Zeile weitergeht\n2. Nummer zwei"
    )
    assert split(text) == [
        "Der erste Absatz beginnt hier und ist eine Weile lang.",
        "Er endet.",
        "Dann folgt ein Absatz, der deutlich länger als seine Überschrift ist.",
        "- Punkt eins",
        "- Punkt zwei, der auf einer\n  zweiten Zeile weitergeht",
        "2. Nummer zwei",
    ]


def test_wrapped_lines_are_one_sentence() -> None:
    text = "Dieser Satz geht über mehrere Zeilen, wie ein\nTextprogramm sie umbricht, und hört\nhier auf. Noch einer."
    assert split(text) == [text[: text.index(" Noch")], "Noch einer."]


@pytest.mark.parametrize(
    "text",
    [
        "Der Tag der Einheit wird jedes Jahr am\n3. Oktober gefeiert, und zwar im ganzen Land.",
        "Sie sprachen in Berlin noch lange mit dem Präsidenten\nJ. F. Kennedy über den Frieden in der Welt von morgen.",
        "Er kam nach langer Zeit in das alte Haus seiner Eltern zurück\n– so jedenfalls sagte es sein Sprecher –, und blieb dort.",
    ],
)
def test_a_wrapped_line_that_looks_like_an_item_is_none(text: str) -> None:
    assert split(text) == [text]


def test_the_rest_of_a_broken_word_is_no_abbreviation() -> None:
    assert split("Er ist hier gewe-\nsen. Danach kam er nicht mehr.") == [
        "Er ist hier gewe-\nsen.",
        "Danach kam er nicht mehr.",
    ]
    assert split("Das war ein gutes Mit-\ntel. Leute nahmen es.") == [
        "Das war ein gutes Mit-\ntel.",
        "Leute nahmen es.",
    ]


def test_other_scripts() -> None:
    assert split("这是第一句。这是第二句！", "zh") == ["这是第一句。", "这是第二句！"]
    assert split("Hi 😀 there. 𝔘 ok. Yes.", "en") == ["Hi 😀 there.", "𝔘 ok.", "Yes."]


def test_the_bundled_article_has_eleven_sentences() -> None:
    article = bundled_article()
    sentences = split_sentences(article.text, "de")
    assert len(sentences) == 11
    assert article.text[sentences[9].span.start :].startswith("„Die Sicherheit des Atlantiks")
    assert article.text[: sentences[9].span.end].endswith("sagte Kishida über einen Übersetzer.")


def said_between(article: Article, start: int, end: int) -> str:
    """The letters and digits of a stretch that stand in no heading."""
    heads = [block for block in article.blocks if block.kind == "heading"]
    return "".join(
        article.text[at]
        for at in range(start, end)
        if article.text[at].isalnum() and not any(head.start <= at < head.end for head in heads)
    )


def test_sentences_are_ordered_disjoint_trimmed_and_cover_every_word() -> None:
    generator = random.Random(7)
    pieces = [
        "Er kam. ", "Wer? ", "\n", "\n\n", "\r\n", "\t", "„Ja. Nein“, sagte er. ", "z. B. ", "12. ", "# Kopf\n", "- Punkt\n",
        "Ω😀 ", "e\u0301t\u00a0", "… ", "这是。", "...", "A.B. ", "\u2028", "1) eins\n",
    ]  # fmt: skip
    for _ in range(300):
        text = "Wort " + "".join(generator.choices(pieces, k=generator.randint(1, 25)))
        article = Article.read(text, language=generator.choice(["de", "en", "zh"]))
        sentences = split_sentences(article.text, article.language)
        at = 0
        for number, sentence in enumerate(sentences):
            assert sentence.number == number
            assert at <= sentence.span.start < sentence.span.end
            assert not said_between(article, at, sentence.span.start)
            found = article.text[sentence.span.start : sentence.span.end]
            assert found == found.strip() and "\n\n" not in found
            at = sentence.span.end
        assert not said_between(article, at, len(article.text)) or article.blocks[0].kind == "heading"


@pytest.mark.parametrize(
    ("language", "marked"),
    [
        ("de", "Die Erlöse stiegen um 3,4 Prozent.¹ | Der Gewinn fiel.² | Das war erwartet."),
        ("de", "Die Erlöse stiegen um 3,4 Prozent.12 | Der Gewinn fiel."),
        ("de", "(2) Die Badezeit beträgt 90 Minuten. | Bei Überschreitung sind gem. § 5 Abs. 2 zwei Euro zu zahlen."),
        ("de", "(Der Saal ist geheizt.) | Das Konzert beginnt um acht."),
        ("de", "Der Saal (er ist groß. Sehr groß.) wird geheizt. | Das Konzert beginnt um acht."),
        ("de", "Er trank Tee, aß Brot usw. | Danach schlief er."),
        ("de", "Es regierte Ludwig XIV. | Er war König. | Papst Benedikt XVI. trat zurück."),
        ("de", "Das Ergebnis war p < 0.05. | Somit zählt es."),
        ("de", "Die Wohnung hat 3 Zi., Kü., Bad. | Sie kostet 900 € warm."),
        ("de", "Die Fa. Bosch auf 300 m ü. NN und die Abt. III kamen. | Alle blieben."),
        ("en", "Take 5 mg. twice a day. | iPhone sales fell."),
        ("en", "It uses ASP.NET and was built in Apt. 4. | Both are fast."),
        ("fr", "Né au IIIe siècle av. J.-C. à Rome, il y mourut. | L'O.N.U. a voté."),
        ("es", "Es la 12.ª ciudad y la bacteria Y. pestis la atacó. | Fue en 1348."),
        ("pl", "Urodził się 3 maja 1900 r. w Warszawie. | Zmarł w 1980 r."),
        ("zh", "馆内藏书约八万册。 | 2018年进行了翻修。"),
        ("ja", "「行きます。」と彼は言った。 | そして去った。"),
    ],
)
def test_where_sentences_end(language: str, marked: str) -> None:
    apart = "" if language in ("zh", "ja") else " "
    assert split(marked.replace(" | ", apart), language) == marked.split(" | ")


def test_a_play_s_speaker_stays_with_what_is_said() -> None:
    assert split("HAMLET (zögernd). Wer ist da? Ich höre nichts.") == [
        "HAMLET (zögernd). Wer ist da?",
        "Ich höre nichts.",
    ]


@pytest.mark.parametrize(
    "sentences",
    [
        ["Send a letter by 24 May.", "Interviews take place on 6 June."],
        ["The pool opens in May.", "Bring a towel."],
        ["It was signed on 12 Mar.", "Copies are sent by post."],
        ["The course begins on 5 Sept. 2024 in the hall.", "Bring a mat."],
        ["He met Theresa May. Tea followed."],
    ],
)
def test_a_month_ends_an_english_sentence(sentences: list[str]) -> None:
    assert split(" ".join(sentences), "en") == sentences
