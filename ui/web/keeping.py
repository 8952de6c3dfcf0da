"""What a browser keeps of a conversation: its questions, which are asked again when it is opened.

Answers are not kept. The same question, articles and settings give the same answer, so what is shown is always what the
articles say now, and nothing that a browser stores can become a citation.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from index.article import Article
from rag.answer import Turn
from ui.texts import Texts
from ui.web.verbatim import filled_html

if TYPE_CHECKING:
    from ui.web.chat import Chat
    from ui.web.conversation import Conversation

# Of a longer conversation, the last ones: a question leans on those just before it.
MOST_QUESTIONS = 200
MOST_ARTICLES = 20
MOST_TITLE_CHARACTERS = 200
_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class About:
    """An article that a conversation quotes, by what finds it again and what names it where it is gone."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A kept conversation, as a browser sent it. All of it is a stranger's word.

    Attributes:
        questions, asked_of: the questions, and what each was asked of: `Shelf.asks`.
        about: the articles it quoted.
    """

    id: str
    questions: tuple[str, ...]
    asked_of: tuple[str, ...]
    about: tuple[About, ...]

    @classmethod
    def read(cls, sent: object) -> Opened | None:
        """Return what a browser sent to be opened; None where it is nothing of the kind."""
        if not isinstance(sent, dict) or not _ID.fullmatch(str(sent.get("id"))):
            return None
        questions = [one for one in _list(sent.get("questions")) if isinstance(one, str)][-MOST_QUESTIONS:]
        asked_of = [str(one) for one in _list(sent.get("askedOf"))][-MOST_QUESTIONS:]
        about = [
            About(str(one.get("id")), str(one.get("title"))[:MOST_TITLE_CHARACTERS])
            for one in _list(sent.get("about"))
            if isinstance(one, dict)
        ]
        # One that is kept without is asked of all.
        asked_of += ["all"] * (len(questions) - len(asked_of))
        return cls(str(sent["id"]), tuple(questions), tuple(asked_of[: len(questions)]), tuple(about[:MOST_ARTICLES]))


@dataclass(slots=True)
class Keeping:
    """What a session knows of how its conversation is kept; one of its own for each conversation.

    Attributes:
        id: what the browser keeps it under; "" before its first answer.
        missing: articles that it was about when it was kept and that are not here now.
        replays: whether its questions are still being asked again: nothing is kept meanwhile, lest it be cut short.
    """

    id: str = ""
    missing: tuple[About, ...] = ()
    replays: bool = False

    def begin(self) -> None:
        """Give a conversation that has its first answer an id."""
        self.id = self.id or uuid.uuid4().hex


def replay(chat: Chat, conversation: Conversation, opened: Opened, texts: Texts) -> Iterator[str]:
    """Ask a kept conversation's questions again, yielding the log; ends early when it is cleared or one fails."""
    here = chat.shelf.by_id(conversation.library)
    missing = tuple(one for one in opened.about if one.id not in here)
    mine = Keeping(opened.id, missing, replays=True)
    series = conversation.begin_anew(mine)
    last = len(opened.questions)
    try:
        for number, (question, asked_of) in enumerate(zip(opened.questions, opened.asked_of, strict=True), start=1):
            chat.shelf.ask_of(conversation.library, asked_of)
            yield from chat.ask(conversation, question, texts, series=series, last=number == last)
            if conversation.keeping is not mine:
                return
            if len(conversation.turns) != number:
                # What goes on from here is another conversation: the kept one stays whole.
                mine.id = uuid.uuid4().hex
                break
        with conversation.lock:
            if conversation.keeping is mine:
                # As it was kept: an article that is not here now may be added again.
                conversation.asked_of = opened.asked_of[: len(conversation.turns)]
    finally:
        # Also where the page has gone: the next question waits for this.
        conversation.end(series)
        mine.replays = False
    yield chat.log_html(conversation, texts)


def keeping_attributes(conversation: Conversation, articles: Mapping[str, Article]) -> str:
    """Return the log's attributes that tell the page what to keep; "" while there is nothing.

    Args:
        articles: those that the answers quote, by id.
    """
    keeping, turns = conversation.keeping, conversation.turns
    if not keeping.id or keeping.replays or not turns:
        return ""
    asked = [turn.question for turn in turns[-MOST_QUESTIONS:]]
    about = {one.id: one.title for one in keeping.missing}
    about |= {one.id: one.title for one in _quoted(turns, articles)}
    first = [{"id": id_, "title": title} for id_, title in list(about.items())[:MOST_ARTICLES]]
    return (
        f' data-kept="{keeping.id}" data-asked="{escape(_json(asked))}" '
        f'data-asked-of="{escape(_json(conversation.asked_of[-MOST_QUESTIONS:]))}" '
        f'data-about="{escape(_json(first))}"'
    )


def missing_html(keeping: Keeping, articles: Mapping[str, Article], texts: Texts) -> str:
    """Return that articles a conversation was about are not among `articles`, by id; "" where all are."""
    missing = [one for one in keeping.missing if one.id not in articles]
    if not missing:
        return ""
    titles = ", ".join(filled_html(texts("chat.quoted"), text=one.title) for one in missing)
    return f'<p class="guest">{escape(texts("chat.kept_missing")).format(titles=titles)}</p>'


def _quoted(turns: Sequence[Turn], articles: Mapping[str, Article]) -> list[Article]:
    answers = [turn.answer for turn in turns if turn.answer]
    cited = [one.article_id for answer in answers for one in answer.citations]
    near = [one.article_id for answer in answers for one in answer.nearest]
    found = dict.fromkeys(cited + near)
    return [articles[article_id] for article_id in found if article_id in articles]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
