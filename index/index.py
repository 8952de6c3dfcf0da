"""The Index that articles are searched by: made in `index.build`, saved and loaded in `index.folder`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt

from index.article import Article, Sentence
from index.errors import ArticleError
from index.place import BlockKind, Span
from index.search.dense import DenseIndex, IntArray
from index.search.forward import ForwardIndex
from index.search.lexical import LexicalIndex, ngrams, stem, stems, without, words
from index.search.numbers import find_numbers
from index.search.vocabulary import Vocabulary
from index.settings import IndexSettings
from index.stored import ids_of, kind_of, language_and_beginning, languages_of
from index.view import View, above, view_of

# Of a title or heading that passages are searched by. What is longer is none, and would be counted with every passage.
_HEAD_CHARACTERS = 1000


@dataclass(frozen=True)
class Index:
    """Articles with their sentences and passages, searchable by vector and by terms.

    Attributes:
        articles: in the order they were given; those of a folder are read when they are asked for.
        sentences: shape (n, 4): the row of the article, start, end, block.
        passages: shape (m, 3): the row of the article, the rows of the first and the last sentence.
        passage_vectors: m vectors, searchable.
        sentence_vectors: shape (n, dimension), float16: each sentence read by itself.
        context_vectors: shape (n, dimension), float16: each sentence pooled from its tokens in its passage.
        passage_terms: BM25 over the m passages.
        sentence_stems, sentence_ngrams: the terms of the n sentences, numbered as those of the passages.
        heading_terms: BM25 over what the m passages stand under: their article's title and the headings.
        title_terms: BM25 over the articles' titles.
        vocabulary: the words of the sentences, as they are written.
        encoder_fingerprint, splitter, settings: what it was made with.
    """

    articles: Sequence[Article]
    sentences: IntArray
    passages: IntArray
    passage_vectors: DenseIndex
    sentence_vectors: npt.NDArray[np.float16]
    context_vectors: npt.NDArray[np.float16]
    passage_terms: LexicalIndex
    sentence_stems: ForwardIndex
    sentence_ngrams: ForwardIndex
    heading_terms: LexicalIndex
    title_terms: LexicalIndex
    vocabulary: Vocabulary
    encoder_fingerprint: str
    splitter: str
    settings: IndexSettings

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The languages of the articles, sorted."""
        return languages_of(self.articles)

    @cached_property
    def ids(self) -> Sequence[str]:
        """The ids of the articles, in order."""
        return ids_of(self.articles)

    @property
    def made_by(self) -> tuple[str, str, IndexSettings]:
        """The encoder, the splitter and the settings that it was made with."""
        return self.encoder_fingerprint, self.splitter, self.settings

    @cached_property
    def article_rows(self) -> dict[str, int]:
        """The row of each article, by its id."""
        return {id_: row for row, id_ in enumerate(self.ids)}

    @property
    def by_id(self) -> Mapping[str, Article]:
        """The articles by their ids. An article that is stored is read when it is asked for."""
        return _ById(self)

    @cached_property
    def first_rows(self) -> IntArray:
        """Row of each article's first sentence, and, last, the number of sentences: shape (articles + 1,)."""
        return np.searchsorted(self.sentences[:, 0], np.arange(len(self.articles) + 1))

    @cached_property
    def first_passages(self) -> IntArray:
        """Row of each article's first passage, and, last, the number of passages: shape (articles + 1,)."""
        return np.searchsorted(self.passages[:, 0], np.arange(len(self.articles) + 1))

    def locate(self, row: int) -> tuple[Article, int, int, int]:
        """Return a sentence's article, its number there, and its half-open offsets in that article's text."""
        article_row, start, end, _ = self.sentences[row].tolist()
        return self.articles[article_row], row - int(self.first_rows[article_row]), start, end

    def language_and_beginning(self, article_row: int) -> tuple[str, str]:
        """Return an article's language and the first 400 characters of its text, without reading the rest."""
        return language_and_beginning(self.articles, article_row)

    def kind(self, article_row: int, block: int) -> BlockKind:
        """Return the kind of an article's block, without reading the article."""
        return kind_of(self.articles, article_row, block)

    def row_of(self, article_id: str, number: int) -> int:
        """Return the row of an article's sentence. Raises KeyError for an unknown article."""
        return int(self.first_rows[self.article_rows[article_id]]) + number

    def sentence_text(self, row: int) -> str:
        """Return a sentence as it is read."""
        article, _, start, end = self.locate(row)
        return view_of(article, start, end).text

    def passage_view(self, row: int, *, under: bool = True) -> View:
        """Return a passage as it is read, by default under its article's title and headings."""
        article_row, first, last = self.passages[row].tolist()
        return passage_view_of(self.articles[article_row], self.sentences[first : last + 1], under=under)

    def sentences_of(self, article_row: int) -> list[Sentence]:
        """Return the sentences of one article, in order."""
        first, end = self.first_rows[article_row], self.first_rows[article_row + 1]
        return [
            Sentence(Span(int(start), int(stop)), number, int(block))
            for number, (_, start, stop, block) in enumerate(self.sentences[first:end])
        ]

    def named_only_above(self, passage: int, terms: set[str]) -> set[str]:
        """Return which of some stems stand in what a passage is read under, and not in the passage."""
        article_row, first, _ = self.passages[passage].tolist()
        article = self.articles[article_row]
        found = terms.intersection(stems(above(article, int(self.sentences[first, 3])), [article.language]))
        if found:
            found -= set(stems(self.passage_view(passage, under=False).text, [article.language]))
        return found

    def title_shares(self, article_rows: IntArray, question_stems: Iterable[str]) -> npt.NDArray[np.float32]:
        """Return how far a question names articles by their titles: the share of a title's weight (idf) in it.

        Shape (len(article_rows),), 0 to 1. What many titles have weighs little, and what all of these have ("user
        manual") nothing.
        """
        asked = set(question_stems)
        shares = np.zeros(len(article_rows), np.float32)
        titles = [set(title_stems(self.articles[row])) for row in article_rows.tolist()]
        common = set.intersection(*titles) if len(titles) > 1 else set()
        for place, title in enumerate(titles):
            weights = {term: self.title_terms.idf(term) for term in title - common}
            total = sum(weights.values())
            shares[place] = sum(weights[term] for term in asked & weights.keys()) / total if total else 0.0
        return shares

    def parts(self, rows: Iterable[int]) -> Iterable[tuple[Index | PartOfIndex, Iterable[int]]]:
        """Return what has some articles at hand, with their rows there: this one, unless a server keeps it."""
        return [(self, rows)]

    def only(self, article_rows: Iterable[int]) -> Index:
        """Return an Index of some of the articles, which are searched as if the others were not there.

        Nothing is counted anew, so it costs milliseconds: a term weighs what it weighs among all articles, and words
        are spelt as any of them does.

        Raises:
            ArticleError: no article is given.
        """
        rows = np.unique(np.fromiter(article_rows, np.int64))
        if not len(rows):
            raise none_chosen()
        of_sentence, of_passage = (np.isin(table[:, 0], rows) for table in (self.sentences, self.passages))
        sentence_rows, passage_rows = np.flatnonzero(of_sentence), np.flatnonzero(of_passage)
        sentences, passages = self.sentences[sentence_rows], self.passages[passage_rows]
        sentences[:, 0] = np.searchsorted(rows, sentences[:, 0])
        passages[:, 0] = np.searchsorted(rows, passages[:, 0])
        passages[:, 1:] = (np.cumsum(of_sentence) - 1)[passages[:, 1:]]
        return replace(
            self,
            articles=tuple(self.articles[row] for row in rows.tolist()),
            sentences=sentences,
            passages=passages,
            passage_vectors=DenseIndex.build(self.passage_vectors.vectors(passage_rows), exact=True),
            sentence_vectors=self.sentence_vectors[sentence_rows],
            context_vectors=self.context_vectors[sentence_rows],
            passage_terms=self.passage_terms.only(passage_rows),
            sentence_stems=self.sentence_stems.only(sentence_rows),
            sentence_ngrams=self.sentence_ngrams.only(sentence_rows),
            heading_terms=self.heading_terms.only(passage_rows),
            title_terms=self.title_terms.only(rows),
        )

    def described(self, articles: Sequence[Article]) -> Index:
        """Return the same Index of articles that say something else of themselves: title, source, author, date.

        Args:
            articles: the same texts in the same order.
        """
        if [one.id for one in articles] != list(self.ids):
            raise ValueError("the articles must be of the same texts, in the same order")
        if [one.title for one in articles] == [one.title for one in self.articles]:
            return replace(self, articles=tuple(articles))
        return replace(
            self,
            articles=tuple(articles),
            heading_terms=LexicalIndex.build(head_stems(articles, self.sentences, self.passages), self.settings),
            title_terms=LexicalIndex.build([title_stems(article) for article in articles], self.settings),
        )

    def question_stems(self, question: str, spoken: Iterable[str] = ()) -> list[str]:
        """Return the stems to look a question up by: of each word all, by the articles' languages, that occur.

        A word that does not occur is returned once: more languages in the archive must not lower the question's score.
        So is a number; one in words is looked up by its value where that occurs, and else as a word.

        Args:
            spoken: languages, beside the articles', in which numbers in words are read.
        """
        found: list[str] = []
        in_place_of_words = []
        for number in find_numbers(question, {*self.languages, *spoken}):
            known = [reading for reading in number.readings if self.passage_terms.knows(reading)]
            found += known or ([] if number.in_words or number.in_word else number.readings[:1])
            if (known or not number.in_words) and not number.in_word:
                in_place_of_words.append(number)
        for word in words(without(question, in_place_of_words)):
            variants = sorted({stem(word, language) for language in self.languages})
            found += [variant for variant in variants if self.passage_terms.knows(variant)] or variants[:1]
        return found

    def question_ngrams(self, question: str) -> list[str]:
        """Return the n-grams to look a question up by."""
        return ngrams(question, self.settings.ngram)

    def covered_by(self, sentences: ForwardIndex, terms: Iterable[str], rows: IntArray) -> npt.NDArray[np.float32]:
        """Return the share of a question's weight that is found in some sentences, by their stems or their n-grams.

        Shape (len(rows),), see `ForwardIndex.coverage`.
        """
        asked = set(terms)
        known = self.passage_terms.ids(asked)
        return sentences.coverage(known, len(asked) - len(known), rows, self.settings)


