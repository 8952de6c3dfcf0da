"""What a session keeps of a turn beside its question and its answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from secrets import token_hex

from rag.answer import Answer, Hit
from rag.feedback import Verdict

MOST_UNUSED = 5
# A sentence that the reader thinks less likely than this to answer was looked at, and is no find.
LEAST_LIKELY = 0.02


@dataclass(slots=True)
class TurnNotes:
    """Notes on one turn.

    Attributes:
        unused: sentences that were found and not cited, best first.
        offers: other questions to ask where it was not answered.
        verdict, note: what the user said of it.
        id: names the turn on the page and in a file of feedback.
    """

    unused: tuple[Hit, ...] = ()
    offers: tuple[str, ...] = ()
    verdict: Verdict | None = None
    note: str = ""
    id: str = field(default_factory=lambda: token_hex(8))


def unused_hits(ranked: Sequence[Hit], answer: Answer) -> tuple[Hit, ...]:
    """Return the best sentences, as the reader ranks them, that an answer does not cite; none for an abstention."""
    if answer.abstained:
        return ()
    cited = {(citation.article_id, citation.sentence_index) for citation in answer.citations}
    likely = (hit for hit in ranked if (hit.probability or 0.0) >= LEAST_LIKELY)
    return tuple(hit for hit in likely if (hit.article_id, hit.sentence_index) not in cited)[:MOST_UNUSED]
