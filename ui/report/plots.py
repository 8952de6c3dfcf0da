"""Plots as inline SVG whose text is text and whose colours are the page's: the one importer of matplotlib."""

from __future__ import annotations

import io
import math
import re
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from rag.evaluation.measures import eval_extra
from rag.evaluation.report import Figure, Report
from ui.texts import Texts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# matplotlib is given these colours, and the SVG then the page's variables, so that a plot follows light and dark.
INK, SOFT, LINE, FIRST, SECOND = "#010101", "#020202", "#030303", "#040404", "#050505"
_VARIABLES = {INK: "--ink", SOFT: "--soft-ink", LINE: "--line", FIRST: "--accent", SECOND: "--second"}
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
_WIDTH, _HEIGHT = 4.5, 3.2  # inches: 324 units of the viewBox, so that text keeps its size on the screen of a phone
_LABEL_CHARACTERS = 24
# matplotlib's settings belong to the process.
_drawing = threading.Lock()


def plots(report: Report, texts: Texts) -> Iterator[tuple[str, Markup]]:
    """Yield the caption and the SVG of each plot that the report has figures for.

    Raises:
        ExtraError: matplotlib is not installed.
    """
    bars = _category_bars(report)
    if any(report.success.values()):
        yield _plot("success", _draw_success, report, texts)
    if bars:
        yield _plot("category", _draw_categories, report, texts, width=4.7, height=1.1 + 0.3 * len(bars))
    if any(one.n for one in report.reliability):
        yield _plot("reliability", _draw_reliability, report, texts, height=3.7)
    if report.risk_coverage:
        yield _plot("risk", _draw_risk, report, texts)
    if report.latency.histogram:
        yield _plot("latency", _draw_latency, report, texts)


def _draw_success(axes: Axes, report: Report, texts: Texts) -> None:
    """Draw Success@k over k: a curve for the sentences, and one for the passages or the articles."""
    curves = [(of, curve) for of, curve in report.success.items() if curve]
    for (of, curve), colour in zip(curves, (FIRST, SECOND), strict=False):
        name = texts.get("report.articles_ranked" if of == "articles" else f"report.{of}", of)
        at = sorted(curve, key=int)
        axes.plot(at, [curve[k] for k in at], "o-", color=colour, label=name)
    _in_percent(axes.yaxis, texts)
    axes.set_ylim(0, 1.02)
    axes.legend(loc="lower right")


def _draw_categories(axes: Axes, report: Report, texts: Texts) -> None:
    """Draw a bar with its interval for each category's answerable and unanswerable questions."""
    bars = _category_bars(report)
    named = set()
    for row, (_, measure, found) in enumerate(bars):
        is_answerable = measure == "hit@1"
        label = "" if measure in named else texts(f"report.category_{'first' if is_answerable else 'refused'}")
        named.add(measure)
        axes.barh(row, found.value, 0.62, color=FIRST if is_answerable else SECOND, label=label, alpha=0.75)
        if math.isfinite(found.low) and math.isfinite(found.high):
            axes.plot([found.low, found.high], [row, row], "|-", color=INK, linewidth=1.3, markersize=6)
    axes.set_yticks(range(len(bars)), [_short(category) for category, *_ in bars])
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.grid(visible=False, axis="y")
    axes.set(xlim=(0, 1.02), ylim=(len(bars) - 0.4, -0.6))
    _in_percent(axes.xaxis, texts)
    axes.figure.legend(loc="outside lower left", ncols=2)


def _draw_reliability(axes: Axes, report: Report, texts: Texts) -> None:
    """Draw how often an answer is right over the confidence it states; a larger point is of more questions."""
    axes.plot([0, 1], [0, 1], "--", color=SOFT, linewidth=1, label=texts("report.ideal"))
    known = [
        (one.confidence, one.accuracy, one.n)
        for one in report.reliability
        if one.n and _is_known(one.confidence) and _is_known(one.accuracy)
    ]
    across, up, counts = zip(*known, strict=True) if known else ((), (), ())
    sizes = [25 + 175 * n / max(counts) for n in counts]
    axes.scatter(across, up, s=sizes, color=FIRST, alpha=0.85, label=texts("report.measured"))
    axes.plot(across, up, color=FIRST, linewidth=1)
    for side in (axes.xaxis, axes.yaxis):
        _in_percent(side, texts)
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.05))
    legend = axes.figure.legend(loc="outside lower left")
    legend.legend_handles[-1].set_sizes([40])  # type: ignore[union-attr]


