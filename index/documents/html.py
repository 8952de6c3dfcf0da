"""A web page → Article: its main text, chosen by trafilatura (Barbaresi 2021), with the page's own structure.

trafilatura decides what is the text and what is a menu, a banner or a teaser. It is compared with the page's own tree,
which still has what trafilatura drops or flattens: tables with their headers, definitions, captions, nested lists.
"""

from __future__ import annotations

import copy
import logging
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from index.article import Article, detect_language, likeliest_language
from index.documents.builder import ArticleBuilder, title_from_name
from index.documents.html_blocks import Piece, add_pieces, find_pieces
from index.documents.html_contact import contact
from index.documents.html_tree import clean, parse, without_text
from index.settings import Progress

if TYPE_CHECKING:
    from lxml.html import HtmlElement

# What trafilatura reads in about two seconds. A longer page is read whole, without what its tags call a menu.
MAIN_TEXT_ELEMENTS = 30_000
MAIN_TEXT_CHARACTERS = 3_000_000
# One row of 100,000 cells takes trafilatura 40 seconds.
_MOST_CELLS = 2000
# Of all elements together: it goes up from each paragraph.
_MOST_LEVELS = 1_500_000
# Fewer letters than this may be the same by chance.
_DISTINCT = 24
# How far ahead the next piece is looked for: what is not there at all would be looked for to the end, each time.
_AHEAD = 100_000
# A page has more text than trafilatura found by this factor: it took a part for the whole.
_UNDER = 4
# One paragraph of trafilatura's has no more of the page's in it.
_MOST_OF_ONE = 3
# A list or table of which more than this share is links leads elsewhere.
_LINKS = 0.6
_ASIDE_TAGS = frozenset({"nav", "aside", "footer", "menu"})
_ASIDE_ROLES = frozenset({"navigation", "complementary", "contentinfo", "search", "banner", "dialog", "alertdialog"})
_ASIDE_CLASS = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navbox|navigation|menu|breadcrumbs?|sidebar|share|sharing|sharedaddy|social|related|"
    r"recommended|comments?|respond|cookies?|consent|newsletter|subscribe|promo|advert\w*|ads?|sponsor\w*|banner|footer|"
    r"teasers?|tags?|taglist|pagination|pager|popup|modal|toc|catlinks|printfooter|metadata|vertical-navbox|"
    r"authority-control|byline|author-?box|widget|login|search)(?=$|[\s_-])",
    re.I,
)


@dataclass(frozen=True, slots=True)
class _About:
    title: str = ""
    author: str = ""
    date: str = ""
    url: str = ""


def read(content: bytes, source: str, progress: Progress | None = None, charset: str = "") -> Article:
    """Read a web page as an article.

    Args:
        source: the file or URL, as the user named it.
        charset: the encoding as the server declared it; "" where it did not.

    Raises:
        ArticleError: the page is too large, nested too deep, or has no text.
    """
    tree = parse(content, source, charset)
    about = _about(tree, source)
    declared = (tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or "").strip()
    titles = tree.xpath("./head/title")
    named = " ".join("".join(titles[0].itertext()).split()) if titles else ""
    clean(tree)
    every = find_pieces(tree)
    pieces = _main(tree, every, about.title)
    builder = ArticleBuilder()
    add_pieces(pieces, builder)
    reached = contact(every, pieces)
    if reached:
        # It belongs to the whole page, not to the last section of the text.
        builder.add("heading", named or about.title, level=1)
        add_pieces(reached, builder)
    if not any(c.isalnum() for piece in pieces for c in piece.text):
        raise without_text(source)
    return builder.article(
        title=_title(about.title, tree, pieces, named) or title_from_name(source),
        language=_language(declared, pieces),
        source=source,
        author=about.author,
        date=about.date,
        url=about.url,
    )


def add_html(content: bytes, builder: ArticleBuilder, source: str, charset: str = "") -> None:
    """Add all that a page says to an article, its menus and banners too: of a mail, nothing is left out.

    Raises:
        ArticleError: as `read`.
    """
    tree = parse(content, source, charset)
    clean(tree)
    add_pieces(find_pieces(tree), builder)


