"""An answer on which sentences differ: each side's short answer with its article's title, then the sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from index import Article
from index.view import read_text
from rag.answer import Answer, Citation, Hit, Statement
from rag.answering.messages import MESSAGES
from rag.reader.question_kind import asked_in_words


def with_both_sides(
    answer: Answer, differing: Sequence[tuple[Hit, tuple[int, int]]], articles: Sequence[Article]
) -> Answer:
    """Return an answer that says that the sentences differ, and shows all sides, the likeliest first.

    Its first statements are the sides' short answers, one a side; the cited sentences follow.

    Args:
        answer: with a short answer in its first citation, which is the first side.
        differing: the sentence of each other side, and half-open offsets of its short answer in its article.
        articles: those of all sides.
    """
    if answer.abstained or answer.span is None or not differing:
        return answer
    first, *others = answer.citations
    hits = [hit for hit, _ in differing]
    places = [(hit.article_id, hit.start) for hit in hits]
    kept = [citation for citation in others if (citation.article_id, citation.start) not in places]
    sides = [Citation(0, hit.article_id, hit.sentence_index, hit.start, hit.end, hit.text, hit.place) for hit in hits]
    citations = tuple(
        replace(citation, number=number) for number, citation in enumerate([first, *sides, *kept], start=1)
    )
    supports = {statement.citations[0]: statement.support for statement in answer.statements}
    support = [supports[first], *(hit.probability or 0.0 for hit in hits), *(supports[citation] for citation in kept)]
    titles = {article.id: " ".join(article.title.split()) for article in articles}
    spans = [answer.span, *(span for _, span in differing)]
    short = [
        Statement(read_text(citation.text[start - citation.start : end - citation.start]), (citation,), likely)
        for citation, (start, end), likely in zip(citations, spans, support, strict=False)
    ]
    quoted = [Statement(read_text(one.text), (one,), likely) for one, likely in zip(citations, support, strict=True)]
    messages = MESSAGES[answer.language]
    are_several = len({one.citations[0].article_id for one in short}) > 1
    lines = [messages.articles_differ if are_several else messages.article_differs]
    for one in short:
        citation = one.citations[0]
        title = f" – {titles[citation.article_id]}" if are_several else ""
        lines.append(f"{one.text}{title} [{citation.number}]")
    lines += [f"{one.text} [{one.citations[0].number}]" for one in quoted]
    # Of a question for yes or no, what each side has of its own is no answer by itself.
    span = None if asked_in_words(answer.read_as) == "yes or no" else answer.span
    return replace(
        answer, text="\n".join(lines), statements=(*short, *quoted), citations=citations, span=span, differs=True
    )
