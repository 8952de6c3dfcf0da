"""What changed from one report to another, as escaped HTML: figures side by side, and what got worse and better."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

from ui.report.made_with import changes_between, when
from ui.report.names import SECTIONS, failure_name, name_of, questions, texts_in
from ui.report.numbers import decimal, figure, interval
from ui.report.tables import table
from ui.texts import TEXTS, Language

if TYPE_CHECKING:
    from rag.evaluation.compare import Change, Comparison, Difference

SHOWN = 100


def comparison_html(comparison: Comparison, language: Language, anchors: Mapping[str, str]) -> str:
    """Return what was compared, the figures that changed, the others folded, and the questions that changed.

    Args:
        comparison: at most `SHOWN` of its questions are shown, each way.
        language: of the page's own words.
        anchors: ids of the parts of the page that show a question's failure, by the question's id.
    """
    t = texts_in(language)
    named = [measure for measures in SECTIONS.values() for measure in measures]
    order = [measure for measure in named if measure in comparison.differences]
    order += [measure for measure in comparison.differences if measure not in named]
    rows: dict[bool, list[list[str]]] = {True: [], False: []}
    for measure in order:
        found = comparison.differences[measure]
        is_changed = figure(measure, found.before, language) != figure(measure, found.after, language)
        rows[is_changed].append(_row(measure, found, language))
    head = [t["measure"], t["before"], t["after"], t["difference"], t["interval_column"], t["p_value"], t["n"]]
    parts = [_made_with_html(comparison, language)]
    if rows[True]:
        parts.append(table(t["comparison"], head, rows[True]))
        parts.append(f'<p class="soft">{escape(t["p_meaning"])}</p>')
    if n := len(rows[False]):
        label = TEXTS[language].count("report.unchanged", n)
        parts.append(
            f'<details class="unchanged"><summary>{escape(label)}</summary>{table(label, head, rows[False])}</details>'
        )
    parts.append(_changes_html(t["worse"], comparison.worse, language, anchors))
    parts.append(_changes_html(t["better"], comparison.better, language, anchors))
    return "".join(parts)


def _made_with_html(comparison: Comparison, language: Language) -> str:
    t, n = texts_in(language), comparison.questions
    before, after = (f"{of.question_set}, {when(of)}" for of in (comparison.before, comparison.after))
    differing = changes_between(comparison.before, comparison.after)
    changes = "; ".join(f"{name} {was} → {now}" for name, was, now in differing)
    paired = t["paired"].format(n=decimal(n, 0, language), questions=questions(n, language))
    if comparison.only_before or comparison.only_after:
        paired += " " + t["unpaired"].format(before=comparison.only_before, after=comparison.only_after)
    lines = [
        t["compared_with"].format(before=before, after=after),
        t["differing"].format(changes=changes) if differing else t["nothing_differs"],
        paired,
    ]
    return "".join(f"<p>{escape(line)}</p>" for line in lines)


def _row(measure: str, found: Difference, language: Language) -> list[str]:
    difference = figure(measure, found.difference, language, signed=True)
    p = decimal(found.p, 3, language) if found.p >= 0.001 else f"< {decimal(0.001, 3, language)}"
    return [
        f"{escape(name_of(measure, language))} <code>{escape(measure)}</code>",
        figure(measure, found.before, language),
        figure(measure, found.after, language),
        f"<b>{difference}</b>" if found.is_sure else difference,
        interval(measure, found.low, found.high, language, signed=True),
        escape(p),
        decimal(found.n, 0, language),
    ]


def _changes_html(heading: str, changes: Sequence[Change], language: Language, anchors: Mapping[str, str]) -> str:
    t = texts_in(language)
    if not changes:
        return f'<h3>{escape(heading)}</h3><p class="none">{escape(t["nothing_changed"])}</p>'
    items = "".join(_change_html(change, language, anchors.get(change.id)) for change in changes[:SHOWN])
    left = len(changes) - SHOWN
    more = f'<p class="left-out">{escape(t["left_out"].format(n=decimal(left, 0, language)))}</p>' if left > 0 else ""
    count = decimal(len(changes), 0, language)
    return f'<h3>{escape(heading)} <span class="soft">{count}</span></h3><ul class="changes">{items}</ul>{more}'


def _change_html(change: Change, language: Language, anchor: str | None) -> str:
    t = texts_in(language)
    right = t["fine" if change.is_answerable else "declined"]
    asked = f'<span class="asked" dir="auto">{escape(change.question)}</span>'
    if anchor:
        asked = f'<a href="#{anchor}" title="{escape(t["to_failure"])}">{asked}</a>'
    was, now = (failure_name(kind, language) if kind else right for kind in (change.before, change.after))
    return f'<li>{asked}<span class="facts">{escape(change.id)} · {escape(was)} → {escape(now)}</span></li>'
