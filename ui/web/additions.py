"""Articles that a user adds to a session: reads and indexes them, and says in the page how far that is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from markupsafe import Markup

from index import Article, BelegError, Index, read_article
from ui.templates import render
from ui.texts import Texts
from ui.web.articles import Catalogue, Selection
from ui.web.tasks import watched


@dataclass(frozen=True, slots=True)
class Pasted:
    """A text from the clipboard; its title may be empty."""

    text: str
    title: str


@dataclass(frozen=True, slots=True)
class Step:
    """How far the adding is.

    Attributes:
        title: of the article that is being indexed.
        place, count: its place among the given texts, from 1, and their number.
        done, total: its sentences and passages that are encoded, and all of them.
    """

    title: str
    place: int
    count: int
    done: int
    total: int


@dataclass(slots=True)
class Added:
    """What became of the given texts.

    Attributes:
        articles: those that the session has now.
        failures: the error of each text that could not be added.
        cancelled: whether the user cancelled the rest.
    """

    articles: list[Article] = field(default_factory=list)
    failures: list[BelegError] = field(default_factory=list)
    cancelled: bool = False


class _Cancelled(Exception):  # noqa: N818 - not an error, like KeyboardInterrupt
    pass


def add(catalogue: Catalogue, selection: Selection, given: Sequence[Path | Pasted]) -> Iterator[Step | Added]:
    """Read and index texts for a session; yield how far that is and, last, what became of them.

    An article belongs to the session as soon as it is indexed. `selection.cancelled` ends the adding before the next
    batch of sentences; the article that is being indexed then is dropped.

    Args:
        given: files and texts.
    """
    added = Added()
    for place, one in enumerate(given, start=1):
        if selection.cancelled:
            added.cancelled = True
            break
        try:
            article = _read(one)
            yield Step(article.title, place, len(given), 0, 1)
            if article.id not in catalogue.by_id(selection):
                catalogue.check_room(article, selection)
                task = _indexing(catalogue, selection, article, place, len(given))
                selection.own[article.id] = yield from watched(task, "adding an article")
            added.articles.append(article)
        except _Cancelled:
            added.cancelled = True
            break
        except BelegError as error:
            added.failures.append(error)
    added.articles = list({article.id: article for article in added.articles}.values())
    if added.articles:
        selection.open_id = added.articles[0].id
        selection.scope = "one" if len(added.articles) == 1 else "own"
    yield added


def without_folder(error: BelegError, path: Path) -> BelegError:
    """Return an error about an uploaded file that names the file, but not the server's folder it is in."""

    def name_only(value: object) -> object:
        # An error about several others has them as a value.
        if isinstance(value, tuple):
            return tuple(without_folder(one, path) if isinstance(one, BelegError) else one for one in value)
        return str(value).replace(str(path), path.name) if isinstance(value, (str, Path)) else value

    values = {name: name_only(value) for name, value in error.values.items()}
    return type(error)(str(name_only(str(error))), error.code, **values)


def _read(given: Path | Pasted) -> Article:
    if isinstance(given, Pasted):
        return Article.read(given.text, title=given.title.strip())
    try:
        return replace(read_article(given), source=given.name)
    except BelegError as error:
        raise without_folder(error, given) from error


def _indexing(
    catalogue: Catalogue, selection: Selection, article: Article, place: int, count: int
) -> Callable[[Callable[[Step], None], Callable[[], bool]], Index]:
    def work(show: Callable[[Step], None], given_up: Callable[[], bool]) -> Index:
        def progress(what: str, done: int, total: int) -> None:
            if selection.cancelled or given_up():
                raise _Cancelled
            show(Step(article.title, place, count, done, total))

        return catalogue.index(article, progress)

    return work


def step_html(step: Step, texts: Texts) -> Markup:
    """Return how far the adding is."""
    return render("web/addition_progress.html", texts, step=step)


def added_html(added: Added, texts: Texts) -> Markup:
    """Return what was added and, for each text that was not, why."""
    return render("web/additions.html", texts, added=added, messages=[texts.error(one) for one in added.failures])
