"""Where the article does not answer: another question, about what the two have in common, that it does answer.

No question is made up. What of a question the article has words for ("Joe Biden" it has not, "Waffenexporte" it has)
becomes "Was sagt der Artikel zu …?", that is asked, and only what is answered by a sentence with those words is
offered. German and English; most abstentions have nothing in common with the article that is worth offering.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING

from index.search.lexical import stem, words
from rag.answer import Answer
from rag.conversation.follow_up import leans_on_before
from rag.conversation.language import FUNCTION_WORDS, question_language

if TYPE_CHECKING:
    from rag.assistant import Assistant

# Each is asked, which takes as long as an answer.
MOST_ASKED = 3
LEAST_CONTENT_WORDS = 2
# A question about more things than this is none that a person would ask.
MOST_PHRASES = 2
_TOKEN = re.compile(r"[\w'’-]+|[^\w\s]")
# German in quotation marks, so that words inflected for the question need not fit the new one.
_TEMPLATES = {
    "de": ("Was sagt der Artikel zu {}?", "„{}“", " und "),
    "en": ("What does the article say about {}?", "{}", " and "),
}
# Of both: a follow-up and the question before it may be in two languages.
_SMALL = FUNCTION_WORDS["de"].all | FUNCTION_WORDS["en"].all


def reworded(assistant: Assistant, answer: Answer) -> tuple[str, ...]:
    """Return a question to offer after an abstention, one at most, that the assistant answers; () where none is good.

    Args:
        answer: an abstention of that assistant's.
    """
    language = question_language(words(answer.read_as))
    if not answer.abstained or language not in _TEMPLATES:
        return ()
    template, mark, conjunction = _TEMPLATES[language]
    for phrases in _candidates(assistant, answer.read_as):
        question = template.format(conjunction.join(map(mark.format, phrases)))
        # As a follow-up it would be read as another question than was tried.
        if not leans_on_before(question) and _answers(assistant, question, phrases):
            return (question,)
    return ()


def _candidates(assistant: Assistant, question: str) -> Iterator[tuple[str, ...]]:
    """Yield phrases to ask about, those with the most words first."""
    known = list(dict.fromkeys(_known_phrases(assistant, question)))
    chosen = [some for count in range(1, MOST_PHRASES + 1) for some in combinations(known, count)]
    enough = [some for some in chosen if sum(len(words(phrase)) for phrase in some) >= LEAST_CONTENT_WORDS]
    yield from sorted(enough, key=lambda some: -sum(len(words(phrase)) for phrase in some))[:MOST_ASKED]


def _known_phrases(assistant: Assistant, question: str) -> Iterator[str]:
    """Yield runs of nouns and names that occur in the articles, with the adjective before one.

    German writes nouns with a capital, English at least the names that a question is about.
    """
    tokens = [*_TOKEN.findall(question), "."]
    known = [_is_known(assistant, token) for token in tokens]
    run: list[str] = []
    # The first word has its capital from its place.
    for place in range(1, len(tokens)):
        if known[place] and tokens[place][0].isupper():
            # An adjective follows an article or a preposition; "Wann unterzeichnete Kishida …" has a verb there.
            if not run and place > 2 and known[place - 1] and not known[place - 2] and _is_small(tokens[place - 2]):
                run.append(tokens[place - 1])
            run.append(tokens[place])
        elif run:
            yield " ".join(run)
            run = []


def _is_known(assistant: Assistant, token: str) -> bool:
    """Whether a word carries a topic and occurs in the articles."""
    return bool(words(token)) and not _is_small(token) and all(_occurs(assistant, word) for word in words(token))


def _is_small(token: str) -> bool:
    return bool(set(words(token)) & _SMALL)


def _occurs(assistant: Assistant, word: str) -> bool:
    index = assistant.index
    return any(index.passage_terms.knows(stem(word, language)) for language in index.languages)


def _answers(assistant: Assistant, question: str, phrases: tuple[str, ...]) -> bool:
    """Whether a question is answered, first of all by a sentence with the nouns and names that it is about."""
    found = assistant.ask(question)
    if found.abstained:
        return False
    languages = assistant.index.languages

    def stems(text: str) -> set[str]:
        return {stem(word, language) for word in words(text) for language in languages}

    cited = stems(" ".join(citation.text for citation in found.citations))
    return all(stems(phrase.split()[-1]) & cited for phrase in phrases)
