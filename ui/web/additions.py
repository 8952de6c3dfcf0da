"""Articles that a user adds to a session: reads and indexes them, and says in the page how far that is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from markupsafe import Markup

from index import Article, BelegError, Index, read_article
from index.documents.files import is_url
from index.settings import Progress
from index.text_bounds import nfc
from ui.templates import render
from ui.texts import Texts
from ui.web.articles import Catalogue, Selection
from ui.web.originals import Original
from ui.web.tasks import Cancelled, Work


@dataclass(frozen=True, slots=True)
class Pasted:
    """A text from the clipboard; its title may be empty."""

    text: str
    title: str


@dataclass(frozen=True, slots=True)
class Link:
    """A web address to fetch; the title may be empty."""

    url: str
    title: str = ""

    @classmethod
    def in_text(cls, text: str, title: str) -> Link | None:
        """Return the address, where a pasted text is one and nothing else."""
        text = text.strip()
        return cls(text, title) if is_url(text) and not any(map(str.isspace, text)) else None


Given = Path | Pasted | Link
# Of a text without a title that is too long to be read.
_TITLE_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class Step:
    """How far the adding is.

    Attributes:
        title: of the article; before it is read, its file's name, its address, or "".
        place, count: its place among the given texts, from 1, and their number.
        done, total: its pages that are read, then its sentences and passages that are encoded; a total of 0 is unknown.
        what: "pages" or "fetching"; "" for anything else.
    """

    title: str
    place: int
    count: int
    done: int
    total: int
    what: str = ""


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


def add(
    catalogue: Catalogue,
    selection: Selection,
    given: Sequence[Given],
    admit: Callable[[Given], None] | None = None,
    work: Work | None = None,
    keep: Callable[[bytes], Original | None] | None = None,
) -> Iterator[Step | Added]:
    """Read and index texts for a session; yield how far that is and, last, what became of them.

    An article belongs to the session as soon as it is indexed. `selection.cancelled` ends the adding; the article that
    is being read or indexed then is dropped.

    Args:
        given: files, texts and addresses.
        admit: called before one is read; raises LimitError where that is one too many.
        work: the server's, which this is a part of.
        keep: keeps what has pages to show; None: nothing is kept, and its text alone is shown.
    """
    added, work = Added(), work or Work()
    for place, one in enumerate(given, start=1):
        if selection.cancelled:
            added.cancelled = True
            break
        try:
            step = Step(_name(one), place, len(given), 0, 1)
            yield step
            if admit is not None:
                admit(one)
            task = _adding(catalogue, selection, one, step, keep)
            article, index, original = yield from work.watch(task, "adding an article", lambda: selection.cancelled)
            if index is not None:
                selection.own[article.id] = index
            if original is not None:
                selection.originals[article.id] = original
            added.articles.append(article)
        except Cancelled:
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


def _name(given: Given) -> str:
    return given.title.strip() if isinstance(given, Pasted) else given.url if isinstance(given, Link) else given.name


def _read(given: Given, progress: Progress, keep: Callable[[bytes], None]) -> Article:
    if isinstance(given, Pasted):
        return Article.read(given.text, title=given.title.strip())
    if isinstance(given, Link):
        article = read_article(given.url, progress, from_chat=True, keep=keep)
        return replace(article, title=nfc(" ".join(given.title.split())) or article.title)
    try:
        return replace(read_article(given, progress, keep=keep), source=given.name)
    except BelegError as error:
        raise without_folder(error, given) from error


def _adding(
    catalogue: Catalogue,
    selection: Selection,
    given: Given,
    begun: Step,
    keep: Callable[[bytes], Original | None] | None,
) -> Callable[[Callable[[Step], None], Callable[[], bool]], tuple[Article, Index | None, Original | None]]:
    """Return the task that reads and indexes one text, and keeps its original where that has pages.

    The index is None where the session has the article already.
    """

    def work(
        show: Callable[[Step], None], given_up: Callable[[], bool]
    ) -> tuple[Article, Index | None, Original | None]:
        title = begun.title

        def progress(what: str, done: int, total: int) -> None:
            if selection.cancelled or given_up():
                raise Cancelled
            kind = what if what in ("pages", "fetching") else ""
            show(replace(begun, title=title, done=done, total=total, what=kind))

        catalogue.check_count(selection)
        if isinstance(given, Pasted):
            begins = " ".join(given.text[:_TITLE_CHARACTERS].split()) + "…"
            catalogue.check_length(title or begins, len(given.text), selection)
        originals: list[Original | None] = []
        article = _read(given, progress, lambda content: originals.append(keep(content) if keep else None))
        original = originals[0] if originals else None
        title = article.title
        if article.id in catalogue.by_id(selection):
            return article, None, original
        # Others may have come meanwhile.
        catalogue.check_count(selection)
        catalogue.check_length(article.title, len(article.text), selection)
        progress("", 0, 1)
        return article, catalogue.index(article, progress), original

    return work


def step_html(step: Step, texts: Texts) -> Markup:
    """Return how far the adding is."""
    return render("web/addition_progress.html", texts, step=step)


def added_html(added: Added, texts: Texts) -> Markup:
    """Return what was added and, for each text that was not, why."""
    return render("web/additions.html", texts, added=added, messages=[texts.error(one) for one in added.failures])
