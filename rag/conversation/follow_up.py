"""What a question means after the turns before it, without an LLM.

A question that cannot stand alone is rewritten with the words of the one that it continues, so that one text is
searched for, given to the reader and shown: "Who designed the bridge?" – "And when?" is read as "When designed the
bridge?". An interrogative takes the place of the earlier one, a noun that of the most similar noun, and a correction
that of what it corrects. A pronoun stays, and what the earlier question named is put behind it in brackets. What an
earlier question asked for is left out, because a reader that is given it answers it again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from index.search.lexical import fold
from rag.answer import Citation, Turn
from rag.conversation.language import FUNCTION_PATTERNS, FUNCTION_WORDS, FunctionWords
from rag.conversation.message import questions_of
from rag.conversation.nouns import (
    first_is_article,
    is_named,
    is_noun_phrase,
    named_in,
    noun_phrases,
    runs_of,
    subject_of,
    with_article,
    with_preposition,
)
from rag.conversation.wording import ENDS, MAX_TOPICAL_WORDS, Token, Wording, wording, words_of

Similarity = Callable[[str, Sequence[str]], Sequence[float]]
"""Returns how similar in meaning each of some texts is to a text."""

# Of the earlier question. With a longer one, the new question could lie beyond the encoder's 512 tokens.
MAX_EARLIER_CHARACTERS = 500
# Each costs as much as the first reading. No data.
MAX_OTHERS = 3
# What an interrogative asks about is corrected oftener than the rest of a question.
_FOCUS_BONUS = 0.02
# A noun less similar than this to all of the earlier question takes no place in it. Of 47 pairs tried most have 0.82 to
# 0.91, whether of one kind ("the tunnel", "the bridge") or not; "Trinkwasser" and "Hütte" 0.78.
_ALIKE = 0.8
_YEAR_DIGITS = 4
_ADJECTIVE = re.compile(r"e[nmrs]?$")
# Most adjectives stand behind their noun.
_NOUN_FIRST = frozenset({"es", "fr", "it"})
_IN_BRACKETS = re.compile(r"\s*\([^()]*\)\s*$")


@dataclass(frozen=True, slots=True)
class Query:
    """What a question means after the turns before it.

    Attributes:
        asked: what the reader is asked.
        searched: what is encoded and looked up; "" where that is what is asked.
        cited_before: the citations of the last answer, for a question that goes on from there.
        beyond: whether it asks for what came "before" or "after" what those citations say, else "".
        said: what the answer says that the question was read as; "" where that is what is asked.
        others: what else it may mean, likeliest first; asked where nothing answers it as it was read first.
        is_about: whether it asks what is said of something: any sentence that says something of it answers.
        of_other: whether it asks something else, or of something else, than the turn before, whose answer it then
            hardly has; "with breakfast?" may.
    """

    asked: str
    searched: str = ""
    cited_before: tuple[Citation, ...] = ()
    beyond: Literal["", "before", "after"] = ""
    said: str = ""
    others: tuple[Query, ...] = ()
    is_about: bool = False
    of_other: bool = False

    @property
    def text(self) -> str:
        """What is encoded and looked up."""
        return self.searched or self.asked

    @property
    def read_as(self) -> str:
        """What the answer says that the question was read as."""
        return self.said or self.asked


@dataclass(frozen=True, slots=True)
class Topic:
    """What a conversation is about: the last turn that was answered and stands alone.

    Attributes:
        text: the question, as it was read.
        answered: the short answer to it, "" where there is none.
        cited: the sentences that the last answer cited, whatever turn it belongs to.
    """

    text: str
    answered: str
    cited: tuple[Citation, ...]


def understand(question: str, history: Sequence[Turn], similar: Similarity | None = None) -> Query:
    """Read a question in the light of the turns before it.

    Args:
        similar: tells which words of the earlier question a noun takes the place of; None takes the first.

    Returns:
        The question unchanged where it stands alone or nothing came before it.
    """
    turns = [turn for turn in history if turn.answer is None or turn.answer.kind == "question"]
    topic = topic_of(turns)
    if topic is None:
        return Query(question)
    said = turns[-1].answer.language if turns[-1].answer else ""
    before = wording(topic.text[:MAX_EARLIER_CHARACTERS], prefer=said or wording(question).language or "en")
    now = wording(question, prefer=before.language or "en")
    if now.corrects:
        read = _read(turns[-1])
        wrong = questions_of(without_brackets(read))[-1]
        query = _corrected(now, wording(wrong[:MAX_EARLIER_CHARACTERS], prefer=before.language or "en"), topic, similar)
        # "The weight?" is asked of what the corrected question was about.
        if (about := _IN_BRACKETS.search(read)) and query.asked == _question(now.rest, wrong):
            return replace(query, said=query.asked + about.group().rstrip())
        return query
    if not _leans(now):
        # "Which summit was that? – When was this summit?": it stands alone, and means the one that was named.
        known = _names_again(now, before)
        return Query(question, f"{topic.text} {question}", topic.cited) if known else Query(question)
    if beyond := _beyond(now):
        # It goes on from the sentences that were cited last, whatever these were asked with.
        last = next((turn for turn in reversed(turns) if turn.answer and turn.answer.citations), None)
        if last:
            before = wording(without_brackets(_read(last))[:MAX_EARLIER_CHARACTERS], prefer=before.language or "en")
        asked = _asking_beyond(now, before)
        return _or_named(Query(asked, f"{topic.text} {now.rest}", topic.cited, beyond, _about(asked, before)))
    # The last turn may have gone on from the topic, and be meant itself: "Who pays? – How much? – Since when?"
    both = [before, *(wording(text, prefer=before.language or "en") for text in _last_read(turns, topic))]
    if _is_fragment(now):
        return _first((reading for one in both for reading in _continued(now, one, topic)), of_other=True)
    if where := _with_circumstance(now):
        # "How many in Sweden?" does not repeat what is counted.
        same = now.asks == before.asks and not now.focus and before.focus
        other = before if same else wording(_asking(before, now.asked_by), prefer=before.language or "en")
        return Query(_with_noun(wording(where, prefer=now.language), other, similar), "", topic.cited)
    if of_another := _of_another_person(now, before):
        return Query(of_another, f"{topic.text} {of_another}", topic.cited)
    if _is_nominal(now):
        alone = _question(now.rest, topic.text)
        # With its likeliest place third, where no word is alike: "What does a tube cost?" – "And brakes?"
        made = dict.fromkeys([*(_with_noun(now, one, similar) for one in both), _with_noun(now, before, None)])
        made.pop(alone, None)
        readings = [
            Query(text, f"{text} {now.rest}" if fold(now.rest) not in fold(text) else "", topic.cited) for text in made
        ]
        readings += [Query(alone, "", topic.cited, is_about=True), Query(_about(alone, before), "", topic.cited)]
        return _first(readings, of_other="preposition" not in now.kinds)
    return _pointing(now, before, topic)


def _first(readings: Iterable[Query], *, of_other: bool) -> Query:
    """Return the first of several readings, with the others behind it."""
    first, *others = {reading.asked: replace(reading, of_other=of_other) for reading in readings}.values()
    return replace(first, others=tuple(others[:MAX_OTHERS]))


def _or_named(query: Query) -> Query:
    """Return a question asked as it stands or, where nothing answers that, with what its pronoun stands for."""
    return replace(query, others=(replace(query, asked=query.said, searched=query.text),))


def _last_read(turns: Sequence[Turn], topic: Topic) -> list[str]:
    """Return what the last answered turn was read as, where that is another question than the topic."""
    answered = [turn for turn in turns if turn.answer and not turn.answer.abstained]
    read = questions_of(without_brackets(_read(answered[-1])))[-1] if answered else topic.text
    now = wording(read[:MAX_EARLIER_CHARACTERS])
    asks = bool(now.asks or "auxiliary" in now.kinds) and not _leans(now)
    return [now.text] if asks and fold(read) != fold(topic.text) else []


def without_brackets(question: str) -> str:
    """Return a question without what an earlier one named, which stands behind it in brackets."""
    return _IN_BRACKETS.sub("", question)


def asks_again(question: str) -> bool:
    """Return whether a question continues the one before with an interrogative of its own: "wie denn dann?"."""
    now = wording(question)
    return bool(now.asks) and _leans(now)


def goes_on_from_before(question: str) -> bool:
    """Return whether a question says by its words that it continues the one before: "and it?", "and the roof?"."""
    now = wording(question)
    return now.opened or now.corrects or (now.points and not now.content)


def without_correction(question: str) -> str:
    """Return what a correction says instead of what was said ("sorry, 2019" → "2019"); other questions unchanged."""
    now = wording(question)
    return now.rest if now.corrects else question


def leans_on_before(question: str) -> bool:
    """Return whether a question cannot be understood without the one before it."""
    return _leans(wording(question))


def topic_of(turns: Sequence[Turn]) -> Topic | None:
    """Return what some turns are about, None where there are none.

    The last one that was answered and stands alone; if none was, the last that stands alone. Of a message with several
    questions, the last that does. A noun in the place of another, and a correction, change the topic; a pronoun and
    another interrogative do not.

    Args:
        turns: without small talk.
    """
    if not turns:
        return None
    answered = [turn for turn in turns if turn.answer is None or not turn.answer.abstained]
    for some in (answered, turns):
        for turn in reversed(some):
            asked, read = questions_of(turn.question), questions_of(_read(turn))
            if len(asked) != len(read):
                asked = read
            for question, meant in zip(reversed(asked), reversed(read), strict=True):
                now = wording(question, prefer=wording(meant).language or "en")
                standing = question if not _leans(now) else meant if now.corrects or _is_nominal(now) else ""
                # "How many stalls?" names what it asks about.
                counts = now.asks == "number" and bool(now.focus) and _is_fragment(now) and "pronoun" not in now.kinds
                if counts or (standing and not _leans(wording(without_brackets(standing)))):
                    return Topic(standing or question, _short_answer(turn), _cited(answered))
    return Topic(_read(turns[0]), _short_answer(turns[0]), _cited(answered))


def _read(turn: Turn) -> str:
    return (turn.answer.read_as if turn.answer else turn.question).strip()


def _short_answer(turn: Turn) -> str:
    return turn.answer.statements[0].text if turn.answer and turn.answer.span and turn.answer.statements else ""


def _cited(answered: Sequence[Turn]) -> tuple[Citation, ...]:
    return answered[-1].answer.citations if answered and answered[-1].answer else ()


def _leans(now: Wording) -> bool:
    if not now.language:
        return False
    topical = len(now.content) + len(now.focus)
    if now.corrects or _beyond(now) or _is_fragment(now) or _is_nominal(now) or _with_circumstance(now):
        return bool(now.rest)
    if not topical:
        return bool(now.rest) and (now.points or bool(now.kinds & {"more", "pronoun", "pointer"}) or bool(now.asks))
    return now.points and topical <= MAX_TOPICAL_WORDS


def _is_fragment(now: Wording) -> bool:
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


def _with_circumstance(now: Wording) -> str:
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
    ends_there = now.content[-1].end == now.end
    return after if ends_there and fold(after.split()[0]) in known.prepositions - known.auxiliaries else ""


def _is_nominal(now: Wording) -> bool:
    """Return whether a question is a noun, opened as the continuation of something: "and in Japan?"."""
    if (
        now.asks
        or not now.content
        or {"auxiliary", "person", "asking"} & now.kinds
        or len(runs_of(now, now.content)) > 1
    ):
        return False
    return now.opened or "preposition" in now.kinds


def _beyond(now: Wording) -> Literal["", "before", "after"]:
    """Return whether a question asks for what came before or after what was said: "and then?"."""
    # "Wie denn dann?" asks for something else.
    if now.content or now.focus or (now.asks and "auxiliary" not in now.kinds and "before" not in now.kinds):
        return ""
    return "before" if "before" in now.kinds else "after" if "after" in now.kinds else ""


def _pointing(now: Wording, before: Wording, topic: Topic) -> Query:
    """Read a question with a pronoun as it stands; what the earlier one named is searched for, and shown."""
    person = before.personal and "person" in now.kinds
    named = topic.answered if person and topic.answered else named_in(before)
    asked = _question(now.rest, now.text)
    if not named:
        return Query(asked, f"{topic.text} {now.rest}", topic.cited)
    searched = f"{asked} ({named})"
    return _or_named(Query(asked, searched, topic.cited, said=searched))


def _of_another_person(now: Wording, before: Wording) -> str:
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
    return _question(
        before.text[before.start : start] + now.rest + before.text[subject[-1].end : before.end], before.text
    )


def _names_again(now: Wording, before: Wording) -> bool:
    """Return whether a question says "this" of something that the earlier one names."""
    known = FUNCTION_WORDS.get(now.language)
    if known is None or "pointer" not in now.kinds:
        return False
    said = {token.folded for token in (*before.content, *before.focus)}
    for token in now.content:
        ahead = re.search(r"(\w+)\s+$", now.text[: token.start])
        if ahead and fold(ahead.group(1)) in known.demonstratives and token.folded in said:
            return True
    return False


def _continued(now: Wording, before: Wording, topic: Topic) -> list[Query]:
    """Read "and when?" as the earlier question with another interrogative, or of what the earlier one is about."""
    phrase = now.asked_by if "auxiliary" in now.kinds else now.rest
    of_it = _about(_question(now.rest, now.text), before)
    if now.asks == "adverbial" and before.asks == "number" and before.focus:
        return [Query(_asking_of_counted(before, phrase), "", topic.cited)]
    again = _asking(before, phrase)
    # "How long" takes the place of "how wide", "how many" that of "how many"; "when", "in which year" that of any.
    takes_place = now.asks in ("adverbial", before.asks) or "preposition" in now.kinds
    return [Query(text, "", topic.cited) for text in ((again, of_it) if takes_place else (of_it, again))]


def _corrected(now: Wording, before: Wording, topic: Topic, similar: Similarity | None) -> Query:
    """Read a correction as the question that it corrects, with the right words in the place of the wrong ones."""
    # "Falsch, das war in Washington" is a sentence, and takes the place of nothing.
    is_whole = bool({"asking", "auxiliary"} & now.kinds) or len(runs_of(now, now.content)) > 1
    if (now.asks and not _is_fragment(now)) or (is_whole and not now.replaced):
        # "I meant the debts, how much is that?" names what its pronoun stands for.
        points = now.points and not any(is_named(now, run) for run in runs_of(now, now.content))
        return _pointing(now, before, topic) if points else Query(_question(now.rest, now.text))
    if now.asks:
        return Query(_asking(before, now.rest))
    return Query(_with_noun(now, before, similar))


def _asking_beyond(now: Wording, before: Wording) -> str:
    """Return the question for what came before or after: the earlier one of another time, or what there was then."""
    if now.asks:
        return _question(now.rest, now.text)
    if before.asks and not before.asks_when:
        return _at_another_time(before, now.rest)
    known = FUNCTION_WORDS.get(now.language) or FUNCTION_PATTERNS[now.language]
    if now.language in FUNCTION_PATTERNS:
        return _question(now.rest + known.there_was, now.text)
    return _question(f"{known.there_was} {now.rest}", before.text)


def _at_another_time(before: Wording, when: str) -> str:
    """Return a question of another time: "when" in the place of "now", else at the end."""
    known = FUNCTION_WORDS.get(before.language)
    if known is None:
        return _asking(before, f"{before.asked_by} {when}")
    tokens = [token for token in words_of(before.rest) if token.folded in known.now]
    if not tokens:
        return _question(f"{before.rest} {when}", before.text)
    # "Aujourd'hui" is two tokens.
    first, last = tokens[0].start, tokens[0].end
    for token in tokens[1:]:
        last = token.end if not before.rest[last : token.start].strip("'’") else last
    return _question(f"{before.rest[:first]}{when}{before.rest[last:]}", before.text)


def _asking(before: Wording, phrase: str) -> str:
    """Return a question with another interrogative phrase."""
    if not before.asks:
        # "Can cyclists ride across?" – "Why not?"
        rest = before.rest
        known = FUNCTION_WORDS.get(before.language)
        first = re.match(r"\w+", rest)
        if known and first and fold(first.group()) in known.all:
            rest = rest[0].lower() + rest[1:]
        return _question(f"{phrase} {rest}", before.text)
    start, end = before.phrase
    text = before.text[before.start : start] + phrase + before.text[end : before.end]
    return _question(text, before.text)


def _asking_of_counted(before: Wording, phrase: str) -> str:
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
    return _question(before.text[before.start : before.phrase[0]] + text, before.text)


def _with_noun(now: Wording, before: Wording, similar: Similarity | None) -> str:
    """Return a question with another noun: in the place of the most similar one, or at its end."""
    new = now.rest
    # "How long" is asked about, and not said: a noun takes no place in it.
    runs = runs_of(before, before.content if before.asks == "degree" else before.focus + before.content)
    if is_noun_phrase(now):
        runs = [run for run in runs if is_named(before, run)] or runs
    place = None
    if now.replaced:
        wrong = set(fold(now.replaced).split())
        place = next((run for run in runs if wrong & {token.folded for token in run}), None)
    if place is None and "preposition" in now.kinds:
        place = _after_preposition(now, before, runs, similar)
        if place is None:
            return _question(f"{before.rest} {new}", before.text)
        return _question(
            before.text[before.start : place[0].start] + new + before.text[place[-1].end : before.end], before.text
        )
    if place is None and before.asks == "degree" and _is_about_the_degree(now, before, runs, similar):
        return _about(_question(new, before.text), before)
    if place is None and (adjective := _adjective_of(now, before, runs, similar)):
        text = before.text[before.start : adjective.start] + now.content[0].text
        return _question(text + before.text[adjective.end : before.end], before.text)
    is_number = all(token.text.isdigit() for token in now.content)
    if place is None and not is_number and is_noun_phrase(now) and not any(is_named(before, run) for run in runs):
        return _about(_question(new, before.text), before)
    if _writes_nouns_with_capitals(before) and not first_is_article(now) and not now.corrects:
        # "And in cash?" in one word, "bar", is no noun.
        runs = runs if any(not token.text[0].islower() for token in now.content) else []
    place = place or _most_similar(now, before, runs, similar)
    if place is None and runs and not now.corrects and not is_number:
        return _about(_question(new, before.text), before)
    if place is None or not (now.corrects or is_named(before, place)):
        return _question(f"{before.rest}, {new}", before.text)
    start = place[0].start
    if first_is_article(now):
        start = with_article(before, start)
    return _question(before.text[before.start : start] + new + before.text[place[-1].end : before.end], before.text)


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

    Those after the same preposition, else after another one that says for whom or with what ("for adults", "with a
    bicycle"), else, in a correction, the most similar.
    """
    known, other = FUNCTION_WORDS.get(now.language), FUNCTION_WORDS.get(before.language)
    if known is None or other is None:
        return None
    wanted = known.preposition(fold(now.rest.split()[0]))
    phrases = {place: phrase for place, run in enumerate(runs) if (phrase := with_preposition(before, run))}
    leading = {place: other.preposition(phrase[0].folded) for place, phrase in phrases.items()}
    same = [place for place in phrases if leading[place] == wanted]
    if not same and _says_when(known, now.rest.split()[0], now.content):
        same = [place for place in phrases if _says_when(other, leading[place], runs[place])]
    alike = [place for place in phrases if wanted in known.companions and leading[place] in other.companions]
    if same or alike:
        return phrases[(same or alike)[0]]
    # In another language the same preposition is another word.
    if not phrases or (now.language == before.language and not now.corrects):
        return None
    chosen = _most_similar(now, before, [runs[place] for place in phrases], similar)
    return next((phrases[place] for place in phrases if runs[place] is chosen), None)


