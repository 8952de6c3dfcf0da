"""What became of one question, or of one turn: a row of a report. Plain data; `Outcomes` keeps many on disk."""

from __future__ import annotations

import json
import tempfile
import threading
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, overload

from pydantic import TypeAdapter

from index.errors import ReportError

# Why a question counts as failed. "not retrieved": no gold sentence among those that the reader looks at, whether it
# then answered or not; "wrong sentence": answered, and the most probable sentence is not gold; "incomplete": answered
# rightly, and a further sentence that the answer needs is not cited; "mistaken": answerable, and taken for small talk
# or a question about the articles as such.
FAILURES = ("wrong sentence", "not retrieved", "abstained", "mistaken", "incomplete", "answered the unanswerable")

# What a turn can be at fault in: "asked" is a question that could not be asked, "came" what the message was taken for.
FAULTS = (
    "asked", "came", "says", "not_says", "evidence", "short", "short_without", "language", "differs", "unanswered",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Quote:
    """A piece of an article: `text` is `Article.text[start:end]`.

    Attributes:
        sentence_index: -1 where it is no whole sentence, as gold evidence need not be.
        group: that of the evidence: pieces of one group are alternatives, each group is needed.
    """

    article_id: str
    sentence_index: int
    start: int
    end: int
    text: str
    group: int = 0

    def overlaps(self, other: Quote) -> bool:
        """Whether the two share a character."""
        return self.article_id == other.article_id and self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Outcome:
    """One question as it was asked, answered and judged.

    Attributes:
        earlier: the questions asked before it in the conversation, oldest first.
        article_id, article_title: what it was asked of; "" where that is the whole collection.
        answers: expected short answers.
        gold: the evidence, piece by piece; shortened for display where it is a whole article.
        confidence: as `Answer.confidence`.
        text: of the answer, with its markers, or of the abstention.
        short_answer: the text of `Answer.span`; "" where there is none.
        citations: empty when it abstained.
        nearest: the retrieved sentences, best first, at most three, whether it answered or not.
        context_before, context_after: the article around the first piece of gold, at most 200 characters each.
        seconds: from the question to the whole answer.
        measures: this question's value of each measure that applies to it, by the names in `measures.NAMES`.
        failure: "" or one of FAILURES.
        pair: the id of the question that this is the unanswerable twin of, else "".
    """

    id: str
    question: str
    earlier: tuple[str, ...]
    language: str
    category: str
    article_id: str
    article_title: str
    answerable: bool
    answers: tuple[str, ...]
    gold: tuple[Quote, ...]
    answered: bool
    confidence: float
    text: str
    short_answer: str
    citations: tuple[Quote, ...]
    nearest: tuple[Quote, ...]
    context_before: str
    context_after: str
    seconds: float
    measures: dict[str, float]
    failure: str
    pair: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Outcome:
        """Return what `to_dict` gave. Raises pydantic's ValidationError for anything else."""
        return _adapter().validate_python(data)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that a turn should have been and was not.

    Attributes:
        of: what it is a fault of, one of FAULTS.
        expected, found: what should have come, and what came; "" where there is nothing to say.
    """

    of: str
    expected: str = ""
    found: str = ""


@dataclass(frozen=True, slots=True)
class TurnOutcome:
    """One turn of a dialogue as it was asked, answered and judged.

    Attributes:
        dialogue, place: the dialogue's id, and which of its turns it is, from 1.
        kind, part, language: as in `questions.Dialogue` and its turns.
        earlier: question and answer of each turn before, oldest first.
        expects: one of `questions.Expected`.
        expected: all that the turn should be, in the words of the format: `says "1787"`.
        came: as which of `questions.Expected` it came; "" where the question could not be asked.
        read_as: as the question was understood; "" where that is as it was asked.
        text, short_answer, confidence: as in an Outcome.
        citations: texts of the sentences that were cited, by number; of an abstention, the nearest.
        seconds: from the question to the whole answer.
        faults: empty where the turn was handled as it should be.
    """

    dialogue: str
    place: int
    question: str
    kind: str
    part: str
    language: str
    earlier: tuple[tuple[str, str], ...]
    expects: str
    expected: tuple[str, ...]
    came: str
    read_as: str
    text: str
    short_answer: str
    confidence: float
    citations: tuple[str, ...]
    seconds: float
    faults: tuple[Fault, ...]

    @property
    def id(self) -> str:
        """The dialogue's id and the turn's place: what comparisons pair by."""
        return f"{self.dialogue}/{self.place}"

    @property
    def handled(self) -> bool:
        """Whether all that the turn should be holds."""
        return not self.faults

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return asdict(self)


@cache
def _adapter() -> TypeAdapter[Outcome]:
    return TypeAdapter(Outcome)


class Outcomes(Sequence[Outcome]):
    """Outcomes that can be appended to; each is read from a temporary file when asked for. Threads may share it.

    Memory does not grow with their number. The operating system deletes the file when the process ends.
    """

    def __init__(self, outcomes: Iterable[Outcome] = ()) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as this object lives
        self._ends = array("Q", [0])
        self._lock = threading.Lock()
        for outcome in outcomes:
            self.append(outcome)

    def append(self, outcome: Outcome) -> None:
        """Add one at the end.

        Raises:
            ReportError: the disk is full.
        """
        # "replace", because a question from a JSON file may have half of a character in it.
        line = json.dumps(outcome.to_dict(), ensure_ascii=False, allow_nan=False).encode("utf-8", "replace") + b"\n"
        with self._lock:
            try:
                self._file.seek(self._ends[-1])
                self._file.write(line)
                self._file.flush()
            except OSError as error:
                raise ReportError(
                    f"cannot keep the outcomes in {tempfile.gettempdir()}: {error.strerror}. Expected room for about "
                    "3 KB a question; free some disk, or set TMPDIR to a folder with more.",
                    "outcomes-unwritable",
                    folder=tempfile.gettempdir(),
                    reason=error.strerror,
                ) from error
            self._ends.append(self._ends[-1] + len(line))

    def lines(self) -> Iterator[str]:
        """Yield each as one line of JSON, without the line's end."""
        return (self._line(number) for number in range(len(self)))

    def close(self) -> None:
        """Free the disk now rather than when the last reference goes; nothing can be read afterwards."""
        self._file.close()

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __iter__(self) -> Iterator[Outcome]:
        return (_adapter().validate_json(line) for line in self.lines())

    @overload
    def __getitem__(self, number: int) -> Outcome: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[Outcome]: ...
    def __getitem__(self, number: int | slice) -> Outcome | Sequence[Outcome]:
        if isinstance(number, slice):
            return [self[place] for place in range(*number.indices(len(self)))]
        return _adapter().validate_json(self._line(range(len(self))[number]))

    def _line(self, number: int) -> str:
        start, end = self._ends[number], self._ends[number + 1]
        with self._lock:
            self._file.seek(start)
            return self._file.read(end - start - 1).decode()
