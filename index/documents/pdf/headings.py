"""Which parts are headings, and of what level."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence

from index.documents.pdf.structure import LABEL, Part

MAX_HEADING = 200
# What OCR found must be so much larger than what was set to be a heading.
_OCR = 1.2
_NUMBER = re.compile(
    r"(?:(?:kapitel|chapter|teil|part|anhang|appendix)\s+)?(\d{1,3}(?:\.\d{1,3})*)\.?\s", re.IGNORECASE
)


def mark_headings(
    parts: Sequence[Part], body: float, bookmarks: Sequence[tuple[int, str, int]], machine: Collection[int] = ()
) -> None:
    """Make headings of the parts that are set larger or bolder than the text, are bookmarked or tagged so; in place.

    Args:
        machine: pages that were read by OCR, which gets the sizes of letters wrong.
    """
    # Each bookmark names one heading.
    outline: dict[tuple[str, int], list[int]] = {}
    for depth, title, page in bookmarks:
        outline.setdefault((_plain(title), page), []).append(depth)
    depths: dict[tuple[float, bool], Counter[int]] = {}
    headings: list[tuple[Part, int]] = []
    for part in parts:
        if part.note or not part.lines:
            continue
        large_code = part.kind == "code" and part.size >= 1.3 * body and len(part.lines) <= 2
        if part.kind not in ("paragraph", "item", "line") and not large_code:
            continue
        text = " ".join(part.text.split())
        part.style = round(part.size * 2) / 2, all(line.bold for line in part.lines)
        marked = outline.get((_plain(text), part.lines[0].page))
        depth = marked.pop(0) if marked else 0
        tagged = re.fullmatch(r"H([1-6])", part.tag)
        if not depth and tagged and len(text) <= MAX_HEADING:
            depth = int(tagged[1])
        if not depth and not _looks_like_heading(part, text, _OCR * body if part.lines[0].page in machine else body):
            continue
        if len(text) > MAX_HEADING or not any(c.isalpha() for c in text):
            continue
        if depth:
            depths.setdefault(part.style, Counter())[depth] += 1
        headings.append((part, depth))
    levels = _levels([part.style for part, _ in headings], depths)
    for part, depth in headings:
        number = _NUMBER.match(" ".join(part.text.split()))
        nested = number[1].count(".") + 1 if number and "." in number[1] else 0
        part.kind, part.level = "heading", min(6, depth or nested or levels[part.style])


def _looks_like_heading(part: Part, text: str, body: float) -> bool:
    size, bold = part.style
    if len(part.lines) > 4 or len(text) > MAX_HEADING or re.match(r"[^\w(\"„“«»'‚‘§¿¡]", text):
        return False
    initial = next((c for c in text if c.isalnum()), "")
    larger = size >= 1.13 * body and not initial.islower()
    if not larger and not (bold and size >= 0.93 * body and len(part.lines) <= 2 and len(text) <= 120):
        return False
    if part.kind == "item" and not _NUMBER.match(text) and not re.match(r"[A-Z][.)]\s|[IVX]+\.\s", text):
        return False
    if re.match(r"[☐☒]", text) or re.search(r"\w: *\d|\d,\d\d$", text):
        return False
    if part.kind == "line" or (not larger and (re.search(r"[,;]$", text) or LABEL.match(text))):
        return False
    # A sentence that is bold or a little larger is a sentence: a lead, a warning.
    return not re.search(r"[a-zß-ÿ]{3}[.!?] [A-ZÀ-Þ]", text) and (
        len(text.split()) < 6 or not re.search(r"[.!;]$", text)
    )


def _levels(
    styles: Sequence[tuple[float, bool]], depths: dict[tuple[float, bool], Counter[int]]
) -> dict[tuple[float, bool], int]:
    """Return the level of each style of headings: as bookmarks say, or else by size."""
    levels: dict[tuple[float, bool], int] = {}
    level = 0
    for style in sorted(set(styles), key=lambda style: (-style[0], not style[1])):
        known = depths.get(style)
        level = known.most_common(1)[0][0] if known else min(6, level + 1)
        levels[style] = level
    return levels


def _plain(text: str) -> str:
    """Return a heading's letters without its number, to compare it with a bookmark."""
    bare = re.sub(
        r"^(?:(?:kapitel|chapter|teil|part)\s+)?[\dIVX]+(?:\.\d+)*[.:]?\s+", "", " ".join(text.split()), flags=re.I
    )
    return re.sub(r"[\W_]+", "", bare).casefold()
