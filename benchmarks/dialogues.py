"""The bundled questions, by category: answered, right sentence, refused; and the follow-ups with and without history.

python -m benchmarks.dialogues [--json OUT]

The rules for follow-ups were written with dialogues 01 to 20 in view; 21 to 44 were only measured.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from benchmarks.questions import GoldQuestion, read_questions
from rag import Answer, Assistant, Turn
from rag.conversation import leans_on_before

SEEN = {f"dialogue-{number:02}" for number in range(1, 21)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    out = parser.parse_args().json
    assistant = Assistant.open()
    questions = read_questions(assistant.articles[0])
    groups: dict[str, list[tuple[GoldQuestion, Answer]]] = defaultdict(list)
    for question in questions:
        history = [Turn(text, assistant.ask(text)) for text in question.earlier]
        name = question.category
        if question.earlier:
            name += " (seen)" if question.id in SEEN else " (held out)"
            groups[name + " without history"].append((question, assistant.ask(question.text)))
        groups[name].append((question, assistant.ask(question.text, history)))
    table = {name: _figures(some) for name, some in groups.items()}
    for name, figures in table.items():
        print(f"{name:48}", "  ".join(f"{key} {value}" for key, value in figures.items()))
    follow_ups = [question for question in questions if question.earlier]
    for name, some in (
        ("seen", [q for q in follow_ups if q.id in SEEN]),
        ("held out", [q for q in follow_ups if q.id not in SEEN]),
    ):
        right = sum(leans_on_before(q.text) == (q.category == "follow-up") for q in some)
        print(f"told apart, follow-up or stand-alone, {name}: {right} of {len(some)}")
    if out:
        out.write_text(json.dumps(table, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _figures(asked: Sequence[tuple[GoldQuestion, Answer]]) -> dict[str, str]:
    """Counts as "found/all": answered, best sentence right (whether or not it was answered), any citation right."""
    answerable = [(question, answer) for question, answer in asked if question.answerable]
    unanswerable = [answer for question, answer in asked if not question.answerable]
    figures = {}
    if answerable:
        figures["best right"] = f"{sum(_best_is_right(q, a) for q, a in answerable)}/{len(answerable)}"
        figures["answered"] = f"{sum(not a.abstained for _, a in answerable)}/{len(answerable)}"
        right = sum(any(q.is_proved_by(c.start, c.end) for c in a.citations) for q, a in answerable)
        figures["cited right"] = f"{right}/{len(answerable)}"
    if unanswerable:
        figures["refused"] = f"{sum(a.abstained for a in unanswerable)}/{len(unanswerable)}"
    return figures


def _best_is_right(question: GoldQuestion, answer: Answer) -> bool:
    if answer.abstained:
        return question.is_proved_by(answer.nearest[0].start, answer.nearest[0].end)
    best = max(answer.statements, key=lambda statement: statement.support).citations[0]
    return question.is_proved_by(best.start, best.end)


if __name__ == "__main__":
    main()
