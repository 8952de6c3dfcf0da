"""Index folders: what was saved is what is loaded, and nothing else is."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index import (
    Article,
    ArticleError,
    EmbeddedEncoder,
    Index,
    IndexFolderError,
    build_index,
    bundled_article,
    cache,
    load_index,
    save_index,
    stored,
)
from index import folder as index_folder
from index.cache import cached_index
from index.folder import reserved
from index.manifest import read_manifest
from index.settings import IndexSettings
from tests.shell import beleg, check_refused

SECOND = "Brot backt man im Ofen. Der Teig ruht eine Stunde. Danach kommt er in den Ofen."


@pytest.fixture(scope="module")
def index(encoder: EmbeddedEncoder) -> Index:
    return build_index([bundled_article(), Article.read(SECOND, title="Brot")], encoder)


@pytest.fixture
def folder(index: Index, tmp_path: Path) -> Path:
    save_index(index, tmp_path / "index")
    return tmp_path / "index"


def test_the_spans_of_an_index_are_the_articles_own_text(index: Index) -> None:
    for row, article in enumerate(index.articles):
        for sentence in index.sentences_of(row):
            text = article.text[sentence.span.start : sentence.span.end]
            assert text and text == text.strip()
    rows = {row for _, first, last in index.passages for row in range(first, last + 1)}
    assert rows == set(range(len(index.sentences)))
    for article_row, first, last in index.passages:
        assert (index.sentences[first : last + 1, 0] == article_row).all()


def test_the_same_text_twice_is_one_article(encoder: EmbeddedEncoder) -> None:
    assert len(build_index([Article.read(SECOND), Article.read(SECOND, title="Noch einmal")], encoder).articles) == 1
    with pytest.raises(ArticleError, match="no article"):
        build_index([], encoder)


def test_what_was_saved_is_loaded(index: Index, folder: Path) -> None:
    loaded = load_index(folder)
    assert loaded.articles == index.articles and loaded.settings == index.settings
    for name in ("sentences", "passages", "sentence_vectors", "context_vectors"):
        assert np.array_equal(getattr(loaded, name), getattr(index, name))
    vector = np.asarray(index.sentence_vectors[3], np.float32)
    for found, expected in zip(
        loaded.passage_vectors.search(vector, 5), index.passage_vectors.search(vector, 5), strict=True
    ):
        assert np.array_equal(found, expected)
    rows = np.arange(len(index.sentences))
    for one, other in (
        (loaded.sentence_stems, index.sentence_stems),
        (loaded.sentence_ngrams, index.sentence_ngrams),
    ):
        assert np.array_equal(
            one.coverage([1, 7], 1, rows, index.settings), other.coverage([1, 7], 1, rows, index.settings)
        )


def test_two_builds_write_the_same_bytes(encoder: EmbeddedEncoder, tmp_path: Path) -> None:
    written = []
    for name in ("one", "two"):
        save_index(build_index([Article.read(SECOND)], encoder), tmp_path / name)
        written.append(json.loads((tmp_path / name / "manifest.json").read_text())["files"])
    assert written[0] == written[1]


def test_nothing_in_a_folder_is_pickled(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.suffix == ".npy":
            np.load(path, allow_pickle=False)
        elif path.is_file():
            assert path.suffix in (".json", ".jsonl", ".faiss"), path


def every_file(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_any_file_missing_cut_or_altered_is_refused(index: Index, folder: Path, tmp_path: Path) -> None:
    for name in every_file(folder):
        for damage in ("missing", "cut", "altered", "empty"):
            shutil.rmtree(tmp_path / "copy", ignore_errors=True)
            shutil.copytree(folder, tmp_path / "copy")
            path = tmp_path / "copy" / name
            content = path.read_bytes()
            if damage == "missing":
                path.unlink()
            elif damage == "cut":
                path.write_bytes(content[: len(content) // 2])
            elif damage == "empty":
                path.write_bytes(b"")
            else:
                middle = len(content) // 2
                path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
            with pytest.raises(IndexFolderError, match="beleg index build") as error:
                load_index(tmp_path / "copy")
            assert "\n" not in str(error.value)


def test_of_what_is_mapped_large_files_are_checked_when_asked_for(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_folder, "SMALL", 100)
    for name in ("sentence_vectors.npy", "passages.faiss", "articles.jsonl"):
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[:-9] + bytes([content[-9] ^ 1]) + content[-8:])
        opened = load_index(folder)
        assert [one.title for one in opened.articles][1] == "Brot"
        if name == "articles.jsonl":
            with pytest.raises(IndexFolderError, match=r"article 2 of articles.jsonl .* beleg index build"):
                opened.sentence_text(len(opened.sentences) - 1)
        with pytest.raises(IndexFolderError, match=f"{name} is not as it was written"):
            load_index(folder, verify=True)
        (folder / name).write_bytes(content[:-9])
        with pytest.raises(IndexFolderError, match=f"{name} is not as it was written"):
            load_index(folder)
        (folder / name).write_bytes(content)
    load_index(folder, verify=True)


@pytest.mark.parametrize(
    "change",
    [
        {"version": 99},
        {"format": "other"},
        {"files": None},
        {"files": {}},
        {"settings": {"new": 1}},
        {"splitter": "rules 0"},
    ],
)
def test_a_foreign_manifest_is_refused(folder: Path, change: dict[str, object]) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, **change}))
    with pytest.raises(IndexFolderError, match="beleg index build"):
        load_index(folder)


def test_no_folder_and_a_file_in_its_place(tmp_path: Path) -> None:
    with pytest.raises(IndexFolderError, match="does not exist"):
        load_index(tmp_path / "none")
    (tmp_path / "file").write_text("x")
    with pytest.raises(IndexFolderError, match="is a file"):
        load_index(tmp_path / "file")


def test_another_folder_is_never_replaced_and_an_index_is(index: Index, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_text("mine")
    with pytest.raises(IndexFolderError, match="not a Beleg index"):
        save_index(index, tmp_path / "photos")
    assert (tmp_path / "photos" / "a.jpg").read_text() == "mine"
    save_index(index, folder)
    load_index(folder)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index", "photos"]
    (tmp_path / "photos" / "manifest.json").write_text('{"name": "somebody else\'s"}')
    (folder / "notes.txt").write_text("mine too")
    for mixed in (tmp_path / "photos", folder):
        with pytest.raises(IndexFolderError, match="not a Beleg index"):
            save_index(index, mixed)
    assert (folder / "notes.txt").read_text() == "mine too"


def test_a_full_disk_leaves_what_was_there(index: Index, folder: Path) -> None:
    before = every_file(folder)
    code = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from index import load_index, save_index, IndexFolderError\n"
        "index = load_index(Path(sys.argv[1]))\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))\n"
        "try:\n"
        "    save_index(index, Path(sys.argv[1]))\n"
        "except IndexFolderError as error:\n"
        "    sys.exit(str(error))\n"
    )
    run = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True)
    assert run.returncode == 1 and "cannot write the index" in run.stderr, run.stderr
    assert every_file(folder) == before and list(folder.parent.iterdir()) == [folder]
    load_index(folder)


def test_killed_half_way_leaves_what_was_there(index: Index, folder: Path) -> None:
    code = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from index import load_index, save_index\n"
        "from index import folder as index_folder\n"
        "index = load_index(Path(sys.argv[1]))\n"
        "finish = index_folder._describe\n"
        "def slowly(*given):\n"
        "    print('half-way', flush=True)\n"
        "    time.sleep(60)\n"
        "    return finish(*given)\n"
        "index_folder._describe = slowly\n"
        "save_index(index, Path(sys.argv[1]))\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "half-way\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    load_index(folder)


@pytest.mark.slow
@pytest.mark.parametrize("option", [[], ["--without-exchange"]])
def test_killed_at_any_moment_an_index_stands_there_and_the_next_run_clears_up(option: list[str]) -> None:
    command = [sys.executable, "-m", "benchmarks.kills", "--points", "25", *option]
    run = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert run.returncode == 0 and "0 times no whole index" in run.stdout and "0 after a run" in run.stdout, run


def test_a_second_build_into_a_folder_is_refused_in_one_line(folder: Path) -> None:
    before = every_file(folder)
    with reserved(folder):
        check_refused(beleg("index", "build", "LICENSE", "--out", folder), "is being written by another process")
    assert every_file(folder) == before and list(folder.parent.iterdir()) == [folder]


def test_a_build_that_fails_leaves_nothing(tmp_path: Path) -> None:
    check_refused(beleg("index", "build", tmp_path / "none.txt", "--out", tmp_path / "a" / "b"), "does not exist")
    assert not list(tmp_path.iterdir())


def test_a_link_leads_to_the_index_before_and_after(index: Index, folder: Path, tmp_path: Path) -> None:
    link, open_end = tmp_path / "link", tmp_path / "open"
    link.symlink_to(folder)
    open_end.symlink_to(tmp_path / "new")
    for one in (link, open_end):
        save_index(index, one)
        assert one.is_symlink() and load_index(one).articles == index.articles
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index", "link", "new", "open"]


def test_no_altered_manifest_is_accepted(folder: Path) -> None:
    path = folder / "manifest.json"
    content = path.read_bytes()
    for place in range(len(content)):
        altered = bytearray(content)
        altered[place] ^= 1 << place % 8
        path.write_bytes(altered)
        with pytest.raises(IndexFolderError, match="beleg index build"):
            read_manifest(folder)
    path.write_bytes(content)
    read_manifest(folder)


def test_what_a_file_browser_left_is_ignored_and_a_stray_file_never_read(index: Index, folder: Path) -> None:
    (folder / ".DS_Store").write_bytes(b"x")
    save_index(index, folder)
    assert not (folder / ".DS_Store").exists()
    (folder / "passage_terms" / "other.npy").write_bytes(b"x")
    assert load_index(folder).articles == index.articles
    with pytest.raises(IndexFolderError, match="not a Beleg index"):
        save_index(index, folder)


def test_a_clock_that_was_ahead_costs_no_new_cache(
    encoder: EmbeddedEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BELEG_CACHE", str(tmp_path))
    monkeypatch.setattr(cache, "MAX_KEPT", 2)
    for name in ("one", "two"):
        (tmp_path / "indexes" / name).mkdir(parents=True)
        os.utime(tmp_path / "indexes" / name, (time.time() + 10**6,) * 2)
    (tmp_path / "indexes" / ".one.beleg-new").mkdir()
    cached_index([Article.read("Ein Satz.")], encoder, IndexSettings())
    [new] = {path.name for path in (tmp_path / "indexes").iterdir()} - {"one", "two"}
    cached_index([Article.read("Noch ein Satz.")], encoder, IndexSettings())
    kept = {path.name for path in (tmp_path / "indexes").iterdir()}
    assert new in kept and len(kept) == 2, "of those to come none is kept, nor what was left half made"


def test_the_cache_is_used_repaired_and_done_without(
    encoder: EmbeddedEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BELEG_CACHE", str(tmp_path))
    articles, settings = [Article.read(SECOND, title="Brot")], IndexSettings()
    steps: list[object] = []
    cached_index(articles, encoder, settings, lambda *step: steps.append(step))
    built = len(steps)
    cached_index(articles, encoder, settings, lambda *step: steps.append(step))
    assert 0 < built == len(steps), "the second time nothing was encoded"
    [kept] = (tmp_path / "indexes").iterdir()
    (kept / "articles.jsonl").write_text("damaged")
    assert cached_index(articles, encoder, settings, lambda *step: steps.append(step)).articles == tuple(articles)
    assert len(steps) == 2 * built
    load_index(kept)
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("BELEG_CACHE", str(tmp_path / "file"))
    assert cached_index(articles, encoder, settings).articles == tuple(articles)


def test_the_cache_forgets_the_oldest(
    encoder: EmbeddedEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BELEG_CACHE", str(tmp_path))
    monkeypatch.setattr(cache, "MAX_KEPT", 2)
    names = []
    for number in range(3):
        cached_index([Article.read(f"Satz Nummer {number}.")], encoder, IndexSettings())
        [new] = {path.name for path in (tmp_path / "indexes").iterdir()} - set(names)
        names.append(new)
        os.utime(tmp_path / "indexes" / new, (time.time() - 100 + number,) * 2)
    assert {path.name for path in (tmp_path / "indexes").iterdir()} == set(names[1:])


def test_an_articles_text_is_read_when_it_is_asked_for(
    index: Index, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = load_index(folder)
    first, second = loaded.articles
    assert (second.title, second.language, second.id) == ("Brot", "de", index.articles[1].id)
    assert "text" not in vars(second) and loaded.languages == index.languages and loaded.ids == index.ids
    assert loaded.language_and_beginning(1) == ("de", SECOND)
    kinds = [[loaded.kind(row, number) for number in range(len(one.blocks))] for row, one in enumerate(index.articles)]
    assert kinds == [[block.kind for block in one.blocks] for one in index.articles]
    assert [one.is_titled for one in loaded.articles] == [one.is_titled for one in index.articles]
    assert loaded.by_id[second.id] == index.articles[1] and list(loaded.by_id) == index.ids
    # An article is the same, hashed and replaced as any other, whether its text was read or not.
    assert loaded.articles[0] == index.articles[0] and index.articles[0] == loaded.articles[0]
    assert hash(first) == hash(index.articles[0]) and replace(second, title="x").text == SECOND
    assert loaded.articles[-1] == second and loaded.articles[:1] == (first,) and len(loaded.articles) == 2
    with pytest.raises(IndexError):
        loaded.articles[2]
    # Of those that were read, the last are kept.
    again = load_index(folder)
    monkeypatch.setattr(stored, "MOST_KEPT", len(SECOND))
    for row in (0, 1, 0, 1):
        assert again.articles[row].text == index.articles[row].text
    assert again.articles[1] is again.articles[1] and again.articles[0] is not again.articles[0]
