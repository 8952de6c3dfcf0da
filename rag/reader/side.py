"""A sentence that answers a question, and its short answer, as they are compared with another's."""

from __future__ import annotations

import math
from dataclasses import replace
from difflib import SequenceMatcher
from functools import cached_property, lru_cache
from itertools import pairwise

from index import Index, Span
from index.search.lexical import words
from rag.conversation.language import FUNCTION_WORDS
from rag.reader.cells import cells_of, has_columns
from rag.reader.evidence import trimmed
from rag.reader.quantity import Quantity, differ, quantities, same

# Two words have one root if they begin alike: this many letters, and this share of the longer.
_ROOT_LETTERS, _ROOT_SHARE = 4, 0.6
# Answers in words are compared if they are no longer than this: names, days, colours, and not reasons.
_MOST_WORDS = 4
# Function words after "how", and not elsewhere: "25 metres long".
_DISTANCES = frozenset("long lange far weit often oft".split())
# How many sentences before and after one are looked at for what it is about.
_AROUND = 4
# Sentences between two values of one thing at two times.
_NEAR = 3
# From here on, two words are spellings of one name: "Selenskyj", "Zelensky".
_SPELT_ALIKE = 0.7
# How many words on what a negation denies stands, the last one not counted.
_NEXT = 3


