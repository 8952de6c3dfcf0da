"""An exported file → its Export. Nothing in the file is trusted: every field is checked before it is used."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from pydantic import TypeAdapter, ValidationError

from index.errors import ExportError
from index.input_file import read_input
from ui.export.data import FORMAT, MAX_BYTES, Export
from ui.export.page import BLOCK_END, BLOCK_START

_REPAIR = "Expected the file as Beleg's chat exported it; export it anew, or get it from whoever did."
_MEGABYTES = MAX_BYTES // 1_000_000
# What is said of a value that pydantic refuses, where its own message is about Python's types.
_EXPECTED = {
    "dataclass_type": "an object",
    "mapping_type": "an object",
    "tuple_type": "a list",
    "string_type": "a text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
}


def read_export(path: Path) -> tuple[Export, str]:
    """Return what an exported file's data block says, and the whole file's text.

    Raises:
        ExportError: it is missing, too large, no UTF-8 text, no export, of another format, or malformed.
    """
    text = _text(path)
    start = text.find(BLOCK_START)
    end = text.find(BLOCK_END, start)
    if start < 0 or end < 0:
        raise ExportError(
            f"{path} is no export of Beleg: it has no block {BLOCK_START!r}. {_REPAIR}", "export-foreign", path=path
        )
    data = _data(path, text[start + len(BLOCK_START) : end])
    found = data.get("format") if isinstance(data, dict) else None
    if found != FORMAT:
        made = data.get("made") if isinstance(data, dict) else None
        version = _shown(made.get("beleg", "?")) if isinstance(made, dict) else "?"
        raise ExportError(
            f"{path} is of the format {_shown(found)}. This Beleg reads {FORMAT!r}. Check it with the Beleg that made "
            f"it, {version}, or export the conversation anew.",
            "export-other-format",
            path=path,
            found=_shown(found),
            expected=FORMAT,
            version=version,
        )
    try:
        export = TypeAdapter(Export).validate_python(data)
    except ValidationError as error:
        where, what, expected = _fault(error, data)
    else:
        where, what, expected = _inconsistency(export)
        if not where:
            return export, text
    raise ExportError(
        f"{path}: {where} {what}. Expected {expected}. {_REPAIR}",
        "export-malformed",
        path=path,
        where=where,
    )


def _text(path: Path) -> str:
    try:
        content = read_input(path, MAX_BYTES)
    except FileNotFoundError:
        raise ExportError(
            f"{path} does not exist. Expected an exported file; check the name.", "export-missing", path=path
        ) from None
    except OSError as error:
        raise ExportError(
            f"{path} cannot be read: {error.strerror}. Expected an exported file.",
            "export-unreadable",
            path=path,
            reason=error.strerror,
        ) from error
    if len(content) > MAX_BYTES:
        raise ExportError(
            f"{path} has more than {_MEGABYTES} MB. {_REPAIR}", "export-too-large", path=path, most=_MEGABYTES
        )
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ExportError(
            f"{path} is not UTF-8: byte 0x{content[error.start]:02x} at {error.start}. {_REPAIR}",
            "export-not-utf8",
            path=path,
            place=error.start,
        ) from None


def _data(path: Path, block: str) -> Any:
    """Return a block's JSON, whose texts can all be encoded."""
    try:
        data = json.loads(block, parse_constant=_refuse_constant)
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ExportError(
            f"{path} has half a character in its data block. {_REPAIR}", "export-half-character", path=path
        ) from None
    except (ValueError, RecursionError) as error:
        raise ExportError(
            f"{path} has a data block that is not JSON ({_brief(error)}). {_REPAIR}",
            "export-not-json",
            path=path,
        ) from None
    return data


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")


def _fault(refused: ValidationError, data: Any) -> tuple[str, str, str]:
    """Return where the data first is not as it should be, what is there, and what was expected."""
    first = refused.errors(include_url=False)[0]
    path, value = [], data
    for step in first["loc"]:
        if not (step in value if isinstance(value, dict) else isinstance(value, list) and isinstance(step, int)):
            break
        path.append(step)
        value = value[step]
    if first["type"] == "missing":
        return _where([*path, first["loc"][-1]]), "is missing", "it there"
    if first["type"] == "unexpected_keyword_argument":
        return _where(path), "is there", "no field of that name"
    if len(path) < len(first["loc"]):  # The rest names one of the types that a setting may have.
        return _where(path), f"is {_shown(value)}", "a text, a number, true, false or null"
    expected = first["msg"].removeprefix("Input should be ").replace("String should match pattern", "what matches")
    return _where(path), f"is {_shown(value)}", _EXPECTED.get(first["type"], expected)


def _inconsistency(export: Export) -> tuple[str, str, str]:
    """Return what each field by itself does not show: an article that is twice or not there, half an abstention."""
    known = {article.id for article in export.articles}
    if len(known) < len(export.articles):
        return "articles", "has an id twice", "each article once"
    for at, turn in enumerate(export.turns):
        where = f"turns[{at}]"
        if turn.abstained and (turn.citations or turn.short or turn.prose or turn.differs or turn.unanswered):
            return where, "is not answered and has an answer", "citations, prose, short and unanswered empty"
        if not turn.abstained and (not turn.citations or turn.nearest):
            return where, "is answered and has no citation, or has nearest sentences", "citations, and nearest empty"
        if lost := [one.citation for one in turn.short if one.citation > len(turn.citations)]:
            return where, f"has a short answer of its citation {lost[0]}, which is not there", "one of citations"
        if any(not one.citations or max(one.citations) > len(turn.citations) for one in turn.prose):
            return where, "has prose of a citation that is not there", "numbers of citations"
        if stray := [one.article_id for one in (*turn.citations, *turn.nearest) if one.article_id not in known]:
            return where, f"quotes the article {_shown(stray[0])}, which is not there", "one of articles"
    return "", "", ""


def _where(path: Sequence[int | str]) -> str:
    steps = "".join(f"[{step}]" if isinstance(step, int) else f".{_brief(step)}" for step in path)
    return steps.removeprefix(".") or "the data block"


def _shown(value: object) -> str:
    return _brief(json.dumps(value, ensure_ascii=False))


def _brief(said: object) -> str:
    text = str(said)
    return text if len(text) <= 60 else text[:59] + "…"
