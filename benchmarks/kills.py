"""Kills a process while it replaces an index folder, at so many moments: an index must always stand there, whole.

python -m benchmarks.kills [--points 600] [--without-exchange]

Prints how often no index, or a damaged one, was found under the name, and what was left beside it after the next run.
The exit status is 1 where that is not 0. With --without-exchange as on a disk that cannot exchange two folders at once.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from index import Index, IndexFolderError, atomic, build_index, load_index, save_index
from index.article import Article
from index.models.embedded_encoder import open_encoder


def killed_at(act: Callable[[], object], seconds: float) -> None:
    """Run an act in a process of its own, and kill that after so many seconds."""
    child = os.fork()
    if not child:
        try:
            act()
        finally:
            os._exit(0)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def kills(versions: list[Index], folder: Path, points: int) -> tuple[int, int, int]:
    """Kill processes that replace an index, at moments that are spread over the time that it takes.

    Returns:
        How often no whole index was found, how often something was left beside it, and how much of that is there after
        the next run that is not killed.
    """
    save_index(versions[0], folder)
    begun = time.perf_counter()
    save_index(versions[1], folder)
    whole = 1.2 * (time.perf_counter() - begun)
    none = dirty = 0
    for point in range(points):
        killed_at(lambda point=point: save_index(versions[point % 2], folder), whole * point / points)  # type: ignore[misc]
        try:
            found = load_index(folder).articles
            none += found not in [version.articles for version in versions]
        except IndexFolderError as error:
            print(error)
            none += 1
        dirty += len(list(folder.parent.iterdir())) > 1
    save_index(versions[0], folder)
    return none, dirty, len(list(folder.parent.iterdir())) - 1


def two_versions(folder: Path) -> list[Index]:
    """Return two indexes of different texts, kept in a folder.

    They are made in a process of its own: torch's threads do not live on in the processes that this one forks.
    """
    child = os.fork()
    if not child:
        try:
            encoder = open_encoder()
            for metres in (330, 1889):
                article = Article.read(f"Der Turm ist {metres} Meter hoch. " * 50)
                save_index(build_index([article], encoder), folder / str(metres))
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    return [load_index(folder / "330"), load_index(folder / "1889")]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=600)
    parser.add_argument("--without-exchange", action="store_true")
    arguments = parser.parse_args()
    if arguments.without_exchange:
        atomic._exchange = lambda one, other: False
    with tempfile.TemporaryDirectory() as made, tempfile.TemporaryDirectory() as folder:
        none, dirty, left = kills(two_versions(Path(made)), Path(folder) / "index", arguments.points)
    print(f"{arguments.points} kills: {none} times no whole index; {dirty} times something left, {left} after a run")
    return 1 if none or left else 0


if __name__ == "__main__":
    sys.exit(main())
