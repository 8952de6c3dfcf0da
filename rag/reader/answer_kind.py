"""The short answer of the kind that a question asks for: a year is no person, and a yes/no question gets no words.

Small linear models tell which kind a question asks for, and of which kind a span is. They read states that the reader
has anyway: those after the lower layers, which are the encoder's and read question and passage apart. So they cost no
further pass, depend on no training of the reader, and work in any of the encoder's languages. benchmarks/fit_kinds.py
fits them on public questions, whose interrogatives are the labels (who asks "Wer" is answered with somebody).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index import Index
from index.models.encoder import FloatArray
from index.search.lexical import fold, stem, without, words
from index.search.numbers import Number, find_numbers
from rag.conversation.language import FUNCTION_WORDS, question_language
from rag.conversation.wording import wording
from rag.reader.evidence import LikelySpans, SentenceEvidence, ShortAnswer
from rag.reader.quantity import quantities
from rag.reader.question_kind import KINDS, Asked, asked_in_words

WEIGHTS = Path(__file__).with_name("answer_kinds.npz")
# Tokens before a question's own: the special one and the encoder's prompt, "query: ". One special token follows it.
PROMPT_TOKENS = 4
# Keeps the logarithm of a share finite.
_LEAST = 1e-4
# Weight of the kind's log ratio beside the logits: an interrogative is a weak label, and the logits know it too.
LIFT = 0.5
# Of so many words, a question is found again by chance no more.
_FEWEST_OF_A_QUESTION = 4
# "Was kostet das? Antwort: 5 Euro." has more after it.
_MOST_AFTER = 1
_NEXT = re.compile(r"[\s\u00a0\u202f-]*([^\W\d_]+)")
# Before a number that others are a part of: "of the 24 rooms".
_PART = re.compile(r"(?i)\b(?:of|von|aus|de|des|di|dei|sur|su|entre)(?:\s+(?:the|den|les|los|las|its|their))?\s+$")


@dataclass(frozen=True, slots=True)
class KindBars:
    """When a short answer is of another kind than asked, or not told from another one.

    Attributes:
        asked: least probability that "what" or "which", or a question whose words do not tell, asks for a kind.
        answer: least share of the kind asked among the four kinds of a span.
        certain: from this certainty on a span is given whatever its kind.
        lead: least lead, in nats, over the likeliest span elsewhere in the sentence.
    """

    asked: float
    answer: float
    certain: float
    lead: float


class AnswerKinds:
    """Judges questions and spans by their states."""

    def __init__(self, path: Path = WEIGHTS) -> None:
        with np.load(path, allow_pickle=False) as arrays:
            self._fitted = {name: arrays[name].astype(np.float32) for name in arrays.files}

    def asked(self, question: str, states: FloatArray, bar: float) -> Asked:
        """Return the kind that a question asks for.

        Args:
            states: of its tokens after the lower layers, with prompt and special tokens, shape (tokens, hidden).
            bar: see KindBars.asked.
        """
        told = asked_in_words(question)
        if told not in (None, "thing"):
            return told
        pooled = pooled_question(states)
        if told is None and pooled @ self._fitted["closed_weights"] + self._fitted["closed_bias"] > 0:
            return "yes or no"
        shares = _softmax(pooled @ self._fitted["asked_weights"].T + self._fitted["asked_bias"])[: len(KINDS)]
        likeliest = int(shares.argmax())
        return KINDS[likeliest] if shares[likeliest] >= bar else "thing"

    def of_spans(self, states: FloatArray) -> FloatArray:
        """Return the probabilities of KINDS, and last of none of them, shape (n, 5), from mean states, (n, hidden)."""
        return _softmax(states @ self._fitted["span_weights"].T + self._fitted["span_bias"])

    def agreement(self, states: FloatArray, asked: Asked) -> tuple[FloatArray, FloatArray]:
        """Return how much likelier the kind asked makes each span (a log ratio), and its share among the four kinds."""
        place = KINDS.index(asked)
        kinds = self.of_spans(states)
        lift = np.log(kinds[:, place] / self._fitted["span_prior"][place] + _LEAST)
        return lift, kinds[:, place] / (kinds[:, : len(KINDS)].sum(1) + _LEAST)


_kinds = cache(AnswerKinds)


def short_answer(
    question: str, states: FloatArray, evidence: SentenceEvidence, place: int, least: float, bars: KindBars
) -> ShortAnswer | None:
    """Return the short answer in a candidate sentence, of the kind that is asked for; None where there is none.

    Args:
        states: of the question's tokens, as for `AnswerKinds.asked`.
        place: the candidate.
        least: the certainty of the likeliest span below which nothing is given.
    """
    asked = _kinds().asked(question, states, bars.asked)
    likeliest = evidence.short_answer(place)
    if asked == "yes or no" or likeliest is None or likeliest.certainty < least:
        return None
    spans = evidence.likely_spans(place)
    if asked not in KINDS or spans is None:
        return likeliest
    return _of_kind(spans, asked, bars)


def counted(question: str, short: ShortAnswer | None, row: int, index: Index) -> ShortAnswer | None:
    """Return the number that a sentence has of what a question counts, where the short answer counts something else.

    "How many clubs took part?" "405 rowers from 23 clubs took part": 23 clubs. Of a part of them ("of 40 members 12
    voted against it") the reader knows better.

    Args:
        row: the sentence that the short answer, with offsets in its article, is of.
    """
    now = wording(question)
    if short is None or now.asks != "number" or not now.focus:
        return short
    article, _, start, end = index.locate(row)
    language, text = article.language, article.text[start:end]
    values = [one for one in quantities(text, language) if one.kind == "count"]
    inside = [one for one in values if start + one.start < short.end and start + one.end > short.start]
    noun, asked = stem(now.focus[0].folded, language), {stem(word, language) for word in words(question)}
    behind = {one.start: _NEXT.match(text, one.end) for one in values}
    of_noun = [one for one in values if (found := behind[one.start]) and stem(fold(found[1]), language) == noun]
    known = FUNCTION_WORDS.get(language)
    for one in inside:
        found = behind[one.start]
        said = fold(found[1]) if found else ""
        # "12 voted against it", "11 have a bath"
        is_of_other = said and stem(said, language) not in asked and not (known and said in known.all)
        if one not in of_noun and not is_of_other:
            return short
    if len(of_noun) != 1 or not inside or inside == of_noun or _PART.search(text[: of_noun[0].start]):
        return short
    [value] = of_noun
    found = behind[value.start]
    return ShortAnswer(start + value.start, start + (found.end() if found else value.end), short.certainty)


def words_to_find_again(question: str) -> list[str]:
    """Return the words of a question that is long enough to be known again in a text, [] for any other message."""
    asked = words(question)
    is_question = question.rstrip().endswith("?") or asked_in_words(question) is not None
    return asked if len(asked) >= _FEWEST_OF_A_QUESTION and is_question else []


def only_asks(asked: list[str], sentence: str, *, code: bool) -> bool:
    """Return whether a sentence is, or ends with, the question that was asked, and so does not answer it.

    An FAQ has its questions as lines, a manual the commands that ask them.

    Args:
        asked: what `words_to_find_again` returns.
        code: whether it is a block of code, whose other lines answer nothing either.
    """
    if not asked or max(asked, key=len) not in fold(sentence):
        return False
    said = words(sentence)
    for place in range(len(said) - len(asked) + 1):
        if said[place : place + len(asked)] == asked:
            return code or len(said) - place - len(asked) <= _MOST_AFTER
    return False


def repeats(short: str, asked: str, language: str) -> bool:
    """Return whether a short answer only says again what was asked: "for 14 years?" is answered by a whole sentence.

    One of two things that were asked about is an answer ("the red one or the blue one?").

    Args:
        language: of the sentence.
    """
    if asked_in_words(asked) is not None:
        return False
    spoken = {language, question_language(words(asked)) or language}
    known = {word for code in spoken if code in FUNCTION_WORDS for word in FUNCTION_WORDS[code].all}

    def content(text: str) -> tuple[set[str], list[Number]]:
        numbers = find_numbers(text, spoken)
        said = [word for word in words(without(text, numbers)) if word not in known]
        return {stem(word, code) for word in said for code in spoken}, numbers

    (said, counts), (again, theirs) = content(asked), content(short)
    if not again <= said or not all(any({*one.readings} & {*other.readings} for other in counts) for one in theirs):
        return False
    return 2 * (len(again) + len(theirs)) > len(said) + len(counts)


def _of_kind(spans: LikelySpans, asked: Asked, bars: KindBars) -> ShortAnswer | None:
    lift, share = _kinds().agreement(spans.states, asked)
    scores = spans.chances + LIFT * lift
    likeliest, best = int(spans.chances.argmax()), int(scores.argmax())
    # Another part of the likeliest span is no answer of another kind: where it begins and ends, the logits know better.
    if not _elsewhere(spans, likeliest)[best]:
        best = likeliest
    certainty = float(np.exp(spans.chances[best]))
    rival = scores[_elsewhere(spans, best)].max(initial=-np.inf)
    # What stands there is judged by all likely spans of it: "Mai" alone might be anything, "im Mai" is a time.
    there = np.exp(spans.chances) * ~_elsewhere(spans, best)
    other_kind = there @ share / there.sum() < bars.answer and certainty < bars.certain
    if other_kind or scores[best] - rival < bars.lead:
        return None
    start, end = spans.offsets[best].tolist()
    return ShortAnswer(start, end, certainty)


def _elsewhere(spans: LikelySpans, place: int) -> npt.NDArray[np.bool_]:
    """Return which spans share no character with one of them, shape (n,)."""
    start, end = spans.offsets[place]
    apart: npt.NDArray[np.bool_] = (spans.offsets[:, 0] >= end) | (spans.offsets[:, 1] <= start)
    # A token of no character, as some of Chinese texts are, is in its own place all the same.
    apart[place] = False
    return apart


def pooled_question(states: FloatArray) -> FloatArray:
    """Return a question's mean, first and last token states in a row, shape (3 · hidden,)."""
    own = states[PROMPT_TOKENS:-1] if len(states) > PROMPT_TOKENS + 1 else states
    return np.concatenate([own.mean(0), own[0], own[-1]])


def _softmax(scores: FloatArray) -> FloatArray:
    powers = np.exp(scores - scores.max(-1, keepdims=True))
    shares: FloatArray = powers / powers.sum(-1, keepdims=True)
    return shares
