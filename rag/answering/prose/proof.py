"""Whether sentences prove a statement that an LLM wrote. In doubt they do not.

The cheap checks come first. Every number, date, unit, quotation and name of the statement must stand in the sentences,
in their order, and the words that turn a meaning around ("not", "if", "said", "only") must be the same ones
(operators.toml). Then the reader's support head judges (rag/reader/support.py): it is weak at what was left out and at
names that were exchanged, so these are the lexical checks' part; a statement in the article's own language has no words
of its own, and one in another has to be nearly certain.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np

from index import Index, Span
from index.search.lexical import UNSPACED, fold, stem, words
from index.search.numbers import find_numbers
from rag.conversation.language import FUNCTION_WORDS, told_language
from rag.reader.network import PassageReader
from rag.reader.quantity import Quantity, comparable, quantities, same
from rag.reader.support import support
from rag.settings import LLMSettings

_LISTED: dict[str, dict[str, str]] = tomllib.loads(
    Path(__file__).with_name("operators.toml").read_text(encoding="utf-8")
)
_FREE = {code: frozenset(listed.split("|")) for code, listed in _LISTED.pop("free").items()}
_WORD = re.compile(r"[^\W_]+(?:[’'][^\W_]+)*")
_QUOTED = re.compile(r"[„“”\"«»「」『』‚‘]([^„“”\"«»「」『』‚‘’]{2,})[“”\"«»「」『』‘’]")
_EDGES = " \t\n.!?…。！？\"'„“”«»*_"
# Two words have one root if they begin alike: this many letters, and this share of the longer.
_ROOT_LETTERS, _ROOT_SHARE = 4, 0.65
# A title of more words is a headline: who "he" is in the text below, it does not tell.
_MOST_TITLE_WORDS = 4
# Of a sentence in a language whose operators are not known, or that has no capital letters, a statement must say this
# share of the words: what is left out may have turned its meaning around.
_LEAST_SAID = 0.8


@dataclass(frozen=True, slots=True)
class Source:
    """A sentence that the LLM was shown.

    Attributes:
        number: that it was shown under, from 1.
        row: of `Index.sentences`; `passage`: of `Index.passages`.
        text: as it is read.
        above: the title and the headings that it stands under.
    """

    number: int
    row: int
    passage: int
    text: str
    above: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a statement is proved.

    Attributes:
        reason: why it is not: "source" (it cites nothing that there is), "number", "quotation", "name", "order",
            "operator" (negation and the like), "words" or "support"; "" where it is proved.
        support: probability that the sources say it, 0 to 1; of one that is withheld by a lexical check, 0.
        sources: those that prove it, in order.
    """

    reason: str
    support: float = 0.0
    sources: tuple[Source, ...] = ()


