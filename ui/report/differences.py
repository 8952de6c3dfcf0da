"""What changed from one report to another, as escaped HTML: figures side by side, and what got better and worse."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from ui.report.names import SECTIONS, failure_name, name_of
from ui.report.numbers import decimal, figure, interval
from ui.report.tables import table
from ui.report.texts import texts_in
from ui.texts import Language

if TYPE_CHECKING:
    from rag.evaluation.compare import Change, Comparison, Difference

SHOWN = 100


def comparison_html(comparison: Comparison, language: Language) -> str:
    """Return the comparison's figures as a table, and the questions that changed, at most `SHOWN` each way."""
    t = texts_in(language)
    named = [measure for measures in SECTIONS.values() for measure in measures]
    order = [measure for measure in named if measure in comparison.differences]
    order += [measure for measure in comparison.differences if measure not in named]
    head = [t["measure"], t["before"], t["after"], t["difference"], t["interval_column"], t["p_value"], t["n"]]
    rows = [_row(measure, comparison.differences[measure], language) for measure in order]
    before = comparison.before
    of = f"{before.question_set}, {before.date[:16].replace('T', ' ')} UTC, {before.model}, {before.commit}".rstrip(
        ", "
    )
    caption = t["comparison"].format(other=of)
    paired = t["paired"].format(n=decimal(comparison.questions, 0, language))
    if comparison.only_before or comparison.only_after:
        paired += " " + t["unpaired"].format(before=comparison.only_before, after=comparison.only_after)
    better = _changes_html(t["better"], comparison.better, language)
    worse = _changes_html(t["worse"], comparison.worse, language)
    return f'<p class="soft">{escape(paired)} {escape(t["p_meaning"])}</p>{table(caption, head, rows)}{better}{worse}'


def _row(measure: str, found: Difference, language: Language) -> list[str]:
    difference = figure(measure, found.difference, language, signed=True)
    is_sure = found.low > 0 or found.high < 0
    p = decimal(found.p, 3, language) if found.p >= 0.001 else f"< {decimal(0.001, 3, language)}"
    return [
        f"{escape(name_of(measure, language))} <code>{escape(measure)}</code>",
        figure(measure, found.before, language),
        figure(measure, found.after, language),
        f"<b>{difference}</b>" if is_sure else difference,
        interval(measure, found.low, found.high, language),
        escape(p),
        decimal(found.n, 0, language),
    ]


def _changes_html(heading: str, changes: Sequence[Change], language: Language) -> str:
    t = texts_in(language)
    if not changes:
        return f'<h3>{escape(heading)}</h3><p class="none">{escape(t["nothing_changed"])}</p>'
    items = "".join(_change_html(change, language) for change in changes[:SHOWN])
    left = len(changes) - SHOWN
    more = f'<p class="left-out">{escape(t["left_out"].format(n=decimal(left, 0, language)))}</p>' if left > 0 else ""
    count = decimal(len(changes), 0, language)
    return f'<h3>{escape(heading)} <span class="soft">{count}</span></h3><ul class="changes">{items}</ul>{more}'


def _change_html(change: Change, language: Language) -> str:
    right = texts_in(language)["fine"]
    was, now = (failure_name(kind, language) if kind else right for kind in (change.before, change.after))
    return (
        f'<li><span class="asked" dir="auto">{escape(change.question)}</span>'
        f'<span class="facts">{escape(change.id)} · {escape(was)} → {escape(now)}</span></li>'
    )
