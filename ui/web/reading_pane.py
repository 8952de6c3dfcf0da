"""The reading pane: Gradio's wiring between a session's articles and the open one, and the HTML of that one."""

# No `from __future__ import annotations`; see page.py.
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from index import Article, Sentence
from index.article import heading_text
from rag.answering.messages import shown_date
from ui.templates import render
from ui.texts import Texts
from ui.web.additions import Added, Given, Link, Pasted, add, added_html, step_html
from ui.web.articles import Selection, titles_of
from ui.web.chat import Chat
from ui.web.limits import Caller, QuestionLimit
from ui.web.originals import Original, Originals, has_pages
from ui.web.session import Conversation
from ui.web.uploads import Uploads, sender_of

if TYPE_CHECKING:
    import gradio as gr

# Up to this many titles stand in a list. Of more, the user types a part of a title, and so many matches are shown.
MOST_TITLES = 200
MOST_FOUND = 20
# The browser lays out a part of an article at once, and watches each part: 5,000 parts made scrolling slow.
_PART_SENTENCES = 64
# Characters on a line of the pane at its full width.
_LINE_CHARACTERS = 75


@dataclass(frozen=True, slots=True)
class ReadingPane:
    """The pane's parts, and a function that gives their values for a conversation, in the same order."""

    parts: list[Any]
    of: Callable[[Conversation, Texts], tuple[Any, ...]]


def scope_choice() -> "gr.Radio":
    """Return the choice of what questions are asked of, which stands beside the question box."""
    import gradio as gr

    return gr.Radio([], elem_id="scope", container=False, show_label=False, visible=False, interactive=True)


