from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from index.models.encoder import FloatArray
from index.search import dense
from index.search.dense import DenseIndex, VectorsWriter


@pytest.fixture(scope="module")
def vectors() -> FloatArray:
    """4,000 vectors around 40 centres, as texts lie around subjects."""
    draw = np.random.default_rng(1)
    centres = draw.standard_normal((40, 64), np.float32)
    found = centres[draw.integers(0, 40, 4000)] + draw.standard_normal((4000, 64), np.float32)
    unit: FloatArray = found / np.linalg.norm(found, axis=1, keepdims=True)
    return unit


@pytest.fixture(params=[False, True], ids=["exact", "approximate"])
def is_approximate(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setattr(dense, "APPROXIMATE_FROM", 1000 if request.param else 10_000)
    return bool(request.param)


def test_the_best_are_found_best_first(vectors: FloatArray, is_approximate: bool) -> None:
    index, found = DenseIndex.build(vectors), 0
    for question in vectors[::100]:
        scores, rows = index.search(question, 10)
        assert len(rows) == 10 and (np.diff(scores) <= 0).all()
        assert np.allclose(scores, vectors[rows] @ question, atol=1e-3)
        found += len({*rows.tolist()} & {*np.argsort(-(vectors @ question))[:10].tolist()})
    assert found == 400 if not is_approximate else found >= 0.9 * 400


@pytest.mark.usefixtures("is_approximate")
def test_it_is_mapped_from_the_disk_as_it_was_written(vectors: FloatArray, tmp_path: Path) -> None:
    index = DenseIndex.build(vectors)
    index.save(tmp_path / "x.faiss")
    loaded = DenseIndex.load(tmp_path / "x.faiss")
    assert (len(loaded), loaded.dimension) == vectors.shape
    rows = np.asarray([3999, 0, 17])
    assert np.allclose(loaded.vectors(rows), vectors[rows], atol=1e-3)
    for one, other in zip(loaded.search(vectors[5], 20), index.search(vectors[5], 20), strict=True):
        assert np.array_equal(one, other)


def test_an_approximate_index_is_the_same_on_every_run(vectors: FloatArray, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dense, "APPROXIMATE_FROM", 1000)
    one, other = (DenseIndex.build(vectors).search(vectors[9], 50)[1] for _ in range(2))
    assert np.array_equal(one, other)
    exact = DenseIndex.build(vectors, exact=True).search(vectors[9], 50)[1]
    assert np.array_equal(exact, np.argsort(-(vectors @ vectors[9]), kind="stable")[:50])


def test_vectors_that_come_in_parts_are_written_aside(
    vectors: FloatArray, tmp_path: Path, is_approximate: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dense, "_ADDED", 1500)
    DenseIndex.build(vectors).save(tmp_path / "memory")
    writer = VectorsWriter(tmp_path / "aside")
    for first in range(0, len(vectors), 700):
        writer.add(vectors[first : first + 700])
    writer.done().save(tmp_path / "parts")
    assert (tmp_path / "parts").read_bytes() == (tmp_path / "memory").read_bytes()
    assert not (tmp_path / "aside").exists()


def test_what_is_no_index_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.faiss").write_bytes(b"no index at all")
    with pytest.raises(RuntimeError):
        DenseIndex.load(tmp_path / "x.faiss")
