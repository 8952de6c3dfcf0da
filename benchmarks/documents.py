"""Real documents, and what was checked in each by other tools: whether it is in what Beleg reads.

python -m benchmarks.documents PATH_TO_DOCUMENTS [--only PART_OF_NAME]

The folder has `expectations.json`: for each file a list "expect" of `["pages", n]`, `["p", page, text]` (page from 1),
`["has", text]`, `["not", text]`, `["title", text]`, `["refuse", why]` and `["note", …]`, which is for people. Compared
is after joining white space and words broken at a line's end; marks of direction and soft hyphens are left out. Each
is read in a process of its own; seconds and megabytes are as `benchmarks.document_process` says.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.document_process import Measured, measured
from index import Article

_UNSEEN = re.compile("[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_BROKEN = re.compile(r"(?<=[^\W\d_])[-\u2010]\s*\n\s*(?=[^\W\d_])")


def compared(text: str, *, joined: bool = True) -> str:
    """Return a text as it is compared; `joined`: without the hyphens at the ends of its lines."""
    seen = _UNSEEN.sub("", text)
    return " ".join((_BROKEN.sub("", seen) if joined else seen).split())


def page_text(article: Article, page: int) -> str:
    """Return what an article has from the first word of a page to its last, without the words of other pages."""
    parts: list[str] = []
    end, before = 0, -1
    for number, anchor in enumerate(article.anchors):
        if anchor.page == page:
            # What stands between two words of a page: a blank, a line's end, a row's bar.
            parts.append(article.text[end : anchor.start] if number == before + 1 else "\n")
            parts.append(article.text[anchor.start : anchor.end])
            end, before = anchor.end, number
    return "".join(parts)


def unmet(expect: Sequence[Sequence[Any]], found: Measured) -> list[str]:
    """Return which expectations are not met, in words; none where all are."""
    kinds = {line[0] for line in expect}
    article = found.article
    if article is None:
        if not found.code:
            return [f"not Beleg's error: {found.message.strip().splitlines()[-1]}"]
        return [] if "refuse" in kinds else [f"refused: {found.message}"]
    if "refuse" in kinds:
        return ["is read, and is to be refused: " + next(line[1] for line in expect if line[0] == "refuse")]
    return [said for line in expect for said in _unmet(line, article, found.pages)]


def _unmet(line: Sequence[Any], article: Article, pages: int) -> list[str]:
    kind, *values = line
    said: bool
    match kind:
        case "pages":
            said = pages == values[0]
            return [] if said else [f"{pages} pages, not {values[0]}"]
        case "title":
            said = compared(article.title) == compared(values[0])
            return [] if said else [f"title {article.title!r}, not {values[0]!r}"]
        case "p":
            return [] if _has(page_text(article, values[0]), values[1]) else [f"not on page {values[0]}: {values[1]!r}"]
        case "has":
            return [] if _has(article.text, values[0]) else [f"has not {values[0]!r}"]
        case "not":
            return [f"has {values[0]!r}"] if _has(article.text, values[0]) else []
        case "note":
            return []
    return [f"unknown expectation {kind!r}"]


def _has(text: str, wanted: str) -> bool:
    return any(compared(wanted, joined=joined) in compared(text, joined=joined) for joined in (True, False))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path)
    parser.add_argument("--only", default="", help="files with this in their names")
    arguments = parser.parse_args()
    files: dict[str, Any] = json.loads((arguments.path / "expectations.json").read_text(encoding="utf-8"))
    met: Counter[str] = Counter()
    of: Counter[str] = Counter()
    seconds, most = 0.0, 0.0
    for name, about in files.items():
        if arguments.only not in name:
            continue
        found = measured(arguments.path / name)
        wrong = unmet(about["expect"], found)
        form = Path(name).suffix[1:]
        of[form] += 1
        met[form] += not wrong
        seconds, most = seconds + found.seconds, max(most, found.megabytes)
        read = f"{len(found.article.blocks)} blocks" if found.article else found.code
        print(
            f"{'FAIL' if wrong else 'pass'}  {name:55} {found.seconds:6.2f} s {found.megabytes:5.0f} MB  {read:24}"
            + "; ".join(wrong),
            flush=True,
        )
    by_format = "  ".join(f"{form} {met[form]}/{n}" for form, n in of.items())
    print(f"{by_format}  all {met.total()}/{of.total()}  {seconds:.1f} s, at most {most:.0f} MB")


if __name__ == "__main__":
    main()
