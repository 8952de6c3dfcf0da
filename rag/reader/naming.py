"""What a message names, and which candidate that makes the likeliest: nothing can be wrong with what stands there.

A keyword and the sentence with it, a table's row and column, a heading and the list below it, something and what is
said of it. Each function takes the probabilities of the candidates, raises that of what is named to NAMED at least, and
returns the place of the best one, or the places.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from index import Index
from index.models.encoder import FloatArray
from index.place import Span
from index.search.lexical import stems, words
from rag.conversation.language import FUNCTION_WORDS, question_language
from rag.conversation.query import Query
from rag.conversation.wording import wording
from rag.reader.evidence import SentenceEvidence
from rag.reader.listing import MOST_ENTRIES, entries_below, entry_named, listed, names_head
from rag.reader.mismatch import of_another_measure, of_another_name
from rag.reader.quantity import Quantity, quantities, same
from rag.reader.question_kind import asked_in_words
from rag.reader.selection import has_bound, not_stated, selected
from rag.reader.superlative import adjective_in, row_of_extreme, says
from rag.reader.table import (
    are_about_different_things,
    content_words,
    label_of,
    row_gone_on_from,
    row_named,
    row_of_label,
)
from rag.retrieval.retriever import Candidates, cited_rows

# A message of so many words, without an interrogative, is a search for them.
_MOST_KEYWORDS = 1
# Quantities that are no amounts of something.
_NO_AMOUNTS = frozenset({"count", "date", "time", "weekday"})
# How probable it is at least that a sentence answers what names it: above any bar that answers as often as not.
NAMED = 0.5
ALMOST = np.float32(1 - 1e-6)


def keywords(asked: str) -> set[str]:
    """Return the words of a message that is a search for them, none where it is something else."""
    said = set(words(asked))
    known = FUNCTION_WORDS.get(question_language(words(asked)))
    if len(said) > _MOST_KEYWORDS or asked_in_words(asked) is not None or (known and said & known.all):
        return set()
    return said


def best_named(
    asked: str,
    probabilities: FloatArray,
    evidence: SentenceEvidence,
    candidates: Candidates,
    index: Index,
    cited: Sequence[int] = (),
    silent: Sequence[int] = (),
) -> int:
    """Return the likeliest candidate, which is the one with the keyword, or the table's row, that is asked for.

    Args:
        cited: the sentences that the turn before cited, for a question that goes on from there.
        silent: the places of candidates that do not say what is asked for (`silent_rows`).
    """
    probabilities[list(silent)] = 0
    said = keywords(asked)
    read = np.flatnonzero(evidence.read).tolist()
    naming = [place for place in read if said and said <= words_of(place, candidates, index)]
    if naming:
        best = max(naming, key=lambda place: float(probabilities[place]))
        probabilities[best] = max(float(probabilities[best]), NAMED)
        return best
    if amount := amount_asked_about(asked):
        having = _having(amount, read, candidates, index)
        best = max(having or read, key=lambda place: float(probabilities[place]))
        if having:
            probabilities[best] = max(float(probabilities[best]), NAMED)
        elif not _having(amount, range(len(candidates.rows)), candidates, index):
            # What another amount is for is not asked.
            probabilities[read] = 0
        return best
    rows = candidates.rows.tolist()
    row = row_named(asked, rows, index)
    row = entry_named(asked, rows, index) if row is None else row
    of_label = row_of_label(asked, rows, index) if row is None else None
    row = of_label if row is None else row
    best = next((place for place in read if candidates.rows[place] == row), -1)
    if row is None and (row := row_gone_on_from(asked, cited, rows, index)) is not None:
        # Of a long table, it need not be in a passage that was read.
        best = rows.index(row)
    if row is None or best < 0 or best in silent:
        return int(probabilities.argmax())
    probabilities[best] = max(float(probabilities.max()), NAMED)
    for place in read:
        other = int(candidates.rows[place])
        is_label = of_label is not None and other != row and bool(label_of(other, index))
        if is_label or are_about_different_things(row, other, index):
            probabilities[place] = 0.0
    return best


def amount_asked_about(asked: str) -> Quantity | None:
    """Return the amount that a question is about, and about nothing else: "what are the 90 euros for?"; or None."""
    now = wording(asked)
    values = [one for one in quantities(asked, now.language) if one.kind not in _NO_AMOUNTS]
    if not now.asks or now.asks == "number" or len(values) != 1 or not now.content:
        return None
    [value] = values
    inside = all(value.start <= token.start and token.end <= value.end for token in now.content)
    return value if inside else None


def _having(amount: Quantity, places: Sequence[int], candidates: Candidates, index: Index) -> list[int]:
    """Return which of some candidates have an amount."""
    found = []
    for place in places:
        row = int(candidates.rows[place])
        language = index.language_and_beginning(int(index.sentences[row, 0]))[0]
        said = quantities(index.sentence_text(row), language)
        if any(one.kind == amount.kind and same(one, amount) for one in said):
            found.append(place)
    return found


def list_named(
    asked: str,
    best: int,
    probabilities: FloatArray,
    evidence: SentenceEvidence,
    candidates: Candidates,
    index: Index,
) -> list[int]:
    """Return the places of the list that answers as a whole, in its order; [] where one sentence answers."""
    place_of = {int(candidates.rows[place]): int(place) for place in np.flatnonzero(evidence.read)}
    chances = {row: float(probabilities[place]) for row, place in place_of.items()}
    row = int(candidates.rows[best])
    below = entries_below(asked, candidates.rows.tolist(), index)
    if below and all(one in place_of for one in below):
        places = [place_of[one] for one in below]
        likeliest = max(places, key=lambda place: float(probabilities[place]))
        probabilities[likeliest] = max(float(probabilities[likeliest]), NAMED)
        return places
    places = [place_of[one] for one in listed(asked, row, chances, index)]
    if places and names_head(asked, int(candidates.rows[places[0]]), index):
        probabilities[best] = max(float(probabilities[best]), NAMED)
    return places


def extreme_named(
    query: Query, probabilities: FloatArray, candidates: Candidates, index: Index
) -> tuple[list[int], Span | None] | None:
    """Return the places of the table's rows that a question for the most or the least compares, and the short answer.

    The row that has it comes first and is made the likeliest; None where no such row is asked for, or a sentence says
    by itself which it is.
    """
    rows = candidates.rows.tolist()
    asked = query.read_as if query.is_about else query.asked
    found = row_of_extreme(asked, rows, index, query.in_context)
    if found is None or found.row not in rows or row_named(asked, rows, index) is not None:
        return None
    adjective, likeliest = adjective_in(asked), int(probabilities.argmax())
    if (
        adjective
        and probabilities[likeliest] >= NAMED
        and rows[likeliest] not in found.compared
        and says(adjective, index.sentence_text(rows[likeliest]))
    ):
        return None
    best = rows.index(found.row)
    others = [rows.index(row) for row in found.compared if row in rows and row != found.row]
    # What the reader believes of the other rows is not that they have the most.
    probabilities[best] = max(float(probabilities[best]), NAMED)
    probabilities[others] = 0.0
    # Of a longer table, the row is shown by itself, and where no short answer says which one it is.
    return [best, *(others if found.short and len(others) < MOST_ENTRIES else [])], found.short


def rows_named(query: Query, probabilities: FloatArray, candidates: Candidates, index: Index) -> list[int]:
    """Return the places of the table's rows that a question selects, in order, and make them likely; [] for none."""
    rows = candidates.rows.tolist()
    found = selected(query.asked, rows, index, goes_on=bool(query.in_context or query.cited_before))
    # "Over 100" names no "box of 100".
    is_one = not has_bound(query.asked) and row_named(query.asked, rows, index) is not None
    if not found or not set(found) <= set(rows) or is_one:
        return []
    places = [rows.index(row) for row in found]
    likeliest = max(places, key=lambda place: float(probabilities[place]))
    probabilities[likeliest] = max(float(probabilities[likeliest]), NAMED)
    return places


