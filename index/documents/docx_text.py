"""What the elements of a Word file show: text, signs, cells; and what is not shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from index.documents.docx_styles import attribute, child, is_on, value
from index.documents.markup import local

# What is not shown: properties, what was deleted or moved away, commands of fields, readings above the line.
HIDDEN = frozenset(
    "pPr rPr sectPr del moveFrom delText delInstrText rt fldData commentReference annotationRef tblPr tblGrid trPr "
    "tcPr sdtPr sdtEndPr".split()
)
# Signs of Wingdings that mean something; the others are ornaments.
_WINGDINGS = {"F0FC": "✓", "F0FB": "✗", "F0FE": "☑", "F0FD": "☒", "F0A8": "☐", "F06F": "☐", "F0E0": "→", "F0F0": "⇒"}


def cells(row: Any) -> Iterator[Any]:
    """Yield the cells of a table's row, also those in frames."""
    for at in row:
        name = local(at)
        if name == "tc":
            yield at
        elif name in ("sdt", "sdtContent", "customXml"):
            yield from cells(at)


def is_left_out(paragraph: Any) -> bool:
    """Return whether a paragraph stands in a frame for contents that are made, or that nobody filled in."""
    frame = paragraph.getparent()
    for _ in range(4):
        if frame is None:
            return False
        if local(frame) == "sdt":
            about = child(frame, "sdtPr")
            gallery = value(child(about, "docPartObj"), "docPartGallery")
            if gallery.casefold() in ("table of contents", "inhaltsverzeichnis") or is_on(about, "showingPlcHdr"):
                return True
        frame = frame.getparent()
    return False


def character(element: Any, name: str) -> str:
    """Return what an element of a run shows: its text, a tab, a line's end, a hyphen or a sign."""
    if name == "t":
        return element.text or ""
    if name == "br":
        return "\n" if attribute(element, "type") in ("", "textWrapping") else " "
    if name == "sym":
        return _WINGDINGS.get(attribute(element, "char").upper(), "")
    return {"tab": "\t", "cr": "\n", "noBreakHyphen": "‑", "softHyphen": "\xad"}[name]


def lines(text: str) -> str:
    """Return a text with one blank between words; lines stay lines."""
    return re.sub(r" ?\n[ \n]*", "\n", re.sub(r"[ \t]+", " ", text))
