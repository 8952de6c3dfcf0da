"""Checks a JSON file against a JSON Schema, and says in a sentence what does not fit."""

from __future__ import annotations

import difflib
from itertools import islice
from typing import Any

from rag.evaluation.extra import eval_extra
from rag.evaluation.json_source import JsonSource, shown
from rag.evaluation.positions import JsonPath, line_of

_KINDS = {
    "object": "an object",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "boolean": "true or false",
}
# The file's first mistake is among its first so many; a file of another kind may have one in every line.
_LOOKED_AT = 50
_EVIDENCE = 'Expected the words of the article that prove the answer, or "answerable": false; correct one.'


def check(source: JsonSource, schema: dict[str, Any]) -> None:
    """Return where a file fits a schema.

    Raises:
        QuestionSetError: it does not; the mistake that comes first in the file is named.
        ExtraError: jsonschema is not installed.
    """
    with eval_extra():
        from jsonschema import Draft202012Validator
    mistakes = islice(Draft202012Validator(schema).iter_errors(source.value), _LOOKED_AT)
    found = [_explain(mistake) for mistake in mistakes]
    if found:
        path, message = min(found, key=lambda one: line_of(source.text, one[0]))
        raise source.error(path, message)


def _explain(mistake: Any) -> tuple[JsonPath, str]:
    """Return the path and the sentence of a jsonschema `ValidationError`."""
    path: tuple[str | int, ...] = tuple(mistake.absolute_path)
    rule, wanted, found = mistake.validator, mistake.validator_value, mistake.instance
    if rule == "additionalProperties":
        known = list(mistake.schema["properties"])
        name = next(key for key in found if key not in known)
        close = difflib.get_close_matches(name, known, 1)
        meant = f"perhaps {close[0]!r} is meant" if close else "remove it"
        return (*path, name), f"is unknown. Expected one of {', '.join(known)}; {meant}."
    if rule == "required":
        name = next(key for key in wanted if key not in found)
        if "then" in mistake.absolute_schema_path:
            return (*path, name), f"is missing, and the question is answerable. {_EVIDENCE}"
        return (*path, name), "is missing. Expected it in every such object; add it."
    if rule == "minItems":
        answerable = "then" in mistake.absolute_schema_path
        return path, f"is empty, and the question is answerable. {_EVIDENCE}" if answerable else "is empty. Add one."
    if rule == "maxItems":
        return (
            path,
            'is not empty, and the question is not answerable. Expected [], or "answerable": true; correct one.',
        )
    expected = {
        "type": _KINDS.get(wanted, wanted) if isinstance(wanted, str) else "",
        "const": shown(wanted) if rule == "const" else "",
        "minimum": f"at least {wanted}",
        "minLength": "some text",
        "pattern": 'a language code such as "de"' if path[-1:] == ("language",) else "some text",
    }.get(rule)
    return path, f"is {shown(found)}. Expected {expected}; correct it." if expected else str(mistake.message)
