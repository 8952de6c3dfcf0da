"""What a question means after the turns before it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from rag.answer import Citation


@dataclass(frozen=True, slots=True)
class Query:
    """What a question means after the turns before it.

    Attributes:
        asked: the question by itself, rewritten where it cannot stand alone.
        in_context: as it was written, with the turns before it; "" where there are none. The reader's network is asked
            this where it is given.
        searched: what is encoded and looked up; "" where that is what is asked.
        cited_before: the citations of the last answer, for a question that goes on from there.
        of_others: whether it asks for others than those that the last answer named ("who else?").
        beyond: whether it asks for what came "before" or "after" what those citations say, else "".
        answered_before: the short answers that those citations were given for, "" where there are none.
        said: what the answer says that the question was read as; "" where that is what is asked.
        others: what else it may mean, likeliest first; asked where nothing answers it as it was read first.
        is_about: whether it asks what is said of something: any sentence that says something of it answers.
        noun: what takes the place of another: "roof" of "and the roof?".
        of_other: whether it asks something else, or of something else, than the turn before, whose answer it then
            hardly has; "with breakfast?" may.
        of_cited: whether it asks for more of what the last answer cited: "and when?".
    """

    asked: str
    in_context: str = field(default="", kw_only=True)
    searched: str = ""
    cited_before: tuple[Citation, ...] = ()
    answered_before: str = field(default="", kw_only=True)
    beyond: Literal["", "before", "after"] = ""
    of_others: bool = field(default=False, kw_only=True)
    said: str = ""
    others: tuple[Query, ...] = ()
    is_about: bool = False
    noun: str = ""
    of_other: bool = False
    of_cited: bool = field(default=False, kw_only=True)

    @property
    def text(self) -> str:
        """What is encoded and looked up."""
        return self.searched or self.asked

    @property
    def read_as(self) -> str:
        """What the answer says that the question was read as."""
        return self.said or self.asked
