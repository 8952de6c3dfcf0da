"""Figures as people read them: "87,4 %" in German, "87.4%" in English, "–" where there is none."""

from __future__ import annotations

import math

from ui.texts import Language

NONE = "–"
# Measures that are no share of anything: shown as they are, with this many decimals.
DECIMALS = {"citations per answer": 2, "characters per answer": 0}
# Between 0 and 1 all the same, but nobody reads them as a percentage.
_SCORES = ("RR", "AP", "nDCG@10", "AUROC", "AURC", "ECE")


def is_score(measure: str) -> bool:
    """Whether a measure is read as a plain number rather than as a percentage."""
    return measure in DECIMALS or measure.rpartition(" ")[2] in _SCORES


def decimal(value: float, digits: int, language: Language) -> str:
    """Return a number with that many decimals; "–" for one that is not finite."""
    if not math.isfinite(value):
        return NONE
    shown = f"{value:,.{digits}f}"
    return shown if language == "en" else shown.translate(str.maketrans(",.", ".,"))


def share(value: float, language: Language, digits: int = 1) -> str:
    """Return a share, 0 to 1, in per cent; "–" for one that is not finite."""
    if not math.isfinite(value):
        return NONE
    return decimal(100 * value, digits, language) + ("%" if language == "en" else "\u00a0%")


def figure(measure: str, value: float, language: Language, *, digits: int = 1, signed: bool = False) -> str:
    """Return a measure's value, in per cent with that many decimals or as a number; `signed` shows a plus too."""
    sign = "+" if signed and math.isfinite(value) and value > 0 else ""
    if not is_score(measure):
        return sign + share(value, language, digits)
    return sign + decimal(value, DECIMALS.get(measure, 3), language)


def interval(measure: str, low: float, high: float, language: Language, *, digits: int = 1) -> str:
    """Return a measure's interval, "80,1 – 93,4 %"; "" where it is not known."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    first = figure(measure, low, language, digits=digits)
    # The unit stands once, behind both.
    return f"{first.rstrip('%').rstrip()}\u00a0–\u00a0{figure(measure, high, language, digits=digits)}"


def seconds(value: float, language: Language) -> str:
    """Return a duration: in milliseconds where it is short."""
    if not math.isfinite(value):
        return NONE
    if value < 1:
        return f"{decimal(1000 * value, 0, language)}\u00a0ms"
    return f"{decimal(value, 1, language)}\u00a0s"
