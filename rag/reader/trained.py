"""The trained reader: reads the most likely passages with the question, and judges by that and by the retrieval."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index import Index, Span
from index.models.embedded_encoder import EmbeddedEncoder, is_embedded
from index.models.encoder import Encoder, FloatArray
from index.search.lexical import words
from rag.conversation.language import FUNCTION_WORDS, question_language
from rag.conversation.query import Query
from rag.reader.answer_kind import KindBars, counted, only_asks, repeats, short_answer, words_to_find_again
from rag.reader.contradiction import Contradictions, Rules
from rag.reader.embedding import EmbeddingReader, Reader, Reading, coefficients
from rag.reader.evidence import EVIDENCE, SentenceEvidence, ShortAnswer, trimmed
from rag.reader.mismatch import of_another_day
from rag.reader.naming import (
    ALMOST,
    best_about,
    best_named,
    extreme_named,
    keywords,
    list_named,
    rows_named,
    silent_rows,
    words_of,
)
from rag.reader.network import PassageReader
from rag.reader.numerals import numbers_as_written
from rag.reader.support import support
from rag.reader.table import cell_asked, names_what_it_is_about
from rag.reader.weights import trained_weights
from rag.retrieval.retriever import FEATURES, Candidates, cited_rows
from rag.retrieval.spelling import with_capitals
from rag.settings import Settings

COEFFICIENTS = Path(__file__).with_name("trained_reader.json")
# The features judged by, the last being the logarithm of the number of candidates: the retriever's score is relative
# to the candidates, and the best of two never stands out as the best of twenty does. Not the encoder's cosines, which
# are in the score: with them the judge is no better on the texts that it is fitted on, and worse on others (of the
# 389 turns of the building dialogues 291 as they should be, and 304 without).
_RETRIEVED = tuple(name for name in FEATURES if name not in ("sentence", "context", "neighbourhood", "passage"))
JUDGED = (*_RETRIEVED, *EVIDENCE, "candidates")
# Articles of the development half have at most this many; there are no data on more.
_MOST_CANDIDATES = 40
_RANK_STEP = 1e-6
# What a sentence that was cited last gains in its logit where more of it is asked ("and when?"). Of 1.5 and 3, on
# conversations of four authors, 0 and 2 of 840 turns are better, none worse.
_CITED = 3.0
# A sentence of another edition that supports the best one as a claim this probably says the same in other words.
_SAYS_THE_SAME = 0.5


def open_reader(encoder: Encoder, settings: Settings) -> Reader:
    """Return the reader that the settings name; over another encoder than the embedded one, the embedding reader.

    Raises:
        ModelError: the trained weights are missing or altered.
    """
    if settings.reader == "embedding" or not is_embedded(encoder):
        return EmbeddingReader()
    rules = Rules(
        settings.differing_cosine,
        settings.differing_cosine_other_words,
        settings.differing_logits,
        settings.differing_logits_other_words,
        settings.differing_logits_same_words,
        settings.differing_logits_shared_words,
        settings.differing_logits_certain,
        settings.differing_logits_dated,
        settings.differing_near,
        settings.differing_near_certain,
        settings.differing_near_asked,
        settings.differing_ratio,
        settings.differing_share,
        settings.differing_answers,
        settings.differing_single,
        settings.differing_passages,
    )
    network, kinds = passage_reader(encoder), kind_bars(settings)
    return TrainedReader(
        network,
        settings.read_passages,
        settings.sure,
        settings.short_answer_bar,
        kinds,
        rules=rules,
        under=settings.read_under_headings,
    )


def kind_bars(settings: Settings) -> KindBars:
    """Return when a short answer is of the kind asked, as the settings say."""
    return KindBars(
        settings.asked_kind_bar, settings.answer_kind_bar, settings.certain_answer, settings.short_answer_lead
    )


@cache
def passage_reader(encoder: EmbeddedEncoder) -> PassageReader:
    """Return the network that reads passages, loaded once for an encoder."""
    return PassageReader(encoder, trained_weights(encoder.weights))


class TrainedReader:
    """A Reader that reads passages with the network and judges sentences by a conditional logit over all features.

    One softmax over the candidates and "none" (McFadden 1974): which of them answers, and whether any does. It has one
    set of coefficients for questions in the article's language and one for others.

    Args:
        reader: reads one passage.
        passages: how many are read at most.
        sure: once a sentence is this probable, no further passage is read.
        short_answer_bar: a short answer of less certainty (`ShortAnswer.certainty`) is not given.
        kinds: when one of another kind than asked is not given; the settings' own by default.
        path: the conditional logit, fitted by benchmarks/fit.py --step trained; the file says on what data.
        rules: when a sentence contradicts the best one; None looks for no such sentences.
        under: whether every passage is read under its article's title and headings; else where only these name what
            is asked about.
    """

    reads_context = True

    def __init__(
        self,
        reader: PassageReader,
        passages: int,
        sure: float,
        short_answer_bar: float = 0.0,
        kinds: KindBars | None = None,
        path: Path = COEFFICIENTS,
        rules: Rules | None = None,
        *,
        under: bool = True,
    ) -> None:
        self._reader, self._most, self._sure, self._bar = reader, passages, sure, short_answer_bar
        self._rules, self._under = rules, under
        self._kinds = kinds or kind_bars(Settings())
        self._unread = EmbeddingReader()
        self._models = coefficients(json.loads(path.read_text(encoding="utf-8")), JUDGED)

    def read(self, query: Query, candidates: Candidates, index: Index) -> Reading:
        """Return a probability for each candidate, and the short answer in the most probable one.

        A candidate in a passage that was not read gets the embedding reader's probability for it alone, times the
        probability that the best one read does not answer.
        """
        rows = candidates.rows.tolist()
        asked = with_capitals(numbers_as_written(query.in_context or query.asked, rows, index), index)
        question = asks = self._reader.question(asked)
        if query.in_context:
            # The turns before say nothing of what kind of answer is asked for.
            asks = self._reader.question(query.asked)
        evidence = SentenceEvidence(len(candidates.rows))
        before = np.isin(candidates.rows, _said_before(query, index))
        more_of = np.isin(candidates.rows, cited_rows(query, index) if query.of_cited and query.in_context else [])
        beside = [
            *_asked_there(query.asked, candidates, index),
            *of_another_day(query.asked, rows, index, index.languages),
        ]
        said = np.isin(candidates.rows, beside)
        best, probabilities = 0, np.zeros(len(candidates.rows), np.float32)
        passages = passages_to_read(candidates, index)
        for row in passages[: self._most]:
            self._read_passage(query.asked, question, row, candidates, index, evidence)
            said |= before & _answers_again(query, evidence, candidates, index)
            probabilities = self._probabilities(candidates, evidence, said, more_of)
            best = int(probabilities.argmax())
            if probabilities[best] >= self._sure:
                break
        if not evidence.read.any():
            return self._unread.read(query, candidates, index)
        cited = cited_rows(query, index) if query.cited_before else []
        silent = silent_rows(query, candidates, index)
        if extreme := extreme_named(query, probabilities, candidates, index):
            places, span = extreme
            found = self._of_list(places, probabilities, evidence, candidates)
            return replace(found, span=(span.start, span.end) if span else None)
        if query.is_about:
            best = best_about(query, probabilities, evidence, candidates, index, silent)
        else:
            if places := rows_named(query, probabilities, candidates, index):
                return self._of_list(places, probabilities, evidence, candidates)
            best = best_named(query.asked, probabilities, evidence, candidates, index, cited, silent)
            if places := list_named(query.asked, best, probabilities, evidence, candidates, index):
                return self._of_list(places, probabilities, evidence, candidates)
        short = self._short_answer(query, asks, evidence, best, candidates, index)
        rules = None if query.is_about else self._rules
        contradictions = Contradictions(query.asked, candidates, evidence, index, rules) if rules else None
        if contradictions and rules and short:
            near = contradictions.unread(best)
            rows = [row for row in passages if any(_stands_in(candidates, place, row, index) for place in near)]
            for row in rows[: rules.passages]:
                self._read_passage(query.asked, question, row, candidates, index, evidence)
            if rows[: rules.passages]:
                probabilities = self._probabilities(candidates, evidence, said, more_of)
                best = best_named(query.asked, probabilities, evidence, candidates, index, cited, silent)
            short = self._short_answer(query, asks, evidence, best, candidates, index)
        differing = contradictions.differing(best, probabilities) if contradictions and short else []
        unread = self._unread.alone(candidates) * (1 - probabilities[best])
        chances = np.where(evidence.read, probabilities, unread)
        chances = np.minimum(chances, np.nextafter(probabilities[best], np.float32(0)))
        chances[best] = probabilities[best]
        chances[silent] = 0
        if short is None:
            changed = self._changed(contradictions, best, candidates, index) if contradictions else []
            return Reading(chances, changed[0][1] if changed else None, tuple(changed[1:]))
        # That one of them answers: each of several that say the same has but its part of what it would have alone.
        agreeing = contradictions.agreeing(best) if contradictions else []
        chances[best] += sum(chances[place] for place in {*agreeing, *(place for place, _ in differing)})
        # What is named was made sure enough before: the sum may be more than all.
        chances[best] = min(chances[best], ALMOST)
        article, *_ = index.locate(int(candidates.rows[best]))
        return Reading(chances, trimmed(article.text, short.start, short.end), tuple(differing))

    def _of_list(
        self, places: list[int], probabilities: FloatArray, evidence: SentenceEvidence, candidates: Candidates
    ) -> Reading:
        # What a keyword names was made sure enough before: the sum may be more than all.
        together = min(float(probabilities[places].sum()), float(ALMOST))
        chances = np.where(evidence.read, probabilities, self._unread.alone(candidates) * (1 - together))
        # Nothing else comes before the list, whatever the reader believes of it.
        chances = np.minimum(chances, together * (1 - len(places) * _RANK_STEP)).astype(np.float32)
        # One after the other, as the reader ranks them.
        for rank, place in enumerate(sorted(places, key=lambda place: -float(probabilities[place]))):
            chances[place] = together * (1 - rank * _RANK_STEP)
        return Reading(chances, listed=tuple(places))

    def _changed(
        self, contradictions: Contradictions, best: int, candidates: Candidates, index: Index
    ) -> list[tuple[int, tuple[int, int]]]:
        """Return the best sentence and those of other editions that say otherwise, and what each has of its own.

        Nothing where no other edition says otherwise. Places, and half-open offsets in the articles.
        """

        def stretch(place: int, part: Span) -> tuple[int, tuple[int, int]]:
            _, _, start, _ = index.locate(int(candidates.rows[place]))
            return place, (start + part.start, start + part.end)

        mine = index.sentence_text(int(candidates.rows[best]))
        found = []
        for place, part in contradictions.changes(best):
            theirs = index.sentence_text(int(candidates.rows[place]))
            # "Erected" and "built" are the same.
            if support(self._reader, mine, theirs, [Span(0, len(theirs))])[0] < _SAYS_THE_SAME:
                found.append((place, part))
        return [stretch(best, found[0][1].mine), *(stretch(place, one.theirs) for place, one in found)] if found else []

    def _read_passage(
        self,
        asked: str,
        question: FloatArray,
        row: int,
        candidates: Candidates,
        index: Index,
        evidence: SentenceEvidence,
    ) -> None:
        under = self._under or is_named_above(asked, row, index)
        read_passage(self._reader, question, row, candidates, index, evidence, under=under)

    def _short_answer(
        self,
        query: Query,
        asks: FloatArray,
        evidence: SentenceEvidence,
        best: int,
        candidates: Candidates,
        index: Index,
    ) -> ShortAnswer | None:
        said = keywords(query.asked)
        if query.is_about:
            return None
        if said and said <= words_of(best, candidates, index):
            # A keyword asks for what the article says of it: where the sentence names it, all of the sentence answers.
            return None
        article, _, start, _ = index.locate(int(candidates.rows[best]))
        if article.blocks[article.block_at(start)].kind == "code":
            # A part of a command says nothing by itself.
            return None
        cell = cell_asked(query.asked, article, start)
        if cell:
            return ShortAnswer(cell.start, cell.end, 1.0)
        short = short_answer(query.asked, asks, evidence, best, self._bar, self._kinds)
        short = counted(query.asked, short, int(candidates.rows[best]), index)
        if short and (
            repeats(article.text[short.start : short.end], query.asked, article.language)
            or names_what_it_is_about(query.asked, article, short.start)
        ):
            return None
        return short

    def _probabilities(
        self,
        candidates: Candidates,
        evidence: SentenceEvidence,
        said: npt.NDArray[np.bool_],
        more_of: npt.NDArray[np.bool_],
    ) -> FloatArray:
        features = judged_features(candidates, evidence)
        native, foreign = (features @ weights + bias for weights, bias in self._models)
        scores = np.where(candidates.foreign, foreign, native) + _CITED * more_of
        return shares(np.where(evidence.read & ~said, scores - candidates.of_another, -np.inf)).astype(np.float32)


def _answers_again(
    query: Query, evidence: SentenceEvidence, candidates: Candidates, index: Index
) -> npt.NDArray[np.bool_]:
    """Return which candidates have the short answer that was given before, shape (c,); all where none was given.

    "Clara Fox takes over from Tom Reed" says who it is now, and who it was before.
    """
    given = set(words(query.answered_before))
    found = np.ones(len(candidates.rows), np.bool_)
    for place in np.flatnonzero(evidence.read).tolist() if given else ():
        short = evidence.short_answer(place)
        article, *_ = index.locate(int(candidates.rows[place]))
        found[place] = short is None or not given.isdisjoint(words(article.text[short.start : short.end]))
    return found


def _said_before(query: Query, index: Index) -> list[int]:
    """Return the sentences that hardly answer what came before or after them, or what others there are."""
    if query.of_others:
        return cited_rows(query, index)
    if not query.beyond:
        return []
    said = []
    for row in cited_rows(query, index):
        known = FUNCTION_WORDS.get(index.articles[index.sentences[row, 0]].language)
        # "7.50 euros, before that 6": the sentence itself says what came before.
        telling = (known.before if query.beyond == "before" else known.after) if known else frozenset()
        if not telling.intersection(words(index.sentence_text(row))):
            said.append(row)
    return said


def _asked_there(asked: str, candidates: Candidates, index: Index) -> list[int]:
    """Return the candidates that only ask what is asked."""
    sought, found = words_to_find_again(asked), []
    for row in candidates.rows.tolist() if sought else []:
        article, block = index.sentences[row, [0, 3]].tolist()
        is_code = index.articles[article].blocks[block].kind == "code"
        if only_asks(sought, index.sentence_text(row), code=is_code):
            found.append(row)
    return found


def is_named_above(question: str, passage: int, index: Index) -> bool:
    """Return whether a question names what a passage stands under, and the passage does not.

    "What does the Heron 5 weigh?" of "The appliance weighs 4.2 kg.": without its title the passage does not answer.
    """
    said = words(question)
    known = FUNCTION_WORDS.get(question_language(said))
    content = " ".join(word for word in said if not known or word not in known.all)
    return bool(index.named_only_above(passage, set(index.question_stems(content))))


def judged_features(candidates: Candidates, evidence: SentenceEvidence) -> FloatArray:
    """Return the features that candidates are judged by, shape (c, len(JUDGED))."""
    count = len(candidates.rows)
    size = np.full((count, 1), np.log(min(max(count, 1), _MOST_CANDIDATES)), np.float32)
    retrieved = candidates.features[:, [FEATURES.index(name) for name in _RETRIEVED]]
    return np.concatenate([retrieved, evidence.features(), size], axis=1)


def shares(scores: FloatArray) -> FloatArray:
    """Return each candidate's probability, a softmax over all of them and "none", whose score is 0."""
    highest = max(0.0, float(scores.max(initial=0.0)))
    powers = np.exp(scores - highest)
    parts: FloatArray = powers / (powers.sum() + np.exp(-highest))
    return parts


