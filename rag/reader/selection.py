"""The rows of a table that a question selects: "what costs over 100?", "list all suppliers", "which are from Makron?".

Each row is shown as it is, and nothing is reckoned: what would have to be (a sum, an average) is declined, as is what a
table of which a part is missing may have. Where a question counts ("how many hand tools?"), the rows that are counted
answer.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from index import Index
from index.place import Block
from index.search.lexical import fold, words
from rag.conversation.language import question_language
from rag.reader.cells import LEAST_ROWS, MEANS, SUMS, is_same
from rag.reader.comparison import Table, about, of_kind, tables, topics
from rag.reader.listing import MOST_ENTRIES
from rag.reader.measure import is_measured, kinds_asked
from rag.reader.measure import kinds as kinds_named
from rag.reader.quantity import CURRENCIES, Quantity, asks_for_money, comparable, quantities
from rag.reader.question_kind import asked_in_words
from rag.reader.superlative import Adjective, adjective_in, is_superlative, says
from rag.reader.table import COUNTS, LIGHT

_LISTED = tomllib.loads(Path(__file__).with_name("selections.toml").read_text(encoding="utf-8"))


def _whole(listed: str) -> str:
    return rf"(?<![a-z])(?:{listed})(?![a-z])"


_BETWEEN = rf"\W*(?:(?:{_LISTED['bounds']['between']})\W+)*[€$£¥]?\s*\Z"
_BEFORE, _AFTER = (
    {
        sign: re.compile(pattern)
        for sign, pattern in (
            (name.removesuffix("_after"), rf"\A\s*(?:{words})" if is_after else rf"{_whole(words)}{_BETWEEN}")
            for name, words in _LISTED["bounds"].items()
            if name not in ("than", "between") and name.endswith("_after") == is_after
        )
    }
    for is_after in (False, True)
)
_THAN = re.compile(rf"{_whole(_LISTED['bounds']['than'])}{_BETWEEN}")
_POUNDS = re.compile(r"pounds?$")
_TRUE, _FALSE = (frozenset(_LISTED["truth"][name].split()) for name in ("yes", "no"))
_NONE = re.compile(_whole(_LISTED["none"]["words"]))
_DENIED = re.compile(_whole(f"{_LISTED['none']['words']}|{_LISTED['truth']['denied']}"))
_EVERY = re.compile(_whole(_LISTED["reckoned"]["every"]))
_LIST, _ROWS = (re.compile(_whole(_LISTED["every"][name])) for name in ("list", "rows"))


@dataclass(frozen=True, slots=True)
class _Bound:
    """What a number says of a column's values.

    Attributes:
        sign: "above", "least", "below", "most", "earlier" or "later".
        value: with the half-open offsets of the number in the folded question.
        said: the folded question without it.
        kinds: of which the values are, as an adjective says ("cheaper than 100"); none where there is none.
    """

    sign: str
    value: Quantity
    said: str
    kinds: frozenset[str]


def selected(question: str, rows: Sequence[int], index: Index, *, goes_on: bool = False) -> list[int]:
    """Return the sentences of the rows that a question selects from a table, in order; [] where it selects none.

    They are at most as many as a list has that is shown as a whole, and the whole table is at hand.

    Args:
        rows: the sentences whose tables may be meant, likeliest first.
        goes_on: whether the question goes on from the turn before: "which supplier?" is then one of something.
    """
    folded = fold(question.lower())
    if asked_in_words(question) == "yes or no" or _reckoned(folded) or _compares(question):
        return []
    bound = _bound(folded)
    for table in tables(rows, index):
        if len(table.rows) < LEAST_ROWS or not table.is_whole:
            continue
        if bound:
            found = _fulfilling(bound, table)
        else:
            found = (
                _without(folded, table)
                or _holding(question, folded, table)
                or _in_column(question, folded, table, goes_on=goes_on)
            )
        if found:
            return found if len(found) <= MOST_ENTRIES else []
    return []


def has_bound(question: str) -> bool:
    """Return whether a question says a number with a bound: "over 100", "before 1990"."""
    return _bound(fold(question.lower())) is not None


def not_stated(question: str, rows: Sequence[int], index: Index) -> list[int]:
    """Return the rows, and entries, that do not say what would have to be reckoned, compared or counted.

    "Average price?", "the heaviest boat", "what costs over 100?": one row is none of it, unless it says so itself
    ("Total | 340"), the heading of its column does ("Highest level"), or the question names that row alone. For
    questions that neither `row_of_extreme` nor `selected` answers.

    Args:
        rows: the sentences that may answer.
    """
    folded = fold(question.lower())
    compares, bound, reckons = _compares(question), _bound(folded), _reckoned(folded)
    counts = bool(COUNTS.search(folded))
    if not (compares or bound or reckons or counts) or asked_in_words(question) == "yes or no":
        return []
    found: list[int] = []
    if reckons and _EVERY.search(folded):
        found += [row for row in rows if _is_one_of_all(reckons, row, index)]
    for table in tables(rows, index):
        numeric = table.numeric()
        if len(table.rows) < LEAST_ROWS or not numeric:
            continue
        silent = [row for row in rows if (int(index.sentences[row, 0]), _block(row, index).header) == table.key]
        header = table.article.blocks[table.key[1]]
        heading = table.article.text[header.start : header.end]
        if bound:
            # Of too many rows none is the answer.
            every = bool(_fulfilling(bound, table))
            silent = [row for row in silent if every or not _may_fulfil(bound, row, table, index)]
        elif compares:
            said = topics(compares.pattern.sub(" ", folded))
            silent = [] if says(compares, heading) else _but_the_one_named(said, silent, table)
            silent = [row for row in silent if not says(compares, index.sentence_text(row))]
        elif reckons:
            said = topics(reckons.sub(" ", folded))
            is_named = reckons.search(fold(heading.lower())) and not _EVERY.search(folded)
            silent = [] if is_named else _but_the_one_named(said, silent, table)
            silent = [row for row in silent if not reckons.search(fold(index.sentence_text(row).lower()))]
        elif not _counts_rows(question, table):
            silent = []
        found += silent
    return found


def _compares(question: str) -> Adjective | None:
    """Return the adjective in the superlative of a question, None where there is none."""
    adjective = adjective_in(question)
    return adjective if adjective and is_superlative(question, adjective) else None


def _block(row: int, index: Index) -> Block:
    article, _, _, number = index.sentences[row].tolist()
    block: Block = index.articles[article].blocks[number]
    return block


def _reckoned(folded: str) -> re.Pattern[str] | None:
    """Return what says that a question asks for an average, or for a sum; None where it asks for neither."""
    return next((pattern for pattern in (MEANS, SUMS) if pattern.search(folded)), None)


def _is_one_of_all(reckons: re.Pattern[str], row: int, index: Index) -> bool:
    """Return whether an entry or a line says one of the values that a sum of all would be of, and not that sum.

    "Total of all orders" is not in '"KW-17", "total": 56.90', and may be in "Total: 340".
    """
    said = fold(index.sentence_text(row).lower()).lstrip("-*#|•\"'{[ ")
    return _block(row, index).kind in ("code", "line", "item") and not reckons.match(said) and not _EVERY.search(said)


def _but_the_one_named(said: set[str], rows: list[int], table: Table) -> list[int]:
    """Return some rows of a table without the one that is named, if only one is."""
    part, _ = about(table, {word for word in said if not asks_for_money(word)} - LIGHT)
    named = [sentence for sentence, _ in part.rows]
    return [row for row in rows if len(named) > 1 or row not in named]


def _counts_rows(question: str, table: Table) -> bool:
    """Return whether a question asks how many rows, or values of a column of names, a table has."""
    said = {word for word in topics(question) if not _is_list_word(word)} - LIGHT
    part, left = about(table, said)
    named = part.named(set(words(question)))
    return bool(named) and not left and not any(column in part.numeric() for column in named)


def _bound(folded: str) -> _Bound | None:
    """Return what a folded question says by a number with a bound; None where there is none, or are several."""
    found: list[_Bound] = []
    for value in quantities(folded, question_language(words(folded)) or "en"):
        before, after = folded[: value.start], folded[value.end :]
        start, end, kinds = value.start, value.end, frozenset[str]()
        if value.kind == "mass" and _POUNDS.search(folded[:end]) and any(map(asks_for_money, words(folded))):
            # "Cost less than 15 pounds".
            value = replace(value, kind="sterling", values=value.number)
        # "No more than" begins before "more than".
        bounds = [(match.start(), one) for one, pattern in _BEFORE.items() if (match := pattern.search(before))]
        sign = ""
        if bounds:
            start, sign = min(bounds)
        elif sign := next((one for one, pattern in _AFTER.items() if pattern.match(after)), ""):
            match = _AFTER[sign].match(after)
            end += match.end() if match else 0
        elif (adjective := adjective_in(before)) and (than := _THAN.search(before)):
            # "Cheaper than 100".
            compared = adjective.pattern.search(before)
            if compared and compared.start() < than.start() and not before[compared.end() : than.start()].strip():
                sign, start, kinds = "above" if adjective.highest else "below", compared.start(), adjective.kinds
        if sign and not (sign in ("earlier", "later") and value.date[0] is None):
            found.append(_Bound(sign, value, f"{folded[:start]} {folded[end:]}", kinds))
    return found[0] if len(found) == 1 else None


def _fulfilling(bound: _Bound, table: Table) -> list[int]:
    """Return the rows of a table whose value is within a bound; [] where it is not told which column is meant."""
    said = {word for word in topics(bound.said) if not _is_list_word(word)} - LIGHT
    kinds = _kinds_asked(bound, said)
    if "price" in kinds and bound.value.bare:
        # "What is admission under 14?" is hardly asked of amounts.
        table = replace(table, above=frozenset())
    part, left = about(table, {word for word in said if not asks_for_money(word)})
    numeric = part.numeric()
    fitting = [column for column, values in numeric.items() if _fits(bound, values, part.columns[column])]
    named = [column for column in part.named(set(words(bound.said))) if column in fitting]
    if not named and kinds:
        named = [column for column in fitting if of_kind(numeric[column], kinds, part.columns[column])]
    elif not named and (not bound.value.bare or bound.value.date[0] is not None or len(numeric) == 1):
        named = fitting
    if not named and not kinds and bound.value.bare and not about(replace(table, above=frozenset()), said)[1]:
        # "Admission under 14" is of ages.
        named = _only_prices(bound, fitting, part)
    if left or len(named) != 1:
        return []
    return [part.rows[place][0] for place, value in numeric[named[0]].items() if _is_within(bound, value)]


def _only_prices(bound: _Bound, fitting: Sequence[int], part: Table) -> list[int]:
    """Return the one column of prices, where a bare number is compared with nothing named: "bikes under 500"."""
    if bound.sign in ("earlier", "later") or bound.value.date[0] is not None:
        return []
    return [column for column in fitting if "price" in kinds_named(part.columns[column])]


def _kinds_asked(bound: _Bound, said: set[str]) -> frozenset[str]:
    """Return of which kinds the values are that a bound and some words of a question ask for; none where any may be."""
    if bound.value.kind in CURRENCIES:
        return frozenset({"price"})
    own = frozenset({bound.value.kind}) if bound.value.kind != "count" else frozenset()
    return own or bound.kinds or kinds_asked(said)


def _may_fulfil(bound: _Bound, row: int, table: Table, index: Index) -> bool:
    """Return whether a row may answer a question with a bound: it says that number, or has no value of that kind."""
    article, _, start, end = index.locate(row)
    kinds = _kinds_asked(bound, topics(bound.said))
    if any(bound.value.number & one.number for one in quantities(article.text[start:end], article.language)):
        return True
    numeric = table.numeric()
    fitting = [
        column
        for column, values in numeric.items()
        if _fits(bound, values, table.columns[column]) and (not kinds or of_kind(values, kinds, table.columns[column]))
    ]
    place = next((place for place, (sentence, _) in enumerate(table.rows) if sentence == row), -1)
    return not fitting or any(
        place in numeric[column] and _is_within(bound, numeric[column][place]) for column in fitting
    )


def _fits(bound: _Bound, values: dict[int, Quantity], heading: Sequence[str]) -> bool:
    """Return whether a column's values can be compared with a bound's."""
    value = next(iter(values.values()))
    is_year, of_years = bound.value.date[0] is not None, value.date[0] is not None
    if is_year or of_years or bound.sign in ("earlier", "later"):
        return is_year and of_years
    if bound.value.kind in CURRENCIES and value.bare:
        return "price" in kinds_named(heading)
    return comparable(bound.value, value)


def _is_within(bound: _Bound, value: Quantity) -> bool:
    limit = bound.value
    if value.date[0] is not None:
        one, other = float(value.date[0]), float(limit.date[0] or 0)
    else:
        one, other = (
            max(of.values if value.kind == limit.kind else of.number, default=float("nan")) for of in (value, limit)
        )
    if bound.sign in ("above", "later"):
        return one > other
    if bound.sign in ("below", "earlier"):
        return one < other
    return one >= other if bound.sign == "least" else one <= other


def _without(folded: str, table: Table) -> list[int]:
    """Return the rows that have 0 of what a question says there is none of: "what is out of stock?"."""
    match = _NONE.search(folded)
    if match is None:
        return []
    said = topics(f"{folded[: match.start()]} {folded[match.end() :]}")
    said = {word for word in said if not _is_list_word(word)} - LIGHT
    part, left = about(table, said)
    numeric = {
        column: values
        for column, values in part.numeric().items()
        if all(value.bare and value.values for value in values.values())
        and "price" not in kinds_named(part.columns[column])
    }
    columns = [column for column in part.named(set(words(folded))) if column in numeric] or [
        column for column in numeric if any(is_measured(word, one) for word in said for one in part.columns[column])
    ]
    if left or len(columns) != 1:
        return []
    return [part.rows[place][0] for place, value in numeric[columns[0]].items() if max(value.values) == 0]


def _holding(question: str, folded: str, table: Table) -> list[int]:
    """Return the rows that have a yes, or a no, in the column that a question names: "which are (not) in stock?"."""
    if asked_in_words(question) not in (None, "thing", "person", "number"):
        return []
    said = topics(_DENIED.sub(" ", folded))
    part, left = about(table, {word for word in said if not _is_list_word(word)} - LIGHT)
    columns = [column for column in part.named(set(words(folded))) if _says_whether(column, table)]
    if left or len(columns) != 1 or len(part.rows) < LEAST_ROWS:
        return []
    sought = _FALSE if _DENIED.search(folded) else _TRUE
    return [sentence for sentence, row in part.rows if fold(part.text(row, columns[0])) in sought]


def _says_whether(column: int, table: Table) -> bool:
    """Return whether the cells of a column only say whether something holds."""
    texts = {fold(table.text(row, column)) for _, row in table.rows} - {""}
    return bool(texts) and texts <= _TRUE | _FALSE


def _in_column(question: str, folded: str, table: Table, *, goes_on: bool) -> list[int]:
    """Return a row for each value of the column that a question asks for all of, or the rows with a value it names."""
    counts, kind = bool(COUNTS.search(folded)), asked_in_words(question)
    if kind not in (None, "thing", "person", "number") or (kind == "number" and not counts):
        return []
    said = {word for word in topics(question) if not _is_list_word(word)} - LIGHT
    if counts and said and all(_ROWS.fullmatch(word) for word in said):
        return [sentence for sentence, _ in table.rows]
    part, left = about(table, said)
    if left or not said:
        return []
    columns = part.named(set(words(question)))
    if len(part.rows) < len(table.rows):
        may_be = kind != "person" or bool(columns)
        return [sentence for sentence, _ in part.rows] if may_be and _share_a_cell(said, part, kind) else []
    asks_all = _EVERY.search(folded) or (not goes_on and (counts or _LIST.search(folded)))
    if len(columns) != 1 or not asks_all or (columns[0] in part.numeric() and not _EVERY.search(folded)):
        return []
    first: dict[str, int] = {}
    for sentence, row in part.rows:
        if text := part.text(row, columns[0]):
            first.setdefault(fold(text), sentence)
    return list(first.values())


def _share_a_cell(said: set[str], part: Table, kind: str | None) -> bool:
    """Return whether the rows that a question names have the cells in common that it names them by.

    "Which lamps are open?" names two, and a bare "power tools" one that has no other words.
    """
    if len(part.rows) < LEAST_ROWS:
        return False
    names_row = part.cells.naming(said, part.article)
    naming = set().union(*(names_row.get(row.start, ()) for _, row in part.rows))
    found: set[str] = set()
    others = 0
    for column in range(len(part.columns)):
        first = fold(part.text(part.rows[0][1], column))
        cell = words(first) if all(fold(part.text(row, column)) == first for _, row in part.rows) else []
        here = {word for word in naming if any(is_same(word, one, part.article) for one in cell)}
        found |= here
        others += max(0, len(cell) - len(here)) if here else 0
    return bool(naming) and found == naming and (kind is not None or not others)


def _is_list_word(word: str) -> bool:
    return bool(_LIST.fullmatch(word) or _EVERY.fullmatch(word))
