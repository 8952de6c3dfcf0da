"""The questions in one message: each is answered by itself."""

from __future__ import annotations

import re

from rag.conversation.language import FUNCTION_WORDS
from rag.conversation.wording import ENDS, Wording, wording, words_of

# Of a message with more, the others are said to be open.
MOST_QUESTIONS = 5
# A message with more is no list of questions.
_MOST_CONJUNCTIONS = 20
# A mark before a closing one stands in a quotation or in brackets.
_MARK = re.compile(r"[?？]+(?![\"'”’»)\]])\s*")
# "Is there parking", and not "is it".
_LEAST_WORDS = 2
# Subjects that point to nobody who was named.
_SPEAKERS = frozenset("i you we one there ich du wir man ihr je tu nous vous on".split())
# A greeting or thanks beside a question has at most this many words ("good morning and many thanks already"). No data.
_LONGEST_COURTESY = 6
# Of its clauses, this many are looked at.
_MOST_COURTESIES = 3
_CLAUSE_END = re.compile(r"[,;:.!…，。！、]+\s*")
# The verb before its pronoun, in French.
_INVERTED = re.compile(r"(?i)\w(?<!rendez)-(?:t-)?(?:ils?|elles?|on|nous|vous)\b")
_ROMANCE = frozenset({"es", "fr", "it"})
_CONJUNCTIONS = {"de": "und", "en": "and", "es": "y|e", "fr": "et", "it": "e"}


def questions_of(message: str) -> list[str]:
    """Return the questions that a message asks, in order: itself, where it asks one.

    Question marks part them, and "and" before another interrogative ("Who built the organ and how many pipes does it
    have?") or before a verb with its subject ("When is it open and can I park there?"). What the first half lacks it
    takes from the second ("how many eggs and how much sugar do I need?"). What stands before a question without a mark
    of its own, or after the last one, belongs to it.
    """
    parts: list[str] = []
    at = 0
    for mark in _MARK.finditer(message):
        parts.append(message[at : mark.end()].strip())
        at = mark.end()
    if message[at:].strip(ENDS):
        if parts and not wording(message[at:]).asks:
            parts[-1] = f"{parts[-1]} {message[at:].strip()}"
        else:
            parts.append(message[at:].strip())
    spoken = [part for part in parts if any(character.isalnum() for character in part)]
    return [question for part in spoken for question in _at_conjunctions(part)] or [message]


def courtesies_of(message: str) -> list[tuple[str, str]]:
    """Return the short clauses before and after what a message asks, each with the rest: they may be courtesies.

    What is before goes on to any mark but the last; what is after is the last clause, behind a question mark.
    """
    if wording(message).corrects:
        return []
    asked = [mark.end() for mark in _MARK.finditer(message)]
    found: list[tuple[str, str]] = []
    ends = [mark for mark in _CLAUSE_END.finditer(message) if mark.end() < (asked[0] if asked else len(message))]
    for mark in reversed(ends[:_MOST_COURTESIES]):
        said, rest = message[: mark.start()].strip(ENDS), message[mark.end() :]
        if 0 < len(said.split()) <= _LONGEST_COURTESY and rest.strip(ENDS):
            found.append((said, rest))
    if asked and 0 < len(message[asked[-1] :].split()) <= _LONGEST_COURTESY:
        found.append((message[asked[-1] :].strip(ENDS), message[: asked[-1]].strip()))
    return [(said, rest) for said, rest in found if said and any(character.isalnum() for character in rest)]


def _at_conjunctions(question: str) -> list[str]:
    """Part "who … and how many …?", where both halves ask something."""
    found = wording(question)
    if not found.asks or found.language not in _CONJUNCTIONS:
        return [question]
    conjunctions = list(re.finditer(rf"(?i),?\s+(?:{_CONJUNCTIONS[found.language]})\s+(?=\S)", question))
    # Both sides of each are looked at: of many that would take the square of their number.
    for conjunction in conjunctions if len(conjunctions) <= _MOST_CONJUNCTIONS else ():
        first, second = question[: conjunction.start()].strip(), question[conjunction.end() :]
        before, after = wording(first, found.language), wording(second, found.language)
        if after.language != found.language or not (_asks_first(after) or _has_subject_behind_verb(before, after)):
            continue
        if not before.content and not _is_whole(before):
            # "How many eggs and how much sugar do I need?" One sentence answers "when and where did they meet?".
            if not before.focus or not (after.asks and after.content):
                continue
            first = f"{first} {_behind_what_is_asked(before, after)}".strip(ENDS)
        mark = question.rstrip()[-1:] if question.rstrip()[-1:] in "?？" else "?"
        return [f"{first}{mark}", *_at_conjunctions(second)]
    return [question]


def _is_whole(before: Wording) -> bool:
    """Return whether a text without a noun has a verb and a subject all the same: "how much is it"."""
    return "auxiliary" in before.kinds and bool({"pronoun", "neuter", "person"} & before.kinds)


def _behind_what_is_asked(before: Wording, after: Wording) -> str:
    """Return what a question says behind "how much sugar", where another asks "how many eggs"."""
    at = after.phrase[1]
    if before.focus and not after.focus and after.content:
        # "wie viel zucker brauche ich" has no capital that tells the noun.
        at = max(at, after.content[0].end)
    return after.text[at:].strip()


def _asks_first(after: Wording) -> bool:
    """Return whether a text begins with an interrogative, and is no clause of what stands before it."""
    if not after.asks or after.phrase[0] > after.start:
        return False
    known = FUNCTION_WORDS[after.language]
    if after.language == "fr" and (after.focus or _INVERTED.search(after.text)):
        # "Combien de sucre il faut ?" is a question, and so is "quand le musée a-t-il ouvert ?"
        return True
    if after.personal and after.language in _ROMANCE:
        # "… et qui l'anime ?": a pronoun before the verb is its object.
        return True
    # "… and what it is about" is a clause of the first half, not a question: no verb stands next.
    following = re.match(r"\W*(\w+)?", after.text[after.phrase[1] :])
    word = (following.group(1) or "").lower() if following else ""
    return word not in (known.pronouns | known.articles | known.demonstratives) - known.auxiliaries


def _has_subject_behind_verb(before: Wording, after: Wording) -> bool:
    """Return whether a text is a question for yes or no: "can I park there?", "is there a lift?"."""
    known = FUNCTION_WORDS[after.language]
    said = tuple(token.folded for token in words_of(after.text) if token.text[0].isalnum())
    if len(said) <= _LEAST_WORDS:
        return False
    if any(said[: len(phrase)] == phrase for phrase in known.whether):
        return True
    if after.asks or said[0] not in known.auxiliaries:
        return False
    # "Who built the mill and was the mayor?": two things that are said of one.
    subjects = known.pronouns | known.neuter | _SPEAKERS
    return said[1] in (subjects if before.personal or before.asks == "which" else subjects | known.articles)
