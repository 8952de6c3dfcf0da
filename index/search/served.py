"""The tables of a served index on a Milvus server, or in a file of Milvus Lite: the only importer of pymilvus.

Two collections keep an index: NAME has the passages (vector, sparse vector of terms), NAME_texts has everything else as
text, in parts that the server takes. A row is named by what it is of, so writing it twice is writing it once.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from index.errors import ExtraError, ServedIndexError
from index.models.encoder import FloatArray
from index.search.dense import APPROXIMATE_FROM
from index.served.address import TOKEN_VARIABLE, Address

# Bytes of a text field that a server takes are 65,535.
_PART = 60_000
# Rows of one request: of passages some 10 kB each, of texts up to _PART.
_PASSAGES, _TEXTS = 200, 100
# Seconds until a server must have answered.
_CONNECT, _ANSWER = 10.0, 60.0
# Most passages that a server finds for one question.
_MOST = 16_384
# Milvus's own number of this error.
_NOT_LOADED = 101
# Of passages that an approximate search compares, HNSW's own numbers (Malkov & Yashunin 2016, arXiv 1603.09320).
_LINKS, _BUILDING, _SEARCHING = 16, 200, 400

# How many stores of this process have each server open: a file of Milvus Lite is closed with the last.
_open: Counter[str] = Counter()
_opening = threading.Lock()


@dataclass(frozen=True, slots=True)
class Row:
    """A passage as it is put there.

    Attributes:
        id: the article's key, "/" and the passage's number.
        vector: shape (dimension,).
        terms: the sparse vector.
    """

    id: str
    article: str
    generation: int
    vector: FloatArray
    terms: Mapping[int, float]


class Store:
    """The tables of one served index.

    Args:
        address: where they are. The server is asked at once.
        new: whether a file of Milvus Lite need not be there yet.

    Raises:
        ExtraError: pymilvus, or for a file Milvus Lite, is not installed.
        ServedIndexError: the server cannot be reached, or refuses.
    """

    def __init__(self, address: Address, *, new: bool = False) -> None:
        try:
            import pymilvus
        except ImportError as error:
            raise _not_installed("pymilvus") from error
        # It logs each error with its stack, also those that are raised.
        logging.getLogger("pymilvus").setLevel(logging.CRITICAL)
        if address.is_file:
            # The same of its server, which is in this process: it lacks a method that pymilvus can do without.
            for name in ("milvus_lite", "grpc._server"):
                logging.getLogger(name).setLevel(logging.CRITICAL)
        self.address = address
        self._milvus: Any = pymilvus
        self._is_loaded = False
        self._passages, self._texts = address.name, f"{address.name}_texts"
        if address.is_file and not new and not Path(address.uri).exists():
            raise no_index(address)
        with _opening, self._asking():
            self._client: Any = pymilvus.MilvusClient(
                uri=address.uri, token=address.token, db_name=address.database, timeout=_CONNECT
            )
            _open[address.uri] += 1

    def close(self) -> None:
        """Let the server go; a file of Milvus Lite can then be opened by another process."""
        self._client.close()
        with _opening:
            _open[self.address.uri] -= 1
            if self.address.is_file and not _open[self.address.uri]:
                from milvus_lite.server_manager import server_manager_instance

                server_manager_instance.release_server(self.address.uri)

    def exists(self) -> bool:
        """Return whether there are both collections."""
        with self._asking():
            return all(bool(self._client.has_collection(name)) for name in (self._passages, self._texts))

    def dimension(self) -> int:
        """Return the dimension of the vectors of the passages that are there; 0 where there are none."""
        with self._asking():
            if not self._client.has_collection(self._passages):
                return 0
            described = self._client.describe_collection(self._passages)
        sizes = [one["params"].get("dim", 0) for one in described["fields"] if one["name"] == "vector"]
        return int(sizes[0]) if sizes else 0

    def create(self, dimension: int, passages: int) -> None:
        """Make the collections that are not there.

        Args:
            dimension: of the passages' vectors.
            passages: about how many there will be: of many, not every one is compared.
        """
        milvus, kinds = self._milvus, self._milvus.DataType
        with self._asking():
            if not self._client.has_collection(self._passages):
                schema = milvus.MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
                schema.add_field("id", kinds.VARCHAR, is_primary=True, max_length=64)
                schema.add_field("article", kinds.VARCHAR, max_length=32)
                schema.add_field("generation", kinds.INT64)
                schema.add_field("vector", kinds.FLOAT_VECTOR, dim=dimension)
                schema.add_field("terms", kinds.SPARSE_FLOAT_VECTOR)
                indexes = self._client.prepare_index_params()
                if passages < APPROXIMATE_FROM:
                    indexes.add_index("vector", index_type="FLAT", metric_type="IP")
                else:
                    built = {"M": _LINKS, "efConstruction": _BUILDING}
                    indexes.add_index("vector", index_type="HNSW", metric_type="IP", params=built)
                indexes.add_index("terms", index_type="SPARSE_INVERTED_INDEX", metric_type="IP")
                indexes.add_index("article", index_type="INVERTED")
                self._make(self._passages, schema, indexes)
            if not self._client.has_collection(self._texts):
                schema = milvus.MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
                schema.add_field("id", kinds.VARCHAR, is_primary=True, max_length=128)
                schema.add_field("article", kinds.VARCHAR, max_length=32)
                schema.add_field("part", kinds.INT64)
                schema.add_field("parts", kinds.INT64)
                # Read by few questions: it stays on the server's disk.
                schema.add_field("text", kinds.VARCHAR, max_length=65_535, mmap_enabled=True)
                # A collection must have a vector.
                schema.add_field("nothing", kinds.FLOAT_VECTOR, dim=2)
                indexes = self._client.prepare_index_params()
                indexes.add_index("nothing", index_type="FLAT", metric_type="IP")
                indexes.add_index("article", index_type="INVERTED")
                self._make(self._texts, schema, indexes)

    def _make(self, name: str, schema: Any, indexes: Any) -> None:
        # Strong: who asks after a build has ended sees what it has written.
        self._client.create_collection(name, schema=schema, index_params=indexes, consistency_level="Strong")

    def drop(self) -> bool:
        """Remove the collections that are there; return whether there was one."""
        with self._asking():
            found = [name for name in (self._texts, self._passages) if self._client.has_collection(name)]
            for name in found:
                self._client.drop_collection(name)
        self._is_loaded = False
        return bool(found)

    def put_passages(self, rows: Sequence[Row]) -> None:
        """Write passages; those that are there are replaced."""
        for some in _batches(rows, _PASSAGES):
            plain = [
                {
                    "id": one.id,
                    "article": one.article,
                    "generation": one.generation,
                    "vector": one.vector.astype(np.float32),
                    "terms": dict(one.terms),
                }
                for one in some
            ]
            with self._asking():
                self._client.upsert(self._passages, plain)

    def put_texts(self, texts: Mapping[str, str], article: str = "") -> None:
        """Write texts of any length by their names; those that are there are replaced.

        Args:
            article: the key of the article that they are of; "" for none.
        """
        rows = []
        for name, text in texts.items():
            parts = [text[at : at + _PART] for at in range(0, len(text), _PART)] or [""]
            same = {"article": article, "parts": len(parts), "nothing": [0.0, 0.0]}
            rows += [{"id": f"{name}/{n}", "part": n, "text": part, **same} for n, part in enumerate(parts)]
        for some in _batches(rows, _TEXTS):
            with self._asking():
                self._client.upsert(self._texts, some)

    def texts(self, names: Iterable[str]) -> dict[str, str]:
        """Return the texts of some names; without those that are not there, or not whole."""
        found: dict[str, dict[int, str]] = {}
        parts: dict[str, int] = {}

        def take(ids: Sequence[str]) -> None:
            for some in _batches(ids, _TEXTS):
                for row in self._query(self._texts, _among("id", some), ["id", "part", "parts", "text"]):
                    name = row["id"].rpartition("/")[0]
                    found.setdefault(name, {})[int(row["part"])] = row["text"]
                    parts[name] = int(row["parts"])

        take([f"{name}/0" for name in names])
        take([f"{name}/{part}" for name, count in parts.items() for part in range(1, count)])
        return {
            name: "".join(held[part] for part in range(parts[name]))
            for name, held in found.items()
            if held.keys() >= set(range(parts[name]))
        }

    def names(self, expression: str) -> list[str]:
        """Return the names of texts whose first part an expression is true of, however many."""
        rows = self._all(self._texts, f"part == 0 and ({expression})", ["id"])
        return sorted(row["id"].rpartition("/")[0] for row in rows)

    def articles(self) -> set[str]:
        """Return the keys of all articles that passages or texts are of, with those that a killed build left."""
        return {
            row["article"]
            for name, expression in ((self._passages, 'article != ""'), (self._texts, 'part == 0 and article != ""'))
            for row in self._all(name, expression, ["article"])
        }

    def has(self, names: Sequence[str]) -> set[str]:
        """Return those of some names of texts that are there, whole."""
        parts: dict[str, int] = {}
        for some in _batches([f"{name}/0" for name in names], _PASSAGES):
            for row in self._query(self._texts, _among("id", some), ["id", "parts"]):
                parts[row["id"].rpartition("/")[0]] = int(row["parts"])
        wanted = {f"{name}/{count - 1}": name for name, count in parts.items()}
        return {
            wanted[row["id"]]
            for some in _batches(wanted, _PASSAGES)
            for row in self._query(self._texts, _among("id", some), ["id"])
        }

    def vectors(self, ids: Sequence[str]) -> dict[str, FloatArray]:
        """Return the vectors of some passages by their ids."""
        rows = (
            row
            for some in _batches(ids, _PASSAGES)
            for row in self._query(self._passages, _among("id", some), ["id", "vector"])
        )
        return {row["id"]: np.asarray(row["vector"], np.float32) for row in rows}

    def search(
        self,
        field: str,
        questions: Sequence[FloatArray | Mapping[int, float]],
        k: int,
        generation: int,
        articles: Sequence[str] | None = None,
    ) -> list[list[tuple[str, float, FloatArray]]]:
        """Return, for each question, (id, inner product, vector) of the k best passages, best first.

        Args:
            field: "vector" or "terms".
            questions: vectors of shape (dimension,), or sparse ones, which must not be empty.
            generation: passages that were put there later are not seen.
            articles: the keys of those that are searched; None for all.
        """
        expression = f"generation <= {generation}"
        if articles is not None:
            expression += f" and {_among('article', articles)}"
        params = {"ef": max(_SEARCHING, k)} if field == "vector" else {}
        found = self._read(
            "search",
            self._passages,
            data=[one if isinstance(one, np.ndarray) else dict(one) for one in questions],
            anns_field=field,
            limit=min(k, _MOST),
            filter=expression,
            output_fields=["vector"],
            search_params={"metric_type": "IP", "params": params},
        )
        return [
            [
                (str(hit["id"]), float(hit["distance"]), np.asarray(hit["entity"]["vector"], np.float32))
                for hit in of_one
            ]
            for of_one in found
        ]

    def delete(self, articles: Sequence[str]) -> None:
        """Remove the passages and texts of articles."""
        for some in _batches(articles, _TEXTS):
            with self._asking():
                for name in (self._passages, self._texts):
                    self._client.delete(name, filter=_among("article", some))

    def delete_texts(self, names: Sequence[str]) -> None:
        """Remove texts by their names."""
        ids = [f"{name}/0" for name in names]
        more: list[str] = []
        for some in _batches(ids, _TEXTS):
            for row in self._query(self._texts, _among("id", some), ["id", "parts"]):
                more += [f"{row['id'].rpartition('/')[0]}/{part}" for part in range(1, int(row["parts"]))]
        for some in _batches([*more, *ids], _TEXTS):
            with self._asking():
                self._client.delete(self._texts, filter=_among("id", some))

    def settle(self) -> None:
        """Have the server write what it holds, so that searches use their indexes. It allows that every 10 seconds."""
        with self._asking():
            for name in (self._passages, self._texts):
                self._client.flush(name)

    def _load(self) -> None:
        if not self.exists():
            raise no_index(self.address)
        with self._asking():
            for name in (self._passages, self._texts):
                self._client.load_collection(name)
        self._is_loaded = True

    def _read(self, what: str, name: str, **asked: Any) -> Any:
        """Search or query a collection, which a file, or a server that was restarted, may have let go: it is loaded."""
        if not self._is_loaded:
            self._load()
        with self._asking():
            try:
                return getattr(self._client, what)(name, timeout=_ANSWER, **asked)
            except self._milvus.MilvusException as error:
                if error.code != _NOT_LOADED:
                    raise
        self._load()
        with self._asking():
            return getattr(self._client, what)(name, timeout=_ANSWER, **asked)

    def _query(self, name: str, expression: str, fields: Sequence[str]) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self._read("query", name, filter=expression, output_fields=list(fields))
        return rows

    def _all(self, name: str, expression: str, fields: Sequence[str]) -> Iterator[dict[str, Any]]:
        if not self._is_loaded:
            self._load()
        with self._asking():
            pages = self._client.query_iterator(name, batch_size=4096, filter=expression, output_fields=list(fields))
            while rows := pages.next():
                yield from rows
            pages.close()

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Turn what pymilvus raises into one error that says what to do."""
        try:
            yield
        except (self._milvus.MilvusException, ConnectionError, TimeoutError) as error:
            raise self._error(error) from error

    def _error(self, error: Exception) -> ServedIndexError | ExtraError:
        address, reason = self.address, " ".join(str(getattr(error, "message", "") or error).split())[:300]
        if "milvus-lite is required" in reason:
            return _not_installed("milvus-lite")
        if "Open local milvus failed" in reason:
            return ServedIndexError(
                f"the file {address.uri} of Milvus Lite cannot be opened. Expected one in a folder that is there, that "
                "no other process has open: for several, start a Milvus server.",
                "served-file",
                uri=address.uri,
            )
        if "server unavailable" in reason or "Fail connecting" in reason or "Deadline" in reason:
            return ServedIndexError(
                f"the Milvus server {address.uri} does not answer. Expected one there: start it, or mend the address.",
                "served-unreachable",
                uri=address.uri,
            )
        if "auth" in reason.lower() or "permission" in reason.lower():
            return ServedIndexError(
                f"the Milvus server {address.uri} does not let in whom {TOKEN_VARIABLE} names: {reason}. Expected "
                "USER:PASSWORD or a token there.",
                "served-refused",
                uri=address.uri,
                variable=TOKEN_VARIABLE,
                reason=reason,
            )
        return ServedIndexError(
            f"the Milvus server of {address} refuses: {reason}. Look at its log, or build the index anew: "
            f"beleg index build FILE… --to {address} --replace",
            "served-failed",
            index=address,
            reason=reason,
        )


def no_index(address: Address) -> ServedIndexError:
    """Return the error of an index that is not there, or of which no build has ended."""
    return ServedIndexError(
        f"there is no index {address}, or its first build has not ended. Expected one; build it, or go on with that: "
        f"beleg index build FILE… --to {address}",
        "served-missing",
        index=address,
    )


def _batches(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    batch: list[Any] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _among(field: str, names: Sequence[str]) -> str:
    """Return the expression that a field is one of some names, which are ours and have no quotes in them."""
    return f"{field} in {list(names)}"


def _not_installed(what: str) -> ExtraError:
    return ExtraError(
        f"{what} is not installed. Expected the libraries that a served index needs; "
        "install them: pip install 'beleg[cluster]'",
        "milvus-not-installed",
        what=what,
    )
