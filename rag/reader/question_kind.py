"""What kind of answer a question asks for: yes or no, somebody, a time, a place, a number, or anything else.

Closed-class words tell it where their language is known (interrogatives.toml); a linear model over the lower layers'
states of the question tells it elsewhere, in any of the encoder's languages, and of which kind "what" or "which" is
("In which year"). benchmarks/fit_kinds.py fits it.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias, cast

from index.search.lexical import fold, words
from rag.conversation.language import question_language, script_of

Kind: TypeAlias = Literal["person", "time", "place", "number"]
Asked: TypeAlias = Literal["person", "time", "place", "number", "manner", "thing", "yes or no"]
# In the order of the fitted weights; after them what is none of these.
KINDS: tuple[Kind, ...] = ("person", "time", "place", "number")
_TABLE = Path(__file__).with_name("interrogatives.toml")
_ORDER = ("time", "number", "person", "place", "manner", "thing")
_AFTER_QUESTION = re.compile(r"[?？؟](?=\s*\w)")
_CHINESE_OR_JAPANESE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")


@cache
def _patterns() -> dict[str, dict[str, re.Pattern[str]]]:
    table = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    listed = {**table["known"], "other": table["other"], "unspaced": table["unspaced"]}
    # Written with accents or without; they match folded text.
    return {name: {kind: re.compile(pattern) for kind, pattern in kinds.items()} for name, kinds in listed.items()}


def asked_in_words(question: str) -> Asked | None:
    """Return what a question's closed-class words say that it asks for; None where they do not tell."""
    patterns = _patterns()
    # Of several the last asks ("Wer baute sie? Und wann?"); of one, its main clause ("When many sing, what …?").
    for tail in (_AFTER_QUESTION.split(question)[-1], question.rpartition("¿")[2], question.rpartition(",")[2]):
        told = asked_in_words(tail) if tail.strip() and tail != question else None
        if told and (told != "yes or no" or tail == _AFTER_QUESTION.split(question)[-1]):
            return told
    if _CHINESE_OR_JAPANESE.search(question):
        found = _earliest(patterns["unspaced"], question.strip())
        if found:
            return found
        return "yes or no" if patterns["unspaced"]["particle"].search(question.strip()) else None
    spoken = re.sub(r"[^\w]+", " ", fold(question)).strip()
    said = words(question)
    other = _elsewhere(patterns["other"], spoken)
    if script_of(question) != "LATIN":
        return other
    # "Was" and some others are words of more than one language.
    possible = [name for name in patterns if question_language(said, prefer=name) == name]
    verdicts = {verdict for name in possible if (verdict := _known(patterns[name], spoken))}
    if len(verdicts) != 1:
        return None if verdicts else other
    verdict = verdicts.pop()
    # "Do kogo" is Polish, though "do" is English.
    return None if verdict == "yes or no" and other not in (None, verdict) else verdict


def _elsewhere(patterns: dict[str, re.Pattern[str]], spoken: str) -> Asked | None:
    if patterns["particle"].search(spoken):
        return "yes or no"
    return _earliest(patterns, spoken) or ("yes or no" if patterns["enclitic"].search(spoken) else None)


def _known(patterns: dict[str, re.Pattern[str]], spoken: str) -> Asked | None:
    found = _earliest(patterns, spoken)
    if patterns["polite"].match(spoken):
        return found
    return "yes or no" if patterns["verb"].match(spoken) else found


def _earliest(patterns: dict[str, re.Pattern[str]], text: str) -> Asked | None:
    matches = [(match.start(), place) for place, kind in enumerate(_ORDER) if (match := patterns[kind].search(text))]
    return cast("Asked", _ORDER[min(matches)[1]]) if matches else None