def _about(tree: HtmlElement, source: str) -> _About:
    """Return what a page says of itself; dates that only stand somewhere in the text are not taken."""
    from trafilatura.metadata import extract_metadata
    from trafilatura.settings import set_date_params

    url = source if re.match(r"https?://", source, re.I) else None
    # The whole tree is looked through several times: of a long page only its beginning.
    if sum(1 for _ in tree.iter()) > MAIN_TEXT_ELEMENTS:
        head = tree.find("./head")
        tree = copy.deepcopy(head) if head is not None else tree.makeelement("head")
        page = tree.makeelement("html")
        page.append(tree)
        tree = page
    _hush()
    try:
        found: Any = extract_metadata(tree, default_url=url, date_config=set_date_params(False))
    except Exception:  # it reads what anybody wrote, by many rules; without it a page still has its text
        return _About(url=url or "")
    title = found.title or ""
    site = found.sitename or ""
    if site and (cut := re.fullmatch(rf"(.{{4,}}?)\s+[·|»«•:–—-]+\s+{re.escape(site)}", title)):
        title = cut[1]
    return _About(
        " ".join(title.split()),
        (found.author or "").replace("; ", ", "),
        found.date if _is_declared(found.date or "", tree) else "",
        found.url if re.match(r"https?://", found.url or "", re.I) else url or "",
    )


def _is_declared(date: str, tree: HtmlElement) -> bool:
    """Return whether a date is one that the page says of itself, and not one that stands in its text or an address.

    Args:
        date: ISO 8601, a day; "" for none.
    """
    if not date:
        return False
    said = [meta.get("content", "") for meta in tree.iter("meta") if _dates(meta)]
    said += [one.get("datetime", "") or one.get("title", "") for one in tree.iter("time", "abbr")]
    said += [one.text or "" for one in tree.iter("script") if one.get("type") == "application/ld+json"]
    ways = (date, date.replace("-", ""), date.replace("-", "/"))
    return any(way in text for text in said for way in ways) or any(
        # In words: 25 July 2011.
        date[:4] in meta.get("content", "")
        for meta in tree.iter("meta")
        if _dates(meta)
    )


def _dates(meta: HtmlElement) -> bool:
    """Return whether a <meta> says when the page was written."""
    name = " ".join(meta.get(name, "") for name in ("name", "property", "itemprop", "http-equiv"))
    return bool(re.search(r"date|time|publi|creat|issued|modif|updated", name, re.I))


def _title(found: str, tree: HtmlElement, pieces: list[Piece], declared: str) -> str:
    """Return a page's title, of what it calls itself and the headings of its text.

    Args:
        found: by trafilatura; where the page does not say, it is some heading, of a menu perhaps.
        pieces: the main text.
        declared: what the page's <title> says.
    """
    headings = [piece.text for piece in pieces[:3] if piece.kind == "heading" and piece.level <= 2]
    named = _letters(declared)
    for heading in headings:
        if len(_letters(heading)) >= 4 and _letters(heading) in named:
            return heading
    if found and headings and named and _letters(found) not in named and found in _headings_of(tree):
        return headings[0]
    # Without what the site adds to it.
    for heading in _headings_of(tree):
        if heading and (not found or (len(heading) >= 4 and found.casefold().startswith(heading.casefold()))):
            return heading
    return found or declared


def _headings_of(tree: HtmlElement) -> list[str]:
    return [" ".join("".join(heading.itertext()).split()) for heading in tree.iter("h1", "h2")]


def _language(declared: str, pieces: list[Piece]) -> str:
    """Return the declared language, unless it is plainly another: many a page keeps its program's `lang="en"`."""
    code = declared.lower().replace("_", "-").split("-")[0]
    if not re.fullmatch(r"[a-z]{2}", code):
        return ""
    text = " ".join(piece.text for piece in pieces if piece.kind in ("paragraph", "item"))[:4000]
    if len(text) < 200:
        return code
    found = detect_language(text)
    if found == code:
        return code
    try:
        best, probability = likeliest_language(text, (code, found))
    except ValueError:
        return code
    return best if probability > 0.999 else code


