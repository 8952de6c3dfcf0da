"""What evaluating costs: its time against a bare loop of `ask` over the same questions, and its memory.

python -m benchmarks.evaluation DATA [--json OUT]

DATA is the folder with de.json: 612 German questions, each asked of its own article. Making indexes does not count, nor
does loading the model; measuring, intervals and the libraries for them do. Each run is a process of its own, in turn;
the ratio is of the medians. Memory: the peak of a process that evaluates all, of the bare loop over the same, and of
processes that evaluate the first 200 questions once and ten times over: with the articles the memory that torch keeps
for texts of each length grows, with or without an evaluation, so that only the same articles tell.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from rag import Assistant
from rag.evaluation import evaluate, read_question_set

ROUNDS = 3
FEW = 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--one", choices=("bare", "evaluate", "once", "tenfold"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    file = arguments.data / "de.json"
    if arguments.one:
        print(json.dumps(_bare(file) if arguments.one == "bare" else _evaluate(file, arguments.one)))
        return
    bare, evaluated = [], []
    for _ in range(arguments.rounds):
        bare.append(_in_a_process(arguments.data, "bare"))
        evaluated.append(_in_a_process(arguments.data, "evaluate"))
    of_bare, of_evaluated = (statistics.median(run["seconds"] for run in runs) for runs in (bare, evaluated))
    figures = {
        "bare loop, s": of_bare,
        "evaluate, s": of_evaluated,
        "ratio": of_evaluated / of_bare,
        "peak, bare loop, MB": statistics.median(run["megabytes"] for run in bare),
        "peak, evaluate, MB": statistics.median(run["megabytes"] for run in evaluated),
        "peak, 200 questions, MB": _in_a_process(arguments.data, "once")["megabytes"],
        "peak, 2,000 questions, MB": _in_a_process(arguments.data, "tenfold")["megabytes"],
    }
    for name, value in figures.items():
        print(f"{name:28} {value:.2f}")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def _in_a_process(data: Path, what: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.evaluation", str(data), "--one", what]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: dict[str, float] = json.loads(printed.splitlines()[-1])
    return found


def _bare(file: Path) -> dict[str, float]:
    question_set = read_question_set(file)
    seconds, of = 0.0, ""
    assistant = Assistant.open()
    assistant.ask("Wer?")
    for question in question_set.questions:
        if question.article_id != of:
            assistant = Assistant.from_articles([question_set.article(question.article_id)])
            of = question.article_id
        started = time.perf_counter()
        assistant.ask(question.text)
        seconds += time.perf_counter() - started
    return {"seconds": seconds, "megabytes": _peak_megabytes()}


def _evaluate(file: Path, what: str) -> dict[str, float]:
    question_set = read_question_set(file, limit=None if what == "evaluate" else FEW)
    if what == "tenfold":
        # Each ten times in a row, so that the questions of an article stay together.
        tenfold = [replace(q, id=f"{q.id}-{turn}") for q in question_set.questions for turn in range(10)]
        question_set = replace(question_set, questions=tenfold)
    Assistant.open().ask("Wer?")
    started = time.perf_counter()
    report = evaluate(question_set)
    seconds = time.perf_counter() - started - report.about.index_seconds
    return {"seconds": seconds, "megabytes": _peak_megabytes()}


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


if __name__ == "__main__":
    main()
