"""Parts of an earlier question that words of a new one take the place of, and how the question then reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from index.search.lexical import fold
from rag.conversation.language import FUNCTION_WORDS, FunctionWords
from rag.conversation.nouns import (
    first_is_article,
    is_named,
    is_noun_phrase,
    named_in,
    noun_phrases,
    runs_of,
    subject_of,
    verb_of,
    with_article,
    with_preposition,
)
from rag.conversation.wording import ENDS, Token, Wording, words_of
from rag.reader.quantity import is_day

Similarity = Callable[[str, Sequence[str]], Sequence[float]]
"""Returns how similar in meaning each of some texts is to a text."""


# What an interrogative asks about is corrected oftener than the rest of a question.
_FOCUS_BONUS = 0.02
# A name takes the place of a name without a preposition before it: "What does Aoki say about Peru?" – "And Sato?". Of
# nine such pairs the one behind the preposition is up to 0.046 more similar.
_NAME_BONUS = 0.05
# A noun less similar than this to all of the earlier question takes no place in it. Of 47 pairs tried most have 0.82 to
# 0.91, whether of one kind ("the tunnel", "the bridge") or not; "Trinkwasser" and "Hütte" 0.78.
_ALIKE = 0.8
_YEAR_DIGITS = 4
_INDEFINITE = re.compile(r"(?i)\b(?:an?|ein\w*|une?|una|uno)\s+$")
_ADJECTIVE = re.compile(r"e[nmrs]?$")
# Most adjectives stand behind their noun.
_NOUN_FIRST = frozenset({"es", "fr", "it"})


def asking(before: Wording, phrase: str) -> str:
    """Return a question with another interrogative phrase."""
    if not before.asks:
        # "Can cyclists ride across?" – "Why not?"
        rest = before.rest
        known = FUNCTION_WORDS.get(before.language)
        first = re.match(r"\w+", rest)
        if known and first and fold(first.group()) in known.all:
            rest = rest[0].lower() + rest[1:]
        return as_question(f"{phrase} {rest}", before.text)
    start, end = before.phrase
    text = before.text[before.start : start] + phrase + before.text[end : before.end]
    return as_question(text, before.text)


def asking_of_counted(before: Wording, phrase: str) -> str:
    """Return a question with another interrogative phrase, and the noun that was counted: "how many guests came"."""
    counted = before.text[before.focus[0].start : before.focus[-1].end]
    after = [token for token in words_of(before.text[: before.end]) if token.start >= before.phrase[1]]
    known = FUNCTION_WORDS[before.language]
    has_subject = len(after) > 1 and (
        after[1].folded in (known.articles | known.possessives | known.pronouns | known.demonstratives)
        or after[1].text[0].isupper()
    )
    # "When came guests to the feast?", "When did the inn have guests?"
    at = after[0].end if after and not has_subject else before.end
    text = f"{phrase}{before.text[before.phrase[1] : at]} {counted}{before.text[at : before.end]}"
    return as_question(before.text[before.start : before.phrase[0]] + text, before.text)


def at_another_time(before: Wording, when: str) -> str:
    """Return a question of another time: "when" in the place of "now", else at the end."""
    known = FUNCTION_WORDS.get(before.language)
    if known is None:
        return asking(before, f"{before.asked_by} {when}")
    tokens = [token for token in words_of(before.rest) if token.folded in known.now]
    if not tokens:
        return as_question(f"{before.rest} {when}", before.text)
    # "Aujourd'hui" is two tokens.
    first, last = tokens[0].start, tokens[0].end
    for token in tokens[1:]:
        last = token.end if not before.rest[last : token.start].strip("'’") else last
    return as_question(f"{before.rest[:first]}{when}{before.rest[last:]}", before.text)


def of_another_person(now: Wording, before: Wording) -> str:
    """Return the earlier question of another person: "and her?" after "what does Rémi do?"; "" where none is named."""
    known = FUNCTION_WORDS.get(now.language)
    if known is None or not now.opened or fold(now.rest) not in known.persons | known.pronouns - known.neuter:
        return ""
    subject: Sequence[Token] = subject_of(before) or next(
        (run for run in noun_phrases(before) if not with_preposition(before, run)), ()
    )
    if not subject:
        return ""
    start = with_article(before, subject[0].start)
    return as_question(
        before.text[before.start : start] + now.rest + before.text[subject[-1].end : before.end], before.text
    )


def with_noun(now: Wording, before: Wording, similar: Similarity | None) -> str:
    """Return a question with another noun: in the place of the most similar one, or at its end."""
    new = now.rest
    # "How long" is asked about, and not said: a noun takes no place in it.
    runs = runs_of(before, before.content if before.asks == "degree" else before.focus + before.content)
    if len(now.content) > 1 and (verb := verb_of(before)):
        # "Raven Point" takes no verb's place.
        runs = [run for run in runs if verb not in run] or runs
    if is_noun_phrase(now):
        runs = [run for run in runs if is_named(before, run)] or runs
    place = None
    if now.replaced:
        wrong = set(fold(now.replaced).split())
        place = next((run for run in runs if wrong & {token.folded for token in run}), None)
    if place is None and "preposition" in now.kinds:
        place = _after_preposition(now, before, runs, similar)
        if place is None:
            return as_question(f"{before.rest} {new}", before.text)
        return as_question(
            before.text[before.start : place[0].start] + new + before.text[place[-1].end : before.end], before.text
        )
    if place is None and before.asks == "degree" and _is_about_the_degree(now, before, runs, similar):
        return in_brackets(as_question(new, before.text), before)
    if place is None and (adjective := _adjective_of(now, before, runs, similar)):
        text = before.text[before.start : adjective.start] + now.content[0].text
        return as_question(text + before.text[adjective.end : before.end], before.text)
    is_number = all(token.text.isdigit() for token in now.content)
    if place is None and not is_number and is_noun_phrase(now) and not any(is_named(before, run) for run in runs):
        return in_brackets(as_question(new, before.text), before)
    if _writes_nouns_with_capitals(before) and not first_is_article(now) and not now.corrects:
        # "And in cash?" in one word, "bar", is no noun.
        runs = runs if any(not token.text[0].islower() for token in now.content) else []
    place = place or _most_similar(now, before, runs, similar)
    if place is None and runs and not now.corrects and not is_number:
        return in_brackets(as_question(new, before.text), before)
    if place is None or not (now.corrects or is_named(before, place)):
        return as_question(f"{before.rest}, {new}", before.text)
    start = place[0].start
    # "For a week", "for 2 weeks".
    counts = new[:1].isdigit() and not is_number and _INDEFINITE.search(before.text[:start])
    if first_is_article(now) or counts:
        start = with_article(before, start)
    return as_question(before.text[before.start : start] + new + before.text[place[-1].end : before.end], before.text)


def _adjective_of(
    now: Wording, before: Wording, runs: Sequence[Sequence[Token]], similar: Similarity | None
) -> Token | None:
    """Return the adjective that another takes the place of ("a small room" – "and the large one?"), None for none."""
    if len(now.content) != 1 or not now.content[0].text[0].islower() or "preposition" in now.kinds:
        return None
    said = now.content[0].text
    for run in runs:
        small = [token for token in run if token.text[0].islower()]
        if len(run) < 2 or not small or any(token.text[0].isdigit() for token in run):
            continue
        if before.language == "de" and len(small) < len(run):
            # The noun has a capital; what is said now has none, and an ending.
            if _ADJECTIVE.search(said):
                return small[-1]
        elif similar is not None and len(small) == len(run):
            scores = list(similar(said, [token.text for token in run]))
            noun = 0 if before.language in _NOUN_FIRST else len(run) - 1
            if scores.index(max(scores)) != noun:
                return run[scores.index(max(scores))]
    return None


def _writes_nouns_with_capitals(before: Wording) -> bool:
    return before.language == "de" and any(
        token.text[0].isupper() and token.start > before.start for token in before.content
    )


def _after_preposition(
    now: Wording, before: Wording, runs: list[list[Token]], similar: Similarity | None
) -> list[Token] | None:
    """Return the words of a question that a preposition and a noun take the place of, from their preposition on.

    Those with the same noun ("during the break" in the place of "after the break"), else after the same preposition,
    else after another one that says for whom or with what ("for adults", "with a bicycle"), else, in a correction, the
    most similar.
    """
    known, other = FUNCTION_WORDS.get(now.language), FUNCTION_WORDS.get(before.language)
    if known is None or other is None:
        return None
    wanted = known.preposition(fold(now.rest.split()[0]))
    phrases = {place: phrase for place, run in enumerate(runs) if (phrase := with_preposition(before, run))}
    said = [token.folded for token in now.content]
    again = [place for place in phrases if [token.folded for token in runs[place]] == said]
    leading = {place: other.preposition(phrase[0].folded) for place, phrase in phrases.items()}
    same = again or [place for place in phrases if leading[place] == wanted]
    if not same and (when := _says_when(known, now.rest.split()[0], now.content)):
        same = [place for place in phrases if _says_when(other, leading[place], runs[place]) == when]
    alike = [place for place in phrases if wanted in known.companions and leading[place] in other.companions]
    if same or alike:
        return phrases[(same or alike)[0]]
    # In another language the same preposition is another word.
    if not phrases or (now.language == before.language and not now.corrects):
        return None
    chosen = _most_similar(now, before, [runs[place] for place in phrases], similar)
    return next((phrases[place] for place in phrases if runs[place] is chosen), None)


def _says_when(known: FunctionWords, preposition: str, noun: Sequence[Token]) -> str:
    """Return "day" of "on Saturday" and "during the week", "time" of another time that the words tell, else ""."""
    leading = known.preposition(fold(preposition))
    # "For a week" says how long.
    if noun and is_day(noun[-1].text) and leading not in known.companions:
        return "day"
    is_year = any(token.text.isdigit() and len(token.text) == _YEAR_DIGITS for token in noun)
    return "time" if is_year or leading in known.temporal else ""


def _most_similar(
    now: Wording, before: Wording, runs: list[list[Token]], similar: Similarity | None
) -> list[Token] | None:
    if not runs:
        return None
    if any(token.text.isdigit() for token in now.content):
        numbers = [run for run in runs if any(token.text.isdigit() for token in run)]
        if numbers:
            return numbers[0]
        if all(token.text.isdigit() for token in now.content):
            return None
        if not now.corrects:
            return runs[-1]
    texts = [before.text[run[0].start : run[-1].end] for run in runs]
    if similar is None:
        return runs[0]
    focus = {token.start for token in before.focus}
    is_name = "preposition" not in now.kinds and _is_bare_name(now, now.content)
    scores = [
        score
        + _FOCUS_BONUS * (now.corrects and run[0].start in focus)
        + _NAME_BONUS * (is_name and _is_bare_name(before, run))
        for run, score in zip(runs, similar(" ".join(token.text for token in now.content), texts), strict=True)
    ]
    best = max(scores)
    return runs[scores.index(best)] if now.corrects or best >= _ALIKE else None


def _is_bare_name(found: Wording, run: Sequence[Token]) -> bool:
    """Return whether words are a name with neither a preposition nor an article before it, as far as can be told."""
    is_bare = bool(run) and found.language in FUNCTION_WORDS and with_article(found, run[0].start) == run[0].start
    return is_bare and all(token.text[0].isupper() for token in run) and not with_preposition(found, run)


def _is_about_the_degree(now: Wording, before: Wording, runs: list[list[Token]], similar: Similarity | None) -> bool:
    """Return whether a noun is more like the adjective that was asked about than like the nouns: "and the width?"."""
    adjective = before.asked_by[1:] if before.language not in FUNCTION_WORDS else before.asked_by.split()[-1]
    if similar is None or not runs:
        return False
    texts = [before.text[run[0].start : run[-1].end] for run in runs]
    degree, *others = similar(" ".join(token.text for token in now.content), [adjective, *texts])
    return degree > max(others)


def in_brackets(question: str, before: Wording) -> str:
    """Return a question with what the earlier one is about behind it, in brackets."""
    named = named_in(before)
    return f"{question} ({named})" if named and fold(named) not in fold(question) else question


def as_question(text: str, like: str = "") -> str:
    """Return a text as a question: a capital first, and the marks that another question has."""
    text = text.strip(ENDS)
    mark = "？" if re.search(r"[\u3040-\u30ff\u3400-\u9fff]", text) else "?"
    first = "¿" if like.lstrip().startswith("¿") else ""
    space = like.rstrip()[-2:-1] if re.search(r"\s\?\s*$", like) else ""
    return f"{first}{text[:1].upper()}{text[1:]}{space}{mark}"
