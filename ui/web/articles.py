"""The articles of a session: the served ones and its own, and which of them a question is asked of."""

from __future__ import annotations

import threading
from collections import ChainMap, OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from index import Article, ArticleError, Index, Sentence, build_index
from index.index import join_articles
from index.settings import Progress
from ui.web.originals import Original

if TYPE_CHECKING:
    from rag import Assistant

# What a question is asked of: the article in the pane, the session's own articles, or all articles.
Scope = Literal["one", "own", "all"]
# Limits of a session's own articles: about 600 pages, which take ten minutes to encode and 80 MB of memory; of a PDF
# 100 MB more, for where its 330,000 words stand.
MOST_OWN = 50
MOST_OWN_CHARACTERS = 2_000_000
# Own and served articles are searched together up to this many sentences. Joining so many takes two seconds.
MOST_JOINED = 20_000
# Assistants about single served articles that are kept for the next question of any session.
KEPT_ASSISTANTS = 32
# What a user can do who needs more articles.
_INDEX_THEM = "beleg index build FOLDER --out INDEX; beleg chat --index INDEX"


@dataclass(slots=True)
class Selection:
    """A session's own articles, and which articles it shows and asks.

    Attributes:
        own: the index of each own article, by the article's id, in the order in which they were added.
        scope: what questions are asked of.
        open_id: the article in the pane; "" for the first.
        cancelled: whether the user cancelled the adding that is going on.
        last: the assistant that was last asked about own articles, after the ids of its articles.
        originals: the files of own articles that have pages to show, by the article's id.
    """

    own: dict[str, Index] = field(default_factory=dict)
    scope: Scope = "all"
    open_id: str = ""
    cancelled: bool = False
    last: tuple[tuple[str, ...], Assistant] | None = None
    originals: dict[str, Original] = field(default_factory=dict)


