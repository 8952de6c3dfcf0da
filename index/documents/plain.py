"""Plain text → an Article, its structure found in its lines."""

from __future__ import annotations

from dataclasses import replace

from index.article import Article
from index.documents.builder import title_from_name
from index.documents.text import check_lines, decode
from index.settings import Progress


def read(content: bytes, source: str, progress: Progress | None = None) -> Article:
    """Read a plain text.

    Raises:
        ArticleError: it is no text, has too many lines, or no words.
    """
    text = decode(content, source)
    check_lines(text, source)
    article = Article.read(text, source=source)
    # A chat's or table's first line is no title; its file's name may be one.
    if article.blocks and article.blocks[0].kind in ("row", "line", "item", "code"):
        article = replace(article, title=title_from_name(source) or article.title)
    return article
