"""A JSON file read with its text kept, so that a mistake in it is named by line and field."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Any, NoReturn, TypeVar

from index.documents.files import conversion
from index.errors import QuestionSetError, counted

# What begins an escaped surrogate; two make a character, one alone makes none, and no file can hold it.
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_KINDS = {dict: "an object", list: "a list", str: "a text", int: "a whole number", bool: "true or false"}
_SHOWN_CHARACTERS = 60
_MISTAKES = 5
_QUESTIONS = "Expected a file of questions; give the article with --article, and the questions as FILE."
_Kind = TypeVar("_Kind", "dict[str, Any]", "list[Any]", str, int, bool)


@dataclass(frozen=True, slots=True)
class JsonSource:
    """A JSON value with the text it was read from.

    Attributes:
        name: the file, as the user named it.
        first_line: where the text begins in the file, from 1: a line of a JSONL file is a source of its own.
    """

    name: str
    text: str
    value: Any
    first_line: int = 1

    def error(self, path: JsonPath, message: str) -> QuestionSetError:
        """Return the error that names the line and the field that `path` leads to."""
        line = self.first_line + line_of(self.text, path) - 1
        return QuestionSetError(f"{self.name} line {line}{', ' if path else ''}{dotted(path)}: {message}")

    def get(self, kind: type[_Kind], *path: str | int, default: _Kind | None = None) -> _Kind:
        """Return the value at a path, which is there and of that kind.

        Args:
            default: what to return where it is not there or null; None demands it.

        Raises:
            QuestionSetError: it is missing or something else.
        """
        value = self.value
        for depth, step in enumerate(path):
            if isinstance(step, str) and not isinstance(value, dict):
                raise self.error(path[:depth], f"is {shown(value)}. Expected an object; correct it.")
            value = value.get(step) if isinstance(step, str) else value[step]
        if value is None and default is not None:
            return default
        if value is None:
            raise self.error(path, f"is missing. Expected {_KINDS[kind]}; add it.")
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self.error(path, f"is {shown(value)}. Expected {_KINDS[kind]}; correct it.")
        return value


def together(name: str, errors: Sequence[QuestionSetError]) -> QuestionSetError:
    """Return one error that lists the first few of a file's.

    Args:
        name: the file, with which each of them begins.
        errors: at least one.
    """
    first, *others = dict.fromkeys(str(error).removesuffix(".") for error in errors)
    more = ["and more"] if len(others) >= _MISTAKES else []
    others = others[: _MISTAKES - 1]
    return QuestionSetError("; ".join([first, *(text.removeprefix(f"{name} ") for text in others), *more]) + ".")


def read_json(path: Path, expected: str = _QUESTIONS) -> tuple[JsonSource, str]:
    """Return what is in a JSON file, and the sha256 of the file in hexadecimal.

    Args:
        expected: what to say of a text that is nothing like JSON: what should be there, and what repairs it.

    Raises:
        QuestionSetError: it is missing, unreadable, empty, not UTF-8 or not JSON.
    """
    content = read_bytes(path)
    text = decode(str(path), content)
    if not text.strip():
        raise QuestionSetError(
            f"{path} is empty ({counted(len(content), 'byte')}). Expected a JSON file with questions in it."
        )
    if text.lstrip()[0] not in "{[":
        raise QuestionSetError(f"{path} is no JSON. {expected}")
    return parse(str(path), text), hashlib.sha256(content).hexdigest()


def read_bytes(path: Path) -> bytes:
    """Return what is in a file.

    Raises:
        QuestionSetError: it is missing or unreadable.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise QuestionSetError(f"{path} does not exist. Expected a file of questions; check the name.") from None
    except OSError as error:
        raise QuestionSetError(f"{path} cannot be read: {error.strerror}. Expected a readable file.") from error


def decode(name: str, content: bytes, first_line: int = 1) -> str:
    """Return UTF-8 as text, without a byte order mark.

    Raises:
        QuestionSetError: it is not UTF-8.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = first_line + content.count(b"\n", 0, error.start)
        if content.startswith(b"\x1f\x8b"):
            found, remedy = "is a gzip file", f"gunzip {quote(name)}"
        elif content.startswith((b"\xff\xfe", b"\xfe\xff")):
            found, remedy = "looks like UTF-16", conversion(Path(name), "UTF-16")
        else:
            found = f"byte 0x{content[error.start]:02x} is not UTF-8"
            remedy = conversion(Path(name), "WINDOWS-1252")
        raise QuestionSetError(f"{name} line {line}: {found}. Expected UTF-8 text; convert it: {remedy}") from None


def parse(name: str, text: str, first_line: int = 1) -> JsonSource:
    """Return a JSON text's value.

    Raises:
        QuestionSetError: it is not JSON, or not one that can be written to a file again.
    """
    try:
        value = json.loads(text, parse_constant=_refuse)
        if _SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        line = first_line + error.lineno - 1
        raise QuestionSetError(
            f"{name} line {line} column {error.colno}: {error.msg}. Expected JSON; correct it there or just before."
        ) from None
    except UnicodeEncodeError as error:
        raise QuestionSetError(
            f"{name} line {first_line}: it has {error.object[error.start]!r} in it, half of a character. Expected "
            "whole ones; write them as they are, not as \\u."
        ) from None
    except (ValueError, RecursionError) as error:
        raise QuestionSetError(f"{name} line {first_line}: {error}. Expected plain JSON; correct it.") from None
    return JsonSource(name, text, value, first_line)


def shown(value: object) -> str:
    """Return a value as JSON, cut to what fits in a message."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")


# Where in a JSON text a value stands: from its path to its line, for error messages.

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
