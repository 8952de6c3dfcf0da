"""An index that follows its folder: what a sync costs against the first build, and whether anything kills or misses it.

python -m benchmarks.sync cost [--files 1000]
python -m benchmarks.sync kills [--points 200] [--seed 2]
python -m benchmarks.sync watch [--seconds 600]

`cost`: a folder of short German files is indexed; then 10 of 1,000 are changed, 5 deleted and 5 moved, and it is synced
again, and again with nothing changed. Seconds, documents read and texts encoded, in one process with the model loaded.

`kills`: a folder is synced by processes that are killed at random moments of the time that a sync takes; between them
files change. After each, the index has to be whole, and as before or as the folder; after the last run, which is not
killed, as the folder. A chat that serves the index has to answer from what it holds, all the time. Each process begins
anew and loads the model before its time runs: a forked one does not have OpenVINO's threads.

`watch`: `beleg index sync --watch` runs while files are written, moved and deleted at random moments; in the end the
index has to be as the folder, and an assistant that follows it too. The exit status is 1 where anything is otherwise.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import httpx

from index import Article, Encoder, IndexFolderError, load_index
from index import sync as syncing
from index.library import Library
from index.manifest import read_manifest
from index.models.embedded_encoder import open_encoder
from index.sync import Sync, Synced
from rag import Assistant
from ui.web.server import launch

BELEG = str(Path(sys.executable).with_name("beleg"))
PLACES = "Aurich Bremen Celle Dresden Emden Fulda Goslar Hameln Jena Kassel Lingen Minden".split()
# Of the index that is killed and watched.
FILES = 40
# Between two kills.
CHANGES = 8
# After so many kills a question is asked.
ASKED_EACH = 10
# How long the last changes may take until they are in the index.
SECONDS_TO_SETTLE = 120


def text(number: int, rng: random.Random) -> str:
    place, metres = rng.choice(PLACES), rng.randrange(10, 500)
    return (
        f"Bericht {number}\n\nDer Turm Nummer {number} steht in {place} und ist {metres} Meter hoch. Er wurde "
        f"{rng.randrange(1600, 2020)} gebaut.\n\nIm Jahr kommen {rng.randrange(1000, 90000)} Besucher nach {place}.\n"
    )


def write(path: Path, content: str, *, age: float = 3600) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    os.utime(path, (time.time() - age,) * 2)


def fill(folder: Path, files: int, rng: random.Random) -> None:
    for number in range(files):
        write(folder / f"{number % 10}" / f"bericht-{number:04}.txt", text(number, rng))


def is_as_folder(place: Path, folder: Path) -> str:
    """Return in what an index differs from its folder; "" where in nothing."""
    want = {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8").strip() for path in folder.rglob("*.txt")
    }
    index = load_index(place)
    found = {Path(one.source).relative_to(folder).as_posix(): one.text.strip() for one in index.articles}
    known = {path for path, one in Library(place).record().documents.items() if not one.removed}
    missing = {path for path in want if want[path] not in found.values()}
    extra = {path for path, content in found.items() if content not in want.values()}
    return "" if not missing and not extra and known == set(want) else f"missing {missing}, too much {extra}"


def follow(place: Path, folder: Path, encoder: Encoder) -> tuple[Synced, float]:
    begun = time.perf_counter()
    sync = Sync(Library(place), folder)
    # After many runs that were killed, more than half of the documents may be others: as with --yes.
    return sync.run(sync.plan(), lambda: encoder), time.perf_counter() - begun


def cost(files: int) -> int:
    rng, encoder = random.Random(1), open_encoder()
    encoder.encode_passages(["Die ersten Wörter laden das Modell."])
    with tempfile.TemporaryDirectory() as made:
        folder, place = Path(made) / "documents", Path(made) / "index"
        fill(folder, files, rng)
        steps = [("first build", follow(place, folder, encoder))]
        every = sorted(folder.rglob("*.txt"))
        rng.shuffle(every)
        changed, deleted, moved = (max(1, files // 100), max(1, files // 200), max(1, files // 200))
        for path in every[:changed]:
            write(path, path.read_text(encoding="utf-8") + "\nEin Satz kam dazu.\n", age=60)
        for path in every[changed : changed + deleted]:
            path.unlink()
        for path in every[changed + deleted : changed + deleted + moved]:
            path.rename(path.with_name(f"anders-{path.name}"))
        steps.append((f"{changed} changed, {deleted} deleted, {moved} moved", follow(place, folder, encoder)))
        steps.append(("nothing changed", follow(place, folder, encoder)))
        wrong = is_as_folder(place, folder)
    first = steps[0][1]
    print(f"{files} files\n{'':40}{'seconds':>9}{'read':>7}{'encoded':>9}{'of the first':>14}")
    for name, (done, seconds) in steps:
        print(f"{name:40}{seconds:9.2f}{done.read:7}{done.encoded:9}{seconds / first[1]:14.1%}")
    print(wrong or "the index is as the folder")
    return bool(wrong)


def kills(points: int, seed: int) -> int:
    rng, encoder = random.Random(seed), open_encoder()
    with tempfile.TemporaryDirectory() as made:
        os.environ["BELEG_CACHE"] = _cache_beside(Path(made))
        folder, place = Path(made) / "documents", Path(made) / "index"
        fill(folder, FILES, rng)
        follow(place, folder, encoder)
        assistant = Assistant.from_index(place)
        server = launch(assistant, port=0, block=False, say=lambda line: None)
        number, whole = FILES, 0.0
        broken = wrong_answers = kept = as_folder = 0
        for point in range(points + 1):
            for _ in range(CHANGES):
                number += 1
                _change(folder, rng, number)
            if not point:
                # How long a sync of so many changes takes.
                whole = 1.2 * synced_until(place, folder, None)
                continue
            before = _digest(place)
            synced_until(place, folder, rng.random() * whole)
            try:
                index = load_index(place)
                if _digest(place) != before:
                    as_folder += 1
                    broken += bool(is_as_folder(place, folder))
                if point % ASKED_EACH == 0:
                    _until(lambda: _ids(assistant.articles) == _ids(index.articles), SECONDS_TO_SETTLE)  # noqa: B023
                    wrong_answers += not answered_from(server.url, index.articles)
            except IndexFolderError as error:
                print(error)
                broken += 1
            kept += any((Path(os.environ["BELEG_CACHE"]) / "parts").glob("*/*"))
        last, _ = follow(place, folder, encoder)
        wrong = is_as_folder(place, folder)
        _until(lambda: _ids(assistant.articles) == _ids(load_index(place).articles), SECONDS_TO_SETTLE)
        server.close()
        left = [one.name for one in Path(made).iterdir() if one.name not in ("documents", "index", "cache")]
    print(
        f"{points} kills within {whole:.1f} s of a sync: the index was new after {as_folder}, and neither as before nor"
    )
    print(f"as the folder after {broken}; what was encoded was kept after {kept}, and the last run took {last.resumed}")
    print(f"documents of it. Of {points // ASKED_EACH} questions {wrong_answers} were not answered from the index.")
    print(f"Left beside the index: {left}")
    print(wrong or "the index is as the folder")
    return bool(broken or wrong_answers or wrong or left)


def synced_until(place: Path, folder: Path, seconds: float | None) -> float:
    """Sync in a process of its own, killed so many seconds after it has the model; return how long it ran from then."""
    command = [sys.executable, "-m", "benchmarks.sync", "once", "--folder", str(folder), "--place", str(place)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        begun = time.perf_counter()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
        return time.perf_counter() - begun


def once(place: Path, folder: Path) -> int:
    syncing.BATCH_CHARACTERS = 300
    encoder = open_encoder()
    encoder.encode_passages(["Die ersten Wörter laden das Modell."])
    print("begun", flush=True)
    follow(place, folder, encoder)
    return 0


def answered_from(url: str, articles: Sequence[Article]) -> bool:
    """Ask a chat for the height of a tower, and return whether an article that it cites is one of these."""
    sent = {"question": f"Wie hoch ist der Turm Nummer {articles[0].text.split('Nummer ')[1].split()[0]}?"}
    answer = httpx.post(f"{url}api/ask", json=sent, timeout=60).raise_for_status().json()
    cited = {one["article_id"] for one in answer["citations"]}
    return bool(cited) and cited <= _ids(articles)


def _ids(articles: Sequence[Article]) -> set[str]:
    return {one.id for one in articles}


def _digest(place: Path) -> str:
    return str(read_manifest(place)["sum"])


def watch(seconds: float) -> int:
    rng = random.Random(3)
    with tempfile.TemporaryDirectory() as made:
        os.environ["BELEG_CACHE"] = _cache_beside(Path(made))
        folder, place = Path(made) / "documents", Path(made) / "index"
        fill(folder, FILES, rng)
        command = [BELEG, "index", "sync", str(folder), "--out", str(place), "--watch"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
            _until(place.exists, SECONDS_TO_SETTLE)
            assistant, changes, until = Assistant.from_index(place), 0, time.monotonic() + seconds
            while time.monotonic() < until:
                _change(folder, rng, FILES + changes, age=0)
                changes += 1
                time.sleep(rng.expovariate(0.5))
                assistant.refresh()
            begun = time.monotonic()
            _until(lambda: not is_as_folder(place, folder), SECONDS_TO_SETTLE)
            settled = time.monotonic() - begun
            process.send_signal(signal.SIGINT)
            said = process.communicate(timeout=60)[0]
        wrong = is_as_folder(place, folder)
        assistant.refresh()
        wrong = wrong or ("" if len(assistant.articles) == len(load_index(place).articles) else "the assistant is not")
    syncs = sum(" encoded" in line for line in said.splitlines())
    print(f"{seconds:.0f} s, {changes} changes, {syncs} syncs; in step {settled:.1f} s after the last change")
    print(wrong or "the index is as the folder")
    return bool(wrong)


def _cache_beside(folder: Path) -> str:
    """Return a cache of its own that has the unpacked model of the usual one."""
    from index.atomic import cache_folder

    open_encoder()
    (folder / "cache").mkdir()
    (folder / "cache" / "models").symlink_to(cache_folder() / "models")
    return str(folder / "cache")


def _change(folder: Path, rng: random.Random, number: int, *, age: float = 30) -> None:
    """Write, rewrite, move or delete a file at random; there are always about as many."""
    every = sorted(folder.rglob("*.txt"))
    path = rng.choice(every)
    act = rng.choice(["new", "change", "move", "delete"] if len(every) > FILES // 2 else ["new"])
    if act == "new":
        write(folder / f"{rng.randrange(10)}" / f"neu-{number}.txt", text(number, rng), age=age)
    elif act == "change":
        write(path, text(number, rng), age=age)
    elif act == "move":
        target = folder / f"{rng.randrange(10)}" / f"anders-{number}.txt"
        target.parent.mkdir(exist_ok=True)
        path.rename(target)
    else:
        path.unlink()


def _until(is_so: object, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if is_so():  # type: ignore[operator]
                return
        except IndexFolderError:
            pass
        time.sleep(0.2)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["cost", "kills", "watch", "once"], help="once: what kills runs")
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--points", type=int, default=200)
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--folder", type=Path, default=Path())
    parser.add_argument("--place", type=Path, default=Path())
    arguments = parser.parse_args()
    if arguments.what == "once":
        return once(arguments.place, arguments.folder)
    if arguments.what == "cost":
        return cost(arguments.files)
    return kills(arguments.points, arguments.seed) if arguments.what == "kills" else watch(arguments.seconds)


if __name__ == "__main__":
    sys.exit(main())