class Proof:
    """Checks statements against the sentences that an LLM was shown for one question.

    Args:
        reader: None proves nothing but sentences as they are.
    """

    def __init__(
        self, sources: Sequence[Source], index: Index, reader: PassageReader | None, settings: LLMSettings
    ) -> None:
        self._sources = {source.number: source for source in sources}
        self._index, self._reader, self._settings = index, reader, settings
        self._read: dict[int, _Text] = {}

    def check(self, text: str, numbers: Sequence[int]) -> Verdict:
        """Return whether the sentences that a statement cites prove it, or the one sentence that does instead.

        Args:
            numbers: as the LLM gave them; those of no source are dropped.
        """
        if copied := self._copied(text):
            return Verdict("", 1.0, (copied,))
        cited = [self._sources[number] for number in dict.fromkeys(numbers) if number in self._sources]
        if not any(character.isalnum() for character in text):
            return Verdict("words")
        first = Verdict("source")
        for place, group in enumerate(self._groups(text, cited)):
            verdict = self._proved(text, group)
            if not verdict.reason:
                return verdict
            if place == 0 or first.reason == "source":
                first = verdict
        return first

    def _groups(self, text: str, cited: Sequence[Source]) -> Iterator[tuple[Source, ...]]:
        """Yield the sources that may prove a statement, the likeliest first: each by itself, then together."""
        if cited and len(cited) <= self._settings.most_sources:
            yield from ((one,) for one in cited)
            if len(cited) > 1:
                yield tuple(sorted(cited, key=lambda source: source.number))
        others = [source for source in self._sources.values() if source not in cited]
        said = set(_topic(words(text)))
        near = max(others, key=lambda one: (self._alike(said, one), -one.number), default=None)
        if near is not None:
            yield (near,)
        for one in (*cited[:1], *((near,) if near and not cited else ())):
            before = self._sources.get(one.number - 1)
            if before is not None and before.row == one.row - 1 and self._text(one).refers_back:
                yield (before, one)

    def _alike(self, said: set[str], source: Source) -> int:
        """Return how many words, and numbers twice, a source has of a statement's."""
        tokens = self._text(source).tokens
        shared = said & {token.folded for token in tokens}
        return sum(2 if any(character.isdigit() for character in word) else 1 for word in shared)

    def _copied(self, text: str) -> Source | None:
        plain = " ".join(text.split()).strip(_EDGES)
        for source in self._sources.values():
            if plain and plain == " ".join(source.text.split()).strip(_EDGES):
                return source
        return None

    def _text(self, source: Source) -> _Text:
        if source.row not in self._read:
            article, *_ = self._index.locate(source.row)
            self._read[source.row] = _Text(source.text, article.language)
        return self._read[source.row]

    def _proved(self, text: str, group: tuple[Source, ...]) -> Verdict:
        if self._reader is None:
            return Verdict("support")
        article, *_ = self._index.locate(group[-1].row)
        language = told_language(text, sorted({*FUNCTION_WORDS, "zh", "ja"})) or article.language
        said = _Text(text, language, article.language)
        bar = _bar(said, [self._text(source) for source in group], group[-1].above, self._settings)
        if isinstance(bar, str):
            return Verdict(bar)
        chance = self._support(text, group)
        return Verdict("" if chance >= bar else "support", chance, group)

    def _support(self, text: str, group: Sequence[Source]) -> float:
        """Return how probable it is that one of some sources says a statement, read in its passage."""
        if self._reader is None:
            return 0.0
        best = 0.0
        for passage in dict.fromkeys(source.passage for source in group):
            view = self._index.passage_view(passage)
            spans = []
            for source in group:
                if source.passage == passage:
                    _, _, start, end = self._index.locate(source.row)
                    spans.append(Span(*view.place(start, end)))
            found = support(self._reader, text, view.text, spans)
            best = max(best, float(np.max(found, initial=0.0)))
        return best


@dataclass(frozen=True, slots=True)
class _Token:
    """A word.

    Attributes:
        stem: by the language of the article.
        named: whether it has a capital letter and is no function word: a name, in German every noun, and perhaps a
            first word.
        number: whether it is in digits, or within a value.
    """

    folded: str
    stem: str
    named: bool
    number: bool


class _Text:
    """A statement or a sentence, read for the checks.

    Args:
        language: its own.
        stemmed: the language whose stems are compared; its own by default.
    """

    def __init__(self, text: str, language: str, stemmed: str = "") -> None:
        self.text, self.language, self._stemmed = text, language, stemmed or language

    @cached_property
    def values(self) -> list[Quantity]:
        return quantities(self.text, self.language)

    @cached_property
    def numbers(self) -> list[frozenset[str]]:
        """Of each number, what it may mean."""
        found = find_numbers(self.text, [self.language])
        return [frozenset(number.readings) for number in found]

    @cached_property
    def quoted(self) -> list[str]:
        return [" ".join(match[1].split()) for match in _QUOTED.finditer(self.text)]

    @cached_property
    def tokens(self) -> list[_Token]:
        valued = [(one.start, one.end) for one in self.values]
        known = FUNCTION_WORDS.get(self.language)
        light = known.all if known else frozenset()
        found = []
        for match in _WORD.finditer(self.text):
            raw = match.group()
            within = any(match.start() < end and match.end() > start for start, end in valued)
            for folded in words(raw):
                named = folded not in light and any(character.isupper() for character in raw)
                is_number = within or any(character.isdigit() for character in folded)
                found.append(_Token(folded, stem(folded, self._stemmed), named, is_number))
        return found

    @cached_property
    def topic(self) -> list[_Token]:
        """The words that carry a topic, without numbers."""
        known = FUNCTION_WORDS.get(self.language)
        light = (known.all - known.now - known.after - known.before) if known else frozenset()
        return [one for one in self.tokens if not one.number and one.folded not in light]

    @cached_property
    def operators(self) -> dict[str, int]:
        return _operators(" ".join(words(self.text)), self.language)

    @cached_property
    def is_unspaced(self) -> bool:
        return bool(UNSPACED.search(self.text))

    @cached_property
    def has_capitals(self) -> bool:
        return any(character.isupper() or character.islower() for character in self.text) and not self.is_unspaced

    @cached_property
    def refers_back(self) -> bool:
        """Whether it begins with a pronoun, so that the sentence before says who is meant."""
        known = FUNCTION_WORDS.get(self.language)
        begins = {one.folded for one in self.tokens[:3]}
        return bool(known and begins & (known.pronouns | known.demonstratives))


