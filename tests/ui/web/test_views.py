"""The page's HTML without a browser: all text is escaped, and each citation points at its sentence."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest

from index import Article, EmbeddedEncoder, build_index
from index.documents.builder import ArticleBuilder
from index.errors import ArticleError
from index.place import Anchor
from index.splitting.sentences import split_sentences
from rag import Assistant, Turn
from rag.answering.messages import percent
from ui.templates import render
from ui.texts import TEXTS, Language, texts_for
from ui.web.additions import Added, added_html
from ui.web.answers import conversation_html, copies
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


def test_blocks_pages_and_what_is_known_of_a_document() -> None:
    builder = ArticleBuilder()
    builder.add("heading", "Der Turm", level=1, anchors=[Anchor(0, 8, 1, 1, 1, 2, 2)])
    builder.add("paragraph", "Er ist hoch. Er ist alt.", anchors=[Anchor(0, 12, 1), Anchor(13, 24, 2)])
    first = "Jahr | Höhe"
    builder.mark_header(builder.add_row(["Jahr", "Höhe"]))
    builder.add_row(["1889", "312 m"], header=2, anchors=[[Anchor(0, 4, 3)], [Anchor(0, 5, 3)]])
    builder.add("code", "x < 1", anchors=[Anchor(0, 5, 5)])
    hostile = "<img src=x>"
    article = builder.article(title="Der Turm", author=hostile, date="2024-03-01", url='https://a.org/"><b>')
    html = str(article_html(article, split_sentences(article.text, "de", article.blocks), TEXTS["de"]))
    assert hostile not in html and "<b>" not in html and "01.03.2024" in html
    assert 'target="_blank" rel="noopener noreferrer"' in html and 'href="https://a.org/&#34;&gt;&lt;b&gt;"' in html
    assert html.index("<h3") < html.index('class="about"'), "the text begins with its title"
    # A page begins before the first sentence that is on it; the first page needs no sign.
    assert re.findall(r'class="page" lang="de">([^<]+)</span>', html) == ["Seite 2", "Seite 3", "Seite 5"]
    assert re.search(r'Seite 2</span><span class="sentence"[^>]*>Er ist alt', html)
    assert html.index(first.split(" ")[0]) < html.index("Seite 3") < html.index("1889") < html.index("Seite 5")
    assert "x &lt; 1" in html
    other = article_html(replace(article, url="javascript:alert(1)"), [], TEXTS["en"])
    assert "javascript" not in other and "<a " not in other


def test_a_citation_says_its_page_and_what_it_is_under(encoder: EmbeddedEncoder) -> None:
    builder = ArticleBuilder()
    builder.add("heading", "Die Höhe", level=1)
    builder.add("paragraph", "Der Turm ist 330 Meter hoch.", anchors=[Anchor(0, 28, 3, 1, 1, 9, 9)])
    article = builder.article(title="Paris", language="de", author="A. Autor", url="https://example.org/")
    answer = Assistant(build_index([article], encoder), encoder).ask("Wie hoch ist der Turm?")
    html = conversation_html(Conversation((Turn(answer.question, answer),)), {article.id: article}, TEXTS["de"])
    assert '<cite dir="auto" title="unter: Die Höhe"><span class="where" lang="de">Seite 3</span></cite>' in html
    assert 'data-where="Seite 3" data-under="unter: Die Höhe"' in html
    copied = copies(answer, {article.id: article}, TEXTS["de"])
    assert all("Paris, Seite 3, Satz 1, A. Autor, https" in text.replace("\\", "") for text in copied.values())


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
