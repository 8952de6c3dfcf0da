"""How many contradictions are told, and how many answers are said to differ that do not.

python -m benchmarks.contradiction [DATA] [--part PART] [--json OUT]

The pairs of contradictions.json are asked each over its own articles, and over the articles of all of them together.
DATA is XQuAD-R's development half: each article by itself and all articles of a language together, asked in the same
language. Its articles do not contradict themselves, so that each answer that differs is a false alarm, or two
statements about different times or places.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from benchmarks.development import DevelopmentEncoder, read_development
from index import Article, build_index
from index.models.embedded_encoder import open_encoder
from rag import Answer, Assistant

PAIRS = Path(__file__).with_name("contradictions.json")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--part", choices=("building", "held out"), help="of the pairs, print these in full")
    parser.add_argument("--languages", nargs="+", default=["de", "en", "es", "zh"])
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    figures = pairs(arguments.part)
    if arguments.data:
        figures |= development(arguments.data, arguments.languages)
    for name, value in figures.items():
        print(f"{name:60} {value}")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def pairs(shown: str | None) -> dict[str, str]:
    """Return counts as "found/all"; the cases of the part `shown` that went wrong are printed."""
    encoder = open_encoder()
    cases = json.loads(PAIRS.read_text(encoding="utf-8"))["cases"]
    read = {case["id"]: [Article.read(**article) for article in case["articles"]] for case in cases}
    counts: dict[str, list[int]] = {}
    for case in cases:
        answer = Assistant(build_index(read[case["id"]], encoder), encoder).ask(case["question"])
        wanted = bool(case["differs"])
        right = answer.differs == wanted and (not wanted or says_all(answer, case["differs"]))
        several = "" if not wanted else ", two articles" if len(case["articles"]) > 1 else ", one article"
        count = counts.setdefault(f"{'told' if wanted else 'false alarms'}, {case['part']}{several}", [0, 0])
        count[0] += right if wanted else answer.differs
        count[1] += 1
        if case["part"] == shown and not right:
            print("WRONG", case["id"], case["question"], case["differs"], "→", " / ".join(answer.text.splitlines()))
    return {name: f"{found}/{of}" for name, (found, of) in counts.items()}


def says_all(answer: Answer, values: list[str]) -> bool:
    """Return whether an answer's text has a part of either value."""
    return all(value in answer.text for value in values)


def development(data: Path, languages: Sequence[str]) -> dict[str, str]:
    """Return how many answers differ, of XQuAD-R's development half, and print each of them."""
    encoder = DevelopmentEncoder()
    counts: dict[str, str] = {}
    for language in languages:
        entries = read_development(data, language)
        together = Assistant(build_index([entry.article for entry in entries], encoder), encoder)
        for name in ("each article by itself", "all articles together"):
            answered = differing = 0
            for entry in entries:
                alone = name == "each article by itself"
                assistant = together.over(build_index([entry.article], encoder)) if alone else together
                for question, _ in entry.questions:
                    answer = assistant.ask(question.text)
                    answered += not answer.abstained
                    differing += answer.differs
                    if answer.differs:
                        print("DIFFERS", language, name, question.text, list(question.answers)[:1], flush=True)
                        print("".join(f"    {line}\n" for line in answer.text.splitlines()), flush=True)
            counts[f"said to differ, XQuAD-R {language}, {name}"] = f"{differing}/{answered}"
    return counts


if __name__ == "__main__":
    main()
