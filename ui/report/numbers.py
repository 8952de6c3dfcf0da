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
    # Rounded to nothing, it has no side.
    shown = f"{round(value, digits) + 0.0:,.{digits}f}"
    return shown if language == "en" else shown.translate(str.maketrans(",.", ".,"))


def share(value: float, language: Language, digits: int = 1) -> str:
    """Return a share, 0 to 1, in per cent; "–" for one that is not finite."""
    if not math.isfinite(value):
        return NONE
    return decimal(100 * value, digits, language) + ("%" if language == "en" else "\u00a0%")


def figure(measure: str, value: float, language: Language, *, digits: int = 1, signed: bool = False) -> str:
    """Return a measure's value, in per cent with that many decimals or as a number; `signed` shows a plus too."""
    plain = share(value, language, digits) if not is_score(measure) else decimal(value, _decimals(measure), language)
    return f"+{plain}" if signed and math.isfinite(value) and value > 0 and not is_nothing(plain) else plain


def is_nothing(shown: str) -> bool:
    """Whether a figure, as it is shown, is zero."""
    return not any(digit in shown for digit in "123456789")


def _decimals(measure: str) -> int:
    return DECIMALS.get(measure, 3)


def interval(
    measure: str, low: float, high: float, language: Language, *, digits: int = 1, signed: bool = False
) -> str:
    """Return a measure's interval, "80,1 – 93,4 %", of a difference "-3,0 bis +26,1 %"; "" where it is not known."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    first, last = (figure(measure, end, language, digits=digits, signed=signed) for end in (low, high))
    # A dash between signs would be read as one.
    to = {"de": " bis ", "en": " to "}[language] if signed else "\u00a0–\u00a0"
    # The unit stands once, behind both.
    return f"{first.rstrip('%').rstrip()}{to}{last}"


def seconds(value: float, language: Language) -> str:
    """Return a duration: in milliseconds where it is short."""
    if not math.isfinite(value):
        return NONE
    if value < 1:
        return f"{decimal(1000 * value, 0, language)}\u00a0ms"
    return f"{decimal(value, 1, language)}\u00a0s"
