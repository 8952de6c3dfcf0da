"""A table's rows: which one a question names, which of its cells it asks for, and whether two are about the same.

What a row is about stands in one cell, and what it says of that in others: "Fahrzeug: Zoe, Fahrer: Nina". A question
that names both has its answer, whatever it would else be read as.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

from index import Article, Index
from index.place import Block, Span
from index.search.lexical import fold, words
from rag.conversation.language import FUNCTION_WORDS, question_language
from rag.conversation.wording import wording
from rag.reader.cells import (
    cells_of,
    has_columns,
    is_related,
    is_same,
    naming,
    quantities_in,
    rows_of_table,
    words_in,
)
from rag.reader.measure import is_measured, is_within
from rag.reader.quantity import CURRENCIES, asks_for_money, days_in
from rag.reader.question_kind import asked_in_words

# Letters of a word of a heading that a question may name it by.
_LETTERS = 4
_SELECTIONS = tomllib.loads(Path(__file__).with_name("selections.toml").read_text(encoding="utf-8"))
# "How many trips did the Heron make?"
LIGHT = frozenset(_SELECTIONS["light"]["words"].split())
COUNTS = re.compile(rf"(?<![a-z])(?:{_SELECTIONS['every']['count']})(?![a-z])")
_LABEL_AND_VALUE = 2
# What stands in brackets behind a label, "(W × D × H)", or for a unit.
_BRACKETS = re.compile(r"\([^)]*\)|\[[^]]*\]")


def cell_asked(question: str, article: Article, start: int) -> Span | None:
    """Return the cell of the row at an offset whose column alone a question names; None where there is none.

    What a row answers is in the column that is asked for, and the row's other cells only say which row it is.
    """
    row = article.blocks[article.block_at(start)]
    if not has_columns(row, article):
        return None
    said = content_words(question)
    # "aquarellkurs" names no column "Kurs": it says which row.
    cells = cells_of(article, row.header)
    of_row = cells.naming(said, article).get(row.start, set())
    said -= of_row
    columns = cells.columns
    named = [
        cell
        for cell, column in zip(row.cells, columns, strict=False)
        if cell.end > cell.start and column and naming(column, said, article)
    ]
    if not named and any(map(asks_for_money, said)) and (price := _price(row, article)):
        return price
    if not named and (found := _nearest_column(columns, said, article, question)):
        # "Trips" below "Trips in 2024", "how heavy" below "Weight": where nothing else is said.
        place, of_column = found
        above = _words_above(article, row.header, cells.columns)
        rest = said - of_column - LIGHT - (_degree(question) if of_column else set())
        if place < len(row.cells) and _is_known(rest, above, article):
            named = [cell for cell in row.cells[place : place + 1] if cell.end > cell.start]
            named = [cell for cell in named if _may_answer(question, article, cell)]
    # "Whose is invoice 17?" names the column of what says which row it is.
    if len(named) != 1 or _has_any(named[0], of_row, article):
        return None
    return Span(named[0].start, named[0].end)


def names_what_it_is_about(question: str, article: Article, start: int) -> bool:
    """Return whether an offset stands in a row's cell that a question names: it says which row, and answers nothing."""
    row = article.blocks[article.block_at(start)]
    cells = [cell for cell in row.cells if cell.start <= start < cell.end] if has_columns(row, article) else []
    said = content_words(question)
    return any(is_same(word, one, article) for cell in cells for word in words_in(article, cell) for one in said)


def row_named(question: str, rows: Sequence[int], index: Index) -> int | None:
    """Return the one row that a question names together with a column, so that no word is left; None where none is.

    Words of the title, of the headings above and of other columns are known too. Where two rows have the same words of
    the question, as two dates of one course, neither is the one that is asked about.

    Args:
        rows: the sentences that may be meant.
    """
    said, degree = content_words(question), _degree(question)
    found: list[tuple[int, int]] = []
    for (article_row, header), sentences in tables_of(rows if said else (), index).items():
        article = index.articles[article_row]
        cells = cells_of(article, header)
        names_row = cells.naming(said, article)
        names_column = {word for name in cells.columns for word in naming(name, said, article)}
        above = _words_above(article, header, cells.columns)
        for sentence, number in sentences:
            row = article.blocks[number]
            of_row, of_column = names_row.get(row.start, set()), names_column
            if not of_row:
                continue
            if not of_column - of_row and _price(row, article):
                # "How much does the Heron 5 cost?" below "Price".
                of_column = {word for word in said if asks_for_money(word)}
            if not of_column - of_row and (nearest := _nearest_column(cells.columns, said - of_row, article, question)):
                of_column = nearest[1] or {question}
            if not of_column - of_row:
                continue
            rest = said - of_row - of_column - LIGHT
            if of_column & said:
                rest -= degree
            if _has_money(row, article):
                # "What does a tandem cost for a week?"
                rest = {word for word in rest if not asks_for_money(word)}
            if _is_known(rest, above, article):
                found.append((len(of_row), sentence))
    most = max((count for count, _ in found), default=0)
    named = [sentence for count, sentence in found if count == most]
    return named[0] if len(named) == 1 else None


