"""Words → lines → columns, in the order that one reads them.

The page is cut where white space runs through it (XY-cut: Nagy & Seth 1984), with one difference: before a page is cut
across, its longest gutter is looked for, so that columns that stand beside each other are read to their end.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TypeAlias

from index.documents.pdf.pages import Layer, Word, is_rtl

# A gap, in widths of an em, that words of one line do not have between them, and columns have.
GUTTER = 0.85
_DEEPEST = 24
_MOST_GUTTERS = 60
# A level rule: its y, left and right.
Bar: TypeAlias = tuple[float, float, float]


@dataclass(slots=True)
class Line:
    """Words of one line, in order."""

    words: list[Word]
    page: int = 0
    left: float = 0.0
    right: float = 0.0
    top: float = 0.0
    bottom: float = 0.0
    base: float = 0.0
    size: float = 0.0

    def __post_init__(self) -> None:
        words = self.words
        self.left, self.right = min(w.left for w in words), max(w.right for w in words)
        self.top, self.bottom = min(w.top for w in words), max(w.bottom for w in words)
        weights: dict[float, int] = {}
        for word in words:
            weights[word.size] = weights.get(word.size, 0) + len(word.text)
        self.size = max(weights, key=lambda size: weights[size])
        longest = max((w for w in words if w.size == self.size), key=lambda w: len(w.text))
        self.base = longest.base

    @property
    def text(self) -> str:
        """The words, with a blank between those that are apart."""
        parts: list[str] = []
        for number, word in enumerate(self.words):
            if number and not joined(self.words[number - 1], word):
                parts.append(" ")
            parts.append(word.text)
        return "".join(parts)

    @property
    def letters(self) -> int:
        """How many characters its words have."""
        return sum(len(word.text) for word in self.words)

    @property
    def bold(self) -> bool:
        """Whether nearly all of it is bold."""
        return sum(len(w.text) for w in self.words if w.bold) > 0.8 * self.letters

    @property
    def mono(self) -> bool:
        """Whether nearly all of it is in a typewriter's font."""
        return sum(len(w.text) for w in self.words if w.mono) > 0.8 * self.letters

    @property
    def tag(self) -> str:
        """What the file says it is: "H1", "P", "TD"; "" for nothing."""
        return max(self.words, key=lambda w: len(w.text)).tag

    @property
    def element(self) -> int:
        """Which paragraph or list item of its page the file says that it begins in; 0 for none."""
        return self.words[0].element


def joined(before: Word, word: Word) -> bool:
    """Return whether there is no blank between two words of a line."""
    if word.glued and word.number == before.number + 1:
        return True
    gap = word.left - before.right
    if is_cjk(word.text) and is_cjk(before.text[-1:]) and gap < 0.4 * word.size:
        return True
    # A word that was drawn in two strokes.
    return (
        not word.raised
        and -0.2 * word.size < gap < 0.02 * word.size
        and word.number != before.number + 1
        and word.size == before.size
        and not is_rtl(word.text[0])
    )


def rows(words: Sequence[Word]) -> list[list[Word]]:
    """Return the words that stand at the same height, each row from left to right, from the top down."""
    found: list[tuple[float, float, list[Word]]] = []
    for word in sorted((w for w in words if not w.raised), key=lambda w: (w.base, w.left)):
        row = found[-1] if found else None
        if row and abs(word.base - row[0]) < 0.3 * min(row[1], word.size):
            row[2].append(word)
        else:
            found.append((word.base, word.size, [word]))
    for word in words:
        if word.raised:
            _raised_into(word, found)
    return [sorted(row, key=lambda w: w.left) for _, _, row in found]


def _raised_into(word: Word, found: list[tuple[float, float, list[Word]]]) -> None:
    """Put a superscript into the row below it that it stands in."""
    first = bisect_left(found, word.base, key=lambda row: row[0])
    # The row may begin with a word of another column that stands a little higher.
    for row in found[max(0, first - 1) : first + 3]:
        if -0.3 * row[1] < row[0] - word.base < 0.9 * row[1] and any(
            min(abs(w.right - word.left), abs(w.left - word.right)) < row[1] for w in row[2]
        ):
            row[2].append(word)
            return
    found.insert(first, (word.base, word.size, [word]))


