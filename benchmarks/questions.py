"""Reads eval_questions.json: questions about the bundled article with their evidence as Spans."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from index import Article, Span

BUNDLED_QUESTIONS = Path(__file__).parent.parent / "eval_questions.json"


@dataclass(frozen=True, slots=True)
class GoldQuestion:
    """A question, the questions before it, and what in the article proves its answer; nothing where nothing does."""

    id: str
    category: str
    language: str
    earlier: tuple[str, ...]
    text: str
    answerable: bool
    evidence: tuple[Span, ...]

    def is_proved_by(self, start: int, end: int) -> bool:
        """Whether a sentence [start, end) overlaps the evidence."""
        return any(start < span.end and end > span.start for span in self.evidence)


def read_questions(article: Article, path: Path = BUNDLED_QUESTIONS) -> list[GoldQuestion]:
    """Return the questions, with every piece of evidence found in the article.

    Raises:
        ValueError: a piece of evidence is not in the article as often as it says.
    """
    return [
        GoldQuestion(
            id=item["id"],
            category=item["category"],
            language=item["language"],
            earlier=tuple(turn["question"] for turn in item["history"]),
            text=item["question"],
            answerable=item["answerable"],
            evidence=tuple(_find(article.text, item["id"], **evidence) for evidence in item["evidence"]),
        )
        for item in json.loads(path.read_text(encoding="utf-8"))["questions"]
    ]


def _find(article_text: str, id: str, *, text: str, occurrence: int) -> Span:
    at = -1
    for _ in range(occurrence):
        at = article_text.find(text, at + 1)
        if at < 0:
            raise ValueError(f"{id}: {text!r} is not in the article {occurrence} times")
    return Span(at, at + len(text))
