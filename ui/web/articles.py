"""The articles of a session: the served ones and its own, and which of them a question is asked of."""

from __future__ import annotations

import threading
from collections import ChainMap, OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, cast

from index import Article, ArticleError, Index, Sentence, build_index
from index.build import join_articles
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
# Articles that are served no more, and that answers may still quote.
MOST_FORMER = 1000
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
        only: the filter that questions asked of all articles are asked of; "" for all.
        last: the assistant that was last asked about own articles, after the served ones' index and its articles' ids.
        originals: the files of own articles that have pages to show, by the article's id.
    """

    own: dict[str, Index] = field(default_factory=dict)
    scope: Scope = "all"
    open_id: str = ""
    cancelled: bool = False
    only: str = ""
    last: tuple[Index, list[str], Assistant] | None = None
    originals: dict[str, Original] = field(default_factory=dict)


class Catalogue:
    """Finds a session's articles, and the assistant that answers its questions about them. Keeps no session's data.

    Args:
        served: answers about the articles that all sessions have.
    """

    def __init__(self, served: Assistant) -> None:
        self._served = served
        self._now = served.snapshot()
        self._by_id = self._now.index.by_id
        self._former: OrderedDict[str, Article] = OrderedDict()
        self._kept: OrderedDict[tuple[str, ...], Assistant] = OrderedDict()
        self._lock = threading.Lock()

    def served(self) -> Assistant:
        """Return the assistant of the served articles, as they are now: what asks it goes on with the same."""
        with self._lock:
            if self._served.index is not self._now.index:
                before, self._now = self._by_id, self._served.snapshot()
                self._by_id = self._now.index.by_id
                gone = [id_ for id_ in before if id_ not in self._by_id]
                self._former |= {id_: before[id_] for id_ in gone[-MOST_FORMER:]}
                while len(self._former) > MOST_FORMER:
                    self._former.popitem(last=False)
                self._kept.clear()
            return self._now

    def articles(self, selection: Selection) -> Sequence[Article]:
        """Return all articles of a session, the served ones first."""
        index = self.served().index
        # A copy, because another request of the session may add an article meanwhile.
        own = list(selection.own.items())
        return [*index.articles, *(one.articles[0] for id_, one in own if id_ not in index.article_rows)]

    def count(self, selection: Selection) -> int:
        """Return how many articles a session has."""
        index = self.served().index
        return len(index.articles) + sum(id_ not in index.article_rows for id_ in list(selection.own))

    def by_id(self, selection: Selection) -> Mapping[str, Article]:
        """Return all articles of a session by their ids."""
        self.served()
        own = {id_: one.articles[0] for id_, one in list(selection.own.items())}
        # Nobody writes into a ChainMap that is called a Mapping.
        return ChainMap(own, cast("dict[str, Article]", self._by_id))

    def quoted(self, selection: Selection) -> Mapping[str, Article]:
        """Return the same, and those that were served before: answers that were given then quote them."""
        return ChainMap(cast("dict[str, Article]", self.by_id(selection)), self._former)

    def open_article(self, selection: Selection) -> Article:
        """Return the article in the pane."""
        if own := selection.own.get(selection.open_id):
            return own.articles[0]
        index = self.served().index
        return index.articles[index.article_rows.get(selection.open_id, 0)]

    def sentences(self, selection: Selection, article_id: str) -> list[Sentence]:
        """Return an article's sentences, in order. Raises KeyError for an unknown id."""
        index, row = self._place(selection, article_id)
        return index.sentences_of(row)

    def sentence(self, selection: Selection, article_id: str, number: int) -> str:
        """Return the sentence of that number; "" where there is none, or no such article any more."""
        try:
            index, row = self._place(selection, article_id)
        except KeyError:
            return ""
        first, end = index.first_rows[row : row + 2].tolist()
        if not 0 <= number < end - first:
            return ""
        _, start, stop, _ = index.sentences[first + number].tolist()
        return index.articles[row].text[start:stop]

    def _place(self, selection: Selection, article_id: str) -> tuple[Index, int]:
        own, index = selection.own.get(article_id), self.served().index
        return (own, 0) if own else (index, index.article_rows[article_id])

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
        count = self.count(selection)
        if count == 1:
            return ["all"]
        return ["one", "own", "all"] if 1 < len(selection.own) < count else ["one", "all"]

    def joins(self, selection: Selection) -> bool:
        """Whether "all" includes the own articles. With more than MOST_JOINED sentences, it is the served ones only."""
        return len(self.served().index.sentences) + _sentences(selection) <= MOST_JOINED

    def assistant(self, selection: Selection) -> Assistant:
        """Return the assistant that answers a session's questions, for its scope.

        Raises:
            QuestionError: no article matches the session's filter.
        """
        if selection.scope == "one":
            return self._over([self.open_article(selection).id], selection)
        if selection.scope == "own" and selection.own:
            return self._over(list(selection.own), selection)
        served = self.served()
        if selection.own and self.joins(selection):
            rows = served.index.article_rows
            own = [id_ for id_ in list(selection.own) if id_ not in rows]
            served = self._over([*served.index.ids, *own], selection)
        return served.within(selection.only) if selection.only else served

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
        return build_index([article], self._served.encoder, self.served().index.settings, progress)

    def _over(self, ids: list[str], selection: Selection) -> Assistant:
        now = self.served()
        served = now.index
        if ids == list(served.ids):
            return now
        rows = [served.article_rows[one] for one in ids if one in served.article_rows]
        others = [selection.own[one] for one in ids if one in selection.own and one not in served.article_rows]
        if others:
            # Kept in the session, so that no other session gets it and it is freed with the session.
            last = selection.last
            if last is None or last[0] is not served or last[1] != ids:
                joined = join_articles([(served, rows), *((one, [0]) for one in others)])
                selection.last = last = served, ids, now.over(joined)
            return last[2]
        with self._lock:
            if kept := self._kept.get(tuple(ids)):
                self._kept.move_to_end(tuple(ids))
                return kept
        made = now.over(join_articles([(served, rows)]))
        with self._lock:
            self._kept[tuple(ids)] = made
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
