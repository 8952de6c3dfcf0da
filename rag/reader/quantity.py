"""The numbers, dates, hours and weekdays in a text, and whether two of them are different values of one thing.

"1.5 m" and "150 cm" are the same, "12 km" and "zwölf Kilometer", "4 May 2012" and "May 2012", "5 p.m." and "17 Uhr",
"about 900,000" and "912,340", "at least 20" and "25". Where it cannot be told, two values do not differ.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from index.search.lexical import fold
from index.search.numbers import Number, find_numbers

_TABLES = tomllib.loads(Path(__file__).with_name("quantities.toml").read_text(encoding="utf-8"))
_WORDS, _CALENDAR = _TABLES.pop("words"), _TABLES.pop("calendar")
_MONEY = tuple(_TABLES.pop("money")["beginnings"].split())
CURRENCIES = frozenset({"euro", "dollar", "sterling", "yuan", "yen"})
_UNITS = {
    name: (kind, float(size))
    for kind, sizes in _TABLES.items()
    for size, names in sizes.items()
    for name in names.split()
}
_SPACE = r"[\s\u00a0\u202f-]*"


def _any_of(names: Sequence[str]) -> str:
    """Return a pattern for any of some words: whole ones, but where a script writes no blanks."""
    longest = sorted(names, key=len, reverse=True)
    return "|".join(
        re.escape(name) + (r"(?![^\W\d_])" if name[-1].isascii() or name[-1] < "\u3000" else "") for name in longest
    )


_UNIT = re.compile(rf"{_SPACE}({_any_of(list(_UNITS))})")
_BEFORE = {
    name: re.compile(rf"(?:(?<!\w)|(?<=[\u3000-\u9fff]))(?:{'|'.join(map(re.escape, listed.split('|')))})\W*\Z")
    for name, listed in _WORDS.items()
}
_MONTHS = {name: number for number, names in enumerate(_CALENDAR["months"], 1) for name in names.split()}
_WEEKDAYS = {name: number for number, names in enumerate(_CALENDAR["weekdays"]) for name in names.split()}
_WEEKDAY = re.compile(rf"(?<![^\W\d_\u3000-\u9fff])({_any_of(list(_WEEKDAYS))})")
_DATES = (
    re.compile(
        rf"(?:(?<!\d)(?P<day>\d\d?)(?:\.|st|nd|rd|th|er|º)?\s*(?:of\s|de\s)?\s*)?(?<![^\W\d_])(?P<month>{_any_of(list(_MONTHS))})"
        r"\.?(?:\s+(?P<day_after>\d\d?)(?:st|nd|rd|th)?(?![\d.:]))?(?:,?\s*(?:del?\s+)?(?P<year>\d{4})(?!\d))?"
    ),
    re.compile(r"(?:(?P<year>\d{4})年)(?:(?P<month>\d\d?)月)?(?:(?P<day>\d\d?)[日号號])?"),
    re.compile(r"(?P<month>\d\d?)月(?:(?P<day>\d\d?)[日号號])?"),
    re.compile(r"(?<!\d)(?P<year>\d{4})-(?P<month>\d\d?)-(?P<day>\d\d?)(?!\d)"),
    re.compile(r"(?<!\d)(?P<day>\d\d?)\.\s?(?P<month>\d\d?)\.\s?(?P<year>\d{4})?(?!\d)"),
)
_TIME = re.compile(
    rf"(?P<late>{'|'.join(_CALENDAR['late'].split())})?(?<![\d.,:])(?P<hour>\d\d?)(?:[:.](?P<minutes>[0-5]\d))?"
    r"(?:\s*(?P<mark>a\.?\s?m\b\.?|p\.?\s?m\b\.?|uhr\b|o['’]clock|[点點時时])|(?<=:\d\d)(?!\d))"
)
_HOURS_MINUTES = re.compile(r"(?<!\d)(?P<hour>\d\d?)\s?h\s?(?P<minutes>[0-5]\d)(?!\d)")
_ROMAN = re.compile(r"(?<!\w)([ivx]{1,5})(?:e|ème|º)?\s+(?:siècle|siglo|secolo)")
_ROMAN_DIGITS = {"i": 1, "v": 5, "x": 10}
_CHINESE_DIGITS = {**{digit: value for value, digit in enumerate("二三四五六七八九十", 2)}, "两": 2, "兩": 2}
# One character is a number where a measure word follows.
_CHINESE_COUNT = re.compile(
    f"(?<![{''.join(_CHINESE_DIGITS)}百千万零])([{''.join(_CHINESE_DIGITS)}])"
    "(?=[个個口名位人只隻条條本张張座台辆輛艘次层層栋棟间間家所种種岁歲年月日天米元块点点時时公小])"
)
_ORDINALS = {name: number for number, names in enumerate(_CALENDAR["ordinals"], 1) for name in names.split()}
# In words, of a day, a week, a month or a year only: "at first" and "the first mayor" are no values.
_OF_ORDINAL = rf"(?:(?:working|business)\s+)?(?:{_any_of(_CALENDAR['counted'].split())}|{_any_of(list(_WEEKDAYS))})"
_ORDINAL = re.compile(rf"(?<!\w)({_any_of(list(_ORDINALS))})\s+(?={_OF_ORDINAL})")
_COUNTED = re.compile(rf"\s+{_OF_ORDINAL}")
_ORIGIN = re.compile(r"\w\s+from\s+\Z")
# How far two values may be apart: where either is called inexact, and where one is a round number.
_ABOUT, _ROUND = 0.1, 0.03


# Between the first day and the last.
_UP_TO = re.compile(r"\W*(?:to|till|until|through|bis|a|al|au|hasta|fino a|至|到)?\W*|s?\W*[-–—]\W*")
_WEEK = 7


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value in a text.

    Attributes:
        start, end: half-open offsets, with the unit.
        kind: "count", "ordinal" (of a day, a week or a month), "time" (seconds since midnight), "weekday", "date",
            or a unit's table in quantities.toml.
        values: what it may be, in the table's first unit; none for a date without a number of its own.
        date: year, month and day as far as they are said.
        bare: whether it is a count with no word after it that says of what.
        number: its values without their unit.
        bound: 1 for a lower bound ("at least"), -1 for an upper one, else 0.
        about: whether it is called inexact.
    """

    start: int
    end: int
    kind: str
    values: frozenset[float] = frozenset()
    date: tuple[int | None, int | None, int | None] = (None, None, None)
    bare: bool = False
    number: frozenset[float] = frozenset()
    bound: int = 0
    about: bool = False


