"""An index that is written as it comes is the one that is made in memory, whatever little memory it is given."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import bm25s
import numpy as np
import pytest

from index import (
    Article,
    EmbeddedEncoder,
    Index,
    IndexFolderError,
    build_index,
    bundled_article,
    load_index,
    save_index,
)
from index.build import join_articles
from index.folder import reserved
from index.index import PartOfIndex
from index.search.forward import Bags
from index.search.postings_writer import PostingsWriter
from index.search.vocabulary import Vocabulary
from index.search.word_counts import WordCounts
from index.settings import IndexSettings
from tests.small_set import BREAD, LAKE, RIVER, TOWER

ARTICLES = [bundled_article(), BREAD, TOWER, Article.read(LAKE, title="See"), Article.read(RIVER, title="Fluss")]


@pytest.fixture(scope="module")
def parts(encoder: EmbeddedEncoder) -> list[Index]:
    return [build_index(ARTICLES[:2], encoder), build_index(ARTICLES[2:], encoder)]


def sums(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("memory", [0, 20_000, 10_000_000])
def test_what_is_joined_in_a_folder_is_what_is_joined_in_memory(
    parts: list[Index], tmp_path: Path, memory: int
) -> None:
    # Not in the order of either, and not all of them.
    chosen: list[tuple[Index | PartOfIndex, list[int]]] = [(parts[1], [2, 0]), (parts[0], [1]), (parts[1], [1])]
    save_index(join_articles(chosen), tmp_path / "memory")
    with reserved(tmp_path / "folder") as save:
        made = save.join(chosen, memory=memory)
        save(made)
    assert sums(tmp_path / "folder") == sums(tmp_path / "memory")
    # What was made goes on being used, mapped from where it stands now.
    assert made.articles == (ARTICLES[4], ARTICLES[2], ARTICLES[1], ARTICLES[3])
    assert np.array_equal(made.sentences, load_index(tmp_path / "folder").sentences)


def test_postings_are_those_of_bm25s_bit_for_bit(tmp_path: Path) -> None:
    draw, settings = random.Random(1), IndexSettings()
    # Rare terms, common ones, and texts without any.
    texts = [[int(draw.paretovariate(0.6)) % 500 + 1 for _ in range(draw.randint(0, 60))] for _ in range(400)]
    whole = bm25s.BM25(k1=settings.bm25_k1, b=settings.bm25_b)
    vocabulary = {str(number): number for number in range(502)}
    whole.index(([text or [0] for text in texts], vocabulary), create_empty_token=False, show_progress=False)
    for number, memory in enumerate((0, 30_000)):
        writer = PostingsWriter(settings, tmp_path / str(number), memory)
        for first in range(0, 400, 7):
            writer.add(Bags.of_lists(texts[first : first + 7]))
        made = writer.done(len(vocabulary))
        assert len(made) == 400
        for name in ("data", "indices", "indptr"):
            found, expected = getattr(made, name), whole.scores[name]
            assert found.dtype == expected.dtype and np.array_equal(found, expected), name
        assert sorted(path.name for path in (tmp_path / str(number)).iterdir()) == [
            "data.npy",
            "indices.npy",
        ]


def test_words_that_were_put_aside_are_counted_as_those_in_memory(tmp_path: Path) -> None:
    sentences = [
        "Die Brücke ist schön, schon 1.250 m lang und 1250 m breit.",
        "Schön war die Brucke am 3. Mai 2019; die Donau-Brücke kostet 3,5 Millionen.",
        "„Brücke“ heißt auf Ελληνικά γέφυρα, 戴维营 nicht.",
        "Am 03.05.2019 kam X2000 und die Brücke, 1 250 m, BRÜCKE.",
    ] * 3
    in_memory = Vocabulary.build(sentences)
    counts = WordCounts(tmp_path / "words", 3000)
    for sentence in sentences:
        counts.add(sentence)
    assert (tmp_path / "words").exists()
    aside = Vocabulary.of(counts, tmp_path / "vocabulary")
    assert not (tmp_path / "words").exists()
    in_memory.save(tmp_path / "other")
    assert sums(tmp_path / "vocabulary") == sums(tmp_path / "other")
    assert aside.form(aside.row("brucke") or 0) == "Brücke"


def test_what_cannot_be_written_leaves_the_index_that_was_there(parts: list[Index], tmp_path: Path) -> None:
    save_index(parts[0], tmp_path / "index")
    before = sums(tmp_path / "index")
    with reserved(tmp_path / "index") as save:
        # A file stands where a folder is to be made.
        (save.scratch / "passage_terms").write_bytes(b"")
        with pytest.raises(IndexFolderError, match="cannot write the index"):
            save.join([(parts[1], range(2))])
    assert sums(tmp_path / "index") == before
    assert [path.name for path in tmp_path.iterdir()] == ["index"]
