"""What stands around cited sentences, for a page on which their article is not open."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from rag.answer import Turn

if TYPE_CHECKING:
    from rag import Assistant

# Of each neighbour; enough to see where one is.
MOST_CHARACTERS = 200


def neighbourhoods_html(turns: Sequence[Turn], assistant: Assistant) -> str:
    """Return the sentences before and after each cited one, as data for the page; "" where one article is all."""
    if len(assistant.articles) < 2:
        return ""
    cited = dict.fromkeys(
        (citation.article_id, citation.sentence_index)
        for turn in turns
        if turn.answer is not None
        for citation in turn.answer.citations
    )
    return "".join(_around_html(assistant, *place) for place in cited)


def _around_html(assistant: Assistant, article_id: str, number: int) -> str:
    before, after = _sentence(assistant, article_id, number - 1), _sentence(assistant, article_id, number + 1)
    if len(before) > MOST_CHARACTERS:
        before = "… " + before[-MOST_CHARACTERS:].partition(" ")[2]
    if len(after) > MOST_CHARACTERS:
        after = after[:MOST_CHARACTERS].rpartition(" ")[0] + " …"
    return (
        f'<i hidden class="around" data-article="{escape(article_id)}" data-sentence="{number}" '
        f'data-before="{escape(before)}" data-after="{escape(after)}"></i>'
    )


def _sentence(assistant: Assistant, article_id: str, number: int) -> str:
    index = assistant.index
    article_row = index.article_rows.get(article_id, -1)
    first, end = index.first_rows[article_row : article_row + 2] if article_row >= 0 else (0, 0)
    if not 0 <= number < end - first:
        return ""
    _, start, stop, _ = index.sentences[first + number]
    return assistant.articles[article_row].text[start:stop]
