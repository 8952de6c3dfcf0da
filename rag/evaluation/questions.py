"""The nouns of an evaluation: Evidence, GoldQuestion, GoldTurn, Dialogue, QuestionSet; and what of an index is gold."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from index import Article, Index
from index.errors import QuestionSetError

Grain = Literal["sentences", "articles"]
"""What gold evidence is exact to: the sentences that it overlaps, or an article as a whole, as in BEIR's qrels."""

Expected = Literal["answer", "abstention", "talk", "articles", "overview", "either"]
"""What should come in a turn: the last is an answer as described or an abstention, the others but two `Answer.kind`."""
Part = Literal["building", "measuring"]
"""Which half of the dialogues: one to build with, one that is only measured."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Gold: the part [start, end) of an article that answers, in characters of `Article.text`.

    Attributes:
        relevance: the grade of a qrel, 1 or more.
        group: pieces of one group are alternatives; each group is needed ("both halves of a comparison").
    """

    article_id: str
    start: int
    end: int
    relevance: int = 1
    group: int = 0

    def overlaps(self, article_id: str, start: int, end: int) -> bool:
        """Whether a sentence, passage or citation shares a character with it."""
        return article_id == self.article_id and start < self.end and end > self.start


@dataclass(frozen=True, slots=True)
class GoldQuestion:
    """A question with what is known of its answer.

    Attributes:
        id: unique in its set.
        article_id: of the article it is asked of; "" where it is asked of the whole collection only.
        earlier: the questions of the conversation before, oldest first.
        answerable: whether the article answers it.
        answers: expected short answers, any of which is right; empty where none is known.
        evidence: what proves the answer; empty when not answerable.
        pair: the id of the question that this is the unanswerable twin of, else "".
    """

    id: str
    text: str
    language: str
    category: str
    article_id: str
    earlier: tuple[str, ...] = ()
    answerable: bool = True
    answers: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    pair: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldTurn:
    """One turn of a dialogue with what should come. What is empty or None is not looked at.

    Attributes:
        kind: what reports group by.
        says: of each tuple the answer's text contains one.
        not_says: words that the text does not contain.
        short: whether there is a short answer.
        short_without: words that the short answer does not contain.
        evidence: of each group one piece is cited.
        language: `Answer.language`.
        differs: `Answer.differs`.
        unanswered: how many questions of the message stay open.
    """

    question: str
    kind: str
    expects: Expected
    says: tuple[tuple[str, ...], ...] = ()
    not_says: tuple[str, ...] = ()
    short: bool | None = None
    short_without: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    language: str = ""
    differs: bool | None = None
    unanswered: int | None = None


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A conversation whose turns are asked one after the other, of all of its articles together.

    Attributes:
        id: unique in its set.
        language: of its first article.
    """

    id: str
    article_ids: tuple[str, ...]
    part: Part
    language: str
    turns: tuple[GoldTurn, ...]


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions and dialogues, and the articles they are asked of.

    Attributes:
        name: what reports call it, for example the file's name.
        sha256: of the file or files it was read from, in hexadecimal.
        article_ids: of the articles that the questions are asked of, in order; questions of one article stand together,
            in this order.
        article: returns an article by its id; it is read only then, because a set may have a hundred thousand.
        left_out: which parts of the file are not asked, and why, a sentence each.
        dialogues: asked of their own articles, whatever the questions are asked of; those of the same articles stand
            together.
        part: which half of the dialogues these are; "" for all.
        kinds: of turns, where only these are judged; all where it is empty.
    """

    name: str
    sha256: str
    grain: Grain
    article_ids: tuple[str, ...]
    article: Callable[[str], Article]
    questions: Sequence[GoldQuestion]
    left_out: tuple[str, ...] = ()
    dialogues: Sequence[Dialogue] = ()
    part: Part | Literal[""] = ""
    kinds: tuple[str, ...] = ()

    @classmethod
    def about(
        cls,
        articles: Sequence[Article],
        questions: Sequence[GoldQuestion],
        name: str,
        sha256: str,
        left_out: tuple[str, ...] = (),
    ) -> QuestionSet:
        """Return the questions that are asked of these articles, those of one article together."""
        known = {article.id: article for article in articles}
        order = {article_id: row for row, article_id in enumerate(known)}
        ordered = sorted(questions, key=lambda question: order[question.article_id])
        return cls(name, sha256, "sentences", tuple(known), known.__getitem__, ordered, left_out)

    @property
    def asked(self) -> int:
        """How many questions and turns there are."""
        return len(self.questions) + sum(len(dialogue.turns) for dialogue in self.dialogues)

    def with_dialogues(self, dialogues: Sequence[Dialogue], articles: Sequence[Article]) -> QuestionSet:
        """Return the set with dialogues, those of the same articles together.

        Args:
            articles: all that the questions and the dialogues are asked of.
        """
        known = {article.id: article for article in articles}
        order: dict[tuple[str, ...], int] = {}
        for dialogue in dialogues:
            order.setdefault(dialogue.article_ids, len(order))
        ordered = sorted(dialogues, key=lambda dialogue: order[dialogue.article_ids])
        owned = {question.article_id for question in self.questions}
        about = tuple(article_id for article_id in self.article_ids if article_id in owned)
        return replace(self, article_ids=about, article=known.__getitem__, dialogues=ordered)

    def only_dialogues(self, part: Part | None = None, kinds: Collection[str] = ()) -> QuestionSet:
        """Return the set without its single questions.

        Args:
            part: which half of the dialogues; None for both.
            kinds: judge only turns of these kinds; none for all. A turn means what it means after those before it, so
                the dialogues that have one are asked whole.

        Raises:
            QuestionSetError: no dialogue is of that part, or has a turn of one of the kinds.
        """
        halves = [dialogue for dialogue in self.dialogues if part in (None, dialogue.part)]
        there = sorted({turn.kind for dialogue in halves for turn in dialogue.turns})
        if not halves or (unknown := [kind for kind in kinds if kind not in there]):
            of = f" of the part {part!r}" if part else ""
            found = f"no turn of the kind {unknown[0]!r} in dialogues{of}" if halves else f"no dialogues{of}"
            expected = f"one of {', '.join(there)}" if halves else "a file that has some"
            raise QuestionSetError(
                f"{self.name} has {found}. Expected {expected}.",
                "kind-unknown" if halves else "no-dialogues",
                file=self.name,
                part=part or "",
                kind=unknown[0] if halves else "",
                known=", ".join(there),
            )
        chosen = [one for one in halves if not kinds or any(turn.kind in kinds for turn in one.turns)]
        return replace(self, questions=(), dialogues=chosen, part=part or "", kinds=tuple(kinds))


