"""A Report's figures in words and in tables, as escaped HTML."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from rag.evaluation.report import Figure, Figures, Report
from ui.report.made_with import flat
from ui.report.names import GROUPED, SECTIONS, name_of, texts_in
from ui.report.numbers import NONE, decimal, figure, interval, seconds, share
from ui.report.summary import Tile, summary
from ui.texts import Language

_SECTION_NAMES = {"articles": "articles_ranked"}


def summary_html(report: Report, language: Language) -> str:
    """Return what matters most, in words that need no knowledge of measures."""
    tiles = "".join(_tile_html(tile) for tile in summary(report, language))
    return f'<ul class="summary">{tiles}</ul>' if tiles else f"<p>{escape(texts_in(language)['no_questions'])}</p>"


def figures_html(report: Report, language: Language) -> str:
    """Return every measure with its interval, then the tables by category, by language and of thresholds."""
    t = texts_in(language)
    head = [t["measure"], t["value"], t["interval_column"], t["n"]]
    tables = []
    for section, measures in SECTIONS.items():
        known = [measure for measure in measures if measure in report.summary]
        rows = [_measure_row(measure, report.summary[measure], language) for measure in known]
        if rows:
            tables.append(table(t[_SECTION_NAMES.get(section, section)], head, rows))
    named = {measure for measures in SECTIONS.values() for measure in measures}
    further = [_measure_row(name, some, language) for name, some in report.summary.items() if name not in named]
    if further:
        tables.append(table("…", head, further))
    groups = "".join(
        _group_table(t.get(f"by_{by}", by), t.get(by, by), named_figures, language)
        for by, named_figures in report.groups.items()
        if named_figures
    )
    return f'<div class="figures">{"".join(tables)}</div>{groups}{_thresholds_html(report, language)}'


def about_html(report: Report, language: Language) -> str:
    """Return what was measured with what, so that it can be measured again."""
    t, about = texts_in(language), report.about
    entries = [
        ("question_set", about.question_set),
        ("sha256", about.sha256),
        ("questions", decimal(about.questions, 0, language)),
        ("scope", t.get(f"scope_{about.scope}", about.scope)),
        ("articles", decimal(about.articles, 0, language)),
        ("model", about.model),
        ("beleg", about.beleg),
        ("commit", about.commit),
        ("date", about.date),
        ("index_seconds", seconds(about.index_seconds, language)),
        ("per_second", decimal(report.latency.per_second, 1, language)),
    ]
    rows = "".join(
        f"<div><dt>{escape(t[f'about_{key}'])}</dt><dd>{escape(str(value))}</dd></div>"
        for key, value in entries
        if value
    )
    settings = "".join(f"<li>{escape(f'{name}={value}')}</li>" for name, value in flat(about.settings))
    return (
        f'<p class="soft">{escape(t["bootstrap"])}</p><dl class="about">{rows}</dl>'
        f'<details class="settings"><summary>{escape(t["about_settings"])}</summary><ul>{settings}</ul></details>'
    )


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table that scrolls sideways below its caption. This is plain text; the cells are HTML."""
    heads = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    body = "".join(
        f'<tr><th scope="row">{row[0]}</th>{"".join(f"<td>{cell}</td>" for cell in row[1:])}</tr>' for row in rows
    )
    return (
        f'<div class="table"><p class="caption">{escape(caption)}</p>'
        f'<div class="scroll" tabindex="0" role="group" aria-label="{escape(caption)}">'
        f'<table aria-label="{escape(caption)}"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>'
        "</div></div>"
    )


def _tile_html(tile: Tile) -> str:
    parts = [
        f'<b class="number">{escape(tile.number)}</b>',
        f"<span>{escape(f'{tile.words} {tile.more}'.strip())}</span>",
    ]
    parts += [f'<span class="soft">{escape(tile.between)}</span>'] if tile.between else []
    return f"<li>{' '.join(parts)}</li>"


def _measure_row(measure: str, found: Figure, language: Language) -> list[str]:
    return [
        _name(measure, language),
        f"<b>{figure(measure, found.value, language)}</b>",
        interval(measure, found.low, found.high, language) if found.n > 1 else "",
        decimal(found.n, 0, language),
    ]


def _name(measure: str, language: Language) -> str:
    return f"{escape(name_of(measure, language))} <code>{escape(measure)}</code>"


def _group_table(caption: str, by: str, groups: dict[str, Figures], language: Language) -> str:
    measures = [measure for measure in GROUPED if any(measure in figures for figures in groups.values())]
    rows = []
    for name, figures in groups.items():
        # A measure of only some of a group's questions has a smaller n.
        count = max((found.n for found in figures.values()), default=0)
        cells = [_cell(measure, figures.get(measure), language) for measure in measures]
        rows.append([escape(name), decimal(count, 0, language), *cells])
    names = [_name(measure, language) for measure in measures]
    return table(caption, [escape(by), texts_in(language)["n"], *names], rows)


def _cell(measure: str, found: Figure | None, language: Language) -> str:
    if found is None:
        return NONE
    value = f"<b>{figure(measure, found.value, language)}</b>"
    between = interval(measure, found.low, found.high, language) if found.n > 1 else ""
    return f'{value} <small class="soft">{between}</small>' if between else value


def _thresholds_html(report: Report, language: Language) -> str:
    t = texts_in(language)
    if not report.thresholds:
        return ""
    bar = report.about.settings.get("answer_bar")
    keys = ("threshold", "coverage", "threshold_precision", "threshold_recall", "threshold_refused")
    rows = []
    for one in report.thresholds:
        here = isinstance(bar, float) and abs(one.threshold - bar) < 1e-9
        shown = decimal(one.threshold, 2, language)
        first = f'<mark class="here">{shown}</mark>' if here else shown
        values = (one.answered, one.precision, one.recall, one.refused)
        rows.append([first, *(NONE if value is None else share(value, language) for value in values)])
    stated = decimal(bar, 2, language) if isinstance(bar, float) else NONE
    meaning = f'<p class="soft">{escape(t["thresholds_meaning"].format(bar=stated))}</p>'
    return f'<section class="thresholds">{table(t["thresholds"], [t[key] for key in keys], rows)}{meaning}</section>'
