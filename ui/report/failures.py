"""The questions that failed, by kind, each with what was right and what was cited instead, as escaped HTML."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from rag.answering.messages import percent
from rag.evaluation.outcome import Outcome, Quote
from ui.report.names import FAILURES, failure_meaning, failure_name, questions, texts_in
from ui.report.numbers import decimal
from ui.texts import Language

# Of each kind; four times as many are what a browser still shows without delay.
SHOWN_OF_A_KIND = 100
_QUOTE_CHARACTERS = 1500


@dataclass(frozen=True, slots=True)
class Failures:
    """The first failures of each kind, by their place among all questions, and how many there are of each."""

    shown: dict[str, list[tuple[int, Outcome]]]
    counts: dict[str, int]
    total: int


def find_failures(questions: Iterable[Outcome], limit: int = SHOWN_OF_A_KIND) -> Failures:
    """Return the failures among questions, reading these once and keeping at most `limit` of a kind."""
    shown: dict[str, list[tuple[int, Outcome]]] = {kind: [] for kind in FAILURES}
    counts = dict.fromkeys(FAILURES, 0)
    total = 0
    for place, outcome in enumerate(questions):
        total += 1
        if not outcome.failure:
            continue
        kept = shown.setdefault(outcome.failure, [])
        counts[outcome.failure] = counts.get(outcome.failure, 0) + 1
        if len(kept) < limit:
            kept.append((place, outcome))
    return Failures(shown, counts, total)


def failures_html(failures: Failures, language: Language, can_open: bool = False) -> Iterator[str]:
    """Yield the failures as HTML, piece by piece.

    Args:
        can_open: give each a button with data-failure, its place among all questions.
    """
    t = texts_in(language)
    if not any(failures.counts.values()):
        yield f'<p class="none">{escape(t["no_failures"])}</p>'
        return
    yield _filter_html(failures, t)
    for kind, some in failures.shown.items():
        if not some:
            continue
        count = t["count"].format(
            n=decimal(failures.counts[kind], 0, language),
            total=decimal(failures.total, 0, language),
            questions=questions(failures.total, language),
        )
        name, meaning = escape(failure_name(kind, language)), escape(failure_meaning(kind, language))
        yield f'<section class="kind"><h3>{name} <span class="soft">{escape(count)}</span></h3>'
        yield f'<p class="soft">{meaning}</p>'
        yield from (_failure_html(place, outcome, language, can_open) for place, outcome in some)
        left = failures.counts[kind] - len(some)
        if left:
            yield f'<p class="left-out">{escape(t["left_out"].format(n=decimal(left, 0, language)))}</p>'
        yield "</section>"


def outcome_html(outcome: Outcome, language: Language) -> str:
    """Return a question's earlier turns, the right sentence in its context, and what was said, cited or nearest."""
    t = texts_in(language)
    parts = []
    if outcome.earlier:
        parts.append(_part(t["earlier"], "".join(f'<p dir="auto">{escape(turn)}</p>' for turn in outcome.earlier)))
    if outcome.gold:
        parts.append(_part(t["gold"], _in_context(outcome, outcome.gold[0])))
        parts += _further_gold(outcome.gold, t)
    elif not outcome.answerable:
        parts.append(f'<p class="soft">{escape(t["gold_none"])}</p>')
    if outcome.answers:
        parts.append(_part(t["expected"], f'<p dir="auto">{escape(" · ".join(outcome.answers))}</p>'))
    if outcome.citations:
        heading = "cited_here" if not outcome.gold or outcome.failure == "incomplete" else "instead"
        parts.append(_part(t[heading], _cited(outcome)))
    elif outcome.nearest:
        parts.append(_part(t["nearest"], _quotes(outcome.nearest)))
    if outcome.short_answer:
        parts.append(_part(t["said"], f'<p dir="auto">{escape(outcome.short_answer)}</p>'))
    return "".join(parts)


def anchor(place: int) -> str:
    """Return the id of a failure's part in the page, by its place among all questions."""
    return f"failure-{place}"


