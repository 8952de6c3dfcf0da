"""The parts of a question by its closed-class words: what opens it, its interrogative phrase, and what it names.

For the languages of function_words.toml. A question in another has no parts that are known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from index.search.lexical import fold, words
from rag.conversation.language import (
    FUNCTION_PATTERNS,
    FUNCTION_WORDS,
    FunctionPatterns,
    FunctionWords,
    question_language,
    unspaced_language,
)

Asks = Literal["", "adverbial", "degree", "number", "which"]
"""What an interrogative phrase is: none; a word by itself ("when", "by whom"); "how long"; "how many …"; "which …"."""

# "Wie viele gibt es?", "How many are there?", "How long did it take?": their pronouns refer to nothing.
_EXPLETIVE = re.compile(
    r"\b(?:gib\w*\s+es|gab\s+es|ging\s+es|geht\s+es|es\s+gibt|es\s+gab|dauer\w*\s+es|es\s+dauer\w*|brauch\w*\s+es|"
    r"handel\w*\s+es\s+sich|(?:faut|fallait|faudra)[\s-]+il|il\s+(?:faut|fallait|faudra)|are\s+there|is\s+there|"
    r"was\s+there|were\s+there|does\s+it\s+take|did\s+it\s+take|y\s+a(?:vait)?(?:-t-il)?|il\s+y\s+a(?:vait)?|est[\s-]ce\s+qu['’e]?)",
    re.IGNORECASE,
)
# A name with a hyphen is one word ("Kim Jong-un"), "est-ce" is two.
_TOKEN = re.compile(r"(?!Est-ce|A-t-|Y-)[A-ZÀ-Þ][^\W_]*(?:-[^\W_]+)+|[^\W_]+|[^\w\s]")
# Marks that begin or end a question and say nothing.
ENDS = " \t\n,;:.!?…¿¡？！。，、"
_NOT_BUT = re.compile(
    r"(?i)^(?:not|nicht|kein\w*|pas|no|non)\s+(?P<old>.+?)[,;]?\s+(?:but|sondern|mais|sino|ma)\s+(?P<new>.+)$"
)
_ASKS_WHO_IT_IS = [[who, copula] for who in ("wer", "was") for copula in ("ist", "sind", "war", "waren")]
# Words and marks of a clause that says what was not asked. No data.
_LONGEST_COMPLAINT = 12
# A question that names at most this many things may still be about what was said before.
MAX_TOPICAL_WORDS = 3
# An interrogative asks about at most this many words: "which small white house". No data; more are rarely one noun.
_LONGEST_FOCUS = 3


@dataclass(frozen=True, slots=True)
class Token:
    """A word or a mark of a question, and its half-open offsets there."""

    text: str
    folded: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Wording:
    """The parts of a question.

    Attributes:
        text: the question.
        language: of its closed-class words; "" where they are not known.
        corrects: whether it takes back the question before ("no, I meant …").
        opened: whether it begins as the continuation of something ("and", "what about").
        start, end: half-open offsets of what is left without that.
        replaced: what it says that was wrong ("not the length, but …"), else "".
        asks: what its interrogative phrase is.
        phrase: that phrase's half-open offsets, (0, 0) for none.
        personal: whether the phrase asks for a person.
        asks_when: whether it asks for a time.
        content: the words outside the phrase that carry a topic, with offsets.
        focus: the words inside it that do ("bridge" of "which bridge").
        kinds: of the other words, which kinds occur: "pronoun", "person", "pointer", "more", "before", "after",
            "auxiliary", "light", "holds", "asking"; "preposition" if it begins with one; "neuter" if no other word
            points back.
        points: whether a word points back to something that it does not name.
    """

    text: str
    language: str
    corrects: bool
    opened: bool
    start: int
    end: int
    replaced: str
    asks: Asks
    phrase: tuple[int, int]
    personal: bool
    asks_when: bool
    content: tuple[Token, ...]
    focus: tuple[Token, ...]
    kinds: frozenset[str]
    points: bool

    @property
    def rest(self) -> str:
        """The question without what opens it and without marks at its ends."""
        return self.text[self.start : self.end]

    @property
    def asked_by(self) -> str:
        """The interrogative phrase."""
        return self.text[slice(*self.phrase)]


def wording(question: str, prefer: str = "en") -> Wording:
    """Take a question apart.

    Args:
        prefer: the language where the words fit several equally, or none.
    """
    unspaced = unspaced_language(question)
    if unspaced:
        return _unspaced_wording(question, unspaced)
    folded = words(question)
    language = question_language(folded, prefer) or (prefer if prefer in FUNCTION_WORDS else "")
    if not folded or not language:
        return _unknown(question)
    return _spaced_wording(question, language, FUNCTION_WORDS[language])


def without_please(message: str) -> str:
    """Return a request without "please" before and after it, in any of the languages; what says no more as it is."""
    tokens = [token for token in words_of(message) if token.text[0].isalnum()]
    phrases = sorted({some for known in FUNCTION_WORDS.values() for some in known.please}, key=len, reverse=True)
    before = next((some for some in phrases if _says(tokens, 0, some)), ())
    after = next((some for some in phrases if _says(tokens, len(tokens) - len(some), some)), ())
    left = tokens[len(before) : len(tokens) - len(after)]
    if not (before or after) or not left:
        return message
    start = left[0].start if before else 0
    end = left[-1].end if after else len(message)
    return message[start:end]


def _unknown(question: str) -> Wording:
    tokens = tuple(token for token in words_of(question) if token.text[0].isalnum())
    start, end = _trim(question, 0, len(question))
    return Wording(
        question, "", False, False, start, end, "", "", (0, 0), False, False, tokens, (), frozenset(), points=False
    )


def words_of(text: str) -> list[Token]:
    """Return the words and the marks of a text."""
    return [Token(one.group(), fold(one.group()), one.start(), one.end()) for one in _TOKEN.finditer(text)]


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start] in ENDS:
        start += 1
    while end > start and text[end - 1] in ENDS:
        end -= 1
    return start, end


def _spaced_wording(question: str, language: str, known: FunctionWords) -> Wording:
    tokens = words_of(question)
    at, corrects = _after_correction(tokens, known)
    if not corrects:
        at, corrects = _after_complaint(tokens, known)
    last, at_end = _before_correction(tokens, known)
    corrects = corrects or at_end
    opened = False
    at = _after_courtesies(tokens, at, last, known)
    while at < last and (tokens[at].folded in known.openings or not tokens[at].text[0].isalnum()):
        # French "où" asks, and "ou" does not.
        if tokens[at].folded in known.asking and tokens[at].folded != tokens[at].text.casefold():
            break
        opened = opened or tokens[at].folded in known.openings
        at += 1
    about = next((some for some in known.about if _says(tokens, at, some)), ())
    at, opened = at + len(about), opened or bool(about)
    start, end = _trim(
        question, tokens[at].start if at < last else len(question), tokens[last - 1].end if last else len(question)
    )
    replaced = ""
    end = _without_politeness(tokens, at, last, end, known)
    if told := _NOT_BUT.match(question[start:end]):
        corrects = True
        replaced, start = told["old"], start + told.start("new")
    rest = [token for token in tokens if start <= token.start and token.end <= end]
    first, stop, asks = _phrase(rest, known, language)
    phrase = (rest[first].start, rest[stop - 1].end) if asks else (0, 0)
    outside = [t for n, t in enumerate(rest) if t.text[0].isalnum() and not (asks and first <= n < stop)]
    inside = rest[first:stop] if asks else []
    kinds = {
        kind
        for kind, listed in (
            ("pronoun", known.pronouns), ("person", known.persons), ("pointer", known.pointers | known.demonstratives),
            ("more", known.more), ("before", known.before), ("after", known.after), ("auxiliary", known.auxiliaries),
            ("light", known.light), ("holds", known.holds),
            ("asking", known.asking - known.prepositions - known.auxiliaries),
        )
        if any(token.folded in listed for token in outside)
    }  # fmt: skip
    if rest and rest[0].folded in known.prepositions:
        kinds.add("preposition")
    extra = [token.folded for token in outside if token.folded not in known.auxiliaries | known.plain | known.more]
    if extra and all(word in known.neuter for word in extra):
        kinds.add("neuter")
    # "Why is that good?" says something of it.
    closed = known.all - known.praise
    content = tuple(token for token in outside if token.folded not in closed)
    focus = tuple(token for token in inside if token.folded not in known.all and token.text[0].isalnum())
    return Wording(
        question,
        language,
        corrects and end > start,
        opened,
        start,
        end,
        replaced,
        asks,
        phrase,
        any(token.folded in known.personal for token in inside),
        any(token.folded in known.when for token in inside),
        content,
        focus,
        frozenset(kinds),
        _points_back(question[start:end], known, language, len(content) + len(focus)),
    )


def _after_courtesies(tokens: list[Token], at: int, last: int, known: FunctionWords) -> int:
    """Return where a question goes on after "super," or "danke,"; where nothing else is said, where it begins."""
    start = at
    while at < last and (tokens[at].folded in known.courtesies | known.praise or not tokens[at].text[0].isalnum()):
        at += 1
    mark = at > start and not tokens[at - 1].text[0].isalnum()
    return at if at < last and (mark or tokens[at].folded in known.openings) else start


def _without_politeness(tokens: list[Token], at: int, last: int, end: int, known: FunctionWords) -> int:
    """Return where a question ends without "please" or "sorry" after it."""
    single = {phrase[0] for phrase in known.corrections if len(phrase) == 1}
    while last > at + 1:
        token, ahead = tokens[last - 1], tokens[last - 2]
        # "What went wrong?" takes nothing back.
        is_beside = token.folded in single and not ahead.text[0].isalnum()
        if token.text[0].isalnum() and token.folded not in known.courtesies and not is_beside:
            break
        last -= 1
    return min(end, tokens[last - 1].end) if last > at else end


def _says(tokens: list[Token], at: int, phrase: tuple[str, ...]) -> bool:
    return tuple(token.folded for token in tokens[at : at + len(phrase)]) == phrase


def _after_correction(tokens: list[Token], known: FunctionWords) -> tuple[int, bool]:
    """Return where a question goes on after phrases that take back the one before, and whether there are any."""
    at, corrects, sure = 0, False, False
    while at < len(tokens):
        if not tokens[at].text[0].isalnum() or (
            tokens[at].folded in known.courtesies | known.praise and at + 1 < len(tokens)
        ):
            sure, at = sure or corrects, at + 1
            continue
        found = next((phrase for phrase in known.corrections if _says(tokens, at, phrase)), None)
        if found is None:
            break
        # One word alone ("No hay conciertos?") says so only where a mark or another such phrase follows.
        sure = sure or corrects or len(found) > 1
        corrects, at = True, at + len(found)
    return (at, True) if corrects and sure else (0, False)


def _after_complaint(tokens: list[Token], known: FunctionWords) -> tuple[int, bool]:
    """Return where a correction goes on that says first what was not asked ("that's not what I asked, I meant …")."""
    for at in range(1, min(len(tokens), _LONGEST_COMPLAINT)):
        if tokens[at - 1].text[0].isalnum() or not any(t.folded in known.excluding for t in tokens[:at]):
            continue
        phrase = next((some for some in known.corrections if len(some) > 1 and _says(tokens, at, some)), None)
        if phrase:
            return at + len(phrase), True
    return 0, False


def _before_correction(tokens: list[Token], known: FunctionWords) -> tuple[int, bool]:
    """Return where a question ends before such a phrase at its end ("die Breite meine ich")."""
    ends = [n for n, token in enumerate(tokens) if token.text[0].isalnum()]
    last = ends[-1] + 1 if ends else 0
    for phrase in known.corrections:
        for said in {phrase, phrase[::-1]}:
            if 1 < len(said) < len(ends) and _says(tokens, last - len(said), said):
                return last - len(said), True
    return len(tokens), False


def _phrase(rest: list[Token], known: FunctionWords, language: str) -> tuple[int, int, Asks]:
    """Return the first and last + 1 token of the interrogative phrase, and what it is; "" for none."""
    told = [token.folded in known.asking or token.folded not in known.all for token in rest if token.text[0].isalnum()]
    places = [place for place, token in enumerate(rest) if token.text[0].isalnum()]
    number = next((place for place, is_told in zip(places, told, strict=True) if is_told), -1)
    if number < 0 or rest[number].folded not in known.asking:
        return 0, 0, ""
    token = rest[number]
    # "Was anybody hurt?": a German interrogative that is an English auxiliary.
    if token.folded in known.auxiliaries and token.folded not in known.interrogatives:
        return 0, 0, ""
    first = number
    while first and rest[first - 1].folded in known.prepositions:
        first -= 1
    stop = number + 1
    following = rest[stop].folded if stop < len(rest) else ""
    # French: "qu'est-ce que", "où est-ce que".
    said = [t.folded for t in rest[stop : stop + 6] if t.text[0].isalnum()]
    if language == "fr" and said[:2] == ["est", "ce"]:
        while stop < len(rest) and (rest[stop].folded in {"est", "ce", "que", "qu", "qui"} or rest[stop].text in "-'’"):
            stop += 1
        return first, stop, "adverbial"
    if language == "es" and token.folded == "que" and following and first < number and rest[first].folded == "por":
        return first, stop, "adverbial"
    if token.folded in known.quantities or (token.folded in known.degrees and following in known.quantities):
        stop += token.folded not in known.quantities
        if stop < len(rest) and rest[stop].folded in {"de", "d"}:
            stop += 1
            stop += stop < len(rest) and rest[stop].text in "'’"
        elif rest[stop - 1].folded in known.amounts and not (stop < len(rest) and rest[stop].text[0].isupper()):
            # "Wie viel kostet …", "combien coûte …": a verb follows, and no noun.
            return first, stop, "adverbial"
        return first, _after_focus(rest, stop, known, language), "number"
    if token.folded in known.determiners:
        focus = _after_focus(rest, stop, known, language)
        if token.folded not in known.interrogatives or (focus > stop and _closes(rest, focus, known, language)):
            return first, focus, "which"
    if token.folded in known.degrees and _is_degree(rest, stop, known, language):
        return first, stop + 1, "degree"
    return first, stop, "adverbial"


def _after_focus(rest: list[Token], at: int, known: FunctionWords, language: str) -> int:
    """Return where the words end that an interrogative asks about."""
    start = at
    if language == "de" and not any(token.text[0].isupper() for token in rest[start:]):
        return _after_small_focus(rest, at, known)
    while at < len(rest) and at - start < _LONGEST_FOCUS:
        token = rest[at]
        if not token.text[0].isalnum() or token.folded in (known.all - known.plain - known.light):
            break
        at += 1
        # German writes the noun with a capital; elsewhere the words go on up to the verb, which is not known.
        if token.text[0].isupper() if language == "de" else not _closes(rest, at, known, language):
            if language == "de":
                return at
            following = rest[at : start + _LONGEST_FOCUS]
            if not any(t.folded in known.auxiliaries for t in following):
                return at
    return at


def _after_small_focus(rest: list[Token], at: int, known: FunctionWords) -> int:
    """Return the same of German without a capital: "welche preise bekam sie", "welcher große hund bellt"."""
    start = at
    while at < len(rest) and at - start < _LONGEST_FOCUS:
        token = rest[at]
        if not token.text[0].isalnum() or token.folded in (known.all - known.plain - known.light):
            break
        at += 1
    subject = known.pronouns | known.articles
    # The verb stands before its subject.
    return at - 1 if at - start > 1 and at < len(rest) and rest[at].folded in subject else at


def _closes(rest: list[Token], at: int, known: FunctionWords, language: str) -> bool:
    return at >= len(rest) or not rest[at].text[0].isalnum() or rest[at].folded in known.auxiliaries


def _is_degree(rest: list[Token], at: int, known: FunctionWords, language: str) -> bool:
    """Return whether "how" or "wie" asks about the word that follows: a verb follows that, or nothing."""
    if at >= len(rest) or not rest[at].text[0].isalnum() or rest[at].folded in known.auxiliaries:
        return False
    if rest[at].folded in (known.all - known.plain - known.light - known.pointers) or (
        language == "de" and rest[at].text[0].isupper()
    ):
        return False
    return rest[at].folded in known.plain or _closes(rest, at + 1, known, language)


def _points_back(text: str, known: FunctionWords, language: str, topical: int) -> bool:
    tokens = [*words_of(_EXPLETIVE.sub(lambda found: " " * len(found.group()), text)), Token("?", "?", 0, 0)]
    # In a language that writes names with a capital, a pronoun refers to a name before it.
    named = [number > 0 and token.text[0].isupper() for number, token in enumerate(tokens)]
    for number, token in enumerate(tokens[:-1]):
        word, following = token.folded, tokens[number + 1]
        is_noun = following.text[0].isalnum() and following.folded not in known.all
        if word in known.pointers and not (language == "en" and word in ("there", "that", "then") and is_noun):
            return True
        if word in known.demonstratives and not is_noun:
            return True
        if word in known.pronouns and word not in known.articles and not any(named[:number]):
            # "son", "sa", "his": nothing before them is named. "la", "le", "lo": articles where a noun follows.
            return True
        # German articles are pronouns where no noun follows: "Wer hat das unterzeichnet?"
        if language == "de" and word in known.articles and not word.startswith("ein") and number > 0:
            if is_noun and [token.folded for token in tokens[:number]][-2:] in _ASKS_WHO_IT_IS:
                # "wer ist der chef": all in small letters, too, a noun follows.
                continue
            ends_there = not following.text[0].isalnum() or following.folded in known.all
            no_noun = not any(named[number:]) and (any(named) or topical <= 1)
            if (ends_there and following.folded not in known.prepositions) or no_noun:
                return True
    return False


def _unspaced_wording(question: str, language: str) -> Wording:
    known = FUNCTION_PATTERNS[language]
    start, corrects = _skip(question, 0, known.corrections)
    start, opened = _skip(question, start, known.openings)
    start, end = _trim(question, start, len(question))
    if (about := known.about.search(question, start, end)) and about.end() == end and about.start() > start:
        end, opened = about.start(), True
    found, asks = _unspaced_phrase(question, start, end, known)
    phrase = found or (0, 0)
    outside = [(start, phrase[0]), (phrase[1], end)] if found else [(start, end)]
    kinds = {
        kind
        for kind, pattern in (
            ("pronoun", known.pronouns), ("person", known.persons), ("more", known.more), ("before", known.before),
            ("after", known.after), ("pointer", known.pointers),
        )
        if any(pattern.search(question, *part) for part in outside)
    }  # fmt: skip
    closed = [
        known.particles,
        known.pronouns,
        known.pointers,
        known.demonstratives,
        known.more,
        known.before,
        known.after,
    ]
    content = tuple(_left(question, outside, closed))
    bare_demonstrative = not content and any(known.demonstratives.search(question, *part) for part in outside)
    return Wording(
        question,
        language,
        corrects and end > start,
        opened,
        start,
        end,
        "",
        asks,
        phrase,
        bool(found and known.personal.search(question, *found)),
        bool(found and known.when.search(question, *found)),
        content,
        (),
        frozenset(kinds),
        bool({"pronoun", "pointer"} & kinds) or bare_demonstrative,
    )


def _skip(text: str, at: int, pattern: re.Pattern[str]) -> tuple[int, bool]:
    found = False
    while True:
        while at < len(text) and text[at] in ENDS:
            at += 1
        match = pattern.match(text, at)
        if not match or match.end() == at or not text[match.end() :].strip(ENDS):
            return at, found
        at, found = match.end(), True


def _unspaced_phrase(text: str, start: int, end: int, known: FunctionPatterns) -> tuple[tuple[int, int] | None, Asks]:
    kinds: Iterable[tuple[Asks, re.Pattern[str]]] = (
        ("degree", known.degrees), ("which", known.determiners), ("adverbial", known.interrogatives),
    )  # fmt: skip
    matches = [
        (match.start(), -match.end(), asks) for asks, pattern in kinds if (match := pattern.search(text, start, end))
    ]
    if not matches:
        return None, ""
    first, stop, asks = min(matches)
    return (first, -stop), asks


def _left(text: str, parts: Iterable[tuple[int, int]], closed: Iterable[re.Pattern[str]]) -> Iterable[Token]:
    """Yield the runs of characters that no pattern matches, and no mark is in."""
    for start, end in parts:
        kept = list(text[start:end])
        for pattern in closed:
            for match in pattern.finditer(text, start, end):
                kept[match.start() - start : match.end() - start] = " " * (match.end() - match.start())
        for run in re.finditer(r"\w+", "".join(kept)):
            yield Token(run.group(), fold(run.group()), start + run.start(), start + run.end())
