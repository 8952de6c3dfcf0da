"""An answer for the clipboard: the article's words are unchanged in each format."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest

from index import Article, EmbeddedEncoder, build_index
from rag import Answer, Assistant, Settings
from ui.texts import TEXTS
from ui.web.answers import copies, parts

QUOTED = "Die <b>Brücke</b> über die *Spree* wurde 1896 [sic] gebaut & heißt `Oberbaumbrücke`."
QUESTION = "Wann wurde die *Brücke* <b>gebaut</b>?"


@pytest.fixture(scope="module")
def answer(encoder: EmbeddedEncoder) -> tuple[Answer, Article]:
    article = Article.read(f"{QUOTED} Die Fähre fährt im Winter nicht.", title="Brücken & <Stege>", language="de")
    assistant = Assistant(build_index([article], encoder), encoder, Settings(answer_bar=0.0, further_bar=1.0))
    return assistant.ask(QUESTION), article


def test_each_copy_has_question_quotation_and_source(answer: tuple[Answer, Article]) -> None:
    given, article = answer
    made = copies(given, {article.id: article}, TEXTS["de"])
    plain = made["text"].splitlines()
    assert plain[0] == QUESTION and plain[-1] == f"[1] “{QUOTED}” (Brücken & <Stege>, Satz 1)"
    if given.span:
        assert plain[2] == f"{article.text[slice(*given.span)]} [1]"
    html = made["html"]
    assert "<b>" not in html, "the article's own marks are text"
    assert f"{QUOTED} [1]" in unescape(re.sub(r"</?(?:p|strong|blockquote|footer|cite|bdi)>", "", html))
    assert "<cite>Brücken &amp; &lt;Stege&gt;, Satz 1</cite>" in html
    markdown = made["markdown"]
    assert re.sub(r"\\(.)", r"\1", markdown).count(QUOTED) == 1, "escaped, nothing else"
    assert not re.search(r"(?<!\\)[`_<\[]", markdown.replace("**", ""))


def test_a_line_that_looks_like_a_list_stays_a_line(answer: tuple[Answer, Article]) -> None:
    given, _ = answer
    lines = Article.read("1. Mai\n\n- ein Strich\n\nund mehr", title="x", language="de")
    for number, (text, escaped) in enumerate((("1. Mai", "1\\. Mai"), ("- ein Strich", "\\- ein Strich"))):
        start = lines.text.index(text)
        place = {"article_id": lines.id, "sentence_index": number, "start": start, "end": start + len(text)}
        citation = replace(given.citations[0], text=text, **place)
        one = replace(given, statements=(), citations=(citation,), span=None)
        assert f"> {escaped} \\[1\\]\n" in copies(one, {lines.id: lines}, TEXTS["en"])["markdown"]


def test_an_answer_that_differs_shows_each_side_with_its_article(encoder: EmbeddedEncoder) -> None:
    articles = [
        Article.read(
            f"The gardens lie by the canal. Hedges may be up to {height} metres tall.", title=f"Rules of {year}"
        )
        for year, height in ((2015, 1.2), (2023, 1.5))
    ]
    answer = Assistant(build_index(articles, encoder), encoder).ask("How tall may hedges be?")
    sides = next(part for part, _ in parts(answer) if part.kind == "sides")
    assert [re.findall(r"[\d.]+", text) for text in sorted(sides.texts, key=lambda text: "1.5" in text)] == [
        ["1.2"],
        ["1.5"],
    ]
    assert [*sides.citations] == [*answer.citations[:2]]
    copied = copies(answer, {article.id: article for article in articles}, TEXTS["en"])
    assert "different things" in copied["text"] and "Rules of 2015" in copied["text"]
