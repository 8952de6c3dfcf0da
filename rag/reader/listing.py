"""Lists that answer as a whole: "Which documents do I need?" asks for all entries below "Bring the following:".

The reader looks for one sentence. What it believes of a list it therefore divides among the entries; one entry alone
has most of it where only that one is asked about ("How much milk?").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from index import Index
from index.article import Article
from index.search.lexical import words
from rag.conversation.language import FUNCTION_WORDS, question_language
from rag.reader.cells import is_related, is_same
from rag.reader.quantity import CURRENCIES, asks_for_money, days_in, quantities
from rag.reader.question_kind import asked_in_words
from rag.reader.table import content_words, sentences_of_table

# Entries of a longer list are shown one by one, as any other sentence.
MOST_ENTRIES = 15
# An entry with more than this share of what its list has is asked about by itself. Of the lists in
# tests/rag/reader/test_listing.py the likeliest entry has 0.38 to 0.83 where the list is asked for, and 0.95 to 0.99
# where an entry is.
_ALONE = 0.9
# Letters of a word that may be a part of an entry's compound: "Ausweis", "Jahresausweis".
_PART_LETTERS = 4
# The first line of others is what they stand under if it has no more words, and neither a number nor a colon.
_HEAD_WORDS = 4
_INTRODUCES = (":", "：")


def entries_around(row: int, index: Index) -> list[int]:
    """Return the rows of the list that a sentence is an entry of, or introduces, in order; [] where there is none.

    Entries are list items of one level, or lines without a blank one between them. The sentence before them belongs to
    them if it ends with a colon.
    """
    article_row, _, _, block = index.sentences[row].tolist()
    article = index.articles[article_row]
    blocks = article.blocks
    if index.sentence_text(row).rstrip().endswith(_INTRODUCES) and blocks[block].kind == "paragraph":
        block = min(block + 1, len(blocks) - 1)
    kind = blocks[block].kind
    if kind not in ("item", "line"):
        return []
    first = last = block
    while first > 0 and _follows(article, first - 1, first):
        first -= 1
    while last + 1 < len(blocks) and _follows(article, last, last + 1):
        last += 1
    if last == first or last - first >= MOST_ENTRIES:
        return []
    start, end = index.first_rows[article_row : article_row + 2].tolist()
    of_block = index.sentences[start:end, 3]
    inside = np.flatnonzero((of_block >= first) & (of_block <= last))
    if len(np.unique(of_block[inside])) <= last - first:
        # Of a served index, only a part of the list may be there.
        return []
    rows = (start + inside).tolist()
    before = start + int(np.searchsorted(of_block, first)) - 1
    if before >= start and index.sentences[before, 3] == first - 1 and _introduces(article, first - 1):
        rows.insert(0, before)
    return rows if len(rows) <= MOST_ENTRIES + 1 else []


def listed(question: str, best: int, chances: Mapping[int, float], index: Index) -> list[int]:
    """Return the rows of the list that answers a question, with the sentence before it; [] where one sentence does.

    Args:
        best: the row of the sentence that most probably answers.
        chances: of the rows that were read, how probable it is that each is the one that answers.
    """
    rows = entries_around(best, index)
    if not rows or not all(row in chances for row in rows):
        return []
    together = sum(chances[row] for row in rows)
    entries = [row for row in rows if not index.sentence_text(row).rstrip().endswith(_INTRODUCES)]
    if names_head(question, rows[0], index):
        return rows
    if len(entries) < 2 or max(chances[row] for row in entries) > _ALONE * together:
        return []
    return [] if _named(question, entries, index) else rows


def names_head(question: str, row: int, index: Index) -> bool:
    """Return whether a question asks for nothing but what stands under a heading: "Welche Gebühren gibt es?"."""
    text = index.sentence_text(row)
    head, asked = set(words(text)), _topical(question)
    return bool(asked) and (_is_head(text) or text.rstrip().endswith(_INTRODUCES)) and head.issuperset(asked)


def entries_below(question: str, rows: Sequence[int], index: Index) -> list[int]:
    """Return the rows of the list or table below the heading that a question asks for, and for nothing else; else [].

    "Which light signals are there?", "List all fees", "What does admission cost?" of a list of amounts.

    Args:
        rows: the sentences that may be meant, likeliest first.
    """
    if asked_in_words(question) not in (None, "thing", "number"):
        return []
    said = words(question)
    known = FUNCTION_WORDS.get(question_language(said))
    listing = {word for phrase in known.listing for word in phrase} if known else set()
    asked = {word for word in said if not known or word not in known.all | listing}
    wants_money = any(asks_for_money(word) for word in asked)
    if asked_in_words(question) == "number" and not wants_money:
        # "How many light signals are there?"
        return []
    for row in rows if asked else ():
        article_row, _, _, number = index.sentences[row].tolist()
        article = index.articles[article_row]
        block, headings = article.blocks[number], article.headings(number)
        if block.kind not in ("item", "row") or not headings:
            continue
        heading = words(headings[-1])
        left = {word for word in asked if not any(is_related(word, other, article) for other in heading)}
        if len(left) == len(asked):
            continue
        entries = _rows_beside(row, index) if block.kind == "row" else entries_around(row, index)
        if not left or (all(map(asks_for_money, left)) and _have_money(entries, index)):
            return entries
    return []


def entry_named(question: str, rows: Sequence[int], index: Index) -> int | None:
    """Return the one entry, "Adults: 9 euros", that a question names together with the heading above; None for none.

    No word of the question is left: "admission adults", "what does admission cost for adults?" below "Admission", "when
    is the shop open on Wednesday?" below "Opening hours", where "Monday to Friday: 9 to 6" stands.

    Args:
        rows: the sentences that may be meant.
    """
    asks = asked_in_words(question)
    if asks not in (None, "thing", "number", "time"):
        return None
    asked = content_words(question)
    days = {word: some for word in asked for language in index.languages if (some := days_in(word, language))}
    found: list[tuple[int, int]] = []
    for row in rows if asked else ():
        article_row, _, _, number = index.sentences[row].tolist()
        article = index.articles[article_row]
        if article.blocks[number].kind not in ("item", "line"):
            continue
        label, colon, value = index.sentence_text(row).partition(":")
        if not colon or not value.strip():
            continue
        heads = {word for text in (*article.headings(number), article.title) for word in words(text)}
        label_days = days_in(label, article.language)
        if asks == "time" and not label_days:
            continue
        of_days = {word for word, some in days.items() if some <= label_days}
        of_label = of_days | {word for word in asked if any(is_same(word, other, article) for other in words(label))}
        of_heads = {word for word in asked - of_label if any(is_related(word, other, article) for other in heads)}
        rest = asked - of_label - of_heads
        if _have_money([row], index):
            rest = {word for word in rest if not asks_for_money(word)}
        if of_label and of_heads and not rest:
            found.append((len(of_label), row))
    most = max((count for count, _ in found), default=0)
    named = [row for count, row in found if count == most]
    return named[0] if len(named) == 1 else None


def _rows_beside(row: int, index: Index) -> list[int]:
    """Return the rows of the table that a sentence is a row of, [] where they are too many or not all there."""
    rows = [sentence for sentence, _ in sentences_of_table(row, index)]
    return rows if 1 < len(rows) <= MOST_ENTRIES and min(rows) >= 0 else []


def _have_money(rows: Sequence[int], index: Index) -> bool:
    """Return whether most sentences have an amount of money."""
    having = 0
    for row in rows:
        article, _, start, end = index.locate(row)
        having += any(one.kind in CURRENCIES for one in quantities(article.text[start:end], article.language))
    return 2 * having > len(rows)


def _topical(question: str) -> list[str]:
    said = words(question)
    known = FUNCTION_WORDS.get(question_language(said))
    return [word for word in said if len(word) >= _PART_LETTERS and not (known and word in known.all)]


def _named(question: str, entries: Sequence[int], index: Index) -> bool:
    """Return whether a question names some entries by words that the others have not."""
    asked = _topical(question)
    texts = [index.sentence_text(row) for row in entries]
    # "Fees" above "Annual card: 20 euros" is a heading.
    texts = [" ".join(words(text)) for text in texts[1 if _is_head(texts[0]) else 0 :]]
    return any(0 < sum(word in text for text in texts) < len(texts) for word in asked)


def _is_head(entry: str) -> bool:
    return len(words(entry)) <= _HEAD_WORDS and not any(one.isdigit() or one in ":：|" for one in entry)


def _follows(article: Article, block: int, after: int) -> bool:
    """Return whether two blocks, one after the other, are entries of one list."""
    one, other = article.blocks[block], article.blocks[after]
    if one.kind != other.kind or one.kind not in ("item", "line") or one.level != other.level:
        return False
    return one.kind == "item" or article.text.count("\n", one.end, other.start) < 2


def _introduces(article: Article, block: int) -> bool:
    one = article.blocks[block]
    return one.kind in ("paragraph", "line") and article.text[one.start : one.end].rstrip().endswith(_INTRODUCES)
