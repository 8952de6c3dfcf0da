"""Offsets into a text as a data file has it → offsets into it as an article keeps it."""

from __future__ import annotations

import unicodedata

from index import Span
from index.article import normalise


def in_normalised(raw: str, clean: str, span: Span) -> Span:
    r"""Return where a part of a text stands after `index.article.normalise`.

    Where the part begins or ends within what becomes one character (a letter and its accent, "\r\n"), the whole of it
    belongs to the part.

    Args:
        raw: the text that `span` is of.
        clean: `normalise(raw)`.
    """
    if raw == clean:
        return span
    start, end = span.start, span.end
    while start > 0 and not _may_cut(raw, clean, start):
        start -= 1
    while end < len(raw) and not _may_cut(raw, clean, end):
        end += 1
    return Span(len(normalise(raw[:start])), len(normalise(raw[:end])))


def _may_cut(raw: str, clean: str, at: int) -> bool:
    # The first test is implied by the second, and spares it a thousand times in a thousand accents on one letter.
    return not unicodedata.combining(raw[at]) and normalise(raw[:at]) + normalise(raw[at:]) == clean
