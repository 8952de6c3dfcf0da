"""Questions as people type them: keywords, telegram style, lower case, no question mark, umlauts written out."""

from __future__ import annotations

import random
import re

# What is left out of a question in telegram style.
_LEFT_OUT = {
    "de": "der die das den dem des ein eine einen einem einer ist sind war waren wird werden wurde wurden hat haben "
    "hatte es sich im in am an auf von vom zu zum zur für mit bei und er sie denn eigentlich",
    "en": "the a an is are was were be been do does did has have had in on at of to for with by it that this",
    "es": "el la los las un una es son fue fueron ha han de del en a al por para con se que",
    "fr": "le la les l un une des est sont fut a ont été de du d en à au aux par pour avec se",
    "nb": "en et er var ble har hadde i på av til for med det den de som",
}
_WORDS = {language: frozenset(words.split()) for language, words in _LEFT_OUT.items()}
_ASKS = re.compile(r"\b(?:was|what|que|qué|hva|quoi)\b", re.IGNORECASE)
_WRITTEN_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})


class Wording:
    """Rewords a share of questions.

    Args:
        share: how many; of these a third each in lower case without a question mark, in telegram style, as keywords.
    """

    def __init__(self, share: float, chance: random.Random) -> None:
        self._share, self._chance = share, chance

    def __call__(self, question: str, language: str) -> str:
        """Return the question, or a rewording of it."""
        if not question or self._chance.random() >= self._share:
            return question
        kind = self._chance.randrange(3)
        said = question.rstrip("?？ ") or question
        if kind:
            said = telegram(said, language)
        if kind == 2:
            said = _ASKS.sub("", said)
        if kind != 1:
            said = said.lower()
        if language == "de" and self._chance.random() < 0.2:
            said = said.translate(_WRITTEN_OUT)
        said = " ".join(said.split())
        # A question of nothing but small words stays what it is.
        return said if len(said) >= 0.3 * len(question) else question


def telegram(question: str, language: str) -> str:
    """Return a question without its articles, auxiliaries and prepositions."""
    small = _WORDS.get(language, frozenset())
    return " ".join(word for word in question.split() if word.lower() not in small)
