"""Question → ranked sentences: dense and lexical search over passages, then over the sentences of the best ones."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from index.index import Index
from index.models.encoder import Encoder, FloatArray
from index.search.dense import IntArray
from index.search.lexical import stems, words
from index.search.numbers import find_numbers
from index.splitting.entries import key_of
from rag.answer import Hit
from rag.conversation.follow_up import without_brackets
from rag.conversation.language import FUNCTION_WORDS, SCRIPT_CHARACTERS, is_foreign, question_language, script_of
from rag.conversation.query import Query
from rag.retrieval.circumstance import circumstances, excludes, unknown_designators
from rag.settings import FusionWeights, Settings

# The columns of Candidates.features; the reader's coefficients have these names.
FEATURES = tuple(
    "sentence context neighbourhood passage stems ngrams passage_terms best_passage_terms numbers numbers_missing "
    "score lead share length".split()
)


# Runs of scores of which the best are compared, by how many are wanted.
_RUNS = 8


@dataclass(frozen=True, slots=True)
class Candidates:
    """The c sentences that may answer a question, best first, and the p passages that were searched.

    Attributes:
        rows: of `Index.sentences`, shape (c,).
        scores: the fused scores, shape (c,); comparable within one question only.
        features: what the reader judges by, shape (c, len(FEATURES)).
        foreign: whether the question is in another language than the sentence's article, shape (c,).
        of_another: what a reader's score of each loses where the question names another article or row, shape
            (c,), not negative.
        passage_rows, passage_scores: all ranked passages, also those without candidates: rows of `Index.passages` and
            their scores, best first, each of shape (p,).
        question: the vector that was searched for, shape (dimension,).
    """

    rows: IntArray
    scores: FloatArray
    features: FloatArray
    foreign: npt.NDArray[np.bool_]
    of_another: FloatArray
    passage_rows: IntArray
    passage_scores: FloatArray
    question: FloatArray

    def with_row(self, row: int) -> Candidates:
        """Return the candidates and, last, another sentence, about which nothing is known but that it is asked for."""
        if row in self.rows:
            return self
        return replace(
            self,
            rows=np.append(self.rows, row),
            scores=np.append(self.scores, self.scores.min(initial=0.0)).astype(np.float32),
            features=np.append(self.features, np.zeros((1, self.features.shape[1]), np.float32), axis=0),
            foreign=np.append(self.foreign, self.foreign[:1] if len(self.foreign) else [False]),
            of_another=np.append(self.of_another, np.float32(0)),
        )


class Retriever:
    """Ranks passages and sentences of an index for a question. Holds no state between questions."""

    def __init__(self, index: Index, encoder: Encoder, settings: Settings) -> None:
        self._index = index
        self._encoder = encoder
        self._settings = settings

    def sentences(self, query: Query, vector: FloatArray | None = None) -> Candidates:
        """Return the candidate sentences of the best passages, best first.

        Args:
            vector: of `query.text`, where it is known already; shape (dimension,).
        """
        index, settings = self._index, self._settings
        if vector is None:
            vector = self._encoder.encode_questions([query.text])[0]
        passage_rows, passage_cosines, passage_scores, passage_coverage, named = self._rank_passages(vector, query.text)
        chosen = slice(0, settings.candidate_passages)
        rows, of_passage = self._sentences_of(passage_rows[chosen])
        asked = index.question_stems(query.text, spoken_in(query.text))
        by_stem = index.covered_by(index.sentence_stems, asked, rows)
        by_ngram = index.covered_by(index.sentence_ngrams, index.question_ngrams(query.text), rows)
        by_passage = passage_coverage[chosen][of_passage]
        alone = index.sentence_vectors[rows].astype(np.float32) @ vector
        in_context = index.context_vectors[rows].astype(np.float32) @ vector
        around = self._neighbourhoods(rows) @ vector
        covered = float(passage_coverage[chosen].max(initial=0.0))
        numbers, missing = self._numbers(query.text, rows)
        foreign = self._foreign(query.text, index.sentences[rows, 0])
        standard = [standardise(values) for values in (alone, in_context, around, by_stem, by_ngram, by_passage)]
        cited = cited_rows(query, index)
        if query.beyond:
            cited = [row + step for row in cited for step in (-1, 1)]
        scores = np.where(
            foreign,
            fuse(settings.foreign_fusion, standard, covered, numbers),
            fuse(settings.fusion, standard, covered, numbers),
        ) + settings.cited_before * np.isin(rows, cited)
        # Of articles that are told apart by their titles only, the sentences are the same.
        of_another = self._of_another(query.text, index.sentences[rows, 0]) + self._of_another_row(query, rows)
        of_another += self._of_opposite(query.asked, rows) + self._of_unknown(query.asked)
        scores += settings.sentence_headings * standardise(named[chosen])[of_passage] - of_another
        scores = scores.astype(np.float32)
        columns = {
            "sentence": alone,
            "context": in_context,
            "neighbourhood": around,
            "passage": passage_cosines[chosen][of_passage],
            "stems": by_stem,
            "ngrams": by_ngram,
            "passage_terms": by_passage,
            "best_passage_terms": np.full(len(rows), covered),
            "numbers": numbers,
            "numbers_missing": missing,
            "score": scores,
            "lead": lead(scores),
            "share": softmax(scores),
            "length": np.log1p(index.sentences[rows, 2] - index.sentences[rows, 1]),
        }
        features = np.stack([columns[name] for name in FEATURES], axis=1)
        order = np.lexsort((rows, -scores))
        return Candidates(
            rows[order],
            scores[order],
            features[order].astype(np.float32),
            foreign[order],
            of_another[order],
            passage_rows,
            passage_scores.astype(np.float32),
            vector,
        )

    def hits(
        self, candidates: Candidates, places: Sequence[int], probabilities: Sequence[float] | None = None
    ) -> list[Hit]:
        """Return candidates as Hits, ranked as given.

        Args:
            places: their places in `candidates`, best first.
            probabilities: the reader's, aligned with `places`.
        """
        hits = []
        for rank, place in enumerate(places, start=1):
            article, number, start, end = self._index.locate(int(candidates.rows[place]))
            probability = probabilities[rank - 1] if probabilities is not None else None
            score, text = float(candidates.scores[place]), article.text[start:end]
            hits.append(Hit(rank, score, article.id, number, start, end, text, probability, article.place(start, end)))
        return hits

    def passage_hits(self, candidates: Candidates) -> list[Hit]:
        """Return the passages that were searched as Hits, as ranked."""
        hits = []
        for place, row in enumerate(candidates.passage_rows[: self._settings.pool_passages]):
            _, first, last = self._index.passages[row].tolist()
            article, number, start, _ = self._index.locate(first)
            end, score = int(self._index.sentences[last, 2]), float(candidates.passage_scores[place])
            text = article.text[start:end]
            hits.append(Hit(place + 1, score, article.id, number, start, end, text, place=article.place(start, end)))
        return hits

    def _rank_passages(
        self, vector: FloatArray, text: str
    ) -> tuple[IntArray, FloatArray, FloatArray, FloatArray, FloatArray]:
        """Return rows, cosines, fused scores and lexical coverage of the pool of passages, best first.

        Last, how far the question names the title and headings of each (BM25).
        """
        index, settings = self._index, self._settings
        stems = index.question_stems(text, spoken_in(text))
        coverage = index.passage_terms.coverage(stems + index.question_ngrams(text))
        heads = index.heading_terms.scores(stems)
        _, dense_rows = index.passage_vectors.search(vector, settings.pool_passages)
        # Also those whose headings are named: "weight of the Heron 5" in a passage that says "it weighs".
        wanted = coverage + settings.passage_headings * heads / max(float(heads.max(initial=0.0)), 1e-6)
        lexical_rows = best_rows(wanted, settings.pool_passages)
        rows = np.union1d(dense_rows, lexical_rows)
        cosines = index.passage_vectors.vectors(rows) @ vector
        sentence_rows, starts = self._sentence_rows(rows)
        best_sentence = np.maximum.reduceat(index.sentence_vectors[sentence_rows].astype(np.float32) @ vector, starts)
        foreign = self._foreign(text, index.passages[rows, 0])
        fused = (
            standardise(cosines)
            + settings.passage_best_sentence * standardise(best_sentence)
            + np.where(foreign, 0, settings.passage_bm25) * standardise(coverage[rows])
            + settings.passage_headings * standardise(heads[rows])
        )
        order = np.lexsort((rows, -fused))
        return rows[order], cosines[order], fused[order], coverage[rows][order], heads[rows][order]

    def _of_another(self, question: str, article_rows: IntArray) -> FloatArray:
        """Return what sentences lose where the question names another article by its title, by those articles' rows."""
        distinct, of = np.unique(article_rows, return_inverse=True)
        lost = np.zeros(len(distinct), np.float32)
        if len(distinct) > 1:
            shares = self._index.title_shares(distinct, self._index.question_stems(question, spoken_in(question)))
            if shares.max() >= self._settings.named_title:
                lost = self._settings.another_title * (shares.max() - shares)
        return lost[of]

    def _of_another_row(self, query: Query, rows: IntArray) -> FloatArray:
        """Return what rows and entries lose where the question names another of the article by what it alone says.

        The rows of a table, or the lines of a price list, are the same sentence with other names: which one is asked
        about, only its cells, or what stands before its colon, tell.
        """
        index, lost = self._index, np.zeros(len(rows), np.float32)
        named: dict[tuple[int, bool], dict[int, str]] = {}
        for place, (article, block) in enumerate(index.sentences[rows][:, [0, 3]].tolist()):
            kind = index.kind(article, block)
            # Of others the article is not even read.
            text = index.sentence_text(int(rows[place])) if kind in ("row", "line", "item") else ""
            if said := text if kind == "row" else key_of(text):
                named.setdefault((article, kind == "row"), {})[place] = said
        if not named:
            return lost
        # A new question after "How wide is it?" asks for another entry, and maybe of the same row.
        of_row, of_entry = (self._topical_stems(text) for text in (query.text, without_brackets(query.asked)))
        for (article, are_rows), texts in named.items():
            places = list(texts)
            if not are_rows and len(set(texts.values())) < len(places):
                # What stands before the colons are speakers.
                continue
            asked = of_row if are_rows else of_entry
            found = [asked & set(stems(texts[place], [index.articles[article].language])) for place in places]
            counts = Counter(term for some in found for term in some)
            weights = {term: math.log(len(places) / count) for term, count in counts.items()}
            total = sum(weights.values())
            if total > 0:
                shares = np.asarray([sum(weights[term] for term in some) / total for some in found], np.float32)
                if shares.max() >= self._settings.named_title:
                    lost[places] = self._settings.another_title * (shares.max() - shares)
        return lost

    def _of_unknown(self, question: str) -> float:
        """Return what all sentences lose where the question is of something that no article has by its name."""
        index = self._index
        terms = (index.passage_terms, index.heading_terms)
        unknown = unknown_designators(question, lambda word: any(some.knows(word) for some in terms))
        return self._settings.another_title if unknown else 0.0

    def _of_opposite(self, question: str, rows: IntArray) -> FloatArray:
        """Return what sentences lose that speak of the opposite time: "after the trial period" for "in" it."""
        lost = np.zeros(len(rows), np.float32)
        language = question_language(words(question))
        if asked := circumstances(without_brackets(question), language):
            for place, row in enumerate(rows.tolist()):
                if excludes(asked, self._index.sentence_text(row), language):
                    lost[place] = self._settings.another_title
        return lost

    def _topical_stems(self, question: str) -> set[str]:
        spoken = words(question)
        known = FUNCTION_WORDS.get(question_language(spoken))
        return set(self._index.question_stems(" ".join(one for one in spoken if not known or one not in known.all)))

    def _sentence_rows(self, passage_rows: IntArray) -> tuple[IntArray, IntArray]:
        """Return the sentence rows of passages, one passage after the other, and where each passage begins in them."""
        spans = self._index.passages[passage_rows]
        lengths = spans[:, 2] - spans[:, 1] + 1
        starts = np.cumsum(lengths) - lengths
        return np.repeat(spans[:, 1] - starts, lengths) + np.arange(lengths.sum()), starts

    def _sentences_of(self, passage_rows: IntArray) -> tuple[IntArray, IntArray]:
        """Return the sentence rows of passages, each once, and for each the place of its best passage."""
        rows, starts = self._sentence_rows(passage_rows)
        unique, first_seen = np.unique(rows, return_index=True)
        return unique, np.searchsorted(starts, first_seen, side="right") - 1

    def _neighbourhoods(self, rows: IntArray) -> FloatArray:
        """Return unit vectors of each sentence with half of the one before and after, shape (len(rows), dimension)."""
        index = self._index
        total = index.sentence_vectors[rows].astype(np.float32)
        for step in (-1, 1):
            beside = np.clip(rows + step, 0, len(index.sentences) - 1)
            same = (index.sentences[beside, 0] == index.sentences[rows, 0]) & (beside != rows)
            total += 0.5 * same[:, None] * index.sentence_vectors[beside].astype(np.float32)
        unit: FloatArray = total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12)
        return unit

    def _numbers(self, question: str, rows: IntArray) -> tuple[FloatArray, FloatArray]:
        """Return how many of a question's numbers each sentence has, and how many it lacks, each of shape (len(rows),).

        A number in words counts where a sentence has it in digits, and is not missed elsewhere ("the two countries").
        """
        index = self._index
        asked = {number.readings: number for number in find_numbers(question, {*index.languages, *spoken_in(question)})}
        has, lacks = np.zeros(len(rows), np.float32), np.zeros(len(rows), np.float32)
        for place, row in enumerate(rows.tolist() if asked else []):
            article, _, start, end = index.locate(row)
            said = find_numbers(article.text[start:end], [article.language])
            in_digits = {reading for number in said if not number.in_words for reading in number.readings}
            either = in_digits.union(*(number.readings for number in said))
            for readings, number in asked.items():
                # Two that are in words are alike as words. The 3rd is not three.
                found = not (in_digits if number.in_words or number.in_word else either).isdisjoint(readings)
                has[place] += found
                lacks[place] += not found and not number.in_words
        return has, lacks

    def _foreign(self, question: str, article_rows: IntArray) -> npt.NDArray[np.bool_]:
        """Return whether the question is in another language than each of some articles."""
        distinct, of = np.unique(article_rows, return_inverse=True)
        told = (self._index.language_and_beginning(row) for row in distinct.tolist())
        judged = [is_foreign(question, language, script_of(text[:SCRIPT_CHARACTERS])) for language, text in told]
        return np.asarray(judged, np.bool_)[of]


