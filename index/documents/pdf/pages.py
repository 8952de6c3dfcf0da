"""Messages of the program `pdfium` → pages with words."""

from __future__ import annotations

import math
import re
import sys
import unicodedata
from array import array
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import Any

from index.text_bounds import nfc

INVISIBLE = 3
_BOLD = re.compile(r"bold|black|heavy|semibold|demi(?!-?light)|[-,]bd\b|cmbx|sfbx|medi\b", re.IGNORECASE)
_MONO = re.compile(r"mono|courier|consol|typewriter|menlo|cmtt|sftt|inconsolata|sourcecode|fixed", re.IGNORECASE)
_SUPERSCRIPT = str.maketrans("0123456789+-()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿ")
_LIGATURES = {chr(code): unicodedata.normalize("NFKC", chr(code)) for code in (*range(0xFB00, 0xFB07),)}


@dataclass(slots=True)
class Word:
    """A word with its box, in points; x grows along the line, y from line to line, however the page is turned.

    Attributes:
        base: where the line stands that the word is written on.
        number: its place in the file's own order.
        glued: whether nothing parts it from the word before it in the file's order.
        shown: its box on the page as it is shown: left, top, right, bottom.
        raised: whether it is a superscript.
        element: which paragraph or list item of the page it is in, as its tag says; 0 for none.
    """

    text: str
    left: float
    top: float
    right: float
    bottom: float
    base: float
    size: float
    bold: bool
    mono: bool
    tag: str
    number: int
    glued: bool
    shown: tuple[float, float, float, float]
    raised: bool = False
    element: int = 0


@dataclass(slots=True)
class Rule:
    """A straight line, or a rectangle's edge."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def level(self) -> bool:
        """Whether it is horizontal."""
        return self.right - self.left >= self.bottom - self.top


@dataclass(slots=True)
class Layer:
    """The words of a page that are written in one direction; `width` and `height` are the page's in that direction."""

    turn: int
    width: float
    height: float
    words: list[Word]
    rules: list[Rule]


@dataclass(slots=True)
class Page:
    """A page: `layers` has the main direction of writing first.

    Attributes:
        number: counted from 1.
        characters: how many there are but blanks.
        unmapped: how many of them have no Unicode.
        invisible: how many of them are not drawn: OCR's.
        pictured: the part of the page that the largest picture covers, 0 to 1.
        drawn: whether there is anything on it.
    """

    number: int
    width: float
    height: float
    layers: list[Layer] = field(default_factory=list)
    characters: int = 0
    unmapped: int = 0
    invisible: int = 0
    pictured: float = 0.0
    drawn: bool = False
    error: str = ""


