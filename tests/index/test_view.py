"""What is read of an article, and the way back from there to the article's text as it stands."""

from __future__ import annotations

import random

import numpy as np
import pytest

from index import Article
from index.splitting.sentences import split_sentences
from index.view import above, read_text, view_of, within_bars


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Sie kos-\ntete 3,4 Millionen Euro.", "Sie kostete 3,4 Millionen Euro."),
        ("Der Bür\u00adger\u00admeis\u00ad\nter kam.", "Der Bürgermeister kam."),
        ("Die Haupt-\nund Nebenstraße.", "Die Haupt- und Nebenstraße."),
        ("Der NATO-\nGipfel in Nordrhein-\nWestfalen.", "Der NATO-Gipfel in Nordrhein-Westfalen."),
        ("The well-\nknown case, and a well-known one.", "The well-known case, and a well-known one."),
        ("Die   Blanken\u00a0des  Blocksatzes.", "Die Blanken des Blocksatzes."),
        ("Ein\u2060Wort und ein\u200bes.", "EinWort und eines."),
        ("Nichts daran – alles bleibt, auch 1990-2000.", "Nichts daran – alles bleibt, auch 1990-2000."),
    ],
)
def test_words_are_read_as_one_writes_them(written: str, read: str) -> None:
    assert read_text(written) == read


def test_a_broken_word_leads_back_to_both_of_its_parts() -> None:
    article = Article.read("Der Turm ist alt. Er kos-\ntete viel Geld.", title="Turm", language="de")
    first, second = split_sentences(article.text, "de", article.blocks)
    view = view_of(article, first.span.start, second.span.end, under="Turm › Geschichte")
    assert view.text == "Turm › Geschichte: Der Turm ist alt. Er kostete viel Geld."
    start = view.text.index("kostete")
    ((begin, end),) = view.spans(np.asarray([[start, start + len("kostete")]])).tolist()
    assert article.text[begin:end] == "kos-\ntete"
    assert view.text[slice(*view.place(second.span.start, second.span.end))] == "Er kostete viel Geld."
    # What is put before a passage has no place in the article.
    assert view.spans(np.asarray([[0, 4]])).tolist() == [[first.span.start, first.span.start]]


def test_a_broken_word_keeps_the_hyphen_that_the_article_gives_it_elsewhere() -> None:
    text = (
        "Der deutsch-\nfranzösische Vertrag gilt. Ein deutsch-französischer und ein deutsch-französische Absatz folgen."
    )
    article = Article.read(text, title="Vertrag", language="de")
    first = split_sentences(article.text, "de", article.blocks)[0]
    assert view_of(article, first.span.start, first.span.end).text == "Der deutsch-französische Vertrag gilt."


def test_a_row_is_read_with_the_names_of_its_columns_and_cited_without() -> None:
    article = Article.read(
        "| Zweig | Leitung |\n|---|---|\n| Oker | R. Amari |\n| Bode |  |", title="Zweige", language="de"
    )
    rows = split_sentences(article.text, "de", article.blocks)
    assert [article.text[row.span.start : row.span.end] for row in rows] == ["| Oker | R. Amari |", "| Bode |  |"]
    view = view_of(article, rows[0].span.start, rows[-1].span.end)
    assert view.text == "Zweig: Oker, Leitung: R. Amari\nZweig: Bode"
    place = article.place(rows[0].span.start, rows[0].span.end)
    assert place is not None and place.header == "Zweig | Leitung"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("| Oker | R. Amari |", "Oker | R. Amari"),
        ("|Oker|R. Amari|", "Oker | R. Amari"),
        ("| Oker    |  | 3 |", "Oker | | 3"),
        ("| a \\| b | c |", "a \\| b | c"),
        ("Oker | R. Amari", "Oker | R. Amari"),
        ("Let |x| be 3.", "Let |x| be 3."),
        ("||", "||"),
        ("| Oker", "| Oker"),
    ],
)
def test_a_row_is_shown_without_the_bars_around_it(written: str, shown: str) -> None:
    assert read_text(written) == shown
    start, end = within_bars(written)
    assert written[start:end].strip() == written[start:end] and " ".join(shown.split()[:1]) in written[start:end]


def test_what_is_said_in_a_chat_is_in_quotation_marks_behind_the_speaker() -> None:
    text = (
        "03.02.24, 17:40 - Nachrichten sind verschlüsselt.\n03.02.24, 17:41 - Ole: Ich komme\nspäter.\n"
        "03.02.24, 17:42 - Frau Albers: gut"
    )
    article = Article.read(text, title="Chat", language="de")
    view = view_of(article, 0, len(text))
    assert view.text.split("\n") == [
        "03.02.24, 17:40 - Nachrichten sind verschlüsselt.",
        '03.02.24, 17:41 - Ole: "Ich komme später."',
        '03.02.24, 17:42 - Frau Albers: "gut"',
    ]
    said = view.text.index("Ich komme")
    start, end = view.spans(np.asarray([[said - 1, said + len("Ich komme")]]))[0].tolist()
    assert text[start:end] == "Ich komme"


def test_a_passage_stands_under_its_title_and_headings() -> None:
    text = "# Handbuch\n\n## Pflege\n\n### Filter\n\nEr wird monatlich gewaschen.\n\n## Kauf\n\nIm Handel."
    article = Article.read(text, title="Sauger S5", language="de")
    filtered, bought = split_sentences(text, "de", article.blocks)
    assert above(article, filtered.block) == "Sauger S5 › Handbuch › Pflege › Filter"
    assert above(article, bought.block) == "Sauger S5 › Handbuch › Kauf"
    # A title that is only the beginning of the text says nothing that is not there.
    plain = Article.read("Er wird monatlich gewaschen.", language="de")
    assert above(plain, 0) == ""


def test_every_character_that_is_read_stands_where_the_view_says() -> None:
    generator = random.Random(5)
    pieces = [
        "Wort",
        "kos-\ntete",
        " ",
        "  ",
        "\u00ad",
        "a\u00adb",
        "\u00a0",
        "\n",
        "\n\n",
        ". ",
        "NATO-\nGipfel",
        "Ω😀",
    ]
    for _ in range(300):
        article = Article.read("Anfang " + "".join(generator.choices(pieces, k=20)), title="T", language="de")
        sentences = split_sentences(article.text, "de", article.blocks)
        view = view_of(article, sentences[0].span.start, sentences[-1].span.end, under="Titel")
        assert len(view.offsets) == len(view.text) + 1 and (np.diff(view.offsets) >= 0).all()
        for character, at, following in zip(view.text, view.offsets[:-1], view.offsets[1:], strict=True):
            assert following == at or character == article.text[at] or character.isspace()
        # Between a row's cells stand the names of their columns.
        for sentence in (one for one in sentences if article.blocks[one.block].kind != "row"):
            shown = view.text[slice(*view.place(sentence.span.start, sentence.span.end))]
            written = article.text[sentence.span.start : sentence.span.end]
            assert "".join(shown.split()).replace("-", "") == "".join(read_text(written).split()).replace("-", "")


def test_a_ligature_is_read_as_its_letters_and_leads_back_to_itself() -> None:
    article = Article.read("Der o\ufb03zielle Beginn.", language="de")
    view = view_of(article, 0, len(article.text))
    assert view.text == "Der offizielle Beginn."
    begin = view.text.index("offizielle")
    ((start, end),) = view.spans(np.asarray([[begin, begin + len("offizielle")]])).tolist()
    assert article.text[start:end] == "o\ufb03zielle"
    assert view.text[slice(*view.place(start, end))] == "offizielle"
