"""A conversation to export, and files that say something else than Beleg wrote. Used by the export's tests."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rag import Assistant, Turn
from ui.export import export_html, export_of, read_export
from ui.export.data import Export
from ui.export.page import BLOCK_END, BLOCK_START

DATE = "2026-05-12T14:03:00+00:00"
HOSTILE = '</script><img src=x onerror="alert(1)"> & \u202egnoj\u2028\u2029 Wie backt man Brot?'
QUESTIONS = ("Wann trafen sich Yoon und Kishida zuletzt?", "Und wo?", HOSTILE)


def exported(assistant: Assistant, *questions: str, name: str = "") -> Export:
    """Return what was asked and answered, as an export in German."""
    turns: list[Turn] = []
    for question in questions or QUESTIONS:
        turns.append(Turn(question, assistant.ask(question, turns)))
    return export_of(turns, {one.id: one for one in assistant.articles}, assistant, name=name, language="de", date=DATE)


def altered(export: Export, path: Path, alter: Callable[[dict[str, Any]], object], *, page: bool = True) -> Path:
    """Write an export whose data `alter` has changed, and, with `page`, the page that says the same."""
    text = export_html(export)
    start, end = text.index(BLOCK_START) + len(BLOCK_START), text.index(BLOCK_END)
    data = json.loads(text[start:end])
    alter(data)
    path.write_text(text[:start] + json.dumps(data) + text[end:], encoding="utf-8", newline="")
    if page:
        path.write_text(export_html(read_export(path)[0]), encoding="utf-8", newline="")
    return path
