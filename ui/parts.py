"""An answer in the parts that views show it in: short answers, sides that differ, quotations, what is beside them.

The chat, the shell and the export order an answer alike: each short answer stands above the sentence that proves it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from index.errors import LLMError
from index.view import read_text
from rag.answer import Answer, Citation, Statement
from rag.answering.messages import MESSAGES
from ui.texts import Texts

_MARKER = re.compile(r"\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an answer.

    Attributes:
        kind: "aside": what Beleg says itself, beside the evidence. "prose": what an LLM wrote and the citations prove.
            "short": a short answer, of the first citation.
            "sides": short answers that differ, one to a citation. "quotation": a cited sentence. "cited" and
            "unsupported": prose, with and without evidence.
        texts: what is said; of "sides" as many as citations, empty for a quotation.
        citations: the evidence, in order.
    """

    kind: Literal["aside", "prose", "short", "sides", "quotation", "cited", "unsupported"]
    texts: tuple[str, ...] = ()
    citations: tuple[Citation, ...] = ()


def is_quoted(answer: Answer) -> bool:
    """Return whether an answer is one from the articles' sentences, or an abstention: no small talk, no metadata."""
    return answer.kind in ("question", "overview")


def parts_of(answer: Answer) -> Iterator[Part]:
    """Yield the parts of an answer that is no abstention; each citation is in exactly one quotation or side."""
    if asides := _asides(answer):
        yield Part("aside", ("\n".join(asides),))
    shown: list[int] = []
    waiting: list[Statement] = []
    for statement in answer.statements:
        if statement.kind == "prose":
            yield Part("prose", (statement.text,), statement.citations)
            continue
        if _is_short(statement):
            waiting.append(statement)
            continue
        yield from _short(answer, waiting, shown)
        waiting = []
        if not _only_quotes(statement):
            yield Part("cited" if statement.citations else "unsupported", (statement.text,), statement.citations)
        else:
            yield from _quotations(statement.citations, shown)
    yield from _short(answer, waiting, shown)
    yield from _quotations(answer.citations, shown)


def _short(answer: Answer, statements: list[Statement], shown: list[int]) -> Iterator[Part]:
    """Yield short answers. Those that differ follow each other; any other is followed by its sentence."""
    citations = tuple(statement.citations[0] for statement in statements)
    if answer.differs and len({citation.number for citation in citations}) > 1:
        shown += [citation.number for citation in citations]
        yield Part("sides", tuple(statement.text for statement in statements), citations)
        return
    for statement in statements:
        yield Part("short", (statement.text,), statement.citations)


def _quotations(citations: tuple[Citation, ...], shown: list[int]) -> Iterator[Part]:
    for citation in citations:
        if citation.number not in shown:
            shown.append(citation.number)
            yield Part("quotation", (), (citation,))


def _is_short(statement: Statement) -> bool:
    """Return whether a statement is some words of the one sentence that it cites."""
    if len(statement.citations) != 1:
        return False
    sentence = read_text(statement.citations[0].text)
    return statement.text != sentence and statement.text in sentence


def _only_quotes(statement: Statement) -> bool:
    rest = _MARKER.sub("", statement.text)
    for citation in statement.citations:
        rest = rest.replace(read_text(citation.text), "").replace(citation.text, "")
    return bool(statement.citations) and not any(character.isalnum() for character in rest)


def _asides(answer: Answer) -> list[str]:
    """Return the lines that Beleg says itself in the answer to several questions, such as an article's length."""
    if answer.kind != "question" or any(_MARKER.search(one.text) for one in answer.statements):
        return []
    messages = MESSAGES[answer.language]
    if answer.differs and answer.text.startswith((messages.article_differs, messages.articles_differ)):
        return []
    rest = f"\n{answer.text}\n"
    lines = [" ".join([one.text, *(f"[{cited.number}]" for cited in one.citations)]) for one in answer.statements]
    for line in [*lines, messages.unanswered.format(questions=" ".join(answer.unanswered))]:
        rest = rest.replace(f"\n{line}\n", "\n", 1)
    return [line for line in rest.split("\n") if line.strip()]


def differs_line(answer: Answer) -> str:
    """Return the line that says, in the answer's language, that sentences of one article or of several differ."""
    messages = MESSAGES[answer.language]
    sides = {one.article_id for part in parts_of(answer) if part.kind == "sides" for one in part.citations}
    return messages.articles_differ if len(sides) > 1 else messages.article_differs


def llm_lines(answer: Answer, texts: Texts) -> list[str]:
    """Return what is to be said of an LLM that was asked: that it failed, found nothing, or nothing of it is proved."""
    use = answer.llm
    if use is None or use.outcome in ("prose", "not asked"):
        return []
    if use.outcome == "failed":
        error = texts.error(LLMError(use.error, use.code, **use.values))
        return [texts("chat.llm.broke_off" if answer.prose else "chat.llm.failed", error=error)]
    return [texts(f"chat.llm.{use.outcome}")]


def place_of(text: str, citation: Citation, answer: Answer) -> tuple[int, int] | None:
    """Return half-open offsets of a short answer within its citation's text; None where they are not certain.

    An answer gives the offsets of its first short answer. Another's are certain where it stands once in the sentence.
    """
    if answer.span and citation == answer.citations[0]:
        start, end = (offset - citation.start for offset in answer.span)
        if 0 <= start < end <= len(citation.text) and read_text(citation.text[start:end]) == text:
            return start, end
    found = [match.span() for match in re.finditer(re.escape(text), citation.text)]
    return found[0] if len(found) == 1 and text else None
