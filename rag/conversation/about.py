"""Messages that ask what the articles say of something: "tell me about the bridge", or a noun alone.

They are searched by the noun alone, and read in one form, "What about the bridge?": of the topics of other articles the
reader gives that hardly 0.01, of an article's own nearly always more (benchmarks/about.py). Words such as "say" would
draw the retriever and the reader to sentences in which somebody says something. In another language than the article's
the form finds more than the noun, and is searched by next.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from index.search.lexical import fold
from rag.conversation.language import FUNCTION_PATTERNS, FUNCTION_WORDS, FunctionWords
from rag.conversation.nouns import is_named, runs_of, with_article
from rag.conversation.query import Query
from rag.conversation.wording import ENDS, Token, Wording, wording, words_of

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
    both = (asked, replace(asked, searched=""))
    known = FUNCTION_WORDS.get(now.language)
    if is_request and known and _speaks_of_text(now, known):
        # "Does the article mention Peru?" as it stands is answered by whatever says that somebody mentions something.
        return replace(asked, others=(both[1], *query.others, query))
    return replace(query, others=(*query.others, *both))


def with_any_noun(question: str, occurs: Callable[[str], bool]) -> str:
    """Return a question about an article with a plain noun in the place of its own: "does the text mention children?".

    What a message asks for is told less surely by its meaning where names stand in it. "" for a question that has no
    word for the article.
    """
    now = wording(question)
    known = FUNCTION_WORDS.get(now.language)
    named = _named(now, occurs) if known and _speaks_of_text(now, known) else ""
    if not known or not named:
        return ""
    # As a word of its own: "art" begins "article".
    return re.sub(rf"(?<!\w){re.escape(named)}(?!\w)", known.any_noun, question, count=1)


def _speaks_of_text(now: Wording, known: FunctionWords) -> bool:
    return len(_without_texts(now, known)) < len(now.content)


def _is_noun(now: Wording) -> bool:
    if now.language in FUNCTION_PATTERNS:
        return not now.asks and 0 < len(now.rest) <= _MOST_CHARACTERS and [t.text for t in now.content] == [now.rest]
    if now.asks or not now.content or len(now.rest.split()) > _MOST_WORDS:
        return False
    return not {"auxiliary", "pronoun", "person", "pointer", "asking"} & now.kinds


def _named(now: Wording, occurs: Callable[[str], bool]) -> str:
    """Return what a request is about: the nouns behind "about", else those that are no word for the article itself."""
    if now.language in FUNCTION_PATTERNS:
        return _named_unspaced(now)
    known = FUNCTION_WORDS.get(now.language)
    if known is None or not now.content:
        return ""
    tokens = [token for token in words_of(now.text) if now.start <= token.start and token.end <= now.end]
    said = tuple(token.folded for token in tokens)
    kept = _without_texts(now, known)
    # In "does the report mention arms exports?" the verb is left out with the report.
    is_behind = kept[0].start > now.content[0].start
    runs = runs_of(now, kept, with_verb=not is_behind)
    for phrase in known.topical:
        for after in range(len(phrase), len(tokens)):
            if said[after - len(phrase) : after] == phrase and tokens[after].start <= runs[-1][-1].start:
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


def _without_texts(now: Wording, known: FunctionWords) -> Sequence[Token]:
    """Return the words that carry a topic, without "the article" and, behind that, its verb: "the article mentions"."""
    texts = set(map(fold, known.texts))
    at = next((place for place, token in enumerate(now.content) if token.folded in texts), None)
    if at is None:
        return now.content
    ahead, behind = now.content[:at], list(now.content[at + 1 :])
    if now.language == "de":
        # Nouns have capitals, and the verb may stand at the end.
        named = [[token for token in some if token.text[0].isupper()] for some in (behind, ahead)]
        return named[0] or named[1] or behind or ahead or now.content
    if len(behind) > 1 and not now.text[now.content[at].end : behind[0].start].strip():
        behind = behind[1:]
    return behind or ahead or now.content


def _named_unspaced(now: Wording) -> str:
    found = FUNCTION_PATTERNS[now.language].topical.search(now.text)
    named = next((group for group in found.groups() if group), "") if found else ""
    return named.strip(ENDS)


def _form(named: str, now: Wording, language: str) -> str:
    spoken = now.language if now.language in FUNCTION_PATTERNS else language
    known = FUNCTION_WORDS.get(spoken) or FUNCTION_PATTERNS.get(spoken) or FUNCTION_WORDS["en"]
    return known.what_about.format(named)
