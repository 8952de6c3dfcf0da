"""Questions as people type them: keywords, telegram style, misspelt, in other words, with a greeting, yes or no."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping

from training.switching import WordList

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
# Said before a question and behind it, parted by "|".
_AROUND = {
    "de": (
        "sag mal,|hallo,|danke,|ok,|und|ich wüsste gern:|weißt du,|bitte,|noch eine frage:|dann noch:|äh|guten tag,",
        "denn|eigentlich|nochmal|bitte|genau|so|da|überhaupt",
    ),
    "en": (
        "hi,|thanks,|ok,|and|please tell me:|do you know|one more thing:|so|hello,|i would like to know:|um",
        "please|exactly|again|then|actually|thanks",
    ),
    "es": ("hola,|gracias,|y|por favor,|oye,|vale,|quisiera saber:", "por favor|exactamente|entonces"),
    "fr": ("bonjour,|merci,|et|s'il te plaît,|ok,|je voudrais savoir :|dis,", "exactement|au juste|alors"),
}
# What is written for one another by ear, in either direction.
_BY_EAR = [
    pair.split("=")
    for pair in "ie=ei ck=k ss=s ß=s th=t ph=f v=f ee=e tz=z ä=e b=v c=s ou=o gg=ck nn=n mm=m ll=l rr=r tt=t "
    "ie=i eh=e ah=a oh=o ea=ee y=i qu=kw sch=sh z=s d=t g=k".split()
]
_LONG_WORD = re.compile(r"[^\W\d_]{4,}")
_ASKS_WHETHER = {
    "en": re.compile(
        r"^(?:when|where|who|whom|what|(?:which|what|how many|how much)(?P<noun>(?: [a-z-]+){1,2}))"
        r" (?P<verb>is|are|was|were|did|does|do|has|have|had|can|could|will|would) (?P<rest>.{4,})\?$",
        re.IGNORECASE,
    ),
    "de": re.compile(
        r"^(?:(?P<who>wer)|(?P<when>wann|wo|in welche[mr] [A-ZÄÖÜ]\w+)|was|wen|wie viele?(?P<noun> [A-ZÄÖÜ]\w+)"
        r"|welche[ns]?(?P<which> [A-ZÄÖÜ]\w+))"
        r" (?P<verb>[a-zäöüß]+) (?P<rest>.{4,})\?$",
        re.IGNORECASE,
    ),
}
# German verbs behind which another verb ends the question.
_AUXILIARIES = frozenset(
    "wurde wurden wird werden hat haben hatte hatten kann können konnte konnten soll sollte muss musste".split()
)


class Wording:
    """Rewords some questions, and misspells some.

    Args:
        share: of the questions, how many are reworded: lower case without a question mark, telegram style, keywords, or
            something said around it, a quarter each.
        synonyms: by language, words with others of the same meaning; as many again have some words replaced.
    """

    def __init__(self, share: float, chance: random.Random, synonyms: Mapping[str, WordList] | None = None) -> None:
        self._share, self._chance = share, chance
        self._synonyms = synonyms or {}

    def __call__(self, question: str, language: str) -> str:
        """Return the question, or a rewording of it."""
        if not question:
            return question
        words = self._synonyms.get(language)
        if words and self._chance.random() < self._share:
            question = words.switch(question, 0.5, self._chance).text
        if self._chance.random() < self._share:
            question = self._reworded(question, language)
        if self._chance.random() < self._share / 3:
            question = misspelt(question, self._chance)
        return question

    def _reworded(self, question: str, language: str) -> str:
        kind = self._chance.choice(("lower", "telegram", "keywords", "around"))
        said = question.rstrip("?？ ") or question
        if kind == "around":
            return around(question, language, self._chance)
        if kind != "lower":
            said = telegram(said, language)
        if kind == "keywords":
            said = _ASKS.sub("", said)
        if kind != "telegram":
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


def around(question: str, language: str, chance: random.Random) -> str:
    """Return a question with something polite or idle before it or behind it, where the language has such words."""
    before, behind = (words.split("|") for words in _AROUND.get(language, ("", "")))
    if not before[0]:
        return question
    if chance.random() < 0.6:
        return f"{chance.choice(before)} {question[0].lower()}{question[1:]}"
    plain = question.rstrip("? ")
    return f"{plain} {chance.choice(behind)}{question[len(plain) :].strip()}"


def misspelt(text: str, chance: random.Random) -> str:
    """Return a text with one or two words mistyped or written by ear."""
    for _ in range(1 if chance.random() < 0.6 else 2):
        words = list(_LONG_WORD.finditer(text))
        if words:
            match = chance.choice(words)
            text = text[: match.start()] + _mistyped(match[0], chance) + text[match.end() :]
    return text


def _mistyped(word: str, chance: random.Random) -> str:
    heard = [(one, other) for pair in _BY_EAR for one, other in (pair, pair[::-1]) if one in word[1:]]
    kind = chance.randrange(5)
    if kind >= 2 and heard:
        one, other = chance.choice(heard)
        return word[0] + word[1:].replace(one, other, 1)
    place = chance.randrange(1, len(word) - 1)
    if kind == 0:
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    return word[:place] + word[place + 1 :] if kind == 1 else word[:place] + word[place] + word[place:]


def asks_whether(question: str, answer: str, language: str) -> str:
    """Return the question whether this is the answer ("Wurde 1911 …?"), "" where its form is another."""
    found = _ASKS_WHETHER[language].match(question.strip()) if language in _ASKS_WHETHER else None
    if not found or len(answer) > 40:
        return ""
    verb, rest, answer = found["verb"], found["rest"].strip(), answer.strip(" .,;:")
    noun = found["noun"] or ""
    if noun.strip() and noun.strip().lower() not in answer.lower():
        answer += noun
    if language == "en":
        year = answer.isdigit() and len(answer) == 4
        return f"{verb.capitalize()} {rest} {'in ' if year and question[:4].lower() == 'when' else ''}{answer}?"
    first, _, last = rest.rpartition(" ")
    if found["who"] or found["when"]:
        rest = f"{answer} {rest}"
    elif verb in _AUXILIARIES and first and last[0].islower():
        rest = f"{first} {answer} {last}"
    else:
        rest = f"{rest} {answer}"
    return f"{verb.capitalize()} {rest}?"
