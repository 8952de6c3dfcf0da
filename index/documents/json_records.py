"""JSON and JSON lines → an Article of records.

An array of objects is a table: its keys name the columns, and every object is a row that is cited by itself. What an
object holds besides is "key: value" lines, and sections below the key's name. Keys are written as words ("order_id" as
"order id"): they are how the text is built, and only values are cited.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from index.article import Article
from index.documents import plain
from index.documents.builder import ArticleBuilder, title_from_name
from index.documents.text import decode
from index.errors import ArticleError
from index.settings import Progress

Value: TypeAlias = str | bool | list["Value"] | dict[str, "Value"] | None

MAX_BYTES = 20_000_000
MAX_VALUES = 1_000_000
# Deeper than any export; what is deeper is read as plain text.
MAX_DEPTH = 40
# A record that is longer as a row would be cut into several sentences: it has lines and sections. A longer value is
# prose, and has paragraphs.
LONGEST_ROW, LONGEST_VALUE = 700, 300
# Records with so few keys in common that more cells are blank than filled are no table.
FILLED, MAX_COLUMNS = 0.5, 60
_LONGEST_NAME = 100
_WORD_BEGINS = re.compile(r"(?<=[a-zà-ÿ0-9])([A-ZÀ-Þ])(?=([a-zà-ÿ])?)")


def read(content: bytes, source: str, progress: Progress | None = None) -> Article:
    """Read JSON, or JSON lines, as records; what is neither is read as plain text.

    Raises:
        ArticleError: it is no text, has too many bytes, values or lines, or no words.
    """
    if len(content) > MAX_BYTES:
        raise ArticleError(
            f"{source} has {len(content) / 1e6:.0f} MB. Expected JSON of at most {MAX_BYTES // 1_000_000} MB; split "
            "it, for example with 'split -C 5M' where each record is a line.",
            "article-too-large",
            path=source,
            size=round(len(content) / 1e6),
            most=MAX_BYTES // 1_000_000,
        )
    text = decode(content, source)
    # Before Python makes objects of them: values are told by what divides them, which a string may contain too.
    if text.count(",") + text.count("\n") > 4 * MAX_VALUES:
        raise _too_many(source)
    try:
        found = _parsed(text)
        if _count(found) > MAX_VALUES:
            raise _too_many(source)
    except (ValueError, RecursionError):
        return plain.read(content, source, progress)
    writer = _Writer()
    writer.add(found, 1)
    return writer.builder.article(title=title_from_name(source), source=source)


def name_of(key: str) -> str:
    """Return a key as words: "order_id" as "order id", "exportedAt" as "exported at"."""
    apart = _WORD_BEGINS.sub(lambda found: " " + (found[1].lower() if found[2] else found[1]), key.strip("@$#_ "))
    return " ".join(re.sub(r"[_\s]+", " ", apart).split())[:_LONGEST_NAME] or key[:_LONGEST_NAME]


def _parsed(text: str) -> Value:
    """Return the value of JSON, or the list of those of JSON lines. Numbers stay as they are written.

    Raises:
        ValueError: it is neither.
        RecursionError: it is nested too deep.
    """
    loads = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str).decode
    try:
        found: Value = loads(text)
        return found
    except ValueError:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2:
            raise
        return [loads(line) for line in lines]


def _count(value: Value, depth: int = 0) -> int:
    """Return how many values there are in one. Raises RecursionError where it is nested too deep."""
    if depth > MAX_DEPTH:
        raise RecursionError
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(_count(one, depth + 1) for one in inside)


class _Writer:
    """Writes values into blocks."""

    def __init__(self) -> None:
        self.builder = ArticleBuilder()

    def add(self, value: Value, level: int) -> None:
        """Add a value.

        Args:
            level: of the headings within it, from 1.
        """
        if isinstance(value, dict):
            if _is_map(value):
                self._add_records([{"": key, **one} for key, one in value.items() if isinstance(one, dict)], level)
            else:
                self._add_members(value, level)
        elif isinstance(value, list):
            self._add_records([one for one in value if isinstance(one, dict) and one], level)
            for one in value:
                if isinstance(one, list):
                    self.builder.add_row([_in_one_line(cell) for cell in one])
                elif not isinstance(one, dict):
                    self.builder.add("item", _scalar(one), level=1)
        else:
            self.builder.add("paragraph", _scalar(value))

    def _add_members(self, value: Mapping[str, Value], level: int) -> None:
        # Those without sections of their own come first: they would stand below the heading of one.
        sections: list[tuple[str, Value]] = []
        for key, one in value.items():
            said = _in_one_line(one) if _is_flat(one) else ""
            if not _is_flat(one) or len(said) > LONGEST_VALUE:
                sections.append((key, one))
            elif said:
                self.builder.add("line", f"{name_of(key)}: {said}" if key else said)
        for key, one in sections:
            self.builder.add("heading", name_of(key), level=level)
            if isinstance(one, str):
                for paragraph in re.split(r"\n\s*\n", one):
                    self.builder.add("paragraph", paragraph)
            else:
                self.add(one, level + 1)

    def _add_records(self, records: Sequence[dict[str, Value]], level: int) -> None:
        rows = [dict(_cells(record)) for record in records]
        large = [sum(len(name) + len(cell) for name, cell in row.items()) > LONGEST_ROW for row in rows]
        if not any(large):
            for table in _tables(rows):
                self._add_table(table)
            return
        for number, (record, row) in enumerate(zip(records, rows, strict=True)):
            name = next((cell for cell in row.values() if 0 < len(cell) <= _LONGEST_NAME), str(number + 1))
            self.builder.add("heading", name, level=level)
            if large[number]:
                self._add_members(record, level + 1)
            else:
                self._add_table([row])

    def _add_table(self, rows: Sequence[Mapping[str, str]]) -> None:
        columns = list(dict.fromkeys(name for row in rows for name in row))
        header = -1
        if any(columns):
            header = self.builder.add_row(columns)
            self.builder.mark_header(header)
        for row in rows:
            self.builder.add_row([row.get(name, "") for name in columns], header=header)


def _is_map(value: Mapping[str, Value]) -> bool:
    """Return whether an object is a table whose rows have their names as keys: {"Oslo": {"open": 9}, "Bergen": …}."""
    records = [one for one in value.values() if isinstance(one, dict)]
    if len(records) < 2 or len(records) < len(value):
        return False
    names = {name for one in records for name in one}
    return len(names) <= MAX_COLUMNS and sum(map(len, records)) > FILLED * len(names) * len(records)


def _tables(rows: Sequence[dict[str, str]]) -> Iterator[list[dict[str, str]]]:
    """Yield runs of rows that have most of their columns in common."""
    run: list[dict[str, str]] = []
    names: dict[str, None] = {}
    filled = 0
    for row in rows:
        more = dict.fromkeys([*names, *row]) if not row.keys() <= names.keys() else names
        if run and (len(more) > MAX_COLUMNS or filled + len(row) <= FILLED * len(more) * (len(run) + 1)):
            yield run
            run, more, filled = [], dict.fromkeys(row), 0
        run.append(row)
        names, filled = more, filled + len(row)
    if run:
        yield run


def _cells(value: Value, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield the cells of a record, each with its column's name: of what is nested, the path to it.

    Of a list of objects a column has the values of all of them, in order.
    """
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _cells(one, " ".join(filter(None, (path, name_of(key) if key else ""))))
    elif isinstance(value, list) and any(isinstance(one, dict) for one in value):
        rows = [dict(_cells(one, path)) for one in value]
        for name in dict.fromkeys(name for row in rows for name in row):
            yield name, "; ".join(row.get(name) or "–" for row in rows)
    else:
        yield path, _in_one_line(value)


def _in_one_line(value: Value) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}: {cell}" for name, cell in _cells(value))
    if isinstance(value, list):
        return ("; " if any(isinstance(one, list) for one in value) else ", ").join(
            filter(None, map(_in_one_line, value))
        )
    return _scalar(value)


def _scalar(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.replace("\x00", "") if isinstance(value, str) else ""


def _is_flat(value: Value) -> bool:
    """Return whether a value is a text, a number or the like, or a list of these."""
    return not isinstance(value, dict) and not (
        isinstance(value, list) and any(isinstance(one, (dict, list)) for one in value)
    )


def _too_many(source: str) -> ArticleError:
    return ArticleError(
        f"{source} has more than {MAX_VALUES} values. Expected less JSON; split it, for example with 'split -l 50000' "
        "where each record is a line.",
        "json-too-large",
        path=source,
        most=MAX_VALUES,
    )
