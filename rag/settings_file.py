"""Settings ↔ a JSON file of format "beleg-settings/1", which holds what differs from the default.

    {"format": "beleg-settings/1", "note": {...}, "settings": {"answer_bar": 0.5, "calibration": {"slope": 0.9}}}

`note` is for people: how the settings came to be. It changes nothing.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

from index.errors import SettingsError
from index.whole_file import whole_file
from rag.settings import Settings

FORMAT = "beleg-settings/1"
# Least and greatest value of a field; None is no limit, and a field that is not here has none.
_RANGES: dict[str, tuple[float | None, float | None]] = {
    "index.passage_tokens": (1, None),
    "index.overlap_tokens": (0, None),
    "index.bm25_k1": (0, None),
    "index.bm25_b": (0, 1),
    "index.ngram": (1, None),
    "cited_before": (0, None),
    "pool_passages": (1, None),
    "candidate_passages": (1, None),
    "read_sentences": (1, None),
    "read_passages": (1, None),
    "sure": (0, 1),
    "short_answer_bar": (0, 1),
    # A slope of 0 would make all sentences equally probable.
    "calibration.slope": (1e-6, None),
    "answer_bar": (0, 1),
    "unsure_bar": (0, 1),
    "further_bar": (0, 1),
    "overview_bar": (0, 1),
    "overview_sentences": (1, None),
    "max_citations": (1, None),
    "nearest_sentences": (0, None),
    "max_question_characters": (1, None),
}

# The values of a field that is no number.
_CHOICES = {"reader": ("trained", "embedding")}


def read_settings(path: Path) -> Settings:
    """Read a settings file; what it leaves out is as by default.

    Raises:
        SettingsError: it is missing, not JSON, of another format, or has an unknown field, one given twice, one of the
            wrong type or one out of range.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=lambda pairs: _once(path, pairs))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        _refuse(path, f"cannot be read: {reason}", "a settings file, as 'beleg calibrate --out FILE' writes it")
    except (ValueError, RecursionError) as error:
        _refuse(path, f"is not JSON: {error}", "a settings file, as 'beleg calibrate --out FILE' writes it")
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        found = f"has the format {data.get('format')!r}" if isinstance(data, dict) else f"is {_name(data)}"
        _refuse(path, found, f'a JSON object with "format": "{FORMAT}"')
    if unknown := data.keys() - {"format", "note", "settings"}:
        _refuse(path, f"has the unknown field {min(unknown)!r}", "format, note and settings")
    return settings_from_dict(data.get("settings", {}), path)


def write_settings(settings: Settings, path: Path, note: Mapping[str, object]) -> None:
    """Write what differs from the default, whole or not at all; a file there is replaced.

    Args:
        note: plain JSON values that say how the settings came to be.

    Raises:
        SettingsError: the file cannot be written.
    """
    data = {"format": FORMAT, "note": dict(note), "settings": _difference(settings, Settings())}
    with whole_file(path, SettingsError) as scratch:
        scratch.write_text(json.dumps(data, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def settings_from_dict(data: object, path: Path) -> Settings:
    """Make Settings of a dict of the fields that differ from the default, or of all (`dataclasses.asdict`).

    Args:
        path: the file that it stands in, for messages.

    Raises:
        SettingsError: a field is unknown, of the wrong type or out of range.
    """
    settings: Settings = _merge(Settings(), data, path, "")
    if settings.index.overlap_tokens >= settings.index.passage_tokens:
        _refuse(path, f"index.overlap_tokens is {settings.index.overlap_tokens}", "less than index.passage_tokens")
    return settings


def _merge(default: Any, data: object, path: Path, where: str) -> Any:
    if not isinstance(data, dict):
        _refuse(path, f"{where or 'settings'} is {_name(data)}", "a JSON object")
    known = [field.name for field in fields(default)]
    values = {}
    for name, value in data.items():
        field = f"{where}.{name}" if where else name
        if name not in known:
            _refuse(path, f"has the unknown field {field!r}", f"one of {', '.join(known)}")
        old = getattr(default, name)
        if is_dataclass(old):
            values[name] = _merge(old, value, path, field)
        elif field in _CHOICES:
            values[name] = _choice(_CHOICES[field], value, path, field)
        else:
            values[name] = _number(old, value, path, field)
    return replace(default, **values)


def _choice(choices: Sequence[str], value: object, path: Path, field: str) -> str:
    if value not in choices:
        _refuse(path, f"{field} is {_name(value)}", " or ".join(json.dumps(choice) for choice in choices))
    return str(value)


def _number(default: int | float, value: object, path: Path, field: str) -> int | float:
    whole = isinstance(default, int)
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        _refuse(path, f"{field} is {_name(value)}", "a whole number" if whole else "a number")
    try:
        number = value if whole else float(value)
        finite = whole or math.isfinite(number)
    except OverflowError:
        finite = False
    if not finite:
        _refuse(path, f"{field} is {_name(value)}", "a finite number")
    low, high = _RANGES.get(field, (None, None))
    if (low is not None and number < low) or (high is not None and number > high):
        limits = f"from {low} to {high}" if high is not None else f"of at least {low}"
        _refuse(path, f"{field} is {_name(value)}", f"a {'whole ' if whole else ''}number {limits}")
    return number


def _difference(settings: Any, default: Any) -> dict[str, Any]:
    """Return the fields that are not as by default, nested."""
    found = {}
    for field in fields(default):
        value, usual = getattr(settings, field.name), getattr(default, field.name)
        if value != usual:
            found[field.name] = _difference(value, usual) if is_dataclass(usual) else value
    return found


def _once(path: Path, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if twice := [name for name in names if names.count(name) > 1]:
        _refuse(path, f"has the field {twice[0]!r} twice", "each field once")
    return dict(pairs)


def _name(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:37]}…"


def _refuse(path: Path, found: str, expected: str) -> NoReturn:
    raise SettingsError(f"the settings {path}: {found}. Expected {expected}.")