def quantities(text: str, language: str) -> list[Quantity]:
    """Return the values in a text, in order; `language` is that of its number words, ISO 639-1."""
    lower = text.lower()
    if len(lower) != len(text):
        lower = text
    found = [*_dates(text, lower), *_times(lower, language), *_weekdays(lower), *_centuries(lower), *_ordinals(lower)]
    taken = {place for one in found for place in range(one.start, one.end)}
    for number in [*find_numbers(text, [language]), *_single_characters(text)]:
        places = range(number.start, number.end)
        if taken.isdisjoint(places):
            taken.update(places)
            found.append(_counted(lower, number))
    return sorted(found, key=lambda one: (one.start, one.end))


def days_in(text: str, language: str) -> set[int]:
    """Return the days of the week that a text names, from 0 for Monday, with those between "Monday to Friday"."""
    found = [value for value in quantities(text, language) if value.kind == "weekday"]
    days = {int(day) for value in found for day in value.values}
    for one, other in pairwise(found):
        if _UP_TO.fullmatch(fold(text[one.end : other.start])):
            first, last = (int(min(value.values)) for value in (one, other))
            days.update(day % _WEEK for day in range(first, last + 1 + (_WEEK if last < first else 0)))
    return days


def is_day(word: str) -> bool:
    """Return whether a word is a day of the week, or says which days: "Saturday", "weekend", "week"."""
    said = word.lower()
    return said in _WEEKDAYS or said in _CALENDAR["spans"].split()


