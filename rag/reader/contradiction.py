"""Sentences that answer as the best one does, and differently: "1.2 metres" here, "1.5 metres" there.

Two sentences contradict each other where the reader finds an answer in both, both are about what was asked, and the
answers are different values of one kind. A sentence that says the same in other words, one about something else
("Guests pay 8 euros") and one of several right answers do not.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache, cached_property
from pathlib import Path

import numpy as np

from index import Index, Span
from index.models.encoder import FloatArray
from index.search.lexical import words
from rag.conversation.language import FUNCTION_WORDS, question_language
from rag.reader.edition import Change, are_editions, change
from rag.reader.evidence import SentenceEvidence, trimmed
from rag.reader.listing import entries_around
from rag.reader.quantity import Quantity, comparable, differ, quantities, same
from rag.reader.table import are_about_different_things
from rag.retrieval.retriever import Candidates

SINGLE = Path(__file__).with_name("single_answer.json")
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
# Of sentences that were not read, the nearest are compared.
_MOST_COMPARED = 4
# Sentences side by side are about one thing if both have so many words of the question, twice as many as one lacks.
_SHARED_WORDS = 2
# From here on, two words are spellings of one name: "Selenskyj", "Zelensky".
_SPELT_ALIKE = 0.7


@dataclass(frozen=True, slots=True)
class Rules:
    """When a sentence counts as one that answers too; rag/settings.py says how the numbers were chosen.

    Attributes:
        cosine: least similarity to the best sentence of one for which another passage is read.
        cosine_other_words: the same, of one that lacks words of the question and has others in their place.
        logits: least sum of its begin and end logits, over those of "nothing here answers".
        logits_other_words: the same, of one that lacks words of the question and has others in their place.
        logits_same_words: the same, of one that has no other words beside its answer.
        logits_shared_words: the same, of one that has most words of the question.
        logits_certain: with so much, its probability does not count.
        logits_dated: the least, of one near by that has a value of the same unit for another year.
        near: least similarity to the best sentence, of any.
        near_certain: with so much, its probability beside the best one's does not count.
        near_asked: the same, of one that has all words of the question that the best one has.
        ratio: least share of the best one's probability, with less.
        share: least probability that it answers if the best sentence does not.
        answers: least probability that it answers, rather than nothing.
        single: least probability that the question can have one right answer only, for answers that are words.
        passages: how many passages more may be read.
    """

    cosine: float
    cosine_other_words: float
    logits: float
    logits_other_words: float
    logits_same_words: float
    logits_shared_words: float
    logits_certain: float
    logits_dated: float
    near: float
    near_certain: float
    near_asked: float
    ratio: float
    share: float
    answers: float
    single: float
    passages: int


class Contradictions:
    """Compares the candidates for one question with the best of them."""

    def __init__(
        self, question: str, candidates: Candidates, evidence: SentenceEvidence, index: Index, rules: Rules
    ) -> None:
        self._question, self._rules = question, rules
        self._candidates, self._evidence, self._index = candidates, evidence, index
        said = words(question)
        known = FUNCTION_WORDS.get(question_language(said))
        self._asked = [word for word in said if not known or word not in known.all]
        self._sides: dict[int, _Side] = {}
        self._editions: dict[tuple[int, int], bool] = {}
        self._cosines: dict[int, FloatArray] = {}

    def unread(self, best: int) -> list[int]:
        """Return the places of candidates not read that may contradict the best one, likeliest first."""
        near = self._near(best)
        places = np.flatnonzero(~self._evidence.read & (near >= self._rules.cosine)).tolist()
        places.sort(key=lambda place: (-near[place], place))
        articles = self._index.sentences[self._candidates.rows, 0]
        # Another article says it in its own words.
        others = (near >= self._rules.cosine_other_words) | (articles != articles[best])
        return [place for place in places[:_MOST_COMPARED] if self._may_differ(best, place, bool(others[place]))]

    def differing(self, best: int, probabilities: FloatArray) -> list[tuple[int, tuple[int, int]]]:
        """Return candidates that were read and contradict the best one, and the short answer of each.

        Of several that agree, the first is returned.

        Args:
            probabilities: of the candidates, shape (c,).

        Returns:
            Places, and half-open offsets in the candidates' articles.
        """
        mine = self._side(best)
        # "Annual card: 20 euros" and "Reminder: 2 euros" are both right.
        beside = set(entries_around(int(self._candidates.rows[best]), self._index))
        found: list[tuple[int, _Side]] = []
        named = self._candidates.of_another <= self._candidates.of_another[best]
        for place in np.flatnonzero(self._evidence.read).tolist():
            if place == best or int(self._candidates.rows[place]) in beside:
                continue
            if not named[place] and not self._names_more(mine, self._side(place)):
                continue
            if are_about_different_things(
                int(self._candidates.rows[best]), int(self._candidates.rows[place]), self._index
            ):
                # "Families: 290 euros", "Adults: 180 euros".
                continue
            if self._evidence.answer_logits(place) < min(self._rules.logits_same_words, self._rules.logits_dated):
                continue
            theirs = self._side(place)
            if not mine.is_of_another_time(theirs):
                if self._evidence.answer_logits(place) < self._rules.logits_same_words:
                    continue
                if not self._answers_too(place, best, probabilities):
                    continue
                if not self._is_about_the_same(mine, theirs):
                    continue
            if not mine.contradicts(theirs) and not self._is_changed(mine, theirs):
                continue
            if not mine.values and not self._is_single and not self._are_editions(mine, theirs):
                continue
            if all(other.contradicts(theirs) for _, other in found):
                found.append((place, theirs))
        return [(place, side.span) for place, side in found if side.span]

    def _answers_too(self, place: int, best: int, probabilities: FloatArray) -> bool:
        """Return whether a candidate answers, if the best one does not, as surely as not, and is like it."""
        near, chance = float(self._near(best)[place]), probabilities[place]
        if near < self._rules.near:
            return False
        certain = self._rules.near_certain
        if self._has_all_asked(self._side(best), self._side(place)):
            certain = self._rules.near_asked
        if near < certain and chance < self._rules.ratio * probabilities[best]:
            # "The fair is on Saturday 21 June." "Date: Thursday 6 February"
            return False
        if self._evidence.answer_logits(place) >= self._rules.logits_certain:
            # The best one is shown first, and has nearly all of the probability.
            return True
        nothing = 1 - float(probabilities.sum())
        if chance < self._rules.share * (1 - probabilities[best]):
            return False
        return bool(chance >= self._rules.answers * (chance + nothing))

    def _names_more(self, mine: _Side, theirs: _Side) -> bool:
        """Return whether another article's title names something of the question that the best one's does not.

        "How long is the guarantee on the S5?": of "Guarantee terms" and "S5 robot vacuum" neither is another's.
        """
        asked = [word for word in self._asked if _has(theirs.title, word)]
        return not mine.is_with(theirs) and any(not _has(mine.title, word) for word in asked)

    def _has_all_asked(self, mine: _Side, theirs: _Side) -> bool:
        """Return whether a sentence has all of the question's words that the best one has, and any."""
        asked = [word for word in self._asked if _has(mine.words, word)]
        return bool(asked) and all(_has(theirs.words, word) for word in asked)

    def changes(self, best: int) -> list[tuple[int, Change]]:
        """Return candidates that stand in the place of the best one in other editions of its text, and say otherwise.

        For answers that are whole sentences. Read or not: what answers a question in one edition does so in the other.

        Returns:
            Places, and where the best sentence and the other differ, offsets in the sentences.
        """
        mine, near = self._side(best), self._near(best)
        places = np.flatnonzero(near >= self._rules.cosine).tolist()
        places.sort(key=lambda place: (-near[place], place))
        found = []
        for place in places[: _MOST_COMPARED + 1]:
            theirs = self._side(place)
            if self._are_editions(mine, theirs) and (changed := change(mine.text, theirs.text)):
                found.append((place, changed))
        return found

    def _are_editions(self, mine: _Side, theirs: _Side) -> bool:
        key = (mine.article_row, theirs.article_row)
        if key not in self._editions:
            self._editions[key] = are_editions(self._index, *key)
        return self._editions[key]

    def _is_changed(self, mine: _Side, theirs: _Side) -> bool:
        """Return whether the short answers are what two editions of one sentence differ in."""
        if not mine.span or not theirs.span or not self._are_editions(mine, theirs):
            return False
        changed = change(mine.text, theirs.text)
        if changed is None or any(same(value, other) for value in mine.values for other in theirs.values):
            return False
        if all(_has(theirs.words, word) for word in mine.said) or all(_has(mine.words, word) for word in theirs.said):
            # What has changed is beside the answer.
            return False
        return mine.span_in(changed.mine) and theirs.span_in(changed.theirs)

    def agreeing(self, best: int) -> list[int]:
        """Return the places of other candidates that were read and have the same short answer as the best one."""
        mine = self._side(best)
        places = np.flatnonzero(self._evidence.read).tolist()
        return [place for place in places if place != best and mine.says_the_same(self._side(place))]

    @cached_property
    def _is_single(self) -> bool:
        return single_answer(self._candidates.question) >= self._rules.single

    def _near(self, best: int) -> FloatArray:
        if best not in self._cosines:
            vectors = self._index.sentence_vectors[self._candidates.rows].astype(np.float32)
            self._cosines[best] = vectors @ vectors[best]
        return self._cosines[best]

    def _side(self, place: int) -> _Side:
        if place not in self._sides:
            short, logits = self._evidence.short_answer(place), self._evidence.answer_logits(place)
            span = (short.start, short.end) if short else None
            self._sides[place] = _Side(self._index, int(self._candidates.rows[place]), span, logits)
        return self._sides[place]

    def _may_differ(self, best: int, place: int, may_say_other_words: bool) -> bool:
        """Return whether a sentence that was not read is about the same and has another value than the best one."""
        mine = self._side(best)
        # The reader will tell; until then, a sentence with other words counts only if it is very similar.
        logits = self._rules.logits_other_words if may_say_other_words else self._rules.logits
        theirs = _Side(self._index, int(self._candidates.rows[place]), None, logits)
        if mine.values:
            # Of "from Saturday to Sunday at 1 pm" the hour differs from "on Saturdays at 2 pm".
            likely = any(
                any(comparable(value, other) for other in theirs.all_values)
                and not any(same(value, other) for other in theirs.all_values)
                for value in mine.values
            )
        else:
            likely = not theirs.all_values and mine.language == theirs.language and self._is_single
        return likely and self._is_about_the_same(mine, theirs)

    def _is_about_the_same(self, mine: _Side, theirs: _Side) -> bool:
        """Return whether two sentences are about what was asked, as far as their words and the reader's logits tell."""
        asked = self._asked
        # What a title names, and a number, has to be there on the other side too.
        for one, other in ((mine, theirs), (theirs, mine)):
            for word in asked:
                named = _has(one.title, word) or (word.isdigit() and _has(one.around, word))
                if named and not _has(other.around, word):
                    return False
        missing = [word for word in asked if _has(mine.words, word) and not _has(theirs.words, word)]
        own = [word for word in theirs.own if not _has([*asked, *mine.words], word)]
        if theirs.span is None and not mine.values:
            # Some of them will be its answer.
            own = own[len(mine.said) + 1 :]
        replaced = [word for word in mine.own if not _has([*asked, *theirs.words], word)]
        shared = [word for word in asked if _has(mine.words, word) and _has(theirs.words, word)]
        if own and replaced and theirs.is_beside(mine) and len(shared) < max(_SHARED_WORDS, 2 * len(missing)):
            # "Adults pay 9 euros. Children pay 5 euros." But "The city counted 900 visitors of the fair. The society
            # counted 1,300 visitors of the fair." has all that was asked twice.
            return False
        if len(missing) > 1 and mine.is_with(theirs) and missing == [w for w in asked if _has(mine.words, w)]:
            # "A small service is 49 euros. You may hire a bicycle for 8 euros a day."
            return False
        if mine.values and len(shared) >= max(_SHARED_WORDS, 2 * len(missing)):
            return theirs.logits >= self._rules.logits_shared_words
        if missing and own:
            return bool(mine.values) and theirs.logits >= self._rules.logits_other_words
        return theirs.logits >= (self._rules.logits if own else self._rules.logits_same_words)


