"""Plots as inline SVG whose text is text and whose colours are the page's: the one importer of matplotlib."""

from __future__ import annotations

import io
import math
import threading
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rag.evaluation.measures import eval_extra
from ui.report.inline_svg import FIRST, INK, LINE, SECOND, SOFT, inline_svg
from ui.report.numbers import decimal, share
from ui.texts import Language

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SETTINGS: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "beleg",
    "text.parse_math": False,
    "font.size": 10.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": SOFT,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": LINE,
    "grid.linewidth": 0.7,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "text.color": INK,
    "legend.frameon": False,
    "figure.constrained_layout.use": True,
}
_WIDTH, _HEIGHT = 4.5, 3.2  # inches: 324 units of the viewBox, so that on a phone's screen text keeps its size
_LABEL_CHARACTERS = 24
# matplotlib's settings belong to the process.
_drawing = threading.Lock()


def success_plot(curves: Mapping[str, Mapping[int, float]], axis: tuple[str, str], language: Language) -> str:
    """Return Success@k over k, one curve a name."""

    def draw(axes: Axes) -> None:
        for (name, curve), colour in zip(curves.items(), (FIRST, SECOND), strict=False):
            at = sorted(curve)
            axes.plot([str(k) for k in at], [curve[k] for k in at], "o-", color=colour, label=name)
        _in_percent(axes.yaxis, language)
        axes.set_ylim(0, 1.02)
        axes.legend(loc="lower right")
        _label(axes, *axis)

    return _svg("success", f"{axis[1]}: {axis[0]}", draw)


def reliability_plot(
    bins: Sequence[tuple[float, float, int]], names: tuple[str, str], axis: tuple[str, str], language: Language
) -> str:
    """Return how often an answer is right over how sure it says to be, from (confidence, accuracy, n) of each bin.

    Args:
        names: of the diagonal and of the points.
    """

    def draw(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], "--", color=SOFT, linewidth=1, label=names[0])
        known = [(c, a, n) for c, a, n in bins if n and math.isfinite(c) and math.isfinite(a)]
        most = max((n for *_, n in known), default=1)
        axes.scatter(
            [c for c, *_ in known],
            [a for _, a, _ in known],
            s=[25 + 175 * n / most for *_, n in known],
            color=FIRST,
            alpha=0.85,
            label=names[1],
        )
        axes.plot([c for c, *_ in known], [a for _, a, _ in known], color=FIRST, linewidth=1)
        for side in (axes.xaxis, axes.yaxis):
            _in_percent(side, language)
        axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.05))
        legend = axes.figure.legend(loc="outside lower left")
        legend.legend_handles[-1].set_sizes([40])  # type: ignore[union-attr]
        _label(axes, *axis)

    return _svg("reliability", f"{axis[1]}: {axis[0]}", draw, height=3.7)


def risk_plot(points: Sequence[tuple[float, float]], axis: tuple[str, str], language: Language) -> str:
    """Return the share of wrong answers over the share of questions answered."""

    def draw(axes: Axes) -> None:
        known = [point for point in points if all(map(math.isfinite, point))]
        axes.plot([coverage for coverage, _ in known], [risk for _, risk in known], color=FIRST, drawstyle="steps-pre")
        for side in (axes.xaxis, axes.yaxis):
            _in_percent(side, language)
        axes.set(xlim=(0, 1.02), ylim=(0, max([0.05, *(1.15 * risk for _, risk in known)])))
        _label(axes, *axis)

    return _svg("risk", f"{axis[1]}: {axis[0]}", draw)


def latency_plot(histogram: Sequence[tuple[float, float, int]], axis: tuple[str, str], language: Language) -> str:
    """Return how many questions took how long, from (low, high, n) of each bin, in seconds."""

    def draw(axes: Axes) -> None:
        from matplotlib.ticker import MaxNLocator

        known = [(low, high, n) for low, high, n in histogram if math.isfinite(low) and math.isfinite(high)]
        lows = [1000 * low for low, *_ in known]
        widths = [1000 * (high - low) for low, high, _ in known]
        axes.bar(lows, [n for *_, n in known], widths, align="edge", color=FIRST, edgecolor="none", linewidth=0)
        axes.grid(visible=False, axis="x")
        axes.xaxis.set_major_formatter(lambda value, _: decimal(value, 0, language))
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
        _label(axes, *axis)

    return _svg("latency", f"{axis[1]}: {axis[0]}", draw)


def category_plot(
    bars: Sequence[tuple[str, bool, float, float, float]], names: tuple[str, str], label: str, language: Language
) -> str:
    """Return a bar with its interval for each category, from (category, answerable, value, low, high).

    Args:
        names: what the bars of answerable and of unanswerable questions show.
    """

    def draw(axes: Axes) -> None:
        seen = set()
        for row, (_, answerable, value, low, high) in enumerate(bars):
            name = "" if answerable in seen else names[not answerable]
            seen.add(answerable)
            axes.barh(row, value, 0.62, color=FIRST if answerable else SECOND, label=name, alpha=0.75)
            if math.isfinite(low) and math.isfinite(high):
                axes.plot([low, high], [row, row], color=INK, linewidth=1.3)
                axes.plot([low, high], [row, row], "|", color=INK, markersize=6)
        axes.set_yticks(range(len(bars)), [_short(category) for category, *_ in bars])
        axes.tick_params(axis="y", length=0, labelcolor=INK)
        axes.grid(visible=False, axis="y")
        axes.set(xlim=(0, 1.02), ylim=(len(bars) - 0.4, -0.6))
        _in_percent(axes.xaxis, language)
        if bars:
            axes.figure.legend(loc="outside lower left", ncols=2)

    return _svg("categories", label, draw, height=1.1 + 0.3 * max(1, len(bars)), width=4.7)


def _svg(name: str, label: str, draw: Callable[[Axes], None], width: float = _WIDTH, height: float = _HEIGHT) -> str:
    with eval_extra():
        from matplotlib import rc_context
        from matplotlib.figure import Figure

    out = io.StringIO()
    with _drawing, rc_context(_SETTINGS), warnings.catch_warnings():
        # The page has glyphs for what matplotlib's own font has not.
        warnings.simplefilter("ignore")
        figure = Figure(figsize=(width, height))
        draw(figure.add_subplot())
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(out, format="svg", transparent=True, metadata=nothing)
    return inline_svg(out.getvalue(), name, label)


def _in_percent(axis: Any, language: Language) -> None:
    axis.set_major_formatter(lambda value, _: share(value, language, 0))


def _label(axes: Axes, across: str, up: str) -> None:
    axes.set_xlabel(across)
    axes.set_ylabel(up)


def _short(text: str) -> str:
    return text if len(text) <= _LABEL_CHARACTERS else text[: _LABEL_CHARACTERS - 1] + "…"