def asks_for_money(word: str) -> bool:
    """Return whether a folded word says that an amount of money is asked for: "kostet", "price"."""
    return word.startswith(_MONEY)


def differ(one: Sequence[Quantity], other: Sequence[Quantity]) -> bool:
    """Return whether two answers' values, of the same things in the same order, contradict each other.

    Where one has more values, the hours are compared: "from Saturday to Sunday at 1 pm", "on Saturdays at 2 pm".
    """
    if len({any(value.kind == "ordinal" for value in values) for values in (one, other)}) > 1:
        # "On the first Monday", "on Tuesdays".
        one, other = ([value for value in values if value.kind != "ordinal"] for values in (one, other))
    if not one or len(one) != len(other):
        hours = [[value for value in values if value.kind == "time"] for values in (one, other)]
        return [len(some) for some in hours] == [1, 1] and _differs(hours[0][0], hours[1][0])
    pairs = list(zip(one, other, strict=True))
    return all(comparable(*pair) for pair in pairs) and any(_differs(*pair) for pair in pairs)


def comparable(one: Quantity, other: Quantity) -> bool:
    """Return whether two values can be of the same thing."""
    if any(a is not None and b is not None for a, b in zip(one.date, other.date, strict=True)):
        return True
    if {one.kind, other.kind} == {"time", "duration"}:
        return True
    if "date" in (one.kind, other.kind) or not one.values or not other.values:
        return False
    is_year = any(a is not None for a in (*one.date, *other.date))
    if one.kind != other.kind and (is_year or "ordinal" in (one.kind, other.kind)):
        # 1892 is a year, and "12 days" lasts.
        return False
    return one.kind == other.kind or ((one.bare or other.bare) and "share" not in (one.kind, other.kind))


def same(one: Quantity, other: Quantity) -> bool:
    """Return whether two values can be of the same thing and are no different."""
    return comparable(one, other) and not _differs(one, other)


def _differs(one: Quantity, other: Quantity) -> bool:
    said = [(a, b) for a, b in zip(one.date, other.date, strict=True) if a is not None and b is not None]
    if said:
        return any(a != b for a, b in said)
    is_bare = one.kind != other.kind and (one.bare or other.bare)
    values, others = (one.number, other.number) if is_bare else (one.values, other.values)
    # "2,000 guests" may be 1,980 of them; 6 pm is not half past five, whatever its seconds are.
    may_be_round = not {"time", "duration"} & {one.kind, other.kind}
    if any(_close(a, b, one.about or other.about, may_be_round) for a in values for b in others):
        return False
    if one.bound == other.bound:
        return True
    # "At least 20" and "25" agree; "at least 20" and "at most 30" too.
    if one.bound and other.bound:
        return False
    sign = one.bound or -other.bound
    return all((b - a) * sign < 0 for a in values for b in others)


def _bound(before: str) -> int:
    """Return what the words before a number make of it: 1 a lower bound, -1 an upper one, 0 none."""
    for sign, name in ((1, "least"), (-1, "most")):
        if said := _BEFORE[name].search(before):
            return -sign if _BEFORE["negation"].search(before[: said.start()]) else sign
    return 0


def _close(a: float, b: float, about: bool, may_be_round: bool) -> bool:
    apart = abs(a - b) / max(abs(a), abs(b), 1e-9)
    is_round = may_be_round and any(
        value >= 1000 and value % 100 == 0 and not 1000 <= value <= 2100 for value in (a, b)
    )
    return apart < 1e-3 if not about and not is_round else apart <= (_ABOUT if about else _ROUND)


def _dates(text: str, lower: str) -> Iterator[Quantity]:
    taken: set[int] = set()
    for pattern in _DATES:
        for match in pattern.finditer(lower):
            said = match.groupdict()
            year, month = said.get("year"), said.get("month")
            day = said.get("day") or said.get("day_after")
            named = _MONTHS.get(month or "", 0) or int(month or 0)
            # "Hedges may be", "on the march".
            is_verb = not year and not day and month in ("may", "march", "mars") and text[match.start()].islower()
            if is_verb or named > 12 or int(day or 0) > 31 or not taken.isdisjoint(range(*match.span())):
                continue
            taken.update(range(*match.span()))
            date = (int(year) if year else None, named or None, int(day) if day else None)
            yield Quantity(*match.span(), "date", date=date)


