"""What a question needs of an index that a server keeps: the passages that may be ranked for it, at hand."""

from __future__ import annotations

from collections.abc import Iterator

from index.index import Index
from index.models.encoder import Encoder, FloatArray
from index.served.archive import Asked, ServedIndex
from rag.conversation.follow_up import Query
from rag.retrieval.retriever import spoken_in
from rag.settings import Settings


def nearby(
    index: ServedIndex, query: Query, encoder: Encoder, settings: Settings, vector: FloatArray | None = None
) -> Index:
    """Return a part of a served index for which a Retriever ranks as it would for the whole.

    Args:
        query: with what else it may mean: passages are looked up for all of that.
        vector: of `query.text`, where it is known already; shape (dimension,).
    """
    texts = list(dict.fromkeys(_texts(query)))
    missing = [text for text in texts if vector is None or text != query.text]
    encoded = dict(zip(missing, encoder.encode_questions(missing), strict=True)) if missing else {}
    asked = [
        Asked(
            encoded[text] if text in encoded or vector is None else vector,
            index.question_stems(text, spoken_in(text)),
            index.question_ngrams(text),
        )
        for text in texts
    ]
    return index.around(asked, settings.pool_passages, settings.passage_headings)


def _texts(query: Query) -> Iterator[str]:
    yield query.text
    for other in query.others:
        yield from _texts(other)
