"""The follow-ups among the bundled questions, with and without what was asked before; seen and held out.

python -m benchmarks.dialogues [--json OUT]

The rules for follow-ups were written with dialogues 01 to 20 in view; 21 to 44 were only measured.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from rag import Assistant
from rag.conversation.dependence import leans_on_before
from rag.evaluation import GoldQuestion, Outcome, evaluate, read_question_set

SEEN = {f"dialogue-{number:02}" for number in range(1, 21)}
COUNTED = ("best right", "answered", "right", "refused")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    out = parser.parse_args().json
    bundled = read_question_set(None)
    dialogues = [question for question in bundled.questions if question.id.startswith("dialogue-")]
    without = [replace(question, earlier=()) for question in dialogues]
    assistant = Assistant.open()
    asked = {
        suffix: list(evaluate(replace(bundled, questions=some, dialogues=()), assistant=assistant).questions)
        for suffix, some in (("", dialogues), (", without history", without))
    }
    table: dict[str, dict[str, str]] = {}
    for part, ids in (("seen", SEEN), ("held out", {question.id for question in dialogues} - SEEN)):
        for category in sorted({question.category for question in dialogues}):
            for suffix, outcomes in asked.items():
                some = [outcome for outcome in outcomes if outcome.id in ids and outcome.category == category]
                table[f"{category} ({part}){suffix}"] = _counts(some)
        told = [_is_told(question) for question in dialogues if question.id in ids]
        table[f"told apart, follow-up or stand-alone ({part})"] = {"right": f"{sum(told)}/{len(told)}"}
    for name, figures in table.items():
        print(f"{name:52}", "  ".join(f"{key} {value}" for key, value in figures.items()))
    if out:
        out.write_text(json.dumps(table, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _counts(outcomes: Iterable[Outcome]) -> dict[str, str]:
    """Counts as "found/all", of the questions that a measure applies to."""
    measured = {name: [o.measures[name] for o in outcomes if name in o.measures] for name in COUNTED}
    return {name: f"{sum(values):.0f}/{len(values)}" for name, values in measured.items() if values}


def _is_told(question: GoldQuestion) -> bool:
    return leans_on_before(question.text) == (question.category == "follow-up")


if __name__ == "__main__":
    main()
