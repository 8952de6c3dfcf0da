"""Articles → Index: sentences, passages, vectors and terms; and what indexes have, joined to another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from index.article import Article
from index.errors import ArticleError, IndexFolderError
from index.index import Index, head_stems, none_chosen, passage_view_of, title_stems
from index.models.encoder import Encoder, FloatArray
from index.place import Span
from index.search.dense import DenseIndex, IntArray
from index.search.forward import ForwardIndex
from index.search.lexical import NO_TERM, LexicalIndex, ngrams, stems
from index.search.vocabulary import Vocabulary
from index.settings import IndexSettings, Progress
from index.splitting.passages import split_passages, splitter_mark
from index.splitting.sentences import split_sentences
from index.view import View, view_of

# Left free for a prompt and the special tokens beside a passage.
PROMPT_TOKENS = 8


def build_index(
    articles: Sequence[Article],
    encoder: Encoder,
    settings: IndexSettings | None = None,
    progress: Progress | None = None,
) -> Index:
    """Split, encode and index articles; the same text twice is one article.

    Args:
        progress: called with the name of a task, how many of its steps are done and how many there are.

    Raises:
        ArticleError: there are no articles.
    """
    settings = settings or IndexSettings()
    unique = tuple({article.id: article for article in articles}.values())
    if not unique:
        raise ArticleError("no article was given. Expected at least one text.", "no-article")
    split = [split_sentences(article.text, article.language, article.blocks) for article in unique]
    texts = [
        view_of(article, s.span.start, s.span.end).text
        for article, sentences in zip(unique, split, strict=True)
        for s in sentences
    ]
    counts = encoder.token_counts(texts, progress)
    # Nobody would find a passage by an end that the encoder does not read.
    readable = max(1, encoder.max_tokens - PROMPT_TOKENS)
    fitting = replace(
        settings,
        passage_tokens=min(settings.passage_tokens, readable),
        overlap_tokens=min(settings.overlap_tokens, readable // 4),
    )
    rows: list[tuple[int, int, int, int]] = []
    passages: list[tuple[int, int, int]] = []
    for number, sentences in enumerate(split):
        first = len(rows)
        rows += [(number, s.span.start, s.span.end, s.block) for s in sentences]
        passages += [
            (number, first + p.first, first + p.last)
            for p in split_passages(sentences, counts[first : len(rows)], fitting)
        ]
    table, passage_table = np.asarray(rows, np.int64), np.asarray(passages, np.int64)
    views = [
        passage_view_of(unique[number], table[first : last + 1], under=settings.vectors_under_headings)
        for number, first, last in passages
    ]
    alone, vectors, in_context = _encode(encoder, texts, views, table, passage_table, progress)
    terms = _Terms()
    for text, (number, *_) in zip(texts, rows, strict=True):
        terms.add(text, unique[number].language, settings.ngram)
    return _with_terms(
        unique,
        table,
        passage_table,
        settings,
        terms,
        passage_vectors=DenseIndex.build(vectors),
        sentence_vectors=alone.astype(np.float16),
        context_vectors=in_context.astype(np.float16),
        encoder_fingerprint=encoder.fingerprint,
        splitter=splitter_mark(),
    )


def join_articles(parts: Sequence[tuple[Index, Iterable[int]]]) -> Index:
    """Return an Index of some articles of other indexes, as `build_index` would make it of their texts.

    No text is encoded or cut into terms anew: vectors and terms are copied. What a term weighs depends on the texts it
    is searched among, so that is counted anew. It takes some 0.2 ms a sentence.

    Args:
        parts: indexes, each with the rows of the articles wanted of it; an article wanted twice is taken once.

    Raises:
        ArticleError: no article is wanted.
        IndexFolderError: the indexes were made by different encoders, splitters or settings.
    """
    chosen: dict[str, tuple[Index, int]] = {}
    for index, rows in (index.held(rows) for index, rows in parts):
        for row in rows:
            chosen.setdefault(index.articles[row].id, (index, row))
    if not chosen:
        raise none_chosen()
    first = next(iter(chosen.values()))[0]
    if len({(index.encoder_fingerprint, index.splitter, index.settings) for index, _ in chosen.values()}) > 1:
        raise IndexFolderError(
            "these indexes were made by different encoders, splitters or settings. Expected the same: rebuild one with "
            "beleg index build",
            "indexes-do-not-fit",
        )
    is_all = [one.id for one in first.articles] == list(chosen) and all(index is first for index, _ in chosen.values())
    if is_all and not first.passage_terms.of_archive:
        return first
    terms = _Terms()
    sentences, passages, vectors, alone, in_context = [], [], [], [], []
    count = 0
    for row, (index, place) in enumerate(chosen.values()):
        start, end = index.first_rows[place : place + 2].tolist()
        held = np.arange(*index.first_passages[place : place + 2])
        sentences.append(index.sentences[start:end].copy())
        passages.append(index.passages[held] + (0, count - start, count - start))
        sentences[-1][:, 0] = passages[-1][:, 0] = row
        vectors.append(index.passage_vectors.vectors(held))
        alone.append(index.sentence_vectors[start:end])
        in_context.append(index.context_vectors[start:end])
        terms.take(index, np.arange(start, end))
        count += end - start
    return _with_terms(
        tuple(index.articles[place] for index, place in chosen.values()),
        np.concatenate(sentences),
        np.concatenate(passages),
        first.settings,
        terms,
        passage_vectors=DenseIndex.build(np.concatenate(vectors)),
        sentence_vectors=np.concatenate(alone),
        context_vectors=np.concatenate(in_context),
        encoder_fingerprint=first.encoder_fingerprint,
        splitter=first.splitter,
    )


class _Terms:
    """The terms of sentences, numbered as they come.

    Attributes:
        vocabulary: each term's number.
        stems, ngrams: of each sentence, the numbers of its terms.
    """

    def __init__(self) -> None:
        self.vocabulary = {NO_TERM: 0}
        self.stems: list[npt.NDArray[np.int32]] = []
        self.ngrams: list[npt.NDArray[np.int32]] = []
        # Of each vocabulary that terms were taken from, their numbers here; -1: not taken yet.
        self._numbers: dict[int, npt.NDArray[np.int32]] = {}

    def add(self, text: str, language: str, ngram: int) -> None:
        """Add a sentence."""
        for kind, found in ((self.stems, stems(text, [language])), (self.ngrams, ngrams(text, ngram))):
            numbers = (self.vocabulary.setdefault(term, len(self.vocabulary)) for term in found)
            kind.append(np.fromiter(numbers, np.int32))

    def take(self, index: Index, rows: IntArray) -> None:
        """Add sentences of an index."""
        theirs = index.passage_terms.terms
        numbers = self._numbers.setdefault(id(theirs), np.full(len(theirs), -1, np.int32))
        for kind, held in ((self.stems, index.sentence_stems), (self.ngrams, index.sentence_ngrams)):
            for found in held.terms_of(rows):
                for term in found[numbers[found] < 0].tolist():
                    numbers[term] = self.vocabulary.setdefault(theirs[term], len(self.vocabulary))
                kind.append(numbers[found])


def _with_terms(
    articles: tuple[Article, ...],
    sentences: IntArray,
    passages: IntArray,
    settings: IndexSettings,
    terms: _Terms,
    **others: Any,
) -> Index:
    """Return an Index of these tables, the terms of its sentences and others of its attributes."""
    of_passages = [
        np.concatenate([*terms.stems[first : last + 1], *terms.ngrams[first : last + 1]])
        for _, first, last in passages.tolist()
    ]
    return Index(
        articles=articles,
        sentences=sentences,
        passages=passages,
        settings=settings,
        passage_terms=LexicalIndex.of_ids(of_passages, terms.vocabulary, settings),
        sentence_stems=ForwardIndex.build(terms.stems, len(terms.vocabulary)),
        sentence_ngrams=ForwardIndex.build(terms.ngrams, len(terms.vocabulary)),
        heading_terms=LexicalIndex.build(head_stems(articles, sentences, passages), settings),
        title_terms=LexicalIndex.build([title_stems(article) for article in articles], settings),
        vocabulary=Vocabulary.build(
            view_of(articles[row], start, end).text for row, start, end, _ in sentences.tolist()
        ),
        **others,
    )


def _encode(
    encoder: Encoder,
    texts: list[str],
    views: list[View],
    sentences: IntArray,
    passages: IntArray,
    progress: Progress | None,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the vectors of sentences alone, of passages, and of sentences in their first passage."""
    total = len(texts) + len(views)

    def shifted(by: int) -> Progress | None:
        return (lambda what, done, _: progress(what, by + done, total)) if progress else None

    alone = encoder.encode_passages(texts, shifted(0))
    parts = [
        [Span(*view.place(start, end)) for _, start, end, _ in sentences[first : last + 1].tolist()]
        for view, (_, first, last) in zip(views, passages.tolist(), strict=True)
    ]
    vectors, pooled = encoder.encode_in_context([view.text for view in views], parts, shifted(len(texts)))
    in_context = alone.copy()
    # Backwards, so that a sentence in two passages gets its vector from the first. A sentence beyond the model's limit
    # keeps the vector it has alone.
    for (_, first, last), some in zip(passages[::-1], pooled[::-1], strict=True):
        read = some.any(axis=1)
        in_context[first : last + 1][read] = some[read]
    return alone, vectors, in_context
