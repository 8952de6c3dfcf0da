"""Sentences that answer as the best one does, and differently: "1.2 metres" here, "1.5 metres" there.

Two sentences contradict each other where the reader finds an answer in both, both are about what was asked, and the
answers are different values of one kind. A sentence that says the same in other words, one about something else
("Guests pay 8 euros") and one of several right answers do not.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np

from index import Index, Span
from index.models.encoder import FloatArray
from index.search.lexical import words
from rag.conversation.language import FUNCTION_WORDS, question_language
from rag.reader.answer_kind import counted
from rag.reader.edition import Change, are_editions, change
from rag.reader.evidence import SentenceEvidence
from rag.reader.listing import entries_around
from rag.reader.quantity import comparable, differ, same
from rag.reader.side import Side, has_root
from rag.reader.table import are_about_different_things, cell_asked, row_named
from rag.retrieval.retriever import Candidates

SINGLE = Path(__file__).with_name("single_answer.json")
# Of sentences that were not read, the nearest are compared.
_MOST_COMPARED = 4
# Sentences side by side are about one thing if both have so many words of the question, twice as many as one lacks.
_SHARED_WORDS = 2


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
        self._sides: dict[int, Side] = {}
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
        found: list[tuple[int, Side]] = []
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
            if not mine.is_of_another_time(theirs) and not self._is_of_another_edition(mine, theirs):
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
        if not found and (told := self._in_table(best)):
            return [told]
        return [(place, side.span) for place, side in found if side.span]

    def _in_table(self, best: int) -> tuple[int, tuple[int, int]] | None:
        """Return the row, and the cell, that a question names, where it has another value than the best sentence says.

        The reader is unsure of rows. "The battery of the Swift lasts 38 minutes." "Swift | 2.6 kg | 45 min"
        """
        mine, rows = self._side(best), self._candidates.rows.tolist()
        if len(mine.values) != 1 or mine.is_row or not mine.own:
            return None
        of_another, named = self._candidates.of_another, dict[str, int | None]()
        for place, row in enumerate(rows):
            article, block = self._index.sentences[row, [0, 3]].tolist()
            if self._index.kind(article, block) != "row" or not (theirs := self._side(place)).is_row:
                continue
            # A number without a unit may count anything.
            if mine.values[0].kind not in {value.kind for value in theirs.all_values if not value.bare}:
                continue
            if any(same(mine.values[0], value) for value in theirs.all_values):
                continue
            if of_another[place] > of_another[best] or not self._names_the_same(mine, theirs):
                continue
            if not all(has_root([*self._asked, *theirs.words, *theirs.columns], word) for word in mine.own):
                continue
            # What the sentence says of a value ("lasts"), no column has to name.
            asked = " ".join(word for word in self._question.split() if not self._is_only_in(word, mine, theirs))
            if asked not in named:
                named[asked] = row_named(asked, rows, self._index)
            cell = cell_asked(asked, self._index.articles[theirs.article_row], theirs.start)
            if named[asked] != row or not cell:
                continue
            told = Side(self._index, row, (cell.start, cell.end), theirs.logits)
            if told.span and [value.kind for value in told.values] == [mine.values[0].kind]:
                return (place, told.span) if differ(mine.values, told.values) else None
        return None

    def _is_only_in(self, word: str, mine: Side, theirs: Side) -> bool:
        said = words(word)
        row = [*theirs.words, *theirs.columns]
        return bool(said) and all(has_root(mine.words, one) and not has_root(row, one) for one in said)

    def _answers_too(self, place: int, best: int, probabilities: FloatArray) -> bool:
        """Return whether a candidate answers, if the best one does not, as surely as not, and is like it."""
        near, chance = float(self._near(best)[place]), probabilities[place]
        if near < self._rules.near:
            return False
        certain, has_all = self._rules.near_certain, self._has_all_asked(self._side(best), self._side(place))
        if has_all and near >= certain and self._evidence.answer_logits(place) > 0:
            # The best one may have all of the probability: "the bridge costs 3.1 million", "by the estimate 2.4".
            return True
        if has_all:
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

    def _names_more(self, mine: Side, theirs: Side) -> bool:
        """Return whether another article's title names something of the question that the best one's does not.

        "How long is the guarantee on the S5?": of "Guarantee terms" and "S5 robot vacuum" neither is another's.
        """
        asked = [word for word in self._asked if has_root(theirs.title, word)]
        return not mine.is_with(theirs) and any(not has_root(mine.title, word) for word in asked)

    def _has_all_asked(self, mine: Side, theirs: Side) -> bool:
        """Return whether a sentence has all of the question's words that the best one has, and any.

        Or the headings above it: "Ending the lease: the notice period is three months."
        """
        asked = [word for word in self._asked if has_root(mine.words, word)]
        return bool(asked) and all(has_root(theirs.words, word) or has_root(theirs.headings, word) for word in asked)

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
            changed = change(mine.text, theirs.text) if self._are_editions(mine, theirs) else None
            asked = [word for word in self._asked if has_root(mine.words, word)]
            if 2 * sum(has_root(theirs.words, word) for word in asked) < len(asked):
                # "Rent from January 2023?": what stands in its place is the deposit.
                continue
            if changed := changed or self._denied(mine, theirs, asked):
                found.append((place, changed))
        return found

    def _denied(self, mine: Side, theirs: Side, asked: list[str]) -> Change | None:
        """Return both sentences where one article denies what was asked and the other does not; else None.

        "Dogs are not allowed in the flat." "One dog is allowed in the flat."

        Args:
            asked: the words of the question that the best sentence has.
        """
        if mine.is_with(theirs) or len(asked) < _SHARED_WORDS or not self._has_all_asked(mine, theirs):
            return None
        denying, other = (mine, theirs) if mine.denies(asked) else (theirs, mine)
        if other.is_negated or not denying.denies(asked) or not self._names_the_same(mine, theirs):
            return None
        return Change(Span(0, len(mine.text)), Span(0, len(theirs.text)))

    def _are_editions(self, mine: Side, theirs: Side) -> bool:
        key = (mine.article_row, theirs.article_row)
        if key not in self._editions:
            self._editions[key] = are_editions(self._index, *key)
        return self._editions[key]

    def _is_of_another_edition(self, mine: Side, theirs: Side) -> bool:
        """Return whether both have one value of one unit for what was asked, in two editions of one text.

        "The fee is 85 euros." "The fee rises to 98 euros."
        """
        if not self._are_editions(mine, theirs) or len(mine.values) != 1 or len(theirs.values) != 1:
            return False
        one, other = mine.values[0], theirs.values[0]
        if one.kind != other.kind or one.kind in ("count", "date", "weekday") or mine.companions != theirs.companions:
            return False
        if not (self._has_all_asked(mine, theirs) and self._has_all_asked(theirs, mine)):
            # "And the parking space? (the rent)": one is of the rent.
            return False
        # "The fee is 9 euros. The late fee is 5." is not known to be of one thing.
        said = [self._side(place) for place in range(len(self._candidates.rows))]
        for side, beside in ((mine, theirs), (theirs, mine)):
            alike = [some for some in said if some.is_with(side) and self._has_all_asked(beside, some)]
            if sum(any(value.kind == one.kind for value in some.all_values) for some in alike) != 1:
                return False
        return True

    def _is_changed(self, mine: Side, theirs: Side) -> bool:
        """Return whether the short answers are what two editions of one sentence differ in."""
        if not mine.span or not theirs.span or not self._are_editions(mine, theirs):
            return False
        if any(has_root(mine.words, word) for word in self._asked) and not self._has_all_asked(mine, theirs):
            # What is asked about has changed: "The rent is 640 euros." "The deposit is 1,920 euros."
            return False
        changed = change(mine.text, theirs.text)
        if changed is None or any(same(value, other) for value in mine.values for other in theirs.values):
            return False
        if all(has_root(theirs.words, word) for word in mine.said) or all(
            has_root(mine.words, word) for word in theirs.said
        ):
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

    def _side(self, place: int) -> Side:
        if place not in self._sides:
            row, logits = int(self._candidates.rows[place]), self._evidence.answer_logits(place)
            short = counted(self._question, self._evidence.short_answer(place), row, self._index)
            span = (short.start, short.end) if short else None
            self._sides[place] = Side(self._index, row, span, logits)
        return self._sides[place]

    def _may_differ(self, best: int, place: int, may_say_other_words: bool) -> bool:
        """Return whether a sentence that was not read is about the same and has another value than the best one."""
        mine = self._side(best)
        # The reader will tell; until then, a sentence with other words counts only if it is very similar.
        logits = self._rules.logits_other_words if may_say_other_words else self._rules.logits
        theirs = Side(self._index, int(self._candidates.rows[place]), None, logits)
        if mine.values:
            # Of "from Saturday to Sunday at 1 pm" the hour differs from "on Saturdays at 2 pm".
            likely = any(
                any(comparable(value, other) for other in theirs.all_values)
                and not any(same(value, other) for other in theirs.all_values)
                for value in mine.values
            )
        else:
            may_be_other = self._is_single or (self._are_editions(mine, theirs) and change(mine.text, theirs.text))
            likely = bool(not theirs.all_values and mine.language == theirs.language and may_be_other)
        return likely and self._is_about_the_same(mine, theirs)

    def _names_the_same(self, mine: Side, theirs: Side) -> bool:
        """Return whether what one's title names of the question, and a number, is there on the other side too."""
        for one, other in ((mine, theirs), (theirs, mine)):
            for word in self._asked:
                named = has_root(one.title, word) or (word.isdigit() and has_root(one.around, word))
                if named and not has_root(other.around, word):
                    return False
        return True

    def _is_about_the_same(self, mine: Side, theirs: Side) -> bool:
        """Return whether two sentences are about what was asked, as far as their words and the reader's logits tell."""
        asked = self._asked
        if not self._names_the_same(mine, theirs):
            return False
        missing = [word for word in asked if has_root(mine.words, word) and not has_root(theirs.words, word)]
        own = [word for word in theirs.own if not has_root([*asked, *mine.words], word)]
        if theirs.span is None and not mine.values:
            # Some of them will be its answer.
            own = own[len(mine.said) + 1 :]
        replaced = [word for word in mine.own if not has_root([*asked, *theirs.words], word)]
        shared = [word for word in asked if has_root(mine.words, word) and has_root(theirs.words, word)]
        if own and replaced and theirs.is_beside(mine) and len(shared) < max(_SHARED_WORDS, 2 * len(missing)):
            # "Adults pay 9 euros. Children pay 5 euros." But "The city counted 900 visitors of the fair. The society
            # counted 1,300 visitors of the fair." has all that was asked twice.
            return False
        if len(missing) > 1 and mine.is_with(theirs) and missing == [w for w in asked if has_root(mine.words, w)]:
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
