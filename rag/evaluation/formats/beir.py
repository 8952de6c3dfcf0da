"""A BEIR folder → a question set with whole articles as gold. Thakur et al. 2021 (arXiv 2104.08663).

It has corpus.jsonl, queries.jsonl, and qrels/test.tsv or else dev.tsv, train.tsv. The corpus stays on disk; memory
holds only where each of its articles begins.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, Field

from index import Article
from index.article import SAMPLE_CHARACTERS, detect_language, normalise
from index.errors import QuestionSetError
from index.input_file import opened
from rag.evaluation.formats.json_file import Identifier, JsonSource, decode, parse, read_bytes, shown
from rag.evaluation.questions import Evidence, GoldQuestion, QuestionSet

CATEGORY = "search"
_SPLITS = ("test.tsv", "dev.tsv", "train.tsv")


class _Identified(BaseModel):
    id: Identifier = Field(alias="_id")


class _Query(_Identified):
    text: str


class _CorpusText(_Identified):
    title: str | None = None
    text: str | None = None

    @property
    def whole(self) -> str:
        """The title, where it has one, and the text, as paragraphs of an article's text."""
        parts = (self.title or "", self.text or "")
        return normalise("\n\n".join(part.strip() for part in parts if part.strip()))


class _Qrel(NamedTuple):
    query_id: str
    article_id: str
    relevance: int
    line: int


@dataclass(frozen=True, slots=True)
class Corpus:
    """The articles of a corpus.jsonl, read when asked for.

    Attributes:
        offsets: of the line of each article, in bytes, by its `_id`.
    """

    path: Path
    offsets: dict[str, int]

    def article(self, article_id: str) -> Article:
        """Return an article; its id is the corpus's, and its title, where it has one, is its first paragraph too.

        Raises:
            KeyError: there is none of this id.
            QuestionSetError: the file was changed since.
        """
        with self.path.open("rb") as stream:
            stream.seek(self.offsets[article_id])
            content = stream.readline()
        found = parse(str(self.path), decode(str(self.path), content)).checked(_CorpusText)
        if found.id != article_id:
            message = f"{self.path} has changed while it was read. Expected it to stay; start again."
            raise QuestionSetError(message, "corpus-changed", file=self.path)
        return replace(Article.read(found.whole, title=normalise(found.title or "").strip()), id=article_id)


def read_beir(folder: Path, *, limit: int | None = None) -> QuestionSet:
    """Return the question set of a BEIR folder.

    Articles without a word in them cannot be found and are left out, of the gold too; so are questions without a
    relevant article.

    Args:
        limit: the number of questions, from the first.

    Raises:
        QuestionSetError: a file is missing or malformed, by line and field; an id stands twice; a qrel is about an
            article or a question that is not there; no question is left.
    """
    corpus_path, queries_path, qrels_path = _files(folder)
    digest = hashlib.sha256()
    qrels = _read_qrels(qrels_path, digest)
    corpus, lengths = _scan_corpus(corpus_path, {qrel.article_id for qrel in qrels}, digest)
    texts: dict[str, str] = {}
    for source, _ in _lines(queries_path, digest):
        query = source.checked(_Query)
        _check_is_new(source, query.id, texts)
        texts[query.id] = normalise(query.text)
    gold: dict[str, dict[str, Evidence]] = {}
    for qrel in qrels:
        for name, known, path in ((qrel.query_id, texts, queries_path), (qrel.article_id, lengths, corpus_path)):
            if name not in known:
                raise QuestionSetError(
                    f"{qrels_path} line {qrel.line}: {shown(name)} is no _id in {path.name}. Expected one there; "
                    "take the line out, or use the files that belong together.",
                    "qrel-unknown-id",
                    file=qrels_path,
                    line=qrel.line,
                    id=shown(name),
                    other=path.name,
                )
        if qrel.relevance > 0 and lengths[qrel.article_id]:
            piece = Evidence(qrel.article_id, 0, lengths[qrel.article_id], relevance=qrel.relevance)
            gold.setdefault(qrel.query_id, {})[qrel.article_id] = piece
    asked = [name for name in texts if name in gold][:limit]
    if not asked:
        message = f"{qrels_path} has no relevant article for any question. Expected a score above 0; add one."
        raise QuestionSetError(message, "qrels-without-relevance", file=qrels_path)
    language = detect_language("\n".join(texts[name] for name in asked)[:SAMPLE_CHARACTERS])
    return QuestionSet(
        name=folder.resolve().name,
        sha256=digest.hexdigest(),
        grain="articles",
        article_ids=tuple(corpus.offsets),
        article=corpus.article,
        questions=[
            GoldQuestion(name, texts[name], language, CATEGORY, article_id="", evidence=tuple(gold[name].values()))
            for name in asked
        ],
    )


