"""The Assistant: articles in, cited answers out. The one way that shell, chat, Python and evaluation ask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from index import Article, Encoder, Index, Sentence, build_index, bundled_article, load_index, save_index
from index.documents.files import read_article
from index.errors import ArticleError
from index.models.encoder import open_encoder
from index.search.store import cached_index, check_encoder
from index.settings import Progress
from rag.answer import Answer, Event, Hit, Turn
from rag.answering.messages import message_language
from rag.answering.quotation import Answerer, ExtractiveAnswerer
from rag.conversation.follow_up import Understanding, understand
from rag.reader.embedding import Reader, Reading
from rag.reader.trained import open_reader
from rag.retrieval.overview import asks_for_overview, overview
from rag.retrieval.retriever import Candidates, Query, Retriever
from rag.settings import Settings


class Assistant:
    """Answers questions about articles, citing their sentences. Threads may share one; it keeps no conversation.

    Make one with `open`, `from_text`, `from_files`, `from_articles` or `from_index`.

    Args:
        index: what is searched.
        encoder: the one that the index was made with.
        reader, answerer: how evidence is judged and put into words; None is the default of each.
    """

    def __init__(
        self,
        index: Index,
        encoder: Encoder,
        settings: Settings | None = None,
        reader: Reader | None = None,
        answerer: Answerer | None = None,
    ) -> None:
        self.index = index
        self.encoder = encoder
        self.settings = settings or Settings()
        self._retriever = Retriever(index, encoder, self.settings)
        self._reader = reader or open_reader(encoder, self.settings)
        self._answerer = answerer or ExtractiveAnswerer(self.settings)

    @classmethod
    def open(
        cls, model: str | None = None, settings: Settings | None = None, progress: Progress | None = None
    ) -> Assistant:
        """Open the article that ships with Beleg.

        Args:
            model: a sentence-transformers folder or hub name; None is the embedded model.
            settings: None is the default.
            progress: called with what is being done, how much is done and how much there is.

        Raises:
            ModelError: the model cannot be had.
        """
        return cls._cached([bundled_article()], model, settings, progress)

    @classmethod
    def from_text(
        cls,
        text: str,
        title: str = "",
        language: str = "",
        model: str | None = None,
        settings: Settings | None = None,
        progress: Progress | None = None,
    ) -> Assistant:
        """Index one text.

        Args:
            language: ISO 639-1 code; "" detects it.

        Raises:
            ArticleError: the text has no words.
            ModelError: the model cannot be had.
        """
        return cls.from_articles([Article.read(text, title=title, language=language)], model, settings, progress)

    @classmethod
    def from_files(
        cls,
        paths: Iterable[str | Path],
        model: str | None = None,
        settings: Settings | None = None,
        progress: Progress | None = None,
    ) -> Assistant:
        """Index text files; their index is kept in the user's cache and used again while they are the same.

        Raises:
            ArticleError: a file is missing, empty, too large, binary or not UTF-8, or there is none.
            ModelError: the model cannot be had.
        """
        articles = [read_article(Path(path)) for path in paths]
        if not articles:
            raise ArticleError("no file was given. Expected at least one text file.")
        return cls._cached(articles, model, settings, progress)

    @classmethod
    def from_articles(
        cls,
        articles: Iterable[Article],
        model: str | None = None,
        settings: Settings | None = None,
        progress: Progress | None = None,
    ) -> Assistant:
        """Index articles.

        Raises:
            ArticleError: there are none.
            ModelError: the model cannot be had.
        """
        settings = settings or Settings()
        encoder = open_encoder(model, progress)
        return cls(build_index(list(articles), encoder, settings.index, progress), encoder, settings)

    @classmethod
    def from_index(
        cls,
        path: str | Path,
        model: str | None = None,
        settings: Settings | None = None,
        progress: Progress | None = None,
    ) -> Assistant:
        """Open an index folder, as `save` or `beleg index build` wrote it.

        Raises:
            IndexFolderError: it is missing, incomplete, altered, or made by another format version or encoder.
            ModelError: the model cannot be had.
            SettingsError: the settings are for an index made otherwise.
        """
        # The folder first: it fails at once where the model takes seconds to load.
        index, settings = load_index(Path(path)), settings or Settings()
        settings.check_index(index.settings, Path(path))
        encoder = open_encoder(model, progress)
        check_encoder(index, encoder.fingerprint, Path(path))
        return cls(index, encoder, replace(settings, index=index.settings))

    @classmethod
    def _cached(
        cls, articles: list[Article], model: str | None, settings: Settings | None, progress: Progress | None
    ) -> Assistant:
        settings = settings or Settings()
        encoder = open_encoder(model, progress)
        return cls(cached_index(articles, encoder, settings.index, progress), encoder, settings)

    def over(self, index: Index) -> Assistant:
        """Return an assistant of the same settings, reader and answerer that searches another index.

        Args:
            index: made with the same encoder.
        """
        return Assistant(index, self.encoder, self.settings, self._reader, self._answerer)

    @property
    def articles(self) -> tuple[Article, ...]:
        """The articles, in the order they were given."""
        return self.index.articles

    def article(self, article_id: str) -> Article:
        """Return an article by its id. Raises KeyError for an unknown one."""
        return self.index.articles[self.index.article_rows[article_id]]

    def sentences(self, article_id: str) -> list[Sentence]:
        """Return an article's sentences, in order. Raises KeyError for an unknown id."""
        return self.index.sentences_of(self.index.article_rows[article_id])

    def save(self, path: str | Path) -> None:
        """Write the index into a folder that `from_index` opens.

        Raises:
            IndexFolderError: the folder holds something else, or cannot be written.
        """
        save_index(self.index, Path(path))

    def retrieve(self, question: str, k: int = 10) -> list[Hit]:
        """Return the k best sentences for a question that stands alone, best first.

        Raises:
            QuestionError: the question is empty or too long.
            ValueError: k is less than 1.
        """
        if k < 1:
            raise ValueError(f"k must be at least 1, not {k}")
        self.settings.check_question(question)
        candidates = self._retriever.sentences(Query(question))
        return sentence_hits(self.index, candidates, k)

    def ask(self, question: str, history: Sequence[Turn | str] = ()) -> Answer:
        """Answer a question, or say that the articles do not.

        Args:
            history: the turns before, oldest first, for a question that leans on them ("Und wann?"); a plain string
                is a question whose answer is not known.

        Raises:
            QuestionError: the question is empty or too long.
        """
        for event in self.stream(question, history):
            if event.answer is not None:
                return event.answer
        raise RuntimeError("the stream ended without an answer")

    def stream(self, question: str, history: Sequence[Turn | str] = ()) -> Iterator[Event]:
        """Yield the same answer as `ask`, as it forms: hits, evidence, the text piece by piece, the whole answer.

        Raises:
            QuestionError: the question is empty or too long; raised before anything is yielded.
        """
        turns = [Turn(turn) if isinstance(turn, str) else turn for turn in history]
        self.settings.check_question(question)
        understood = understand(question, turns)
        candidates = self._retriever.sentences(Query(understood.text, self._cited_rows(understood)))
        hits = sentence_hits(self.index, candidates, self.settings.read_sentences)
        passages = passage_hits(self.index, candidates, self.settings.pool_passages)
        yield Event("hits", hits=tuple(hits), passages=tuple(passages))
        reading = self._reader.read(Query(understood.text), candidates, self.index)
        hits = read_hits(self.index, candidates, reading, self.settings)
        yield Event("evidence", hits=tuple(hits))
        language = message_language(question, turns[-1].question if turns else "")
        answer = self._answerer.answer(question, understood.text, hits, reading.span, language)
        if answer.abstained:
            # Encoded again only where it was read together with what was said before.
            alone = understood.text == question
            vector = candidates.question if alone else self.encoder.encode_questions([question])[0]
            whole = asks_for_overview(vector, self.encoder)
            if whole >= self.settings.overview_bar:
                answer = overview(answer, self.index, self.settings.overview_sentences, whole)
        lines = answer.text.splitlines(keepends=True)
        yield from (Event("text", text=line) for line in lines)
        yield Event("answer", answer=answer)

    def _cited_rows(self, understood: Understanding) -> frozenset[int]:
        return frozenset(
            int(self.index.first_rows[self.index.article_rows[citation.article_id]]) + citation.sentence_index
            for citation in understood.cited_before
            if citation.article_id in self.index.article_rows
        )