def segments(row: Sequence[Word], gutter: float = GUTTER) -> list[Line]:
    """Return a row's parts between wide gaps."""
    parts: list[list[Word]] = []
    right = 0.0
    for word in row:
        if parts and word.left - right <= gutter * max(
            word.size, parts[-1][-1].size if not parts[-1][-1].raised else 0
        ):
            parts[-1].append(word)
        else:
            parts.append([word])
        right = max(right, word.right) if len(parts[-1]) > 1 else word.right
    return [Line(in_order(part)) for part in parts]


def in_order(words: list[Word]) -> list[Word]:
    """Return a line's words in the order that they are read: from the right where they are written so."""
    letters = "".join(word.text for word in words)
    if letters.isascii() or max(letters) < "\u0590":
        return words
    if 2 * sum(map(is_rtl, letters)) > sum(c.isalpha() for c in letters):
        # The file's own order knows which digits and foreign words are read from the left.
        return sorted(words, key=lambda w: w.number)
    return words


def columns(layer: Layer, obstacles: Sequence[Line] = ()) -> list[list[Line]]:
    """Return the columns of a page as lists of lines, in reading order; obstacles are lines too, such as a table's."""
    lines = [line for row in rows(layer.words) for line in segments(row)]
    found: list[list[Line]] = []
    bars = sorted(((r.top + r.bottom) / 2, r.left, r.right) for r in layer.rules if r.level and r.right - r.left > 40)
    _cut([*lines, *obstacles], bars, found, 0)
    return [_merged(column, obstacles) for column in found]


def _merged(column: list[Line], obstacles: Sequence[Line]) -> list[Line]:
    """Return a column's lines, the segments of one line put together."""
    kept = [line for line in column if any(line is o for o in obstacles)]
    words = [word for line in column if not any(line is o for o in kept) for word in line.words]
    whole = [Line(in_order(row)) for row in rows(words)]
    return sorted([*whole, *kept], key=lambda line: line.top if line in kept else line.base - 0.7 * line.size)


def _cut(lines: list[Line], bars: list[Bar], found: list[list[Line]], depth: int) -> None:
    if not lines:
        return
    lines.sort(key=lambda line: line.top)
    run = _gutter(lines, bars) if depth < _DEEPEST and len(lines) > 3 else None
    if run is None:
        found.append(lines)
        return
    x, top, bottom = run
    above = [line for line in lines if _middle(line) < top]
    below = [line for line in lines if _middle(line) > bottom]
    inside = [line for line in lines if top <= _middle(line) <= bottom]
    left = [line for line in inside if (line.left + line.right) / 2 < x]
    right = [line for line in inside if (line.left + line.right) / 2 >= x]
    rtl = sum(is_rtl(line.words[0].text[0]) for line in inside) > len(inside) / 2
    for part in (above, right, left, below) if rtl else (above, left, right, below):
        _cut(part, bars, found, depth + 1)


def _middle(line: Line) -> float:
    return (line.top + line.bottom) / 2


def _gutter(lines: list[Line], bars: list[Bar]) -> tuple[float, float, float] | None:
    """Return the gutter between columns that most lines stand beside: its x, and where it begins and ends."""
    best: tuple[float, tuple[float, float, float]] | None = None
    for x in _candidates(lines):
        run: list[Line] = []
        crossing = [y for y, left, right in bars if left + 1 < x < right - 1]
        bar = 0
        for line in [*lines, None]:
            barred = False
            while line is not None and bar < len(crossing) and crossing[bar] < _middle(line):
                bar += 1
                barred = True
            if line is not None and not barred and not line.left + 1 < x < line.right - 1:
                run.append(line)
                continue
            # Lines and rules that reach over the gutter end it.
            worth = _worth(run, x)
            if worth and (best is None or worth > best[0]):
                best = worth, (x, min(map(_middle, run)), max(map(_middle, run)))
            run = [line] if line is not None and barred and not line.left + 1 < x < line.right - 1 else []
    return best[1] if best else None


