"""What the server holds of one browser session: its conversation, the notes on each turn, how the browser keeps it.

Requests of one session may run at the same time: the user clears or stops a question while its answer forms. Values
that must agree are read and written under the conversation's lock. Each question has a mark, and an answer is added
only while its question's mark is the current one, so that the answer to a cleared question is dropped.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Literal

from markupsafe import Markup

from index.article import Article
from rag.answer import Answer, Hit, Turn
from rag.feedback import MAX_NOTE_CHARACTERS, Feedback, FeedbackFile, Verdict
from ui.parts import is_quoted
from ui.web.articles import Selection
from ui.web.history import About, Keeping
from ui.web.limits import Caller, QuestionLimit

MAX_UNUSED = 5
_VERDICTS: dict[object, Verdict] = {"right": "right", "wrong": "wrong"}
# Below this probability of answering the question, a sentence is not offered as found.
LEAST_LIKELY = 0.02


class SessionLock:
    """A reentrant lock whose copy is another lock: Gradio copies a state's value for each session."""

    def __init__(self) -> None:
        self._lock = threading.RLock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *raised: object) -> None:
        self._lock.release()

    def __deepcopy__(self, memo: object) -> SessionLock:
        return SessionLock()


@dataclass(frozen=True, slots=True)
class Latest:
    """The last question while it has no answer, and what the page shows in the answer's place.

    Attributes:
        state: "forming", "stopped" or "failed".
        text: the answer so far, or the message.
        alone: whether it is asked without the turns before it.
        can_retry: whether a failed question can be asked again as it is.
    """

    question: str
    state: Literal["forming", "stopped", "failed"] = "forming"
    text: str = ""
    can_retry: bool = True
    alone: bool = False


@dataclass(slots=True)
class TurnNotes:
    """Notes on one turn.

    Attributes:
        id: names the turn on the page and in a file of feedback; made by `turn_id`.
        unused: sentences that were found and not cited, best first.
        articles: those that the answer cites, or whose sentences came nearest; also those that were removed since.
        offers: other questions to ask where it was not answered.
        verdict, note: the user's rating of the answer.
    """

    id: str
    unused: tuple[Hit, ...] = ()
    articles: tuple[Article, ...] = ()
    offers: tuple[str, ...] = ()
    verdict: Verdict | None = None
    note: str = ""


@dataclass(slots=True)
class Conversation:
    """One session's turns.

    Attributes:
        asked_of: the articles that each turn's question was asked of, as `Catalogue.asks` names them.
        alone: whether each turn's question was asked without those before it.
        selection: the session's articles.
        asking: the mark of the question that is being answered, or of a series of questions; None between them.
        guest: used in place of `selection` while the user looks at an evaluation's question about another article.
        expected: the number of a turn, from 0 → the sentences that its question set expects.
        notes: the number of a turn, from 0 → the notes on it.
        drawn: the number of a turn, from 0 → what it showed when its HTML was last made, and that HTML.
        lock: held while values that must agree are read or written, and never while an answer is awaited.
    """

    turns: tuple[Turn, ...] = ()
    asked_of: tuple[str, ...] = ()
    alone: tuple[bool, ...] = ()
    selection: Selection = field(default_factory=Selection)
    asking: object | None = None
    latest: Latest | None = None
    guest: Selection | None = None
    expected: dict[int, tuple[Hit, ...]] = field(default_factory=dict)
    notes: dict[int, TurnNotes] = field(default_factory=dict)
    drawn: dict[int, tuple[object, Markup]] = field(default_factory=dict, repr=False, compare=False)
    keeping: Keeping = field(default_factory=Keeping)
    lock: SessionLock = field(default_factory=SessionLock, repr=False, compare=False)

    @property
    def shown(self) -> Selection:
        """The articles that the conversation is about now."""
        return self.guest or self.selection

    def missing(self, articles: Mapping[str, Article]) -> list[About]:
        """Return the articles that the kept conversation quoted and that are not among `articles`, by id."""
        return [one for one in self.keeping.missing if one.id not in articles]

    def begins_at(self, place: int) -> int:
        """Return the number of the first turn, from 0, that the question of a turn is read after; its own for none.

        A question asked alone begins anew: what is asked after it is read after it, and not after what came before.
        """
        return max((number for number, is_alone in enumerate(self.alone[: place + 1]) if is_alone), default=0)

    def clear(self) -> None:
        """Forget the turns and the question being answered; keep the articles."""
        with self.lock:
            self.turns, self.asked_of, self.alone, self.asking, self.latest, self.guest = (), (), (), None, None, None
            self.expected, self.notes, self.drawn, self.keeping = {}, {}, {}, Keeping()

    def remove_article(self) -> None:
        """Remove the session's own article that is open, and open the first one."""
        with self.lock:
            self.selection.own.pop(self.selection.open_id, None)
            self.selection.originals.pop(self.selection.open_id, None)
            self.selection.open_id, self.selection.last = "", None

    def begin(self) -> object | None:
        """Return the mark of a new question; None while another is being answered, or kept ones are asked again."""
        with self.lock:
            if self.asking is not None or self.keeping.replays:
                return None
            self.asking = object()
            return self.asking

    def begin_anew(self, keeping: Keeping | None = None) -> object:
        """Clear the conversation, give up a question being answered, and return the mark of a series of questions."""
        with self.lock:
            self.clear()
            self.keeping = keeping or self.keeping
            self.asking = object()
            return self.asking

    def end(self, mark: object) -> None:
        """Allow the next question, if `mark` is still the current one."""
        with self.lock:
            if self.asking is mark:
                self.asking = None

    def show(self, mark: object, latest: Latest) -> bool:
        """Set what stands in the place of an answer; return False where its question was given up."""
        with self.lock:
            if self.asking is not mark:
                return False
            self.latest = latest
            return True

    def add(
        self,
        mark: object,
        turn: Turn,
        asked_of: str,
        unused: tuple[Hit, ...],
        articles: Sequence[Article],
        alone: bool = False,
    ) -> TurnNotes | None:
        """Add a turn and return its notes; None where its question was given up.

        Args:
            asked_of: the articles that it was asked of, as `Catalogue.asks` names them.
            unused, articles: as in `TurnNotes`.
            alone: whether it was asked without the turns before it.
        """
        with self.lock:
            if self.asking is not mark:
                return None
            self.keeping.id = self.keeping.id or uuid.uuid4().hex
            place = len(self.turns)
            notes = TurnNotes(turn_id(self.keeping.id, place, turn.question), unused, tuple(articles))
            self.notes[place] = notes
            self.turns, self.asked_of, self.latest = (*self.turns, turn), (*self.asked_of, asked_of), None
            self.alone = (*self.alone, alone)
            return notes


