"""A session's conversation: what was asked, of which articles, and what is kept of each turn.

A session's requests may come at the same time: a question is cleared away or stopped while its answer forms. What has
to fit together is read and written under the conversation's lock, and an answer gets in only by its question's mark, so
that nothing of what was given up comes back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from index.article import Article
from rag.answer import Hit, Turn
from ui.web.articles import Library
from ui.web.keeping import Keeping
from ui.web.session_lock import SessionLock
from ui.web.turn_notes import TurnNotes, turn_id


@dataclass(slots=True)
class Conversation:
    """One session's turns.

    Attributes:
        asked_of: for each turn, what of: `Shelf.asks`.
        library: the articles it may be about.
        asking: a mark of its own for the question being answered, or for several in a row.
        latest: the last question where it has no answer, and the HTML in its place: forming, failed or stopped.
        guest: in the library's place while a question of an evaluation about another article is looked at.
        expected: the number of a turn, from 0 → the sentences that its question set expects.
        notes: the number of a turn, from 0 → what is kept of it beside its answer.
        keeping: how the browser keeps it; another one for each conversation.
        lock: held for as long as what is read or written has to fit together; never while waiting for an answer.
    """

    turns: tuple[Turn, ...] = ()
    asked_of: tuple[str, ...] = ()
    library: Library = field(default_factory=Library)
    asking: object | None = None
    latest: tuple[str, str] | None = None
    guest: Library | None = None
    expected: dict[int, tuple[Hit, ...]] = field(default_factory=dict)
    notes: dict[int, TurnNotes] = field(default_factory=dict)
    keeping: Keeping = field(default_factory=Keeping)
    lock: SessionLock = field(default_factory=SessionLock, repr=False, compare=False)

    @property
    def shown(self) -> Library:
        """The articles it is about now."""
        return self.guest or self.library

    def clear(self) -> None:
        """Forget everything but the articles, the question being answered too."""
        with self.lock:
            self.turns, self.asked_of, self.asking, self.latest, self.guest = (), (), None, None, None
            self.expected, self.notes, self.keeping = {}, {}, Keeping()

    def remove_article(self) -> None:
        """Remove the session's own article that is open; the first one is open then."""
        with self.lock:
            self.library.own.pop(self.library.open_id, None)
            self.library.open_id, self.library.last = "", None

    def begin(self) -> object | None:
        """Return the mark of a question to be answered now; None while another is, or kept ones are asked again."""
        with self.lock:
            if self.asking is not None or self.keeping.replays:
                return None
            self.asking = object()
            return self.asking

    def begin_anew(self, keeping: Keeping | None = None) -> object:
        """Clear it and return the mark of questions to be asked in a row; what was being answered is given up."""
        with self.lock:
            self.clear()
            self.keeping = keeping or self.keeping
            self.asking = object()
            return self.asking

    def end(self, mark: object) -> None:
        """Let the next question be asked, where this mark's is the last that was."""
        with self.lock:
            if self.asking is mark:
                self.asking = None

    def show(self, mark: object, question: str, html: str) -> bool:
        """Show HTML in the place of a question's answer; False where that question was given up."""
        with self.lock:
            if self.asking is not mark:
                return False
            self.latest = question, html
            return True

    def add(
        self, mark: object, turn: Turn, asked_of: str, unused: tuple[Hit, ...], articles: Sequence[Article]
    ) -> TurnNotes | None:
        """Add a turn and return its notes; None where its question was given up.

        Args:
            asked_of: what of: `Shelf.asks`.
            unused, articles: as in its notes.
        """
        with self.lock:
            if self.asking is not mark:
                return None
            self.keeping.begin()
            place = len(self.turns)
            notes = TurnNotes(turn_id(self.keeping.id, place, turn.question), unused, tuple(articles))
            self.notes[place] = notes
            self.turns, self.asked_of, self.latest = (*self.turns, turn), (*self.asked_of, asked_of), None
            return notes
