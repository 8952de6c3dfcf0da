"""A session's conversation: what was asked, of which articles, and what is kept of each turn. Plain data."""

from __future__ import annotations

from dataclasses import dataclass, field

from rag.answer import Hit, Turn
from ui.keeping import Keeping
from ui.shelf import Library
from ui.turn_notes import TurnNotes


@dataclass(slots=True)
class Conversation:
    """One session's turns.

    Attributes:
        asked_of: for each turn, what of: `Shelf.asks`.
        library: the articles it may be about.
        asking: a mark of its own for the question being answered, so that a cleared one is dropped.
        latest: the last question where it has no answer, and the HTML in its place: forming, failed or stopped.
        guest: in the library's place while a question of an evaluation about another article is looked at.
        expected: the number of a turn, from 0 → the sentences that its question set expects.
        notes: the number of a turn, from 0 → what is kept of it beside its answer.
        keeping: how the browser keeps it; another one for each conversation.
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

    @property
    def shown(self) -> Library:
        """The articles it is about now."""
        return self.guest or self.library

    def clear(self) -> None:
        """Forget everything but the articles, the question being answered too."""
        self.turns, self.asked_of, self.asking, self.latest, self.guest = (), (), None, None, None
        self.expected, self.notes, self.keeping = {}, {}, Keeping()
