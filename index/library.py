"""A library: an index whose articles come and go, and a record of what they were read from.

The record, `library.json`, is part of the index folder: both are replaced together, whole or not at all. It has the
documents of the folder that the index follows (`index/sync.py`), and what was added for good from elsewhere. The files
of those that have pages to show stand in a folder beside the index, each under the sha256 of its bytes: they are large,
and need not be written again whenever the index is.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked

from index.atomic import is_empty_folder, standing, whole_file
from index.build import join_articles
from index.errors import ArticleError, IndexFolderError
from index.folder import Save, load_index, read_beside, reserved
from index.index import Index
from index.settings import STRICT
from index.text_bounds import has_mark_run, of_marks

LIBRARY = "library.json"
# How the name ends of the folder beside an index that has the originals.
ORIGINALS = ".originals"
# Seconds for which an original that no article needs any more is still there: a removal may be undone.
SECONDS_TO_UNDO = 24 * 60 * 60
# Characters of a title that a user gives.
MOST_TITLE = 200


@checked(frozen=True, slots=True, config=STRICT)
class Document:
    """A file of the folder, as it was when it was read.

    Attributes:
        modified: in nanoseconds; 0 where the time does not tell that it is unchanged.
        article: the id of the article that it became.
        title: what a user named it; "" for the title that it has.
        removed: whether a user removed its article from the library; the file stays as it is.
    """

    size: int
    modified: int
    sha256: str
    article: str
    title: str = ""
    removed: bool = False


@checked(frozen=True, slots=True, config=STRICT)
class Record:
    """What a library knows of its folder.

    Attributes:
        folder: as an absolute path; "" where there is none.
        documents: by their paths in the folder, with "/".
        kept: the ids of articles that were added for good, from elsewhere.
    """

    format: Literal["beleg-library/1"] = "beleg-library/1"
    folder: str = ""
    documents: dict[str, Document] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)


_RECORD = TypeAdapter(Record)


@dataclass(frozen=True, slots=True)
class Removed:
    """An article that was removed, as `Library.put_back` needs it."""

    index: Index
    documents: tuple[str, ...]
    was_kept: bool


class Library:
    """An index folder whose articles come and go. Threads and processes may share one: a change waits for another.

    Args:
        place: the index folder; it need not be there yet.
    """

    def __init__(self, place: Path) -> None:
        self.place = place

    def record(self) -> Record:
        """Return what is known of the folder; nothing, where the index was made otherwise.

        Raises:
            IndexFolderError: the index cannot be used.
        """
        return read_record(self.place)

    def index(self) -> Index | None:
        """Return the index; None where there is none yet. Raises IndexFolderError where it cannot be used."""
        place = standing(self.place)
        return None if not place.exists() or is_empty_folder(place) else load_index(self.place)

    def keep(self, added: Index, originals: Iterable[bytes] = ()) -> Index:
        """Add the articles of an index for good, and return the library's index as it is then.

        Args:
            originals: the files of those that have pages to show.

        Raises:
            IndexFolderError: the index or an original cannot be used or written, or the other was made otherwise.
        """
        with self.changing() as (base, record, save):
            kept = [*record.kept, *(id_ for id_ in added.ids if id_ not in record.kept)]
            index = save.join([*_all_of(base), *_all_of(added)])
            for content in originals:
                with whole_file(
                    originals_beside(self.place) / hashlib.sha256(content).hexdigest(), IndexFolderError
                ) as new:
                    new.write_bytes(content)
            save(index, written(replace(record, kept=kept)))
            self._clear_originals(index)
            return index

    def remove(self, article_id: str) -> tuple[Index, Removed]:
        """Take an article out; return the index as it is then, and what `put_back` needs.

        A document of the folder stays there, and is left out from now on.

        Raises:
            ArticleError: there is no such article, or no other.
            IndexFolderError: the index cannot be used or written.
        """
        with self.changing() as (base, record, save):
            index, row = _holding(base, article_id)
            if len(index.articles) == 1:
                raise ArticleError(
                    "it is the library's last article. Expected another one: add that first.", "library-last-article"
                )
            paths = tuple(path for path, one in record.documents.items() if one.article == article_id)
            removed = Removed(join_articles([(index, [row])]), paths, article_id in record.kept)
            rest = save.join([(index, [one for one in range(len(index.articles)) if one != row])])
            kept = [one for one in record.kept if one != article_id]
            save(rest, written(replace(record, documents=_left_out(record, paths, True), kept=kept)))
            with suppress(OSError):
                os.utime(originals_beside(self.place) / index.articles[row].source_sha256)
            return rest, removed

    def put_back(self, removed: Removed) -> Index:
        """Undo a `remove`, and return the index as it is then.

        Raises:
            IndexFolderError: the index cannot be used or written, or was made otherwise since.
        """
        with self.changing() as (base, record, save):
            index = save.join([*_all_of(base), *_all_of(removed.index)])
            kept = [*record.kept, *(id_ for id_ in removed.index.ids if removed.was_kept)]
            documents = _left_out(record, removed.documents, False)
            save(index, written(replace(record, documents=documents, kept=list(dict.fromkeys(kept)))))
            return index

    def rename(self, article_id: str, title: str) -> Index:
        """Give an article another title, which it keeps when its document changes; return the index as it is then.

        Raises:
            ArticleError: there is no such article, or the title is empty or no title.
            IndexFolderError: the index cannot be used or written, or its vectors have titles in them.
        """
        title = " ".join(title.split())
        if not any(c.isalnum() for c in title) or len(title) > MOST_TITLE:
            raise ArticleError(
                f"a title has letters or figures, and at most {MOST_TITLE} characters; found {len(title)}.",
                "title-not-usable",
                most=MOST_TITLE,
                found=len(title),
            )
        if has_mark_run(title):
            raise of_marks("the title")
        with self.changing() as (base, record, save):
            index, row = _holding(base, article_id)
            if index.settings.vectors_under_headings:
                raise IndexFolderError(
                    "the vectors of this index have the titles in them (vectors_under_headings). Expected an index "
                    "without: name the files otherwise and sync it.",
                    "titles-in-vectors",
                )
            articles = list(index.articles)
            articles[row] = replace(articles[row], title=title)
            index = index.described(articles)
            documents = {
                path: replace(one, title=title) if one.article == article_id else one
                for path, one in record.documents.items()
            }
            save(index, written(replace(record, documents=documents)))
            return index

    @contextmanager
    def changing(self) -> Iterator[tuple[Index | None, Record, Save]]:
        """Give what is there, and what writes it, while nobody else changes it."""
        with reserved(self.place, wait=True) as save:
            yield self.index(), self.record(), save

    def _clear_originals(self, index: Index) -> None:
        """Delete the originals that no article needs any more, and that no removal undone may need."""
        needed = {article.source_sha256 for article in index.articles}
        with suppress(OSError):
            for path in originals_beside(self.place).iterdir():
                is_old = time.time() - path.stat().st_mtime > SECONDS_TO_UNDO
                if path.name not in needed and is_old:
                    path.unlink()


def originals_beside(place: Path) -> Path:
    """Return the folder that has the originals of an index folder's kept articles, whether it is there or not."""
    place = Path(os.path.realpath(place))
    return place.with_name(place.name + ORIGINALS)