def silent_rows(query: Query, candidates: Candidates, index: Index) -> list[int]:
    """Return the places of a table's rows that do not say what a question would have reckoned or compared."""
    rows = candidates.rows.tolist()
    silent = {*not_stated(query.read_as, rows, index), *of_another_measure(query.asked, rows, index)}
    silent.update(of_another_name(query.asked, rows, index))
    cited = cited_rows(query, index)
    # "Over 100" does not name the "box of 100".
    if silent and not query.is_about and not has_bound(query.asked):
        silent.discard(row_named(query.asked, rows, index))
    if len(cited) == 1 and not (query.of_others or query.beyond or content_words(query.asked)):
        # "How many?" after a row is of no other.
        silent.update(row for row in rows if are_about_different_things(cited[0], row, index))
    return [place for place, row in enumerate(rows) if row in silent]


def best_about(
    query: Query,
    probabilities: FloatArray,
    evidence: SentenceEvidence,
    candidates: Candidates,
    index: Index,
    silent: Sequence[int] = (),
) -> int:
    """Return the candidate that says most of something, and give it the highest probability.

    One that names it, if any does, and that one is sure enough. Else that one of them says something of it, the reader
    tells; which one, it and the retriever together (benchmarks/about.py).

    Args:
        silent: the places of candidates that do not say what is asked for (`silent_rows`).
    """
    probabilities[list(silent)] = 0
    may = evidence.read.copy()
    may[list(silent)] = False
    said = set(index.question_stems(query.read_as))
    of_language = {index.articles[row].language for row in index.sentences[candidates.rows, 0].tolist()}
    naming = np.asarray(
        [
            one and said <= {stem for word in words_of(place, candidates, index) for stem in stems(word, of_language)}
            for place, one in enumerate(may.tolist())
        ],
        np.bool_,
    )
    odds = np.log(np.maximum(probabilities, np.finfo(np.float32).tiny)) - np.log1p(-np.minimum(probabilities, ALMOST))
    best = int(np.where(naming if naming.any() else may, odds + candidates.scores, -np.inf).argmax())
    probabilities[best] = max(float(probabilities.max()), NAMED if naming.any() else 0.0)
    return best


def words_of(place: int, candidates: Candidates, index: Index) -> set[str]:
    """Return the words of a candidate, folded."""
    return set(words(index.sentence_text(int(candidates.rows[place]))))
