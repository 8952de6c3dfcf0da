"""One document, read in a process of its own: what comes of it, its time and its peak memory.

`measured(FILE)` starts `python -m benchmarks.document_process FILE`, which prints one line of JSON.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index import Article, ArticleError, read_article
from index.article import detect_language

# Nothing may take longer; a reader that does is ended.
PATIENCE_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of reading a document.

    Attributes:
        article: None where it was refused.
        pages: as told while it was read; 0 for a format without pages.
        code, message: of the error; code "" for an error that is not Beleg's, whose traceback is the message.
        seconds: of reading, with the format's libraries, without `import index` and the language detector's model.
        megabytes: the peak of the process and of those that it started, above what it had after these two.
        cpu_seconds: of these, what the processor worked, in all processes: a busy machine takes longer by the clock.
    """

    article: Article | None
    pages: int
    code: str
    message: str
    seconds: float
    megabytes: float
    cpu_seconds: float = 0.0


def measured(file: Path) -> Measured:
    """Read a document in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.document_process", str(file)]
    begun = time.perf_counter()
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return Measured(None, 0, "", f"not read in {PATIENCE_SECONDS} s", PATIENCE_SECONDS, 0)
    if done.returncode:
        said = done.stderr.strip() or f"the process ended with {done.returncode}"
        return Measured(None, 0, "", said, time.perf_counter() - begun, 0)
    plain = json.loads(done.stdout.splitlines()[-1])
    article = plain.pop("article")
    return Measured(Article.from_dict(article) if article else None, **plain)


def _read(name: str) -> dict[str, Any]:
    # Every document costs this, a few words as much as a book.
    detect_language("Der Ofen ist warm.")
    before = _peak()
    pages, article, code, message = 0, None, "", ""

    def count(task: str, done: int, total: int) -> None:
        nonlocal pages
        pages = total if task == "pages" else pages

    begun, worked = time.perf_counter(), _worked()
    try:
        article = read_article(name, count)
    except ArticleError as error:
        code, message = error.code, str(error)
    except Exception:
        message = traceback.format_exc()
    seconds = time.perf_counter() - begun
    # A started process begins with as much as it was started from.
    started = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * _UNIT
    megabytes = (_peak() - before + max(0, started - before)) / 1e6
    plain = article.to_dict() if article else None
    return {
        "article": plain,
        "pages": pages,
        "code": code,
        "message": message,
        "seconds": seconds,
        "megabytes": megabytes,
        "cpu_seconds": _worked() - worked,
    }


# Bytes: Linux counts in kilobytes.
_UNIT = 1 if sys.platform == "darwin" else 1024


def _worked() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _peak() -> int:
    """Return this process's peak memory in bytes."""
    status = Path("/proc/self/status")
    if status.exists():
        # getrusage begins with the peak of the process that started this one.
        held = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(held.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT


if __name__ == "__main__":
    print(json.dumps(_read(sys.argv[1])))
