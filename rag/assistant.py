"""The Assistant: articles in, cited answers out. Shell, chat, Python and evaluation all ask through it.

The path of a question:

    message ─► conversation/message.py     its questions
      ─► retrieval/spelling.py       as the articles spell them
      ─► conversation/purpose.py     what each is for: a question, small talk, something about the articles as such
      ─► conversation/follow_up.py   what each is read as, after the turns before
      ─► retrieval/retriever.py   candidates: the likeliest passages and their sentences
      ─► reader/query_reader.py   which way a message is read: with the turns before, as rewritten, by itself
      ─► reader/trained.py        a probability for each sentence, and the short answer
      ─► answering/answerer.py    the sentences above the bar, quoted; or an abstention with its reason
      ─► answering/sides.py       all sides, where sentences answer differently
      ─► answering/prose/         an LLM's prose above them, where there is one and the sentences prove it

A message that asks for nothing in particular ("danke", "How long is this article?", "What is it about?") is told by its
meaning (conversation/intent.py), and answered at once or in place of an abstention (answering/reply.py).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import cast

from index import Article, Encoder, Index, Sentence, build_index, bundled_article, load_index
from index.atomic import standing
from index.cache import cached_index
from index.documents.files import read_article
from index.errors import ArticleError, BelegError, ServedIndexError
from index.filter import Filter
from index.folder import check_encoder, mark_of, reserved
from index.models.embedded_encoder import open_encoder
from index.models.encoder import FloatArray
from index.search.lexical import words
from index.served.address import Address, is_served
from index.served.archive import ServedIndex
from index.settings import Progress
from rag.answer import Answer, Event, Hit, Language, Turn
from rag.answering.answerer import Answerer, ExtractiveAnswerer
from rag.answering.messages import LANGUAGES, is_offered
from rag.answering.overview import articles_named, with_text_for_title
from rag.answering.prose.writer import ProseWriter, open_writer
from rag.answering.reply import is_noted, reply
from rag.answering.several import merged, together
from rag.answering.sides import with_both_sides
from rag.conversation.about import or_asked_of
from rag.conversation.compared import compared
from rag.conversation.dependence import asks_again, goes_on_from_before
from rag.conversation.follow_up import understand
from rag.conversation.intent import Intent
from rag.conversation.language import message_language, question_language, told_language, unspaced_language
from rag.conversation.message import MOST_QUESTIONS, questions_of, things_in
from rag.conversation.purpose import LIKELY, PurposeReader
from rag.conversation.query import Query
from rag.reader.embedding import Reader
from rag.reader.quantity import quantities
from rag.reader.query_reader import QueryReader
from rag.reader.trained import open_reader, passages_to_read
from rag.retrieval.nearby import nearby
from rag.retrieval.retriever import Retriever
from rag.retrieval.spelling import normalised
from rag.settings import LLMSettings, Settings

# Without function words among them, so many words do not tell their language.
_FEW_WORDS = 2
# Assistants of the articles of a filter that are kept for the next question of the same.
_KEPT_FILTERS = 8


class Assistant:
    """Answers questions about articles, citing their sentences. Threads may share one; it keeps no conversation.

    Make one with `open`, `from_text`, `from_files`, `from_articles` or `from_index`. These take, besides what to read,
    `model`: a sentence-transformers folder or hub name, None for the embedded model; `settings`: None for the default;
    `llm`: the LLM that writes prose, None for the one in the settings, which is none by default; `progress`: called
    with the name of a task, how many of its steps are done and how many there are. All of them raise ModelError where
    the model is not available, LLMError where the LLM's URL is none.

    Args:
        index: what is searched.
        encoder: the one that the index was made with.
        reader, answerer: how evidence is judged and put into words; None is the default of each.
        writer: who has an LLM write prose; None asks the LLM that the settings name, if any.

    Attributes:
        folder: the index folder that `refresh` follows; None where there is none.
    """

    def __init__(
        self,
        index: Index,
        encoder: Encoder,
        settings: Settings | None = None,
        reader: Reader | None = None,
        answerer: Answerer | None = None,
        writer: ProseWriter | None = None,
    ) -> None:
        self.index = index
        self.encoder = encoder
        self.settings = settings or Settings()
        self._retriever = Retriever(index, encoder, self.settings)
        self._purposes = PurposeReader(encoder, self.settings, self._occurs)
        self._reader = reader or open_reader(encoder, self.settings)
        self._answerer = answerer or ExtractiveAnswerer(self.settings)
        self._writer = writer or open_writer(encoder, self.settings)
        self.folder: Path | None = None
        self._mark: tuple[int, ...] = ()
        self._within: OrderedDict[tuple[int, ...], Assistant] = OrderedDict()
        self._lock = threading.Lock()

    @classmethod
    def open(
        cls,
        model: str | None = None,
        settings: Settings | None = None,
        progress: Progress | None = None,
        llm: LLMSettings | None = None,
    ) -> Assistant:
        """Open the article that comes with Beleg."""
        return cls._cached([bundled_article()], model, _with_llm(settings, llm), progress)

    @classmethod
    def from_text(
        cls,
        text: str,
        title: str = "",
        language: str = "",
        model: str | None = None,
        settings: Settings | None = None,
        progress: Progress | None = None,
        llm: LLMSettings | None = None,
    ) -> Assistant:
        """Index one text.

        Args:
            language: ISO 639-1 code; "" detects it.

        Raises:
            ArticleError: the text has no words.
        """
        return cls.from_articles([Article.read(text, title=title, language=language)], model, settings, progress, llm)

    @classmethod
    def from_files(
        cls,
        paths: Iterable[str | Path],
        model: str | None = None,
        settings: Settings | None = None,
        progress: Progress | None = None,
        llm: LLMSettings | None = None,
    ) -> Assistant:
        """Index documents; their index is kept in the user's cache and used again until one of them changes.

        Args:
            paths: files (text, Markdown, PDF, HTML, Word, EPUB, CSV, JSON, subtitles, mail) and URLs, which are
                fetched.

        Raises:
            ArticleError: a document is missing, empty, too large, damaged, of another format or without text, or there
                is none.
        """
        articles = [read_article(path, progress) for path in paths]
        if not articles:
            raise ArticleError("no file was given. Expected at least one document.", "no-file")
        return cls._cached(articles, model, _with_llm(settings, llm), progress)

    @classmethod
    def from_articles(
        cls,
        articles: Iterable[Article],
        model: str | None = None,
        settings: Settings | None = None,
        progress: Progress | None = None,
        llm: LLMSettings | None = None,
    ) -> Assistant:
        """Index articles.

        Raises:
            ArticleError: there are none.
        """
        encoder, settings = open_encoder(model, progress), _with_llm(settings, llm)
        return cls(build_index(list(articles), encoder, settings.index, progress), encoder, settings)

    @classmethod
    def from_index(
        cls,
        path: str | Path,
        model: str | None = None,
        settings: Settings | None = None,
        progress: Progress | None = None,
        llm: LLMSettings | None = None,
        *,
        may_be_new: bool = False,
    ) -> Assistant:
        """Open an index, as `save`, `beleg index build` or `beleg index sync` wrote it.

        Args:
            path: a folder, or the address of an index that a Milvus server keeps ("http://host:19530/NAME"; or a file
                of Milvus Lite, "archive.db/NAME").
            may_be_new: where there is no such folder, open the article that comes with Beleg, and `refresh` takes over
                the folder when it is there.

        Raises:
            IndexFolderError: it is missing, incomplete, altered, or made by another format version or encoder, or its
                server is not reachable.
            ExtraError: the libraries for a served index are not installed.
            SettingsError: the settings are for an index made otherwise.
        """
        if is_served(path):
            return cls._served(Address.parse(path), model, _with_llm(settings, llm), progress)
        # The folder first: it fails at once, and the model takes seconds to load.
        mark, settings = mark_of(Path(path)), _with_llm(settings, llm)
        if may_be_new and not standing(Path(path)).exists():
            assistant = cls.open(model, settings, progress)
            assistant.folder = Path(path)
            return assistant
        index = load_index(Path(path))
        settings.check_index(index.settings, Path(path))
        encoder = open_encoder(model, progress)
        check_encoder(index, encoder.fingerprint, Path(path))
        assistant = cls(index, encoder, replace(settings, index=index.settings))
        assistant.folder, assistant._mark = Path(path), mark
        return assistant

    @classmethod
    def _served(cls, address: Address, model: str | None, settings: Settings, progress: Progress | None) -> Assistant:
        index = ServedIndex.open(address)
        try:
            settings.check_index(index.settings, address)
            encoder = open_encoder(model, progress)
            index.check_encoder(encoder.fingerprint)
        except BelegError:
            index.close()
            raise
        return cls(index, encoder, replace(settings, index=index.settings))

    @classmethod
    def _cached(
        cls, articles: list[Article], model: str | None, settings: Settings, progress: Progress | None
    ) -> Assistant:
        encoder = open_encoder(model, progress)
        return cls(cached_index(articles, encoder, settings.index, progress), encoder, settings)

    def over(self, index: Index) -> Assistant:
        """Return an assistant of the same settings, reader and answerer that searches another index.

        Args:
            index: made with the same encoder.
        """
        return Assistant(index, self.encoder, self.settings, self._reader, self._answerer, self._writer)

    @property
    def quoting(self) -> Assistant:
        """The same assistant without an LLM."""
        if self._writer is None:
            return self
        settings = replace(self.settings, llm=LLMSettings())
        return Assistant(self.index, self.encoder, settings, self._reader, self._answerer)

    @property
    def llm_host(self) -> str:
        """The other machine that questions and passages go to, for an LLM; "" where they stay on this one."""
        return self._writer.host if self._writer else ""

    def refresh(self) -> bool:
        """Take over what the index folder, or a server's index, holds now, where it was written anew; return whether.

        It costs one look at it where nothing has changed. Questions that are being answered go on with what
        they began with. An assistant that was not made by `from_index` stays as it is.

        Raises:
            IndexFolderError: the index cannot be used, or was made by another encoder; the one before stays.
        """
        index: Index | None
        if isinstance(self.index, ServedIndex):
            if (index := self.index.newer()) is None:
                return False
            mark = self._mark
            index.check_encoder(self.encoder.fingerprint)
        elif self.folder is None or (mark := mark_of(self.folder)) == self._mark:
            return False
        else:
            index = load_index(self.folder)
            check_encoder(index, self.encoder.fingerprint, self.folder)
        settings = replace(self.settings, index=index.settings)
        with self._lock:
            self.index, self.settings, self._mark = index, settings, mark
            self._retriever, self._within = Retriever(index, self.encoder, settings), OrderedDict()
        return True

    def snapshot(self) -> Assistant:
        """Return this assistant as it is now: `refresh` does not change it."""
        if self.folder is None and not isinstance(self.index, ServedIndex):
            return self
        with self._lock:
            now = copy(self)
            now.folder = None
            return now

    def within(self, only: str | Filter) -> Assistant:
        """Return an assistant that searches only some of the articles.

        Args:
            only: a filter, such as `format:pdf date:2024 folder:reports title:"annual report"`; "" is all articles.

        Raises:
            QuestionError: it is no filter, or no article matches it.
        """
        chosen = Filter.parse(only) if isinstance(only, str) else only
        now = self.snapshot()
        if not chosen:
            return now
        rows = tuple(chosen.rows(now.articles))
        if len(rows) == len(now.articles):
            return now
        with self._lock:
            if rows in now._within:
                now._within.move_to_end(rows)
                return now._within[rows]
        made = now.over(now.index.only(rows))
        with self._lock:
            now._within[rows] = made
            while len(now._within) > _KEPT_FILTERS:
                now._within.popitem(last=False)
        return made

    @property
    def articles(self) -> Sequence[Article]:
        """The articles, in the order they were given."""
        return self.index.articles

    def article(self, article_id: str) -> Article:
        """Return an article by its id. Raises KeyError for an unknown one."""
        return self.index.articles[self.index.article_rows[article_id]]

    def sentences(self, article_id: str) -> list[Sentence]:
        """Return an article's sentences, in order. Raises KeyError for an unknown id."""
        return self.index.sentences_of(self.index.article_rows[article_id])

    def save(self, path: str | Path) -> None:
        """Write the index into a folder that `from_index` opens; what a server keeps is fetched.

        Raises:
            IndexFolderError: the folder holds something else, or cannot be written.
        """
        with reserved(Path(path), wait=True) as save:
            save(save.join([(self.index, range(len(self.index.articles)))]))

    def retrieve(self, question: str, k: int = 10, only: str | Filter = "") -> list[Hit]:
        """Return the k best sentences for a question that stands alone, best first.

        Args:
            only: as for `within`.

        Raises:
            QuestionError: the question is empty or too long, or no article matches.
            ValueError: k is less than 1.
        """
        if k < 1:
            raise ValueError(f"k must be at least 1, not {k}")
        self.settings.check_question(question)
        now = self.within(only)
        query = Query(now._read(question))
        vector = now.encoder.encode_questions([query.text])[0]
        now = now._near(query, vector)
        candidates = now._retriever.sentences(query, vector)
        return now._retriever.hits(candidates, range(len(candidates.rows))[:k])

    def _near(self, query: Query, vector: FloatArray) -> Assistant:
        """Return an assistant that has at hand what a question needs of the articles: this one, unless they are served.

        Args:
            vector: of `query.text`, shape (dimension,).
        """
        if not isinstance(self.index, ServedIndex):
            return self
        try:
            index = nearby(self.index, query, self.encoder, self.settings, vector)
        except ServedIndexError:
            # What a build has removed meanwhile is missing, until this assistant is refreshed.
            if (newer := self.index.newer()) is None:
                raise
            index = nearby(newer, query, self.encoder, self.settings, vector)
        return self.over(index)

    def _read(self, question: str) -> str:
        return normalised(question, self.index, self.encoder, self.settings.spelling)

    def ask(
        self, question: str, history: Sequence[Turn | str] = (), language: str = "", only: str | Filter = ""
    ) -> Answer:
        """Answer a question, or say that the articles do not.

        Args:
            history: the turns before, oldest first, for a question that refers to them ("Und wann?"); a plain string
                is a question whose answer is not known.
            language: ISO 639-1 code of the language around the answer, such as a page's. Beleg's own sentences are in
                the question's language, and in this one where a question does not tell ("Kishida?"); "" is the first
                article's.
            only: as for `within`.

        Raises:
            QuestionError: the question is empty or too long, or no article matches.
        """
        for event in self.within(only).stream(question, history, language):
            if event.answer is not None:
                return event.answer
        raise RuntimeError("the stream ended without an answer")

    def stream(
        self, question: str, history: Sequence[Turn | str] = (), language: str = "", only: str | Filter = ""
    ) -> Iterator[Event]:
        """Yield the same answer as `ask`, as it forms: hits, evidence, the text piece by piece, the whole answer.

        Of several questions in a message, each has its own hits and evidence; before the answer come those of all.
        A message that needs no search ("danke") has no hits and no evidence. While an LLM is awaited, there are pieces
        of text without any.

        Raises:
            QuestionError: the question is empty or too long, or no article matches; raised before anything is yielded.
        """
        self.settings.check_question(question)
        yield from self.within(only)._stream(question, history, language)

    def _stream(self, question: str, history: Sequence[Turn | str], language: str) -> Iterator[Event]:
        turns = [Turn(turn) if isinstance(turn, str) else turn for turn in history]
        questions = questions_of(question)
        if len(questions) == 1:
            if apart := self._apart(question, turns, language):
                yield from apart
            else:
                yield from self._stream_one(question, turns, language)
            return
        yield from self._stream_all(question, questions, turns, language)

    def _apart(self, question: str, turns: list[Turn], language: str) -> Iterable[Event]:
        """Answer a comparison by what each of two things is, and a list thing by thing.

        [] for any other question, and where one of the things has no answer: then the message is asked as one.
        """
        read = self._read(question)
        things = [] if (asked := compared(read)) else things_in(read, goes_on=bool(turns))
        if not (asked or things) or (things and self._is_one_thing(read, things)):
            return []
        # An LLM writes only what is kept.
        plain = copy(self)
        plain._writer = None
        events = list(plain._stream_all(question, asked or things, list(turns), language))
        answer = events[-1].answer
        if answer is None or answer.abstained or answer.unanswered or answer.kind != "question":
            return []
        if things:
            cited = {(one.article_id, one.sentence_index) for one in answer.citations}
            is_answered = len(cited) >= len(things)
        else:
            # Only values can be compared.
            values = [one for one in answer.statements if quantities(one.text, answer.language)]
            is_answered = len(values) >= len(asked)
        if is_answered and self._writer:
            return self._stream_all(question, asked or things, list(turns), language)
        return events if is_answered else []

    def _is_one_thing(self, message: str, things: Sequence[str]) -> bool:
        """Return whether a sentence has all words of a list: "salt and pepper", "Smith and Sons"."""
        query, vector = Query(message), self.encoder.encode_questions([message])[0]
        near = self._near(query, vector)
        index, said = near.index, set(near.index.question_stems(" ".join(things)))
        rows = near._retriever.sentences(query, vector).rows.tolist()
        return any(said <= set(index.question_stems(index.sentence_text(row))) for row in rows)

    def _stream_all(self, question: str, questions: Sequence[str], turns: list[Turn], language: str) -> Iterator[Event]:
        answers: list[Answer] = []
        hits: list[tuple[Hit, ...]] = []
        passages: list[tuple[Hit, ...]] = []
        for one in questions[:MOST_QUESTIONS]:
            for event in self._stream_one(one, turns, language):
                if event.kind == "hits":
                    passages.append(event.passages)
                elif event.kind == "evidence":
                    hits.append(event.hits)
                elif event.answer is not None:
                    answers.append(event.answer)
                    turns.append(Turn(one, event.answer))
        yield Event("hits", hits=merged(hits), passages=merged(passages))
        yield Event("evidence", hits=merged(hits))
        yield from _spoken(together(question, answers, questions[MOST_QUESTIONS:]))

    def _stream_one(self, question: str, turns: list[Turn], page: str) -> Iterator[Event]:
        written = self._read(question)
        purpose = self._purposes.read(written, turns)
        read, vector, meant = purpose.text, purpose.vector, purpose.meant
        language = self._message_language(question, turns, page, meant)
        # "Wie denn dann?" sounds like small talk, and goes on from the turn before.
        goes_on = bool(turns) and asks_again(read)
        at_once, in_place = self._purposes.bars(meant, goes_on=goes_on)
        is_request = meant.about >= self.settings.about_bar
        is_overview = meant.kind == "overview" and meant.probability >= in_place
        # Of what a server keeps, an overview has the first articles.
        by_title = not goes_on_from_before(read) and not isinstance(self.index, ServedIndex)
        named = articles_named(read, self.index, wholly=False) if by_title else []
        whole = meant
        if named and (is_overview or (is_request and articles_named(read, self.index, wholly=True))):
            topic, sure = meant.topic if is_overview else "", max(meant.about, meant.probability)
            wanted = replace(meant, kind="overview", topic=topic, probability=sure)
            yield from _spoken(reply(question, wanted, turns, self.index.only(named), language, self.settings))
            return
        if named and (of_text := with_text_for_title(read, self.index, named[0])):
            # "What is the tower about?" is asked of the tower's report, "how high is the tower?" is not.
            whole = self._purposes.read(of_text, ()).meant
            if whole.kind == "overview" and whole.probability >= self.settings.talk_bar:
                yield from _spoken(reply(question, whole, turns, self.index.only(named), language, self.settings))
                return
        if meant.probability >= at_once and not meant.may_be_in_the_text:
            yield from _spoken(reply(question, meant, turns, self.index, language, self.settings))
            return

        query = Query(read) if is_request and not goes_on_from_before(read) else understand(read, turns, self._similar)
        if meant.probability >= in_place or is_offered(read):
            # After "who designed it?", most messages could be read as a question.
            query = replace(query, in_context="")
        elif query.asked == read:
            spoken = meant.language if meant.language_probability >= self.settings.language_bar else language
            is_told = meant.language_probability >= self.settings.word_language_bar or not read.isascii()
            is_foreign = is_told and spoken not in self.index.languages
            query = or_asked_of(query, spoken, self._occurs, is_request=is_request, is_foreign=is_foreign)
        if query.text != read:
            vector = self.encoder.encode_questions([query.text])[0]
        now = self._near(query, vector)
        retriever = now._retriever
        candidates = retriever.sentences(query, vector)
        retrieved = range(len(candidates.rows))[: self.settings.read_sentences]
        hits, passages = retriever.hits(candidates, retrieved), retriever.passage_hits(candidates)
        yield Event("hits", hits=tuple(hits), passages=tuple(passages))

        reader = QueryReader(self._reader, retriever, now.index, self.settings)
        found = reader.read(query, candidates, turns)
        query, candidates, reading = found.query, found.candidates, found.reading
        likeliest = reading.order[: self.settings.read_sentences]
        probabilities = reader.probabilities(query, reading, likeliest)
        hits = retriever.hits(candidates, likeliest, probabilities)
        yield Event("evidence", hits=tuple(hits))

        answer = self._answerer.answer(question, query.read_as, hits, reading.span, language, len(reading.listed))
        if reading.differing:
            places = [place for place, _ in reading.differing]
            chances = reader.probabilities(query, reading, places)
            sides = zip(
                retriever.hits(candidates, places, chances), (span for _, span in reading.differing), strict=True
            )
            answer = with_both_sides(answer, list(sides), self.articles)
        # What the details of an article say of it stands against what the likeliest sentence may say.
        noted = is_noted(meant.topic, self.articles) and meant.probability > answer.confidence
        # "Who wrote this?" is hardly asked of what a sentence may say.
        of_articles = meant.kind == "articles" and meant.probability >= self.settings.kind_bar
        noted |= of_articles and answer.confidence < LIKELY
        if (answer.abstained or noted) and meant.probability >= in_place:
            answer = reply(question, meant, turns, self.index, language, self.settings)
        elif answer.abstained and named and whole.kind == "overview" and whole.probability >= self.settings.kind_bar:
            answer = reply(question, whole, turns, self.index.only(named), language, self.settings)
        if self._writer and answer.kind == "question":
            yield from self._writer.events(answer, hits, passages_to_read(candidates, now.index), now.index)
        else:
            yield from _spoken(answer)

    def _occurs(self, word: str) -> bool:
        return any(self.index.passage_terms.knows(stem) for stem in self.index.question_stems(word))

    def _similar(self, text: str, others: Sequence[str]) -> list[float]:
        """Return the cosines of a text and some others, as questions: told apart better than as passages."""
        vectors = self.encoder.encode_questions([text, *others])
        cosines: list[float] = (vectors[1:] @ vectors[0]).tolist()
        return cosines

    def _message_language(self, question: str, turns: Sequence[Turn], page: str, meant: Intent) -> Language:
        """Return the language of Beleg's own sentences: the question's, or the last answer's, page's or article's."""
        before: list[str] = [turn.answer.language for turn in turns[-1:] if turn.answer]
        if turns and not before:
            before = [told for told in [told_language(turns[-1].question, LANGUAGES)] if told]
        others = [*before, page, *(article.language for article in self.articles[:1])]
        # "D-4003" is of no language, although "d" is a word of French.
        said = words(" ".join(word for word in question.split() if not any(map(str.isdigit, word))))
        if len(said) <= _FEW_WORDS and not question_language(said) and not unspaced_language(question):
            # A word or two, a name or a number, may be of any language: the conversation's is likelier.
            told = (
                meant.language
                if said and not before and meant.language_probability >= self.settings.word_language_bar
                else ""
            )
            return next((known for other in (told, *others) for known in LANGUAGES if known == other), "en")
        told = meant.language if meant.language_probability >= self.settings.language_bar else ""
        return cast(Language, told if told in LANGUAGES else message_language(question, others, LANGUAGES))


def _with_llm(settings: Settings | None, llm: LLMSettings | None) -> Settings:
    settings = settings or Settings()
    return replace(settings, llm=llm) if llm is not None else settings


def _spoken(answer: Answer) -> Iterator[Event]:
    """Yield an answer's text line by line, and the answer."""
    for line in answer.text.splitlines(keepends=True):
        yield Event("text", text=line)
    yield Event("answer", answer=answer)
