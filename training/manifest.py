"""The sets that the reader is trained on, as training/manifest.toml lists them, read as articles with questions."""

from __future__ import annotations

import gzip
import json
import random
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from training.corpus import Asked, Source, read_squad

MANIFEST = Path(__file__).with_name("manifest.toml")
# Of the questions of MLQA, how many are asked in another language.
FOREIGN = 0.3
_DEFINITION = re.compile(
    r"^(?P<article>(?:Der|Die|Das|Ein|Eine) )?(?P<subject>.{2,60}?) (?P<verb>ist|sind|war|waren) (?P<what>.{8,}?)[.;]"
)


class Set(BaseModel):
    """One file of training data, and how it is used; the fields are explained in manifest.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    licence: str
    share: float = Field(ge=0, le=1)
    questions: int = Field(ge=1)
    kind: Literal["span", "sentence", "passage", "definitions"]
    titled: bool
    grouped: int = Field(ge=0)
    switched: float = Field(ge=0, le=1)
    copies: int = Field(ge=1)
    asked: str = ""

    @property
    def language(self) -> str:
        """Of its texts."""
        return self.file.split(".json")[0].split(".")[-1]


def read_manifest(path: Path = MANIFEST) -> list[Set]:
    """Return the sets, in the file's order."""
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    return [Set(file=file, **(content["defaults"] | table)) for file, table in content["sets"].items()]


def read_set(one: Set, path: Path, parallel: dict[str, dict[str, str]], chance: random.Random) -> Iterator[Source]:
    """Yield a share of a set's articles, with the bounded number of questions.

    Args:
        parallel: the wordings of questions in several languages, by their ids; some are asked in another one.
    """
    if one.kind == "definitions":
        articles = _definitions(path, one.language)
    elif path.name.endswith(".jsonl.gz"):
        articles = _passages(path, one.language)
    else:
        articles = read_squad(path)
    if one.grouped:
        articles = _grouped(articles, one.grouped)
    for article in articles:
        if chance.random() < one.share:
            paragraphs = []
            for context, asked in article.paragraphs:
                some = chance.sample(asked, min(one.questions, len(asked)))
                if one.kind == "sentence":
                    some = [replace(question, kind="sentence") for question in some]
                some = [_foreign(question, parallel, one, chance) for question in some]
                paragraphs.append((context, some))
            yield Source(article.language, paragraphs, article.titles if one.titled else [])


def read_parallel(path: Path) -> dict[str, dict[str, str]]:
    """Return the wordings of each question of mlqa-parallel-questions.jsonl.gz by language, by the question's id."""
    lines = (json.loads(line) for line in gzip.decompress(path.read_bytes()).decode().splitlines())
    return {line.pop("id"): line for line in lines}


def _foreign(asked: Asked, parallel: dict[str, dict[str, str]], one: Set, chance: random.Random) -> Asked:
    if one.asked:
        return replace(asked, language=one.asked)
    others = {language: text for language, text in parallel.get(asked.id, {}).items() if language != one.language}
    if not others or chance.random() >= FOREIGN:
        return asked
    # English and German are what users ask in.
    language = chance.choice([other for other in ("en", "de") if other in others] or sorted(others))
    return replace(asked, question=others[language], language=language)


def _grouped(articles: Iterator[Source], size: int) -> Iterator[Source]:
    paragraphs: list[tuple[str, list[Asked]]] = []
    titles: list[str] = []
    language = ""
    for article in articles:
        language = article.language
        for place, paragraph in enumerate(article.paragraphs):
            paragraphs.append(paragraph)
            titles.append(article.titles[place] if article.titles else "")
            if len(paragraphs) == size:
                yield Source(language, paragraphs, titles)
                paragraphs, titles = [], []
    if paragraphs:
        yield Source(language, paragraphs, titles)


def _passages(path: Path, language: str) -> Iterator[Source]:
    """Yield paragraphs of which it is known which question they answer, but not where."""
    for line in gzip.decompress(path.read_bytes()).decode().splitlines():
        entry = json.loads(line)
        answer = (0, len(entry["context"].rstrip()))
        yield Source(
            language, [(entry["context"].rstrip(), [Asked(entry["question"], answer, "passage", id=entry["id"])])]
        )


def read_texts(path: Path, language: str) -> Iterator[Source]:
    """Yield texts without questions, each paragraph under its title and heading."""
    for line in gzip.decompress(path.read_bytes()).decode().splitlines():
        entry = json.loads(line)
        paragraphs, titles, heading = [], [], ""
        for block in entry["text"].split("\n\n"):
            text = " ".join(block.split())
            if text.startswith("=="):
                heading = text.strip("= ")
            elif text:
                paragraphs.append((text, []))
                titles.append(f"{entry['title']} › {heading}" if heading else entry["title"])
        if paragraphs:
            yield Source(language, paragraphs, titles)


def _definitions(path: Path, language: str) -> Iterator[Source]:
    """Yield texts with a question made from their title, where the first sentence says what it is."""
    for source in read_texts(path, language):
        text, title = source.paragraphs[0][0], source.titles[0].split(" › ")[0]
        source.paragraphs[0] = (text, list(_definition(text, title)))
        yield Source(language, source.paragraphs[:8], source.titles[:8])


def _definition(text: str, title: str) -> Sequence[Asked]:
    found = _DEFINITION.match(text)
    if not found or found["subject"] not in (title, f"{title}s"):
        return []
    return [Asked(f"Was {found['verb']} {(found['article'] or '').lower()}{title}?", found.span("what"))]
