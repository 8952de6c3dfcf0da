"""Numbers in a text, read as numbers: "1.204", "1,204", "1 204" and "zwölfhundertvier" are all 1204.

What a mark means depends on who wrote it: 1.204 is twelve hundred in German and little more than one in English. A
number therefore has every reading that its digits allow, and two numbers are the same where they share one. Numbers in
words are read by text2num (Danish, Dutch, English, French, German, Italian, Portuguese, Spanish), those in Chinese
characters here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any

# Languages whose number words text2num reads.
SPOKEN = frozenset("da de en es fr it nl pt".split())
# Written between groups of three digits: blanks (also thin and unbreakable ones) and apostrophes.
_GAP = r"[ \u00a0\u2009\u202f'’]"
_DIGITS = re.compile(
    rf"""(?<!\d)(?:
    (?P<year_first>\d{{4}})-(?P<month>\d\d?)-(?P<day>\d\d?)(?!\d)
    | (?P<first>\d\d?)(?P<mark>[./])\ ?(?P<second>\d\d?)(?P=mark)\ ?(?P<year>\d{{4}})(?!\d)
    | (?P<grouped>(?<!\d[.,])\d{{1,3}}(?:{_GAP}\d{{3}})+(?!\d)(?:[.,]\d+(?![.,]?\d))?)
    | (?P<plain>\d+(?:[.,]\d+)*)
    )""",
    re.VERBOSE,
)
_GROUPS = re.compile(r"\d{1,3}(?:\d{3})+|\d{1,3}(?:[.,]\d{2})*[.,]\d{3}|\d{1,3}(?:[.,]\d{3})+")
_TOKEN = re.compile(r"[^\W\d]+(?:[-'’][^\W\d]+)*|\d+|[^\w\s]")
# Abbreviations that text2num does not know.
_SHORT_SCALE = {"mio": 10**6, "mill": 10**6, "mrd": 10**9, "md": 10**9, "bn": 10**9, "tsd": 1000}
# "Zweieinhalb", with any ending, and "anderthalb" are one word in German. Elsewhere the half stands behind its number.
_GERMAN_COUNT = {
    word: count
    for count, spelt in enumerate(
        "ein zwei drei vier fünf|fuenf|funf sechs sieben acht neun zehn elf zwölf|zwoelf".split(), 1
    )
    for word in spelt.split("|")
}
_GERMAN_HALF = re.compile(rf"\b(?:({'|'.join(_GERMAN_COUNT)})einhalb|anderthalb)\w{{0,2}}\b", re.IGNORECASE)
_AND_A_HALF = re.compile(
    r" (?:and a half|y medi[ao]|et demie?|e mezz[ao]|e mei[ao]|en een half|en halv)\b", re.IGNORECASE
)
_FRACTIONS = {"½": Decimal("0.5"), "¼": Decimal("0.25"), "¾": Decimal("0.75")}
# Before "million" it is a number and no article.
_ONE = frozenset("ein eine einer einem one a un une una uno um uma een en et".split())
# Number words that lost their marks, which text2num does not know; parts of compounds too ("fuenfundzwanzig").
_UNMARKED: dict[str, tuple[tuple[re.Pattern[str], str], ...]] = {
    "de": ((re.compile("zwoe?lf"), "zwölf"), (re.compile("fue?nf"), "fünf")),
    "es": (
        (re.compile("^veintidos$"), "veintidós"),
        (re.compile("^veintitres$"), "veintitrés"),
        (re.compile("^veintiseis$"), "veintiséis"),
    ),
}
_CHINESE_DIGIT = {c: value for value, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "兩": 2}
_CHINESE_UNIT = {"十": 10, "百": 100, "千": 1000}
_CHINESE_SCALE = {"万": 10**4, "萬": 10**4, "億": 10**8, "亿": 10**8, "兆": 10**12}
# A single character is a part of too many words (四川, 十分) to be read as a number.
_CHINESE = re.compile(f"[{''.join(_CHINESE_DIGIT)}{''.join(_CHINESE_UNIT)}{''.join(_CHINESE_SCALE)}]{{2,}}")
_CHINESE_SCALE_AFTER = re.compile(f" ?([千{''.join(_CHINESE_SCALE)}])")


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a text.

    Attributes:
        readings: the numbers that it may be, without marks and needless zeros: "1204", "4.5", or a date, "2012-05-04".
        start, end: half-open offsets.
        in_words: whether it is written in words.
        in_word: whether it is a part of a word ("3rd", "148m", "MP3").
    """

    readings: tuple[str, ...]
    start: int
    end: int
    in_words: bool = False
    in_word: bool = False


