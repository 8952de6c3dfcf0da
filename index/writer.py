"""Makes an Index of articles as they come: in memory, or into a folder, where only a bounded part is held at a time."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.arrays import GrowingArray
from index.article import Article
from index.index import Index, head_stems, title_stems
from index.models.encoder import FloatArray
from index.search.dense import IntArray, VectorsWriter
from index.search.forward import Bags, ForwardWriter
from index.search.lexical import LexicalWriter
from index.search.vocabulary import Vocabulary
from index.search.word_counts import WordCounts
from index.settings import BUILD_MEMORY, IndexSettings
from index.stored import ArticlesWriter
from index.view import view_of

AnyFloat = npt.NDArray[np.float16] | FloatArray
# Of the memory of a build: what postings of passages and of headings take until they are written, and counted words.
_OF_PASSAGES, _OF_HEADS, _OF_WORDS = 1 / 2, 1 / 8, 1 / 4


class IndexWriter:
    """Collects what an index is made of, article by article.

    Args:
        settings: those that sentences and passages were made with.
        folder: an empty folder for the index's files; None: it is made in memory.
        memory: bytes that may be held before something is written there. An article is always held as a whole, and so
            are the distinct terms and some twenty bytes a passage.
    """

    def __init__(self, settings: IndexSettings, folder: Path | None = None, memory: int = BUILD_MEMORY) -> None:
        def at(name: str) -> Path | None:
            return folder and folder / name

        self._settings, self._folder = settings, folder
        self._articles: list[Article] = []
        self._count = 0
        self._stored = folder and ArticlesWriter(folder)
        self._sentences = GrowingArray(at("sentences.npy"), np.int64, (4,))
        self._passages = GrowingArray(at("passages.npy"), np.int64, (3,))
        self._vectors = VectorsWriter(at("vectors.tmp"))
        self._alone: GrowingArray | None = None
        self._in_context: GrowingArray | None = None
        self._terms = LexicalWriter(settings, at("passage_terms"), int(memory * _OF_PASSAGES))
        self._stems, self._ngrams = ForwardWriter(at("sentence_stems")), ForwardWriter(at("sentence_ngrams"))
        self._heads = LexicalWriter(settings, at("heading_terms"), int(memory * _OF_HEADS))
        self._titles = LexicalWriter(settings, at("title_terms"), int(memory * _OF_HEADS))
        self._words = WordCounts(at("words.tmp"), int(memory * _OF_WORDS))
        # Of each index that terms were taken from, their numbers here; -1: not taken yet.
        self._numbers: tuple[object, IntArray] = (None, np.zeros(0, np.int64))

    def add(
        self,
        article: Article,
        sentences: IntArray,
        passages: IntArray,
        stems: Bags,
        ngrams: Bags,
        vectors: FloatArray,
        alone: AnyFloat,
        in_context: AnyFloat,
    ) -> None:
        """Add an article of n sentences and m passages.

        Args:
            sentences: start, end and block of each, shape (n, 3).
            passages: the first and the last sentence of each, by their numbers in the article, shape (m, 2).
            stems, ngrams: the terms of the sentences, by their numbers (`numbers`, `taken`).
            vectors: of the passages, shape (m, dimension).
            alone, in_context: of the sentences, shape (n, dimension).

        Raises:
            OSError: the disk is full.
        """
        row, first = self._count, len(self._sentences)
        table = np.column_stack([np.full(len(sentences), row), sentences])
        of_passages = np.column_stack([np.full(len(passages), row), passages + first])
        self._sentences.append(table)
        self._passages.append(of_passages)
        self._vectors.add(vectors)
        self._alone = self._added(self._alone, "sentence_vectors.npy", alone)
        self._in_context = self._added(self._in_context, "context_vectors.npy", in_context)
        self._stems.add(stems)
        self._ngrams.add(ngrams)
        self._terms.add(stems.together(passages[:, 0], passages[:, 1], ngrams))
        local = np.column_stack([np.zeros(len(passages), np.int64), passages])
        for heads in head_stems([article], table, local):
            self._heads.add_text(heads)
        self._titles.add_text(title_stems(article))
        for start, end, _ in sentences.tolist():
            self._words.add(view_of(article, start, end).text)
        if self._stored:
            self._stored.add(article)
        else:
            self._articles.append(article)
        self._count += 1

    def numbers(self, terms: Iterable[str]) -> list[int]:
        """Return the numbers of terms."""
        return [self._terms.number(term) for term in terms]

    def taken(self, index: Index, rows: IntArray) -> tuple[Bags, Bags]:
        """Return the stems and n-grams of sentences of another index, by their numbers here."""
        theirs = index.passage_terms.lexicon
        if self._numbers[0] is not theirs:
            self._numbers = theirs, np.full(len(theirs), -1, np.int64)
        numbers, found = self._numbers[1], []
        for held in (index.sentence_stems, index.sentence_ngrams):
            bags = held.bags(rows)
            # Those that are new, as they come.
            new, firsts = np.unique(bags.terms[numbers[bags.terms] < 0], return_index=True)
            for term in new[np.argsort(firsts)].tolist():
                numbers[term] = self._terms.number(theirs.term(term))
            found.append(Bags.of(bags.texts, numbers[bags.terms], bags.counts, len(bags)))
        return found[0], found[1]

    def done(self, encoder_fingerprint: str, splitter: str) -> Index:
        """Return the index. Raises OSError for a full disk, ValueError where no article was added."""
        if self._alone is None or self._in_context is None:
            raise ValueError("no article was added")
        passage_terms = self._terms.done()
        vocabulary = len(self._terms.vocabulary)
        stems, ngrams = self._stems.done(vocabulary), self._ngrams.done(vocabulary)
        return Index(
            articles=self._stored.done() if self._stored else tuple(self._articles),
            sentences=self._sentences.done(),
            passages=self._passages.done(),
            passage_vectors=self._vectors.done(),
            sentence_vectors=self._alone.done(),
            context_vectors=self._in_context.done(),
            passage_terms=passage_terms,
            sentence_stems=stems,
            sentence_ngrams=ngrams,
            heading_terms=self._heads.done(),
            title_terms=self._titles.done(),
            vocabulary=Vocabulary.of(self._words, self._folder and self._folder / "vocabulary"),
            encoder_fingerprint=encoder_fingerprint,
            splitter=splitter,
            settings=self._settings,
        )

    def _added(self, array: GrowingArray | None, name: str, rows: AnyFloat) -> GrowingArray:
        if array is None:
            array = GrowingArray(self._folder and self._folder / name, np.float16, rows.shape[1:])
        array.append(rows)
        return array
