"""Short texts of everyday life with questions, put together from training/everyday.toml.

Encyclopaedias, which almost all sets of questions are about, have no opening hours, telephone numbers and warning
lights; people's documents have. Names, numbers and places are drawn anew for each text, so that only what is asked can
be learned.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from training.corpus import Asked, Source

LANGUAGES = ("de", "en")
# A text's sentences, and of its questions, how many are in the other language.
SHORTEST, LONGEST, FOREIGN = 3, 9, 0.25
# Of the texts, how many are lists ("Gewicht: 3 kg").
LISTS = 0.25
# Of the texts, how many are there in two editions, which a question then names.
EDITIONS = 0.2
# Of the questions that could be asked of such a thing and that the text does not answer, how many are asked.
UNANSWERED = 0.12
_FIRST = (
    "Anna Jonas Mira Ole Ruth Piet Lena Carl Ines Hugo Vera Theo Nora Emil Judith Max Silja Bruno Edda Till".split()
)
_LAST_PARTS = ("Berg Stein Wald Feld Brandt Krüger Holm Lind Falk Roth", "mann er hof bach berg dal wig ner s t")
_TOWN_PARTS = (
    "Alt Neu Ober Unter Wald Stein Birken Grün Rot Hohen",
    "dorf stadt bach berg heim feld tal furt see hafen",
)
_STREETS = "Hafenstraße Lindenweg Marktgasse Schulstraße Bergweg Uferweg Mill_Lane Church_Road Bridge_Street Park_Row"
_DATES = {
    "de": (
        "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
        "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
        "rot grün gelb weiß dunkelrot hellblau braun violett",
    ),
    "en": (
        "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
        "January February March April May June July August September October November December",
        "red green yellow white dark-red light-blue brown purple",
    ),
}
_LISTED = {"day": 0, "day2": 0, "month": 1, "month2": 1, "colour": 2, "colour2": 2}
_RANGES = {
    "h": (7, 11),
    "h2": (16, 22),
    "h3": (3, 9),
    "age": (4, 18),
    "small": (1, 15),
    "big": (18, 60),
    "few": (2, 6),
    "year": (1780, 2015),
    "recent": (2019, 2027),
    "watt": (20, 2400),
    "db": (20, 80),
    "number": (10, 99),
}
_PRONOUNS = {"der": "er", "die": "sie", "das": "es", "the": "it"}
# "Wer leitet {S}": who does something to it.
_ACCUSATIVE = re.compile(r"^(wer \w+ )\{S\}", re.IGNORECASE)
_FACTS = tomllib.loads(Path(__file__).with_name("everyday.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class _Fact:
    """What a text says of its subject: sentences, questions and names for it, by language."""

    says: dict[str, list[str]]
    asks: dict[str, list[str]]
    keys: dict[str, list[str]]


class _Values(dict[str, str]):
    """What stands in the slots of a text, each drawn when it is first asked for."""

    def __init__(self, language: str, chance: random.Random) -> None:
        super().__init__()
        self._language, self.chance = language, chance

    def __missing__(self, slot: str) -> str:
        self[slot] = self._drawn(slot)
        return self[slot]

    def _drawn(self, slot: str) -> str:
        chance = self.chance
        if slot in _RANGES:
            return str(chance.randint(*_RANGES[slot]))
        if slot in _LISTED:
            some = _DATES[self._language][_LISTED[slot]].split()
            taken = {self.get(other) for other in (slot.rstrip("2"), f"{slot}2")}
            return chance.choice([one for one in some if one not in taken])
        family, town = ("".join(chance.choice(part.split()) for part in parts) for parts in (_LAST_PARTS, _TOWN_PARTS))
        drawn: dict[str, Callable[[], str]] = {
            "n": lambda: self._number(2, 180, decimals=0.4),
            "count": lambda: self._number(12, 2500),
            "money": lambda: self._money(self._number(2, 40, decimals=0.6)),
            "sum": lambda: self._money(str(chance.randint(3, 900) * 1000)),
            "phone": lambda: f"0{chance.randint(200, 999)} {chance.randint(10_000, 999_999)}",
            "street": lambda: chance.choice(_STREETS.split()).replace("_", " "),
            "person": lambda: f"{chance.choice(_FIRST)} {family}",
            "family": lambda: family,
            "town": lambda: town,
            "company": lambda: f"{family} {chance.choice(('GmbH', '& Söhne', 'Ltd', 'AG'))}",
        }
        return drawn[slot]()

    def _number(self, least: int, most: int, decimals: float = 0.0) -> str:
        """Return a number as the language writes it; a share of them with a decimal."""
        number = float(self.chance.randint(least, most))
        if self.chance.random() < decimals:
            number += self.chance.randint(1, 9) / 10
        written = f"{number:,.1f}".removesuffix(".0")
        return written.translate(str.maketrans(",.", ".,")) if self._language == "de" else written

    def _money(self, amount: str) -> str:
        return f"{amount} {'Euro' if self._language == 'de' else self.chance.choice(('euros', 'pounds', 'dollars'))}"


def everyday(count: int, chance: random.Random) -> Iterator[Source]:
    """Yield that many texts with their questions, half of them German."""
    for number in range(count):
        language = LANGUAGES[number % 2]
        if chance.random() >= EDITIONS:
            yield _text(language, chance)
            continue
        first = chance.randint(1990, 2024)
        draft, both = chance.random(), []
        for year in (first, first + chance.randint(1, 12)):
            # The same facts of the same subject, with other values.
            both.append(_text(language, random.Random(draft), random.Random(f"{draft} {year}"), str(year)))
        yield Source(language, [both[0].paragraphs[0], both[1].paragraphs[0]], [*both[0].titles, *both[1].titles])


def _facts(kind: str) -> list[_Fact]:
    """Return what can be said of a kind of subject."""
    return [
        _Fact(*({own: entry[own][part].split("|") for own in LANGUAGES} for part in ("says", "asks", "key")))
        for entry in _FACTS["facts"]
        if kind in entry["of"].split()
    ]


def _text(language: str, chance: random.Random, drawing: random.Random | None = None, edition: str = "") -> Source:
    """Return a text with its questions.

    Args:
        drawing: draws names and numbers; None draws them as the rest.
        edition: the year that its title and its questions name, if any.
    """
    drawing = drawing or chance
    kind = chance.choice(sorted(_FACTS["subjects"][language]))
    place = chance.randrange(len(_FACTS["subjects"][language][kind].split("|")))
    values = {own: _Values(own, drawing) for own in LANGUAGES}
    subjects = {own: _FACTS["subjects"][own][kind].split("|")[place].format_map(values[language]) for own in LANGUAGES}
    facts = _facts(kind)
    chance.shuffle(facts)
    count = chance.randint(SHORTEST, LONGEST)
    said, unsaid = facts[:count], facts[count:]
    listed = chance.random() < LISTS
    title = " ".join(filter(None, (_upper(_bare(subjects[language])), edition)))
    text, asked = title + (":\n" if listed else ". "), []
    if not listed and not edition and chance.random() < 0.5:
        text = ""
    for fact in said:
        sentence = _filled(chance.choice(fact.says[language]), subjects[language], values[language])
        before, answer, behind = re.split("[«»]", sentence, maxsplit=2)
        if listed:
            before, behind = f"- {chance.choice(fact.keys[language])}: ", "\n"
        start = len(text) + len(before)
        text += f"{before}{answer}{behind}" + ("" if listed else " ")
        for question in chance.sample(fact.asks[language], 2):
            asked.append(_asked(question, fact, language, subjects, values, (start, start + len(answer)), chance))
        if chance.random() < 0.3:
            # What follows has other names and numbers.
            values[language].clear()
    for fact in unsaid:
        if chance.random() < UNANSWERED:
            asked.append(_asked(chance.choice(fact.asks[language]), fact, language, subjects, values, None, chance))
    if edition:
        asked = [replace(one, question=_of(edition, one.question, chance)) for one in asked]
    return Source(language, [(text.rstrip(), asked)], [title])


def _asked(
    question: str,
    fact: _Fact,
    language: str,
    subjects: dict[str, str],
    values: dict[str, _Values],
    answer: tuple[int, int] | None,
    chance: random.Random,
) -> Asked:
    own = language
    if chance.random() < FOREIGN:
        own = LANGUAGES[1 - LANGUAGES.index(language)]
        question = chance.choice(fact.asks[own])
    return Asked(_filled(question, subjects[own], values[own]), answer, language=own)


def _of(edition: str, question: str, chance: random.Random) -> str:
    plain = question.rstrip("? ")
    wording = chance.choice(("{0} {1}", "{0} ({1})", "{1}: {0}", "{0} im Jahr {1}", "{0} in {1}"))
    return wording.format(plain, edition) + question[len(plain) :].strip()


def _filled(text: str, subject: str, values: _Values) -> str:
    article = subject.split()[0]
    if article == "der":
        text = _ACCUSATIVE.sub(rf"\1den {_bare(subject)}", text)
    text = text.replace("{S}", subject).replace("{P}", _PRONOUNS[article])
    return text.replace("{C}", _upper(values.chance.choice((subject, _PRONOUNS[article])))).format_map(values)


def _bare(subject: str) -> str:
    return subject.split(" ", 1)[1]


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
