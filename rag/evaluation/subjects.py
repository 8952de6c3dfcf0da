"""Which assistant a question is asked of: one over its article, or one over the whole collection; and asking it."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from index import Article, Encoder, Span, build_index
from index.errors import QuestionError, QuestionSetError, counted
from index.models.encoder import FloatArray
from index.settings import Progress
from rag.answer import Answer, Hit, Turn
from rag.assistant import Assistant
from rag.evaluation.questions import GoldQuestion, QuestionSet

Scope = Literal["article", "collection"]
# An article and its twins have about a hundred passages; one takes about 5 KB.
MAX_TEXTS = 1024


class Subjects:
    """Gives each question the assistant to ask; in scope "article" it holds the index of one article at a time.

    Args:
        assistant: its settings, encoder, reader and answerer are used. Its index is used too, unless `build`: in scope
            "collection" for every question; in scope "article" for questions about its article, if it has only one.
        build: make every index from the question set's articles.

    Raises:
        QuestionSetError: the questions do not fit the scope, or nothing of their evidence is in the collection.

    Attributes:
        index_seconds: that making indexes for questions took so far.
        articles: how many were indexed for questions so far, or are in the assistant's index.
    """

    def __init__(
        self,
        question_set: QuestionSet,
        assistant: Assistant,
        scope: Scope,
        *,
        build: bool,
        progress: Progress | None = None,
    ) -> None:
        self._set, self._given, self._scope, self._build = question_set, assistant, scope, build
        self._progress = progress
        self._encoder = CachedEncoder(assistant.encoder)
        self.index_seconds = 0.0
        self.articles = 0
        self._article: Article | None = None
        self._assistant: Assistant | None = None
        if scope == "collection":
            self._check_no_twins()
            collected = [question_set.article(id) for id in question_set.article_ids] if build else []
            self._assistant = self._timed(collected) if build else assistant
            self.articles = len(self._assistant.articles)
            self._check_evidence({article.id for article in self._assistant.articles})
        elif unowned := [question for question in question_set.questions if not question.article_id]:
            raise self._unowned(unowned[0])

    def assistant_for(self, question: GoldQuestion) -> Assistant:
        """Return the assistant to ask. Questions of one article are to come one after the other."""
        if self._scope == "collection" and self._assistant is not None:
            return self._assistant
        article = self.article_of(question)
        if article is None:
            raise self._unowned(question)
        if self._assistant is None or self._assistant.articles[0].id != article.id:
            # The last one is released before the next is made, so that memory never holds two.
            self._assistant = None
            is_given = not self._build and [given.id for given in self._given.articles] == [article.id]
            self._assistant = self._given if is_given else self._timed([article])
            self.articles += 1
        return self._assistant

    def assistant_over(self, article_ids: Sequence[str]) -> Assistant:
        """Return an assistant over some of the set's articles. Dialogues of the same ones are to come together."""
        held = [one.id for one in self._assistant.articles] if self._assistant else []
        if self._assistant is None or held != [*article_ids]:
            self._assistant = None
            self._assistant = self._over([self._set.article(article_id) for article_id in article_ids])
        return self._assistant

    def article_of(self, question: GoldQuestion) -> Article | None:
        """Return the article that the question belongs to, or that its evidence is in; None where there is neither."""
        wanted = question.article_id or (question.evidence[0].article_id if question.evidence else "")
        if not wanted:
            return None
        if self._article is None or wanted != self._article.id:
            self._article = self._set.article(wanted)
        return self._article

    def _timed(self, articles: list[Article]) -> Assistant:
        started = time.perf_counter()
        assistant = self._over(articles)
        self.index_seconds += time.perf_counter() - started
        return assistant

    def _over(self, articles: list[Article]) -> Assistant:
        return self._given.over(build_index(articles, self._encoder, self._given.settings.index, self._progress))

    def _unowned(self, question: GoldQuestion) -> QuestionSetError:
        return QuestionSetError(
            f"{self._set.name}: question {question.id!r} belongs to no article. Expected one for each question, "
            "or the whole collection as scope: --scope collection.",
            "question-without-article",
            file=self._set.name,
            id=question.id,
        )

    def _check_no_twins(self) -> None:
        if twin := next((question.id for question in self._set.questions if question.pair), ""):
            raise QuestionSetError(
                f"{self._set.name}: {twin!r} is the twin of a question that another article answers, and the "
                "collection has both. Expected no twins, or each article by itself: --scope article.",
                "twins-in-collection",
                file=self._set.name,
                id=twin,
            )

    def _check_evidence(self, held: set[str]) -> None:
        wanted = {piece.article_id for question in self._set.questions for piece in question.evidence}
        if not wanted or wanted & held:
            return
        # A BEIR folder names its articles itself; an index names them by their content.
        other = "none: a BEIR folder is indexed as it is read" if self._set.grain == "articles" else "none"
        raise QuestionSetError(
            f"{self._set.name}: none of {counted(len(wanted), 'article')} with evidence is in the index, which has "
            f"{len(held)}. Expected the index of those articles; give that one with --index, or {other}.",
            "evidence-not-in-index",
            file=self._set.name,
            n=len(wanted),
            held=len(held),
        )


