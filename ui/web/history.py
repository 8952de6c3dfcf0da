"""What a browser keeps of a conversation: its questions. `kept_attributes` writes them, `Opened` reads them.

A question whose answer has not come yet is kept too, by `pending_attributes`: where the page is loaded anew before it
comes, it is asked again. Answers are not kept; `Chat.replay` asks the questions again. The same question, articles and
settings give the same answer, so the answers agree with the articles as they are now, and nothing that a browser stores
can become a citation.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from index.article import Article
from rag.answer import Turn

# Of a longer conversation the last questions are kept: a question depends on those just before it.
MAX_QUESTIONS = 200
MAX_ARTICLES = 20
MAX_TITLE_CHARACTERS = 200
_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class About:
    """An article that a kept conversation quotes: its id, and the title that names it where it is gone."""

    id: str
    title: str


@dataclass(slots=True)
class Keeping:
    """How the browser keeps a conversation; each conversation has its own.

    Attributes:
        id: the conversation's name in the browser's storage; "" before its first answer.
        missing: articles that it quoted when it was kept and that the session lacks now.
        replays: whether its questions are being asked again. The browser keeps nothing meanwhile: it would keep the
            first questions only.
    """

    id: str = ""
    missing: tuple[About, ...] = ()
    replays: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """A kept conversation, as a browser sent it: untrusted input.

    Attributes:
        questions, asked_of: the questions, and the articles that each was asked of, as `Catalogue.asks` names them.
        alone: whether each was asked without those before it.
        about: the articles that it quoted.
    """

    id: str
    questions: tuple[str, ...]
    asked_of: tuple[str, ...]
    alone: tuple[bool, ...]
    about: tuple[About, ...]

    @classmethod
    def read(cls, sent: object) -> Opened | None:
        """Return the conversation that a browser sent; None where it sent something else."""
        if not isinstance(sent, dict) or not _ID.fullmatch(str(sent.get("id"))):
            return None
        questions = [one for one in _list(sent.get("questions")) if isinstance(one, str)][-MAX_QUESTIONS:]
        asked_of = [str(one) for one in _list(sent.get("askedOf"))][-MAX_QUESTIONS:]
        alone = [one is True for one in _list(sent.get("alone"))][-MAX_QUESTIONS:]
        about = [
            About(str(one.get("id")), str(one.get("title"))[:MAX_TITLE_CHARACTERS])
            for one in _list(sent.get("about"))
            if isinstance(one, dict)
        ]
        # A question without an entry is asked of all articles.
        asked_of += ["all"] * (len(questions) - len(asked_of))
        alone += [False] * (len(questions) - len(alone))
        count = len(questions)
        return cls(
            str(sent["id"]),
            tuple(questions),
            tuple(asked_of[:count]),
            tuple(alone[:count]),
            tuple(about[:MAX_ARTICLES]),
        )


def kept_attributes(
    keeping: Keeping,
    turns: Sequence[Turn],
    asked_of: Sequence[str],
    alone: Sequence[bool],
    articles: Mapping[str, Article],
) -> dict[str, str]:
    """Return the data attributes that tell the page what to keep; empty while there is nothing.

    Args:
        articles: those that the answers quote, by id.
    """
    if not keeping.id or keeping.replays or not turns:
        return {}
    answers = [turn.answer for turn in turns if turn.answer]
    cited = [one.article_id for answer in answers for one in answer.citations]
    near = [one.article_id for answer in answers for one in answer.nearest]
    about = {one.id: one.title for one in keeping.missing}
    about |= {one: articles[one].title for one in dict.fromkeys(cited + near) if one in articles}
    return {
        "kept": keeping.id,
        "asked": _json([turn.question for turn in turns[-MAX_QUESTIONS:]]),
        "asked-of": _json(asked_of[-MAX_QUESTIONS:]),
        "alone": _json(alone[-MAX_QUESTIONS:]),
        "about": _json([{"id": id_, "title": title} for id_, title in list(about.items())[:MAX_ARTICLES]]),
    }


def pending_attributes(question: str, asked_of: str, alone: bool, articles: Iterable[Article]) -> dict[str, str]:
    """Return the data attribute by which the page asks a question again if it is loaded anew before the answer comes.

    Args:
        asked_of: as in `Opened`.
        articles: those that it is asked of and that may be gone then.
    """
    about = [{"id": one.id, "title": one.title} for one in articles][:MAX_ARTICLES]
    return {"pending": _json({"question": question, "askedOf": asked_of, "alone": alone, "about": about})}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
