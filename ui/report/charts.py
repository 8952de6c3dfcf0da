"""A Report's plots, each with its title, as HTML."""

from __future__ import annotations

import math
from html import escape

from rag.evaluation.report import Report
from ui.report import plots
from ui.report.names import texts_in
from ui.texts import Language


def charts_html(report: Report, language: Language) -> str:
    """Return all plots that the report has figures for.

    Raises:
        ExtraError: matplotlib is not installed.
    """
    t = texts_in(language)
    charts = []
    curves = {
        t["articles_ranked" if of == "articles" else of]: {int(k): value for k, value in curve.items()}
        for of, curve in report.success.items()
        if curve
    }
    if curves:
        axis = (t["success_across"], t["success_up"])
        charts.append(("success_plot", plots.success_plot(curves, axis, language)))
    bars = _category_bars(report)
    if bars:
        names = (t["category_first"], t["category_refused"])
        charts.append(("category_plot", plots.category_plot(bars, names, t["category_plot"], language)))
    bins = [(_known(one.confidence), _known(one.accuracy), one.n) for one in report.reliability]
    if any(n for *_, n in bins):
        axis = (t["reliability_across"], t["reliability_up"])
        charts.append(("reliability_plot", plots.reliability_plot(bins, (t["ideal"], t["measured"]), axis, language)))
    if report.risk_coverage:
        axis = (t["risk_across"], t["risk_up"])
        charts.append(("risk_plot", plots.risk_plot(report.risk_coverage, axis, language)))
    if report.latency.histogram:
        axis = (t["latency_across"], t["latency_up"])
        charts.append(("latency_plot", plots.latency_plot(report.latency.histogram, axis, language)))
    return '<div class="plots">' + "".join(
        f"<figure><figcaption>{escape(t[key])}</figcaption>{svg}</figure>" for key, svg in charts
    ) + "</div>"  # fmt: skip


def _category_bars(report: Report) -> list[tuple[str, bool, float, float, float]]:
    bars = []
    for category, figures in report.groups.get("category", {}).items():
        for measure in ("hit@1", "refused"):
            found = figures.get(measure)
            if found is not None and found.n:
                bars.append((category, measure == "hit@1", found.value, found.low, found.high))
    return bars


def _known(value: float | None) -> float:
    return math.nan if value is None else value