def _main(tree: HtmlElement, pieces: list[Piece], title: str) -> list[Piece]:
    """Return those pieces of a page that are its main text."""
    found = _extracted(tree) if pieces else None
    asides = _Asides()
    rest = [piece for piece in pieces if not asides.hold(piece.owner)]
    if found is None or len(found.text) < min(200, sum(len(_letters(p.text)) for p in rest) // _UNDER):
        return rest if any(c.isalnum() for piece in rest for c in piece.text) else pieces
    if len(found.parts) == 1 and sum(_letters(piece.text) in found.text for piece in rest) >= _MOST_OF_ONE:
        # It found no structure, and gives all the words of the page as one paragraph.
        return rest
    chosen = _chosen(tree, pieces, found, title, asides)
    if not chosen:
        return rest or pieces
    return chosen


@dataclass(frozen=True, slots=True)
class _Extracted:
    """What trafilatura took: the letters of all of it, and of each of its elements."""

    text: str
    parts: frozenset[str]


def _extracted(tree: HtmlElement) -> _Extracted | None:
    depths: dict[HtmlElement, int] = {}
    for element in tree.iter():
        depths[element] = depths.get(element.getparent(), 0) + 1
    count = len(depths)
    characters = sum(map(len, tree.itertext()))
    cells = max((len(row) for row in tree.iter("tr")), default=0)
    if count > MAIN_TEXT_ELEMENTS or characters > MAIN_TEXT_CHARACTERS or cells > _MOST_CELLS:
        return None
    if sum(depths.values()) > _MOST_LEVELS:
        return None
    from trafilatura import bare_extraction

    _hush()
    try:
        document: Any = bare_extraction(
            copy.deepcopy(tree), output_format="xml", include_comments=False, include_formatting=True
        )
    except Exception:  # as above: the page is then read whole
        return None
    if document is None or document.body is None:
        return None
    parts = (
        _letters("".join(element.itertext()))
        for element in document.body.iter("p", "head", "item", "cell", "quote", "code", "ab")
    )
    return _Extracted(_letters(" ".join(document.body.itertext())), frozenset(parts))


def _chosen(tree: HtmlElement, pieces: list[Piece], found: _Extracted, title: str, asides: _Asides) -> list[Piece]:
    keys = _keys(pieces)
    at = 0
    sure: set[int] = set()
    for number, key in enumerate(keys):
        if len(key) < _DISTINCT:
            continue
        # In the same order; a second look from the beginning for what trafilatura moved.
        where = found.text.find(key, at, at + len(key) + _AHEAD)
        if where >= 0:
            at = where
        if (
            where >= 0
            or (
                len(found.text) <= _AHEAD
                and (key in found.text or (pieces[number].kind == "row" and _row_found(pieces[number], found)))
            )
            or (pieces[number].kind == "code" and _code_found(pieces[number], found))
        ):
            sure.add(number)
    if not sure:
        sure = {number for number, key in enumerate(keys) if key and key in found.parts}
    if not sure:
        return []
    by_group: dict[HtmlElement, list[Piece]] = {}
    for piece in pieces:
        by_group.setdefault(piece.group, []).append(piece)
    linked = {group: sum(p.linked for p in held) / sum(len(p.text) for p in held) for group, held in by_group.items()}
    # trafilatura takes a box of links for a table.
    sure -= {n for n in sure if linked[pieces[n].group] > _LINKS and asides.hold(pieces[n].owner)}
    if not sure:
        return []
    # A price, a name and the like, which trafilatura took as elements of their own.
    likely = sure | {
        n
        for n, (piece, key) in enumerate(zip(pieces, keys, strict=True))
        if (key in found.parts or (piece.kind == "row" and _row_found(piece, found))) and not asides.hold(piece.owner)
    }
    root = _root([pieces[number] for number in likely], tree)
    within = set(root.iter())
    asides = _Asides(root)
    inside = {number for number, piece in enumerate(pieces) if piece.owner in within}
    # A teaser elsewhere may repeat a paragraph.
    sure &= inside
    likely = sure | {n for n in likely & inside if not asides.hold(pieces[n].owner)}
    first, last = min(likely), max(likely)
    around = {_container(pieces[number].group) for number in likely}
    groups = {pieces[number].group for number in likely if pieces[number].group is not pieces[number].owner}
    kept = set(sure)
    for number in sorted(inside - sure):
        piece, key = pieces[number], keys[number]
        grouped = piece.group in groups
        if not key or piece.kind == "heading" or (asides.hold(piece.owner) and not grouped):
            continue
        near = first <= number <= last or _container(piece.group) in around
        if (
            # The rest of a list or table that is taken.
            grouped
            or (key in found.parts and near)
            or (piece.kind in ("row", "item") and near and linked[piece.group] < _LINKS)
            or (piece.kind in ("caption", "code") and first <= number <= last)
            or (
                piece.kind in ("paragraph", "line")
                and first < number < last
                and piece.linked < 0.3 * len(piece.text)
                and _container(piece.owner) in around
            )
        ):
            kept.add(number)
    text = {number for number in kept if pieces[number].kind != "heading"}
    if text:
        kept = text | _headings(pieces, text, keys, found, title, asides)
    return _without_repeats([pieces[number] for number in sorted(kept)])


def _keys(pieces: list[Piece]) -> list[str]:
    """Return what each piece is compared by: its letters; of a line, those of all the lines beside it."""
    keys = [_letters(piece.text) for piece in pieces]
    start = 0
    while start < len(pieces):
        end = start + 1
        if pieces[start].kind == "line":
            while end < len(pieces) and pieces[end].kind == "line" and pieces[end].owner is pieces[start].owner:
                end += 1
            keys[start:end] = ["".join(keys[start:end])] * (end - start)
        start = end
    return keys


def _headings(
    pieces: list[Piece], kept: set[int], keys: list[str], found: _Extracted, title: str, asides: _Asides
) -> set[int]:
    """Return the headings that have kept text below them, and the page's title above it all."""
    first = min(kept)
    # "Read also", within the text, of a box that is left out.
    boxed = any(asides.hold(pieces[number].owner) for number in kept)
    wanted: set[int] = set()
    # Headings of a lower level than this have something below them.
    level = 0
    for number in range(max(kept), first, -1):
        piece = pieces[number]
        if piece.kind != "heading":
            level = 10 if number in kept else level
        elif piece.level < level and (boxed or not asides.hold(piece.owner)):
            wanted.add(number)
            level = piece.level
    # The title may stand outside of the text's own part of the page, and another heading right below it.
    level = 10
    for number in range(first - 1, -1, -1):
        piece, key = pieces[number], keys[number]
        if piece.kind != "heading" or not key:
            continue
        if piece.level < level and (piece.level == 1 or key in found.parts or _letters(title).startswith(key)):
            wanted.add(number)
            level = piece.level
        if level == 1:
            break
    return wanted


def _without_repeats(pieces: list[Piece]) -> list[Piece]:
    """Return pieces without long paragraphs that are said twice: a teaser, a quotation pulled out."""
    seen: set[str] = set()
    left = []
    for piece in pieces:
        key = _letters(piece.text)
        if piece.kind in ("paragraph", "caption") and len(key) >= 2 * _DISTINCT:
            if key in seen:
                continue
            seen.add(key)
        left.append(piece)
    return left


def _code_found(code: Piece, found: _Extracted) -> bool:
    """Return whether most lines of code were taken: between them, trafilatura may have dropped the lines' numbers."""
    lines = [key for line in code.text.split("\n")[:200] if len(key := _letters(line).lstrip("0123456789")) > 8]
    return bool(lines) and 2 * sum(line in found.text for line in lines) >= len(lines)


def _row_found(row: Piece, found: _Extracted) -> bool:
    cells = [key for cell in row.cells if (key := _letters(cell))]
    long = [key for key in cells if len(key) >= _DISTINCT]
    short = [key for key in cells if len(key) < _DISTINCT]
    return bool(cells) and all(key in found.text for key in long) and all(key in found.parts for key in short)


def _root(pieces: list[Piece], tree: HtmlElement) -> HtmlElement:
    """Return the innermost element that holds nearly all of some text."""
    held: Counter[HtmlElement] = Counter()
    for piece in pieces:
        held[piece.owner] += len(piece.text)
    # Children come after their parents: each hands on what it holds.
    for element in reversed(list(tree.iter())):
        parent = element.getparent()
        if held[element] and parent is not None:
            held[parent] += held[element]
    enough = 0.95 * held[tree]
    root = tree
    while (inner := next((child for child in root if held[child] >= enough), None)) is not None:
        root = inner
    return root


def _container(element: HtmlElement) -> HtmlElement:
    parent = element.getparent()
    return element if parent is None else parent


class _Asides:
    """Knows what stands in a menu, a banner or the like, that is not around the whole text."""

    def __init__(self, whole: HtmlElement | None = None) -> None:
        self._whole = whole
        self._known: dict[HtmlElement, bool] = {}

    def hold(self, element: HtmlElement) -> bool:
        """Return whether an element is in one, or is one."""
        path = []
        one: HtmlElement | None = element
        found = False
        while one is not None:
            if one in self._known:
                found = self._known[one]
                break
            path.append(one)
            if one is self._whole or one.tag in ("body", "html", "article", "main"):
                break
            if _is_aside(one):
                found = True
                break
            one = one.getparent()
        self._known.update(dict.fromkeys(path, found))
        return found


def _is_aside(element: HtmlElement) -> bool:
    if element.tag in _ASIDE_TAGS or element.get("role") in _ASIDE_ROLES:
        return True
    named = f"{element.get('class', '')[:500]} {element.get('id', '')[:500]}"
    return named != " " and bool(_ASIDE_CLASS.search(named))


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def _hush() -> None:
    """Keep what trafilatura and htmldate report of odd pages off the user's screen, unless somebody asked for it."""
    for name in ("trafilatura", "htmldate", "courlan"):
        logger = logging.getLogger(name)
        if logger.level == logging.NOTSET:
            logger.setLevel(logging.CRITICAL + 1)
