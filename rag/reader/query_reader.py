"""Reads a question in each way that it may be meant, until a sentence answers it.

A message in a conversation may be read with the turns before it, as rewritten by rules, or by itself
(rag/conversation/follow_up.py says how); which of these counts is decided here, by what the reader finds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from index import Index
from rag.answer import Turn
from rag.conversation.query import Query
from rag.reader.embedding import Reader, Reading
from rag.reader.selection import selected
from rag.reader.superlative import row_of_extreme
from rag.retrieval.retriever import Candidates, Retriever, cited_rows
from rag.settings import Settings


@dataclass(frozen=True, slots=True)
class Read:
    """A question as it was read: what was asked, among which sentences, and what the reader makes of them."""

    query: Query
    candidates: Candidates
    reading: Reading


class QueryReader:
    """Has a reader read a question.

    Args:
        reader: judges sentences.
        retriever: finds candidates for what a question may mean besides.
        index: that both search.
    """

    def __init__(self, reader: Reader, retriever: Retriever, index: Index, settings: Settings) -> None:
        self._reader, self._retriever, self._index, self._settings = reader, retriever, index, settings

    def read(self, query: Query, candidates: Candidates, turns: Sequence[Turn]) -> Read:
        """Read with the turns before or, where a sentence answers it more surely so, as rewritten.

        A noun or an interrogative in the place of another makes a question that counts as much. A pronoun does not, nor
        what stands alone: of these only what is almost sure.

        Args:
            candidates: for `query.text`.
            turns: before the question, oldest first.
        """
        rewritten = replace(query, in_context="")
        if not query.in_context or query.is_about or not self._reader.reads_context:
            return self._until_answered(rewritten, candidates, turns)
        settings, read = self._settings, self._once(query, candidates)
        sure = self._best(read)
        if self._is_beside(read, turns):
            sure = min(sure, settings.answer_bar)
        if sure < (settings.rewritten_bar if query.of_other else settings.context_bar):
            other = self._until_answered(rewritten, candidates, turns)
            if self._best(other) >= (sure if query.of_other else settings.rewritten_bar):
                return other
        return read

    def probabilities(self, query: Query, reading: Reading, places: Sequence[int]) -> list[float]:
        """Return the calibrated probabilities that some candidates answer a question, by their places."""
        settings, judged = self._settings, [float(reading.probabilities[place]) for place in places]
        found = [settings.calibration.apply(one) for one in judged]
        if not query.is_about:
            return found
        # Much is near to what is said of something; what is half as likely as the best is not of it.
        least, odds = 0.5 * float(reading.probabilities.max(initial=0.0)), settings.about_odds
        return [
            odds * one / (1 + (odds - 1) * one) if raw >= least else one for one, raw in zip(found, judged, strict=True)
        ]

    def _until_answered(self, query: Query, candidates: Candidates, turns: Sequence[Turn]) -> Read:
        """Return the first of the things that a question may mean that is answered, else the likeliest one."""
        tried = []
        for one in (query, *query.others):
            tried.append(self._once(one, candidates if one.text == query.text else self._retriever.sentences(one)))
            if self._best(tried[-1]) >= self._settings.answer_bar and not self._is_beside(tried[-1], turns):
                return tried[-1]
        return tried[0]

    def _once(self, query: Query, candidates: Candidates) -> Read:
        if self._reader.reads_context and not query.is_about:
            # The rows that a long table has the most in, or that are selected, need not be among those that were found.
            rows = candidates.rows.tolist()
            extreme = row_of_extreme(query.asked, rows, self._index, query.in_context)
            goes_on = bool(query.in_context or query.cited_before)
            asked = [extreme.row] if extreme else selected(query.asked, rows, self._index, goes_on=goes_on)
            # Nor that one that the turn before cited.
            asked += cited if len(cited := cited_rows(query, self._index)) == 1 else []
            for row in asked:
                candidates = candidates.with_row(row)
        return Read(query, candidates, self._reader.read(query, candidates, self._index))

    def _best(self, read: Read) -> float:
        return max(self.probabilities(read.query, read.reading, read.reading.order[:1]), default=0.0)

    def _is_beside(self, read: Read, turns: Sequence[Turn]) -> bool:
        """Return whether what was found hardly answers a question for another thing than the turn before.

        It gives the last short answer again, or names nothing of "and the roof?", which other sentences name.
        """
        if not read.query.of_other or not read.reading.order:
            return False
        row = int(read.candidates.rows[read.reading.order[0]])
        article, *_ = self._index.locate(row)
        last = next((turn.answer for turn in reversed(turns) if turn.answer and turn.answer.citations), None)
        if last and last.span and (article.id, read.reading.span) == (last.citations[0].article_id, last.span):
            return True
        noun = set(self._index.question_stems(read.query.noun))
        if not noun or not all(self._index.passage_terms.knows(stem) for stem in noun):
            return False
        return not noun & set(self._index.question_stems(f"{article.title} {self._index.sentence_text(row)}"))
