"""Files of questions in Beleg's own format, about a small article."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from index import Article

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
