"""Token logits of the passages read → the evidence for each candidate sentence, and the short answer in one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.models.encoder import FloatArray
from rag.reader.network import TokenLogits

# The columns of SentenceEvidence.features, for a sentence:
# start, end: log-sum over its tokens of the logit that a short answer begins, or ends, there;
# answers: mean over its tokens of the logit that their sentence answers;
# start_share, end_share, answers_share: the same less the log-sum over all sentences read and "none";
# reader_lead: start + end + answers, less the greatest such sum of another sentence.
EVIDENCE = ("start", "end", "answers", "start_share", "end_share", "answers_share", "reader_lead")
# Of a short answer, in tokens; of XQuAD-R's, 99 in 100 are shorter.
LONGEST_ANSWER = 30
# Of a sentence, as many of the likeliest beginnings and ends are tried, and as many spans of them are compared.
LIKELY_ENDS = 8
LIKELY_SPANS = 20
_LIMIT = 15.0
# Characters at either end of a span that belong to the sentence and not to the answer.
_EDGES = "|` \t\n\u00a0\u3000,;:.!?…–—-„“”\"'«»‚‘’()[]。，、；：？！「」『』（）"
_PAIRS = {"`": "`", ")": "(", "]": "[", "“": "„", "”": "“", "»": "«", '"': '"', "」": "「", "』": "『", "）": "（"}


@dataclass(frozen=True, slots=True)
class ShortAnswer:
    """Words of a sentence.

    Attributes:
        start, end: half-open offsets in its article.
        certainty: probability, 0 to 1, that the answer begins and ends there if it is in this sentence.
    """

    start: int
    end: int
    certainty: float


@dataclass(frozen=True, slots=True)
class LikelySpans:
    """The n most likely short answers in a sentence, most likely first.

    Attributes:
        offsets: half-open, in the article, shape (n, 2).
        chances: logarithm of the probability that the answer begins and ends there, if it is in this sentence, (n,).
        states: mean of the lower layers' states over a span's tokens, shape (n, hidden).
    """

    offsets: npt.NDArray[np.int64]
    chances: FloatArray
    states: FloatArray


class SentenceEvidence:
    """The network's evidence for the c candidates of one question, collected passage by passage.

    Attributes:
        read: whether a candidate stands in a passage that was read, shape (c,).
    """

    def __init__(self, candidates: int) -> None:
        self.read = np.zeros(candidates, np.bool_)
        self._logits = np.full((candidates, 3), -np.inf, np.float32)
        self._tokens: dict[int, tuple[FloatArray, npt.NDArray[np.int64]]] = {}
        # The states of a passage's tokens, and which of them are the sentence's.
        self._states: dict[int, tuple[FloatArray, npt.NDArray[np.bool_]]] = {}

    def add(self, found: TokenLogits, sentences: Iterable[tuple[int, int, int]]) -> None:
        """Add the logits of a passage.

        Args:
            found: with spans in the article.
            sentences: the candidates in it: the place and the half-open offsets in the article of each.
        """
        spans = found.spans
        for place, start, end in sentences:
            inside = (spans[:, 0] < end) & (spans[:, 1] > start)
            if not inside.any():
                continue
            values = found.values[inside]
            logits = np.asarray([_log_sum(values[:, 0]), _log_sum(values[:, 1]), values[:, 2].mean()], np.float32)
            # Of a sentence in two passages that overlap, the higher logits count.
            if not self.read[place] or logits.sum() > self._logits[place].sum():
                self.read[place] = True
                self._logits[place] = logits
                clipped = np.stack([np.maximum(spans[inside, 0], start), np.minimum(spans[inside, 1], end)], axis=1)
                self._tokens[place] = (values, clipped)
                if found.states is not None:
                    self._states[place] = (found.states, inside)

    def features(self) -> FloatArray:
        """Return the features for the conditional logit, shape (c, len(EVIDENCE)); zeros for what was not read."""
        features = np.zeros((len(self.read), len(EVIDENCE)), np.float32)
        own = self._logits[self.read]
        totals = np.asarray([np.logaddexp(0.0, _log_sum(own[:, kind])) for kind in range(3)])
        sums = own.sum(1)
        ranked = np.sort(sums)[::-1]
        first = ranked[0] if len(ranked) else 0.0
        second = ranked[1] if len(ranked) > 1 else first - _LIMIT
        lead = sums - np.where(sums == first, second, first)
        features[self.read] = np.clip(np.column_stack([own, own - totals, lead]), -_LIMIT, _LIMIT)
        return features

    def answer_logits(self, place: int) -> float:
        """Return the sum of a read candidate's begin and end logits: above 0, an answer in it is likelier than none."""
        return float(self._logits[place, :2].sum())

    def short_answer(self, place: int) -> ShortAnswer | None:
        """Return the most likely short answer in a candidate; None if it was not read."""
        if place not in self._tokens:
            return None
        values, spans = self._tokens[place]
        starts, ends = values[:, 0], values[:, 1]
        first, last = best_span(starts, ends)
        certainty = float(np.exp(starts[first] + ends[last] - _log_sum(starts) - _log_sum(ends)))
        return ShortAnswer(int(spans[first, 0]), int(spans[last, 1]), certainty)

    def likely_spans(self, place: int) -> LikelySpans | None:
        """Return the most likely short answers in a candidate; None if it was not read or its states were not kept."""
        if place not in self._states:
            return None
        values, spans = self._tokens[place]
        all_states, inside = self._states[place]
        sums = np.concatenate([np.zeros((1, all_states.shape[1]), np.float32), all_states[inside].cumsum(0)])
        starts, ends = values[:, 0] - _log_sum(values[:, 0]), values[:, 1] - _log_sum(values[:, 1])
        firsts, lasts = (np.argsort(-logits, kind="stable")[:LIKELY_ENDS] for logits in (starts, ends))
        first, last = (grid.ravel() for grid in np.meshgrid(firsts, lasts, indexing="ij"))
        fits = (last >= first) & (last - first < LONGEST_ANSWER)
        first, last = first[fits], last[fits]
        order = np.argsort(-(starts[first] + ends[last]), kind="stable")[:LIKELY_SPANS]
        first, last = first[order], last[order]
        return LikelySpans(
            np.column_stack([spans[first, 0], spans[last, 1]]),
            starts[first] + ends[last],
            (sums[last + 1] - sums[first]) / (last + 1 - first)[:, None],
        )


