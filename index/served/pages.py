"""How an article is kept on a server: its body, and pages of a few sentences with their vectors and terms.

A body and a page are packed: a header of JSON and arrays, compressed, as text, because a server of that kind keeps no
bytes. They are named by the sha256 of all that they are made of (`key_of`) and never change: the same article twice is
one, and what was fetched once need not be fetched again.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from index.article import Article
from index.index import Index, head_stems, title_stems
from index.search.dense import IntArray
from index.search.forward import ForwardIndex
from index.settings import IndexSettings

# Sentences of a page. A passage touches three of usual length, of which most is its own.
PAGE = 4
# Raised whenever what is packed is another thing.
VERSION = 1
_KINDS = frozenset({"float16", "float32", "int32", "int64", "uint16", "uint8", "uint64", "bool"})


@dataclass(frozen=True, slots=True)
class Body:
    """An article without its vectors.

    Attributes:
        article: with its text, blocks and anchors.
        sentences: shape (n, 3): start, end, block.
        passages: shape (m, 2): the numbers of the first and the last sentence.
        heads: the different lists of terms that passages stand under.
        head_of: which of them each passage has, shape (m,).
        title: the stems of its title.
    """

    article: Article
    sentences: IntArray
    passages: IntArray
    heads: tuple[tuple[str, ...], ...]
    head_of: IntArray
    title: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Up to PAGE sentences in a row.

    Attributes:
        alone, in_context: their vectors, shape (n, dimension), float16.
        terms: the different terms that they have.
        stems, ngrams: of each sentence its distinct terms, as places in `terms`; how often it has each; and where each
            sentence's end.
    """

    alone: npt.NDArray[np.float16]
    in_context: npt.NDArray[np.float16]
    terms: tuple[str, ...]
    stems: tuple[IntArray, IntArray, IntArray]
    ngrams: tuple[IntArray, IntArray, IntArray]


def key_of(article: Article, encoder: str, splitter: str, settings: IndexSettings) -> str:
    """Return what names an article and all that is kept of it: 24 hexadecimal digits."""
    made_of = [VERSION, encoder, splitter, asdict(settings), article.to_dict()]
    return hashlib.sha256(json.dumps(made_of).encode()).hexdigest()[:24]


def body_of(index: Index, row: int) -> Body:
    """Return the body of an article of an index."""
    first, end = index.first_rows[row : row + 2].tolist()
    held = slice(*index.first_passages[row : row + 2].tolist())
    passages = index.passages[held]
    heads: dict[tuple[str, ...], int] = {}
    head_of = [
        heads.setdefault(tuple(found), len(heads)) for found in head_stems(index.articles, index.sentences, passages)
    ]
    article = index.articles[row]
    return Body(
        article,
        np.asarray(index.sentences[first:end, 1:]),
        passages[:, 1:] - first,
        tuple(heads),
        np.asarray(head_of, np.int64),
        tuple(title_stems(article)),
    )


def pages_of(index: Index, row: int) -> list[Page]:
    """Return the pages of an article of an index."""
    first, end = index.first_rows[row : row + 2].tolist()
    names, pages = index.passage_terms.lexicon, []
    for start in range(first, end, PAGE):
        rows = np.arange(start, min(start + PAGE, end))
        terms: dict[int, int] = {}
        stems, ngrams = (_places(held, rows, terms) for held in (index.sentence_stems, index.sentence_ngrams))
        pages.append(
            Page(
                np.asarray(index.sentence_vectors[rows]),
                np.asarray(index.context_vectors[rows]),
                tuple(names.term(term) for term in terms),
                stems,
                ngrams,
            )
        )
    return pages


def _places(held: ForwardIndex, rows: IntArray, terms: dict[int, int]) -> tuple[IntArray, IntArray, IntArray]:
    """Return the places in `terms`, which grows, of the terms of some sentences, how often each, and the ends."""
    bags = held.bags(rows)
    places = [terms.setdefault(term, len(terms)) for term in bags.terms.tolist()]
    return np.asarray(places, np.int64), bags.counts, bags.ends


def pack_body(body: Body) -> str:
    """Return a body as text."""
    header = {"article": body.article.to_dict(), "heads": body.heads, "title": body.title}
    tables = {"sentences": body.sentences, "passages": body.passages, "head_of": body.head_of}
    return pack(header, {name: table.astype(np.int32) for name, table in tables.items()})


