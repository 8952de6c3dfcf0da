"""What a session keeps of a turn beside its question and its answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from index.article import Article
from rag.answer import Answer, Hit
from rag.feedback import Verdict

MOST_UNUSED = 5
# A sentence that the reader thinks less likely than this to answer was looked at, and is no find.
LEAST_LIKELY = 0.02


@dataclass(slots=True)
class TurnNotes:
    """Notes on one turn.

    Attributes:
        id: names the turn on the page and in a file of feedback; made by `turn_id`.
        unused: sentences that were found and not cited, best first.
        articles: those that the answer cites or that its nearest sentences are of, removed ones too.
        offers: other questions to ask where it was not answered.
        verdict, note: what the user said of it.
    """

    id: str
    unused: tuple[Hit, ...] = ()
    articles: tuple[Article, ...] = ()
    offers: tuple[str, ...] = ()
    verdict: Verdict | None = None
    note: str = ""


def turn_id(conversation: str, place: int, question: str) -> str:
    """Return a turn's id: the same one when its conversation is opened again, so that the last word on it counts.

    Args:
        conversation: what the browser keeps the conversation under.
        place: the turn's number in it, from 0.
        question: tells apart what two tabs asked at the same place, or what moved there when the first were dropped.
    """
    # Half a character that a browser sent cannot be encoded.
    return sha256(f"{conversation} {place} {question}".encode("utf-8", "replace")).hexdigest()[:16]


def unused_hits(ranked: Sequence[Hit], answer: Answer) -> tuple[Hit, ...]:
    """Return the best sentences, as the reader ranks them, that an answer does not cite; none for an abstention."""
    if answer.abstained:
        return ()
    cited = {(citation.article_id, citation.sentence_index) for citation in answer.citations}
    likely = (hit for hit in ranked if (hit.probability or 0.0) >= LEAST_LIKELY)
    return tuple(hit for hit in likely if (hit.article_id, hit.sentence_index) not in cited)[:MOST_UNUSED]
