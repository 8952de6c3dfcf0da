"""One article of an export → HTML: what it is, and its text as it is, with the quoted sentences marked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from ui.export.data import Export, ExportedArticle, Quotation


@dataclass(slots=True)
class _Place:
    """A stretch of the text that is quoted: by these questions' numbers, and whether any of them is answered by it."""

    quotation: Quotation
    questions: list[int]
    cited: bool = False


def turn_anchor(number: int) -> str:
    """Return the id of a question, by its number from 1."""
    return f"q{number}"


def sentence_anchor(place: int, quotation: Quotation) -> str:
    """Return the id of a quoted sentence in the text of the article at that place of the export, from 0."""
    return f"a{place + 1}s{quotation.sentence_index + 1}"


def article_html(place: int, export: Export, t: dict[str, str]) -> str:
    """Return the article at that place of the export, from 0.

    Args:
        t: the page's texts.
    """
    article = export.articles[place]
    about = {
        t["source"]: article.source,
        t["language"]: article.language,
        t["id"]: article.id,
        t["sha256"]: article.sha256,
    }
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>\n" for name, value in about.items() if value)
    text = "".join(_text_html(place, article, export, t))
    return (
        f'<article>\n<h3 dir="auto">{escape(article.title)}</h3>\n<dl>\n{rows}</dl>\n'
        f'<div class="text" dir="auto" lang="{article.language}">{text}</div>\n</article>\n'
    )


def _text_html(place: int, article: ExportedArticle, export: Export, t: dict[str, str]) -> Iterator[str]:
    at = 0
    for found in _places(article, export):
        start, end = found.quotation.start, found.quotation.end
        # No two sentences overlap; in an altered file they may, and checking says so.
        if not at <= start < end <= len(article.text):
            continue
        tag = "mark" if found.cited else "u"
        links = "".join(
            f' <a class="from" href="#{turn_anchor(number)}">{escape(t["question"].format(number=number))}</a>'
            for number in found.questions
        )
        anchor, sentence = sentence_anchor(place, found.quotation), escape(article.text[start:end])
        yield escape(article.text[at:start])
        yield (
            f'<{tag} id="{anchor}" dir="auto">{sentence}</{tag}>'
            f'<span class="of">{found.quotation.sentence_index + 1}{links}</span>'
        )
        at = end
    yield escape(article.text[at:])


def _places(article: ExportedArticle, export: Export) -> list[_Place]:
    places: dict[tuple[int, int], _Place] = {}
    for number, turn in enumerate(export.turns, start=1):
        for quotation in (*turn.citations, *turn.nearest):
            if quotation.article_id == article.id:
                found = places.setdefault((quotation.start, quotation.end), _Place(quotation, []))
                found.questions += [number] if number not in found.questions else []
                found.cited = found.cited or not turn.abstained
    return [places[key] for key in sorted(places)]
