"""What matters most of a report, in words that need no knowledge of measures; for the page and for the terminal."""

from __future__ import annotations

from dataclasses import dataclass

from rag.evaluation.report import Figure, Figures, Report
from ui.report.names import questions, texts_in
from ui.report.numbers import decimal, interval, seconds, share
from ui.texts import Language


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure and what it is one of: "84 of 103", "questions: …", more of it, and its interval; "" for none."""

    number: str
    words: str
    more: str = ""
    between: str = ""


def summary(report: Report, language: Language) -> list[Tile]:
    """Return what a report has of it, most important first; of questions with no answer found, nothing."""
    t, figures = texts_in(language), report.summary
    first = ("hit@1", "hit@3", "first") if "hit@1" in figures else ("article hit@1", "article hit@3", "first_article")
    tiles = [
        _counted(figures, first[0], t[first[2]], language, _part(figures, first[1], t["third"], language)),
        _counted(figures, "right", t["right"], language, _part(figures, "precision", t["precision"], language)),
        _counted(figures, "refused", t["refused"], language),
    ]
    found = [tile for tile in tiles if tile is not None]
    if (cited := figures.get("citation precision")) is not None:
        per_answer = figures.get("citations per answer")
        more = t["per_answer"].format(n=decimal(per_answer.value, 1, language)) if per_answer else ""
        found.append(Tile(share(cited.value, language, 0), t["cited"], more, _between(cited, language)))
    if report.about.questions:
        p95 = t["speed"].format(p95=seconds(report.latency.p95, language))
        found.append(Tile(seconds(report.latency.p50, language), p95))
    return found


def _counted(figures: Figures, measure: str, words: str, language: Language, more: str = "") -> Tile | None:
    found = figures.get(measure)
    if found is None or not found.n:
        return None
    ratio = texts_in(language)["ratio"].format(k=_count(found, language), n=decimal(found.n, 0, language))
    return Tile(ratio, words.format(questions=questions(found.n, language)), more, _between(found, language))


def _part(figures: Figures, measure: str, words: str, language: Language) -> str:
    found = figures.get(measure)
    return words.format(k=_count(found, language), n=decimal(found.n, 0, language)) if found and found.n else ""


def _count(found: Figure, language: Language) -> str:
    return decimal(found.value * found.n, 0, language)


def _between(found: Figure, language: Language) -> str:
    shown = interval("", found.low, found.high, language, digits=0) if found.n > 1 else ""
    return texts_in(language)["interval"].format(interval=shown) if shown else ""
