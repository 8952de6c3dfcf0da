"""After an abstention: another question, about the words that question and article share, that the article answers.

The words of a question that occur in the article ("Waffenexporte", but not "Joe Biden") become "Was sagt der Artikel zu
…?". That question is asked, and offered only if a sentence with those words answers it. German and English. Most
abstentions share too little with the article for an offer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING

from index.search.lexical import stem, stems, words
from rag.answer import Answer
from rag.answering.messages import OFFERS
from rag.conversation.dependence import leans_on_before
from rag.conversation.language import FUNCTION_WORDS, question_language

if TYPE_CHECKING:
    from rag.assistant import Assistant

# Each question is tried, which takes as long as an answer.
MOST_ASKED = 3
LEAST_CONTENT_WORDS = 2
# Nobody asks about more things at once.
MOST_PHRASES = 2
_TOKEN = re.compile(r"[\w'’-]+|[^\w\s]")
# Of both languages: a follow-up may be in another than the question before it.
_FUNCTION_WORDS = FUNCTION_WORDS["de"].all | FUNCTION_WORDS["en"].all


def reworded(assistant: Assistant, answer: Answer) -> tuple[str, ...]:
    """Return at most one question to offer after an abstention, which the assistant answers.

    Args:
        answer: the assistant's; () is returned for one that is no abstention.
    """
    language = question_language(words(answer.read_as))
    if not answer.abstained or language not in OFFERS:
        return ()
    template, mark, conjunction = OFFERS[language]
    for phrases in _candidates(assistant, answer.read_as):
        question = template.format(conjunction.join(map(mark.format, phrases)))
        # A question that refers to the turn before would be understood differently in the conversation.
        if not leans_on_before(question) and _answers(assistant, question, phrases):
            return (question,)
    return ()


def _candidates(assistant: Assistant, question: str) -> Iterator[tuple[str, ...]]:
    """Yield phrases to ask about, those with the most words first."""
    known = list(dict.fromkeys(_known_phrases(assistant, question)))
    chosen = [some for count in range(1, MOST_PHRASES + 1) for some in combinations(known, count)]
    sizes = {some: sum(len(words(phrase)) for phrase in some) for some in chosen}
    enough = [some for some in chosen if sizes[some] >= LEAST_CONTENT_WORDS]
    yield from sorted(enough, key=lambda some: -sizes[some])[:MOST_ASKED]


def _known_phrases(assistant: Assistant, question: str) -> Iterator[str]:
    """Yield runs of nouns and names that occur in the articles, with the adjective before one.

    German writes nouns with a capital, English at least the names that a question is about.
    """
    tokens = [*_TOKEN.findall(question), "."]
    known = [_is_known(assistant, token) for token in tokens]
    run: list[str] = []
    # The first word has a capital because it is the first.
    for place in range(1, len(tokens)):
        if known[place] and tokens[place][0].isupper():
            # The word before is an adjective if an article or a preposition precedes it, and a verb in "Wann
            # unterzeichnete Kishida …".
            if not run and place > 2 and known[place - 1] and _is_function_word(tokens[place - 2]):
                run.append(tokens[place - 1])
            run.append(tokens[place])
        elif run:
            yield " ".join(run)
            run = []


def _is_known(assistant: Assistant, token: str) -> bool:
    """Return whether a word is a content word and occurs in the articles."""
    index, parts = assistant.index, words(token)
    occur = [any(index.passage_terms.knows(stem(word, language)) for language in index.languages) for word in parts]
    return bool(parts) and not _is_function_word(token) and all(occur)


def _is_function_word(token: str) -> bool:
    return bool(set(words(token)) & _FUNCTION_WORDS)


def _answers(assistant: Assistant, question: str, phrases: tuple[str, ...]) -> bool:
    """Return whether a question is answered by sentences with the last word of each phrase, its noun or name."""
    found, languages = assistant.ask(question), assistant.index.languages
    cited = set(stems(" ".join(citation.text for citation in found.citations), languages))
    return not found.abstained and all(cited.intersection(stems(phrase.split()[-1], languages)) for phrase in phrases)
