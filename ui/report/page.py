"""A Report → HTML: one file that needs nothing else, and the same sections for the page of the web chat.

The templates choose what is shown of the report; this module chooses and orders what they show.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

from markupsafe import Markup

from index.atomic import whole_file
from index.errors import ReportError
from rag.answering.messages import percent
from rag.evaluation.compare import Comparison, Difference
from rag.evaluation.outcome import Outcome, Quote
from rag.evaluation.report import About, Report
from ui.report.numbers import FAILURES, GROUPED, SECTIONS, Numbers
from ui.report.plots import plots
from ui.report.summary import (
    changes_between,
    fault_words,
    flat,
    listed_turns,
    not_default,
    short_commit,
    summary,
)
from ui.templates import render
from ui.texts import TEXTS, Language, Texts

# Of each kind of failure. A browser still shows four times as many without delay.
SHOWN_OF_A_KIND = 100
# Of the questions that got better, and of those that got worse.
_SHOWN_CHANGES = 100
_QUOTE_CHARACTERS = 1500


def write_report(report: Report, path: Path, language: Language, comparison: Comparison | None = None) -> None:
    """Write a report as one HTML file that needs nothing else; the old file stays until the new one is whole.

    Args:
        report: what to show; its questions are read once and not kept.
        path: the file to write.
        language: of the page's own words.
        comparison: with an earlier report, to be shown too.

    Raises:
        ReportError: the file cannot be written.
        ExtraError: matplotlib is not installed.
    """
    # A lone surrogate in a file's name is written as "?".
    with (
        whole_file(path, ReportError) as scratch,
        scratch.open("w", encoding="utf-8", errors="replace", newline="\n") as out,
    ):
        out.write(_page(report, TEXTS[language], comparison))


def sections(report: Report, texts: Texts, comparison: Comparison | None = None, *, can_open: bool = False) -> Markup:
    """Return a report's sections, without a page around them.

    Args:
        report: its questions are read once and not kept.
        texts: of the language of the page.
        comparison: with an earlier report, to be shown too.
        can_open: give each failure a button with `data-failure`, its place among all questions.

    Raises:
        ExtraError: matplotlib is not installed.
    """
    numbers = Numbers(texts)
    unhandled, withheld = listed_turns(report)
    return render(
        "report/sections.html",
        texts,
        report=report,
        numbers=numbers,
        tiles=summary(report, texts),
        plots=plots(report, texts) if report.about.questions else (),
        measures=_by_section(report.summary),
        grouped={by: _columns(groups.values()) for by, groups in report.groups.items() if groups},
        settings=list(flat(report.about.settings)),
        failures=find_failures(report.questions),
        can_open=can_open,
        comparison=comparison,
        changes=_changes(comparison, numbers) if comparison else None,
        when=partial(_when, texts=texts),
        percent=partial(percent, language=texts.language),
        further_gold=_further_gold,
        proves=_proves,
        shown_changes=_SHOWN_CHANGES,
        quote_characters=_QUOTE_CHARACTERS,
        unhandled=unhandled,
        withheld=withheld,
        shown_of_a_kind=SHOWN_OF_A_KIND,
        fault_words=partial(fault_words, texts=texts),
    )


def _page(report: Report, texts: Texts, comparison: Comparison | None) -> Markup:
    here = files("ui.report")
    style = "".join((here / name).read_text(encoding="utf-8") for name in ("page.css", "report.css"))
    script = (here / "page.js").read_text(encoding="utf-8")
    return render(
        "report/page.html",
        texts,
        report=report,
        subtitle=_subtitle(report, texts),
        sections=sections(report, texts, comparison),
        style=Markup(style),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def _subtitle(report: Report, texts: Texts) -> tuple[str, str]:
    """Return two lines: how many questions about what, when, how many turns; with which model, version, settings."""
    about = report.about
    asked = texts(
        "report.subtitle",
        n=texts.number(about.questions),
        questions=texts.count("report.question_word", about.questions),
        articles=_articles(report, texts),
        date=_when(about, texts),
    )
    if about.turns:
        turns = texts(
            "report.subtitle_turns",
            n=texts.number(about.turns),
            turns=texts.count("report.turn_word", about.turns),
            m=texts.number(about.dialogues),
            dialogues=texts.count("report.dialogue_word", about.dialogues),
        )
        asked = f"{asked} · {turns}" if about.questions else f"{turns} · {_when(about, texts)}"
    own = ", ".join(
        f"{name} {texts('report.instead_of', value=value, default=default)}"
        for name, default, value in not_default(about)
    )
    settings = texts("report.own_settings", settings=own) if own else texts("report.default_settings")
    version = f"Beleg {about.beleg}" + (f" ({short_commit(about)})" if about.commit else "")
    return asked, texts("report.made_with", model=about.model, settings=f"{version} · {settings}")


def _articles(report: Report, texts: Texts) -> str:
    """Return what the questions are about, by the title of the first one's article, where it has one."""
    n = report.about.articles
    title = next((first.article_title for first in report.questions), "")
    if title and n == 1:
        return texts("report.this_article", title=title)
    if title and n > 2:
        return texts("report.these_articles", title=title, n=texts.number(n - 1))
    return texts("report.one_article") if n == 1 else texts("report.articles", n=texts.number(n))


