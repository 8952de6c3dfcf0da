"""Token logits of the passages read → what they say of each candidate sentence, and the short answer in one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.encoder import FloatArray
from rag.passage_reading import TokenLogits

# What each column of SentenceEvidence.features holds: logits of the sentence (log-sum of its tokens' for a short answer
# that begins, and ends, in it; mean of its tokens' for the sentence), the same less the log-sum over all that was read
# and "none", and their sum less the greatest of the other sentences.
EVIDENCE = ("start", "end", "answers", "start_share", "end_share", "answers_share", "reader_lead")
# A short answer in tokens; XQuAD-R's are 99 times in 100 shorter.
LONGEST_ANSWER = 30
_LIMIT = 15.0


@dataclass(frozen=True, slots=True)
class ShortAnswer:
    """Words of a sentence.

    Attributes:
        start, end: half-open offsets in its article.
        certainty: that the answer begins and ends there, if it is in this sentence, 0 to 1.
    """

    start: int
    end: int
    certainty: float


class SentenceEvidence:
    """What the network found for the candidates of one question, passage by passage.

    Attributes:
        read: which candidates stand in a passage that was read, shape (c,).
    """

    def __init__(self, candidates: int) -> None:
        self.read = np.zeros(candidates, np.bool_)
        self._logits = np.full((candidates, 3), -np.inf, np.float32)
        self._tokens: dict[int, tuple[FloatArray, npt.NDArray[np.int64]]] = {}

    def add(self, found: TokenLogits, sentences: Iterable[tuple[int, int, int]], offset: int) -> None:
        """Take in a passage.

        Args:
            sentences: each candidate in it: its place, and its half-open offsets in the article.
            offset: where the passage begins in the article.
        """
        spans = found.spans + offset
        for place, start, end in sentences:
            inside = (spans[:, 0] < end) & (spans[:, 1] > start)
            if not inside.any():
                continue
            values = found.values[inside]
            logits = np.asarray([_log_sum(values[:, 0]), _log_sum(values[:, 1]), values[:, 2].mean()], np.float32)
            # A sentence in two passages that overlap counts as in the one where it looks the better.
            if not self.read[place] or logits.sum() > self._logits[place].sum():
                self.read[place] = True
                self._logits[place] = logits
                clipped = np.stack([np.maximum(spans[inside, 0], start), np.minimum(spans[inside, 1], end)], axis=1)
                self._tokens[place] = (values, clipped)

    def features(self) -> FloatArray:
        """Return what the conditional logit judges by, shape (c, len(EVIDENCE)); zeros for what was not read."""
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

    def short_answer(self, place: int) -> ShortAnswer | None:
        """Return the likeliest short answer in a candidate; None if that was not read."""
        if place not in self._tokens:
            return None
        values, spans = self._tokens[place]
        starts, ends = values[:, 0], values[:, 1]
        first, last = best_span(starts, ends)
        certainty = float(np.exp(starts[first] + ends[last] - _log_sum(starts) - _log_sum(ends)))
        return ShortAnswer(int(spans[first, 0]), int(spans[last, 1]), certainty)


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