@cache
def _single_model() -> tuple[FloatArray, FloatArray, float]:
    fitted = json.loads(SINGLE.read_text(encoding="utf-8"))
    return np.asarray(fitted["mean"], np.float32), np.asarray(fitted["weights"], np.float32), fitted["bias"]


def single_answer(question: FloatArray) -> float:
    """Return the probability that a question can have one right answer only (benchmarks/fit_single.py).

    Args:
        question: its vector by the embedded encoder, shape (384,).
    """
    mean, weights, bias = _single_model()
    shifted = question - mean
    return float(1 / (1 + np.exp(-(shifted @ weights / np.linalg.norm(shifted) + bias))))


class _Side:
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
        self.all_values = quantities(text[self._start : self._end], self.language)
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
        return int(self._index.sentences[self._row, 0])

    @property
    def text(self) -> str:
        return self._article.text[self._start : self._end]

    def span_in(self, part: Span) -> bool:
        """Return whether the short answer has words of a part of the sentence."""
        if self.span is None:
            return False
        return self.span[0] - self._start < part.end and self.span[1] - self._start > part.start

    @cached_property
    def words(self) -> list[str]:
        return words(self.text)

    @cached_property
    def title(self) -> list[str]:
        return words(self._article.title)

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

    def is_of_another_time(self, other: _Side) -> bool:
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

    def is_beside(self, other: _Side) -> bool:
        return self.is_with(other) and abs(self._number - other._number) == 1

    def is_with(self, other: _Side) -> bool:
        """Return whether both are of one article."""
        return self._article.id == other._article.id

    def contradicts(self, other: _Side) -> bool:
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

    def says_the_same(self, other: _Side) -> bool:
        """Return whether the two answers are the same values, or the same words where they are no values."""
        if self.span is None or other.span is None:
            return False
        if self.values or other.values:
            return len(self.values) == len(other.values) and all(map(same, self.values, other.values))
        return bool(self.said) and set(self.said) == set(other.said)

    def _says_other_words(self, other: _Side) -> bool:
        """Return whether both answers are short, in words of their own, and neither sentence has the other's."""
        if not self.said or not other.said or max(len(self.said), len(other.said)) > _MOST_WORDS:
            return False
        if any(_has(other.words, word) for word in self.said) or any(_has(self.words, word) for word in other.said):
            return False
        return SequenceMatcher(None, "".join(self.said), "".join(other.said)).ratio() < _SPELT_ALIKE

    @cached_property
    def said(self) -> list[str]:
        """The words of the short answer that carry a topic."""
        text = self._article.text[self.span[0] : self.span[1]] if self.span else ""
        return [word for word in words(text) if not self._is_function_word(word)]


def _has(said: list[str], word: str) -> bool:
    """Return whether a word is there, or one with the same root."""
    if word in said:
        return True
    return len(word) >= _ROOT_LETTERS and any(_same_root(word, other) for other in said)


def _same_root(one: str, other: str) -> bool:
    least = max(_ROOT_LETTERS, _ROOT_SHARE * max(len(one), len(other)))
    return one[: math.ceil(least)] == other[: math.ceil(least)]