def _when(about: About, texts: Texts) -> str:
    try:
        return f"{texts.date(datetime.fromisoformat(about.date))} UTC"
    except ValueError:  # A report is read from a file, which may say anything.
        return about.date


def _by_section(measured: Mapping[str, object]) -> dict[str, list[str]]:
    """Return the measures that were measured by their section; those of no section under ""."""
    named = {measure for measures in SECTIONS.values() for measure in measures}
    found = {section: [one for one in measures if one in measured] for section, measures in SECTIONS.items()}
    found[""] = [measure for measure in measured if measure not in named]
    return {section: measures for section, measures in found.items() if measures}


def _columns(groups: Collection[Mapping[str, object]]) -> list[str]:
    return [measure for measure in GROUPED if any(measure in figures for figures in groups)]


def _changes(comparison: Comparison, numbers: Numbers) -> dict[str, Any]:
    """Return what differs: how both were made, and the measures by whether their value, as it is shown, changed."""
    measures: dict[bool, dict[str, Difference]] = {True: {}, False: {}}
    for section in _by_section(comparison.differences).values():
        for measure in section:
            found = comparison.differences[measure]
            is_changed = numbers.figure(measure, found.before) != numbers.figure(measure, found.after)
            measures[is_changed][measure] = found
    made = "; ".join(f"{name} {was} → {now}" for name, was, now in changes_between(comparison.before, comparison.after))
    return {"made": made, "changed": measures[True], "unchanged": measures[False]}


@dataclass(frozen=True, slots=True)
class Failures:
    """The first failures of each kind, by their place among all questions, and how many there are of each."""

    shown: Mapping[str, Sequence[tuple[int, Outcome]]]
    counts: Mapping[str, int]
    total: int

    @property
    def places(self) -> dict[str, int]:
        """The place of each failure shown, by the question's id."""
        return {outcome.id: place for some in self.shown.values() for place, outcome in some}

    def values(self, field: str) -> list[str]:
        """Return what the failures shown have in a field of theirs, each value once, sorted."""
        return sorted({getattr(outcome, field) for some in self.shown.values() for _, outcome in some})


def find_failures(questions: Iterable[Outcome]) -> Failures:
    """Return the failures among questions, reading these once and keeping at most SHOWN_OF_A_KIND of each kind."""
    shown: dict[str, list[tuple[int, Outcome]]] = {kind: [] for kind in FAILURES}
    counts = dict.fromkeys(FAILURES, 0)
    total = 0
    for place, outcome in enumerate(questions):
        total += 1
        if not outcome.failure:
            continue
        kept = shown.setdefault(outcome.failure, [])
        counts[outcome.failure] = counts.get(outcome.failure, 0) + 1
        if len(kept) < SHOWN_OF_A_KIND:
            kept.append((place, outcome))
    return Failures(shown, counts, total)


def _further_gold(gold: Sequence[Quote]) -> list[tuple[str, list[Quote]]]:
    """Return the alternatives to the first piece, then what is needed besides, group by group, by their headings."""
    groups: dict[int, list[Quote]] = {}
    for quote in gold:
        groups.setdefault(quote.group, []).append(quote)
    alternatives, *needed = groups.values()
    further = [("report.gold_or", alternatives[1:])] if len(alternatives) > 1 else []
    return further + [("report.gold_and_one" if len(one) > 1 else "report.gold_and", one) for one in needed]


def _proves(quote: Quote, gold: Sequence[Quote]) -> bool:
    return any(quote.overlaps(one) for one in gold)
