"""What a request for what is said of something means: "tell me about the bridge", or the noun alone.

It is asked in one form, "What is said about the bridge?". The reader finds what is said of a thing in whatever form it
is asked for, but is surest of that one: of the topics of other articles it gives hardly one 0.01, of an article's own
nearly all more (benchmarks/about.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rag.conversation.follow_up import Query
from rag.conversation.language import FUNCTION_PATTERNS, FUNCTION_WORDS
from rag.conversation.nouns import is_named, runs_of, with_article
from rag.conversation.wording import ENDS, Wording, wording, words_of

# A noun alone has at most this many words: "members of the committee".
_MOST_WORDS = 5
_MOST_CHARACTERS = 12


def asked_of(query: Query, language: str, occurs: Callable[[str], bool]) -> Query:
    """Return a request for what is said of something in its usual form.

    Args:
        query: what a message asks, which is such a request by its meaning.
        language: of the form, ISO 639-1; one that has none is asked in English.
        occurs: tells whether a word stands in the articles.
    """
    now = wording(query.asked, language)
    named = _named(now)
    if not named:
        return replace(query, is_about=True)
    asked = Query(_form(named, now, language), "", query.cited_before, is_about=True)
    # "What did Kishida say about Russia?" asks for what is said by him, "what does the text say" for anything.
    beside = {token.text for token in now.content} - {token.text for token in words_of(named)}
    if any(occurs(word) for word in beside):
        return replace(query, is_about=True, others=(asked, *query.others))
    return asked


def or_asked_of(query: Query, language: str) -> Query:
    """Return a noun alone asked as it stands or, where nothing answers that, for what is said of it."""
    now = wording(query.asked, language)
    if not _is_noun(now):
        return query
    asked = Query(_form(now.rest, now, language), "", query.cited_before, is_about=True)
    return replace(query, others=(*query.others, asked))


def _is_noun(now: Wording) -> bool:
    if now.language in FUNCTION_PATTERNS:
        return not now.asks and 0 < len(now.rest) <= _MOST_CHARACTERS and [t.text for t in now.content] == [now.rest]
    if now.asks or not now.content or len(now.rest.split()) > _MOST_WORDS:
        return False
    return (
        not {"auxiliary", "pronoun", "person", "pointer", "asking"} & now.kinds and len(runs_of(now, now.content)) == 1
    )


def _named(now: Wording) -> str:
    """Return what a request is about: the nouns behind "about", else its first noun."""
    if now.language in FUNCTION_PATTERNS:
        return _named_unspaced(now)
    known = FUNCTION_WORDS.get(now.language)
    if known is None or not now.content:
        return ""
    tokens = [token for token in words_of(now.text) if now.start <= token.start and token.end <= now.end]
    said = tuple(token.folded for token in tokens)
    runs = runs_of(now, now.content)
    for phrase in known.topical:
        for after in range(len(phrase), len(tokens)):
            if said[after - len(phrase) : after] == phrase and tokens[after].start <= now.content[-1].start:
                behind = [run for run in runs if run[0].start >= tokens[after].start] or runs[-1:]
                last = next((run for run in reversed(behind) if is_named(now, run)), behind[-1])
                # "Zum Turm", "zu dem Turm": the case of their article is another.
                drops = now.language == "de" and phrase != ("uber",) and tokens[after].folded in known.articles
                return now.text[tokens[after + drops].start : last[-1].end]
    first = next((run for run in runs if is_named(now, run)), runs[0])
    return now.text[with_article(now, first[0].start) : first[-1].end]


def _named_unspaced(now: Wording) -> str:
    found = FUNCTION_PATTERNS[now.language].topical.search(now.text)
    named = next((group for group in found.groups() if group), "") if found else ""
    return named.strip(ENDS)


def _form(named: str, now: Wording, language: str) -> str:
    spoken = now.language if now.language in FUNCTION_PATTERNS else language
    known = FUNCTION_WORDS.get(spoken) or FUNCTION_PATTERNS.get(spoken) or FUNCTION_WORDS["en"]
    return known.is_said_of.format(named)
