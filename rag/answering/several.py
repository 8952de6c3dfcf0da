"""The answers to several questions in one message → one answer, which says what stays open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.answer import Answer, Citation, Hit, Statement
from rag.answering.messages import MESSAGES

_OUTCOMES = ("failed", "prose", "unsupported", "declined", "not asked")


def together(message: str, answers: Sequence[Answer], not_asked: Sequence[str] = ()) -> Answer:
    """Return the answer to a message of several questions.

    Each question's statements follow each other, and the citations are numbered through. The questions that no
    sentence answers are named at the end. If none is answered, it is an abstention. Small talk beside a question is
    left out.

    Args:
        answers: one for each question, in order.
        not_asked: questions that were too many.
    """
    asked = [answer for answer in answers if answer.kind != "talk"] or list(answers[:1])
    given = [answer for answer in asked if not answer.abstained]
    read_as = " ".join(answer.read_as for answer in asked)
    if len(asked) == 1 and not not_asked:
        return replace(asked[0], question=message)
    withheld = tuple(one for answer in asked for one in answer.withheld)
    # Of several attempts, what went wrong is to be said first.
    uses = [answer.llm for answer in asked if answer.llm]
    llm = min(uses, key=lambda use: _OUTCOMES.index(use.outcome), default=None)
    if not given:
        best = max(asked, key=lambda answer: answer.confidence)
        nearest = [hit for answer in asked for hit in answer.nearest]
        ranked = _ranked(nearest)[: len(best.nearest)]
        return replace(best, question=message, read_as=read_as, nearest=ranked, withheld=withheld, llm=llm)
    unanswered = (*(answer.question for answer in asked if answer.abstained), *not_asked)
    language = given[0].language
    citations: list[Citation] = []
    statements: list[Statement] = []
    lines: list[str] = []
    for answer in given:
        known = {citation.number: _numbered(citation, citations) for citation in answer.citations}
        if not answer.statements:
            lines.append(answer.text)
        for statement in answer.statements:
            said = tuple(known[citation.number] for citation in statement.citations)
            # A sentence that answers two of the questions is quoted once.
            if any((one.text, one.citations) == (statement.text, said) for one in statements):
                continue
            statements.append(replace(statement, citations=said))
            lines.append(" ".join([statement.text, *(f"[{citation.number}]" for citation in said)]))
    if unanswered:
        lines.append(MESSAGES[language].unanswered.format(questions=" ".join(unanswered)))
    return Answer(
        question=message,
        read_as=read_as,
        text="\n".join(lines),
        abstained=False,
        confidence=min(answer.confidence for answer in given),
        statements=tuple(statements),
        citations=tuple(citations),
        span=given[0].span,
        language=language,
        kind="question" if any(answer.kind == "question" for answer in given) else given[0].kind,
        unanswered=unanswered,
        differs=any(answer.differs for answer in given),
        withheld=withheld,
        llm=llm,
    )


def _numbered(citation: Citation, citations: list[Citation]) -> Citation:
    """Return a citation with its number among those of all questions, and add it to them where it is new."""
    for known in citations:
        if (known.article_id, known.sentence_index) == (citation.article_id, citation.sentence_index):
            return known
    citations.append(replace(citation, number=len(citations) + 1))
    return citations[-1]


def _ranked(hits: Sequence[Hit]) -> tuple[Hit, ...]:
    unique = {(hit.article_id, hit.sentence_index): hit for hit in sorted(hits, key=lambda hit: hit.probability or 0)}
    best = sorted(unique.values(), key=lambda hit: -(hit.probability or 0))
    return tuple(replace(hit, rank=rank) for rank, hit in enumerate(best, start=1))


def merged(parts: Sequence[Sequence[Hit]]) -> tuple[Hit, ...]:
    """Return the hits of several questions as one list: the best of each, then the second of each, each once."""
    found: dict[tuple[str, int, int], Hit] = {}
    for rank in range(max(map(len, parts), default=0)):
        for hits in parts:
            if rank < len(hits):
                found.setdefault((hits[rank].article_id, hits[rank].start, hits[rank].end), hits[rank])
    return tuple(replace(hit, rank=rank) for rank, hit in enumerate(found.values(), start=1))
