"""A question's numbers, written as the sentences write them that may answer it.

The network reads letters: to it "1850 signatures" is a year and no number of signatures where the article has "1,850",
and "24 rooms" nearer to "11 rooms" than to "twenty-four rooms".
"""

from __future__ import annotations

from collections.abc import Iterable

from index import Index
from index.search.lexical import stem, words
from index.search.numbers import Number, find_numbers
from rag.conversation.language import question_language
from rag.conversation.wording import ENDS
from rag.retrieval.spelling import YEARS

# A number beside one of these is a part of a time, a date or a name.
_JOINED = frozenset(":-/–.")


def numbers_as_written(question: str, rows: Iterable[int], index: Index) -> str:
    """Return a question with each number as the first sentence writes it that has it.

    A number that any of the sentences writes as the question does stays as it is; so does one that may be a year, but
    where the same word stands behind it.

    Args:
        rows: the sentences, likeliest first.
    """
    asked = question_language(words(question))
    sought = [one for one in find_numbers(question, {asked, *index.languages}) if _stands_alone(one, question)]
    found: dict[int, str] = {}
    for row in rows if sought else ():
        language = index.language_and_beginning(int(index.sentences[row, 0]))[0]
        text = index.sentence_text(row)
        for other in find_numbers(text, {language}):
            form = text[other.start : other.end]
            for place, one in enumerate(sought):
                own = question[one.start : one.end]
                if set(one.readings).isdisjoint(other.readings) or not _stands_alone(other, text):
                    continue
                if _may_be_year(own):
                    noun = _noun_behind(one, question, language)
                    if not noun or noun != _noun_behind(other, text, language):
                        continue
                if form.casefold() == own.casefold():
                    found[place] = own
                else:
                    found.setdefault(place, form)
    for place in sorted(found, reverse=True):
        question = question[: sought[place].start] + found[place] + question[sought[place].end :]
    return question


def _stands_alone(number: Number, text: str) -> bool:
    before, behind = text[: number.start][-1:], text[number.end :].rstrip(ENDS)[:1]
    return not number.in_word and before not in _JOINED and behind not in _JOINED


def _may_be_year(written: str) -> bool:
    return written.isdigit() and int(written) in YEARS


def _noun_behind(number: Number, text: str, language: str) -> str:
    following = words(text[number.end :])[:1]
    return stem(following[0], language) if following else ""