def add_reading_pane(
    app: "gr.Blocks",
    chat: Chat,
    conversation: "gr.State",
    log: "gr.HTML",
    scope: "gr.Radio",
    texts_of: Callable[..., Texts],
    limit: QuestionLimit,
    uploads: Uploads | None,
    originals: Originals | None,
) -> ReadingPane:
    """Add the pane's parts and their event handlers to the column that is being built.

    Args:
        app: the Blocks that the column is in.
        conversation: the session's Conversation.
        log, scope: show the conversation and its scope.
        texts_of: returns the interface's texts for a request.
        limit: counts what is added, and the web addresses that are fetched.
        uploads: deletes the files that were read; None: nobody does.
        originals: keeps those that have pages to show; None: nothing does.
    """
    import gradio as gr

    def state_of(shown: Conversation, texts: Texts) -> tuple[Any, ...]:
        selection, catalogue = shown.shown, chat.catalogue
        titles = titles_of(catalogue.articles(selection))
        scopes = catalogue.scopes(selection)
        if selection.scope not in scopes:
            selection.scope = scopes[-1]
        own = len(selection.own)
        counts = {"one": 1, "own": own, "all": len(titles) if catalogue.joins(selection) else len(titles) - own}
        article = catalogue.open_article(selection)
        listed = len(titles) <= MOST_TITLES
        return (
            gr.Dropdown(
                titles if listed else [],
                value=article.id if listed else None,
                label=texts("chat.choose_article"),
                visible=listed and len(titles) > 1 and shown.guest is None,
            ),
            gr.Textbox(
                value="",
                label=texts("chat.find_article"),
                placeholder=texts("chat.find_article_among", count=texts.number(len(titles))),
                visible=not listed and shown.guest is None,
            ),
            "",
            gr.Button(texts("chat.remove_article"), visible=article.id in selection.own and shown.guest is None),
            gr.Radio(
                [(texts(f"chat.scopes.{one}", count=texts.number(counts[one])), one) for one in scopes],
                value=selection.scope,
                label=texts("chat.scope"),
                visible=len(scopes) > 1 and shown.guest is None,
            ),
            article_html(article, catalogue.sentences(selection, article.id), texts, pages_key(selection, article)),
        )

    def pages_key(selection: Selection, article: Article) -> str | None:
        if originals is None or not has_pages(article):
            return None
        kept = selection.originals.get(article.id)
        return kept.key if kept else "" if article.id in selection.own else article.id

    def greet(request: gr.Request) -> tuple[Any, ...]:
        texts = texts_of(request)
        return (
            gr.Accordion(label=texts("chat.add_articles")),
            gr.File(label=texts("chat.upload_articles")),
            gr.Textbox(label=texts("chat.paste_article"), placeholder=texts("chat.paste_article_here")),
            gr.Textbox(label=texts("chat.paste_title")),
            gr.Button(texts("chat.add_text")),
            gr.Button(texts("chat.cancel")),
        )

    def choose(article_id: str, shown: Conversation, request: gr.Request) -> tuple[Any, ...]:
        shown.shown.open_id = article_id
        return state_of(shown, texts_of(request))

    def switch(shown: Conversation, event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        article_id = str((event._data or {}).get("article", ""))
        if article_id not in chat.catalogue.by_id(shown.shown):
            texts = texts_of(request)
            return chat.log_html(shown, texts, notice=texts("chat.article_gone")), *[gr.skip()] * len(parts)
        return gr.skip(), *choose(article_id, shown, request)

    def find(typed: str, shown: Conversation, request: gr.Request) -> str:
        titles = titles_of(chat.catalogue.articles(shown.shown))
        wanted = typed.strip().casefold()
        if not wanted:
            return ""
        found = [entry for entry in titles if wanted in entry[0].casefold()]
        return render("web/found_articles.html", texts_of(request), found=found[:MOST_FOUND], count=len(found))

    def rescope(value: str, shown: Conversation) -> None:
        selection = shown.shown
        selection.scope = next((one for one in chat.catalogue.scopes(selection) if one == value), selection.scope)

    def remove(shown: Conversation, request: gr.Request) -> tuple[Any, ...]:
        shown.remove_article()
        texts = texts_of(request)
        return "", chat.log_html(shown, texts), *state_of(shown, texts)

    def announce(shown: Conversation, request: gr.Request) -> tuple[Any, ...]:
        shown.selection.cancelled = False
        texts = texts_of(request)
        return render("web/status.html", texts, line=texts("chat.adding_waits")), gr.Button(visible=True)

    def add_given(given: Sequence[Given], shown: Conversation, request: gr.Request) -> Iterator[tuple[Any, ...]]:
        texts, caller = texts_of(request), Caller.of_event(request)
        unchanged = tuple([gr.skip()] * (5 + len(parts)))
        said, failed = "", True
        try:
            keep = partial(kept, shown.selection, sender_of(request))
            for step in add(chat.catalogue, shown.selection, given, partial(admit, caller), chat.work, keep):
                if isinstance(step, Added):
                    said, failed = added_html(step, texts), bool(step.failures)
                else:
                    yield step_html(step, texts), gr.skip(), *unchanged
        except Exception:
            logging.getLogger(__name__).exception("An article was not added.")
            said = render("web/failure.html", texts, messages=[texts("chat.failed")])
        # The form closes where everything was added, so that the new article can be read. Else what was typed stays.
        form, typed = gr.Accordion(open=failed), gr.skip() if failed else ""
        view = state_of(shown, texts)
        hidden, no_file = gr.Button(visible=False), gr.File(value=None)
        yield said, hidden, form, no_file, typed, typed, chat.log_html(shown, texts), *view
        # When the generator ends, Gradio shows its last values once more: show nothing new instead.
        yield gr.skip(), gr.skip(), *unchanged

    def kept(selection: Selection, owner: str | None, content: bytes) -> Original | None:
        return originals.keep(content, owner, list(selection.originals.values())) if originals else None

    def admit(caller: Caller, one: Given) -> None:
        limit.admit_addition(caller)
        if isinstance(one, Link):
            limit.admit_fetch(caller)

    def add_files(paths: list[str] | None, shown: Conversation, request: gr.Request) -> Iterator[tuple[Any, ...]]:
        try:
            yield from add_given([Path(path) for path in paths or []], shown, request)
        finally:
            if uploads:
                uploads.read(paths or [], sender_of(request))

    def add_text(text: str, title: str, shown: Conversation, request: gr.Request) -> Iterator[tuple[Any, ...]]:
        yield from add_given([Link.in_text(text, title) or Pasted(text, title)], shown, request)

    def cancel(shown: Conversation) -> None:
        shown.selection.cancelled = True

    with gr.Row(elem_id="catalogue"):
        chooser = gr.Dropdown(elem_id="chooser", show_label=False, container=False, visible=False, interactive=True)
        finder = gr.Textbox(elem_id="finder", show_label=False, container=False, visible=False, max_lines=1)
        remove_button = gr.Button("", elem_id="remove", size="sm", visible=False)
    found = gr.HTML(elem_id="found", apply_default_css=False)
    with gr.Accordion("", open=False, elem_id="adding") as accordion:
        files = gr.File(file_count="multiple", elem_id="upload", height=120)
        paste = gr.Textbox(lines=4, max_lines=12, elem_id="paste")
        with gr.Row():
            title = gr.Textbox(elem_id="paste-title", max_lines=1)
            add_button = gr.Button("", elem_id="add-text", size="sm")
    status = gr.HTML(elem_id="adding-status", apply_default_css=False)
    cancel_button = gr.Button("", elem_id="cancel-adding", size="sm", visible=False)
    article = gr.HTML(elem_id="article", apply_default_css=False)

    parts = [chooser, finder, found, remove_button, scope, article]
    plain: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    at_once = {"queue": False, **plain}
    # One user's additions at a time, because encoding uses all cores.
    alone = {"concurrency_limit": 1, "concurrency_id": "articles", "trigger_mode": "multiple", **plain}
    form = [accordion, files, paste, title, add_button, cancel_button]
    app.load(greet, None, form, **at_once)
    chooser.input(choose, [chooser, conversation], parts, **at_once)
    finder.input(find, [finder, conversation], found, trigger_mode="always_last", **at_once)
    log.select(switch, conversation, [log, *parts], **at_once)
    scope.input(rescope, [scope, conversation], None, **at_once)
    remove_button.click(remove, conversation, [status, log, *parts], **at_once)
    cancel_button.click(cancel, conversation, None, **at_once)
    shown_parts = [status, cancel_button, accordion, files, paste, title, log, *parts]
    for happens, handler, given in (
        (files.upload, add_files, [files, conversation]),
        (add_button.click, add_text, [paste, title, conversation]),
    ):
        happens(announce, conversation, [status, cancel_button], **at_once).then(handler, given, shown_parts, **alone)
    return ReadingPane(parts, state_of)


def article_html(article: Article, sentences: Sequence[Sentence], texts: Texts, pages_key: str | None = None) -> Markup:
    """Return an article as HTML: its blocks, and each sentence with an id and its number.

    Args:
        article: the article to show.
        sentences: all its sentences, in order.
        texts: the interface's texts.
        pages_key: names its original in the addresses of its pages; "" where that was not kept, None for no pages.
    """
    # A title that is the beginning of the text is not shown twice.
    repeated = article.text.lstrip("# \n").startswith(article.title.rstrip("…"))
    parts = [(_lines(part), part) for part in _in_parts(_shown_blocks(article, sentences))]
    by_machine = texts("places.machine") if article.read_by_machine else ""
    return render(
        "web/article.html",
        texts,
        article=article,
        title="" if repeated else article.title,
        about=list(filter(None, (article.author, shown_date(article.date, texts.locale), by_machine))),
        # Another scheme, such as "javascript:", would be run.
        link=article.url if article.url.lower().startswith(("https://", "http://")) else "",
        parts=parts,
        pages_key=pages_key,
    )


# Of a sentence, or of what no answer cites (None): the page that begins before it or 0, its number, its pieces (the
# cells of a row) and the text behind it.
_Shown = tuple[int, int | None, list[str], str]


@dataclass(frozen=True, slots=True)
class _ShownBlock:
    """A block, or rows of a table. `level` is a heading's or a list item's; `page` begins before it, or is 0."""

    kind: str
    level: int
    page: int
    sentences: list[_Shown]


class _Pages:
    """Says, going through an article from its beginning, which page begins where."""

    def __init__(self, article: Article) -> None:
        starts: list[tuple[int, int]] = []
        # A page's footnotes may stand after the next page's beginning: only a later page begins one.
        last = 1
        for anchor in article.anchors:
            if anchor.page > last:
                last = anchor.page
                starts.append((anchor.start, last))
        self._starts = starts
        self._next = 0

    def begun_by(self, offset: int) -> int:
        """Return the page that has begun since the last call; 0 for none, and for the first page."""
        page = 0
        while self._next < len(self._starts) and self._starts[self._next][0] <= offset:
            page = self._starts[self._next][1]
            self._next += 1
        return page


def _shown_blocks(article: Article, sentences: Sequence[Sentence]) -> Iterator[_ShownBlock]:
    of_blocks = {number: list(group) for number, group in groupby(sentences, lambda sentence: sentence.block)}
    pages = _Pages(article)
    rows: list[_Shown] = []
    rows_page = 0
    for number, block in enumerate(article.blocks):
        some = of_blocks.get(number, [])
        page = pages.begun_by(block.start)
        is_row = block.kind == "row"
        starts_table = block.header == number or (rows and block.header == -1 != article.blocks[number - 1].header)
        if rows and (not is_row or starts_table or page):
            yield _ShownBlock("rows", 0, rows_page, rows)
            rows = []
        if is_row:
            rows_page = rows_page if rows else page
            cells = [article.text[cell.start : cell.end] for cell in block.cells]
            if len(some) == 1:
                rows.append((0, some[0].number, cells, ""))
            else:
                # A row that is too long to be read at once is cited in parts.
                rows += list(_shown_sentences(article, some, pages)) or [(0, None, cells, "")]
            continue
        text = article.text[block.start : block.end]
        shown = list(_shown_sentences(article, some, pages)) or [(0, None, [_plain(text, block.kind)], "")]
        yield _ShownBlock(block.kind, block.level, page, shown)
    if rows:
        yield _ShownBlock("rows", 0, rows_page, rows)


def _plain(text: str, kind: str) -> str:
    return heading_text(text) if kind == "heading" else text


def _in_parts(blocks: Iterator[_ShownBlock]) -> Iterator[list[_ShownBlock]]:
    """Yield runs of blocks, each as short as it can be with _PART_SENTENCES in it."""
    part: list[_ShownBlock] = []
    for block in blocks:
        part.append(block)
        if sum(len(one.sentences) for one in part) >= _PART_SENTENCES:
            yield part
            part = []
    if part:
        yield part


def _lines(blocks: Sequence[_ShownBlock]) -> int:
    """Return about how many lines blocks have, from which the page guesses their height."""
    lengths = [
        [sum(map(len, pieces)) for _, _, pieces, _ in block.sentences]
        if block.kind == "rows"
        else [sum(sum(map(len, pieces)) for _, _, pieces, _ in block.sentences)]
        for block in blocks
    ]
    return sum(-(-length // _LINE_CHARACTERS) for some in lengths for length in some)


def _shown_sentences(article: Article, sentences: Sequence[Sentence], pages: _Pages) -> Iterator[_Shown]:
    source = article.text
    for place, sentence in enumerate(sentences):
        following = sentences[place + 1] if place + 1 < len(sentences) else None
        gap = source[sentence.span.end : following.span.start] if following else ""
        page = pages.begun_by(sentence.span.start)
        yield page, sentence.number, [source[sentence.span.start : sentence.span.end]], gap
