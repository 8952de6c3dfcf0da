"""Messages that ask what the articles say of something: "tell me about the bridge", or a noun alone.

They are searched by the noun alone, and read in one form, "What about the bridge?": of the topics of other articles the
reader gives that hardly 0.01, of an article's own nearly always more (benchmarks/about.py). Words such as "say" would
draw the retriever and the reader to sentences in which somebody says something. In another language than the article's
the form finds more than the noun, and is searched by next.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rag.conversation.language import FUNCTION_PATTERNS, FUNCTION_WORDS
from rag.conversation.nouns import is_named, runs_of, with_article
from rag.conversation.query import Query
from rag.conversation.wording import ENDS, Wording, wording, words_of

# A noun alone has at most this many words: "members of the committee".
_MOST_WORDS = 5
_MOST_CHARACTERS = 12


def or_asked_of(
    query: Query, language: str, occurs: Callable[[str], bool], *, is_request: bool, is_foreign: bool = False
) -> Query:
    """Return a question asked as it stands or, where nothing answers that, for what is said of something.

    Args:
        query: what a message asks.
        language: of the form, ISO 639-1; one that has none is asked in English.
        occurs: tells whether a word stands in the articles.
        is_request: whether the message asks for what is said of something, by its meaning. A noun alone does, too.
        is_foreign: whether it is in another language than the articles, as far as that can be told.

    Returns:
        The query unchanged where it asks for something else.
    """
    now = wording(query.asked, language)
    if now.asks == "which" and now.focus:
        # "What topics were discussed?" asks for them, and not for what is said of anything.
        return query
    if now.asks in ("degree", "number"):
        # "How expensive is the new heating?"
        return query
    named = (_named(now, occurs) if is_request else "") or (now.rest if _is_noun(now) else "")
    # "What did Kishida say about Russia?" asks for what he said of it, "what does the text say" for anything.
    beside = {token.text for token in now.content} - {token.text for token in words_of(named)}
    if not named or any(occurs(word) for word in beside):
        return query
    alone = f"{named[0].upper()}{named[1:]}?"
    # Of one word of the articles' language that they do not have ("asdf"), nothing is said that is only half sure.
    is_about = is_request or is_foreign or len(named.split()) > 1 or occurs(named)
    asked = Query(_form(named, now, language), alone, query.cited_before, said=alone, is_about=is_about)
    return replace(query, others=(*query.others, asked, replace(asked, searched="")))


def _is_noun(now: Wording) -> bool:
    if now.language in FUNCTION_PATTERNS:
        return not now.asks and 0 < len(now.rest) <= _MOST_CHARACTERS and [t.text for t in now.content] == [now.rest]
    if now.asks or not now.content or len(now.rest.split()) > _MOST_WORDS:
        return False
    return not {"auxiliary", "pronoun", "person", "pointer", "asking"} & now.kinds


def _named(now: Wording, occurs: Callable[[str], bool]) -> str:
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
                # "Zu dem Turm", "über den Turm": the case of an article is not always the form's.
                drops = now.language == "de" and tokens[after].folded in known.articles
                return now.text[tokens[after + drops].start : last[-1].end]
    first = next((run for run in runs if is_named(now, run)), runs[0])
    # "Does it mention lead?" has its verb beside the noun.
    first = [token for token in first if occurs(token.text)] or first
    start = first[0].start if now.language == "de" else with_article(now, first[0].start)
    return now.text[start : first[-1].end]


def _named_unspaced(now: Wording) -> str:
    found = FUNCTION_PATTERNS[now.language].topical.search(now.text)
    named = next((group for group in found.groups() if group), "") if found else ""
    return named.strip(ENDS)


def _form(named: str, now: Wording, language: str) -> str:
    spoken = now.language if now.language in FUNCTION_PATTERNS else language
    known = FUNCTION_WORDS.get(spoken) or FUNCTION_PATTERNS.get(spoken) or FUNCTION_WORDS["en"]
    return known.what_about.format(named)
