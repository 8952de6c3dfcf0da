"""What a question says of one table: which rows it is about, which columns it names, and what it says besides.

"The cheapest power tool", "rooms with more than 3 beds", "list all suppliers": each word is a column's, a heading's, or
says which rows are meant. Where one is left, the table is not what is asked about.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from index import Article, Index
from index.place import Block
from index.search.lexical import UNSPACED, stem, words
from rag.conversation.wording import wording
from rag.reader.cells import Cells, cells_of, has_columns, is_related, naming, rows_of_table
from rag.reader.measure import is_measured
from rag.reader.measure import kinds as kinds_named
from rag.reader.quantity import CURRENCIES, Quantity, asks_for_money, quantities
from rag.reader.table import content_words

# A word of so many letters, in most cells of a column, makes them names.
_NAME = re.compile(r"[^\W\d_]{3}|[\u3040-\u9fff\uac00-\ud7af]")

# Measure words of Chinese and Japanese, which may stand before a noun.
_CLASSIFIER = re.compile("^[个個種种辆輛本台张張間间家只隻位件条條款部座名]")

Rows = list[tuple[int, Block]]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of an article, as a question sees it.

    Attributes:
        article: it stands in.
        key: the row of the article in the index, and the number of the header's block.
        rows: each with its sentence, -1 where the index does not have it; all of them, or those that are asked about.
            Not those that are reckoned from the others: "Total | 340".
        cells: of the whole table.
        columns: the folded words of each heading.
        above: the folded words of the title and of the headings above.
    """

    article: Article
    key: tuple[int, int]
    rows: Rows
    cells: Cells
    columns: tuple[tuple[str, ...], ...]
    above: frozenset[str]

    @property
    def is_whole(self) -> bool:
        """Whether the index has all rows."""
        return all(sentence >= 0 for sentence, _ in self.rows)

    def text(self, row: Block, column: int) -> str:
        """Return the text of a cell, "" where the row has none there."""
        cell = row.cells[column] if column < len(row.cells) else None
        return self.article.text[cell.start : cell.end].strip() if cell else ""

    def values(self, column: int) -> dict[int, Quantity]:
        """Return the one value of each row in a column, by the row's place; {} if one has several, or few have any."""
        rows = [row for _, row in self.rows]
        return self.cells.values(column, rows, self.article, is_whole=len(rows) == len(self.cells.compared))

    def numeric(self) -> dict[int, dict[int, Quantity]]:
        """Return the values of all columns that have any."""
        found = {column: self.values(column) for column in range(len(self.columns))}
        return {column: values for column, values in found.items() if values}

    def named(self, spoken: set[str]) -> list[int]:
        """Return the columns whose headings a question's words name."""
        return [place for place, name in enumerate(self.columns) if naming(name, spoken, self.article)]

    def name_column(self) -> int:
        """Return the first column whose cells are names: neither numbers nor codes ("A-1001")."""
        for column in range(len(self.columns)):
            names = sum(bool(_NAME.search(self.text(row, column))) for _, row in self.rows)
            if 2 * names > len(self.rows) and not self.values(column):
                return column
        return 0


def tables(rows: Sequence[int], index: Index, *, under: bool = True) -> Iterator[Table]:
    """Yield the tables that some sentences are rows of, in their order.

    Args:
        under: whether the words of the title and the headings above are known.
    """
    seen: set[tuple[int, int]] = set()
    for sentence in rows:
        article_row, _, _, number = index.sentences[sentence].tolist()
        article = index.articles[article_row]
        header = article.blocks[number].header
        if not has_columns(article.blocks[number], article) or (article_row, header) in seen:
            continue
        seen.add((article_row, header))
        cells = cells_of(article, header)
        of_table = rows_of_table(header, article_row, index)
        table = [of_table[place] for place in cells.compared]
        heads = (article.title, *article.headings(header)) if under else ()
        above = frozenset(word for text in heads for word in words(text))
        yield Table(article, (article_row, header), table, cells, cells.columns, above)


def topics(question: str) -> set[str]:
    """Return the words of a question, without its operators, that a table has to account for.

    `content_words`; of a language without blanks, those of what its closed-class words leave.
    """
    if not UNSPACED.search(question):
        return content_words(question)
    now = wording(question)
    # What counts stands behind the interrogative, and in the pair "个房" too.
    left = [_CLASSIFIER.sub("", token.text) if now.phrase[1] else token.text for token in now.content]
    return {one for text in left for one in words(text) if len(text) > 1}


def about(table: Table, said: Iterable[str], *, is_choice: bool = False) -> tuple[Table, set[str]]:
    """Return the table with the rows that a question is about, and the words that nothing accounts for.

    Args:
        said: the words that have to be accounted for.
        is_choice: whether several things are named as alternatives ("the tandem or the e-bike"): then the rows of all
            of them. Else a row is meant that all words name: a "power tool" is no "hand tool".
    """
    article = table.article
    headings = {word for name in table.columns for word in name}
    heads = headings | table.above

    def is_there(word: str, others: Iterable[str]) -> bool:
        return any(stem(word, article.language) == stem(other, article.language) for other in others)

    def is_known(word: str) -> bool:
        # A "Handwerkzeug" below "Art" is no column "Werkzeug".
        if is_there(word, heads) or table.cells.has(word):
            return is_there(word, heads)
        return any(is_related(word, head, article) for head in heads) or any(is_measured(word, one) for one in headings)

    left = {word for word in said if not is_known(word)}
    names_row = table.cells.naming(left, article)
    by_row = [(one, names_row[one[1].start]) for one in table.rows if one[1].start in names_row]
    everything = set().union(*(named for _, named in by_row))
    if not everything:
        return table, left
    kept = [one for one, named in by_row if named == everything]
    if not kept and is_choice:
        kept = [one for one, named in by_row if named and not any(named < other for _, other in by_row)]
    rest = left - everything if kept else left
    return replace(table, rows=kept or table.rows), rest


def of_kind(values: dict[int, Quantity], kinds: frozenset[str], heading: Sequence[str]) -> bool:
    """Return whether the values of a column are of any of some kinds; numbers alone as the heading says."""

    def is_of(value: Quantity) -> bool:
        if any(part is not None for part in value.date):
            return bool(kinds & {"date", "any"})
        if "any" in kinds or value.kind in kinds or ("price" in kinds and value.kind in CURRENCIES):
            # A number below "Price" counts nothing.
            return not (value.bare and kinds_named(heading) and not kinds_named(heading) & (kinds | {"count"}))
        return value.bare and bool(kinds & kinds_named(heading))

    return all(is_of(value) for value in values.values())


def may_be_prices(table: Table) -> bool:
    """Return whether something above or beside a table says that its numbers are money: "All prices in euros"."""
    article = table.article
    first = table.rows[0][1]
    before = [block for block in article.blocks[: first.header] if block.kind != "row"][-1:]
    after = [
        block for block in article.blocks if block.start > table.rows[-1][1].start and block.header != first.header
    ]
    texts = [article.text[block.start : block.end] for block in (*before, *after[:1])]
    found = {*table.above, *(word for text in texts for word in words(text))}
    return any(asks_for_money(word) for word in found) or any(
        one.kind in CURRENCIES for text in texts for one in quantities(text, article.language)
    )
