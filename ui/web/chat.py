"""Asks for sessions, and shows their conversations as HTML, apart from the page that they are shown in."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from index import Article, BelegError
from rag.answer import Hit, Turn
from rag.answering.rewording import reworded
from rag.evaluation.outcome import Outcome, Quote
from rag.feedback import articles_of
from ui.texts import Language, Texts
from ui.web.answer_view import conversation_html, expected_html, guest_html, pending_html
from ui.web.article_view import article_html
from ui.web.conversation import Conversation
from ui.web.failure_view import failure_html
from ui.web.keeping import keeping_attributes, missing_html
from ui.web.neighbourhood import neighbourhoods_html
from ui.web.shelf import Library, Shelf
from ui.web.turn_notes import TurnNotes, unused_hits
from ui.web.turn_view import notes_html, retry_html, stopped_html

if TYPE_CHECKING:
    from rag import Assistant


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
        self.shelf = Shelf(assistant)

    def assistant_of(self, conversation: Conversation) -> Assistant:
        """Return who answers in a conversation."""
        return self.shelf.assistant(conversation.shown)

    def log_html(self, conversation: Conversation, texts: Texts, notice: str = "") -> str:
        """Return the conversation; `notice`: as for `conversation_html`."""
        with conversation.lock:
            return self._log_html(conversation, texts, notice)

    def _log_html(self, conversation: Conversation, texts: Texts, notice: str) -> str:
        library, turns = conversation.shown, conversation.turns
        articles = self.shelf.by_id(library)
        guest = self.shelf.open_article(conversation.guest) if conversation.guest else None
        lead = guest_html(guest, texts) if guest else missing_html(conversation.keeping, articles, texts)
        return conversation_html(
            turns,
            articles,
            texts,
            examples=self._examples_of(library, texts),
            latest=conversation.latest,
            notice=notice,
            lead=lead + neighbourhoods_html(turns, articles, partial(self.shelf.sentence, library)),
            below={place: self._below_html(conversation, place, articles, texts) for place in range(len(turns))},
            kept="" if guest else keeping_attributes(conversation, articles),
        )

    def _examples_of(self, library: Library, texts: Texts) -> list[str]:
        asks_one = library.scope == "one" or len(self.shelf.articles(library)) == 1
        served = () if library.open_id in library.own else self._examples.get(texts.language, ())
        return [*([texts("chat.about_article")] if asks_one else []), *served]

    def _below_html(self, conversation: Conversation, place: int, articles: Mapping[str, Article], texts: Texts) -> str:
        expected, answer = conversation.expected.get(place), conversation.turns[place].answer
        below = "" if expected is None else expected_html(expected, articles, texts)
        notes = conversation.notes.get(place)
        if answer is not None and notes is not None:
            below += notes_html(answer, notes, articles, texts, rated=self._rated)
        return below

    def article_html(self, conversation: Conversation, texts: Texts) -> str:
        """Return the open article for the pane."""
        article = self.shelf.open_article(conversation.shown)
        return article_html(article, self.shelf.sentences(conversation.shown, article.id), texts)

    def stop(self, conversation: Conversation, texts: Texts) -> str:
        """Give up the question being answered, where there is one, and return the log."""
        with conversation.lock:
            if conversation.asking is not None and conversation.latest is not None:
                question, _ = conversation.latest
                conversation.asking = None
                conversation.latest = question, stopped_html(question, texts)
            return self.log_html(conversation, texts)

    def ask(
        self,
        conversation: Conversation,
        question: str,
        texts: Texts,
        *,
        series: object | None = None,
        last: bool = True,
    ) -> Iterator[str]:
        """Ask a question, yielding the log as its answer forms; ends early when it is stopped or cleared away.

        Nothing is yielded, and nothing asked, while another question is being answered.

        Args:
            series: the mark of the questions in a row that this is one of; None: it is asked by itself.
            last: whether none of them follows; only then are other questions looked for where it is not answered.
        """
        mine = series or conversation.begin()
        if mine is None or not conversation.show(mine, question, pending_html("", texts)):
            return
        ranked: tuple[Hit, ...] = ()
        answered: TurnNotes | None = None
        failure = said = ""
        try:
            yield self.log_html(conversation, texts)
            # Not before: what is asked of may be chosen anew while that is shown.
            asks, assistant = self.shelf.asks(conversation.shown), self.assistant_of(conversation)
            for step in assistant.stream(question, history=conversation.turns):
                if conversation.asking is not mine:
                    # The page may have got what was shown before after what is shown now.
                    yield self.log_html(conversation, texts)
                    return
                if step.kind == "text":
                    said += step.text
                    conversation.show(mine, question, pending_html(said, texts))
                    yield self.log_html(conversation, texts)
                elif step.kind == "evidence":
                    ranked = step.hits
                elif step.answer is not None:
                    unused = unused_hits(ranked, step.answer)
                    articles = articles_of(step.answer, assistant.articles)
                    answered = conversation.add(mine, Turn(question, step.answer), asks, unused, articles)
                    if last:
                        # Who sees the answer may ask the next one.
                        conversation.end(mine)
                    yield self.log_html(conversation, texts)
        except BelegError as error:
            failure = str(error)
        except Exception:
            logging.getLogger(__name__).exception("The question %r was not answered.", question)
            failure = texts("chat.failed")
        finally:
            shown = bool(failure) and conversation.show(
                mine, question, failure_html(failure) + retry_html(question, texts)
            )
            if last or failure:
                conversation.end(mine)
        if shown:
            yield self.log_html(conversation, texts)
        if answered is not None and last:
            yield from self._offer(conversation, answered, texts)

    def _offer(self, conversation: Conversation, notes: TurnNotes, texts: Texts) -> Iterator[str]:
        """Look for other questions to ask, once a turn was not answered; the next question need not wait for that."""
        with conversation.lock:
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

        An article that is not served is indexed first, which takes as long as encoding it.
        """
        mine = conversation.begin_anew()
        try:
            yield from self._open(conversation, mine, outcome, article, texts)
        finally:
            conversation.end(mine)

    def _open(
        self, conversation: Conversation, mine: object, outcome: Outcome, article: Article, texts: Texts
    ) -> Iterator[str]:
        conversation.show(mine, outcome.question, pending_html("", texts))
        yield self.log_html(conversation, texts)
        served = self._assistant.index.article_rows
        guest: Library | None = None
        if article.id in served:
            if len(served) > 1 or conversation.library.own:
                guest = Library(scope="one", open_id=article.id)
        else:
            try:
                index = conversation.library.own.get(article.id) or self.shelf.index(article)
            except Exception:
                logging.getLogger(__name__).exception("The article %r was not indexed.", article.title)
                if conversation.show(mine, outcome.question, failure_html(texts("chat.failed"))):
                    conversation.end(mine)
                    yield self.log_html(conversation, texts)
                return
            guest = Library({article.id: index}, "one", article.id)
        expected = tuple(self._expected(guest or conversation.library, outcome, article))
        with conversation.lock:
            if conversation.asking is not mine:
                return
            conversation.guest, conversation.expected = guest, {len(outcome.earlier): expected}
        for number, question in enumerate((*outcome.earlier, outcome.question)):
            yield from self.ask(conversation, question, texts, series=mine, last=number == len(outcome.earlier))
            if len(conversation.turns) != number + 1:
                return

    def _expected(self, library: Library, outcome: Outcome, article: Article) -> Iterator[Hit]:
        for sentence in self.shelf.sentences(library, article.id):
            start, end = sentence.span.start, sentence.span.end
            quote = Quote(article.id, sentence.number, start, end, article.text[start:end])
            if any(quote.overlaps(gold) for gold in outcome.gold):
                yield Hit(0, 0.0, article.id, sentence.number, start, end, quote.text)