@cache
def _kinds(language: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (kind, re.compile(rf"(?<!\w)(?:{listed[language]})(?!\w)"))
        for kind, listed in _LISTED.items()
        if language in listed
    )


def _operators(folded: str, language: str) -> dict[str, int]:
    """Return how many words of each kind in operators.toml a text has."""
    counts = {kind: len(pattern.findall(folded)) for kind, pattern in _kinds(language)}
    return {kind: count for kind, count in counts.items() if count}


def _topic(said: Sequence[str]) -> list[str]:
    light = frozenset().union(*(known.all for known in FUNCTION_WORDS.values()))
    return [word for word in said if word not in light]


def _bar(said: _Text, sources: Sequence[_Text], above: Sequence[str], settings: LLMSettings) -> float | str:
    """Return how high the support must be for a statement, or the name of the lexical check that it fails."""
    if reason := _values(said, sources):
        return reason
    told = " ".join(" ".join(source.text.split()) for source in sources)
    if any(quoted not in told for quoted in said.quoted):
        return "quotation"
    foreign = said.language != sources[-1].language
    if reason := _turned(said, sources):
        return reason
    known = _FREE.keys() >= {said.language, sources[-1].language}
    if not known or not said.has_capitals or not sources[-1].has_capitals:
        return _unread(said, sources, settings)
    tokens = [token for source in sources for token in source.tokens]
    others = [token for token in said.topic if not _stands(token, tokens, strict=token.named)]
    foreign = foreign and bool(others)
    names = [token for token in others if token.named]
    bar = settings.support_bar
    if names:
        if foreign and all(_exonym(token.folded, said.language, sources) for token in names):
            others = [token for token in others if not token.named]
        elif _in_title(names, above) and not said.refers_back:
            # Who "it" is, a title tells; where a sentence says nothing of the kind, it has to be nearly certain.
            bar = settings.support_bar if sources[-1].refers_back else settings.title_bar
            others = [token for token in others if not token.named]
        else:
            return "name"
    if not foreign and sources[-1].refers_back:
        others = [token for token in others if not _in_title([token], above)]
    if reason := _order(said, sources, foreign=foreign):
        return reason
    if foreign:
        return settings.foreign_bar
    # What is no topic says how things hang together: "before", "against", "more".
    free = _FREE[said.language]
    have = {token.folded for token in tokens}
    light = [token.folded for token in said.tokens if token not in said.topic and not token.number]
    contracted = FUNCTION_WORDS[said.language].contracted
    have |= {contracted.get(word, word) for word in have}
    little = [one for one in light if one not in free and one not in have and contracted.get(one, one) not in have]
    # A word in the place of another may be its opposite, which the reader takes for it too often.
    return "words" if others or little else bar


def _values(said: _Text, sources: Sequence[_Text]) -> str:
    """Return "number" for a number, date or unit that stands in no source, or next to other words there."""
    there = [value for source in sources for value in source.values]
    numbers = [number for source in sources for number in source.numbers]
    if any(not any(number & other for other in numbers) for number in said.numbers):
        return "number"
    for value in said.values:
        agreeing = [other for other in there if _agrees(value, other)]
        if not agreeing:
            return "number"
        alike = [other for other in there if comparable(value, other)]
        if len(alike) > 1 and not all(_agrees(value, other) for other in alike):
            # "Adults pay 9 euros, children 5": a number belongs to the words beside it.
            beside = _beside(said, value)
            if not any(beside & _beside(source, other) for source in sources for other in source.values
                       if _agrees(value, other)):  # fmt: skip
                return "number"
    return ""


def _agrees(value: Quantity, other: Quantity) -> bool:
    if (value.bound, value.about) != (other.bound, other.about) or not same(value, other):
        return False
    if value.kind != other.kind and {value.kind, other.kind} != {"count", "date"}:
        return False
    if any(value.date):
        return all(mine is None or mine == its for mine, its in zip(value.date, other.date, strict=True))
    return bool(value.values & other.values) or any(
        abs(a - b) <= 1e-6 * max(abs(a), abs(b)) for a in value.values for b in other.values
    )


