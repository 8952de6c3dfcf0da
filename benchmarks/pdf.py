"""Pages per second and peak memory of reading PDFs.

python -m benchmarks.pdf [FILE …] [--pages N]

Without a file, one of N pages (100) is written first: two columns, a running head, headings, a table every fifth page.
Each file is read in a process of its own. "beleg" is that process's peak memory with all of its imports, "pdfium" that
of the program which it runs.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from index.documents.pdf import read
from tests.pdf_files import PdfFile

WORDS = (
    "Die Gemeinde hat im Jahr ein neues Hallenbad gebaut und die Kosten lagen bei vier Millionen Euro unter dem Plan"
).split()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="*")
    parser.add_argument("--pages", type=int, default=100)
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(_measure(arguments.one)))
        return
    with tempfile.TemporaryDirectory() as folder:
        files = arguments.files
        if not files:
            files = [Path(folder, f"{arguments.pages}-pages.pdf")]
            files[0].write_bytes(_written(arguments.pages))
        for file in files:
            command = [sys.executable, "-m", "benchmarks.pdf", "--one", str(file)]
            printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            print(file.name, json.loads(printed.splitlines()[-1]), flush=True)


def _measure(file: Path) -> dict[str, float]:
    content = file.read_bytes()
    pages = 0

    def count(task: str, done: int, total: int) -> None:
        nonlocal pages
        pages = total

    begun = time.perf_counter()
    article = read(content, file.name, count)
    seconds = time.perf_counter() - begun
    return {
        "pages": pages,
        "characters": len(article.text),
        "blocks": len(article.blocks),
        "seconds": round(seconds, 2),
        "pages_per_second": round(pages / seconds, 1),
        "beleg_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "pdfium_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024,
    }


def _written(pages: int) -> bytes:
    file = PdfFile()
    for number in range(1, pages + 1):
        page = file.page()
        page.text(72, 40, f"Jahresbericht der Gemeinde    {number}", 8)
        page.text(72, 80, f"Abschnitt {number}", 14, "F2")
        for x in (72, 310):
            lines = [" ".join(WORDS[(n + k + number) % len(WORDS)] for k in range(7)) for n in range(50)]
            page.lines(x, 110, "\n".join(lines), 9)
        if number % 5 == 0:
            for row in range(5):
                page.rule(72, 700 + 20 * row, 492, 700 + 20 * row)
                for column in range(3):
                    page.text(76 + 140 * column, 714 + 20 * row, f"Wert {row}.{column}", 9)
    return file.content()


if __name__ == "__main__":
    main()
