"""How text is read: a View, with a map back to the article's text as it stands.

Encoder, BM25 and reader see the view. Soft hyphens and word joiners are dropped, words broken at a line's end are
joined, the blanks of justified text are one, a table's cells stand behind their column's name, what is said in a chat
is in quotation marks, so that who says "I" is the speaker before it, and a passage stands behind its article's title
and the headings above it. What is cited is the article's own text.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.article import Article, hyphenated
from index.place import Span
from index.splitting.entries import said_from

# A soft hyphen (with the line's end behind it), a word joiner, a zero-width blank: nothing to be read.
_DROPPED = "\u00ad\u2060\u200b\ufeff"
# "ﬁ" and the like, one character each: nobody writes them in a question.
_LIGATURES = "\ufb00-\ufb06"
# Between the title and the headings that a stretch of text stands under.
UNDER = " › "
# Between a row's cells: "Fahrzeug: Zoe, Fahrer: Nina". Of 43 questions to five tables, 29 get the right short answer
# so, and 26 with bars between.
BETWEEN_CELLS = ", "
# Of each title or heading that a passage is read under, and of the innermost headings: a line, not a page.
MOST_CHARACTERS = 100
MOST_HEADINGS = 3
# Words that a hyphen at a line's end stands before without breaking a word: "Haupt-\nund Nebenstraße".
_JOINS = "und|oder|bzw|sowie|bis|als|and|or|to|et|ou|y|o|e"
_PATTERN = re.compile(
    rf"[{_DROPPED}]+(?:[^\S\n]*\n[^\S\n]*)?"
    rf"|(?<=\w)[-\u2010][^\S\n]*\n[^\S\n]*(?=\w)(?!(?:{_JOINS})\b)"
    rf"|[{_LIGATURES}]|[^\S ]\s*|[ ]\s+"
)
_WORD = re.compile(r"\w+")
# A row of Markdown's with bars on both sides, and the bars between its cells.
_BARRED = re.compile(r"\s*\|[^\S\n]*+(\S|\S[^\n]*[^\s\\])[^\S\n]*\|\s*")
_BAR = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True, slots=True)
class View:
    """A text to read, and where each of its characters stands in the article.

    Attributes:
        text: as it is read.
        offsets: of each character in `Article.text`, and of the end, shape (len(text) + 1,). What is inserted has the
            offset of what follows it, so that its own stretch of the article is empty.
    """

    text: str
    offsets: npt.NDArray[np.int64]

    def spans(self, spans: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return half-open offsets in the article for some in the view, shape (n, 2) each."""
        starts = self.offsets[spans[:, 0]]
        # Behind the last character: a hyphen that is left out belongs to no word.
        ends = np.where(spans[:, 1] > spans[:, 0], self.offsets[np.maximum(spans[:, 1] - 1, 0)] + 1, starts)
        # Inserted text has none of the article's.
        inserted = self.offsets[np.maximum(spans[:, 1] - 1, 0)] == self.offsets[np.minimum(spans[:, 1], len(self.text))]
        return np.column_stack([starts, np.where(inserted, starts, np.maximum(ends, starts))])

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Return where a stretch of the article stands in the view, as half-open offsets."""
        first, last = np.searchsorted(self.offsets, [start, end], side="left").tolist()
        # What is inserted before the stretch has the same offset as its first character, which stands last.
        return int(np.searchsorted(self.offsets, start, side="right") - 1 if first < last else first), int(last)


def read_text(text: str) -> str:
    """Return a stretch of an article as it is shown, without the map: a short answer, or a sentence.

    A row of a table in Markdown, which is a sentence, is shown without the bars around it, as other tables' rows are.
    """
    start, end = within_bars(text)
    if end - start < len(text):
        text = " | ".join(cell.strip() for cell in _BAR.split(text[start:end]))
    return "".join(piece for piece, _, _ in _pieces(text, 0, lambda: hyphenated(text)))


def within_bars(text: str) -> tuple[int, int]:
    """Return half-open offsets of a sentence without the bars around a row of Markdown's; all of any other."""
    row = _BARRED.fullmatch(text)
    return row.span(1) if row else (0, len(text))


