"""What people type about everyday texts: answered rightly, wrongly, refused, by kind of question.

    python -m benchmarks.written [FILE…]

Without FILEs, the texts of training/written/ that nothing is trained or fitted on. Each is asked by itself, through
`Assistant.ask`; a turn of a conversation after the turns before it, answered as they should be. "right": a sentence
that answers is cited. The files' questions that their text does not answer were written to sound as if it did.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from pydantic import TypeAdapter

from rag import Answer, Assistant, Turn
from rag.conversation.follow_up import understand
from training.written import WrittenQuestion, WrittenText, read_written


def main() -> None:
    files = sys.argv[1:]
    texts = [text for file in files for text in read_file(Path(file))] if files else list(read_written(held=True))
    counts: dict[str, Counter[str]] = {}
    for text in texts:
        assistant = Assistant.from_text(text.text, text.title, text.language)
        for question in text.questions:
            found = outcome(question, assistant.ask(question.question))
            for group in (question.kind, "asked in another language" if question.language != text.language else ""):
                counts.setdefault(group, Counter()).update([found])
        for dialogue in text.dialogues:
            history: list[Turn] = []
            for turn in dialogue:
                found = outcome(turn, assistant.ask(turn.question, history))
                place = "turn, later" if history else "turn, first"
                counts.setdefault(f"{place}: {'answered' if turn.evidence else 'none'}", Counter()).update([found])
                history.append(turn.turn(text.text, understand(turn.question, history)))
    print(f"{len(texts)} texts\n\n| kind | questions | right | wrong | refused |\n|---|---|---|---|---|")
    for group in sorted(filter(None, counts)):
        total = counts[group].total()
        shares = " | ".join(f"{counts[group][one] / total:.3f}" for one in ("right", "wrong", "refused"))
        print(f"| {group} | {total} | {shares} |")


def read_file(path: Path) -> list[WrittenText]:
    """Return the texts of a file."""
    return TypeAdapter(list[WrittenText]).validate_json(path.read_bytes())


def outcome(question: WrittenQuestion, answer: Answer) -> str:
    """Return "right", "wrong" or "refused"."""
    if answer.abstained:
        return "refused"
    cited = [one.text for one in answer.citations]
    return "right" if any(e in c or c in e for e in question.evidence for c in cited) else "wrong"


if __name__ == "__main__":
    main()