def _candidates(lines: list[Line]) -> list[float]:
    """Return where gutters may be: left of where lines begin, the most frequent first."""
    starts: dict[int, int] = {}
    for line in lines:
        starts[round(line.left / 3)] = starts.get(round(line.left / 3), 0) + 1
    likely = sorted(starts, key=lambda start: (-starts[start] - starts.get(start - 1, 0), start))[:_MOST_GUTTERS]
    first = min(line.left for line in lines)
    return [start * 3 - 3.5 for start in likely if start * 3 - 3.5 > first]


def _worth(run: list[Line], x: float) -> float:
    """Return how many lines stand beside a gutter; 0 if they are not columns of text."""
    left = [line for line in run if line.right <= x + 1]
    right = [line for line in run if line.left >= x - 1]
    if len(left) < 2 or len(right) < 2:
        return 0
    top = max(min(map(_middle, left)), min(map(_middle, right)))
    bottom = min(max(map(_middle, left)), max(map(_middle, right)))
    size = median(line.size for line in run)
    if bottom - top < 1.5 * size:
        return 0
    gap = min(line.left for line in right) - max(line.right for line in left)
    if gap < 0.6 * size:
        return 0
    sides = [[line for line in side if top - size <= _middle(line) <= bottom + size] for side in (left, right)]
    if min(map(len, sides)) < 2:
        return 0
    aligned = _aligned(*sides)
    prose = all(map(_is_prose, sides)) or _is_index(*sides)
    if aligned > 0.5 and not prose:
        return 0
    if aligned <= 0.5 and not prose and (min(map(len, sides)) < 3 or gap < 1.5 * size):
        return 0
    return min(len(sides[0]), len(sides[1])) + 0.01 * gap


def _aligned(left: list[Line], right: list[Line]) -> float:
    """Return which part of the side with fewer lines has a line at the same height beside it."""
    fewer, more = sorted((left, right), key=len)
    bases = sorted(line.base for line in more)
    hits = 0
    for line in fewer:
        at = bisect_left(bases, line.base - 0.15 * line.size)
        hits += at < len(bases) and bases[at] < line.base + 0.15 * line.size
    return hits / len(fewer)


def _is_prose(side: list[Line]) -> bool:
    """Return whether the lines of one side are text, most of them of several words, and not cells."""
    if len(side) < 3:
        return False
    side = _whole_lines(side)
    letters = sum(line.letters for line in side)
    wordy = 0
    for line in side:
        dense = is_cjk(line.words[0].text)
        if line.letters >= (8 if dense else 16) and (dense or len(line.words) >= 3):
            wordy += line.letters
    return wordy > 0.7 * letters


def _whole_lines(side: list[Line]) -> list[Line]:
    """Return the lines of one side as they were before wide gaps parted them, unless these are gaps between cells.

    In a narrow column of justified text, blanks are as wide as those between cells; but they do not stand below one
    another.
    """
    held = rows([word for line in side for word in line.words])
    if len(held) >= len(side) or len(held) < 3:
        return side
    begins = sorted({line.left for line in side})
    for x in begins[1 : 1 + _MOST_GUTTERS]:
        beside = [row for row in held if row[0].left < x - 1 and row[-1].right > x]
        crossed = sum(any(word.left + 1 < x - 0.5 < word.right - 1 for word in row) for row in beside)
        if len(beside) >= 3 and crossed <= 0.1 * len(beside):
            return side
    return [Line(in_order(row)) for row in held]


def _is_index(left: list[Line], right: list[Line]) -> bool:
    """Return whether two sides are columns of an alphabetical list: the right one goes on where the left one ends."""
    firsts = []
    for side in (left, right):
        edge = min(line.left for line in side)
        letters = [line.text[:1].casefold() for line in sorted(side, key=lambda line: line.top) if line.left < edge + 2]
        letters = [letter for letter in letters if letter.isalpha()]
        if len(letters) < 6:
            return False
        firsts.append(letters)
    pairs = [pair for letters in firsts for pair in pairwise(letters)]
    rising = sum(a <= b for a, b in pairs)
    # A table that is sorted by its first column begins anew in the second.
    return rising > 0.85 * len(pairs) and firsts[1][0] >= firsts[0][-1] and firsts[0][0] < firsts[1][-1]


def is_cjk(text: str) -> bool:
    """Return whether a text begins with a character of a script that is written without blanks."""
    return "\u3000" <= text[:1] <= "\u9fff" or "\uff00" <= text[:1] <= "\uffef"
