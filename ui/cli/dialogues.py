"""The turns of dialogues in a report, as `beleg eval` prints them: how many were handled, and what came instead."""

from __future__ import annotations

from collections.abc import Iterable

from index.errors import counted
from rag.answering.messages import percent
from rag.evaluation.compare import Comparison
from rag.evaluation.outcome import TurnOutcome
from rag.evaluation.report import Report
from ui.cli.output import print_line, print_table, print_text
from ui.cli.report import FEW, number, print_differences
from ui.report.summary import MEASURING, fault_words, listed_turns
from ui.texts import TEXTS

_EARLIER_CHARACTERS = 100
_TEXT_CHARACTERS = 400
# The groups that have a table of their own, where they are more than one.
_TABLES = ("kind", "part", "language", "expects")


def print_turns(report: Report, *, listed: bool) -> None:
    """Print which share of turns was handled as it should be, with 95 % intervals, by what groups them.

    Args:
        report: of an evaluation; nothing is printed where it has no dialogues.
        listed: print every turn that was not handled, but those that are only measured.
    """
    about = report.about
    if not report.turns:
        return
    if about.questions:
        print_line("")
    half = f", part {about.part}" if about.part else ""
    turns = f"{counted(about.turns, 'turn')} of {counted(about.dialogues, 'dialogue')}"
    print_text(f"{turns} of {about.question_set}{half}, {about.model}")
    print_line("")
    for by, groups in report.handled.items():
        if by != "all" and (by not in _TABLES or len(groups) < 2):
            continue
        rows = [
            [
                name,
                number(figure.value),
                f"{number(figure.low)} … {number(figure.high)}" if figure.n > 1 else "",
                str(round(figure.value * figure.n)),
                str(figure.n),
            ]
            for name, figure in groups.items()
        ]
        print_table(["handled" if by == "all" else f"handled by {by}", "share", "95 % interval", "turns", "of"], rows)
    print_text(TEXTS["en"]("turns.meaning"), label="handled: ")
    print_line("")
    _print_unhandled(report, listed=listed)


def print_changed_turns(comparison: Comparison, *, verbose: bool) -> None:
    """Print how the share of turns that are handled changed, by kind, and which turns are better and worse.

    Args:
        comparison: of two reports; nothing is printed where they have no turn in common.
        verbose: print every turn.
    """
    if not comparison.turns:
        return
    print_line("")
    print_differences(comparison.handled, "handled")
    for what, changes in (("better", comparison.turns_better), ("worse", comparison.turns_worse)):
        print_text(f"{counted(len(changes), 'turn')} {what}")
        seen = [change for change in changes if change.part != MEASURING or comparison.after.part == MEASURING]
        for change in seen if verbose else seen[:FEW]:
            went = " → ".join(
                "; ".join(fault_words(fault, TEXTS["en"]) for fault in some) or "handled"
                for some in (change.before, change.after)
            )
            print_text(f"{change.kind}: {change.question} [{change.id}]: {went}", label="  ", hang=4)
        if not verbose and len(seen) > FEW:
            print_text(f"… and {len(seen) - FEW} more (--verbose lists them)", label="  ")
        if len(seen) < len(changes):
            print_text(f"{len(changes) - len(seen)} of the part {MEASURING!r} are not listed", label="  ")


def _print_unhandled(report: Report, *, listed: bool) -> None:
    shown, withheld = listed_turns(report)
    if listed:
        _print_by_kind(shown)
    total = len(shown) + withheld
    more = "" if listed or not shown else " (--failures lists them)"
    print_text(f"not handled: {counted(total, 'turn') if total else 'none'}{more}")
    if listed and withheld:
        print_text(
            f"Not listed: {withheld} of the part {MEASURING!r}, so that nothing is built for them; "
            f"--part {MEASURING} lists them."
        )


def _print_by_kind(turns: Iterable[TurnOutcome]) -> None:
    # Those of a kind stand together: they have a cause together more often than those of a dialogue.
    for turn in sorted(turns, key=lambda turn: turn.kind):
        print_text(f"{turn.kind}: {turn.question} [{turn.id}, {turn.language}]", style="bold")
        for question, answer in turn.earlier:
            _print_labelled("before", f"{question} → {_short(answer, _EARLIER_CHARACTERS)}")
        if turn.read_as:
            _print_labelled("read as", turn.read_as)
        _print_labelled("expected", "; ".join(turn.expected))
        if turn.came:
            sure = percent(turn.confidence, "en")
            _print_labelled("came", f"{turn.came}, {sure}: {_short(turn.text, _TEXT_CHARACTERS)}")
        if turn.short_answer:
            _print_labelled("short", turn.short_answer)
        if turn.came == "abstention":
            for text in turn.citations:
                _print_labelled("nearest", _short(text, _TEXT_CHARACTERS))
        _print_labelled("faults", "; ".join(fault_words(fault, TEXTS["en"]) for fault in turn.faults))
        print_line("")


def _print_labelled(name: str, text: str) -> None:
    label = f"  {f'{name}:':10}"
    print_text(text, label=label, hang=len(label))


def _short(text: str, characters: int) -> str:
    folded = " ".join(text.split())
    return folded if len(folded) <= characters else f"{folded[:characters]} …"
