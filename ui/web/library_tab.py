"""The library in the page: its list, what is kept, named and removed there, and the filter above the question box."""

# No `from __future__ import annotations`; see page.py.
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from index import Article, BelegError
from index.errors import ArticleError
from index.filter import Filter, folder_of, format_of
from index.library import Library, Removed, unknown_article
from rag.answering.messages import shown_date
from ui.templates import render
from ui.texts import Texts
from ui.web.articles import Selection, titles_of
from ui.web.chat import Chat
from ui.web.limits import Caller, QuestionLimit
from ui.web.reading_pane import ReadingPane
from ui.web.session import Conversation

if TYPE_CHECKING:
    import gradio as gr

    from rag import Assistant

# Articles that are listed at first, and with each press of "more".
SHOWN = 50
MOST_SHOWN = 2000
# Values of a facet that are offered, the most frequent ones.
MOST_FACETS = 6
# Removals that can be undone, of all users together.
MOST_UNDONE = 50
# From so many articles on a question may be asked of a filter without a library, too.
FILTERED_FROM = 10


class SharedLibrary:
    """A library that users of a web chat may change, and who may.

    Args:
        library: its index is what the assistant answers about.
        assistant: made by `Assistant.from_index` of the same folder.
        editors: the users who may change it; None: everyone.
    """

    def __init__(self, library: Library, assistant: "Assistant", editors: frozenset[str] | None = None) -> None:
        self._library, self._assistant, self._editors = library, assistant, editors
        self._removed: OrderedDict[str, Removed] = OrderedDict()
        self._lock = threading.Lock()

    def allows(self, user: str | None) -> bool:
        """Return whether a user may change the library; None is one without login."""
        return self._editors is None or user in self._editors

    def change(self, act: str, article_id: str, title: str, selection: Selection) -> None:
        """Keep, rename or remove an article, or undo its removal; the assistant answers about the new state at once.

        Args:
            act: "keep", "rename", "remove" or "undo".

        Raises:
            BelegError: it cannot be done; nothing has changed.
        """
        with self._lock:
            if act == "keep" and (own := selection.own.get(article_id)):
                original = selection.originals.get(article_id)
                self._library.keep(own, [original.content()] if original else [])
            elif act == "rename":
                self._library.rename(article_id, title)
            elif act == "remove":
                _, self._removed[article_id] = self._library.remove(article_id)
                while len(self._removed) > MOST_UNDONE:
                    self._removed.popitem(last=False)
            elif act == "undo" and (removed := self._removed.get(article_id)):
                self._library.put_back(removed)
                del self._removed[article_id]
            else:
                raise unknown_article(article_id)
            self._assistant.refresh()
        if act == "keep":
            selection.own.pop(article_id, None)
            selection.last = None

    def check(self, user: str | None) -> None:
        """Raise ArticleError where a user may not change the library."""
        if not self.allows(user):
            raise ArticleError(
                "this library may be changed by its editors only. Expected one of them: "
                "beleg chat --library INDEX --editor NAME",
                "library-not-yours",
            )


