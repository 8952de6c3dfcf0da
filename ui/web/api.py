"""What programs can ask of a running Beleg: the same four calls over the web API and over MCP, in plain JSON types.

The docstrings of `Endpoints` are what such a program, or the model behind it, reads.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import wraps
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Any, get_type_hints

from pydantic import TypeAdapter, ValidationError

from index.errors import ArticleError, BelegError, QuestionError, ServedIndexError
from index.filter import Filter, folder_of, format_of
from index.library import unknown_article
from rag.answer import Event, Turn
from ui.web.articles import titles_of
from ui.web.limits import Caller, QuestionLimit
from ui.web.tasks import Work

if TYPE_CHECKING:
    import gradio as gr

    from rag import Assistant

# What an argument of another type is told to be.
_KINDS = {str: "text", int: "a whole number", list[str]: "a list of texts"}
# The calls that read articles: they wait for their turn.
READING = ("ask", "retrieve")
# Arguments that were not there from the beginning.
LATER = ("only",)
# The code of an error that says that the index's server does not answer.
AWAY = "articles-away"
MOST_HITS = 100
MOST_ARTICLES = 1000
# Sentences on either side, and earlier questions.
MOST_AROUND = 20
MOST_EARLIER = 20


class Endpoints:
    """Answers programs about the articles of an assistant. Keeps nothing between calls; threads may share one.

    Args:
        work: the server's, which this is a part of; None: it never ends.
    """

    def __init__(self, assistant: Assistant, work: Work | None = None) -> None:
        self._assistant, self._work = assistant, work or Work()

    @property
    def calls(self) -> tuple[Callable[..., Any], ...]:
        """What programs can call, each under its own name."""
        return self.ask, self.retrieve, self.articles, self.read_sentence

    def ask(self, question: str, history: list[str] = [], only: str = "", language: str = "") -> dict[str, Any]:  # noqa: B006 - never changed
        """Answer a question with the exact source sentences that prove it, or say that the articles do not say.

        Args:
            question: The question, in any language.
            history: The questions asked before it, oldest first, where it leans on them ("And when?"); 20 at most.
            only: Which articles to ask, such as 'format:pdf date:2024 folder:reports title:annual'; empty for all.
            language: ISO 639-1 code of the language to answer around the evidence where the question does not tell.
        """
        assistant = self._assistant.within(only)
        return assistant.ask(question, self._turns(assistant, history, language), language).to_dict()

    def stream(self, question: str, history: list[str], language: str = "") -> Iterator[Event]:
        """Yield the answer that `ask` gives, as it forms."""
        assistant = self._assistant.within("")
        yield from assistant.stream(question, self._turns(assistant, history, language), language)

    def _turns(self, assistant: Assistant, history: list[str], language: str) -> list[Turn]:
        if len(history) > MOST_EARLIER:
            said = f"the history has {len(history)} questions. Expected at most {MOST_EARLIER}: leave out the oldest."
            raise QuestionError(said, "history-too-long", found=len(history), most=MOST_EARLIER)
        # What was asked before is asked again to know what was answered, for which no LLM is needed.
        quoting, turns = assistant.quoting, list[Turn]()
        for earlier in history:
            if self._work.ends:
                raise BelegError("The web chat is ending. Ask again when it runs.", "chat-ends")
            turns.append(Turn(earlier, quoting.ask(earlier, turns, language)))
        return turns

    def retrieve(self, question: str, k: int = 10, only: str = "") -> list[dict[str, Any]]:
        """Find the sentences nearest to a question, best first, whether or not they answer it.

        Args:
            question: The question, in any language.
            k: How many sentences, 1 to 100.
            only: Which articles to search, as for 'ask'; empty for all.
        """
        if not 1 <= k <= MOST_HITS:
            raise QuestionError(f"k is {k}. Expected 1 to {MOST_HITS}.", "k-out-of-range", k=k, most=MOST_HITS)
        return [asdict(hit) for hit in self._assistant.retrieve(question, k, only)]

    def articles(self, title: str = "", start: int = 0, only: str = "") -> dict[str, Any]:
        """List the articles that can be asked about: how many there are, and 1000 of them at most.

        Args:
            title: Part of a title, in upper or lower case; empty for all.
            start: How many to pass over.
            only: Which of them, as for 'ask'; empty for all.
        """
        wanted, chosen, index = title.casefold(), Filter.parse(only), self._assistant.index
        titles = [named for named, _ in titles_of(index.articles)]
        rows = [
            row
            for row, (named, article) in enumerate(zip(titles, index.articles, strict=True))
            if wanted in named.casefold() and chosen.matches(article)
        ]
        first_rows = index.first_rows
        shown = []
        for row in rows[max(start, 0) : max(start, 0) + MOST_ARTICLES]:
            article = index.articles[row]
            shown.append(
                {
                    "id": article.id,
                    "title": titles[row],
                    "language": article.language,
                    "format": format_of(article),
                    "folder": folder_of(article),
                    "date": article.date,
                    "characters": len(article.text),
                    "sentences": int(first_rows[row + 1] - first_rows[row]),
                }
            )
        return {"total": len(rows), "articles": shown}

    def read_sentence(self, article_id: str, sentence_index: int, around: int = 2) -> dict[str, Any]:
        """Read a sentence of an article exactly as it stands there, with the sentences before and after it.

        Args:
            article_id: The id that a citation, a found sentence or the list of articles has.
            sentence_index: Which sentence, from 0, as citations count.
            around: How many sentences before and after, 0 to 20.
        """
        try:
            now = self._assistant.snapshot()
            article, sentences = now.article(article_id), now.sentences(article_id)
        except KeyError:
            raise unknown_article(article_id) from None
        last = len(sentences) - 1
        if not 0 <= sentence_index <= last:
            said = f"sentence {sentence_index} of '{article.title}' is not there. Expected 0 to {last}."
            raise ArticleError(said, "sentence-missing", number=sentence_index, title=article.title, last=last)
        around = min(max(around, 0), MOST_AROUND)
        first = max(0, sentence_index - around)
        spans = [one.span for one in sentences[first : sentence_index + around + 1]]
        texts = [article.text[span.start : span.end] for span in spans]
        place = sentence_index - first
        return {
            "article_id": article.id,
            "title": article.title,
            "sentence_index": sentence_index,
            "start": spans[place].start,
            "end": spans[place].end,
            "text": texts[place],
            "before": texts[:place],
            "after": texts[place + 1 :],
        }


def add_endpoints(endpoints: Endpoints, limit: QuestionLimit, asking: dict[str, Any]) -> None:
    """Add what programs can call to the Blocks being built.

    Args:
        limit: counts the questions.
        asking: options of what reads articles, so that programs and people wait in one queue.
    """
    from gradio.events import api

    for call in endpoints.calls:
        reads = call.__name__ in READING
        # The others do not wait, but come by the queue as well, which looks at their arguments.
        api(_for_programs(call, limit), api_name=call.__name__, **(asking if reads else {"concurrency_limit": None}))


def for_visitors(error: BelegError) -> BelegError:
    """Return an error as those who ask are told it: what is wrong with the index's server is for its owner, in the log.

    Its code is AWAY then: nothing is wrong with the question, which may be asked again.
    """
    if not isinstance(error, ServedIndexError):
        return error
    logging.getLogger(__name__).error("A question was not answered: %s", error)
    return BelegError("The articles cannot be read at the moment. Ask again in a minute.", "articles-away")


def _for_programs(call: Callable[..., Any], limit: QuestionLimit) -> Callable[..., Any]:
    """Make a call a handler that counts questions and says what is wrong."""
    import gradio as gr

    called = signature(call)
    # Over HTTP arguments have no names, and another one would be missing in every request written before it was there.
    speaks = "language" in called.parameters
    named = [one for one in called.parameters.values() if one.name != "language"]

    @wraps(call)
    def checked(request: gr.Request, *given: Any) -> Any:
        try:
            limit.admit_call(Caller.of_event(request), call.__name__, called.bind(*given).arguments)
            return call(*given, **({"language": wished_language(request.headers)} if speaks else {}))
        except BelegError as error:
            # Gradio keeps any other exception's message from the caller.
            raise gr.Error(str(for_visitors(error)), print_exception=False) from error

    # Gradio hands the request to whoever's signature asks for it, and offers programs the other parameters.
    wants = Parameter("request", Parameter.POSITIONAL_OR_KEYWORD, annotation=gr.Request)
    checked.__signature__ = called.replace(parameters=[wants, *named])  # type: ignore[attr-defined]
    types = {name: type_ for name, type_ in call.__annotations__.items() if name != "language"}
    checked.__annotations__ = {**types, "request": gr.Request}
    checked.check = _checks(call)  # type: ignore[attr-defined]
    # A request that was written before an argument was there says what it said.
    checked.defaults = [one.default if one.name in LATER else Parameter.empty for one in named]  # type: ignore[attr-defined]
    return checked


def _checks(call: Callable[..., Any]) -> Callable[[Sequence[Any]], None]:
    """Return what refuses arguments of other types; `ui/web/queue.py` calls it."""
    types = get_type_hints(call)
    wanted = [(name, types[name], TypeAdapter(types[name])) for name in signature(call).parameters]

    def check(given: Sequence[Any]) -> None:
        for (name, type_, adapter), value in zip(wanted, given, strict=False):
            try:
                adapter.validate_python(value, strict=True)
            except ValidationError:
                kind = _KINDS[type_]
                found = type(value).__name__
                said = f"{name} of {call.__name__} is of the type {found}. Expected {kind}."
                raise QuestionError(
                    said, "argument-type", name=name, call=call.__name__, found=found, kind=kind
                ) from None

    return check


def wished_language(headers: Mapping[str, str]) -> str:
    """Return the language that a request's Accept-Language names first; "" where it has none."""
    first: str = headers.get("accept-language", "").partition(",")[0]
    return first.partition(";")[0].strip().partition("-")[0].lower()