def row_of_label(question: str, rows: Sequence[int], index: Index) -> int | None:
    """Return the one row, or entry, of labels and values whose label is all that a question asks for; None for none.

    "How heavy is it?" of "Weight | 5.4 kg" or "Net weight: 5.4 kg", "how many watts?" of "Power | 900 W", and "how
    high?" of "Dimensions (W × D × H) | 22 × 31 × 33 cm" where no row says that alone.

    Args:
        rows: the sentences that may be meant.
    """
    said = content_words(question) - LIGHT
    if (now := wording(question)).asks == "degree":
        # "How far" has a function word.
        said |= set(words(now.asked_by)[1:])
    # By how well the label fits: all of it is asked for, all but one word ("Net weight"), or three dimensions at once.
    fitting: tuple[list[int], list[int], list[int]] = ([], [], [])
    for sentence in rows if said else ():
        article_row, _, _, number = index.sentences[sentence].tolist()
        article = index.articles[article_row]
        label = words(_BRACKETS.sub(" ", label_of(sentence, index)))
        if not label:
            continue
        above = {word for text in (article.title, *article.headings(number)) for word in words(text)}
        for is_asked in (is_measured, is_within):
            of_label = {word for word in said if any(is_asked(word, one) for one in label)}
            rest = {word for word in said if not any(is_same(word, one, article) for one in label)} - of_label
            if not of_label or not _is_known(rest, above, article):
                continue
            besides = [
                one for one in label if not any(is_same(word, one, article) or is_asked(word, one) for word in said)
            ]
            if len(besides) <= (is_asked is is_measured):
                fitting[2 if is_asked is is_within else len(besides)].append(sentence)
    named = next((found for found in fitting if found), [])
    return named[0] if len(named) == 1 else None


def label_of(sentence: int, index: Index) -> str:
    """Return the label of a row, or of an entry "Weight: 5.4 kg", that has but one value; "" for another sentence."""
    article_row, _, _, number = index.sentences[sentence].tolist()
    article = index.articles[article_row]
    row = article.blocks[number]
    if row.kind == "row" and len(row.cells) == _LABEL_AND_VALUE and row.header != number:
        return str(article.text[row.cells[0].start : row.cells[0].end])
    if row.kind not in ("item", "line"):
        return ""
    label, colon, value = index.sentence_text(sentence).partition(":")
    return label if colon and value.strip() else ""


def row_gone_on_from(question: str, cited: Sequence[int], rows: Sequence[int], index: Index) -> int | None:
    """Return the row that the turn before cited, where a question asks for no other and only for a column of it.

    "How many left?" after "the jigsaw"; None where that is not told.

    Args:
        cited: the sentences that the turn before cited.
        rows: those that may be meant now.
    """
    said = content_words(question) - LIGHT
    if len(cited) != 1 or cited[0] not in rows:
        return None
    article_row, _, _, number = index.sentences[cited[0]].tolist()
    article = index.articles[article_row]
    row = article.blocks[number]
    if not has_columns(row, article):
        return None
    cells = cells_of(article, row.header)
    columns, names_row = cells.columns, cells.naming(said, article)
    of_row = names_row.get(row.start, set())
    if any(of_other - of_row for of_other in names_row.values()):
        return None
    of_column = {word for name in columns for word in naming(name, said, article)}
    is_told = bool(of_column)
    if not is_told and (nearest := _nearest_column(columns, said, article, question)):
        is_told, of_column = True, nearest[1]
    rest = said - of_column - of_row
    return cited[0] if is_told and _is_known(rest, _words_above(article, number, columns), article) else None


def _has_any(cell: Span, said: set[str], article: Article) -> bool:
    return any(is_same(word, one, article) for word in said for one in words_in(article, cell))


def _degree(question: str) -> set[str]:
    """Return the adjective of "how high is the price?", which a column that is named besides makes superfluous."""
    now = wording(question)
    return set(words(now.asked_by)[1:]) if now.asks == "degree" else set()