@dataclass(frozen=True, slots=True)
class LibraryParts:
    """The parts above the question box and in the tab, and a function that gives their values, in the same order."""

    parts: list[Any]
    of: Callable[[Conversation, Any, Texts], tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the list."""

    id: str
    title: str
    about: list[str]


def filter_line() -> tuple["gr.Textbox", "gr.HTML"]:
    """Return the box for the filter, and the line that says what is asked and what may be kept."""
    import gradio as gr

    only = gr.Textbox("", elem_id="only", show_label=False, container=False, max_lines=1, visible=False)
    return only, gr.HTML(elem_id="only-line", apply_default_css=False, js_on_load=_SUBMIT)


def add_library(
    app: "gr.Blocks",
    chat: Chat,
    shared: SharedLibrary | None,
    conversation: "gr.State",
    line: tuple["gr.Textbox", "gr.HTML"],
    scope: "gr.Radio",
    pane: ReadingPane,
    tabs: "gr.Tabs",
    texts_of: Callable[..., Texts],
    limit: QuestionLimit,
) -> LibraryParts:
    """Add the tab and its handlers to the Tabs being built.

    Args:
        shared: what users may change; None shows no tab.
        line: from `filter_line`, above the question box.
        scope, pane, tabs: parts of the page that go along.
        limit: counts what is kept.
    """
    import gradio as gr

    only, only_line = line
    with gr.Tab("…", id="library", visible=shared is not None) as tab, gr.Column(elem_id="library"):
        found = gr.Textbox("", elem_id="library-find", max_lines=1, container=False, show_label=False)
        shelf = gr.HTML(elem_id="library-list", apply_default_css=False, js_on_load=_SUBMIT)

    def may(request: gr.Request) -> bool:
        return shared is not None and shared.allows(request.username)

    def line_of(shown: Conversation, request: gr.Request, texts: Texts, notice: str = "") -> Markup:
        selection = shown.selection
        count = total = chat.catalogue.count(selection)
        if selection.only and selection.scope == "all":
            try:
                count = len(chat.catalogue.assistant(selection).articles)
            except BelegError as error:
                notice = notice or texts.error(error)
        own = selection.own.get(selection.open_id) if may(request) else None
        if not (own or notice or selection.only or shared):
            return Markup()
        return render(
            "web/only.html",
            texts,
            only=selection.only if selection.scope == "all" else "",
            count=count,
            total=total,
            notice=notice,
            own=own.articles[0] if own else None,
        )

    def box_of(shown: Conversation, texts: Texts) -> Any:
        count = chat.catalogue.count(shown.selection)
        return gr.Textbox(
            value=shown.selection.only,
            visible=count >= (FILTERED_FROM if shared is None else 2),
            placeholder=texts("library.only", count=texts.number(count)),
            label=texts("library.only_label"),
        )

    def listed(
        typed: str, shown: Conversation, request: gr.Request, most: int = SHOWN, notice: str = "", undo: str = ""
    ) -> Markup:
        texts = texts_of(request)
        served = chat.catalogue.served()
        try:
            chosen = Filter.parse(typed)
        except BelegError as error:
            chosen, notice = Filter(), texts.error(error)
        titles = [title for title, _ in titles_of(served.articles)]
        rows = [row for row, article in enumerate(served.articles) if chosen.matches(article)]
        starts = served.index.first_rows
        own = [one.articles[0] for one in list(shown.selection.own.values())]
        return render(
            "web/library.html",
            texts,
            rows=[
                _Row(
                    served.articles[row].id,
                    titles[row],
                    _about(served.articles[row], int(starts[row + 1] - starts[row]), texts),
                )
                for row in rows[:most]
            ],
            count=len(rows),
            total=len(titles),
            more=min(most + 4 * SHOWN, MOST_SHOWN) if most < min(len(rows), MOST_SHOWN) else 0,
            facets=_facets([served.articles[row] for row in rows]),
            own=own,
            may=may(request),
            only=str(chosen),
            notice=notice,
            undo=undo,
        )

    def state_of(shown: Conversation, request: gr.Request, texts: Texts) -> tuple[Any, ...]:
        return (
            gr.Tab(texts("library.tab"), visible=shared is not None),
            gr.Textbox(placeholder=texts("library.find"), label=texts("library.find")),
            listed("", shown, request) if shared else "",
            box_of(shown, texts),
            line_of(shown, request, texts),
        )

    def limit_to(typed: str, shown: Conversation, request: gr.Request) -> tuple[Any, ...]:
        texts = texts_of(request)
        try:
            chosen = Filter.parse(typed or "")
            if chosen:
                chosen.rows(chat.catalogue.articles(shown.selection))
        except BelegError as error:
            return gr.skip(), line_of(shown, request, texts, texts.error(error)), *[gr.skip()] * len(pane.parts)
        if str(chosen) == shown.selection.only:
            return gr.skip(), line_of(shown, request, texts), *[gr.skip()] * len(pane.parts)
        shown.selection.only = str(chosen)
        shown.selection.scope = "all" if chosen else shown.selection.scope
        return str(chosen), line_of(shown, request, texts), *pane.of(shown, texts)

    def refresh(shown: Conversation, request: gr.Request) -> Markup:
        return line_of(shown, request, texts_of(request))

    def search(typed: str, shown: Conversation, request: gr.Request) -> Markup:
        return listed(typed or "", shown, request)

    def act(typed: str, shown: Conversation, request: gr.Request, event: gr.EventData) -> Iterator[tuple[Any, ...]]:
        texts, data = texts_of(request), event._data or {}
        # A box in a tab that was never shown has no value.
        typed = typed or ""
        kind, article_id = str(data.get("act", "")), str(data.get("article", ""))
        unchanged = [gr.skip()] * (3 + len(pane.parts))
        if kind == "more":
            most = data.get("most")
            yield (
                gr.skip(),
                listed(typed, shown, request, min(most, MOST_SHOWN) if type(most) is int else SHOWN),
                *unchanged,
            )
        elif kind == "add":
            typed = f"{typed} {data.get('filter', '')}".strip()
            yield typed, listed(typed, shown, request), *unchanged
        elif kind == "ask":
            _, line, *view = limit_to(typed, shown, request)
            yield gr.skip(), gr.skip(), box_of(shown, texts), line, gr.Tabs(selected="chat"), *view
        elif kind == "all":
            _, line, *view = limit_to("", shown, request)
            yield gr.skip(), gr.skip(), box_of(shown, texts), line, gr.skip(), *view
        elif kind == "open" and article_id in chat.catalogue.by_id(shown.selection):
            shown.selection.open_id = article_id
            yield gr.skip(), gr.skip(), gr.skip(), gr.skip(), gr.Tabs(selected="chat"), *pane.of(shown, texts)
        elif shared is not None and kind in ("keep", "rename", "remove", "undo"):
            said = undo = ""
            try:
                shared.check(request.username)
                if kind == "keep":
                    limit.admit_addition(Caller.of_event(request))
                saving = texts("library.saving")
                yield (
                    gr.skip(),
                    listed(typed, shown, request, notice=saving),
                    gr.skip(),
                    line_of(shown, request, texts, saving),
                    *unchanged[2:],
                )
                shared.change(kind, article_id, str(data.get("title", "")), shown.selection)
                undo = article_id if kind == "remove" else ""
                said = texts(f"library.{kind}_done")
            except BelegError as error:
                said = texts.error(error)
            view = list(pane.of(shown, texts))
            list_ = listed(typed, shown, request, notice=said, undo=undo)
            yield (
                gr.skip(),
                list_,
                box_of(shown, texts),
                line_of(shown, request, texts, said if kind == "keep" else ""),
                gr.skip(),
                *view,
            )
        # When the generator ends, Gradio shows its last values once more: show nothing new instead.
        yield gr.skip(), gr.skip(), *unchanged

    plain: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    at_once = {"queue": False, **plain}
    alone = {"concurrency_limit": 1, "concurrency_id": "library", "trigger_mode": "multiple", **plain}
    gr.on([only.submit, only.blur], limit_to, [only, conversation], [only, only_line, *pane.parts], **at_once)
    scope.input(refresh, conversation, only_line, **at_once)
    pane.parts[-1].change(refresh, conversation, only_line, **at_once)
    # As one event: the list of the tab that opens comes before that of what is typed. Not "input", which is missing the
    # first time, because the box was named while its tab was not shown.
    gr.on([found.change, tab.select], search, [found, conversation], shelf, trigger_mode="always_last", **at_once)
    gr.on(
        [shelf.submit, only_line.submit],
        act,
        [found, conversation],
        [found, shelf, only, only_line, tabs, *pane.parts],
        **alone,
    )
    return LibraryParts([tab, found, shelf, only, only_line], state_of)


# Gradio knows only its own event names.
_SUBMIT = 'element.addEventListener("beleg-submit", (event) => trigger("submit", event.detail));'


def _about(article: Article, sentences: int, texts: Texts) -> list[str]:
    """Return what a line of the list says of an article beside its title."""
    kind = texts(f"library.formats.{format_of(article)}")
    parts = [folder_of(article), shown_date(article.date, texts.locale), texts.language_name(article.language), kind]
    return [one for one in parts if one] + [texts.count("library.sentences", sentences)]


def _facets(articles: Sequence[Article]) -> list[tuple[str, int]]:
    """Return filters that tell some of the articles from the others, and how many each would leave."""
    found: list[tuple[str, int]] = []
    for name, of in (
        ("format", format_of),
        ("language", lambda one: one.language),
        ("date", lambda one: one.date[:4]),
    ):
        counts = Counter(of(article) for article in articles)
        counts.pop("", None)
        if len(counts) > 1 or any(count < len(articles) for count in counts.values()):
            found += [(f"{name}:{value}", count) for value, count in counts.most_common(MOST_FACETS)]
    return found
