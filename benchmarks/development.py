"""Reads the development data (XQuAD-R in SQuAD format with sentence breaks) into articles and questions with gold."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index import Article, Span
from index.encoder import FloatArray, SentenceTransformerEncoder
from index.progress import Progress


@dataclass(frozen=True, slots=True)
class Question:
    """A question, the paragraph (by number) that answers it, and where in the joined article the answer stands."""

    id: str
    text: str
    paragraph: int
    answer: Span


@dataclass(frozen=True, slots=True)
class Entry:
    """An article of the data: its paragraphs joined by blank lines, as one Article."""

    article: Article
    paragraphs: tuple[str, ...]
    questions: tuple[Question, ...]

    def without(self, paragraph: int) -> Article:
        """Return the article with one paragraph taken out."""
        kept = [text for number, text in enumerate(self.paragraphs) if number != paragraph]
        return Article.read("\n\n".join(kept), title=self.article.title, language=self.article.language)


def read_entries(folder: Path, language: str) -> list[Entry]:
    """Return the entries of `folder`/`language`.json."""
    entries = []
    for item in json.loads((folder / f"{language}.json").read_text(encoding="utf-8"))["data"]:
        paragraphs = tuple(unicodedata.normalize("NFC", paragraph["context"]) for paragraph in item["paragraphs"])
        article = Article.read("\n\n".join(paragraphs), title=item["title"], language=language)
        questions, before = [], 0
        for number, paragraph in enumerate(item["paragraphs"]):
            for qa in paragraph["qas"]:
                answer = qa["answers"][0]
                start = before + _normal_length(paragraph["context"][: answer["answer_start"]])
                span = Span(start, start + _normal_length(answer["text"]))
                questions.append(Question(qa["id"], qa["question"], number, span))
            before += len(paragraphs[number]) + 2
        entries.append(Entry(article, paragraphs, tuple(questions)))
    return entries


def _normal_length(text: str) -> int:
    return len(unicodedata.normalize("NFC", text))


class RememberingEncoder(SentenceTransformerEncoder):
    """The embedded encoder, which encodes a text it has seen only once: benchmarks index the same texts many times."""

    def __init__(self) -> None:
        super().__init__()
        self._questions: dict[str, FloatArray] = {}
        self._texts: dict[tuple[str, tuple[Span, ...]], tuple[FloatArray, FloatArray]] = {}

    def encode_questions(self, texts):  # type: ignore[no-untyped-def]
        """As the encoder, remembered by text."""
        new = [text for text in dict.fromkeys(texts) if text not in self._questions]
        self._questions.update(zip(new, super().encode_questions(new), strict=True))
        return np.stack([self._questions[text] for text in texts])

    def encode_in_context(self, texts, parts, progress: Progress | None = None):  # type: ignore[no-untyped-def]
        """As the encoder, remembered by text and parts."""
        keys = [(text, tuple(some)) for text, some in zip(texts, parts, strict=True)]
        new = [key for key in dict.fromkeys(keys) if key not in self._texts]
        vectors, pooled = super().encode_in_context([text for text, _ in new], [some for _, some in new], progress)
        self._texts.update(zip(new, zip(vectors, pooled, strict=True), strict=True))
        return np.stack([self._texts[key][0] for key in keys]), [self._texts[key][1] for key in keys]
