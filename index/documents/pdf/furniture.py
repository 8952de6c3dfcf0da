"""Running heads, page numbers and margin notes of a printer: what stands at the same place on many pages."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence, Set
from statistics import median

from index.documents.pdf.layout import Line, in_order, rows, segments
from index.documents.pdf.pages import Layer, Page

# The part of a page's height, from above or below, in which running heads stand.
_ZONE = 0.22
# How many lines a head or foot has at most.
_LINES = 3
_ROMAN = r"[ivxlcdm]{1,7}"
_NUMBER_ONLY = re.compile(
    rf"[-–—|·\[(\s]*(?:(?:seite|page|p\.|s\.|pagina|página|pág\.|strana|stránka|sivu|side|sida)\s*)?"
    rf"(?:\d{{1,4}}|{_ROMAN}|[A-Z]-?\d{{1,3}})"
    rf"(?:\s*(?:/|von|of|de|di|av|af|z|ze|sur|\|)\s*\d{{1,4}})?[-–—|·\])\s]*",
    re.IGNORECASE,
)
_SURE_NUMBER = re.compile(
    r"[-–—|\s]*(?:seite|page|pagina|página|strana|side|sida)\s*\d{1,4}(?:\s*(?:/|von|of|de|di|av|af|z|sur)\s*\d{1,4})?[-–—|\s]*",
    re.IGNORECASE,
)


def drop_furniture(pages: Sequence[Page], tabled: Set[tuple[int, int]] = frozenset()) -> None:
    """Take running heads and feet, page numbers and vertical margin text out of pages, in place.

    Args:
        tabled: page and number of the words that stand in tables; they stay.
    """
    artifacts = _trusts_artifacts(pages)
    heads: list[list[tuple[Line, str, int]]] = []
    repeated: Counter[tuple[str, int]] = Counter()
    places: Counter[int] = Counter()
    for page in pages:
        outer = _outer(page, tabled)
        heads.append(outer)
        repeated.update({(key, round(line.base / 4)) for line, key, _ in outer})
        places.update({round(line.base / 2) for line, _, rank in outer if rank == 0 and _set_off(line, page)})
    for page, outer in zip(pages, heads, strict=True):
        gone: set[int] = set()
        for line, key, rank in outer:
            near = round(line.base / 4)
            times = max(repeated[key, n] for n in (near - 1, near, near + 1))
            at = round(line.base / 2)
            usual = sum(places[n] for n in (at - 1, at, at + 1))
            if (
                times >= (2 if len(pages) < 5 else 3)
                or (_SURE_NUMBER.fullmatch(line.text.strip()) and rank == 0)
                or (rank == 0 and _set_off(line, page) and _is_page_number(line, page))
                or (rank == 0 and len(pages) >= 4 and usual >= 0.6 * len(pages) and _set_off(line, page))
                or (artifacts and all(word.tag == "Artifact" for word in line.words))
            ):
                gone.update(id(word) for word in line.words)
        if gone and page.layers:
            page.layers[0].words = [w for w in page.layers[0].words if id(w) not in gone]
    _drop_margins(pages)


def _trusts_artifacts(pages: Sequence[Page]) -> bool:
    """Return whether the file marks some of its text, and not half of it, as artifacts."""
    tags = Counter(word.tag == "Artifact" for page in pages for layer in page.layers for word in layer.words)
    return 0 < tags[True] < 0.6 * tags[False]


def _outer(page: Page, tabled: Set[tuple[int, int]]) -> list[tuple[Line, str, int]]:
    """Return the outermost lines of a page: each with what repeats in it, and how many lines are outside of it."""
    if not page.layers:
        return []
    layer = page.layers[0]
    lines = [Line(in_order(row), page.number) for row in rows(layer.words)]
    # Neither cells of drawn tables nor what looks like a row: the header of a table is on every page, too.
    lines = [line for line in lines if not any((page.number, word.number) in tabled for word in line.words)]
    lines = [line for line in lines if len(segments(line.words, 1.5)) < 4]
    above = [line for line in lines if line.base < _ZONE * layer.height][:_LINES]
    below = [line for line in lines if line.base > (1 - _ZONE) * layer.height][-_LINES:][::-1]
    found = []
    for side in (above, below):
        for rank, line in enumerate(side):
            found.append((line, _key(line.text), rank))
    return found


def _key(text: str) -> str:
    plain = re.sub(r"\d+", "#", " ".join(text.split()).casefold())
    return "#" if re.fullmatch(_ROMAN, plain) else re.sub(rf"^{_ROMAN}\s|\s{_ROMAN}$", " # ", plain).strip()


def _is_page_number(line: Line, page: Page) -> bool:
    """Return whether a line is a number alone, and not set larger than the text, as a year or a chapter's number is."""
    if not _NUMBER_ONLY.fullmatch(line.text.strip()):
        return False
    return line.size <= 1.2 * median(word.size for word in page.layers[0].words)


def _set_off(line: Line, page: Page) -> bool:
    """Return whether a line has more white space on its inner side than lines of text, and is no long text."""
    layer = page.layers[0]
    others = [w for w in layer.words if abs(w.base - line.base) > 0.4 * line.size]
    if not others or line.letters > 160:
        return False
    upper = line.base < layer.height / 2
    gap = min((w.top - line.bottom if upper else line.top - w.bottom) for w in others)
    return gap > 0.75 * line.size


def _drop_margins(pages: Sequence[Page]) -> None:
    """Take out text that is turned and stands in the margin of several pages, or beside the text of one."""
    for page in pages:
        page.layers = [layer for layer in page.layers if layer.words]
    keys: Counter[str] = Counter()
    texts: dict[tuple[int, int], str] = {}
    for page in pages:
        for number, layer in enumerate(page.layers[1:], 1):
            text = _key(" ".join(word.text for word in layer.words))
            texts[page.number, number] = text
            keys[text] += 1
    for page in pages:
        kept = page.layers[:1]
        for number, layer in enumerate(page.layers[1:], 1):
            if keys[texts[page.number, number]] < 2 and not _is_margin(layer):
                kept.append(layer)
        page.layers = kept
    _drop_lone_marks(pages)


def _is_margin(layer: Layer) -> bool:
    """Return whether all of a layer stands within a tenth of the page from its edge."""
    top, bottom = min(w.top for w in layer.words), max(w.bottom for w in layer.words)
    return bottom < 0.09 * layer.height or top > 0.91 * layer.height


def _drop_lone_marks(pages: Sequence[Page]) -> None:
    """Take out thumb indexes and the like: single words at the side, at the same place on many pages."""
    if len(pages) < 5:
        return
    seen: dict[tuple[str, int, int], int] = defaultdict(int)
    for page in pages:
        for layer in page.layers[:1]:
            for word in layer.words:
                if word.right < 0.06 * layer.width or word.left > 0.94 * layer.width:
                    seen[_key(word.text), round(word.left / 4), round(word.base / 4)] += 1
    often = {key for key, times in seen.items() if times >= 3}
    for page in pages:
        for layer in page.layers[:1]:
            layer.words = [w for w in layer.words if (_key(w.text), round(w.left / 4), round(w.base / 4)) not in often]
