"""A JSON file checked against a pydantic model: each mistake is named by its file, line and field."""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import count
from operator import getitem
from pathlib import Path
from shlex import quote
from types import UnionType
from typing import Annotated, Any, Literal, NoReturn, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ValidationError
from pydantic.fields import FieldInfo

from index.documents.text import conversion
from index.errors import QuestionSetError, counted
from index.input_file import read_input

# Half of a character (a surrogate), written as an escape. One without its other half cannot be written to a file.
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_SHOWN_CHARACTERS = 60
_MISTAKES = 5
# Only so many of pydantic's errors are turned into sentences: a file of another kind may have one in every line.
_LOOKED_AT = 50
_QUESTIONS = "Expected a file of questions; give the article with --article, and the questions as FILE."
# What the values of a type are called, and an example.
_KINDS: tuple[tuple[type, str, str], ...] = (
    (BaseModel, "an object", "{…}"),
    (list, "a list", "[…]"),
    (str, "a text", '"…"'),
    (bool, "true or false", "true"),
    (int, "a whole number", "1"),
)
_Model = TypeVar("_Model", bound=BaseModel)

Identifier = Annotated[str, BeforeValidator(lambda value: str(value) if type(value) is int else value)]
"""A text; a whole number is read as one, because some data sets number their questions."""
JsonPath = Sequence[str | int]
"""Keys of objects and places in lists, from the outermost: ("questions", 12, "evidence", 0, "text")."""


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

    def error(self, path: JsonPath, message: str, code: str, **values: object) -> QuestionSetError:
        """Return an error about the value at a path: it names the file, the line and the field, in its values too."""
        line = self.first_line + line_of(self.text, path) - 1
        field = f", {dotted(path)}" if path else ""
        text = f"{self.name} line {line}{field}: {message}"
        return QuestionSetError(text, code, file=self.name, line=line, field=field, **values)

    def checked(self, model: type[_Model]) -> _Model:
        """Return the value as a model, without any conversion of types.

        Raises:
            QuestionSetError: it does not fit; the mistakes that come first in the file are named.
        """
        try:
            return model.model_validate(self.value, strict=True)
        except ValidationError as error:
            mistakes = error.errors(include_url=False)[:_LOOKED_AT]
        found: dict[JsonPath, QuestionSetError] = {}
        meant: set[JsonPath] = set()
        for mistake in (one for one in mistakes if one["type"] == "extra_forbidden"):
            path = mistake["loc"]
            known = [field.alias or name for name, field in _expected(model, path[:-1])[0].model_fields.items()]
            remedy = "remove it"
            if close := difflib.get_close_matches(str(path[-1]), known, 1):
                meant.add((*path[:-1], close[0]))
                remedy = f"perhaps {close[0]!r} is meant"
            message = f"is unknown. Expected one of {', '.join(known)}; {remedy}."
            found[path] = self.error(path, message, "field-unknown", known=", ".join(known))
        for mistake in mistakes:
            # A field that is there under a wrong name is not missing as well.
            if mistake["type"] != "extra_forbidden" and mistake["loc"] not in meant:
                found.setdefault(mistake["loc"], self._mistake(model, mistake))
        raise together(self.name, [found[path] for path in sorted(found, key=lambda path: line_of(self.text, path))])

    def _mistake(self, model: type[BaseModel], mistake: Any) -> QuestionSetError:
        """Return the sentence of a pydantic error."""
        path, kind, message = mistake["loc"], mistake["type"], mistake["msg"]
        if "-" in kind:
            # A validator of a model raised it, and named the code. It sees an empty default where a field is missing.
            try:
                reduce(getitem, path, self.value)
            except LookupError:
                message = message.replace("is empty", "is missing")
            return self.error(path, message, kind)
        if kind == "too_short":
            return self.error(path, "is empty. Add one.", "list-empty")
        if kind == "too_long":
            found, most = mistake["ctx"]["actual_length"], mistake["ctx"]["max_length"]
            message = f"has {found}. Expected at most {most}; take some out."
            return self.error(path, message, "list-too-long", found=found, most=most)
        expected, name, example = _expected(model, path)
        standard = next((words for known, *words in _KINDS if issubclass(expected, known)), ["", ""])
        shown_example = standard[1] if example is None else json.dumps(example, ensure_ascii=False)
        if kind == "missing":
            message = f"is missing. Expected {name or standard[0]}; add it."
            return self.error(path, message, "field-missing", example=shown_example)
        found = shown(mistake["input"])
        if kind == "greater_than_equal":
            least = mistake["ctx"]["ge"]
            message = f"is {found}. Expected at least {least}; correct it."
            return self.error(path, message, "field-too-small", found=found, least=least)
        name = name or ("some text" if kind.startswith("string_") and kind != "string_type" else standard[0])
        name += f" such as {shown_example}" if example is not None else ""
        if kind == "literal_error":
            name = shown_example = mistake["ctx"]["expected"].replace("'", '"').replace("None", "null")
            shown_example = shown_example.split(" or ")[0].split(",")[0]
        message = f"is {found}. Expected {name}; correct it."
        return self.error(path, message, "field-wrong", found=found, example=shown_example)


