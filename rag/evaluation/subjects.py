"""Which assistant a question is asked of: one over its article, or one over the whole collection."""

from __future__ import annotations

import time
from typing import Literal

from index import Article, build_index
from index.counted import counted
from index.errors import QuestionSetError
from index.progress import Progress
from rag.assistant import Assistant
from rag.evaluation.question_set import GoldQuestion, QuestionSet
from rag.evaluation.remembering import RememberingEncoder

Scope = Literal["article", "collection"]


class Subjects:
    """Gives each question the assistant to ask; in scope "article" it holds the index of one article at a time.

    Args:
        assistant: its settings, encoder, reader and answerer are used, and its index unless `build`: in scope
            "collection" for every question, in scope "article" where it has just the article that is asked about.
        build: make every index from the question set's articles.

    Raises:
        QuestionSetError: the questions do not fit the scope, or nothing of their evidence is in the collection.

    Attributes:
        index_seconds: that making indexes took so far.
        articles: how many were indexed so far, or are in the assistant's index.
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
        self._set = question_set
        self._given = assistant
        self._scope = scope
        self._build = build
        self._progress = progress
        self._encoder = RememberingEncoder(assistant.encoder)
        self.index_seconds = 0.0
        self.articles = 0
        self._article: Article | None = None
        self._assistant: Assistant | None = None
        if scope == "collection":
            self._check_collection()
            collected = [question_set.article(id) for id in question_set.article_ids] if build else []
            self._assistant = self._over(collected) if build else assistant
            self.articles = len(self._assistant.articles)
            self._check_evidence({article.id for article in self._assistant.articles})
        elif unowned := next((question.id for question in question_set.questions if not question.article_id), ""):
            raise QuestionSetError(
                f"{question_set.name}: question {unowned!r} belongs to no article. Expected one for each question, "
                "or the whole collection as scope: --scope collection."
            )

    def assistant_for(self, question: GoldQuestion) -> Assistant:
        """Return the assistant to ask. Questions of one article are to come one after the other."""
        if self._scope == "collection" and self._assistant is not None:
            return self._assistant
        article = self.article_of(question)
        if article is None:
            raise QuestionSetError(f"{self._set.name}: question {question.id!r} belongs to no article.")
        if self._assistant is None or self._assistant.articles[0].id != article.id:
            # Before the next is made, so that there are never two.
            self._assistant = None
            if not self._build and [given.id for given in self._given.articles] == [article.id]:
                self._assistant = self._given
            else:
                self._assistant = self._over([article])
            self.articles += 1
        return self._assistant

    def article_of(self, question: GoldQuestion) -> Article | None:
        """Return the article that the question belongs to, or that its evidence is in; None where there is neither."""
        wanted = question.article_id or (question.evidence[0].article_id if question.evidence else "")
        if not wanted:
            return None
        if self._article is None or wanted != self._article.id:
            self._article = self._set.article(wanted)
        return self._article

    def _over(self, articles: list[Article]) -> Assistant:
        started = time.perf_counter()
        index = build_index(articles, self._encoder, self._given.settings.index, self._progress)
        self.index_seconds += time.perf_counter() - started
        return self._given.over(index)

    def _check_collection(self) -> None:
        if twin := next((question.id for question in self._set.questions if question.pair), ""):
            raise QuestionSetError(
                f"{self._set.name}: {twin!r} is the twin of a question that another article answers, and the "
                "collection has both. Expected no twins, or each article by itself: --scope article."
            )

    def _check_evidence(self, held: set[str]) -> None:
        wanted = {piece.article_id for question in self._set.questions for piece in question.evidence}
        if not wanted or wanted & held:
            return
        # A BEIR folder names its texts as it likes, an index by their content.
        other = "none: a BEIR folder is indexed as it is read" if self._set.grain == "articles" else "none"
        raise QuestionSetError(
            f"{self._set.name}: none of {counted(len(wanted), 'article')} with evidence is in the index, which has "
            f"{len(held)}. Expected the index of those articles; give that one with --index, or {other}."
        )