def find_numbers(text: str, languages: Collection[str] = ()) -> list[Number]:
    """Return the numbers of a text, in order.

    "one" is not among them, which is an article in many languages, nor are ordinals in words.

    Args:
        languages: in which number words are looked for, ISO 639-1.
    """
    found = [number for match in _DIGITS.finditer(text) for number in _in_digits(match, text)]
    found += _in_chinese(text, {number.start for number in found} | {number.end for number in found})
    for language in sorted(SPOKEN.intersection(languages)):
        found = _with_spoken(text, language, found)
    if "de" in languages:
        found = _with_german_halves(text, found)
    found = [_with_part(number, text) for number in found]
    return sorted(found, key=lambda number: number.start)


def _in_digits(match: re.Match[str], text: str) -> Iterator[Number]:
    """Yield the numbers of one match: of a date its day, which can also be read as the date, and its year."""
    start, end = match.span()
    if match["year_first"]:
        date = _date(match["year_first"], match["month"], match["day"])
        yield Number((_plain(match["year_first"]),), start, match.end("year_first"))
        yield Number((_plain(match["day"]), *date), match.end("year_first"), end)
    elif match["year"]:
        dates = _date(match["year"], match["second"], match["first"])
        days = [match["first"]]
        if match["mark"] == "/":
            dates += _date(match["year"], match["first"], match["second"])
            days.append(match["second"])
        yield Number(tuple(dict.fromkeys([*map(_plain, days), *dates])), start, match.start("year"))
        yield Number((_plain(match["year"]),), match.start("year"), end)
    else:
        grouped, plain = match["grouped"], match["plain"]
        readings = _readings(re.sub(_GAP, "", grouped), is_grouped=True) if grouped else _readings(plain)
        if scale := _CHINESE_SCALE_AFTER.match(text, end):
            factor = _CHINESE_SCALE.get(scale[1], 1000)
            readings, end = _times(readings, factor), scale.end()
        elif text[end : end + 1] in ("k", "K") and not text[end + 1 : end + 2].isalnum():
            # "8.6k", which may be a name, too ("4K").
            readings, end = (*_times(readings, 1000), *readings), end + 1
        in_word = _is_letter(text[start - 1 : start]) or _is_letter(text[end : end + 1])
        yield Number(readings, start, end, in_word=in_word)


def _is_letter(character: str) -> bool:
    """Return whether a character is a letter of a script that writes blanks between words."""
    return character.isalpha() and character < "\u0e00"


def _readings(digits: str, *, is_grouped: bool = False) -> tuple[str, ...]:
    """Return what digits with full stops and commas may mean; what is no number (3.2.1) means itself."""
    marks = re.findall("[.,]", digits)
    if not marks:
        return (_plain(digits),)
    if len(marks) == 1:
        decimal = _plain(digits.replace(",", "."))
        may_be_whole = _GROUPS.fullmatch(digits) and not digits.startswith("0") and not is_grouped
        return (_plain(re.sub("[.,]", "", digits)), decimal) if may_be_whole else (decimal,)
    if len(set(marks)) == 1:
        return (_plain(re.sub("[.,]", "", digits)),) if _GROUPS.fullmatch(digits) else (digits,)
    whole, _, decimals = digits.rpartition(marks[-1])
    if marks.count(marks[-1]) == 1 and _GROUPS.fullmatch(whole):
        return (_plain(f"{re.sub('[.,]', '', whole)}.{decimals}"),)
    return (digits,)


def _plain(number: str | Decimal | int) -> str:
    value = format(Decimal(number), "f")
    return value.rstrip("0").rstrip(".") if "." in value else value


def _times(readings: Iterable[str], factor: int) -> tuple[str, ...]:
    # What is no number (3.2.1) stays.
    return tuple(_plain(Decimal(r) * factor) if re.fullmatch(r"\d+(?:\.\d+)?", r) else r for r in readings)


def _date(year: str, month: str, day: str) -> list[str]:
    return [f"{int(year):04}-{int(month):02}-{int(day):02}"] if 0 < int(month) < 13 and 0 < int(day) < 32 else []


def _in_chinese(text: str, taken: set[int]) -> Iterator[Number]:
    for match in _CHINESE.finditer(text):
        value = _chinese(match.group())
        if value is not None and value > 1 and match.start() not in taken:
            yield Number((_plain(value),), *match.span(), in_words=True)


