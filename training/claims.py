"""Statements about a text that it supports, or that differ from it in one thing: what support is learned from.

A claim is made from a sentence (as it stands, without a subordinate part, with words of another language) or from a
question and its answer, and then, half of the time, changed: another number, name, date, a negation, the opposite, two
names exchanged (as the negatives of Kryściński et al. 2020, FactCC, arXiv 1910.12840). PAWS-X's pairs (Yang et al.
2019, arXiv 1908.11828), sentences of the same words with the same meaning or another, are used as they are.
"""

from __future__ import annotations

import csv
import gzip
import io
import random
import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

# What a claim may be changed in.
CHANGES = ("number", "name", "date", "negation", "opposite", "exchange")
_NUMBER = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)*(?![\w])")
_NAME = re.compile(r"(?<=[\w,;)] )[A-ZÄÖÜÁÉÍÓÚ][\w-]{2,}(?: [A-ZÄÖÜÁÉÍÓÚ][\w-]+)*")
with Path(__file__).with_name("claims.toml").open("rb") as _file:
    _WORDS = tomllib.load(_file)
_AND = frozenset("und and oder or et y e ou og , sowie &".split())
_BRACKET = re.compile(r"\s*[(（][^()（）]{1,120}[)）]")
_ASKS_DE = re.compile(
    r"^(?:(?:An|Aus|Auf|Bei|Bis|Durch|Für|Gegen|In|Mit|Nach|Seit|Über|Um|Unter|Von|Vor|Zu|Zwischen) )?"
    r"(?P<ask>Wer|Wen|Wem|Was|Wann|Wo|Wohin|Woher|Wie (?:viele?|hoch|groß|lang|alt|weit|oft|schwer|tief|breit)"
    r"|Wieviele?|Welche[rsnm]?|welche[rsnm]?)\b(?P<noun>(?: [a-zäöü]\w+){0,2} [A-ZÄÖÜ]\w+)?"
    r" (?P<rest>[a-zäöüß]\w+ .{4,})\?$"
)
_ASKS_EN = re.compile(
    r"^(?P<ask>Who|What|Which|How many|How much)(?P<noun>(?: [a-z]+){0,3})? "
    r"(?P<rest>(?:is|are|was|were|has|have|had|can|will|would|could|[a-z]+ed|wrote|won|led|made|became|took|began)"
    r" .{4,})\?$"
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement, the sentence of a passage that it is about, and whether that sentence supports it."""

    text: str
    sentence: int
    supported: bool
    change: str = ""


class ClaimMaker:
    """Makes claims of sentences, and of questions with answers.

    Args:
        switches: by the language of a text, functions that put words of another language in.
        synonyms: likewise, functions that put words of the same meaning in.
    """

    def __init__(
        self,
        chance: random.Random,
        switches: dict[str, list[Callable[[str], str]]],
        synonyms: dict[str, Callable[[str], str]] | None = None,
    ) -> None:
        self._chance, self._switches, self._synonyms = chance, switches, synonyms or {}

    def of_sentence(self, sentences: Sequence[str], number: int, language: str) -> Claim | None:
        """Return a claim about a sentence, or None where nothing can be made of it."""
        text = " ".join(sentences[number].split())
        if self._chance.random() < 0.55:
            text = shortened(text, self._chance)
        if self._chance.random() < 0.5:
            text = without_phrase(text, language, self._chance)
        return self._finish(text, sentences, number, language)

    def of_answer(
        self, question: str, answer: str, others: Sequence[str], sentences: Sequence[str], number: int, language: str
    ) -> Claim | None:
        """Return a claim that a question's answer is this; half of the time another answer or a changed one.

        Args:
            others: answers to other questions, of which a wrong one is chosen.
        """
        wrong = ""
        if self._chance.random() < 0.3:
            same = [other for other in others if _kind(other) == _kind(answer) and not _overlap(other, answer)]
            wrong = self._chance.choice(same) if same else ""
        said = statement(question, wrong or answer, language) if self._chance.random() < 0.75 else ""
        text = said or f"{question} {wrong or answer}"
        if wrong:
            return Claim(self._worded(text, language), number, False, "answer")
        return self._finish(text, sentences, number, language)

    def changed(self, text: str, others: str, language: str, change: str) -> str:
        """Return a claim that differs in one thing, "" where it has no such thing.

        Args:
            others: text to take other numbers and names from.
        """
        return _MAKERS[change](text, others, language, self._chance)

    def _finish(self, text: str, sentences: Sequence[str], number: int, language: str) -> Claim | None:
        change = ""
        if self._chance.random() < 0.5:
            others = " ".join(sentences)
            for kind in self._chance.sample(CHANGES, len(CHANGES)):
                made = self.changed(text, others, language, kind)
                if made and made != text:
                    text, change = made, kind
                    break
            else:
                return None
        return Claim(self._worded(text, language), number, not change, change)

    def _worded(self, text: str, language: str) -> str:
        if language in self._synonyms and self._chance.random() < 0.5:
            text = self._synonyms[language](text)
        switches = self._switches.get(language)
        if switches and self._chance.random() < 0.5:
            text = self._chance.choice(switches)(text)
        if self._chance.random() < 0.15:
            text = text.rstrip(".。 ")
        return text


def shortened(text: str, chance: random.Random) -> str:
    """Return a sentence without what stands in brackets, without its last clause, or what is between two commas."""
    plain = _BRACKET.sub("", text)
    pieces = re.split(r"(?<=\D), |(?<=，)", plain)
    if len(pieces) == 2 and len(pieces[0].split()) >= 5:
        return pieces[0].rstrip(" ,") + ("." if text.endswith(".") else "")
    if len(pieces) > 2:
        if len(pieces) == 3 and chance.random() < 0.5:
            return f"{pieces[0]} {pieces[2]}"
        kept = chance.randint(1, len(pieces) - 1)
        short = ", ".join(pieces[:kept])
        if len(short.split()) >= 5 or (len(short) > 12 and " " not in short):
            return short.rstrip(" ,，") + ("." if text.endswith(".") else "")
    return plain


def without_phrase(text: str, language: str, chance: random.Random) -> str:
    """Return a sentence without one or two of its phrases, where that leaves what it says true: what is said less of.

    A phrase is a preposition and what follows it, or an adjective before a noun. Nothing is taken from a sentence that
    says "no", "all" or "only": what it says of fewer would be said of all.
    """
    patterns = _WORDS["phrases"].get(language)
    if not patterns or re.search(_WORDS["bounds"][language], text, re.IGNORECASE):
        return text
    for _ in range(chance.choice((1, 1, 2))):
        found = [match for pattern in patterns for match in re.finditer(pattern, text) if match.start() > 0]
        if not found:
            break
        match = chance.choice(found)
        shorter = text[: match.start()] + text[match.end() :]
        if len(shorter.split()) >= 4:
            text = shorter
    return text


def statement(question: str, answer: str, language: str) -> str:
    """Return a statement made of a question and its answer, "" where its form is another.

    German puts the verb second, so that what is asked for can be replaced where it stands; English only as the subject.
    """
    found = {"de": _ASKS_DE, "en": _ASKS_EN}.get(language, _ASKS_EN).match(question.strip())
    if not found or len(answer) > 80:
        return ""
    if language == "en" and found["noun"] and found["ask"] in ("What", "Which") and len(answer.split()) > 6:
        return ""
    noun = found["noun"] or ""
    if found["ask"].startswith(("Wie viel", "Wieviel", "How")):
        number = answer if noun.strip() and noun.strip() in answer else f"{answer}{noun}"
        return f"{_upper(number)} {found['rest']}."
    return f"{_upper(answer)} {found['rest']}."


def read_pairs(path: Path) -> list[tuple[str, str, bool]]:
    """Return PAWS-X's pairs of sentences, and whether both mean the same."""
    with io.StringIO(gzip.decompress(path.read_bytes()).decode()) as lines:
        rows = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        next(rows)
        return [(row[1], row[2], row[3] == "1") for row in rows if len(row) > 3 and row[1] and row[2]]


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _kind(answer: str) -> str:
    return "number" if re.search(r"\d", answer) else "name" if answer[:1].isupper() else "other"


def _overlap(a: str, b: str) -> bool:
    return bool(set(re.findall(r"\w+", a.lower())) & set(re.findall(r"\w+", b.lower())))


def _other_number(text: str, others: str, language: str, chance: random.Random) -> str:
    found = list(_NUMBER.finditer(text))
    if not found:
        return ""
    match = chance.choice(found)
    own = match[0]
    pool = [number for number in _NUMBER.findall(others) if number != own and len(number) == len(own)]
    if pool and chance.random() < 0.4:
        made = chance.choice(pool)
    else:
        # One figure is another: 1987 and 1997, 12,5 and 12,8.
        places = [place for place, figure in enumerate(own) if figure.isdigit() and (place or len(own) == 1)]
        place = chance.choice(places or [0])
        made = own[:place] + chance.choice([f for f in "0123456789" if f != own[place]]) + own[place + 1 :]
    return text[: match.start()] + made + text[match.end() :]


def _other_name(text: str, others: str, language: str, chance: random.Random) -> str:
    found = list(_NAME.finditer(text))
    pool = sorted({name for name in _NAME.findall(others) if name not in text})
    if not found or not pool:
        return ""
    match = chance.choice(found)
    return text[: match.start()] + chance.choice(pool) + text[match.end() :]


def _other_date(text: str, others: str, language: str, chance: random.Random) -> str:
    for names in map(str.split, _WORDS["dates"]):
        found = [match for name in names for match in re.finditer(rf"\b{name}\b", text)]
        if found:
            match = chance.choice(found)
            made = chance.choice([name for name in names if name != match[0]])
            return text[: match.start()] + made + text[match.end() :]
    return ""


def _negated(text: str, others: str, language: str, chance: random.Random) -> str:
    for pattern, made in _WORDS["negations"].get(language, ()):
        found = list(re.finditer(pattern, text))
        if found:
            match = chance.choice(found)
            return text[: match.start()] + match.expand(made) + text[match.end() :]
    return ""


def _opposed(text: str, others: str, language: str, chance: random.Random) -> str:
    pairs = dict(pair.split("=") for pair in _WORDS["opposites"].get(language, "").split())
    pairs |= {other: one for one, other in pairs.items()}
    found = [match for match in re.finditer(r"\w+", text) if match[0] in pairs]
    if not found:
        return ""
    match = chance.choice(found)
    return text[: match.start()] + pairs[match[0]] + text[match.end() :]


def _exchanged(text: str, others: str, language: str, chance: random.Random) -> str:
    found = list(_NAME.finditer(text))
    first = re.match(r"[A-ZÄÖÜ][\w-]+(?: [A-ZÄÖÜ][\w-]+)+", text)
    found = [first, *found] if first else found
    pairs = [
        (one, other)
        for one, other in pairwise(found)
        if one[0] != other[0] and one.end() < other.start() and not _AND.intersection(_between(text, one, other))
    ]
    if not pairs or (language == "de" and chance.random() < 0.5):
        return ""
    one, other = chance.choice(pairs)
    return text[: one.start()] + other[0] + text[one.end() : other.start()] + one[0] + text[other.end() :]


def _between(text: str, one: re.Match[str], other: re.Match[str]) -> list[str]:
    return re.findall(r"\w+|,|&", text[one.end() : other.start()]) or [","]


_MAKERS: dict[str, Callable[[str, str, str, random.Random], str]] = {
    "number": _other_number,
    "name": _other_name,
    "date": _other_date,
    "negation": _negated,
    "opposite": _opposed,
    "exchange": _exchanged,
}
