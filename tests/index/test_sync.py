"""A folder and its index stay in step: what is new is read once, what is gone leaves, what a killed run did is kept."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from index import Article, ArticleError, Encoder, IndexFolderError, build_index, load_index, save_index
from index import sync as syncing
from index.atomic import files_below, sha256_of
from index.library import Library
from index.sync import Sync, Synced
from tests.shell import beleg, check_refused
from tests.small_set import LAKE, RIVER

HOUR = 3600
TEXTS = {
    "see.txt": LAKE,
    "fluss.md": RIVER.strip(),
    "brot.txt": "Das Brot kostet drei Euro.",
    "ofen.txt": "Der Ofen ist heiß.",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BELEG_CACHE", str(tmp_path / "cache"))
    for name, text in TEXTS.items():
        write(tmp_path / "documents" / name, text)
    return tmp_path / "documents"


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "index")


def write(path: Path, text: str, age: int = HOUR) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    os.utime(path, (time.time() - age,) * 2)


def follow(library: Library, folder: Path, encoder: Encoder) -> Synced:
    """Sync as the shell does, each time as a process of its own would."""
    sync = Sync(library, folder)
    plan = sync.plan()
    plan.check()
    return sync.run(plan, lambda: encoder)


def sources(library: Library, folder: Path) -> dict[str, str]:
    return {Path(one.source).relative_to(folder).as_posix(): one.text for one in load_index(library.place).articles}


def test_memory_does_not_change_what_is_written(library: Library, folder: Path, encoder: Encoder) -> None:
    follow(library, folder, encoder)
    small = Library(library.place.with_name("small"))
    syncing_small = Sync(small, folder)
    syncing_small.run(syncing_small.plan(), lambda: encoder, memory=1)
    made, expected = (
        {name: path.read_bytes() for name, path in files_below(one.place).items()} for one in (small, library)
    )
    assert made == expected and len(made) > 10


def test_only_what_is_new_is_read_and_the_index_is_as_the_folder(
    library: Library, folder: Path, encoder: Encoder
) -> None:
    first = follow(library, folder, encoder)
    assert first.read == 4 and first.index is not None
    assert sources(library, folder) == TEXTS
    write(folder / "see.txt", LAKE + " Er ist 251 Meter tief.")
    (folder / "fluss.md").rename(folder / "weser.md")
    (folder / "brot.txt").unlink()
    write(folder / "tief" / "berg.txt", "Der Berg ist 2962 Meter hoch.")
    plan = Sync(library, folder).plan()
    assert (plan.new, plan.changed, plan.moved) == (("tief/berg.txt",), ("see.txt",), (("fluss.md", "weser.md"),))
    assert plan.deleted == ("brot.txt",) and plan.unchanged == 1
    second = follow(library, folder, encoder)
    assert second.read == 2 and second.encoded == 3 + 1 + 1 + 1
    now = {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in folder.rglob("*.*")}
    assert sources(library, folder) == now
    assert follow(library, folder, encoder) == Synced(), "nothing is opened where nothing has changed"


def test_a_file_that_was_written_again_within_a_tick_of_the_clock_is_noticed(
    library: Library, folder: Path, encoder: Encoder
) -> None:
    write(folder / "see.txt", "Der See ist 10 Meter tief.", age=0)
    follow(library, folder, encoder)
    moment = (folder / "see.txt").stat().st_mtime_ns
    (folder / "see.txt").write_text("Der See ist 99 Meter tief.", encoding="utf-8")
    os.utime(folder / "see.txt", ns=(moment, moment))
    follow(library, folder, encoder)
    assert "99 Meter" in sources(library, folder)["see.txt"]


def test_the_same_text_in_other_bytes_is_not_encoded_and_its_sum_is_the_files(
    library: Library, folder: Path, encoder: Encoder
) -> None:
    follow(library, folder, encoder)
    write(folder / "ofen.txt", "\ufeff" + TEXTS["ofen.txt"], age=HOUR // 2)
    second = follow(library, folder, encoder)
    assert (second.read, second.encoded) == (1, 0)
    [oven] = [one for one in load_index(library.place).articles if one.source.endswith("ofen.txt")]
    assert oven.source_sha256 == sha256_of(folder / "ofen.txt")


def test_a_bad_file_is_named_and_what_it_was_before_stays(library: Library, folder: Path, encoder: Encoder) -> None:
    follow(library, folder, encoder)
    write(folder / "see.txt", "")
    write(folder / "bild.txt", "\0\0\1")
    done = follow(library, folder, encoder)
    assert {name for name in ("see.txt", "bild.txt") for one in done.faults if name in str(one)} == {
        "see.txt",
        "bild.txt",
    }
    assert sources(library, folder) == TEXTS
    write(folder / "see.txt", "Der See ist tief.", age=10)
    assert follow(library, folder, encoder).read == 2 and "tief" in sources(library, folder)["see.txt"]


def test_more_than_half_does_not_go_unasked_and_nothing_of_a_folder_that_is_gone(
    library: Library, folder: Path, encoder: Encoder
) -> None:
    follow(library, folder, encoder)
    for name in ("see.txt", "fluss.md", "brot.txt"):
        (folder / name).unlink()
    with pytest.raises(IndexFolderError, match="3 of 4 documents"):
        follow(library, folder, encoder)
    assert sources(library, folder) == TEXTS
    folder.rename(folder.with_name("elsewhere"))
    with pytest.raises(ArticleError, match="does not exist"):
        Sync(library, folder).plan()


def test_a_run_that_was_stopped_is_gone_on_with(
    library: Library, folder: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(syncing, "BATCH_CHARACTERS", 1)
    sync = Sync(library, folder)

    def stop(what: str, done: int, total: int) -> None:
        if what == "documents" and done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sync.run(sync.plan(), lambda: encoder, progress=stop)
    assert not library.place.exists()
    done = follow(library, folder, encoder)
    assert (done.read, done.resumed) == (2, 2) and sources(library, folder) == TEXTS


def test_an_index_that_was_built_is_taken_over_without_encoding(
    library: Library, folder: Path, encoder: Encoder
) -> None:
    foreign = Article.read("Das Haus ist alt.", source="https://example.org/haus")
    built = [Article.read(text, source=str(folder / name)) for name, text in TEXTS.items()]
    save_index(build_index([*built, foreign], encoder), library.place)
    (folder / "ofen.txt").unlink()
    plan = Sync(library, folder).plan()
    assert plan.deleted == ("ofen.txt",)
    assert follow(library, folder, encoder).encoded == 0
    kept = {one.source for one in load_index(library.place).articles}
    assert kept == {foreign.source, *(str(folder / name) for name in TEXTS if name != "ofen.txt")}


def test_what_users_keep_name_and_remove_outlives_the_next_sync(
    library: Library, folder: Path, encoder: Encoder
) -> None:
    follow(library, folder, encoder)
    (house,) = build_index([Article.read("Das Haus ist alt.", title="Haus")], encoder).articles
    library.keep(build_index([house], encoder))
    ids = {Path(one.source).name: one.id for one in load_index(library.place).articles}
    library.rename(ids["see.txt"], " Der  Bodensee ")
    _, removed = library.remove(ids["brot.txt"])
    write(folder / "see.txt", LAKE + " Er ist tief.", age=10)
    follow(library, folder, encoder)
    titles = {one.title for one in load_index(library.place).articles}
    assert titles >= {"Haus", "Der Bodensee"} and len(titles) == 4, "the removed one is not read again"
    library.put_back(removed)
    assert len(load_index(library.place).articles) == 5
    assert Sync(library, folder).plan().does_nothing
    with pytest.raises(ArticleError, match="letters"):
        library.rename(house.id, "…")


def test_the_shell_says_what_it_does(folder: Path, library: Library, tmp_path: Path) -> None:
    ours = {"BELEG_CACHE": os.environ.get("BELEG_CACHE", "")}
    write(folder / "kaputt.pdf", "%PDF-1.7")
    run = beleg("index", "sync", folder, "--out", library.place, "--dry-run", **ours)
    assert run.returncode == 0 and "new      see.txt" in run.stdout and not library.place.exists()
    check_refused(beleg("index", "sync", tmp_path / "none", "--out", library.place, **ours), "does not exist")
