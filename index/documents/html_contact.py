"""Where a web page says how its owner is reached: in a footer, which is no part of the main text."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from index.documents.html_blocks import Piece

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_FOOTER = re.compile(r"(?:^|[\s_-])(?:footer|contentinfo|colophon)(?=$|[\s_-])", re.I)
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
# "+49 561 …", "0561 555 0143", "(212) 555-0143"; a date has full stops or dashes between all its numbers.
_PHONE = re.compile(r"(?<![\w.])(?:\+\d{1,3}|\(\d{2,5}\)|\(?0\d)[\d\s()/.–-]{5,20}\d(?!\w)")
_DAY = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}")
# Not "mailto:?subject=…", which shares the page with anybody.
_REACHES = re.compile(r"(?:tel:|mailto:[^?]*(?:@|%40))", re.I)
# A piece of which more is links leads elsewhere.
_LINKS = 0.6
# A footer that says more is a text.
_MOST, _LONGEST = 12, 500


def contact(pieces: list[Piece], kept: list[Piece]) -> list[Piece]:
    """Return the pieces of a page's footers that were left out and say how somebody is reached, with those beside them.

    A telephone number or an e-mail address tells them, or that the page marks them as an address.

    Args:
        pieces: all of the page.
        kept: its main text.
    """
    taken, said = {id(piece) for piece in kept}, {piece.text for piece in kept}
    left = [piece for piece in pieces if id(piece) not in taken and piece.kind in ("paragraph", "line", "item")]
    footers: dict[HtmlElement, bool] = {}
    left = [p for p in left if len(p.text) <= _LONGEST and p.text not in said and _in_footer(p.owner, footers)]
    links: dict[HtmlElement, list[str]] = {}
    telling = [piece for piece in left if _tells_contact(piece, links)]
    boxes = {_box(piece.owner) for piece in telling}
    found = [
        piece
        for piece in left
        if _box(piece.owner) in boxes
        and piece.linked - sum(map(len, _reaching(piece, links))) <= _LINKS * len(piece.text)
    ]
    if len(found) <= _MOST:
        return found
    told = {id(piece) for piece in telling}
    return [piece for piece in found if id(piece) in told][:_MOST]


def _tells_contact(piece: Piece, links: dict[HtmlElement, list[str]]) -> bool:
    if any(one.tag == "address" for one in (piece.owner, *piece.owner.iterancestors())) or _MAIL.search(piece.text):
        return True
    return bool(_reaching(piece, links)) or any(not _DAY.match(found.group()) for found in _PHONE.finditer(piece.text))


def _reaching(piece: Piece, links: dict[HtmlElement, list[str]]) -> list[str]:
    """Return the texts of a piece's links that call or write to somebody.

    Args:
        links: those of the elements looked at so far; added to.
    """
    if piece.owner not in links:
        found = (link for link in piece.owner.iter("a") if _REACHES.match(link.get("href", "")))
        links[piece.owner] = [" ".join("".join(link.itertext()).split()) for link in islice(found, _MOST)]
    return [text for text in links[piece.owner] if text and text in piece.text]


def _in_footer(element: HtmlElement, known: dict[HtmlElement, bool]) -> bool:
    """Return whether an element is in a footer or an address, or is one.

    Args:
        known: of the elements looked at so far; added to.
    """
    path: list[HtmlElement] = []
    one: HtmlElement | None = element
    found = False
    while one is not None and not found:
        if one in known:
            found = known[one]
            break
        path.append(one)
        named = " ".join((one.get("class", "")[:500], one.get("id", "")[:500], one.get("role", "")[:100]))
        found = one.tag in ("footer", "address") or _FOOTER.search(named) is not None
        one = one.getparent()
    known.update(dict.fromkeys(path, found))
    return found


def _box(element: HtmlElement) -> HtmlElement:
    """Return what holds an element and the lines beside it: its parent, or a footer itself."""
    parent = element.getparent()
    return element if element.tag in ("footer", "address") or parent is None else parent
