"""Files of questions in Beleg's own format, about a small article; and what a question set's gold evidence says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from index import Article
from index.errors import BelegError
from rag.evaluation.questions import QuestionSet
from ui.texts import TEXTS

TEXT = "Ada Lovelace schrieb 1843 ein Programm. Charles Babbage baute die Maschine nie. Ada Lovelace starb 1852."
ARTICLE = Article.read(TEXT, title="Ada", language="de", source="texte/ada.txt")
OTHER = Article.read("Grace Hopper schrieb 1952 einen Compiler.", title="Grace", language="de", source="grace.txt")


def own(tmp_path: Path, *questions: dict[str, Any], **more: Any) -> Path:
    path = tmp_path / "questions.json"
    content = {"format": "beleg-questions/1", **more, "questions": questions}
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False), encoding="utf-8")
    return path


def asked(id: str = "q1", **more: Any) -> dict[str, Any]:
    return {
        "id": id,
        "question": "Wer starb 1852?",
        "answerable": True,
        "evidence": [{"text": "Ada Lovelace starb"}],
        **more,
    }


def quotes(questions: QuestionSet) -> list[list[str]]:
    return [
        [questions.article(piece.article_id).text[piece.start : piece.end] for piece in question.evidence]
        for question in questions.questions
    ]


def said_in_german(error: BelegError) -> str:
    """Return what an error says in German, where that is not its English sentence, which has the same places in it."""
    german, english = TEXTS["de"].error(error), str(error)
    assert german != english and "Expected" not in german, f"no German sentence for {error.code!r}: {english}"
    for place in re.findall(r"line \d+", english):
        assert place.replace("line", "Zeile") in german
    return german
