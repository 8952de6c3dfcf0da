"""The page's HTML without a browser: all text is escaped, and each citation points at its sentence."""

from __future__ import annotations

import re
from html import unescape

import pytest

from index import Article
from index.errors import ArticleError
from index.splitting.sentences import split_sentences
from rag import Assistant, Turn
from rag.answering.messages import percent
from ui.templates import render
from ui.texts import TEXTS, Language, texts_for
from ui.web.additions import Added, added_html
from ui.web.answers import conversation_html
from ui.web.articles import titles_of
from ui.web.history import Keeping
from ui.web.reading_pane import article_html
from ui.web.session import Conversation

HOSTILE = (
    "<img src=x onerror=alert(1)> ist \"ein\" 'Satz' & mehr. [Link](javascript:alert(2)) folgt.\n\n${x} {{y}} bleibt."
)


def test_a_hostile_article_is_shown_as_text() -> None:
    article = Article.read(HOSTILE, title="</h2><script>", language="de")
    sentences = split_sentences(article.text, "de")
    html = article_html(article, sentences, TEXTS["de"])
    assert "<img" not in html and "<script" not in html
    shown = [unescape(text) for text in re.findall(r'data-sentence="\d+">(.*?)</span>', html)]
    assert shown == [article.text[s.span.start : s.span.end] for s in sentences]
    assert html.count("<p ") == 2


def test_a_hostile_question_is_shown_as_text(assistant: Assistant) -> None:
    question = "<script>alert(1)</script> Wie backt man Brot?"
    html = conversation_html(Conversation((Turn(question, assistant.ask(question)),)), {}, TEXTS["en"])
    assert "<script" not in html and "&lt;script&gt;" in html


def test_an_answer_points_at_its_sentence_and_an_abstention_at_three(assistant: Assistant) -> None:
    article = assistant.articles[0]
    answer = assistant.ask("Wann trafen sich Yoon und Kishida zuletzt?")
    html = conversation_html(Conversation((Turn(answer.question, answer),)), {article.id: article}, TEXTS["de"])
    assert re.findall(r'class="marker".*?data-number="(\d+)"', html) == [str(c.number) for c in answer.citations]
    for citation in answer.citations:
        assert f'data-sentence="{citation.sentence_index}"' in html
    abstained = assistant.ask("Wie backt man Brot?")
    html = conversation_html(Conversation((Turn(abstained.question, abstained),)), {article.id: article}, TEXTS["de"])
    assert html.count('class="near"') == 3 and "abstention" in html and "marker" not in html


def test_an_overview_says_that_it_is_one(assistant: Assistant) -> None:
    article, answer = assistant.articles[0], assistant.ask("What is this article about?")
    html = conversation_html(Conversation((Turn(answer.question, answer),)), {article.id: article}, TEXTS["en"])
    lead, first = html.index("The article at a glance"), html.index('class="quote"')
    assert lead < first and html.count('class="quote"') == len(answer.citations)
    assert (
        TEXTS["en"]("chat.overview") in html
        and TEXTS["en"]("chat.sure") not in html
        and TEXTS["en"]("chat.likely") not in html
    )


@pytest.mark.parametrize("language", ["de", "en"])
def test_what_is_offered_about_several_articles_lists_them(two_articles: Assistant, language: Language) -> None:
    answer = two_articles.ask(TEXTS[language]("chat.which_articles"))
    assert (answer.kind, answer.language) == ("articles", language)
    assert all(article.title in answer.text for article in two_articles.articles)


def test_attributes_stand_apart() -> None:
    conversation = Conversation((Turn("x"),), ("all",), keeping=Keeping("f" * 32))
    html = conversation_html(conversation, {}, TEXTS["de"])
    assert 'data-kept="' in html
    opening = html[: html.index(">")]
    assert re.fullmatch(r'<div(\s+[a-z-]+="[^"]*")+', opening), opening


@pytest.mark.parametrize(
    ("header", "language"),
    [("de-DE,de;q=0.9,en;q=0.8", "de"), ("en-US,en;q=0.9,de;q=0.3", "en"), ("fr", "en"), ("", "en"), (";q=x,,", "en")],
)
def test_the_interface_speaks_the_browsers_language(header: str, language: str) -> None:
    assert texts_for(header).language == language


def test_no_probability_is_shown_as_certain() -> None:
    assert percent(0.874, "de") == "87\u00a0%" and percent(0.874, "en") == "87%"
    assert percent(0.001, "en") == "<1%" and percent(0.9999, "de") == ">\u00a099\u00a0%"


def test_what_went_wrong_is_escaped_and_read_out() -> None:
    messages = ["<b>a.pdf</b> is a PDF.", "b.txt is empty."]
    html = render("web/failure.html", TEXTS["en"], messages=messages)
    assert html.count("<p ") == 2 and "<b>" not in html and html.count('role="alert"') == 1
    assert html in added_html(Added(failures=[ArticleError(message) for message in messages]), TEXTS["en"])


def test_equal_titles_are_told_apart() -> None:
    articles = [Article.read(text, title="Titel") for text in ("Eins.", "Zwei.")]
    assert [title for title, _ in titles_of(articles)] == ["Titel", "Titel (2)"]
