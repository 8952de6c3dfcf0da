"""What stands around cited sentences, for a page on which their article is not open."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape

from index.article import Article
from rag.answer import Turn

# Of each neighbour; enough to see where one is.
MOST_CHARACTERS = 200


def neighbourhoods_html(
    turns: Sequence[Turn], articles: Mapping[str, Article], sentence: Callable[[str, int], str]
) -> str:
    """Return the sentences before and after each cited one, as data for the page; "" where one article is all.

    Args:
        articles: all there are, by id.
        sentence: returns an article's, by its id and number; "" where there is none.
    """
    if len(articles) < 2:
        return ""
    cited = dict.fromkeys(
        (citation.article_id, citation.sentence_index)
        for turn in turns
        if turn.answer is not None
        for citation in turn.answer.citations
        if citation.article_id in articles
    )
    return "".join(
        _around_html(id_, number, sentence(id_, number - 1), sentence(id_, number + 1)) for id_, number in cited
    )


def _around_html(article_id: str, number: int, before: str, after: str) -> str:
    if len(before) > MOST_CHARACTERS:
        before = "… " + before[-MOST_CHARACTERS:].partition(" ")[2]
    if len(after) > MOST_CHARACTERS:
        after = after[:MOST_CHARACTERS].rpartition(" ")[0] + " …"
    return (
        f'<i hidden class="around" data-article="{escape(article_id)}" data-sentence="{number}" '
        f'data-before="{escape(before)}" data-after="{escape(after)}"></i>'
    )