def _further_gold(gold: Sequence[Quote], t: dict[str, str]) -> Iterator[str]:
    """Yield the alternatives to the first piece, then what is needed besides, group by group."""
    groups: dict[int, list[Quote]] = {}
    for quote in gold:
        groups.setdefault(quote.group, []).append(quote)
    alternatives, *needed = groups.values()
    if len(alternatives) > 1:
        yield _part(t["gold_or"], _quotes(alternatives[1:]))
    for quotes in needed:
        yield _part(t["gold_and_one" if len(quotes) > 1 else "gold_and"], _quotes(quotes))


def _failure_html(place: int, outcome: Outcome, language: Language, can_open: bool) -> str:
    t = texts_in(language)
    facts = [outcome.id, outcome.category, outcome.language, outcome.article_title]
    facts.append(t["confidence"].format(share=percent(outcome.confidence, language)))
    reciprocal = outcome.measures.get("RR")
    if reciprocal:
        facts.append(t["rank"].format(rank=decimal(1 / reciprocal, 0, language)))
    shown = " · ".join(escape(fact) for fact in facts if fact)
    button = (
        f'<button type="button" class="open" data-failure="{place}">{escape(t["open"])}</button>' if can_open else ""
    )
    data = f'data-category="{escape(outcome.category)}" data-language="{escape(outcome.language)}"'
    return (
        f'<details class="failure" {data}><summary><span class="asked" dir="auto">{escape(outcome.question)}</span>'
        f'<span class="facts" dir="auto">{shown}</span></summary>'
        f'<div class="body" id="{anchor(place)}">{button}{outcome_html(outcome, language)}</div></details>\n'
    )


def _filter_html(failures: Failures, t: dict[str, str]) -> str:
    outcomes = [outcome for some in failures.shown.values() for _, outcome in some]
    categories = sorted({outcome.category for outcome in outcomes})
    languages = sorted({outcome.language for outcome in outcomes})
    return (
        f'<form class="filter" data-unfold="{escape(t["unfold"])}" data-fold="{escape(t["fold"])}">'
        f'<input type="search" name="text" placeholder="{escape(t["search"])}" aria-label="{escape(t["search"])}">'
        f"{_select('category', t['category'], t['all_categories'], categories)}"
        f"{_select('language', t['language'], t['all_languages'], languages)}"
        f'<button type="button">{escape(t["unfold"])}</button> <output></output></form>'
    )


def _select(name: str, label: str, everything: str, values: Sequence[str]) -> str:
    options = "".join(f'<option value="{escape(value)}">{escape(value)}</option>' for value in values)
    return (
        f'<select name="{name}" aria-label="{escape(label)}"><option value="">{escape(everything)}</option>'
        f"{options}</select>"
    )


def _part(heading: str, html: str) -> str:
    return f"<h4>{escape(heading)}</h4>{html}"


def _in_context(outcome: Outcome, gold: Quote) -> str:
    before, after = escape(outcome.context_before), escape(outcome.context_after)
    ahead, behind = "… " if before else "", " …" if after else ""
    return (
        f'<blockquote class="right" dir="auto">{ahead}{before}<mark>{escape(_short(gold.text))}</mark>{after}{behind}'
        "</blockquote>"
    )


def _cited(outcome: Outcome) -> str:
    proved = {quote: any(quote.overlaps(gold) for gold in outcome.gold) for quote in outcome.citations}
    return "".join(_quotes([quote], "right" if right else "wrong") for quote, right in proved.items())


def _quotes(quotes: Sequence[Quote], kind: str = "near") -> str:
    shown = (escape(_short(quote.text)) for quote in quotes)
    return "".join(f'<blockquote class="{kind}" dir="auto">{text}</blockquote>' for text in shown)


def _short(text: str) -> str:
    return text if len(text) <= _QUOTE_CHARACTERS else text[:_QUOTE_CHARACTERS] + " …"
