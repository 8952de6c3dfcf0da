"""The nouns of a question, as far as their place and the small words around them tell: subject, verb, phrases."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.search.lexical import fold
from index.search.numbers import find_numbers
from rag.conversation.language import FUNCTION_WORDS
from rag.conversation.wording import Token, Wording, words_of

_BE = frozenset({"is", "are", "was", "were", "isn", "aren", "wasn", "weren"})
_INDEFINITE = frozenset({"a", "an"})
# The participles that do not end in "-ed", of English verbs that a passive is made of.
_PARTICIPLES = frozenset(
    """
    beaten begun bent bitten blown born bound bought bred broken brought built burnt cast caught chosen cut dealt done
    drawn driven dug eaten fed felt fought flown forbidden forgotten found frozen given ground grown held heard hidden
    hit hung hurt kept knit known laid led left lent lit lost made meant met mown overthrown paid put read ridden rung
    run said seen sent set sewn shaken shed shot shown shut sold sown spent split spoken spread stolen stuck struck
    sung sunk sworn swept taken taught thrown told thought torn understood won worn wound woven written
    """.split()
)
_BECOME = frozenset({"wurde", "wurden", "wird", "werden"})
_GERMAN_PARTICIPLE = re.compile(
    r"(?:(?:ein|auf|aus|ab|an|um|vor|zu|nach|fest|her|hin|weg|mit|los)?ge\w{2,}(?:t|en)|\w+iert|(?:be|ver|er|ent|zer|emp)\w{2,}(?:t|en))"
)
# An interrogative of these is followed by the subject, where no auxiliary or verb is: "quand le musée rouvre".
_SUBJECT_BEFORE_VERB = frozenset({"fr"})


def subject_of(found: Wording) -> tuple[Token, ...]:
    """Return the subject of a question, without its article; () where its place does not tell it.

    It stands between an auxiliary and the verb ("does the lamp mean", "was the museum closed"), or between an
    interrogative and the verb ("quand est-ce que le musée rouvre").
    """
    return _subject_and_verb(found)[0]


def verb_of(found: Wording) -> Token | None:
    """Return the verb of a question, or the adjective after its subject; None where its place does not tell it."""
    return _subject_and_verb(found)[1]


def _subject_and_verb(found: Wording) -> tuple[tuple[Token, ...], Token | None]:
    known = FUNCTION_WORDS.get(found.language)
    if known is None or not found.content:
        return (), None
    tokens = [token for token in words_of(found.text) if found.start <= token.start and token.end <= found.end]
    at = next((n for n, token in enumerate(tokens) if token.start >= found.phrase[1]), 0) if found.asks else 0
    determiners = (known.articles | known.possessives | known.demonstratives) - known.auxiliaries
    content = {token.start for token in found.content}
    if at == len(tokens):
        return (), None
    if found.asks and tokens[at].start in content:
        # "Was macht die Leiterin?", "Who built the mill?"
        return (), tokens[at]
    first = tokens[at].folded
    if found.language == "de" and first in _BECOME:
        # "Wann wurde der turm gebaut": small letters do not tell a noun, but a passive ends with its participle.
        verb = tokens[-1]
        is_verb = verb.start in content and verb.text[0].islower()
        return (), verb if is_verb and _GERMAN_PARTICIPLE.fullmatch(verb.folded) else None
    if found.language == "en":
        asked_by = fold(found.asked_by)
        # "Who is the mayor?", "How old is the toy museum?", "What was sold?": a noun or a participle follows, no verb.
        asks_for_it = found.asks and (found.personal or found.asks != "adverbial" or asked_by in known.determiners)
        if first not in known.auxiliaries or first in known.interrogatives or (first in _BE and asks_for_it):
            return (), None
        at += 1
    elif found.language not in _SUBJECT_BEFORE_VERB or not found.asks or first not in determiners:
        return (), None
    runs: list[list[Token]] = [[]]
    while at < len(tokens):
        if tokens[at].start in content:
            runs[-1].append(tokens[at])
        elif [len(run) for run in runs] == [1] and tokens[at].folded in known.prepositions - known.auxiliaries:
            # "A ticket for adults cost": the verb follows the second noun.
            runs.append([])
        elif runs[-1] or tokens[at].folded not in determiners:
            break
        at += 1
    subject, last = runs[0], runs[-1]
    # "The Kestrel 200 weigh": a name ends where the capitals do.
    names = [token.text[0].isupper() or token.text[0].isdigit() for token in last]
    ended = len(names) - names[::-1].index(True) if any(names) else len(last) - 1
    goes_on = at < len(tokens) and tokens[at].folded in known.auxiliaries | known.neuter
    if len(last) < 2 or ended == len(last) or goes_on:
        return tuple(subject), None
    verb = last[ended]
    if first in _BE and found.asks and fold(found.asked_by) != "why" and not _is_participle(verb.folded):
        # "When is the summer festival?"
        return tuple(subject), None
    return tuple(subject[:ended] if subject is last else subject), verb


def _is_participle(english: str) -> bool:
    return (english.endswith("ed") and len(english) > len("need")) or english in _PARTICIPLES


def with_preposition(before: Wording, run: Sequence[Token]) -> list[Token]:
    """Return words of a question with the preposition before them, and the article between; [] without one."""
    known = FUNCTION_WORDS[before.language]
    ahead = [token for token in words_of(before.text[: run[0].start]) if token.text[0].isalnum()]
    first = len(ahead)
    while first and ahead[first - 1].folded in (known.articles | known.possessives) - known.prepositions:
        first -= 1
    leading = known.prepositions | known.temporal
    return [*ahead[first - 1 :], *run] if first and ahead[first - 1].folded in leading else []


def first_is_article(now: Wording) -> bool:
    """Return whether a question, as far as it says something, begins with an article."""
    known, first = FUNCTION_WORDS.get(now.language), now.rest.split()[:1]
    return known is not None and bool(first) and fold(first[0]) in known.articles


def is_noun_phrase(now: Wording) -> bool:
    """Return whether the new words are a noun as far as can be told: an article stands before them, or a capital."""
    return first_is_article(now) or all(token.text[0].isupper() or token.text[0].isdigit() for token in now.content)


def is_named(before: Wording, run: Sequence[Token]) -> bool:
    """Return whether words of the earlier question are a noun, as far as can be told."""
    known = FUNCTION_WORDS.get(before.language)
    if known is None or {token.start for token in run} & {token.start for token in before.focus}:
        return True
    ahead = re.search(r"(\w+)\s+$", before.text[: run[0].start])
    before_nouns = (known.articles | known.prepositions | known.demonstratives | known.possessives) - known.auxiliaries
    if ahead and fold(ahead.group(1)) in before_nouns:
        return True
    return any(token.text[0].isupper() or token.text[0].isdigit() for token in run if token.start > before.start)


def with_article(before: Wording, start: int) -> int:
    """Return where a noun begins with its article; `start`, where it begins itself, if it has none."""
    known = FUNCTION_WORDS.get(before.language)
    ahead = re.search(r"(\w+)\s+$", before.text[:start])
    return ahead.start() if known and ahead and fold(ahead.group(1)) in known.articles else start


def runs_of(before: Wording, tokens: Sequence[Token], *, with_verb: bool = True) -> list[list[Token]]:
    """Return the words that carry a topic, those that stand side by side together.

    Args:
        with_verb: whether the verb of the question may be among them, which stands by itself.
    """
    runs: list[list[Token]] = []
    verb = verb_of(before) if with_verb else None
    for token in sorted(tokens, key=lambda token: token.start):
        gap = before.text[runs[-1][-1].end : token.start] if runs else ""
        # "14:09" is one number, and so is "2.5".
        is_in_number = gap in (":", ".", ",") and runs[-1][-1].text.isdigit() and token.text.isdigit()
        beside = bool(runs) and (is_in_number or not gap.strip(" -'’"))
        goes_on = beside and (_is_kind(before, runs[-1]) or not _parts(runs[-1][-1], token, before.language))
        if goes_on and verb not in (token, runs[-1][-1]):
            runs[-1].append(token)
        else:
            runs.append([token])
    return runs


def _is_kind(before: Wording, run: Sequence[Token]) -> bool:
    """Return whether a name says of what kind something is: "a NATO member"."""
    ahead = re.search(r"(\w+)\s+$", before.text[: run[0].start])
    return before.language == "en" and ahead is not None and fold(ahead.group(1)) in _INDEFINITE


def _parts(one: Token, other: Token, language: str) -> bool:
    """Return whether a name ends between two words ("the Kestrel 200 weigh"). German nouns go on after an adjective."""
    names = [token.text[0].isupper() or token.text[0].isdigit() for token in (one, other)]
    return names == [True, False] or (names == [False, True] and language != "de")


def named_in(before: Wording) -> str:
    """Return what a question is about: its nouns, without what it asks for; "" where it has none."""
    return ", ".join(before.text[with_article(before, run[0].start) : run[-1].end] for run in noun_phrases(before))


def noun_phrases(before: Wording) -> list[list[Token]]:
    """Return the words of a question that are nouns, as far as can be told: those side by side, without a verb."""
    subject = subject_of(before)
    runs = runs_of(before, before.content)
    named = [run for run in runs if is_named(before, run) or run[0] in subject]
    return [_before_number(before, run) for run in named]


def _before_number(before: Wording, run: list[Token]) -> list[Token]:
    """Return a noun without the number in words that follows it ("die übernachtung vierzehn euro")."""
    start, end = run[0].start, run[-1].end
    numbers = [one for one in find_numbers(before.text[start:end], {before.language}) if one.in_words and one.start]
    first = start + numbers[0].start if numbers else end
    return [token for token in run if token.start < first]
