"""The questions in one message: each is answered by itself."""

from __future__ import annotations

import re

from index.search.lexical import fold
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
# Between two questions, or things that are asked for, besides.
_MARKS = r"\s{0,9};\s{0,9}|\s{1,9}[+&]\s{1,9}"
# Of a list of things that are asked for, so many are asked each by itself, and it has no more words.
_MOST_LISTED, _LONGEST_LIST = 3, 9
# "When does it begin" is no clause that says when.
_SHORT_QUESTION = 4
# Interrogatives that are relative pronouns behind a comma, too.
_RELATIVE = frozenset("who whose whom which that qui que quel quelle quien quienes cual che chi quale".split())


def questions_of(message: str) -> list[str]:
    """Return the questions that a message asks, in order: itself, where it asks one.

    Question marks part them, and "and", "+", ";" or a comma before another interrogative ("Who built the organ and how
    many pipes does it have?") or a verb with its subject ("When is it open and can I park there?"). What the first half
    lacks it takes from the second ("how many eggs and how much sugar do I need?"). What stands before a question
    without a mark of its own, or after the last one, belongs to it.
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


def things_in(message: str, *, goes_on: bool = False) -> list[str]:
    """Return what a message may ask for, each by itself: "prices and opening hours", "what is the fee and the rent".

    Words side by side may be one thing too ("salt and pepper"): the sentences have to tell. [] for any other message.

    Args:
        goes_on: whether turns came before: what has a comma then takes back, or adds to, what was said ("oh, 2019").
    """
    found = wording(message)
    text = " ".join(found.rest.strip(ENDS).split())
    goes_back = found.opened or found.corrects or found.points
    if goes_back or len(text.split()) > _LONGEST_LIST or found.language not in _CONJUNCTIONS:
        return []
    conjunction = f" (?:{_CONJUNCTIONS[found.language]}) "
    if found.asks:
        return _subjects_in(text, found, conjunction)
    is_sentence = found.kinds & {"auxiliary", "asking", "pronoun", "neuter", "person"}
    if is_sentence or not set(FUNCTION_WORDS[found.language].negations).isdisjoint(fold(text).split()):
        # "The rent, not the deposit."
        return []
    for between in (rf",{conjunction}|{_MARKS}", *([] if goes_on else [", "]), conjunction):
        parts = re.split(f"(?i){between}", text)
        if 1 < len(parts) <= _MOST_LISTED and all(wording(part, found.language).content for part in parts):
            return [f"{part}?" for part in parts]
    return []


def _subjects_in(text: str, found: Wording, conjunction: str) -> list[str]:
    """Return a question of one verb for each of the two things behind it, which have an article each.

    [] where it asks for a person, a time, or "which": those may be of both together ("when did the two meet?").
    """
    if found.personal or found.asks_when or found.asks == "which":
        return []
    known = FUNCTION_WORDS[found.language]
    verb, the = ("|".join(map(re.escape, sorted(some))) for some in (known.auxiliaries, known.articles))
    asked = re.escape(found.text[found.phrase[0] : found.phrase[1]])
    one = rf"(?:{the}) [\w-]+"
    listed = re.fullmatch(rf"(?i)({asked} (?:{verb}) )({one}){conjunction}({one})", text)
    return [f"{listed[1]}{thing}?" for thing in listed.groups()[1:]] if listed else []


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
    if not (found.asks or "asking" in found.kinds) or found.language not in _CONJUNCTIONS:
        return [question]
    word = rf",?\s{{1,9}}(?:{_CONJUNCTIONS[found.language]})\s{{1,9}}"
    # "Smith & What" is a name.
    conjunctions = list(re.finditer(rf"(?:(?i:{word})|(?:{_MARKS})(?=[^A-Z])|(?P<comma>,\s{{1,9}}))(?=\S)", question))
    # Both sides of each are looked at: of many that would take the square of their number.
    for conjunction in conjunctions if len(conjunctions) <= _MOST_CONJUNCTIONS else ():
        first, second = question[: conjunction.start()].strip(), question[conjunction.end() :]
        before, after = wording(first, found.language), wording(second, found.language)
        if conjunction["comma"] and not _are_both_main(before, after):
            continue
        if not found.asks and not (_is_whole(before) and "," not in first and _asks_first(after)):
            # "Red and what color are used?"
            continue
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


def _are_both_main(before: Wording, after: Wording) -> bool:
    """Return whether a comma parts two questions: "when does it begin, where is it?", and no clause of one.

    "When many are arrested, what is done?" "Who decides how land is used?"
    """
    if not (before.asks and after.asks) or after.text.startswith("¿"):
        return False
    if words_of(after.text)[0].folded in _RELATIVE:
        return False
    verbs = FUNCTION_WORDS[after.language].auxiliaries
    first, second = (re.match(r"\W*(\w+)?", part.text[part.phrase[1] :]) for part in (before, after))
    is_short = len(before.text.split()) <= _SHORT_QUESTION and bool({"pronoun", "neuter", "person"} & before.kinds)
    return all(
        said is not None and fold(said[1] or "") in verbs for said in ((second,) if is_short else (first, second))
    )


def _is_whole(before: Wording) -> bool:
    """Return whether a text without a noun has a verb and a subject all the same: "how much is it"."""
    return "auxiliary" in before.kinds and bool({"pronoun", "neuter", "person", "pointer"} & before.kinds)


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
