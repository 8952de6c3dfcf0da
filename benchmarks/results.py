"""The figures kept with the source: measures them, writes them into docs, compares them with an earlier commit's.

python -m benchmarks.results record [--data DATA]   measures the bundled set (and DATA, XQuAD-R's half), keeps both
python -m benchmarks.results table [--check]        writes docs/accuracy.md's tables, or says whether they are current
python -m benchmarks.results compare [REVISION]     the kept figures against REVISION's; default: the parent's
python -m benchmarks.results bounds                 the lowest that CI accepts, as options of `beleg eval`

Kept in benchmarks/results/: bundled.json, a report without the texts, which `beleg eval --compare` reads, and
development.json. `about.commit` in the first is the commit that was changed when it was measured.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.retrieval import measure
from rag.evaluation import compare, evaluate, read_question_set, read_report, save_report
from rag.evaluation.outcome import Outcome, TurnOutcome
from rag.evaluation.report import Figure, Report
from rag.settings import Settings

ROOT = Path(__file__).parent.parent
BUNDLED = ROOT / "benchmarks" / "results" / "bundled.json"
DEVELOPMENT = BUNDLED.with_name("development.json")
ACCURACY = ROOT / "docs" / "accuracy.md"
OF_DEVELOPMENT = ("hit@1", "hit@3", "hit@5", "collection passage nDCG@10", "AUROC", "ECE")
OF_BUNDLED = ("hit@1", "hit@3", "answered", "right", "complete", "precision", "refused")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("record").add_argument("--data", type=Path)
    commands.add_parser("table").add_argument("--check", action="store_true")
    commands.add_parser("compare").add_argument("revision", nargs="?", default="HEAD^")
    commands.add_parser("bounds")
    arguments = parser.parse_args()
    if arguments.command == "record":
        _record(arguments.data)
    elif arguments.command == "table":
        sys.exit(_table(check=arguments.check))
    elif arguments.command == "compare":
        _compare(arguments.revision)
    else:
        print(" ".join(f"--fail-under {bound}" for bound in bounds()))


def _record(data: Path | None) -> None:
    save_report(_small(evaluate(read_question_set(None))), BUNDLED)
    if data:
        # The trained reader has seen these articles: benchmarks.reading measures it, with weights that have not.
        DEVELOPMENT.write_text(
            json.dumps(measure(data, Settings(reader="embedding")), indent=1, ensure_ascii=False) + "\n",
            encoding="utf-8",
        )


def _small(report: Report) -> Report:
    # What the tables and comparing need; seconds are of one machine on one day.
    categories = {name: _rounded(figures) for name, figures in report.groups["category"].items()}
    return replace(
        report,
        summary=_rounded(report.summary),
        groups={"category": categories},
        questions=[_without_texts(outcome) for outcome in report.questions],
        handled={by: _rounded(figures) for by, figures in report.handled.items()},
        turns=tuple(_turn_without_texts(turn) for turn in report.turns),
    )


def _rounded(figures: Mapping[str, Figure]) -> dict[str, Figure]:
    return {name: Figure(round(f.value, 4), round(f.low, 4), round(f.high, 4), f.n) for name, f in figures.items()}


def _without_texts(outcome: Outcome) -> Outcome:
    return replace(
        outcome,
        text="",
        gold=(),
        answers=(),
        citations=(),
        nearest=(),
        context_before="",
        context_after="",
        seconds=0.0,
        confidence=round(outcome.confidence, 4),
        measures={name: round(value, 4) for name, value in outcome.measures.items()},
    )


def _turn_without_texts(turn: TurnOutcome) -> TurnOutcome:
    left_out: dict[str, Any] = {"earlier": (), "expected": (), "citations": ()}
    left_out |= dict.fromkeys(("question", "read_as", "text", "short_answer"), "") | {"seconds": 0.0}
    return replace(turn, confidence=round(turn.confidence, 4), **left_out)


def _table(*, check: bool) -> int:
    written = ACCURACY.read_text(encoding="utf-8")
    current = written
    for name, lines in tables().items():
        begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        before, rest = current.split(begin)
        current = before + begin + "\n" + "\n".join(lines) + "\n\n" + end + rest.split(end, 1)[1]
    if check and current != written:
        print("docs/accuracy.md has other tables than benchmarks/results; run: python -m benchmarks.results table")
        return 1
    ACCURACY.write_text(current, encoding="utf-8")
    return 0


def tables() -> dict[str, list[str]]:
    """Return the Markdown lines of the tables of docs/accuracy.md, by the name of their place."""
    kept: dict[str, dict[str, list[float]]] = json.loads(DEVELOPMENT.read_text(encoding="utf-8"))
    development = [_header("question → article", (name.removeprefix("collection ") for name in OF_DEVELOPMENT))]
    for pair, figures in kept.items():
        cells = (_cell(figures.get(name)) for name in OF_DEVELOPMENT)
        development.append(f"| {pair.replace('→', ' → ')} | " + " | ".join(cells) + " |")
    report = json.loads(BUNDLED.read_text(encoding="utf-8"))
    bundled = [_header("category", ("questions", *OF_BUNDLED))]
    groups = {**report["groups"]["category"], "**all**": report["summary"]}
    rows = report["questions"]
    for category, figures in groups.items():
        count = sum(row["category"] == category for row in rows) or len(rows)
        cells = (_cell(_three(figures.get(name))) for name in OF_BUNDLED)
        bundled.append(f"| {category} | {count} | " + " | ".join(cells) + " |")
    return {"development": development, "bundled": bundled}


def _header(first: str, names: Any) -> str:
    columns = [first, *names]
    return "| " + " | ".join(columns) + " |\n" + "|---" * len(columns) + "|"


def _three(figure: dict[str, float] | None) -> list[float] | None:
    return [figure["value"], figure["low"], figure["high"]] if figure else None


def _cell(figure: list[float] | None) -> str:
    """Value and 95 % interval."""
    return f"{figure[0]:.3f} ({figure[1]:.2f}–{figure[2]:.2f})" if figure else ""


def _compare(revision: str) -> None:
    shown = subprocess.run(
        ["git", "show", f"{revision}:{BUNDLED.relative_to(ROOT).as_posix()}"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if shown.returncode:
        sys.exit(f"{revision} has no kept figures ({shown.stderr.strip()}). Expected a commit that has {BUNDLED.name}.")
    with tempfile.TemporaryDirectory() as folder:
        earlier = Path(folder) / "earlier.json"
        earlier.write_text(shown.stdout, encoding="utf-8")
        found = compare(read_report(earlier), read_report(BUNDLED))
    for name, some in found.differences.items():
        print(f"{name:28} {some.before:.3f} → {some.after:.3f}  {some.difference:+.3f} "
              f"[{some.low:+.3f}, {some.high:+.3f}]  p {some.p:.3f}  n {some.n}")  # fmt: skip
    for title, changes in (("better", found.better), ("worse", found.worse)):
        print(f"{title}: {', '.join(change.id for change in changes) or 'none'}")


def bounds(names: tuple[str, ...] = ("hit@1", "hit@3", "right", "precision", "refused")) -> list[str]:
    """Return NAME=VALUE for --fail-under: each kept figure less half the width of its interval."""
    summary = json.loads(BUNDLED.read_text(encoding="utf-8"))["summary"]
    figures = {name: Figure(**summary[name]) for name in names}
    return [f"{name}={f.value - (f.high - f.low) / 2:.3f}" for name, f in figures.items()]


if __name__ == "__main__":
    main()
