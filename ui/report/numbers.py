"""How a report names its measures and writes their values, in the language of its page."""

from __future__ import annotations

import math
from collections.abc import Mapping

from ui.texts import Texts

_RANKED = ("hit@1", "hit@3", "hit@5", "hit@10", "RR", "nDCG@10", "R@5", "R@10", "AP")
# Section → its measures, both in the order of the tables.
SECTIONS: Mapping[str, tuple[str, ...]] = {
    "sentences": _RANKED,
    "passages": tuple(f"passage {measure}" for measure in _RANKED),
    "articles_ranked": tuple(f"article {measure}" for measure in _RANKED),
    "citations": (
        "citation precision",
        "citation recall",
        "citation F1",
        "citations per answer",
        "characters per answer",
    ),
    "answers": ("EM", "F1", "text EM", "text F1", "best right", "right", "complete", "precision"),
    "prose": ("prose", "prose failed", "prose statements", "prose supported", "prose precision", "prose recall"),
    "abstention": ("answered", "refused", "abstention precision", "abstention recall", "AUROC", "ECE", "AURC"),
}
# The columns of the tables by category and by language.
GROUPED = ("hit@1", "hit@3", "RR", "citation F1", "right", "refused")
# The kinds of failure, in the order in which the page shows them.
FAILURES = ("wrong sentence", "incomplete", "not retrieved", "abstained", "mistaken", "answered the unanswerable")
# The measures that have no upper bound, with the decimals shown.
DECIMALS = {"citations per answer": 2, "characters per answer": 0, "prose statements": 2}
# These lie between 0 and 1, but are not a share of anything: they are written as 0.512, not as 51.2 %.
_SCORES = ("RR", "AP", "nDCG@10", "AUROC", "AURC", "ECE")
_SCORE_DECIMALS = 3


class Numbers:
    """Names and values as people of one language read them: "87,4 %" in German, "87.4%" in English."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def name(self, measure: str) -> str:
        """Return a measure's name in words; the measure itself where it has none."""
        bare = measure.removeprefix("passage ").removeprefix("article ")
        return self._texts.get(f"measures.{measure}", self._texts.get(f"measures.{bare}", measure))

    def failure(self, kind: str) -> str:
        """Return the heading of a kind of failure; the kind itself where it is not known."""
        return self._texts.get(f"failures.{kind}.name", kind)

    def figure(self, measure: str, value: float, *, digits: int = 1, signed: bool = False) -> str:
        """Return a measure's value: a share in per cent, anything else as a number; "–" where it is not finite.

        Args:
            digits: the decimals of a share.
            signed: whether to write a plus too, as for a difference.
        """
        if measure in DECIMALS or measure.rpartition(" ")[2] in _SCORES:
            plain = self._texts.number(value, DECIMALS.get(measure, _SCORE_DECIMALS))
        else:
            plain = self._texts.percent(value, digits)
        is_positive = math.isfinite(value) and value > 0 and any(digit in plain for digit in "123456789")
        return f"+{plain}" if signed and is_positive else plain

    def interval(self, measure: str, low: float, high: float, *, digits: int = 1, signed: bool = False) -> str:
        """Return a measure's interval: "80,1 – 93,4 %", signed "-3,0 bis +26,1 %"; "" where it is not known."""
        if not (math.isfinite(low) and math.isfinite(high)):
            return ""
        first, last = (self.figure(measure, end, digits=digits, signed=signed) for end in (low, high))
        # The unit is written once, after both. Between signs a dash would be read as a minus.
        first = first.rstrip("%").rstrip()
        return self._texts("report.signed_range" if signed else "report.range", low=first, high=last)

    def seconds(self, value: float) -> str:
        """Return a duration in seconds, or in milliseconds where it is below one; "–" where it is not finite."""
        if not math.isfinite(value):
            return self._texts.number(value)
        if value < 1:
            return f"{self._texts.number(1000 * value)}\u00a0ms"
        return f"{self._texts.number(value, 1)}\u00a0s"
