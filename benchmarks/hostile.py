"""Hostile documents of every format, made here: each must be read or refused by one line, fast and in little memory.

python -m benchmarks.hostile [--only PART_OF_NAME] [--keep FOLDER]

Each is read by `read_article` in a process of its own. What is refused after more than SECONDS of the processor's time
or with more than MEGABYTES, or ends in anything but a text or one of Beleg's errors in one line, is marked with <<<<,
and the exit status is 1. What is read may take longer, for it may be a large document: it is marked with "slow".
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from benchmarks.document_process import measured
from benchmarks.hostile_office import office
from benchmarks.hostile_pdf import pdfs
from benchmarks.hostile_text import mails, pages, texts

SECONDS = 2.0
MEGABYTES = 200.0


def cases() -> Iterator[tuple[str, bytes]]:
    """Yield the name of a file, a blank and what is wrong with it, and its content."""
    yield from texts()
    yield from pages()
    yield from mails()
    yield from office()
    yield from pdfs()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="cases with this in their names")
    parser.add_argument("--keep", type=Path, help="write the documents here, too")
    arguments = parser.parse_args()
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for name, content in cases():
            if arguments.only not in name:
                continue
            ending = name.split()[0]
            file = Path(folder, f"hostile{ending}")
            file.write_bytes(content)
            if arguments.keep:
                arguments.keep.mkdir(parents=True, exist_ok=True)
                kept = "".join(c if c.isalnum() else "-" for c in name.removeprefix(ending).strip())
                (arguments.keep / f"{kept}{ending}").write_bytes(content)
            found = measured(file)
            size = f"{len(content) / 1e6:.2f} MB"
            del content
            over = (found.cpu_seconds or found.seconds) > SECONDS or found.megabytes > MEGABYTES
            if found.article:
                outcome, said = "read", f"{len(found.article.blocks)} blocks, {len(found.article.text)} characters"
            elif found.code and "\n" not in found.message:
                outcome, said = "refused", found.message.replace(folder, "…")
            else:
                outcome, said = "BROKEN", found.message.strip().splitlines()[-1]
            wrong = outcome == "BROKEN" or (over and outcome == "refused")
            mark = "<<<<" if wrong else "slow" if over else ""
            counts[outcome] += 1
            counts["over the bounds"] += wrong
            print(
                f"{name:46} {size:>9} {found.seconds:6.2f} s ({found.cpu_seconds:5.2f} cpu) "
                f"{found.megabytes:5.0f} MB {mark:4} {outcome:7} "
                f"{said[:150]}",
                flush=True,
            )
    print(", ".join(f"{n} {what}" for what, n in counts.items()))
    return 1 if counts["over the bounds"] else 0


if __name__ == "__main__":
    sys.exit(main())