def _files(folder: Path) -> tuple[Path, Path, Path]:
    qrels = next((folder / "qrels" / name for name in _SPLITS if (folder / "qrels" / name).is_file()), None)
    needed = [folder / "corpus.jsonl", folder / "queries.jsonl"]
    missing = [path.name for path in needed if not path.is_file()] + ([] if qrels else [f"qrels/{_SPLITS[0]}"])
    if missing or qrels is None:
        raise QuestionSetError(
            f"{folder} has no {' and no '.join(missing)}. Expected a BEIR folder with corpus.jsonl, queries.jsonl and "
            "qrels/test.tsv; unpack the whole of it.",
            "beir-incomplete",
            folder=folder,
            missing=", ".join(missing),
        )
    for path in needed:
        if not os.access(path, os.R_OK):
            message = f"{path} cannot be read. Expected a readable file; allow it: chmod +r {path}"
            raise QuestionSetError(message, "beir-unreadable", file=path)
    return needed[0], needed[1], qrels


def _read_qrels(path: Path, digest: hashlib._Hash) -> list[_Qrel]:
    content = read_bytes(path)
    digest.update(content)
    qrels = []
    for line, row in enumerate(decode(str(path), content).splitlines(), 1):
        fields = row.split("\t")
        if not row.strip() or (line == 1 and fields[-1].strip() == "score"):
            continue
        if len(fields) != 3 or not re.fullmatch(r"-?\d{1,9}", fields[2].strip()):
            raise QuestionSetError(
                f"{path} line {line}: is {shown(row)}. Expected a query's id, an article's id and a whole number, with "
                "tabs between them; correct it.",
                "qrel-malformed",
                file=path,
                line=line,
                found=shown(row),
            )
        qrels.append(_Qrel(fields[0], fields[1], int(fields[2]), line))
    return qrels


def _scan_corpus(path: Path, judged: set[str], digest: hashlib._Hash) -> tuple[Corpus, dict[str, int]]:
    """Return the articles that have words, and the characters of each judged one; 0 where it has none."""
    offsets: dict[str, int] = {}
    lengths: dict[str, int] = {}
    seen: set[str] = set()
    for source, offset in _lines(path, digest):
        found = source.checked(_CorpusText)
        _check_is_new(source, found.id, seen)
        seen.add(found.id)
        has_words = any(c.isalnum() for c in found.whole)
        if has_words:
            offsets[found.id] = offset
        if found.id in judged:
            lengths[found.id] = len(found.whole) if has_words else 0
    if not offsets:
        message = f"{path} has no article with words in it. Expected one a line; add some."
        raise QuestionSetError(message, "corpus-empty", file=path)
    return Corpus(path, offsets), lengths


def _lines(path: Path, digest: hashlib._Hash) -> Iterator[tuple[JsonSource, int]]:
    """Yield the values of a JSONL file, each with the byte that its line begins at."""
    offset = 0
    with os.fdopen(opened(path), "rb") as stream:
        for line, content in enumerate(stream, 1):
            digest.update(content)
            if content.strip():
                yield parse(str(path), decode(str(path), content.rstrip(b"\r\n"), line), line), offset
            offset += len(content)


def _check_is_new(source: JsonSource, name: str, seen: Container[str]) -> None:
    if name in seen:
        message = f"{shown(name)} stands in a line before already. Expected unique ids; change one."
        raise source.error(("_id",), message, "id-in-line-before", id=shown(name))