def _nearest_column(
    columns: Sequence[Sequence[str]], said: set[str], article: Article, question: str
) -> tuple[int, set[str]] | None:
    """Return the one column whose heading a question names in part, or by what it measures, and the words that do so.

    "How many?" of something is its stock, which no word names. None where several are as near.

    Args:
        said: the words that may name a column.
    """
    measured = [{word for word in said if any(is_measured(word, one) for one in name)} for name in columns]
    partly = [
        {word for word in said if any(len(one) >= _LETTERS and is_same(word, one, article) for one in name)}
        for name in columns
    ]
    for tier in (partly, measured):
        most = max((len(some) for some in tier), default=0)
        nearest = [(place, some) for place, some in enumerate(tier) if some and len(some) == most]
        if len(nearest) > 1:
            # "Price per day" beside "Price per week": "day" says nothing by itself.
            spoken = set(words(question))
            fits = {place: len(spoken.intersection(columns[place])) for place, _ in nearest}
            nearest = [one for one in nearest if fits[one[0]] == max(fits.values())]
        if nearest:
            return nearest[0] if len(nearest) == 1 else None
    stock = [place for place, name in enumerate(columns) if any(is_measured("stock", one) for one in name)]
    return (stock[0], set()) if len(stock) == 1 and COUNTS.search(fold(question.lower())) else None


def _may_answer(question: str, article: Article, cell: Span) -> bool:
    """Return whether a cell may say who, when or how many, where a question asks that: "sent by" does not say when."""
    kind, text = asked_in_words(question), article.text[cell.start : cell.end]
    if kind == "person":
        return any(character.isalpha() for character in text)
    if kind == "thing":
        # "What did she order?" does not ask when: "Ordered on".
        found = quantities_in(text.strip(), article.language)
        is_date = len(found) == 1 and any(part is not None for part in found[0].date)
        return not is_date or found[0].end - found[0].start < len(text.strip())
    if kind not in ("time", "number"):
        return True
    return any(character.isdigit() for character in text) or bool(days_in(text, article.language))


def _words_above(article: Article, block: int, columns: Sequence[Sequence[str]]) -> set[str]:
    """Return the words of the title, of the headings above a block, and of the columns."""
    above = {word for text in (article.title, *article.headings(block)) for word in words(text)}
    return above | {word for name in columns for word in name}


def _is_known(rest: set[str], above: set[str], article: Article) -> bool:
    return all(any(is_related(word, other, article) for other in above) for word in rest)


def sentences_of_table(sentence: int, index: Index) -> list[tuple[int, Block]]:
    """Return all rows of the table that a sentence is a row of, in order, as `rows_of_table` does."""
    article_row, _, _, number = index.sentences[sentence].tolist()
    return rows_of_table(index.articles[article_row].blocks[number].header, article_row, index)


def tables_of(rows: Sequence[int], index: Index) -> dict[tuple[int, int], list[tuple[int, int]]]:
    """Return those of some sentences that are rows, with their blocks: by the row of their article, and the header."""
    found: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for sentence, (article_row, _, _, number) in zip(rows, index.sentences[list(rows)].tolist(), strict=True):
        article = index.articles[article_row]
        if has_columns(article.blocks[number], article):
            found.setdefault((article_row, article.blocks[number].header), []).append((sentence, number))
    return found


def _price(row: Block, article: Article) -> Span | None:
    """Return the one cell of a row that is an amount of money, None where there is none or are several.

    The currency may stand in the column's name, "Price EUR": then a column that is named for money is taken.
    """
    found = [
        Span(cell.start, cell.end)
        for cell in row.cells
        if any(one.kind in CURRENCIES for one in quantities_in(article.text[cell.start : cell.end], article.language))
    ]
    if not found:
        columns = article.blocks[row.header].cells
        found = [
            Span(cell.start, cell.end)
            for cell, column in zip(row.cells, columns, strict=False)
            if cell.end > cell.start and any(map(asks_for_money, words_in(article, column)))
        ]
    return found[0] if len(found) == 1 else None


def _has_money(row: Block, article: Article) -> bool:
    """Return whether a cell of a row is an amount of money, or a number that may be one."""
    found = [quantities_in(article.text[cell.start : cell.end], article.language) for cell in row.cells]
    return any(len(one) == 1 and (one[0].kind in CURRENCIES or one[0].bare) for one in found)


def content_words(question: str) -> set[str]:
    """Return the words of a question that say what it asks for: "not" and "before" are among them."""
    said = words(question)
    known = FUNCTION_WORDS.get(question_language(said))
    if not known:
        return set(said)
    return {word for word in said if word not in known.all or word in known.excluding | known.before | known.after}


def are_about_different_things(row: int, other: int, index: Index) -> bool:
    """Return whether two sentences are rows of one table about different things, as their first cells say."""
    (first, _, _, of_first), (second, _, _, of_second) = index.sentences[[row, other]].tolist()
    article = index.articles[first]
    one, two = article.blocks[of_first], index.articles[second].blocks[of_second]
    if first != second or (one.kind, two.kind) != ("row", "row") or one.header != two.header:
        return False
    names = [article.text[block.cells[0].start : block.cells[0].end] if block.cells else "" for block in (one, two)]
    return names[0] != names[1]
