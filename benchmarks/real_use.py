"""Small inputs of the kinds that people report of such tools, and what comes back: one line a case.

python -m benchmarks.real_use PATH [--kind KIND]

PATH is a JSON file: "articles" (by name: title, language, text), "cases" (kind, names of articles, turns, and what is
expected of the last turn) and "sentences" (a text, and into how many sentences it is to be split). Each case is one
conversation, in which every turn knows the ones before it with the answers that were really given.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from index import Article
from index.splitting.sentences import split_sentences
from rag import Answer, Assistant, Turn

BUNDLED = "(the bundled article)"


class RealUse:
    """The cases of a file, and assistants for their articles, each made once."""

    def __init__(self, path: Path) -> None:
        data = json.loads(path.read_text(encoding="utf-8"))
        self.cases: list[dict[str, Any]] = data["cases"]
        self.sentences: list[dict[str, Any]] = data["sentences"]
        self._articles = {name: Article.read(**article) for name, article in data["articles"].items()}
        self._assistant = cache(self._open)

    def answer(self, case: dict[str, Any]) -> tuple[Answer, str]:
        """Return the answer to a case's last turn, and its short answer, "" where it has none."""
        assistant = self._assistant(tuple(case["articles"]))
        history: list[Turn] = []
        for question in case["turns"]:
            history.append(Turn(question, assistant.ask(question, history)))
        answer = history[-1].answer
        if answer is None:
            raise ValueError(f"a case has no turns: {case}")
        return answer, short_answer(answer, assistant)

    def _open(self, names: tuple[str, ...]) -> Assistant:
        if names == (BUNDLED,):
            return Assistant.open()
        return Assistant.from_articles([self._articles[name] for name in names])


def short_answer(answer: Answer, assistant: Assistant) -> str:
    """Return the words of the article that answer, "" where the answer has sentences only."""
    if answer.span is None or not answer.citations:
        return ""
    start, end = answer.span
    return assistant.article(answer.citations[0].article_id).text[start:end]


def complaints(expect: dict[str, Any], answer: Answer, short: str) -> list[str]:
    """Return how an answer is other than expected; none for one that is as it should be.

    Args:
        expect: `says`: the short answer, or where there is none the answer's text, contains it. `says_all`: the text
            contains each. `or_abstains`: an abstention is right too. `cites_without`: the first citation does not
            contain it. `short_answer`: whether there is one. `short_answer_without`: it does not contain it.
            `answers`: whether it is no abstention. `language`: of the messages.
    """
    if expect.get("or_abstains") and answer.abstained:
        return []
    first = answer.citations[0].text if answer.citations else ""
    judged = {
        "says": lambda wanted: not answer.abstained and wanted in (short or answer.text),
        "says_all": lambda wanted: not answer.abstained and all(one in answer.text for one in wanted),
        "or_abstains": lambda _: True,
        "cites_without": lambda unwanted: unwanted not in first,
        "short_answer": lambda wanted: bool(short) == wanted,
        "short_answer_without": lambda unwanted: unwanted not in short,
        "answers": lambda wanted: answer.abstained != wanted,
        "language": lambda wanted: answer.language == wanted,
    }
    return [f"{name}: {value!r}" for name, value in expect.items() if not judged[name](value)]


def split_into(case: dict[str, Any]) -> int:
    """Return into how many sentences a text is split."""
    article = Article.read(case["text"], language=case["language"])
    return len(split_sentences(article.text, article.language))


def lines(path: Path, kinds: Sequence[str] = ()) -> Iterator[tuple[str, bool, str]]:
    """Yield kind, whether it is as expected, and the line to print, of each case; of all kinds where none is named."""
    real_use = RealUse(path)
    for case in real_use.cases:
        if kinds and case["kind"] not in kinds:
            continue
        answer, short = real_use.answer(case)
        wrong = complaints(case["expect"], answer, short)
        said = " / ".join(answer.text.splitlines())
        shown = f"{case['turns'][-1]} → [{answer.kind}, {answer.language}] " + (f"«{short}» " if short else "") + said
        yield case["kind"], not wrong, shown + (f"   EXPECTED {'; '.join(wrong)}" if wrong else "")
    for case in real_use.sentences if not kinds or "sentences" in kinds else ():
        found = split_into(case)
        wrong = [] if found == case["sentences"] else [f"   EXPECTED {case['sentences']}"]
        yield "sentences", not wrong, f"{case['text'].splitlines()[0]} → {found}" + "".join(wrong)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path)
    parser.add_argument("--kind", action="append", default=[], help="only these; may be given more than once")
    arguments = parser.parse_args()
    right: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    for kind, passed, line in lines(arguments.path, arguments.kind):
        asked[kind] += 1
        right[kind] += passed
        print(f"{'pass' if passed else 'FAIL'}  {kind:14} {line}", flush=True)
    print(
        "  ".join(f"{kind} {right[kind]}/{of}" for kind, of in asked.items()), f"  all {right.total()}/{asked.total()}"
    )


if __name__ == "__main__":
    main()
