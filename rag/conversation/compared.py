"""Questions whether one of two things has more: "is A heavier than B?".

Seldom says one sentence which of two has more. That A is 48 kg and B 63 kg stands there, each by itself, and each is a
question that can be answered: "How heavy is A?" The answer shows both, and leaves the comparing to who asks. German and
English only: how a comparative is taken apart, and what then asks for a degree, is each language's own.
"""

from __future__ import annotations

import re

from index.search.lexical import words
from rag.conversation.language import FUNCTION_WORDS, FunctionWords
from rag.conversation.wording import ENDS

# Comparatives that are not their adjective with an ending.
_IRREGULAR = dict(
    pair.split("=")
    for pair in (
        "höher=hoch größer=groß älter=alt länger=lang kürzer=kurz stärker=stark schwächer=schwach "
        "wärmer=warm kälter=kalt jünger=jung härter=hart näher=nah dunkler=dunkel teurer=teuer "
        "schärfer=scharf besser=gut hoher=hoch groesser=groß grösser=groß later=late larger=large "
        "wider=wide nicer=nice closer=close safer=safe older=old elder=old better=good worse=bad "
        "leiser=leise müder=müde weiser=weise denser=dense wiser=wise finer=fine looser=loose"
    ).split()
)
_ASKS = {"de": "Wie {adjective} {verb} {thing}?", "en": "How {adjective} {verb} {thing}?"}
_VERBS = {"de": "ist|sind|war|waren|wird|wurde", "en": "is|are|was|were|will be"}
_THAN = {"de": "als", "en": "than"}
_MORE = {"de": "", "en": "(?:more|less) (?P<plain>\\w+)|"}
_LEAD = {"de": "(?:(?:und|also|dann|denn) )?", "en": "(?:(?:and|so|then) )?"}
_DIGITS = re.compile(r"\d+")


def compared(question: str) -> list[str]:
    """Return the two questions that a comparison is answered by, [] for any other question."""
    text = " ".join(question.split()).strip(ENDS)
    for language, verbs in _VERBS.items():
        comparative = rf"(?:{_MORE[language]}(?P<comparative>\w+er))"
        whether = rf"{_LEAD[language]}(?P<verb>{verbs}) (?P<one>.+?) {comparative} {_THAN[language]} (?P<other>.+)"
        found = re.fullmatch(whether, text, re.IGNORECASE)
        if found is None:
            continue
        said = found["comparative"] or ""
        adjective = _adjective(found.groupdict().get("plain") or "", said, language)
        # "Was he a teacher as a father?": German nouns have a capital.
        if adjective and (not said or said[0].islower() or text.isupper()):
            things = _things(found["one"].strip(ENDS), found["other"].strip(ENDS), FUNCTION_WORDS[language])
            verb = found["verb"].lower()
            return [_ASKS[language].format(adjective=adjective, verb=verb, thing=thing) for thing in things]
    return []


def _things(one: str, other: str, known: FunctionWords) -> list[str]:
    """Return what is compared. "The fee of 2024" and "2023" are two fees."""
    if other.isdigit() and (numbers := _DIGITS.findall(one)):
        return [one, one.replace(numbers[-1], other)]
    # "Is it longer than before?" compares with nothing that is named.
    names_nothing = known.before.union(known.now, known.pronouns, known.neuter).issuperset(words(other))
    return [] if names_nothing else [one, other]


def _adjective(plain: str, comparative: str, language: str) -> str:
    if plain:
        return plain
    said = comparative.lower()
    if said in _IRREGULAR:
        return _IRREGULAR[said]
    stem = said[:-2]
    if language == "en" and stem.endswith("i"):
        return f"{stem[:-1]}y"
    # "Bigger", "hotter".
    return stem[:-1] if language == "en" and stem[-2:-1] == stem[-1:] and stem[-1:] not in "ls" else stem
