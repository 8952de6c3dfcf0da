"""A probability in words."""

from __future__ import annotations

from ui.texts.words import Texts


def percent(probability: float, texts: Texts) -> str:
    """Return a probability, 0 to 1, in whole per cent; never "0 %" or "100 %", which no estimate earns."""
    number = f"{round(probability * 100)}"
    if probability < 0.01:
        number = "<\u00a01" if texts.language == "de" else "<1"
    elif probability > 0.99:
        number = ">\u00a099" if texts.language == "de" else ">99"
    return texts.percent.format(number=number)
