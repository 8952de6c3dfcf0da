"""An exported file → its Export. Nothing in the file is trusted: every field is checked before it is used."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import is_dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, NoReturn, TypeVar, get_args, get_origin, get_type_hints

from index.errors import ExportError
from ui.export.data import FORMAT, MAX_BYTES, Export, ExportedArticle, Made
from ui.export.page import BLOCK_END, BLOCK_START

_REPAIR = "Expected the file as Beleg's chat exported it; export it anew, or get it from whoever did."
_KINDS = {str: "a text", int: "a whole number from 0", float: "a number from 0 to 1", bool: "true or false"}
_PATTERNS: dict[tuple[type, str], str] = {
    (Made, "date"): r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00",
    (ExportedArticle, "id"): "[0-9a-f]{16}",
    (ExportedArticle, "sha256"): "[0-9a-f]{64}",
    (ExportedArticle, "language"): "[a-z]{2,3}",
}
_Noun = TypeVar("_Noun")


def read_export(path: Path) -> tuple[Export, str]:
    """Return what an exported file's data block says, and the whole file's text.

    Raises:
        ExportError: it is missing, too large, no UTF-8 text, no export, of another format, or malformed.
    """
    text = _text(path)
    start = text.find(BLOCK_START)
    end = text.find(BLOCK_END, start)
    if start < 0 or end < 0:
        raise ExportError(f"{path} is no export of Beleg: it has no block {BLOCK_START!r}. {_REPAIR}")
    try:
        data = json.loads(text[start + len(BLOCK_START) : end], parse_constant=_refuse_constant)
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ExportError(f"{path} has half a character in its data block. {_REPAIR}") from None
    except (ValueError, RecursionError) as error:
        raise ExportError(f"{path} has a data block that is not JSON ({_brief(error)}). {_REPAIR}") from None
    found = data.get("format") if isinstance(data, dict) else None
    if found != FORMAT:
        made = data.get("made") if isinstance(data, dict) else None
        version = made.get("beleg") if isinstance(made, dict) else None
        remedy = "Check it with the Beleg that made it" + (f", {_shown(version)}." if version else ".")
        raise ExportError(f"{path} is of the format {_shown(found)}. This Beleg reads {FORMAT!r}. {remedy}")

    def refuse(where: str, found: str, expected: str) -> NoReturn:
        raise ExportError(f"{path}: {where.lstrip('.') or 'the data block'} {found}. Expected {expected}. {_REPAIR}")

    export = _noun(Export, data, "", refuse)
    _check_references(export, refuse)
    return export, text


_Refuse = Callable[[str, str, str], NoReturn]


def _text(path: Path) -> str:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise ExportError(f"{path} has {size / 1e6:.0f} MB. Expected at most {MAX_BYTES // 1_000_000}. {_REPAIR}")
        # One more than is allowed, for what has no size of its own, such as a pipe.
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise ExportError(f"{path} does not exist. Expected an exported file; check the name.") from None
    except OSError as error:
        raise ExportError(f"{path} cannot be read: {error.strerror}. Expected an exported file.") from error
    if len(content) > MAX_BYTES:
        raise ExportError(f"{path} has more than {MAX_BYTES // 1_000_000} MB. {_REPAIR}")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ExportError(
            f"{path} is not UTF-8: byte 0x{content[error.start]:02x} at {error.start}. {_REPAIR}"
        ) from None


def _noun(noun: type[_Noun], value: object, where: str, refuse: _Refuse) -> _Noun:
    if not isinstance(value, dict):
        refuse(where, f"is {_shown(value)}", "an object")
    hints = get_type_hints(noun)
    if missing := [name for name in hints if name not in value]:
        refuse(f"{where}.{missing[0]}", "is missing", _kind(hints[missing[0]]))
    if unknown := [name for name in value if name not in hints]:
        refuse(f"{where}.{_brief(unknown[0])}", "is there", f"only {', '.join(hints)}")
    read = {name: _value(hints[name], value[name], f"{where}.{name}", refuse) for name in hints}
    for name in hints:
        pattern = _PATTERNS.get((noun, name))
        if pattern and not re.fullmatch(pattern, read[name], re.ASCII):
            refuse(f"{where}.{name}", f"is {_shown(read[name])}", f"what matches {pattern}")
    return noun(**read)


def _value(hint: Any, value: object, where: str, refuse: _Refuse) -> Any:
    if is_dataclass(hint) and isinstance(hint, type):
        return _noun(hint, value, where, refuse)
    if isinstance(hint, UnionType) and NoneType in get_args(hint):
        rest = next(kind for kind in get_args(hint) if kind is not NoneType)
        return None if value is None else _value(rest, value, where, refuse)
    if get_origin(hint) is tuple:
        if not isinstance(value, list):
            refuse(where, f"is {_shown(value)}", "a list")
        return tuple(_value(get_args(hint)[0], item, f"{where}[{at}]", refuse) for at, item in enumerate(value))
    if get_origin(hint) is Literal:
        if value not in get_args(hint):
            refuse(where, f"is {_shown(value)}", " or ".join(get_args(hint)))
        return value
    if hint in _KINDS:
        if not _fits(hint, value):
            refuse(where, f"is {_shown(value)}", _KINDS[hint])
        return value
    return _settings(value, where, refuse)


def _settings(value: object, where: str, refuse: _Refuse) -> object:
    if not isinstance(value, dict):
        refuse(where, f"is {_shown(value)}", "an object")
    for name, item in value.items():
        if not isinstance(item, str | int | float | NoneType) or (isinstance(item, float) and not math.isfinite(item)):
            refuse(f"{where}.{_brief(name)}", f"is {_shown(item)}", "a text, a number, true, false or null")
    return value


def _fits(kind: Any, value: object) -> bool:
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return isinstance(value, kind)


def _check_references(export: Export, refuse: _Refuse) -> None:
    """Refuse what each field by itself does not show: an article named twice or not there, half an abstention."""
    known = [article.id for article in export.articles]
    if len(set(known)) < len(known):
        refuse("articles", "has an id twice", "each article once")
    for at, turn in enumerate(export.turns):
        where = f"turns[{at}]"
        if turn.abstained and (turn.citations or turn.short):
            refuse(where, "is not answered and has an answer", "citations and short empty")
        if not turn.abstained and (not turn.citations or turn.nearest):
            refuse(where, "is answered and has no citation, or has nearest sentences", "citations, and nearest empty")
        if stray := [one for one in (*turn.citations, *turn.nearest) if one.article_id not in known]:
            refuse(where, f"quotes the article {_shown(stray[0].article_id)}, which is not there", "one of articles")


def _kind(hint: Any) -> str:
    return _KINDS.get(hint) or ("a list" if get_origin(hint) is tuple else "what Beleg writes there")


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")


def _shown(value: object) -> str:
    return _brief(json.dumps(value, ensure_ascii=False))


def _brief(said: object) -> str:
    text = str(said)
    return text if len(text) <= 60 else text[:59] + "…"
