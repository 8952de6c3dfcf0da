"""The nouns of a text: Span, Article, Sentence, Passage. All offsets are in characters of `Article.text`."""

from __future__ import annotations

import hashlib
import math
import re
import threading
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from index.errors import ArticleError, counted

TITLE_CHARACTERS = 80
# The language is detected from the beginning of a text: this much is reliable, and fast for a book.
SAMPLE_CHARACTERS = 4000
_detecting = threading.Lock()


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Half-open character offsets [start, end) into an article's text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Article:
    """One source text. Made by `Article.read`, which normalises the text once; offsets never change after that.

    Attributes:
        id: the first 16 hexadecimal digits of the text's sha256; the same text is the same article.
        language: ISO 639-1 code; detected unless it was given.
        source: where the text came from, as the user named it; "" for a text given as a string.
    """

    id: str
    title: str
    text: str
    language: str
    source: str = ""

    @classmethod
    def read(cls, text: str, *, title: str = "", language: str = "", source: str = "") -> Article:
        """Normalise a text (NFC, line ends) and make it an article.

        Raises:
            ArticleError: the text has no words.
        """
        clean = normalise(text)
        if not any(c.isalnum() for c in clean):
            name = source or title or "text"
            raise ArticleError(
                f"the article {name!r} has no words in it ({counted(len(text), 'character')}). "
                "Expected text; give a file with some.",
                "article-without-words",
                name=name,
                n=len(text),
            )
        identity = hashlib.sha256(clean.encode()).hexdigest()[:16]
        title = _without_surrogates(title) or _first_line(clean)
        language = (language or detect_language(clean)).lower().split("-")[0]
        return cls(identity, title, clean, language, _without_surrogates(source))


@dataclass(frozen=True, slots=True)
class Sentence:
    """The unit of citation: a Span, the sentence's number in its article and its paragraph's, both from 0."""

    span: Span
    number: int
    paragraph: int


@dataclass(frozen=True, slots=True)
class Passage:
    """The unit of retrieval: the sentences from number `first` to number `last`, both included, of one article."""

    first: int
    last: int


def normalise(text: str) -> str:
    """Return a text as an article keeps it: NFC, line feeds, no byte order mark, no lone surrogates."""
    clean = unicodedata.normalize("NFC", _without_surrogates(text.lstrip("\ufeff")))
    return re.sub(r"\r\n?|\u2028|\x85", "\n", clean).replace("\u2029", "\n\n")


def detect_language(text: str) -> str:
    """Return the ISO 639-1 code of a text's language, by py3langid (Lui & Baldwin 2012; no network)."""
    import py3langid

    with _detecting:
        language, _ = py3langid.classify(text[:SAMPLE_CHARACTERS])
    return str(language)


def likeliest_language(text: str, among: Sequence[str]) -> tuple[str, float]:
    """Return the likeliest of some languages for a short text, and its probability, 0 to 1, as if there were no others.

    Args:
        among: ISO 639-1 codes.
    """
    import py3langid

    with _detecting:
        scores = {str(language): float(score) for language, score in py3langid.rank(text) if language in among}
    best = max(scores, key=lambda language: scores[language])
    return best, 1 / sum(math.exp(score - scores[best]) for score in scores.values())


def _without_surrogates(text: str) -> str:
    # A lone surrogate cannot be written to a file. File names that are not UTF-8 contain some.
    return text.encode("utf-8", "replace").decode("utf-8")


def _first_line(text: str) -> str:
    line = next(line for line in text.splitlines() if any(c.isalnum() for c in line))
    line = " ".join(line.lstrip("# ").split())
    if len(line) <= TITLE_CHARACTERS:
        return line
    return line[: TITLE_CHARACTERS - 1].rsplit(" ", 1)[0] + "…"