def view_of(article: Article, start: int, end: int, *, under: str = "") -> View:
    """Return a stretch of an article as it is read.

    Args:
        start, end: half-open offsets, those of whole sentences.
        under: what it is read under, as `above` returns it.
    """
    pieces: list[str] = []
    offsets: list[npt.NDArray[np.int64]] = []

    def insert(text: str, at: int) -> None:
        pieces.append(text)
        offsets.append(np.full(len(text), at, np.int64))

    if under:
        insert(f"{under}: ", start)
    at = start
    for number in range(article.block_at(start), len(article.blocks)):
        block = article.blocks[number]
        if block.start >= end:
            break
        if block.header == number and at < block.start:
            # The rows below have the names of their columns before each cell.
            continue
        if at < block.start:
            insert("\n\n" if "\n\n" in article.text[at : block.start] else "\n", block.start)
        at = max(block.start, start)
        first = True
        for cell, label in _labels(article, number):
            if at <= cell.start < end:
                if not first:
                    insert(BETWEEN_CELLS, at)
                insert(label, cell.start)
                at, first = min(cell.end, end), False
                _copy(article, cell.start, at, pieces, offsets)
        said = block.start + said_from(article.text[block.start : block.end]) if block.kind == "line" else block.start
        is_said = at < said < end
        if is_said:
            _copy(article, at, said, pieces, offsets)
            insert('"', said)
            at = said
        stop = min(block.end, end)
        if not first and not _WORD.search(article.text, at, stop):
            # What ends the row is no more read than what divides its cells.
            at = stop
            continue
        _copy(article, at, stop, pieces, offsets)
        at = stop
        if is_said and stop == block.end:
            insert('"', stop)
    if at == start:
        _copy(article, start, end, pieces, offsets)
    return View("".join(pieces), np.concatenate([*offsets, np.asarray([end], np.int64)]))


def above(article: Article, block: int) -> str:
    """Return what a block is read under: "Title › Heading"; a title that says nothing new is left out."""
    found = [heading[:MOST_CHARACTERS] for heading in article.headings(block)[-MOST_HEADINGS:]]
    if article.is_titled and article.title.casefold() not in (heading.casefold() for heading in found):
        found.insert(0, article.title[:MOST_CHARACTERS])
    return UNDER.join(found)


def _labels(article: Article, number: int) -> list[tuple[Span, str]]:
    """Return a row's cells, empty ones left out, each with the name of its column as it stands before the cell."""
    row = article.blocks[number]
    if row.kind != "row" or row.header in (-1, number):
        return []
    # Made one by one: a short row below a wide header needs few of them.
    names = (" ".join(read_text(article.text[c.start : c.end]).split()) for c in article.blocks[row.header].cells)
    # A row may have more cells than the header names.
    named = zip(row.cells, itertools.chain(names, itertools.repeat("")), strict=False)
    return [(cell, f"{name}: " if name else "") for cell, name in named if cell.end > cell.start]


def _copy(article: Article, start: int, end: int, pieces: list[str], offsets: list[npt.NDArray[np.int64]]) -> None:
    for piece, first, last in _pieces(article.text[start:end], start, lambda: article.hyphenated):
        pieces.append(piece)
        count = len(piece)
        offsets.append(np.arange(first, first + count) if last - first == count else np.full(count, first, np.int64))


def _pieces(part: str, start: int, known: Callable[[], frozenset[str]]) -> list[tuple[str, int, int]]:
    """Return the pieces of a text as they are read, each with the half-open offsets that it stands for.

    Args:
        start: where the text begins in the article.
        known: returns the words that keep a hyphen where they are broken (`Article.hyphenated`); it looks at a whole
            article, so it is called where a word is broken only.
    """
    found: list[tuple[str, int, int]] = []
    at = 0
    for match in _PATTERN.finditer(part):
        if match.start() > at:
            found.append((part[at : match.start()], start + at, start + match.start()))
        replaced = _replacement(match, part, known)
        if replaced:
            # A blank or a hyphen stands for the first of what it replaces, the letters of a ligature for all of it.
            found.append((replaced, start + match.start(), start + match.start() + 1))
        at = match.end()
    if at < len(part):
        found.append((part[at:], start + at, start + len(part)))
    return found


def _replacement(match: re.Match[str], part: str, known: Callable[[], frozenset[str]]) -> str:
    written = match.group()
    if written[0] in _DROPPED:
        return ""
    if "\ufb00" <= written[0] <= "\ufb06":
        return unicodedata.normalize("NFKC", written)
    if written[0] not in "-\u2010":
        return " "
    begin = match.start()
    while begin and part[begin - 1].isalnum():
        begin -= 1
    before, after = part[begin : match.start()], _WORD.match(part, match.end())
    if not before or not after or not after.group()[0].islower() or before[-1].isdigit():
        return "-"
    # "deutsch-\nfranzösisch", where the article writes it so elsewhere.
    return "-" if f"{before}-{after.group()}" in known() else ""
