"""What stands around cited sentences, for a page on which their article is not open."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape

from index.article import Article, Sentence
from rag.answer import Turn

# Of each neighbour; enough to see where one is.
MOST_CHARACTERS = 200


def neighbourhoods_html(
    turns: Sequence[Turn], articles: Mapping[str, Article], sentences: Callable[[str], Sequence[Sentence]]
) -> str:
    """Return the sentences before and after each cited one, as data for the page; "" where one article is all.

    Args:
        articles: all there are, by id.
        sentences: returns an article's, by its id.
    """
    if len(articles) < 2:
        return ""
    cited: dict[str, dict[int, None]] = {}
    for turn in turns:
        for citation in turn.answer.citations if turn.answer else ():
            cited.setdefault(citation.article_id, {})[citation.sentence_index] = None
    return "".join(
        _around_html(articles[id_], split, number)
        for id_, numbers in cited.items()
        if id_ in articles
        for split in [sentences(id_)]
        for number in numbers
    )


def _around_html(article: Article, sentences: Sequence[Sentence], number: int) -> str:
    before, after = _sentence(article, sentences, number - 1), _sentence(article, sentences, number + 1)
    if len(before) > MOST_CHARACTERS:
        before = "… " + before[-MOST_CHARACTERS:].partition(" ")[2]
    if len(after) > MOST_CHARACTERS:
        after = after[:MOST_CHARACTERS].rpartition(" ")[0] + " …"
    return (
        f'<i hidden class="around" data-article="{escape(article.id)}" data-sentence="{number}" '
        f'data-before="{escape(before)}" data-after="{escape(after)}"></i>'
    )


def _sentence(article: Article, sentences: Sequence[Sentence], number: int) -> str:
    if not 0 <= number < len(sentences):
        return ""
    span = sentences[number].span
    return article.text[span.start : span.end]
