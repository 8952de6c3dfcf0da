"""Adds what a user uploads or pastes to a session's articles, one after the other, step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from index import Article, BelegError, Index, read_article
from ui.web.in_thread import Done, watched
from ui.web.shelf import Library, Shelf


@dataclass(frozen=True, slots=True)
class Pasted:
    """A text from the clipboard; its title may be empty."""

    text: str
    title: str


@dataclass(frozen=True, slots=True)
class Step:
    """How far it is: which of how many texts, from 1, and how many of its sentences and passages are encoded."""

    title: str
    place: int
    count: int
    done: int
    total: int


@dataclass(slots=True)
class Added:
    """What became of the texts.

    Attributes:
        articles: those that are the session's own now.
        failures: for each text that is not, what is wrong with it.
        cancelled: whether the rest was not wanted any more.
    """

    articles: list[Article] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    cancelled: bool = False


class _Cancelled(Exception):  # noqa: N818 - like KeyboardInterrupt, it is no mistake
    pass


def add(shelf: Shelf, library: Library, given: Sequence[Path | Pasted]) -> Iterator[Step | Added]:
    """Read and index texts for a session, yielding how far that is and, last, what became of them.

    An article is the session's own as soon as it is indexed. `library.cancelled` ends it before the next batch of
    sentences; a text that was half done leaves nothing.

    Args:
        given: files and texts.
    """
    added = Added()
    for place, one in enumerate(given, start=1):
        if library.cancelled:
            added.cancelled = True
            break
        try:
            article = _read(one)
            yield Step(article.title, place, len(given), 0, 1)
            known = article.id in shelf.by_id(library)
            if not known:
                shelf.check_room(article, library)
                for step in watched(_indexing(shelf, library, article, place, len(given)), "adding an article"):
                    if isinstance(step, Done):
                        library.own[article.id] = step.result
                    else:
                        yield step
            added.articles.append(article)
        except _Cancelled:
            added.cancelled = True
            break
        except BelegError as error:
            added.failures.append(str(error))
    added.articles = list({article.id: article for article in added.articles}.values())
    if added.articles:
        library.open_id = added.articles[0].id
        library.scope = "one" if len(added.articles) == 1 else "own"
    yield added


def _read(given: Path | Pasted) -> Article:
    if isinstance(given, Pasted):
        return Article.read(given.text, title=given.title.strip())
    try:
        # Where the server keeps the file is nobody's business.
        return replace(read_article(given), source=given.name)
    except BelegError as error:
        raise type(error)(str(error).replace(str(given), given.name)) from error


def _indexing(
    shelf: Shelf, library: Library, article: Article, place: int, count: int
) -> Callable[[Callable[[Step], None], Callable[[], bool]], Index]:
    def work(show: Callable[[Step], None], given_up: Callable[[], bool]) -> Index:
        def progress(what: str, done: int, total: int) -> None:
            if library.cancelled or given_up():
                raise _Cancelled
            show(Step(article.title, place, count, done, total))

        return shelf.index(article, progress)

    return work
