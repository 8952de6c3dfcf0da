"""Whether a question depends on the turn before, and how: as an interrogative, a noun, a correction, a time.

By its closed-class words (`wording`): of a question in another language it is not known.
"""

from __future__ import annotations

from typing import Literal

from index.search.lexical import fold
from rag.conversation.language import FUNCTION_WORDS
from rag.conversation.nouns import runs_of
from rag.conversation.wording import ENDS, MAX_TOPICAL_WORDS, Wording, wording, words_of


def leans_on_before(question: str) -> bool:
    """Return whether a question cannot be understood without the one before it."""
    return leans(wording(question))


def goes_on_from_before(question: str) -> bool:
    """Return whether a question says by its words that it continues the one before: "and it?", "and the roof?"."""
    now = wording(question)
    return now.opened or now.corrects or (now.points and not now.content)


def asks_again(question: str) -> bool:
    """Return whether a question continues the one before with an interrogative of its own: "wie denn dann?"."""
    now = wording(question)
    return bool(now.asks) and leans(now)


def without_correction(question: str) -> str:
    """Return what a correction says instead of what was said ("sorry, 2019" → "2019"); other questions unchanged."""
    now = wording(question)
    return now.rest if now.corrects else question


def asks_for_others(question: str) -> bool:
    """Return whether a question names nothing of its own and asks for others: "and the other one?", "who else?"."""
    now = wording(question)
    named = {token.folded for token in now.content} - {"one", "ones"}
    return "more" in now.kinds and not named and not now.focus and (now.opened or bool(now.asks))


def leans(now: Wording) -> bool:
    """Return whether a question cannot be understood without the one before it."""
    if not now.language:
        return False
    topical = len(now.content) + len(now.focus)
    if (
        now.corrects
        or holding_at(now)
        or asks_beyond(now)
        or is_fragment(now)
        or is_nominal(now)
        or with_circumstance(now)
    ):
        return bool(now.rest)
    if not topical:
        return bool(now.rest) and (now.points or bool(now.kinds & {"more", "pronoun", "pointer"}) or bool(now.asks))
    return now.points and topical <= MAX_TOPICAL_WORDS


def is_fragment(now: Wording) -> bool:
    """Return whether a question is an interrogative phrase, and nothing that carries a topic beside it."""
    if not now.asks or now.content:
        return False
    # "Who is she?" asks about somebody that was named, and not what the earlier question asked of somebody else.
    if "person" in now.kinds and (now.personal or (now.asks == "adverbial" and "auxiliary" in now.kinds)):
        return False
    if "light" in now.kinds:
        return False
    if not {"auxiliary", "pronoun", "pointer"} & now.kinds:
        return True
    # "When was that?". "How wide is it?" has a phrase of its own and is read as it stands.
    return now.asks == "adverbial" and "neuter" in now.kinds


def with_circumstance(now: Wording) -> str:
    """Return "in Sweden" of "and how many in Sweden?": a preposition and a noun after an interrogative, and no verb."""
    known = FUNCTION_WORDS.get(now.language)
    if (
        known is None
        or not now.asks
        or not now.content
        or "auxiliary" in now.kinds
        or len(runs_of(now, now.content)) > 1
    ):
        return ""
    after = now.text[now.phrase[1] : now.end].strip(ENDS)
    if fold(after.split()[0]) in known.temporal and len(now.content) > 1:
        # "How long until the juice works" has a verb of its own.
        return ""
    ends_there = now.content[-1].end == now.end
    return after if ends_there and fold(after.split()[0]) in known.prepositions - known.auxiliaries else ""


def is_nominal(now: Wording) -> bool:
    """Return whether a question is a noun, opened as the continuation of something: "and in Japan?"."""
    if (
        now.asks
        or not now.content
        or {"auxiliary", "person", "asking"} & now.kinds
        or len(runs_of(now, now.content)) > 1
    ):
        return False
    return now.opened or "preposition" in now.kinds


def is_possessed(now: Wording) -> bool:
    """Return whether a question is a noun with the possessive of something that was named: "and its price?"."""
    if now.asks or not now.content or {"auxiliary", "asking"} & now.kinds:
        return False
    known = FUNCTION_WORDS.get(now.language)
    first = now.rest.split()[:1]
    # Those of the third person are pronouns too.
    return known is not None and bool(first) and fold(first[0]) in known.possessives & known.pronouns


def holding_at(now: Wording) -> str:
    """Return the time of "and what applied in 2016?", which asks the question before of another time; "" for others."""
    known = FUNCTION_WORDS.get(now.language)
    if known is None or "holds" not in now.kinds or not (now.opened and now.asks) or now.focus:
        return ""
    if any(not token.text.isdigit() for token in now.content):
        return ""
    said = [token.folded for token in words_of(now.rest) if token.text[0].isalnum()]
    words_of_time = [word for word in said if word in known.now or word.isdigit()]
    return words_of_time[0] if len(words_of_time) == 1 else ""


def asks_beyond(now: Wording) -> Literal["", "before", "after"]:
    """Return whether a question asks for what came before or after what was said: "and then?"."""
    # "Wie denn dann?" asks for something else.
    if now.content or now.focus or (now.asks and "auxiliary" not in now.kinds and "before" not in now.kinds):
        return ""
    return "before" if "before" in now.kinds else "after" if "after" in now.kinds else ""
