"""Articles of indexes that are there → one Index, without encoding anything anew."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from index.dense import DenseIndex
from index.errors import ArticleError, IndexFolderError
from index.index import Index, count_terms


def join_articles(parts: Sequence[tuple[Index, Iterable[int]]]) -> Index:
    """Return an Index of some articles, as `build_index` would make it of their texts.

    Vectors are copied; terms are counted anew, because how rare one is depends on what it is searched among. That takes
    some 0.1 ms a sentence.

    Args:
        parts: indexes, each with the rows of the articles wanted of it; an article that comes again is there once.

    Raises:
        ArticleError: no article is wanted.
        IndexFolderError: the indexes were made by different encoders, splitters or settings.
    """
    chosen: dict[str, tuple[Index, int]] = {}
    for index, rows in parts:
        for row in rows:
            chosen.setdefault(index.articles[row].id, (index, row))
    if not chosen:
        raise ArticleError("no article was chosen. Expected at least one.")
    indexes = [index for index, _ in chosen.values()]
    if len({(index.encoder_fingerprint, index.splitter, index.settings) for index in indexes}) > 1:
        raise IndexFolderError(
            "these indexes were made by different encoders, splitters or settings. Expected the same: rebuild one with "
            "beleg index build"
        )
    first = indexes[0]
    sentences, passages, vectors, alone, in_context = [], [], [], [], []
    count = 0
    for row, (index, place) in enumerate(chosen.values()):
        start, end = index.first_rows[place : place + 2].tolist()
        some = index.sentences[start:end].copy()
        some[:, 0] = row
        held = np.flatnonzero(index.passages[:, 0] == place)
        moved = index.passages[held] + (0, count - start, count - start)
        moved[:, 0] = row
        sentences.append(some)
        passages.append(moved)
        vectors.append(index.passage_vectors.vectors(held))
        alone.append(index.sentence_vectors[start:end])
        in_context.append(index.context_vectors[start:end])
        count += end - start
    articles = tuple(index.articles[place] for index, place in chosen.values())
    table, passage_table = np.concatenate(sentences), np.concatenate(passages)
    return Index(
        articles=articles,
        sentences=table,
        passages=passage_table,
        passage_vectors=DenseIndex.build(np.concatenate(vectors)),
        sentence_vectors=np.concatenate(alone),
        context_vectors=np.concatenate(in_context),
        **count_terms(articles, table, passage_table, first.settings),
        encoder_fingerprint=first.encoder_fingerprint,
        splitter=first.splitter,
        settings=first.settings,
    )