class Catalogue:
    """Finds a session's articles, and the assistant that answers its questions about them. Keeps no session's data.

    Args:
        served: answers about the articles that all sessions have.
    """

    def __init__(self, served: Assistant) -> None:
        self._served = served
        self._by_id = {article.id: article for article in served.articles}
        self._kept: OrderedDict[tuple[str, ...], Assistant] = OrderedDict()
        self._lock = threading.Lock()

    def articles(self, selection: Selection) -> Sequence[Article]:
        """Return all articles of a session, the served ones first."""
        known = self._served.index.article_rows
        # A copy, because another request of the session may add an article meanwhile.
        own = list(selection.own.items())
        return [*self._served.articles, *(one.articles[0] for id_, one in own if id_ not in known)]

    def by_id(self, selection: Selection) -> Mapping[str, Article]:
        """Return all articles of a session by their ids."""
        return ChainMap({id_: one.articles[0] for id_, one in list(selection.own.items())}, self._by_id)

    def open_article(self, selection: Selection) -> Article:
        """Return the article in the pane."""
        if own := selection.own.get(selection.open_id):
            return own.articles[0]
        rows = self._served.index.article_rows
        return self._served.articles[rows.get(selection.open_id, 0)]

    def sentences(self, selection: Selection, article_id: str) -> list[Sentence]:
        """Return an article's sentences, in order. Raises KeyError for an unknown id."""
        index, row = self._place(selection, article_id)
        return index.sentences_of(row)

    def sentence(self, selection: Selection, article_id: str, number: int) -> str:
        """Return the sentence of that number; "" where there is none. Raises KeyError for an unknown article."""
        index, row = self._place(selection, article_id)
        first, end = index.first_rows[row : row + 2].tolist()
        if not 0 <= number < end - first:
            return ""
        _, start, stop, _ = index.sentences[first + number].tolist()
        return index.articles[row].text[start:stop]

    def _place(self, selection: Selection, article_id: str) -> tuple[Index, int]:
        own = selection.own.get(article_id)
        return (own, 0) if own else (self._served.index, self._served.index.article_rows[article_id])

    def asks(self, selection: Selection) -> str:
        """Return what questions are asked of: the open article's id, "own" or "all"."""
        return self.open_article(selection).id if selection.scope == "one" else selection.scope

    def ask_of(self, selection: Selection, asked_of: str) -> None:
        """Set what questions are asked of, by a result of `asks`; all articles where its article is not here."""
        scopes = self.scopes(selection)
        if asked_of in self.by_id(selection) and "one" in scopes:
            selection.open_id, selection.scope = asked_of, "one"
        else:
            selection.scope = "own" if asked_of == "own" and "own" in scopes else "all"

    def scopes(self, selection: Selection) -> list[Scope]:
        """Return what the session's questions can be asked of; ["all"] where it has only one article."""
        count = len(self.articles(selection))
        if count == 1:
            return ["all"]
        return ["one", "own", "all"] if 1 < len(selection.own) < count else ["one", "all"]

    def joins(self, selection: Selection) -> bool:
        """Whether "all" includes the own articles. With more than MOST_JOINED sentences, it is the served ones only."""
        return len(self._served.index.sentences) + _sentences(selection) <= MOST_JOINED

    def assistant(self, selection: Selection) -> Assistant:
        """Return the assistant that answers a session's questions, for its scope."""
        if selection.scope == "one":
            return self._over([self.open_article(selection).id], selection)
        if selection.scope == "own" and selection.own:
            return self._over(list(selection.own), selection)
        if not selection.own or not self.joins(selection):
            return self._served
        return self._over([article.id for article in self.articles(selection)], selection)

    def check_count(self, selection: Selection) -> None:
        """Raise ArticleError where the session has as many articles as it may."""
        if len(selection.own) >= MOST_OWN:
            raise ArticleError(
                f"there are {len(selection.own)} articles of your own. Expected at most {MOST_OWN}: remove one, or "
                f"index them all: {_INDEX_THEM}",
                "too-many-own-articles",
                found=len(selection.own),
                limit=MOST_OWN,
                command=_INDEX_THEM,
            )

    def check_length(self, title: str, length: int, selection: Selection) -> None:
        """Raise ArticleError where a text of that many characters would be too much for the session."""
        characters = sum(len(one.articles[0].text) for one in list(selection.own.values())) + length
        if characters > MOST_OWN_CHARACTERS:
            raise ArticleError(
                f"with \u201c{title}\u201d your own articles have {characters} characters. Expected at most "
                f"{MOST_OWN_CHARACTERS}: remove one, or index them all: {_INDEX_THEM}",
                "own-articles-too-long",
                title=title,
                found=characters,
                limit=MOST_OWN_CHARACTERS,
                command=_INDEX_THEM,
            )

    def index(self, article: Article, progress: Progress | None = None) -> Index:
        """Return the index of an article alone.

        Args:
            progress: as for `build_index`; an exception that it raises ends the indexing.
        """
        return build_index([article], self._served.encoder, self._served.index.settings, progress)

    def _over(self, ids: list[str], selection: Selection) -> Assistant:
        served = self._served.index
        if ids == [article.id for article in served.articles]:
            return self._served
        key = tuple(ids)
        rows = [served.article_rows[one] for one in ids if one in served.article_rows]
        others = [selection.own[one] for one in ids if one not in served.article_rows]
        if others:
            # Kept in the session, so that no other session gets it and it is freed with the session.
            if selection.last is None or selection.last[0] != key:
                joined = join_articles([(served, rows), *((one, [0]) for one in others)])
                selection.last = key, self._served.over(joined)
            return selection.last[1]
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = self._served.over(join_articles([(served, rows)]))
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > KEPT_ASSISTANTS:
                self._kept.popitem(last=False)
        return made


def _sentences(selection: Selection) -> int:
    return sum(len(one.sentences) for one in list(selection.own.values()))


def titles_of(articles: Sequence[Article]) -> list[tuple[str, str]]:
    """Return (title, id) for each article, in order; a title that comes again is numbered: "Titel (2)"."""
    seen: dict[str, int] = {}
    named = []
    for article in articles:
        count = seen[article.title] = seen.get(article.title, 0) + 1
        named.append((article.title if count == 1 else f"{article.title} ({count})", article.id))
    return named