class CachedEncoder:
    """An encoder that keeps the vectors of the last texts: articles that differ by a paragraph share the rest.

    It is not for several threads. Questions are not kept, so that asking one again takes the time that it takes.

    Args:
        max_texts: how many texts, with the parts that were asked of them, are kept; the least recently used go first.
    """

    def __init__(self, encoder: Encoder, max_texts: int = MAX_TEXTS) -> None:
        self._encoder = encoder
        self._max_texts = max_texts
        self._texts: OrderedDict[tuple[str, tuple[Span, ...]], tuple[FloatArray, FloatArray]] = OrderedDict()
        self.fingerprint = encoder.fingerprint
        self.dimension = encoder.dimension
        self.max_tokens = encoder.max_tokens
        self.token_counts = encoder.token_counts

    def encode_questions(self, texts: Sequence[str]) -> FloatArray:
        """Return the encoder's own."""
        return self._encoder.encode_questions(texts)

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> FloatArray:
        """Return the encoder's own, or those that are kept."""
        return self.encode_in_context(texts, [[] for _ in texts], progress)[0]

    def encode_in_context(
        self, texts: Sequence[str], parts: Sequence[Sequence[Span]], progress: Progress | None = None
    ) -> tuple[FloatArray, list[FloatArray]]:
        """Return the encoder's own, or those that are kept of the same text and parts."""
        if not texts:
            return self._encoder.encode_in_context(texts, parts, progress)
        keys = [(text, tuple(some)) for text, some in zip(texts, parts, strict=True)]
        if new := [key for key in dict.fromkeys(keys) if key not in self._texts]:
            made = self._encoder.encode_in_context([text for text, _ in new], [some for _, some in new], progress)
            for key, vector, pooled in zip(new, *made, strict=True):
                # Copied, because a row keeps the whole array in memory that it is a view of.
                self._texts[key] = vector.copy(), pooled
        for key in keys:
            self._texts.move_to_end(key)
        found = [self._texts[key] for key in keys]
        while len(self._texts) > self._max_texts:
            self._texts.popitem(last=False)
        return np.stack([vector for vector, _ in found]), [pooled for _, pooled in found]


@dataclass(frozen=True, slots=True)
class Asked:
    """What came back.

    Attributes:
        hits: as the reader ranks them; empty where the question could not be asked.
        passages: as retrieved, best first.
        answer: None where the question could not be asked.
        seconds: from the question to the whole answer; the turns before it do not count.
    """

    hits: tuple[Hit, ...]
    passages: tuple[Hit, ...]
    answer: Answer | None
    seconds: float


def ask(assistant: Assistant, question: GoldQuestion) -> Asked:
    """Ask a question as a user would: first the earlier questions of its conversation, one by one, then itself.

    A question that is empty or too long gets no answer, as from an assistant that finds nothing.
    """
    history: list[Turn] = []
    hits: tuple[Hit, ...] = ()
    passages: tuple[Hit, ...] = ()
    answer: Answer | None = None
    started = time.perf_counter()
    try:
        for earlier in question.earlier:
            history.append(Turn(earlier, assistant.ask(earlier, history)))
        started = time.perf_counter()
        for event in assistant.stream(question.text, history):
            hits, passages = event.hits or hits, event.passages or passages
            answer = event.answer or answer
    except QuestionError:
        pass
    return Asked(hits, passages, answer, time.perf_counter() - started)