def turn_id(conversation: str, place: int, question: str) -> str:
    """Return a turn's id. It is the same when its conversation is opened again, so that a later rating replaces it.

    Args:
        conversation: the id that the browser keeps the conversation under.
        place: the turn's number in it, from 0.
        question: tells apart two turns with the same number, as after two tabs went on with one conversation.
    """
    # A browser can send half of a surrogate pair, which UTF-8 cannot encode.
    return sha256(f"{conversation} {place} {question}".encode("utf-8", "replace")).hexdigest()[:16]


def unused_hits(ranked: Sequence[Hit], answer: Answer) -> tuple[Hit, ...]:
    """Return the sentences that the reader ranks best and the answer does not cite; none where it cites nothing."""
    if not answer.citations:
        return ()
    cited = {(citation.article_id, citation.sentence_index) for citation in answer.citations}
    likely = (hit for hit in ranked if (hit.probability or 0.0) >= LEAST_LIKELY)
    return tuple(hit for hit in likely if (hit.article_id, hit.sentence_index) not in cited)[:MAX_UNUSED]


def rate(
    conversation: Conversation, feedback: FeedbackFile, data: Mapping[str, Any], limit: QuestionLimit, caller: Caller
) -> TurnNotes | None:
    """Write the user's rating of a turn, and return the turn's notes; None where the turn is gone, or is small talk.

    A rating that is the same as before is not written again.

    Args:
        data: the turn's id, its verdict (None takes it back) and its note.
        limit: counts the ratings of `caller`.

    Raises:
        LimitError: the caller sent too many within a minute; the turn keeps its rating.
        FeedbackError: the file cannot be written; the turn keeps its rating.
    """
    with conversation.lock:
        turns, notes = conversation.turns, notes_of(conversation, data)
        if notes is None:
            return None
        place = next(place for place, kept in conversation.notes.items() if kept is notes)
    if (answer := turns[place].answer) is None or not is_quoted(answer):
        return None
    verdict = _VERDICTS.get(data.get("verdict"))
    note = str(data.get("note") or "").strip()[:MAX_NOTE_CHARACTERS] if verdict else ""
    # A browser can send half of a surrogate pair, which UTF-8 cannot encode.
    note = note.encode("utf-8", "replace").decode("utf-8")
    if (verdict, note) == (notes.verdict, notes.note):
        return notes
    limit.admit_rating(caller)
    earlier = tuple(turn.question for turn in turns[conversation.begins_at(place) : place])
    feedback.append(Feedback(notes.id, earlier, answer, notes.articles, verdict, note))
    notes.verdict, notes.note = verdict, note
    return notes


def notes_of(conversation: Conversation, data: Mapping[str, Any]) -> TurnNotes | None:
    """Return the notes of the turn that a rating names; None where the turn is gone."""
    with conversation.lock:
        return next((notes for notes in conversation.notes.values() if notes.id == data.get("turn")), None)