class PartOfIndex(Protocol):
    """An index that is opened where it is needed."""

    @property
    def ids(self) -> Sequence[str]:
        """The ids of its articles."""

    @property
    def made_by(self) -> tuple[str, str, IndexSettings]:
        """Its encoder, splitter and settings."""

    def open(self) -> Index:
        """Return it."""


class _ById(Mapping[str, Article]):
    def __init__(self, index: Index) -> None:
        self._index = index

    def __getitem__(self, id_: str) -> Article:
        return self._index.articles[self._index.article_rows[id_]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._index.article_rows)

    def __len__(self) -> int:
        return len(self._index.articles)

    def __contains__(self, id_: object) -> bool:
        return id_ in self._index.article_rows


def passage_view_of(article: Article, sentences: IntArray, *, under: bool) -> View:
    """Return a passage of an article as it is read, from its rows of `Index.sentences`, shape (n, 4)."""
    start, end = int(sentences[0, 1]), int(sentences[-1, 2])
    return view_of(article, start, end, under=above(article, int(sentences[0, 3])) if under else "")


def title_stems(article: Article) -> list[str]:
    """Return the stems of a title, sorted, each once; none of one that is just the beginning of the text."""
    return sorted(set(stems(article.title, [article.language]))) if article.is_titled else []


def head_stems(articles: Sequence[Article], sentences: IntArray, passages: IntArray) -> list[list[str]]:
    """Return the stems of what each passage stands under."""
    known: dict[tuple[str, str], list[str]] = {}
    found = []
    for number, first, last in passages.tolist():
        heads, language = _heads(articles[number], sentences[first : last + 1]), articles[number].language
        if (heads, language) not in known:
            known[heads, language] = stems(heads, [language])
        found.append(known[heads, language])
    return found


def none_chosen() -> ArticleError:
    """Return the error of an index of no articles."""
    return ArticleError("no article was chosen. Expected at least one.", "no-article-chosen")


def _heads(article: Article, sentences: IntArray) -> str:
    """Return the beginnings of the title and all headings that some sentences stand under, each once."""
    found = dict.fromkeys(heading for block in np.unique(sentences[:, 3]) for heading in article.headings(int(block)))
    both = dict.fromkeys([*([article.title] if article.is_titled else []), *found])
    return "\n".join(text[:_HEAD_CHARACTERS] for text in both)
