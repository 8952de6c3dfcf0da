"""What an LLM is shown: the passages' sentences, numbered in order under title and headings, and the question."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from index import Index
from index.view import UNDER
from rag.answer import Language
from rag.answering.prose.proof import Source
from rag.settings import LLMSettings

_TEMPLATES = Path(__file__).with_name("templates")
_LANGUAGES: dict[Language, str] = {
    "de": "German",
    "en": "English",
    "fr": "French",
    "es": "Spanish",
    "it": "Italian",
    "zh": "Chinese",
    "ja": "Japanese",
}
# What marks the articles' text: their own text must not end it.
_TAG = re.compile(r"<(?=\s*/?\s*articles)", re.IGNORECASE)


def shown_sources(passages: Sequence[int], index: Index, settings: LLMSettings) -> list[Source]:
    """Return the sentences of passages, numbered in the articles' order; headings are what they stand under.

    Args:
        passages: rows of `Index.passages`, the likeliest first; those that fit are shown.
    """
    chosen: dict[int, int] = {}
    left = settings.prompt_characters
    for passage in passages[: settings.passages]:
        _, first, last = index.passages[passage].tolist()
        for row in range(first, last + 1):
            article_row, start, end, block = index.sentences[row].tolist()
            article = index.articles[article_row]
            is_heading = bool(article.blocks) and article.blocks[block].kind == "heading"
            if row in chosen or is_heading or end - start > left:
                continue
            chosen[row] = passage
            left -= end - start
    sources = []
    for number, row in enumerate(sorted(chosen), start=1):
        article_row, _, _, block = index.sentences[row].tolist()
        article = index.articles[article_row]
        titles = (article.title,) if article.is_titled else ()
        above = tuple(dict.fromkeys((*titles, *article.headings(block))))
        sources.append(Source(number, row, chosen[row], index.sentence_text(row), above))
    return sources


def prompt(
    question: str, read_as: str, sources: Sequence[Source], index: Index, language: Language
) -> list[dict[str, str]]:
    """Return the messages for an LLM, as OpenAI's API takes them.

    Args:
        read_as: what the question is understood as after the turns before; the question itself where it stands alone.
    """
    lines: list[str] = []
    above: tuple[int, tuple[str, ...]] | None = None
    for source in sources:
        article_row = int(index.sentences[source.row, 0])
        if (article_row, source.above) != above:
            above = article_row, source.above
            lines.append(f"\n## {_data(UNDER.join(source.above)) or '…'}" if lines or source.above else "")
        lines.append(f"[{source.number}] {_data(source.text)}")
    understood = f"\nIt means: {_data(read_as)}" if " ".join(read_as.split()) != " ".join(question.split()) else ""
    named = _LANGUAGES[language]
    user = _template("user.txt").format(
        articles="\n".join(lines).strip(), question=_data(question), read_as=understood, language=named
    )
    return [
        {"role": "system", "content": _template("system.txt").format(language=named)},
        {"role": "user", "content": user},
    ]


def _data(text: str) -> str:
    """Return an article's text, or a question, on one line, where it cannot end what marks it."""
    return _TAG.sub("‹", " ".join(text.split()))


@cache
def _template(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8").strip()
