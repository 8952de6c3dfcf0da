"""Checks a JSON file against a JSON Schema, and says in a sentence what does not fit."""

from __future__ import annotations

import difflib
import json
from collections.abc import Container
from itertools import islice
from typing import Any

from rag.evaluation.formats.json_file import JsonPath, JsonSource, line_of, shown, together
from rag.evaluation.measures import eval_extra

_KINDS = {
    "object": "an object",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "boolean": "true or false",
}
# The file's first mistakes are among its first so many; a file of another kind may have one in every line.
_LOOKED_AT = 50
_EVIDENCE = 'Expected the words of the article that prove the answer, or "answerable": false; correct one.'


def check(source: JsonSource, schema: dict[str, Any]) -> None:
    """Return where a file fits a schema.

    Raises:
        QuestionSetError: it does not; the mistakes that come first in the file are named.
        ExtraError: jsonschema is not installed.
    """
    with eval_extra():
        from jsonschema import Draft202012Validator
    mistakes = list(islice(Draft202012Validator(schema).iter_errors(source.value), _LOOKED_AT))
    found: dict[JsonPath, str] = {}
    meant: set[JsonPath] = set()
    for mistake in mistakes:
        if mistake.validator == "additionalProperties":
            _explain_unknown(mistake, found, meant)
    for mistake in mistakes:
        if mistake.validator == "required":
            _explain_missing(mistake, found, meant)
        elif mistake.validator != "additionalProperties":
            path = tuple(mistake.absolute_path)
            found.setdefault(path, _explain(path, mistake))
    if found:
        in_order = sorted(found, key=lambda path: line_of(source.text, path))
        raise together(source.name, [source.error(path, found[path]) for path in in_order])


def _explain_unknown(mistake: Any, found: dict[JsonPath, str], meant: set[JsonPath]) -> None:
    """Add what to say of unknown fields, and the paths of those that they are perhaps meant to be."""
    path, known = tuple(mistake.absolute_path), list(mistake.schema["properties"])
    for name in mistake.instance:
        if name in known:
            continue
        remedy = "remove it"
        if close := difflib.get_close_matches(name, known, 1):
            meant.add((*path, close[0]))
            remedy = f"perhaps {close[0]!r} is meant"
        found[*path, name] = f"is unknown. Expected one of {', '.join(known)}; {remedy}."


def _explain_missing(mistake: Any, found: dict[JsonPath, str], meant: Container[JsonPath]) -> None:
    """Add what to say of missing fields, but of those that are there under a wrong name."""
    for name in mistake.validator_value:
        path = (*mistake.absolute_path, name)
        if name not in mistake.instance and path not in meant:
            proof = f"is missing, and the question is answerable. {_EVIDENCE}"
            plain = "is missing. Expected it in every such object; add it."
            found[path] = proof if "then" in mistake.absolute_schema_path else plain


def _explain(path: JsonPath, mistake: Any) -> str:
    """Return the sentence of any other jsonschema `ValidationError`."""
    rule, wanted = mistake.validator, mistake.validator_value
    if rule == "minItems":
        answerable = "then" in mistake.absolute_schema_path
        return f"is empty, and the question is answerable. {_EVIDENCE}" if answerable else "is empty. Add one."
    if rule == "maxItems":
        return 'is not empty, and the question is not answerable. Expected [], or "answerable": true; correct one.'
    expected = {
        "type": _kind(mistake),
        "const": shown(wanted) if rule == "const" else "",
        "minimum": f"at least {wanted}",
        "minLength": "some text",
        "pattern": 'a language code such as "de"' if path[-1:] == ("language",) else "some text",
    }.get(rule)
    return f"is {shown(mistake.instance)}. Expected {expected}; correct it." if expected else str(mistake.message)


def _kind(mistake: Any) -> str:
    wanted = mistake.schema.get("type", ())
    kinds = " or ".join(_KINDS[kind] for kind in ([wanted] if isinstance(wanted, str) else wanted))
    examples = mistake.schema.get("examples")
    return f"{kinds} such as {json.dumps(examples[0], ensure_ascii=False)}" if examples else kinds
