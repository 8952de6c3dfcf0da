"""A table's rows: which cell a question asks for, and whether two rows are about different things."""

from __future__ import annotations

from index import Article, Index
from index.place import Span
from index.search.lexical import stems, words

# A word that begins with a column's name of at least so many letters names it: "Telefonnummer", "Telefon".
_BEGINNING = 4


def cell_asked(question: str, article: Article, start: int) -> Span | None:
    """Return the cell of the row at an offset whose column alone a question names; None where there is none.

    What a row answers is in the column that is asked for, and the row's other cells only say which row it is.
    """
    number = article.block_at(start)
    row = article.blocks[number]
    if row.kind != "row" or row.header in (-1, number):
        return None
    said, asked = words(question), set(stems(question, [article.language]))
    named = []
    for cell, column in zip(row.cells, article.blocks[row.header].cells, strict=False):
        name = words(article.text[column.start : column.end])
        begins = len(name) == 1 and len(name[0]) >= _BEGINNING and any(word.startswith(name[0]) for word in said)
        if name and cell.end > cell.start and (begins or set(stems(" ".join(name), [article.language])) <= asked):
            named.append(cell)
    return Span(named[0].start, named[0].end) if len(named) == 1 else None


def are_about_different_things(row: int, other: int, index: Index) -> bool:
    """Return whether two sentences are rows of one table about different things, as their first cells say."""
    (first, _, _, of_first), (second, _, _, of_second) = index.sentences[[row, other]].tolist()
    article = index.articles[first]
    one, two = article.blocks[of_first], index.articles[second].blocks[of_second]
    if first != second or (one.kind, two.kind) != ("row", "row") or one.header != two.header:
        return False
    names = [article.text[block.cells[0].start : block.cells[0].end] if block.cells else "" for block in (one, two)]
    return names[0] != names[1]
