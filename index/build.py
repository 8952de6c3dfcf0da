"""Articles → Index: sentences, passages, vectors and terms; and what indexes have, joined to another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from index.article import Article
from index.errors import ArticleError, IndexFolderError
from index.index import Index, PartOfIndex, none_chosen, passage_view_of
from index.models.encoder import Encoder, FloatArray
from index.place import Span
from index.search.dense import IntArray
from index.search.forward import Bags
from index.search.lexical import ngrams, stems
from index.settings import BUILD_MEMORY, IndexSettings, Progress
from index.splitting.passages import split_passages, splitter_mark
from index.splitting.sentences import split_sentences
from index.view import View, view_of
from index.writer import IndexWriter

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
    writer = IndexWriter(settings)
    firsts, first_passages = (np.searchsorted(one[:, 0], np.arange(len(unique) + 1)) for one in (table, passage_table))
    for number, article in enumerate(unique):
        start, end = firsts[number : number + 2].tolist()
        held = slice(*first_passages[number : number + 2].tolist())
        pairs = [
            (writer.numbers(stems(text, [article.language])), writer.numbers(ngrams(text, settings.ngram)))
            for text in texts[start:end]
        ]
        writer.add(
            article,
            table[start:end, 1:],
            passage_table[held, 1:] - start,
            Bags.of_lists([one for one, _ in pairs]),
            Bags.of_lists([other for _, other in pairs]),
            vectors[held],
            alone[start:end],
            in_context[start:end],
        )
    return writer.done(encoder.fingerprint, splitter_mark())


def join_articles(
    parts: Sequence[tuple[Index | PartOfIndex, Iterable[int]]],
    folder: Path | None = None,
    *,
    memory: int = BUILD_MEMORY,
    described: Callable[[Article], Article] | None = None,
) -> Index:
    """Return an Index of some articles of other indexes, as `build_index` would make it of their texts.

    No text is encoded or cut into terms anew: vectors and terms are copied. What a term weighs depends on the texts it
    is searched among, so that is counted anew. It takes some 0.2 ms a sentence.

    Args:
        parts: indexes, each with the rows of the articles wanted of it; an article wanted twice is taken once. One
            that is opened where it is needed is held until another one is.
        folder: an empty folder, where the index's arrays and articles are written as they come, and mapped from there;
            None: it is made in memory.
        memory: see `IndexWriter`.
        described: returns an article of the same text as it is to be there, with another title or source.

    Raises:
        ArticleError: no article is wanted.
        IndexFolderError: the indexes were made by different encoders, splitters or settings.
        OSError: the folder cannot be written.
    """
    chosen: dict[str, tuple[Index | PartOfIndex, int]] = {}
    for part, its_rows in (held for one, rows in parts for held in _parts_of(one, rows)):
        ids = part.ids
        for row in its_rows:
            chosen.setdefault(ids[row], (part, row))
    if not chosen:
        raise none_chosen()
    first = next(iter(chosen.values()))[0]
    if len({part.made_by for part, _ in chosen.values()}) > 1:
        raise IndexFolderError(
            "these indexes were made by different encoders, splitters or settings. Expected the same: rebuild one with "
            "beleg index build",
            "indexes-do-not-fit",
        )
    held, index = first, _opened(first)
    is_all = list(first.ids) == list(chosen) and all(part is first for part, _ in chosen.values())
    if is_all and not index.passage_terms.of_archive:
        return index.described([described(article) for article in index.articles]) if described else index
    writer = IndexWriter(first.made_by[2], folder, memory)
    for part, row in chosen.values():
        if part is not held:
            held, index = part, _opened(part)
        start, end = index.first_rows[row : row + 2].tolist()
        places = np.arange(*index.first_passages[row : row + 2])
        sentence_rows = np.arange(start, end)
        article = index.articles[row]
        writer.add(
            described(article) if described else article,
            index.sentences[start:end, 1:],
            index.passages[places][:, 1:] - start,
            *writer.taken(index, sentence_rows),
            index.passage_vectors.vectors(places),
            index.sentence_vectors[start:end],
            index.context_vectors[start:end],
        )
    return writer.done(*first.made_by[:2])


def _parts_of(part: Index | PartOfIndex, rows: Iterable[int]) -> Iterable[tuple[Index | PartOfIndex, Iterable[int]]]:
    return part.parts(rows) if isinstance(part, Index) else [(part, rows)]


def _opened(part: Index | PartOfIndex) -> Index:
    return part if isinstance(part, Index) else part.open()


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