@dataclass(frozen=True, slots=True)
class Qrels:
    """The relevant documents of one question with their grades; sentences and passages by `name_of`, articles by id."""

    sentences: dict[str, int]
    passages: dict[str, int]
    articles: dict[str, int]


def qrels_of(index: Index, evidence: Sequence[Evidence]) -> Qrels:
    """Return what evidence makes relevant: each sentence and passage that shares a character with it, and its article.

    Evidence that is not in the index gets a name that no document has, so that it counts as not found.
    """
    sentences: dict[str, int] = {}
    passages: dict[str, int] = {}
    articles: dict[str, int] = {}
    for piece in evidence:
        articles[piece.article_id] = max(piece.relevance, articles.get(piece.article_id, 0))
        for found, spans in zip((sentences, passages), _spans(index, piece.article_id), strict=True):
            overlapping = spans[(spans[:, 0] < piece.end) & (spans[:, 1] > piece.start)]
            for start, end in overlapping.tolist() or [(piece.start, piece.end)]:
                name = name_of(piece.article_id, start, end)
                found[name] = max(piece.relevance, found.get(name, 0))
    return Qrels(sentences, passages, articles)


def name_of(article_id: str, start: int, end: int) -> str:
    """Return the name of a sentence or passage in qrels and runs."""
    return f"{article_id}:{start}-{end}"


def _spans(index: Index, article_id: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The starts and ends of an article's sentences, shape (sentences, 2), and of its passages, (passages, 2)."""
    row = index.article_rows.get(article_id)
    if row is None:
        return np.zeros((0, 2), np.int64), np.zeros((0, 2), np.int64)
    first, end = np.searchsorted(index.passages[:, 0], [row, row + 1])
    passages = index.passages[first:end]
    return (
        np.asarray(index.sentences[index.first_rows[row] : index.first_rows[row + 1], 1:3]),
        np.stack([index.sentences[passages[:, 1], 1], index.sentences[passages[:, 2], 2]], axis=1),
    )