def _beside(text: _Text, value: Quantity) -> set[str]:
    """Return the stem of the word with a topic that stands next before a value."""
    before = _Text(text.text[: value.start], text.language, text._stemmed)
    return {before.topic[-1].stem} if before.topic else {"^"}


def _turned(said: _Text, sources: Sequence[_Text]) -> str:
    """Return "operator" where a statement has not the same kinds of operators as its sources."""
    mine = said.operators
    theirs: dict[str, int] = {}
    for source in sources:
        for kind, count in source.operators.items():
            theirs[kind] = theirs.get(kind, 0) + count
    if mine.keys() != theirs.keys():
        return "operator"
    return "operator" if any(mine[kind] != theirs[kind] for kind in ("negation", "denial") if kind in mine) else ""


def _unread(said: _Text, sources: Sequence[_Text], settings: LLMSettings) -> float | str:
    """Return the bar where names or operators cannot be told: every word must be there, and few be left out."""
    have = {token.folded for source in sources for token in source.tokens}
    mine = [token.folded for token in said.tokens]
    if not set(mine) <= have:
        return "words"
    if len(sources) > 1 or len(mine) < _LEAST_SAID * len(sources[0].tokens):
        return "words"
    return settings.support_bar


def _stands(token: _Token, tokens: Sequence[_Token], *, strict: bool) -> bool:
    """Return whether a word is there, or, unless `strict`, one with the same root."""
    if any(token.stem == other.stem or token.folded == other.folded for other in tokens):
        return True
    if strict:
        genitive = token.folded.removesuffix("s")
        return any(genitive == other.folded.removesuffix("s") for other in tokens if len(genitive) > 2)
    return len(token.folded) >= _ROOT_LETTERS and any(_same_root(token.folded, other.folded) for other in tokens)


def _same_root(one: str, other: str) -> bool:
    least = max(_ROOT_LETTERS, round(_ROOT_SHARE * max(len(one), len(other))))
    return len(min(one, other, key=len)) >= least and one[:least] == other[:least]


def _in_title(names: Sequence[_Token], above: Sequence[str]) -> bool:
    """Return whether the names are those of a title or heading that is a name itself: "Heron 5", and no headline."""
    for line in above:
        named = words(line)
        if len(named) <= _MOST_TITLE_WORDS and all(token.folded in named for token in names):
            return True
    return False


def _order(said: _Text, sources: Sequence[_Text], *, foreign: bool) -> str:
    """Return "order" where names stand in another order than in a source, or one between two of them is left out.

    "Kishida met Yoon in Seoul and Biden in Washington" proves neither that Yoon met Kishida nor that Kishida met Yoon
    in Washington.
    """
    for source in sources:
        place, first = -1, True
        named = [token for token in source.tokens if token.named or token.number]
        for token in said.tokens:
            if not token.named or token.number:
                continue
            at = [n for n, other in enumerate(source.tokens) if _stands(token, [other], strict=True)]
            if not at:
                continue
            later = [n for n in at if n > place]
            if not later:
                return "order"
            # Of another language, nouns are no names, and cannot be told from them.
            between = [one for one in source.tokens[place + 1 : later[0]] if one in named and not one.number]
            if not first and between and not foreign and not _all_said(between, said):
                return "order"
            place, first = later[0], False
    return ""


def _all_said(between: Sequence[_Token], said: _Text) -> bool:
    return all(_stands(token, said.tokens, strict=True) for token in between)


def _exonym(folded: str, language: str, sources: Sequence[_Text]) -> bool:
    """Return whether a word is a country's name, or a language's, that a source has in its own language."""
    codes = _places(language).get(folded, frozenset())
    for source in sources:
        theirs = _places(source.language)
        if codes and any(codes & theirs.get(token.folded, frozenset()) for token in source.tokens):
            return True
    return False


@cache
def _places(language: str) -> dict[str, frozenset[str]]:
    """Return the codes of countries and languages by their folded names of one word."""
    from babel import Locale, UnknownLocaleError

    try:
        locale = Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return {}
    found: dict[str, frozenset[str]] = {}
    for kind, names in (("place", locale.territories), ("language", locale.languages)):
        for code, name in names.items():
            folded = fold(name)
            if " " not in folded and not code.isdigit():
                found[folded] = found.get(folded, frozenset()) | {f"{kind}-{code}"}
    return found