def _draw_risk(axes: Axes, report: Report, texts: Texts) -> None:
    """Draw the share of wrong answers over the share of questions answered."""
    known = [point for point in report.risk_coverage if all(map(math.isfinite, point))]
    axes.plot([coverage for coverage, _ in known], [risk for _, risk in known], color=FIRST, drawstyle="steps-pre")
    for side in (axes.xaxis, axes.yaxis):
        _in_percent(side, texts)
    axes.set(xlim=(0, 1.02), ylim=(0, max([0.05, *(1.15 * risk for _, risk in known)])))


def _draw_latency(axes: Axes, report: Report, texts: Texts) -> None:
    """Draw how many questions took how many milliseconds."""
    from matplotlib.ticker import MaxNLocator

    known = [bar for bar in report.latency.histogram if all(map(math.isfinite, bar))]
    lows = [1000 * low for low, *_ in known]
    widths = [1000 * (high - low) for low, high, _ in known]
    axes.bar(lows, [n for *_, n in known], widths, align="edge", color=FIRST, edgecolor="none", linewidth=0)
    axes.grid(visible=False, axis="x")
    axes.xaxis.set_major_formatter(lambda value, _: texts.number(value))
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))


def _category_bars(report: Report) -> list[tuple[str, str, Figure]]:
    """Return each bar's category, measure and figure."""
    return [
        (category, measure, figures[measure])
        for category, figures in report.groups.get("category", {}).items()
        for measure in ("hit@1", "refused")
        if measure in figures and figures[measure].n
    ]


def _plot(
    name: str,
    draw: Callable[[Axes, Report, Texts], None],
    report: Report,
    texts: Texts,
    *,
    width: float = _WIDTH,
    height: float = _HEIGHT,
) -> tuple[str, Markup]:
    """Return a plot's caption and SVG, with the names of its axes that the texts have."""
    with eval_extra():
        from matplotlib import rc_context
        from matplotlib.figure import Figure as Canvas

    caption = texts(f"report.{name}_plot")
    across, up = (texts.get(f"report.{name}_{side}", "") for side in ("across", "up"))
    out = io.StringIO()
    with _drawing, rc_context(_SETTINGS), warnings.catch_warnings():
        # The page has glyphs that matplotlib's own font lacks.
        warnings.simplefilter("ignore")
        canvas = Canvas(figsize=(width, height))
        axes = canvas.add_subplot()
        draw(axes, report, texts)
        axes.set(xlabel=across, ylabel=up)
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        canvas.savefig(out, format="svg", transparent=True, metadata=nothing)
    return caption, _inline(out.getvalue(), name, f"{up}: {across}" if up else caption)


def _inline(svg: str, name: str, label: str) -> Markup:
    """Return matplotlib's SVG file as a part of a page: with ids of its own and the page's colours."""

    def opening(found: re.Match[str]) -> str:
        return Markup('<svg class="plot" viewBox="{}" role="img" aria-label="{}">').format(found[1], label)

    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<svg [^>]*?viewBox=\"([^\"]*)\"[^>]*>", opening, svg, count=1)
    svg = re.sub(r' id="([^"]+)"', rf' id="{name}-\1"', svg)
    svg = re.sub(r' xlink:href="#([^"]+)"', rf' href="#{name}-\1"', svg)
    svg = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", svg)
    svg = re.sub(r' style="[^"]*"', _with_variables, svg)
    return Markup(re.sub(r"\s*\n\s*", "\n", svg).strip())  # noqa: S704 - matplotlib escapes the text in it


def _with_variables(style: re.Match[str]) -> str:
    kept = re.sub(r" ?font-family: [^;]*;", "", style[0])
    for colour, variable in _VARIABLES.items():
        kept = kept.replace(colour, f"var({variable})")
    return kept


def _in_percent(axis: Any, texts: Texts) -> None:
    axis.set_major_formatter(lambda value, _: texts.percent(value))


def _is_known(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _short(text: str) -> str:
    return text if len(text) <= _LABEL_CHARACTERS else text[: _LABEL_CHARACTERS - 1] + "…"
