"""Questions about an article as a whole ("What is it about?"): no single sentence answers them, a few summarise it.

rag/conversation/intent.py recognises these questions. The sentences that summarise an article are its first, and those
that together are most similar to all the others (facility location, Lin & Bilmes 2011, "A Class of Submodular Functions
for Document Summarization").
"""

from __future__ import annotations

import numpy as np

from index import Index
from index.view import read_text
from rag.answer import Answer, Citation, Language, Statement
from rag.answering.messages import MESSAGES
from rag.settings import Settings

# Of a longer article, this many evenly spread sentences are considered.
MOST_CONSIDERED = 500


def overview(question: str, index: Index, settings: Settings, probability: float, language: Language) -> Answer:
    """Return an answer that quotes the sentences that summarise the articles, of several each under its title.

    Args:
        probability: that the question asks for this.
    """
    messages, several = MESSAGES[language], len(index.articles) > 1
    lines = [messages.overview_several if several else messages.overview]
    citations: list[Citation] = []
    for rows in overview_rows(index, settings):
        if several:
            title = index.locate(rows[0])[0].title
            lines.append(messages.quoted.format(title=title))
        for row in rows:
            article, place, start, end = index.locate(row)
            text = article.text[start:end]
            citation = Citation(len(citations) + 1, article.id, place, start, end, text, article.place(start, end))
            citations.append(citation)
            lines.append(f"{read_text(text)} [{citation.number}]")
    if (others := len(index.articles) - settings.overview_articles) > 0:
        lines.append(messages.more.format(n=others))
    return Answer(
        question=question,
        # It was understood by itself, whatever was said before.
        read_as=question,
        text="\n".join(lines),
        abstained=False,
        confidence=probability,
        statements=tuple(Statement(read_text(citation.text), (citation,), probability) for citation in citations),
        citations=tuple(citations),
        language=language,
        kind="overview",
    )


def overview_rows(index: Index, settings: Settings) -> list[list[int]]:
    """Return rows of `Index.sentences` that summarise its articles, of each article a list, in their order.

    One article has `settings.overview_sentences`; several share them, and each of at most `settings.overview_articles`
    has one at least.
    """
    bounds = list(zip(index.first_rows[:-1].tolist(), index.first_rows[1:].tolist(), strict=True))
    most = max(1, settings.overview_sentences // len(bounds))
    return [_central_rows(index, first, end, most) for first, end in bounds[: settings.overview_articles]]


def _central_rows(index: Index, first: int, end: int, most: int) -> list[int]:
    rows = np.unique(np.linspace(first, end - 1, min(end - first, MOST_CONSIDERED)).astype(int))
    vectors = index.context_vectors[rows].astype(np.float32)
    # Sentences of one article are all similar; without their mean, the differences between them count.
    vectors -= vectors.mean(0)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9
    near = np.maximum(vectors @ vectors.T, 0)
    chosen = [0]
    covered = near[0].copy()
    while len(chosen) < min(most, len(rows)):
        gains = np.maximum(near, covered).sum(1)
        gains[chosen] = -1
        chosen.append(int(gains.argmax()))
        covered = np.maximum(covered, near[chosen[-1]])
    return sorted(rows[chosen].tolist())
