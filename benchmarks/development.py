"""The development data, XQuAD-R's development half: a folder with de.json, en.json, es.json and zh.json."""

from __future__ import annotations

from pathlib import Path

from rag.evaluation.formats.json_file import read_json
from rag.evaluation.formats.squad import SquadEntry, read_entries


def read_development(folder: Path, language: str) -> list[SquadEntry]:
    """Return the articles of `folder`/`language`.json with their questions, each with the paragraph it is about."""
    source, _ = read_json(folder / f"{language}.json")
    return list(read_entries(source))
