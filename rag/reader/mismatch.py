"""Rows and entries that are about another thing than a question asks for: another day, measure or name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from index import Index
from index.search.lexical import words
from rag.conversation.wording import wording
from rag.reader.cells import cells_of
from rag.reader.measure import asked_for, measures_otherwise, named
from rag.reader.quantity import days_in
from rag.reader.table import content_words, label_of, tables_of

# An entry up to its colon or its first number, and its first word.
_ENTRY = re.compile(r"\W*((\w+)[^\d:]*)")


def of_another_measure(question: str, rows: Sequence[int], index: Index) -> list[int]:
    """Return the rows and entries whose label names another measure than a question asks for: "Height" for "how wide?".

    And the sentences that say so of their values: "50 metres long" for "how deep?".

    Args:
        rows: the sentences that may be meant.
    """
    now = wording(question)
    measures = asked_for(words(now.asked_by)[1:] if now.asks == "degree" else ())
    if not measures:
        return []
    said, found = set(words(question)), []
    for row in rows:
        label = words(label_of(row, index))
        of_label = {measure for word in label for measure in named(word)}
        # "How long is it? No, the width."
        is_of_another = of_label and not of_label & measures and said.isdisjoint(label)
        language = index.language_and_beginning(int(index.sentences[row, 0]))[0]
        if is_of_another or (not label and measures_otherwise(index.sentence_text(row), language, measures)):
            found.append(row)
    return found


def of_another_name(question: str, rows: Sequence[int], index: Index) -> list[int]:
    """Return the rows that have a part of a name that no row has: of "Ada Reed", those of Ada Finch and of Tom Reed.

    Two words side by side that stand in one column, and nowhere in one row, are one name: not where one of them is the
    column's heading ("price entry adult") or all of a cell, which it then names by itself.

    Args:
        rows: the sentences that may be meant.
    """
    said, topical = words(question), content_words(question)
    pairs = [(one, other) for one, other in pairwise(said) if {one, other} <= topical and one != other]
    found = []
    for (article_row, header), sentences in tables_of(rows if pairs else (), index).items():
        article = index.articles[article_row]
        cells, beside = cells_of(article, header), set[int]()
        for one, other in pairs:
            first, second = cells.columns_with(one), cells.columns_with(other)
            either = [set().union(*some.values()) for some in (first, second)]
            may_be_name = any(
                not cells.is_heading((one, other), column, article)
                and not cells.has_alone(first[column] | second[column], column, article)
                for column in first.keys() & second.keys()
            )
            if may_be_name and not either[0] & either[1]:
                beside |= either[0] | either[1]
        found += [sentence for sentence, number in sentences if article.blocks[number].start in beside]
    return found


def of_another_day(question: str, rows: Sequence[int], index: Index, languages: Iterable[str]) -> list[int]:
    """Return the rows and entries that are about one day of the week, and a question asks for another.

    "When is it open on Saturday?" is not answered by "Sunday: 10 to 6", even where the table has no Saturday.

    Args:
        rows: the sentences that may be meant.
        languages: those that the question may be in.
    """
    asked = {day for language in languages for day in days_in(question, language)}
    found = []
    for sentence in rows if asked else ():
        article_row, _, _, number = index.sentences[sentence].tolist()
        article = index.articles[article_row]
        block = article.blocks[number]
        label = ""
        if block.kind in ("item", "line") and (entry := _ENTRY.match(index.sentence_text(sentence))):
            # "Saturday: 9 to 12", "Samstags geschlossen", and not "Register by Friday".
            label = entry[1] if days_in(entry[2], article.language) else ""
        if block.kind == "row" and block.cells:
            label = article.text[block.cells[0].start : block.cells[0].end]
        days = days_in(label, article.language)
        if days and not days & asked:
            found.append(sentence)
    return found