def passages_to_read(candidates: Candidates, index: Index) -> list[int]:
    """Return the rows of passages that together hold all candidates, that of the best candidate first."""
    place = {int(row): number for number, row in enumerate(candidates.rows)}
    best = []
    for rank, row in enumerate(candidates.passage_rows.tolist()):
        _, first, last = index.passages[row].tolist()
        places = [place[sentence] for sentence in range(first, last + 1) if sentence in place]
        if places:
            best.append((min(places), rank, row, set(places)))
    chosen: list[int] = []
    covered: set[int] = set()
    for _, _, row, held in sorted(best, key=lambda entry: entry[:2]):
        if not held <= covered:
            chosen.append(row)
            covered |= held
    return chosen


def _stands_in(candidates: Candidates, place: int, passage: int, index: Index) -> bool:
    _, first, last = index.passages[passage].tolist()
    return bool(first <= candidates.rows[place] <= last)


def read_passage(
    reader: PassageReader,
    question: FloatArray,
    row: int,
    candidates: Candidates,
    index: Index,
    evidence: SentenceEvidence,
    *,
    under: bool = False,
) -> None:
    """Read a passage, `under` its title and headings, and add what was found to the evidence of its candidates."""
    _, first, last = index.passages[row].tolist()
    inside = np.flatnonzero((candidates.rows >= first) & (candidates.rows <= last))
    sentences = [(int(n), *index.sentences[candidates.rows[n], 1:3].tolist()) for n in inside]
    view = index.passage_view(row, under=under)
    found = reader.read(question, view.text)
    evidence.add(replace(found, spans=view.spans(found.spans)), sentences)
