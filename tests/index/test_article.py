from __future__ import annotations

import dataclasses

import pytest

from index import Article, ArticleError, bundled_article
from index.article import detect_language


def test_text_is_normalised_once_when_it_is_read() -> None:
    article = Article.read("\ufeffCafe\u0301 am Morgen.\r\nZweite Zeile.\rDritte.\u2029Vierte.")
    assert article.text == "Café am Morgen.\nZweite Zeile.\nDritte.\n\nVierte."
    assert Article.read(article.text).text == article.text


def test_id_is_the_text_and_nothing_else() -> None:
    first = Article.read("Ein Satz.", title="A", source="a.txt")
    same = Article.read("Ein Satz.\r\n".strip(), title="B", source="b.txt")
    other = Article.read("Ein anderer Satz.")
    assert first.id == same.id != other.id


def test_an_article_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        bundled_article().text = "anders"  # type: ignore[misc]


@pytest.mark.parametrize("text", ["", " \n\t ", "…?!", "\u200b\u200b"])
def test_a_text_without_words_is_refused(text: str) -> None:
    with pytest.raises(ArticleError, match="no words"):
        Article.read(text)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Der Gipfel fand wenige Wochen nach der Ausarbeitung des Abkommens statt, teilte das Büro mit.", "de"),
        ("The summit took place only weeks after the treaty had been drafted, the office said.", "en"),
        ("La cumbre tuvo lugar pocas semanas después de la redacción del tratado, dijo la oficina.", "es"),
        ("峰会在条约起草几周后举行。办公室在一份声明中说。", "zh"),
        ("Саммит состоялся всего через несколько недель после подготовки договора.", "ru"),
    ],
)
def test_language_is_detected(text: str, language: str) -> None:
    assert Article.read(text).language == language


def test_title_is_the_first_line_cut_at_a_word() -> None:
    assert Article.read("# Überschrift\n\nText.").title == "Überschrift"
    long = Article.read("Wort " * 60).title
    assert len(long) <= 80 and long.endswith("Wort…")


def test_lone_surrogates_do_not_survive() -> None:
    assert Article.read("Ein \ud800 Satz.").text == "Ein ? Satz."


def test_a_given_language_is_taken_in_any_spelling() -> None:
    assert [Article.read("Wort", language=given).language for given in ("de", "DE", "de-AT")] == ["de"] * 3


def test_a_few_german_words_are_not_taken_for_luxembourgish() -> None:
    assert detect_language("Artikel;Preis;Lager\nHammer;12,90;34\nZange;9,50;0") == "de"
    assert detect_language("Lëtzebuerg ass e Land an Europa mat engem Groussherzog.") == "lb"
