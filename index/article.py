"""The nouns of a text: Span, Article, Sentence, Passage. All offsets are in characters of `Article.text`."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass

from index.errors import ArticleError, counted

TITLE_CHARACTERS = 80


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Half-open character offsets [start, end) into an article's text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Article:
    """One source text. Made by `Article.read`, which normalises the text once; offsets hold from then on.

    Attributes:
        id: the first 16 hexadecimal digits of the text's sha256; the same text is the same article.
        language: ISO 639-1 code, as py3langid detects it unless it was given.
        source: where the text came from, as the user named it; "" where it was given as a string.
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
            ArticleError: there is nothing to read in it.
        """
        clean = normalise(text)
        if not any(c.isalnum() for c in clean):
            raise ArticleError(
                f"the article {source or title or 'text'!r} has no words in it ({counted(len(text), 'character')}). "
                "Expected text; give a file with some."
            )
        if not language:
            from index.splitting.language import detect_language

            language = detect_language(clean)
        mark = hashlib.sha256(clean.encode()).hexdigest()[:16]
        title = _without_surrogates(title) or _title_of(clean)
        return cls(mark, title, clean, language.lower().split("-")[0], _without_surrogates(source))


@dataclass(frozen=True, slots=True)
class Sentence:
    """The unit of citation: a Span, the sentence's number in its article and its paragraph's, from 0."""

    span: Span
    number: int
    paragraph: int


@dataclass(frozen=True, slots=True)
class Passage:
    """The unit of retrieval: the whole sentences [first, last] of one article, by number."""

    first: int
    last: int


def normalise(text: str) -> str:
    """Return a text as an article keeps it: NFC, line feeds, no byte order mark, no lone surrogates."""
    clean = unicodedata.normalize("NFC", _without_surrogates(text.lstrip("\ufeff")))
    return re.sub(r"\r\n?|\u2028|\x85", "\n", clean).replace("\u2029", "\n\n")


def _without_surrogates(text: str) -> str:
    # They are no characters and no file can hold them; a file name that is not UTF-8 has some.
    return text.encode("utf-8", "replace").decode("utf-8")


def _title_of(text: str) -> str:
    line = next(line for line in text.splitlines() if any(c.isalnum() for c in line))
    line = " ".join(line.lstrip("# ").split())
    if len(line) <= TITLE_CHARACTERS:
        return line
    return line[: TITLE_CHARACTERS - 1].rsplit(" ", 1)[0] + "…"
