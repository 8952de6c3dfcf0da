"""Evidence → Answer, by quotation: the sentences that clear the bar, in the article's order, or an abstention."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from index.view import read_text
from rag.answer import Answer, Citation, Hit, Language, Statement
from rag.answering.messages import MESSAGES, percent, percent_space
from rag.settings import Settings

# A short answer that is a larger share of its sentence than this is left out: the sentence is as brief.
LARGEST_SHARE = 0.7


class Answerer(Protocol):
    """Makes an Answer of what the reader found."""

    def answer(
        self,
        question: str,
        read_as: str,
        hits: Sequence[Hit],
        span: tuple[int, int] | None,
        language: Language,
        listed: int = 0,
    ) -> Answer:
        """Answer from hits that carry probabilities, best first; the first `listed` are a list that answers as one."""


class ExtractiveAnswerer:
    """Answers with the article's own sentences only."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def answer(
        self,
        question: str,
        read_as: str,
        hits: Sequence[Hit],
        span: tuple[int, int] | None,
        language: Language,
        listed: int = 0,
    ) -> Answer:
        """Answer from hits that carry probabilities, best first; abstain where none clears the bar."""
        settings, messages = self._settings, MESSAGES[language]
        ranked = sorted(hits, key=lambda hit: (-(hit.probability or 0.0), hit.rank))
        best = (ranked[0].probability or 0.0) if ranked else 0.0
        if best < settings.answer_bar:
            return Answer(
                question=question,
                read_as=read_as,
                text=messages.unsure if best >= settings.unsure_bar else messages.abstained,
                abstained=True,
                reason=messages.below_bar.format(
                    best=percent(best, language), bar=f"{round(100 * settings.answer_bar)}{percent_space(language)}%"
                ),
                confidence=best,
                nearest=tuple(ranked[: settings.nearest_sentences]),
                language=language,
            )
        first, *others = ranked[: settings.max_citations]
        if span and not first.start <= span[0] < span[1] <= first.end:
            # Words of another sentence are no short answer of this one.
            span = None
        chosen = [first] + [hit for hit in others if (hit.probability or 0) >= settings.further_bar]
        if listed:
            chosen = ranked[:listed]
        # In the article's order, the best one's article first; but the sentence with the short answer before all.
        chosen.sort(
            key=lambda hit: (span and hit != first, hit.article_id != first.article_id, hit.article_id, hit.start)
        )
        citations = tuple(
            Citation(number, hit.article_id, hit.sentence_index, hit.start, hit.end, hit.text, hit.place)
            for number, hit in enumerate(chosen, start=1)
        )
        statements = [
            Statement(read_text(hit.text), (citation,), hit.probability or 0.0)
            for hit, citation in zip(chosen, citations, strict=True)
        ]
        if span and span[1] - span[0] < LARGEST_SHARE * len(first.text):
            short = read_text(first.text[span[0] - first.start : span[1] - first.start])
            statements.insert(0, Statement(short, citations[:1], best))
        return Answer(
            question=question,
            read_as=read_as,
            text="\n".join(f"{statement.text} [{statement.citations[0].number}]" for statement in statements),
            abstained=False,
            confidence=best,
            statements=tuple(statements),
            citations=citations,
            span=span,
            language=language,
        )
