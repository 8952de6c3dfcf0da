"""Two editions of one text: the same sentences, but for what has changed since ("not allowed", "allowed if announced").

Sentences of two texts that have little in common may both be right: about two huts, two meetings. Of two editions one
sentence stands in the place of the other, whatever it says, and a question that the one answers is answered by the
other too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from index import Article, Index, Span
from index.search.lexical import fold

# Two titles are those of editions if this share of all their words, but for numbers, is in both.
_SHARED_TITLE = 0.6
# So many headings of both are alike, and half of those that the one with fewer has; a word of so many letters is no
# article or preposition.
_SAME_HEADINGS, _LONG = 3, 5
# Sentences of at least so many words that both texts have, and of each how many are looked at.
_SAME_SENTENCES, _LEAST_WORDS, _MOST_SENTENCES = 2, 5, 400
# Sentences stand for each other if so many words, and this share of the shorter one's, are the same in order.
_SAME_WORDS, _SHARED_WORDS = 3, 0.6
# Of the words behind what differs, so many are shown with it.
_MOST_AFTER = 2
_WORD = re.compile(r"[^\W\d_]+|\d+(?:[.,:]\d+)*")


@dataclass(frozen=True, slots=True)
class Change:
    """Where two sentences that stand for each other differ first, half-open offsets in each sentence."""

    mine: Span
    theirs: Span


def are_editions(index: Index, one: int, other: int) -> bool:
    """Return whether two articles, by their rows, are editions of one text: by their titles or by what both say.

    An amendment has the headings of what it amends, and its title some word of that one's.
    """
    first, second = index.articles[one], index.articles[other]
    if first.id == second.id or first.language != second.language:
        return False
    mine, theirs = _title_words(first), _title_words(second)
    if mine and theirs and len(mine & theirs) >= _SHARED_TITLE * len(mine | theirs):
        return True
    topics = _headings(first), _headings(second)
    alike = len(topics[0] & topics[1])
    if any(len(word) >= _LONG for word in mine & theirs) and alike >= max(_SAME_HEADINGS, min(map(len, topics)) / 2):
        return True
    return len(_sentences(index, one) & _sentences(index, other)) >= _SAME_SENTENCES


def change(mine: str, theirs: str) -> Change | None:
    """Return what stands in the place of what, from where two sentences differ; None unless most words are the same.

    A sentence that only says more, or less, changes nothing.
    """
    ours, others = list(_WORD.finditer(mine)), list(_WORD.finditer(theirs))
    matcher = SequenceMatcher(None, [fold(w.group()) for w in ours], [fold(w.group()) for w in others], autojunk=False)
    same = sum(block.size for block in matcher.get_matching_blocks())
    if same < max(_SAME_WORDS, _SHARED_WORDS * min(len(ours), len(others))):
        return None
    replaced = [(a, b, c, d) for tag, a, b, c, d in matcher.get_opcodes() if tag == "replace"]
    if not replaced:
        return None
    first, last = replaced[0], replaced[-1]
    after = len(ours) - last[1]
    # "Not allowed" says more than "not".
    more = after if after == len(others) - last[3] and after <= _MOST_AFTER else 0
    return Change(
        Span(ours[first[0]].start(), ours[last[1] + more - 1].end()),
        Span(others[first[2]].start(), others[last[3] + more - 1].end()),
    )


def _title_words(article: Article) -> set[str]:
    # A first line that is no sentence is a letter's or a notice's head.
    has_head = article.is_titled or article.title[-1:].isalnum()
    return {fold(w) for w in _WORD.findall(article.title) if not w[0].isdigit()} if has_head else set()


def _headings(article: Article) -> set[str]:
    """Return the headings without their numbers, folded."""
    texts = (article.text[block.start : block.end] for block in article.blocks if block.kind == "heading")
    found = {" ".join(fold(w) for w in _WORD.findall(text) if not w[0].isdigit()) for text in texts}
    return found - {""}


def _sentences(index: Index, article_row: int) -> set[str]:
    first, end = index.first_rows[article_row : article_row + 2].tolist()
    texts = (fold(index.sentence_text(row)) for row in range(first, min(end, first + _MOST_SENTENCES)))
    return {text for text in texts if len(_WORD.findall(text)) >= _LEAST_WORDS}
