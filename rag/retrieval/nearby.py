"""What a question needs of an index that a server keeps: the passages that may be ranked for it, at hand."""

from __future__ import annotations

from collections.abc import Iterator

from index.index import Index
from index.models.encoder import Encoder, FloatArray
from index.served.archive import Asked, ServedIndex
from rag.conversation.query import Query
from rag.retrieval.retriever import spoken_in
from rag.settings import Settings


def nearby(index: ServedIndex, query: Query, encoder: Encoder, settings: Settings, vector: FloatArray) -> Index:
    """Return a part of a served index for which a Retriever ranks as it would for the whole.

    Args:
        query: with what else it may mean: passages are looked up for all of that.
        vector: of `query.text`, shape (dimension,).
    """
    others = [text for text in dict.fromkeys(_texts(query)) if text != query.text]
    vectors = [vector, *(encoder.encode_questions(others) if others else ())]
    asked = [
        Asked(one, index.question_stems(text, spoken_in(text)), index.question_ngrams(text))
        for text, one in zip([query.text, *others], vectors, strict=True)
    ]
    return index.around(asked, settings.pool_passages, settings.passage_headings)


def _texts(query: Query) -> Iterator[str]:
    yield query.text
    for other in query.others:
        yield from _texts(other)