def _chinese(characters: str) -> int | None:
    """Return the value of a number in Chinese characters (also Japanese ones); None for what is none (一一)."""
    if all(character in _CHINESE_DIGIT for character in characters):
        # Year or telephone number, digit by digit; two digits mean "three or four".
        spelt = "".join(str(_CHINESE_DIGIT[character]) for character in characters)
        return int(spelt) if len(spelt) > 2 else None
    total = part = 0
    digit: int | None = None
    for character in characters:
        if character in _CHINESE_DIGIT:
            if digit:
                return None
            digit = _CHINESE_DIGIT[character]
        elif character in _CHINESE_UNIT:
            part += (1 if digit is None or digit == 0 else digit) * _CHINESE_UNIT[character]
            digit = None
        else:
            total += max(part + (digit or 0), 1) * _CHINESE_SCALE[character]
            part, digit = 0, None
    return total + part + (digit or 0)


class _Token:
    """A word as text2num takes them."""

    def __init__(self, text: str) -> None:
        self._text = text

    def text(self) -> str:
        return self._text

    def nt_separated(self, previous: Any) -> bool:
        return False

    def not_a_number_part(self) -> bool:
        return False


def _with_spoken(text: str, language: str, found: list[Number]) -> list[Number]:
    """Return the numbers found so far and those in words; digits before "million" are multiplied."""
    tokens = list(_TOKEN.finditer(text))
    if not any(_is_number_word(token.group(), language) for token in tokens):
        return found
    from text_to_num import find_numbers as find_spoken

    by_end = {number.end: number for number in found if not number.in_words}
    taken = {place for number in found for place in range(number.start, number.end)}
    spoken: list[Number] = []
    words = [_Token(_marked(token.group(), language)) for token in tokens]
    for one in find_spoken(words, language, threshold=2):
        start, end = tokens[one.start].start(), tokens[one.end - 1].end()
        value = _plain(one.text) if _is_plain(one) else ""
        before = by_end.get(len(text[:start].rstrip()))
        is_bare_scale = one.end - one.start == 1 and one.value >= 1000
        is_one = one.start > 0 and tokens[one.start - 1].group().casefold() in _ONE
        if not value or start in taken:
            continue
        if before and is_bare_scale:
            found = [number for number in found if number is not before]
            found.append(Number(_times(before.readings, int(value)), before.start, end))
        elif one.value < 10**6 or not is_bare_scale or is_one:
            # "Millions of people" is no number.
            spoken.append(Number((value,), start, end, in_words=True))
    for token in tokens:
        factor = _SHORT_SCALE.get(token.group().casefold())
        before = by_end.get(len(text[: token.start()].rstrip())) if factor else None
        if factor and before in found and before:
            found = [number for number in found if number is not before]
            found.append(Number(_times(before.readings, factor), before.start, token.end()))
    return found + spoken


def _with_german_halves(text: str, found: list[Number]) -> list[Number]:
    halves = []
    for match in _GERMAN_HALF.finditer(text):
        whole = _GERMAN_COUNT[match[1].casefold()] if match[1] else 1
        halves.append(Number((f"{whole}.5",), *match.span(), in_words=True))
    inside = {place for half in halves for place in range(half.start, half.end)}
    return [number for number in found if number.start not in inside] + halves


def _with_part(number: Number, text: str) -> Number:
    """Return a number with the half or quarter behind it: "2½", "two and a half"."""
    whole = [reading for reading in number.readings if reading.isdigit()]
    if not whole:
        return number
    part, end = _FRACTIONS.get(text[number.end : number.end + 1]), number.end + 1
    if part is None and (match := _AND_A_HALF.match(text, number.end)):
        part, end = Decimal("0.5"), match.end()
    if part is None:
        return number
    return replace(number, readings=tuple(_plain(Decimal(one) + part) for one in whole), end=end, in_word=False)


def _is_plain(found: Any) -> bool:
    return not found.is_ordinal and found.value > 1 and re.fullmatch(r"\d+(?:\.\d+)?", found.text) is not None


def _marked(word: str, language: str) -> str:
    for pattern, with_marks in _UNMARKED.get(language, ()):
        word = pattern.sub(with_marks, word.casefold())
    return word


@lru_cache(maxsize=1 << 17)
def _is_number_word(word: str, language: str) -> bool:
    """Return whether a word can begin a number or a scale; most words of a text are looked up again and again."""
    from text_to_num import find_numbers as find_spoken

    if not word[0].isalpha():
        return False
    if word.casefold() in _SHORT_SCALE:
        return True
    return bool(find_spoken([_Token(_marked(word, language))], language, threshold=0))
