"""What a question means after the turns before it, without an LLM.

A reader that was trained for it is given a message with the turns before it (`in_context`). And a question that cannot
stand alone is rewritten with the words of the one that it continues, so that one text is searched for, given to any
reader and shown: "Who designed the bridge?" – "And when?" is read as "When designed the
bridge?". An interrogative takes the place of the earlier one, a noun that of the most similar noun, and a correction
that of what it corrects. A pronoun stays, and what the earlier question named is put behind it in brackets. What an
earlier question asked for is left out there, because a reader that knows no turns answers it again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from index.search.lexical import fold
from rag.answer import Citation, Turn
from rag.conversation.dependence import (
    asks_beyond,
    asks_for_others,
    holding_at,
    is_fragment,
    is_nominal,
    is_possessed,
    leans,
    with_circumstance,
)
from rag.conversation.language import FUNCTION_PATTERNS, FUNCTION_WORDS
from rag.conversation.message import questions_of
from rag.conversation.nouns import (
    is_named,
    named_in,
    runs_of,
)
from rag.conversation.query import Query
from rag.conversation.substitution import (
    Similarity,
    as_question,
    asking,
    asking_of_counted,
    at_another_time,
    in_brackets,
    of_another_person,
    with_noun,
)
from rag.conversation.wording import ENDS, Wording, wording, words_of
from rag.reader.question_kind import asked_in_words
from rag.reader.superlative import names_one_of_all

# Of the earlier question. With a longer one, the new question could lie beyond the encoder's 512 tokens.
MAX_EARLIER_CHARACTERS = 500
# Each costs as much as the first reading. No data.
MAX_OTHERS = 3
# Turns before a question that it is read with. The reader was trained with so many.
MAX_IN_CONTEXT = 2
# What a question is about, named before it.
_AHEAD = re.compile(r"(?P<named>[^:,?!.]{2,60}?)\s*[:,–-]\s+(?P<asked>[^:,]{3,})$")
# French: what follows is a sentence, and takes no other interrogative.
_QUE = re.compile(r"(?i)\best[\s-]ce\s+qu")
_IN_BRACKETS = re.compile(r"\s*\([^()]*\)\s*$")


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
    if ahead := _named_ahead(question):
        return ahead
    topic = topic_of(turns)
    if topic is None:
        return _or_without_also(Query(question))
    query = _or_without_also(_rewritten(question, turns, topic, similar))
    if topic.cited and asks_for_others(question):
        query = _of_others(query, _answered_from(topic.cited, turns), topic.cited)
    return replace(query, in_context=in_context(question, turns))


def _of_others(query: Query, answered: str, cited: tuple[Citation, ...]) -> Query:
    # What is said of "the other one", and of the one before, is no answer.
    kept = [one for one in query.others if not one.is_about and not _IN_BRACKETS.search(one.asked)]
    others = tuple(_of_others(one, answered, cited) for one in kept)
    return replace(query, of_others=True, answered_before=answered, cited_before=cited, others=others)


def _named_ahead(question: str) -> Query | None:
    """Return "Back to Clara: when was she born?" read as asked of what it names first; None for other questions."""
    found = _AHEAD.match(question)
    if not found or wording(question).corrects:
        return None
    now = wording(found["asked"])
    named = wording(found["named"], prefer=now.language or "en")
    known = FUNCTION_WORDS.get(now.language)
    points = now.asks and "pronoun" in now.kinds and now.points
    # "When it rains, where do they meet?" names nothing.
    if known is None or not points or named.asks or {"auxiliary", "pronoun"} & named.kinds or not named.content:
        return None
    *_, last = runs_of(named, named.content)
    about = named.text[last[0].start : last[-1].end]
    asked = as_question(now.rest, now.text)
    return Query(asked, f"{asked} ({about})", said=f"{asked} ({about})", others=(Query(f"{asked} ({about})"),))


def _or_without_also(query: Query) -> Query:
    """Return a question by itself, read without its "also" too where nothing answers it with that.

    "Are there concerts too?": of what was said before, and no condition of what is asked.
    """
    now = wording(query.asked)
    known = FUNCTION_WORDS.get(now.language)
    if known is None or query.others:
        return query
    kept = [word for word in query.asked.split() if fold(word.strip(ENDS)) not in known.also]
    plain = as_question(" ".join(kept), query.asked) if kept else query.asked
    return replace(query, others=(Query(plain),)) if len(kept) < len(query.asked.split()) else query


def _rewritten(question: str, turns: Sequence[Turn], topic: Topic, similar: Similarity | None) -> Query:
    said = turns[-1].answer.language if turns[-1].answer else ""
    before = wording(topic.text[:MAX_EARLIER_CHARACTERS], prefer=said or wording(question).language or "en")
    now = wording(question, prefer=before.language or "en")
    if now.corrects:
        read = _read(turns[-1])
        wrong = questions_of(without_brackets(read))[-1]
        query = _corrected(now, wording(wrong[:MAX_EARLIER_CHARACTERS], prefer=before.language or "en"), topic, similar)
        # "The weight?" is asked of what the corrected question was about.
        if (about := _IN_BRACKETS.search(read)) and query.asked == as_question(now.rest, wrong):
            query = replace(query, said=query.asked + about.group().rstrip())
        return replace(query, of_other=True)
    if not leans(now):
        # "Which summit was that? – When was this summit?": it stands alone, and means the one that was named.
        known = _names_again(now, before)
        if known:
            return Query(question, f"{topic.text} {question}", topic.cited)
        # In other languages it may lean on the turn before all the same.
        # "And who is the customer?" may be asked of the row that was cited.
        cited = topic.cited if now.opened and len(topic.cited) == 1 else ()
        return Query(question, "", cited, of_other=now.language in FUNCTION_WORDS)
    if when := holding_at(now):
        return Query(at_another_time(before, when), "", topic.cited)
    if beyond := asks_beyond(now):
        # It goes on from the sentences that were cited last, whatever these were asked with.
        last = next((turn for turn in reversed(turns) if turn.answer and turn.answer.citations), None)
        if last:
            before = wording(without_brackets(_read(last))[:MAX_EARLIER_CHARACTERS], prefer=before.language or "en")
        asked = _asking_beyond(now, before)
        # "Why did it go up? – What was it before?": the topic says what "it" is.
        named = before if named_in(before) else wording(topic.text[:MAX_EARLIER_CHARACTERS], prefer=before.language)
        query = Query(
            asked,
            f"{topic.text} {now.rest}",
            topic.cited,
            beyond,
            in_brackets(asked, named),
            answered_before=_answered_from(topic.cited, turns),
        )
        return _or_named(query)
    # The last turn may have gone on from the topic, and be meant itself: "Who pays? – How much? – Since when?"
    last_read = [wording(text, prefer=before.language or "en") for text in _last_read(turns, topic)]
    if is_fragment(now):
        # "What is the rent? – Does it include heating? – Why not?": the last says more than the topic.
        both = sorted([before, *last_read], key=lambda one: one is before or not one.points)
        brackets = _IN_BRACKETS.search(_read(turns[-1]))
        it = brackets.group().strip() if brackets else ""
        first = _first((meant for one in both for meant in _continued(now, one, topic, before, it)), of_other=True)
        # When and where is said with what happened, why and what for is not.
        return replace(first, of_cited=asked_in_words(question) in ("time", "place"))
    if where := with_circumstance(now):
        # "How many in Sweden?" does not repeat what is counted.
        same = now.asks == before.asks and not now.focus and before.focus
        other = before if same else wording(asking(before, now.asked_by), prefer=before.language or "en")
        return Query(with_noun(wording(where, prefer=now.language), other, similar), "", topic.cited)
    if of_another := of_another_person(now, before):
        return Query(of_another, f"{topic.text} {of_another}", topic.cited)
    if is_possessed(now):
        return replace(_pointing(now, before, topic), of_cited=True)
    if is_nominal(now):
        # "May I keep a cock? – Why not? – And bees?": of what is allowed, and not of why, or how.
        why = is_fragment(wording(turns[-1].question)) and asked_in_words(turns[-1].question) == "manner"
        both = [before, *(one for one in last_read if not (one.points or why))]
        alone = as_question(now.rest, topic.text)
        # With its likeliest place third, where no word is alike: "What does a tube cost?" – "And brakes?"
        made = dict.fromkeys([*(with_noun(now, one, similar) for one in both), with_noun(now, before, None)])
        made.pop(alone, None)
        readings = [
            Query(text, f"{text} {now.rest}" if fold(now.rest) not in fold(text) else "", topic.cited) for text in made
        ]
        readings += [Query(alone, "", topic.cited, is_about=True), Query(in_brackets(alone, before), "", topic.cited)]
        is_other = "preposition" not in now.kinds
        noun = " ".join(now.text[token.start : token.end] for token in now.content) if is_other else ""
        return _first((replace(one, noun=noun) for one in readings), of_other=is_other)
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
    if not answered:
        return []
    read = questions_of(without_brackets(_read(answered[-1])))[-1]
    now = wording(read[:MAX_EARLIER_CHARACTERS])
    points = now.points and bool(now.content) and "auxiliary" in now.kinds and not _QUE.search(now.text)
    points = points and not is_fragment(wording(answered[-1].question, prefer=now.language or "en"))
    asks = bool(now.asks or "auxiliary" in now.kinds) and (points or not leans(now))
    return [now.text] if asks and fold(read) != fold(topic.text) else []


def without_brackets(question: str) -> str:
    """Return a question without what an earlier one named, which stands behind it in brackets."""
    return _IN_BRACKETS.sub("", question)


def in_context(question: str, history: Sequence[Turn]) -> str:
    """Return a question with the turns before it in brackets, for a reader that makes out itself what it goes on from.

    The last MAX_IN_CONTEXT questions that were answered, each with its short answer: "And when? (Who designed the
    bridge?: Ines Faber)"; "" where none was, since that says little of what is meant. The reader was trained on such
    questions (training/written.py).
    """
    given = [turn for turn in history if turn.answer is None or not turn.answer.abstained][-MAX_IN_CONTEXT:]
    said = [": ".join(filter(None, (turn.question.strip(), _short_answer(turn)))) for turn in given]
    return f"{question.strip()} ({'; '.join(said)})" if said else ""


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
                standing = question if not leans(now) else meant if now.corrects or is_nominal(now) else ""
                # "How many stalls?" names what it asks about.
                counts = now.asks == "number" and bool(now.focus) and is_fragment(now) and "pronoun" not in now.kinds
                if counts or (standing and not leans(wording(without_brackets(standing)))):
                    return Topic(standing or question, _short_answer(turn), _cited(answered))
    return Topic(_read(turns[0]), _short_answer(turns[0]), _cited(answered))


def _read(turn: Turn) -> str:
    return (turn.answer.read_as if turn.answer else turn.question).strip()


def _short_answer(turn: Turn) -> str:
    return turn.answer.statements[0].text if turn.answer and turn.answer.span and turn.answer.statements else ""


def _answered_from(cited: Sequence[Citation], turns: Sequence[Turn]) -> str:
    """Return the short answers that some sentences were cited for, in any turn."""
    places = {(one.article_id, one.sentence_index) for one in cited}
    given = (
        _short_answer(turn)
        for turn in turns
        if turn.answer and places & {(one.article_id, one.sentence_index) for one in turn.answer.citations}
    )
    return " ".join(filter(None, given))


def _cited(answered: Sequence[Turn]) -> tuple[Citation, ...]:
    """Return what the last answer cited; of rows that were compared, the one that has the most."""
    answer = answered[-1].answer if answered else None
    if answer is None:
        return ()
    return answer.citations[:1] if answer.span and names_one_of_all(answer.read_as) else answer.citations


def _pointing(now: Wording, before: Wording, topic: Topic) -> Query:
    """Read a question with a pronoun as it stands; what the earlier one named is searched for, and shown."""
    person = before.personal and "person" in now.kinds
    # "Which ferry is the oldest?" – "And its capacity?" is of the one that was told.
    told = person or names_one_of_all(before.text)
    named = topic.answered if told and topic.answered else named_in(before)
    if person and _names_person(before):
        # In German it may be an office, too: "Wer ist Bürgermeister?"
        answered = topic.answered if before.language == "de" else ""
        named = ", ".join(filter(None, (before.text[before.content[0].start : before.content[-1].end], answered)))
    asked = as_question(now.rest, now.text)
    if not named:
        return Query(asked, f"{topic.text} {now.rest}", topic.cited)
    searched = f"{asked} ({named})"
    query = _or_named(Query(asked, searched, topic.cited, said=searched))
    if before.asks == "which" and before.focus and topic.answered and "person" not in now.kinds and not told:
        # "Which model has a filter, and how much does it cost?": of what was found, where nothing answers otherwise.
        found = f"{asked} ({topic.answered})"
        query = replace(query, others=(*query.others, Query(found, "", topic.cited)))
    return query


def _names_person(before: Wording) -> bool:
    """Return whether a question asks of somebody by name who that is: "who is Aoki?", not "who is the mayor?"."""
    known = FUNCTION_WORDS.get(before.language)
    if known is None or not before.personal:
        return False
    asked = words_of(before.rest[len(before.asked_by) :])
    # "Is" and a name.
    is_all = len(asked) == len(before.content) + 1 and asked[0].folded in known.auxiliaries
    return is_all and bool(before.content) and all(token.text[0].isupper() for token in before.content)


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


def _continued(now: Wording, before: Wording, topic: Topic, root: Wording, it: str) -> list[Query]:
    """Read "and when?" as the earlier question with another interrogative, or of what the earlier one is about.

    Args:
        before: the earlier question.
        root: the one that names what its pronoun stands for; `before` itself where it has none.
        it: what the last answer said that its pronoun stands for, in brackets.
    """
    phrase = now.asked_by if "auxiliary" in now.kinds else now.rest
    # "How long" takes the place of "how wide", "how many" that of "how many"; "when", "in which year" that of any.
    takes_place = now.asks in ("adverbial", before.asks) or "preposition" in now.kinds
    if before is not root and before.points:
        again = asking(before, phrase)
        said = f"{again} {it}" if it else in_brackets(again, root)
        return [Query(again, said, topic.cited, said=said)] if takes_place else []
    of_it = in_brackets(as_question(now.rest, now.text), before)
    if now.asks == "adverbial" and before.asks == "number" and before.focus:
        return [Query(asking_of_counted(before, phrase), "", topic.cited)]
    again = asking(before, phrase)
    if before.asks == "which" and before.focus and "neuter" in now.kinds and "auxiliary" in now.kinds:
        # "Which room do we have? – Where is it?": of the one that was found.
        named = before.text[before.focus[0].start : before.focus[-1].end]
        if topic.answered:
            named = topic.answered if fold(named) in fold(topic.answered) else f"{named} {topic.answered}"
        of_answer = f"{as_question(now.rest, now.text)} ({named})"
        return [Query(text, "", topic.cited) for text in (of_answer, again)]
    return [Query(text, "", topic.cited) for text in ((again, of_it) if takes_place else (of_it, again))]


def _corrected(now: Wording, before: Wording, topic: Topic, similar: Similarity | None) -> Query:
    """Read a correction as the question that it corrects, with the right words in the place of the wrong ones."""
    # "Falsch, das war in Washington" is a sentence, and takes the place of nothing.
    # "2 hours" is one noun.
    runs = [run for run in runs_of(now, now.content) if not all(token.text.isdigit() for token in run)]
    is_whole = bool({"asking", "auxiliary"} & now.kinds) or len(runs) > 1
    if (now.asks and not is_fragment(now)) or (is_whole and not now.replaced):
        # "I meant the debts, how much is that?" names what its pronoun stands for.
        points = now.points and not any(is_named(now, run) for run in runs_of(now, now.content))
        return _pointing(now, before, topic) if points else Query(as_question(now.rest, now.text))
    if now.asks:
        return Query(asking(before, now.rest))
    return Query(with_noun(now, before, similar))


def _asking_beyond(now: Wording, before: Wording) -> str:
    """Return the question for what came before or after: the earlier one of another time, or what there was then."""
    if now.asks or "auxiliary" in now.kinds:
        return as_question(now.rest, now.text)
    if before.asks and not before.asks_when:
        return at_another_time(before, now.rest)
    known = FUNCTION_WORDS.get(now.language) or FUNCTION_PATTERNS[now.language]
    if now.language in FUNCTION_PATTERNS:
        return as_question(now.rest + known.there_was, now.text)
    return as_question(f"{known.there_was} {now.rest}", before.text)
