"""What is no text, whatever it is for: a run of more combining marks than any script writes.

Unicode's normalisation sorts the marks behind a letter, in a time that grows with the square of their number: 108 kB
of them took 4 s. So a text from outside is looked at here before it is normalised.
"""

from __future__ import annotations

import unicodedata
from functools import cache

from index.errors import ArticleError

# Unicode's stream-safe format (UAX 15) allows as many; Hebrew with points and accents needs 4.
MAX_MARKS = 30
# The code of the error below.
OF_MARKS = "article-of-marks"


def nfc(text: str) -> str:
    """Return an article's text, or a part of it, in Unicode's normalisation form C.

    Raises:
        ArticleError: it has more than MAX_MARKS combining marks in a row.
    """
    if has_mark_run(text):
        raise of_marks("the text")
    return unicodedata.normalize("NFC", text)


def of_marks(name: str) -> ArticleError:
    """Return the error for a text of that name that has more than MAX_MARKS combining marks in a row."""
    return ArticleError(
        f"{name} has more than {MAX_MARKS} combining marks in a row. Expected text; remove them.",
        OF_MARKS,
        name=name,
        most=MAX_MARKS,
    )


def has_mark_run(text: str) -> bool:
    """Return whether a text has more than MAX_MARKS combining marks in a row; linear in its length."""
    if text.isascii():
        return False
    # Every run that is too long has one of these places in it.
    step = MAX_MARKS + 1
    marks = {character for character in set(text[::step]) if _is_mark(character)}
    return bool(marks) and any(
        text[place] in marks and _run_at(text, place) > MAX_MARKS for place in range(0, len(text), step)
    )


def _run_at(text: str, place: int) -> int:
    """Return how many marks in a row there are around a place, of MAX_MARKS on either side."""
    first = last = place
    while first > max(0, place - MAX_MARKS) and _is_mark(text[first - 1]):
        first -= 1
    while last < min(len(text), place + MAX_MARKS + 1) and _is_mark(text[last]):
        last += 1
    return last - first


@cache
def _is_mark(character: str) -> bool:
    """Return whether a character is a mark, or is sorted as one after it is taken apart (a half-width dakuten)."""
    if unicodedata.category(character) in ("Mn", "Me") or unicodedata.combining(character):
        return True
    return unicodedata.combining(unicodedata.normalize("NFKD", character)[0]) > 0