class Side:
    """A sentence and its answer.

    Attributes:
        logits: how sure the reader is that the answer is there.
        span: half-open offsets of the short answer in the article, values in it with their units; None for none.
        values, all_values: in the short answer, and in the sentence.
    """

    def __init__(self, index: Index, row: int, span: tuple[int, int] | None, logits: float) -> None:
        self._index, self._row, self.logits = index, row, logits
        self._article, self._number, self._start, self._end = index.locate(row)
        self.language, text = self._article.language, self._article.text
        self.all_values = [self._in_unit(value) for value in quantities(text[self._start : self._end], self.language)]
        self.values: list[Quantity] = []
        self.span = trimmed(text, *span) if span else None
        if self.span:
            start, end = self.span[0] - self._start, self.span[1] - self._start
            self.values = [value for value in self.all_values if value.start < end and value.end > start]
            start = min(start, *(value.start for value in self.values)) if self.values else start
            end = max(end, *(value.end for value in self.values)) if self.values else end
            self.span = trimmed(text, start + self._start, end + self._start)

    @property
    def article_row(self) -> int:
        """The row of its article."""
        return int(self._index.sentences[self._row, 0])

    @property
    def start(self) -> int:
        """Where the sentence begins in its article."""
        return self._start

    def _in_unit(self, value: Quantity) -> Quantity:
        """Return a number of a row in the unit that its column's name has: "2600" below "Weight (g)"."""
        if not value.bare or not self.is_row:
            return value
        row = self._article.blocks[int(self._index.sentences[self._row, 3])]
        at = self._start + value.start
        place = next((place for place, cell in enumerate(row.cells) if cell.start <= at < cell.end), len(row.cells))
        names = cells_of(self._article, row.header).columns[place : place + 1]
        unit = _unit_of(names[0], self.language) if names else ""
        number = self._article.text[at : self._start + value.end]
        found = quantities(f"{number} {unit}", self.language) if unit else []
        return replace(found[0], start=value.start, end=value.end) if len(found) == 1 else value

    @property
    def is_row(self) -> bool:
        """Whether it is a row below the names of its columns."""
        block = self._article.blocks[int(self._index.sentences[self._row, 3])] if self._article.blocks else None
        return block is not None and has_columns(block, self._article)

    @cached_property
    def columns(self) -> list[str]:
        """The words of the names of its columns, where it is a row."""
        if not self.is_row:
            return []
        header = self._article.blocks[int(self._index.sentences[self._row, 3])].header
        return [word for name in cells_of(self._article, header).columns for word in name]

    @property
    def text(self) -> str:
        """The sentence."""
        return self._article.text[self._start : self._end]

    def span_in(self, part: Span) -> bool:
        """Return whether the short answer has words of a part of the sentence."""
        if self.span is None:
            return False
        return self.span[0] - self._start < part.end and self.span[1] - self._start > part.start

    @cached_property
    def words(self) -> list[str]:
        """The words of the sentence."""
        return words(self.text)

    def denies(self, asked: list[str]) -> bool:
        """Return whether the sentence says of some words that they are not so, and no more: "dogs are not allowed".

        What it denies under a condition, or of something that it names, it may allow otherwise.
        """
        said = [word for word in self.words if not word.isdigit()]
        places = [place for place, word in enumerate(said) if word in self._negations]
        denied = any(has_root(asked, word) for place in places for word in said[place + 1 : place + _NEXT])
        return denied and all(
            has_root(asked, word) or self._is_function_word(word) or word in self._negations for word in said
        )

    @property
    def is_negated(self) -> bool:
        """Whether the sentence has a negation."""
        return any(word in self._negations for word in self.words)

    @property
    def _negations(self) -> tuple[str, ...]:
        known = FUNCTION_WORDS.get(self.language)
        return known.negations if known else ()

    @cached_property
    def title(self) -> list[str]:
        """The words of the article's title."""
        return words(self._article.title)

    @cached_property
    def companions(self) -> set[str]:
        """The words behind a preposition that says for whom or with what: "for adults"."""
        known = FUNCTION_WORDS.get(self.language)
        pairs = pairwise(word for word in self.words if not known or word not in known.articles | known.possessives)
        return {word for ahead, word in pairs if known and ahead in known.companions}

    @cached_property
    def headings(self) -> list[str]:
        """The words of the headings above the sentence."""
        return [
            word
            for heading in self._article.headings(int(self._index.sentences[self._row, 3]))
            for word in words(heading)
        ]

    @cached_property
    def around(self) -> list[str]:
        """The words of the title and of the text around: what "it" may stand for."""
        rows = range(max(self._row - _AROUND, 0), min(self._row + _AROUND + 1, len(self._index.sentences)))
        same_article = [row for row in rows if self._index.sentences[row, 0] == self._index.sentences[self._row, 0]]
        return [*self.title, *(word for row in same_article for word in words(self._index.sentence_text(row)))]

    @cached_property
    def own(self) -> list[str]:
        """The words beside the short answer that carry a topic."""
        text = self._article.text
        if self.span:
            rest = f"{text[self._start : self.span[0]]} {text[self.span[1] : self._end]}"
        else:
            rest, at = "", self._start
            for value in self.all_values:
                rest += text[at : self._start + value.start] + " "
                at = self._start + value.end
            rest += text[at : self._end]
        return [word for word in words(rest) if word in _DISTANCES or not self._is_function_word(word)]

    def _is_function_word(self, word: str) -> bool:
        known = FUNCTION_WORDS.get(self.language)
        return known is not None and word in known.all

    def is_of_another_time(self, other: Side) -> bool:
        """Return whether both have one value of one unit, each for another year, and stand near each other.

        "A survey of 1902 says 38 metres. In 2017 a laser measured 36 metres."
        """
        if not self.is_with(other) or abs(self._number - other._number) > _NEAR:
            return False
        if len(self.values) != 1 or len(other.values) != 1 or self.values[0].kind != other.values[0].kind:
            return False
        if self.values[0].kind in ("count", "date", "weekday"):
            return False
        years = [{value.date[0] for value in side.all_values if value.date[0]} for side in (self, other)]
        return bool(years[0] and years[1]) and years[0].isdisjoint(years[1])

    def is_beside(self, other: Side) -> bool:
        """Return whether one follows the other."""
        return self.is_with(other) and abs(self._number - other._number) == 1

    def is_with(self, other: Side) -> bool:
        """Return whether both are of one article."""
        return self._article.id == other._article.id

    def contradicts(self, other: Side) -> bool:
        """Return whether the two answers are different values of one kind."""
        if self.span is None or other.span is None:
            return False
        if self.values or other.values:
            if len(self.values) == len(other.values) == 1 and (
                any(same(self.values[0], value) for value in other.all_values)
                or any(same(other.values[0], value) for value in self.all_values)
            ):
                return False
            return differ(self.values, other.values)
        return self.language == other.language and self._says_other_words(other)

    def says_the_same(self, other: Side) -> bool:
        """Return whether the two answers are the same values, or the same words where they are no values."""
        if self.span is None or other.span is None:
            return False
        if self.values or other.values:
            return len(self.values) == len(other.values) and all(map(same, self.values, other.values))
        return bool(self.said) and set(self.said) == set(other.said)

    def _says_other_words(self, other: Side) -> bool:
        """Return whether both answers are short, in words of their own, and neither sentence has the other's."""
        if not self.said or not other.said or max(len(self.said), len(other.said)) > _MOST_WORDS:
            return False
        if any(has_root(other.words, word) for word in self.said) or any(
            has_root(self.words, word) for word in other.said
        ):
            return False
        return SequenceMatcher(None, "".join(self.said), "".join(other.said)).ratio() < _SPELT_ALIKE

    @cached_property
    def said(self) -> list[str]:
        """The words of the short answer that carry a topic."""
        text = self._article.text[self.span[0] : self.span[1]] if self.span else ""
        return [word for word in words(text) if not self._is_function_word(word)]


@lru_cache(maxsize=4096)
def _unit_of(column: tuple[str, ...], language: str) -> str:
    """Return the word of a column's name that is a unit ("g"), "" where none is."""
    for word in column:
        found = quantities(f"1 {word}", language)
        if len(found) == 1 and found[0].kind != "count":
            return word
    return ""


def has_root(said: list[str], word: str) -> bool:
    """Return whether a word is there, or one with the same root."""
    if word in said:
        return True
    return len(word) >= _ROOT_LETTERS and any(_same_root(word, other) for other in said)


def _same_root(one: str, other: str) -> bool:
    least = max(_ROOT_LETTERS, _ROOT_SHARE * max(len(one), len(other)))
    return one[: math.ceil(least)] == other[: math.ceil(least)]
