"""Questions about an article as a whole ("What is it about?"): no single sentence answers them, a few summarise it.

rag/conversation/intent.py recognises these questions. The sentences that summarise an article are one of its first, and
those that together are most similar to all the others (facility location, Lin & Bilmes 2011, "A Class of Submodular
Functions for Document Summarization"), early and central ones before others.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from index import Index
from index.index import title_stems
from index.search.lexical import fold
from index.search.numbers import find_numbers
from index.splitting.entries import said_from
from index.view import read_text
from rag.answer import Answer, Citation, Language, Statement
from rag.answering.messages import MESSAGES
from rag.conversation.language import FUNCTION_WORDS
from rag.conversation.wording import Wording, wording
from rag.settings import Settings

IntArray = npt.NDArray[np.int64]

# Of a longer article, this many evenly spread sentences are considered.
MOST_CONSIDERED = 500
# What follows was chosen by reading the overviews of a dozen real documents, from a news text to a book of 178 pages.
# The first sentence chosen is one of the first; of how many, grows with the sentences of the article: one more each 25.
MOST_LEADING, LEADING_SHARE = 12, 25
# How much more a central sentence counts, and how much less one at the end of the article.
CENTRAL, EARLY = 0.6, 0.5
# An overview of more is none.
MOST_ASKED = 20
# There are enough sentences that begin a paragraph if there are so many times those wanted.
ENOUGH = 5
# Of running text, the fewest words and the least share of letters.
LEAST_WORDS, LEAST_LETTERS = 6, 0.75
ENDS = re.compile(r"[.!。！…।۔]['\"»“”’)\]\d¹²³]*$")
# What stands for a picture or the like, "<Media omitted>"; WhatsApp on iOS begins it with a mark that is not seen.
_PLACEHOLDER = re.compile(r"(?:<[^<>]*>|\u200e.*)\s*", re.DOTALL)
ENTRY = re.compile(r"[•·▪*(–-]|\d+[.)]|.*https?://")


def overview(
    question: str,
    index: Index,
    settings: Settings,
    probability: float,
    language: Language,
    topic: str = "",
    before: int = 0,
) -> Answer:
    """Return an answer that quotes the sentences that summarise the articles, of several each under its title.

    Args:
        probability: that the question asks for this.
        topic: "sentence" for one, "shorter" or "longer" than the overview before; "" for as many as the question says,
            or else the settings.
        before: the sentences of the overview before, 0 where there was none.
    """
    messages, several = MESSAGES[language], len(index.articles) > 1
    wanted = _sentences_asked(question, {language, *index.languages})
    if wanted or topic:
        wanted = wanted or {"shorter": before // 2, "longer": 2 * before}.get(topic, 1)
        settings = replace(settings, overview_sentences=max(1, wanted))
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


def articles_named(question: str, index: Index, *, wholly: bool) -> list[int]:
    """Return the row of the one of several articles that a question names by its title, [] where it names none or more.

    Args:
        wholly: whether the question must name nothing that is not in the title ("tell me about the ferry report").
    """
    if len(index.articles) == 1:
        return []
    now = wording(question)
    said = {stem for token in (*now.content, *now.focus) for stem in index.question_stems(token.text)}
    found = sum((index.title_terms.scores([stem]) > 0 for stem in said), np.zeros(len(index.articles), int))
    named = np.flatnonzero(found == found.max()).tolist() if found.any() else []
    if len(named) != 1 or (wholly and not _all_named(now, set(title_stems(index.articles[named[0]])), index)):
        return []
    return named


def with_text_for_title(question: str, index: Index, row: int) -> str:
    """Return a question with "text" in the place of a title: "What is the tower report about?" asks of a text.

    Args:
        row: of the article that the question names.

    Returns:
        "" in a language whose function words are not known.
    """
    now, title = wording(question), set(title_stems(index.articles[row]))
    known = FUNCTION_WORDS.get(now.language)
    said = sorted((*now.content, *now.focus), key=lambda token: token.start)
    named = [token for token in said if title & set(index.question_stems(token.text))]
    return f"{question[: named[0].start]}{known.texts[0]}{question[named[-1].end :]}" if known and named else ""


def _all_named(now: Wording, found: set[str], index: Index) -> bool:
    return all(found & set(index.question_stems(token.text)) for token in (*now.content, *now.focus))


def _sentences_asked(question: str, languages: Collection[str]) -> int:
    """Return how many sentences or points are asked for ("in three sentences"), 0 where the question does not say."""
    numbers = find_numbers(question, languages)
    counted = re.match(r"[\s-]*(\w+)", question[numbers[0].end :]) if len(numbers) == 1 else None
    closed = {word for code in languages if code in FUNCTION_WORDS for word in FUNCTION_WORDS[code].all}
    if counted is None or fold(counted[1]) in closed:
        # "Chapter 3 please" counts nothing.
        return 0
    counts = [int(one) for one in numbers[0].readings if one.isdigit() and 1 <= int(one) <= MOST_ASKED]
    return counts[0] if counts else 0


def overview_rows(index: Index, settings: Settings) -> list[list[int]]:
    """Return rows of `Index.sentences` that summarise its articles, of each article a list, in their order.

    One article has `settings.overview_sentences`; several share them, and each of at most `settings.overview_articles`
    has one at least.
    """
    bounds = list(zip(index.first_rows[:-1].tolist(), index.first_rows[1:].tolist(), strict=True))
    most = max(1, settings.overview_sentences // len(bounds))
    return [_central_rows(index, first, end, most) for first, end in bounds[: settings.overview_articles]]


def _central_rows(index: Index, first: int, end: int, most: int) -> list[int]:
    """Return rows of one article, which has those from `first` to `end`: the first choice is a leading sentence."""
    rows = _candidates(index, first, end, most)
    vectors = index.context_vectors[rows].astype(np.float32)
    centre = vectors.mean(0)
    central = vectors @ centre
    central = np.clip((central - central.mean()) / (central.std() + 1e-9), -2, 2)
    # Sentences of one article are all similar; without their mean, the differences between them count.
    vectors -= centre
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9
    near = np.maximum(vectors @ vectors.T, 0)
    # A text begins with what it is about; a long one with who may copy it.
    leading = central[: min(MOST_LEADING, 1 + (end - first) // LEADING_SHARE)]
    # The last of them must be a standard deviation nearer to the centre than the first.
    chosen = [int((leading - np.linspace(0, 1, len(leading))).argmax())]
    covered = near[chosen[0]].copy()
    weights = np.exp(CENTRAL * central) * (1 - EARLY * np.arange(len(rows)) / len(rows))
    while len(chosen) < min(most, len(rows)):
        gains = weights * (np.maximum(near, covered).sum(1) - covered.sum())
        gains[chosen] = -1
        chosen.append(int(gains.argmax()))
        covered = np.maximum(covered, near[chosen[-1]])
    return sorted(rows[chosen].tolist())


def _candidates(index: Index, first: int, end: int, most: int) -> IntArray:
    """Return the rows that may stand for their article, in order: whole sentences of running text, where it has any.

    Of a long text, those that begin a paragraph: that is where authors say what it is about.
    """
    rows = np.unique(np.linspace(first, end - 1, min(end - first, 4 * MOST_CONSIDERED)).astype(int))
    blocks = []
    whole = []
    for row in rows.tolist():
        article, _, start, stop = index.locate(row)
        block = article.block_at(start)
        blocks.append(block)
        kind = article.blocks[block].kind
        whole.append(kind == "paragraph" and is_running_text(read_text(article.text[start:stop])))
    prose = np.asarray(whole)
    if prose.sum() < most:
        return _spread(_said(index, rows, most))
    begins = prose & np.r_[True, np.diff(blocks) != 0]
    return _spread(rows[begins if begins.sum() >= ENOUGH * most else prose])


def _said(index: Index, rows: IntArray, most: int) -> IntArray:
    """Return the rows of a chat that are messages, the longer ones where there are enough; of other texts all rows.

    What a program writes among them ("Messages are encrypted", "Jonas joined") has no speaker.
    """
    lengths = np.zeros(len(rows), int)
    for number, row in enumerate(rows.tolist()):
        article, _, start, end = index.locate(row)
        text = article.text[start:end]
        if article.blocks[article.block_at(start)].kind == "line" and (at := said_from(text)):
            lengths[number] = 0 if _PLACEHOLDER.fullmatch(text, at) else len(text[at:].split())
    if (lengths > 0).sum() < len(rows) / 2:
        return rows
    long = lengths >= LEAST_WORDS
    chosen: IntArray = rows[long if long.sum() >= most else lengths > 0]
    return chosen


def _spread(rows: IntArray) -> IntArray:
    places = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), MOST_CONSIDERED)).astype(int))
    chosen: IntArray = rows[places]
    return chosen


def is_running_text(text: str) -> bool:
    """Whether a sentence says something by itself: no name, address, list entry, formula, question or announcement."""
    text = text.strip()
    letters = sum(map(str.isalpha, text))
    wide = sum(unicodedata.category(character) == "Lo" for character in text)
    # Where nothing stands between words, as in Chinese, two characters are about one.
    words = wide / 2 if wide > len(text) / 2 else len(text.split())
    return (
        words >= LEAST_WORDS
        and letters >= LEAST_LETTERS * sum(not character.isspace() for character in text)
        and ENDS.search(text) is not None
        and not text[0].islower()
        and not ENTRY.match(text)
    )