def read_page(message: dict[str, Any], blob: bytes) -> Page:
    """Return the page that a message is about."""
    if "error" in message:
        return Page(message["page"], 0.0, 0.0, error=message["error"])
    page = Page(message["page"], message["width"], message["height"])
    count = message["characters"]
    text = blob[: 4 * count].decode("utf-32-le" if sys.byteorder == "little" else "utf-32-be", "replace")
    places, kinds = array("f"), array("H")
    places.frombytes(blob[4 * count : 28 * count])
    kinds.frombytes(blob[28 * count :])
    page.unmapped = message["unmapped"]
    area = page.width * page.height
    page.pictured = max(((b[2] - b[0]) * (b[3] - b[1]) for b in message["pictures"]), default=0.0) / area if area else 0
    page.drawn = bool(message["objects"])
    styles = message["styles"]
    visible = Counter(kinds)
    page.invisible = sum(n for kind, n in visible.items() if styles and styles[kind][6] == INVISIBLE)
    page.characters = sum(1 for c in text if not c.isspace())
    turns = _turns(text, places, kinds, styles)
    rules = [Rule(*box) for box in message["rules"]]
    for turn, indexes in sorted(turns.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        # Aslant: a watermark, where there is anything else.
        if turn == _ASLANT and page.layers:
            continue
        layer = _layer(turn, indexes, text, places, kinds, styles, page)
        layer.rules = [_turned_rule(rule, turn, page.width, page.height) for rule in rules] if not page.layers else []
        if layer.words:
            page.layers.append(layer)
    _add_values(page, message["values"])
    return page


def _add_values(page: Page, values: list[tuple[str, tuple[float, float, float, float]]]) -> None:
    """Add what stands in form fields to a page's words."""
    if not values:
        return
    if not page.layers:
        page.layers.append(Layer(0, page.width, page.height, [], []))
    words = page.layers[0].words
    if page.layers[0].turn:
        return
    number = max((word.number for word in words), default=0) + 2
    usual = median(word.size for word in words) if words else 10.0
    for value, (left, top, right, bottom) in values:
        texts = nfc(value).split()
        lines = max(1, round((bottom - top) / (1.8 * usual)))
        width = (right - left) / max(1, sum(len(text) + 1 for text in texts))
        base = bottom - 0.3 * usual if lines == 1 else top + usual
        at = left
        for text in texts:
            box = (at, top, min(right, at + width * len(text)), bottom)
            words.append(Word(text, *box, base, usual, False, False, "", number, False, box))
            at += width * (len(text) + 1)
            number += 1
        number += 1
        page.characters += len(value)


_ASLANT = 4


def _turns(text: str, places: array[float], kinds: array[int], styles: list[list[Any]]) -> dict[int, list[int]]:
    """Return the characters of each direction of writing: 0 to 3 quarter turns clockwise, or aslant."""
    directions = []
    for style in styles:
        quarter = round(style[4] / 90)
        directions.append(quarter % 4 if abs(style[4] - 90 * quarter) < 12 else _ASLANT)
    found: dict[int, list[int]] = {}
    turn = 0
    for index, kind in enumerate(kinds):
        if not math.isnan(places[6 * index + 4]):
            turn = directions[kind]
        found.setdefault(turn, []).append(index)
    upright = found.get(0, [])
    if _is_vertical(upright, text, places):
        found[1] = sorted(found.get(1, []) + upright)
        del found[0]
    return found


def _is_vertical(indexes: list[int], text: str, places: array[float]) -> bool:
    """Return whether East Asian characters stand below one another."""
    down = across = 0
    for a, b in pairwise(indexes):
        if _is_wide(text[a]) and _is_wide(text[b]):
            dx = abs(places[6 * b + 4] - places[6 * a + 4])
            dy = places[6 * b + 5] - places[6 * a + 5]
            if dx < 0.5 * abs(dy):
                down += dy > 0
            elif abs(dy) < 0.5 * dx:
                across += 1
    return down > 10 and down > 3 * across


def _turned(x: float, y: float, turn: int, width: float, height: float) -> tuple[float, float]:
    if turn == 1:
        return y, width - x
    if turn == 2:
        return width - x, height - y
    if turn == 3:
        return height - y, x
    return x, y


def _turned_rule(rule: Rule, turn: int, width: float, height: float) -> Rule:
    x, y = _turned(rule.left, rule.top, turn, width, height)
    u, v = _turned(rule.right, rule.bottom, turn, width, height)
    return Rule(min(x, u), min(y, v), max(x, u), max(y, v))


def _layer(
    turn: int,
    indexes: list[int],
    text: str,
    places: array[float],
    kinds: array[int],
    styles: list[list[Any]],
    page: Page,
) -> Layer:
    flat = turn in (0, _ASLANT)
    width, height = (page.width, page.height) if turn % 2 == 0 else (page.height, page.width)
    words: list[Word] = []
    word: Word | None = None
    glued = False
    looks = [
        (style[2] >= 600 or bool(_BOLD.search(style[0])) or bool(style[3] & 1 << 18), _is_mono(style))
        for style in styles
    ]
    drawn: dict[tuple[str, int, int], int] = {}
    sizes = _sizes(styles)
    for index in indexes:
        character = text[index]
        at = 6 * index
        # The blanks that pdfium puts into turned text are often wrong.
        if turn in (1, 2, 3) and character in " \r\n" and not _is_wide(text[index - 1]):
            continue
        if math.isnan(places[at + 4]) or character.isspace() or character in "\x00\u00ad\u200b\ufeff":
            if character == "\u00ad" or character == "\x02":
                character = "-"
            else:
                word, glued = None, False
                continue
        # pdfium's mark for a hyphen that it takes for one at a line's end.
        character = "-" if character in "\x02\ufffe" else _LIGATURES.get(character, character)
        left, top, right, bottom, x, y = places[at : at + 6]
        shown = left, top, right, bottom
        # Bold by drawing twice; but a ligature is letters at one place, one after the other.
        key = character, round(x), round(y)
        if drawn.get(key, index) < index - 1 and character.isalnum():
            continue
        drawn[key] = index
        if character > "\u02ff" and words and unicodedata.combining(character):
            words[-1].text += character
            continue
        if not flat:
            u, v = _turned(left, top, turn, page.width, page.height)
            left, top = _turned(right, bottom, turn, page.width, page.height)
            left, right, top, bottom = min(u, left), max(u, left), min(v, top), max(v, top)
            x, y = _turned(x, y, turn, page.width, page.height)
        style = kinds[index]
        size = sizes[style] or max(1.0, bottom - top)
        bold, mono = looks[style]
        # A font that is not in the file has no boxes: characters that stand below one another are as high as wide.
        if turn == 1 and _is_wide(character) and right - left < 0.3 * size:
            left, right, shown = x - size, x, (shown[0], places[at + 5] - size, shown[2], places[at + 5])
        if word is not None:
            raised = size < 0.85 * word.size and 0.14 * word.size < word.base - y < 0.9 * word.size
            sunk = word.size < 0.85 * size and 0.14 * size < y - word.base < 0.9 * size
            gap = left - word.right
            wide = max(size, word.size)
            # Also the E of TeX, and indexes.
            same = abs(y - word.base) < (0.2 if gap > 0.1 * wide else 0.42) * wide
            if (raised or sunk) and -0.3 * wide < gap < 0.4 * wide:
                word, glued = None, True
            elif (
                not same
                or gap > (0.7 if turn in (0, _ASLANT) else 0.17) * wide
                or (gap < -1.2 * wide and not is_rtl(character))
            ):
                word, glued = None, False
            elif bold != word.bold and character.isalnum() and len(word.text) > 1:
                word, glued = None, True
        if word is None:
            tag, element = styles[style][5], styles[style][7]
            word = Word(
                character, left, top, right, bottom, y, size, bold, mono, tag, len(words), glued, shown, False, element
            )
            words.append(word)
            glued = False
        else:
            word.text += character
            # Comparisons, for min and max would take a third of the time of all reading.
            if left < word.left:
                word.left = left
            if right > word.right:
                word.right = right
            if top < word.top:
                word.top = top
            if bottom > word.bottom:
                word.bottom = bottom
            if not flat:
                a = word.shown
                word.shown = (min(a[0], shown[0]), min(a[1], shown[1]), max(a[2], shown[2]), max(a[3], shown[3]))
    for word in words:
        if not word.text.isascii():
            word.text = nfc(word.text)
        if flat:
            word.shown = word.left, word.top, word.right, word.bottom
    for before, word in zip([None, *words], words, strict=False):
        _raise(word, before, words[word.number + 1] if word.number + 1 < len(words) else None)
    return Layer(turn % 4, width, height, words, [])


def _sizes(styles: list[list[Any]]) -> list[float]:
    """Return the styles' sizes; OCR guesses its own from each word's height, so nearly the same ones are made one."""
    seen = sorted(style[1] for style in styles if style[6] == INVISIBLE)
    usual = seen[len(seen) // 2] if seen else 0.0
    return [usual if s[6] == INVISIBLE and abs(s[1] - usual) < 0.25 * usual else s[1] for s in styles]


def _raise(word: Word, before: Word | None, after: Word | None) -> None:
    """Mark a superscript, and write it so that it can be told from what it stands at.

    A mark of a note after a word gets a blank before it: "finden ¹". An exponent stays where it is: "m²", "10⁶".
    """
    if len(word.text) > 5:
        return
    at = None
    for other in (before, after):
        if (
            other
            and word.size < 0.85 * other.size
            and 0.14 * other.size < other.base - word.base < 0.9 * other.size
            and max(word.left - other.right, other.left - word.right) < 0.6 * other.size
        ):
            at = other
            break
    if at is None:
        return
    word.raised = True
    if not re.fullmatch(r"[0-9+\-()n,]+", word.text) or word.text == "n":
        return
    word.text = word.text.translate(_SUPERSCRIPT)
    stem = before.text if at is before and before else ""
    exponent = stem[-1:].isdigit() or (stem[-1:].isalpha() and len(re.sub(r"^.*[\W\d]", "", stem)) <= 2)
    if at is before and exponent:
        word.glued = True
    else:
        word.glued = False
        if after is not None and after.glued:
            after.glued = False


def _is_mono(style: list[Any]) -> bool:
    return (bool(style[3] & 1) and not _is_cjk_font(style[0])) or bool(_MONO.search(style[0]))


def _is_cjk_font(name: str) -> bool:
    return bool(re.search(r"ryumin|gothic|mincho|song|ming|kai|hei|batang|dotum|gulim", name, re.IGNORECASE))


def _is_wide(character: str) -> bool:
    return "\u3000" <= character <= "\u9fff" or "\uff00" <= character <= "\uffef"


def is_rtl(character: str) -> bool:
    """Return whether a character is of a script that is written from right to left."""
    return "\u0590" <= character <= "\u08ff" or "\ufb1d" <= character <= "\ufefc"