def together(name: str, errors: Sequence[QuestionSetError]) -> QuestionSetError:
    """Return one error that lists the first few of a file's.

    Args:
        name: the file, with which each of them begins.
        errors: at least one.
    """
    distinct = list({str(error): error for error in errors}.values())
    if len(distinct) == 1:
        return distinct[0]
    shown_errors = tuple(distinct[:_MISTAKES])
    first, *others = (str(error).removesuffix(".") for error in shown_errors)
    more = ["and more"] if len(distinct) > _MISTAKES else []
    message = "; ".join([first, *(text.removeprefix(f"{name} ") for text in others), *more]) + "."
    return QuestionSetError(message, "several-mistakes", mistakes=shown_errors, more="…" if more else "")


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
            f"{path} is empty ({counted(len(content), 'byte')}). Expected a JSON file with questions in it.",
            "question-file-empty",
            file=path,
        )
    if text.lstrip()[0] not in "{[":
        raise QuestionSetError(f"{path} is no JSON. {expected}", "question-file-not-json", file=path)
    return parse(str(path), text), hashlib.sha256(content).hexdigest()


def read_bytes(path: Path) -> bytes:
    """Return what is in a file.

    Raises:
        QuestionSetError: it is missing or unreadable.
    """
    try:
        return read_input(path)
    except FileNotFoundError:
        message = f"{path} does not exist. Expected a file of questions; check the name."
        raise QuestionSetError(message, "question-file-missing", file=path) from None
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}. Expected a readable file."
        raise QuestionSetError(message, "question-file-unreadable", file=path, reason=error.strerror) from error


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
        elif content.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
            found, remedy = "looks like UTF-32", conversion(Path(name), "UTF-32")
        elif content.startswith((b"\xff\xfe", b"\xfe\xff")):
            found, remedy = "looks like UTF-16", conversion(Path(name), "UTF-16")
        else:
            found = f"byte 0x{content[error.start]:02x} is not UTF-8"
            remedy = conversion(Path(name), "WINDOWS-1252")
        raise QuestionSetError(
            f"{name} line {line}: {found}. Expected UTF-8 text; convert it: {remedy}",
            "question-file-not-utf8",
            file=name,
            line=line,
            remedy=remedy,
        ) from None


def parse(name: str, text: str, first_line: int = 1) -> JsonSource:
    """Return a JSON text's value.

    Raises:
        QuestionSetError: it is not JSON, or has text in it that cannot be written to a file again.
    """
    line = first_line
    try:
        value = json.loads(text, parse_constant=_refuse)
        if _SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode()
        return JsonSource(name, text, value, first_line)
    except json.JSONDecodeError as error:
        line = first_line + error.lineno - 1
        found = f" column {error.colno}: {error.msg}. Expected JSON; correct it there or just before."
    except UnicodeEncodeError as error:
        half = repr(error.object[error.start])
        found = f": it has {half} in it, half of a character. Expected whole ones; write them as they are, not as \\u."
    except (ValueError, RecursionError) as error:
        found = f": {error}. Expected plain JSON; correct it."
    raise QuestionSetError(f"{name} line {line}{found}", "question-file-bad-json", file=name, line=line)


def shown(value: object) -> str:
    """Return a value as JSON, cut to what fits in a message."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"


def dotted(path: JsonPath) -> str:
    """Return a path as it is written in code: `questions[12].evidence[0].text`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


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
        if text[at] not in "{[":
            break
        found, here = None, _skip(text, at + 1)
        for number in count():
            if text[here] in "]}" or (found is not None and text[at] == "["):
                break
            key: str | int = number
            if text[at] == "{":
                key, here = _DECODER.raw_decode(text, here)
                here = _skip(text, _skip(text, here) + 1)
            if key == step:
                found = here
            here = _skip(text, _DECODER.raw_decode(text, here)[1])
            here = _skip(text, here + 1) if text[here] == "," else here
        if found is None:
            break
        at = found
    return text.count("\n", 0, at) + 1


def _skip(text: str, at: int) -> int:
    found = _WHITE_SPACE.match(text, at)
    return found.end() if found else at


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")


def _expected(model: Any, path: JsonPath) -> tuple[Any, str, Any]:
    """Return what a model has at a path: the type, its title ("" for none), and its first example (None for none)."""
    title, example = "", None
    for step in path:
        if isinstance(step, int):
            model, title, example = get_args(model)[0], "", example[0] if example else None
        else:
            field = next(field for name, field in model.model_fields.items() if step == (field.alias or name))
            model, title, example = field.annotation, field.title or "", (field.examples or [None])[0]
        while get_origin(model) in (Annotated, Union, UnionType):
            for field in (part for part in get_args(model) if isinstance(part, FieldInfo)):
                title, example = field.title or title, (field.examples or [example])[0]
            model = get_args(model)[0]
        if get_origin(model) is Literal:
            model = str
    return get_origin(model) or model, title, example