def unpack_body(text: str) -> Body:
    """Return what `pack_body` made a text of. Raises ValueError for anything else."""
    header, arrays = unpack(text)
    try:
        tables = {name: arrays[name].astype(np.int64) for name in ("sentences", "passages", "head_of")}
        heads = tuple(tuple(head) for head in header["heads"])
        article = Article.from_dict(header["article"])
        return Body(article, tables["sentences"], tables["passages"], heads, tables["head_of"], tuple(header["title"]))
    except (KeyError, TypeError) as error:
        raise ValueError(f"no body of an article: {error}") from error


def pack_page(page: Page) -> str:
    """Return a page as text."""
    arrays: dict[str, npt.NDArray[Any]] = {"alone": page.alone, "in_context": page.in_context}
    for name, held in (("stems", page.stems), ("ngrams", page.ngrams)):
        for part, values in zip(("places", "counts", "ends"), held, strict=True):
            arrays[f"{name}_{part}"] = values.astype(np.int32)
    return pack({"terms": page.terms}, arrays)


def unpack_page(text: str) -> Page:
    """Return what `pack_page` made a text of. Raises ValueError for anything else."""
    header, arrays = unpack(text)
    try:
        stems, ngrams = (
            (
                arrays[f"{name}_places"].astype(np.int64),
                arrays[f"{name}_counts"].astype(np.int64),
                arrays[f"{name}_ends"].astype(np.int64),
            )
            for name in ("stems", "ngrams")
        )
        return Page(arrays["alone"], arrays["in_context"], tuple(header["terms"]), stems, ngrams)
    except KeyError as error:
        raise ValueError(f"no page of an article: {error}") from error


def pack(header: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> str:
    """Return plain values and arrays as text, which `unpack` reads. No pickle.

    Vectors are not compressed, which takes time and saves nothing.
    """
    ordered = sorted(arrays.items(), key=lambda item: item[1].dtype.kind == "f")
    shapes = [[name, array.dtype.name, list(array.shape)] for name, array in ordered]
    head = json.dumps({"values": header, "arrays": shapes}, ensure_ascii=False).encode()
    small = [len(head).to_bytes(8, "little"), head]
    small += [np.ascontiguousarray(array).tobytes() for _, array in ordered if array.dtype.kind != "f"]
    vectors = b"".join(np.ascontiguousarray(array).tobytes() for _, array in ordered if array.dtype.kind == "f")
    compressed = zlib.compress(b"".join(small), 3)
    content = b"".join([len(compressed).to_bytes(8, "little"), compressed, vectors])
    return base64.b64encode(zlib.crc32(content).to_bytes(4, "little") + content).decode("ascii")


def unpack(text: str) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
    """Return the values and arrays that `pack` made a text of. Raises ValueError where it is not as it was made."""
    try:
        content = base64.b64decode(text)
        if zlib.crc32(content[4:]) != int.from_bytes(content[:4], "little"):
            raise ValueError("damaged: its sum is another")
        vectors_at = 12 + int.from_bytes(content[4:12], "little")
        small = zlib.decompress(content[12:vectors_at])
        at = 8 + int.from_bytes(small[:8], "little")
        header = json.loads(small[8:at])
        arrays = {}
        for name, kind, shape in header["arrays"]:
            if kind not in _KINDS:
                raise ValueError(f"damaged: an array of {kind}")
            is_vector, count = kind.startswith("float"), math.prod(shape)
            found = np.frombuffer(content if is_vector else small, kind, count, vectors_at if is_vector else at)
            arrays[name] = found.reshape(shape)
            if is_vector:
                vectors_at += found.nbytes
            else:
                at += found.nbytes
        return header["values"], arrays
    except (binascii.Error, zlib.error, KeyError, TypeError) as error:
        raise ValueError(f"damaged: {error}") from error


def pages_for(spans: Sequence[tuple[int, int]], sentences: int) -> list[int]:
    """Return the numbers of the pages that have some runs of sentences, each with the one before and the one after.

    Args:
        spans: the first and the last sentence of each run.
        sentences: how many the article has.
    """
    found: set[int] = set()
    for first, last in spans:
        found.update(range(max(first - 1, 0) // PAGE, min(last + 1, sentences - 1) // PAGE + 1))
    return sorted(found)
