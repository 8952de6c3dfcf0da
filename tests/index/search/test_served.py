"""The tables of a served index, in a real file of Milvus Lite and on its server."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from index.errors import ServedIndexError
from index.search.served import Row, Store
from index.served.address import Address
from tests.served import WITHOUT_EXTRA, free_port, milvus_lite_server

pytest.importorskip("pymilvus", reason=WITHOUT_EXTRA)

VECTORS = np.eye(4, dtype=np.float32)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(Address.parse(tmp_path / "a.db" / "one"), new=True)
    store.create(4, 10)
    yield store
    store.close()


def rows(generation: int = 1) -> list[Row]:
    return [
        Row(f"a{n // 2}/{n}", f"a{n // 2}", generation, VECTORS[n], {7: float(n), 2**32 - 3: 1.0}) for n in range(4)
    ]


def test_passages_are_found_by_vector_and_by_terms(store: Store) -> None:
    store.put_passages(rows())
    store.put_passages(rows())  # twice is once
    [by_vector] = store.search("vector", [VECTORS[2]], 10, 1)
    assert by_vector[0][0] == "a1/2" and len(by_vector) == 4
    assert by_vector[0][1] == pytest.approx(1) and (by_vector[0][2] == VECTORS[2]).all()
    first, second = store.search("terms", [{7: 2.0}, {2**32 - 3: 0.5}], 10, 1)
    assert [(id_, score) for id_, score, _ in first] == [("a1/3", 6.0), ("a1/2", 4.0), ("a0/1", 2.0)]
    assert [score for _, score, _ in second] == [0.5] * 4
    [within] = store.search("terms", [{7: 2.0}], 10, 1, ["a0"])
    assert [id_ for id_, *_ in within] == ["a0/1"]


def test_a_generation_that_is_not_there_yet_is_not_seen(store: Store) -> None:
    store.put_passages(rows()[:2])
    store.put_passages(rows(2)[2:])
    assert {id_ for id_, *_ in store.search("vector", [VECTORS[0]], 10, 1)[0]} == {"a0/0", "a0/1"}
    assert len(store.search("vector", [VECTORS[0]], 10, 2)[0]) == 4


def test_texts_of_any_length_are_kept_whole(store: Store) -> None:
    long = "äé𝄞x" * 50_000
    store.put_texts({"a0/body": long, "empty": ""}, "a0")
    store.put_passages(rows())
    assert store.texts(["a0/body", "empty", "none"]) == {"a0/body": long, "empty": ""}
    assert store.has(["a0/body", "none"]) == {"a0/body"} and store.articles() == {"a0", "a1"}
    assert store.names('article == "a0"') == ["a0/body", "empty"]
    store.put_texts({"a0/body": "short"}, "a0")
    assert store.texts(["a0/body"]) == {"a0/body": "short"}
    store.delete_texts(["empty"])
    assert not store.texts(["empty"])
    store.delete(["a0"])
    assert store.articles() == {"a1"} and not store.texts(["a0/body"])
    assert list(store.vectors(["a1/2", "a0/0"])) == ["a1/2"]


def test_what_was_written_is_there_when_it_is_opened_again(store: Store) -> None:
    store.put_passages(rows())
    store.put_texts({"manifest": "{}"})
    store.settle()
    store.close()
    again = Store(store.address)
    assert again.exists() and again.dimension() == 4 and again.texts(["manifest"]) == {"manifest": "{}"}
    assert len(again.search("terms", [{7: 1.0}], 9, 1)[0]) == 3
    assert again.drop() and not again.drop() and not again.exists()
    # The fixture closes one more.
    Store(store.address)


def test_a_file_is_opened_by_one_process(store: Store) -> None:
    asks = [sys.executable, "-m", "ui.cli.main", "index", "info", str(store.address)]
    said = subprocess.run(asks, capture_output=True, text=True, check=False)
    assert said.returncode == 2 and said.stdout == ""
    assert (
        "no other process has open: for several, start a Milvus server" in said.stderr and said.stderr.count("\n") == 1
    )


@pytest.mark.slow
def test_a_server_may_be_restarted(tmp_path: Path) -> None:
    port = free_port()
    with milvus_lite_server(tmp_path / "data", port) as uri:
        store = Store(Address.parse(f"{uri}/one"))
        store.create(4, 10)
        store.put_passages(rows())
    with pytest.raises(ServedIndexError, match="does not answer"):
        store.search("vector", [VECTORS[0]], 2, 1)
    with milvus_lite_server(tmp_path / "data", port):
        until, found = time.monotonic() + 60, 0
        while not found and time.monotonic() < until:
            # The connection is tried again after a second or two.
            with suppress(ServedIndexError):
                found = len(store.search("vector", [VECTORS[0]], 2, 1)[0])
            time.sleep(0.2)
        store.close()
    assert found == 2


def test_what_no_server_has_says_which_library_it_needs(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['pymilvus'] = None\n"
        "sys.argv = ['beleg', 'index', 'info', 'http://127.0.0.1:9/one']\n"
        "from ui.cli.main import main; main()"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert said.returncode == 2 and said.stderr.strip().endswith("install them: pip install 'beleg[cluster]'")