def read_record(place: Path) -> Record:
    """Return the record beside an index; an empty one where there is none.

    Raises:
        IndexFolderError: the index cannot be used, or the record is of another version.
    """
    content = read_beside(place, LIBRARY)
    try:
        return _RECORD.validate_json(content) if content is not None else Record()
    except ValidationError as error:
        raise IndexFolderError(
            f"{place / LIBRARY} is of another version of Beleg, or malformed. Expected {Record().format}; "
            f"make the index anew: beleg index build FOLDER --out {place}",
            "library-not-usable",
            folder=place,
        ) from error


def _all_of(index: Index | None) -> list[tuple[Index, range]]:
    return [(index, range(len(index.articles)))] if index else []


def _holding(index: Index | None, article_id: str) -> tuple[Index, int]:
    """Return an index and the row of an article of it. Raises ArticleError where it has none of that id."""
    if index is None or article_id not in index.article_rows:
        raise unknown_article(article_id)
    return index, index.article_rows[article_id]


def unknown_article(article_id: str) -> ArticleError:
    """Return the error of an id that no article has."""
    return ArticleError(
        f"there is no article {article_id!r} here. Expected an id that 'articles' lists or a citation has.",
        "article-unknown",
        id=article_id,
    )


def _left_out(record: Record, paths: tuple[str, ...], removed: bool) -> dict[str, Document]:
    known = record.documents
    return known | {path: replace(known[path], removed=removed) for path in paths if path in known}


def written(record: Record) -> dict[str, bytes]:
    """Return what to write beside an index: the record as a file, by its name."""
    return {LIBRARY: _RECORD.dump_json(record, indent=1)}
