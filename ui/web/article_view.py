"""An Article → the HTML of the pane that shows it, each sentence in a span that citations point at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby

from index.article import Article, Sentence
from ui.texts import Texts

_ENDS_SENTENCE = re.compile(r"""[.!?…:;,]["'”“’»«)\]]*$""")
_LIST_ITEM = re.compile(r"(?:[-*+•‣–]|\d{1,3}[.)]|[a-zA-Z][.)])\s")
_HEADING_CHARACTERS = 120
# In the pane at its full width.
_LINE_CHARACTERS = 75
# What the browser lays out at once: it watches each part, and 5,000 of them made every frame of scrolling slow.
_PART_SENTENCES = 64


def article_html(article: Article, sentences: Sequence[Sentence], texts: Texts) -> str:
    """Return an article as escaped HTML: its paragraphs, and each sentence with an id and its number.

    Of an article of 20,000 sentences most of the page is this, so what can be said once is not said for each.

    Args:
        article: the article to show.
        sentences: all its sentences, in order.
        texts: the interface's texts.
    """
    paragraphs = [list(group) for _, group in groupby(sentences, lambda sentence: sentence.paragraph)]
    parts = "".join(_part_html(article, part) for part in _parts(paragraphs))
    # A title that is the text's own beginning would be read twice.
    repeated = article.text.lstrip("# \n").startswith(article.title.rstrip("…"))
    title = "" if repeated else f'<h2 class="title" dir="auto">{escape(article.title)}</h2>'
    numbers = f'<button type="button" class="numbers" aria-pressed="false">{escape(texts("chat.numbers"))}</button>'
    return (
        f'<div class="tools" lang="{texts.language}">{numbers}'
        f'<span class="unseen" id="sentence-keys">{escape(texts("chat.sentence_keys"))}</span></div>'
        f'<article class="text" data-article="{escape(article.id)}" lang="{escape(article.language)}" tabindex="0" '
        f'aria-label="{escape(texts("chat.article"))}" aria-describedby="sentence-keys">{title}{parts}</article>'
    )


def titles_of(articles: Sequence[Article]) -> list[tuple[str, str]]:
    """Return (title, id) for each article, in order; a title that comes again is numbered: "Titel (2)"."""
    seen: dict[str, int] = {}
    named = []
    for article in articles:
        count = seen[article.title] = seen.get(article.title, 0) + 1
        named.append((article.title if count == 1 else f"{article.title} ({count})", article.id))
    return named


def found_html(found: Sequence[tuple[str, str]], count: int, texts: Texts) -> str:
    """Return titles found, as (title, id), in buttons that open their articles, and how many there are in all."""
    items = "".join(
        f'<li><button type="button" data-article="{escape(id_)}" dir="auto">{escape(title)}</button></li>'
        for title, id_ in found
    )
    said = texts("chat.articles_found").format(count=count)
    return f'<p role="status">{escape(said)}</p><ul>{items}</ul>'


def _parts(paragraphs: Sequence[Sequence[Sentence]]) -> Iterator[Sequence[Sequence[Sentence]]]:
    """Yield runs of paragraphs, each as short as it can be with _PART_SENTENCES in it."""
    first = length = 0
    for number, paragraph in enumerate(paragraphs, 1):
        length += len(paragraph)
        if length >= _PART_SENTENCES or number == len(paragraphs):
            yield paragraphs[first:number]
            first, length = number, 0


def _part_html(article: Article, paragraphs: Sequence[Sequence[Sentence]]) -> str:
    # The page guesses a part's height from these until it is in sight.
    lines = sum(-(-(some[-1].span.end - some[0].span.start) // _LINE_CHARACTERS) for some in paragraphs)
    inner = "".join(_paragraph_html(article, paragraph) for paragraph in paragraphs)
    return f'<div class="part" style="--lines:{lines};--paragraphs:{len(paragraphs)}">{inner}</div>'


def _paragraph_html(article: Article, sentences: Sequence[Sentence]) -> str:
    parts = []
    breaks_before = True
    for sentence, following in zip(sentences, [*sentences[1:], None], strict=True):
        text = article.text[sentence.span.start : sentence.span.end]
        gap = article.text[sentence.span.end : following.span.start] if following else "\n"
        is_heading = breaks_before and "\n" in gap and _reads_as_heading(text)
        parts.append(
            f'<span class="sentence{" heading" if is_heading else ""}" id="sentence-{sentence.number}" '
            f'data-number="{sentence.number + 1}" data-sentence="{sentence.number}">{escape(text)}</span>'
        )
        if following is not None:
            starts_item = _LIST_ITEM.match(article.text, following.span.start) is not None
            # Other line breaks are where the source was wrapped; the pane wraps by its own width.
            parts.append("<br>" if "\n" in gap and (is_heading or starts_item) else escape(gap))
        breaks_before = "\n" in gap
    return f'<p dir="auto">{"".join(parts)}</p>'


def _reads_as_heading(text: str) -> bool:
    return len(text) <= _HEADING_CHARACTERS and not _ENDS_SENTENCE.search(text) and not _LIST_ITEM.match(text)