def _times(lower: str, language: str) -> Iterator[Quantity]:
    for pattern in (_TIME, _HOURS_MINUTES):
        for match in pattern.finditer(lower):
            said = match.groupdict()
            hour, minutes, mark = int(match["hour"]), int(match["minutes"] or 0), said.get("mark") or ""
            # "Mehr als 10 am Lager".
            if hour > 24 or (mark == "am" and language == "de"):
                continue
            if mark.startswith(("a", "p")):
                hours = {hour % 12 + 12 * mark.startswith("p")}
            elif said.get("late") and hour < 12:
                hours = {hour + 12}
            else:
                # A clock of twelve hours, unless it is one of 24.
                hours = {hour, hour + 12} if hour < 12 and (mark[:1] in "o点點時时" and mark) else {hour}
            values = frozenset(float(3600 * one + 60 * minutes) for one in hours)
            yield Quantity(*match.span(), "time", values)


def _weekdays(lower: str) -> Iterator[Quantity]:
    for match in _WEEKDAY.finditer(lower):
        yield Quantity(*match.span(), "weekday", frozenset([float(_WEEKDAYS[match[1]])]))


def _centuries(lower: str) -> Iterator[Quantity]:
    for match in _ROMAN.finditer(lower):
        digits = [_ROMAN_DIGITS[digit] for digit in match[1]]
        value = sum(-a if a < b else a for a, b in zip(digits, [*digits[1:], 0], strict=True))
        yield Quantity(*match.span(), "century", frozenset([float(value)]))


def _ordinals(lower: str) -> Iterator[Quantity]:
    for match in _ORDINAL.finditer(lower):
        value = frozenset([float(_ORDINALS[match[1]])])
        yield Quantity(*match.span(1), "ordinal", value, number=value)


def _single_characters(text: str) -> Iterator[Number]:
    for match in _CHINESE_COUNT.finditer(text):
        yield Number((str(_CHINESE_DIGITS[match[1]]),), *match.span(1), in_words=True)


def _counted(lower: str, number: Number) -> Quantity:
    readings = [float(one) for one in number.readings if re.fullmatch(r"\d+(?:\.\d+)?", one)]
    before = lower[max(0, number.start - 30) : number.start]
    end, kind, size = number.end, "count", 1.0
    ordinal = re.compile(r"(?:\.|st|nd|rd|th|e|ème)(?=\W)").match(lower, end)
    unit = _UNIT.match(lower, ordinal.end() if ordinal else end)
    if ordinal and _COUNTED.match(lower, ordinal.end()):
        # "The 1st day of a month" does not last a day.
        kind, end = "ordinal", ordinal.end()
    elif unit and not (
        unit[1] in ("an", "t", "s", "g", "l", "h") and not lower[end : unit.start(1)].isspace() and ordinal
    ):
        (kind, size), end = _UNITS[unit[1]], unit.end()
    elif symbol := re.search(r"([€$£¥])\s*\Z", before):
        (kind, size), before = _UNITS[symbol[1]], before[: symbol.start()]
    bare = kind == "count" and not re.match(rf"{_SPACE}[^\W\d_]", lower[end:])
    if number.in_words and lower[end : end + 1] == "年" and 1000 <= readings[0] <= 2100:
        return Quantity(number.start, end + 1, "date", date=(int(readings[0]), None, None))
    year = int(readings[0]) if kind == "count" and re.fullmatch(r"1\d{3}|20\d\d", lower[number.start : end]) else None
    # "Rowers from 19 clubs" do not come from 19 clubs or more.
    bound = 0 if kind == "count" and not bare and _ORIGIN.search(before) else _bound(before)
    about = _BEFORE["about"].search(before) is not None
    values = frozenset(value * size for value in readings)
    return Quantity(number.start, end, kind, values, (year, None, None), bare, frozenset(readings), bound, about)
