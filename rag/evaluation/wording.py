"""Where an article says what a file of questions quotes, and where a quotation and the article part."""

from __future__ import annotations

import unicodedata

from index.lexical import words
from rag.evaluation.answers import UNSPACED
from rag.evaluation.json_source import shown

# Of a quotation's words: with fewer alike, where they part is chance.
_ALIKE = 0.6
_SHOWN_BEFORE, _SHOWN_AFTER = 30, 20


def places(article_text: str, text: str) -> list[int]:
    """Return where a text begins in an article, each time.

    Within words ("Rat" in "Rathaus") it counts only where it is nowhere by itself. In scripts that write no blanks,
    each character is a word.
    """
    found = []
    at = article_text.find(text)
    while at >= 0:
        found.append(at)
        at = article_text.find(text, at + 1)
    whole = [at for at in found if _parts_words(article_text, at) and _parts_words(article_text, at + len(text))]
    return whole or found


def parting(article_text: str, text: str) -> str:
    """Say up to where an article says the same as a text, as a wrong dash is hard to see; "" for too little alike."""
    enough = max(1, _ALIKE * len(words(text)))
    for length in range(len(text) - 1, 0, -1):
        if not _parts_words(text, length):
            continue
        same = text[:length]
        if len(words(same)) < enough:
            break
        for at in places(article_text, same):
            end = at + length
            if _parts_words(article_text, at) and _parts_words(article_text, end):
                after = article_text[end : end + _SHOWN_AFTER]
                return f"after {shown(_last_words(same))} it {f'goes on {shown(after)}' if after else 'ends'}"
    return ""


def _last_words(text: str) -> str:
    start = max(0, len(text) - _SHOWN_BEFORE)
    return text[next(at for at in range(start, len(text) + 1) if _parts_words(text, at)) :].lstrip()


def _parts_words(text: str, at: int) -> bool:
    """Whether no word goes on across an offset."""
    return not (0 < at < len(text) and all(_joins(character) for character in text[at - 1 : at + 1]))


def _joins(character: str) -> bool:
    # Letters, the marks that belong to them, and digits; of scripts without blanks, none.
    return unicodedata.category(character)[0] in "LMN" and not UNSPACED.match(character)
