"""Where in a JSON text a value stands: from its path to its line, for error messages."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

# Keys of objects and places in arrays, from the outermost: ("questions", 12, "evidence", 0, "text").
JsonPath = Sequence[str | int]

_WHITE_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()


def line_of(text: str, path: JsonPath) -> int:
    """Return the line, from 1, of the value at a path; of the innermost one there where the path leads beyond.

    Args:
        text: well-formed JSON.
        path: of a key that stands twice, the last is meant, as in `json.loads`.
    """
    at = _skip(text, 0)
    for step in path:
        found = _member(text, at, step) if isinstance(step, str) else _item(text, at, step)
        if found is None:
            break
        at = found
    return text.count("\n", 0, at) + 1


def dotted(path: JsonPath) -> str:
    """Return a path as it is written in code: `questions[12].evidence[0].text`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def _member(text: str, at: int, key: str) -> int | None:
    """The start of the value of `key` in the object that starts at `at`."""
    found = None
    if text[at] != "{":
        return None
    at = _skip(text, at + 1)
    while text[at] == '"':
        name, at = _DECODER.raw_decode(text, at)
        at = _skip(text, _skip(text, at) + 1)
        if name == key:
            found = at
        at = _after(text, at)
    return found


def _item(text: str, at: int, number: int) -> int | None:
    """The start of the item `number` in the array that starts at `at`."""
    if text[at] != "[":
        return None
    at = _skip(text, at + 1)
    for _ in range(number):
        if text[at] == "]":
            return None
        at = _after(text, at)
    return None if text[at] == "]" else at


def _after(text: str, at: int) -> int:
    """Step over a value and the comma behind it."""
    at = _skip(text, _DECODER.raw_decode(text, at)[1])
    return _skip(text, at + 1) if text[at] == "," else at


def _skip(text: str, at: int) -> int:
    found = _WHITE_SPACE.match(text, at)
    return found.end() if found else at
