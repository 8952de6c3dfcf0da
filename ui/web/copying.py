"""An answer for the clipboard, each quotation with where it stands: as plain text, Markdown and HTML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape

from index.article import Article
from rag.answer import Answer, Citation
from ui.texts import Texts

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#+!|~&])|^(\d+)([.)])|^([-=])")


def copies(answer: Answer, articles: Mapping[str, Article], texts: Texts) -> dict[str, str]:
    """Return an answer's copies by format, "text", "markdown" and "html"; the article's words as they are.

    Args:
        answer: one that is no abstention.
        articles: those that its citations name, by id.
    """
    said = _said(answer)
    quoted = [(citation, _origin(citation, articles, texts)) for citation in answer.citations]
    text = [answer.question, *said, *(f"[{c.number}] “{c.text}” ({origin})" for c, origin in quoted)]
    markdown = [
        f"**{_markdown(answer.question)}**",
        *map(_markdown, said),
        *(f"> {_markdown(c.text)} \\[{c.number}\\]\n>\n> — {_markdown(origin)}" for c, origin in quoted),
    ]
    html = [
        f"<p><strong><bdi>{escape(answer.question)}</bdi></strong></p>",
        *(f"<p>{escape(line)}</p>" for line in said),
        *(
            f"<blockquote><p><bdi>{escape(c.text)}</bdi> [{c.number}]</p>"
            f"<footer>— <cite>{escape(origin)}</cite></footer></blockquote>"
            for c, origin in quoted
        ),
    ]
    return {"text": "\n\n".join(text), "markdown": "\n\n".join(markdown), "html": "\n".join(html)}


def _said(answer: Answer) -> list[str]:
    """What the answer says beside its quotations: the short answer, prose."""
    quotations = {citation.text for citation in answer.citations}
    said = []
    for statement in answer.statements:
        if statement.text not in quotations:
            markers = "".join(f" [{c.number}]" for c in statement.citations if f"[{c.number}]" not in statement.text)
            said.append(statement.text + markers)
    return said


def _origin(citation: Citation, articles: Mapping[str, Article], texts: Texts) -> str:
    article = articles.get(citation.article_id)
    place = texts("chat.sentence").format(number=citation.sentence_index + 1)
    return f"{article.title}, {place}" if article else place


def _markdown(text: str) -> str:
    """Escape what Markdown would read as more than text, and keep it on one line."""
    line = " ".join(text.split())
    return _MARKDOWN.sub(lambda m: f"{m[2]}\\{m[3]}" if m[2] else f"\\{m[0]}", line)
