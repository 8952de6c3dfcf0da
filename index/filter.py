"""Which articles a question is asked of: by format, date, folder, title, author and language, as people type it.

    format:pdf date:2024 folder:reports title:"annual report"

Names that differ are all to be true; of one name given twice either is enough, but a title has all that it is to have.
Words without a name are parts of the title.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from index.article import Article
from index.documents.files import FORMATS, is_url
from index.errors import QuestionError, counted
from index.search.lexical import fold

# What people call the formats, beside the endings of names.
_FORMAT_NAMES = {
    "text": "plain",
    "markdown": "markdown",
    "pdf": "pdf",
    "html": "html",
    "web": "html",
    "word": "docx",
    "epub": "epub",
    "table": "delimited",
    "csv": "delimited",
    "subtitles": "subtitles",
    "mail": "mail",
    "json": "json_records",
}
_DATE = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_PART = re.compile(r'(?:(?P<name>[^\W\d_]+):(?!//))?(?:"(?P<quoted>[^"]*)"|(?P<plain>[^\s"]+))')
_NAME_ALONE = re.compile(r"[^\W\d_]+:")
MOST_CHARACTERS = 500


def format_of(article: Article) -> str:
    """Return what an article was read from, as a filter names it: "pdf", "html", …; "text" where nothing tells."""
    source = article.source
    path = urlsplit(source).path if is_url(source) else source.replace("\\", "/")
    kind = FORMATS.get(PurePosixPath(path).suffix.lower(), "html" if is_url(source) else "plain")
    return _named(kind)


def _named(kind: str) -> str:
    return next(name for name, one in _FORMAT_NAMES.items() if one == kind)


def folder_of(article: Article) -> str:
    """Return the folder that an article was read from, with "/"; the server's name of a web page, "" of a text."""
    if is_url(article.source):
        return urlsplit(article.source).hostname or ""
    parent = PurePosixPath(article.source.replace("\\", "/")).parent.as_posix()
    return "" if parent == "." else parent


@dataclass(frozen=True, slots=True)
class Filter:
    """Tells which articles are meant.

    Attributes:
        wanted: pairs of a name and a value; no pair means all articles.
    """

    wanted: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, text: str) -> Filter:
        """Read what was typed; blank means all articles.

        Raises:
            QuestionError: it has another name, or a value that its name does not have.
        """
        text = text.strip()
        if len(text) > MOST_CHARACTERS:
            raise QuestionError(
                f"the filter has {len(text)} characters. Expected at most {MOST_CHARACTERS}.",
                "filter-too-long",
                found=len(text),
                most=MOST_CHARACTERS,
            )
        wanted, at = [], 0
        while at < len(text):
            found = _PART.match(text, at)
            if not found or (found["plain"] and _NAME_ALONE.fullmatch(found["plain"])):
                raise _malformed(text[at:])
            name = (found["name"] or "title").lower()
            value = (found["quoted"] if found["plain"] is None else found["plain"]).strip()
            if name not in _MATCHES:
                raise QuestionError(
                    f"{found.group()!r} is no filter: there is no {name!r}. Expected {', '.join(_MATCHES)}, such as "
                    "format:pdf date:2024",
                    "filter-unknown",
                    part=found.group(),
                    name=name,
                    names=", ".join(_MATCHES),
                )
            # A comma is no "or" in a title.
            values = value.split(",") if name in ("format", "language", "date") else [value]
            for one in values:
                wanted.append((name, _checked(name, one.strip())))
            at = found.end()
            if at < len(text) and not text[at].isspace():
                raise _malformed(text[at:])
            at += len(text[at:]) - len(text[at:].lstrip())
        return cls(tuple(dict.fromkeys(wanted)))

    def matches(self, article: Article) -> bool:
        """Return whether an article is meant."""
        names = dict.fromkeys(name for name, _ in self.wanted)
        return all(
            (all if name == "title" else any)(
                _MATCHES[name](article, value) for one, value in self.wanted if one == name
            )
            for name in names
        )

    def rows(self, articles: Sequence[Article]) -> list[int]:
        """Return the places of the articles that are meant.

        Raises:
            QuestionError: there is none.
        """
        found = [row for row, article in enumerate(articles) if self.matches(article)]
        if not found:
            raise QuestionError(
                f"no article matches {self}. There {'is' if len(articles) == 1 else 'are'} "
                f"{counted(len(articles), 'article')}; ask of more of them.",
                "filter-without-article",
                filter=str(self),
                n=len(articles),
            )
        return found

    def __str__(self) -> str:
        return " ".join(
            f'{name}:"{value}"' if re.search(r"\s", value) else f"{name}:{value}" for name, value in self.wanted
        )

    def __bool__(self) -> bool:
        return bool(self.wanted)


def _checked(name: str, value: str) -> str:
    """Return a value in the form that it is compared in. Raises QuestionError where it is none of its name's."""
    if not value:
        raise _malformed(f"{name}:")
    if name == "format":
        name = value.lower().removeprefix(".")
        kind = _FORMAT_NAMES.get(name) or FORMATS.get(f".{name}")
        if kind is None:
            raise QuestionError(
                f"format:{value} is none that is read. Expected one of {', '.join(_FORMAT_NAMES)}.",
                "filter-format",
                value=value,
                known=", ".join(_FORMAT_NAMES),
            )
        return _named(kind)
    if name == "language":
        if not _LANGUAGE.fullmatch(value.lower()):
            raise QuestionError(
                f"language:{value} is no code of a language. Expected two letters (ISO 639-1), such as language:de",
                "filter-language",
                value=value,
            )
        return value.lower()
    if name == "date":
        first, dots, last = value.partition("..")
        ends = [one for one in (first, last) if one]
        if (
            not ends
            or not all(_DATE.fullmatch(one) for one in ends)
            or (dots and first and last and first > last + "~")
        ):
            raise QuestionError(
                f"date:{value} is no date. Expected a year, month or day, or from one to another, such as date:2024, "
                "date:2024-03 or date:2020..2024",
                "filter-date",
                value=value,
            )
    return value


def _malformed(rest: str) -> QuestionError:
    return QuestionError(
        f"the filter cannot be read from {rest[:40]!r} on. Expected names and values, such as format:pdf "
        'title:"annual report"',
        "filter-malformed",
        rest=rest[:40],
    )


def _has_date(article: Article, value: str) -> bool:
    """Return whether an article is of a day, month or year, or between two; one without a date is of none."""
    first, dots, last = value.partition("..")
    if not _DATE.match(article.date):
        return False
    if not dots:
        return article.date.startswith(first)
    # As far as each end says: "..2024" is to the last day of that year.
    return (not first or article.date[: len(first)] >= first) and (not last or article.date[: len(last)] <= last)


def _is_in_folder(article: Article, value: str) -> bool:
    """Return whether a folder, or folders one in another, are among those that an article stands in."""
    wanted, found = _parts(value), _parts(folder_of(article))
    return any(found[at : at + len(wanted)] == wanted for at in range(len(found) - len(wanted) + 1))


def _parts(folder: str) -> list[str]:
    return [fold(part) for part in folder.replace("\\", "/").split("/") if part not in ("", ".")]


_MATCHES: dict[str, Callable[[Article, str], bool]] = {
    "format": lambda article, value: format_of(article) == value,
    "date": _has_date,
    "folder": _is_in_folder,
    "title": lambda article, value: fold(value) in fold(article.title),
    "author": lambda article, value: fold(value) in fold(article.author),
    "language": lambda article, value: article.language == value,
}
