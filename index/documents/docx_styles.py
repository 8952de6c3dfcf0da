"""What the styles and lists of a Word file say: which paragraph is a heading or a list item, and its number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from index.documents.markup import local

# In the languages that programs name their styles in; Word itself stores "heading 1" in all of them.
_HEADING = re.compile(
    r"(?:heading|überschrift|ueberschrift|berschrift|titre|título|titolo|kop|rubrik|overskrift|otsikko|nagłówek|nadpis"
    r"|заголовок|見出し|标题)\s*_?([1-9])",
    re.IGNORECASE,
)
_TITLE = re.compile(r"(?:title|titel|titre|título|titolo)", re.IGNORECASE)
_CAPTION = re.compile(
    r"caption|beschriftung|légende|figure|table caption|image caption|abbildung|tabelle", re.IGNORECASE
)
_CODE = re.compile(
    r"(?:html[ -]?(?:preformatted|vorformatiert)|source ?code|code|quell(?:text|code)|preformatted text|macro text"
    r"|plain text)\b.*",
    re.IGNORECASE,
)
_CONTENTS = re.compile(
    r"(?:toc|contents|verzeichnis|inhaltsverzeichnis)[ _]?(?:\d|heading|überschrift).*"
    r"|table of figures|inhaltsverzeichnisüberschrift",
    re.IGNORECASE,
)
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"))
_ROMAN_ONES = ((9, "ix"), (5, "v"), (4, "iv"), (1, "i"))
# Chains of styles that name each other end here.
_MOST_PARENTS = 20
_LEVELS = 9


@dataclass
class Style:
    """A paragraph's style: its own name, and what it says itself; None where its parent decides."""

    name: str
    parent: str = ""
    outline: int | None = None
    list_id: str | None = None
    list_level: int | None = None


@dataclass
class Level:
    """A level of a list: its format, its text ("%1.%2"), its first number, and the style that it goes with."""

    form: str = "decimal"
    text: str = ""
    start: int = 1
    style: str = ""


@dataclass
class _List:
    abstract: str
    starts: dict[int, int] = field(default_factory=dict)
    levels: dict[int, Level] = field(default_factory=dict)


class Styles:
    """The styles of a document, from its part `styles.xml`; None for a document without one."""

    def __init__(self, root: Any | None) -> None:
        self._styles: dict[str, Style] = {}
        self._default = ""
        for element in children(root, "style"):
            if attribute(element, "type") not in ("", "paragraph"):
                continue
            identifier = attribute(element, "styleId")
            style = Style(value(element, "name") or identifier, value(element, "basedOn"))
            properties = child(element, "pPr")
            if properties is not None:
                style.outline = number(value(properties, "outlineLvl"))
                style.list_id, style.list_level = list_of(properties)
            self._styles[identifier] = style
            if attribute(element, "default") in ("1", "true"):
                self._default = identifier

    def chain(self, identifier: str) -> Iterator[tuple[str, Style]]:
        """Yield a style and those that it is based on, with their identifiers."""
        at = identifier or self._default
        if at and at not in self._styles:
            # It is not defined: its identifier still says what it was meant to be.
            yield at, Style(at)
            return
        for _ in range(_MOST_PARENTS):
            if at not in self._styles:
                return
            yield at, self._styles[at]
            at = self._styles[at].parent

    def heading(self, identifier: str, own: int | None) -> int:
        """Return a heading's level from 1, or 0.

        Args:
            own: the outline level that the paragraph has itself, from 0; 9 is none.
        """
        if own is not None:
            return own + 1 if own < _LEVELS else 0
        for at, style in self.chain(identifier):
            if style.outline is not None:
                return style.outline + 1 if style.outline < _LEVELS else 0
            named = _HEADING.fullmatch(style.name) or _HEADING.fullmatch(at)
            if named:
                return int(named[1])
        return 0

    def is_title(self, identifier: str) -> bool:
        """Return whether a style is that of the document's title."""
        return any(_TITLE.fullmatch(style.name) for _, style in self.chain(identifier))

    def is_caption(self, identifier: str) -> bool:
        """Return whether a style is that of a table's or picture's caption."""
        return any(_CAPTION.fullmatch(style.name) for _, style in self.chain(identifier))

    def is_code(self, identifier: str) -> bool:
        """Return whether a style is that of program code."""
        return any(_CODE.fullmatch(style.name) for _, style in self.chain(identifier))

    def is_contents(self, identifier: str) -> bool:
        """Return whether a style is that of a line of the contents."""
        return any(_CONTENTS.fullmatch(style.name) for _, style in self.chain(identifier))


