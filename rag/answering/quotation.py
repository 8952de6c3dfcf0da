"""Evidence → Answer, by quotation: the sentences that clear the bar, in the article's order, or an abstention."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from rag.answer import Answer, Citation, Hit, Statement
from rag.answering.messages import MESSAGES, Language, percent
from rag.settings import Settings

# A short answer that is more of its sentence than this is not said before it: the sentence says it as briefly.
LARGEST_SHARE = 0.7


class Answerer(Protocol):
    """Makes an Answer of what the reader found."""

    def answer(
        self, question: str, read_as: str, hits: Sequence[Hit], span: tuple[int, int] | None, language: Language
    ) -> Answer:
        """Answer from hits that carry probabilities, best first."""


class ExtractiveAnswerer:
    """Answers in the article's own sentences; says nothing that is not quoted."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def answer(
        self, question: str, read_as: str, hits: Sequence[Hit], span: tuple[int, int] | None, language: Language
    ) -> Answer:
        """Answer from hits that carry probabilities, best first; abstain where none clears the bar."""
        ranked = sorted(hits, key=lambda hit: (-(hit.probability or 0.0), hit.rank))
        best = (ranked[0].probability or 0.0) if ranked else 0.0
        if best < self._settings.answer_bar:
            return self._abstain(question, read_as, ranked, best, language)
        chosen = [ranked[0]] + [
            hit
            for hit in ranked[1 : self._settings.max_citations]
            if (hit.probability or 0) >= self._settings.further_bar
        ]
        # The sentence with the short answer first, to prove it; else as the article has them, the best one's first.
        chosen.sort(
            key=lambda hit: (
                span and hit != ranked[0],
                hit.article_id != ranked[0].article_id,
                hit.article_id,
                hit.start,
            )
        )
        citations = tuple(
            Citation(number, hit.article_id, hit.sentence_index, hit.start, hit.end, hit.text)
            for number, hit in enumerate(chosen, start=1)
        )
        statements = [
            Statement(hit.text, (citation,), hit.probability or 0.0)
            for hit, citation in zip(chosen, citations, strict=True)
        ]
        if span and span[1] - span[0] < LARGEST_SHARE * len(chosen[0].text):
            short = chosen[0].text[span[0] - chosen[0].start : span[1] - chosen[0].start]
            statements.insert(0, Statement(short, (citations[0],), best))
        text = "\n".join(f"{statement.text} [{statement.citations[0].number}]" for statement in statements)
        return Answer(
            question=question,
            read_as=read_as,
            text=text,
            abstained=False,
            reason="",
            confidence=best,
            statements=tuple(statements),
            citations=citations,
            span=span,
            nearest=(),
            language=language,
        )

    def _abstain(self, question: str, read_as: str, ranked: Sequence[Hit], best: float, language: Language) -> Answer:
        messages = MESSAGES[language]
        reason = messages.below_bar.format(best=percent(best, language), bar=round(100 * self._settings.answer_bar))
        return Answer(
            question=question,
            read_as=read_as,
            text=messages.unsure if best >= self._settings.unsure_bar else messages.abstained,
            abstained=True,
            reason=reason,
            confidence=best,
            statements=(),
            citations=(),
            span=None,
            nearest=tuple(ranked[: self._settings.nearest_sentences]),
            language=language,
        )