# Rows of an index → Hits.


def sentence_hits(index: Index, candidates: Candidates, k: int) -> list[Hit]:
    """Return the k best candidate sentences as retrieved."""
    return [_hit(index, candidates, place, place + 1, None) for place in range(min(k, len(candidates.rows)))]


def read_hits(index: Index, candidates: Candidates, reading: Reading, settings: Settings) -> list[Hit]:
    """Return the most probable candidate sentences, with the reader's probabilities, corrected."""
    return [
        _hit(index, candidates, place, rank, settings.calibration.apply(float(reading.probabilities[place])))
        for rank, place in enumerate(reading.order[: settings.read_sentences], start=1)
    ]


def _hit(index: Index, candidates: Candidates, place: int, rank: int, probability: float | None) -> Hit:
    row = int(candidates.rows[place])
    article_row, start, end, _ = (int(value) for value in index.sentences[row])
    article = index.articles[article_row]
    number = row - int(index.first_rows[article_row])
    score = float(candidates.scores[place])
    return Hit(rank, score, article.id, number, start, end, article.text[start:end], probability)


def passage_hits(index: Index, candidates: Candidates, k: int) -> list[Hit]:
    """Return the k best passages as ranked."""
    hits = []
    for place, (article_row, first, last) in enumerate(index.passages[candidates.passage_rows[:k]].tolist()):
        article = index.articles[article_row]
        start, end = int(index.sentences[first, 1]), int(index.sentences[last, 2])
        number = first - int(index.first_rows[article_row])
        score = float(candidates.passage_scores[place])
        hits.append(Hit(place + 1, score, article.id, number, start, end, article.text[start:end]))
    return hits