class Numbering:
    """The lists of a document, from its part `numbering.xml`, and how far each has counted."""

    def __init__(self, root: Any | None) -> None:
        self._levels: dict[str, dict[int, Level]] = {}
        self._lists: dict[str, _List] = {}
        self._counts: dict[str, list[int]] = {}
        self._begun: set[tuple[str, int]] = set()
        links: dict[str, str] = {}
        linked: dict[str, str] = {}
        for element in children(root, "abstractNum"):
            identifier = attribute(element, "abstractNumId")
            self._levels[identifier] = dict(map(_level, children(element, "lvl")))
            if style := value(element, "styleLink"):
                linked[style] = identifier
            if style := value(element, "numStyleLink"):
                links[identifier] = style
        for identifier, style in links.items():
            if not self._levels[identifier] and style in linked:
                self._levels[identifier] = self._levels[linked[style]]
        for element in children(root, "num"):
            found = _List(value(element, "abstractNumId"))
            for over in children(element, "lvlOverride"):
                level = number(attribute(over, "ilvl")) or 0
                start = number(value(over, "startOverride"))
                if start is not None:
                    found.starts[level] = start
                for own in children(over, "lvl"):
                    found.levels[level] = _level(own)[1]
            self._lists[attribute(element, "numId")] = found

    def level_of_style(self, list_id: str, identifier: str) -> int:
        """Return the level of a list that a style goes with, from 0."""
        found = self._lists.get(list_id)
        levels = self._levels.get(found.abstract, {}) if found else {}
        return next((n for n, level in levels.items() if level.style == identifier), 0)

    def __contains__(self, list_id: str) -> bool:
        return list_id in self._lists

    def count(self, list_id: str, at: int) -> str:
        """Count one more item of a list's level (from 0), and return how it is shown: "2.1", "(a)", "" for a bullet."""
        found = self._lists.get(list_id)
        if found is None:
            return ""
        at = min(max(at, 0), _LEVELS - 1)
        levels = {**self._levels.get(found.abstract, {}), **found.levels}
        # Lists that share their definition go on with its numbers, unless one begins anew.
        counts = self._counts.setdefault(found.abstract, [])
        if at in found.starts and (list_id, at) not in self._begun:
            self._begun.add((list_id, at))
            del counts[at:]
            counts += [_start(levels, found, n) for n in range(len(counts), at)] + [found.starts[at]]
        elif at < len(counts):
            counts[at] += 1
            del counts[at + 1 :]
        else:
            counts += [_start(levels, found, n) for n in range(len(counts), at + 1)]
        level = levels.get(at)
        if level is None or level.form in ("bullet", "none"):
            return ""

        def shown(match: re.Match[str]) -> str:
            n = int(match[1]) - 1
            form = levels[n].form if n in levels else "decimal"
            return _written(counts[n], form) if n < len(counts) else ""

        return " ".join(re.sub(r"%([1-9])", shown, level.text[:60]).split())


def _start(levels: dict[int, Level], found: _List, at: int) -> int:
    return found.starts.get(at, levels[at].start if at in levels else 1)


def _level(element: Any) -> tuple[int, Level]:
    start = number(value(element, "start"))
    return number(attribute(element, "ilvl")) or 0, Level(
        value(element, "numFmt") or "decimal",
        value(element, "lvlText"),
        1 if start is None else start,
        value(element, "pStyle"),
    )


def _written(count: int, form: str) -> str:
    if form in ("lowerLetter", "upperLetter") and 0 < count <= 26 * 9:
        # Word goes on after z with aa, bb.
        written = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1)
    elif form in ("lowerRoman", "upperRoman") and 0 < count < 4000:
        written, left = "", count
        for worth, letters in (*_ROMAN, *_ROMAN_ONES):
            written += letters * (left // worth)
            left %= worth
    elif form == "decimalZero":
        written = f"{count:02}"
    else:
        written = str(count)
    return written.upper() if form.startswith("upper") else written


def child(element: Any | None, name: str) -> Any | None:
    """Return an element's first child of a name, in any namespace."""
    return next(children(element, name), None)


def children(element: Any | None, name: str) -> Iterator[Any]:
    """Yield an element's children of a name, in any namespace."""
    if element is not None:
        yield from (at for at in element if local(at) == name)


def attribute(element: Any, name: str) -> str:
    """Return an element's attribute, in any namespace; "" if it has none."""
    for key, found in element.attrib.items():
        if key == name or key.endswith("}" + name):
            return str(found)
    return ""


def value(element: Any | None, name: str) -> str:
    """Return the attribute `val` of a child; "" if there is none."""
    found = child(element, name)
    return "" if found is None else attribute(found, "val")


def is_on(element: Any | None, name: str) -> bool:
    """Return whether an element has a child that switches something on."""
    found = child(element, name)
    return found is not None and attribute(found, "val") not in ("0", "false", "off")


def list_of(properties: Any | None) -> tuple[str | None, int | None]:
    """Return the list and the level that a paragraph's or style's properties name; None for what they do not."""
    found = child(properties, "numPr")
    if found is None:
        return None, None
    return value(found, "numId") or None, number(value(found, "ilvl"))


def number(written: str) -> int | None:
    """Return a whole number of at most nine digits, or None."""
    return int(written) if re.fullmatch(r"[0-9]{1,9}", written) else None