def cited_rows(query: Query, index: Index) -> list[int]:
    """Return the rows of `Index.sentences` that the turn before cited, for a question that goes on from there."""
    return [
        index.row_of(citation.article_id, citation.sentence_index)
        for citation in query.cited_before
        if citation.article_id in index.article_rows
    ]


def best_rows(scores: FloatArray, k: int) -> IntArray:
    """Return the rows of the k highest scores, best first, ties by row: no other of an archive's scores is sorted."""
    rows = np.arange(len(scores))
    # At least k rows have what the k-th best of some runs has: of a million, finding it takes a tenth of the time.
    length = len(scores) // (_RUNS * k)
    if length > 1:
        best = scores[: len(scores) // length * length].reshape(-1, length).max(axis=1)
        rows = np.flatnonzero(scores >= np.partition(best, -k)[-k])
    if k < len(rows):
        found = scores[rows]
        least = np.partition(found, -k)[-k]
        rows = np.concatenate([rows[found > least], rows[found == least]])[:k]
    order: IntArray = rows[np.lexsort((rows, -scores[rows]))]
    return order


def spoken_in(question: str) -> tuple[str, ...]:
    """Return the language of a question, in which its number words are read; nothing where it cannot be told."""
    language = question_language(words(question))
    return (language,) if language else ()


def fuse(weights: FusionWeights, standard: list[FloatArray], covered: float, numbers: FloatArray) -> FloatArray:
    """Return the weighted sum of c candidates' scores, shape (c,).

    Args:
        standard: standardised, each of shape (c,): sentence, context, neighbourhood, stems, ngrams, passage.
        covered: the share of the question's words that are found at all, 0 to 1.
        numbers: how many of the question's numbers each candidate has, shape (c,).
    """
    alone, in_context, around, by_stem, by_ngram, by_passage = standard
    fused: FloatArray = (
        weights.sentence * alone
        + weights.context * in_context
        + weights.neighbourhood * around
        + weights.passage * by_passage
        + covered
        * (weights.stems_covered * by_stem + weights.ngrams_covered * by_ngram + weights.passage_covered * by_passage)
        + weights.numbers * numbers
    )
    return fused


def standardise(values: FloatArray) -> FloatArray:
    """Return z-scores: mean 0, deviation 1; all 0 where the values are equal."""
    spread = values.std()
    standard: FloatArray = (values - values.mean()) / spread if spread > 1e-9 else np.zeros_like(values)
    return standard


def lead(scores: FloatArray) -> FloatArray:
    """Return each score less the best of the others; 0 where there is no other."""
    if len(scores) < 2:
        return np.zeros_like(scores)
    second, best = np.partition(scores, -2)[-2:]
    ahead: FloatArray = np.where(scores == best, scores - second, scores - best).astype(np.float32)
    return ahead


def softmax(scores: FloatArray) -> FloatArray:
    """Return each score's share, positive and together 1."""
    powers = np.exp(scores - scores.max())
    share: FloatArray = powers / powers.sum()
    return share
