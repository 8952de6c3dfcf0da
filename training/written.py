"""Short texts written by hand, and what people type about them: training/written/*.json.

Questions of the sets share words with the sentence that answers. People ask for the café where the text has a tea room,
whether they may bring the dog where pets are welcome, and who leaves where somebody hands over. And they ask what a
text about the same thing does not say. And they go on: "und wann?", "no, the yellow one". What such a turn is asked as
is made by the assistant's own rules from the turns before, so that the reader is trained on what it will be asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, cast, get_args

from pydantic import BaseModel, ConfigDict, TypeAdapter

from rag.answer import Answer, Citation, Language, Statement, Turn
from rag.conversation.follow_up import in_context, understand
from rag.conversation.query import Query
from training.corpus import Asked, Source

FOLDER = Path(__file__).with_name("written")
# Nothing is trained on the files from this number on: the judge is fitted and measured on them.
HELD_FROM = 9


class WrittenQuestion(BaseModel):
    """A question of a text.

    Attributes:
        evidence: the sentences that answer, the first of which has the short answer; none where the text does not say.
        answer: the short answer, "" where whole sentences answer.
        kind: of a turn of a dialogue one of the last three, or "none".
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: str
    question: str
    evidence: tuple[str, ...]
    answer: str
    kind: Literal["paraphrase", "yes-no", "keyword", "why", "plain", "none", "new", "follow-up", "correction"]

    def asked(self, text: str, question: str = "") -> Asked:
        """Return it with offsets into its text. Raises ValueError where the text has not what it names.

        Args:
            question: what it is asked as, where that is not as it was typed.
        """
        question = question or self.question
        if not self.evidence:
            return Asked(question, None, language=self.language)
        spans = self.spans(text)
        if not self.answer:
            return Asked(question, spans[0], "sentence", spans, self.language)
        start = spans[0][0] + self.evidence[0].index(self.answer)
        return Asked(question, (start, start + len(self.answer)), "span", spans, self.language)

    def spans(self, text: str) -> tuple[tuple[int, int], ...]:
        """Return the half-open offsets of its evidence."""
        return tuple((text.index(one), text.index(one) + len(one)) for one in self.evidence)

    def turn(self, text: str, read: Query) -> Turn:
        """Return it as a turn that was answered as it should be."""
        citations = tuple(
            Citation(number, "", 0, *span, text[slice(*span)]) for number, span in enumerate(self.spans(text), 1)
        )
        answer = Answer(
            question=self.question,
            read_as=read.read_as,
            text="",
            abstained=not citations,
            confidence=1.0,
            statements=(Statement(self.answer, citations[:1], 1.0),) if citations else (),
            citations=citations,
            span=self.asked(text).answer if self.answer else None,
            language=cast(Language, self.language) if self.language in get_args(Language) else "en",
        )
        return Turn(self.question, answer)


class WrittenText(BaseModel):
    """A text with its questions, and what one person types in a row about it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: str
    title: str
    text: str
    questions: tuple[WrittenQuestion, ...]
    dialogues: tuple[tuple[WrittenQuestion, ...], ...] = ()

    def source(self) -> Source:
        """Return it with its questions as training reads them. Raises ValueError as `WrittenQuestion.asked` does."""
        return self._source([one.asked(self.text) for one in self.questions])

    def dialogue_source(self) -> Source:
        """Return it with the turns of its dialogues as training reads them. Raises ValueError as `source` does."""
        return self._source(
            [
                one.asked(self.text, wording)
                for turns in self.dialogues
                for one, wordings in zip(turns, readings(self.text, turns), strict=True)
                for wording in wordings
            ]
        )

    def _source(self, asked: list[Asked]) -> Source:
        return Source(self.language, [(self.text, asked)], [self.title] if self.title else [])


def readings(text: str, turns: Sequence[WrittenQuestion]) -> list[list[str]]:
    """Return what each turn of a dialogue is asked as, likeliest first: one or more wordings of the same question.

    The last is what was typed, with the turns before it behind it in brackets (`in_context`).
    """
    history: list[Turn] = []
    asked = []
    for one in turns:
        read = understand(one.question, history)
        wordings = [read.asked, read.said, in_context(one.question, history)]
        asked.append(list(dict.fromkeys(filter(None, wordings))))
        history.append(one.turn(text, read))
    return asked


def read_written(*, held: bool, folder: Path = FOLDER) -> Iterator[WrittenText]:
    """Yield the texts that are trained on, or those that are held out."""
    texts = TypeAdapter(list[WrittenText])
    for path in sorted(folder.glob("*-[0-9][0-9].json")):
        if (int(path.stem[-2:]) >= HELD_FROM) is held:
            yield from texts.validate_json(path.read_bytes())
