"""An evaluation's report, and the comparison of two, as `beleg eval` prints them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from index.errors import counted
from rag.answering.messages import percent
from rag.evaluation.compare import Change, Comparison, Difference
from rag.evaluation.outcome import FAILURES, Outcome, Quote
from rag.evaluation.report import About, Figure, Report
from ui.cli.output import print_line, print_table, print_text
from ui.report.summary import changes_between, summary, when
from ui.texts import TEXTS

# The measures that are printed without --verbose.
MAIN = (
    *("hit@1", "hit@3", "hit@5", "hit@10", "RR", "nDCG@10", "passage hit@1", "passage nDCG@10"),
    *("article hit@1", "article nDCG@10", "citation precision", "citation recall", "citation F1"),
    *("citations per answer", "EM", "F1", "text F1", "best right", "right", "complete", "precision", "answered"),
    *("prose", "prose failed", "prose statements", "prose supported", "prose precision", "prose recall"),
    *("refused", "AUROC", "AURC", "ECE"),
)
# The columns of the tables by category and language.
GROUPED = ("hit@1", "hit@3", "right", "precision", "answered", "refused")
_QUOTED_CHARACTERS = 240
# So many questions that got better or worse are listed without --verbose.
FEW = 10


def print_report(report: Report, *, verbose: bool, failures: bool = False) -> None:
    """Print what a report says of single questions in words, in tables with 95 % intervals, and what failed.

    Args:
        report: of an evaluation; nothing is printed where it has dialogues only.
        verbose: print every measure.
        failures: print every failure.
    """
    about = report.about
    if not about.questions and about.turns:
        return
    print_text(f"{counted(about.questions, 'question')} of {about.question_set}, scope {about.scope}, {about.model}")
    print_line("")
    _print_questions(report, verbose=verbose)
    _print_failures(report.questions, listed=failures)


def _print_questions(report: Report, *, verbose: bool) -> None:
    about, latency = report.about, report.latency
    for tile in summary(replace(report, handled={}), TEXTS["en"]):
        print_text(f"{tile.number} {tile.words} {tile.more}")
    print_line("")
    shown = {name: figure for name, figure in report.summary.items() if verbose or name in MAIN}
    print_table(["", "value", "95 % interval", "n"], [[name, *_cells(figure)] for name, figure in shown.items()])
    for by, groups in report.groups.items():
        if len(groups) > 1:
            rows = [
                [
                    name,
                    str(max((figure.n for figure in figures.values()), default=0)),
                    *(number(figures[measure].value if measure in figures else None) for measure in GROUPED),
                ]
                for name, figures in groups.items()
            ]
            print_table([f"by {by}", "n", *GROUPED], rows)
    print_table(
        ["answered from", "of all", "precision", "right", "refused"],
        [
            [f"{row.threshold:g}", *map(number, (row.answered, row.precision, row.recall, row.refused))]
            for row in report.thresholds
        ],
    )
    families = {_family(name) for name in shown}
    for name, meaning in TEXTS["en"].section("meanings").items():
        if name in families or (name.endswith("…") and any(one.startswith(name[:-1]) for one in families)):
            print_text(meaning, label=f"{name}: ")
    print_line("")
    print_text(
        f"{1000 * latency.p50:.0f} ms a question (95th percentile {1000 * latency.p95:.0f}), "
        f"{latency.per_second:.0f} a second; "
        f"{about.index_seconds:.1f} s to index {counted(about.articles, 'article')}"
    )


def _family(name: str) -> str:
    stem, at, _ = name.partition("@")
    return f"{stem}@k" if at else name


def _cells(figure: Figure) -> list[str]:
    between = f"{number(figure.low)} … {number(figure.high)}" if figure.n > 1 else ""
    return [number(figure.value), between, str(figure.n)]


def number(value: float | None, *, signed: bool = False) -> str:
    """Write a figure with three decimals, a large one with one; never as "-0.000"; None as ""."""
    if value is None:
        return ""
    shown = f"{value:{'+' if signed else ''}.{3 if abs(value) < 10 else 1}f}"
    return shown if any(digit in shown for digit in "123456789") else shown.lstrip("+-")


def _print_failures(outcomes: Iterable[Outcome], *, listed: bool) -> None:
    # The outcomes are read from disk, once.
    counts = Counter(dict.fromkeys(FAILURES, 0))
    for outcome in outcomes:
        if outcome.failure:
            counts[outcome.failure] += 1
            if listed:
                _print_failure(outcome)
    if listed:
        print_line("")
    failed = ", ".join(f"{n} {failure}" for failure, n in counts.items() if n)
    more = "" if listed or not failed else " (--failures lists them)"
    print_text(f"failures: {failed or 'none'}{more}")


def _print_failure(outcome: Outcome) -> None:
    print_line("")
    print_text(f"{outcome.failure}: {outcome.question} [{outcome.id}]", style="bold")
    facts = f"confidence {percent(outcome.confidence, 'en')}"
    if outcome.answerable and "RR" in outcome.measures:
        rank = outcome.measures["RR"]
        facts += f"; right sentence at rank {1 / rank:.0f}" if rank else "; right sentence not found"
    print_text(facts, label="  ")
    for mark, quote in _quotes(outcome):
        text = quote.text if len(quote.text) <= _QUOTED_CHARACTERS else f"{quote.text[:_QUOTED_CHARACTERS]} …"
        label = f"  {f'{mark}:':9}"
        print_text(text, label=label, hang=len(label))


def _quotes(outcome: Outcome) -> Iterator[tuple[str, Quote]]:
    groups: set[int] = set()
    for quote in outcome.gold:
        yield "right" if not groups else "or" if quote.group in groups else "and", quote
        groups.add(quote.group)
    if outcome.answered:
        yield from (("cited", quote) for quote in outcome.citations)
    else:
        yield from (("nearest", quote) for quote in outcome.nearest[:1])


def print_comparison(comparison: Comparison, *, verbose: bool, names: tuple[str, str] = ("", "")) -> None:
    """Print what changed, how surely, and which questions got better and worse.

    Args:
        comparison: of two reports.
        verbose: print every measure that changed, and every question.
        names: the files of the two reports; "" for one that is none.
    """
    before, after = comparison.before, comparison.after
    print_line("")
    print_text(_named(names[0], before), label="before: ")
    print_text(_named(names[1], after), label="now: ")
    if before.sha256 != after.sha256:
        print_text("the files of questions are not the same; questions are paired by id")
    both = f"{counted(comparison.questions, 'question')} in both"
    if comparison.only_before or comparison.only_after:
        both += f"; {comparison.only_before} only before, {comparison.only_after} only now"
    if comparison.turns:
        both += f"; {counted(comparison.turns, 'turn')} of dialogues in both"
    print_text(both)
    if differing := changes_between(before, after):
        print_text("; ".join(f"{name} {was} → {now}" for name, was, now in differing), label="differs: ")
    else:
        print_text(f"same settings, model ({after.model}), version and commit")
    if not comparison.questions:
        return
    print_line("")
    _print_differences(comparison, verbose=verbose)
    for what, changes in (("better", comparison.better), ("worse", comparison.worse)):
        print_text(f"{len(changes)} {what}")
        _print_changes(changes if verbose else changes[:FEW])
        if not verbose and len(changes) > FEW:
            print_text(f"… and {len(changes) - FEW} more (--verbose lists them)", label="  ")


def _named(name: str, about: About) -> str:
    made = f"{about.question_set}, {when(about)}"
    return f"{name} ({made})" if name else made


def _print_differences(comparison: Comparison, *, verbose: bool) -> None:
    print_differences({name: one for name, one in comparison.differences.items() if verbose or name in MAIN})


def print_differences(shown: Mapping[str, Difference], head: str = "") -> None:
    """Print the measures whose digits changed, with the p-value and the interval of the change.

    Args:
        head: the title of the measures' column.
    """
    # What counts are the digits that are shown, not the last bit.
    changed = {name: one for name, one in shown.items() if number(one.before) != number(one.after)}
    rows = [
        [
            name,
            number(one.before),
            number(one.after),
            number(one.difference, signed=True),
            f"{one.p:.3f}",
            "*" if one.is_sure else "",
            f"{number(one.low, signed=True)} to {number(one.high, signed=True)}",
        ]
        for name, one in changed.items()
    ]
    if rows:
        columns = [head, "before", "now", "change", "p", "", "95 % interval"]
        print_table(columns, rows, bold=[one.is_sure for one in changed.values()])
        print_text(
            "p: how often chance alone would make so large a change; below 0.05 (bold, *) it counts as sure. The "
            "interval holds the true change in 95 of 100 such comparisons."
        )
    if left := len(shown) - len(changed):
        print_text(f"{counted(left, 'measure')} unchanged")


def _print_changes(changes: Sequence[Change]) -> None:
    for change in changes:
        went = "right" if change.is_answerable else "declined"
        print_text(
            f"{change.before or went} → {change.after or went}: {change.question} [{change.id}]", label="  ", hang=4
        )
