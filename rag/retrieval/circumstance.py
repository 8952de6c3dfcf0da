"""What a question asks of one time or of one class, and a sentence says of another.

"How long is the notice in the trial period?" is not answered by "After the trial period, it is three months", although
the words are the same. Nor is what is asked of "class 6a" or "the S7", where no article has that name, answered by what
is said of 6b.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from index.search.lexical import stem, words
from rag.conversation.language import FUNCTION_WORDS

# Words between a preposition and its noun: "in the first trial period".
_MOST_BETWEEN = 3
# Of these, the ones that may be the noun: "the first" one, and "trial".
_NOUNS = 2
# Of those that exclude each other, the first say what is within.
_INSIDE = 0
# A letter and a number ("S7", "B12"), or a number and one of the first letters ("6a"): others are units and ordinals
# ("5m", "3d", "2e"). Not what is also said in words: a quarter or a half of a year, a group of states.
_DESIGNATOR = re.compile(r"(?<![\w-])(?:[^\W\d_ghqGHQ]\d{1,4}|\d{1,3}[abcfABCF])(?![\w-])")
_PARTS = re.compile(r"\d+|[^\W\d_]+")


def circumstances(text: str, language: str) -> dict[str, set[int]]:
    """Return the nouns behind prepositions that exclude others, and which of them stand before each.

    Returns:
        By the noun's stem, places in `FunctionWords.opposed`; {} in a language whose function words are not known.
    """
    known = FUNCTION_WORDS.get(language)
    if known is None:
        return {}
    found: dict[str, set[int]] = {}
    said = words(text)
    for at, word in enumerate(said):
        for place, some in enumerate(known.opposed):
            if word in some or known.preposition(word) in some:
                behind = [one for one in said[at + 1 : at + 2 + _MOST_BETWEEN] if one not in known.all]
                # Who was invited "nach Wien" was invited to a meeting "in Wien"; "vor Ostern" is not "nach Ostern".
                leads_there = word in known.directions and said[at + 1 : at + 2] == behind[:1]
                places = {place, _INSIDE} if leads_there else {place}
                for noun in behind[:_NOUNS]:
                    found.setdefault(stem(noun, language), set()).update(places)
    return found


def excludes(asked: dict[str, set[int]], sentence: str, language: str) -> bool:
    """Return whether a sentence says something only of another time than a question of the same language asks about.

    Args:
        asked: the circumstances of the question.
    """
    said = circumstances(sentence, language)
    return any(noun in said and not said[noun] & places for noun, places in asked.items())


def unknown_designators(question: str, knows: Callable[[str], bool]) -> list[str]:
    """Return the names with a number in them that a question has and no article.

    Args:
        knows: tells whether a folded word stands in the articles or their headings. "M 40" is "M40", too.
    """
    found = [one.group().lower() for one in _DESIGNATOR.finditer(question)]
    return [one for one in found if not knows(one) and not all(map(knows, _PARTS.findall(one)))]
