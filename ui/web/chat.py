"""Asks questions for sessions, and gives their conversations as HTML. Holds no session."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from index import Article, BelegError, Index
from rag.answer import Hit, Turn
from rag.answering.suggestion import reworded
from rag.evaluation.outcome import Outcome, Quote
from rag.feedback import articles_of
from ui.texts import Language, Texts
from ui.web.answers import conversation_html, neighbours
from ui.web.api import for_visitors
from ui.web.articles import Catalogue, Selection
from ui.web.history import Keeping, Opened, pending_attributes
from ui.web.session import Conversation, Latest, TurnNotes, unused_hits
from ui.web.tasks import Cancelled, Work

if TYPE_CHECKING:
    from rag import Assistant


class Chat:
    """Asks questions for sessions, and gives their conversations as HTML.

    Args:
        assistant: answers the questions, about the articles it has.
        examples: questions to offer at the beginning, by interface language.
        rated: whether answers have thumbs.
        work: the server's, which this is a part of.
    """

    def __init__(
        self,
        assistant: Assistant,
        examples: Mapping[Language, Sequence[str]],
        *,
        rated: bool = False,
        work: Work | None = None,
    ) -> None:
        self.work = work or Work()
        self._examples = examples
        self._rated = rated
        self.catalogue = Catalogue(assistant)

    def assistant_of(self, conversation: Conversation) -> Assistant:
        """Return the assistant that answers in a conversation."""
        return self.catalogue.assistant(conversation.shown)

    def log_html(self, conversation: Conversation, texts: Texts, notice: str = "") -> str:
        """Return the conversation; `notice` is a message below it."""
        with conversation.lock:
            selection = conversation.shown
            articles = self.catalogue.quoted(selection)
            return conversation_html(
                conversation,
                articles,
                texts,
                examples=self._examples_of(selection, texts),
                notice=notice,
                guest=self.catalogue.open_article(conversation.guest) if conversation.guest else None,
                around=neighbours(conversation, articles, partial(self.catalogue.sentence, selection)),
                rated=self._rated,
                pending=self._pending(conversation),
                llm_host=self.catalogue.served().llm_host,
            )

    def _examples_of(self, selection: Selection, texts: Texts) -> list[str]:
        asks_one = selection.scope == "one" or self.catalogue.count(selection) == 1
        served = () if selection.open_id in selection.own else self._examples.get(texts.language, ())
        if asks_one:
            return [texts("chat.about_article"), *served]
        # Of several articles, any examples that were given say more than their list.
        return [*served] or [texts("chat.which_articles")]

    def _pending(self, conversation: Conversation) -> dict[str, str] | None:
        """Return what the page keeps of the question being answered; None while there is none, or kept ones are asked.

        Of an evaluation's question about another article nothing is kept, as of its answer.
        """
        latest, selection = conversation.latest, conversation.selection
        if latest is None or latest.state != "forming" or conversation.guest or conversation.keeping.replays:
            return None
        own = [self.catalogue.open_article(selection)] if selection.scope == "one" else []
        own = own or [index.articles[0] for index in list(selection.own.values())]
        return pending_attributes(latest.question, self.catalogue.asks(selection), latest.alone, own)

    def stop(self, conversation: Conversation, texts: Texts) -> str:
        """Give up the question being answered, if there is one, and return the log."""
        with conversation.lock:
            if conversation.asking is not None and conversation.latest is not None:
                conversation.asking = None
                conversation.latest = replace(conversation.latest, state="stopped", text=texts("chat.stopped"))
            return self.log_html(conversation, texts)

    def ask(
        self,
        conversation: Conversation,
        question: str,
        texts: Texts,
        *,
        alone: bool = False,
        series: object | None = None,
        last: bool = True,
    ) -> Iterator[str]:
        """Ask a question and yield the log as its answer forms; end early when the user stops or clears it.

        While another question is being answered, nothing is asked and nothing is yielded.

        Args:
            alone: ask it as it is written, without the turns before it.
            series: the mark of the series of questions that this is one of; None for a question by itself.
            last: whether it is the last of its series. Only then are other questions offered where it is not answered.
        """
        mine = series or conversation.begin()
        if mine is None or not conversation.show(mine, Latest(question, alone=alone)):
            return
        ranked: tuple[Hit, ...] = ()
        answered: TurnNotes | None = None
        failure = said = ""
        try:
            yield self.log_html(conversation, texts)
            # After the yield: the user may choose other articles to ask while the log is shown.
            asks, assistant = self.catalogue.asks(conversation.shown), self.assistant_of(conversation)
            history = () if alone else conversation.turns[conversation.begins_at(len(conversation.turns)) :]
            for step in assistant.stream(question, history=history, language=texts.language):
                if conversation.asking is not mine:
                    # The page may have received an older log after the newer one.
                    yield self.log_html(conversation, texts)
                    return
                if step.kind == "text":
                    said += step.text
                    conversation.show(mine, Latest(question, text=said, alone=alone))
                    yield self.log_html(conversation, texts)
                elif step.kind == "evidence":
                    ranked = step.hits
                elif step.answer is not None:
                    unused = unused_hits(ranked, step.answer)
                    articles = articles_of(step.answer, assistant.articles, assistant.index.article_rows)
                    turn = Turn(question, step.answer)
                    answered = conversation.add(mine, turn, asks, unused, articles, alone)
                    if last:
                        # The user who sees the answer may ask the next question.
                        conversation.end(mine)
                    yield self.log_html(conversation, texts)
        except BelegError as error:
            failure = texts.error(for_visitors(error))
        except Exception:
            logging.getLogger(__name__).exception("The question %r was not answered.", question)
            failure = texts("chat.failed")
        finally:
            shown = bool(failure) and conversation.show(mine, Latest(question, "failed", failure, alone=alone))
            if last or failure:
                conversation.end(mine)
        if shown:
            yield self.log_html(conversation, texts)
        if answered is not None and last:
            yield from self._offer(conversation, answered, texts)

    def _offer(self, conversation: Conversation, notes: TurnNotes, texts: Texts) -> Iterator[str]:
        """Look for other questions to offer below a turn that was not answered; the next question does not wait."""
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
        """Ask an evaluation's question again, after those before it, of its own article; yield the log as `ask` does.

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
        conversation.show(mine, Latest(outcome.question))
        yield self.log_html(conversation, texts)
        served = self.catalogue.served().index.article_rows
        guest: Selection | None = None
        if article.id in served:
            if len(served) > 1 or conversation.selection.own:
                guest = Selection(scope="one", open_id=article.id)
        else:
            try:
                index = conversation.selection.own.get(article.id) or (
                    yield from self._indexed(article, lambda: conversation.asking is not mine)
                )
            except Cancelled:
                return
            except Exception:
                logging.getLogger(__name__).exception("The article %r was not indexed.", article.title)
                failed = Latest(outcome.question, "failed", texts("chat.failed"), can_retry=False)
                if conversation.show(mine, failed):
                    conversation.end(mine)
                    yield self.log_html(conversation, texts)
                return
            guest = Selection({article.id: index}, "one", article.id)
        expected = tuple(self._expected(guest or conversation.selection, outcome, article))
        with conversation.lock:
            if conversation.asking is not mine:
                return
            conversation.guest, conversation.expected = guest, {len(outcome.earlier): expected}
        for number, question in enumerate((*outcome.earlier, outcome.question)):
            yield from self.ask(conversation, question, texts, series=mine, last=number == len(outcome.earlier))
            if len(conversation.turns) != number + 1:
                return

    def _indexed(self, article: Article, is_cancelled: Callable[[], bool]) -> Generator[str, None, Index]:
        """Index an article; yields nothing. Raises Cancelled where the user gives it up, or the server ends."""

        def task(show: Callable[[str], None], given_up: Callable[[], bool]) -> Index:
            def progress(what: str, done: int, total: int) -> None:
                if given_up():
                    raise Cancelled

            return self.catalogue.index(article, progress)

        return self.work.watch(task, "opening an article", is_cancelled)

    def replay(self, conversation: Conversation, opened: Opened, texts: Texts) -> Iterator[str]:
        """Ask a kept conversation's questions again and yield the log; end early when it is cleared or one fails."""
        here = self.catalogue.by_id(conversation.selection)
        keeping = Keeping(opened.id, tuple(one for one in opened.about if one.id not in here), replays=True)
        series = conversation.begin_anew(keeping)
        last = len(opened.questions)

        def ended() -> bool:
            with conversation.lock:
                if conversation.keeping is not keeping or not keeping.replays:
                    return False
                # As it was kept, not as it was asked now: a missing article may be added again.
                conversation.asked_of = opened.asked_of[: len(conversation.turns)]
                keeping.replays = False
                return True

        try:
            kept = zip(opened.questions, opened.asked_of, opened.alone, strict=True)
            for number, (question, asked_of, alone) in enumerate(kept, start=1):
                self.catalogue.ask_of(conversation.selection, asked_of)
                for html in self.ask(conversation, question, texts, alone=alone, series=series, last=number == last):
                    # The page keeps the last answer, and the next question may come, before other questions are found
                    # that are offered below it.
                    answered = number == last == len(conversation.turns)
                    yield self.log_html(conversation, texts) if answered and ended() else html
                if conversation.keeping is not keeping:
                    return
                if not keeping.replays:
                    break
                if len(conversation.turns) != number:
                    # The kept conversation stays whole: what is asked from here on is kept as another one.
                    keeping.id = uuid.uuid4().hex
                    break
            ended()
        finally:
            # Also where the page was closed, because the next question waits for this.
            conversation.end(series)
            keeping.replays = False
        yield self.log_html(conversation, texts)

    def _expected(self, selection: Selection, outcome: Outcome, article: Article) -> Iterator[Hit]:
        for sentence in self.catalogue.sentences(selection, article.id):
            start, end = sentence.span.start, sentence.span.end
            quote = Quote(article.id, sentence.number, start, end, article.text[start:end])
            if any(quote.overlaps(gold) for gold in outcome.gold):
                yield Hit(0, 0.0, article.id, sentence.number, start, end, quote.text)
