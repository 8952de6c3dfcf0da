"""A session's conversation, apart from the page it is shown in: what was asked, of which articles, and how it looks."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from index import Article, BelegError
from rag.answer import Hit, Turn
from rag.evaluation.outcome import Outcome, Quote
from ui.answer_view import conversation_html, expected_html, failure_html, guest_html, pending_html
from ui.article_view import article_html
from ui.keeping import Keeping, keeping_attributes, missing_html
from ui.shelf import Library, Shelf
from ui.texts import Language, Texts

if TYPE_CHECKING:
    from rag import Assistant


@dataclass(slots=True)
class Conversation:
    """One session's turns.

    Attributes:
        asked_of: for each turn, what of: `Library.asks`.
        library: the articles it may be about.
        asking: a mark of its own for the question being answered, so that a cleared one is dropped.
        guest: in the library's place while a question of an evaluation about another article is looked at.
        expected: the number of a turn, from 0 → the sentences that its question set expects.
        keeping: how the browser keeps it; another one for each conversation.
    """

    turns: tuple[Turn, ...] = ()
    asked_of: tuple[str, ...] = ()
    library: Library = field(default_factory=Library)
    asking: object | None = None
    guest: Library | None = None
    expected: dict[int, tuple[Hit, ...]] = field(default_factory=dict)
    keeping: Keeping = field(default_factory=Keeping)

    @property
    def shown(self) -> Library:
        """The articles it is about now."""
        return self.guest or self.library

    def clear(self) -> None:
        """Forget everything but the articles, the question being answered too."""
        self.turns, self.asked_of, self.asking, self.guest, self.expected = (), (), None, None, {}
        self.keeping = Keeping()


class Chat:
    """Asks for sessions, and shows their conversations as HTML. Holds no session.

    Args:
        assistant: answers the questions, about the articles it has.
        examples: questions to offer at the beginning, by interface language.
    """

    def __init__(self, assistant: Assistant, examples: Mapping[Language, Sequence[str]]) -> None:
        self._assistant = assistant
        self._examples = examples
        self.shelf = Shelf(assistant)

    def assistant_of(self, conversation: Conversation) -> Assistant:
        """Return who answers in a conversation."""
        return self.shelf.assistant(conversation.shown)

    def log_html(
        self, conversation: Conversation, texts: Texts, latest: tuple[str, str] | None = None, notice: str = ""
    ) -> str:
        """Return the conversation; `latest`, `notice`: as for `conversation_html`."""
        articles = self.shelf.by_id(conversation.shown)
        guest = self.shelf.open_article(conversation.guest) if conversation.guest else None
        return conversation_html(
            conversation.turns,
            articles,
            texts,
            examples=() if conversation.shown.own else self._examples.get(texts.language, ()),
            latest=latest,
            notice=notice,
            lead=guest_html(guest, texts) if guest else missing_html(conversation.keeping, texts),
            below={turn: expected_html(hits, articles, texts) for turn, hits in conversation.expected.items()},
            kept="" if conversation.guest else keeping_attributes(conversation, articles),
        )

    def article_html(self, conversation: Conversation, texts: Texts) -> str:
        """Return the open article for the pane."""
        article = self.shelf.open_article(conversation.shown)
        return article_html(article, self.shelf.sentences(conversation.shown, article.id), texts)

    def ask(self, conversation: Conversation, question: str, texts: Texts) -> Iterator[str]:
        """Ask a question, yielding the log as its answer forms; ends early when the conversation is cleared."""
        mine = conversation.asking = object()
        asks = conversation.shown.asks

        def so_far(latest: str) -> str:
            return self.log_html(conversation, texts, (question, latest))

        failure = said = ""
        try:
            yield so_far(pending_html("", texts))
            for step in self.assistant_of(conversation).stream(question, history=conversation.turns):
                if conversation.asking is not mine:
                    return
                if step.kind == "text":
                    said += step.text
                    yield so_far(pending_html(said, texts))
                elif step.answer is not None:
                    conversation.keeping.begin()
                    conversation.turns = (*conversation.turns, Turn(question, step.answer))
                    conversation.asked_of = (*conversation.asked_of, asks)
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
            yield so_far(failure_html(failure))

    def open(self, conversation: Conversation, outcome: Outcome, article: Article, texts: Texts) -> Iterator[str]:
        """Ask an evaluation's question anew, after those before it, of its own article; yields the log as `ask` does.

        An article that is not served is indexed first, which takes as long as encoding it.
        """
        conversation.clear()
        mine = conversation.asking = object()
        yield self.log_html(conversation, texts, (outcome.question, pending_html("", texts)))
        served = self._assistant.index.article_rows
        if article.id in served:
            if len(served) > 1 or conversation.library.own:
                conversation.guest = Library(scope="one", open_id=article.id)
        else:
            try:
                index = self.shelf.read(article, Library())
            except Exception:
                logging.getLogger(__name__).exception("The article %r was not indexed.", article.title)
                if conversation.asking is mine:
                    conversation.asking = None
                    yield self.log_html(conversation, texts, (outcome.question, failure_html(texts.failed)))
                return
            if conversation.asking is not mine:
                return
            conversation.guest = Library({article.id: index}, "one", article.id)
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
