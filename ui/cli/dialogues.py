"""The turns of dialogues in a report, as `beleg eval` prints them: how many were handled, and what came instead."""

from __future__ import annotations

from collections.abc import Iterable

from index.errors import counted
from rag.answering.messages import percent
from rag.evaluation.outcome import TurnOutcome
from rag.evaluation.report import Report
from ui.cli.output import print_line, print_table, print_text
from ui.cli.report import number
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
    if not report.turns:
        return
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


def _print_unhandled(report: Report, *, listed: bool) -> None:
    shown, withheld = listed_turns(report)
    if listed:
        _print_by_kind(shown)
    total = len(shown) + withheld
    more = "" if listed or not shown else " (--failures lists them)"
    print_text(f"not handled: {counted(total, 'turn') if total else 'none'}{more}")
    if listed and withheld:
        print_text(
            f"{counted(withheld, 'turn')} of the part {MEASURING!r} are not listed, so that nothing is built for them; "
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
