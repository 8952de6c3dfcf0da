"""A session's conversation, apart from the page it is shown in: what was asked, of which articles, and how it looks."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from index import Article, BelegError, build_index
from rag.answer import Hit, Turn
from rag.evaluation.outcome import Outcome, Quote
from rag.rewording import reworded
from ui.answer_view import conversation_html, expected_html, failure_html, guest_html, pending_html
from ui.article_view import article_html
from ui.neighbourhood import neighbourhoods_html
from ui.texts import Language, Texts
from ui.turn_notes import TurnNotes, unused_hits
from ui.turn_view import notes_html, retry_html, stopped_html

if TYPE_CHECKING:
    from rag import Assistant


@dataclass(slots=True)
class Conversation:
    """One session's turns.

    Attributes:
        asking: a mark of its own for the question being answered, so that a cleared one is dropped.
        guest: answers in the served assistant's place while a question of an evaluation is looked at.
        latest: the last question where it has no answer, and the HTML in its place: forming, failed or stopped.
        expected: the number of a turn, from 0 → the sentences that its question set expects.
        notes: the number of a turn, from 0 → what is kept of it beside its answer.
    """

    turns: tuple[Turn, ...] = ()
    asking: object | None = None
    latest: tuple[str, str] | None = None
    guest: Assistant | None = None
    expected: dict[int, tuple[Hit, ...]] = field(default_factory=dict)
    notes: dict[int, TurnNotes] = field(default_factory=dict)

    def clear(self) -> None:
        """Forget everything, the question being answered too."""
        self.turns, self.asking, self.latest, self.guest, self.expected, self.notes = (), None, None, None, {}, {}


class Chat:
    """Asks for sessions, and shows their conversations as HTML. Holds no session.

    Args:
        assistant: answers the questions, about the articles it has.
        examples: questions to offer at the beginning, by interface language.
        rated: whether answers have thumbs.
    """

    def __init__(
        self, assistant: Assistant, examples: Mapping[Language, Sequence[str]], *, rated: bool = False
    ) -> None:
        self._assistant = assistant
        self._examples = examples
        self._rated = rated

    def assistant_of(self, conversation: Conversation) -> Assistant:
        """Return who answers in a conversation."""
        return conversation.guest or self._assistant

    def log_html(self, conversation: Conversation, texts: Texts, notice: str = "") -> str:
        """Return the conversation; `notice`: as for `conversation_html`."""
        articles = {article.id: article for article in self.assistant_of(conversation).articles}
        turns = conversation.turns
        lead = guest_html(conversation.guest.articles, texts) if conversation.guest else ""
        return conversation_html(
            turns,
            articles,
            texts,
            examples=() if conversation.guest else self._examples.get(texts.language, ()),
            latest=conversation.latest,
            notice=notice,
            lead=lead + neighbourhoods_html(turns, self.assistant_of(conversation)),
            below={place: self._below_html(conversation, place, articles, texts) for place in range(len(turns))},
        )

    def _below_html(self, conversation: Conversation, place: int, articles: Mapping[str, Article], texts: Texts) -> str:
        expected, answer = conversation.expected.get(place), conversation.turns[place].answer
        below = "" if expected is None else expected_html(expected, articles, texts)
        if answer is not None:
            notes = conversation.notes.setdefault(place, TurnNotes())
            below += notes_html(answer, notes, articles, texts, rated=self._rated)
        return below

    def article_html(self, conversation: Conversation, article_id: str, texts: Texts) -> str:
        """Return an article for the pane; the first one where there is none of that id."""
        assistant = self.assistant_of(conversation)
        known = {article.id: article for article in assistant.articles}
        article = known.get(article_id, assistant.articles[0])
        return article_html(article, assistant.sentences(article.id), texts)

    def stop(self, conversation: Conversation, texts: Texts) -> str:
        """Give up the question being answered, where there is one, and return the log."""
        if conversation.asking is not None and conversation.latest is not None:
            question, _ = conversation.latest
            conversation.asking = None
            conversation.latest = question, stopped_html(question, texts)
        return self.log_html(conversation, texts)

    def ask(self, conversation: Conversation, question: str, texts: Texts) -> Iterator[str]:
        """Ask a question, yielding the log as its answer forms; ends early when it is stopped or cleared away."""
        mine = conversation.asking = object()
        ranked: tuple[Hit, ...] = ()
        answered: TurnNotes | None = None

        def so_far(latest: str) -> str:
            conversation.latest = question, latest
            return self.log_html(conversation, texts)

        failure = said = ""
        try:
            yield so_far(pending_html("", texts))
            for step in self.assistant_of(conversation).stream(question, history=conversation.turns):
                if conversation.asking is not mine:
                    # The page may have got what was shown before after what is shown now.
                    yield self.log_html(conversation, texts)
                    return
                if step.kind == "text":
                    said += step.text
                    yield so_far(pending_html(said, texts))
                elif step.kind == "evidence":
                    ranked = step.hits
                elif step.answer is not None:
                    answered = TurnNotes(unused_hits(ranked, step.answer))
                    conversation.notes[len(conversation.turns)] = answered
                    conversation.turns = (*conversation.turns, Turn(question, step.answer))
                    conversation.latest = None
                    yield self.log_html(conversation, texts)
        except BelegError as error:
            failure = str(error)
        except Exception:
            logging.getLogger(__name__).exception("The question %r was not answered.", question)
            failure = texts.failed
        finally:
            is_current = conversation.asking is mine
            if is_current:
                conversation.asking = None
        if failure and is_current:
            yield so_far(failure_html(failure) + retry_html(question, texts))
        if answered is not None:
            yield from self._offer(conversation, answered, texts)

    def _offer(self, conversation: Conversation, notes: TurnNotes, texts: Texts) -> Iterator[str]:
        """Look for other questions to ask, once a turn was not answered; the next question need not wait for that."""
        place = len(conversation.turns) - 1
        if conversation.notes.get(place) is not notes or (answer := conversation.turns[place].answer) is None:
            return
        try:
            notes.offers = reworded(self.assistant_of(conversation), answer)
        except Exception:
            logging.getLogger(__name__).exception("No other question was found for %r.", answer.question)
        if notes.offers and conversation.notes.get(place) is notes:
            yield self.log_html(conversation, texts)

    def open(self, conversation: Conversation, outcome: Outcome, article: Article, texts: Texts) -> Iterator[str]:
        """Ask an evaluation's question anew, after those before it, of its own article; yields the log as `ask` does.

        A served assistant that has just this article answers itself; for another article one is made, which takes as
        long as encoding it.
        """
        conversation.clear()
        mine = conversation.asking = object()
        conversation.latest = outcome.question, pending_html("", texts)
        yield self.log_html(conversation, texts)
        if [one.id for one in self._assistant.articles] != [article.id]:
            try:
                index = build_index([article], self._assistant.encoder, self._assistant.settings.index)
            except Exception:
                logging.getLogger(__name__).exception("The article %r was not indexed.", article.title)
                if conversation.asking is mine:
                    conversation.asking = None
                    conversation.latest = outcome.question, failure_html(texts.failed)
                    yield self.log_html(conversation, texts)
                return
            if conversation.asking is not mine:
                return
            conversation.guest = self._assistant.over(index)
        expected = self._sentences_of(outcome, self.assistant_of(conversation), article)
        conversation.expected = {len(outcome.earlier): tuple(expected)}
        for number, question in enumerate((*outcome.earlier, outcome.question)):
            yield from self.ask(conversation, question, texts)
            if len(conversation.turns) != number + 1:
                return

    @staticmethod
    def _sentences_of(outcome: Outcome, assistant: Assistant, article: Article) -> Iterator[Hit]:
        for sentence in assistant.sentences(article.id):
            start, end = sentence.span.start, sentence.span.end
            quote = Quote(article.id, sentence.number, start, end, article.text[start:end])
            if any(quote.overlaps(gold) for gold in outcome.gold):
                yield Hit(0, 0.0, article.id, sentence.number, start, end, quote.text)