def best_span(starts: FloatArray, ends: FloatArray) -> tuple[int, int]:
    """Return the first and last token whose logits sum highest, the last not before the first nor too far after."""
    best, found = -np.inf, (0, 0)
    for length in range(min(LONGEST_ANSWER, len(starts))):
        sums = starts[: len(starts) - length] + ends[length:]
        first = int(sums.argmax())
        if sums[first] > best:
            best, found = float(sums[first]), (first, first + length)
    return found


def _log_sum(values: FloatArray) -> float:
    if not len(values):
        return -np.inf
    highest = values.max()
    return float(highest + np.log(np.exp(values - highest).sum()))


def trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Return a span of a text without the spaces and punctuation at its ends, None where nothing else is in it.

    A closing mark stays if its opening one is inside. The full stop of an abbreviation or ordinal is removed.
    """
    while start < end and text[start] in _EDGES and not _begins(text, start, end):
        start += 1
    while start < end and text[end - 1] in _EDGES:
        opening = _PAIRS.get(text[end - 1])
        if opening and opening in text[start : end - 1]:
            break
        end -= 1
    return (start, end) if start < end else None


def _begins(text: str, start: int, end: int) -> bool:
    if text[start] in "-–" and text[start + 1 : start + 2].isdigit():
        return True
    return any(_PAIRS.get(mark) == text[start] for mark in text[start + 1 : end])
