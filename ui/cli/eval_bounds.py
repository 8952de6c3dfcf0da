"""`--fail-under NAME=VALUE`: what a measure must at least be."""

from __future__ import annotations

import math
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rag.evaluation.report import Report

_OPTION = "--fail-under"
# From which likeness on a name is suggested.
_ALIKE = 0.6


def read_bound(text: str) -> tuple[str, float]:
    """Return a measure's name and its bound.

    Raises:
        BadParameter: there is no such measure, or it can never have that value.
    """
    name, _, value = (part.strip() for part in text.rpartition("="))
    name = _measure(name, text)
    try:
        bound = float(value)
    except ValueError:
        bound = math.nan
    if not math.isfinite(bound):
        raise _wrong(f"{value!r} is no number. Expected, for example, {name}=0.9.")
    _check_possible(name, value, bound)
    return name, bound


def miss(report: Report, name: str, bound: float) -> str:
    """Return what to say where a measure is worse than its bound, or was not measured; else ""."""
    from rag.evaluation.measures import LOWER_IS_BETTER

    figure = report.summary.get(name)
    if figure is None:
        return f"{name} was not measured: these questions have nothing to measure it by. Expected {bound:g}."
    worse = figure.value > bound if name in LOWER_IS_BETTER else figure.value < bound
    # As many digits as tell the two apart: 0.9496 is below 0.95.
    digits = next((d for d in (3, 4, 6) if round(figure.value, d) != round(bound, d)), 9)
    side = "above" if name in LOWER_IS_BETTER else "below"
    return f"{name} is {figure.value:.{digits}f}, {side} {bound:g}." if worse else ""


def _measure(name: str, text: str) -> str:
    from rag.evaluation.measures import ARTICLES, NAMES, PASSAGES

    by_folded = {" ".join(known.casefold().split()): known for known in NAMES}
    folded = " ".join((name or text).casefold().split())
    if name and folded in by_folded:
        return by_folded[folded]
    alike = {known: SequenceMatcher(None, folded, key).ratio() for key, known in by_folded.items()}
    near = max(alike, key=alike.__getitem__)
    perhaps = f" (perhaps {near}{'' if name else '=0.9'})" if alike[near] >= _ALIKE else ""
    fault = f"{name!r} is no measure" if name else f"{text!r} is no NAME=VALUE"
    plain = ", ".join(known for known in NAMES if known not in PASSAGES + ARTICLES)
    raise _wrong(
        f"{fault}{perhaps}. Expected NAME=VALUE with one of: {plain}; those up to AP also of passages and articles, as "
        f'"{PASSAGES[0]}", "{ARTICLES[0]}".'
    )


def _check_possible(name: str, value: str, bound: float) -> None:
    from ui.report.numbers import DECIMALS

    if bound < 0 or (bound > 1 and name not in DECIMALS):
        between = "is never below 0" if name in DECIMALS else "lies between 0 and 1"
        example = f"{bound / 100:g}" if 1 < bound <= 100 else "0.9"
        raise _wrong(f"{name}={value} is never so: {name} {between}. Expected, for example, {name}={example}.")


def _wrong(message: str) -> typer.BadParameter:
    return typer.BadParameter(message, param_hint=_OPTION)