def _says_when(known: FunctionWords, preposition: str, noun: Sequence[Token]) -> bool:
    """Return whether a preposition and a noun are a time, as far as the preposition or a year tells it."""
    is_year = any(token.text.isdigit() and len(token.text) == _YEAR_DIGITS for token in noun)
    return is_year or known.preposition(fold(preposition)) in known.temporal


def _most_similar(
    now: Wording, before: Wording, runs: list[list[Token]], similar: Similarity | None
) -> list[Token] | None:
    if not runs:
        return None
    if any(token.text.isdigit() for token in now.content):
        numbers = [run for run in runs if any(token.text.isdigit() for token in run)]
        if numbers:
            return numbers[0]
        return None if all(token.text.isdigit() for token in now.content) else runs[-1]
    texts = [before.text[run[0].start : run[-1].end] for run in runs]
    if similar is None:
        return runs[0]
    focus = {token.start for token in before.focus}
    scores = [
        score + _FOCUS_BONUS * (now.corrects and run[0].start in focus)
        for run, score in zip(runs, similar(" ".join(token.text for token in now.content), texts), strict=True)
    ]
    best = max(scores)
    return runs[scores.index(best)] if now.corrects or best >= _ALIKE else None


def _is_about_the_degree(now: Wording, before: Wording, runs: list[list[Token]], similar: Similarity | None) -> bool:
    """Return whether a noun is more like the adjective that was asked about than like the nouns: "and the width?"."""
    adjective = before.asked_by[1:] if before.language not in FUNCTION_WORDS else before.asked_by.split()[-1]
    if similar is None or not runs:
        return False
    texts = [before.text[run[0].start : run[-1].end] for run in runs]
    degree, *others = similar(" ".join(token.text for token in now.content), [adjective, *texts])
    return degree > max(others)


def _about(question: str, before: Wording) -> str:
    """Return a question with what the earlier one is about behind it, in brackets."""
    named = named_in(before)
    return f"{question} ({named})" if named and fold(named) not in fold(question) else question


def _question(text: str, like: str = "") -> str:
    """Return a text as a question: a capital first, and the marks that another question has."""
    text = text.strip(ENDS)
    mark = "？" if re.search(r"[\u3040-\u30ff\u3400-\u9fff]", text) else "?"
    first = "¿" if like.lstrip().startswith("¿") else ""
    space = like.rstrip()[-2:-1] if re.search(r"\s\?\s*$", like) else ""
    return f"{first}{text[:1].upper()}{text[1:]}{space}{mark}"
