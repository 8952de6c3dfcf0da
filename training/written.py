"""Short texts written by hand, and what people type about them: training/written/*.json.

Questions of the sets share words with the sentence that answers. People ask for the café where the text has a tea room,
whether they may bring the dog where pets are welcome, and who leaves where somebody hands over. And they ask what a
text about the same thing does not say.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter

from training.corpus import Asked, Source

FOLDER = Path(__file__).with_name("written")
# Nothing is trained on the files from this number on: the judge is fitted and measured on them.
HELD_FROM = 9


class WrittenQuestion(BaseModel):
    """A question of a text.

    Attributes:
        evidence: the sentences that answer, the first of which has the short answer; none where the text does not say.
        answer: the short answer, "" where whole sentences answer.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: str
    question: str
    evidence: tuple[str, ...]
    answer: str
    kind: Literal["paraphrase", "yes-no", "keyword", "why", "plain", "none"]

    def asked(self, text: str) -> Asked:
        """Return it with offsets into its text. Raises ValueError where the text has not what it names."""
        if not self.evidence:
            return Asked(self.question, None, language=self.language)
        spans = tuple((text.index(one), text.index(one) + len(one)) for one in self.evidence)
        if not self.answer:
            return Asked(self.question, spans[0], "sentence", spans, self.language)
        start = spans[0][0] + self.evidence[0].index(self.answer)
        return Asked(self.question, (start, start + len(self.answer)), "span", spans, self.language)


class WrittenText(BaseModel):
    """A text with its questions."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: str
    title: str
    text: str
    questions: tuple[WrittenQuestion, ...]

    def source(self) -> Source:
        """Return it as training reads it. Raises ValueError as `WrittenQuestion.asked` does."""
        asked = [one.asked(self.text) for one in self.questions]
        return Source(self.language, [(self.text, asked)], [self.title] if self.title else [])


def read_written(*, held: bool, folder: Path = FOLDER) -> Iterator[WrittenText]:
    """Yield the texts that are trained on, or those that are held out."""
    texts = TypeAdapter(list[WrittenText])
    for path in sorted(folder.glob("*-[0-9][0-9].json")):
        if (int(path.stem[-2:]) >= HELD_FROM) is held:
            yield from texts.validate_json(path.read_bytes())
